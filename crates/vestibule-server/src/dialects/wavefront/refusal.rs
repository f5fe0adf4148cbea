//! What a refusal looks like: one exhaustive table from the core's reasons to statuses, in the envelope of every answer
//! (`spec/wavefront-accounts.md`, section 4). The page publishes no error but malformed JSON, so the rest are decisions.
//! 406 is never said: a client of theirs takes it for push-back and tries again eleven times.

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::Response,
};
use vestibule_core::refusal::{Fault, Malformed, Refusal, Unauthenticated};

use super::envelope;

/// The status of each refusal.
pub fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Unauthenticated(_) | Refusal::NonceReused => StatusCode::UNAUTHORIZED,
        Refusal::Scoped | Refusal::Forbidden { .. } => StatusCode::FORBIDDEN,
        Refusal::OutsideDepartment { .. } | Refusal::ActorBarred { .. } | Refusal::ScopeMissing { .. } => StatusCode::FORBIDDEN,
        Refusal::EmailNotVerified | Refusal::AddressBarred => StatusCode::FORBIDDEN,
        Refusal::Absent(_) | Refusal::UnknownIds { .. } | Refusal::NotAdmitted | Refusal::SupportOff => StatusCode::NOT_FOUND,
        Refusal::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Malformed(malformed) => malformed_status(malformed),
        Refusal::ManyMalformed(_) | Refusal::InvitationsFull { .. } | Refusal::KeyReused => StatusCode::BAD_REQUEST,
        // A token that a client chose and somebody has (section 9.4, inferred).
        Refusal::Exists("credential") => StatusCode::BAD_REQUEST,
        Refusal::Exists(_) | Refusal::Stale { .. } | Refusal::NoHelpDesk => StatusCode::CONFLICT,
        Refusal::Grant(_) | Refusal::SessionsFull { .. } | Refusal::Conflict { .. } | Refusal::NoneValid(_) => StatusCode::BAD_REQUEST,
        Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn malformed_status(malformed: &Malformed) -> StatusCode {
    match &malformed.fault {
        Fault::TooLong { .. } if malformed.field == "body" => StatusCode::PAYLOAD_TOO_LARGE,
        Fault::NoContentType | Fault::WrongContentType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// What the client is told. Two texts are not ours: clients look for them (sections 4 and 9.8).
pub fn message(refusal: &Refusal) -> String {
    match refusal {
        // Which statement denied is the tenant's business, not the caller's.
        Refusal::Forbidden { action, .. } => format!("`{action}` is not allowed"),
        Refusal::NoneValid(what) => format!("No valid {what} IDs were found"),
        Refusal::Exists("account") => "an account of that identifier exists, if perhaps in another case".to_owned(),
        Refusal::NotAdmitted => format!("{}", Refusal::Absent("account")),
        other => format!("{other}"),
    }
}

/// What a refused list holds, where it holds accounts and groups: one client looks for just these words (section 9.8).
pub const ASSIGNEES: &str = "user or user group";

/// The whole answer.
pub fn response(refusal: &Refusal) -> Response {
    let mut response = envelope::error(status_of(refusal), &message(refusal));
    match refusal {
        Refusal::TooMany { retry_after_s, .. } => {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
        }
        Refusal::Unauthenticated(why) => {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge(why)));
        }
        _ => {}
    }
    response
}

/// No error code when no token was sent (RFC 6750, section 3).
fn challenge(why: &Unauthenticated) -> &'static str {
    match why {
        Unauthenticated::Missing => r#"Bearer realm="vestibule""#,
        _ => r#"Bearer realm="vestibule", error="invalid_token""#,
    }
}

/// 405: the router adds `Allow`.
pub fn method_not_allowed() -> Response {
    envelope::error(StatusCode::METHOD_NOT_ALLOWED, "the methods of this address are in `Allow`")
}

#[cfg(test)]
mod tests {
    use vestibule_core::policy::Because;

    use super::*;

    #[test]
    fn each_refusal_has_its_status() {
        let malformed = |field: &'static str, fault| Refusal::Malformed(Malformed::new(field, fault));
        for (refusal, status) in [
            (Refusal::Unauthenticated(Unauthenticated::Missing), 401),
            (Refusal::Unauthenticated(Unauthenticated::AppInactive), 401),
            (Refusal::Scoped, 403),
            (Refusal::Forbidden { action: "wavefront:user_management".to_owned(), because: Because::NothingAllows }, 403),
            (Refusal::Absent("role"), 404),
            (Refusal::Absent("realm"), 404),
            (Refusal::NotAdmitted, 404),
            (Refusal::TooMany { allowed: 50, period_s: 1, retry_after_s: 1 }, 429),
            (malformed("groups", Fault::Missing), 400),
            (malformed("description", Fault::TooLong { limit: 100 }), 400),
            (malformed("body", Fault::TooLong { limit: 65_536 }), 413),
            (malformed("body", Fault::NotJson("expected value at line 1 column 2".to_owned())), 400),
            (malformed("body", Fault::NoContentType), 415),
            (malformed("body", Fault::WrongContentType("application/json")), 415),
            (Refusal::Exists("account"), 409),
            (Refusal::Exists("role"), 409),
            (Refusal::Exists("credential"), 400),
            (Refusal::Conflict { what: "role", state: "is managed" }, 400),
            (Refusal::NoneValid("role"), 400),
            (Refusal::EmailNotVerified, 403),
            (Refusal::AddressBarred, 403),
            (Refusal::NoHelpDesk, 409),
            (Refusal::SessionsFull { cap: 5 }, 400),
            (Refusal::OutsideDepartment { action: "customer:edit".to_owned() }, 403),
            (Refusal::UnknownIds { what: "customer", ids: vec![] }, 404),
            (Refusal::Unavailable, 503),
            (Refusal::Internal, 500),
        ] {
            assert_eq!(status_of(&refusal), status, "{refusal:?}");
            assert!(!message(&refusal).is_empty());
        }
    }

    #[test]
    fn a_text_that_a_client_looks_for_stays_as_it_is() {
        assert_eq!(message(&Refusal::NoneValid(ASSIGNEES)), "No valid user or user group IDs were found");
    }

    #[test]
    fn a_denial_does_not_say_which_statement_denied() {
        let refusal = Refusal::Forbidden { action: "wavefront:user_management".to_owned(), because: Because::NothingAllows };
        assert_eq!(message(&refusal), "`wavefront:user_management` is not allowed");
    }
}
