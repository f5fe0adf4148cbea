//! Accounts, each model of the page a shape (`spec/wavefront-accounts.md`, section 5).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde::Serialize;
use vestibule_core::{
    account::AccountKind,
    id::{GroupId, RoleId},
    refusal::{Fault, Malformed},
    time::Timestamp,
};
use vestibule_operations::AccountView;

use super::{
    Scene, groups::GroupBody, ids_or_none, is_same_id, permission_names, required, roles::RoleBody, text, texts, tokens::TokenBody,
};
use crate::{
    body::Object,
    dialects::wavefront::words::{PERMISSIONS, SERVICE, TOKEN_MANAGEMENT},
};

const IDENTIFIER: &str = "identifier";
/// The member that names a person to be made.
pub const EMAIL: &str = "emailAddress";
/// Names of **permissions**, not groups: the oldest trap in this API.
pub const GROUPS: &str = "groups";
const USER_GROUPS: &str = "userGroups";
const ROLES: &str = "roles";
/// The member that holds tokens a client chose.
pub const TOKENS: &str = "tokens";

/// What requests say of what an account may: names of permissions, ids of roles and of groups. What is not given is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RightsWrite {
    /// Permissions.
    pub permissions: Option<Vec<String>>,
    /// Roles.
    pub roles: Option<Vec<String>>,
    /// Groups.
    pub groups: Option<Vec<String>>,
}

impl RightsWrite {
    fn read(body: &Object) -> Result<Self, Malformed> {
        Ok(Self { permissions: texts(body, GROUPS)?, roles: ids_or_none(body, ROLES)?, groups: ids_or_none(body, USER_GROUPS)? })
    }
}

/// `UserToCreate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserToCreate {
    /// The address, which is the identifier.
    pub email: String,
    /// What the user may.
    pub rights: RightsWrite,
}

impl UserToCreate {
    /// Reads the members' types; only the address must be there (section 5: be lenient).
    pub fn read(body: &Object) -> Result<Self, Malformed> {
        Ok(Self { email: required(body, EMAIL)?, rights: RightsWrite::read(body)? })
    }
}

/// `UserRequestDTO`.
pub struct UserWrite {
    identifier: Option<String>,
    /// The name that the user goes by where single sign-on is.
    pub sso_id: Option<String>,
    /// A new password.
    pub password: Option<SecretString>,
    /// What the user may.
    pub rights: RightsWrite,
}

impl UserWrite {
    /// Reads the members' types.
    pub fn read(body: &Object) -> Result<Self, Malformed> {
        Ok(Self {
            identifier: text(body, IDENTIFIER)?,
            sso_id: text(body, "ssoId")?,
            password: text(body, "credential")?.map(SecretString::from),
            rights: RightsWrite::read(body)?,
        })
    }

    /// Refuses a body about another user than the path's.
    pub fn check_path(&self, path: &str) -> Result<(), Malformed> {
        check_path(self.identifier.as_deref(), path)
    }
}

/// `ServiceAccountWrite`.
#[derive(Clone)]
pub struct ServiceAccountWrite {
    /// Required when it is created.
    pub identifier: Option<String>,
    /// Whether its tokens work.
    pub active: Option<bool>,
    /// For people.
    pub description: Option<String>,
    /// Tokens to be registered on it; they are secrets.
    pub tokens: Vec<String>,
    /// What it may.
    pub rights: RightsWrite,
}

impl ServiceAccountWrite {
    /// Reads the members' types.
    pub fn read(body: &Object) -> Result<Self, Malformed> {
        Ok(Self {
            identifier: text(body, IDENTIFIER)?,
            active: body.boolean_or_none("active")?,
            description: text(body, "description")?,
            tokens: ids_or_none(body, TOKENS)?.unwrap_or_default(),
            rights: RightsWrite::read(body)?,
        })
    }

    /// The identifier of one that is made.
    pub fn name(&self) -> Result<&str, Malformed> {
        self.identifier.as_deref().ok_or_else(|| Malformed::new(IDENTIFIER, Fault::Missing))
    }

    /// Refuses a body about another account than the path's (section 9.3, inferred); one that names none is fine.
    pub fn check_path(&self, path: &str) -> Result<(), Malformed> {
        check_path(self.identifier.as_deref(), path)
    }
}

fn check_path(identifier: Option<&str>, path: &str) -> Result<(), Malformed> {
    match identifier.is_none_or(|identifier| is_same_id(identifier, path)) {
        true => Ok(()),
        false => Err(Malformed::new(IDENTIFIER, Fault::Format("the identifier that the path names"))),
    }
}

/// The fault of an identifier, under the name that it goes by here.
pub fn of_identifier(malformed: Malformed) -> Malformed {
    malformed.of(IDENTIFIER)
}

/// An account's own permissions, by name.
pub fn own_permissions(view: &AccountView) -> Vec<&'static str> {
    permission_names(&view.permissions())
}

/// Whatever the decision engine allows the account, of the permissions of this dialect (section 9.5). A robot has not got
/// that of making tokens for itself, wherever it came from (section 9.9, inferred).
pub fn united_permissions(view: &AccountView, now: Timestamp) -> Vec<&'static str> {
    let is_robot = view.account.kind == AccountKind::Service;
    let actions = PERMISSIONS.iter().map(|permission| (permission.name, format!("{SERVICE}:{}", permission.name)));
    let may = actions.filter(|(_, action)| !(is_robot && action == TOKEN_MANAGEMENT) && view.may(action, now));
    may.map(|(name, _)| name).collect()
}

/// `Account`: roles and groups are ids here.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountBody {
    identifier: String,
    groups: Vec<&'static str>,
    roles: Vec<RoleId>,
    user_groups: Vec<GroupId>,
    united_roles: Vec<RoleId>,
    united_permissions: Vec<&'static str>,
}

impl AccountBody {
    /// An account of either kind.
    pub fn of(view: &AccountView, scene: &Scene) -> Self {
        Self {
            identifier: view.account.id.to_string(),
            groups: own_permissions(view),
            roles: view.roles.iter().map(|role| role.id).collect(),
            user_groups: view.groups.iter().map(|group| group.id).collect(),
            united_roles: view.united_roles().into_iter().collect(),
            united_permissions: united_permissions(view, scene.now),
        }
    }
}

/// `UserModel` and `UserDTO`: roles and groups are objects here.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserBody {
    identifier: String,
    customer: String,
    groups: Vec<&'static str>,
    user_groups: Vec<GroupBody>,
    roles: Vec<RoleBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sso_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_successful_login: Option<i64>,
}

impl UserBody {
    /// An account in its groups.
    pub fn of(view: &AccountView, user_groups: Vec<GroupBody>, scene: &Scene) -> Self {
        let sso_id = &view.account.profile.sso_id;
        Self {
            identifier: view.account.id.to_string(),
            customer: scene.customer.clone(),
            groups: own_permissions(view),
            user_groups,
            roles: view.roles.iter().map(|role| RoleBody::embedded(role, scene)).collect(),
            sso_id: Some(sso_id.clone()).filter(|id| !id.is_empty()),
            last_successful_login: view.last_used_at.map(Timestamp::millis),
        }
    }

    /// Nobody: what a change of no accounts answers, since the client cannot read an answer without a user.
    pub fn nobody(customer: &str) -> Self {
        Self {
            identifier: String::new(),
            customer: customer.to_owned(),
            groups: Vec::new(),
            user_groups: Vec::new(),
            roles: Vec::new(),
            sso_id: None,
            last_successful_login: None,
        }
    }
}

/// `ServiceAccount`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccountBody {
    identifier: String,
    active: bool,
    description: String,
    groups: Vec<&'static str>,
    roles: Vec<RoleBody>,
    user_groups: Vec<GroupBody>,
    tokens: Vec<TokenBody>,
    united_roles: Vec<RoleId>,
    united_permissions: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<i64>,
}

impl ServiceAccountBody {
    /// A robot in its groups, with its tokens.
    pub fn of(view: &AccountView, user_groups: Vec<GroupBody>, tokens: Vec<TokenBody>, scene: &Scene) -> Self {
        Self {
            identifier: view.account.id.to_string(),
            active: view.account.active,
            description: view.account.description.clone(),
            groups: own_permissions(view),
            roles: view.roles.iter().map(|role| RoleBody::embedded(role, scene)).collect(),
            user_groups,
            tokens,
            united_roles: view.united_roles().into_iter().collect(),
            united_permissions: united_permissions(view, scene.now),
            last_used: view.last_used_at.map(Timestamp::millis),
        }
    }
}

/// `CustomerFacingUserObject`: a user as searches find one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundUserBody {
    id: String,
    identifier: String,
    escaped_identifier: String,
    customer: String,
    #[serde(rename = "self")]
    is_caller: bool,
    groups: Vec<&'static str>,
    user_groups: Vec<GroupId>,
    united_roles: Vec<RoleId>,
    united_permissions: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_successful_login: Option<i64>,
}

impl FoundUserBody {
    /// A user; whether it is the caller is known to whoever searches.
    pub fn of(view: &AccountView, is_caller: bool, scene: &Scene) -> Self {
        let id = view.account.id.to_string();
        Self {
            identifier: id.clone(),
            escaped_identifier: utf8_percent_encode(&id, NON_ALPHANUMERIC).to_string(),
            id,
            customer: scene.customer.clone(),
            is_caller,
            groups: own_permissions(view),
            user_groups: view.groups.iter().map(|group| group.id).collect(),
            united_roles: view.united_roles().into_iter().collect(),
            united_permissions: united_permissions(view, scene.now),
            last_successful_login: view.last_used_at.map(Timestamp::millis),
        }
    }
}
