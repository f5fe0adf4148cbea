//! Canonical JSON (RFC 8785) over a narrowed space of values, so that one event has one text.
//!
//! JCS writes numbers as doubles: beyond ±(2^53−1) it would silently hash another number than
//! the one that was meant. So the space is checked first (`spec/audit-log.md`, section 1.2).

use serde_json::Value;

use super::AuditError;

/// The largest integer, either way, that a double keeps: 2^53−1.
pub const INTEGER_MAX: i64 = (1 << 53) - 1;
/// How deep arrays and objects may nest.
pub const DEPTH_MAX: usize = 16;

/// The canonical bytes of a value, without a newline; refuses what lies outside the space.
pub fn canonical(value: &Value) -> Result<Vec<u8>, AuditError> {
    check(value, 0)?;
    serde_json_canonicalizer::to_vec(value).map_err(|_| AuditError::OutsideSpace("a value without canonical form"))
}

/// Whether a value lies in the space: objects, arrays, strings, booleans and integers within
/// ±[`INTEGER_MAX`]. There is no null: what is absent is absent.
pub(super) fn check(value: &Value, depth: usize) -> Result<(), AuditError> {
    match value {
        _ if depth > DEPTH_MAX => Err(AuditError::OutsideSpace("values nested that deep")),
        Value::Null => Err(AuditError::OutsideSpace("a null")),
        Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) => match (number.as_i64(), number.is_f64()) {
            (Some(integer), _) if (-INTEGER_MAX..=INTEGER_MAX).contains(&integer) => Ok(()),
            (_, true) => Err(AuditError::OutsideSpace("a float")),
            _ => Err(AuditError::OutsideSpace("an integer beyond 2^53-1")),
        },
        Value::Array(items) => items.iter().try_for_each(|item| check(item, depth + 1)),
        Value::Object(members) => members.values().try_for_each(|member| check(member, depth + 1)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_sort_by_utf16_and_strings_stay_as_they_are() {
        let value: Value = serde_json::from_str(include_str!("tests/vectors/tricky.json")).unwrap();
        assert_eq!(canonical(&value).unwrap(), include_bytes!("tests/vectors/tricky.jcs"));
    }

    #[test]
    fn what_jcs_would_change_is_refused_first() {
        for (value, good) in [
            (json!(INTEGER_MAX), true),
            (json!(INTEGER_MAX + 1), false),
            (json!(-INTEGER_MAX), true),
            (json!(-INTEGER_MAX - 1), false),
            (json!(u64::MAX), false),
            (json!(1.0), false),
            (json!(0.5), false),
            (json!(null), false),
            (json!({"a": [true, "x", {"b": null}]}), false),
            (json!({"a": [true, "x", {"b": 1}]}), true),
        ] {
            assert_eq!(canonical(&value).is_ok(), good, "{value}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        let nested = |depth| (0..depth).fold(json!(1), |inner, _| json!([inner]));
        assert!(canonical(&nested(DEPTH_MAX)).is_ok());
        assert!(canonical(&nested(DEPTH_MAX + 1)).is_err());
    }
}
