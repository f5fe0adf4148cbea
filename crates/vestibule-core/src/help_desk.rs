//! The help desk that a realm's contacts are handed over to: where it is, what it is told, and the secrets that it
//! shares with the realm (`spec/hostway-sso.md`, section 4.4).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    authorship::Authorship,
    contact::normalised,
    customer::word,
    id::DeskSecretId,
    realm::SupportSettings,
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};

/// A realm's help desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpDesk {
    /// What may be set of it.
    pub settings: DeskSettings,
    /// Counts the writes to this row, from 1.
    pub version: i64,
    /// When it was first set up.
    pub created_at: Timestamp,
    /// Who set it up, and who changed it last.
    pub authorship: Authorship,
}

/// What may be set of a help desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskSettings {
    /// Its name below the help desk's domain; see [`DeskSettings::check`].
    pub subdomain: String,
    /// Whether anybody is handed over.
    pub enabled: bool,
    /// How the browser carries a token over.
    pub delivery: Delivery,
    /// Hosts beside its own to which people may be sent back; lower case.
    pub return_to_hosts: Vec<String>,
    /// Which claims it is told beside those that it must be told.
    pub claims: ClaimSwitches,
    /// Addresses, and domains without `@`, whose people are never handed over; as [`normalised`], domains in lower case.
    pub barred: Vec<String>,
}

/// How the browser carries a token over (`spec/hostway-sso.md`, section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Delivery {
    /// In the query of a link.
    #[default]
    Query,
    /// In a form that it posts.
    Form,
}

impl Delivery {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Query, Self::Form];

    /// The word in rows, manifests and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Form => "form",
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Delivery {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        word("delivery", &Self::ALL, Self::as_str, raw)
    }
}

/// Which claims a help desk is told beside those that it must be told; all off unless it is said otherwise
/// (`spec/hostway-sso.md`, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimSwitches {
    /// The customer's number. The contacts of a customer share it: off unless each has an address of its own.
    pub external_id: bool,
    /// The contact's company.
    pub organization: bool,
    /// The contact's telephone number, if it is an international one.
    pub phone: bool,
}

impl DeskSettings {
    /// Longest subdomain, in bytes.
    pub const SUBDOMAIN_BYTES_MAX: usize = 63;
    /// Most hosts to which people may be sent back.
    pub const HOSTS_MAX: usize = 50;
    /// Most addresses and domains that are barred.
    pub const BARRED_MAX: usize = 1_000;

    /// A help desk at a subdomain, as one is set up when nothing more is said.
    pub fn at(subdomain: &str) -> Self {
        Self {
            subdomain: subdomain.to_owned(),
            enabled: true,
            delivery: Delivery::default(),
            return_to_hosts: Vec::new(),
            claims: ClaimSwitches::default(),
            barred: Vec::new(),
        }
    }

    /// Checks all of it, and brings hosts and barred addresses into the form in which they are compared. A subdomain
    /// is `[a-z0-9][a-z0-9-]{0,62}`.
    pub fn check(self) -> Result<Self, Malformed> {
        Self::check_subdomain(&self.subdomain)?;
        let limits = [("return_to_hosts", self.return_to_hosts.len(), Self::HOSTS_MAX), ("barred", self.barred.len(), Self::BARRED_MAX)];
        if let Some((field, _, limit)) = limits.into_iter().find(|(_, count, limit)| count > limit) {
            return Err(Malformed::new(field, Fault::TooMany { limit }));
        }
        let host = |raw: &String| SupportSettings::check_staff_domain(raw).map_err(|_| Malformed::new("return_to_hosts", HOST));
        let bar = |raw: &String| match raw.split_once('@') {
            Some((local, domain)) if !local.is_empty() && SupportSettings::check_staff_domain(domain).is_ok() => Ok(normalised(raw)),
            None => SupportSettings::check_staff_domain(raw).map_err(|_| Malformed::new("barred", BARRED)),
            Some(_) => Err(Malformed::new("barred", BARRED)),
        };
        Ok(Self {
            return_to_hosts: self.return_to_hosts.iter().map(host).collect::<Result<_, _>>()?,
            barred: self.barred.iter().map(bar).collect::<Result<_, _>>()?,
            ..self
        })
    }

    /// Checks a subdomain.
    pub fn check_subdomain(raw: &str) -> Result<(), Malformed> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        match raw {
            "" => Err(Malformed::new("subdomain", Fault::Empty)),
            long if long.len() > Self::SUBDOMAIN_BYTES_MAX => {
                Err(Malformed::new("subdomain", Fault::TooLong { limit: Self::SUBDOMAIN_BYTES_MAX }))
            }
            label if label.bytes().all(plain) && !label.starts_with('-') => Ok(()),
            _ => Err(Malformed::new("subdomain", Fault::Format("one label of a domain, such as `acme`"))),
        }
    }

    /// The help desk's host: never one that is mapped to it (`spec/hostway-sso.md`, section 5.2).
    pub fn host(&self) -> String {
        format!("{}.zendesk.com", self.subdomain)
    }

    /// Refuses an address that is barred, or whose domain is: whoever works at the help desk would be signed in as
    /// that (`spec/hostway-sso.md`, section 7, point 7). Compared without case: addresses there are.
    pub fn check_address(&self, email: &str) -> Result<(), Refusal> {
        let folded = normalised(email).to_lowercase();
        let domain = folded.rsplit_once('@').map_or("", |(_, domain)| domain);
        let names = |bar: &String| bar.eq_ignore_ascii_case(domain) || bar.to_lowercase() == folded;
        match self.barred.iter().any(names) {
            true => Err(Refusal::AddressBarred),
            false => Ok(()),
        }
    }
}

const HOST: Fault = Fault::Format("a host such as `help.example.com`");
const BARRED: Fault = Fault::Format("an e-mail address, or a domain without `@`");

/// A secret that a realm shares with its help desk, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskSecret {
    /// Its id.
    pub id: DeskSecretId,
    /// How it stands.
    pub state: SecretState,
    /// Recognises it without showing it: the first 8 hexadecimal digits of its SHA-256.
    pub fingerprint: String,
    /// When it was brought in.
    pub created_at: Timestamp,
    /// When it became the one that signs, if it did.
    pub activated_at: Option<Timestamp>,
    /// When another took its place, if one did.
    pub retired_at: Option<Timestamp>,
}

/// How a secret stands. The help desk knows one at a time: the next is brought in beforehand, and takes the place of
/// the other in the minute in which it is changed there (`spec/hostway-sso.md`, section 4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretState {
    /// Brought in, and not used yet.
    Pending,
    /// Signs.
    Active,
    /// Signed once; its value is forgotten.
    Retired,
}

impl SecretState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Active, Self::Retired];

    /// The word in rows and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
}

impl fmt::Display for SecretState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SecretState {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        word("state", &Self::ALL, Self::as_str, raw)
    }
}

impl DeskSecret {
    /// Shortest secret, in bytes: as long as what HMAC-SHA256 gives.
    pub const BYTES_MIN: usize = 32;
    /// Longest secret, in bytes.
    pub const BYTES_MAX: usize = 1_024;
    /// Most secrets of one help desk, retired ones counted.
    pub const COUNT_MAX: usize = 20;

    /// Checks a secret's length, and nothing about its characters.
    pub fn check_value(value: &str) -> Result<(), Malformed> {
        let fault = match value.len() {
            0 => Some(Fault::Empty),
            1..Self::BYTES_MIN => Some(Fault::Format("32 bytes or more")),
            Self::BYTES_MIN..=Self::BYTES_MAX => None,
            _ => Some(Fault::TooLong { limit: Self::BYTES_MAX }),
        };
        fault.map_or(Ok(()), |fault| Err(Malformed::new("secret", fault)))
    }

    /// A secret that was brought in now.
    pub fn pending(id: DeskSecretId, value: &str, now: Timestamp) -> Result<Self, Malformed> {
        Self::check_value(value)?;
        let fingerprint = fingerprint(value);
        Ok(Self { id, state: SecretState::Pending, fingerprint, created_at: now, activated_at: None, retired_at: None })
    }

    /// The secret as the one that signs from now on. Only one that is pending can become it.
    pub fn activate(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            SecretState::Pending => Ok(Self { state: SecretState::Active, activated_at: Some(now), ..self }),
            SecretState::Active => Err(Refusal::Conflict { what: "secret", state: "is active already" }),
            SecretState::Retired => Err(Refusal::Conflict { what: "secret", state: "is retired" }),
        }
    }

    /// The secret as one whose place another has taken.
    #[must_use]
    pub fn retire(self, now: Timestamp) -> Self {
        Self { state: SecretState::Retired, retired_at: Some(now), ..self }
    }
}

/// What recognises a secret without showing it: the first 8 hexadecimal digits of its SHA-256.
fn fingerprint(value: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(value).into();
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subdomain_is_one_label() {
        for (raw, good) in [
            ("acme", true),
            ("0-a", true),
            ("a-", true),
            (&*"a".repeat(63), true),
            (&*"a".repeat(64), false),
            ("", false),
            ("-a", false),
            ("Acme", false),
            ("a.b", false),
            ("a/b", false),
        ] {
            assert_eq!(DeskSettings::at(raw).check().is_ok(), good, "{raw:?}");
        }
        assert_eq!(DeskSettings::at("acme").host(), "acme.zendesk.com");
    }

    #[test]
    fn an_address_is_barred_by_itself_or_by_its_domain() {
        let barred = ["agent@Acme.example", "HELP.example"].map(str::to_owned).to_vec();
        let desk = DeskSettings { barred, ..DeskSettings::at("acme") }.check().unwrap();
        for (email, good) in [
            ("dana@acme.example", true),
            ("agent@ACME.example", false),
            ("AGENT@acme.example", false),
            ("x@help.example", false),
            ("x@sub.help.example", true),
            ("help.example@acme.example", true),
        ] {
            assert_eq!(desk.check_address(email).is_ok(), good, "{email}");
        }
        for wrong in ["", "@x.example", "x@", "x", "a b@c"] {
            let barred = vec![wrong.to_owned()];
            assert!(DeskSettings { barred, ..DeskSettings::at("acme") }.check().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn lists_have_their_limits() {
        let hosts = |n: usize| DeskSettings { return_to_hosts: vec!["Help.Example.com".to_owned(); n], ..DeskSettings::at("acme") };
        let most = hosts(DeskSettings::HOSTS_MAX).check().unwrap();
        assert_eq!(most.return_to_hosts.first().map(String::as_str), Some("help.example.com"));
        assert!(hosts(DeskSettings::HOSTS_MAX + 1).check().is_err());
        assert!(DeskSettings { return_to_hosts: vec!["a b".to_owned()], ..DeskSettings::at("acme") }.check().is_err());
        let barred = |n: usize| DeskSettings { barred: vec!["a.example".to_owned(); n], ..DeskSettings::at("acme") };
        assert!(barred(DeskSettings::BARRED_MAX).check().is_ok() && barred(DeskSettings::BARRED_MAX + 1).check().is_err());
    }

    #[test]
    fn a_secret_is_staged_then_signs_then_is_done() {
        let id = DeskSecretId::from_uuid(uuid::Uuid::nil());
        for (length, good) in [(0, false), (31, false), (32, true), (1_024, true), (1_025, false)] {
            assert_eq!(DeskSecret::pending(id, &"x".repeat(length), Timestamp::EPOCH).is_ok(), good, "{length}");
        }
        let staged = DeskSecret::pending(id, "Kq7mZ2vX9tB4nW8rLc5yHd3sPf6gJa1eUoTiQwExRzYbNkMv", Timestamp::EPOCH).unwrap();
        assert_eq!(staged.fingerprint.len(), 8);
        let active = staged.activate(Timestamp::EPOCH).unwrap();
        assert!(matches!(active.clone().activate(Timestamp::EPOCH), Err(Refusal::Conflict { .. })));
        assert!(matches!(active.retire(Timestamp::EPOCH).activate(Timestamp::EPOCH), Err(Refusal::Conflict { .. })));
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        assert!(Delivery::ALL.into_iter().all(|one| one.as_str().parse() == Ok(one)) && "POST".parse::<Delivery>().is_err());
        assert!(SecretState::ALL.into_iter().all(|one| one.as_str().parse() == Ok(one)));
    }
}
