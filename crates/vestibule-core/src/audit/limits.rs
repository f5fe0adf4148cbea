//! Sizes: what is too long is cut, counted or fingerprinted, and never refused.
//!
//! A limit must never make a revocation fail (`spec/audit-log.md`, section 1.5), so each function
//! here gives something that fits. Lengths are those of the JSON text, escapes included.

use serde_json::{Value, json};

use super::{AuditError, seal::Disclosure, tree::Hash};

/// Most items of a list; a longer one becomes a count and a sealed fingerprint.
pub const LIST_ITEMS_MAX: usize = 100;
/// What stands for what was cut off.
const CUT: &str = "…";

/// How many bytes a character takes in JSON.
fn json_width(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        c => c.len_utf8(),
    }
}

/// The text, or as much of its beginning as takes `limit` bytes of JSON with the mark of the cut.
pub fn cut(text: &str, limit: usize) -> String {
    let (mut width, mut kept) = (0, 0);
    for (at, c) in text.char_indices() {
        if width + CUT.len() <= limit {
            kept = at;
        }
        width += json_width(c);
        if width > limit {
            return text.get(..kept).unwrap_or_default().to_owned() + CUT;
        }
    }
    text.to_owned()
}

/// The value without its nulls, which mean absence; `None` when it is one. A null inside a list
/// stays, and is refused later: it has no other meaning.
pub fn without_nulls(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(members) => {
            Some(Value::Object(members.into_iter().filter_map(|(name, value)| Some((name, without_nulls(value)?))).collect()))
        }
        other => Some(other),
    }
}

/// SHA-256 of a value's canonical JSON, in hex. Only ever sealed: in clear it could be guessed.
fn fingerprint(value: &Value) -> Result<Value, AuditError> {
    match serde_json_canonicalizer::to_vec(value) {
        Ok(bytes) => Ok(json!({ "bytes": bytes.len(), "sha256": Hash::of(&bytes).to_string() })),
        Err(_) => Err(AuditError::OutsideSpace("a value without canonical form")),
    }
}

/// The value with its texts cut to `limit` and its long lists replaced by what `list` says of them.
fn shrunk(value: &Value, limit: usize, list: &impl Fn(&Value, usize) -> Result<Value, AuditError>) -> Result<Value, AuditError> {
    Ok(match value {
        Value::String(text) => Value::from(cut(text, limit)),
        Value::Array(items) if items.len() > LIST_ITEMS_MAX => list(value, items.len())?,
        Value::Array(items) => Value::Array(items.iter().map(|item| shrunk(item, limit, list)).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| Ok((name.clone(), shrunk(value, limit, list)?)));
            Value::Object(members.collect::<Result<_, AuditError>>()?)
        }
        plain => plain.clone(),
    })
}

/// A value to be sealed under `name`, made to fit into one disclosure: lists are counted, texts
/// cut shorter and shorter, and what still does not fit leaves its fingerprint.
pub fn fit(name: &str, value: &Value) -> Result<Value, AuditError> {
    // `["`, 22 characters of salt, `","`, the name, `",` and `]`.
    let room = Disclosure::JSON_BYTES_MAX.saturating_sub(32 + name.len());
    let list = |items: &Value, count| Ok(json!({ "count": count, "list": fingerprint(items)? }));
    for limit in [room - 2, 400, 80] {
        let smaller = shrunk(value, limit, &list)?;
        if smaller.to_string().len() <= room {
            return Ok(smaller);
        }
    }
    fingerprint(value)
}

/// What stands in clear of a member, and what is sealed of it where that is not the whole.
pub struct Shown {
    /// In clear.
    pub clear: Value,
    /// The fingerprint of the whole, if something was left out of `clear`.
    pub whole: Option<Value>,
}

/// A member in clear: texts cut to `text_max`, long lists only counted, and the whole replaced by
/// its length when it takes more than `total_max` bytes.
pub fn show(value: &Value, text_max: usize, total_max: usize) -> Result<Shown, AuditError> {
    let clear = shrunk(value, text_max, &|_, count| Ok(json!({ "count": count })))?;
    let clear = match clear.to_string().len() {
        fits if fits <= total_max => clear,
        _ => json!({ "bytes": value.to_string().len() }),
    };
    let whole = if clear == *value { None } else { Some(fingerprint(value)?) };
    Ok(Shown { clear, whole })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_on_a_character_and_marked() {
        for (text, limit, expected) in [
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abc…"),
            ("", 6, ""),
            ("äöü", 6, "äöü"),
            ("äöüx", 6, "ä…"),
            ("\"\"\"", 6, "\"\"\""),
            ("\"\"\"\"", 6, "\"…"),
            ("\u{1}", 6, "\u{1}"),
            ("\u{1}\u{1}", 6, "…"),
        ] {
            assert_eq!(cut(text, limit), expected, "{text:?}");
            assert!(Value::from(cut(text, limit)).to_string().len() <= limit + 2, "{text:?}");
        }
    }

    #[test]
    fn a_list_of_a_hundred_stays_and_one_more_is_counted() {
        let list = |count: usize| json!((0..count).collect::<Vec<_>>());
        let short = show(&list(100), 10, 4_000).unwrap();
        assert_eq!((short.clear, short.whole), (list(100), None));
        let long = show(&list(101), 10, 4_000).unwrap();
        assert_eq!((long.clear, long.whole.is_some()), (json!({ "count": 101 }), true));
        assert_eq!(fit("data.ids", &list(101)).unwrap().get("count"), Some(&json!(101)));
    }

    #[test]
    fn whatever_is_sealed_fits_into_a_disclosure() {
        let objects = |count: usize, text: &str| Value::Object((0..count).map(|n| (format!("k{n}"), json!(text))).collect());
        for value in [
            json!("x".repeat(100_000)),
            json!("\u{0}".repeat(100_000)),
            json!("é".repeat(100_000)),
            objects(5, &"y".repeat(5_000)),
            objects(30, &"y".repeat(5_000)),
            objects(3_000, "z"),
            json!({ "k".repeat(10_000): 1.5 }),
            json!(null),
        ] {
            for name in ["a", &"n".repeat(64)] {
                let disclosure = Disclosure::make(name, "s", &fit(name, &value).unwrap(), [0xFF; 16]);
                assert!(disclosure.text.len() <= Disclosure::BYTES_MAX, "{}", disclosure.text.len());
            }
        }
    }
}
