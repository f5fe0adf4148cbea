//! Trees and proofs, against the published vectors and brute force.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use crate::audit::{
    proof::{self, RangeProof, consistency, inclusion, verify_consistency, verify_inclusion},
    tree::{Frontier, Hash, leaf_hash, node_hash, root},
};

/// `spec/audit-log.md`, section 2.6; reproduced by Go's `sumdb/tlog`.
#[derive(Deserialize)]
struct Vectors {
    roots: Vec<String>,
    leaves: Vec<String>,
    incl: BTreeMap<String, Vec<String>>,
    cons: BTreeMap<String, Vec<String>>,
    big: BTreeMap<usize, String>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/merkle.json")).unwrap()
}

fn hash(hex: &str) -> Hash {
    Hash::from_hex(hex).unwrap()
}

fn hashes(hex: &[String]) -> Vec<Hash> {
    hex.iter().map(|hex| hash(hex)).collect()
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn pair(key: &str) -> (usize, usize) {
    let (a, b) = key.split_once(',').unwrap();
    (a.parse().unwrap(), b.parse().unwrap())
}

fn numbered(count: usize) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(n.to_string().as_bytes())).collect()
}

/// The definition, word for word: slow, and nothing of the code under test but the node hash.
fn by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(b""),
        [one] => *one,
        many => {
            let mut k = 1;
            while k * 2 < many.len() {
                k *= 2;
            }
            node_hash(&by_definition(&many[..k]), &by_definition(&many[k..]))
        }
    }
}

#[test]
fn roots_frontiers_and_proofs_are_those_of_the_vectors() {
    let vectors = vectors();
    let leaves: Vec<Hash> = vectors.leaves.iter().map(|hex| leaf_hash(&unhex(hex))).collect();
    for (size, expected) in vectors.roots.iter().enumerate() {
        assert_eq!(root(&leaves[..size]).to_string(), *expected, "root of {size}");
    }
    for (key, proof) in &vectors.incl {
        let (index, size) = pair(key);
        assert_eq!(inclusion(&leaves[..size], index), Some(hashes(proof)), "inclusion {key}");
    }
    for (key, proof) in &vectors.cons {
        let (from, size) = pair(key);
        assert_eq!(consistency(&leaves[..size], from), Some(hashes(proof)), "consistency {key}");
    }
    let mut frontier = Frontier::new();
    leaves[..7].iter().for_each(|leaf| frontier.push(*leaf));
    let pair_of_4 = hash("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a");
    assert_eq!(frontier.nodes(), [root(&leaves[..4]), pair_of_4, leaves[6]]);
    let range = RangeProof { left: vec![root(&leaves[..2])], right: vec![leaves[5], leaves[6]] };
    assert_eq!(proof::range(&leaves[..7], 2, 5), Some(range));
}

#[test]
fn large_roots_are_those_of_the_vectors() {
    for (size, expected) in vectors().big {
        assert_eq!(root(&numbered(size)).to_string(), expected, "root of {size}");
    }
}

#[test]
fn what_is_not_in_the_tree_has_no_proof() {
    let leaves = numbered(5);
    assert_eq!((inclusion(&leaves, 5), inclusion(&[], 0)), (None, None));
    assert_eq!((consistency(&leaves, 6), consistency(&leaves, 0)), (None, Some(Vec::new())));
    for (from, to) in [(0, 6), (4, 3), (6, 6)] {
        assert_eq!(proof::range(&leaves, from, to), None, "{from}..{to}");
    }
    let top = root(&leaves);
    assert!(!verify_inclusion(&leaves[0], 0, 0, &[], &top));
    assert!(!verify_inclusion(&leaves[0], u64::MAX, u64::MAX, &[], &top));
    assert!(!verify_consistency(6, &top, 5, &top, &[top]));
    assert!(!verify_consistency(0, &top, 5, &top, &[]), "the empty tree has its own root");
    assert!(verify_consistency(0, &root(&[]), 5, &top, &[]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn inclusion_holds_for_its_own_leaf_only(size in 1..=70_usize, index in 0..70_usize, other in 0..70_usize, spoilt in 0..8_usize) {
        let (index, other) = (index % size, other % size);
        let leaves = numbered(size);
        let top = by_definition(&leaves);
        let path = inclusion(&leaves, index).unwrap();
        let holds = |leaf: usize, at: usize, size: usize, path: &[Hash]| verify_inclusion(&leaves[leaf], at as u64, size as u64, path, &top);
        prop_assert!(holds(index, index, size, &path));
        prop_assert_eq!(holds(other, index, size, &path), other == index);
        prop_assert_eq!(holds(index, other, size, &path), other == index);
        prop_assert!(!holds(index, index, size, &[path.clone(), vec![top]].concat()));
        if !path.is_empty() {
            let mut wrong = path.clone();
            let at = spoilt % wrong.len();
            wrong[at] = Hash::of(b"spoilt");
            prop_assert!(!holds(index, index, size, &wrong));
            prop_assert!(!holds(index, index, size, &path[1..]));
        }
    }

    #[test]
    fn consistency_holds_for_its_own_prefix_only(size in 1..=70_usize, from in 0..=70_usize, edited in 0..70_usize) {
        let (from, edited) = (from % (size + 1), edited % size);
        let leaves = numbered(size);
        let (old, new) = (by_definition(&leaves[..from]), by_definition(&leaves));
        let path = consistency(&leaves, from).unwrap();
        prop_assert!(verify_consistency(from as u64, &old, size as u64, &new, &path));
        prop_assert!(!verify_consistency(from as u64, &old, size as u64, &new, &[path.clone(), vec![old]].concat()));
        let mut fork = leaves.clone();
        fork[edited] = Hash::of(b"edited");
        let (old_fork, new_fork) = (by_definition(&fork[..from]), by_definition(&fork));
        let path_fork = consistency(&fork, from).unwrap();
        prop_assert_eq!(verify_consistency(from as u64, &old, size as u64, &new_fork, &path_fork), edited >= from);
        prop_assert_eq!(verify_consistency(from as u64, &old_fork, size as u64, &new, &path), edited >= from);
    }

    #[test]
    fn a_range_folds_to_the_root_and_nothing_else_does(size in 1..=70_usize, a in 0..=70_usize, b in 0..=70_usize, edited in 0..70_usize) {
        let (a, b) = (a % (size + 1), b % (size + 1));
        let (from, to) = (a.min(b), a.max(b));
        let leaves = numbered(size);
        let top = by_definition(&leaves);
        let range = proof::range(&leaves, from, to).unwrap();
        let mut part = leaves[from..to].to_vec();
        let mut prefixes = Vec::new();
        let folded = range.fold(from as u64, &part, size as u64, |frontier| prefixes.push((frontier.size(), frontier.root())));
        prop_assert_eq!(folded, Some(top));
        for (prefix, seen) in prefixes {
            prop_assert_eq!(seen, by_definition(&leaves[..prefix as usize]));
        }
        if !part.is_empty() {
            prop_assert_ne!(range.fold(from as u64, &part[1..], size as u64, |_| {}), Some(top));
            let at = edited % part.len();
            part[at] = Hash::of(b"edited");
            prop_assert_ne!(range.fold(from as u64, &part, size as u64, |_| {}), Some(top));
        }
    }

    #[test]
    fn hostile_sizes_end_in_no(index in any::<u64>(), size in any::<u64>(), count in 0..130_usize) {
        let hashes = numbered(count);
        let top = Hash::of(b"top");
        prop_assert!(!verify_inclusion(&top, index, size, &hashes, &top) || (size == 1 && count == 0));
        prop_assert!(!verify_consistency(index, &top, size, &Hash::of(b"new"), &hashes));
        let range = RangeProof { left: hashes.clone(), right: hashes.clone() };
        prop_assert_ne!(range.fold(index, &hashes, size, |_| {}), Some(top));
    }
}
