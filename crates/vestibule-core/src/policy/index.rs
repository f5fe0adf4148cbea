//! Statements on shelves, so that a decision costs about the same with ten of them and ten thousand.
//!
//! The index is a tree of shelves: everything, a service, a type, an item or a group. A question
//! visits only the shelves that cover its resource, and on each only what names its action.
//! What an earlier statement always says already is not shelved again.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use foldhash::fast::RandomState;

use crate::{
    policy::{
        ActionPattern, Ask, DecidedBy, Effect, Item, Resource, Statement,
        pattern::{Part, Scope},
    },
    time::Timestamp,
};

/// Statements by what they are for. Immutable once filled.
#[derive(Debug, Default)]
pub(super) struct Index {
    actions: Named<ActionNumber>,
    everything: Shelf,
    services: Named<ServiceShelves>,
}

type ActionNumber = usize;

/// Things by name. A question asks four of these: the standard hash would be half of its cost.
type Named<T> = HashMap<Box<str>, T, RandomState>;

#[derive(Debug, Clone, Default)]
struct ServiceShelves {
    all: Shelf,
    kinds: Named<KindShelves>,
}

#[derive(Debug, Clone, Default)]
struct KindShelves {
    all: Shelf,
    grouped: Shelf,
    items: Named<Shelf>,
    groups: Named<Shelf>,
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
pub(super) struct Entry {
    /// Where it stands.
    pub by: DecidedBy,
    /// It says nothing from this instant on.
    pub until: Option<Timestamp>,
    /// What it says.
    pub statement: Statement,
}

/// A statement with more pairs of an action and a place than this is shelved once for each place, and
/// its actions are compared when asked: else a list within its limits could grow to ten million entries.
const SPREAD_MAX: usize = 256;

impl Index {
    /// Hands every shelved entry that covers the resource and names the action to `see`; whether it
    /// lives and its condition holds is for `see` to ask.
    pub fn visit<'c>(&'c self, ask: &Ask<'_>, mut see: impl FnMut(&'c Entry)) {
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

    /// Shelves a statement. They come in the order of [`Entry::by`].
    pub fn shelve(&mut self, entry: &Entry) {
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
    /// When it falls silent, in milliseconds.
    pub fn end(&self) -> i64 {
        self.until.map_or(i64::MAX, Timestamp::millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{RawStatement, Statements};

    #[test]
    fn a_list_at_its_limits_is_not_multiplied_out() {
        let wide = |n: usize| -> Vec<_> { (0..Statement::RESOURCES_MAX).map(|m| format!("config:plan/item/p{}", n * 1_000 + m)).collect() };
        let actions: Vec<_> = (0..Statement::ACTIONS_MAX).map(|n| format!("config:act{n}")).collect();
        let one = |n| RawStatement { effect: "allow".to_owned(), actions: actions.clone(), resources: wide(n), condition: None };
        let statements: Statements = (0..50).map(|n| Statement::parse(one(n)).unwrap()).collect();
        let index = statements.index();
        let items = index.services.values().flat_map(|service| service.kinds.values()).flat_map(|kind| kind.items.values());
        let shelved: usize = items.map(|shelf| shelf.many_actions.len() + shelf.by_action.len()).sum();
        assert_eq!(shelved, 50 * Statement::RESOURCES_MAX);
    }
}
