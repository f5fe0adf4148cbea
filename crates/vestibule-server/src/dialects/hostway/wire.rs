//! Shapes on the wire (`spec/hostway-sso.md`, sections 2.1 and 4.1), to and from the core's types.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, REFERRER_POLICY},
    },
    response::{IntoResponse, Response},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

/// An answer with a body. None of them may be kept: some let a stranger sign in, and all are about people.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    let guards = [(CONTENT_TYPE, super::words::JSON), (CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache"), (REFERRER_POLICY, "no-referrer")];
    response.headers_mut().extend(guards.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

/// The inside of an error.
#[derive(Serialize)]
pub struct Fault<'a> {
    /// Names this refusal in the log.
    pub guid: &'a str,
    /// What is wrong.
    pub message: &'a str,
    /// The status.
    pub code: u16,
    /// Which fields are at fault, or empty text.
    pub details: Value,
}

/// A link of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    href: String,
    rel: &'static str,
}

impl Link {
    /// To what is answered itself.
    pub fn to_self(href: String) -> Self {
        Self { href, rel: "self" }
    }

    /// To another page of a list.
    pub fn page(rel: &'static str, href: String) -> Self {
        Self { href, rel }
    }

    /// To something that hangs on what is answered.
    pub fn related(href: String) -> Self {
        Self { href, rel: "related" }
    }
}

/// What a segment of a path may hold as it is (RFC 3986, section 2.3).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A segment of a path, percent-encoded.
pub fn segment(raw: &str) -> String {
    utf8_percent_encode(raw, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_one_segment() {
        for (raw, written) in [("acct-70421", "acct-70421"), ("a/b c", "a%2Fb%20c"), ("ü?#", "%C3%BC%3F%23"), ("a~b_c.d", "a~b_c.d")] {
            assert_eq!(segment(raw), written);
        }
    }
}
