//! Accounts: whoever or whatever authenticates.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{
    id::{AccountId, AccountKey},
    policy::Statement,
    refusal::{Fault, Malformed},
    time::Timestamp,
};

/// What kind of thing an account stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccountKind {
    /// A person.
    User,
    /// A robot: service user, app, API client.
    Service,
    /// A vendor agent's account inside a realm, made when the agent first enters.
    Support,
}

impl AccountKind {
    /// The word in rows, manifests and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
            Self::Support => "support",
        }
    }
}

impl fmt::Display for AccountKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AccountKind {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw {
            "user" => Ok(Self::User),
            "service" => Ok(Self::Service),
            "support" => Ok(Self::Support),
            _ => Err(Malformed::new("kind", Fault::UnknownValue("user, service, support".to_owned()))),
        }
    }
}

/// An account of one realm.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Names the row and the account in the log; never reused.
    pub key: AccountKey,
    /// What the account signs in with.
    pub id: AccountId,
    /// Person, robot or visiting agent.
    pub kind: AccountKind,
    /// Shown to people; may be empty.
    pub name: String,
    /// A switched-off account is refused everywhere.
    pub active: bool,
    /// Access ends at this instant, if ever.
    pub ends_at: Option<Timestamp>,
    /// Statements of its own, beside those of groups and roles.
    pub statements: Vec<Statement>,
    /// Facts for conditions, by name.
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// Counts the writes to this row, from 1.
    pub version: i64,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// How an account stands at one instant. Never stored: the clock would make it a lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountStanding {
    /// May act.
    Active,
    /// Switched off.
    Disabled,
    /// Its access has ended.
    Expired,
}

impl Account {
    /// How the account stands at `now`: access ends at `ends_at` exactly.
    pub fn standing(&self, now: Timestamp) -> AccountStanding {
        standing(self.active, self.ends_at, now)
    }
}

/// How an account with this switch and this end stands at `now`.
pub fn standing(active: bool, ends_at: Option<Timestamp>, now: Timestamp) -> AccountStanding {
    match ends_at {
        _ if !active => AccountStanding::Disabled,
        Some(end) if end <= now => AccountStanding::Expired,
        _ => AccountStanding::Active,
    }
}
