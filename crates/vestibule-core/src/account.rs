//! Accounts: whoever or whatever authenticates.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{
    authorship::Authorship,
    department::Seat,
    group::check_name,
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
    /// What it is there for, in the words of whoever made it; may be empty.
    pub description: String,
    /// A switched-off account is refused everywhere.
    pub active: bool,
    /// Access ends at this instant, if ever.
    pub ends_at: Option<Timestamp>,
    /// Statements of its own, beside those of groups and roles.
    pub statements: Vec<Statement>,
    /// Facts for conditions, by name.
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// What is known of the person.
    pub profile: Profile,
    /// Where it sits, which counts while its realm keeps departments apart.
    pub seat: Seat,
    /// Counts the writes to this row, from 1.
    pub version: i64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Who made it, and who changed it last.
    pub authorship: Authorship,
}

/// What is known of a person, in the person's own words. Nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The given name; may be empty.
    pub first_name: String,
    /// The family name; may be empty.
    pub last_name: String,
    /// Where to call; may be empty.
    pub contact_number: String,
    /// When terms and conditions were first accepted.
    pub terms_first_at: Option<Timestamp>,
    /// When they were last accepted.
    pub terms_last_at: Option<Timestamp>,
    /// What the realm's own sign-on calls the person; may be empty.
    pub sso_id: String,
}

impl Profile {
    /// Longest first or last name, in characters (`spec/m3ter-support.md`, section 7).
    pub const NAME_CHARS_MAX: usize = 100;
    /// Longest contact number, in characters.
    pub const CONTACT_CHARS_MAX: usize = 50;
    /// Longest name in the realm's own sign-on, in bytes.
    pub const SSO_ID_BYTES_MAX: usize = 255;

    /// Checks what is said of a person: two names of 1 to [`Profile::NAME_CHARS_MAX`] characters and a number of
    /// at most [`Profile::CONTACT_CHARS_MAX`], none with control characters.
    pub fn new(first_name: &str, last_name: &str, contact_number: &str) -> Result<Self, Malformed> {
        let checked = |field, raw: &str, limit: usize| match raw {
            long if long.chars().count() > limit => Err(Malformed::new(field, Fault::TooLong { limit })),
            odd if odd.chars().any(char::is_control) => Err(Malformed::new(field, Fault::Format("text without control characters"))),
            text => Ok(text.to_owned()),
        };
        let named = |field, raw: &str| match raw.trim() {
            "" => Err(Malformed::new(field, Fault::Empty)),
            name => checked(field, name, Self::NAME_CHARS_MAX),
        };
        Ok(Self {
            first_name: named("first_name", first_name)?,
            last_name: named("last_name", last_name)?,
            contact_number: checked("contact_number", contact_number.trim(), Self::CONTACT_CHARS_MAX)?,
            terms_first_at: None,
            terms_last_at: None,
            sso_id: String::new(),
        })
    }

    /// Checks what the realm's own sign-on calls a person: at most [`Profile::SSO_ID_BYTES_MAX`], no control characters.
    pub fn check_sso_id(raw: &str) -> Result<String, Malformed> {
        match raw {
            long if long.len() > Self::SSO_ID_BYTES_MAX => Err(Malformed::new("sso_id", Fault::TooLong { limit: Self::SSO_ID_BYTES_MAX })),
            odd if odd.chars().any(char::is_control) => Err(Malformed::new("sso_id", Fault::Format("text without control characters"))),
            id => Ok(id.to_owned()),
        }
    }

    /// Both names, as an account shows them.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
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
    /// Longest name, in bytes.
    pub const NAME_BYTES_MAX: usize = 100;

    /// Checks a robot's name: trimmed, 1 to [`Account::NAME_BYTES_MAX`] bytes, no control characters.
    pub fn check_name(raw: &str) -> Result<String, Malformed> {
        check_name(raw, Self::NAME_BYTES_MAX)
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_two_names_and_perhaps_a_number() {
        let long = |n| "ü".repeat(n);
        for (first, last, number, fault) in [
            ("Ann", "O'Hara", "", None),
            (" Ann ", "Lind", "+49 89 1", None),
            (&*long(100), "L", &*long(50), None),
            ("", "Lind", "", Some("first_name")),
            ("Ann", " ", "", Some("last_name")),
            (&*long(101), "L", "", Some("first_name")),
            ("A", &*long(101), "", Some("last_name")),
            ("A", "L", &*long(51), Some("contact_number")),
            ("A\n", "L\u{7}x", "", Some("last_name")),
        ] {
            let checked = Profile::new(first, last, number);
            assert_eq!(checked.err().map(|malformed| malformed.field.into_owned()).as_deref(), fault, "{first:?} {last:?} {number:?}");
        }
        assert_eq!(Profile::new(" Ann ", "Lind", "").unwrap().full_name(), "Ann Lind");
    }

    #[test]
    fn a_name_in_the_realms_sign_on_has_at_most_255_bytes() {
        for (raw, good) in [("", true), ("ann 7", true), (&*"x".repeat(255), true), (&*"x".repeat(256), false), ("a\u{7}", false)] {
            assert_eq!(Profile::check_sso_id(raw).is_ok(), good, "{raw:?}");
        }
    }

    #[test]
    fn access_ends_at_the_end_and_not_before() {
        let end = Timestamp::from_millis(1_000);
        for (active, at, expected) in [
            (true, 999, AccountStanding::Active),
            (true, 1_000, AccountStanding::Expired),
            (false, 999, AccountStanding::Disabled),
            (false, 1_000, AccountStanding::Disabled),
        ] {
            assert_eq!(standing(active, Some(end), Timestamp::from_millis(at)), expected, "{active} at {at}");
        }
        assert_eq!(standing(true, None, Timestamp::MAX), AccountStanding::Active);
    }
}
