//! Groups of accounts inside others: put there and taken out so that a second time is no fault, and what either would mean
//! for everybody inside.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{
    group::{Group, Nesting, ancestors, check_nesting},
    id::{GroupId, RoleId},
    refusal::Refusal,
    resource_group::{GroupType, Member},
    role::Role,
};

use crate::unit_of_work::UnitOfWork;

/// What a group's place in another means for everybody inside the one.
#[derive(Debug, Clone, PartialEq)]
pub struct NestingEffect {
    /// The group around.
    pub outer: Group,
    /// The group inside.
    pub inner: Group,
    /// How many accounts are in the inner group and in the groups inside it, each counted once.
    pub accounts: u64,
    /// The roles that reach them by this place and by none of the inner group's others, by id.
    pub roles: Vec<Role>,
}

impl UnitOfWork<'_> {
    /// The groups that a group of accounts is in directly, oldest first.
    pub async fn groups_around(&mut self, inner: GroupId) -> Result<Vec<Group>, Refusal> {
        Ok(self.tx.list_parents_of(inner).await?)
    }

    /// The group of accounts with this id or, if there is none, with this name; of several of a name the oldest.
    pub async fn group_called(&mut self, word: &str) -> Result<Group, Refusal> {
        if let Ok(id) = word.parse()
            && let Some(group) = self.tx.find_group(&GroupType::Users, id).await?
        {
            return Ok(group);
        }
        self.tx.find_group_named(word).await?.ok_or(Refusal::Absent("group"))
    }

    /// Puts a group into another; one that is in it already changes nothing. Refuses what would close a circle or nest
    /// too deep, and groups that the realm keeps.
    pub async fn nest(&mut self, outer: GroupId, inner: GroupId) -> Result<Group, Refusal> {
        self.add_to_group(&GroupType::Users, outer, Member::Group(inner), None).await
    }

    /// Takes a group out of another; one that is not in it changes nothing.
    pub async fn unnest(&mut self, outer: GroupId, inner: GroupId) -> Result<Group, Refusal> {
        let (group, inner) = (self.group_of_accounts(outer).await?, self.group_of_accounts(inner).await?);
        match self.remove_from_group(&GroupType::Users, outer, Member::Group(inner.id), None).await {
            Err(Refusal::Absent(_)) => Ok(group),
            done => done,
        }
    }

    /// What [`UnitOfWork::nest`] would give: no role where the group is in it already. Refuses what that refuses for the
    /// groups' sake.
    pub async fn effect_of_nesting(&mut self, outer: GroupId, inner: GroupId) -> Result<NestingEffect, Refusal> {
        let (outer, inner) = (self.group_of_accounts(outer).await?, self.group_of_accounts(inner).await?);
        outer.check_ordinary()?;
        inner.check_ordinary()?;
        let nestings = self.tx.list_nestings().await?;
        check_nesting(&inner.id, &outer.id, &nestings)?;
        self.effect(outer, inner, &nestings).await
    }

    /// What [`UnitOfWork::unnest`] would take; a group that is not in the other is absent.
    pub async fn effect_of_unnesting(&mut self, outer: GroupId, inner: GroupId) -> Result<NestingEffect, Refusal> {
        let (outer, inner) = (self.group_of_accounts(outer).await?, self.group_of_accounts(inner).await?);
        let (taken, mut nestings) = ((inner.id, outer.id), self.tx.list_nestings().await?);
        if !nestings.contains(&taken) {
            return Err(Refusal::Absent("member"));
        }
        nestings.retain(|nesting| *nesting != taken);
        self.effect(outer, inner, &nestings).await
    }

    /// What a place means beside these nestings.
    async fn effect(&mut self, outer: Group, inner: Group, nestings: &[Nesting<GroupId>]) -> Result<NestingEffect, Refusal> {
        let with = |group: GroupId, others: BTreeSet<GroupId>| others.into_iter().chain([group]).collect::<Vec<_>>();
        let turned: Vec<_> = nestings.iter().map(|(inner, outer)| (*outer, *inner)).collect();
        let inside = with(inner.id, ancestors(&inner.id, &turned));
        let by_place = with(outer.id, ancestors(&outer.id, nestings));
        let anyway = with(inner.id, ancestors(&inner.id, nestings));
        let held: BTreeSet<RoleId> = self.tx.list_roles_of_groups(&anyway).await?.into_values().flatten().map(|role| role.id).collect();
        let reaching = self.tx.list_roles_of_groups(&by_place).await?.into_values().flatten();
        let new: BTreeMap<RoleId, Role> = reaching.filter(|role| !held.contains(&role.id)).map(|role| (role.id, role)).collect();
        let accounts = self.tx.count_accounts_in(&inside).await?;
        Ok(NestingEffect { outer, inner, accounts, roles: new.into_values().collect() })
    }
}
