//! Tests over several modules of the audit log, and the log that they share.

mod differential;
mod events;
mod hostile;
mod notes;
mod tampering;
mod trees;
mod writing;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    bundle::{About, Disclosed, FORMAT, Policy},
    proof, *,
};
use crate::{chance::Chance, time::Timestamp};

pub const ORIGIN: &str = "support.example.com/audit/r_7hq2";

/// 2026-11-21T22:50:00Z, the instant of the vector's first event.
pub fn evening() -> Timestamp {
    Timestamp::from_millis(1_795_301_400_000)
}

/// A repeatable source whose values differ.
pub fn chance() -> Chance {
    let state = AtomicU64::new(0);
    Chance::new(move |bytes| {
        for byte in bytes {
            let step = state.fetch_add(1, Ordering::Relaxed);
            *byte = (step.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8;
        }
    })
}

/// The log's key of the vectors, and the one that follows it.
pub fn log_key(seed: u8) -> LogKey {
    LogKey::from_seed(ORIGIN, [seed; 32]).unwrap()
}

/// The vectors' keys: the log's, its next one, the witness's.
pub fn vkeys() -> Vec<VKey> {
    include_str!("vectors/vkeys.txt").lines().map(|line| line.parse().unwrap()).collect()
}

impl Bundle {
    /// The archive, by the way in which all are written.
    pub fn write(&self) -> Vec<u8> {
        writing::written(self, usize::MAX)
    }
}

/// What the two tables of an honest log hold.
#[derive(Clone)]
pub struct Log {
    pub events: Vec<Vec<u8>>,
    pub disclosures: Vec<Disclosed>,
}

impl Log {
    /// `log.created` and events of a few kinds, `count` in all.
    pub fn new(count: usize) -> Self {
        let chance = chance();
        let (mut head, first) = Head::create(ORIGIN, log_key(1).vkey(), evening(), &chance).unwrap();
        let mut log = Self { events: vec![first.bytes], disclosures: Vec::new() };
        for step in 1..count {
            let actor = Actor { kind: ActorKind::User, id: format!("usr_{step}"), org: Some(Org::Tenant) };
            let draft = Draft::new(Action::AccountUpdated, actor, Thing::new("account", format!("acc_{step}")))
                .with_change(["name", "roles"])
                .with_sealed("actor.name", format!("usr_{step}"), format!("Person {step}"));
            let leaf = head.append(draft, evening().plus_seconds(step as i64), &chance).unwrap();
            let opened = leaf.disclosures.into_iter().map(|one| Disclosed { index: leaf.index, name: one.name, d: one.text });
            log.disclosures.extend(opened);
            log.events.push(leaf.bytes);
        }
        log
    }

    pub fn hashes(&self) -> Vec<Hash> {
        self.events.iter().map(|bytes| tree::leaf_hash(bytes)).collect()
    }

    /// The signed head of the first `size` events.
    pub fn note(&self, size: usize) -> String {
        let root = tree::root(&self.hashes()[..size]);
        Checkpoint { origin: ORIGIN.to_owned(), size: size as u64, root }.sign(&log_key(1))
    }

    /// The bundle of `[from, to)` under the head of all.
    pub fn bundle(&self, from: usize, to: usize) -> Bundle {
        let (hashes, size) = (self.hashes(), self.events.len());
        let inside = |one: &&Disclosed| (from as u64..to as u64).contains(&one.index);
        Bundle {
            about: About {
                format: FORMAT,
                origin: ORIGIN.to_owned(),
                from: from as u64,
                to: to as u64,
                redactions: 0,
                made_by: "vestibule 0.1.0".to_owned(),
            },
            policy: Policy { logs: vec![log_key(1).vkey().clone()], ..Policy::default() },
            checkpoint: self.note(size),
            checkpoints: BTreeMap::new(),
            range: proof::range(&hashes, from, to).unwrap(),
            leaves: hashes[from..to].to_vec(),
            records: self.events[from..to].iter().cloned().map(Record::Event).collect(),
            disclosures: self.disclosures.iter().filter(inside).cloned().collect(),
        }
    }

    /// The bundle of everything.
    pub fn whole(&self) -> Bundle {
        self.bundle(0, self.events.len())
    }

    /// The log that an operator with the key would rather have: the same but for one text,
    /// consistent in itself.
    pub fn with_event(&self, index: usize, from: &str, to: &str) -> Self {
        let mut log = self.clone();
        log.events[index] = edit(&log.events[index], from, to);
        log
    }
}

/// An event with one text replaced.
pub fn edit(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.contains(from), "{text}");
    text.replacen(from, to, 1).into_bytes()
}

/// The report on a bundle, with the log's key pinned.
pub fn report(bundle: &Bundle, against: Option<&str>) -> Report {
    verify(&bundle.write(), &vkeys()[..1], against, &Options::default())
}
