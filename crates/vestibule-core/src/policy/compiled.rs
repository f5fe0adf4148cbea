//! A principal's statements, ready to be asked.
//!
//! Most principals have theirs from roles that many share, and a shared list is indexed once for all
//! of them: what thousands of accounts ask lies in few places, which the processor has at hand.

use std::sync::Arc;

use crate::{
    id::RoleId,
    policy::{
        Ask, Because, DecidedBy, Effect, Ruling, Statement, Statements,
        index::{Entry, Index},
    },
    time::Timestamp,
};

/// Where statements come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The account's own.
    Account,
    /// A role.
    Role {
        /// Its id.
        id: RoleId,
        /// Its name, as it was when compiled.
        name: String,
        /// Its version, as it was when compiled.
        version: i64,
    },
    /// The realm's window.
    Window {
        /// Its version, as it was when compiled.
        version: i64,
    },
}

/// Statements that reach a principal by one path.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Where they come from.
    pub origin: Origin,
    /// The way there, in words: `group operators`, `role org-admin`.
    pub path: Vec<String>,
    /// The statements say nothing from this instant on; absent: they have no end.
    pub until: Option<Timestamp>,
    /// The statements; a damaged one denies everything.
    pub statements: Statements,
}

impl Source {
    /// Whether its statements speak at `now`: until its end, not at it.
    pub fn speaks(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|end| now < end)
    }
}

/// All that a principal's sources say. Immutable; cheap to clone, so that those who have the same sources can share it.
#[derive(Debug, Clone, Default)]
pub struct Compiled(Arc<Together>);

#[derive(Debug, Default)]
struct Together {
    sources: Vec<Arc<Source>>,
    looks_at_resource: bool,
    /// One index over all sources, when they are too many to be asked one by one.
    merged: Option<Index>,
    asks_for_groups: bool,
}

/// The end of what has none; later than any instant that can be written down.
const NEVER: i64 = i64::MAX;

impl Compiled {
    /// Most sources that are asked one by one.
    const APART_MAX: usize = 16;

    /// Takes the sources. Their order decides only which of several statements is named.
    pub fn new(sources: impl IntoIterator<Item = impl Into<Arc<Source>>>) -> Self {
        let sources: Vec<Arc<Source>> = sources.into_iter().map(Into::into).collect();
        let merged = (sources.len() > Self::APART_MAX).then(|| {
            let mut index = Index::default();
            for (source, from) in sources.iter().enumerate() {
                for (at, statement) in from.statements.iter().enumerate() {
                    let by = DecidedBy { source, statement: at };
                    index.shelve(&Entry { by, until: from.until, statement: statement.clone() });
                }
            }
            index
        });
        let looks_at_resource = sources.iter().any(|source| source.statements.looks_at_resource());
        let asks_for_groups = sources.iter().any(|source| source.statements.asks_for_groups());
        Self(Arc::new(Together { sources, looks_at_resource, merged, asks_for_groups }))
    }

    /// Whether some condition looks at what the realm keeps of a resource: only then need it be found.
    pub fn looks_at_resource(&self) -> bool {
        self.0.looks_at_resource
    }

    /// Whether any statement speaks of a group: only then must a question say in which groups its resource
    /// lies.
    pub fn asks_for_groups(&self) -> bool {
        self.0.asks_for_groups
    }

    /// The sources, as given; [`DecidedBy`] points into them.
    pub fn sources(&self) -> &[Arc<Source>] {
        &self.0.sources
    }

    /// The statement that decided, and its source.
    pub fn find(&self, by: DecidedBy) -> Option<(&Source, &Statement)> {
        let source = self.0.sources.get(by.source)?;
        Some((source, source.statements.get(by.statement)?))
    }

    /// The ruling at `now`. Of several statements that would decide alike, the first in the order of
    /// sources and statements is named.
    pub fn decide(&self, ask: &Ask<'_>, now: Timestamp) -> Ruling {
        let (mut deny, mut allow) = (None::<Said<'_>>, None::<Said<'_>>);
        self.visit(ask, |said| {
            let first = match said.statement.effect() {
                Effect::Deny => &mut deny,
                Effect::Allow => &mut allow,
            };
            if first.as_ref().is_none_or(|first| said.by < first.by) && now.millis() < said.end && said.statement.holds(&ask.facts) {
                *first = Some(said);
            }
        });
        match (deny, allow) {
            (Some(said), _) if said.statement.damage().is_some() => Ruling::Deny(Because::Unreadable(said.by)),
            (Some(said), _) => Ruling::Deny(Because::Denied(said.by)),
            (None, Some(said)) => Ruling::Allow { by: said.by },
            (None, None) => Ruling::Deny(Because::NothingAllows),
        }
    }

    /// The first instant after `now` at which the answer turns with no write; absent: never.
    ///
    /// Statements only ever fall silent, so an allow turns when the last allow ends, and a deny turns
    /// when the last deny ends, if an allow is still there then.
    pub fn valid_until(&self, ask: &Ask<'_>, now: Timestamp) -> Option<Timestamp> {
        let (mut denied_until, mut allowed_until) = (now.millis(), now.millis());
        self.visit(ask, |said| {
            let last = match said.statement.effect() {
                Effect::Deny => &mut denied_until,
                Effect::Allow => &mut allowed_until,
            };
            if said.end > *last && said.statement.holds(&ask.facts) {
                *last = said.end;
            }
        });
        let turn = match (denied_until > now.millis(), allowed_until > now.millis()) {
            (true, _) if allowed_until > denied_until => denied_until,
            (false, true) => allowed_until,
            (true, _) | (false, false) => NEVER,
        };
        (turn < NEVER).then(|| Timestamp::from_millis(turn))
    }

    /// Hands every statement that covers the resource and names the action to `see`; whether it still
    /// speaks and its condition holds is for `see` to ask.
    fn visit<'c>(&'c self, ask: &Ask<'_>, mut see: impl FnMut(Said<'c>)) {
        match &self.0.merged {
            Some(index) => {
                index.visit(ask, |entry| see(Said { by: entry.by, end: entry.end(), statement: &entry.statement }));
            }
            None => {
                for (source, from) in self.0.sources.iter().enumerate() {
                    let end = from.until.map_or(NEVER, Timestamp::millis);
                    from.statements.index().visit(ask, |entry| {
                        see(Said { by: DecidedBy { source, ..entry.by }, end, statement: &entry.statement });
                    });
                }
            }
        }
    }
}

/// A statement that speaks to a question.
struct Said<'c> {
    by: DecidedBy,
    /// It speaks before this instant, in milliseconds.
    end: i64,
    statement: &'c Statement,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{RawStatement, ResourceId};

    fn statements(count: usize, actions: usize, resource: impl Fn(usize) -> Vec<String>) -> Vec<Source> {
        let actions: Vec<_> = (0..actions).map(|n| format!("config:act{n}")).collect();
        let one = |n| RawStatement { effect: "allow".to_owned(), actions: actions.clone(), resources: resource(n), condition: None };
        let statements = (0..count).map(|n| Statement::parse(one(n)).unwrap()).collect();
        vec![Source { origin: Origin::Account, path: Vec::new(), until: None, statements }]
    }

    fn visited(sources: Vec<Source>) -> usize {
        let compiled = Compiled::new(sources);
        let (mut seen, resource) = (0, ResourceId::item("config", "plan", "p7"));
        compiled.visit(&Ask::new("config:act0", resource.within(&["g1", "g2"])), |_| seen += 1);
        seen
    }

    #[test]
    fn ten_thousand_statements_cost_as_much_as_ten() {
        let item = |n: usize| vec![format!("config:plan/item/p{n}")];
        let same = |_| vec!["config:plan/*".to_owned(), "config:*".to_owned()];
        for count in [10, 10_000] {
            assert_eq!(visited(statements(count, 2, item)), 1, "one statement for each of {count} items");
            assert_eq!(visited(statements(count, 2, same)), 2, "the same said {count} times in two places");
        }
    }

    #[test]
    fn groups_matter_only_where_a_statement_names_one() {
        for (pattern, matter) in [
            ("*", false),
            ("config:*", false),
            ("config:plan/*", false),
            ("config:plan/item/P1", false),
            ("config:plan/group/G", true),
            ("config:plan/group/*", true),
        ] {
            let sources = statements(1, 1, |_| vec!["config:meter/item/M1".to_owned(), pattern.to_owned()]);
            assert_eq!(Compiled::new(sources).asks_for_groups(), matter, "{pattern}");
        }
    }

    #[test]
    fn many_sources_are_asked_as_few_are() {
        let item = |n: usize| vec![format!("config:plan/item/p{n}")];
        for apart in [Compiled::APART_MAX, Compiled::APART_MAX + 1] {
            let sources: Vec<_> = (0..apart).flat_map(|_| statements(20, 2, item)).collect();
            let compiled = Compiled::new(sources);
            assert_eq!(compiled.0.merged.is_some(), apart > Compiled::APART_MAX);
            let resource = ResourceId::item("config", "plan", "p7");
            let ruling = compiled.decide(&Ask::new("config:act0", resource.as_resource()), Timestamp::EPOCH);
            assert_eq!(ruling, Ruling::Allow { by: DecidedBy { source: 0, statement: 7 } }, "{apart} sources");
        }
    }

    #[test]
    fn a_compiled_principal_may_be_read_by_many_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Compiled>();
    }
}
