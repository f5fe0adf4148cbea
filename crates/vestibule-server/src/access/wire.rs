//! Questions and answers as AuthZEN writes them (`spec/authzen-decisions.md`, sections A2 and B2).

use axum::body::Bytes;
use serde_json::{Map, Value};
use vestibule_core::refusal::{Fault, Malformed};
use vestibule_operations::{Answer, Entity, Question};

/// Reads a question. Unknown members are ignored at every level, and null is as good as absent.
pub fn question(body: Value) -> Result<Question, Malformed> {
    let Value::Object(mut members) = body else { return Err(Malformed::body(Fault::NotA("an object"))) };
    let subject = entity(&mut members, Path { entity: "subject", kind: "subject.type", id: "subject.id", facts: "subject.properties" })?;
    let mut action = required_object(&mut members, "action", "action")?;
    let name = required_text(&mut action, "name", "action.name")?;
    let action_properties = object(&mut action, "properties", "action.properties")?;
    let resource =
        entity(&mut members, Path { entity: "resource", kind: "resource.type", id: "resource.id", facts: "resource.properties" })?;
    let context = object(&mut members, "context", "context")?;
    Ok(Question { subject, action: name, action_properties, resource, context })
}

/// The names of an entity's members in faults.
struct Path {
    entity: &'static str,
    kind: &'static str,
    id: &'static str,
    facts: &'static str,
}

fn entity(members: &mut Map<String, Value>, path: Path) -> Result<Entity, Malformed> {
    let mut entity = required_object(members, path.entity, path.entity)?;
    Ok(Entity {
        kind: required_text(&mut entity, "type", path.kind)?,
        id: required_text(&mut entity, "id", path.id)?,
        properties: object(&mut entity, "properties", path.facts)?,
    })
}

/// An object that may be absent; absent is empty.
fn object(members: &mut Map<String, Value>, name: &str, path: &'static str) -> Result<Map<String, Value>, Malformed> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(found)) => Ok(found),
        Some(_) => Err(Malformed::new(path, Fault::NotA("an object"))),
    }
}

fn required_object(members: &mut Map<String, Value>, name: &str, path: &'static str) -> Result<Map<String, Value>, Malformed> {
    match members.get(name) {
        None | Some(Value::Null) => Err(Malformed::new(path, Fault::Missing)),
        Some(_) => object(members, name, path),
    }
}

/// Text that must be there and not be empty (the latter is ours: section A2), without NUL, which no
/// id of ours has and no database could even be asked for.
fn required_text(members: &mut Map<String, Value>, name: &str, path: &'static str) -> Result<String, Malformed> {
    match members.remove(name) {
        None | Some(Value::Null) => Err(Malformed::new(path, Fault::Missing)),
        Some(Value::String(text)) if text.is_empty() => Err(Malformed::new(path, Fault::Empty)),
        Some(Value::String(text)) if text.contains('\0') => Err(Malformed::new(path, Fault::Format("text without NUL"))),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Malformed::new(path, Fault::NotA("a string"))),
    }
}

/// About whom a question was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A vendor agent: denies say why.
    Agent,
    /// Anybody else: the answer is the decision alone, and the same each time.
    Other,
}

impl Asked {
    /// About whom this question is.
    pub fn of(question: &Question) -> Self {
        match question.subject.kind.as_str() {
            "support" => Self::Agent,
            _ => Self::Other,
        }
    }
}

/// The answer's body.
pub fn answer(asked: Asked, answer: &Answer) -> Bytes {
    match (answer.decision, asked) {
        (true, _) => Bytes::from_static(br#"{"decision":true}"#),
        (false, Asked::Other) => Bytes::from_static(br#"{"decision":false}"#),
        // Reasons are codes of ours, `[a-z_]`: nothing in them needs escaping.
        (false, Asked::Agent) => Bytes::from(format!(r#"{{"decision":false,"context":{{"reason":"{}"}}}}"#, answer.reason)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_question_is_read_whole() {
        let read = question(json!({
            "subject": { "type": "user", "id": "alice", "properties": { "department": "Sales" }, "foo": 1 },
            "action": { "name": "read", "properties": null },
            "resource": { "type": "record", "id": "record-1" },
            "context": { "time": "2025-06-27T18:03-07:00" },
            "futureField": { "nested": true },
        }))
        .unwrap();
        assert_eq!((read.subject.kind.as_str(), read.subject.id.as_str()), ("user", "alice"));
        assert_eq!(read.subject.properties["department"], "Sales");
        assert_eq!((read.action.as_str(), read.action_properties.len()), ("read", 0));
        assert_eq!((read.resource.kind.as_str(), read.resource.id.as_str()), ("record", "record-1"));
        assert_eq!(read.context["time"], "2025-06-27T18:03-07:00");
    }

    #[test]
    fn what_is_missing_or_mistyped_is_named() {
        let good =
            json!({ "subject": { "type": "user", "id": "alice" }, "action": { "name": "read" }, "resource": { "type": "r", "id": "1" } });
        for (path, value, named) in [
            ("/subject", None, "subject"),
            ("/action", None, "action"),
            ("/resource", None, "resource"),
            ("/subject/type", None, "subject.type"),
            ("/subject/id", None, "subject.id"),
            ("/action/name", None, "action.name"),
            ("/resource/type", None, "resource.type"),
            ("/resource/id", None, "resource.id"),
            ("/subject", Some(json!("alice")), "subject"),
            ("/subject", Some(json!(null)), "subject"),
            ("/subject/id", Some(json!("")), "subject.id"),
            ("/action/name", Some(json!(123)), "action.name"),
            ("/subject/properties", Some(json!([])), "subject.properties"),
            ("/context", Some(json!("x")), "context"),
        ] {
            let mut body = good.clone();
            let (parent, name) = path.rsplit_once('/').unwrap();
            let members = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            match value {
                Some(value) => members.insert(name.to_owned(), value),
                None => members.remove(name),
            };
            assert_eq!(question(body.clone()).err().map(|m| m.field.into_owned()).as_deref(), Some(named), "{body}");
        }
        assert!(question(json!([good])).is_err());
    }

    #[test]
    fn only_denies_of_agents_say_why() {
        for (asked, decision, body) in [
            (Asked::Other, true, r#"{"decision":true}"#),
            (Asked::Agent, true, r#"{"decision":true}"#),
            (Asked::Other, false, r#"{"decision":false}"#),
            (Asked::Agent, false, r#"{"decision":false,"context":{"reason":"no_live_grant"}}"#),
        ] {
            assert_eq!(answer(asked, &Answer { decision, reason: "no_live_grant" }), body);
        }
    }
}
