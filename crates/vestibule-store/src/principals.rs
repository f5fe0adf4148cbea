//! Compiled principals and tokens: read once, then answered from memory until a commit touches
//! something that they were made from.

use std::{collections::BTreeSet, sync::Arc};

use vestibule_core::{
    account::Account,
    credential::{CredentialKind, ProjectScope},
    id::{AccountKey, CredentialId, GroupId, RealmId, SessionId},
    policy::{Compiled, Origin, Source},
    principal::Principal,
    refusal::Refusal,
    role::{BuiltIn, Role},
    support::Admitter,
    time::Timestamp,
};

use crate::{
    error::StoreError,
    memory::{Facet, Memory, Stamps},
    rights::Holder,
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
}

/// Most principals, tokens and names held in memory, each.
const HELD_MAX: usize = 200_000;

/// What is held in memory.
pub struct Memories {
    tokens: Memory<[u8; 32], Option<Arc<Token>>>,
    credentials: Memory<(RealmId, CredentialId), Option<Arc<Token>>>,
    accounts: Memory<(RealmId, AccountKey), Option<Arc<Principal>>>,
    names: Memory<(RealmId, String), Option<AccountKey>>,
    sessions: Memory<(RealmId, SessionId), Option<Arc<Principal>>>,
}

impl Memories {
    pub(crate) fn new(stamps: &Arc<Stamps>) -> Self {
        Self {
            tokens: Memory::new(HELD_MAX, stamps.clone()),
            credentials: Memory::new(HELD_MAX, stamps.clone()),
            accounts: Memory::new(HELD_MAX, stamps.clone()),
            names: Memory::new(HELD_MAX, stamps.clone()),
            sessions: Memory::new(HELD_MAX, stamps.clone()),
        }
    }
}

/// A value and the facets of its realm that it was made from.
type Made<T> = (T, Vec<Facet>);

impl Store {
    /// The credential with this hash, in whatever realm it is.
    pub async fn find_token(&self, lookup: [u8; 32], moment: &Moment) -> Result<Option<Arc<Token>>, Refusal> {
        if let Some(held) = self.memories().tokens.find(&lookup) {
            return Ok(held);
        }
        let read_at = self.stamps().count();
        let found = match self
            .read(&RealmId::vendor(), moment.clone(), move |tx| Box::pin(async move { Ok(tx.locate_credential(&lookup).await?) }))
            .await?
        {
            Some((realm, id)) => self.find_credential_token(&realm, id, moment).await?,
            None => None,
        };
        // A hash belongs to no realm before it is found: its facet stands under the vendor's.
        let mut made_from = vec![(RealmId::vendor(), Facet::Lookup(lookup))];
        made_from.extend(found.iter().map(|token| (token.realm.clone(), Facet::Credential(token.credential))));
        self.memories().tokens.hold(lookup, found.clone(), read_at, made_from);
        Ok(found)
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
                    let found = tx.find_credential(id).await?.map(|found| found.credential);
                    let token = found.map(|credential| Token {
                        realm: tx.realm().clone(),
                        account: credential.account,
                        credential: credential.id,
                        kind: credential.kind,
                        scope: credential.scope,
                        enabled: credential.enabled,
                        expires_at: credential.expires_at,
                    });
                    Ok((token.map(Arc::new), vec![Facet::Credential(id)]))
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

    /// An account with its compiled rights.
    pub async fn find_principal(&self, realm: &RealmId, account: AccountKey, moment: &Moment) -> Result<Option<Arc<Principal>>, Refusal> {
        let key = (realm.clone(), account);
        self.remembered(|m| &m.accounts, key, realm, moment, move |tx| Box::pin(async move { Ok(tx.compile_account(account).await?) }))
            .await
    }

    /// The agent inside a session, with the rights of that visit.
    pub async fn find_visitor(&self, realm: &RealmId, session: SessionId, moment: &Moment) -> Result<Option<Arc<Principal>>, Refusal> {
        let key = (realm.clone(), session);
        self.remembered(|m| &m.sessions, key, realm, moment, move |tx| Box::pin(async move { Ok(tx.compile_session(session).await?) }))
            .await
    }

    /// From memory, or read and then held.
    async fn remembered<K, V, F>(
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
        let memory = of(self.memories());
        if let Some(held) = memory.find(&key) {
            return Ok(held);
        }
        let read_at = self.stamps().count();
        let (value, made_from) = self.read(realm, moment.clone(), read).await?;
        memory.hold(key, value.clone(), read_at, made_from.into_iter().map(|facet| (realm.clone(), facet)));
        Ok(value)
    }
}

fn of_role(role: Role, mut path: Vec<String>) -> (Source, Facet) {
    path.push(format!("role {}", role.name));
    let origin = Origin::Role { id: role.id, name: role.name };
    (Source { origin, path, until: None, statements: role.statements }, Facet::Role(role.id))
}

impl Tx {
    async fn compile_account(&mut self, key: AccountKey) -> Result<Made<Option<Arc<Principal>>>, StoreError> {
        let mut made_from = vec![Facet::Account(key)];
        let Some(account) = self.find_account(key).await? else { return Ok((None, made_from)) };
        let mut sources =
            vec![Source { origin: Origin::Account, path: vec!["own".to_owned()], until: None, statements: account.statements.clone() }];
        let mut add = |role: Role, path: &[String]| {
            let (source, facet) = of_role(role, path.to_vec());
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

    async fn compile_session(&mut self, id: SessionId) -> Result<Made<Option<Arc<Principal>>>, StoreError> {
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
            let (source, facet) = of_role(role, vec!["support staff".to_owned()]);
            sources.push(source);
            made_from.push(facet);
        }
        if let Some(window) = self.find_window().await? {
            sources.push(Source {
                origin: Origin::Window { version: window.version },
                path: vec!["window".to_owned()],
                until: Some(window.ends_at),
                statements: window.statements,
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
