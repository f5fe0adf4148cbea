//! Contacts: a customer's people. What may be said of one is [`crate::contact_details`].

use std::{fmt, str::FromStr};

use crate::{
    authorship::Authorship,
    contact_details::{ContactDetails, is_e164},
    customer::{CustomerId, word},
    id::AccountKey,
    refusal::{Malformed, Refusal},
    time::Timestamp,
};

/// A person of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Whose person.
    pub customer: CustomerId,
    /// Their part.
    pub kind: ContactKind,
    /// Tells several primary contacts apart; 0 for the first, and for every other kind.
    pub position: i64,
    /// What is known of them.
    pub details: ContactDetails,
    /// Whether the first address is known to be theirs. It changes by [`Contact::verified`] and [`Contact::rewritten`].
    pub email_verified: bool,
    /// Counts the writes to this row, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, and who changed it last.
    pub authorship: Authorship,
}

/// A contact's part. A customer has at most one of each, but any number of primary ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContactKind {
    /// The first to speak to.
    Primary,
    /// No special part.
    Regular,
    /// Pays.
    Billing,
    /// Administers.
    Administrator,
    /// Runs things.
    Technical,
}

impl ContactKind {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 5] = [Self::Primary, Self::Regular, Self::Billing, Self::Administrator, Self::Technical];

    /// The word in rows, manifests and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Regular => "regular",
            Self::Billing => "billing",
            Self::Administrator => "administrator",
            Self::Technical => "technical",
        }
    }
}

impl fmt::Display for ContactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ContactKind {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        word("type", &Self::ALL, Self::as_str, raw)
    }
}

impl Contact {
    /// A new contact, whose address nobody has verified.
    pub fn new(customer: CustomerId, kind: ContactKind, details: ContactDetails, author: Option<AccountKey>, now: Timestamp) -> Self {
        let authorship = Authorship::made_by(author);
        Self { customer, kind, position: 0, details, email_verified: false, version: 1, created_at: now, authorship }
    }

    /// The first address; absent while there is none.
    pub fn email(&self) -> Option<&str> {
        Some(self.details.media.email1.as_str()).filter(|email| !email.is_empty())
    }

    /// The address by which the contact is signed in elsewhere: one that is known to be theirs
    /// (`spec/hostway-sso.md`, section 3, steps 5 and 6).
    pub fn assertable_email(&self) -> Result<&str, Refusal> {
        match self.email() {
            None => Err(Refusal::Absent("contact")),
            Some(_) if !self.email_verified => Err(Refusal::EmailNotVerified),
            Some(email) => Ok(email),
        }
    }

    /// The contact with other details. Another first address is nobody's until it is verified anew; one that is
    /// only spelt otherwise stays verified.
    #[must_use]
    pub fn rewritten(self, details: ContactDetails, author: Option<AccountKey>, now: Timestamp) -> Self {
        let is_same = normalised(&details.media.email1) == normalised(&self.details.media.email1);
        Self {
            email_verified: self.email_verified && is_same,
            details,
            version: self.version + 1,
            authorship: self.authorship.changed(author, now),
            ..self
        }
    }

    /// The contact as one whose first address is known to be theirs; one that has none, or is known already, is refused.
    pub fn verified(self, author: Option<AccountKey>, now: Timestamp) -> Result<Self, Refusal> {
        self.check_unverified()?;
        Ok(Self { email_verified: true, version: self.version + 1, authorship: self.authorship.changed(author, now), ..self })
    }

    /// The first address, if it still has to be verified (`spec/hostway-sso.md`, section 4.1: 404 without one, 409
    /// when it was verified before).
    pub fn check_unverified(&self) -> Result<&str, Refusal> {
        match self.email() {
            None => Err(Refusal::Absent("contact")),
            Some(_) if self.email_verified => Err(Refusal::Conflict { what: "e-mail address", state: "is verified already" }),
            Some(email) => Ok(email),
        }
    }

    /// What the contact is called: the parts of the name, else the company, else the address
    /// (`spec/hostway-sso.md`, section 5; inferred there).
    pub fn display_name(&self) -> String {
        let name = &self.details.name;
        let parts = [&name.first, &name.middle, &name.last].into_iter().flat_map(|part| part.split_whitespace());
        let joined = |words: Vec<&str>| Some(words.join(" ")).filter(|text| !text.is_empty());
        joined(parts.collect())
            .or_else(|| joined(name.company.split_whitespace().collect()))
            .unwrap_or_else(|| self.details.media.email1.clone())
    }

    /// The first telephone number, if it is one that is good everywhere (E.164).
    pub fn phone(&self) -> Option<&str> {
        Some(self.details.media.phone1.as_str()).filter(|phone| is_e164(phone))
    }
}

/// The form in which addresses are compared: trimmed, the domain in lower case.
pub fn normalised(email: &str) -> String {
    match email.trim().rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => email.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::EPOCH;

    fn details(email: &str) -> ContactDetails {
        let mut details = ContactDetails::default();
        email.clone_into(&mut details.media.email1);
        details
    }

    fn contact(email: &str) -> Contact {
        Contact::new(CustomerId::FIRST, ContactKind::Technical, details(email), None, NOON)
    }

    #[test]
    fn another_address_is_nobodys_until_it_is_verified() {
        for (next, stays) in [
            ("dana@example.net", true),
            (" dana@EXAMPLE.net ", true),
            ("Dana@example.net", false),
            ("dana@example.org", false),
            ("", false),
        ] {
            let verified = contact("dana@example.net").verified(None, NOON).unwrap();
            let after = verified.rewritten(details(next), None, NOON);
            assert_eq!((after.email_verified, after.version), (stays, 3), "{next:?}");
            assert!(!contact("dana@example.net").rewritten(details(next), None, NOON).email_verified, "{next:?}: it never was");
        }
    }

    #[test]
    fn only_a_verified_address_is_asserted() {
        assert_eq!(contact("").assertable_email(), Err(Refusal::Absent("contact")));
        assert_eq!(contact("a@b.example").assertable_email(), Err(Refusal::EmailNotVerified));
        let verified = contact("a@b.example").verified(None, NOON).unwrap();
        assert_eq!(verified.assertable_email(), Ok("a@b.example"));
        assert!(matches!(verified.verified(None, NOON), Err(Refusal::Conflict { .. })));
        assert_eq!(contact("").verified(None, NOON), Err(Refusal::Absent("contact")));
    }

    #[test]
    fn a_contact_is_called_by_its_name_or_its_company_or_its_address() {
        for (first, middle, last, company, called) in [
            ("Dana", "", "Reyes", "Brien", "Dana Reyes"),
            (" Dana ", "M.  J.", "Reyes", "", "Dana M. J. Reyes"),
            ("", "", "Reyes", "", "Reyes"),
            (" ", "", "", "Brien  Widgets", "Brien Widgets"),
            ("", "", "", "", "a@b.example"),
        ] {
            let mut contact = contact("a@b.example");
            let name = &mut contact.details.name;
            for (part, text) in [(&mut name.first, first), (&mut name.middle, middle), (&mut name.last, last), (&mut name.company, company)]
            {
                text.clone_into(part);
            }
            assert_eq!(contact.display_name(), called);
        }
    }
}
