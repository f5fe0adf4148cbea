//! The page before an act that takes something away: it names what ends. And the words for a refusal that its reader can put
//! right.

use askama::Template;
use vestibule_core::refusal::{Fault, Malformed, Refusal};

use super::{frame::Frame, texts::Speech};

/// Asks before something is taken away; its form goes to where the page stands.
#[derive(Template)]
#[template(path = "console/confirm.html")]
pub struct ConfirmPage {
    /// What stands round it.
    pub f: Frame,
    /// What is about to happen.
    pub title: String,
    /// What ends by it.
    pub words: String,
    /// The button's text.
    pub act: String,
    /// Where to go instead.
    pub back: String,
}

impl ConfirmPage {
    /// Asks about an act that goes by a text's name, in the place where the reader is.
    pub fn here(f: Frame, act: &str, words: String) -> Self {
        let (act, back) = (f.t(act), f.at(f.here));
        Self { f, title: act.clone(), words, act, back }
    }
}

/// What is said on the page that was sent; absent where the reader can do nothing about it there.
pub fn fault(speech: Speech, refusal: &Refusal) -> Option<String> {
    let what = match refusal {
        Refusal::ManyMalformed(many) => many.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        Refusal::Malformed(Malformed { fault: Fault::Cycle, .. }) => return Some(speech.say("fault-circle")),
        Refusal::Stale { .. } => return Some(speech.say("fault-stale")),
        Refusal::NoHelpDesk => return Some(speech.say("fault-no-help-desk")),
        Refusal::EmailNotVerified => return Some(speech.say("fault-not-verified")),
        Refusal::TooMany { retry_after_s, .. } => return Some(speech.with("fault-too-many", "seconds", &retry_after_s.to_string())),
        Refusal::Malformed(_)
        | Refusal::Exists(_)
        | Refusal::Conflict { .. }
        | Refusal::Grant(_)
        | Refusal::UnknownIds { .. }
        | Refusal::NoneValid(_)
        | Refusal::InvitationsFull { .. }
        | Refusal::AddressBarred => refusal.to_string(),
        _ => return None,
    };
    Some(speech.with("fault-form", "what", &what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_named_and_what_nobody_can_mend_is_not() {
        let english = Speech::of("en");
        let [one, two] = ["name", "id"].map(|field| Malformed::new(field, Fault::Missing));
        let said = fault(english, &Refusal::ManyMalformed(vec![one, two])).unwrap();
        assert!(said.contains("`name`") && said.contains("`id`"), "{said}");
        assert_eq!(fault(english, &Refusal::Internal), None);
        assert_eq!(fault(english, &Refusal::Absent("group")), None);
    }
}
