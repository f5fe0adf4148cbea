//! One type per kind of id, so that two ids in one signature cannot be swapped.
//!
//! Ids that we make are UUIDv7 ([`id!`]); ids that people choose are checked text.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    chance::Chance,
    refusal::{Fault, Malformed},
    time::Timestamp,
};

/// Declares a UUIDv7 newtype.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id, ordered by `now`.
            pub fn fresh(now: Timestamp, chance: &Chance) -> Self {
                Self(chance.uuid(now))
            }

            /// An id from its bits, for rows and vectors.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bits.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Malformed;
            fn from_str(raw: &str) -> Result<Self, Malformed> {
                Uuid::try_parse(raw).map(Self).map_err(|_| Malformed::new("id", Fault::Format("a UUID")))
            }
        }
    };
}

/// The id of a thing that is known by what it ties together: the same whoever works it out (UUIDv8 of
/// SHA-256; RFC 9562, section 5.8).
pub(crate) fn derived(text: &str) -> Uuid {
    let hash: [u8; 32] = Sha256::digest(text).into();
    let (first, _) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    uuid::Builder::from_custom_bytes(*first).into_uuid()
}

id!(
    /// One account's row and its name in the log; stays when the account is renamed.
    AccountKey
);
id!(
    /// A credential's public id.
    CredentialId
);
id!(
    /// A group of accounts.
    GroupId
);
id!(
    /// A role.
    RoleId
);
id!(
    /// One entry of a realm's support access list.
    InvitationId
);
id!(
    /// An invitation of a person to become an account.
    AccountInvitationId
);
id!(
    /// A role's attachment to one of its holders.
    AttachmentId
);
id!(
    /// Somebody's or something's place in a group.
    MembershipId
);
id!(
    /// A support session.
    SessionId
);
id!(
    /// A realm's support access list; the consent that sessions rest on.
    SupportListId
);
id!(
    /// An audit event.
    EventId
);
id!(
    /// A secret that a realm shares with its help desk.
    DeskSecretId
);
id!(
    /// A mail in the outbox.
    MailId
);
id!(
    /// Somebody's sign-in through a client, which tokens rest on.
    SignInId
);
id!(
    /// A factor: what a person proves beside a password.
    FactorId
);
id!(
    /// A session that was begun with a name and a password.
    LoginSessionId
);

/// A realm's slug: `[a-z0-9]` and inner `-`, 1 to 63 characters. Cheap to clone.
///
/// `vendor` is the operator's own realm, in which support staff have their accounts
/// (`docs/decisions/0003-vendor-realm.md`); tenants cannot take that name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RealmId(Arc<str>);

impl RealmId {
    /// Longest slug, in bytes.
    pub const BYTES_MAX: usize = 63;
    /// The slug of the vendor realm.
    pub const VENDOR: &'static str = "vendor";

    /// The vendor's own realm.
    pub fn vendor() -> Self {
        Self(Arc::from(Self::VENDOR))
    }

    /// Whether this is the vendor's own realm.
    pub fn is_vendor(&self) -> bool {
        &*self.0 == Self::VENDOR
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RealmId {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        match raw {
            "" => Err(Malformed::new("realm", Fault::Empty)),
            long if long.len() > Self::BYTES_MAX => Err(Malformed::new("realm", Fault::TooLong { limit: Self::BYTES_MAX })),
            slug if slug.bytes().all(inner) && !slug.starts_with('-') && !slug.ends_with('-') => Ok(Self(Arc::from(slug))),
            _ => Err(Malformed::new("realm", Fault::Format("lower-case letters, digits and inner hyphens"))),
        }
    }
}

impl fmt::Display for RealmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name an account signs in with: an e-mail address, `sa::name`, or any text without
/// spaces, 1 to 254 bytes. Compared without ASCII case; the first spelling is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct AccountId(Arc<str>);

impl AccountId {
    /// Longest id, in bytes.
    pub const BYTES_MAX: usize = 254;
    /// What precedes the ids of robots (`spec/wavefront-accounts.md`, section 9.1).
    pub const SERVICE_PREFIX: &str = "sa::";

    /// A robot's id, `sa::name`, in lower case. Without the prefix, without a name or with white space it is
    /// refused (`spec/wavefront-accounts.md`, section 9.1; inferred there).
    pub fn service(raw: &str) -> Result<Self, Malformed> {
        match Self::is_service(raw) && raw.len() > Self::SERVICE_PREFIX.len() {
            true => raw.to_ascii_lowercase().parse(),
            false => Err(Malformed::new("id", Fault::Format("`sa::` and a name"))),
        }
    }

    /// Whether this is a robot's id, however its prefix is spelt.
    pub fn is_service(raw: &str) -> bool {
        raw.get(..Self::SERVICE_PREFIX.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(Self::SERVICE_PREFIX))
    }

    /// As spelt first.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is compared and indexed.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for AccountId {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw {
            "" => Err(Malformed::new("id", Fault::Empty)),
            long if long.len() > Self::BYTES_MAX => Err(Malformed::new("id", Fault::TooLong { limit: Self::BYTES_MAX })),
            plain if plain.chars().any(|c| c.is_whitespace() || c.is_control()) => {
                Err(Malformed::new("id", Fault::Format("text without spaces")))
            }
            // Clients take these for steps in a path (RFC 3986, section 5.2.4): an address with one leads elsewhere.
            "." | ".." => Err(Malformed::new("id", Fault::Format("text other than `.` and `..`"))),
            plain => Ok(Self(Arc::from(plain))),
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_realm_is_a_slug() {
        for (raw, good) in [
            ("acme", true),
            ("a", true),
            ("a-1", true),
            ("", false),
            ("-a", false),
            ("a-", false),
            ("Acme", false),
            ("a b", false),
            ("a/b", false),
            (&"a".repeat(63), true),
            (&"a".repeat(64), false),
        ] {
            assert_eq!(raw.parse::<RealmId>().is_ok(), good, "{raw}");
        }
    }

    #[test]
    fn a_robots_id_is_a_prefix_and_a_name_in_lower_case() {
        for (raw, id) in [
            ("sa::ci-bot", Some("sa::ci-bot")),
            ("SA::CI", Some("sa::ci")),
            ("sa::a b", None),
            ("sa::a\t", None),
            ("sa::", None),
            ("sa::\u{a0}", None),
            ("sa:ci", None),
            ("ci", None),
            ("", None),
            ("é", None),
            (&*format!("sa::{}", "x".repeat(250)), Some(&*format!("sa::{}", "x".repeat(250)))),
            (&*format!("sa::{}", "x".repeat(251)), None),
        ] {
            assert_eq!(AccountId::service(raw).ok().as_ref().map(AccountId::as_str), id, "{raw:?}");
        }
    }

    #[test]
    fn an_account_id_is_text_without_spaces() {
        for (raw, good) in
            [("ada@acme.example", true), ("sa::bot", true), ("", false), ("a b", false), ("a\u{7}", false), (&"x".repeat(255), false)]
        {
            assert_eq!(raw.parse::<AccountId>().is_ok(), good, "{raw}");
        }
    }
}
