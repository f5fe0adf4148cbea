//! Groups of accounts, and the rules by which groups nest. The rules of nesting know nothing of accounts: a
//! dialect's groups of other things nest by them too.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use crate::{
    account::AccountKind,
    authorship::Authorship,
    chance::Chance,
    id::GroupId,
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};

/// A set of accounts of one realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Shown to people; see [`Group::check_name`].
    pub name: String,
    /// What it is for, in the words of whoever made it; may be empty. See [`check_description`].
    pub description: String,
    /// What makes it a group that the realm itself keeps.
    pub system: Option<SystemGroup>,
    /// Counts the writes to this row, from 1.
    pub version: i64,
    /// When the group was made.
    pub created_at: Timestamp,
    /// Who made it, and who changed it last.
    pub authorship: Authorship,
}

impl Group {
    /// Longest name, in bytes.
    pub const NAME_BYTES_MAX: usize = 100;

    /// Most groups in one chain of nestings, the innermost and the outermost counted.
    pub const DEPTH_MAX: usize = 32;

    /// Checks a name: trimmed, 1 to [`Group::NAME_BYTES_MAX`] bytes, no control characters.
    pub fn check_name(raw: &str) -> Result<String, Malformed> {
        check_name(raw, Self::NAME_BYTES_MAX)
    }

    /// Refuses to rename or remove a group that the realm keeps, and to put anything into it, take anything out,
    /// or nest it; only its roles are the realm's people's to change.
    pub fn check_ordinary(&self) -> Result<(), Refusal> {
        match self.system {
            Some(_) => Err(Refusal::Conflict { what: "group", state: "is a system group: only its roles change" }),
            None => Ok(()),
        }
    }
}

/// A group that every realm has from the start. Nobody is put into it: who is in it follows from the kind of
/// the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SystemGroup {
    /// Every user.
    Everyone,
    /// Every service account.
    ServiceAccounts,
}

impl SystemGroup {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 2] = [Self::Everyone, Self::ServiceAccounts];

    /// The word in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::ServiceAccounts => "service_accounts",
        }
    }

    /// The group's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everyone => "Everyone",
            Self::ServiceAccounts => "Service Accounts",
        }
    }

    /// The group's description (`spec/wavefront-accounts.md`, section 9.6; the second is ours).
    pub const fn description(self) -> &'static str {
        match self {
            Self::Everyone => "System group which contains all users",
            Self::ServiceAccounts => "System group which contains all service accounts",
        }
    }

    /// The group that accounts of a kind are in; visiting agents are in none.
    pub const fn of(kind: AccountKind) -> Option<Self> {
        match kind {
            AccountKind::User => Some(Self::Everyone),
            AccountKind::Service => Some(Self::ServiceAccounts),
            AccountKind::Support => None,
        }
    }

    /// The kind of account that is in it.
    pub const fn kind(self) -> AccountKind {
        match self {
            Self::Everyone => AccountKind::User,
            Self::ServiceAccounts => AccountKind::Service,
        }
    }

    /// The group as a realm begins with it. Its id is older than any other: groups are told in the order of their
    /// ids, and it was there before all others.
    pub fn group(self, created_at: Timestamp, chance: &Chance) -> Group {
        let [a, b, c, d, e, f] = chance.bytes();
        let id = u64::from_be_bytes([0x80, 0, a, b, c, d, e, f]);
        Group {
            id: GroupId::from_uuid(uuid::Uuid::from_u64_pair(0x7000, id)),
            name: self.name().to_owned(),
            description: self.description().to_owned(),
            system: Some(self),
            version: 1,
            created_at,
            authorship: Authorship::default(),
        }
    }
}

impl FromStr for SystemGroup {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let unknown = || Malformed::new("system", Fault::UnknownValue("everyone, service_accounts".to_owned()));
        Self::ALL.into_iter().find(|group| group.as_str() == raw).ok_or_else(unknown)
    }
}

/// Longest description of a group, a role or an account, in bytes.
pub const DESCRIPTION_BYTES_MAX: usize = 1_000;

/// Checks a description: as it was written, at most [`DESCRIPTION_BYTES_MAX`] bytes, no control characters but
/// those that break and indent lines. It may be empty.
pub fn check_description(raw: &str) -> Result<String, Malformed> {
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match raw {
        long if long.len() > DESCRIPTION_BYTES_MAX => Err(Malformed::new("description", Fault::TooLong { limit: DESCRIPTION_BYTES_MAX })),
        odd if odd.chars().any(is_odd) => Err(Malformed::new("description", Fault::Format("text without control characters"))),
        text => Ok(text.to_owned()),
    }
}

/// The rule for names of groups and roles.
pub(crate) fn check_name(raw: &str, limit: usize) -> Result<String, Malformed> {
    match raw.trim() {
        "" => Err(Malformed::new("name", Fault::Empty)),
        long if long.len() > limit => Err(Malformed::new("name", Fault::TooLong { limit })),
        odd if odd.chars().any(char::is_control) => Err(Malformed::new("name", Fault::Format("text without control characters"))),
        name => Ok(name.to_owned()),
    }
}

/// A nesting: the first group lies in the second.
pub type Nesting<G> = (G, G);

/// Every group above `start`, however far; `start` itself is not among them, not even where the
/// data runs in a circle.
///
/// Each group is visited once, so the work is bounded by the nestings. There is no limit of depth here:
/// cutting a chain short could lose a deny. [`check_nesting`] refuses a chain before it gets long.
pub fn ancestors<G: Ord + Clone>(start: &G, nestings: &[Nesting<G>]) -> BTreeSet<G> {
    let mut parents: BTreeMap<&G, Vec<&G>> = BTreeMap::new();
    for (child, parent) in nestings {
        parents.entry(child).or_default().push(parent);
    }
    let mut found = BTreeSet::new();
    let mut ahead = vec![start];
    while let Some(group) = ahead.pop() {
        for parent in parents.get(group).into_iter().flatten().copied() {
            if parent != start && found.insert(parent) {
                ahead.push(parent);
            }
        }
    }
    found.into_iter().cloned().collect()
}

/// Whether `child` may be put into `parent`: not if it is `parent`, or above it already, nor if a chain
/// of more than [`Group::DEPTH_MAX`] groups would come of it.
pub fn check_nesting<G: Ord + Clone>(child: &G, parent: &G, nestings: &[Nesting<G>]) -> Result<(), Malformed> {
    if child == parent || ancestors(parent, nestings).contains(child) {
        return Err(Malformed::new("group", Fault::Cycle));
    }
    let up = longest(parent, nestings.iter().map(|(inner, outer)| (inner, outer)));
    let down = longest(child, nestings.iter().map(|(inner, outer)| (outer, inner)));
    match up + down > Group::DEPTH_MAX {
        true => Err(Malformed::new("group", Fault::TooDeep { limit: Group::DEPTH_MAX })),
        false => Ok(()),
    }
}

/// How many groups the longest chain of `steps` from `start` has, itself counted; no more than one over
/// the limit, so that damaged data which runs in a circle is not followed for ever.
fn longest<'g, G: Ord + 'g>(start: &'g G, steps: impl Iterator<Item = (&'g G, &'g G)>) -> usize {
    let mut next: BTreeMap<&G, Vec<&G>> = BTreeMap::new();
    for (from, to) in steps {
        next.entry(from).or_default().push(to);
    }
    let (mut level, mut length) = (BTreeSet::from([start]), 0);
    while !level.is_empty() && length <= Group::DEPTH_MAX {
        level = level.iter().filter_map(|group| next.get(group)).flatten().copied().collect();
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ancestors_are_all_groups_above_and_never_the_start() {
        let nestings = [(1, 2), (2, 3), (1, 4), (4, 3), (5, 1), (8, 9), (9, 8), (7, 7)];
        for (start, above) in [(1, &[2, 3, 4][..]), (3, &[]), (5, &[1, 2, 3, 4]), (6, &[]), (7, &[]), (8, &[9])] {
            assert_eq!(ancestors(&start, &nestings), above.iter().copied().collect(), "above {start}");
        }
    }

    #[test]
    fn a_group_may_not_come_to_contain_itself() {
        let nestings = [(1, 2), (2, 3)];
        for (child, parent, good) in [(3, 1, false), (3, 2, false), (1, 1, false), (2, 1, false), (1, 3, true), (4, 1, true), (3, 4, true)]
        {
            assert_eq!(check_nesting(&child, &parent, &nestings).is_ok(), good, "{child} in {parent}");
        }
    }

    #[test]
    fn a_chain_has_at_most_32_groups() {
        let chain: Vec<_> = (1..31).map(|group| (group, group + 1)).collect();
        for (child, parent, good) in [(31, 99, true), (99, 1, true), (30, 99, true), (98, 97, true)] {
            assert_eq!(check_nesting(&child, &parent, &chain).is_ok(), good, "{child} in {parent}");
        }
        let full = [&chain[..], &[(31, 32)]].concat();
        for (child, parent, good) in [(32, 99, false), (99, 1, false), (31, 99, true), (99, 2, true)] {
            let fault = check_nesting(&child, &parent, &full).err().map(|malformed| malformed.fault);
            assert_eq!(fault, (!good).then_some(Fault::TooDeep { limit: 32 }), "{child} in {parent}");
        }
        // A circle in damaged data is too deep for anything.
        assert!(check_nesting(&7, &8, &[(8, 9), (9, 8)]).is_err());
    }

    #[test]
    fn a_name_has_1_to_100_bytes() {
        for (raw, name) in [
            ("operators", Some("operators")),
            ("  night shift ", Some("night shift")),
            ("", None),
            ("  ", None),
            ("a\nb", None),
            (&"x".repeat(100), Some(&*"x".repeat(100))),
            (&"x".repeat(101), None),
        ] {
            assert_eq!(Group::check_name(raw).ok().as_deref(), name, "{raw:?}");
        }
    }

    #[test]
    fn a_description_has_at_most_1000_bytes() {
        for (raw, good) in [("", true), (" two\n\tlines ", true), ("a\0b", false), (&"x".repeat(1_000), true), (&"x".repeat(1_001), false)]
        {
            assert_eq!(check_description(raw).ok().as_deref(), good.then_some(raw), "{raw:?}");
        }
    }

    #[test]
    fn each_account_is_in_the_system_group_of_its_kind_and_the_group_comes_before_all_others() {
        let chance = Chance::new(|bytes| bytes.fill(0xab));
        for system in SystemGroup::ALL {
            assert_eq!((SystemGroup::of(system.kind()), system.as_str().parse()), (Some(system), Ok(system)));
            let group = system.group(Timestamp::from_millis(5), &chance);
            assert_eq!(group.id.to_string(), "00000000-0000-7000-8000-abababababab");
            assert_eq!(
                (Group::check_name(&group.name), check_description(&group.description)),
                (Ok(group.name.clone()), Ok(group.description.clone()))
            );
            assert!(group.check_ordinary().is_err());
            assert!(Group { system: None, ..group }.check_ordinary().is_ok());
        }
        assert_eq!(SystemGroup::of(AccountKind::Support), None);
        assert!("".parse::<SystemGroup>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_nested_as_allowed_never_runs_in_a_circle(wishes in prop::collection::vec((0..8u8, 0..8u8), 0..40)) {
            let mut nestings = Vec::new();
            for (child, parent) in wishes {
                if check_nesting(&child, &parent, &nestings).is_ok() {
                    nestings.push((child, parent));
                }
            }
            // Without circles, walking up from any group ends within as many steps as there are groups.
            let mut level: BTreeSet<u8> = (0..8).collect();
            for _ in 0..8 {
                level = nestings.iter().filter(|(child, _)| level.contains(child)).map(|(_, parent)| *parent).collect();
            }
            prop_assert!(level.is_empty());
        }
    }
}
