//! What a refusal looks like below an organization: one exhaustive table from the core's reasons to m3ter's
//! statuses (`spec/m3ter-support.md`, section 3). The body is `{"message"}` and nothing else; the
//! texts are ours. The token endpoint adds OAuth's member: [`super::token`].

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde_json::json;
use vestibule_core::refusal::{Fault, Malformed, Refusal};

/// The status of each refusal. 401 and 409 are not among m3ter's (section 3), and 503 is not either.
pub fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Unauthenticated(_) | Refusal::NonceReused => StatusCode::FORBIDDEN,
        Refusal::Scoped | Refusal::Forbidden { .. } => StatusCode::FORBIDDEN,
        Refusal::OutsideDepartment { .. } | Refusal::ActorBarred { .. } | Refusal::ScopeMissing { .. } => StatusCode::FORBIDDEN,
        Refusal::EmailNotVerified | Refusal::AddressBarred => StatusCode::FORBIDDEN,
        // A realm is an organization here, and one that does not exist is 403.
        Refusal::Absent("realm") => StatusCode::FORBIDDEN,
        Refusal::Absent(_) | Refusal::UnknownIds { .. } | Refusal::NotAdmitted | Refusal::SupportOff => StatusCode::NOT_FOUND,
        Refusal::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Malformed(malformed) => malformed_status(malformed),
        Refusal::ManyMalformed(_) | Refusal::NoneValid(_) | Refusal::InvitationsFull { .. } | Refusal::KeyReused => StatusCode::BAD_REQUEST,
        Refusal::Stale { .. } => STALE,
        Refusal::Grant(_) | Refusal::SessionsFull { .. } => StatusCode::BAD_REQUEST,
        Refusal::Exists(_) | Refusal::Conflict { .. } | Refusal::NoHelpDesk => StatusCode::BAD_REQUEST,
        Refusal::Unavailable => StatusCode::BAD_GATEWAY,
        Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A stale or missing version (section 3.1, inferred). The official SDKs would take 409 for a lock and send
/// the PUT again.
const STALE: StatusCode = StatusCode::BAD_REQUEST;

fn malformed_status(malformed: &Malformed) -> StatusCode {
    match &malformed.fault {
        Fault::TooLong { .. } if malformed.field == "body" => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// What the client is told.
pub fn message(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Unauthenticated(_) | Refusal::NonceReused => format!("{refusal}"),
        // Which statement denied is the organization's business, not the caller's.
        Refusal::Forbidden { action, .. } => format!("`{action}` is not allowed"),
        // Nobody learns which organizations there are.
        Refusal::Absent("realm") => "the token is not one of this organization".to_owned(),
        Refusal::NotAdmitted => format!("{}", Refusal::Absent("organization")),
        other => format!("{other}"),
    }
}

/// The whole answer.
pub fn response(refusal: &Refusal) -> Response {
    let mut response = told(status_of(refusal), &message(refusal));
    if let Refusal::TooMany { retry_after_s, .. } = refusal {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
    }
    response
}

/// An answer that is a status and a message.
fn told(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}

/// 404: nothing is served there (section 3, inferred).
pub async fn nothing_here() -> Response {
    told(StatusCode::NOT_FOUND, "nothing is served at this address")
}

/// 405: the router adds `Allow` (section 3, inferred).
pub async fn method_not_allowed() -> Response {
    told(StatusCode::METHOD_NOT_ALLOWED, "the methods of this address are in `Allow`")
}

#[cfg(test)]
mod tests {
    use vestibule_core::{policy::Because, refusal::Unauthenticated};

    use super::*;

    #[test]
    fn each_refusal_has_its_status() {
        let malformed = |field: &'static str, fault| Refusal::Malformed(Malformed::new(field, fault));
        for (refusal, status) in [
            (Refusal::Unauthenticated(Unauthenticated::Missing), 403),
            (Refusal::Unauthenticated(Unauthenticated::Expired), 403),
            (Refusal::Scoped, 403),
            (Refusal::Forbidden { action: "config:update".to_owned(), because: Because::NothingAllows }, 403),
            (Refusal::Absent("realm"), 403),
            (Refusal::Absent("role"), 404),
            (Refusal::NotAdmitted, 404),
            (Refusal::TooMany { allowed: 50, period_s: 1, retry_after_s: 1 }, 429),
            (malformed("version", Fault::Missing), 400),
            (malformed("name", Fault::TooLong { limit: 100 }), 400),
            (malformed("body", Fault::TooLong { limit: 65_536 }), 413),
            (Refusal::Stale { current: 2 }, 400),
            (Refusal::NoneValid("role"), 400),
            (Refusal::Exists("role"), 400),
            (Refusal::EmailNotVerified, 403),
            (Refusal::AddressBarred, 403),
            (Refusal::NoHelpDesk, 400),
            (Refusal::SessionsFull { cap: 5 }, 400),
            (Refusal::OutsideDepartment { action: "customer:edit".to_owned() }, 403),
            (Refusal::UnknownIds { what: "customer", ids: vec!["9".to_owned()] }, 404),
            (Refusal::Conflict { what: "role", state: "is managed" }, 400),
            (Refusal::Unavailable, 502),
            (Refusal::Internal, 500),
        ] {
            assert_eq!(status_of(&refusal), status, "{refusal:?}");
            assert!(!message(&refusal).is_empty());
        }
    }

    #[test]
    fn a_denial_does_not_say_which_statement_denied() {
        let refusal = Refusal::Forbidden { action: "config:update".to_owned(), because: Because::NothingAllows };
        assert_eq!(message(&refusal), "`config:update` is not allowed");
    }
}
