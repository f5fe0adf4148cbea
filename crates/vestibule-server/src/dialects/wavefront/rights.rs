//! What requests say of what an account may, as far as it can be had: permissions by name, roles and groups by id
//! (`spec/wavefront-accounts.md`, sections 9.6 and 9.8).

use std::collections::BTreeSet;

use vestibule_core::{
    account::AccountKind,
    id::{GroupId, RoleId},
    policy::ActionName,
    refusal::Refusal,
};
use vestibule_operations::{AccountChange, UnitOfWork};

use super::{
    accounts::check_bearable,
    envelope::Warning,
    named::{self, Found, Place},
    wire::{
        self,
        accounts::{GROUPS, RightsWrite},
    },
};

/// Rights that can be given. What was not asked about is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// Permissions.
    pub permissions: Option<BTreeSet<ActionName>>,
    /// Roles that are there.
    pub roles: Option<Vec<RoleId>>,
    /// Groups that are there and can hold the account.
    pub groups: Option<Vec<GroupId>>,
}

/// What becomes of a list of ids that names nothing which is there. Ids that name nothing among others are passed over
/// either way (section 9.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllUnknown {
    /// It is passed over: an account that is made is made without (recorded, section 4, and section 12).
    PassedOver,
    /// It is refused: an account that is changed must not lose all that it had to a list of mistakes (inferred).
    Refused,
}

/// Looks up what was asked for an account of this kind; tells what was passed over.
pub async fn read(
    work: &mut UnitOfWork<'_>,
    wish: &RightsWrite,
    kind: AccountKind,
    rule: AllUnknown,
    warning: &mut Warning,
) -> Result<Rights, Refusal> {
    let permissions = wish.permissions.as_ref().map(|names| wire::actions(names, GROUPS)).transpose()?;
    for action in permissions.iter().flatten() {
        check_bearable(kind == AccountKind::Service, action)?;
    }
    let roles = match &wish.roles {
        Some(ids) => {
            let found = rule.judge(named::roles(work, ids).await?, "role")?;
            found.warn(warning, named::ROLES);
            Some(found.items.iter().map(|role| role.id).collect())
        }
        None => None,
    };
    let groups = match &wish.groups {
        Some(ids) => {
            let mut found = rule.judge(named::groups(work, ids).await?, "user group")?;
            let foreign = found.items.extract_if(.., |group| named::place(kind, group) == Place::Foreign);
            let foreign: Vec<_> = foreign.map(|group| group.id.to_string()).collect();
            found.unknown.extend(foreign);
            found.warn(warning, named::GROUPS);
            Some(found.items.iter().map(|group| group.id).collect())
        }
        None => None,
    };
    Ok(Rights { permissions, roles, groups })
}

impl AllUnknown {
    fn judge<T>(self, found: Found<T>, what: &'static str) -> Result<Found<T>, Refusal> {
        match self {
            Self::PassedOver => Ok(found),
            Self::Refused => found.some(what),
        }
    }
}

impl From<Rights> for AccountChange {
    fn from(rights: Rights) -> Self {
        Self { permissions: rights.permissions, roles: rights.roles, groups: rights.groups, ..Self::default() }
    }
}
