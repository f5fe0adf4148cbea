//! Shapes of accounts, their credentials and rights, groups and roles.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use vestibule_core::{
    credential::{Credential, CredentialKind, ProjectScope},
    group::{Group, SystemGroup},
    id::{AccountKey, CredentialId, GroupId, RoleId, SessionId},
    policy::{Origin, Source, Statement},
    principal::Principal,
    redirect::RedirectUri,
    role::Role,
    time::Timestamp,
};
use vestibule_operations::{AccountView, Insider};

/// A role or a group, by its id and its name.
#[derive(Serialize)]
struct Named<'a, I> {
    id: I,
    name: &'a str,
}

fn named_role(role: &Role) -> Named<'_, RoleId> {
    Named { id: role.id, name: &role.name }
}

fn named_group(group: &Group) -> Named<'_, GroupId> {
    Named { id: group.id, name: &group.name }
}

/// An account.
#[derive(Serialize)]
pub struct ShownAccount<'a> {
    id: &'a str,
    key: AccountKey,
    kind: &'static str,
    name: &'a str,
    description: &'a str,
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<Timestamp>,
    statements: &'a [Statement],
    attributes: &'a BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_department: Option<&'a str>,
    foreign_departments: &'a [String],
    roles: Vec<Named<'a, RoleId>>,
    groups: Vec<Named<'a, GroupId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
    version: i64,
    created_at: Timestamp,
}

/// Shows an account with what it holds and is in directly.
pub fn account(view: &AccountView) -> ShownAccount<'_> {
    let account = &view.account;
    ShownAccount {
        id: account.id.as_str(),
        key: account.key,
        kind: account.kind.as_str(),
        name: &account.name,
        description: &account.description,
        active: account.active,
        ends_at: account.ends_at,
        statements: &account.statements,
        attributes: &account.attributes,
        home_department: account.seat.home.as_deref(),
        foreign_departments: &account.seat.foreign,
        roles: view.roles.iter().map(named_role).collect(),
        groups: view.groups.iter().map(named_group).collect(),
        last_used_at: view.last_used_at,
        version: account.version,
        created_at: account.created_at,
    }
}

/// A credential, without what proves it.
#[derive(Serialize)]
pub struct ShownCredential<'a> {
    id: CredentialId,
    kind: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a ProjectScope>,
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "<[RedirectUri]>::is_empty")]
    redirect_uris: &'a [RedirectUri],
}

/// Shows a credential.
pub fn credential(credential: &Credential) -> ShownCredential<'_> {
    ShownCredential {
        id: credential.id,
        kind: credential.kind.as_str(),
        name: &credential.name,
        public_id: credential.public_id.as_deref(),
        scope: credential.scope.as_ref(),
        enabled: credential.enabled,
        expires_at: credential.expires_at,
        created_at: credential.created_at,
        last_used_at: credential.last_used_at,
        redirect_uris: &credential.redirect_uris,
    }
}

/// A credential that was just made, with what proves it: the only time it is shown.
#[derive(Serialize)]
pub struct MadeCredential<'a> {
    #[serde(flatten)]
    credential: ShownCredential<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

/// Shows a new credential: a token as such, what requests are signed with as a secret.
pub fn made_credential<'a>(made: &'a Credential, secret: &'a str) -> MadeCredential<'a> {
    let is_token = made.kind == CredentialKind::Token;
    MadeCredential { credential: credential(made), token: is_token.then_some(secret), secret: (!is_token).then_some(secret) }
}

/// Where statements come from.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ShownOrigin<'a> {
    Account,
    Role { id: RoleId, name: &'a str, version: i64 },
    Window { version: i64 },
}

/// Statements that reach an account by one path.
#[derive(Serialize)]
struct ShownSource<'a> {
    origin: ShownOrigin<'a>,
    path: &'a [String],
    statements: &'a [Statement],
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

fn source(source: &Source) -> ShownSource<'_> {
    ShownSource {
        origin: match &source.origin {
            Origin::Account => ShownOrigin::Account,
            Origin::Role { id, name, version } => ShownOrigin::Role { id: *id, name, version: *version },
            Origin::Window { version } => ShownOrigin::Window { version: *version },
        },
        path: &source.path,
        statements: &source.statements,
        until: source.until,
    }
}

/// All that an account may do, and whence.
#[derive(Serialize)]
pub struct ShownRights<'a> {
    account: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shut_out: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionId>,
    sources: Vec<ShownSource<'a>>,
}

/// Shows the rights of an account, or of an agent's visit, as they stand at `now`: sources that have ended are left out.
pub fn rights(principal: &Principal, now: Timestamp) -> ShownRights<'_> {
    ShownRights {
        account: principal.id.as_str(),
        kind: principal.kind.as_str(),
        shut_out: principal.gate(now).map(|gate| gate.as_str()),
        session: principal.session.as_ref().map(|session| session.id),
        sources: principal.rights.sources().iter().filter(|source| source.speaks(now)).map(|held| source(held)).collect(),
    }
}

/// A group.
#[derive(Serialize)]
pub struct ShownGroup<'a> {
    id: GroupId,
    name: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<&'static str>,
    roles: Vec<Named<'a, RoleId>>,
    version: i64,
    created_at: Timestamp,
}

/// Shows a group with the roles that it holds directly.
pub fn group((group, roles): &(Group, Vec<Role>)) -> ShownGroup<'_> {
    ShownGroup {
        id: group.id,
        name: &group.name,
        description: &group.description,
        system: group.system.map(SystemGroup::as_str),
        roles: roles.iter().map(named_role).collect(),
        version: group.version,
        created_at: group.created_at,
    }
}

/// What is in a group: an account by what it signs in with, or a group.
#[derive(Serialize)]
#[serde(untagged)]
pub enum ShownMember<'a> {
    /// An account.
    Account {
        /// Its kind.
        kind: &'static str,
        /// What it signs in with.
        id: &'a str,
        /// Its name in the log.
        key: AccountKey,
        /// Shown to people.
        name: &'a str,
    },
    /// A group.
    Group {
        /// `group`.
        kind: &'static str,
        /// Its id.
        id: GroupId,
        /// Its name.
        name: &'a str,
    },
}

/// Shows what is in a group.
pub fn member(insider: &Insider) -> ShownMember<'_> {
    match insider {
        Insider::Account(account) => {
            ShownMember::Account { kind: account.kind.as_str(), id: account.id.as_str(), key: account.key, name: &account.name }
        }
        Insider::Group(group) => ShownMember::Group { kind: "group", id: group.id, name: &group.name },
    }
}

/// A role.
#[derive(Serialize)]
pub struct ShownRole<'a> {
    id: RoleId,
    name: &'a str,
    description: &'a str,
    managed: bool,
    statements: &'a [Statement],
    version: i64,
    created_at: Timestamp,
}

/// Shows a role.
pub fn role(role: &Role) -> ShownRole<'_> {
    ShownRole {
        id: role.id,
        name: &role.name,
        description: &role.description,
        managed: role.managed,
        statements: &role.statements,
        version: role.version,
        created_at: role.created_at,
    }
}
