//! Things that requests name: one in a path, which must be there, and lists of them, of which some may not be
//! (`spec/wavefront-accounts.md`, section 9.8).

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{
    account::{Account, AccountKind},
    group::{Group, SystemGroup},
    id::{AccountKey, GroupId, RoleId},
    refusal::Refusal,
    role::{Holder, Role},
};
use vestibule_operations::UnitOfWork;

use super::{envelope::Warning, refusal::ASSIGNEES};

/// What groups are called in warnings, as recorded (section 4), and the others after it.
pub const GROUPS: &str = "user groups";
/// See [`GROUPS`].
pub const ROLES: &str = "roles";
/// See [`GROUPS`].
pub const ACCOUNTS: &str = "accounts";

/// Which accounts a path may name. Visiting agents are named by none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// People and robots.
    Anybody,
    /// People: a robot is as absent as nobody (section 9.2, inferred).
    Users,
    /// Robots.
    Robots,
}

impl Whom {
    fn takes(self, kind: AccountKind) -> bool {
        match self {
            Self::Anybody => kind != AccountKind::Support,
            Self::Users => kind == AccountKind::User,
            Self::Robots => kind == AccountKind::Service,
        }
    }
}

/// The account that a path names.
pub async fn account(work: &mut UnitOfWork<'_>, id: &str, whom: Whom) -> Result<Account, Refusal> {
    let found = work.find_account_by_id(id).await?;
    found.filter(|account| whom.takes(account.kind)).ok_or(Refusal::Absent("account"))
}

/// The role that a path names.
pub async fn role(work: &mut UnitOfWork<'_>, id: &str) -> Result<Role, Refusal> {
    let id: RoleId = id.parse().map_err(|_| Refusal::Absent("role"))?;
    work.role(id).await
}

/// The group that a path names.
pub async fn group(work: &mut UnitOfWork<'_>, id: &str) -> Result<Group, Refusal> {
    let id: GroupId = id.parse().map_err(|_| Refusal::Absent("group"))?;
    work.group_of_accounts(id).await
}

/// What a list of ids names: what is there, in the order asked and each once, and the ids that name nothing.
#[derive(Debug)]
pub struct Found<T> {
    /// What is there.
    pub items: Vec<T>,
    /// The rest, as it was written.
    pub unknown: Vec<String>,
}

impl<T> Found<T> {
    /// Refuses a list that names something and nothing that is there (section 9.8).
    pub fn some(self, what: &'static str) -> Result<Self, Refusal> {
        match self.items.is_empty() && !self.unknown.is_empty() {
            true => Err(Refusal::NoneValid(what)),
            false => Ok(self),
        }
    }

    /// Tells of the rest.
    pub fn warn(&self, warning: &mut Warning, what: &str) {
        warning.ignored(what, &self.unknown);
    }

    /// What is there, by `id`.
    fn among<I: std::str::FromStr + Ord + Copy>(ids: &[String], all: Vec<T>, id: fn(&T) -> I) -> Self {
        let mut all: BTreeMap<I, T> = all.into_iter().map(|item| (id(&item), item)).collect();
        let (mut items, mut seen, mut unknown) = (Vec::new(), BTreeSet::new(), Vec::new());
        for raw in ids {
            match raw.parse::<I>().ok() {
                Some(id) if seen.contains(&id) => {}
                parsed => match parsed.and_then(|id| all.remove_entry(&id)) {
                    Some((id, item)) => {
                        seen.insert(id);
                        items.push(item);
                    }
                    None => unknown.push(raw.clone()),
                },
            }
        }
        Self { items, unknown }
    }
}

/// The roles that a list names.
pub async fn roles(work: &mut UnitOfWork<'_>, ids: &[String]) -> Result<Found<Role>, Refusal> {
    let all = if ids.is_empty() { Vec::new() } else { work.all_roles().await? };
    Ok(Found::among(ids, all, |role| role.id))
}

/// The groups that a list names.
pub async fn groups(work: &mut UnitOfWork<'_>, ids: &[String]) -> Result<Found<Group>, Refusal> {
    let all = if ids.is_empty() { Vec::new() } else { work.all_groups().await? };
    Ok(Found::among(ids, all, |group| group.id))
}

/// The accounts that a list names.
pub async fn accounts(work: &mut UnitOfWork<'_>, ids: &[String]) -> Result<Found<Account>, Refusal> {
    let (items, unknown) = work.find_accounts_by_ids(ids).await?;
    Ok(Found { items, unknown })
}

impl Found<Account> {
    /// The same, where others than these are as absent as nobody.
    pub fn only_those(self, whom: Whom) -> Self {
        let Self { items, mut unknown } = self;
        let (items, others): (Vec<_>, Vec<_>) = items.into_iter().partition(|account| whom.takes(account.kind));
        unknown.extend(others.iter().map(|account| account.id.to_string()));
        Self { items, unknown }
    }
}

/// The accounts and groups that a mixed list names, as holders of roles.
pub async fn assignees(work: &mut UnitOfWork<'_>, ids: &[String]) -> Result<Found<Holder>, Refusal> {
    let groups = groups(work, ids).await?;
    let accounts = accounts(work, &groups.unknown).await?;
    let items = groups.items.iter().map(|group| Holder::Group(group.id));
    let items = items.chain(accounts.items.iter().map(|account| Holder::Account(account.key))).collect();
    Found { items, unknown: accounts.unknown }.some(ASSIGNEES)
}

/// The keys of accounts.
pub fn keys(accounts: &[Account]) -> Vec<AccountKey> {
    accounts.iter().map(|account| account.key).collect()
}

/// Whether an account can be put into a group, or taken out of it. Who is in a group that the realm keeps follows from
/// what kind of account it is (section 9.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It can.
    Free,
    /// It is in for good.
    Kept,
    /// It can never be in.
    Foreign,
}

/// How an account of this kind stands to a group.
pub fn place(kind: AccountKind, group: &Group) -> Place {
    match group.system {
        None => Place::Free,
        system if system == SystemGroup::of(kind) => Place::Kept,
        Some(_) => Place::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_what_is_there_once_and_in_its_order() {
        let among = |ids: &[&str]| {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            let found = Found::among(&ids, vec![1_u8, 2, 3], |item| *item);
            (found.items, found.unknown)
        };
        for (ids, items, unknown) in
            [(&[][..], &[][..], &[][..]), (&["3", "1", "3", "01"], &[3, 1], &[]), (&["4", "2", "x", "4"], &[2], &["4", "x", "4"])]
        {
            assert_eq!(among(ids), (items.to_vec(), unknown.iter().map(ToString::to_string).collect()), "{ids:?}");
        }
    }

    #[test]
    fn a_list_with_nothing_that_is_there_is_refused_unless_it_is_empty() {
        let found =
            |items: &[u8], unknown: &[&str]| Found { items: items.to_vec(), unknown: unknown.iter().map(ToString::to_string).collect() };
        for (items, unknown, good) in [(&[][..], &[][..], true), (&[1], &["x"], true), (&[], &["x"], false)] {
            assert_eq!(found(items, unknown).some("role").is_ok(), good, "{items:?} {unknown:?}");
        }
    }
}
