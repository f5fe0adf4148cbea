//! A list of statements, shared by all who have it.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

use crate::policy::{
    Condition, DecidedBy, Pattern, Statement,
    index::{Entry, Index},
};

/// Statements in their order. Immutable; cheap to clone; indexed when they are first asked.
#[derive(Debug, Clone, Default)]
pub struct Statements(Arc<List>);

#[derive(Debug, Default)]
struct List {
    list: Vec<Statement>,
    looks_at_resource: bool,
    index: OnceLock<Index>,
    asks_for_groups: bool,
}

impl Statements {
    /// Whether some condition here looks at what is known of a resource.
    pub fn looks_at_resource(&self) -> bool {
        self.0.looks_at_resource
    }

    /// Whether a statement here speaks of a group: only then does it matter in which groups a thing lies.
    pub fn asks_for_groups(&self) -> bool {
        self.0.asks_for_groups
    }

    /// The index; every entry stands in source 0 and has no end.
    pub(super) fn index(&self) -> &Index {
        self.0.index.get_or_init(|| {
            let mut index = Index::default();
            for (at, statement) in self.0.list.iter().enumerate() {
                index.shelve(&Entry { by: DecidedBy { source: 0, statement: at }, until: None, statement: statement.clone() });
            }
            index
        })
    }
}

impl From<Vec<Statement>> for Statements {
    fn from(list: Vec<Statement>) -> Self {
        let looks_at_resource = list.iter().filter_map(Statement::condition).any(Condition::looks_at_resource);
        let asks_for_groups = list.iter().flat_map(Statement::resources).any(Pattern::asks_for_groups);
        Self(Arc::new(List { list, looks_at_resource, index: OnceLock::new(), asks_for_groups }))
    }
}

impl FromIterator<Statement> for Statements {
    fn from_iter<I: IntoIterator<Item = Statement>>(statements: I) -> Self {
        statements.into_iter().collect::<Vec<_>>().into()
    }
}

impl Deref for Statements {
    type Target = [Statement];
    fn deref(&self) -> &[Statement] {
        &self.0.list
    }
}

impl PartialEq for Statements {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
