//! Compiled principals and tokens: read once, then answered from memory until a commit touches
//! something that they were made from.

use std::{collections::BTreeSet, sync::Arc};

use quick_cache::sync::Cache;
use uuid::Uuid;
use vestibule_core::{
    account::Account,
    credential::{CredentialKind, ProjectScope},
    id::{AccountKey, CredentialId, GroupId, RealmId, SessionId},
    policy::{Compiled, Origin, Source, Statement, Statements},
    principal::Principal,
    refusal::Refusal,
    resource_group::{GroupType, Member},
    role::{BuiltIn, Holder, Role},
    support::Admitter,
    time::Timestamp,
};

use crate::{
    credentials::{FoundCredential, secret_context},
    error::StoreError,
    memory::{Facet, Held, Memory, Stamps},
    store::{Steps, Store},
    tx::{Moment, Tx},
};

/// What a random token, an access key id or a key id stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

/// Most principals, tokens and names held in memory, each.
const HELD_MAX: usize = 200_000;

/// What a token's bearer is to a door: the credential, and whoever it proves.
#[derive(Debug, Clone)]
pub struct Proven {
    /// The credential.
    pub token: Arc<Token>,
    /// Its account; absent once that is gone.
    pub principal: Option<Arc<Principal>>,
}

/// The ids of all groups that something lies in, those around them included, in order.
pub type Places = Arc<[Box<str>]>;

/// What is held in memory.
pub struct Memories {
    tokens: Memory<[u8; 32], Option<Proven>>,
    credentials: Memory<(RealmId, CredentialId), Option<Arc<Token>>>,
    accounts: Memory<(RealmId, AccountKey), Option<Arc<Principal>>>,
    names: Memory<(RealmId, String), Option<AccountKey>>,
    sessions: Memory<(RealmId, SessionId), Option<Arc<Principal>>>,
    places: Memory<(RealmId, GroupType, Member), Places>,
    organizations: Memory<RealmId, Option<Uuid>>,
    realms: Memory<(), Arc<[RealmId]>>,
    shared: Shared,
}

impl Memories {
    pub(crate) fn new(stamps: &Arc<Stamps>) -> Self {
        Self {
            tokens: Memory::new(HELD_MAX, stamps.clone()),
            credentials: Memory::new(HELD_MAX, stamps.clone()),
            accounts: Memory::new(HELD_MAX, stamps.clone()),
            names: Memory::new(HELD_MAX, stamps.clone()),
            sessions: Memory::new(HELD_MAX, stamps.clone()),
            places: Memory::new(HELD_MAX, stamps.clone()),
            organizations: Memory::new(HELD_MAX, stamps.clone()),
            realms: Memory::new(1, stamps.clone()),
            shared: Shared(Arc::new(Cache::new(SHARED_MAX))),
        }
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

/// Lists of statements by their text, so that all who have the same one share it with its index. A list
/// never changes, so nothing here can be out of date.
#[derive(Clone)]
pub struct Shared(Arc<Cache<Box<str>, Statements>>);

/// Most lists that are shared.
const SHARED_MAX: usize = 10_000;

impl Shared {
    fn list(&self, list: Vec<Statement>) -> Statements {
        // A damaged statement is written as what it does, but is not the same as one that was meant so.
        let is_sound = list.iter().all(|statement| statement.damage().is_none());
        match serde_json::to_string(&list).ok().filter(|_| is_sound) {
            None => list.into(),
            Some(text) => match self.0.get(text.as_str()) {
                Some(shared) => shared,
                None => {
                    let shared = Statements::from(list);
                    self.0.insert(text.into(), shared.clone());
                    shared
                }
            },
        }
    }
}

/// A value and the facets of its realm that it was made from.
pub(crate) type Made<T> = (T, Vec<Facet>);

impl Store {
    /// The credential with this hash, in whatever realm it is, and its account: one look into memory for both.
    pub async fn find_proven(&self, lookup: [u8; 32], moment: &Moment) -> Result<Option<Proven>, Refusal> {
        if let Some(held) = self.memories().tokens.find(&lookup) {
            return Ok(held);
        }
        let read_at = self.stamps().count();
        // A hash belongs to no realm before it is found: its facet stands under the vendor's.
        let of_hash = (RealmId::vendor(), Facet::Lookup(lookup));
        let located = self
            .read(&RealmId::vendor(), moment.clone(), move |tx| Box::pin(async move { Ok(tx.locate_credential(&lookup).await?) }))
            .await?;
        let token = match located {
            Some((realm, id)) => self.find_credential_token(&realm, id, moment).await?,
            None => None,
        };
        let Some(token) = token else {
            self.memories().tokens.hold(lookup, None, read_at, [of_hash]);
            return Ok(None);
        };
        let held = self.principal_held(&token.realm, token.account, moment).await?;
        let made_from = [of_hash, (token.realm.clone(), Facet::Credential(token.credential))];
        let proven = Some(Proven { token, principal: held.value().clone() });
        self.memories().tokens.hold_with(lookup, proven.clone(), read_at, made_from, &held);
        Ok(proven)
    }

    /// A credential of a realm by its id, for tokens that name it.
    pub async fn find_credential_token(&self, realm: &RealmId, id: CredentialId, moment: &Moment) -> Result<Option<Arc<Token>>, Refusal> {
        let key = (realm.clone(), id);
        let held = self.remembered(
            |m| &m.credentials,
            key,
            realm,
            moment,
            move |tx| {
                Box::pin(async move {
                    let made_from = vec![Facet::Credential(id)];
                    let Some(FoundCredential { credential, secret }) = tx.find_credential(id).await? else { return Ok((None, made_from)) };
                    let secret = match credential.kind {
                        CredentialKind::AccessKey => Some(tx.sealer().secret_lookup(&tx.sealer().open(&secret_context(id), &secret)?)),
                        CredentialKind::Token | CredentialKind::Password | CredentialKind::PublicKey => None,
                    };
                    let token = Token {
                        realm: tx.realm().clone(),
                        account: credential.account,
                        credential: credential.id,
                        kind: credential.kind,
                        scope: credential.scope,
                        enabled: credential.enabled,
                        expires_at: credential.expires_at,
                        secret,
                    };
                    Ok((Some(Arc::new(token)), made_from))
                })
            },
        );
        Ok(held.await?.value().clone())
    }

    /// The account that goes by a folded id.
    pub async fn find_account_key(&self, realm: &RealmId, folded: String, moment: &Moment) -> Result<Option<AccountKey>, Refusal> {
        let key = (realm.clone(), folded.clone());
        let held = self.remembered(
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
        );
        Ok(*held.await?.value())
    }

    /// The organization id of a realm.
    pub async fn find_organization(&self, realm: &RealmId, moment: &Moment) -> Result<Option<Uuid>, Refusal> {
        let held = self.remembered(
            |m| &m.organizations,
            realm.clone(),
            realm,
            moment,
            |tx| Box::pin(async move { Ok((tx.find_realm().await?.map(|realm| realm.organization_id), vec![Facet::Realm])) }),
        );
        Ok(*held.await?.value())
    }

    /// Every realm there is, the vendor's own among them.
    pub async fn find_realm_ids(&self, moment: &Moment) -> Result<Arc<[RealmId]>, Refusal> {
        let vendor = RealmId::vendor();
        let held = self.remembered(
            |m| &m.realms,
            (),
            &vendor,
            moment,
            |tx| Box::pin(async move { Ok((tx.list_realm_ids().await?.into(), vec![Facet::Realms])) }),
        );
        Ok(held.await?.value().clone())
    }

    /// An account with its compiled rights.
    pub async fn find_principal(&self, realm: &RealmId, account: AccountKey, moment: &Moment) -> Result<Option<Arc<Principal>>, Refusal> {
        Ok(self.principal_held(realm, account, moment).await?.value().clone())
    }

    async fn principal_held(
        &self,
        realm: &RealmId,
        account: AccountKey,
        moment: &Moment,
    ) -> Result<Arc<Held<Option<Arc<Principal>>>>, Refusal> {
        let (key, shared) = ((realm.clone(), account), self.memories().shared().clone());
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
        let (key, shared) = ((realm.clone(), session), self.memories().shared().clone());
        let held = self.remembered(
            |m| &m.sessions,
            key,
            realm,
            moment,
            move |tx| Box::pin(async move { Ok(tx.compile_session(session, &shared).await?) }),
        );
        Ok(held.await?.value().clone())
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
        Ok(held.await?.value().clone())
    }

    /// From memory, or read and then held.
    async fn remembered<K, V, F>(
        &self,
        of: fn(&Memories) -> &Memory<K, V>,
        key: K,
        realm: &RealmId,
        moment: &Moment,
        read: F,
    ) -> Result<Arc<Held<V>>, Refusal>
    where
        K: std::hash::Hash + Eq + Clone,
        V: Clone + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, Made<V>> + Send + 'static,
    {
        let memory = of(self.memories());
        if let Some(held) = memory.find_held(&key) {
            return Ok(held);
        }
        let read_at = self.stamps().count();
        let (value, made_from) = self.read(realm, moment.clone(), read).await?;
        Ok(memory.hold(key, value, read_at, made_from.into_iter().map(|facet| (realm.clone(), facet))))
    }
}

fn of_role(role: Role, mut path: Vec<String>, shared: &Shared) -> (Source, Facet) {
    path.push(format!("role {}", role.name));
    let origin = Origin::Role { id: role.id, name: role.name };
    (Source { origin, path, until: None, statements: shared.list(role.statements) }, Facet::Role(role.id))
}

impl Tx {
    async fn compile_account(&mut self, key: AccountKey, shared: &Shared) -> Result<Made<Option<Arc<Principal>>>, StoreError> {
        let mut made_from = vec![Facet::Account(key)];
        let Some(account) = self.find_account(key).await? else { return Ok((None, made_from)) };
        let mut sources = vec![Source {
            origin: Origin::Account,
            path: vec!["own".to_owned()],
            until: None,
            statements: shared.list(account.statements.clone()),
        }];
        let mut add = |role: Role, path: &[String]| {
            let (source, facet) = of_role(role, path.to_vec(), shared);
            sources.push(source);
            made_from.push(facet);
        };
        for role in self.list_roles_of(Holder::Account(key)).await? {
            add(role, &[]);
        }
        let mut seen: BTreeSet<GroupId> = BTreeSet::new();
        let mut groups: Vec<_> = self.list_groups_of(key).await?.into_iter().map(|group| (group, Vec::new())).collect();
        let mut group_facets = Vec::new();
        while let Some((group, mut path)) = groups.pop() {
            // Groups may nest in circles in a damaged database; each counts once.
            if !seen.insert(group.id) {
                continue;
            }
            path.push(format!("group {}", group.name));
            group_facets.push(Facet::Group(group.id));
            for role in self.list_roles_of(Holder::Group(group.id)).await? {
                add(role, &path);
            }
            groups.extend(self.list_parents_of(group.id).await?.into_iter().map(|parent| (parent, path.clone())));
        }
        made_from.extend(group_facets);
        Ok((Some(Arc::new(self.principal(account, sources, None))), made_from))
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
            let (source, facet) = of_role(role, vec!["support staff".to_owned()], shared);
            sources.push(source);
            made_from.push(facet);
        }
        if let Some(window) = self.find_window().await? {
            sources.push(Source {
                origin: Origin::Window { version: window.version },
                path: vec!["window".to_owned()],
                until: Some(window.ends_at),
                statements: shared.list(window.statements),
            });
        }
        Ok((Some(Arc::new(self.principal(account, sources, Some(session)))), made_from))
    }

    fn principal(&self, account: Account, sources: Vec<Source>, session: Option<vestibule_core::support::SupportSession>) -> Principal {
        Principal {
            realm: self.realm().clone(),
            key: account.key,
            id: account.id,
            kind: account.kind,
            name: account.name,
            active: account.active,
            ends_at: account.ends_at,
            attributes: account.attributes,
            rights: Compiled::new(sources),
            session,
        }
    }
}
