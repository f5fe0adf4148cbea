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
