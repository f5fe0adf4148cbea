//! A principal's statements, indexed once, so that a decision costs about the same with ten
//! statements and ten thousand.
//!
//! The index is a tree of shelves: everything, a service, a type, an item or a group. A question
//! visits only the shelves that cover its resource, and on each only what names its action.
//! What an earlier statement always says already is not shelved again.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    id::RoleId,
    policy::{
        ActionPattern, Ask, Because, DecidedBy, Effect, Item, Resource, Ruling, Statement,
        pattern::{Part, Scope},
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
    pub statements: Vec<Statement>,
}

impl Source {
    /// Whether its statements speak at `now`: until its end, not at it.
    pub fn speaks(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|end| now < end)
    }
}

/// All that a principal's sources say, ready to be asked. Immutable.
#[derive(Debug, Clone, Default)]
pub struct Compiled {
    sources: Vec<Source>,
    actions: HashMap<Box<str>, ActionNumber>,
    everything: Shelf,
    services: HashMap<Box<str>, ServiceShelves>,
}

type ActionNumber = usize;

#[derive(Debug, Clone, Default)]
struct ServiceShelves {
    all: Shelf,
    kinds: HashMap<Box<str>, KindShelves>,
}

#[derive(Debug, Clone, Default)]
struct KindShelves {
    all: Shelf,
    grouped: Shelf,
    items: HashMap<Box<str>, Shelf>,
    groups: HashMap<Box<str>, Shelf>,
}

/// What is said about one place, by action.
#[derive(Debug, Clone, Default)]
struct Shelf {
    any_action: Slot,
    by_action: BTreeMap<ActionNumber, Slot>,
    /// Statements with too many actions to be shelved under each, with those actions in order.
    many_actions: Vec<(Arc<[ActionNumber]>, Entry)>,
}

/// What is said about one place and one action.
#[derive(Debug, Clone, Default)]
struct Slot {
    denies: Row,
    allows: Row,
}

/// Statements of one effect, in the order of [`DecidedBy`].
#[derive(Debug, Clone, Default)]
struct Row {
    entries: Vec<Entry>,
    /// Until then some entry here speaks whatever the facts; in milliseconds.
    certain_until: i64,
}

/// One statement on a shelf.
#[derive(Debug, Clone)]
struct Entry {
    by: DecidedBy,
    until: Option<Timestamp>,
    statement: Statement,
}

/// A statement with more pairs of an action and a place than this is shelved once for each place, and
/// its actions are compared when asked: else a list within its limits could grow to ten million entries.
const SPREAD_MAX: usize = 256;

impl Compiled {
    /// Indexes the sources. Their order decides only which of several statements is named.
    pub fn new(sources: Vec<Source>) -> Self {
        let mut compiled = Self::default();
        for (source, from) in sources.iter().enumerate() {
            for (at, statement) in from.statements.iter().enumerate() {
                let by = DecidedBy { source, statement: at };
                compiled.shelve(&Entry { by, until: from.until, statement: statement.clone() });
            }
        }
        compiled.sources = sources;
        compiled
    }

    /// The sources, as given; [`DecidedBy`] points into them.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The statement that decided, and its source.
    pub fn find(&self, by: DecidedBy) -> Option<(&Source, &Statement)> {
        let source = self.sources.get(by.source)?;
        Some((source, source.statements.get(by.statement)?))
    }

    /// The ruling at `now`. Of several statements that would decide alike, the first in the order of
    /// sources and statements is named.
    pub fn decide(&self, ask: &Ask<'_>, now: Timestamp) -> Ruling {
        let (mut deny, mut allow) = (None::<&Entry>, None::<&Entry>);
        self.visit(ask, |entry| {
            let first = match entry.statement.effect() {
                Effect::Deny => &mut deny,
                Effect::Allow => &mut allow,
            };
            if first.is_none_or(|first| entry.by < first.by) && entry.lives(now) && entry.holds(ask) {
                *first = Some(entry);
            }
        });
        match (deny, allow) {
            (Some(entry), _) if entry.statement.damage().is_some() => Ruling::Deny(Because::Unreadable(entry.by)),
            (Some(entry), _) => Ruling::Deny(Because::Denied(entry.by)),
            (None, Some(entry)) => Ruling::Allow { by: entry.by },
            (None, None) => Ruling::Deny(Because::NothingAllows),
        }
    }

    /// The first instant after `now` at which the answer turns with no write; absent: never.
    ///
    /// Statements only ever fall silent, so an allow turns when the last allow ends, and a deny turns
    /// when the last deny ends, if an allow is still there then.
    pub fn valid_until(&self, ask: &Ask<'_>, now: Timestamp) -> Option<Timestamp> {
        let (mut denied_until, mut allowed_until) = (now.millis(), now.millis());
        self.visit(ask, |entry| {
            let last = match entry.statement.effect() {
                Effect::Deny => &mut denied_until,
                Effect::Allow => &mut allowed_until,
            };
            if entry.end() > *last && entry.holds(ask) {
                *last = entry.end();
            }
        });
        let turn = match (denied_until > now.millis(), allowed_until > now.millis()) {
            (true, _) if allowed_until > denied_until => denied_until,
            (false, true) => allowed_until,
            (true, _) | (false, false) => Entry::NEVER,
        };
        (turn < Entry::NEVER).then(|| Timestamp::from_millis(turn))
    }

    /// Hands every shelved entry that covers the resource and names the action to `see`; whether it
    /// lives and its condition holds is for `see` to ask.
    fn visit<'c>(&'c self, ask: &Ask<'_>, mut see: impl FnMut(&'c Entry)) {
        let number = self.actions.get(ask.action);
        let mut look = |shelf: &'c Shelf| {
            let named = number.and_then(|number| shelf.by_action.get(number));
            for slot in std::iter::once(&shelf.any_action).chain(named) {
                slot.denies.entries.iter().chain(&slot.allows.entries).for_each(&mut see);
            }
            for (numbers, entry) in &shelf.many_actions {
                if number.is_some_and(|number| numbers.binary_search(number).is_ok()) {
                    see(entry);
                }
            }
        };
        look(&self.everything);
        let Some(service) = self.services.get(ask.resource.service) else { return };
        look(&service.all);
        let Some(kind) = service.kinds.get(ask.resource.kind) else { return };
        look(&kind.all);
        kind.parts(&ask.resource).for_each(look);
    }

    fn shelve(&mut self, entry: &Entry) {
        let statement = &entry.statement;
        let any = statement.actions().contains(&ActionPattern::All);
        let numbers: Arc<[ActionNumber]> = match any {
            true => Arc::default(),
            false => self.number(statement.actions()),
        };
        for pattern in statement.resources() {
            let shelf = self.shelf_at(pattern.scope());
            if any {
                shelf.any_action.push(entry);
            } else if numbers.len() * statement.resources().len() > SPREAD_MAX {
                shelf.many_actions.push((Arc::clone(&numbers), entry.clone()));
            } else {
                for number in &*numbers {
                    shelf.by_action.entry(*number).or_default().push(entry);
                }
            }
        }
    }

    /// The numbers of these actions, in order, each once.
    fn number(&mut self, actions: &[ActionPattern]) -> Arc<[ActionNumber]> {
        let mut numbers = Vec::with_capacity(actions.len());
        for action in actions {
            let next = self.actions.len();
            numbers.push(*self.actions.entry(action.as_str().into()).or_insert(next));
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into()
    }

    fn shelf_at(&mut self, scope: &Scope) -> &mut Shelf {
        match scope {
            Scope::Everything => &mut self.everything,
            Scope::Service(service) => &mut self.services.entry(service.clone()).or_default().all,
            Scope::Kind { service, kind, part } => {
                let kind = self.services.entry(service.clone()).or_default().kinds.entry(kind.clone()).or_default();
                match part {
                    Part::Whole | Part::Items => &mut kind.all,
                    Part::Grouped => &mut kind.grouped,
                    Part::Item(id) => kind.items.entry(id.clone()).or_default(),
                    Part::Group(id) => kind.groups.entry(id.clone()).or_default(),
                }
            }
        }
    }
}

impl KindShelves {
    /// The shelves for less than the whole type that cover this resource.
    fn parts<'c>(&'c self, resource: &Resource<'_>) -> impl Iterator<Item = &'c Shelf> {
        let (one, grouped) = match resource.item {
            Item::One(id) => (self.items.get(id), !resource.groups.is_empty()),
            Item::Group(id) => (self.groups.get(id), true),
            Item::Whole => (None, false),
        };
        let groups = match grouped {
            true => resource.groups,
            false => &[],
        };
        let within = groups.iter().filter_map(|group| self.groups.get(*group));
        one.into_iter().chain(grouped.then_some(&self.grouped)).chain(within)
    }
}

impl Slot {
    fn push(&mut self, entry: &Entry) {
        match entry.statement.effect() {
            Effect::Deny => self.denies.push(entry),
            Effect::Allow => self.allows.push(entry),
        }
    }
}

impl Row {
    /// INVARIANT: what is left out here could never be named, nor outlast what is kept: an earlier
    /// entry says the same on any facts, and for as long. Entries come in the order of `by`.
    fn push(&mut self, entry: &Entry) {
        let repeated = self.entries.last().is_some_and(|last| last.by == entry.by);
        if repeated || entry.end() <= self.certain_until {
            return;
        }
        if entry.statement.condition().is_none() {
            self.certain_until = entry.end();
        }
        self.entries.push(entry.clone());
    }
}

impl Entry {
    /// The end of what has none; later than any instant that can be written down.
    const NEVER: i64 = i64::MAX;

    fn end(&self) -> i64 {
        self.until.map_or(Self::NEVER, Timestamp::millis)
    }

    fn lives(&self, now: Timestamp) -> bool {
        now.millis() < self.end()
    }

    fn holds(&self, ask: &Ask<'_>) -> bool {
        self.statement.holds(&ask.facts)
    }
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
    fn a_list_at_its_limits_is_not_multiplied_out() {
        let wide = |n: usize| (0..Statement::RESOURCES_MAX).map(|m| format!("config:plan/item/p{}", n * 1_000 + m)).collect();
        let compiled = Compiled::new(statements(50, Statement::ACTIONS_MAX, wide));
        let items = compiled.services.values().flat_map(|service| service.kinds.values()).flat_map(|kind| kind.items.values());
        let shelved: usize = items.map(|shelf| shelf.many_actions.len() + shelf.by_action.len()).sum();
        assert_eq!(shelved, 50 * Statement::RESOURCES_MAX);
    }

    #[test]
    fn a_compiled_principal_may_be_read_by_many_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Compiled>();
    }
}
