//! Customers: whom a realm serves. Their people are in [`crate::contact`].

use std::{fmt, str::FromStr};

use crate::{
    authorship::Authorship,
    contact_details::ContactDetails,
    group::check_name,
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};

/// Somebody whom a realm serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its id; unique in its realm, and never used again.
    pub id: CustomerId,
    /// The number that people know it by, if it has one; unique in its realm, and never used again.
    pub number: Option<CustomerNumber>,
    /// What it is called, where that is not the name of its one person; see [`Customer::check_label`].
    pub name: Option<String>,
    /// What kind of customer.
    pub kind: CustomerKind,
    /// How it stands.
    pub status: CustomerStatus,
    /// When it was purged: it is gone for everyone from then on, and its id and number stay taken.
    pub purged_at: Option<Timestamp>,
    /// The department that serves it, if it is in one; see [`Customer::check_label`].
    pub department: Option<String>,
    /// What it pays in.
    pub currency: Currency,
    /// What a partner calls it; unique in its realm. See [`Customer::check_label`].
    pub partner_account_id: Option<String>,
    /// Counts the writes to this row, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, and who changed it last.
    pub authorship: Authorship,
}

impl Customer {
    /// Longest name, department's name or partner's id, in bytes.
    pub const LABEL_BYTES_MAX: usize = 200;

    /// Checks a name, a department's or a partner's id: trimmed, 1 to [`Customer::LABEL_BYTES_MAX`] bytes, no control
    /// characters.
    pub fn check_label(field: &'static str, raw: &str) -> Result<String, Malformed> {
        check_name(raw, Self::LABEL_BYTES_MAX).map_err(|malformed| malformed.of(field))
    }

    /// What statements call it: its number, or its id while it has none.
    pub fn resource_name(&self) -> String {
        match &self.number {
            Some(number) => number.to_string(),
            None => self.id.to_string(),
        }
    }

    /// What it is called: an individual by the first and last name of its person, any other by its own name, and each by
    /// the other where that is missing; empty when nobody has said (`spec/egain-grants.md`, section 5). Of several
    /// contacts the first counts.
    pub fn called(&self, contact: Option<&ContactDetails>) -> String {
        let own = self.name.as_deref().unwrap_or_default().to_owned();
        let person = contact.map(|details| format!("{} {}", details.name.first.trim(), details.name.last.trim())).unwrap_or_default();
        let person = person.trim().to_owned();
        match self.kind {
            CustomerKind::Individual if !person.is_empty() => person,
            CustomerKind::Individual => own,
            CustomerKind::Group | CustomerKind::Corporate if !own.is_empty() => own,
            CustomerKind::Group | CustomerKind::Corporate => person,
        }
    }

    /// Refuses whoever may not see it as it stands: one that was purged is absent to all, one that is suspended or
    /// closed is seen by whoever has the elevated right alone (`spec/hostway-sso.md`, section 3; inferred there).
    pub fn reading(&self, elevated: Result<(), Refusal>) -> Result<(), Refusal> {
        match (self.purged_at, self.status) {
            (Some(_), _) => Err(Refusal::Absent("customer")),
            (None, CustomerStatus::Pending | CustomerStatus::Open) => Ok(()),
            (None, CustomerStatus::Suspended | CustomerStatus::Closed) => elevated,
        }
    }

    /// The customer as purged now; one that was purged before is absent.
    pub fn purge(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.purged_at {
            Some(_) => Err(Refusal::Absent("customer")),
            None => Ok(Self { purged_at: Some(now), ..self }),
        }
    }
}

/// A customer's id: decimal, from 1, without sign and leading zeros, so that each has one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CustomerId(i64);

impl CustomerId {
    /// The first id that we make up in a realm; smaller ones are there for whoever brings ids along.
    pub const FIRST: Self = Self(1_000);

    /// The id after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for CustomerId {
    type Error = Malformed;
    fn try_from(raw: i64) -> Result<Self, Malformed> {
        match raw {
            1.. => Ok(Self(raw)),
            _ => Err(Malformed::new("id", Fault::OutOfRange { min: 1, max: i64::MAX })),
        }
    }
}

impl FromStr for CustomerId {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let refuse = || Malformed::new("id", Fault::Format("a decimal number from 1"));
        let id: i64 = raw.parse().map_err(|_| refuse())?;
        Self::try_from(id).ok().filter(|id| id.to_string() == raw).ok_or_else(refuse)
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number that people know a customer by: `[A-Za-z0-9._-]{1,64}` (`spec/hostway-sso.md`, section 2; inferred there).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CustomerNumber(String);

impl CustomerNumber {
    /// Longest number, in bytes.
    pub const BYTES_MAX: usize = 64;

    /// The number that reads like an id.
    pub fn from_id(id: CustomerId) -> Self {
        Self(id.to_string())
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CustomerNumber {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw {
            "" => Err(Malformed::new("number", Fault::Empty)),
            long if long.len() > Self::BYTES_MAX => Err(Malformed::new("number", Fault::TooLong { limit: Self::BYTES_MAX })),
            plain if plain.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) => Ok(Self(plain.to_owned())),
            _ => Err(Malformed::new("number", Fault::Format("letters, digits and `._-`"))),
        }
    }
}

impl fmt::Display for CustomerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A currency by its code (ISO 4217): three capital letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currency(String);

impl Currency {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// US dollars, as the first customers of this model paid in.
impl Default for Currency {
    fn default() -> Self {
        Self("USD".to_owned())
    }
}

impl FromStr for Currency {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw.len() == 3 && raw.bytes().all(|b| b.is_ascii_uppercase()) {
            true => Ok(Self(raw.to_owned())),
            false => Err(Malformed::new("currency", Fault::Format("three capital letters, such as `USD`"))),
        }
    }
}

/// The one of a closed list that goes by this word.
pub(crate) fn word<T: Copy>(field: &'static str, all: &[T], as_str: fn(T) -> &'static str, raw: &str) -> Result<T, Malformed> {
    let known = || all.iter().map(|one| as_str(*one)).collect::<Vec<_>>().join(", ");
    let found = all.iter().copied().find(|one| as_str(*one) == raw);
    found.ok_or_else(|| Malformed::new(field, Fault::UnknownValue(known())))
}

/// What kind of customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CustomerKind {
    /// One person.
    Individual,
    /// Several people.
    Group,
    /// A company.
    Corporate,
}

impl CustomerKind {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 3] = [Self::Individual, Self::Group, Self::Corporate];

    /// The word in rows, manifests and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Group => "group",
            Self::Corporate => "corporate",
        }
    }
}

impl fmt::Display for CustomerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CustomerKind {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        word("kind", &Self::ALL, Self::as_str, raw)
    }
}

/// How a customer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum CustomerStatus {
    /// Not served yet.
    Pending,
    /// Served.
    #[default]
    Open,
    /// Not served for a while.
    Suspended,
    /// No longer served.
    Closed,
}

impl CustomerStatus {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Open, Self::Suspended, Self::Closed];

    /// Whether a customer that stands so is served now, if it is not purged.
    pub const fn is_served(self) -> bool {
        matches!(self, Self::Open)
    }

    /// The word in rows, manifests and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Open => "open",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for CustomerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CustomerStatus {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        word("status", &Self::ALL, Self::as_str, raw)
    }
}

#[cfg(test)]
#[path = "customer_tests.rs"]
mod tests;
