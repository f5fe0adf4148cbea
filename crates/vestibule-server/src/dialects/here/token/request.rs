//! Token requests: two encodings, one meaning (`spec/here-support.md`, section 6).

use std::fmt;

use axum::http::HeaderMap;
use serde_json::{Number, Value};
use vestibule_core::{
    credential::ProjectScope,
    refusal::{Fault, Malformed},
};

use super::refusal::{FieldCode, FieldFault, TokenRefusal};
use crate::{
    body::{self, MediaType, Object},
    dialects::here::{wire::form_text, words::token::GRANT},
};

/// Names and values, in the order sent.
pub type Pairs = Vec<(String, String)>;

/// A body, before anything is required of it. It may hold an assertion, so `Debug` shows its encoding alone.
#[derive(Clone, PartialEq)]
pub enum Sent {
    /// A form; all of it is signed.
    Form(Pairs),
    /// JSON; nothing of it is signed.
    Json(Object),
}

/// One field under its two names.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    form: &'static str,
    json: &'static str,
}

/// The kind of grant.
const GRANT_TYPE: Name = Name { form: "grant_type", json: "grantType" };
/// The wished lifetime, in seconds.
const EXPIRES_IN: Name = Name { form: "expires_in", json: "expiresIn" };
/// The wished project.
const SCOPE: Name = Name { form: "scope", json: "scope" };
/// The wished form of the token; ours have one form, which clients do not look into.
const TOKEN_FORMAT: Name = Name { form: "token_format", json: "tokenFormat" };
const TOKEN_FORMATS: [&str; 4] = ["hN", "jwt", "jwt+header", "jws"];
/// What kind of assertion is presented.
pub const CLIENT_ASSERTION_TYPE: Name = Name { form: "client_assertion_type", json: "clientAssertionType" };
/// An assertion instead of a signature.
pub const CLIENT_ASSERTION: Name = Name { form: "client_assertion", json: "clientAssertion" };

/// What is wished of a token, beside that it be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// Its lifetime in seconds; absent: the default.
    pub expires_in_s: Option<i64>,
    /// Its project; absent: the key's own, if it has one.
    pub scope: Option<ProjectScope>,
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form(_) => "Form",
            Self::Json(_) => "Json",
        })
    }
}

impl Sent {
    /// Reads a body of either encoding.
    pub fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Self, Malformed> {
        match MediaType::of(headers, &[MediaType::Json, MediaType::Form])? {
            MediaType::Json => body::object(bytes).map(Self::Json),
            MediaType::Form => {
                let text = std::str::from_utf8(bytes).map_err(|_| Malformed::body(Fault::NotUtf8))?;
                pairs(text).map(Self::Form).ok_or_else(|| Malformed::body(Fault::NotJson("nor a form that can be decoded".to_owned())))
            }
        }
    }

    /// What of the body is signed.
    pub fn signed(&self) -> &[(String, String)] {
        match self {
            Self::Form(pairs) => pairs,
            Self::Json(_) => &[],
        }
    }

    fn fault(&self, name: Name, code: FieldCode, message: &'static str) -> FieldFault {
        let name = match self {
            Self::Form(_) => name.form,
            Self::Json(_) => name.json,
        };
        FieldFault { name, code, message }
    }

    /// An optional field as it stands. In JSON, null is absent; in a form, twice is a fault.
    fn field(&self, name: Name) -> Result<Option<Value>, FieldFault> {
        match self {
            Self::Json(body) => Ok(body.get(name.json).filter(|value| !value.is_null()).cloned()),
            Self::Form(pairs) => {
                let mut values = pairs.iter().filter(|(found, _)| found == name.form).map(|(_, value)| value);
                match (values.next(), values.next()) {
                    (value, None) => Ok(value.cloned().map(Value::String)),
                    _ => Err(self.fault(name, FieldCode::Invalid, "is given more than once")),
                }
            }
        }
    }

    /// An optional string, not empty.
    pub fn text(&self, name: Name) -> Result<Option<String>, FieldFault> {
        match self.field(name)? {
            None => Ok(None),
            Some(Value::String(empty)) if empty.is_empty() => Err(self.fault(name, FieldCode::Empty, "is empty")),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.fault(name, FieldCode::NotString, "is not a string")),
        }
    }

    /// Everything that is wished, or every field that cannot be read.
    pub fn wish(&self) -> Result<TokenRequest, TokenRefusal> {
        if self.many_scopes() {
            return Err(TokenRefusal::ManyScopes);
        }
        let mut faults: Vec<_> = [self.grant_type(), self.token_format()].into_iter().filter_map(Result::err).collect();
        let expires_in_s = self.expires_in_s().unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        let scope = self.scope().unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        match faults.is_empty() {
            true => Ok(TokenRequest { expires_in_s, scope }),
            false => Err(TokenRefusal::Fields(faults)),
        }
    }

    fn grant_type(&self) -> Result<(), FieldFault> {
        match self.text(GRANT_TYPE)?.as_deref() {
            Some(GRANT) => Ok(()),
            Some(_) => Err(self.fault(GRANT_TYPE, FieldCode::GrantType, "is not `client_credentials`")),
            None => Err(self.fault(GRANT_TYPE, FieldCode::Missing, "is missing")),
        }
    }

    fn token_format(&self) -> Result<(), FieldFault> {
        match self.text(TOKEN_FORMAT)? {
            Some(format) if !TOKEN_FORMATS.contains(&format.as_str()) => {
                Err(self.fault(TOKEN_FORMAT, FieldCode::Invalid, "is not one of `hN`, `jwt`, `jwt+header`, `jws`"))
            }
            _ => Ok(()),
        }
    }

    /// Whole seconds; 0 stands for the default, and what no number of ours holds is only very long.
    fn expires_in_s(&self) -> Result<Option<i64>, FieldFault> {
        let seconds = match self.field(EXPIRES_IN)? {
            None => return Ok(None),
            Some(Value::String(empty)) if empty.is_empty() => return Err(self.fault(EXPIRES_IN, FieldCode::Empty, "is empty")),
            Some(Value::String(text)) if matches!(self, Self::Form(_)) => whole_text(&text),
            Some(Value::Number(number)) => whole_number(&number),
            Some(_) => None,
        };
        match seconds {
            None => Err(self.fault(EXPIRES_IN, FieldCode::NotNumber, "is not a whole number")),
            Some(..0) => Err(self.fault(EXPIRES_IN, FieldCode::TooSmall, "is less than 0")),
            Some(0) => Ok(None),
            Some(seconds) => Ok(Some(seconds)),
        }
    }

    fn many_scopes(&self) -> bool {
        let sent: Vec<&str> = match self {
            Self::Form(pairs) => pairs.iter().filter(|(name, _)| name == SCOPE.form).map(|(_, value)| value.as_str()).collect(),
            Self::Json(body) => body.get(SCOPE.json).and_then(Value::as_str).into_iter().collect(),
        };
        sent.iter().flat_map(|scopes| scopes.split(' ')).filter(|scope| !scope.is_empty()).count() > 1
    }

    /// One project. RFC 6749, section 3.3, has the characters: `%x21 / %x23-5B / %x5D-7E`, and a blank between scopes.
    fn scope(&self) -> Result<Option<ProjectScope>, FieldFault> {
        let Some(raw) = self.text(SCOPE)? else { return Ok(None) };
        match raw.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\') {
            true => raw
                .parse()
                .map(Some)
                .map_err(|_| self.fault(SCOPE, FieldCode::Scope, "is not `hrn:here:authorization::<realm>:project/<id>`")),
            false => Err(self.fault(SCOPE, FieldCode::ScopeCharacter, "has a character that no scope has")),
        }
    }
}

/// A whole number in decimal digits, clamped to what fits.
fn whole_text(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let clamped = if digits.len() < text.len() { i64::MIN } else { i64::MAX };
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().unwrap_or(clamped))
}

/// A JSON number without a fraction, clamped to what fits.
fn whole_number(number: &Number) -> Option<i64> {
    let clamped = || number.as_f64().filter(|float| float.fract() == 0.0).map(|float| float as i64);
    number.as_i64().or_else(clamped)
}

/// Names and values of a form or a query; `None` when one cannot be decoded.
pub fn pairs(text: &str) -> Option<Pairs> {
    let pair = |raw: &str| {
        let (name, value) = raw.split_once('=').unwrap_or((raw, ""));
        Some((form_text(name)?, form_text(value)?))
    };
    text.split('&').filter(|raw| !raw.is_empty()).map(pair).collect()
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
