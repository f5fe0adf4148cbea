//! What a refusal looks like: one exhaustive table from the core's reasons to the fault names of this API
//! (`spec/hostway-sso.md`, section 2.2). One envelope: a single key named after the fault, with `guid`, `message`, `code`
//! and `details`. The names that the page does not print are those of the table that the printed ones come from.

use axum::{
    extract::State,
    http::{
        HeaderValue, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::Response,
};
use serde_json::{Map, Value, json};
use vestibule_core::refusal::{Fault, Malformed, Refusal};
use vestibule_operations::Operations;

use super::{wire, words};
use crate::exchange::{Exchange, random_uuid};

/// The status of each refusal, and the fault's name.
pub fn status_of(refusal: &Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::Unauthenticated(_) | Refusal::NonceReused => (StatusCode::UNAUTHORIZED, "unauthorized"),
        Refusal::Scoped | Refusal::Forbidden { .. } => FORBIDDEN,
        Refusal::OutsideDepartment { .. } | Refusal::ActorBarred { .. } | Refusal::ScopeMissing { .. } => FORBIDDEN,
        Refusal::EmailNotVerified | Refusal::AddressBarred => FORBIDDEN,
        Refusal::Absent(_) | Refusal::UnknownIds { .. } | Refusal::NotAdmitted | Refusal::SupportOff => {
            (StatusCode::NOT_FOUND, "itemNotFound")
        }
        Refusal::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "overLimit"),
        Refusal::Malformed(malformed) => malformed_status(malformed),
        Refusal::ManyMalformed(_) | Refusal::NoneValid(_) | Refusal::InvitationsFull { .. } | Refusal::KeyReused => BAD_REQUEST,
        // Without a help desk: as the sibling of this endpoint documents it.
        Refusal::NoHelpDesk | Refusal::Exists(_) | Refusal::Conflict { .. } | Refusal::Stale { .. } => CONFLICT,
        Refusal::Grant(_) | Refusal::SessionsFull { .. } => CONFLICT,
        Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "serviceUnavailable"),
        Refusal::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "computeFault"),
    }
}

const FORBIDDEN: (StatusCode, &str) = (StatusCode::FORBIDDEN, "forbidden");
const CONFLICT: (StatusCode, &str) = (StatusCode::CONFLICT, "conflictingRequest");
const BAD_REQUEST: (StatusCode, &str) = (StatusCode::BAD_REQUEST, "badRequest");

fn malformed_status(malformed: &Malformed) -> (StatusCode, &'static str) {
    match &malformed.fault {
        Fault::TooLong { .. } if malformed.field == "body" => (StatusCode::PAYLOAD_TOO_LARGE, "overLimit"),
        Fault::NoContentType | Fault::WrongContentType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "badMediaType"),
        _ => BAD_REQUEST,
    }
}

/// What the client is told. The texts of 403 without a verified address, of 404 and of a body at fault are published.
pub fn message(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Unauthenticated(_) | Refusal::NonceReused => "Unauthorized".to_owned(),
        // Why a right is missing is the realm's business, not the caller's.
        Refusal::Scoped | Refusal::Forbidden { .. } => "Forbidden".to_owned(),
        Refusal::OutsideDepartment { .. } | Refusal::ActorBarred { .. } | Refusal::ScopeMissing { .. } => "Forbidden".to_owned(),
        Refusal::EmailNotVerified => "Email address is not verified".to_owned(),
        Refusal::AddressBarred => "Email address is not allowed".to_owned(),
        Refusal::Absent(_) | Refusal::UnknownIds { .. } | Refusal::NotAdmitted | Refusal::SupportOff => "Resource not found".to_owned(),
        Refusal::TooMany { .. } => "Too many requests".to_owned(),
        Refusal::NoHelpDesk => "No help desk is configured".to_owned(),
        Refusal::Malformed(_) | Refusal::ManyMalformed(_) => match malformed_fields(refusal).iter().any(|one| is_query(&one.field)) {
            true => "Query data error".to_owned(),
            false => "POST data error".to_owned(),
        },
        Refusal::Unavailable => "Service unavailable".to_owned(),
        Refusal::Internal => "Internal error".to_owned(),
        other => format!("{other}"),
    }
}

fn is_query(field: &str) -> bool {
    [words::query::STATUS, words::query::PAGE, words::query::PAGE_SIZE, words::query::RETURN_TO, "query"].contains(&field)
}

fn malformed_fields(refusal: &Refusal) -> &[Malformed] {
    match refusal {
        Refusal::Malformed(one) => std::slice::from_ref(one),
        Refusal::ManyMalformed(many) => many,
        _ => &[],
    }
}

/// An object from field to reason where fields are at fault, else empty text.
fn details(refusal: &Refusal) -> Value {
    let reason = |malformed: &Malformed| match &malformed.fault {
        // The published word.
        Fault::Missing | Fault::Empty => "Required".to_owned(),
        // Contacts' fields are counted in characters, bodies in bytes.
        Fault::TooLong { limit } => format!("longer than {limit}"),
        other => other.to_string(),
    };
    match malformed_fields(refusal) {
        [] => json!(""),
        faults => faults.iter().map(|one| (one.field.to_string(), json!(reason(one)))).collect::<Map<_, _>>().into(),
    }
}

/// The whole answer. Its `guid` is logged: whoever is asked about it finds the request.
pub fn response(refusal: &Refusal, guid: &str) -> Response {
    let (status, name) = status_of(refusal);
    let mut response = told(status, name, &message(refusal), details(refusal), guid);
    match refusal {
        Refusal::TooMany { retry_after_s, .. } => {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
        }
        Refusal::Unauthenticated(_) | Refusal::NonceReused => {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(words::CHALLENGE));
        }
        _ => {}
    }
    response
}

fn told(status: StatusCode, name: &str, message: &str, details: Value, guid: &str) -> Response {
    tracing::info!(guid, fault = name, "a call of the hosting API was refused as {name}, {guid}");
    let fault = wire::Fault { guid, message, code: status.as_u16(), details };
    wire::json(status, &Map::from_iter([(name.to_owned(), json!(fault))]))
}

/// 404: nothing is served there; nobody is asked who they are (section 3, step 1, inferred).
pub async fn nothing_here(State(_): State<Operations>, exchange: Exchange) -> Response {
    response(&Refusal::Absent("address"), &random_uuid(&exchange.ctx.chance))
}

/// 405: the router adds `Allow`.
pub async fn method_not_allowed(State(_): State<Operations>, exchange: Exchange) -> Response {
    bad_method(&random_uuid(&exchange.ctx.chance))
}

/// The same, `Allow` left to the caller.
pub fn bad_method(guid: &str) -> Response {
    told(StatusCode::METHOD_NOT_ALLOWED, "badMethod", "Method not allowed", json!(""), guid)
}

#[cfg(test)]
mod tests {
    use vestibule_core::{policy::Because, refusal::Unauthenticated};

    use super::*;

    #[tokio::test]
    async fn each_refusal_has_its_status_its_name_and_its_words() {
        let malformed = |field: &'static str, fault| Refusal::Malformed(Malformed::new(field, fault));
        let many = Refusal::ManyMalformed(vec![
            Malformed::new("name.firstName", Fault::Missing),
            Malformed::new("contactMedia.email1", Fault::TooLong { limit: 100 }),
        ]);
        for (refusal, status, name, message, details) in [
            (Refusal::Unauthenticated(Unauthenticated::Missing), 401, "unauthorized", "Unauthorized", json!("")),
            (Refusal::Unauthenticated(Unauthenticated::AccountDisabled), 401, "unauthorized", "Unauthorized", json!("")),
            (Refusal::EmailNotVerified, 403, "forbidden", "Email address is not verified", json!("")),
            (Refusal::AddressBarred, 403, "forbidden", "Email address is not allowed", json!("")),
            (
                Refusal::Forbidden { action: "customer:view".to_owned(), because: Because::NothingAllows },
                403,
                "forbidden",
                "Forbidden",
                json!(""),
            ),
            (Refusal::Scoped, 403, "forbidden", "Forbidden", json!("")),
            (Refusal::ActorBarred { actor: "a customer" }, 403, "forbidden", "Forbidden", json!("")),
            (Refusal::UnknownIds { what: "customer", ids: vec![] }, 404, "itemNotFound", "Resource not found", json!("")),
            (Refusal::SessionsFull { cap: 5 }, 409, "conflictingRequest", "the login already has 5 sessions", json!("")),
            (Refusal::Absent("customer"), 404, "itemNotFound", "Resource not found", json!("")),
            (Refusal::Absent("realm"), 404, "itemNotFound", "Resource not found", json!("")),
            (Refusal::NoHelpDesk, 409, "conflictingRequest", "No help desk is configured", json!("")),
            (
                Refusal::Conflict { what: "link", state: "is not valid or has expired" },
                409,
                "conflictingRequest",
                "the link is not valid or has expired",
                json!(""),
            ),
            (Refusal::TooMany { allowed: 1, period_s: 60, retry_after_s: 9 }, 429, "overLimit", "Too many requests", json!("")),
            (malformed("subdomain", Fault::Missing), 400, "badRequest", "POST data error", json!({ "subdomain": "Required" })),
            (malformed("page", Fault::NotA("a number")), 400, "badRequest", "Query data error", json!({ "page": "is not a number" })),
            (many, 400, "badRequest", "POST data error", json!({ "name.firstName": "Required", "contactMedia.email1": "longer than 100" })),
            (
                malformed("body", Fault::TooLong { limit: 65_536 }),
                413,
                "overLimit",
                "POST data error",
                json!({ "body": "longer than 65536" }),
            ),
            (malformed("body", Fault::NoContentType), 415, "badMediaType", "POST data error", json!({ "body": "has no Content-Type" })),
            (Refusal::Unavailable, 503, "serviceUnavailable", "Service unavailable", json!("")),
            (Refusal::Internal, 500, "computeFault", "Internal error", json!("")),
        ] {
            let response = response(&refusal, "a-guid");
            assert_eq!(response.status(), status, "{refusal:?}");
            assert_eq!(response.headers().get(WWW_AUTHENTICATE).is_some(), status == 401, "{refusal:?}");
            assert_eq!(response.headers().get(RETRY_AFTER).is_some(), status == 429, "{refusal:?}");
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            let fault = json!({ "guid": "a-guid", "message": message, "code": status, "details": details });
            assert_eq!(body, json!({ name: fault }), "{refusal:?}");
        }
    }
}
