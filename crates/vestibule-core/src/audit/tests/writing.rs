//! Bundles as they are written: piece by piece, and in one spelling.

use super::{Log, ORIGIN};
use crate::audit::{
    bundle::{Patch, Redacted, TooLarge},
    *,
};

/// What the pieces come to, taken after every `each` lines.
pub fn written(bundle: &Bundle, each: usize) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut leaves =
        BundleWriter::begin(bundle.about.clone(), &bundle.policy, &bundle.checkpoint, &bundle.checkpoints, &bundle.range).unwrap();
    for page in bundle.leaves.chunks(each) {
        page.iter().for_each(|leaf| leaves.put_leaf(leaf));
        archive.extend(leaves.take());
    }
    let mut records = leaves.records().unwrap();
    for page in bundle.records.chunks(each) {
        page.iter().for_each(|record| records.put_record(record));
        archive.extend(records.take());
    }
    let mut disclosures = records.disclosures().unwrap();
    for page in bundle.disclosures.chunks(each) {
        page.iter().for_each(|one| disclosures.put_disclosure(one));
        archive.extend(disclosures.take());
    }
    let (rest, patches) = disclosures.finish().unwrap();
    archive.extend(rest);
    for Patch { at, bytes } in patches {
        archive[at as usize..][..bytes.len()].copy_from_slice(&bytes);
    }
    archive
}

#[test]
fn a_bundle_is_the_same_however_it_is_taken() {
    for count in [1, 2, 9, 40] {
        let bundle = Log::new(count).whole();
        let whole = bundle.write();
        assert_eq!(Bundle::read(&whole).as_ref(), Ok(&bundle));
        for each in [1, 7, 1_000] {
            assert!(written(&bundle, each) == whole, "{count} events, taken each {each}");
        }
    }
}

#[test]
fn redactions_are_counted_as_they_are_written() {
    let log = Log::new(12);
    for redacted in [0, 1, 11] {
        let mut bundle = log.whole();
        for (index, leaf_hash) in (1..).zip(log.hashes().into_iter().skip(1)).take(redacted) {
            bundle.records[index as usize] = Record::Redacted(Redacted { index, leaf_hash });
        }
        // What was claimed before does not count.
        bundle.about.redactions = 7;
        assert_eq!(Bundle::read(&bundle.write()).unwrap().about.redactions, redacted as u64);
    }
}

#[test]
fn what_a_bundle_is_of_takes_one_block_or_is_refused() {
    let begin = |made_by: usize| {
        let mut bundle = Log::new(1).whole();
        bundle.about.made_by = "x".repeat(made_by);
        let begun = BundleWriter::begin(bundle.about.clone(), &bundle.policy, &bundle.checkpoint, &bundle.checkpoints, &bundle.range);
        begun.map(drop)
    };
    // The longest that leaves room for as many redactions as can be.
    let longest = 512 - r#"{"format":1,"origin":"","from":0,"to":1,"redactions":18446744073709551615,"made_by":""}"#.len() - ORIGIN.len();
    assert_eq!((begin(longest), begin(longest + 1)), (Ok(()), Err(TooLarge("bundle.json"))));
}
