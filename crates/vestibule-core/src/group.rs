//! Groups of accounts, and the rules by which groups nest. The rules know nothing of accounts: a
//! dialect's groups of other things nest by them too.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    authorship::Authorship,
    id::GroupId,
    refusal::{Fault, Malformed},
    time::Timestamp,
};

/// A set of accounts of one realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Shown to people; see [`Group::check_name`].
    pub name: String,
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
