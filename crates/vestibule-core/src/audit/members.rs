//! The rules of a committed event's members, as its reader checks them (`spec/audit-log.md`, 1.1).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

use super::{canonical::canonical, place::Seen, tree::Hash};
use crate::time::Timestamp;

/// The rules, and what earlier events leave for later ones to keep.
pub struct Rules<'a> {
    origin: &'a str,
    ids: BTreeSet<Uuid>,
    last_time: String,
}

impl<'a> Rules<'a> {
    /// The rules of this log.
    pub const fn new(origin: &'a str) -> Self {
        Self { origin, ids: BTreeSet::new(), last_time: String::new() }
    }

    /// The first rule that the event at `index` breaks. Events come in the order of the log.
    pub fn check(&mut self, index: u64, bytes: &[u8], value: Option<&Value>) -> Option<&'static str> {
        let Some(value) = value.filter(|value| value.is_object()) else {
            return Some("it is not a JSON object");
        };
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        let (id, time) = (text("id"), text("time"));
        let uuid = Uuid::try_parse(id).ok().filter(|uuid| uuid.get_version_num() == 7 && uuid.to_string() == id);
        let fresh = uuid.is_some_and(|uuid| self.ids.insert(uuid));
        let fell = time < self.last_time.as_str();
        if is_time(time) && !fell {
            time.clone_into(&mut self.last_time);
        }
        [
            (canonical(value).ok().as_deref() != Some(bytes), "it is not canonical JSON"),
            (value.get("v").and_then(Value::as_u64) != Some(1), "`v` is not 1"),
            (text("log") != self.origin, "`log` is another log"),
            (value.get("index").and_then(Value::as_u64) != Some(index), "`index` is not its place"),
            (uuid.is_none(), "`id` is no UUIDv7"),
            (uuid.is_some() && !fresh, "`id` was used before"),
            (!is_time(time), "`time` is not an instant in 27 bytes"),
            (fell, "`time` is before the event before"),
        ]
        .into_iter()
        .find_map(|(broken, rule)| broken.then_some(rule))
    }
}

/// `YYYY-MM-DDThh:mm:ss.ffffffZ`: in this form, the order of texts is that of instants.
fn is_time(text: &str) -> bool {
    let form = b"dddd-dd-ddTdd:dd:dd.ddddddZ";
    let fits = |(b, form): (u8, &u8)| if *form == b'd' { b.is_ascii_digit() } else { b == *form };
    text.len() == form.len() && text.bytes().zip(form).all(fits) && text.parse::<Timestamp>().is_ok()
}

/// Whether a later event tells of the redaction of this leaf (`spec/audit-log.md`, section 1.4).
pub fn covered(index: u64, leaf: &Hash, events: &BTreeMap<u64, &Seen<'_>>) -> bool {
    let hex = leaf.to_string();
    events.range(index.saturating_add(1)..).filter_map(|(_, seen)| seen.value.as_ref()).any(|event| {
        let data = event.get("data");
        event.get("action").and_then(Value::as_str) == Some("audit.redacted")
            && data.and_then(|data| data.get("index")?.as_u64()) == Some(index)
            && data.and_then(|data| data.get("leaf_hash")?.as_str()) == Some(&hex)
    })
}
