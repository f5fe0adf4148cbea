//! Support sessions: an admitted agent's short, revocable visit.

use std::{fmt, str::FromStr};

use crate::{
    id::{AccountKey, SessionId},
    refusal::{Fault, Malformed, Refusal},
    support::{Admission, Admitter},
    time::Timestamp,
};

/// Why an agent enters: what the tenant will read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    reason: String,
    ticket: Option<String>,
}

impl Entry {
    /// Longest reason, in bytes.
    pub const REASON_BYTES_MAX: usize = 1_000;
    /// Longest ticket, in bytes.
    pub const TICKET_BYTES_MAX: usize = 100;

    /// Checks a reason (required, trimmed) and a ticket (optional, printable ASCII without spaces,
    /// so that it can stand in the log in the clear).
    pub fn new(reason: &str, ticket: Option<&str>) -> Result<Self, Malformed> {
        let reason = match reason.trim() {
            "" => return Err(Malformed::new("reason", Fault::Empty)),
            long if long.len() > Self::REASON_BYTES_MAX => {
                return Err(Malformed::new("reason", Fault::TooLong { limit: Self::REASON_BYTES_MAX }));
            }
            odd if odd.chars().any(|c| c.is_control() && c != '\n' && c != '\t') => {
                return Err(Malformed::new("reason", Fault::Format("text without control characters")));
            }
            text => text.to_owned(),
        };
        let ticket = match ticket {
            None => None,
            Some("") => return Err(Malformed::new("ticket", Fault::Empty)),
            Some(long) if long.len() > Self::TICKET_BYTES_MAX => {
                return Err(Malformed::new("ticket", Fault::TooLong { limit: Self::TICKET_BYTES_MAX }));
            }
            Some(plain) if plain.bytes().all(|b| b.is_ascii_graphic()) => Some(plain.to_owned()),
            Some(_) => return Err(Malformed::new("ticket", Fault::Format("printable ASCII without spaces"))),
        };
        Ok(Self { reason, ticket })
    }

    /// Why, in the agent's words.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The ticket that asked for it.
    pub fn ticket(&self) -> Option<&str> {
        self.ticket.as_deref()
    }
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// The tenant ended it.
    EndedByTenant,
    /// The agent left.
    Left,
    /// The invitation it rested on was removed.
    InvitationRevoked,
    /// The window it rested on was closed.
    WindowClosed,
    /// The realm switched support access off.
    SupportDisabled,
}

impl SessionEnd {
    /// The code in rows, the log and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndedByTenant => "ended_by_tenant",
            Self::Left => "left",
            Self::InvitationRevoked => "invitation_revoked",
            Self::WindowClosed => "window_closed",
            Self::SupportDisabled => "support_disabled",
        }
    }
}

impl fmt::Display for SessionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SessionEnd {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        [Self::EndedByTenant, Self::Left, Self::InvitationRevoked, Self::WindowClosed, Self::SupportDisabled]
            .into_iter()
            .find(|end| end.as_str() == raw)
            .ok_or_else(|| Malformed::new("ended_by", Fault::UnknownValue("the ways a session ends".to_owned())))
    }
}

/// An admitted agent's visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportSession {
    /// Its id; the token's `sid`, and on every event of the session.
    pub id: SessionId,
    /// The agent's account at the vendor: the second name in the token.
    pub agent: AccountKey,
    /// The agent's address at the vendor.
    pub agent_email: String,
    /// The agent's account of kind `support` in this realm: the first name in the token.
    pub account: AccountKey,
    /// Why the agent came.
    pub entry: Entry,
    /// What the session rests on.
    pub admitted_by: Admitter,
    /// When the agent entered.
    pub started_at: Timestamp,
    /// The session is over from this instant on, unless it was ended before.
    pub ends_at: Timestamp,
    /// When, and why, it was ended before its time.
    pub ended: Option<(Timestamp, SessionEnd)>,
}

/// How a session stands at one instant. Never stored: the clock would make it a lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionStanding {
    /// The agent is in.
    Live,
    /// Its time is over.
    Lapsed,
    /// It was ended before its time.
    Ended,
}

impl SessionStanding {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Lapsed => "lapsed",
            Self::Ended => "ended",
        }
    }
}

impl SupportSession {
    /// How long a session lasts at most unless the server is configured otherwise, in seconds.
    pub const LIMIT_S_DEFAULT: i64 = 3_600;

    /// The end of a session that starts `now`: the earlier of its own limit and the end of what admits it.
    pub fn end_of(admission: &Admission, now: Timestamp, limit_s: i64) -> Timestamp {
        let own = now.plus_seconds(limit_s);
        admission.until.map_or(own, |until| own.min(until))
    }

    /// How the session stands at `now`.
    pub fn standing(&self, now: Timestamp) -> SessionStanding {
        match self.ended {
            Some(_) => SessionStanding::Ended,
            None if now < self.ends_at => SessionStanding::Live,
            None => SessionStanding::Lapsed,
        }
    }

    /// Ends a live session. One that is over cannot be ended: [`Refusal::Conflict`].
    pub fn end(mut self, why: SessionEnd, now: Timestamp) -> Result<Self, Refusal> {
        match self.standing(now) {
            SessionStanding::Live => {
                self.ended = Some((now, why));
                Ok(self)
            }
            SessionStanding::Lapsed => Err(Refusal::Conflict { what: "session", state: "has lapsed" }),
            SessionStanding::Ended => Err(Refusal::Conflict { what: "session", state: "has ended" }),
        }
    }

    /// Shortens a session whose admitter now ends earlier; a later end does not lengthen it.
    #[must_use]
    pub fn shortened_to(mut self, until: Option<Timestamp>) -> Self {
        self.ends_at = until.map_or(self.ends_at, |until| self.ends_at.min(until));
        self
    }
}
