//! The same questions to other people's code: `ct-merkle` for trees, `signed_note` for notes.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use signed_note::{StandardVerifier, VerifierList};

use super::{Log, vkeys};
use crate::audit::{
    Note,
    proof::{consistency, inclusion},
    tree::{Hash, leaf_hash, root},
};

fn bytes(hashes: Option<Vec<Hash>>) -> Vec<u8> {
    hashes.unwrap().iter().flat_map(|hash| *hash.bytes()).collect()
}

/// The text that `signed_note` takes to be signed by the log's key of the vectors.
fn theirs(note: &[u8]) -> Option<Vec<u8>> {
    let note = signed_note::Note::from_bytes(note).ok()?;
    let verifier = StandardVerifier::new(&vkeys()[0].to_string()).unwrap();
    note.verify(&VerifierList::new(vec![Box::new(verifier)])).ok()?;
    Some(note.text().to_vec())
}

/// The same of ours.
fn ours(note: &[u8]) -> Option<Vec<u8>> {
    let note = Note::parse(note).ok()?;
    note.verify(&vkeys()[..1]).ok()?;
    Some(note.text().as_bytes().to_vec())
}

#[test]
fn both_read_the_same_notes() {
    let notes = [
        include_str!("vectors/note7.txt"),
        include_str!("vectors/note8.txt"),
        include_str!("vectors/note8cosigned.txt"),
        include_str!("vectors/note8rot.txt"),
        include_str!("vectors/fork8.txt"),
        &Log::new(3).note(2),
    ];
    for note in notes {
        assert!(ours(note.as_bytes()).is_some());
        assert_eq!(ours(note.as_bytes()), theirs(note.as_bytes()), "{note}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_and_proofs_agree(size in 1..=70_usize, index in 0..70_usize, from in 1..=70_usize) {
        let (index, from) = (index % size, from.min(size));
        let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&[n as u8])).collect();
        let mut tree = MemoryBackedTree::<Sha256, [u8; 1]>::new();
        (0..size).for_each(|n| tree.push([n as u8]));
        prop_assert_eq!(Hash::from_slice(tree.root().as_bytes()), Some(root(&leaves)));
        prop_assert_eq!(bytes(inclusion(&leaves, index)), tree.prove_inclusion(index).as_bytes().to_vec());
        if from < size {
            prop_assert_eq!(bytes(consistency(&leaves, from)), tree.prove_consistency(size - from).as_bytes().to_vec());
        }
    }

    /// Ours may refuse more (`spec/audit-log.md`, section 3.1), and never takes another text for signed.
    #[test]
    fn what_we_accept_others_accept_as_the_same_text(at in 0..347_usize, other in any::<u8>(), remove in any::<bool>()) {
        let mut note = include_bytes!("vectors/note8cosigned.txt").to_vec();
        if remove {
            note.remove(at);
        } else {
            note[at] = other;
        }
        let read = ours(&note);
        prop_assert!(read.is_none() || read == theirs(&note), "{}", note.escape_ascii());
    }
}
