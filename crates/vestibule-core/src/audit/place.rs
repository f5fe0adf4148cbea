//! Placing records: which committed leaf is each line of a bundle, and what does that leave?
//!
//! A record belongs where its hash was committed, whatever it claims. Only what fits nowhere is
//! asked for its claim, so that an edit is named by index and id.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use serde_json::Value;

use super::{
    bundle::Record,
    report::{Finding, LeafHash},
    tree::{Hash, leaf_hash},
};

/// Most lines of one kind that are named one by one; beyond it, the first and the count.
const NAMED_MAX: usize = 8;
/// From how many edited records in a row, up to the last, a renumbering is assumed.
const RENUMBERED_MIN: usize = 3;

/// A record and what can be read from it alone.
pub struct Seen<'a> {
    /// The record.
    pub record: &'a Record,
    /// What it hashes to.
    pub hash: Hash,
    /// Its content, if it is JSON.
    pub value: Option<Value>,
}

impl<'a> Seen<'a> {
    /// Reads a record.
    pub fn new(record: &'a Record) -> Self {
        match record {
            Record::Event(bytes) => Self { record, hash: leaf_hash(bytes), value: serde_json::from_slice(bytes).ok() },
            Record::Redacted(redacted) => Self { record, hash: redacted.leaf_hash, value: None },
        }
    }

    /// The index that it claims.
    pub fn claim(&self) -> Option<u64> {
        match self.record {
            Record::Event(_) => self.value.as_ref()?.get("index")?.as_u64(),
            Record::Redacted(redacted) => Some(redacted.index),
        }
    }

    /// The id that it claims, if it looks like one: it will be printed to a terminal.
    pub fn id(&self) -> Option<String> {
        let id = self.value.as_ref()?.get("id")?.as_str()?;
        (id.len() <= 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')).then(|| id.to_owned())
    }
}

/// Where the records stand.
pub struct Placed {
    /// The line of each index whose record is the committed one.
    pub true_lines: BTreeMap<u64, usize>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Places the records at the indexes from `from` on, of which `reference` has the committed
/// leaf hashes; where it has none, a claim is enough.
pub fn place(from: u64, reference: &[Option<Hash>], records: &[Seen<'_>]) -> Placed {
    let committed = |index: u64| usize::try_from(index.checked_sub(from)?).ok().and_then(|at| *reference.get(at)?);
    let to = from.saturating_add(reference.len() as u64);
    let true_lines = by_hash(from..to, reference, records);
    let standing: BTreeSet<usize> = true_lines.values().copied().collect();
    let mut at: BTreeMap<u64, usize> = true_lines.clone();
    let mut findings = Vec::new();

    // What was not committed: first those that say whose place they take, then the rest by where they stand.
    let lost = || records.iter().enumerate().filter(|(line, _)| !standing.contains(line));
    let claimed: Vec<(usize, u64)> = lost().filter_map(|(line, seen)| Some((line, seen.claim()?))).collect();
    let free = |at: &BTreeMap<u64, usize>, index: u64| (from..to).contains(&index) && !at.contains_key(&index);
    for (line, index) in claimed {
        if free(&at, index) {
            at.insert(index, line);
        }
    }
    let taken: BTreeSet<usize> = at.values().copied().collect();
    let line_at: BTreeMap<usize, u64> = at.iter().map(|(index, line)| (*line, *index)).collect();
    for (line, seen) in lost().filter(|(line, _)| !taken.contains(line)) {
        let guess = line_at.range(..line).next_back().map_or(from, |(_, index)| index + 1);
        if free(&at, guess) {
            at.insert(guess, line);
        } else {
            findings.push(Finding::Stray { line: line as u64 + 1, found: LeafHash(seen.hash) });
        }
    }

    let edited = at.iter().filter(|(_, line)| !standing.contains(line)).filter_map(|(index, line)| {
        let seen = records.get(*line)?;
        let (found, committed) = (LeafHash(seen.hash), LeafHash(committed(*index)?));
        Some((*index, Finding::Edited { index: *index, id: seen.id(), count: 1, found, committed }))
    });
    findings.extend(renumbered(edited.collect(), at.keys().next_back().copied()));
    findings.extend(missing(from, to, &at, committed));
    findings.extend(reordered(&at));
    Placed { true_lines, findings }
}

/// The line of each index whose committed hash some record has; a record's own claim is
/// preferred where one hash was committed twice.
fn by_hash(range: Range<u64>, reference: &[Option<Hash>], records: &[Seen<'_>]) -> BTreeMap<u64, usize> {
    let mut places: BTreeMap<Hash, BTreeSet<u64>> = BTreeMap::new();
    for (index, hash) in range.zip(reference) {
        if let Some(hash) = hash {
            places.entry(*hash).or_default().insert(index);
        }
    }
    let mut lines = BTreeMap::new();
    for (line, seen) in records.iter().enumerate() {
        let Some(free) = places.get_mut(&seen.hash) else { continue };
        let claim = seen.claim().filter(|claim| free.contains(claim));
        if let Some(index) = claim.or_else(|| free.first().copied()) {
            free.remove(&index);
            lines.insert(index, line);
        }
    }
    lines
}

/// Edits one by one, or as one finding where they make up everything from some index to the end.
fn renumbered(edited: Vec<(u64, Finding)>, last: Option<u64>) -> Vec<Finding> {
    let tail = edited.iter().rev().zip((0..=last.unwrap_or_default()).rev()).take_while(|((index, _), expected)| index == expected).count();
    let keep = if tail >= RENUMBERED_MIN { edited.len() - tail + 1 } else { edited.len() };
    let mut findings: Vec<Finding> = edited.into_iter().take(keep).map(|(_, finding)| finding).collect();
    if tail >= RENUMBERED_MIN
        && let Some(Finding::Edited { count, .. }) = findings.last_mut()
    {
        *count = tail as u64;
    }
    findings
}

/// The stretches of indexes without a record: the last one is a truncation if it reaches the end.
fn missing(from: u64, to: u64, at: &BTreeMap<u64, usize>, committed: impl Fn(u64) -> Option<Hash>) -> Vec<Finding> {
    let edges = at.keys().copied().chain([to]);
    let mut start = from;
    let mut findings = Vec::new();
    for edge in edges {
        if edge > start && edge == to {
            findings.push(Finding::Truncated { has: start, should: to, held: false, cosigned_at: None });
        } else if edge > start {
            findings.push(Finding::Deleted { index: start, count: edge - start, committed: committed(start).map(LeafHash) });
        }
        start = edge.saturating_add(1);
    }
    findings
}

/// Where another record stands than belongs there, by the order of lines.
fn reordered(at: &BTreeMap<u64, usize>) -> Vec<Finding> {
    let by_line: BTreeMap<usize, u64> = at.iter().map(|(index, line)| (*line, *index)).collect();
    let wrong: Vec<(u64, u64)> =
        by_line.values().zip(at.keys()).filter(|(found, belongs)| found != belongs).map(|(f, b)| (*f, *b)).collect();
    let (named, count) = if wrong.len() > NAMED_MAX { (1, wrong.len() as u64) } else { (wrong.len(), 1) };
    wrong.into_iter().take(named).map(|(found, belongs)| Finding::Reordered { found, belongs, count }).collect()
}
