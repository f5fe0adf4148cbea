//! Statements: an effect, the actions and resources it is for, and perhaps a condition.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct};
use serde_json::Value;

use crate::{
    policy::{ActionPattern, Ask, Condition, Pattern},
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

    /// Whether it speaks to this question: action, resource and condition.
    pub fn speaks_to(&self, ask: &Ask<'_>) -> bool {
        self.names(ask.action)
            && self.0.resources.iter().any(|pattern| pattern.covers(&ask.resource))
            && self.0.condition.as_ref().is_none_or(|condition| condition.holds(&ask.facts))
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
