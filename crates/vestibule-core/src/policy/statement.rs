//! Statements: an effect, the actions and resources it is for, and perhaps a condition.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct};
use serde_json::Value;

use crate::{
    policy::{ActionPattern, Condition, Facts, Pattern, Resource},
    refusal::{Fault, Malformed},
};

/// What a statement does where it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Lets it be done, unless another statement denies.
    Allow,
    /// Forbids it, whatever allows.
    Deny,
}

impl Effect {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// One statement of policy. Immutable; cheap to clone.
///
/// A stored statement that cannot be read any more is held as what it does: it denies everything,
/// and [`Statement::damage`] says what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement(Arc<Body>);

#[derive(Debug, PartialEq)]
struct Body {
    effect: Effect,
    actions: Vec<ActionPattern>,
    resources: Vec<Pattern>,
    condition: Option<Condition>,
    damage: Option<Malformed>,
}

/// A statement as it comes off a wire, unchecked. Its members are those of our own JSON; a dialect
/// that spells them otherwise fills this in.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawStatement {
    /// `allow` or `deny`.
    pub effect: String,
    /// Actions; none means that the statement says nothing.
    pub actions: Vec<String>,
    /// Patterns; at least one.
    pub resources: Vec<String>,
    /// A condition; null is as good as absent.
    #[serde(default)]
    pub condition: Option<Value>,
}

impl Statement {
    /// Most statements in one list.
    pub const STATEMENTS_MAX: usize = 1_000;
    /// Most actions in one statement.
    pub const ACTIONS_MAX: usize = 100;
    /// Most resources in one statement.
    pub const RESOURCES_MAX: usize = 100;

    /// Checks a statement; the fault names the member: `actions[3]`, `condition.subject.role`.
    pub fn parse(raw: RawStatement) -> Result<Self, Malformed> {
        let effect = match raw.effect.as_str() {
            "allow" => Effect::Allow,
            "deny" => Effect::Deny,
            _ => return Err(Malformed::new("effect", Fault::UnknownValue("allow, deny".to_owned()))),
        };
        let actions = parse_each("actions", &raw.actions, Self::ACTIONS_MAX)?;
        let resources = parse_each("resources", &raw.resources, Self::RESOURCES_MAX)?;
        if resources.is_empty() {
            return Err(Malformed::new("resources", Fault::Empty));
        }
        let condition = match raw.condition {
            None | Some(Value::Null) => None,
            Some(Value::Object(entries)) => Some(Condition::parse(entries)?),
            Some(_) => return Err(Malformed::new("condition", Fault::NotA("an object"))),
        };
        Ok(Self(Arc::new(Body { effect, actions, resources, condition, damage: None })))
    }

    /// Checks a list of at most [`Statement::STATEMENTS_MAX`]; the fault names the statement and the
    /// member under `field`: `statements[2].effect`.
    pub fn parse_list(field: &str, raw: Vec<RawStatement>) -> Result<Vec<Self>, Malformed> {
        if raw.len() > Self::STATEMENTS_MAX {
            return Err(Malformed::new(field.to_owned(), Fault::TooMany { limit: Self::STATEMENTS_MAX }));
        }
        let named = |(at, raw)| {
            Self::parse(raw).map_err(|malformed: Malformed| {
                let member = format!("{field}[{at}].{}", malformed.field);
                malformed.of(member)
            })
        };
        raw.into_iter().enumerate().map(named).collect()
    }

    /// Reads a stored list, an array in JSON. What cannot be read is kept as a damaged statement in
    /// its place; skipping it would let in whoever a damaged deny was written to keep out.
    pub fn read_stored(json: &str) -> Vec<Self> {
        match serde_json::from_str::<Vec<Value>>(json) {
            Ok(list) => list.into_iter().map(Self::from_stored).collect(),
            Err(error) => vec![Self::damaged(Malformed::new("statements", Fault::NotJson(error.to_string())))],
        }
    }

    fn from_stored(stored: Value) -> Self {
        match RawStatement::deserialize(stored) {
            Ok(raw) => Self::parse(raw).unwrap_or_else(Self::damaged),
            Err(error) => Self::damaged(Malformed::new("statement", Fault::Statement(error.to_string()))),
        }
    }

    /// What stands for a statement that cannot be read: a deny of everything.
    pub fn damaged(damage: Malformed) -> Self {
        Self(Arc::new(Body {
            effect: Effect::Deny,
            actions: vec![ActionPattern::All],
            resources: vec![Pattern::everything()],
            condition: None,
            damage: Some(damage),
        }))
    }

    /// Allows an action, or all, on everything.
    pub fn allow_everywhere(action: impl Into<ActionPattern>) -> Self {
        Self::allow_all_everywhere(vec![action.into()])
    }

    /// Allows these actions on everything.
    pub fn allow_all_everywhere(actions: Vec<ActionPattern>) -> Self {
        Self(Arc::new(Body { effect: Effect::Allow, actions, resources: vec![Pattern::everything()], condition: None, damage: None }))
    }

    /// What it does where it speaks.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// The actions it is for; none: it says nothing.
    pub fn actions(&self) -> &[ActionPattern] {
        &self.0.actions
    }

    /// The resources it is for.
    pub fn resources(&self) -> &[Pattern] {
        &self.0.resources
    }

    /// What must hold for it to speak.
    pub fn condition(&self) -> Option<&Condition> {
        self.0.condition.as_ref()
    }

    /// What is wrong with a stored statement that cannot be read.
    pub fn damage(&self) -> Option<&Malformed> {
        self.0.damage.as_ref()
    }

    /// Whether it is for this action.
    pub fn names(&self, action: &str) -> bool {
        self.0.actions.iter().any(|pattern| pattern.covers(action))
    }

    /// Whether it denies an action, or all, whatever that is asked on and whatever else holds.
    pub fn denies_everywhere(&self, action: &ActionPattern) -> bool {
        let is_everywhere = self.0.resources.contains(&Pattern::everything()) && self.0.condition.is_none();
        let is_for = |own: &ActionPattern| *own == ActionPattern::All || own == action;
        self.0.effect == Effect::Deny && is_everywhere && self.0.actions.iter().any(is_for)
    }

    /// Whether it is for this resource.
    pub fn covers(&self, resource: &Resource<'_>) -> bool {
        self.0.resources.iter().any(|pattern| pattern.covers(resource))
    }

    /// Whether its condition holds; without one it does.
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        self.0.condition.as_ref().is_none_or(|condition| condition.holds(facts))
    }
}

fn parse_each<T: std::str::FromStr<Err = Malformed>>(member: &str, raw: &[String], limit: usize) -> Result<Vec<T>, Malformed> {
    if raw.len() > limit {
        return Err(Malformed::new(member.to_owned(), Fault::TooMany { limit }));
    }
    raw.iter().enumerate().map(|(at, raw)| raw.parse().map_err(|m: Malformed| m.of(format!("{member}[{at}]")))).collect()
}

impl<'de> Deserialize<'de> for Statement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(RawStatement::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// `{"effect", "actions", "resources", "condition"?}`. A damaged statement is written as what it does.
impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = 3 + usize::from(self.0.condition.is_some());
        let mut object = serializer.serialize_struct("Statement", members)?;
        object.serialize_field("effect", self.0.effect.as_str())?;
        object.serialize_field("actions", &Texts(&self.0.actions))?;
        object.serialize_field("resources", &Texts(&self.0.resources))?;
        match &self.0.condition {
            Some(condition) => object.serialize_field("condition", condition.written())?,
            None => object.skip_field("condition")?,
        }
        object.end()
    }
}

/// A list written as the text of its members.
struct Texts<'a, T>(&'a [T]);

impl<T: std::fmt::Display> Serialize for Texts<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ToString::to_string))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn raw(effect: &str, actions: &[&str], resources: &[&str], condition: Value) -> RawStatement {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        RawStatement { effect: effect.to_owned(), actions: owned(actions), resources: owned(resources), condition: Some(condition) }
    }

    #[test]
    fn what_is_denied_everywhere_is_denied_without_more() {
        let read: ActionPattern = "a:read".parse().unwrap();
        for (effect, actions, resources, condition, of_one, of_all) in [
            ("deny", &["a:read"][..], &["*"][..], Value::Null, true, false),
            ("deny", &["all"], &["x:y/item/1", "*"], Value::Null, true, true),
            ("deny", &["a:write"], &["*"], Value::Null, false, false),
            ("deny", &["a:read"], &["x:*"], Value::Null, false, false),
            ("deny", &["a:read"], &["*"], json!({ "subject.team": "north" }), false, false),
            ("allow", &["all"], &["*"], Value::Null, false, false),
        ] {
            let statement = Statement::parse(raw(effect, actions, resources, condition)).unwrap();
            let found = (statement.denies_everywhere(&read), statement.denies_everywhere(&ActionPattern::All));
            assert_eq!(found, (of_one, of_all), "{effect} {actions:?} {resources:?}");
        }
    }

    #[test]
    fn a_statement_that_breaks_a_rule_is_refused_by_member() {
        let many = |word: &'static str, n| std::iter::repeat_n(word, n).collect::<Vec<_>>();
        for (raw, member) in [
            (raw("allow", &["a:b"], &["*"], Value::Null), None),
            (raw("deny", &[], &["*"], json!({})), None),
            (raw("allow", &many("a:b", 100), &many("*", 100), Value::Null), None),
            (raw("ALLOW", &["a:b"], &["*"], Value::Null), Some("effect")),
            (raw("", &["a:b"], &["*"], Value::Null), Some("effect")),
            (raw("allow", &["a:b", "CONFIG_CREATE"], &["*"], Value::Null), Some("actions[1]")),
            (raw("allow", &["config:*"], &["*"], Value::Null), Some("actions[0]")),
            (raw("allow", &many("a:b", 101), &["*"], Value::Null), Some("actions")),
            (raw("allow", &["a:b"], &[], Value::Null), Some("resources")),
            (raw("allow", &["a:b"], &many("*", 101), Value::Null), Some("resources")),
            (raw("allow", &["a:b"], &["*", "a:b"], Value::Null), Some("resources[1]")),
            (raw("allow", &["a:b"], &["*"], json!([])), Some("condition")),
            (raw("allow", &["a:b"], &["*"], json!({"subject.role": null})), Some("condition.subject.role")),
        ] {
            let refused = Statement::parse(raw.clone()).err().map(|malformed| malformed.field.into_owned());
            assert_eq!(refused.as_deref(), member, "{raw:?}");
        }
    }

    #[test]
    fn a_list_is_refused_by_statement_and_member() {
        let good = || raw("allow", &["a:b"], &["*"], Value::Null);
        let refused = |list| Statement::parse_list("policyStatement", list).map(|list| list.len()).map_err(|m| m.field.into_owned());
        assert_eq!(refused(vec![good(); 1_000]), Ok(1_000));
        assert_eq!(refused(vec![good(); 1_001]), Err("policyStatement".to_owned()));
        assert_eq!(refused(vec![good(), raw("allow", &["x"], &["*"], Value::Null)]), Err("policyStatement[1].actions[0]".to_owned()));
    }

    #[test]
    fn json_is_read_strictly_and_written_as_it_was_read() {
        for (json, written) in [
            (
                r#"{"effect":"allow","actions":["*"],"resources":["a:b/item/*"]}"#,
                Some(r#"{"effect":"allow","actions":["all"],"resources":["a:b/item/*"]}"#),
            ),
            (
                r#"{"condition":null,"effect":"deny","actions":[],"resources":["a:*"]}"#,
                Some(r#"{"effect":"deny","actions":[],"resources":["a:*"]}"#),
            ),
            (
                r#"{"effect":"deny","actions":["a:b"],"resources":["*"],"condition":{"subject.x":{"eq":1.0}}}"#,
                Some(r#"{"effect":"deny","actions":["a:b"],"resources":["*"],"condition":{"subject.x":{"eq":1.0}}}"#),
            ),
            (r#"{"effect":"allow","actions":["a:b"],"resources":["*"],"expires":0}"#, None),
            (r#"{"effect":"allow","actions":["a:b"],"resources":["*"],"effect":"deny"}"#, None),
            (r#"{"effect":"allow","actions":null,"resources":["*"]}"#, None),
            (r#"{"effect":"allow","resources":["*"]}"#, None),
            (r#"{"effect":"allow","actions":"a:b","resources":["*"]}"#, None),
        ] {
            let statement = serde_json::from_str::<Statement>(json).ok();
            assert_eq!(statement.map(|statement| serde_json::to_string(&statement).unwrap()).as_deref(), written, "{json}");
        }
    }
}
