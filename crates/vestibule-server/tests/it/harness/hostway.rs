//! Hostway's accounts for the tests: a realm that has some, and what its addresses take, for the tests that go through
//! every door.

use std::sync::LazyLock;

use serde_json::{Value, json};
use vestibule_core::{audit::Channel, refusal::Refusal};
use vestibule_operations::{CustomerChange, PageRequest, Steps, UnitOfWork};
use vestibule_server::dialects::hostway::{self, Served, words};

use super::{
    ADA, BEN, EVE, Server, Start,
    doors::{Door, Family, basic},
    http::Reply,
};

/// The password of Ada, Ben and Eve.
pub const PASSWORD: &str = "canary correct horse battery";
/// A client application that may see, change and hand over the people of some accounts.
pub const APP: (&str, &str) = ("sso_app", "s3cr3t-of-the-app");
/// The account with people.
pub const NUMBER: &str = "acct-515393";
/// What a partner calls it.
pub const PARTNER: &str = "partner-7";
/// What the help desk of `acme` shares with it (section 5.1).
pub const DESK_SECRET: &str = "Kq7mZ2vX9tB4nW8rLc5yHd3sPf6gJa1eUoTiQwExRzYbNkMv";

/// Accounts of `acme`: one with people, one that the application has no right to, one that is suspended; and its help desk.
const OF_ACME: &str = r#"
[realms.help_desk]
subdomain = "acme"
secret = "Kq7mZ2vX9tB4nW8rLc5yHd3sPf6gJa1eUoTiQwExRzYbNkMv"

[[realms.customers.list]]
id = "7001"
number = "acct-515393"
kind = "individual"
contacts = [
  { type = "primary", first_name = "Pat", last_name = "First", email = "pat@example.net", email_verified = true },
  { type = "regular", first_name = "Rae", last_name = "Gular", email = "rae@example.net", email_verified = true },
  { type = "billing", first_name = "Bill", last_name = "Payer", email = "bill@example.net" },
  { type = "administrator", first_name = "Zoë", last_name = "O'Brien", email = "zoe@example.org", email_verified = true },
  { type = "technical", first_name = "Dana", last_name = "Reyes", email = "dana.reyes@example.net", email_verified = true },
]

[[realms.customers.list]]
id = "7002"
number = "acct-2"
kind = "group"

[[realms.customers.list]]
id = "7003"
number = "acct-3"
kind = "group"
status = "suspended"

[[realms.customers.list]]
id = "7004"
kind = "group"

[[realms.customers.list]]
id = "7005"
kind = "individual"
contacts = [{ type = "primary", first_name = "Fay", last_name = "Fifth", email = "fay@example.net" }]

[[realms.roles]]
name = "portal"
statements = [{ effect = "allow", actions = ["helpdesk:handoff", "customer:view", "customer:edit"], resources = [
  "customer:customer/item/acct-515393", "customer:customer/item/acct-3", "customer:customer/item/acct-4",
] }]

[[realms.accounts]]
id = "sso_app"
kind = "service"
roles = ["portal"]
credentials = [{ type = "password", secret = "s3cr3t-of-the-app" }]
"#;

/// An account of `other`.
const OF_OTHER: &str = r#"
[[realms.customers.list]]
id = "7001"
number = "acct-of-other"
kind = "group"
"#;

/// A manifest of the tests with these in it, and passwords for Ada, Ben and Eve.
pub fn furnish(manifest: &str) -> String {
    let support = "staff_domain = \"here.com\"\n";
    let mut parts = manifest.splitn(3, support);
    let mut part = || parts.next().unwrap();
    let whole = [part(), support, OF_ACME, part(), support, OF_OTHER, part()].concat();
    [ADA, BEN, EVE].iter().fold(whole, |whole, token| {
        let named = format!("{{ type = \"token\", secret = \"{token}\"");
        assert!(whole.contains(&named), "{token}");
        whole.replace(&named, &format!("{{ type = \"password\", secret = \"{PASSWORD}\" }}, {named}"))
    })
}

/// A server with these, on which a partner knows the account with people by another name.
pub async fn run(start: Start) -> Server {
    with_partner(Start { manifest: furnish(&start.manifest), ..start }.run().await).await
}

/// A server that was furnished, with a partner's name for the account with people.
pub async fn with_partner(server: Server) -> Server {
    let name = || CustomerChange { partner_account_id: Some(Some(PARTNER.to_owned())), ..CustomerChange::default() };
    let named = work(&server, move |mut work| {
        Box::pin(async move {
            let all = work.customers(None, PageRequest { after: None, limit: 100 }).await?;
            let customer = all.items.into_iter().find(|one| one.resource_name() == NUMBER).unwrap();
            work.change_customer(customer, name(), None).await
        })
    });
    named.await.unwrap();
    server
}

/// Does something in `acme` that no address of this dialect does.
pub async fn work<T, F>(server: &Server, steps: F) -> Result<T, Refusal>
where
    F: for<'t> FnOnce(UnitOfWork<'t>) -> Steps<'t, T> + Send + 'static,
    T: Send + 'static,
{
    server.operations.write(&server.operations.own_ctx(Channel::Cli), &"acme".parse().unwrap(), steps).await
}

/// The addresses of client applications, at the root and below a realm. Their paths are put together once.
pub fn doors() -> impl Iterator<Item = Door> {
    static PATHS: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
        let spelt = || hostway::operations().flat_map(|route| route.spellings().map(|path| (route.verb, path)));
        spelt().chain(spelt().map(|(verb, path)| (verb, format!("{}{path}", words::REALM)))).collect()
    });
    PATHS.iter().map(|(verb, path)| Door { verb, path, family: Family::Hosting })
}

/// A path with values for its parameters.
pub fn named(path: &str) -> String {
    // The contact whose address is not verified: an action on it can be done.
    path.replace("{accountId}", NUMBER).replace("{contactType}", "billing").replace("{partnerId}", PARTNER)
}

/// Whether a door is served by its method alone.
pub fn is_alone(door: &Door) -> bool {
    let path = door.path.strip_prefix(words::REALM).unwrap_or(door.path).trim_end_matches('/');
    door.family == Family::Hosting && hostway::operations().any(|route| route.path == path && route.served == Served::SlashedAlone)
}

/// How somebody with a token signs in here, if they can.
pub fn basic_of(token: &str) -> Option<String> {
    let people = [(ADA, "ada@acme.example"), (BEN, "ben@acme.example"), (EVE, "eve@other.example")];
    people.into_iter().find(|(known, _)| *known == token).map(|(_, user)| basic(user, PASSWORD))
}

/// A whole contact with this address, as it is sent.
pub fn person(email: &str) -> Value {
    json!({
        "name": { "salutation": "Ms.", "firstName": "Dana", "middleName": "", "lastName": "Reyes", "company": "Brien Widgets" },
        "address": {
            "street1": "1 Main St.", "street2": "", "city": "Chicago", "stateOrProvince": "IL", "postalCode": "60601",
            "countryCode": "US",
        },
        "contactMedia": { "phone1": "+13125550142", "phone2": "", "fax": "", "email1": email, "email2": "" },
    })
}

fn schema_of(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let properties: serde_json::Map<_, _> = members.iter().map(|(name, inner)| (name.clone(), schema_of(inner))).collect();
            // What must be there, however deep: null is as wrong there as any other type.
            let optional = ["salutation", "middleName", "company", "street2", "stateOrProvince", "phone2", "fax", "email2"];
            let required: Vec<_> = members.keys().filter(|name| !optional.contains(&name.as_str())).collect();
            json!({ "type": "object", "required": required, "properties": properties })
        }
        _ => json!({ "type": "string" }),
    }
}

/// The schema of what a door takes, and an example; nothing where it takes none.
pub fn body(door: &Door) -> Option<(Value, Value)> {
    let path = door.path.strip_prefix(words::REALM).unwrap_or(door.path).trim_end_matches('/');
    let good = match (door.verb, path) {
        ("put", "/accounts/{accountId}" | "/partnerAccounts/{partnerId}") => json!({ "status": "open" }),
        ("put", "/accounts/{accountId}/contacts") => {
            let all = [("regular", "rae"), ("billing", "bill"), ("administrator", "adm"), ("technical", "dana.reyes")];
            all.into_iter().map(|(kind, name)| (kind.to_owned(), person(&format!("{name}@example.net")))).collect()
        }
        ("put", _) => person("bill@example.net"),
        ("post", _) => json!({ "action": "verifyEmail", "actionData": "billing" }),
        _ => return None,
    };
    (door.family == Family::Hosting).then(|| (schema_of(&good), good))
}

/// Holds a refusal to the envelope; gives the fault's name and its words.
#[track_caller]
pub fn check_form(reply: &Reply) -> (String, String) {
    let body = reply.json();
    let faults = body.as_object().unwrap();
    assert_eq!(faults.len(), 1, "{body}");
    let (name, fault) = faults.iter().next().unwrap();
    let mut members: Vec<_> = fault.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["code", "details", "guid", "message"], "{body}");
    assert_eq!(fault["code"], reply.status, "{body}");
    let guid: uuid::Uuid = fault["guid"].as_str().unwrap().parse().unwrap();
    assert_eq!(guid.get_version_num(), 4, "{body}");
    let is_about_fields = [400, 413, 415].contains(&reply.status);
    assert_eq!(fault["details"] == "", !is_about_fields, "{body}");
    assert_eq!(reply.header("content-type"), Some("application/json; charset=UTF-8"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    (name.clone(), fault["message"].as_str().unwrap().to_owned())
}
