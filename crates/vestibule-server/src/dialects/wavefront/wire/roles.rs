//! Roles (`spec/wavefront-accounts.md`, section 5, "RoleDTO").

use serde::Serialize;
use vestibule_core::{
    id::RoleId,
    policy::permission::{allowed_everywhere, is_plain},
    refusal::Malformed,
    role::{BuiltIn, Role},
};
use vestibule_operations::RoleView;

use super::{Scene, groups::GroupBody, permission_names, text, texts};
use crate::{body::Object, dialects::wavefront::words::SERVICE};

const NAME: &str = "name";
const DESCRIPTION: &str = "description";
/// The member that names permissions.
pub const PERMISSIONS: &str = "permissions";
/// The member that a body may repeat the path's id in.
pub const ID: &str = "id";

/// `RoleCreateDTO` and `RoleUpdateDTO`: what is not given is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleWrite {
    /// The role's id; one client sends it empty when it creates.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// The names of its permissions.
    pub permissions: Option<Vec<String>>,
}

impl RoleWrite {
    /// Reads the members' types.
    pub fn read(body: &Object) -> Result<Self, Malformed> {
        Ok(Self {
            id: text(body, ID)?.filter(|id| !id.is_empty()),
            name: text(body, NAME)?,
            description: text(body, DESCRIPTION)?,
            permissions: texts(body, PERMISSIONS)?,
        })
    }
}

/// `RoleDTO`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleBody {
    id: RoleId,
    name: String,
    description: String,
    customer: String,
    permissions: Vec<&'static str>,
    created_epoch_millis: i64,
    last_updated_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    linked_accounts_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    linked_groups_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_linked_accounts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_linked_groups: Option<Vec<GroupBody>>,
    /// Only those roles have any that are kept in the vendor's cloud console (section 5).
    restricted_permissions: [&'static str; 0],
    properties: Properties,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    name_editable: bool,
    perms_editable: bool,
    users_addable: bool,
    users_removable: bool,
    deletable: bool,
}

/// The names of a role's permissions. A role that says more than permissions shows none: its statements are not for
/// this dialect to show in part.
pub fn permissions(role: &Role) -> Vec<&'static str> {
    match is_plain(&role.statements, SERVICE) {
        true => permission_names(&allowed_everywhere(&role.statements)),
        false => Vec::new(),
    }
}

impl Properties {
    fn of(role: &Role) -> Self {
        let is_built_in = role.managed || BuiltIn::ALL.iter().any(|built_in| built_in.name() == role.name);
        Self {
            name_editable: !is_built_in,
            perms_editable: !role.managed && is_plain(&role.statements, SERVICE),
            users_addable: true,
            users_removable: true,
            deletable: !is_built_in,
        }
    }
}

impl RoleBody {
    /// As it stands inside a group or an account: no counts, no samples (section 5, "Recursion").
    pub fn embedded(role: &Role, scene: &Scene) -> Self {
        let author = role.authorship.last_author().and_then(|key| scene.authors.get(&key));
        Self {
            id: role.id,
            name: role.name.clone(),
            description: role.description.clone(),
            customer: scene.customer.clone(),
            permissions: permissions(role),
            created_epoch_millis: role.created_at.millis(),
            last_updated_ms: role.authorship.last_written(role.created_at).millis(),
            last_updated_account_id: author.cloned(),
            linked_accounts_count: None,
            linked_groups_count: None,
            sample_linked_accounts: None,
            sample_linked_groups: None,
            restricted_permissions: [],
            properties: Properties::of(role),
        }
    }

    /// As searches find it: counts and no samples.
    pub fn counted(view: &RoleView, scene: &Scene) -> Self {
        let (accounts, groups) = (Some(view.accounts), Some(view.groups));
        Self { linked_accounts_count: accounts, linked_groups_count: groups, ..Self::embedded(&view.role, scene) }
    }

    /// Whole.
    pub fn whole(view: &RoleView, scene: &Scene) -> Self {
        Self {
            sample_linked_accounts: Some(view.sample_accounts.iter().map(ToString::to_string).collect()),
            sample_linked_groups: Some(view.sample_groups.iter().map(|group| GroupBody::sample(group, scene)).collect()),
            ..Self::counted(view, scene)
        }
    }
}
