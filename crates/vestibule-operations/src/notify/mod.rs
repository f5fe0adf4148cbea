//! Mail: what a letter says, how it travels, and when it is tried again.
//!
//! A letter is rendered when its event happens and stands in the outbox from the same
//! transaction on; a worker claims it there and hands it to a [`Transport`]. Nothing here
//! touches the database, and no letter carries a secret but those whose link is good once: the one that
//! asks a person to join, and the one that verifies an address. Begin with [`letters`].

pub mod letters;
pub mod transport;

use vestibule_core::time::Timestamp;

pub use letters::{InvitationLetter, JoinLetter, Letter, SignInLetter, VerificationLetter};
pub use transport::{OutgoingMail, Security, SendError, SetupError, SmtpSettings, Transport};

/// Waits after the first failed attempts, in seconds; after those, [`LATER_S`] each.
const FIRST_WAITS_S: [i64; 5] = [1, 5, 30, 120, 600];
/// The wait after every further failed attempt, in seconds.
const LATER_S: i64 = 3_600;
/// A mail is given up when it was tried for this long, in seconds: three days.
const GIVE_UP_S: i64 = 259_200;

/// When a mail is tried again of which `attempts` failed, the last of them `now`. `None`: it is
/// given up, and stays in the outbox as failed.
pub fn next_attempt(attempts: u32, now: Timestamp) -> Option<Timestamp> {
    let attempts = i64::from(attempts.max(1));
    let first = FIRST_WAITS_S.len();
    let wait = usize::try_from(attempts - 1).ok().and_then(|at| FIRST_WAITS_S.get(at)).copied().unwrap_or(LATER_S);
    let later = (attempts - i64::try_from(first).unwrap_or_default()).max(0);
    let tried_for: i64 = FIRST_WAITS_S.iter().take(usize::try_from(attempts).unwrap_or(first)).sum::<i64>() + later * LATER_S;
    (tried_for <= GIVE_UP_S).then(|| now.plus_seconds(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_for_three_days_at_growing_intervals() {
        let waits: Vec<_> = (1..).map_while(|n| next_attempt(n, Timestamp::EPOCH)).map(Timestamp::seconds).collect();
        assert_eq!(waits[..7], [1, 5, 30, 120, 600, 3_600, 3_600]);
        let total: i64 = waits.iter().sum();
        assert!(total <= GIVE_UP_S && total + LATER_S > GIVE_UP_S, "{total}");
        assert_eq!(next_attempt(u32::MAX, Timestamp::EPOCH), None);
    }
}
