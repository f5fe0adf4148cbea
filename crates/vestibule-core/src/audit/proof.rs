//! Proofs over trees of leaf hashes: that a leaf is in (inclusion), that a tree only grew
//! (consistency), that nothing inside an export is missing (range).
//!
//! Made from leaf hashes in memory, checked with a handful of hashes (RFC 9162, sections 2.1.3
//! and 2.1.4; ranges: `spec/audit-log.md`, section 2.4). Checking never trusts a length.

use serde::{Deserialize, Serialize};

use super::tree::{Frontier, Hash, node_hash, root};

/// The largest power of two below `count`, which is at least 2.
fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}

/// The hashes that show leaf `index` to be in the tree; `None` when it is not.
pub fn inclusion(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    let (mut part, mut at, mut path) = (leaves, index, Vec::new());
    if index >= leaves.len() {
        return None;
    }
    while part.len() > 1 {
        let k = split(part.len());
        let (left, right) = part.split_at(k);
        if at < k {
            path.push(root(right));
            part = left;
        } else {
            path.push(root(left));
            part = right;
            at -= k;
        }
    }
    path.reverse();
    Some(path)
}

/// Whether `proof` shows `leaf` to stand at `index` in the tree of `size` leaves with this root.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], expected: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut fnode, mut snode, mut r) = (index, size - 1, *leaf);
    for p in proof {
        if snode == 0 {
            return false;
        }
        if fnode & 1 == 1 || fnode == snode {
            r = node_hash(p, &r);
            while fnode & 1 == 0 && fnode != 0 {
                fnode >>= 1;
                snode >>= 1;
            }
        } else {
            r = node_hash(&r, p);
        }
        fnode >>= 1;
        snode >>= 1;
    }
    snode == 0 && r == *expected
}

/// The hashes that show the tree of the first `from` leaves to be a prefix of the whole;
/// `None` when there are not so many leaves.
pub fn consistency(leaves: &[Hash], from: usize) -> Option<Vec<Hash>> {
    if from > leaves.len() {
        return None;
    }
    let (mut part, mut m, mut path, mut whole) = (leaves, from, Vec::new(), true);
    while m != 0 && m < part.len() {
        let k = split(part.len());
        let (left, right) = part.split_at(k);
        if m <= k {
            path.push(root(right));
            part = left;
        } else {
            path.push(root(left));
            part = right;
            m -= k;
            whole = false;
        }
    }
    if m != 0 && !whole {
        path.push(root(part));
    }
    path.reverse();
    Some(path)
}

/// Whether `proof` shows the tree of `m` leaves with root `old` to be a prefix of the tree of
/// `n` leaves with root `new`.
pub fn verify_consistency(m: u64, old: &Hash, n: u64, new: &Hash, proof: &[Hash]) -> bool {
    if m == 0 || m == n {
        return proof.is_empty() && if m == n { old == new } else { *old == Frontier::new().root() };
    }
    // A power of two is itself a node of the new tree, so the proof leaves it out.
    let (first, rest) = match (m.is_power_of_two(), proof) {
        (_, []) => return false,
        (true, all) => (*old, all),
        (false, [first, rest @ ..]) => (*first, rest),
    };
    if m > n {
        return false;
    }
    let (mut fnode, mut snode) = (m - 1, n - 1);
    while fnode & 1 == 1 {
        fnode >>= 1;
        snode >>= 1;
    }
    let (mut from, mut to) = (first, first);
    for c in rest {
        if snode == 0 {
            return false;
        }
        if fnode & 1 == 1 || fnode == snode {
            from = node_hash(c, &from);
            to = node_hash(c, &to);
            while fnode & 1 == 0 && fnode != 0 {
                fnode >>= 1;
                snode >>= 1;
            }
        } else {
            to = node_hash(&to, c);
        }
        fnode >>= 1;
        snode >>= 1;
    }
    snode == 0 && from == *old && to == *new
}

/// What an export of the leaves `[from, to)` ships beside them: the roots of the maximal aligned
/// perfect subtrees before and after. At most 2·log2 n hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeProof {
    /// Of `[0, from)`, in order.
    pub left: Vec<Hash>,
    /// Of `[to, size)`, in order.
    pub right: Vec<Hash>,
}

/// Makes the proof for `[from, to)` of all leaves; `None` when that is no range of them.
pub fn range(leaves: &[Hash], from: usize, to: usize) -> Option<RangeProof> {
    leaves.get(from..to)?;
    let cover = |start: usize, end: usize| {
        let mut at = start;
        heights(start as u64, end as u64)
            .map(|height| {
                let part = leaves.get(at..at + (1 << height)).map(root);
                at += 1 << height;
                part
            })
            .collect::<Option<Vec<Hash>>>()
    };
    Some(RangeProof { left: cover(0, from)?, right: cover(to, leaves.len())? })
}

impl RangeProof {
    /// The root of the tree of `size` leaves that this proof and the leaves from `from` on make,
    /// `None` when their counts do not fit. Each step's frontier is shown to `seen`, from which
    /// the roots of smaller sizes can be read.
    pub fn fold(&self, from: u64, leaves: &[Hash], size: u64, mut seen: impl FnMut(&Frontier)) -> Option<Hash> {
        let to = from.checked_add(u64::try_from(leaves.len()).ok()?).filter(|to| *to <= size)?;
        let left: Vec<u32> = heights(0, from).collect();
        let right: Vec<u32> = heights(to, size).collect();
        if left.len() != self.left.len() || right.len() != self.right.len() {
            return None;
        }
        let left = left.into_iter().zip(&self.left);
        let middle = leaves.iter().map(|leaf| (0, leaf));
        let right = right.into_iter().zip(&self.right);
        let mut frontier = Frontier::new();
        for (height, subtree) in left.chain(middle).chain(right) {
            frontier.push_subtree(height, *subtree).then_some(())?;
            seen(&frontier);
        }
        Some(frontier.root())
    }
}

/// The heights of the maximal aligned perfect subtrees that cover `[start, end)`, in order.
fn heights(start: u64, end: u64) -> impl Iterator<Item = u32> {
    let mut at = start;
    std::iter::from_fn(move || {
        let left = end.checked_sub(at).filter(|left| *left > 0)?;
        let height = at.trailing_zeros().min(left.ilog2());
        at += 1 << height;
        Some(height)
    })
}
