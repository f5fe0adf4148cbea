//! The question and the ruling. How the ruling is reached is [`super::compiled`].

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

use crate::refusal::{Fault, Malformed};

/// What is asked: may this action be done to that resource, given these facts?
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// The action, `service:verb`.
    pub action: &'a str,
    /// The resource.
    pub resource: Resource<'a>,
    /// What conditions may look at.
    pub facts: Facts<'a>,
}

impl<'a> Ask<'a> {
    /// A question without facts.
    pub fn new(action: &'a str, resource: Resource<'a>) -> Self {
        Self { action, resource, facts: Facts::default() }
    }
}

/// What is asked about, borrowed; [`super::ResourceId`] owns one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource<'a> {
    /// The service.
    pub service: &'a str,
    /// The type.
    pub kind: &'a str,
    /// What of the type.
    pub item: Item<'a>,
    /// The groups of that type it is in, those above them included: the caller flattens.
    pub groups: &'a [&'a str],
}

impl<'a> Resource<'a> {
    /// Longest type or id in a question, in bytes.
    pub const PART_BYTES_MAX: usize = 1_024;

    /// The resource that a question means (`spec/authzen-decisions.md`, section B1): `config:plan` and
    /// `P1` are `config:plan/item/P1`, a bare type `T` is `T:T`, the id `*` is the type as a whole.
    ///
    /// Type and id may hold any characters: what no pattern can spell is covered only by the
    /// wider ones.
    pub fn from_entity(entity_type: &'a str, id: &'a str, is_group: bool) -> Result<Self, Malformed> {
        for (field, part) in [("type", entity_type), ("id", id)] {
            match part.len() {
                0 => return Err(Malformed::new(field, Fault::Empty)),
                1..=Self::PART_BYTES_MAX => {}
                _ => return Err(Malformed::new(field, Fault::TooLong { limit: Self::PART_BYTES_MAX })),
            }
        }
        let (service, kind) = entity_type.split_once(':').unwrap_or((entity_type, entity_type));
        let item = match id {
            "*" => Item::Whole,
            id if is_group => Item::Group(id),
            id => Item::One(id),
        };
        Ok(Self { service, kind, item, groups: &[] })
    }

    /// A type as a whole.
    pub fn whole(service: &'a str, kind: &'a str) -> Self {
        Self { service, kind, item: Item::Whole, groups: &[] }
    }
}

/// What of its type a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// One item.
    One(&'a str),
    /// A group of the type.
    Group(&'a str),
    /// The type as a whole: to create in it, to list it.
    Whole,
}

/// What conditions may look at. What a caller may say of whom is settled before it comes here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// `subject.<name>`.
    pub subject: Attributes<'a>,
    /// `resource.<name>`.
    pub resource: Attributes<'a>,
    /// `action.<name>`.
    pub action: Attributes<'a>,
    /// `context.<name>`.
    pub context: Attributes<'a>,
}

/// Attributes by name, borrowed. Of several with one name the first counts: what names the thing,
/// what was said of it, what is kept of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Attributes<'a> {
    /// The attributes `type` and `id`.
    pub named: Option<Named<'a>>,
    /// Said by the asker.
    pub said: Option<&'a BTreeMap<String, Value>>,
    /// Kept in the realm.
    pub kept: Option<&'a BTreeMap<String, Value>>,
}

/// The two attributes that everything has.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// `type`.
    pub kind: &'a str,
    /// `id`.
    pub id: &'a str,
}

/// The value of an attribute.
#[derive(Debug, Clone, Copy)]
pub enum Fact<'a> {
    /// Text.
    Text(&'a str),
    /// Whatever JSON has.
    Json(&'a Value),
}

impl<'a> Attributes<'a> {
    /// What was said of something that the realm keeps nothing of.
    pub fn said(said: &'a BTreeMap<String, Value>) -> Self {
        Self { said: Some(said), ..Self::default() }
    }

    /// The attribute of this name. Null counts as missing, and hides what stands behind it.
    pub fn find(&self, name: &str) -> Option<Fact<'a>> {
        match (name, self.named) {
            ("type", Some(named)) => return Some(Fact::Text(named.kind)),
            ("id", Some(named)) => return Some(Fact::Text(named.id)),
            _ => {}
        }
        let of = |map: Option<&'a BTreeMap<String, Value>>| map?.get(name);
        of(self.said).or_else(|| of(self.kept)).filter(|value| !value.is_null()).map(Fact::Json)
    }
}

/// The answer, and what decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a ruling that nobody reads lets everybody in"]
pub enum Ruling {
    /// It may be done.
    Allow {
        /// The first statement that allows it.
        by: DecidedBy,
    },
    /// It may not.
    Deny(Because),
}

impl Ruling {
    /// Whether it may be done.
    pub fn is_allow(&self) -> bool {
        matches!(self, Self::Allow { .. })
    }
}

/// Which statement decided: the first of its effect, in the order of sources and statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DecidedBy {
    /// Index into [`super::Compiled::sources`].
    pub source: usize,
    /// Index into that source's statements.
    pub statement: usize,
}

impl fmt::Display for DecidedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "statement {} of source {}", self.statement, self.source)
    }
}

/// Why something may not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// No statement allows it.
    NothingAllows,
    /// This statement denies it.
    Denied(DecidedBy),
    /// This stored statement cannot be read any more, and so denies.
    Unreadable(DecidedBy),
    /// Policy was not reached.
    Gate(GateReason),
}

impl Because {
    /// The code in the log and in explained answers (`spec/authzen-decisions.md`, section B2).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NothingAllows => "default_deny",
            Self::Denied(_) => "explicit_deny",
            Self::Unreadable(_) => "unreadable_statement",
            Self::Gate(reason) => reason.as_str(),
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingAllows => f.write_str("no statement allows it"),
            Self::Denied(by) => write!(f, "{by} denies it"),
            Self::Unreadable(by) => write!(f, "{by} cannot be read"),
            Self::Gate(reason) => reason.fmt(f),
        }
    }
}

/// What stops a question before any statement is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateReason {
    /// There is no such subject here.
    SubjectUnknown,
    /// The account is switched off.
    AccountDisabled,
    /// The account's access has ended.
    AccountExpired,
    /// Neither an invitation nor a window admits the agent.
    NotAdmitted,
    /// What admitted the agent, or the session's own time, is over.
    SessionLapsed,
    /// The session was ended before its time.
    SessionEnded,
    /// There is no such resource here.
    ResourceUnknown,
    /// The question lacks a part.
    Incomplete,
}

impl GateReason {
    /// The code in the log and in explained answers (`spec/authzen-decisions.md`, section B2).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SubjectUnknown => "subject_unknown",
            Self::AccountDisabled => "subject_disabled",
            Self::AccountExpired => "subject_expired",
            Self::NotAdmitted => "no_live_grant",
            Self::SessionLapsed => "grant_expired",
            Self::SessionEnded => "grant_revoked",
            Self::ResourceUnknown => "resource_unknown",
            Self::Incomplete => "incomplete_item",
        }
    }
}

impl fmt::Display for GateReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SubjectUnknown => "the subject is not known",
            Self::AccountDisabled => "the account is disabled",
            Self::AccountExpired => "the account has expired",
            Self::NotAdmitted => "nothing admits the agent",
            Self::SessionLapsed => "the session has lapsed",
            Self::SessionEnded => "the session has ended",
            Self::ResourceUnknown => "the resource is not known",
            Self::Incomplete => "the question is incomplete",
        })
    }
}
