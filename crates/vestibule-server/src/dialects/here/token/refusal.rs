//! What a refusal looks like at the token endpoint: HERE's older error body, with the members of
//! RFC 6749, section 5.2 (`spec/here-support.md`, section 6.2).

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use vestibule_core::refusal::{Fault, Malformed, Refusal, Unauthenticated};
use vestibule_operations::Ctx;

use crate::dialects::here::refusal::{error_id, printable};

/// Why no token was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Fields cannot be read; each is named.
    Fields(Vec<FieldFault>),
    /// More than one project scope was asked for.
    ManyScopes,
    /// The `Authorization` header is missing or not one of RFC 5849; what of it.
    Header(&'static str),
    /// The signature method is not one of ours.
    Method,
    /// The OAuth version is not 1.0.
    Version,
    /// The time of the signature is too far off; by how much, in seconds.
    Timestamp {
        /// The client's clock less ours.
        offset_s: i64,
    },
    /// The key is not known, or its signature or assertion does not prove it; what of it.
    Unproven(&'static str),
    /// The key is switched off.
    KeyDisabled,
    /// The project belongs to another realm.
    NotMember,
    /// What operations refused.
    Refused(Refusal),
}

impl From<Refusal> for TokenRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Malformed> for TokenRefusal {
    fn from(malformed: Malformed) -> Self {
        Self::Refused(malformed.into())
    }
}

/// A field that cannot be read, as an item of `errorFields`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldFault {
    /// The field as the reader spells it.
    pub name: &'static str,
    /// Which fault.
    #[serde(rename = "errorCode")]
    pub code: FieldCode,
    /// The fault in words.
    pub message: &'static str,
}

/// The faults of fields (section 6.2, the rows with errorFields); serialised as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "i64")]
pub enum FieldCode {
    /// A value that is none of those known, or given twice (inferred: the page names no code of its own).
    Invalid = 400_200,
    /// Required and absent.
    Missing = 400_201,
    /// Present and empty.
    Empty = 400_202,
    /// Not a whole number.
    NotNumber = 400_208,
    /// Less than zero.
    TooSmall = 400_209,
    /// Not a string.
    NotString = 400_217,
    /// A grant type that is not served.
    GrantType = 400_290,
    /// A character that no scope has.
    ScopeCharacter = 400_909,
    /// Not the HRN of a project.
    Scope = 400_927,
}

impl From<FieldCode> for i64 {
    fn from(code: FieldCode) -> Self {
        code as Self
    }
}

/// One row of the page's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The HTTP status.
    pub status: StatusCode,
    /// HERE's code; here a number.
    pub code: i64,
    /// The member `error` of RFC 6749, where there is one.
    pub error: Option<&'static str>,
    /// The refusal in words.
    pub message: String,
}

/// The row of each refusal.
pub fn row_of(refusal: &TokenRefusal) -> Row {
    let row = |status, code, error, message: &str| Row { status, code, error, message: message.to_owned() };
    let denied = |code, error, message: &str| row(StatusCode::UNAUTHORIZED, code, Some(error), message);
    match refusal {
        TokenRefusal::Fields(faults) => row(StatusCode::BAD_REQUEST, 400_200, Some(error_of(faults)), &in_words(faults)),
        TokenRefusal::ManyScopes => {
            row(StatusCode::BAD_REQUEST, 400_981, Some("invalid_scope"), "Only one project scope can be asked for.")
        }
        TokenRefusal::Header(what) => denied(401_202, "invalid_request", &format!("The OAuth header cannot be read: {what}.")),
        TokenRefusal::Method => denied(401_205, "invalid_request", "The signature method is neither HMAC-SHA256 nor HMAC-SHA1."),
        TokenRefusal::Version => denied(401_206, "invalid_request", "The OAuth version is not 1.0."),
        TokenRefusal::Timestamp { offset_s } => {
            denied(401_204, "invalid_request", &format!("The timestamp is outside the window: its offset is {offset_s} s."))
        }
        TokenRefusal::Unproven(what) => denied(401_300, "invalid_client", what),
        TokenRefusal::KeyDisabled => denied(401_424, "invalid_client", "The access key is disabled."),
        TokenRefusal::NotMember => row(StatusCode::FORBIDDEN, 403_109, Some("invalid_scope"), "The app is not a member of the project."),
        TokenRefusal::Refused(refusal) => refused(refusal),
    }
}

/// The rows of what the core and operations refuse.
fn refused(refusal: &Refusal) -> Row {
    let (status, code, error) = match refusal {
        Refusal::NonceReused => (StatusCode::UNAUTHORIZED, 401_207, Some("invalid_client")),
        Refusal::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, 429_002, None),
        Refusal::Unauthenticated(how) => (StatusCode::UNAUTHORIZED, unauthenticated(*how), Some("invalid_client")),
        Refusal::Malformed(malformed) => malformed_row(malformed),
        Refusal::ManyMalformed(_) | Refusal::NoneValid(_) => (StatusCode::BAD_REQUEST, 400_200, Some("invalid_request")),
        Refusal::Scoped
        | Refusal::Forbidden { .. }
        | Refusal::OutsideDepartment { .. }
        | Refusal::ActorBarred { .. }
        | Refusal::ScopeMissing { .. }
        | Refusal::EmailNotVerified
        | Refusal::AddressBarred => (StatusCode::FORBIDDEN, 403_403, Some("unauthorized_client")),
        Refusal::SupportOff | Refusal::Absent(_) | Refusal::UnknownIds { .. } | Refusal::NotAdmitted => {
            (StatusCode::NOT_FOUND, 404_000, None)
        }
        Refusal::InvitationsFull { .. }
        | Refusal::Stale { .. }
        | Refusal::KeyReused
        | Refusal::Exists(_)
        | Refusal::NoHelpDesk
        | Refusal::Grant(_)
        | Refusal::SessionsFull { .. }
        | Refusal::Conflict { .. } => (StatusCode::CONFLICT, 409_000, None),
        Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, 503_000, None),
        Refusal::Internal => (StatusCode::INTERNAL_SERVER_ERROR, 500_000, None),
    };
    Row { status, code, error, message: format!("{refusal}.") }
}

/// How the account behind a proven key stands (the family-wide codes of section 4).
fn unauthenticated(how: Unauthenticated) -> i64 {
    match how {
        Unauthenticated::AppInactive => 401_311,
        Unauthenticated::AppGone => 404_660,
        Unauthenticated::AccountDisabled => 401_500,
        Unauthenticated::AccountExpired => 401_510,
        Unauthenticated::AccountGone => 401_600,
        Unauthenticated::Missing
        | Unauthenticated::NotBearer
        | Unauthenticated::BadCharacters
        | Unauthenticated::Unknown
        | Unauthenticated::Expired
        | Unauthenticated::Revoked => 401_300,
    }
}

/// The rows of a body that cannot be read at all.
fn malformed_row(malformed: &Malformed) -> (StatusCode, i64, Option<&'static str>) {
    let (status, code) = match &malformed.fault {
        Fault::TooLong { .. } => (StatusCode::PAYLOAD_TOO_LARGE, 413_000),
        Fault::NoContentType => (StatusCode::BAD_REQUEST, 400_003),
        Fault::WrongContentType(_) => (StatusCode::BAD_REQUEST, 400_004),
        Fault::NotJson(_) | Fault::NotUtf8 | Fault::TooDeep { .. } | Fault::Repeated | Fault::NotA(_) => (StatusCode::BAD_REQUEST, 400_002),
        Fault::Missing
        | Fault::Empty
        | Fault::TooMany { .. }
        | Fault::OutOfRange { .. }
        | Fault::Format(_)
        | Fault::NotInFuture
        | Fault::Foreign { .. }
        | Fault::UnknownValue(_)
        | Fault::UnknownMember
        | Fault::Statement(_)
        | Fault::Cycle => (StatusCode::BAD_REQUEST, 400_200),
    };
    (status, code, Some("invalid_request"))
}

/// An unknown grant speaks first; a scope is named only when nothing else is wrong (inferred).
fn error_of(faults: &[FieldFault]) -> &'static str {
    let is_scope = |fault: &FieldFault| matches!(fault.code, FieldCode::ScopeCharacter | FieldCode::Scope);
    match faults {
        _ if faults.iter().any(|fault| fault.code == FieldCode::GrantType) => "unsupported_grant_type",
        _ if faults.iter().all(is_scope) => "invalid_scope",
        _ => "invalid_request",
    }
}

fn in_words(faults: &[FieldFault]) -> String {
    let each: Vec<_> = faults.iter().map(|fault| format!("`{}` {}", fault.name, fault.message)).collect();
    format!("Invalid fields: {}.", each.join(", "))
}

/// What the log says of a sign-in that failed once its key was known; a fault of ours is no attempt.
pub const fn code_in_log(refusal: &TokenRefusal) -> Option<&'static str> {
    match refusal {
        TokenRefusal::Header(_) | TokenRefusal::Method | TokenRefusal::Version | TokenRefusal::Timestamp { .. } => None,
        TokenRefusal::Refused(Refusal::Internal | Refusal::Unavailable) => None,
        TokenRefusal::Fields(_) | TokenRefusal::ManyScopes => Some("malformed"),
        TokenRefusal::Unproven(_) => Some("not_proven"),
        TokenRefusal::KeyDisabled => Some("key_disabled"),
        TokenRefusal::Refused(Refusal::Unauthenticated(_)) => Some("account_inactive"),
        TokenRefusal::NotMember => Some("not_a_member"),
        TokenRefusal::Refused(Refusal::NonceReused) => Some("nonce_reused"),
        TokenRefusal::Refused(Refusal::TooMany { .. }) => Some("too_many"),
        TokenRefusal::Refused(_) => Some("refused"),
    }
}

/// The older body.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    error_id: String,
    http_status: u16,
    error_code: i64,
    message: &'a str,
    #[serde(skip_serializing_if = "<[FieldFault]>::is_empty")]
    error_fields: &'a [FieldFault],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(rename = "error_description")]
    error_description: String,
}

/// The whole answer: body, and the headers that some refusals bring.
pub fn response(refusal: &TokenRefusal, ctx: &Ctx) -> Response {
    let row = row_of(refusal);
    let body = ErrorBody {
        error_id: error_id(ctx),
        http_status: row.status.as_u16(),
        error_code: row.code,
        message: &row.message,
        error_fields: match refusal {
            TokenRefusal::Fields(faults) => faults,
            _ => &[],
        },
        error: row.error,
        error_description: printable(&format!("errorCode: '{}'. {}", row.code, row.message)),
    };
    let mut response = (row.status, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response();
    if row.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(r#"OAuth realm="here""#));
    }
    if let TokenRefusal::Refused(Refusal::TooMany { retry_after_s, .. }) = refusal {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
    }
    response
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
