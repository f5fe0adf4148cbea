//! What a refusal looks like on `/support`: one exhaustive table from the core's reasons to HERE's
//! `ErrorMessage` (`spec/here-support.md`, section 4).
//!
//! HERE tells its clients not to code against the wording, so only status, code and members are
//! contractual. The token endpoint has the older body: [`super::token::refusal`].

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use vestibule_core::refusal::{Fault, Malformed, Refusal, Unauthenticated};
use vestibule_operations::{Caller, Ctx};

use super::words;
use crate::exchange::random_uuid;

/// One row of the page's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The HTTP status.
    pub status: StatusCode,
    /// HERE's code; a string, although most look like numbers.
    pub code: &'static str,
    title: &'static str,
    action: &'static str,
}

const fn row(status: StatusCode, code: &'static str, title: &'static str, action: &'static str) -> Row {
    Row { status, code, title, action }
}

/// The row of each refusal.
pub fn row_of(refusal: &Refusal) -> Row {
    match refusal {
        Refusal::Unauthenticated(how) => unauthenticated(*how),
        Refusal::Scoped => row(StatusCode::FORBIDDEN, "403403", "Forbidden.", "Use a token without a project scope."),
        Refusal::Forbidden { .. } => row(StatusCode::FORBIDDEN, "403403", "Forbidden.", "Ask an administrator of the realm for it."),
        Refusal::OutsideDepartment { .. } | Refusal::ActorBarred { .. } | Refusal::ScopeMissing { .. } => {
            row(StatusCode::FORBIDDEN, "403403", "Forbidden.", "Ask an administrator of the realm for it.")
        }
        Refusal::EmailNotVerified | Refusal::AddressBarred => row(StatusCode::FORBIDDEN, "403403", "Forbidden.", "Use another address."),
        Refusal::SupportOff => {
            row(StatusCode::NOT_FOUND, "404000", "Resource not found.", "Ask HERE to enable the feature for the organization.")
        }
        Refusal::Absent(_) | Refusal::UnknownIds { .. } | Refusal::NotAdmitted => {
            row(StatusCode::NOT_FOUND, "404000", "Resource not found.", "Check the address.")
        }
        Refusal::TooMany { .. } => row(StatusCode::TOO_MANY_REQUESTS, "429003", "Too many requests.", "Try again later."),
        Refusal::Malformed(malformed) => malformed_row(malformed),
        Refusal::ManyMalformed(all) => match all.first() {
            Some(first) => malformed_row(first),
            None => row(StatusCode::BAD_REQUEST, "400200", "Invalid request.", "Correct the request."),
        },
        Refusal::NoneValid(_) => row(StatusCode::BAD_REQUEST, "400200", "Invalid request.", "Correct the request."),
        Refusal::InvitationsFull { .. } => {
            row(StatusCode::BAD_REQUEST, "400917", "Limit reached.", "Remove an address before adding another.")
        }
        Refusal::NonceReused => row(StatusCode::UNAUTHORIZED, "401207", "Unauthorized.", "Sign each request with a fresh nonce."),
        Refusal::Stale { .. }
        | Refusal::KeyReused
        | Refusal::Exists(_)
        | Refusal::Conflict { .. }
        | Refusal::Grant(_)
        | Refusal::SessionsFull { .. }
        | Refusal::NoHelpDesk => row(StatusCode::CONFLICT, "409000", "Conflict.", "Read the resource again."),
        Refusal::Unavailable => row(StatusCode::SERVICE_UNAVAILABLE, "503000", "Service unavailable.", "Try again later."),
        Refusal::Internal => row(StatusCode::INTERNAL_SERVER_ERROR, "500000", "Internal error.", "Report the correlation id."),
    }
}

/// The ways of not being known (section 4, the rows with status 401).
fn unauthenticated(how: Unauthenticated) -> Row {
    let code = match how {
        Unauthenticated::Missing => "401200",
        Unauthenticated::NotBearer => "401201",
        Unauthenticated::BadCharacters => "400300",
        Unauthenticated::Unknown => "400601",
        Unauthenticated::Expired => "400600",
        Unauthenticated::Revoked => "401701",
        Unauthenticated::AccountGone => "401600",
        Unauthenticated::AccountDisabled => "401500",
        Unauthenticated::AccountExpired => "401510",
        Unauthenticated::AppGone => "404660",
        Unauthenticated::AppInactive => "401311",
    };
    row(StatusCode::UNAUTHORIZED, code, "Unauthorized.", "Send `Authorization: Bearer` with a valid access token.")
}

/// The ways of being unreadable (section 4, the rows with status 400).
fn malformed_row(malformed: &Malformed) -> Row {
    const CORRECT: &str = "Correct the request and send it again.";
    let bad = |code, title| row(StatusCode::BAD_REQUEST, code, title, CORRECT);
    match (&malformed.fault, malformed.field.as_ref()) {
        (Fault::TooLong { .. }, "body") => row(StatusCode::PAYLOAD_TOO_LARGE, "413000", "Request too large.", "Send a smaller body."),
        (Fault::NoContentType, _) => bad("400003", "Missing Content-Type."),
        (Fault::WrongContentType(_), _) => bad("400004", "Unsupported Content-Type."),
        (Fault::NotJson(_) | Fault::NotUtf8 | Fault::TooDeep { .. } | Fault::Repeated, _) => bad("400002", "Malformed JSON."),
        (Fault::NotA(_), "body") => bad("400218", "JSON object expected."),
        (Fault::NotInFuture, _) => bad("400390", "Time not in the future."),
        // Whatever else is wrong with the time: its type, null, its format.
        (_, words::EXPIRES_AT) => bad("400233", "Invalid time."),
        (Fault::Missing, _) => bad("400201", "Missing field."),
        (Fault::Empty, _) => bad("400202", "Empty field."),
        (Fault::NotA(_), _) => bad("400217", "String expected."),
        (Fault::TooLong { .. } | Fault::Format(_) | Fault::Foreign { .. } | Fault::TooMany { .. }, _) => bad("400240", "Invalid address."),
        // No step of `/support` refuses so; the general row of the family.
        (Fault::OutOfRange { .. } | Fault::UnknownValue(_) | Fault::UnknownMember | Fault::Statement(_) | Fault::Cycle, _) => {
            bad("400200", "Invalid field.")
        }
    }
}

/// `ErrorMessage`, with the members that 403 and 429 add.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorMessage<'a> {
    title: &'a str,
    status: u16,
    code: &'a str,
    cause: String,
    action: &'a str,
    correlation_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(rename = "error_description", skip_serializing_if = "Option::is_none")]
    error_description: Option<String>,
}

/// The whole answer: body, and the headers that some refusals bring.
pub fn response(refusal: &Refusal, ctx: &Ctx) -> Response {
    let row = row_of(refusal);
    let cause = cause(refusal, ctx);
    let (error_id, error, error_description) = match row.status {
        StatusCode::FORBIDDEN => (None, Some("invalid_request"), Some(format!("errorCode: {}. {}", row.code, printable(&cause)))),
        StatusCode::TOO_MANY_REQUESTS => (Some(error_id(ctx)), None, None),
        _ => (None, None, None),
    };
    let body = ErrorMessage {
        title: row.title,
        status: row.status.as_u16(),
        code: row.code,
        cause,
        action: row.action,
        correlation_id: ctx.origin.correlation_id.as_deref().unwrap_or_default(),
        error_id,
        error,
        error_description,
    };
    let mut response = (row.status, Json(body)).into_response();
    if row.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge(refusal)));
    }
    if let Refusal::TooMany { retry_after_s, .. } = refusal {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
    }
    response
}

/// The answer to a method that an address does not know (section 4; inferred there).
pub fn method_not_allowed(ctx: &Ctx, allowed: &'static str) -> Response {
    let body = ErrorMessage {
        title: "Method not allowed.",
        status: StatusCode::METHOD_NOT_ALLOWED.as_u16(),
        code: "405000",
        cause: format!("This address knows the methods {allowed}."),
        action: "Use one of them.",
        correlation_id: ctx.origin.correlation_id.as_deref().unwrap_or_default(),
        error_id: None,
        error: None,
        error_description: None,
    };
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, HeaderValue::from_static(allowed))], Json(body)).into_response()
}

/// An id for one error, `ERROR-<uuid>`.
pub fn error_id(ctx: &Ctx) -> String {
    format!("ERROR-{}", random_uuid(&ctx.chance))
}

/// RFC 6749, section 5.2: `error_description` holds printable ASCII without `"` and `\`.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '?' }).collect()
}

/// RFC 6750, section 3: a challenge names an error only when a token was sent.
fn challenge(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Unauthenticated(Unauthenticated::Missing | Unauthenticated::NotBearer) => r#"Bearer realm="here""#,
        _ => r#"Bearer realm="here", error="invalid_token""#,
    }
}

/// Why, with this request's names: for a 403 who, what and in which service (section 4).
fn cause(refusal: &Refusal, ctx: &Ctx) -> String {
    let who = match &ctx.caller {
        Caller::Account(account) => account.principal.id.as_str(),
        Caller::Nobody | Caller::System | Caller::Customer(_) => "the caller",
    };
    match (refusal, ctx.realm()) {
        (Refusal::SupportOff, Ok(realm)) => format!("Account-executive sign-in is switched off for realm {realm}."),
        (Refusal::Forbidden { action, because }, _) => {
            let (service, verb) = action.split_once(':').unwrap_or(("", action));
            format!("`{who}` may not do the action `{verb}` in service `{service}`: {because}.")
        }
        (Refusal::Scoped, _) => format!("The token of `{who}` carries a project scope, and this resource takes none."),
        _ => format!("{refusal}."),
    }
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
