//! Roles: named sets of statements, attached to accounts, groups or all support staff.

use crate::{
    authorship::Authorship,
    group::check_name,
    id::{AccountKey, AttachmentId, GroupId, RoleId, derived},
    policy::{ActionPattern, Statement},
    refusal::{Malformed, Refusal},
    time::Timestamp,
};

/// A role of one realm.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Unique in its realm; see [`Role::check_name`].
    pub name: String,
    /// What it is for, in the words of whoever made it; may be empty. See [`crate::group::check_description`].
    pub description: String,
    /// What it allows and denies.
    pub statements: Vec<Statement>,
    /// Whether it is ours: its name and statements cannot be changed, nor can it be removed.
    pub managed: bool,
    /// Counts the writes to this row, from 1.
    pub version: i64,
    /// When the role was made.
    pub created_at: Timestamp,
    /// Who made it, and who changed it last.
    pub authorship: Authorship,
}

impl Role {
    /// Longest name, in bytes.
    pub const NAME_BYTES_MAX: usize = 100;

    /// Checks a name: trimmed, 1 to [`Role::NAME_BYTES_MAX`] bytes, no control characters.
    pub fn check_name(raw: &str) -> Result<String, Malformed> {
        check_name(raw, Self::NAME_BYTES_MAX)
    }

    /// Refuses to change or remove a role that is ours.
    pub fn check_ours(&self) -> Result<(), Refusal> {
        match self.managed {
            true => Err(Refusal::Conflict { what: "role", state: "is managed and cannot be changed" }),
            false => Ok(()),
        }
    }
}

/// Who holds a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// One account.
    Account(AccountKey),
    /// A group, and so everybody in it.
    Group(GroupId),
    /// All support staff, while inside.
    SupportStaff,
}

impl Holder {
    /// The word in rows and events.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Group(_) => "group",
            Self::SupportStaff => "support_staff",
        }
    }

    /// The holder's id; empty for support staff, of whom there is one set in each realm.
    pub fn id(self) -> String {
        match self {
            Self::Account(key) => key.to_string(),
            Self::Group(id) => id.to_string(),
            Self::SupportStaff => String::new(),
        }
    }
}

/// A role's attachment to one holder. There is at most one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The role.
    pub role: RoleId,
    /// Who holds it.
    pub holder: Holder,
    /// Counts the writes, from 1.
    pub version: i64,
    /// When it was attached.
    pub created_at: Timestamp,
    /// Who attached it.
    pub authorship: Authorship,
}

impl Attachment {
    /// The id of an attachment that was made before attachments had ids: the same whoever works it out.
    pub fn derived_id(role: RoleId, holder: Holder) -> AttachmentId {
        AttachmentId::from_uuid(derived(&format!("attachment/{role}/{}/{}", holder.kind(), holder.id())))
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
    fn an_old_attachment_has_one_id_for_good() {
        let id = |bits| uuid::Uuid::from_u128(bits);
        let role = RoleId::from_uuid(id(1));
        let holders = [Holder::Account(AccountKey::from_uuid(id(2))), Holder::Group(GroupId::from_uuid(id(2))), Holder::SupportStaff];
        let ids: std::collections::BTreeSet<_> = holders.iter().map(|holder| Attachment::derived_id(role, *holder)).collect();
        assert_eq!(ids.len(), 3);
        assert_eq!(Attachment::derived_id(role, Holder::SupportStaff).to_string(), "dd1f2c68-f701-82ae-bded-2219e8eeb1dd");
    }

    #[test]
    fn a_role_name_has_1_to_100_bytes() {
        for (raw, good) in [("org-admin", true), ("", false), (" ", false), (&*"x".repeat(100), true), (&*"x".repeat(101), false)] {
            assert_eq!(Role::check_name(raw).is_ok(), good, "{raw:?}");
        }
        assert!(BuiltIn::ALL.iter().all(|role| Role::check_name(role.name()).is_ok()));
    }
}
