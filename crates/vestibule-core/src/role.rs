//! Roles: named sets of statements, attached to accounts, groups or all support staff.

use crate::{
    group::check_name,
    id::RoleId,
    policy::{ActionPattern, Statement},
    refusal::Malformed,
    time::Timestamp,
};

/// A role of one realm.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Unique in its realm; see [`Role::check_name`].
    pub name: String,
    /// What it allows and denies.
    pub statements: Vec<Statement>,
    /// Whether it is ours: its name and statements cannot be changed, nor can it be removed.
    pub managed: bool,
    /// Counts the writes to this row, from 1.
    pub version: i64,
    /// When the role was made.
    pub created_at: Timestamp,
}

impl Role {
    /// Longest name, in bytes.
    pub const NAME_BYTES_MAX: usize = 100;

    /// Checks a name: trimmed, 1 to [`Role::NAME_BYTES_MAX`] bytes, no control characters.
    pub fn check_name(raw: &str) -> Result<String, Malformed> {
        check_name(raw, Self::NAME_BYTES_MAX)
    }
}

/// The roles that every realm is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    /// What an agent brings who is admitted by invitation; says nothing until the realm gives it
    /// statements.
    AccountExecutive,
    /// Everything.
    Administrator,
    /// Whatever only reads (`spec/m3ter-support.md`, section 8.2).
    ReadOnly,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AccountExecutive, Self::Administrator, Self::ReadOnly];

    /// The actions of *ReadOnly*.
    pub const READ_ONLY_ACTIONS: [&'static str; 8] = [
        "config:retrieve",
        "measurements:retrieve",
        "forecast:retrieve",
        "healthscores:retrieve",
        "anomalies:retrieve",
        "marketplace_usage:retrieve",
        "audit:retrieve",
        "analytics:query",
    ];

    /// The role's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountExecutive => "AccountExecutive",
            Self::Administrator => "Administrator",
            Self::ReadOnly => "ReadOnly",
        }
    }

    /// Whether its statements are ours to keep; those of *AccountExecutive* are the realm's.
    pub const fn managed(self) -> bool {
        !matches!(self, Self::AccountExecutive)
    }

    /// What it says when the realm is made.
    pub fn statements(self) -> Vec<Statement> {
        match self {
            Self::AccountExecutive => Vec::new(),
            Self::Administrator => vec![Statement::allow_everywhere(ActionPattern::All)],
            // A name that did not parse would be left out, which allows less; a test counts them.
            Self::ReadOnly => {
                vec![Statement::allow_all_everywhere(Self::READ_ONLY_ACTIONS.iter().filter_map(|name| name.parse().ok()).collect())]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Ask, Compiled, Origin, ResourceId, Source};

    #[test]
    fn the_built_in_roles_allow_what_they_are_called_after() {
        for (role, reads, queries, writes) in [
            (BuiltIn::AccountExecutive, false, false, false),
            (BuiltIn::Administrator, true, true, true),
            (BuiltIn::ReadOnly, true, true, false),
        ] {
            let source = Source { origin: Origin::Account, path: Vec::new(), until: None, statements: role.statements().into() };
            let compiled = Compiled::new(vec![source]);
            let resource = ResourceId::item("config", "plan", "P1");
            let may = |action| compiled.decide(&Ask::new(action, resource.as_resource()), Timestamp::EPOCH).is_allow();
            assert_eq!((may("config:retrieve"), may("analytics:query"), may("config:update")), (reads, queries, writes), "{}", role.name());
        }
        let named: usize = BuiltIn::ReadOnly.statements().iter().map(|statement| statement.actions().len()).sum();
        assert_eq!(named, BuiltIn::READ_ONLY_ACTIONS.len(), "every action of the list is well formed");
    }

    #[test]
    fn a_role_name_has_1_to_100_bytes() {
        for (raw, good) in [("org-admin", true), ("", false), (" ", false), (&*"x".repeat(100), true), (&*"x".repeat(101), false)] {
            assert_eq!(Role::check_name(raw).is_ok(), good, "{raw:?}");
        }
        assert!(BuiltIn::ALL.iter().all(|role| Role::check_name(role.name()).is_ok()));
    }
}
