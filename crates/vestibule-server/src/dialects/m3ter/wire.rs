//! Members that several entities share: version, date-time, name (`spec/m3ter-support.md`, section 3).

use jiff::civil::DateTime;
use serde::Serialize;
use vestibule_core::{
    authorship::Authorship,
    id::AccountKey,
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};

use super::words::{DATE_TIME, VERSION};
use crate::body::Object;

/// The version that a body names (section 3.1, rule 4): a whole number that is not negative.
pub fn version(body: &Object) -> Result<Option<i64>, Malformed> {
    match body.integer_or_none(VERSION)? {
        Some(negative) if negative < 0 => Err(Malformed::new(VERSION, Fault::OutOfRange { min: 0, max: i64::MAX })),
        version => Ok(version),
    }
}

/// Refuses a version in a request that creates (section 3.1, rule 1).
pub fn no_version(body: &Object) -> Result<(), Malformed> {
    match version(body)? {
        None => Ok(()),
        Some(_) => Err(Malformed::new(VERSION, Fault::UnknownMember)),
    }
}

/// The version that a request has seen of what is stored (section 3.1, rules 2 and 3): on update it must be
/// there and be the stored one, on creation it must not be there. `stored` of what is not there is `None`.
pub fn seen(version: Option<i64>, stored: Option<i64>) -> Result<Option<i64>, Refusal> {
    match (version, stored) {
        (None, None) => Ok(None),
        (Some(seen), Some(current)) if seen == current => Ok(Some(seen)),
        (_, stored) => Err(Refusal::Stale { current: stored.unwrap_or(0) }),
    }
}

/// Text that may be an id: not empty, nothing in it that cannot be seen.
pub fn id<'o>(name: &'static str, text: &'o str) -> Result<&'o str, Malformed> {
    match text {
        "" => Err(Malformed::new(name, Fault::Empty)),
        odd if odd.chars().any(char::is_control) => Err(Malformed::new(name, Fault::Format("an id"))),
        id => Ok(id),
    }
}

/// A required date-time.
pub fn date_time(body: &Object, name: &'static str) -> Result<Timestamp, Malformed> {
    date_time_or_none(body, name)?.ok_or_else(|| Malformed::new(name, Fault::Missing))
}

/// An optional date-time.
pub fn date_time_or_none(body: &Object, name: &'static str) -> Result<Option<Timestamp>, Malformed> {
    let Some(text) = body.text_or_none(name)? else { return Ok(None) };
    instant(text).map(Some).ok_or_else(|| Malformed::new(name, Fault::Format(DATE_TIME)))
}

/// The audit fields of an entity: who made it and who wrote it last, by id, and when. Nobody is empty text: the
/// server itself, or its operator.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    dt_created: String,
    dt_last_modified: String,
    created_by: String,
    last_modified_by: String,
}

impl Audit {
    /// Of a thing that was made at this instant.
    pub fn of(created_at: Timestamp, authorship: &Authorship) -> Self {
        let name = |author: Option<AccountKey>| author.map(|key| key.to_string()).unwrap_or_default();
        Self {
            dt_created: created_at.millis_text(),
            dt_last_modified: authorship.last_written(created_at).millis_text(),
            created_by: name(authorship.created_by),
            last_modified_by: name(authorship.last_author()),
        }
    }
}

/// Any RFC 3339 date-time, to the millisecond (section 3). By civil arithmetic: the last day of 9999, which people
/// write for "never", is still ahead. What lies before 1970 is past, and is taken for 1970.
fn instant(text: &str) -> Option<Timestamp> {
    let (civil, offset_s) = parts(text)?;
    let millis = civil.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_millis();
    i64::try_from(millis).ok().map(|millis| Timestamp::from_millis(millis - offset_s * 1000))
}

/// Date and time as written, and the offset in seconds (RFC 3339, section 5.6).
fn parts(text: &str) -> Option<(DateTime, i64)> {
    let (seconds, rest) = text.split_at_checked("0000-00-00T00:00:00".len())?;
    let fits = |text: &str, form: &[u8]| {
        text.len() == form.len() && text.bytes().zip(form).all(|(b, f)| if *f == b'0' { b.is_ascii_digit() } else { b == *f })
    };
    let seconds = seconds.replace('t', "T");
    if !fits(&seconds, b"0000-00-00T00:00:00") {
        return None;
    }
    let (fraction, zone) = match rest.strip_prefix('.') {
        None => ("", rest),
        Some(after) => after
            .split_at_checked(after.bytes().take_while(u8::is_ascii_digit).count())
            .filter(|(digits, _)| (1..=9).contains(&digits.len()))?,
    };
    let offset_s = match zone {
        "Z" | "z" => 0,
        zone => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let clock = zone.strip_prefix(['+', '-']).filter(|clock| fits(clock, b"00:00"))?;
            let (hours, minutes) = clock.split_once(':')?;
            let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
            (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))?
        }
    };
    let civil = if fraction.is_empty() { seconds } else { format!("{seconds}.{fraction}") };
    Some((civil.parse().ok()?, offset_s))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body;

    #[test]
    fn a_date_time_is_any_of_rfc_3339() {
        const NOON: i64 = 1_893_499_200_000; // 2030-01-01T12:00:00Z
        for (text, millis) in [
            ("2030-01-01T12:00:00Z", Some(NOON)),
            ("2030-01-01t12:00:00z", Some(NOON)),
            ("2030-01-01T12:00:00+00:00", Some(NOON)),
            ("2030-01-01T12:00:00-00:00", Some(NOON)),
            ("2030-01-01T14:00:00+02:00", Some(NOON)),
            ("2029-12-31T12:01:00-23:59", Some(NOON)),
            ("2030-01-01T12:00:00.1Z", Some(NOON + 100)),
            ("2030-01-01T12:00:00.810743+00:00", Some(NOON + 810)),
            ("2030-01-01T12:00:00.999999999Z", Some(NOON + 999)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799_000)),
            ("9999-12-31T23:59:59.999-23:59", Some(Timestamp::MAX.millis())),
            ("0001-01-01T00:00:00Z", Some(0)),
            ("1969-12-31T23:59:59.999Z", Some(0)),
            ("2030-01-01T12:00:00.1234567890Z", None),
            ("2030-01-01T12:00:00.Z", None),
            ("2030-01-01T12:00:00", None),
            ("2030-01-01T12:00Z", None),
            ("2030-01-01 12:00:00Z", None),
            ("2030-01-01", None),
            ("2030-02-30T12:00:00Z", None),
            ("2030-01-01T24:00:00Z", None),
            ("2030-01-01T12:00:00+24:00", None),
            ("2030-01-01T12:00:00+0200", None),
            ("2030-01-01T12:00:00+02:00[Europe/Berlin]", None),
            ("+2030-01-01T12:00:00Z", None),
            ("２030-01-01T12:00:00Z", None),
            ("", None),
        ] {
            assert_eq!(instant(text).map(Timestamp::millis), millis, "{text}");
        }
    }

    #[test]
    fn a_version_is_a_whole_number_or_absent() {
        let read = |json: &str| version(&body::object(json.as_bytes()).unwrap());
        for (json, expected) in [
            (r#"{}"#, Some(None)),
            (r#"{"version":null}"#, Some(None)),
            (r#"{"version":0}"#, Some(Some(0))),
            (r#"{"version":9223372036854775807}"#, Some(Some(i64::MAX))),
            (r#"{"version":9223372036854775808}"#, None),
            (r#"{"version":-1}"#, None),
            (r#"{"version":1.0}"#, None),
            (r#"{"version":1e0}"#, None),
            (r#"{"version":"1"}"#, None),
            (r#"{"version":true}"#, None),
            (r#"{"version":[1]}"#, None),
        ] {
            assert_eq!(read(json).ok(), expected, "{json}");
        }
    }

    #[test]
    fn a_version_is_needed_on_update_and_needless_on_creation() {
        let stale = |current| Err(Refusal::Stale { current });
        for (version, stored, expected) in [
            (None, None, Ok(None)),
            (Some(3), Some(3), Ok(Some(3))),
            (Some(2), Some(3), stale(3)),
            (Some(4), Some(3), stale(3)),
            (None, Some(3), stale(3)),
            (Some(0), None, stale(0)),
            (Some(1), None, stale(0)),
        ] {
            assert_eq!(seen(version, stored), expected);
        }
    }
}
