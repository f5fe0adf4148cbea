//! Checking a bundle, as its reader does who trusts nobody: `spec/audit-log.md`, section 4.4.
//!
//! The order is that of the page: the note; the head against every anchor; the leaves, which must
//! fold to the signed root; each record at its place; its members; the disclosures.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    bundle::{Bundle, Record},
    checkpoint::{Checkpoint, Opened},
    members,
    note::VKey,
    place::{Seen, place},
    report::{Finding, Report},
    seal,
    tree::{Hash, root},
};
use crate::time::Timestamp;

/// How many indexes, of which both tables have lost their rows, are counted one by one. A range
/// that claims more is hostile or beyond help: what follows is reported as cut off.
const GAP_MAX: usize = 1 << 20;

/// What else the reader brings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// A redaction is a broken rule, even a covered one.
    pub strict: bool,
    /// The newest trusted cosignature must not be older than this many seconds at that instant.
    pub max_age_s: Option<(i64, Timestamp)>,
    /// The leaf hashes from index 0 on that the reader remembers; used if they make the root of
    /// the note that it holds.
    pub remembered: &'a [Hash],
}

/// Checks a bundle. `trust` are pinned keys, the log's and those of witnesses; without any, the
/// log keys in the bundle stand in as claims. `against` is a note that the reader kept.
///
/// Whatever the bytes are, this ends with a report: hostile input is [`Finding::Malformed`].
pub fn verify(bundle: &[u8], trust: &[VKey], against: Option<&str>, options: &Options<'_>) -> Report {
    let mut report = Report { key_pinned: !trust.is_empty(), ..Report::default() };
    let bundle = match Bundle::read(bundle) {
        Ok(bundle) => bundle,
        Err(bad) => return refused(report, Finding::Malformed { why: bad.0 }),
    };
    // Witness keys in the bundle are never believed: whoever forged it could have cosigned it.
    let keys = if trust.is_empty() { bundle.policy.logs.as_slice() } else { trust };
    let head = match Checkpoint::open(&bundle.checkpoint, keys) {
        Ok(head) => head,
        Err(why) => return refused(report, Finding::BadSignature { note: "checkpoint".to_owned(), why: why.to_string() }),
    };
    if bundle.about.origin != head.checkpoint.origin || bundle.about.to > head.checkpoint.size {
        return refused(report, Finding::Malformed { why: "`bundle.json` does not fit the checkpoint".to_owned() });
    }
    report.origin = Some(head.checkpoint.origin.clone());
    report.size = head.checkpoint.size;
    (report.from, report.to) = (bundle.about.from, bundle.about.to);
    report.signed_by = Some(head.log.to_string());
    let mut check = Check { bundle: &bundle, head: &head, keys, options, report, held: None, remembered: &[] };
    check.run(against);
    check.report
}

fn refused(mut report: Report, finding: Finding) -> Report {
    report.findings.push(finding);
    report
}

/// One run over one bundle.
struct Check<'a> {
    bundle: &'a Bundle,
    head: &'a Opened,
    keys: &'a [VKey],
    options: &'a Options<'a>,
    report: Report,
    /// The note that the reader holds, once its signature was checked.
    held: Option<(String, Opened)>,
    /// What the reader remembers, once it makes the root of that note.
    remembered: &'a [Hash],
}

impl Check<'_> {
    fn run(&mut self, against: Option<&str>) {
        if let Some(note) = against {
            match Checkpoint::open(note, self.keys) {
                Ok(held) if held.checkpoint.origin == self.head.checkpoint.origin => self.hold(note, held),
                Ok(_) => self.bad_signature("the note you hold", "it is of another log"),
                Err(why) => self.bad_signature("the note you hold", &why.to_string()),
            }
        }
        let roots = self.prefix_roots();
        self.anchor(&roots);
        self.witnessed(&roots);
        let records: Vec<Seen<'_>> = self.bundle.records.iter().map(Seen::new).collect();
        let reference = self.reference(&records, &roots);
        let placed = place(self.report.from, &reference, &records);
        self.report.findings.extend(placed.findings);
        let events: BTreeMap<u64, &Seen<'_>> =
            placed.true_lines.iter().filter_map(|(index, line)| Some((*index, records.get(*line)?))).collect();
        self.members(&events);
        self.disclosures(&events);
        self.age();
    }

    fn bad_signature(&mut self, note: &str, why: &str) {
        self.report.findings.push(Finding::BadSignature { note: note.to_owned(), why: why.to_owned() });
    }

    fn hold(&mut self, note: &str, held: Opened) {
        let size = usize::try_from(held.checkpoint.size).unwrap_or(usize::MAX);
        self.remembered = self.options.remembered.get(..size).filter(|leaves| root(leaves) == held.checkpoint.root).unwrap_or_default();
        self.held = Some((note.to_owned(), held));
    }

    /// The root at each size that can be read from the bundle's leaves and range proof.
    fn prefix_roots(&self) -> BTreeMap<u64, Hash> {
        let held = self.held.as_ref().map(|(_, held)| held.checkpoint.size);
        let wanted: BTreeSet<u64> = self.bundle.checkpoints.keys().copied().chain(held).collect();
        let mut roots = BTreeMap::from([(0, root(&[]))]);
        let folded = self.bundle.range.fold(self.report.from, &self.bundle.leaves, self.report.size, |frontier| {
            if wanted.contains(&frontier.size()) {
                roots.insert(frontier.size(), frontier.root());
            }
        });
        if let Some(folded) = folded {
            roots.insert(self.report.size, folded);
        }
        roots
    }

    /// Compares the head with the note that the reader holds.
    fn anchor(&mut self, roots: &BTreeMap<u64, Hash>) {
        let head = &self.head.checkpoint;
        self.anchored(self.head, head.size);
        let Some((note, held)) = self.held.clone() else { return };
        let yours = &held.checkpoint;
        if yours.size > head.size {
            let cosigned_at = held.cosigned.iter().filter_map(|signed| signed.at).min();
            self.report.findings.push(Finding::Truncated { has: head.size, should: yours.size, held: true, cosigned_at });
            let own = usize::try_from(head.size).ok().and_then(|size| self.remembered.get(..size)).map(root);
            if let Some(own) = own.filter(|own| *own != head.root) {
                self.forked(head.size, own, head.root, &note, &self.bundle.checkpoint);
            }
            return;
        }
        // A head that the bundle's own leaves do not fold to says nothing of its prefixes.
        let folds = roots.get(&head.size) == Some(&head.root);
        let presented = if yours.size == head.size { Some(head.root) } else { roots.get(&yours.size).copied().filter(|_| folds) };
        match presented {
            Some(same) if same == yours.root => self.report.anchored = self.report.anchored.max(Some(yours.size)),
            Some(other) => self.forked(yours.size, yours.root, other, &note, &self.bundle.checkpoint),
            // The stretch neither covers that size nor touches it: the note cannot anchor it.
            None => {}
        }
    }

    fn forked(&mut self, size: u64, yours: Hash, presented: Hash, note: &str, other: &str) {
        let first_difference = (0..)
            .zip(self.remembered)
            .filter_map(|(index, own)| Some((index, own, self.bundle.leaves.get(self.offset(index)?)?)))
            .find(|(_, own, theirs)| own != theirs)
            .map(|(index, ..)| index);
        self.report.evidence.push((format!("fork-{size}.notes"), format!("{note}\n{other}")));
        let signed_by = self.head.log.id_text();
        self.report.findings.push(Finding::Forked { size, yours, presented, signed_by, first_difference });
    }

    /// Where an index stands in the stretch.
    fn offset(&self, index: u64) -> Option<usize> {
        usize::try_from(index.checked_sub(self.report.from)?).ok()
    }

    /// A trusted cosignature of a head anchors its size.
    fn anchored(&mut self, opened: &Opened, size: u64) {
        if let Some(newest) = opened.cosigned.iter().filter_map(|signed| signed.at).max() {
            self.report.anchored = self.report.anchored.max(Some(size));
            self.report.cosigned_at = self.report.cosigned_at.max(Some(newest));
        }
    }

    /// The earlier notes in the bundle: each must be a prefix of the head.
    fn witnessed(&mut self, roots: &BTreeMap<u64, Hash>) {
        let folds = roots.get(&self.report.size) == Some(&self.head.checkpoint.root);
        for (size, note) in &self.bundle.checkpoints {
            let name = format!("checkpoints/{size}");
            match Checkpoint::open(note, self.keys) {
                Err(why) => self.bad_signature(&name, &why.to_string()),
                Ok(opened) if opened.checkpoint.size != *size || opened.checkpoint.origin != self.head.checkpoint.origin => {
                    self.bad_signature(&name, "it is of another log or size");
                }
                Ok(opened) => match roots.get(size).filter(|_| folds) {
                    Some(presented) if *presented == opened.checkpoint.root => self.anchored(&opened, *size),
                    Some(presented) => self.forked(*size, opened.checkpoint.root, *presented, note, &self.bundle.checkpoint),
                    None => {}
                },
            }
        }
    }

    /// The committed leaf hash of each index of the stretch, as well as it can be known: from
    /// the list if that folds, else from the records if those do, else from both unproven.
    /// Under a fork, what the reader remembers.
    fn reference(&mut self, records: &[Seen<'_>], roots: &BTreeMap<u64, Hash>) -> Vec<Option<Hash>> {
        let (from, listed, head) = (self.report.from, &self.bundle.leaves, &self.head.checkpoint);
        let claims: BTreeMap<u64, Hash> = records.iter().rev().filter_map(|seen| Some((seen.claim()?, seen.hash))).collect();
        let count = usize::try_from(self.report.to - from).unwrap_or(usize::MAX);
        let there = listed.len().max(records.len());
        let claimed = claims.range(..self.report.to).next_back().and_then(|(last, _)| Some(self.offset(*last)? + 1)).unwrap_or(0);
        let held = count.min(there.max(claimed.min(there.saturating_add(GAP_MAX))));
        let (has, should) = (from.saturating_add(held as u64), if count > held { self.report.to } else { head.size });
        let cut = has < should && (count > held || self.bundle.range.right.is_empty());
        if cut {
            self.report.findings.push(Finding::Truncated { has, should, held: false, cosigned_at: None });
        }
        // In a list of another length, nobody knows where the gap is.
        let aligned = listed.len() == held;
        let forked = self.report.findings.iter().any(|finding| matches!(finding, Finding::Forked { .. }));
        if forked && !self.remembered.is_empty() {
            let own = |index: u64| usize::try_from(index).ok().and_then(|at| self.remembered.get(at)).copied();
            return (from..self.report.to).take(held).map(own).collect();
        }
        if listed.len() == count && roots.get(&head.size) == Some(&head.root) {
            return listed.iter().copied().map(Some).collect();
        }
        let told: Vec<Option<Hash>> = (from..self.report.to)
            .zip(0..held)
            .map(|(index, at)| claims.get(&index).or_else(|| listed.get(at).filter(|_| aligned)).copied())
            .collect();
        let whole: Option<Vec<Hash>> = told.iter().copied().collect();
        let proven = whole.and_then(|leaves| self.bundle.range.fold(from, &leaves, head.size, |_| {})) == Some(head.root);
        let differs = |at: &usize| listed.get(*at) != told.get(*at).and_then(Option::as_ref);
        let (first, last) = match (0..held).find(differs).zip((0..held).rev().find(differs)) {
            Some((first, last)) if proven => (from + first as u64, from + last as u64 + 1),
            _ => self.doubtful(roots),
        };
        // Without its end nothing folds, and that was said.
        if !cut {
            self.report.findings.push(Finding::LeavesEdited { from: first, to: last, proven });
        }
        match proven || !aligned {
            true => told,
            false => (0..held).map(|at| listed.get(at).or_else(|| told.get(at)?.as_ref()).copied()).collect(),
        }
    }

    /// The stretch in which a list that does not fold must differ: after the last earlier note
    /// that it makes the root of, up to the first that it does not.
    fn doubtful(&self, roots: &BTreeMap<u64, Hash>) -> (u64, u64) {
        let (mut from, mut to) = (self.report.from, self.report.to);
        let held = self.held.iter().map(|(_, held)| held.clone());
        let earlier = self.bundle.checkpoints.values().filter_map(|note| Checkpoint::open(note, self.keys).ok());
        for Checkpoint { size, root, .. } in earlier.chain(held).map(|opened| opened.checkpoint) {
            match roots.get(&size) {
                Some(own) if *own == root => from = from.max(size.min(to)),
                Some(_) => to = to.min(size.max(from)),
                None => {}
            }
        }
        (from, to)
    }

    /// The rules of members, for the records that were committed.
    fn members(&mut self, events: &BTreeMap<u64, &Seen<'_>>) {
        let origin = &self.head.checkpoint.origin;
        let mut rules = members::Rules::new(origin);
        for (index, seen) in events {
            let broken = match seen.record {
                Record::Event(bytes) => rules.check(*index, bytes, seen.value.as_ref()),
                Record::Redacted(redacted) if redacted.index != *index => Some("its redaction names another index"),
                Record::Redacted(_) if !members::covered(*index, &seen.hash, events) => Some("no later event covers its redaction"),
                Record::Redacted(_) => {
                    self.report.redactions += 1;
                    self.options.strict.then_some("it is redacted")
                }
            };
            if let Some(rule) = broken {
                self.report.findings.push(Finding::MemberRule { index: *index, id: seen.id(), rule });
            }
        }
    }

    /// Each disclosure must open a member of a committed record.
    fn disclosures(&mut self, events: &BTreeMap<u64, &Seen<'_>>) {
        for one in &self.bundle.disclosures {
            let digest = events.get(&one.index).and_then(|seen| seen.value.as_ref()?.get("sealed")?.get(&one.name)?.as_str());
            match digest.and_then(|digest| seal::open(&one.d, &one.name, digest)) {
                Some(_) => self.report.disclosures += 1,
                None => {
                    // It will be printed to a terminal.
                    let name = one.name.chars().filter(|c| !c.is_control()).take(64).collect();
                    self.report.findings.push(Finding::BadDisclosure { index: one.index, name });
                }
            }
        }
    }

    /// The age of the newest trusted cosignature.
    fn age(&mut self) {
        if let Some((max_s, now)) = self.options.max_age_s {
            let cosigned_at = self.report.cosigned_at;
            if cosigned_at.is_none_or(|at| at.plus_seconds(max_s) < now) {
                self.report.findings.push(Finding::Stale { cosigned_at });
            }
        }
    }
}
