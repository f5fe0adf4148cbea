//! What of a question's context is meant for us: `explain`, and a clock of the asker's
//! (`spec/authzen-decisions.md`, sections B1 and B2).

use std::collections::BTreeMap;

use serde_json::Value;
use vestibule_core::{
    policy::Ruling,
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};

use super::Asking;

/// The right to be told why.
const EXPLAIN: &str = "authzen:explain";
/// The right to ask with a clock of one's own.
const SIMULATE: &str = "authzen:simulate";

/// When a question is asked, and what is to be told.
pub(super) struct Occasion {
    /// The instant: the asker's if it is simulated.
    pub now: Timestamp,
    /// Whether the clock is the asker's.
    pub simulated: bool,
    /// Whether to tell why.
    pub explain: bool,
    /// The context that conditions see: without the two switches, so that none turns an answer.
    pub context: BTreeMap<String, Value>,
}

/// Whether anything of the context is meant for us.
pub(super) fn is_special(context: &BTreeMap<String, Value>) -> bool {
    !context.is_empty() && (is_on(context, "explain") || is_on(context, "simulate"))
}

/// Only `true` is our switch; anything else under its name is the asker's own.
fn is_on(context: &BTreeMap<String, Value>, switch: &str) -> bool {
    context.get(switch) == Some(&Value::Bool(true))
}

impl Occasion {
    /// Reads a context. A caller without the right to what it asks for is refused.
    pub(super) fn of(asking: &Asking<'_>, context: &BTreeMap<String, Value>) -> Result<Self, Refusal> {
        let (explain, simulated) = (is_on(context, "explain"), is_on(context, "simulate"));
        for (_, right) in [(explain, EXPLAIN), (simulated, SIMULATE)].into_iter().filter(|(wanted, _)| *wanted) {
            if let Ruling::Deny(because) = asking.right(right) {
                return Err(Refusal::Forbidden { action: right.to_owned(), because });
            }
        }
        let now = match context.get("time").filter(|time| simulated && !time.is_null()) {
            None => asking.ctx.now,
            Some(time) => time.as_str().and_then(instant).ok_or(Malformed::new("context.time", Fault::Format("an RFC 3339 instant")))?,
        };
        let mut context = context.clone();
        context.retain(|name, _| !(explain && name == "explain" || simulated && name == "simulate"));
        Ok(Self { now, simulated, explain, context })
    }
}

/// RFC 3339, or the same without seconds, as the certification scenario writes it.
fn instant(text: &str) -> Option<Timestamp> {
    let with_seconds = |at| Some(format!("{}:00{}", text.get(..at)?, text.get(at..)?));
    text.parse().ok().or_else(|| with_seconds("2025-06-27T18:03".len())?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_may_lack_its_seconds() {
        for (text, read) in [
            ("2025-06-27T18:03-07:00", Some("2025-06-28T01:03:00Z")),
            ("2025-06-27T18:03Z", Some("2025-06-27T18:03:00Z")),
            ("2025-06-27T18:03:05.25Z", Some("2025-06-27T18:03:05.250Z")),
            ("2025-06-27", None),
            ("yesterday at eight o'clock", None),
            ("2025-06-27T18:0ü-07:00", None),
        ] {
            assert_eq!(instant(text).map(|instant| instant.to_string()).as_deref(), read, "{text}");
        }
    }

    #[test]
    fn only_true_switches_anything_on() {
        for (context, special) in [
            (r#"{}"#, false),
            (r#"{"explain":true}"#, true),
            (r#"{"simulate":true,"x":1}"#, true),
            (r#"{"explain":false,"simulate":"true","time":"2025-06-27T18:03Z"}"#, false),
        ] {
            assert_eq!(is_special(&serde_json::from_str(context).unwrap()), special, "{context}");
        }
    }
}
