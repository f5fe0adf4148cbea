//! What is asked of accounts, their credentials, groups and roles.

use std::str::FromStr;

use axum::http::Uri;
use serde_json::{Map, Value};
use vestibule_core::{
    account::{Account, AccountKind},
    credential::Credential,
    department::{Department, Seat},
    group::{Group, check_description},
    id::{AccountId, AccountKey, GroupId, RoleId},
    policy::Statement,
    redirect::RedirectUri,
    refusal::{Fault, Malformed, Refusal},
    role::Role,
};
use vestibule_operations::{
    AccountChange, AccountDetails, CredentialChange, CredentialWish, GroupChange, NewAccount, PageRequest, Proving, RoleChange,
};

use super::{Fields, ordered_page};

/// Every kind of account.
const KINDS: [AccountKind; 3] = [AccountKind::User, AccountKind::Service, AccountKind::Support];

/// The members of a change, which changes something.
fn change(body: Value) -> Result<Fields, Malformed> {
    match body.as_object().is_some_and(Map::is_empty) {
        true => Err(Malformed::body(Fault::Empty)),
        false => Fields::of(body),
    }
}

fn description(fields: &mut Fields) -> Option<String> {
    let raw = fields.text("description")?;
    fields.check("description", check_description(&raw))
}

/// Which accounts to list: those of one kind, or all.
pub fn accounts(uri: &Uri) -> Result<(Vec<AccountKind>, PageRequest), Refusal> {
    let mut fields = Fields::query(uri)?;
    let kind = fields.word("kind", &KINDS.map(|kind| (kind.as_str(), kind)));
    let page = ordered_page::<AccountKey>(&mut fields);
    fields.finish(Some((kind.map_or(KINDS.to_vec(), |kind| vec![kind]), page)))
}

/// An account's name, which may be empty.
fn account_name(fields: &mut Fields) -> Option<String> {
    let raw = fields.text("name")?;
    fields.check("name", if raw.trim().is_empty() { Ok(String::new()) } else { Account::check_name(&raw) })
}

/// A department's name. Whether there is such a one is seen in the realm.
struct Label(String);

impl FromStr for Label {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        Department::check_name(raw).map(Self)
    }
}

/// The department that an account belongs to; `null`: none.
fn home_department(fields: &mut Fields) -> Option<Option<String>> {
    fields.clearable::<Label>("home_department").map(|name| name.map(|label| label.0))
}

/// The other departments whose customers it may touch.
fn foreign_departments(fields: &mut Fields) -> Option<Vec<String>> {
    fields.ids::<Label>("foreign_departments").map(|names| names.into_iter().map(|label| label.0).collect())
}

/// An account to make. Which roles and groups there are is seen in the realm.
pub fn new_account(body: Value) -> Result<(NewAccount, AccountDetails), Refusal> {
    let mut fields = Fields::of(body)?;
    let kind = fields.required("kind").and_then(|word| {
        let made = [AccountKind::User, AccountKind::Service].into_iter().find(|kind| kind.as_str() == word);
        fields.check("kind", made.ok_or(Malformed::new("kind", Fault::UnknownValue("user, service".to_owned()))))
    });
    let id = fields.required("id").and_then(|raw| {
        let read = if kind == Some(AccountKind::Service) { AccountId::service(&raw) } else { raw.parse::<AccountId>() };
        fields.check("id", read)
    });
    let (name, description) = (account_name(&mut fields), description(&mut fields));
    let active = fields.flag("active").unwrap_or(true);
    let details = AccountDetails {
        ends_at: fields.parsed("ends_at"),
        statements: fields.some_statements("statements"),
        attributes: fields.facts("attributes").unwrap_or_default(),
        seat: Seat::new(home_department(&mut fields).flatten(), foreign_departments(&mut fields).unwrap_or_default()),
        ..AccountDetails::default()
    };
    let (roles, groups) = (fields.ids("roles").unwrap_or_default(), fields.ids("groups"));
    let (id, kind) = fields.finish(id.zip(kind))?;
    let new = NewAccount {
        name: name.unwrap_or_default(),
        description: description.unwrap_or_default(),
        active,
        roles,
        groups,
        ..NewAccount::bare(id, kind)
    };
    Ok((new, details))
}

/// What to change of an account: at least one member.
pub fn account_change(body: Value) -> Result<AccountChange, Refusal> {
    let mut fields = change(body)?;
    let change = AccountChange {
        name: account_name(&mut fields),
        description: description(&mut fields),
        active: fields.flag("active"),
        ends_at: fields.clearable("ends_at"),
        statements: fields.some_statements("statements"),
        attributes: fields.facts("attributes"),
        home_department: home_department(&mut fields),
        foreign_departments: foreign_departments(&mut fields),
        roles: fields.ids("roles"),
        groups: fields.ids("groups"),
        ..AccountChange::default()
    };
    fields.finish(Some(change))
}

fn credential_name(fields: &mut Fields) -> Option<String> {
    let raw = fields.text("name")?;
    fields.check("name", Credential::check_name(&raw))
}

/// A credential to make. Whether its end lies ahead is seen by the clock, its scope in the realm.
pub fn new_credential(body: Value) -> Result<CredentialWish, Refusal> {
    let mut fields = Fields::of(body)?;
    let kinds = [("token", Proving::Token), ("access-key", Proving::AccessKey)];
    let proving = fields.required("kind").and_then(|word| {
        let made = kinds.iter().find(|(known, _)| *known == word).map(|(_, proving)| *proving);
        fields.check("kind", made.ok_or(Malformed::new("kind", Fault::UnknownValue("token, access-key".to_owned()))))
    });
    let name = credential_name(&mut fields).unwrap_or_default();
    let (scope, expires_at) = (fields.parsed("scope"), fields.parsed("expires_at"));
    let redirect_uris = redirect_uris(&mut fields).unwrap_or_default();
    fields.finish(proving.map(|proving| CredentialWish { proving, name, scope, expires_at, redirect_uris }))
}

/// What to change of a credential: at least one member.
pub fn credential_change(body: Value) -> Result<CredentialChange, Refusal> {
    let mut fields = change(body)?;
    let change = CredentialChange {
        name: credential_name(&mut fields),
        enabled: fields.flag("enabled"),
        expires_at: fields.clearable("expires_at"),
        redirect_uris: redirect_uris(&mut fields),
    };
    fields.finish(Some(change))
}

/// Where people may be sent back to, each address once.
fn redirect_uris(fields: &mut Fields) -> Option<Vec<RedirectUri>> {
    let given: Vec<RedirectUri> = fields.ids("redirect_uris")?;
    fields.check("redirect_uris", RedirectUri::list(given.iter().map(RedirectUri::as_str)))
}

/// A group to make.
pub struct GroupWish {
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The roles that it is to hold.
    pub roles: Vec<RoleId>,
}

/// A group to make.
pub fn new_group(body: Value) -> Result<GroupWish, Refusal> {
    let mut fields = Fields::of(body)?;
    let name = fields.required("name").and_then(|raw| fields.check("name", Group::check_name(&raw)));
    let description = description(&mut fields).unwrap_or_default();
    let roles = fields.ids("roles").unwrap_or_default();
    fields.finish(name.map(|name| GroupWish { name, description, roles }))
}

/// What to change of a group: at least one member.
pub fn group_change(body: Value) -> Result<GroupChange, Refusal> {
    let mut fields = change(body)?;
    let name = fields.text("name").and_then(|raw| fields.check("name", Group::check_name(&raw)));
    let change = GroupChange { name, description: description(&mut fields), roles: fields.ids("roles") };
    fields.finish(Some(change))
}

/// A role to make.
pub struct RoleWish {
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// What it is to say.
    pub statements: Vec<Statement>,
}

/// A role to make.
pub fn new_role(body: Value) -> Result<RoleWish, Refusal> {
    let mut fields = Fields::of(body)?;
    let name = fields.required("name").and_then(|raw| fields.check("name", Role::check_name(&raw)));
    let description = description(&mut fields).unwrap_or_default();
    let statements = fields.statements("statements");
    fields.finish(name.zip(statements).map(|(name, statements)| RoleWish { name, description, statements }))
}

/// What to change of a role: at least one member.
pub fn role_change(body: Value) -> Result<RoleChange, Refusal> {
    let mut fields = change(body)?;
    let name = fields.text("name").and_then(|raw| fields.check("name", Role::check_name(&raw)));
    let change = RoleChange {
        name,
        description: description(&mut fields),
        statements: fields.some_statements("statements"),
        ..RoleChange::default()
    };
    fields.finish(Some(change))
}

/// Which page of the groups.
pub fn groups(uri: &Uri) -> Result<PageRequest, Refusal> {
    super::page_by::<GroupId>(uri)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The fields that a refusal names.
    fn named<T>(read: Result<T, Refusal>) -> Vec<String> {
        match read {
            Ok(_) => Vec::new(),
            Err(Refusal::Malformed(one)) => vec![one.field.into_owned()],
            Err(Refusal::ManyMalformed(many)) => many.into_iter().map(|one| one.field.into_owned()).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_account_to_make_has_an_id_of_its_kind() {
        let read = |body| new_account(body).map(|(new, _)| new.id.as_str().to_owned());
        assert_eq!(read(json!({ "kind": "user", "id": "Ann@acme.example" })).unwrap(), "Ann@acme.example");
        assert_eq!(read(json!({ "kind": "service", "id": "SA::CI" })).unwrap(), "sa::ci");
        for (body, faults) in [
            (json!({}), &["kind", "id"][..]),
            (json!({ "kind": "support", "id": "support::mia@here.com" }), &["kind"]),
            (json!({ "kind": "service", "id": "ci" }), &["id"]),
            (json!({ "kind": "user", "id": "a b" }), &["id"]),
            (
                json!({ "kind": "user", "id": "ann", "name": "x".repeat(101), "description": "x".repeat(1_001), "active": 1, "key": 7 }),
                &["name", "description", "active", "key"],
            ),
            (
                json!({ "kind": "user", "id": "ann", "ends_at": "soon", "statements": {}, "attributes": 1, "roles": ["x"], "groups": 7 }),
                &["ends_at", "statements", "attributes", "roles[0]", "groups"],
            ),
        ] {
            assert_eq!(named(new_account(body.clone())), faults, "{body}");
        }
    }

    #[test]
    fn a_change_changes_something_and_null_lifts_an_end() {
        for named in [named(account_change(json!({}))), named(credential_change(json!({}))), named(group_change(json!({})))] {
            assert_eq!(named, ["body"]);
        }
        assert_eq!(named(role_change(json!({}))), ["body"]);
        let change = account_change(json!({ "name": " ", "ends_at": null, "roles": [] })).unwrap();
        assert_eq!((change.name.as_deref(), change.ends_at, change.roles, change.groups), (Some(""), Some(None), Some(vec![]), None));
        assert_eq!(account_change(json!({ "active": false })).unwrap().ends_at, None);
        assert_eq!(named(account_change(json!({ "id": "x", "kind": "user" }))), ["id", "kind"], "what an account is stays");
        let change = credential_change(json!({ "expires_at": null })).unwrap();
        assert_eq!(change, CredentialChange { expires_at: Some(None), ..CredentialChange::default() });
    }

    #[test]
    fn credentials_groups_and_roles_name_every_fault() {
        for (faults, expected) in [
            (named(new_credential(json!({}))), &["kind"][..]),
            (
                named(new_credential(json!({ "kind": "password", "name": "a\u{7}", "scope": "x", "expires_at": "x" }))),
                &["kind", "name", "scope", "expires_at"],
            ),
            (named(new_group(json!({ "name": " ", "roles": [7], "system": "everyone" }))), &["name", "roles[0]", "system"]),
            (named(new_role(json!({ "name": "x".repeat(101) }))), &["name", "statements"]),
            (named(role_change(json!({ "managed": false, "statements": [{}] }))), &["statements[0].effect", "managed"]),
        ] {
            assert_eq!(faults, expected);
        }
        assert_eq!(new_role(json!({ "name": "none", "statements": [] })).unwrap().statements, []);
    }

    #[test]
    fn accounts_are_listed_by_kind_and_after_a_key() {
        let read = |query: &str| accounts(&format!("/x?{query}").parse().unwrap());
        assert_eq!(read("").unwrap().0, KINDS);
        assert_eq!(read("kind=service").unwrap().0, [AccountKind::Service]);
        let key = "019A2004-5DC0-7000-8000-000000000001";
        assert_eq!(read(&format!("after={key}")).unwrap().1.after, Some(key.to_lowercase()), "as keys are compared");
        for (query, field) in [("kind=robot", "kind"), ("after=ann", "after"), ("after=", "after"), ("limit=201", "limit"), ("x=1", "x")] {
            assert_eq!(named(read(query)), [field], "{query}");
        }
    }
}
