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
        path => panic!("{path} takes something that nobody described"),
    }
}
