//! Groups (`spec/wavefront-accounts.md`, section 5, "UserGroup" and "UserGroupModel").

use serde::Serialize;
use vestibule_core::{group::Group, id::GroupId, refusal::Malformed};
use vestibule_operations::GroupView;

use super::{Scene, ids_or_none, roles::RoleBody, text};
use crate::body::Object;

const ID: &str = "id";
const NAME: &str = "name";
const DESCRIPTION: &str = "description";
const ROLE_IDS: &str = "roleIDs";

/// `UserGroupWrite`: what is not given is none. One client never sends `roleIDs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupWrite {
    /// The group's id.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// The ids of its roles.
    pub roles: Option<Vec<String>>,
}

impl GroupWrite {
    /// Reads the members' types.
    pub fn read(body: &Object) -> Result<Self, Malformed> {
        Ok(Self {
            id: text(body, ID)?.filter(|id| !id.is_empty()),
            name: text(body, NAME)?,
            description: text(body, DESCRIPTION)?,
            roles: ids_or_none(body, ROLE_IDS)?,
        })
    }
}

/// Both models: they differ in what is left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupBody {
    id: GroupId,
    name: String,
    customer: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    users: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<RoleBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_epoch_millis: Option<i64>,
    properties: Properties,
}

/// What may be edited: of a system group its roles alone (section 9.6).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    name_editable: bool,
    users_editable: bool,
    roles_editable: bool,
}

/// Whether a group inside an account names who else is in it. Where many accounts are shown at once they would be the same
/// names over and over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    /// As many as are kept for a sample.
    Sample,
    /// Nobody; how many there are is told.
    Unnamed,
}

impl GroupBody {
    /// As it stands among a role's samples: no roles, no users (section 5, "Recursion").
    pub fn sample(group: &Group, scene: &Scene) -> Self {
        let is_ordinary = group.system.is_none();
        Self {
            id: group.id,
            name: group.name.clone(),
            customer: scene.customer.clone(),
            description: group.description.clone(),
            users: None,
            user_count: None,
            roles: None,
            role_count: None,
            created_epoch_millis: None,
            properties: Properties { name_editable: is_ordinary, users_editable: is_ordinary, roles_editable: true },
        }
    }

    /// `UserGroup`: as it stands inside an account.
    pub fn embedded(view: &GroupView, members: Members, scene: &Scene) -> Self {
        let users = match members {
            Members::Sample => view.sample_users.iter().map(ToString::to_string).collect(),
            Members::Unnamed => Vec::new(),
        };
        Self {
            users: Some(users),
            user_count: Some(view.users),
            roles: Some(view.roles.iter().map(|role| RoleBody::embedded(role, scene)).collect()),
            ..Self::sample(&view.group, scene)
        }
    }

    /// `UserGroupModel`: by itself.
    pub fn whole(view: &GroupView, scene: &Scene) -> Self {
        Self {
            role_count: Some(view.roles.len()),
            created_epoch_millis: Some(view.group.created_at.millis()),
            ..Self::embedded(view, Members::Sample, scene)
        }
    }
}
