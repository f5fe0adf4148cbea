//! Conditions: facts that must hold for a statement to speak (`spec/authzen-decisions.md`, section B4).

use serde_json::{Map, Number, Value};

use crate::{
    policy::{Fact, Facts},
    refusal::{Fault, Malformed},
};

/// A condition: an object of `subject|resource|action|context.<name>` to a literal, which the
/// attribute must equal, or to one of `eq`, `ne`, `in`, `not_in`, `exists`, `eq_attr`. All entries
/// must hold. Kept as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    entries: Vec<(Path, Test)>,
    written: Map<String, Value>,
}

/// `root.name`; the name is all that follows the first dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Path {
    root: Root,
    name: Box<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Root {
    Subject,
    Resource,
    Action,
    Context,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Eq(Value),
    Ne(Value),
    In(Vec<Value>),
    NotIn(Vec<Value>),
    Exists(bool),
    EqAttr(Path),
}

impl Condition {
    /// Most entries.
    pub const ENTRIES_MAX: usize = 20;
    /// Longest attribute name, in bytes.
    pub const NAME_BYTES_MAX: usize = 128;
    /// Most values in `in` and `not_in`.
    pub const VALUES_MAX: usize = 100;

    /// Reads a condition; the fault names the entry. An empty object always holds.
    pub fn parse(written: Map<String, Value>) -> Result<Self, Malformed> {
        if written.len() > Self::ENTRIES_MAX {
            return Err(Malformed::new("condition", Fault::TooMany { limit: Self::ENTRIES_MAX }));
        }
        let entry = |(key, value): (&String, &Value)| {
            let name = |fault| Malformed::new(format!("condition.{key}"), fault);
            Ok((Path::parse(key).map_err(name)?, Test::parse(value).map_err(name)?))
        };
        let entries = written.iter().map(entry).collect::<Result<_, Malformed>>()?;
        Ok(Self { entries, written })
    }

    /// Whether all entries hold. A missing attribute fails `eq`, `in` and `eq_attr` and passes `ne`
    /// and `not_in`, so that a deny written with them fails closed. Null counts as missing.
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        self.entries.iter().all(|(path, test)| test.holds(path, facts))
    }

    /// Whether it looks at anything of a resource but its type and its id, which every question brings.
    pub fn looks_at_resource(&self) -> bool {
        let looks = |path: &Path| path.root == Root::Resource && !matches!(&*path.name, "type" | "id");
        self.entries.iter().any(|(path, test)| looks(path) || matches!(test, Test::EqAttr(other) if looks(other)))
    }

    /// As it was written.
    pub fn written(&self) -> &Map<String, Value> {
        &self.written
    }
}

impl Path {
    fn parse(raw: &str) -> Result<Self, Fault> {
        const FORM: Fault = Fault::Format("`subject.`, `resource.`, `action.` or `context.` and a name");
        let (root, name) = raw.split_once('.').ok_or(FORM)?;
        let root = match root {
            "subject" => Root::Subject,
            "resource" => Root::Resource,
            "action" => Root::Action,
            "context" => Root::Context,
            _ => return Err(FORM),
        };
        match name {
            "" => Err(FORM),
            long if long.len() > Condition::NAME_BYTES_MAX => Err(Fault::TooLong { limit: Condition::NAME_BYTES_MAX }),
            name => Ok(Self { root, name: name.into() }),
        }
    }

    fn find<'a>(&self, facts: &Facts<'a>) -> Option<Fact<'a>> {
        let within = match self.root {
            Root::Subject => &facts.subject,
            Root::Resource => &facts.resource,
            Root::Action => &facts.action,
            Root::Context => &facts.context,
        };
        within.find(&self.name)
    }
}

impl Test {
    /// A bare value means equality; an object must hold exactly one operator.
    fn parse(raw: &Value) -> Result<Self, Fault> {
        const FORM: Fault = Fault::Format("a value or one of `eq`, `ne`, `in`, `not_in`, `exists`, `eq_attr`");
        let Value::Object(operators) = raw else {
            return literal(raw).map(Self::Eq);
        };
        let mut operators = operators.iter();
        match (operators.next(), operators.next()) {
            (Some((operator, operand)), None) => match operator.as_str() {
                "eq" => literal(operand).map(Self::Eq),
                "ne" => literal(operand).map(Self::Ne),
                "in" => literals(operand).map(Self::In),
                "not_in" => literals(operand).map(Self::NotIn),
                "exists" => operand.as_bool().map(Self::Exists).ok_or(Fault::NotA("true or false under `exists`")),
                "eq_attr" => Path::parse(operand.as_str().ok_or(Fault::NotA("an attribute under `eq_attr`"))?).map(Self::EqAttr),
                _ => Err(FORM),
            },
            _ => Err(FORM),
        }
    }

    fn holds(&self, path: &Path, facts: &Facts<'_>) -> bool {
        let found = path.find(facts);
        match self {
            Self::Eq(wanted) => found.is_some_and(|fact| is(fact, wanted)),
            Self::Ne(unwanted) => found.is_none_or(|fact| !is(fact, unwanted)),
            Self::In(wanted) => found.is_some_and(|fact| wanted.iter().any(|one| is(fact, one))),
            Self::NotIn(unwanted) => found.is_none_or(|fact| !unwanted.iter().any(|one| is(fact, one))),
            Self::Exists(wanted) => found.is_some() == *wanted,
            Self::EqAttr(other) => match (found, other.find(facts)) {
                (Some(fact), Some(Fact::Json(other))) | (Some(Fact::Json(other)), Some(fact)) => is(fact, other),
                (Some(Fact::Text(text)), Some(Fact::Text(other))) => text == other,
                (None, _) | (_, None) => false,
            },
        }
    }
}

/// Null is no value to compare with: it counts as missing, and `exists` asks for that.
fn literal(raw: &Value) -> Result<Value, Fault> {
    match raw {
        Value::Null => Err(Fault::Format("a value; for a missing attribute write `{\"exists\": false}`")),
        value => Ok(value.clone()),
    }
}

fn literals(raw: &Value) -> Result<Vec<Value>, Fault> {
    match raw {
        Value::Array(values) if values.len() > Condition::VALUES_MAX => Err(Fault::TooMany { limit: Condition::VALUES_MAX }),
        Value::Array(values) => values.iter().map(literal).collect(),
        _ => Err(Fault::NotA("an array under `in` or `not_in`")),
    }
}

fn is(fact: Fact<'_>, value: &Value) -> bool {
    match fact {
        Fact::Text(text) => value.as_str() == Some(text),
        Fact::Json(found) => same(found, value),
    }
}

/// Strict JSON equality: no type turns into another. A number is its value, not its spelling, or
/// `1.0` would slip past what was written for `1`.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b))),
        _ => a == b,
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a.as_f64() == b.as_f64(),
        (Some(whole), None) => b.as_f64().is_some_and(|float| is_whole(float, whole)),
        (None, Some(whole)) => a.as_f64().is_some_and(|float| is_whole(float, whole)),
    }
}

/// Compared as whole numbers: turning the whole one into a float would round it.
fn is_whole(float: f64, whole: i128) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "guarded: the fraction is zero and the size below 2^64")]
    let as_whole = || float as i128;
    float.fract() == 0.0 && float.abs() <= 18_446_744_073_709_551_616.0 && as_whole() == whole
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::{Attributes, Named};

    fn parse(written: Value) -> Result<Condition, Malformed> {
        match written {
            Value::Object(entries) => Condition::parse(entries),
            other => panic!("{other} is no object"),
        }
    }

    #[track_caller]
    fn check(condition: Value, subject: &Value, expected: bool) {
        let subject = subject.as_object().unwrap().clone().into_iter().collect();
        let resource = [("owner".to_owned(), json!("mia"))].into();
        let facts = Facts { subject: Attributes::said(&subject), resource: Attributes::said(&resource), ..Facts::default() };
        assert_eq!(parse(condition.clone()).unwrap().holds(&facts), expected, "{condition} of {subject:?}");
    }

    #[test]
    fn each_test_holds_or_not_and_knows_what_missing_means() {
        let (set, other, missing, null) = (json!({"x": "a"}), json!({"x": "b"}), json!({}), json!({"x": null}));
        for (test, holds) in [
            (json!("a"), [true, false, false, false]),
            (json!({"eq": "a"}), [true, false, false, false]),
            (json!({"ne": "a"}), [false, true, true, true]),
            (json!({"in": ["z", "a"]}), [true, false, false, false]),
            (json!({"in": []}), [false, false, false, false]),
            (json!({"not_in": ["z", "a"]}), [false, true, true, true]),
            (json!({"not_in": []}), [true, true, true, true]),
            (json!({"exists": true}), [true, true, false, false]),
            (json!({"exists": false}), [false, false, true, true]),
        ] {
            for (subject, expected) in [&set, &other, &missing, &null].into_iter().zip(holds) {
                check(json!({"subject.x": test}), subject, expected);
            }
        }
        for (subject, expected) in [(json!({"id": "mia"}), true), (json!({"id": "max"}), false), (json!({}), false)] {
            check(json!({"resource.owner": {"eq_attr": "subject.id"}}), &subject, expected);
            check(json!({"subject.id": {"eq_attr": "resource.owner"}}), &subject, expected);
        }
        check(json!({"resource.ghost": {"eq_attr": "subject.ghost"}}), &json!({}), false);
    }

    #[test]
    fn what_names_a_thing_beats_what_is_said_and_that_what_is_kept() {
        let said = [("id".to_owned(), json!("max")), ("x".to_owned(), json!("said")), ("gone".to_owned(), json!(null))].into();
        let kept = [("x".to_owned(), json!("kept")), ("y".to_owned(), json!("kept")), ("gone".to_owned(), json!(1))].into();
        let subject = Attributes { named: Some(Named { kind: "user", id: "mia" }), said: Some(&said), kept: Some(&kept) };
        let resource = Attributes { named: Some(Named { kind: "record", id: "mia" }), ..Attributes::default() };
        let facts = Facts { subject, resource, ..Facts::default() };
        for (condition, holds) in [
            (json!({"subject.type": "user", "subject.id": "mia", "subject.x": "said", "subject.y": "kept"}), true),
            (json!({"subject.id": "max"}), false),
            (json!({"subject.gone": {"exists": false}}), true),
            (json!({"subject.id": {"eq_attr": "resource.id"}}), true),
            (json!({"subject.type": {"eq_attr": "resource.type"}}), false),
            (json!({"subject.y": {"eq_attr": "subject.id"}}), false),
        ] {
            assert_eq!(parse(condition.clone()).unwrap().holds(&facts), holds, "{condition}");
        }
    }

    #[test]
    fn a_condition_knows_whether_it_needs_to_know_the_resource() {
        for (condition, looks) in [
            (json!({"resource.status": "archived"}), true),
            (json!({"subject.id": {"eq_attr": "resource.owner"}}), true),
            (json!({"subject.role": "admin", "context.resource": 1}), false),
            (json!({"resource.type": "record", "resource.id": {"eq_attr": "subject.id"}}), false),
            (json!({}), false),
        ] {
            assert_eq!(parse(condition.clone()).unwrap().looks_at_resource(), looks, "{condition}");
        }
    }

    #[test]
    fn all_entries_must_hold() {
        for (subject, expected) in [(json!({"x": 1, "y.z": 2}), true), (json!({"x": 1, "y.z": 3}), false), (json!({"x": 1}), false)] {
            check(json!({"subject.x": 1, "subject.y.z": 2}), &subject, expected);
        }
        check(json!({}), &json!({}), true);
    }

    #[test]
    fn equality_is_by_json_type_and_value() {
        for (wanted, given, equal) in [
            (json!(1), json!(1.0), true),
            (json!(0.5), json!(0.5), true),
            (json!(0), json!(-0.0), true),
            (json!(1), json!("1"), false),
            (json!(1), json!(true), false),
            (json!("a"), json!("A"), false),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992.0), false),
            (json!(9_007_199_254_740_992_u64), json!(9_007_199_254_740_992.0), true),
            (json!(u64::MAX), json!(-1), false),
            (json!(1), json!(1e300), false),
            (json!([1, {"a": null}]), json!([1.0, {"a": null}]), true),
            (json!([1, 2]), json!([2, 1]), false),
            (json!([1]), json!([1, 1]), false),
            (json!([{"a": 1}]), json!([{"a": 1, "b": 1}]), false),
        ] {
            check(json!({"subject.x": {"eq": wanted}}), &json!({"x": given}), equal);
            check(json!({"subject.x": {"ne": wanted}}), &json!({"x": given}), !equal);
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let entries = |n: usize| (0..n).map(|n| (format!("context.a{n}"), json!(1))).collect::<Map<_, _>>();
        for (condition, good) in [
            (json!({"subject.x": {"exists": true}}), true),
            (Value::Object(entries(20)), true),
            (Value::Object(entries(21)), false),
            (json!({"role": 1}), false),
            (json!({"principal.role": 1}), false),
            (json!({"Subject.role": 1}), false),
            (json!({"subject.": 1}), false),
            (json!({(format!("subject.{}", "x".repeat(128))): 1}), true),
            (json!({(format!("subject.{}", "x".repeat(129))): 1}), false),
            (json!({"subject.x": null}), false),
            (json!({"subject.x": {}}), false),
            (json!({"subject.x": {"like": "a"}}), false),
            (json!({"subject.x": {"eq": 1, "ne": 2}}), false),
            (json!({"subject.x": {"eq": null}}), false),
            (json!({"subject.x": {"in": "a"}}), false),
            (json!({"subject.x": {"in": [null]}}), false),
            (json!({"subject.x": {"in": vec![0; 100]}}), true),
            (json!({"subject.x": {"not_in": vec![0; 101]}}), false),
            (json!({"subject.x": {"exists": "yes"}}), false),
            (json!({"subject.x": {"eq_attr": "y"}}), false),
            (json!({"subject.x": {"eq_attr": 1}}), false),
        ] {
            assert_eq!(parse(condition.clone()).is_ok(), good, "{condition}");
        }
    }
}
