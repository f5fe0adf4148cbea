//! Invitations: a realm's support access list (`spec/here-support.md`, sections 3 to 5).

use std::fmt;

use crate::{
    id::InvitationId,
    refusal::{Fault, Malformed},
    time::Timestamp,
};

/// Who is invited: one person of the vendor, or anyone of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invitee {
    /// Anyone whose address is in the staff domain; written `*`.
    Anyone,
    /// One address, as spelt first.
    Person(String),
}

impl Invitee {
    /// Longest address, in bytes (`spec/here-support.md`, section 5; inferred there).
    pub const BYTES_MAX: usize = 254;

    /// Reads `*` or an address in `staff_domain`: exactly one `@`, a local part, no white space or
    /// control characters; domains compare without ASCII case.
    pub fn parse(raw: &str, staff_domain: &str) -> Result<Self, Malformed> {
        let refuse = |fault| Err(Malformed::new("email", fault));
        match raw {
            "" => refuse(Fault::Empty),
            "*" => Ok(Self::Anyone),
            long if long.len() > Self::BYTES_MAX => refuse(Fault::TooLong { limit: Self::BYTES_MAX }),
            address => match address.split_once('@') {
                Some((local, domain)) if is_local_part(local) && domain.eq_ignore_ascii_case(staff_domain) => {
                    Ok(Self::Person(address.to_owned()))
                }
                _ => refuse(Fault::Foreign { domain: staff_domain.to_owned() }),
            },
        }
    }

    /// The form in which two entries are the same one.
    pub fn folded(&self) -> String {
        self.as_str().to_ascii_lowercase()
    }

    /// The address as spelt, or `*`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Anyone => "*",
            Self::Person(address) => address,
        }
    }
}

/// A local part that a mail can be sent to: printable, unquoted, no white space.
fn is_local_part(local: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"@<>()[],;:\\\"".contains(c);
    !local.is_empty() && local.chars().all(plain)
}

impl fmt::Display for Invitee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One entry of a realm's support access list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id; stays when the entry is amended.
    pub id: InvitationId,
    /// Who is invited.
    pub invitee: Invitee,
    /// The invitation admits nobody from this instant on; absent: it never ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was first made; entries keep that order.
    pub created_at: Timestamp,
}

impl Invitation {
    /// Most individual addresses a list holds; one `*` may stand beside them
    /// (`spec/here-support.md`, section 5).
    pub const PEOPLE_MAX: usize = 5;

    /// Whether the invitation admits somebody at `now`: until its end, not at it.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether one more invitee fits beside the live entries of a list. Lapsed entries do not
    /// count, and an entry for the same invitee is amended rather than added.
    pub fn has_room(list: &[Self], invitee: &Invitee, now: Timestamp) -> bool {
        let live = || list.iter().filter(|entry| entry.is_live(now));
        match invitee {
            Invitee::Anyone => true,
            Invitee::Person(_) if live().any(|entry| entry.invitee.folded() == invitee.folded()) => true,
            Invitee::Person(_) => live().filter(|entry| entry.invitee != Invitee::Anyone).count() < Self::PEOPLE_MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::EPOCH;

    #[test]
    fn an_invitee_is_the_vendors_or_nobody() {
        for (raw, good) in [
            ("mia.falk@here.com", true),
            ("MIA@HERE.COM", true),
            ("mia+x@here.com", true),
            ("*", true),
            ("", false),
            ("@here.com", false),
            ("mia@evil.here.com", false),
            ("mia@here.com.evil", false),
            ("mia@@here.com", false),
            ("a@b@here.com", false),
            ("mia falk@here.com", false),
            ("mia\n@here.com", false),
            ("**", false),
            ("*@here.com ", false),
            (&format!("{}@here.com", "x".repeat(245)), true),
            (&format!("{}@here.com", "x".repeat(246)), false),
        ] {
            assert_eq!(Invitee::parse(raw, "here.com").is_ok(), good, "{raw:?}");
        }
    }

    #[test]
    fn the_sixth_person_finds_no_room_but_anyone_and_repeats_do() {
        let person = |n: usize| Invitee::Person(format!("p{n}@here.com"));
        let entry =
            |invitee, expires_at| Invitation { id: InvitationId::from_uuid(uuid::Uuid::nil()), invitee, expires_at, created_at: NOON };
        let mut list: Vec<_> = (0..5).map(|n| entry(person(n), None)).collect();
        assert!(!Invitation::has_room(&list, &person(5), NOON));
        assert!(Invitation::has_room(&list, &Invitee::Person("P3@Here.com".into()), NOON));
        assert!(Invitation::has_room(&list, &Invitee::Anyone, NOON));
        list[0].expires_at = Some(NOON);
        assert!(Invitation::has_room(&list, &person(5), NOON), "a lapsed entry does not count");
        list[0].expires_at = Some(NOON.plus_millis(1));
        list.push(entry(Invitee::Anyone, None));
        assert!(!Invitation::has_room(&list, &person(5), NOON));
        assert!(Invitation::has_room(&list[1..], &person(5), NOON), "`*` does not count");
    }
}
