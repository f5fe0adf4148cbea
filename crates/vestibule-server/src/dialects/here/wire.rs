//! The shapes of `/support` (`spec/here-support.md`, section 3): text in, core types out, and back.

use jiff::civil::DateTime;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::Value;
use vestibule_core::{
    realm::Realm,
    refusal::{Fault, Malformed},
    support::{Invitation, Invitee},
    time::Timestamp,
};
use vestibule_operations::SupportAccess;

use super::words::{EMAIL_ADDRESS, EXPIRES_AT, EXPIRES_AT_FORMAT};
use crate::body;

/// What a POST wishes: somebody invited, perhaps until an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Who.
    pub invitee: Invitee,
    /// Until when; absent: for good.
    pub expires_at: Option<Timestamp>,
}

/// Reads the body of a POST, in the order of the page's table (section 4): the object, the
/// address, the expiry. Members that are not known are ignored.
pub fn registration(bytes: &[u8], realm: &Realm, now: Timestamp) -> Result<Registration, Malformed> {
    let body = body::object(bytes)?;
    let address = body.text(EMAIL_ADDRESS)?;
    let invitee = Invitee::parse(address, &realm.support.staff_domain).map_err(|malformed| malformed.of(EMAIL_ADDRESS))?;
    let expires_at = match body.get(EXPIRES_AT) {
        None => None,
        Some(Value::String(raw)) => Some(expires_at(raw, now)?),
        Some(_) => return Err(Malformed::new(EXPIRES_AT, Fault::NotA("a string"))),
    };
    Ok(Registration { invitee, expires_at })
}

/// Reads `yyyy-MM-ddTHH:mm:ss(.NNN)Z`: a real instant, in the future.
fn expires_at(raw: &str, now: Timestamp) -> Result<Timestamp, Malformed> {
    match instant(raw) {
        None => Err(Malformed::new(EXPIRES_AT, Fault::Format(EXPIRES_AT_FORMAT))),
        Some(past) if past <= now => Err(Malformed::new(EXPIRES_AT, Fault::NotInFuture)),
        Some(instant) => Ok(instant),
    }
}

/// The instant, by civil arithmetic: years before 1970 are past rather than misspelt, and the last
/// day of 9999, which people write for "never", is still ahead.
fn instant(raw: &str) -> Option<Timestamp> {
    let civil = is_instant(raw).then(|| raw.trim_end_matches('Z').parse::<DateTime>())?.ok()?;
    let millis = civil.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_millis();
    i64::try_from(millis).ok().map(Timestamp::from_millis)
}

/// Whether the text has the page's form. Whether there is such a day is the calendar's affair; but
/// a leap second, which calendars read as the second before it, is refused here.
fn is_instant(raw: &str) -> bool {
    let form: &[u8] = match raw.len() {
        20 => b"0000-00-00T00:00:00Z",
        24 => b"0000-00-00T00:00:00.000Z",
        _ => return false,
    };
    let fits = raw.bytes().zip(form).all(|(b, f)| if *f == b'0' { b.is_ascii_digit() } else { b == *f });
    fits && raw.get(17..19) != Some("60")
}

/// What a DELETE wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// The parameter is absent: every entry, and the list.
    Everything,
    /// One entry, by its folded invitee.
    One(String),
    /// Somebody who can be on no list, so nothing.
    Nobody,
}

/// Reads the query of a DELETE (section 3.3). The parameter is read as forms are, so that a `+`
/// that was not encoded is a blank, which no address has. An empty one is never "everything", nor is a query that
/// names other parameters alone.
pub fn removal(query: Option<&str>) -> Result<Removal, Malformed> {
    let refuse = |fault| Err(Malformed::new(EMAIL_ADDRESS, fault));
    let (mut named, mut other) = (Vec::new(), false);
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if form_text(name).as_deref() == Some(EMAIL_ADDRESS) {
            named.push(form_text(value));
        } else {
            other = true;
        }
    }
    match named.as_slice() {
        // A name with a slip in it must not widen one removal to all of them.
        [] if other => refuse(Fault::Missing),
        [] => Ok(Removal::Everything),
        [None] => refuse(Fault::Format("percent-encoded UTF-8")),
        [Some(empty)] if empty.is_empty() => refuse(Fault::Empty),
        [Some(address)] if address.len() > Invitee::BYTES_MAX || address.chars().any(char::is_control) => Ok(Removal::Nobody),
        [Some(address)] => Ok(Removal::One(address.to_ascii_lowercase())),
        [_, _, ..] => refuse(Fault::TooMany { limit: 1 }),
    }
}

/// Decodes one name or value of a form or query: `+` is a blank, `%` must lead two hexadecimal
/// digits, and the bytes must be UTF-8.
pub fn form_text(raw: &str) -> Option<String> {
    percent_text(&raw.replace('+', " "))
}

/// Decodes percent-encoded UTF-8; `None` when a `%` leads anything but two hexadecimal digits.
pub fn percent_text(raw: &str) -> Option<String> {
    let hex = |part: &str| part.get(..2).is_some_and(|two| two.bytes().all(|b| b.is_ascii_hexdigit()));
    match raw.split('%').skip(1).all(hex) {
        true => percent_decode_str(raw).decode_utf8().ok().map(String::from),
        false => None,
    }
}

/// `SupportAccess` (section 3.4).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SupportAccessBody {
    hrn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorized_users: Option<Vec<AuthorizedUser>>,
}

/// One entry of the list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizedUser {
    email_address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

impl From<&Invitation> for AuthorizedUser {
    fn from(invitation: &Invitation) -> Self {
        Self { email_address: invitation.invitee.as_str().to_owned(), expires_at: invitation.expires_at }
    }
}

impl From<&SupportAccess> for SupportAccessBody {
    /// Without a list, which is so before the first POST and after a full delete, the key is absent.
    fn from(access: &SupportAccess) -> Self {
        Self {
            hrn: format!("hrn:here:account::{}:support/SUPPORT-{}", access.realm, access.list_id),
            authorized_users: access.listed.then(|| access.invitations.iter().map(AuthorizedUser::from).collect()),
        }
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
