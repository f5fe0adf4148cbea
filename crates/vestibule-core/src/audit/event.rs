//! What happened, as the caller tells it: a [`Draft`]. Appending makes an event of it.
//!
//! The types are the guard of `spec/audit-log.md`, section 1.3: there is no member for a secret,
//! and what is personal goes into [`Sealed`], of which only a salted digest enters the event.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value;

use super::Action;
use crate::id::SessionId;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was not allowed.
    Denied,
    /// It was allowed and did not work.
    Failed,
}

impl Outcome {
    /// The word in the event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

/// What kind of actor acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A person of the tenant.
    User,
    /// A person of the vendor.
    Support,
    /// A service account.
    Service,
    /// A program that acts by itself for somebody.
    Agent,
    /// A customer of the tenant.
    Customer,
    /// Vestibule itself.
    System,
}

impl ActorKind {
    /// The word in the event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Support => "support",
            Self::Service => "service",
            Self::Agent => "agent",
            Self::Customer => "customer",
            Self::System => "system",
        }
    }
}

/// Whose people the actor belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Org {
    /// The realm's own.
    Tenant,
    /// The operator's.
    Vendor,
}

impl Org {
    /// The word in the event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Vendor => "vendor",
        }
    }
}

/// Which way the request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// An API call.
    Api,
    /// A console page.
    Console,
    /// The command line.
    Cli,
    /// A webhook's answer.
    Webhook,
    /// Nobody asked: its time had come.
    Timer,
}

impl Channel {
    /// The word in the event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Console => "console",
            Self::Cli => "cli",
            Self::Webhook => "webhook",
            Self::Timer => "timer",
        }
    }
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What kind of actor.
    pub kind: ActorKind,
    /// Its opaque id; never a name or an address, which are sealed as `actor.name`.
    pub id: String,
    /// Whose; absent for the system.
    pub org: Option<Org>,
}

impl Actor {
    /// Vestibule itself.
    pub fn system() -> Self {
        Self { kind: ActorKind::System, id: "server".to_owned(), org: None }
    }
}

/// A thing by its kind and opaque id: what was acted on, or for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// The noun, e.g. `account`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

impl Thing {
    /// A thing.
    pub fn new(kind: &'static str, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }
}

/// The support session in which it happened. Each id is the target of an earlier event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRef {
    /// The session.
    pub id: SessionId,
    /// What admitted it.
    pub grant: String,
    /// The consent it rests on.
    pub consent: String,
}

/// Why it was done, or why it was refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reason {
    /// A code, e.g. `ticket`.
    pub code: Cow<'static, str>,
    /// The ticket, `system:number`.
    pub ticket: Option<String>,
    /// The policy statement that decided.
    pub statement: Option<String>,
    /// The version of the policy that decided.
    pub policy_version: Option<i64>,
}

/// The request that asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRef {
    /// Our id of the request.
    pub id: String,
    /// The caller's own id of its affair.
    pub correlation: Option<String>,
    /// The W3C trace id.
    pub trace: Option<String>,
    /// Which way it came.
    pub channel: Channel,
    /// The beginning of the idempotency key's hash; never the key.
    pub idem: Option<String>,
}

/// A value that is personal: only its salted digest enters the event. Its `Debug` does not show it.
#[derive(Clone, PartialEq)]
pub struct Sealed {
    /// The member it would be, e.g. `actor.name`; `[a-z0-9_.]`, at most 64 bytes.
    pub name: Cow<'static, str>,
    /// Whose data it is, e.g. an account's key: erasing that subject erases the value.
    pub subject: String,
    /// The value. What is too long for a disclosure is cut.
    pub value: Value,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("name", &self.name).field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// What happened, before it has its place in a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What happened.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// Who acted.
    pub actor: Actor,
    /// The identity that was used, where it is not the actor's own.
    pub acting_for: Option<Thing>,
    /// The support session in which it happened.
    pub session: Option<SessionRef>,
    /// What was acted on.
    pub target: Thing,
    /// Why.
    pub reason: Option<Reason>,
    /// Which request asked for it.
    pub request: Option<RequestRef>,
    /// The fields that changed; their states are sealed.
    pub change: BTreeSet<&'static str>,
    /// Small and free of personal data. Nulls in it count as absent.
    pub data: BTreeMap<&'static str, Value>,
    /// What is personal.
    pub sealed: Vec<Sealed>,
}

impl Draft {
    /// A successful act, with nothing more to tell.
    pub fn new(action: Action, actor: Actor, target: Thing) -> Self {
        Self {
            action,
            outcome: Outcome::Success,
            actor,
            acting_for: None,
            session: None,
            target,
            reason: None,
            request: None,
            change: BTreeSet::new(),
            data: BTreeMap::new(),
            sealed: Vec::new(),
        }
    }

    /// With another outcome.
    #[must_use]
    pub fn with_outcome(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// Done with another's identity.
    #[must_use]
    pub fn with_acting_for(self, whom: Thing) -> Self {
        Self { acting_for: Some(whom), ..self }
    }

    /// Done in a support session.
    #[must_use]
    pub fn with_session(self, session: SessionRef) -> Self {
        Self { session: Some(session), ..self }
    }

    /// With why.
    #[must_use]
    pub fn with_reason(self, reason: Reason) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// With the request that asked for it.
    #[must_use]
    pub fn with_request(self, request: RequestRef) -> Self {
        Self { request: Some(request), ..self }
    }

    /// With the names of fields that changed.
    #[must_use]
    pub fn with_change(mut self, fields: impl IntoIterator<Item = &'static str>) -> Self {
        self.change.extend(fields);
        self
    }

    /// With one more member of `data`.
    #[must_use]
    pub fn with_data(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.data.insert(name, value.into());
        self
    }

    /// With one more sealed value.
    #[must_use]
    pub fn with_sealed(mut self, name: impl Into<Cow<'static, str>>, subject: impl Into<String>, value: impl Into<Value>) -> Self {
        self.sealed.push(Sealed { name: name.into(), subject: subject.into(), value: value.into() });
        self
    }
}
