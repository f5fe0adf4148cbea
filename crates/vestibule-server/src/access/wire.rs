//! Questions and answers as AuthZEN writes them (`spec/authzen-decisions.md`, sections A2 and B2).

use std::{borrow::Cow, collections::BTreeMap};

use axum::body::Bytes;
use serde::de::MapAccess;
use serde_json::Value;
use vestibule_core::refusal::{Fault, Malformed};
use vestibule_operations::{Answer, Entity, Question};

use crate::body::{
    Strict,
    fields::{self, Attributes, Fields, Object, Text},
};

/// Reads a question. Unknown members are ignored at every level, and null is as good as absent.
/// That text must not be empty is ours (section A2).
pub fn question(body: &[u8]) -> Result<Question<'_>, Malformed> {
    let asked: Asking<'_> = fields::read(body)?;
    let action = asked.action.ok_or_else(|| missing("action"))?;
    Ok(Question {
        subject: asked.subject.ok_or_else(|| missing("subject"))?.whole(["subject.type", "subject.id"])?,
        action: action.name.ok_or_else(|| missing("action.name"))?,
        action_properties: action.properties,
        resource: asked.resource.ok_or_else(|| missing("resource"))?.whole(["resource.type", "resource.id"])?,
        context: asked.context,
    })
}

fn missing(member: &'static str) -> Malformed {
    Malformed::new(member, Fault::Missing)
}

/// A question as far as it was written.
#[derive(Default)]
struct Asking<'q> {
    subject: Option<Partial<'q>>,
    action: Option<Acting<'q>>,
    resource: Option<Partial<'q>>,
    context: BTreeMap<String, Value>,
}

impl<'q> Fields<'q> for Asking<'q> {
    const NAMES: &'static [&'static str] = &["subject", "action", "resource", "context"];

    fn read<A: MapAccess<'q>>(&mut self, number: usize, members: &mut A, at: Strict<'_>) -> Result<(), A::Error> {
        match number {
            0 => self.subject = members.next_value_seed(Object::at(at))?,
            1 => self.action = members.next_value_seed(Object::at(at))?,
            2 => self.resource = members.next_value_seed(Object::at(at))?,
            _ => self.context = members.next_value_seed(Attributes(at))?,
        }
        Ok(())
    }
}

/// A subject or a resource as far as it was written.
#[derive(Default)]
struct Partial<'q> {
    kind: Option<Cow<'q, str>>,
    id: Option<Cow<'q, str>>,
    properties: BTreeMap<String, Value>,
}

impl<'q> Partial<'q> {
    /// With all that it must have; `names` are those of its type and its id.
    fn whole(self, names: [&'static str; 2]) -> Result<Entity<'q>, Malformed> {
        let [kind, id] = names;
        let kind = self.kind.ok_or_else(|| missing(kind))?;
        Ok(Entity { kind, id: self.id.ok_or_else(|| missing(id))?, properties: self.properties })
    }
}

impl<'q> Fields<'q> for Partial<'q> {
    const NAMES: &'static [&'static str] = &["type", "id", "properties"];

    fn read<A: MapAccess<'q>>(&mut self, number: usize, members: &mut A, at: Strict<'_>) -> Result<(), A::Error> {
        match number {
            0 => self.kind = members.next_value_seed(Text(at))?,
            1 => self.id = members.next_value_seed(Text(at))?,
            _ => self.properties = members.next_value_seed(Attributes(at))?,
        }
        Ok(())
    }
}

/// An action as far as it was written.
#[derive(Default)]
struct Acting<'q> {
    name: Option<Cow<'q, str>>,
    properties: BTreeMap<String, Value>,
}

impl<'q> Fields<'q> for Acting<'q> {
    const NAMES: &'static [&'static str] = &["name", "properties"];

    fn read<A: MapAccess<'q>>(&mut self, number: usize, members: &mut A, at: Strict<'_>) -> Result<(), A::Error> {
        match number {
            0 => self.name = members.next_value_seed(Text(at))?,
            _ => self.properties = members.next_value_seed(Attributes(at))?,
        }
        Ok(())
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
    pub fn of(question: &Question<'_>) -> Self {
        match &*question.subject.kind {
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
        let body = json!({
            "subject": { "type": "user", "id": "alice", "properties": { "department": "Sales" }, "foo": 1 },
            "action": { "name": "read", "properties": null },
            "resource": { "type": "record", "id": "record-1" },
            "context": { "time": "2025-06-27T18:03-07:00" },
            "futureField": { "nested": true },
        });
        let body = body.to_string();
        let read = question(body.as_bytes()).unwrap();
        assert_eq!((&*read.subject.kind, &*read.subject.id), ("user", "alice"));
        assert_eq!(read.subject.properties["department"], "Sales");
        assert_eq!((&*read.action, read.action_properties.len()), ("read", 0));
        assert_eq!((&*read.resource.kind, &*read.resource.id), ("record", "record-1"));
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
            let body = body.to_string();
            assert_eq!(question(body.as_bytes()).err().map(|m| m.field.into_owned()).as_deref(), Some(named), "{body}");
        }
        let whole = good.to_string();
        for (body, named, fault) in [
            (format!("[{whole}]"), "body", Fault::NotA("an object")),
            ("null".to_owned(), "body", Fault::NotA("an object")),
            (whole.replacen("\"id\":\"1\"", "\"id\":\"1\",\"id\":\"2\"", 1), "resource.id", Fault::Repeated),
            (whole.replacen("\"id\":\"1\"", "\"id\":\"1\",\"x\":1,\"x\":1", 1), "resource.x", Fault::Repeated),
            (whole.replacen("\"id\":\"1\"", "\"id\":\"1\",\"x\":{\"y\":{\"z\":1,\"z\":1}}", 1), "resource.x.y.z", Fault::Repeated),
            (whole.replacen("\"id\":\"1\"", "\"id\":\"1\\u0000\"", 1), "resource.id", Fault::Format("text without NUL")),
        ] {
            let refused = question(body.as_bytes()).err().unwrap();
            assert_eq!((&*refused.field, &refused.fault), (named, &fault), "{body}");
        }
        assert!(question(format!("{whole} {{}}").as_bytes()).is_err(), "something follows");
        assert_eq!(question(whole.replacen("alice", "al\\u0069ce", 1).as_bytes()).unwrap().subject.id, "alice", "escapes are read");
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
