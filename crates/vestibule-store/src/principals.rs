//! Compiled principals and tokens: read once, then answered from memory until a commit touches
//! something that they were made from.

use std::{collections::BTreeSet, sync::Arc};

use quick_cache::sync::Cache;
use vestibule_core::{
    account::Account,
    credential::{CredentialKind, ProjectScope},
    customer::{CustomerId, CustomerNumber},
    id::{AccountKey, CredentialId, RealmId, SessionId, SignInId},
    object::Object,
    policy::{ActionName, Compiled, Origin, Source},
    principal::Principal,
    realm::Realm,
    refusal::Refusal,
    resource_group::{GroupType, Member},
    role::{BuiltIn, Holder, Role},
    sign_in::ClientSignIn,
    support::{Admitter, SupportSession},
    time::Timestamp,
};

use crate::{
    credentials::{FoundCredential, secret_context},
    error::StoreError,
    memory::{Facet, Found, Memory, Stamps},
    store::{Steps, Store},
    ties::{TIES_MAX, Ties},
    tx::{Moment, Tx},
    uses::Noted,
};

/// What a random token, an access key id or a key id stands for.
#[derive(Debug)]
pub struct Token {
    /// Where it belongs.
    pub realm: RealmId,
    /// Whose it is.
    pub account: AccountKey,
    /// Its credential.
    pub credential: CredentialId,
    /// What kind of credential.
    pub kind: CredentialKind,
    /// The project scope it carries.
    pub scope: Option<ProjectScope>,
    /// A disabled one proves nothing.
    pub enabled: bool,
    /// It proves nothing from this instant on.
    pub expires_at: Option<Timestamp>,
    /// The keyed hash of an access key's secret, by which one that is presented is recognised.
    pub secret: Option<[u8; 32]>,
    pub(crate) noted: Noted,
}

/// Most principals, tokens and names held in memory, each.
const HELD_MAX: usize = 200_000;

/// Most realms whose actions are held in memory.
const CATALOGUES_MAX: usize = 10_000;

/// What a token's bearer is to a door: the credential, and whoever it proves.
#[derive(Debug)]
pub struct Proven {
    /// The credential.
    pub token: Token,
    /// Its account; absent once that is gone.
    pub principal: Option<Arc<Principal>>,
}

/// The ids of all groups that something lies in, those around them included, in order.
pub type Places = Arc<[Box<str>]>;

/// What is held in memory.
pub struct Memories {
    tokens: Memory<[u8; 32], Option<Proven>>,
    credentials: Memory<(RealmId, CredentialId), Option<Arc<Token>>>,
    pub(crate) accounts: Memory<(RealmId, AccountKey), Option<Arc<Principal>>>,
    names: Memory<(RealmId, String), Option<AccountKey>>,
    sessions: Memory<(RealmId, SessionId), Option<Arc<Principal>>>,
    pub(crate) sign_ins: Memory<(RealmId, SignInId), Option<ClientSignIn>>,
    pub(crate) objects: Memory<(RealmId, String, String), Option<Arc<Object>>>,
    pub(crate) actions: Memory<RealmId, Arc<BTreeSet<ActionName>>>,
    places: Memory<(RealmId, GroupType, Member), Places>,
    pub(crate) ties: Memory<(RealmId, CustomerId), Option<Ties>>,
    pub(crate) customer_numbers: Memory<(RealmId, CustomerNumber), Option<CustomerId>>,
    pub(crate) realms: Memory<RealmId, Option<Arc<Realm>>>,
    realm_ids: Memory<(), Arc<[RealmId]>>,
    pub(crate) shared: Shared,
}

impl Memories {
    pub(crate) fn new(stamps: &Arc<Stamps>) -> Self {
        Self {
            tokens: Memory::new(HELD_MAX, stamps.clone()),
            credentials: Memory::new(HELD_MAX, stamps.clone()),
            accounts: Memory::new(HELD_MAX, stamps.clone()),
            names: Memory::new(HELD_MAX, stamps.clone()),
            sessions: Memory::new(HELD_MAX, stamps.clone()),
            sign_ins: Memory::new(HELD_MAX, stamps.clone()),
            objects: Memory::new(HELD_MAX, stamps.clone()),
            actions: Memory::new(CATALOGUES_MAX, stamps.clone()),
            places: Memory::new(HELD_MAX, stamps.clone()),
            ties: Memory::new(TIES_MAX, stamps.clone()),
            customer_numbers: Memory::new(HELD_MAX, stamps.clone()),
            realms: Memory::new(HELD_MAX, stamps.clone()),
            realm_ids: Memory::new(1, stamps.clone()),
            shared: Shared(Arc::new(Common {
                realms: Cache::new(SHARED_MAX),
                sources: Cache::new(SHARED_MAX),
                rights: Cache::new(SHARED_MAX),
            })),
        }
    }
}

/// What many principals have in common, in one place: realms, sources by all that they say, and sets of sources. So
/// the thousands who have a role ask the same few lines of memory. None of it ever changes, so nothing here
/// can be out of date.
#[derive(Clone)]
pub struct Shared(Arc<Common>);

struct Common {
    realms: Cache<RealmId, RealmId>,
    sources: Cache<Box<str>, Arc<Source>>,
    /// By the addresses of their sources, which they keep alive.
    rights: Cache<Box<[usize]>, Compiled>,
}

/// Most realms, sources and sets of sources that are shared, each.
const SHARED_MAX: usize = 10_000;

impl Shared {
    pub(crate) fn source(&self, source: Source) -> Arc<Source> {
        // A damaged statement is written as what it does, but is not the same as one that was meant so.
        let is_sound = source.statements.iter().all(|statement| statement.damage().is_none());
        let Some(said) = serde_json::to_string(&*source.statements).ok().filter(|_| is_sound) else { return Arc::new(source) };
        let key = format!("{:?} {:?} {:?} {said}", source.origin, source.path, source.until);
        self.0.sources.get(key.as_str()).unwrap_or_else(|| {
            let shared = Arc::new(source);
            self.0.sources.insert(key.into(), shared.clone());
            shared
        })
    }

    pub(crate) fn rights(&self, sources: Vec<Arc<Source>>) -> Compiled {
        let key: Box<[usize]> = sources.iter().map(|source| Arc::as_ptr(source).addr()).collect();
        self.0.rights.get(&key).unwrap_or_else(|| {
            let rights = Compiled::new(sources);
            self.0.rights.insert(key, rights.clone());
            rights
        })
    }

    fn realm(&self, realm: RealmId) -> RealmId {
        self.0.realms.get(&realm).unwrap_or_else(|| {
            self.0.realms.insert(realm.clone(), realm.clone());
            realm
        })
    }
}

/// A value and the facets of its realm that it was made from.
pub(crate) type Made<T> = (T, Vec<Facet>);

impl Store {
    /// The credential with this hash, in whatever realm it is, and its account: one look into memory for both.
    pub async fn find_proven(&self, lookup: [u8; 32], moment: &Moment) -> Result<Found<Option<Proven>>, Refusal> {
        if let Some(held) = self.memories().tokens.find(&lookup) {
            return Ok(held);
        }
        let read_at = self.stamps().count();
        // A hash belongs to no realm before it is found: its facet stands under the vendor's.
        let of_hash = (RealmId::vendor(), Facet::Lookup(lookup));
        let located = self
            .read(&RealmId::vendor(), moment.clone(), move |tx| Box::pin(async move { Ok(tx.locate_credential(&lookup).await?) }))
            .await?;
        let Some((realm, id)) = located else {
            return Ok(self.memories().tokens.hold(lookup, None, read_at, [of_hash]));
        };
        let shared = self.memories().shared.clone();
        let realm = shared.realm(realm);
        let read = self.read(&realm, moment.clone(), move |tx| {
            Box::pin(async move {
                let (token, mut made_from) = tx.token(id).await?;
                let Some(token) = token else { return Ok((None, made_from)) };
                let (principal, of_account) = tx.compile_account(token.account, &shared).await?;
                made_from.extend(of_account);
                Ok((Some(Proven { token, principal }), made_from))
            })
        });
        let (proven, made_from) = read.await?;
        let made_from = made_from.into_iter().map(|facet| (realm.clone(), facet));
        Ok(self.memories().tokens.hold(lookup, proven, read_at, made_from.chain([of_hash])))
    }

    /// A credential of a realm by its id, for tokens that name it.
    pub async fn find_credential_token(&self, realm: &RealmId, id: CredentialId, moment: &Moment) -> Result<Option<Arc<Token>>, Refusal> {
        let key = (realm.clone(), id);
        self.remembered(
            |m| &m.credentials,
            key,
            realm,
            moment,
            move |tx| {
                Box::pin(async move {
                    let (token, made_from) = tx.token(id).await?;
                    Ok((token.map(Arc::new), made_from))
                })
            },
        )
        .await
    }

    /// The account that goes by a folded id.
    pub async fn find_account_key(&self, realm: &RealmId, folded: String, moment: &Moment) -> Result<Option<AccountKey>, Refusal> {
        let key = (realm.clone(), folded.clone());
        self.remembered(
            |m| &m.names,
            key,
            realm,
            moment,
            move |tx| {
                Box::pin(async move {
                    let found = tx.find_account_named(&folded).await?.map(|account| account.key);
                    Ok((found, vec![Facet::AccountName(folded)]))
                })
            },
        )
        .await
    }

    /// Every realm there is, the vendor's own among them.
    pub async fn find_realm_ids(&self, moment: &Moment) -> Result<Arc<[RealmId]>, Refusal> {
        let vendor = RealmId::vendor();
        let held = self.remembered(
            |m| &m.realm_ids,
            (),
            &vendor,
            moment,
            |tx| Box::pin(async move { Ok((tx.list_realm_ids().await?.into(), vec![Facet::Realms])) }),
        );
        held.await
    }

    /// An account with its compiled rights.
    pub async fn find_principal(&self, realm: &RealmId, account: AccountKey, moment: &Moment) -> Result<Option<Arc<Principal>>, Refusal> {
        let (key, shared) = ((realm.clone(), account), self.memories().shared.clone());
        self.remembered(
            |m| &m.accounts,
            key,
            realm,
            moment,
            move |tx| Box::pin(async move { Ok(tx.compile_account(account, &shared).await?) }),
        )
        .await
    }

    /// The agent inside a session, with the rights of that visit.
    pub async fn find_visitor(&self, realm: &RealmId, session: SessionId, moment: &Moment) -> Result<Option<Arc<Principal>>, Refusal> {
        let (key, shared) = ((realm.clone(), session), self.memories().shared.clone());
        self.remembered(
            |m| &m.sessions,
            key,
            realm,
            moment,
            move |tx| Box::pin(async move { Ok(tx.compile_session(session, &shared).await?) }),
        )
        .await
    }

    /// All groups that a thing of a realm, or a group, lies in.
    pub async fn find_places(&self, realm: &RealmId, of: GroupType, member: Member, moment: &Moment) -> Result<Places, Refusal> {
        let key = (realm.clone(), of.clone(), member.clone());
        let held = self.remembered(
            |m| &m.places,
            key,
            realm,
            moment,
            move |tx| Box::pin(async move { Ok(tx.compile_places(&of, &member).await?) }),
        );
        held.await
    }

    /// From memory, or read and then held.
    pub(crate) async fn remembered<K, V, F>(
        &self,
        of: fn(&Memories) -> &Memory<K, V>,
        key: K,
        realm: &RealmId,
        moment: &Moment,
        read: F,
    ) -> Result<V, Refusal>
    where
        K: std::hash::Hash + Eq + Clone,
        V: Clone + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, Made<V>> + Send + 'static,
    {
        self.found(of, key, realm, moment, read).await.map(|held| V::clone(&held))
    }

    /// The same, as it is held.
    pub(crate) async fn found<K, V, F>(
        &self,
        of: fn(&Memories) -> &Memory<K, V>,
        key: K,
        realm: &RealmId,
        moment: &Moment,
        read: F,
    ) -> Result<Found<V>, Refusal>
    where
        K: std::hash::Hash + Eq + Clone,
        V: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, Made<V>> + Send + 'static,
    {
        let memory = of(self.memories());
        if let Some(held) = memory.find(&key) {
            return Ok(held);
        }
        let read_at = self.stamps().count();
        let (value, made_from) = self.read(realm, moment.clone(), read).await?;
        Ok(memory.hold(key, value, read_at, made_from.into_iter().map(|facet| (realm.clone(), facet))))
    }
}

/// What a role says to whoever has it by this path.
pub(crate) fn of_role(role: Role, mut path: Vec<String>) -> Source {
    path.push(format!("role {}", role.name));
    let origin = Origin::Role { id: role.id, name: role.name, version: role.version };
    Source { origin, path, until: None, statements: role.statements.into() }
}

/// An account, or an agent inside a session, put together.
pub(crate) fn principal(realm: &RealmId, account: Account, rights: Compiled, session: Option<SupportSession>) -> Principal {
    Principal {
        realm: realm.clone(),
        key: account.key,
        id: account.id,
        kind: account.kind,
        name: account.name,
        active: account.active,
        ends_at: account.ends_at,
        attributes: account.attributes,
        rights,
        session: session.map(Box::new),
    }
}

impl Tx {
    async fn token(&mut self, id: CredentialId) -> Result<Made<Option<Token>>, StoreError> {
        let made_from = vec![Facet::Credential(id)];
        let Some(FoundCredential { credential, secret }) = self.find_credential(id).await? else { return Ok((None, made_from)) };
        let secret = match credential.kind {
            CredentialKind::AccessKey => Some(self.sealer().secret_lookup(&self.sealer().open(&secret_context(id), &secret)?)),
            CredentialKind::Token | CredentialKind::Password | CredentialKind::PublicKey => None,
        };
        let token = Token {
            realm: self.realm().clone(),
            account: credential.account,
            credential: credential.id,
            kind: credential.kind,
            scope: credential.scope,
            enabled: credential.enabled,
            expires_at: credential.expires_at,
            secret,
            noted: Noted::default(),
        };
        Ok((Some(token), made_from))
    }

    async fn compile_session(&mut self, id: SessionId, shared: &Shared) -> Result<Made<Option<Arc<Principal>>>, StoreError> {
        let mut made_from = vec![Facet::Session(id), Facet::Support];
        let Some(session) = self.find_session(id).await? else { return Ok((None, made_from)) };
        made_from.push(Facet::Account(session.account));
        let Some(account) = self.find_account(session.account).await? else { return Ok((None, made_from)) };

        let mut roles = self.list_roles_of(Holder::SupportStaff).await?;
        if matches!(session.admitted_by, Admitter::Invitation(_)) {
            roles.extend(self.find_role_named(BuiltIn::AccountExecutive.name()).await?);
        }
        let mut sources = Vec::new();
        for role in roles {
            made_from.push(Facet::Role(role.id));
            sources.push(shared.source(of_role(role, vec!["support staff".to_owned()])));
        }
        if let Some(window) = self.find_window().await? {
            sources.push(shared.source(Source {
                origin: Origin::Window { version: window.version },
                path: vec!["window".to_owned()],
                until: Some(window.ends_at),
                statements: window.statements.into(),
            }));
        }
        Ok((Some(Arc::new(principal(self.realm(), account, shared.rights(sources), Some(session)))), made_from))
    }
}
