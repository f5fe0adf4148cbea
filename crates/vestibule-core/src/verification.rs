//! Verifying that a contact's address is theirs: a letter goes there, and its link comes back
//! (`spec/hostway-sso.md`, section 4.2).

use crate::{contact::Contact, contact::ContactKind, customer::CustomerId, refusal::Refusal, time::Timestamp};

/// What a letter's link stands for. The link's secret is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailVerification {
    /// Whose contact.
    pub customer: CustomerId,
    /// Which of them.
    pub kind: ContactKind,
    /// The address that the letter went to, exactly as it was written.
    pub email: String,
    /// The link proves nothing from this instant on.
    pub expires_at: Timestamp,
}

impl EmailVerification {
    /// How long a link is good, in seconds: 48 hours (section 4.2; inferred there).
    pub const LIFETIME_S: i64 = 48 * 3_600;

    /// What a letter to the contact's address stands for; refused where there is none, or it is verified already.
    pub fn of(contact: &Contact, now: Timestamp) -> Result<Self, Refusal> {
        let email = contact.check_unverified()?.to_owned();
        let expires_at = now.plus_seconds(Self::LIFETIME_S);
        Ok(Self { customer: contact.customer, kind: contact.kind, email, expires_at })
    }

    /// Refuses a link whose time is over, and one that was sent to another address than the contact has now.
    pub fn check(&self, contact: &Contact, now: Timestamp) -> Result<(), Refusal> {
        match now < self.expires_at && contact.email() == Some(self.email.as_str()) && !contact.email_verified {
            true => Ok(()),
            false => Err(Self::spent()),
        }
    }

    /// The refusal of a link that is not good: which way it is not, its bearer is not told.
    pub const fn spent() -> Refusal {
        Refusal::Conflict { what: "link", state: "is not valid or has expired" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact_details::ContactDetails;

    const NOON: Timestamp = Timestamp::EPOCH;

    fn contact(email: &str) -> Contact {
        let mut details = ContactDetails::default();
        email.clone_into(&mut details.media.email1);
        Contact::new(CustomerId::FIRST, ContactKind::Billing, details, None, NOON)
    }

    #[test]
    fn a_link_is_good_for_48_hours_and_for_the_address_it_went_to() {
        let sent = EmailVerification::of(&contact("a@b.example"), NOON).unwrap();
        let last = NOON.plus_seconds(172_800).plus_millis(-1);
        let verified = contact("a@b.example").verified(None, NOON).unwrap();
        for (contact, at, good) in [
            (contact("a@b.example"), last, true),
            (contact("a@b.example"), last.plus_millis(1), false),
            (contact("a@B.example"), NOON, false),
            (contact(""), NOON, false),
            (verified.clone(), NOON, false),
        ] {
            assert_eq!(sent.check(&contact, at).is_ok(), good, "{:?} at {at}", contact.email());
        }
        assert_eq!(EmailVerification::of(&contact(""), NOON), Err(Refusal::Absent("contact")));
        assert!(matches!(EmailVerification::of(&verified, NOON), Err(Refusal::Conflict { .. })));
    }
}
