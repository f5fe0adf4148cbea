//! People's accounts, and those of visiting agents: who is there, until when, with what rights.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use vestibule_core::{
    account::{Account, AccountKind},
    audit::{Action, Thing},
    group::Group,
    id::{AccountKey, GroupId},
    policy::Statement,
    refusal::Refusal,
    resource_group::GroupType,
    time::Timestamp,
};
use vestibule_store::{Page, PageRequest};

use crate::{
    policies::{check_cursor, check_version},
    unit_of_work::UnitOfWork,
};

/// What the realm's people may say of a user.
#[derive(Debug, Clone, PartialEq)]
pub struct UserWish {
    /// When access ends; absent: never. An end that has passed ends it now.
    pub ends_at: Option<Timestamp>,
    /// Statements of the user's own.
    pub statements: Vec<Statement>,
}

/// How far up groups are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those that somebody is in directly.
    Direct,
    /// Those around them too.
    Inherited,
}

/// The accounts that are told of as users: people, and agents who have been inside.
const USERS: [AccountKind; 2] = [AccountKind::User, AccountKind::Support];

impl UnitOfWork<'_> {
    /// A page of users, newest first.
    pub async fn users(&mut self, page: PageRequest) -> Result<Page<Account>, Refusal> {
        check_cursor::<AccountKey>(&page)?;
        Ok(self.tx.page_accounts(&USERS, page).await?)
    }

    /// A page of those of the named users that are there, newest first.
    pub async fn users_among(&mut self, keys: &BTreeSet<AccountKey>, page: PageRequest) -> Result<Page<Account>, Refusal> {
        check_cursor::<AccountKey>(&page)?;
        let after = page.after.as_ref().and_then(|after| after.parse::<AccountKey>().ok());
        let mut found = Vec::new();
        for key in keys.iter().rev().filter(|key| after.is_none_or(|after| **key < after)) {
            if found.len() > page.limit {
                break;
            }
            found.extend(self.tx.find_account(*key).await?.filter(|account| USERS.contains(&account.kind)));
        }
        Ok(Page::cut(found, page.limit, |account| account.key.to_string()))
    }

    /// One user.
    pub async fn user(&mut self, key: AccountKey) -> Result<Account, Refusal> {
        self.tx.find_account(key).await?.filter(|account| USERS.contains(&account.kind)).ok_or(Refusal::Absent("user"))
    }

    /// Replaces when a user's access ends, and the statements of the user's own. An agent's account is refused:
    /// what agents may do is said by the window and by the roles of support staff.
    pub async fn update_user(&mut self, key: AccountKey, wish: UserWish, seen: Option<i64>) -> Result<Account, Refusal> {
        let before = self.user(key).await?;
        if before.kind == AccountKind::Support {
            return Err(Refusal::Conflict { what: "user", state: "is a visiting agent" });
        }
        check_version(seen, before.version)?;
        let authorship = before.authorship.changed(self.ctx.author(), self.now());
        let account =
            Account { ends_at: wish.ends_at, statements: wish.statements, version: before.version + 1, authorship, ..before.clone() };
        self.tx.save_account(&account).await?;
        let named = [("ends_at", account.ends_at != before.ends_at), ("statements", account.statements != before.statements)];
        let changed: Vec<_> = named.into_iter().filter(|(_, is_changed)| *is_changed).map(|(field, _)| field).collect();
        self.record_account(Action::AccountUpdated, &account, &changed);
        Ok(account)
    }

    /// A page of the groups that a user is in, newest first.
    pub async fn groups_of_user(&mut self, key: AccountKey, reach: Reach, page: PageRequest) -> Result<Page<Group>, Refusal> {
        check_cursor::<GroupId>(&page)?;
        let user = self.user(key).await?;
        let mut found = BTreeMap::new();
        let mut ahead = self.tx.list_groups_around(user.key, user.kind).await?;
        while let Some(group) = ahead.pop() {
            let Entry::Vacant(place) = found.entry(group.id) else { continue };
            if reach == Reach::Inherited {
                ahead.extend(self.tx.list_parents_of(group.id).await?);
            }
            place.insert(group);
        }
        let after = page.after.as_ref().and_then(|after| after.parse::<GroupId>().ok());
        let rest = found.into_iter().rev().filter(|(id, _)| after.is_none_or(|after| *id < after)).map(|(_, group)| group);
        Ok(Page::cut(rest.take(page.limit + 1).collect(), page.limit, |group| group.id.to_string()))
    }

    /// A page of the roles that a user's group holds, newest first; groups of other things hold none.
    pub async fn roles_of_group(
        &mut self,
        of: &GroupType,
        id: GroupId,
        page: PageRequest,
    ) -> Result<Page<vestibule_core::role::Role>, Refusal> {
        match of {
            GroupType::Users => self.roles_of(crate::policies::PrincipalRef::UserGroup(id), page).await,
            GroupType::Things(_) => {
                self.group(of, id).await?;
                check_cursor::<vestibule_core::id::RoleId>(&page)?;
                Ok(Page { items: Vec::new(), next: None })
            }
        }
    }

    pub(crate) fn record_account(&mut self, action: Action, account: &Account, changed: &[&'static str]) {
        let draft = self.draft(action, Thing::new("account", account.key.to_string())).with_change(changed.iter().copied());
        let draft = draft.with_data("kind", account.kind.as_str()).with_data("version", account.version);
        let mut draft = draft.with_sealed("target.name", account.key.to_string(), account.id.as_str());
        if changed.contains(&"statements") {
            let written = serde_json::to_value(&account.statements).unwrap_or_default();
            draft = draft.with_data("statements", account.statements.len()).with_sealed("change.after", account.key.to_string(), written);
        }
        self.tx.record(draft);
    }
}
