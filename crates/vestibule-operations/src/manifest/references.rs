//! Names that must be there, and names that must be there once.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Problem,
    fault::nearest,
    read::{Node, Section},
};

/// Names of one kind that a section declares. Taken from the text, so that a thing with a fault
/// of its own does not make every mention of it a second fault.
pub(super) struct Names<'a> {
    what: &'static str,
    known: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    /// These and no others.
    pub(super) fn of(what: &'static str, known: impl IntoIterator<Item = &'a str>) -> Self {
        Self { what, known: known.into_iter().collect() }
    }

    /// The `member` of each table under `key`, and what is there anyway.
    pub(super) fn declared(what: &'static str, section: &Section<'a>, key: &str, member: &str, anyway: &[&'a str]) -> Self {
        let declared = section.peek_list(key).into_iter().filter_map(|item| item.peek(member));
        Self { what, known: declared.map(str::trim).chain(anyway.iter().copied()).collect() }
    }

    /// The texts under `key`.
    pub(super) fn listed(what: &'static str, section: &Section<'a>, key: &str) -> Self {
        Self { what, known: section.peek_list(key).into_iter().filter_map(|item| item.peek_text()).collect() }
    }

    /// `name` if it is known; else the fault, at `node`.
    pub(super) fn check(&self, node: &Node<'_>, name: &str) -> Option<String> {
        match self.known.contains(name) {
            true => Some(name.to_owned()),
            false => {
                let near = nearest(name, self.known.iter().copied());
                node.refuse(Problem::UnknownName { what: self.what, name: name.to_owned(), near })
            }
        }
    }

    /// The names under `key`, each known and given once.
    pub(super) fn mentioned(&self, section: &Section<'_>, key: &str) -> Vec<String> {
        let mut seen = Seen::default();
        let Some(node) = section.find(key) else { return Vec::new() };
        node.texts().iter().filter_map(|(node, name)| seen.check(node, name).and(self.check(node, name))).collect()
    }
}

/// Values that may be given once, with the lines that gave them.
#[derive(Default)]
pub(super) struct Seen(BTreeMap<String, usize>);

impl Seen {
    /// Notes `value`, or the fault that it was given before.
    pub(super) fn check(&mut self, node: &Node<'_>, value: &str) -> Option<()> {
        match self.0.get(value) {
            Some(line) => node.refuse(Problem::Repeated(*line)),
            None => {
                self.0.insert(value.to_owned(), node.line());
                Some(())
            }
        }
    }
}
