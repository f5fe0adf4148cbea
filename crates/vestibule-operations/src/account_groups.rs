//! Groups of accounts, as their people keep them: listed with who is in them, made, changed, filled in bulk.
//! What they have in common with groups of other things, one step at a time, stands in `resource_groups.rs`.

use std::collections::BTreeSet;

use vestibule_core::{
    audit::Action,
    authorship::Authorship,
    group::{Group, check_description},
    id::{AccountId, AccountKey, GroupId, RoleId},
    refusal::Refusal,
    resource_group::{GroupType, Member},
    role::{Holder, Role},
};
use vestibule_store::Place;

use crate::{
    policies::check_version,
    roles::{Ignored, SAMPLE_MAX, known},
    unit_of_work::UnitOfWork,
};

/// A group, who is in it and what it gives them.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupView {
    /// The group.
    pub group: Group,
    /// How many accounts are in it directly.
    pub users: u64,
    /// The oldest of them, at most [`SAMPLE_MAX`].
    pub sample_users: Vec<AccountId>,
    /// The roles that it holds directly, oldest first.
    pub roles: Vec<Role>,
}

/// What is to change of a group; absent: it stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// See [`Group::check_name`]; unique in the realm.
    pub name: Option<String>,
    /// See [`check_description`].
    pub description: Option<String>,
    /// The roles, all of them, that it is to hold.
    pub roles: Option<Vec<RoleId>>,
}

impl UnitOfWork<'_> {
    /// Every group of accounts: those that the realm keeps, then the others, oldest first.
    pub async fn all_groups(&mut self) -> Result<Vec<Group>, Refusal> {
        Ok(self.tx.list_groups().await?)
    }

    /// These groups with who is in them, in the order given.
    pub async fn group_views(&mut self, groups: Vec<Group>) -> Result<Vec<GroupView>, Refusal> {
        let ids: Vec<_> = groups.iter().map(|group| group.id).collect();
        let mut counts = self.tx.count_members(&ids).await?;
        let mut members = self.tx.sample_members(&ids, SAMPLE_MAX).await?;
        let mut roles = self.tx.list_roles_of_groups(&ids).await?;
        if groups.iter().any(|group| group.system.is_some()) {
            let by_kind = self.tx.count_accounts().await?;
            for (group, system) in groups.iter().filter_map(|group| Some((group.id, group.system?))) {
                counts.insert(group, by_kind.get(&system.kind()).copied().unwrap_or_default());
                members.insert(group, self.tx.sample_accounts(system.kind(), SAMPLE_MAX).await?);
            }
        }
        let view = |group: Group| GroupView {
            users: counts.remove(&group.id).unwrap_or_default(),
            sample_users: members.remove(&group.id).unwrap_or_default(),
            roles: roles.remove(&group.id).unwrap_or_default(),
            group,
        };
        Ok(groups.into_iter().map(view).collect())
    }

    /// Those of these groups of accounts that are there, in the order asked, each once; and the ids that name none.
    /// A list that names none at all is refused; an empty one is not.
    pub async fn known_groups(&mut self, wanted: &[GroupId]) -> Result<(Vec<Group>, Ignored<GroupId>), Refusal> {
        let found = self.tx.find_groups(wanted).await?;
        known("group", wanted, found.into_iter().map(|group| (group.id, group)))
    }

    /// Makes a group that holds those of these roles that are there; answers with the ids that name none, too. The
    /// name must be free.
    pub async fn new_group(&mut self, name: &str, description: &str, roles: &[RoleId]) -> Result<(Group, Ignored<RoleId>), Refusal> {
        let name = Group::check_name(name)?;
        self.check_group_name(&name).await?;
        let group = Group {
            id: GroupId::fresh(self.now(), &self.ctx.chance),
            name,
            description: check_description(description)?,
            system: None,
            version: 1,
            created_at: self.now(),
            authorship: Authorship::made_by(self.ctx.author()),
        };
        self.tx.save_group(&group).await?;
        let draft = self.group_draft(Action::GroupCreated, &GroupType::Users, &group);
        self.tx.record(draft);
        let ignored = self.set_roles_of(Holder::Group(group.id), roles).await?;
        Ok((group, ignored))
    }

    /// Changes a group; what is as wanted already is no change. Refused are a name that is taken, another version
    /// than the stored one, and anything but roles of a group that the realm keeps.
    pub async fn change_group(&mut self, id: GroupId, change: GroupChange, seen: Option<i64>) -> Result<(Group, Ignored<RoleId>), Refusal> {
        let before = self.group(&GroupType::Users, id).await?;
        check_version(seen, before.version)?;
        let mut group = before.clone();
        if let Some(name) = change.name {
            group.name = Group::check_name(&name)?;
        }
        if let Some(description) = change.description {
            group.description = check_description(&description)?;
        }
        let named = [("name", group.name != before.name), ("description", group.description != before.description)];
        let changed: Vec<_> = named.into_iter().filter(|(_, is_changed)| *is_changed).map(|(field, _)| field).collect();
        if !changed.is_empty() {
            before.check_ordinary()?;
            if group.name != before.name {
                self.check_group_name(&group.name).await?;
            }
            group = self.written(&GroupType::Users, group).await?;
            let draft = self.group_draft(Action::GroupUpdated, &GroupType::Users, &group).with_change(changed);
            self.tx.record(draft);
        }
        let ignored = match change.roles {
            Some(roles) => self.set_roles_of(Holder::Group(id), &roles).await?,
            None => Vec::new(),
        };
        Ok((group, ignored))
    }

    /// Removes a group of accounts; who was in it stays, out of it. Says what it was.
    pub async fn remove_group(&mut self, id: GroupId) -> Result<Group, Refusal> {
        self.delete_group(&GroupType::Users, id).await
    }

    /// Puts accounts, which are there, into a group; who is in it already changes nothing. Each who was not is an
    /// event.
    pub async fn add_members(&mut self, id: GroupId, accounts: &[AccountKey]) -> Result<Group, Refusal> {
        let group = self.group(&GroupType::Users, id).await?;
        group.check_ordinary()?;
        let added = self.tx.set_members(accounts, id, Place::In(self.ctx.author())).await?;
        let added_keys: Vec<_> = added.iter().copied().collect();
        // One fewer: they are in this one by now.
        Group::check_places(self.tx.most_places(&added_keys).await?.saturating_sub(1))?;
        self.tell_members(Action::GroupMemberAdded, group, &added).await
    }

    /// Takes accounts out of a group; who is not in it changes nothing. Each who was is an event.
    pub async fn remove_members(&mut self, id: GroupId, accounts: &[AccountKey]) -> Result<Group, Refusal> {
        let group = self.group(&GroupType::Users, id).await?;
        group.check_ordinary()?;
        let removed = self.tx.set_members(accounts, id, Place::Out).await?;
        self.tell_members(Action::GroupMemberRemoved, group, &removed).await
    }

    async fn tell_members(&mut self, action: Action, group: Group, changed: &BTreeSet<AccountKey>) -> Result<Group, Refusal> {
        if changed.is_empty() {
            return Ok(group);
        }
        let group = self.written(&GroupType::Users, group).await?;
        for account in changed {
            self.record_membership(action, &GroupType::Users, &group, &Member::Item((*account).into()));
        }
        Ok(group)
    }

    async fn check_group_name(&mut self, name: &str) -> Result<(), Refusal> {
        match self.tx.find_group_named(name).await? {
            Some(_) => Err(Refusal::Exists("group")),
            None => Ok(()),
        }
    }
}
