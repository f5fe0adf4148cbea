//! eGain's customers for the tests: a realm that has some, people and programs who may let them act for each other, and
//! what its addresses take, for the tests that go through every door.

mod siblings;

use std::{fmt::Write, sync::LazyLock};

use serde_json::{Value, json};
use vestibule_server::dialects::egain::{self, Takes, words};

use super::{
    Server, Start,
    doors::{Door, Family},
    http::Reply,
};

/// Gus's token: an agent whose home is *Service*.
pub const GUS: &str = "gus-agent-token-of-service-1";
/// Sal's token: an agent at home in *Sales*, foreign in *Service*.
pub const SAL: &str = "sal-agent-token-of-sales-22";
/// A client application's token, without any right.
pub const CRM: &str = "crm-client-token-333";
/// That of one whom a statement denies to edit customer 2214.
pub const BARRED: &str = "barred-client-token-4444";

/// Customers of `acme`, and who serves them.
const OF_ACME: &str = r#"
[[realms.roles]]
name = "agent"
statements = [{ effect = "allow", actions = ["customer:edit", "customer:view"], resources = ["*"] }]

[[realms.roles]]
name = "barred"
statements = [{ effect = "deny", actions = ["customer:edit"], resources = ["customer:customer/item/2214"] }]

[[realms.accounts]]
id = "gus@acme.example"
kind = "user"
roles = ["agent"]
home_department = "Service"
credentials = [{ type = "token", secret = "gus-agent-token-of-service-1" }]

[[realms.accounts]]
id = "sal@acme.example"
kind = "user"
roles = ["agent"]
home_department = "Sales"
foreign_departments = ["Service"]
credentials = [{ type = "token", secret = "sal-agent-token-of-sales-22" }]

[[realms.accounts]]
id = "sa::crm"
kind = "service"
credentials = [{ type = "token", secret = "crm-client-token-333" }]

[[realms.accounts]]
id = "sa::barred"
kind = "service"
roles = ["barred"]
credentials = [{ type = "token", secret = "barred-client-token-4444" }]
"#;

/// Individuals with a name: id, department, first and last name.
const PEOPLE: [(u32, &str, &str, &str); 5] = [
    (2190, "Service", "Amara", "Osei"),
    (2210, "Service", "Dana", "Reyes"),
    (2214, "Service", "Ilse", "Brandt"),
    (2231, "Service", "Noor", "Haddad"),
    (2240, "Sales", "Sven", "O'Öberg"),
];

/// The first of the individuals that there are plenty of, for limits.
pub const CROWD: u32 = 3_000;
/// How many there are.
pub const CROWD_SIZE: u32 = 78;

/// A manifest of the tests with these in it.
pub fn furnish(manifest: &str, departmentalization: bool) -> String {
    let support = "staff_domain = \"here.com\"\n";
    let mut all = format!("[realms.customers]\ndepartmentalization = {departmentalization}\ndepartments = [\"Service\", \"Sales\"]\n");
    for (id, department, first, last) in PEOPLE {
        let contact = format!("{{ type = \"primary\", first_name = \"{first}\", last_name = \"{last}\" }}");
        writeln!(
            all,
            "[[realms.customers.list]]\nid = \"{id}\"\nkind = \"individual\"\ndepartment = \"{department}\"\ncontacts = [{contact}]"
        )
        .unwrap();
    }
    for (id, kind) in [(2300, "group"), (2301, "corporate")] {
        writeln!(all, "[[realms.customers.list]]\nid = \"{id}\"\nkind = \"{kind}\"\ndepartment = \"Service\"").unwrap();
    }
    for id in CROWD..CROWD + CROWD_SIZE {
        let contact = format!("{{ type = \"primary\", first_name = \"Nr\", last_name = \"{id}\" }}");
        writeln!(all, "[[realms.customers.list]]\nid = \"{id}\"\nkind = \"individual\"\ndepartment = \"Service\"\ncontacts = [{contact}]")
            .unwrap();
    }
    manifest.replacen(support, &format!("{support}{all}{OF_ACME}"), 1)
}

/// A server with these.
pub async fn run(start: Start, departmentalization: bool) -> Server {
    Start { manifest: furnish(&start.manifest, departmentalization), ..start }.run().await
}

/// All addresses; their paths are put together once.
pub fn doors() -> impl Iterator<Item = Door> {
    static PATHS: LazyLock<Vec<(&str, String)>> =
        LazyLock::new(|| egain::operations().flat_map(|route| route.spellings().map(|(_, path)| (route.verb, path))).collect());
    PATHS.iter().map(|(verb, path)| Door { verb, path, family: Family::Grants })
}

/// A path with values for its parameters.
pub fn named(path: &str) -> String {
    let path = path.replace("/customer/{id}", "/customer/7001").replace("/user/{id}/role", "/user/ada@acme.example/role");
    path.replace("{grantedcustomerid}", "7005").replace("{ids}", "7001").replace("{attachmentID}", "9")
}

fn route(door: &Door) -> Option<&'static egain::Route> {
    let is_it = |route: &&egain::Route| route.verb == door.verb && route.spellings().any(|(_, path)| path == door.path);
    egain::operations().find(is_it).filter(|_| door.family == Family::Grants)
}

/// The schema of what a door takes, and an example; nothing where it takes none.
pub fn body(door: &Door) -> Option<(Value, Value)> {
    let Takes::Document(root) = route(door)?.takes else { return None };
    if root != "grants" {
        return Some(siblings::body(door));
    }
    let id = json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": ["string", "integer"] } } });
    let side = json!({ "type": "object", "required": ["customer"], "properties": { "customer": { "type": "array", "items": id } } });
    let one = |id: &str| json!({ "customer": [{ "id": id }] });
    Some(match door.verb {
        "post" => (
            json!({ "type": "object", "required": ["grantsOn", "grantsTo"], "properties": { "grantsOn": side, "grantsTo": side } }),
            json!({ "grantsOn": one("7001"), "grantsTo": one("7005") }),
        ),
        _ => {
            (json!({ "type": "object", "required": ["grantsTo"], "properties": { "grantsTo": side } }), json!({ "grantsTo": one("7005") }))
        }
    })
}

/// Whether a refusal is about what is there, and the request itself was taken: a grant that is to go and is not there, a
/// thing that never was or is not what it was any more, a name that is taken, or departments, which another door may have
/// switched on, and in which its people do not sit.
pub fn is_about_what_is_stored(door: &Door, reply: &Reply) -> bool {
    let about = ["400-127", "400-194", "404-100", "409-100"];
    let is_taken = reply.text().contains("not_unique");
    let is_outside =
        reply.text().contains(">department<") || reply.text().contains("\"department\"") || reply.text().contains("'department.name'");
    door.family == Family::Grants && reply.status >= 400 && (is_outside || is_taken || about.contains(&&*told(reply).0))
}

/// The text inside an element.
pub fn inside<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let (_, after) = xml.split_once(&format!("<{name}>"))?;
    after.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

/// Code, developer message and user message of a refusal, whatever its form.
#[track_caller]
pub fn told(reply: &Reply) -> (String, String, Option<String>) {
    let xml = reply.header("content-type") == Some("application/xml");
    let body = if xml { Value::Null } else { reply.json() };
    let text = reply.text();
    let member = |name: &str| match xml {
        true => {
            inside(&text, name).map(|text| text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
        }
        false => body[name].as_str().map(str::to_owned),
    };
    (member("code").expect(&text), member("developerMessage").expect(&text), member("userMessage"))
}

/// Holds a refusal to the form of section 5.
#[track_caller]
pub fn check_form(reply: &Reply) {
    let (code, developer, user) = told(reply);
    assert!(code.starts_with(&format!("{}-", reply.status)), "{}: {code}", reply.status);
    assert!(!developer.is_empty() && developer.chars().count() <= words::DEVELOPER_CHARS_MAX);
    assert!(user.is_none_or(|user| user.chars().count() <= words::USER_CHARS_MAX));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let known = ["code", "developerMessage", "details", "userMessage"];
    match reply.header("content-type") {
        Some("application/json") => {
            assert!(reply.json().as_object().unwrap().keys().all(|name| known.contains(&name.as_str())), "{}", reply.text());
        }
        _ => assert!(reply.text().starts_with(&format!("<error xmlns=\"{}\">", words::COMMON_NAMESPACE)), "{}", reply.text()),
    }
}
