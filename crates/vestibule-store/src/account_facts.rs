//! From rows to principals: what accounts are compiled from, read for one or for a page of them by the same few
//! statements, and put together in one way.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use vestibule_core::{
    account::Account,
    group::{Group, SystemGroup},
    id::{AccountKey, GroupId, RoleId},
    policy::{Compiled, Origin, Source},
    principal::Principal,
    role::{Holder, Role},
    time::Timestamp,
};

use crate::{
    account_lists::keys,
    backend::Value,
    error::StoreError,
    groups::{GROUP, read_group},
    memory::Facet,
    principals::{Made, Shared, of_role, principal},
    roles::{ROLE, read_role},
    tx::Tx,
};

/// An account with what is told of it besides its row.
#[derive(Debug, Clone)]
pub struct AccountFacts {
    /// The account.
    pub account: Account,
    /// The roles that it holds itself, oldest first.
    pub roles: Vec<Role>,
    /// The groups that it is in directly: the one that it is in by its kind, then the others, oldest first.
    pub groups: Vec<Group>,
    /// The account with all its rights.
    pub principal: Arc<Principal>,
    /// When one of its credentials was last used, as far as that was written down.
    pub last_used_at: Option<Timestamp>,
}

/// What some accounts are compiled from.
#[derive(Default)]
pub(crate) struct Facts {
    places: BTreeMap<AccountKey, BTreeSet<GroupId>>,
    groups: BTreeMap<GroupId, Group>,
    parents: BTreeMap<GroupId, BTreeSet<GroupId>>,
    held: BTreeMap<Holder, BTreeSet<RoleId>>,
    roles: BTreeMap<RoleId, Role>,
    /// What was made for one account and serves the next.
    sources: BTreeMap<(RoleId, Vec<String>), Arc<Source>>,
}

/// A source that all who have it share, or one for a single answer.
fn held(source: Source, shared: Option<&Shared>) -> Arc<Source> {
    match shared {
        Some(shared) => shared.source(source),
        None => Arc::new(source),
    }
}

impl Facts {
    /// The roles that somebody holds directly, oldest first.
    fn roles_of(&self, holder: Holder) -> Vec<&Role> {
        let mut roles: Vec<_> = self.held.get(&holder).into_iter().flatten().filter_map(|id| self.roles.get(id)).collect();
        roles.sort_by_key(|role| (role.created_at, role.id));
        roles
    }

    fn in_order(&self, groups: Option<&BTreeSet<GroupId>>) -> Vec<&Group> {
        let mut found: Vec<_> = groups.into_iter().flatten().filter_map(|id| self.groups.get(id)).collect();
        found.sort_by_key(|group| (group.created_at, group.id));
        found
    }

    /// The groups that an account is in directly.
    fn groups_of(&self, account: &Account) -> Vec<&Group> {
        let system = SystemGroup::of(account.kind);
        let by_kind = self.groups.values().filter(|group| group.system.is_some() && group.system == system);
        by_kind.chain(self.in_order(self.places.get(&account.key))).collect()
    }

    fn source(&mut self, role: &RoleId, path: &[String], shared: Option<&Shared>) -> Option<Arc<Source>> {
        let key = (*role, path.to_vec());
        if let Some(made) = self.sources.get(&key) {
            return Some(made.clone());
        }
        let source = held(of_role(self.roles.get(role)?.clone(), path.to_vec()), shared);
        self.sources.insert(key, source.clone());
        Some(source)
    }

    /// Puts an account together, and says what it was made from. Its sources are its own statements, those of its
    /// roles, and group by group those of its groups.
    pub(crate) fn compile(&mut self, account: Account, tx: &Tx, shared: Option<&Shared>) -> Made<Arc<Principal>> {
        let (mut sources, mut made_from) = (Vec::new(), vec![Facet::Account(account.key)]);
        if !account.statements.is_empty() {
            let statements = account.statements.clone().into();
            let own = Source { origin: Origin::Account, path: vec!["own".to_owned()], until: None, statements };
            sources.push(held(own, shared));
        }
        let mut ways: Vec<(RoleId, Vec<String>)> =
            self.roles_of(Holder::Account(account.key)).iter().map(|role| (role.id, Vec::new())).collect();
        let mut seen: BTreeSet<GroupId> = BTreeSet::new();
        let mut group_facets = Vec::new();
        let direct = self.groups_of(&account);
        if SystemGroup::of(account.kind).is_some() && !direct.iter().any(|group| group.system.is_some()) {
            // A realm that an older server made may come to have it.
            made_from.push(Facet::Realm);
        }
        let mut ahead: Vec<(&Group, Vec<String>)> = direct.into_iter().map(|group| (group, Vec::new())).collect();
        while let Some((group, mut path)) = ahead.pop() {
            // Groups may nest in circles in a damaged database; each counts once.
            if !seen.insert(group.id) {
                continue;
            }
            path.push(format!("group {}", group.name));
            group_facets.push(Facet::Group(group.id));
            ways.extend(self.roles_of(Holder::Group(group.id)).iter().map(|role| (role.id, path.clone())));
            if group.system.is_some() {
                continue;
            }
            ahead.extend(self.in_order(self.parents.get(&group.id)).into_iter().map(|parent| (parent, path.clone())));
        }
        for (role, path) in ways {
            made_from.push(Facet::Role(role));
            sources.extend(self.source(&role, &path, shared));
        }
        made_from.extend(group_facets);
        let rights = match shared {
            Some(shared) => shared.rights(sources),
            None => Compiled::new(sources),
        };
        (Arc::new(principal(tx.realm(), account, rights, None)), made_from)
    }
}

impl Tx {
    /// Reads what these accounts are compiled from.
    pub(crate) async fn facts_of(&mut self, accounts: &[Account]) -> Result<Facts, StoreError> {
        let mut facts = Facts::default();
        let (realm, of_accounts) = (self.r(), keys(accounts.iter().map(|account| &account.key)));
        let list = self.connection().list(2);
        let sql =
            format!("SELECT account_key, group_id FROM group_member WHERE realm_id = $1 AND account_key IN (SELECT text FROM {list} them)");
        for row in self.query(&sql, &[realm.clone(), of_accounts.clone()]).await? {
            facts.places.entry(row.parsed(0)?).or_default().insert(row.parsed(1)?);
        }
        self.read_groups_around(&mut facts).await?;

        let of_groups = Value::list(facts.groups.keys().map(ToString::to_string));
        let groups = self.connection().list(3);
        let sql = format!(
            "SELECT holder_kind, holder_id, role_id FROM role_assignment \
             WHERE realm_id = $1 AND holder_kind = 'account' AND holder_id IN (SELECT text FROM {list} them) \
             UNION ALL SELECT holder_kind, holder_id, role_id FROM role_assignment \
             WHERE realm_id = $1 AND holder_kind = 'group' AND holder_id IN (SELECT text FROM {groups} around)"
        );
        for row in self.query(&sql, &[realm.clone(), of_accounts, of_groups]).await? {
            let holder = match row.text(0)? {
                "account" => Holder::Account(row.parsed(1)?),
                _ => Holder::Group(row.parsed(1)?),
            };
            facts.held.entry(holder).or_default().insert(row.parsed(2)?);
        }
        let roles: BTreeSet<RoleId> = facts.held.values().flatten().copied().collect();
        if !roles.is_empty() {
            let sql = format!("SELECT {ROLE} FROM role r WHERE r.realm_id = $1 AND r.id IN (SELECT text FROM {list} held)");
            for row in self.query(&sql, &[realm, Value::list(roles.iter().map(ToString::to_string))]).await? {
                let role = read_role(&row)?;
                facts.roles.insert(role.id, role);
            }
        }
        Ok(facts)
    }

    /// The groups that somebody is in, those around them, and the two that the realm keeps.
    async fn read_groups_around(&mut self, facts: &mut Facts) -> Result<(), StoreError> {
        let list = self.connection().list(2);
        let direct: BTreeSet<GroupId> = facts.places.values().flatten().copied().collect();
        let params = [self.r(), Value::list(direct.iter().map(ToString::to_string))];
        // Two branches, an index each: under an `OR` all groups of the realm would be read.
        let sql = format!(
            "WITH RECURSIVE around (id) AS (\
             SELECT id FROM account_group WHERE realm_id = $1 AND id IN (SELECT text FROM {list} direct) \
             UNION SELECT id FROM account_group WHERE realm_id = $1 AND system IS NOT NULL \
             UNION SELECT n.parent_id FROM group_nesting n JOIN around ON n.group_id = around.id WHERE n.realm_id = $1) \
             SELECT {GROUP} FROM account_group g WHERE g.realm_id = $1 AND g.id IN (SELECT id FROM around)"
        );
        for row in self.query(&sql, &params).await? {
            let group = read_group(&row)?;
            facts.groups.insert(group.id, group);
        }
        if direct.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "SELECT group_id, parent_id FROM group_nesting WHERE realm_id = $1 AND group_id IN (SELECT text FROM {list} inner_ones)"
        );
        let params = [self.r(), Value::list(facts.groups.keys().map(ToString::to_string))];
        for row in self.query(&sql, &params).await? {
            facts.parents.entry(row.parsed(0)?).or_default().insert(row.parsed(1)?);
        }
        Ok(())
    }

    /// An account with its compiled rights, and what it was made from.
    pub(crate) async fn compile_account(&mut self, key: AccountKey, shared: &Shared) -> Result<Made<Option<Arc<Principal>>>, StoreError> {
        let Some(account) = self.find_account(key).await? else { return Ok((None, vec![Facet::Account(key)])) };
        let mut facts = self.facts_of(std::slice::from_ref(&account)).await?;
        let (principal, made_from) = facts.compile(account, self, Some(shared));
        Ok((Some(principal), made_from))
    }

    /// Accounts with what is told of them, in the order given. The statements that this takes are as many for one
    /// as for a thousand.
    pub async fn account_facts(&mut self, accounts: Vec<Account>) -> Result<Vec<AccountFacts>, StoreError> {
        let mut facts = self.facts_of(&accounts).await?;
        let used = self.last_uses(&accounts).await?;
        let told = |account: Account| AccountFacts {
            roles: facts.roles_of(Holder::Account(account.key)).into_iter().cloned().collect(),
            groups: facts.groups_of(&account).into_iter().cloned().collect(),
            last_used_at: used.get(&account.key).copied(),
            principal: facts.compile(account.clone(), self, None).0,
            account,
        };
        Ok(accounts.into_iter().map(told).collect())
    }

    async fn last_uses(&mut self, accounts: &[Account]) -> Result<BTreeMap<AccountKey, Timestamp>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!(
            "SELECT c.account_key, MAX(u.used_at) FROM credential c \
             JOIN credential_use u ON u.realm_id = c.realm_id AND u.credential_id = c.id \
             WHERE c.realm_id = $1 AND c.account_key IN (SELECT text FROM {list} them) GROUP BY c.account_key"
        );
        let params = [self.r(), keys(accounts.iter().map(|account| &account.key))];
        self.query(&sql, &params).await?.iter().map(|row| Ok((row.parsed(0)?, Timestamp::from_millis(row.int(1)?)))).collect()
    }
}
