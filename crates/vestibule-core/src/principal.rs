//! A principal: an account, or an agent inside a session, with all that it may do, ready to be asked.
//!
//! The store compiles principals and keeps them in memory; what the clock can tell (an account's end,
//! a session's) is judged here at each question, so that no answer outlives it.

use std::collections::BTreeMap;

use crate::{
    account::{AccountKind, AccountStanding, standing},
    id::{AccountId, AccountKey, RealmId},
    policy::{Ask, Because, Compiled, GateReason, Ruling},
    support::{SessionStanding, SupportSession},
    time::Timestamp,
};

/// Who may be asking, or asked about.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Where the account belongs.
    pub realm: RealmId,
    /// Its key.
    pub key: AccountKey,
    /// What it signs in with.
    pub id: AccountId,
    /// Person, robot or visiting agent.
    pub kind: AccountKind,
    /// Shown to people.
    pub name: String,
    /// Whether it is switched on.
    pub active: bool,
    /// Access ends at this instant, if ever.
    pub ends_at: Option<Timestamp>,
    /// Facts for conditions.
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// Everything its statements say.
    pub rights: Compiled,
    /// The visit, for an agent inside a session.
    pub session: Option<Box<SupportSession>>,
}

impl Principal {
    /// What keeps the principal out altogether at `now`, whatever its statements say.
    pub fn gate(&self, now: Timestamp) -> Option<GateReason> {
        let session = self.session.as_ref().map(|session| session.standing(now));
        match (standing(self.active, self.ends_at, now), session) {
            (AccountStanding::Disabled, _) => Some(GateReason::AccountDisabled),
            (AccountStanding::Expired, _) => Some(GateReason::AccountExpired),
            (AccountStanding::Active, Some(SessionStanding::Ended)) => Some(GateReason::SessionEnded),
            (AccountStanding::Active, Some(SessionStanding::Lapsed)) => Some(GateReason::SessionLapsed),
            // Outside a session the account of a visiting agent may do nothing.
            (AccountStanding::Active, None) if self.kind == AccountKind::Support => Some(GateReason::NotAdmitted),
            (AccountStanding::Active, Some(SessionStanding::Live) | None) => None,
        }
    }

    /// The answer to one question: the gate first, then the statements.
    pub fn decide(&self, ask: &Ask<'_>, now: Timestamp) -> Ruling {
        match self.gate(now) {
            Some(reason) => Ruling::Deny(Because::Gate(reason)),
            None => self.rights.decide(ask, now),
        }
    }
}
