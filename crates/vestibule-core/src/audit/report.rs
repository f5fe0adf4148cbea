//! What checking found, in words, in JSON and as an exit code (`spec/audit-log.md`, section 4.4).

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::tree::Hash;
use crate::time::Timestamp;

/// A leaf hash: hex in words and JSON, as in every database tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeafHash(pub Hash);

impl fmt::Display for LeafHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.8}…", self.0.to_string())
    }
}

impl Serialize for LeafHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "snake_case")]
pub enum Finding {
    /// Records do not hash to what the log committed. More than one only where everything from
    /// `index` on differs, as after a renumbering.
    Edited {
        /// The first index.
        index: u64,
        /// The id that its record claims.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// How many, without a gap.
        count: u64,
        /// What the record hashes to.
        found: LeafHash,
        /// What the log committed.
        committed: LeafHash,
    },
    /// A record that stands at no index of the log.
    Stray {
        /// Its line in `events.jsonl`, from 1.
        line: u64,
        /// What it hashes to.
        found: LeafHash,
    },
    /// The list of leaves does not fold to the signed root.
    LeavesEdited {
        /// The first index that may differ.
        from: u64,
        /// The index after the last that may differ.
        to: u64,
        /// Whether it is proven that these differ, and that the records are the true ones.
        proven: bool,
    },
    /// Committed indexes have no record, and others after them do.
    Deleted {
        /// The first index.
        index: u64,
        /// How many, without a gap.
        count: u64,
        /// The committed leaf of the first, if the list has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        committed: Option<LeafHash>,
    },
    /// All are there, and their order is not the log's.
    Reordered {
        /// The index of the record that stands here.
        found: u64,
        /// The index of the record that belongs here.
        belongs: u64,
        /// How many stand wrong; more than one only where naming each would be too much.
        count: u64,
    },
    /// The end is missing.
    Truncated {
        /// What there is: the size of the head, or where the records end.
        has: u64,
        /// What there should be: the size of the note that is held, or of the head.
        should: u64,
        /// Whether a note that is held says so, rather than the head itself.
        held: bool,
        /// When that note was cosigned.
        #[serde(skip_serializing_if = "Option::is_none")]
        cosigned_at: Option<Timestamp>,
    },
    /// Two heads that cannot be of one log.
    Forked {
        /// The size at which they part.
        size: u64,
        /// The root in the note that is held, or that its leaves make.
        yours: Hash,
        /// The root that the bundle has at this size.
        presented: Hash,
        /// The key that signed both.
        signed_by: String,
        /// The first index that differs, if the leaf hashes of the own tree were kept.
        #[serde(skip_serializing_if = "Option::is_none")]
        first_difference: Option<u64>,
    },
    /// A note is not signed by a known key, or is wrongly signed.
    BadSignature {
        /// Which note.
        note: String,
        /// How.
        why: String,
    },
    /// It is not a bundle.
    Malformed {
        /// How.
        why: String,
    },
    /// No trusted cosignature is young enough.
    Stale {
        /// The newest one.
        #[serde(skip_serializing_if = "Option::is_none")]
        cosigned_at: Option<Timestamp>,
    },
    /// A disclosure does not open its member.
    BadDisclosure {
        /// The event's index.
        index: u64,
        /// The member's name.
        name: String,
    },
    /// A committed event breaks a rule of its members.
    MemberRule {
        /// Its index.
        index: u64,
        /// Its id.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The rule.
        rule: &'static str,
    },
}

impl Finding {
    /// The exit code of this finding alone.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Edited { .. } | Self::Stray { .. } | Self::LeavesEdited { .. } => 10,
            Self::Deleted { .. } => 11,
            Self::Reordered { .. } => 12,
            Self::Truncated { .. } => 13,
            Self::Forked { .. } => 14,
            Self::BadSignature { .. } => 15,
            Self::Malformed { .. } => 16,
            Self::Stale { .. } => 17,
            Self::BadDisclosure { .. } => 18,
            Self::MemberRule { .. } => 19,
        }
    }
}

/// ` (id …)`, where there is one.
fn named(id: Option<&String>) -> String {
    id.map(|id| format!(" (id {id})")).unwrap_or_default()
}

/// `6..7` of a half-open range, `6` of a range of one.
fn span(from: u64, to: u64) -> String {
    match to.saturating_sub(1) {
        last if last <= from => from.to_string(),
        last => format!("{from}..{last}"),
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited { index, id, count: 1, found, committed } => {
                write!(f, "EDITED event {index}{}: record hashes to {found}, the log committed {committed}", named(id.as_ref()))
            }
            Self::Edited { index, id, count, found, committed } => write!(
                f,
                "EDITED {count} events, all from index {index}{} on: its record hashes to {found}, the log committed {committed}",
                named(id.as_ref())
            ),
            Self::Stray { line, found } => write!(f, "EDITED: line {line} hashes to {found}, which the log never committed"),
            Self::LeavesEdited { from, to, proven: true } => {
                write!(f, "EDITED leaf list at {}: the records fold to the signed root, the list does not", span(*from, *to))
            }
            Self::LeavesEdited { from, to, proven: false } => {
                write!(f, "EDITED between {}: neither the leaf list nor the records fold to the signed root", span(*from, *to))
            }
            Self::Deleted { index, count, committed } => {
                let events = if *count == 1 { "1 event: index".to_owned() } else { format!("{count} events: first index") };
                match committed {
                    Some(leaf) => write!(f, "DELETED {events} {index} (committed leaf {leaf}) has no record"),
                    None => write!(f, "DELETED {events} {index} has no record"),
                }
            }
            Self::Reordered { found, belongs, count } => {
                write!(f, "REORDERED: record {found} stands where record {belongs} belongs")?;
                if *count > 1 { write!(f, ", the first of {count}") } else { Ok(()) }
            }
            Self::Truncated { has, should, held: true, cosigned_at } => {
                let cosigned = cosigned_at.map(|at| format!(" cosigned {at}")).unwrap_or_default();
                let missing = span(*has, *should);
                write!(f, "TRUNCATED: head has {has} events; you hold a checkpoint for {should}{cosigned}; missing {missing}")
            }
            Self::Truncated { has, should, .. } => {
                write!(f, "TRUNCATED: the records end before index {has}; the head covers {should}; missing {}", span(*has, *should))
            }
            Self::Forked { size, yours, presented, signed_by, first_difference } => {
                let (yours, presented) = (yours.to_base64(), presented.to_base64());
                write!(f, "FORKED at size {size}: {yours:.8}… (yours) and {presented:.8}… (presented), both signed by …+{signed_by}")?;
                match first_difference {
                    Some(index) => write!(f, "; first difference at index {index}; evidence in fork-{size}.notes"),
                    None => write!(f, "; evidence in fork-{size}.notes"),
                }
            }
            Self::BadSignature { note, why } => write!(f, "SIGNATURE: {note}: {why}"),
            Self::Malformed { why } => write!(f, "MALFORMED bundle: {why}"),
            Self::Stale { cosigned_at: Some(at) } => write!(f, "STALE: the newest trusted cosignature is of {at}"),
            Self::Stale { cosigned_at: None } => write!(f, "STALE: there is no trusted cosignature"),
            Self::BadDisclosure { index, name } => write!(f, "DISCLOSURE of event {index}: `{name}` does not match its digest"),
            Self::MemberRule { index, id, rule } => write!(f, "RULE broken by event {index}{}: {rule}", named(id.as_ref())),
        }
    }
}

/// The order in which exit codes win where several findings were made: what convicts comes first.
const PRECEDENCE: [u8; 10] = [14, 13, 11, 12, 10, 15, 16, 19, 18, 17];

/// What checking found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// The log's name, once its head's signature was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// How many events the head covers.
    pub size: u64,
    /// The first index of the bundle.
    pub from: u64,
    /// The index after its last.
    pub to: u64,
    /// The key that signed the head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// Whether that key was pinned; otherwise it is the bundle's own claim.
    pub key_pinned: bool,
    /// The largest size at which something the reader trusts agrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchored: Option<u64>,
    /// The newest trusted cosignature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned_at: Option<Timestamp>,
    /// Records of which only the hash is left, each covered by a later event.
    pub redactions: u64,
    /// Disclosures that opened their members.
    pub disclosures: u64,
    /// What is wrong, in the order in which it was found.
    pub findings: Vec<Finding>,
    /// For each fork, the name of an evidence file and what belongs in it: both notes.
    #[serde(skip)]
    pub evidence: Vec<(String, String)>,
}

impl Report {
    /// 0 verified, 4 consistent but without an anchor, 10 to 19 by the gravest finding.
    pub fn exit_code(&self) -> u8 {
        let found = |code: &&u8| self.findings.iter().any(|finding| finding.exit_code() == **code);
        match (PRECEDENCE.iter().find(found), self.anchored) {
            (Some(code), _) => *code,
            (None, None) => 4,
            (None, Some(_)) => 0,
        }
    }

    /// The report as JSON, with `exit` and each finding's `message`.
    pub fn to_json(&self) -> Value {
        let mut json = serde_json::to_value(self).unwrap_or_default();
        if let Some(Value::Array(findings)) = json.get_mut("findings") {
            for (json, finding) in findings.iter_mut().zip(&self.findings) {
                if let Value::Object(members) = json {
                    members.insert("message".to_owned(), Value::from(finding.to_string()));
                }
            }
        }
        if let Value::Object(members) = &mut json {
            members.insert("exit".to_owned(), Value::from(self.exit_code()));
        }
        json
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        let (Some(origin), Some(key)) = (&self.origin, &self.signed_by) else {
            return Ok(());
        };
        let count = self.to - self.from;
        let verdict = match self.exit_code() {
            0 => "VERIFIED",
            4 => "CONSISTENT",
            _ => "NOT VERIFIED",
        };
        let covered = if count == 0 { String::new() } else { format!(" ({})", span(self.from, self.to)) };
        writeln!(f, "{verdict}: {count} events{covered} of {origin}; head of {} signed by {key}", self.size)?;
        writeln!(f, "{} redacted, {} disclosures opened", self.redactions, self.disclosures)?;
        if !self.key_pinned {
            writeln!(f, "the key is the bundle's own claim: pin it with --trust")?;
        }
        match (self.anchored, self.exit_code()) {
            (None, _) => writeln!(f, "no anchor: truncation and forks cannot be excluded (--against a checkpoint that you kept)"),
            (Some(size), 0) if size < self.size => writeln!(f, "unwitnessed: {}", span(size, self.size)),
            (Some(size), 0) => writeln!(f, "anchored at {size}: nothing is unwitnessed"),
            (Some(_), _) => Ok(()),
        }
    }
}
