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
/// live window, if it is. `email` is the agent's verified address at the vendor.
pub fn admit(
    email: &str,
    staff_domain: &str,
    invitations: &[Invitation],
    window: Option<&Window>,
    now: Timestamp,
) -> Result<Admission, NotAdmitted> {
    let is_staff = email.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.eq_ignore_ascii_case(staff_domain));
    let live = |wanted: fn(&Invitee, &str) -> bool| invitations.iter().find(|entry| wanted(&entry.invitee, email) && entry.is_live(now));
    let own = |invitee: &Invitee, email: &str| matches!(invitee, Invitee::Person(address) if address.eq_ignore_ascii_case(email));
    let anyone = |invitee: &Invitee, _: &str| *invitee == Invitee::Anyone;
    let invited = |entry: &Invitation| Admission { by: Admitter::Invitation(entry.id), until: entry.expires_at };

    match (live(own), live(anyone), window) {
        _ if !is_staff => Err(NotAdmitted),
        (Some(entry), _, _) | (None, Some(entry), _) => Ok(invited(entry)),
        (None, None, Some(window)) if window.is_live(now) => {
            Ok(Admission { by: Admitter::Window { version: window.version }, until: Some(window.ends_at) })
        }
        (None, None, _) => Err(NotAdmitted),
    }
}
