//! Bytes that nobody should have sent.

use proptest::prelude::*;

use super::{Log, report, vkeys};
use crate::audit::{tar, *};

/// What a reader gives who pinned the key and kept the note; honest bytes give 0.
fn exit(bytes: &[u8], note: &str) -> u8 {
    verify(bytes, &vkeys()[..1], Some(note), &Options::default()).exit_code()
}

#[test]
fn a_bundle_survives_its_archive() {
    let log = Log::new(8);
    for (from, to) in [(0, 8), (2, 5), (5, 5)] {
        let mut bundle = log.bundle(from, to);
        bundle.checkpoints = [3, 5].map(|size| (size as u64, log.note(size))).into();
        bundle.policy.witnesses = vec![("acme".to_owned(), vkeys()[2].clone())];
        bundle.policy.quorum = Some("acme".to_owned());
        assert_eq!(Bundle::read(&bundle.write()), Ok(bundle));
    }
}

#[test]
fn any_flipped_byte_of_what_is_proven_is_found() {
    let log = Log::new(8);
    let note = log.note(8);
    for bundle in [log.whole(), log.bundle(2, 5)] {
        let archive = bundle.write();
        assert_eq!(exit(&archive, &note), 0);
        let start = archive.as_ptr() as usize;
        for (name, content) in tar::files(&archive).unwrap() {
            if !["checkpoint", "range.json", "leaves", "events.jsonl", "disclosures.jsonl"].contains(&name) {
                continue;
            }
            let first = content.as_ptr() as usize - start;
            for at in first..first + content.len() {
                let mut flipped = archive.clone();
                flipped[at] ^= 1 << (at % 8);
                assert_ne!(exit(&flipped, &note), 0, "`{name}`, byte {} flipped", at - first);
            }
        }
    }
}

#[test]
fn any_flipped_byte_of_the_note_that_is_held_is_found() {
    let log = Log::new(3);
    let (archive, note) = (log.whole().write(), log.note(3));
    for at in 0..note.len() {
        let mut flipped = note.clone().into_bytes();
        flipped[at] ^= 1;
        if let Ok(flipped) = String::from_utf8(flipped) {
            assert_ne!(exit(&archive, &flipped), 0, "byte {at} flipped");
        }
    }
}

#[test]
fn a_bundle_cut_anywhere_is_malformed() {
    let archive = Log::new(3).whole().write();
    for length in (0..archive.len()).step_by(61) {
        assert_eq!(verify(&archive[..length], &[], None, &Options::default()).exit_code(), 16, "cut to {length}");
    }
}

#[test]
fn claims_of_enormous_sizes_cost_nothing() {
    let log = Log::new(3);
    let mut bundle = log.whole();
    for (size, from, to) in [(u64::MAX, 0, u64::MAX), (u64::MAX, u64::MAX, u64::MAX), (u64::MAX, 1 << 63, u64::MAX), (5, 5, 5), (3, 0, 9)] {
        (bundle.about.from, bundle.about.to) = (from, to);
        bundle.checkpoint = Checkpoint { origin: super::ORIGIN.to_owned(), size, root: log.hashes()[0] }.sign(&super::log_key(1));
        assert_ne!(report(&bundle, Some(&log.note(3))).exit_code(), 0, "{size} {from} {to}");
    }
}

/// A member of a bundle replaced by other bytes.
fn with_member(archive: &[u8], wanted: &str, content: &[u8]) -> Vec<u8> {
    let mut other = Vec::new();
    for (name, own) in tar::files(archive).unwrap() {
        tar::append(&mut other, name, if name == wanted { content } else { own });
    }
    tar::finish(&mut other);
    other
}

#[test]
fn members_have_one_spelling() {
    let log = Log::new(3);
    let (archive, note) = (log.whole().write(), log.note(3));
    for (name, content) in [
        ("bundle.json", &b"{}"[..]),
        ("policy", b"log x\n"),
        ("policy", b"group a b\n"),
        ("policy", b"quorum none"),
        ("checkpoint", b"\xff"),
        ("range.json", br#"{"left":[],"right":[],"more":1}"#),
        ("range.json", br#"{"left":[],"right":[] }"#),
        ("leaves", b"short"),
        ("events.jsonl", b"{}"),
        ("disclosures.jsonl", b"\n"),
        ("disclosures.jsonl", b"{\"index\":1,\"d\":\"x\",\"name\":\"y\"}\n"),
    ] {
        let code = exit(&with_member(&archive, name, content), &note);
        assert_eq!(code, 16, "{name}: {}", content.escape_ascii());
    }
    assert_eq!(exit(&with_member(&archive, "disclosures.jsonl", b"{\"index\":1,\"name\":\"y\",\"d\":\"x\"}\n"), &note), 18);
    assert_eq!(exit(&with_member(&archive, "README", b"another"), &note), 0, "nobody verifies the manual");
}

/// Reports are printed to terminals, so nothing in them may drive one.
#[test]
fn control_characters_of_a_bundle_are_never_printed() {
    let log = Log::new(4);
    let mut bundle = log.whole();
    let id = String::from_utf8(log.events[2].clone()).unwrap().split("\"id\":\"").nth(2).unwrap()[..36].to_owned();
    bundle.records[2] = Record::Event(super::edit(&log.events[2], &id, "\\u001b[2J"));
    bundle.disclosures[0].name = "\u{1b}[2J\u{9b}2J".to_owned();
    let report = report(&bundle, None);
    assert!(!report.to_string().chars().any(|c| c.is_control() && c != '\n'), "{report}");
    assert_eq!(report.exit_code(), 10);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4_000)) {
        prop_assert_eq!(verify(&bytes, &[], None, &Options::default()).exit_code(), 16);
        let _ = Note::parse(&bytes);
    }

    #[test]
    fn random_members_never_panic(
        which in 0..8_usize,
        lines in proptest::collection::vec("(\\PC{0,40}|\\{\"index\":[0-9]{1,20}\\}|\\{\"redacted\":\\{\"index\":[0-9]{1,3},\"leaf_hash\":\"\"\\}\\})", 0..12),
    ) {
        let log = Log::new(3);
        let name = ["bundle.json", "policy", "checkpoint", "range.json", "leaves", "events.jsonl", "disclosures.jsonl", "events.jsonl"][which];
        let content: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let archive = with_member(&log.whole().write(), name, content.as_bytes());
        prop_assert!(name == "disclosures.jsonl" && content.is_empty() || exit(&archive, &log.note(3)) != 0);
    }

    #[test]
    fn any_choice_and_order_of_rows_is_reported(
        records in proptest::collection::vec(0..8_usize, 0..12),
        leaves in proptest::collection::vec(0..8_usize, 0..12),
        honest in 0..3_usize,
        to in 0..=9_u64,
    ) {
        let (log, all): (Log, Vec<usize>) = (Log::new(8), (0..8).collect());
        let (records, leaves) = ([&records, &all, &records][honest], [&leaves, &leaves, &all][honest]);
        let mut bundle = log.whole();
        bundle.disclosures.clear();
        bundle.records = records.iter().map(|at| Record::Event(log.events[*at].clone())).collect();
        bundle.leaves = leaves.iter().map(|at| log.hashes()[*at]).collect();
        bundle.about.to = to.max(8 * u64::from(honest > 0));
        let code = report(&bundle, Some(&log.note(8))).exit_code();
        prop_assert_eq!(code == 0, *records == all && *leaves == all && bundle.about.to == 8);
        prop_assert!(code == 0 || (10..=13).contains(&code) || (code == 16 && bundle.about.to > 8), "{}", code);
    }
}
