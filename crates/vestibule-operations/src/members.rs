//! Who is in a group of accounts, and what groups hold, read page by page. Groups with samples of their members stand in
//! `account_groups.rs`, groups inside groups in `nesting.rs`.

use std::collections::BTreeMap;

use vestibule_core::{
    account::Account,
    group::Group,
    id::{AccountKey, GroupId},
    refusal::Refusal,
    resource_group::{GroupType, Member},
    role::Role,
};
use vestibule_store::{Page, PageRequest};

use crate::{policies::check_cursor, unit_of_work::UnitOfWork};

/// What stands in a group of accounts.
#[derive(Debug, Clone, PartialEq)]
pub enum Insider {
    /// An account.
    Account(Box<Account>),
    /// Another group, and so everybody in it.
    Group(Group),
}

impl UnitOfWork<'_> {
    /// A group of accounts.
    pub async fn group_of_accounts(&mut self, id: GroupId) -> Result<Group, Refusal> {
        self.group(&GroupType::Users, id).await
    }

    /// A page of the groups of accounts, newest first.
    pub async fn groups_of_accounts(&mut self, page: PageRequest) -> Result<Page<Group>, Refusal> {
        self.groups(&GroupType::Users, page).await
    }

    /// These groups with the roles that each holds directly, in the order given.
    pub async fn with_roles(&mut self, groups: Vec<Group>) -> Result<Vec<(Group, Vec<Role>)>, Refusal> {
        let ids: Vec<_> = groups.iter().map(|group| group.id).collect();
        let mut roles = self.tx.list_roles_of_groups(&ids).await?;
        let holding = |group: Group| {
            let held = roles.remove(&group.id).unwrap_or_default();
            (group, held)
        };
        Ok(groups.into_iter().map(holding).collect())
    }

    /// A page of what is in a group directly, the newest accounts and groups first.
    pub async fn insiders(&mut self, id: GroupId, page: PageRequest) -> Result<Page<Insider>, Refusal> {
        check_cursor::<AccountKey>(&page)?;
        let group = self.group_of_accounts(id).await?;
        let Page { items, next } = self.tx.page_members_by_id(&group, page).await?;
        let (mut keys, mut ids) = (Vec::new(), Vec::new());
        for member in &items {
            match member {
                Member::Item(_) => keys.extend(member.account()),
                Member::Group(inner) => ids.push(*inner),
            }
        }
        let accounts = self.tx.list_accounts(&keys).await?;
        let mut accounts: BTreeMap<AccountKey, Account> = accounts.into_iter().map(|account| (account.key, account)).collect();
        let groups = self.tx.find_groups(&ids).await?;
        let mut groups: BTreeMap<GroupId, Group> = groups.into_iter().map(|group| (group.id, group)).collect();
        let insider = |member: Member| match &member {
            Member::Item(_) => member.account().and_then(|key| accounts.remove(&key)).map(|account| Insider::Account(Box::new(account))),
            Member::Group(inner) => groups.remove(inner).map(Insider::Group),
        };
        Ok(Page { items: items.into_iter().filter_map(insider).collect(), next })
    }
}
