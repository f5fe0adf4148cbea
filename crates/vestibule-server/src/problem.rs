//! Problem details (RFC 9457): how the native API, decisions and the router itself say no.
//!
//! Here stand the kinds of problems, each with its URN, title and status. Which refusal is
//! which kind is the table of each door (`native/refusal.rs`, `access/refusal.rs`).

use axum::{
    Json,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use vestibule_core::refusal::Malformed;

/// A kind of problem. Its URN is a promise to programs: never changed, never used for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A field, parameter or header cannot be read.
    Malformed,
    /// The caller did not prove who it is.
    Unauthenticated,
    /// The decision engine denied it.
    Forbidden,
    /// The token carries a project scope.
    ScopedToken,
    /// The contact's e-mail address is not known to be theirs.
    EmailNotVerified,
    /// The realm lets nobody with this address be handed over.
    AddressBarred,
    /// The realm has no help desk that could be signed in to.
    NoHelpDesk,
    /// Nothing there, or not the caller's to see.
    NotFound,
    /// Another method than the address knows.
    MethodNotAllowed,
    /// The realm has switched support access off.
    SupportDisabled,
    /// The support access list is full.
    InvitationsFull,
    /// A thing of that name is there.
    Exists,
    /// The thing does not stand so that this could be done.
    Conflict,
    /// The version is stale.
    StaleVersion,
    /// The body is too large.
    BodyTooLarge,
    /// Another media type than the address takes.
    UnsupportedMediaType,
    /// The idempotency key was used with another request.
    IdempotencyKeyReused,
    /// A limit is spent.
    TooManyRequests,
    /// A fault of ours.
    Internal,
    /// The database does not answer.
    Unavailable,
}

impl Kind {
    /// The kind's name in its URN, its status, and its title.
    pub const fn row(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::Malformed => ("malformed", StatusCode::BAD_REQUEST, "The request cannot be read"),
            Self::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED, "Not authenticated"),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "Not allowed"),
            Self::ScopedToken => ("scoped-token", StatusCode::FORBIDDEN, "The token carries a project scope"),
            Self::EmailNotVerified => ("email-not-verified", StatusCode::FORBIDDEN, "The e-mail address is not verified"),
            Self::AddressBarred => ("address-barred", StatusCode::FORBIDDEN, "The e-mail address is barred"),
            Self::NoHelpDesk => ("no-help-desk", StatusCode::CONFLICT, "There is no help desk to sign in to"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "Not found"),
            Self::MethodNotAllowed => ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "Not a method of this address"),
            Self::SupportDisabled => ("support-disabled", StatusCode::CONFLICT, "Support access is switched off"),
            Self::InvitationsFull => ("invitations-full", StatusCode::CONFLICT, "The support access list is full"),
            Self::Exists => ("exists", StatusCode::CONFLICT, "The name is taken"),
            Self::Conflict => ("conflict", StatusCode::CONFLICT, "Not as it stands"),
            Self::StaleVersion => ("stale-version", StatusCode::PRECONDITION_FAILED, "The version is stale"),
            Self::BodyTooLarge => ("body-too-large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not a media type of this address")
            }
            Self::IdempotencyKeyReused => {
                ("idempotency-key-reused", StatusCode::UNPROCESSABLE_ENTITY, "The idempotency key was used before")
            }
            Self::TooManyRequests => ("too-many-requests", StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "Not available now"),
        }
    }
}

/// One problem, ready to go out once the request's id is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
    headers: HeaderMap,
}

/// A field that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct FieldError {
    field: String,
    message: String,
}

/// The members of RFC 9457, section 3.1, and ours.
#[derive(Serialize)]
struct Wire<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
}

impl Problem {
    /// A problem of a kind; `detail` says what was wrong with this request, without secrets.
    pub fn new(kind: Kind, detail: impl ToString) -> Self {
        Self { kind, detail: detail.to_string(), errors: Vec::new(), headers: HeaderMap::new() }
    }

    /// Names the fields that cannot be read.
    #[must_use]
    pub fn naming<'a>(mut self, malformed: impl IntoIterator<Item = &'a Malformed>) -> Self {
        let error = |m: &Malformed| FieldError { field: m.field.to_string(), message: m.fault.to_string() };
        self.errors.extend(malformed.into_iter().map(error));
        self
    }

    /// Adds the challenge of a 401 (RFC 6750, section 3): no error code when no token was sent.
    #[must_use]
    pub fn challenge(mut self, token_was_sent: bool) -> Self {
        let challenge = match token_was_sent {
            true => r#"Bearer realm="vestibule", error="invalid_token""#,
            false => r#"Bearer realm="vestibule""#,
        };
        self.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        self
    }

    /// Says when another try can succeed.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        self
    }

    /// The status it goes out with.
    #[cfg(test)]
    pub fn status(&self) -> StatusCode {
        self.kind.row().1
    }

    /// The answer to the request of this id.
    pub fn response(&self, request_id: &str) -> Response {
        let (name, status, title) = self.kind.row();
        let wire = Wire {
            r#type: format!("urn:vestibule:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: &self.detail,
            instance: request_id,
            errors: &self.errors,
        };
        let mut response = (status, Json(wire)).into_response();
        response.headers_mut().extend(self.headers.clone());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::refusal::Fault;

    use super::*;

    #[tokio::test]
    async fn a_problem_names_its_kind_its_request_and_its_fields() {
        let malformed = Malformed::new("email", Fault::Missing);
        let response = Problem::new(Kind::Malformed, &malformed).naming([&malformed]).response("req-1");
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&body).unwrap(),
            serde_json::json!({
                "type": "urn:vestibule:problem:malformed", "title": "The request cannot be read", "status": 400,
                "detail": "`email` is missing", "instance": "req-1",
                "errors": [{ "field": "email", "message": "is missing" }],
            })
        );
    }

    #[test]
    fn a_challenge_has_an_error_only_when_a_token_was_sent() {
        for (sent, challenge) in [(false, r#"Bearer realm="vestibule""#), (true, r#"Bearer realm="vestibule", error="invalid_token""#)] {
            let response = Problem::new(Kind::Unauthenticated, "no").challenge(sent).response("r");
            assert_eq!(response.headers()[WWW_AUTHENTICATE], challenge);
        }
    }
}
