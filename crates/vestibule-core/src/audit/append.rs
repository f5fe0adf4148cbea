//! Appending: a draft becomes canonical bytes at the next place of its log.
//!
//! The store keeps [`Leaf::bytes`] verbatim and hashes nothing else; columns are an index.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    Action, AuditError, VKey,
    canonical::{canonical, check},
    event::{Actor, Draft, Org, Reason, Sealed, Thing},
    limits::{Shown, cut, fit, show, without_nulls},
    seal::Disclosure,
    tree::{Frontier, Hash, leaf_hash},
};
use crate::{chance::Chance, id::EventId, time::Timestamp};

/// Longest event, in bytes.
pub const EVENT_BYTES_MAX: usize = 16 * 1024;
/// Longest origin, in bytes.
pub const ORIGIN_BYTES_MAX: usize = 128;
/// Longest id or code in clear, in bytes of JSON; a longer one is cut.
const WORD_BYTES_MAX: usize = 256;
/// Longest text inside `data`, in bytes of JSON.
const TEXT_BYTES_MAX: usize = 1_000;
/// Longest `change`, and longest `data`, in bytes of JSON.
const PART_BYTES_MAX: usize = 3 * 1024;
/// Longest name of a member.
const NAME_BYTES_MAX: usize = 64;
/// Most sealed members of a draft.
const SEALED_MAX: usize = 32;
/// Most members of `data` of which a part is left out one by one.
const LEFT_OUT_MAX: usize = 4;

/// What an event is appended to: the newest state of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The log's name, `<public host>/audit/<realm id>`.
    pub origin: String,
    /// How many events it has; the next one's index.
    pub size: u64,
    /// The last event's time; the next one's is no earlier.
    pub last_time: Timestamp,
    /// The tree so far.
    pub frontier: Frontier,
}

/// An event at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Its place, from 0.
    pub index: u64,
    /// Its id.
    pub id: EventId,
    /// Its time: now, or the last event's time if the clock went back.
    pub time: Timestamp,
    /// Its canonical bytes, to be kept verbatim.
    pub bytes: Vec<u8>,
    /// Their leaf hash.
    pub hash: Hash,
    /// What opens its sealed members, to be kept apart and encrypted.
    pub disclosures: Vec<Disclosure>,
}

/// Whether this can be the name of a log, and so of its key (`spec/audit-log.md`, section 3.2).
pub fn is_origin(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    (1..=ORIGIN_BYTES_MAX).contains(&text.len()) && !text.chars().any(odd)
}

impl Head {
    /// Begins a log with its event 0, `log.created`, in which the tree names its own key.
    pub fn create(origin: &str, vkey: &VKey, now: Timestamp, chance: &Chance) -> Result<(Self, Leaf), AuditError> {
        if !is_origin(origin) || vkey.name() != origin {
            return Err(AuditError::Origin(origin.to_owned()));
        }
        let mut head = Self { origin: origin.to_owned(), size: 0, last_time: now, frontier: Frontier::new() };
        let draft = Draft::new(Action::LogCreated, Actor::system(), Thing::new("log", "1"))
            .with_data("keys", vec![vkey.to_string()])
            .with_data("schema", 1);
        let leaf = head.append(draft, now, chance)?;
        Ok((head, leaf))
    }

    /// Appends one event. The head changes only on success.
    pub fn append(&mut self, draft: Draft, now: Timestamp, chance: &Chance) -> Result<Leaf, AuditError> {
        if self.frontier.size() != self.size {
            return Err(AuditError::Head { size: self.size });
        }
        let (index, time) = (self.size, now.max(self.last_time));
        let id = EventId::fresh(time, chance);
        let (mut members, disclosures) = members(draft, chance)?;
        put(&mut members, "v", json!(1));
        put(&mut members, "log", json!(self.origin));
        put(&mut members, "index", json!(index));
        put(&mut members, "id", json!(id.to_string()));
        put(&mut members, "time", json!(time.micros_text()));
        let bytes = canonical(&Value::Object(members))?;
        if bytes.len() > EVENT_BYTES_MAX {
            return Err(AuditError::TooLong { bytes: bytes.len(), limit: EVENT_BYTES_MAX });
        }
        let hash = leaf_hash(&bytes);
        self.frontier.push(hash);
        self.size = self.frontier.size();
        self.last_time = time;
        Ok(Leaf { index, id, time, bytes, hash, disclosures })
    }
}

fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    members.insert(name.to_owned(), value);
}

/// An id or code in clear.
fn word(text: &str) -> Value {
    Value::from(cut(text, WORD_BYTES_MAX))
}

/// An object of the members that are there.
fn words<const N: usize>(members: [(&str, Option<&str>); N]) -> Value {
    Value::Object(members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), word(text?)))).collect())
}

/// All members but those that depend on the place, and the disclosures.
fn members(mut draft: Draft, chance: &Chance) -> Result<(Map<String, Value>, Vec<Disclosure>), AuditError> {
    let mut all = Map::new();
    told(&draft, &mut all);
    // Nobody seals so many; if somebody does, the event says how many it left out.
    let omitted = draft.sealed.len().saturating_sub(SEALED_MAX);
    draft.sealed.truncate(SEALED_MAX);
    let (mut sealed, subject) = (draft.sealed, draft.target.id);
    if !draft.change.is_empty() {
        let shown = show(&json!(draft.change), NAME_BYTES_MAX, PART_BYTES_MAX)?;
        put(&mut all, "change", json!({ "fields": leave(shown, "change.fields", &subject, &mut sealed) }));
    }
    let data = draft.data.into_iter().filter_map(|(name, value)| Some((name, without_nulls(value)?))).collect();
    let mut data = told_data(data, &subject, &mut sealed)?;
    if omitted > 0 {
        put(&mut data, "sealed_omitted", json!(omitted));
    }
    if !data.is_empty() {
        put(&mut all, "data", Value::Object(data));
    }
    let (digests, disclosures) = seal(sealed, chance)?;
    if !digests.is_empty() {
        put(&mut all, "sealed", Value::Object(digests));
    }
    Ok((all, disclosures))
}

/// The members that say what happened, who did it, to what, why and on which request.
fn told(draft: &Draft, all: &mut Map<String, Value>) {
    let actor = &draft.actor;
    put(all, "action", json!(draft.action));
    put(all, "outcome", json!(draft.outcome.as_str()));
    let org = actor.org.map(Org::as_str);
    put(all, "actor", words([("kind", Some(actor.kind.as_str())), ("id", Some(&actor.id)), ("org", org)]));
    put(all, "target", words([("kind", Some(draft.target.kind)), ("id", Some(&draft.target.id))]));
    if let Some(whom) = &draft.acting_for {
        put(all, "acting_for", words([("kind", Some(whom.kind)), ("id", Some(&whom.id))]));
    }
    if let Some(session) = &draft.session {
        let id = session.id.to_string();
        put(all, "session", words([("id", Some(&id)), ("grant", Some(&session.grant)), ("consent", Some(&session.consent))]));
    }
    if let Some(Reason { code, ticket, statement, policy_version }) = &draft.reason {
        let mut value = words([("code", Some(code)), ("ticket", ticket.as_deref()), ("statement", statement.as_deref())]);
        if let (Some(version), Value::Object(members)) = (policy_version, &mut value) {
            put(members, "policy_version", json!(version));
        }
        put(all, "reason", value);
    }
    if let Some(request) = &draft.request {
        let value = words([
            ("id", Some(&request.id)),
            ("correlation", request.correlation.as_deref()),
            ("trace", request.trace.as_deref()),
            ("channel", Some(request.channel.as_str())),
            ("idem", request.idem.as_deref()),
        ]);
        put(all, "request", value);
    }
}

/// `data` in clear. What is left out of single members is sealed; if that is much, or if they
/// are too long together, the whole is.
fn told_data(data: BTreeMap<&str, Value>, subject: &str, sealed: &mut Vec<Sealed>) -> Result<Map<String, Value>, AuditError> {
    let (mut clear, mut left_out, mut length) = (Map::new(), Vec::new(), 0);
    for (name, value) in &data {
        check_names(name, value)?;
        check(value, 2)?;
        let shown = show(value, TEXT_BYTES_MAX, PART_BYTES_MAX)?;
        length += name.len() + shown.clear.to_string().len() + 4;
        put(&mut clear, name, leave(shown, &format!("data.{name}"), subject, &mut left_out));
    }
    if left_out.len() <= LEFT_OUT_MAX && length <= PART_BYTES_MAX {
        sealed.append(&mut left_out);
        return Ok(clear);
    }
    let whole = Value::Object(data.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    match leave(show(&whole, 0, 0)?, "data", subject, sealed) {
        Value::Object(clear) => Ok(clear),
        _ => Ok(Map::new()),
    }
}

/// What stands in clear; what it leaves out joins the sealed members.
fn leave(shown: Shown, name: &str, subject: &str, sealed: &mut Vec<Sealed>) -> Value {
    if let Some(value) = shown.whole {
        sealed.push(Sealed { name: cut_name(name).into(), subject: subject.to_owned(), value });
    }
    shown.clear
}

/// A name of ours, which is ASCII, cut to its limit.
fn cut_name(name: &str) -> String {
    name.chars().take(NAME_BYTES_MAX).collect()
}

/// Refuses names that are not 1 to 64 of `[a-z0-9_.]`, at any depth.
fn check_names(name: &str, value: &Value) -> Result<(), AuditError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.';
    if !(1..=NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(AuditError::Name(name.to_owned()));
    }
    match value {
        Value::Object(members) => members.iter().try_for_each(|(name, value)| check_names(name, value)),
        Value::Array(items) => items.iter().try_for_each(|item| check_names(name, item)),
        _ => Ok(()),
    }
}

/// Seals each value under a salt of its own.
fn seal(sealed: Vec<Sealed>, chance: &Chance) -> Result<(Map<String, Value>, Vec<Disclosure>), AuditError> {
    let (mut digests, mut disclosures, mut taken) = (Map::new(), Vec::new(), BTreeSet::new());
    for Sealed { name, subject, value } in sealed {
        check_names(&name, &Value::Null)?;
        // Two values under one name: both are kept, the later one under the next free number.
        let name = (1..)
            .map(|n| if n == 1 { name.to_string() } else { format!("{}.{n}", name.chars().take(NAME_BYTES_MAX - 3).collect::<String>()) })
            .find(|free| taken.insert(free.clone()))
            .unwrap_or_default();
        let disclosure = Disclosure::make(&name, &subject, &fit(&name, &value)?, chance.bytes());
        digests.insert(name, Value::from(disclosure.digest()));
        disclosures.push(disclosure);
    }
    Ok((digests, disclosures))
}
