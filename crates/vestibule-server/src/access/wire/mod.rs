//! Questions as AuthZEN writes them (`spec/authzen-decisions.md`, section A2): one here, many in
//! [`batch`], searches in [`search`]; what comes back is written by [`answers`].

pub mod answers;
pub mod batch;
pub mod search;

use std::{borrow::Cow, collections::BTreeMap};

use serde::de::MapAccess;
use serde_json::Value;
use vestibule_core::refusal::{Fault, Malformed};
use vestibule_operations::{Act, Entity, Question};

use crate::body::{
    Strict,
    fields::{self, Attributes, Fields, Object, Text},
};

/// A question with all that it must have.
pub struct Whole<'q> {
    subject: Entity<'q>,
    action: Act<'q>,
    resource: Entity<'q>,
    context: BTreeMap<String, Value>,
}

impl Whole<'_> {
    /// The question.
    pub fn question(&self) -> Question<'_> {
        Question { subject: &self.subject, action: &self.action, resource: &self.resource, context: &self.context }
    }
}

/// Reads a question. Unknown members are ignored at every level, and null is as good as absent.
/// That text must not be empty is ours (section A2).
pub fn question(body: &[u8]) -> Result<Whole<'_>, Malformed> {
    fields::read::<Asking<'_>>(body)?.whole()
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
    context: Option<BTreeMap<String, Value>>,
}

impl<'q> Asking<'q> {
    fn whole(self) -> Result<Whole<'q>, Malformed> {
        Ok(Whole {
            subject: self.subject.ok_or_else(|| missing("subject"))?.whole(SUBJECT)?,
            action: self.action.ok_or_else(|| missing("action"))?.whole()?,
            resource: self.resource.ok_or_else(|| missing("resource"))?.whole(RESOURCE)?,
            context: self.context.unwrap_or_default(),
        })
    }
}

/// The names of a subject's type and id, and of a resource's.
const SUBJECT: [&str; 2] = ["subject.type", "subject.id"];
const RESOURCE: [&str; 2] = ["resource.type", "resource.id"];

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
            _ => self.properties = members.next_value_seed(Attributes(at))?.unwrap_or_default(),
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

impl<'q> Acting<'q> {
    fn whole(self) -> Result<Act<'q>, Malformed> {
        Ok(Act { name: self.name.ok_or_else(|| missing("action.name"))?, properties: self.properties })
    }
}

impl<'q> Fields<'q> for Acting<'q> {
    const NAMES: &'static [&'static str] = &["name", "properties"];

    fn read<A: MapAccess<'q>>(&mut self, number: usize, members: &mut A, at: Strict<'_>) -> Result<(), A::Error> {
        match number {
            0 => self.name = members.next_value_seed(Text(at))?,
            _ => self.properties = members.next_value_seed(Attributes(at))?.unwrap_or_default(),
        }
        Ok(())
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
        assert_eq!((&*read.action.name, read.action.properties.len()), ("read", 0));
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
}
