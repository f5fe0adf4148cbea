//! Many questions in one body (`spec/authzen-decisions.md`, section A3). An item's own member replaces the
//! whole default of that name; what is at fault in one item is that item's fault alone.

use std::{borrow::Cow, collections::BTreeMap};

use serde::de::MapAccess;
use serde_json::{Value, value::RawValue};
use vestibule_core::refusal::{Fault, Malformed};
use vestibule_operations::{Act, Entity, Question, Semantic};

use super::{Acting, Asking, Partial, RESOURCE, SUBJECT, Whole, missing};
use crate::body::{
    Strict,
    fields::{self, Fields, Items, Object, Text},
};

/// Most questions in one body.
pub const ITEMS_MAX: usize = 1_000;

/// What was asked.
pub enum Asked<'q> {
    /// One question: there are no items.
    One(Box<Whole<'q>>),
    /// Many.
    Many(Box<Batch<'q>>),
}

/// Many questions.
pub struct Batch<'q> {
    defaults: Parts<'q>,
    items: Vec<Result<Parts<'q>, Malformed>>,
    /// How far they are answered.
    pub semantic: Semantic,
}

/// The parts of a question that were given, each whole or with its fault.
struct Parts<'q> {
    subject: Option<Result<Entity<'q>, Malformed>>,
    action: Option<Result<Act<'q>, Malformed>>,
    resource: Option<Result<Entity<'q>, Malformed>>,
    context: Option<BTreeMap<String, Value>>,
}

/// The types that items take over which give none.
#[derive(Default)]
struct Kinds<'q> {
    subject: Option<Cow<'q, str>>,
    resource: Option<Cow<'q, str>>,
}

static NOTHING: BTreeMap<String, Value> = BTreeMap::new();

/// Reads a body of many questions, or of one.
pub fn asked(body: &[u8]) -> Result<Asked<'_>, Malformed> {
    let Body { asking, evaluations, options } = fields::read(body)?;
    let semantic = options.unwrap_or_default().semantic()?;
    if evaluations.is_empty() {
        return Ok(Asked::One(Box::new(asking.whole()?)));
    }
    let kinds = Kinds {
        subject: asking.subject.as_ref().and_then(|subject| subject.kind.clone()),
        resource: asking.resource.as_ref().and_then(|resource| resource.kind.clone()),
    };
    let items = evaluations.into_iter().enumerate().map(|(number, item)| read_item(number, item, &kinds)).collect::<Result<_, _>>()?;
    Ok(Asked::Many(Box::new(Batch { defaults: Parts::of(asking, &Kinds::default()), items, semantic })))
}

/// What makes a body no I-JSON is nobody's fault alone.
fn read_item<'q>(number: usize, item: &'q RawValue, kinds: &Kinds<'q>) -> Result<Result<Parts<'q>, Malformed>, Malformed> {
    match fields::read_within::<Asking<'_>>(item.get(), ITEM_DEPTH) {
        Ok(asking) => Ok(Ok(Parts::of(asking, kinds))),
        Err(Malformed { field, fault: fault @ (Fault::Repeated | Fault::TooDeep { .. } | Fault::NotJson(_)) }) => {
            Err(Malformed::new(format!("evaluations[{number}].{field}"), fault))
        }
        Err(fault) => Ok(Err(fault)),
    }
}

/// Levels round an item: the body, and its array.
const ITEM_DEPTH: usize = 2;

impl Batch<'_> {
    /// The questions in their order, each whole or with its fault.
    pub fn questions(&self) -> impl ExactSizeIterator<Item = Result<Question<'_>, Malformed>> {
        self.items.iter().map(|item| {
            let item = item.as_ref().map_err(Clone::clone)?;
            Ok(Question {
                subject: pick(&item.subject, &self.defaults.subject, "subject")?,
                action: pick(&item.action, &self.defaults.action, "action")?,
                resource: pick(&item.resource, &self.defaults.resource, "resource")?,
                context: item.context.as_ref().or(self.defaults.context.as_ref()).unwrap_or(&NOTHING),
            })
        })
    }
}

fn pick<'b, T>(
    own: &'b Option<Result<T, Malformed>>,
    default: &'b Option<Result<T, Malformed>>,
    name: &'static str,
) -> Result<&'b T, Malformed> {
    match own.as_ref().or(default.as_ref()) {
        Some(part) => part.as_ref().map_err(Clone::clone),
        None => Err(missing(name)),
    }
}

impl<'q> Parts<'q> {
    /// An entity that lacks only its type takes the default's; no id and no property ever crosses over: they
    /// could lend one subject another's role (openid/authzen issue 640).
    fn of(asking: Asking<'q>, kinds: &Kinds<'q>) -> Self {
        let typed = |partial: Partial<'q>, kind: &Option<Cow<'q, str>>| match partial.id {
            Some(_) => Partial { kind: partial.kind.or_else(|| kind.clone()), ..partial },
            None => partial,
        };
        Self {
            subject: asking.subject.map(|subject| typed(subject, &kinds.subject).whole(SUBJECT)),
            action: asking.action.map(Acting::whole),
            resource: asking.resource.map(|resource| typed(resource, &kinds.resource).whole(RESOURCE)),
            context: asking.context,
        }
    }
}

/// A body as far as it was written.
#[derive(Default)]
struct Body<'q> {
    asking: Asking<'q>,
    evaluations: Vec<&'q RawValue>,
    options: Option<Options<'q>>,
}

impl<'q> Fields<'q> for Body<'q> {
    const NAMES: &'static [&'static str] = &["subject", "action", "resource", "context", "evaluations", "options"];

    fn read<A: MapAccess<'q>>(&mut self, number: usize, members: &mut A, at: Strict<'_>) -> Result<(), A::Error> {
        match number {
            4 => self.evaluations = members.next_value_seed(Items { at, limit: ITEMS_MAX })?.unwrap_or_default(),
            5 => self.options = members.next_value_seed(Object::at(at))?,
            _ => self.asking.read(number, members, at)?,
        }
        Ok(())
    }
}

#[derive(Default)]
struct Options<'q> {
    semantic: Option<Cow<'q, str>>,
}

impl Options<'_> {
    fn semantic(&self) -> Result<Semantic, Malformed> {
        match self.semantic.as_deref() {
            None | Some("execute_all") => Ok(Semantic::ExecuteAll),
            Some("deny_on_first_deny") => Ok(Semantic::DenyOnFirstDeny),
            Some("permit_on_first_permit") => Ok(Semantic::PermitOnFirstPermit),
            Some(_) => Err(Malformed::new(
                "options.evaluations_semantic",
                Fault::UnknownValue("execute_all, deny_on_first_deny, permit_on_first_permit".to_owned()),
            )),
        }
    }
}

impl<'q> Fields<'q> for Options<'q> {
    const NAMES: &'static [&'static str] = &["evaluations_semantic"];

    fn read<A: MapAccess<'q>>(&mut self, _: usize, members: &mut A, at: Strict<'_>) -> Result<(), A::Error> {
        self.semantic = members.next_value_seed(Text(at))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each question as `subject action resource[status] context`, or the field at fault.
    fn told(body: &str) -> Vec<String> {
        let Asked::Many(batch) = asked(body.as_bytes()).unwrap() else { panic!("one question: {body}") };
        let one = |question: Question<'_>| {
            let Question { subject, action, resource, context } = question;
            let status = resource.properties.get("status").map(|status| format!("[{status}]")).unwrap_or_default();
            format!("{}/{} {} {}/{}{status} {}", subject.kind, subject.id, action.name, resource.kind, resource.id, context.len())
        };
        batch.questions().map(|item| item.map_or_else(|fault| fault.field.into_owned(), one)).collect()
    }

    #[test]
    fn an_item_replaces_whole_defaults_and_lacks_at_most_a_type() {
        let top = r#""subject":{"type":"user","id":"alice"},"action":{"name":"read"},"context":{"x":1},
            "resource":{"type":"record","id":"r1","properties":{"status":"active"}}"#;
        for (item, read) in [
            (r#"{}"#, r#"user/alice read record/r1["active"] 1"#),
            (r#"{"resource":{"type":"record","id":"r2"}}"#, "user/alice read record/r2 1"),
            (r#"{"resource":{"id":"r2"}}"#, "user/alice read record/r2 1"),
            (r#"{"resource":{"type":"record"}}"#, "resource.id"),
            (r#"{"resource":{"properties":{"status":"archived"}}}"#, "resource.type"),
            (r#"{"resource":{}}"#, "resource.type"),
            (r#"{"action":{}}"#, "action.name"),
            (r#"{"subject":null,"context":null}"#, r#"user/alice read record/r1["active"] 1"#),
            (r#"{"context":{},"foo":[1]}"#, r#"user/alice read record/r1["active"] 0"#),
            (r#"{"subject":"alice"}"#, "subject"),
            (r#"{"action":{"name":123}}"#, "action.name"),
            ("7", "body"),
            ("null", "body"),
            ("[]", "body"),
        ] {
            assert_eq!(told(&format!(r#"{{{top},"evaluations":[{item}]}}"#)), [read], "{item}");
        }
        assert_eq!(
            told(
                r#"{"resource":{"type":"record"},"subject":{"type":"user","id":"a"},"evaluations":[{"action":{"name":"read"},"resource":{"id":"1"}},{}]}"#
            ),
            ["user/a read record/1 0", "action"]
        );
    }

    #[test]
    fn what_is_wrong_with_the_whole_is_refused() {
        let top = r#""subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"r1"}"#;
        for (rest, field) in [
            (r#""evaluations":"x""#.to_owned(), "evaluations"),
            (r#""evaluations":{}"#.to_owned(), "evaluations"),
            (format!(r#""evaluations":[{}{{}}]"#, "{},".repeat(ITEMS_MAX)), "evaluations"),
            (r#""evaluations":[{}],"options":{"evaluations_semantic":"all"}"#.to_owned(), "options.evaluations_semantic"),
            (r#""evaluations":[{}],"options":[]"#.to_owned(), "options"),
            (r#""evaluations":[{"subject":{"id":"a","id":"b"}}]"#.to_owned(), "evaluations[0].subject.id"),
            (r#""evaluations":[{},{"x":{"y":1,"y":1}}]"#.to_owned(), "evaluations[1].x.y"),
            (format!(r#""evaluations":[{{"x":{}{}}}]"#, "[".repeat(30), "]".repeat(30)), "evaluations[0].body"),
            (r#""evaluations":[{"x":"\ud800"}]"#.to_owned(), "evaluations[0].body"),
            (r#""evaluations":[{}],"action":{"name":1}"#.to_owned(), "action"),
        ] {
            let refused = asked(format!("{{{top},{rest}}}").as_bytes()).err().unwrap_or_else(|| panic!("{rest}"));
            assert_eq!(refused.field, field, "{rest}");
        }
        for rest in ["", r#","evaluations":[]"#, r#","evaluations":null"#] {
            assert!(matches!(asked(format!("{{{top}{rest}}}").as_bytes()), Ok(Asked::One(_))), "{rest}");
        }
        let deep = format!(r#"{{{top},"evaluations":[{{"x":{}{}}}]}}"#, "[".repeat(29), "]".repeat(29));
        assert!(matches!(asked(deep.as_bytes()), Ok(Asked::Many(_))));
        let most = format!(r#"{{{top},"evaluations":[{}{{}}]}}"#, "{},".repeat(ITEMS_MAX - 1));
        assert_eq!(told(&most).len(), ITEMS_MAX);
    }
}
