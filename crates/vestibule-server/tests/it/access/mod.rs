//! Decisions as AuthZEN wants them: the certification scenario, and what we promise beyond it. The realm is
//! declared in `cert.toml`.

mod acting;
mod batches;
mod certification;
mod discovery;
mod explaining;
mod searching;
mod table;
mod transport;

use serde_json::{Value, json};

use crate::harness::{Server, Start, databases::Database, http::Reply};

/// Asks, and is believed what it says of subjects and resources.
pub const HARNESS: &str = "harness-token-of-the-scenario-1";
/// Asks why, and with a clock of its own.
pub const AUDITOR: &str = "auditor-token-of-the-scenario-2";
/// Asks, and no more.
pub const ASKER: &str = "asker-token-of-the-scenario-3";
/// Asks in another realm.
pub const STRANGER: &str = "stranger-token-of-elsewhere-4";

pub const EVALUATION: &str = "/realms/cert/access/v1/evaluation";
pub const EVALUATIONS: &str = "/realms/cert/access/v1/evaluations";
pub const SUBJECTS: &str = "/realms/cert/access/v1/search/subject";
pub const RESOURCES: &str = "/realms/cert/access/v1/search/resource";
pub const ACTIONS: &str = "/realms/cert/access/v1/search/action";
/// All of them.
pub const DOORS: [&str; 5] = [EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS];

/// A past instant without seconds, and an address: neither may change anything.
pub fn ctx() -> Value {
    json!({ "time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1" })
}

pub async fn cert() -> Server {
    Start { manifest: include_str!("cert.toml").to_owned(), ..Start::on(Database::sqlite()) }.run().await
}

impl Server {
    /// Asks as the harness does; what is answered with 200.
    pub async fn asked(&self, path: &str, body: Value) -> Value {
        self.post(path, HARNESS, &body.to_string()).await.expect(200)
    }

    pub async fn asked_by(&self, token: &str, path: &str, body: &Value) -> Reply {
        self.post(path, token, &body.to_string()).await
    }
}

/// A user; `{role}` after the name asserts it: `bob{admin}`.
pub fn user(shorthand: &str) -> Value {
    entity("user", shorthand, ['{', '}'], "role")
}

/// A record; `[status]` after the id asserts it: `record-2[archived]`.
pub fn record(shorthand: &str) -> Value {
    entity("record", shorthand, ['[', ']'], "status")
}

fn entity(kind: &str, shorthand: &str, [open, close]: [char; 2], property: &str) -> Value {
    match shorthand.split_once(open) {
        Some((id, value)) => json!({ "type": kind, "id": id, "properties": { property: value.trim_end_matches(close) } }),
        None => json!({ "type": kind, "id": shorthand }),
    }
}

/// An action; `(soft)` or `(hard)` after the name sets its property.
pub fn action(shorthand: &str) -> Value {
    match shorthand.split_once('(') {
        Some((name, how)) => json!({ "name": name, "properties": { "soft": how == "soft)" } }),
        None => json!({ "name": shorthand }),
    }
}

/// `alice write record-2[archived]` as a question.
pub fn question(shorthand: &str) -> Value {
    let parts: Vec<&str> = shorthand.split(' ').collect();
    json!({ "subject": user(parts[0]), "action": action(parts[1]), "resource": record(parts[2]) })
}

/// A body with further members.
pub fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// The decisions of a batch, in order.
pub fn decisions(answer: &Value) -> Vec<bool> {
    answer["evaluations"].as_array().unwrap().iter().map(|one| one["decision"].as_bool().unwrap()).collect()
}

/// The ids or names that a search found.
pub fn names(answer: &Value) -> Vec<&str> {
    answer["results"].as_array().unwrap().iter().map(|one| one["id"].as_str().or(one["name"].as_str()).unwrap()).collect()
}
