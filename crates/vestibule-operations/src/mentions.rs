//! Ids in a request that must name something of the realm: where a door passes nothing over, each that does not is
//! told of by its place.

use std::collections::BTreeSet;

use vestibule_core::{
    account::AccountKind,
    group::SystemGroup,
    id::{GroupId, RoleId},
    refusal::{Fault, Malformed, Refusal},
};

use crate::unit_of_work::UnitOfWork;

impl UnitOfWork<'_> {
    /// Refuses roles that are not there, each by its place in `roles`.
    pub async fn check_roles(&mut self, roles: &[RoleId]) -> Result<(), Refusal> {
        refuse(self.strange_roles(roles).await?)
    }

    /// Refuses roles that are not there, and groups that are not or that accounts of this kind cannot be in, each by
    /// its place in `roles` and `groups`.
    pub async fn check_rights(&mut self, kind: AccountKind, roles: &[RoleId], groups: &[GroupId]) -> Result<(), Refusal> {
        let mut faults = self.strange_roles(roles).await?;
        let there = self.tx.find_groups(groups).await?.into_iter();
        let open = there.filter(|group| group.system.is_none() || group.system == SystemGroup::of(kind)).map(|group| group.id);
        faults.extend(strange("groups", groups, &open.collect(), "the id of a group of this realm that the account can be in"));
        refuse(faults)
    }

    async fn strange_roles(&mut self, roles: &[RoleId]) -> Result<Vec<Malformed>, Refusal> {
        let there = self.tx.find_roles(roles).await?.into_iter().map(|role| role.id).collect();
        Ok(strange("roles", roles, &there, "the id of a role of this realm"))
    }
}

/// Those that name nothing, by their places.
fn strange<I: Ord>(field: &str, ids: &[I], there: &BTreeSet<I>, what: &'static str) -> Vec<Malformed> {
    let missing = ids.iter().enumerate().filter(|(_, id)| !there.contains(id));
    missing.map(|(at, _)| Malformed::new(format!("{field}[{at}]"), Fault::Format(what))).collect()
}

fn refuse(mut faults: Vec<Malformed>) -> Result<(), Refusal> {
    match (faults.len(), faults.pop()) {
        (_, None) => Ok(()),
        (1, Some(fault)) => Err(fault.into()),
        (_, Some(fault)) => {
            faults.push(fault);
            Err(Refusal::ManyMalformed(faults))
        }
    }
}
