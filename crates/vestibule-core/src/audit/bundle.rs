//! Bundles: all that is needed to check a stretch of a log offline, as one uncompressed tar.
//!
//! Members and their order are those of `spec/audit-log.md`, section 4.3. A bundle has one
//! spelling: each member is read only in the form in which it is written. Keys inside are claims.
//! Whoever writes one need not hold it ([`BundleWriter`]); whoever checks one does ([`Bundle`]).

use std::{collections::BTreeMap, fmt, iter::Peekable, marker::PhantomData};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{note::VKey, proof::RangeProof, tar, tree::Hash};

/// The format that is written and read.
pub const FORMAT: u32 = 1;

/// Why bytes are not a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadBundle(pub String);

/// A stretch of a log with its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// What it is of.
    pub about: About,
    /// Whose signatures it claims to carry.
    pub policy: Policy,
    /// The head's note.
    pub checkpoint: String,
    /// Earlier notes that witnesses have cosigned, by size.
    pub checkpoints: BTreeMap<u64, String>,
    /// What the tree has before and after the stretch.
    pub range: RangeProof,
    /// The committed leaf hash of each index of the stretch, from the table of leaves.
    pub leaves: Vec<Hash>,
    /// The records in the order of the stretch, from the table of events; one that is missing
    /// there is missing here.
    pub records: Vec<Record>,
    /// What opens sealed members.
    pub disclosures: Vec<Disclosed>,
}

/// `bundle.json`: what the bundle is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// [`FORMAT`].
    pub format: u32,
    /// The log's name.
    pub origin: String,
    /// The first index.
    pub from: u64,
    /// The index after the last.
    pub to: u64,
    /// How many records are redacted.
    pub redactions: u64,
    /// What wrote the bundle.
    pub made_by: String,
}

/// `policy`: the keys, in the manner of C2SP tlog-policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// The log's own keys.
    pub logs: Vec<VKey>,
    /// Witnesses by name.
    pub witnesses: Vec<(String, VKey)>,
    /// Which witness or group must have cosigned; absent: none.
    pub quorum: Option<String>,
}

/// One line of `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A leaf's bytes, as stored.
    Event(Vec<u8>),
    /// A leaf whose bytes were removed.
    Redacted(Redacted),
}

/// What is left of a redacted leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redacted {
    /// Its index.
    pub index: u64,
    /// Its hash.
    pub leaf_hash: Hash,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RedactedLine {
    redacted: Redacted,
}

/// One line of `disclosures.jsonl`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosed {
    /// The event's index.
    pub index: u64,
    /// The sealed member's name.
    pub name: String,
    /// The disclosure's text.
    pub d: String,
}

impl fmt::Debug for Disclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disclosed").field("index", &self.index).field("name", &self.name).finish_non_exhaustive()
    }
}

/// The last member, for whoever opens the archive by hand.
const README: &str = "\
A stretch of a Vestibule audit log, with what proves it.

Check it with:  vestibule audit verify FILE --trust KEYS --against NOTE
KEYS holds the log's verifier key, which you have from the vendor by another way; NOTE is a
checkpoint that you kept. Keys inside this file are claims. Without an anchor of your own,
truncation and forks cannot be excluded.

events.jsonl       each line is one event, byte for byte what the log committed to
leaves             the leaf hash of each, SHA-256(0x00 || line), 32 bytes each
range.json         the rest of the tree (RFC 6962); with the leaves it folds to the root
checkpoint         the signed root
disclosures.jsonl  what opens sealed members (RFC 9901)
";

/// A member of a bundle that would be larger than the format holds: a list of more than 8 GiB.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` would be larger than a bundle can hold")]
pub struct TooLarge(pub &'static str);

/// Bytes that go over others, which were known too late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Where the first goes, counted from the archive's first byte.
    pub at: u64,
    /// No more than stood there.
    pub bytes: Vec<u8>,
}

/// Writes a bundle list by list and line by line, for logs that nobody wants to hold. It stands at
/// one of the three lists, [`Leaves`], [`Records`] and [`Disclosures`], which come in this order.
///
/// It gives bytes and touches nothing: what [`BundleWriter::take`] gives is to be appended. How long
/// a list is and how much of it is redacted is known only behind it, so the end gives patches.
pub struct BundleWriter<List> {
    about: About,
    /// What was not taken yet.
    bytes: Vec<u8>,
    /// How many bytes were taken.
    taken: u64,
    /// Where the list begins: its header stands before.
    list_at: u64,
    patches: Vec<Patch>,
    list: PhantomData<List>,
}

/// The committed leaf hash of each index.
pub struct Leaves;
/// The records, in the order of the stretch.
pub struct Records;
/// What opens sealed members.
pub struct Disclosures;

impl<List> BundleWriter<List> {
    /// What is to be appended.
    pub fn take(&mut self) -> Vec<u8> {
        self.taken += self.bytes.len() as u64;
        std::mem::take(&mut self.bytes)
    }

    fn position(&self) -> u64 {
        self.taken + self.bytes.len() as u64
    }

    /// Begins a list with a header that will be written over.
    fn begin_list<Next>(mut self) -> BundleWriter<Next> {
        self.bytes.extend_from_slice(&[0; tar::BLOCK]);
        let list_at = self.position();
        let Self { about, bytes, taken, patches, .. } = self;
        BundleWriter { about, bytes, taken, list_at, patches, list: PhantomData }
    }

    fn end_list(&mut self, name: &'static str) -> Result<(), TooLarge> {
        let size = self.position() - self.list_at;
        if size > tar::FILE_BYTES_MAX {
            return Err(TooLarge(name));
        }
        self.bytes.extend_from_slice(tar::padding(size));
        self.patches.push(Patch { at: self.list_at - tar::BLOCK as u64, bytes: tar::header(name, size).to_vec() });
        Ok(())
    }
}

impl BundleWriter<Leaves> {
    /// Begins a bundle. The redactions in `about` are counted anew.
    pub fn begin(
        about: About,
        policy: &Policy,
        checkpoint: &str,
        checkpoints: &BTreeMap<u64, String>,
        range: &RangeProof,
    ) -> Result<Self, TooLarge> {
        // INVARIANT: it takes one block however many redactions there are, or there would be no room for its patch.
        if json(&About { redactions: u64::MAX, ..about.clone() }).len() > tar::BLOCK {
            return Err(TooLarge("bundle.json"));
        }
        let mut bytes = Vec::new();
        let mut put = |name: &str, content: &str| tar::append(&mut bytes, name, content.as_bytes());
        put("bundle.json", &json(&about));
        put("policy", &policy.text());
        put("checkpoint", checkpoint);
        for (size, note) in checkpoints {
            put(&format!("checkpoints/{size}"), note);
        }
        put("range.json", &json(range));
        let about = About { redactions: 0, ..about };
        Ok(Self { about, bytes, taken: 0, list_at: 0, patches: Vec::new(), list: PhantomData }.begin_list())
    }

    /// Writes the next.
    pub fn put_leaf(&mut self, leaf: &Hash) {
        self.bytes.extend_from_slice(leaf.bytes());
    }

    /// Goes on to the records.
    pub fn records(mut self) -> Result<BundleWriter<Records>, TooLarge> {
        self.end_list("leaves")?;
        Ok(self.begin_list())
    }
}

impl BundleWriter<Records> {
    /// Writes the next.
    pub fn put_record(&mut self, record: &Record) {
        match record {
            Record::Event(bytes) => self.bytes.extend_from_slice(bytes),
            Record::Redacted(redacted) => {
                self.about.redactions += 1;
                self.bytes.extend_from_slice(json(&RedactedLine { redacted: *redacted }).as_bytes());
            }
        }
        self.bytes.push(b'\n');
    }

    /// Goes on to what opens sealed members.
    pub fn disclosures(mut self) -> Result<BundleWriter<Disclosures>, TooLarge> {
        self.end_list("events.jsonl")?;
        Ok(self.begin_list())
    }
}

impl BundleWriter<Disclosures> {
    /// Writes the next.
    pub fn put_disclosure(&mut self, one: &Disclosed) {
        self.bytes.extend_from_slice(json(one).as_bytes());
        self.bytes.push(b'\n');
    }

    /// Ends the bundle: the last bytes to append, and what goes over those before.
    pub fn finish(mut self) -> Result<(Vec<u8>, Vec<Patch>), TooLarge> {
        self.end_list("disclosures.jsonl")?;
        tar::append(&mut self.bytes, "README", README.as_bytes());
        tar::finish(&mut self.bytes);
        let mut about = Vec::new();
        tar::append(&mut about, "bundle.json", json(&self.about).as_bytes());
        self.patches.push(Patch { at: 0, bytes: about });
        Ok((self.bytes, self.patches))
    }
}

impl Bundle {
    /// Reads an archive. What it says is not believed: [`super::verify()`] checks it.
    pub fn read(archive: &[u8]) -> Result<Self, BadBundle> {
        let files = tar::files(archive).ok_or_else(|| BadBundle("it is not a tar archive of ours, or it is cut short".to_owned()))?;
        let mut files = files.into_iter().peekable();
        let about: About = parse("bundle.json", take(&mut files, "bundle.json")?)?;
        let policy = Policy::parse(text("policy", take(&mut files, "policy")?)?)?;
        let checkpoint = text("checkpoint", take(&mut files, "checkpoint")?)?.to_owned();
        let mut checkpoints = BTreeMap::new();
        while let Some((name, note)) = files.next_if(|(name, _)| name.starts_with("checkpoints/")) {
            let size = name.strip_prefix("checkpoints/").and_then(|size| size.parse::<u64>().ok());
            match size.filter(|size| format!("checkpoints/{size}") == name && checkpoints.keys().next_back() < Some(size)) {
                Some(size) => checkpoints.insert(size, text("checkpoints", note)?.to_owned()),
                None => return Err(BadBundle("`checkpoints` are not in their order".to_owned())),
            };
        }
        let range = parse("range.json", take(&mut files, "range.json")?)?;
        let leaves: Option<Vec<Hash>> = take(&mut files, "leaves")?.chunks(Hash::BYTES).map(Hash::from_slice).collect();
        let records = lines("events.jsonl", take(&mut files, "events.jsonl")?)?.into_iter().map(Record::parse).collect();
        let disclosures = lines("disclosures.jsonl", take(&mut files, "disclosures.jsonl")?)?;
        let disclosures = disclosures.into_iter().map(|line| parse("disclosures.jsonl", line)).collect::<Result<_, _>>()?;
        take(&mut files, "README")?;
        if files.next().is_some() || about.format != FORMAT || about.from > about.to {
            return Err(BadBundle("it is of another format".to_owned()));
        }
        let leaves = leaves.ok_or_else(|| BadBundle("`leaves` is not a list of hashes".to_owned()))?;
        Ok(Self { about, policy, checkpoint, checkpoints, range, leaves, records, disclosures })
    }
}

impl Record {
    fn parse(line: &[u8]) -> Self {
        match parse::<RedactedLine>("events.jsonl", line) {
            Ok(RedactedLine { redacted }) => Self::Redacted(redacted),
            Err(_) => Self::Event(line.to_vec()),
        }
    }
}

impl Policy {
    fn text(&self) -> String {
        let logs = self.logs.iter().map(|key| format!("log {key}\n"));
        let witnesses = self.witnesses.iter().map(|(name, key)| format!("witness {name} {key}\n"));
        let quorum = std::iter::once(format!("quorum {}\n", self.quorum.as_deref().unwrap_or("none")));
        logs.chain(witnesses).chain(quorum).collect()
    }

    fn parse(text: &str) -> Result<Self, BadBundle> {
        let mut policy = Self::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["log", key] => policy.logs.push(key.parse().map_err(|error| BadBundle(format!("`policy`: {error}")))?),
                ["witness", name, key] => {
                    let key = key.parse().map_err(|error| BadBundle(format!("`policy`: {error}")))?;
                    policy.witnesses.push(((*name).to_owned(), key));
                }
                ["quorum", "none"] => policy.quorum = None,
                ["quorum", name] => policy.quorum = Some((*name).to_owned()),
                _ => return Err(BadBundle("`policy` has a line of another kind".to_owned())),
            }
        }
        match policy.text() == text {
            true => Ok(policy),
            false => Err(BadBundle("`policy` is not in its one spelling".to_owned())),
        }
    }
}

/// The next file, which must be this one.
fn take<'a>(files: &mut Peekable<impl Iterator<Item = (&'a str, &'a [u8])>>, wanted: &str) -> Result<&'a [u8], BadBundle> {
    match files.next_if(|(name, _)| *name == wanted) {
        Some((_, content)) => Ok(content),
        None => Err(BadBundle(format!("`{wanted}` is missing or not in its place"))),
    }
}

/// JSON of a type of ours, which always has one.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A value from the one spelling that [`json`] gives it.
fn parse<T: Serialize + DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, BadBundle> {
    let value: T = serde_json::from_slice(bytes).map_err(|_| BadBundle(format!("`{name}` is not what it should be")))?;
    match json(&value).as_bytes() == bytes {
        true => Ok(value),
        false => Err(BadBundle(format!("`{name}` is not in its one spelling"))),
    }
}

fn text<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, BadBundle> {
    std::str::from_utf8(bytes).map_err(|_| BadBundle(format!("`{name}` is not UTF-8")))
}

/// The lines of a member, each of which must end.
fn lines<'a>(name: &str, bytes: &'a [u8]) -> Result<Vec<&'a [u8]>, BadBundle> {
    match bytes.strip_suffix(b"\n") {
        Some(body) => Ok(body.split(|b| *b == b'\n').collect()),
        None if bytes.is_empty() => Ok(Vec::new()),
        None => Err(BadBundle(format!("the last line of `{name}` does not end"))),
    }
}
