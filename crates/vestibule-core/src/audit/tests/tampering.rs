//! Every row of `spec/audit-log.md`, section 4.4: as somebody who writes to the database under an
//! honest signed head (A1), and as the operator who signs another head (A2).

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer, SigningKey};

use super::{Log, ORIGIN, edit, evening, log_key, report, vkeys};
use crate::audit::{
    bundle::Redacted,
    report::{Finding, LeafHash},
    tree::leaf_hash,
    *,
};

#[track_caller]
fn check(report: &Report, exit: u8, messages: &[&str]) {
    let found: Vec<String> = report.findings.iter().map(Finding::to_string).collect();
    assert_eq!((report.exit_code(), found.len()), (exit, messages.len()), "{found:#?}");
    for (found, expected) in found.iter().zip(messages) {
        assert!(found.starts_with(expected), "{found}\nexpected: {expected}");
    }
}

fn id(log: &Log, index: usize) -> String {
    serde_json::from_slice::<serde_json::Value>(&log.events[index]).unwrap()["id"].as_str().unwrap().to_owned()
}

/// A note with the vectors' witness's line, cosigned at 2026-11-21T22:58:10Z.
fn cosigned(note: &str) -> String {
    let (text, _) = note.rsplit_once("\n\n").unwrap();
    let (seconds, witness) = (1_795_301_890_u64, &vkeys()[2]);
    let signature = SigningKey::from_bytes(&[3; 32]).sign(format!("cosignature/v1\ntime {seconds}\n{text}\n").as_bytes());
    let id = u32::from_str_radix(&witness.id_text(), 16).unwrap().to_be_bytes();
    let line = STANDARD.encode([&id[..], &seconds.to_be_bytes(), &signature.to_bytes()].concat());
    format!("{note}— {} {line}\n", witness.name())
}

#[test]
fn an_honest_bundle_is_verified_with_an_anchor_and_only_with_one() {
    let log = Log::new(8);
    for (from, to) in [(0, 8), (2, 5), (8, 8), (0, 1), (7, 8), (3, 8)] {
        let bundle = log.bundle(from, to);
        let report_on = report(&bundle, Some(&log.note(8)));
        check(&report_on, 0, &[]);
        assert_eq!((report_on.anchored, report_on.disclosures), (Some(8), bundle.disclosures.len() as u64));
        check(&report(&bundle, None), 4, &[]);
    }
    // A note of an earlier size anchors what the bundle can fold to.
    for (size, exit) in [(2, 0), (3, 0), (4, 0), (5, 0), (1, 4), (6, 0), (7, 4)] {
        check(&report(&log.bundle(2, 5), Some(&log.note(size))), exit, &[]);
    }
    assert!(report(&log.whole(), Some(&log.note(6))).to_string().contains("unwitnessed: 6..7"));
}

#[test]
fn a_trusted_cosignature_is_an_anchor_and_a_claimed_one_is_not() {
    let log = Log::new(8);
    let mut bundle = log.whole();
    bundle.checkpoint = cosigned(&bundle.checkpoint);
    bundle.policy.witnesses = vec![("acme".to_owned(), vkeys()[2].clone())];
    let with = |trust: &[VKey], age_s: i64| {
        let max_age_s = Some((age_s, evening().plus_seconds(490 + 60)));
        verify(&bundle.write(), trust, None, &Options { max_age_s, ..Options::default() })
    };
    check(&with(&vkeys(), 60), 0, &[]);
    check(&with(&vkeys(), 59), 17, &["STALE: the newest trusted cosignature is of 2026-11-21T22:58:10Z"]);
    check(&with(&[], 60), 17, &["STALE: there is no trusted cosignature"]);
    let claimed = verify(&bundle.write(), &[], None, &Options::default());
    check(&claimed, 4, &[]);
    assert!(claimed.to_string().contains("the bundle's own claim"));
    // A note that the reader kept vouches for the key that signed it.
    check(&verify(&bundle.write(), &[], Some(&log.note(5)), &Options::default()), 0, &[]);
}

#[test]
fn a1_edits_are_named() {
    let log = Log::new(8);
    let mut bundle = log.whole();
    let bytes = edit(&log.events[3], "usr_3", "usr_9");
    let (found, committed) = (LeafHash(leaf_hash(&bytes)), LeafHash(log.hashes()[3]));
    bundle.records[3] = Record::Event(bytes.clone());
    let edited = format!("EDITED event 3 (id {}): record hashes to {found}, the log committed {committed}", id(&log, 3));
    let disclosure = "DISCLOSURE of event 3: `actor.name` does not match";
    check(&report(&bundle, None), 10, &[&edited, disclosure]);

    // In both tables: the list no longer folds, and the notes bound where.
    bundle.leaves[3] = leaf_hash(&bytes);
    bundle.checkpoints = [2, 6].map(|size| (size as u64, log.note(size))).into();
    check(&report(&bundle, None), 10, &["EDITED between 2..5: neither the leaf list nor the records fold"]);

    // Only in the list of leaves.
    let mut bundle = log.whole();
    bundle.leaves[3] = leaf_hash(&bytes);
    check(&report(&bundle, None), 10, &["EDITED leaf list at 3: the records fold to the signed root, the list does not"]);

    // What claims nothing is placed by where it stands; what is too much is a stray.
    let mut bundle = log.whole();
    bundle.records[3] = Record::Event(b"{}".to_vec());
    check(&report(&bundle, None), 10, &["EDITED event 3: record hashes to", disclosure]);
    bundle.records = log.whole().records;
    bundle.records.insert(3, Record::Event(b"{}".to_vec()));
    check(&report(&bundle, None), 10, &["EDITED: line 4 hashes to"]);
    bundle.records[3] = bundle.records[2].clone();
    check(&report(&bundle, None), 10, &["EDITED: line 4 hashes to"]);
}

#[test]
fn a1_deletions_are_named() {
    let log = Log::new(8);
    let mut bundle = log.whole();
    bundle.disclosures.clear();
    let leaf = LeafHash(log.hashes()[4]);
    bundle.records.remove(4);
    check(&report(&bundle, None), 11, &[&format!("DELETED 1 event: index 4 (committed leaf {leaf}) has no record")]);
    bundle.records.remove(4);
    check(&report(&bundle, None), 11, &[&format!("DELETED 2 events: first index 4 (committed leaf {leaf}) has no record")]);
    bundle.leaves.drain(4..6);
    check(&report(&bundle, None), 11, &["EDITED between 0..7: neither", "DELETED 2 events: first index 4 has no record"]);

    // Renumbered after the gap: everything from there on differs, and the end is missing.
    let mut bundle = log.whole();
    bundle.disclosures.clear();
    bundle.records.remove(4);
    for (at, record) in bundle.records.iter_mut().enumerate().skip(4) {
        let Record::Event(bytes) = record else { panic!() };
        *bytes = edit(bytes, &format!("\"index\":{}", at + 1), &format!("\"index\":{at}"));
    }
    let messages = ["EDITED 3 events, all from index 4 (id ", "TRUNCATED: the records end before index 7; the head covers 8; missing 7"];
    check(&report(&bundle, None), 13, &messages);
}

#[test]
fn a1_reordering_is_named() {
    let log = Log::new(8);
    let mut bundle = log.whole();
    bundle.records.swap(3, 6);
    let messages = ["REORDERED: record 6 stands where record 3 belongs", "REORDERED: record 3 stands where record 6 belongs"];
    check(&report(&bundle, None), 12, &messages);
    bundle.leaves.swap(3, 6);
    check(&report(&bundle, None), 12, &["EDITED leaf list at 3..6", messages[0], messages[1]]);
    let mut bundle = Log::new(20).whole();
    bundle.records.rotate_left(1);
    check(&report(&bundle, None), 12, &["REORDERED: record 1 stands where record 0 belongs, the first of 20"]);
}

#[test]
fn a1_truncation_is_named() {
    let log = Log::new(8);
    let mut bundle = log.whole();
    bundle.disclosures.clear();
    let message = "TRUNCATED: the records end before index 6; the head covers 8; missing 6..7";
    bundle.records.truncate(6);
    check(&report(&bundle, None), 13, &[message]);
    // In both tables, and with the export's end moved.
    bundle.leaves.truncate(6);
    check(&report(&bundle, None), 13, &[message]);
    bundle.about.to = 6;
    check(&report(&bundle, None), 13, &[message]);
    bundle.records.clear();
    bundle.leaves.clear();
    bundle.about.to = 8;
    check(&report(&bundle, None), 13, &["TRUNCATED: the records end before index 0; the head covers 8; missing 0..7"]);
    // With an older head, only the note that is held tells.
    let held = cosigned(&log.note(8));
    let bundle = Log { events: log.events[..6].to_vec(), disclosures: Vec::new() }.whole();
    let missing = "TRUNCATED: head has 6 events; you hold a checkpoint for 8 cosigned 2026-11-21T22:58:10Z; missing 6..7";
    check(&verify(&bundle.write(), &vkeys(), Some(&held), &Options::default()), 13, &[missing]);
    check(&report(&bundle, None), 4, &[]);
}

#[test]
fn several_findings_exit_with_the_gravest() {
    let log = Log::new(12);
    let mut bundle = log.whole();
    bundle.disclosures.clear();
    bundle.records[1] = Record::Event(edit(&log.events[1], "usr_1", "usr_9"));
    bundle.records.swap(3, 4);
    check(&report(&bundle, None), 12, &["EDITED event 1", "REORDERED: record 4", "REORDERED: record 3"]);
    bundle.records.remove(7);
    check(&report(&bundle, None), 11, &["EDITED event 1", "DELETED 1 event: index 7", "REORDERED: record 4", "REORDERED: record 3"]);
    bundle.records.pop();
    let all = ["EDITED event 1", "DELETED 1 event: index 7", "TRUNCATED", "REORDERED: record 4", "REORDERED: record 3"];
    check(&report(&bundle, None), 13, &all);
    let json = report(&bundle, None).to_json();
    assert_eq!((&json["exit"], &json["findings"][0]["finding"], &json["findings"][0]["index"]), (&13.into(), &"EDITED".into(), &1.into()));
    assert!(json["findings"][1]["message"].as_str().unwrap().starts_with("DELETED 1 event"));
}

/// Whatever the operator signs is consistent in itself: 4, never 0. What the tenant holds convicts it.
#[test]
fn a2_is_caught_by_what_the_tenant_holds_and_by_nothing_else() {
    let log = Log::new(8);
    let edited = log.with_event(3, "usr_3", "usr_9");
    let gone = "account.updated\",\"actor\":{\"id\":\"usr_3\"";
    let mut deleted = log.with_event(3, gone, "account.deleted\",\"actor\":{\"id\":\"usr_3\"");
    deleted.disclosures.clear();
    let held = cosigned(&log.note(8));
    let remembered = log.hashes();
    let options = Options { remembered: &remembered, ..Options::default() };
    for mut forged in [edited, deleted] {
        forged.disclosures.retain(|one| one.index != 3);
        let bundle = forged.whole();
        check(&report(&bundle, None), 4, &[]);
        check(&report(&bundle, Some(&held)), 14, &["FORKED at size 8: "]);
        let with_leaves = verify(&bundle.write(), &vkeys(), Some(&held), &options);
        check(&with_leaves, 14, &["FORKED at size 8: ", &format!("EDITED event 3 (id {})", id(&log, 3))]);
        assert!(with_leaves.findings[0].to_string().ends_with("+391bb1c5; first difference at index 3; evidence in fork-8.notes"));
        assert_eq!(with_leaves.evidence, [("fork-8.notes".to_owned(), format!("{held}\n{}", bundle.checkpoint))]);
        // Grown since, and not from what was held.
        let grown = Log { events: [&forged.events[..], &Log::new(9).events[8..]].concat(), disclosures: Vec::new() };
        check(&report(&grown.whole(), Some(&held)), 14, &["FORKED at size 8: "]);
        // Shortened and rewritten.
        let short = Log { events: forged.events[..6].to_vec(), disclosures: Vec::new() };
        let both = verify(&short.whole().write(), &vkeys(), Some(&held), &options);
        check(&both, 14, &["TRUNCATED: head has 6 events", "FORKED at size 6", "EDITED event 3"]);
        check(&report(&short.whole(), None), 4, &[]);
    }
    let short = Log { events: log.events[..6].to_vec(), disclosures: Vec::new() };
    check(&verify(&short.whole().write(), &vkeys(), Some(&held), &options), 13, &["TRUNCATED: head has 6 events"]);
    // Reordered or cut out without renumbering: the members tell.
    let mut swapped = log.clone();
    swapped.events.swap(3, 6);
    let rules = ["RULE broken by event 3", "RULE broken by event 4", "RULE broken by event 5", "RULE broken by event 6"];
    let mut found = report(&swapped.whole(), None);
    found.findings.retain(|finding| matches!(finding, Finding::MemberRule { .. }));
    check(&found, 19, &rules);
    // An earlier note in the bundle that the head does not continue.
    let mut bundle = log.with_event(3, "usr_3", "usr_9").whole();
    bundle.disclosures.clear();
    bundle.checkpoints = [(5, log.note(5))].into();
    check(&report(&bundle, None), 14, &["FORKED at size 5"]);
}

#[test]
fn broken_rules_of_members_are_named() {
    let log = Log::new(4);
    let (id_1, id_2) = (id(&log, 1), id(&log, 2));
    for (from, to, rule) in [
        ("\"index\":2", "\"index\":3", "`index` is not its place"),
        (ORIGIN, "support.example.com/audit/other", "`log` is another log"),
        (&id_2, &id_1, "`id` was used before"),
        (&id_2, "01A20054-bcf3-7c3a-9d42-5e0b6a7f1c20", "`id` is no UUIDv7"),
        (&id_2, "01a20054-bcf3-4c3a-9d42-5e0b6a7f1c20", "`id` is no UUIDv7"),
        ("T22:50:02", "T22:50:00", "`time` is before the event before"),
        ("02.000000Z", "02.000Z", "`time` is not an instant in 27 bytes"),
        ("-11-21T", "-13-21T", "`time` is not an instant in 27 bytes"),
        ("\"v\":1", "\"v\":2", "`v` is not 1"),
        ("\"v\":1", "\"v\": 1", "it is not canonical JSON"),
        ("\"v\":1", "\"v\":1,\"v\":1", "it is not canonical JSON"),
        ("{\"action\"", "[\"action\"", "it is not a JSON object"),
    ] {
        let mut forged = log.with_event(2, from, to);
        forged.disclosures.clear();
        let found = report(&forged.whole(), Some(&forged.note(4)));
        check(&found, 19, &["RULE broken by event 2"]);
        assert!(found.findings[0].to_string().ends_with(rule), "{:?}", found.findings);
    }
}

#[test]
fn a_redaction_needs_a_later_event_that_tells_of_it() {
    let mut log = Log::new(6);
    log.disclosures.clear();
    let leaf_hash = log.hashes()[2];
    let data = format!("\"data\":{{\"index\":2,\"leaf_hash\":\"{leaf_hash}\"}},\"id\"");
    let told =
        log.with_event(4, "account.updated", "audit.redacted").with_event(4, "\"change\":{\"fields\":[\"name\",\"roles\"]},\"id\"", &data);
    for (log, exit, strict) in [(&log, 19, false), (&told, 0, false), (&told, 19, true)] {
        let mut bundle = log.whole();
        bundle.records[2] = Record::Redacted(Redacted { index: 2, leaf_hash });
        let report = verify(&bundle.write(), &vkeys()[..1], Some(&log.note(6)), &Options { strict, ..Options::default() });
        assert_eq!(report.exit_code(), exit, "{report}");
        assert_eq!(report.redactions, u64::from(exit == 0 || strict));
    }
}

#[test]
fn notes_of_other_keys_and_logs_are_refused() {
    let log = Log::new(4);
    let mut bundle = log.whole();
    check(&verify(&bundle.write(), &vkeys()[1..], None, &Options::default()), 15, &["SIGNATURE: checkpoint: no known key"]);
    check(&report(&bundle, Some("not a note")), 15, &["SIGNATURE: the note you hold: the note has no empty line"]);
    let other = LogKey::from_seed("other/audit/r", [1; 32]).unwrap();
    let note = Checkpoint { origin: "other/audit/r".to_owned(), size: 4, root: log.hashes()[0] }.sign(&other);
    let trust = [log_key(1).vkey().clone(), other.vkey().clone()];
    check(&verify(&bundle.write(), &trust, Some(&note), &Options::default()), 15, &["SIGNATURE: the note you hold: it is of another log"]);
    bundle.checkpoint = note;
    check(&verify(&bundle.write(), &trust, None, &Options::default()), 16, &["MALFORMED bundle: `bundle.json` does not fit"]);
}
