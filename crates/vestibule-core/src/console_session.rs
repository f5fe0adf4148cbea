//! Console sessions: a person at the console, from signing in to signing out.

use crate::{
    id::{AccountKey, CredentialId, RealmId, SessionId},
    time::Timestamp,
};

/// A person who signed in at the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleSession {
    /// Whose it is.
    pub account: AccountKey,
    /// The credential that proved it, with which it goes; absent: a link that we made.
    pub credential: Option<CredentialId>,
    /// When its owner signed in.
    pub signed_in_at: Timestamp,
    /// When it was last used, as far as that was written down.
    pub seen_at: Timestamp,
    /// The visit that an agent of the vendor is inside of, and where.
    pub visit: Option<(RealmId, SessionId)>,
}

impl ConsoleSession {
    /// It ends after so long without a request, in seconds (NIST SP 800-63B, section 4.2.3).
    pub const IDLE_S: i64 = 1_800;
    /// It ends so long after signing in, in seconds.
    pub const LIMIT_S: i64 = 43_200;
    /// So long after it somebody is still taken for whoever has just signed in, in seconds.
    pub const FRESH_S: i64 = 900;
    /// It is written down at most so often that it was used, in seconds.
    pub const NOTED_S: i64 = 60;

    /// A session that begins.
    pub fn new(account: AccountKey, credential: Option<CredentialId>, now: Timestamp) -> Self {
        Self { account, credential, signed_in_at: now, seen_at: now, visit: None }
    }

    /// When it ends unless it is used until then.
    pub fn ends_at(&self) -> Timestamp {
        self.seen_at.plus_seconds(Self::IDLE_S).min(self.signed_in_at.plus_seconds(Self::LIMIT_S))
    }

    /// Whether it stands at `now`: until its end, not at it.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends_at()
    }

    /// Whether its owner signed in just now: what opens doors for good (factors, passwords) asks for that.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.signed_in_at.plus_seconds(Self::FRESH_S)
    }

    /// Whether it is to be written down that it is used now.
    pub fn is_worth_noting(&self, now: Timestamp) -> bool {
        now >= self.seen_at.plus_seconds(Self::NOTED_S)
    }
}

/// A link that signs its bearer in once.
pub struct ConsoleLink;

impl ConsoleLink {
    /// How long it is good, in seconds: a day, since `quickstart` prints one for whoever comes back after lunch.
    pub const LIFETIME_S: i64 = 86_400;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    #[test]
    fn a_session_ends_when_it_idles_and_when_its_day_is_over() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let account = AccountKey::fresh(now, &Chance::new(|bytes| bytes.fill(7)));
        let session = ConsoleSession::new(account, None, now);
        let (idle, limit) = (ConsoleSession::IDLE_S * 1_000, ConsoleSession::LIMIT_S * 1_000);
        for (seen_ms, at_ms, live) in
            [(0, idle - 1, true), (0, idle, false), (idle, idle * 2 - 1, true), (limit - 1, limit - 1, true), (limit - 1, limit, false)]
        {
            let session = ConsoleSession { seen_at: now.plus_millis(seen_ms), ..session.clone() };
            assert_eq!(session.is_live(now.plus_millis(at_ms)), live, "seen after {seen_ms} ms, asked after {at_ms} ms");
        }
        let fresh = ConsoleSession::FRESH_S * 1_000;
        assert!(session.is_fresh(now.plus_millis(fresh - 1)) && !session.is_fresh(now.plus_millis(fresh)));
        assert!(!session.is_worth_noting(now.plus_millis(59_999)) && session.is_worth_noting(now.plus_millis(60_000)));
    }
}
