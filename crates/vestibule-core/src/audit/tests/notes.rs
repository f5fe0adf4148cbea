//! Notes and checkpoints, against the published vectors.

use crate::{
    audit::{
        checkpoint::Checkpoint,
        note::{KeyType, LogKey, NOTE_BYTES_MAX, Note, NoteError, VKey},
        tests::{ORIGIN, log_key, vkeys},
        tree::Hash,
    },
    time::Timestamp,
};

const NOTE_8: &str = include_str!("vectors/note8.txt");
const COSIGNED: &str = include_str!("vectors/note8cosigned.txt");
const ROTATED: &str = include_str!("vectors/note8rot.txt");

/// `spec/audit-log.md`, section 3.7; all five verify in Go's `sumdb/note` too.
#[test]
fn keys_and_notes_are_those_of_the_vectors() {
    let lines: Vec<&str> = include_str!("vectors/vkeys.txt").lines().collect();
    assert_eq!([1, 2].map(|seed| log_key(seed).vkey().to_string()), lines[..2]);
    assert_eq!(vkeys().iter().map(VKey::to_string).collect::<Vec<_>>(), lines);
    for (note, size, root) in [
        (include_str!("vectors/note7.txt"), 7, "3bib5AOAnjJXUNPSY814kpwpQreUKjS3fhIslZSnTIw="),
        (NOTE_8, 8, "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg="),
        (include_str!("vectors/fork8.txt"), 8, "ZkJQqD+QeISWFXg7OewKja/0guKQ2eELjNm3QOy6Nac="),
    ] {
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root: Hash::from_base64(root).unwrap() };
        assert_eq!(checkpoint.sign(&log_key(1)), note);
        assert_eq!(Checkpoint::open(note, &vkeys()[..1]).unwrap().checkpoint, checkpoint);
    }
    let digests = [NOTE_8, COSIGNED].map(|note| (note.len(), Hash::of(note.as_bytes()).to_string()));
    assert_eq!(digests[0], (211, "757614d194dd6ada87605a77aa983186b5a1c07f69140146337ce5f7ba720153".to_owned()));
    assert_eq!(digests[1], (347, "43070f7b8cbbe275bae8c4df993b637d1e3e81414f9d33902c10417b902a09d5".to_owned()));
}

#[test]
fn each_known_line_counts_and_others_are_ignored() {
    let keys = vkeys();
    let cosigned = Checkpoint::open(COSIGNED, &keys).unwrap().cosigned;
    assert_eq!(
        cosigned.iter().map(|one| (one.by.kind(), one.at)).collect::<Vec<_>>(),
        [(KeyType::Cosignature, Some(Timestamp::from_seconds(1_795_301_890)))]
    );
    assert_eq!(Checkpoint::open(COSIGNED, &keys[..1]).unwrap().cosigned, []);
    for known in [&keys[..1], &keys[1..2], &keys[..]] {
        assert!(Checkpoint::open(ROTATED, known).is_ok());
    }
    assert_eq!(Checkpoint::open(NOTE_8, &keys[1..]), Err(NoteError::UnknownKeys));
    assert_eq!(Checkpoint::open(NOTE_8, &[]), Err(NoteError::UnknownKeys));
    assert_eq!(Checkpoint::open(COSIGNED, &keys[2..]), Err(NoteError::UnknownKeys), "a witness is not the log");
}

#[test]
fn a_known_key_with_a_wrong_signature_refuses_the_note() {
    let forged = COSIGNED.replace("\n8\n", "\n9\n");
    assert_eq!(Checkpoint::open(&forged, &vkeys()), Err(NoteError::BadSignature(ORIGIN.to_owned())));
    // The log's line still holds; the witness's does not.
    let (head, tail) = COSIGNED.split_at(COSIGNED.len() - 20);
    let half = format!("{head}{}", tail.replace('x', "y"));
    assert_ne!(half, COSIGNED);
    assert!(Checkpoint::open(&half, &vkeys()[..1]).is_ok());
    assert_eq!(Checkpoint::open(&half, &vkeys()), Err(NoteError::BadSignature("acme.example/audit-witness".to_owned())));
}

#[test]
fn malformed_notes_are_refused() {
    let line = NOTE_8.lines().last().unwrap();
    let with = |count: usize| format!("text\n\n{}", format!("{line}\n").repeat(count));
    for (note, good) in [
        (NOTE_8.to_owned(), true),
        (with(1), true),
        (with(32), true),
        (with(33), false),
        (with(0), false),
        (String::new(), false),
        ("text\n".to_owned(), false),
        (with(1).trim_end().to_owned(), false),
        (with(1) + "\n", false),
        (with(1).replace("text\n", "te\txt\n"), false),
        (with(1).replace("text\n", "text\r\n"), false),
        (with(1).replace("text\n\n", "text\n"), false),
        (with(1).replace("text\n", "te\n\nxt\n"), true),
        (with(1).replace("— ", "- "), false),
        (with(1).replace(ORIGIN, ""), false),
        (with(1).replace(ORIGIN, "a+b"), false),
        (with(1).replace(ORIGIN, "a\u{a0}b"), false),
        (with(1).replace(ORIGIN, "a b"), false),
        (with(1).replace("WnQY=", "WnQZ="), false),
        (with(1).replace("WnQY=", "WnQY"), false),
        (format!("text\n\n— {ORIGIN} ORuxxQ==\n"), false),
        (format!("text\n\n— {ORIGIN} ORuxxQE=\n"), true),
        (with(1).replace("text", &"x".repeat(NOTE_BYTES_MAX - with(1).len() + 4)), true),
        (with(1).replace("text", &"x".repeat(NOTE_BYTES_MAX - with(1).len() + 5)), false),
    ] {
        assert_eq!(Note::parse(note.as_bytes()).is_ok(), good, "{:.200}", note);
    }
    assert!(Note::parse(&[NOTE_8.as_bytes(), b"\xff\n"].concat()).is_err());
    let split = Note::parse(with(1).replace("text\n", "te\n\nxt\n").as_bytes()).unwrap();
    assert_eq!(split.text(), "te\n\nxt\n", "split at the last empty line");
}

#[test]
fn a_checkpoint_has_one_spelling() {
    let root = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=";
    for (text, good) in [
        (format!("o\n8\n{root}\n"), true),
        (format!("o\n0\n{root}\n"), true),
        (format!("o\n{}\n{root}\n", u64::MAX), true),
        (format!("o\n18446744073709551616\n{root}\n"), false),
        (format!("o\n08\n{root}\n"), false),
        (format!("o\n+8\n{root}\n"), false),
        (format!("o\n-8\n{root}\n"), false),
        (format!("\n8\n{root}\n"), false),
        (format!("o\n8\n{root}"), false),
        (format!("o\n8\n{root}\nextension\n"), false),
        (format!("o\n8\n{}\n", root.replace("g=", "h=")), false),
    ] {
        let read = Checkpoint::parse(&text);
        assert_eq!(read.is_ok(), good, "{text}");
        assert!(read.is_err() || read.unwrap().text() == text);
    }
}

#[test]
fn malformed_keys_are_refused() {
    let good = log_key(1).vkey().to_string();
    for bad in [
        "",
        "a+b",
        &good.replace("391bb1c5", "391bb1c6"),
        &good.replace("391bb1c5", "391BB1C5"),
        &good.replace("support", "supp ort"),
        &good.replace("support", "other"),
        &good.replace("+AYqI", "+AoqI"),
        &good.replace("D29c", "D29"),
        &format!("{good}AAAA"),
    ] {
        assert!(bad.parse::<VKey>().is_err(), "{bad}");
    }
    assert!(LogKey::from_seed("", [1; 32]).is_err());
    assert!(LogKey::from_seed("a b", [1; 32]).is_err());
}

#[test]
fn a_signing_key_does_not_print_its_seed() {
    let shown = format!("{:?}", log_key(0xAB));
    assert_eq!(shown, format!("LogKey({})", log_key(0xAB).vkey()));
    assert!(!shown.to_lowercase().contains("abab") && !shown.contains("171, 171"));
}
