//! Admission: may this agent enter this realm now?
//!
//! One function answers for every door. It reads no clock, opens no transaction and
//! knows no dialect; callers bring the invitations, the window and the instant.

use crate::{
    id::InvitationId,
    support::{Invitation, Invitee, Window},
    time::Timestamp,
};

/// What lets an agent in, and until when at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// What the session rests on.
    pub by: Admitter,
    /// The end of what admitted; absent: it has none.
    pub until: Option<Timestamp>,
}

/// What a session rests on: when it ends, the session does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitter {
    /// An invitation, personal or `*`. It also brings the role *AccountExecutive*.
    Invitation(InvitationId),
    /// The window at this version.
    Window {
        /// The window's version on entry.
        version: i64,
    },
}

/// The agent is neither invited nor is a window open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no live invitation or window admits this agent")]
pub struct NotAdmitted;

/// The admission rule (`design.md`, section 1). A live invitation for the agent's own address
/// admits; else a live `*` invitation, if the address is in the realm's staff domain; else a
/// live window. `email` is the agent's verified address at the vendor.
pub fn admit(
    email: &str,
    staff_domain: &str,
    invitations: &[Invitation],
    window: Option<&Window>,
    now: Timestamp,
) -> Result<Admission, NotAdmitted> {
    let in_domain = email.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(staff_domain));
    let covers = |invitee: &Invitee| match invitee {
        Invitee::Anyone => in_domain,
        Invitee::Person(address) => address.eq_ignore_ascii_case(email),
    };
    // Their own entry first: what is granted to a person outlasts what is granted to anyone.
    let entry = invitations
        .iter()
        .filter(|entry| entry.is_live(now) && covers(&entry.invitee))
        .min_by_key(|entry| entry.invitee == Invitee::Anyone);

    match (entry, window) {
        (Some(entry), _) => Ok(Admission { by: Admitter::Invitation(entry.id), until: entry.expires_at }),
        (None, Some(window)) if window.is_live(now) => {
            Ok(Admission { by: Admitter::Window { version: window.version }, until: Some(window.ends_at) })
        }
        (None, _) => Err(NotAdmitted),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const STAFF_DOMAIN: &str = "here.com";

    fn noon() -> Timestamp {
        Timestamp::from_seconds(1_900_000_000)
    }

    /// An entry that ends so many milliseconds from noon.
    fn entry(n: u128, invitee: &str, ends: Option<i64>) -> Invitation {
        let invitee = match invitee {
            "*" => Invitee::Anyone,
            address => Invitee::Person(address.to_owned()),
        };
        let expires_at = ends.map(|millis| noon().plus_millis(millis));
        Invitation { id: InvitationId::from_uuid(Uuid::from_u128(n)), invitee, expires_at, created_at: Timestamp::EPOCH }
    }

    fn window(ends: i64) -> Window {
        Window { ends_at: noon().plus_millis(ends), statements: Vec::new(), version: 3 }
    }

    fn by_entry(n: u128, ends: Option<i64>) -> Result<Admission, NotAdmitted> {
        let by = Admitter::Invitation(InvitationId::from_uuid(Uuid::from_u128(n)));
        Ok(Admission { by, until: ends.map(|millis| noon().plus_millis(millis)) })
    }

    fn by_window(ends: i64) -> Result<Admission, NotAdmitted> {
        Ok(Admission { by: Admitter::Window { version: 3 }, until: Some(noon().plus_millis(ends)) })
    }

    #[test]
    fn an_agent_enters_by_their_own_entry_then_anyones_then_the_window() {
        let own = |ends| entry(1, "mia@here.com", ends);
        let anyone = |ends| entry(2, "*", ends);
        for (name, email, list, window, expected) in [
            ("nobody is invited", "mia@here.com", vec![], None, Err(NotAdmitted)),
            ("their own", "mia@here.com", vec![anyone(None), own(None)], Some(window(9)), by_entry(1, None)),
            ("their own, in other case", "Mia@HERE.com", vec![own(None)], None, by_entry(1, None)),
            ("their own ends in 1 ms", "mia@here.com", vec![own(Some(1)), anyone(None)], None, by_entry(1, Some(1))),
            ("their own ends now", "mia@here.com", vec![own(Some(0)), anyone(Some(1))], None, by_entry(2, Some(1))),
            ("both end now", "mia@here.com", vec![own(Some(0)), anyone(Some(0))], Some(window(1)), by_window(1)),
            ("all end now", "mia@here.com", vec![own(Some(0)), anyone(Some(0))], Some(window(0)), Err(NotAdmitted)),
            ("somebody else's", "max@here.com", vec![own(None)], None, Err(NotAdmitted)),
            ("anyone's, from outside", "mia@evil.com", vec![anyone(None)], None, Err(NotAdmitted)),
            ("anyone's, from a domain that only ends so", "mia@nothere.com", vec![anyone(None)], None, Err(NotAdmitted)),
            ("anyone's, from below the domain", "mia@x.here.com", vec![anyone(None)], None, Err(NotAdmitted)),
            ("anyone's, two at signs", "mia@here.com@evil.com", vec![anyone(None)], None, Err(NotAdmitted)),
            ("anyone's, no address", "here.com", vec![anyone(None)], None, Err(NotAdmitted)),
            ("the window, whatever the domain", "mia@partner.example", vec![own(None)], Some(window(1)), by_window(1)),
        ] {
            assert_eq!(admit(email, STAFF_DOMAIN, &list, window.as_ref(), noon()), expected, "{name}");
        }
    }

    fn ends() -> impl Strategy<Value = Option<i64>> {
        prop::option::of(-1..=1i64)
    }

    prop_compose! {
        fn lists()(entries in prop::collection::vec((prop::sample::select(&["*", "mia@here.com", "MIA@here.com", "max@here.com"][..]), ends()), 0..5))
            -> Vec<Invitation> {
            entries.into_iter().zip(0..).map(|((invitee, ends), n)| entry(n, invitee, ends)).collect()
        }
    }

    /// The rule as three plain questions, each over the whole list.
    fn plainly(email: &str, list: &[Invitation], window: Option<i64>) -> Result<Admission, NotAdmitted> {
        let live = |entry: &&Invitation| entry.expires_at.is_none_or(|end| end > noon());
        let own = list.iter().filter(live).find(|entry| entry.invitee.as_str().to_lowercase() == email.to_lowercase());
        let anyone = list.iter().filter(live).find(|entry| entry.invitee.as_str() == "*");
        let admission = |entry: &Invitation| Admission { by: Admitter::Invitation(entry.id), until: entry.expires_at };
        if let Some(own) = own {
            return Ok(admission(own));
        }
        if let Some(anyone) = anyone.filter(|_| email.to_lowercase().ends_with("@here.com")) {
            return Ok(admission(anyone));
        }
        match window {
            Some(ends) if ends > 0 => by_window(ends),
            _ => Err(NotAdmitted),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn admission_is_the_plain_rule(
            email in prop::sample::select(&["mia@here.com", "Mia@Here.Com", "max@here.com", "eve@evil.com", "mia@x.here.com"][..]),
            list in lists(),
            ends in ends(),
        ) {
            let admitted = admit(email, STAFF_DOMAIN, &list, ends.map(window).as_ref(), noon());
            prop_assert_eq!(admitted, plainly(email, &list, ends));
            prop_assert!(admitted.ok().and_then(|admission| admission.until).is_none_or(|until| until > noon()), "never past its end");
        }

        #[test]
        fn nothing_live_admits_nobody(
            email in "[a-zA-Z*@.]{0,12}(@here.com)?",
            list in prop::collection::vec(prop::sample::select(&["*", "mia@here.com"][..]), 0..5),
            ends in prop::option::of(-1..=0i64),
        ) {
            let list: Vec<_> = list.into_iter().map(|invitee| entry(1, invitee, Some(0))).collect();
            prop_assert_eq!(admit(&email, STAFF_DOMAIN, &list, ends.map(window).as_ref(), noon()), Err(NotAdmitted));
        }
    }
}
