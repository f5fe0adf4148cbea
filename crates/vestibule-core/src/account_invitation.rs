//! Invitations of people: an address is asked to become an account of the realm. Support staff are
//! invited otherwise ([`crate::support::Invitation`]).

use crate::{
    account::Profile,
    authorship::Authorship,
    id::{AccountId, AccountInvitationId, AccountKey, RoleId},
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};

/// An invitation of one person, which its link's bearer accepts once by choosing a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountInvitation {
    /// Its id.
    pub id: AccountInvitationId,
    /// The address that is invited; the account will go by it.
    pub email: AccountId,
    /// What the account will say of the person.
    pub profile: Profile,
    /// The roles that the account will hold.
    pub roles: Vec<RoleId>,
    /// When the account's access will end, if ever.
    pub ends_at: Option<Timestamp>,
    /// It cannot be accepted from this instant on.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// Whether its account was there before it and only lacks a password; else accepting makes one.
    pub is_for_account: bool,
    /// The account that lacks a password, or the one that came of accepting.
    pub account: Option<AccountKey>,
    /// Counts the writes to this row, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who invited, and who wrote last.
    pub authorship: Authorship,
}

/// How an invitation stands at one instant. Never stored: the clock would make it a lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountInvitationStanding {
    /// May be accepted.
    Open,
    /// Was accepted; it is good once.
    Accepted,
    /// Nobody accepted it in time.
    Lapsed,
}

impl AccountInvitation {
    /// How long an invitation stands unless it says otherwise, in seconds: 30 days
    /// (`spec/m3ter-support.md`, section 7).
    pub const LIFETIME_S_DEFAULT: i64 = 30 * 86_400;
    /// How long a link stands that asks a new user to choose a password, in seconds: a day
    /// (`spec/wavefront-accounts.md`, section 9.7).
    pub const ACTIVATION_LIFETIME_S: i64 = 86_400;
    /// Most roles that an invitation gives.
    pub const ROLES_MAX: usize = 100;

    /// Checks an address: a local part, one `@`, a domain with an inner dot; no characters that a mail's
    /// head would take for its own.
    pub fn check_email(raw: &str) -> Result<AccountId, Malformed> {
        let refuse = || Malformed::new("email", Fault::Format("an e-mail address"));
        let plain = |c: char| c.is_ascii_graphic() && !"@<>()[],;:\\\"".contains(c);
        let (local, domain) = raw.split_once('@').ok_or_else(refuse)?;
        let labels = || domain.split('.');
        let is_label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        match !local.is_empty() && local.chars().all(plain) && labels().count() >= 2 && labels().all(is_label) {
            true => raw.parse().map_err(|malformed: Malformed| malformed.of("email")),
            false => Err(refuse()),
        }
    }

    /// Checks what an invitation asks for against the instant at which it is made.
    pub fn check_terms(roles: &[RoleId], ends_at: Option<Timestamp>, expires_at: Timestamp, now: Timestamp) -> Result<(), Malformed> {
        let ahead = |field, end: Timestamp| if end <= now { Err(Malformed::new(field, Fault::NotInFuture)) } else { Ok(()) };
        if roles.len() > Self::ROLES_MAX {
            return Err(Malformed::new("roles", Fault::TooMany { limit: Self::ROLES_MAX }));
        }
        ahead("expires_at", expires_at)?;
        ends_at.map_or(Ok(()), |end| ahead("ends_at", end))
    }

    /// How it stands at `now`: open until its end, not at it.
    pub fn standing(&self, now: Timestamp) -> AccountInvitationStanding {
        match self.accepted_at {
            Some(_) => AccountInvitationStanding::Accepted,
            None if now < self.expires_at => AccountInvitationStanding::Open,
            None => AccountInvitationStanding::Lapsed,
        }
    }

    /// The invitation as accepted now. One that is not open is refused as if it were not there: whoever
    /// holds an old link learns nothing by it.
    pub fn accept(self, by: AccountKey, now: Timestamp) -> Result<Self, Refusal> {
        match self.standing(now) {
            AccountInvitationStanding::Open => Ok(Self {
                accepted_at: Some(now),
                account: Some(by),
                version: self.version + 1,
                authorship: self.authorship.changed(Some(by), now),
                ..self
            }),
            AccountInvitationStanding::Accepted | AccountInvitationStanding::Lapsed => Err(Refusal::Absent("invitation")),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOON: Timestamp = Timestamp::EPOCH;

    fn open() -> AccountInvitation {
        AccountInvitation {
            id: AccountInvitationId::from_uuid(Uuid::from_u128(1)),
            email: "ann@acme.example".parse().unwrap(),
            profile: Profile::default(),
            roles: Vec::new(),
            ends_at: None,
            expires_at: NOON.plus_millis(1_000),
            accepted_at: None,
            is_for_account: false,
            account: None,
            version: 1,
            created_at: NOON,
            authorship: Authorship::default(),
        }
    }

    #[test]
    fn an_invitation_is_accepted_once_and_in_time() {
        let by = AccountKey::from_uuid(Uuid::from_u128(2));
        for (after_ms, standing) in [(999, AccountInvitationStanding::Open), (1_000, AccountInvitationStanding::Lapsed)] {
            let at = NOON.plus_millis(after_ms);
            assert_eq!(open().standing(at), standing, "{after_ms}");
            assert_eq!(open().accept(by, at).is_ok(), standing == AccountInvitationStanding::Open, "{after_ms}");
        }
        let accepted = open().accept(by, NOON).unwrap();
        assert_eq!((accepted.version, accepted.accepted_at, accepted.account), (2, Some(NOON), Some(by)));
        assert_eq!(accepted.standing(NOON.plus_millis(2_000)), AccountInvitationStanding::Accepted);
        assert_eq!(accepted.accept(by, NOON), Err(Refusal::Absent("invitation")));
    }

    #[test]
    fn an_invitation_asks_for_what_lies_ahead() {
        let role = RoleId::from_uuid(Uuid::from_u128(3));
        let at = |millis| NOON.plus_millis(millis);
        for (roles, ends_at, expires_at, good) in [
            (100, None, at(1), true),
            (101, None, at(1), false),
            (0, None, at(0), false),
            (0, Some(at(1)), at(1), true),
            (0, Some(at(0)), at(1), false),
        ] {
            let checked = AccountInvitation::check_terms(&vec![role; roles], ends_at, expires_at, NOON);
            assert_eq!(checked.is_ok(), good, "{roles} {ends_at:?} {expires_at:?}");
        }
    }

    #[test]
    fn an_address_is_one_that_mail_can_be_sent_to() {
        for (raw, good) in [
            ("ann@acme.example", true),
            ("Ann.O'Hara+x@Sub.Acme-1.example", true),
            ("ann", false),
            ("@acme.example", false),
            ("ann@", false),
            ("ann@acme", false),
            ("ann@acme..example", false),
            ("a@b@acme.example", false),
            ("a b@acme.example", false),
            ("a\r\nbcc:x@acme.example", false),
            ("<ann@acme.example>", false),
            (&*format!("{}@acme.example", "x".repeat(241)), true),
            (&*format!("{}@acme.example", "x".repeat(242)), false),
        ] {
            assert_eq!(AccountInvitation::check_email(raw).is_ok(), good, "{raw:?}");
        }
    }
}
