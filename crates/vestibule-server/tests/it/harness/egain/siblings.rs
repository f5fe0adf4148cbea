//! What the siblings of the grants take: cases, customers, users.

use serde_json::{Value, json};

use crate::harness::doors::Door;

fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties })
}

fn id() -> Value {
    object(&["id"], json!({ "id": { "type": ["string", "integer"] } }))
}

fn text() -> Value {
    json!({ "type": "string" })
}

/// The schema of what a door takes, and an example.
pub fn body(door: &Door) -> (Value, Value) {
    match door.path {
        path if path.ends_with("/activity/email/general") => (
            object(&["customer", "subject", "content"], json!({ "customer": id(), "case": id(), "subject": text(), "content": text() })),
            json!({ "customer": { "id": "7001" }, "subject": "A bill", "content": "We looked into it." }),
        ),
        path if path.ends_with("/email/general") => {
            (object(&["content"], json!({ "subject": text(), "content": text() })), json!({ "content": "We looked into it." }))
        }
        path if path.ends_with("/customer/merge") => (
            object(&["sourceCustomer", "targetCustomer"], json!({ "sourceCustomer": id(), "targetCustomer": id() })),
            json!({ "sourceCustomer": { "id": "7005" }, "targetCustomer": { "id": "7001" } }),
        ),
        path if path.ends_with("/customer") && door.verb == "post" => made(path),
        path if path.ends_with("/customer") => {
            let at = object(&["date"], json!({ "date": text() }));
            let schema = object(&["id", "lastModified"], json!({ "id": { "type": ["string", "integer"] }, "lastModified": at }));
            (schema, json!({ "id": "7001", "lastModified": { "date": "2026-02-03T04:05:06.000Z" } }))
        }
        path if path.ends_with("/user") && door.verb == "post" => user(),
        path if path.ends_with("/user") => (
            object(&["id"], json!({ "id": text(), "screenName": text() })),
            json!({ "id": "019a2004-5dc0-7000-8000-000000000001", "screenName": "Gus" }),
        ),
        path => panic!("{path} takes something that nobody described"),
    }
}

/// A customer, by the path that says of what kind.
fn made(path: &str) -> (Value, Value) {
    let kind = object(&["value"], json!({ "value": text() }));
    if path.ends_with("/individual/customer") {
        let contact = object(&["firstName"], json!({ "firstName": text(), "lastName": text() }));
        let contacts = object(&["contact"], json!({ "contact": { "type": "array", "items": contact } }));
        let one = json!({ "contact": [{ "firstName": "Dana", "lastName": "Reyes" }] });
        return (
            object(&["type", "contacts"], json!({ "type": kind, "contacts": contacts })),
            json!({ "type": { "value": "individual" }, "contacts": one }),
        );
    }
    let schema = object(&["type", "customerName"], json!({ "type": kind, "customerName": text() }));
    let kind = match path.ends_with("/group/customer") {
        true => json!({ "value": "group", "group": { "type": { "value": "household" } } }),
        false => json!({ "value": "corporate" }),
    };
    (schema, json!({ "type": kind, "customerName": "Brien Widgets" }))
}

/// A user who sits nowhere.
fn user() -> (Value, Value) {
    let named = ["firstName", "lastName", "screenName", "loginId", "password"];
    let mut properties: Value = named.iter().map(|name| ((*name).to_owned(), text())).collect::<serde_json::Map<_, _>>().into();
    // The realm of those tests has no department that an item could name.
    properties["departments"] = object(&[], json!({}));
    let good = json!({
        "departments": { "department": [] }, "firstName": "Pia", "lastName": "Lind", "screenName": "Pia",
        "loginId": "pia.lind@acme.example", "password": "a long password of hers",
    });
    (object(&[&named[..], &["departments"]].concat(), properties), good)
}
