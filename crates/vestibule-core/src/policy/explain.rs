//! Explanations: everything that decided, and what nearly did. Reads every statement, so it is for
//! those who ask why (`spec/authzen-decisions.md`, section B2), not for every request.

use std::sync::Arc;

use crate::{
    policy::{Ask, Because, Compiled, DecidedBy, Effect, Ruling, Source, Statement},
    time::Timestamp,
};

/// Why a ruling is as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The ruling.
    pub ruling: Ruling,
    /// All statements that decided it, in order: the matching denies of a deny, the matching allows
    /// of an allow; none where nothing allows.
    pub deciding: Vec<DecidedBy>,
    /// Where nothing allows: allows that missed by one thing, at most [`Explanation::NEAR_MAX`].
    pub near: Vec<NearMiss>,
    /// How many statements were looked at.
    pub considered: usize,
}

/// An allow that would have spoken but for one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearMiss {
    /// The statement.
    pub by: DecidedBy,
    /// What was amiss.
    pub missed: Missed,
}

/// The one thing in which a statement missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// It names other actions.
    Action,
    /// It names other resources.
    Resource,
    /// Its condition does not hold.
    Condition,
    /// Its source has ended.
    Clock,
}

impl Missed {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Resource => "resource",
            Self::Condition => "condition",
            Self::Clock => "clock",
        }
    }
}

impl Explanation {
    /// Most near misses that are told.
    pub const NEAR_MAX: usize = 5;
}

impl Compiled {
    /// The ruling at `now`, with its reasons.
    pub fn explain(&self, ask: &Ask<'_>, now: Timestamp) -> Explanation {
        let ruling = self.decide(ask, now);
        let all = || {
            let numbered =
                |(at, from): (usize, &'_ Arc<Source>)| (0..from.statements.len()).map(move |statement| DecidedBy { source: at, statement });
            self.sources().iter().enumerate().flat_map(numbered)
        };
        let missed = |by: DecidedBy, effect| match self.find(by) {
            Some((source, statement)) if statement.effect() == effect => Some(misses(source, statement, ask, now)),
            _ => None,
        };
        let deciding = |effect| all().filter(|by| missed(*by, effect).is_some_and(|missed| missed.is_empty())).collect();
        let near = |by| match missed(by, Effect::Allow)?.as_slice() {
            [missed] => Some(NearMiss { by, missed: *missed }),
            _ => None,
        };
        let (deciding, near) = match ruling {
            Ruling::Allow { .. } => (deciding(Effect::Allow), Vec::new()),
            Ruling::Deny(Because::Denied(_) | Because::Unreadable(_)) => (deciding(Effect::Deny), Vec::new()),
            Ruling::Deny(Because::NothingAllows) => (Vec::new(), all().filter_map(near).take(Explanation::NEAR_MAX).collect()),
            Ruling::Deny(Because::Gate(_)) => (Vec::new(), Vec::new()),
        };
        Explanation { ruling, deciding, near, considered: all().count() }
    }
}

fn misses(source: &Source, statement: &Statement, ask: &Ask<'_>, now: Timestamp) -> Vec<Missed> {
    [
        (Missed::Action, statement.names(ask.action)),
        (Missed::Resource, statement.covers(&ask.resource)),
        (Missed::Condition, statement.holds(&ask.facts)),
        (Missed::Clock, source.speaks(now)),
    ]
    .into_iter()
    .filter_map(|(missed, met)| (!met).then_some(missed))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Origin, ResourceId};

    #[test]
    fn a_default_deny_tells_what_missed_by_one_thing() {
        let read = |json: &str| Statement::read_stored(json);
        let source = |until, statements: Vec<_>| Source { origin: Origin::Account, path: Vec::new(), until, statements: statements.into() };
        let mut statements = read(
            r#"[{"effect":"allow","actions":["a:go"],"resources":["a:b/item/1"],"condition":{"context.x":1}},
                {"effect":"allow","actions":["a:stay"],"resources":["*"]},
                {"effect":"allow","actions":["all"],"resources":["a:b/item/2"]},
                {"effect":"allow","actions":["a:stay"],"resources":["a:b/item/2"]},
                {"effect":"deny","actions":["all"],"resources":["a:b/item/2"]}]"#,
        );
        statements.extend(read(r#"[{"effect":"allow","actions":["a:stay"],"resources":["*"]}]"#).into_iter().cycle().take(9));
        let compiled = Compiled::new(vec![
            source(Some(Timestamp::EPOCH), read(r#"[{"effect":"allow","actions":["all"],"resources":["*"]}]"#)),
            source(None, statements),
        ]);
        let asked = ResourceId::item("a", "b", "1");
        let explanation = compiled.explain(&Ask::new("a:go", asked.as_resource()), Timestamp::EPOCH);
        let near: Vec<_> = explanation.near.iter().map(|near| (near.by.source, near.by.statement, near.missed.as_str())).collect();
        assert_eq!(near, [(0, 0, "clock"), (1, 0, "condition"), (1, 1, "action"), (1, 2, "resource"), (1, 5, "action")]);
        assert_eq!(explanation.ruling, Ruling::Deny(Because::NothingAllows));
        assert_eq!((explanation.deciding, explanation.considered), (vec![], 15));
    }
}
