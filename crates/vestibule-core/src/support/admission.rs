//! Admission: may this agent enter this realm now?
//!
//! One function answers for every door. It reads no clock, opens no transaction and
//! knows no dialect; callers bring the invitations, the window and the instant.

use crate::{
    id::InvitationId,
    support::{Invitation, Invitee, Window},
    time::Timestamp,
};

/// What lets an agent in, and until when at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// What the session rests on.
    pub by: Admitter,
    /// The end of what admitted; absent: it has none.
    pub until: Option<Timestamp>,
}

/// What a session rests on: when it ends, the session does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitter {
    /// An invitation, personal or `*`. It also brings the role *AccountExecutive*.
    Invitation(InvitationId),
    /// The window at this version.
    Window {
        /// The window's version on entry.
        version: i64,
    },
}

/// The agent is neither invited nor is a window open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no live invitation or window admits this agent")]
pub struct NotAdmitted;

/// The admission rule (`design.md`, section 1). A live invitation for the agent's own address
/// admits; else a live `*` invitation, if the address is in the realm's staff domain; else a
/// live window. `email` is the agent's verified address at the vendor.
pub fn admit(
    email: &str,
    staff_domain: &str,
    invitations: &[Invitation],
    window: Option<&Window>,
    now: Timestamp,
) -> Result<Admission, NotAdmitted> {
    let in_domain = email.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(staff_domain));
    let covers = |invitee: &Invitee| match invitee {
        Invitee::Anyone => in_domain,
        Invitee::Person(address) => address.eq_ignore_ascii_case(email),
    };
    // Their own entry first: what is granted to a person outlasts what is granted to anyone.
    let entry = invitations
        .iter()
        .filter(|entry| entry.is_live(now) && covers(&entry.invitee))
        .min_by_key(|entry| entry.invitee == Invitee::Anyone);

    match (entry, window) {
        (Some(entry), _) => Ok(Admission { by: Admitter::Invitation(entry.id), until: entry.expires_at }),
        (None, Some(window)) if window.is_live(now) => {
            Ok(Admission { by: Admitter::Window { version: window.version }, until: Some(window.ends_at) })
        }
        (None, _) => Err(NotAdmitted),
    }
}
