//! The table of `spec/here-support.md`, section 6.2, row by row, as it goes out.

use axum::body::to_bytes;
use serde_json::{Value, json};
use vestibule_core::{audit::Channel, chance::Chance, policy::Because, time::Timestamp};
use vestibule_operations::{Caller, RequestOrigin};

use super::*;

fn ctx() -> Ctx {
    let origin = RequestOrigin {
        request_id: "req-1".to_owned(),
        correlation_id: None,
        trace: None,
        channel: Channel::Api,
        ip: None,
        idempotency_key: None,
    };
    Ctx { caller: Caller::Nobody, now: Timestamp::EPOCH, chance: Chance::new(|bytes| bytes.fill(0xff)), origin }
}

async fn render(refusal: &TokenRefusal) -> (axum::http::response::Parts, Value) {
    let (parts, body) = response(refusal, &ctx()).into_parts();
    let body = serde_json::from_slice(&to_bytes(body, 10_000).await.unwrap()).unwrap();
    (parts, body)
}

fn field(code: FieldCode) -> TokenRefusal {
    TokenRefusal::Fields(vec![FieldFault { name: "scope", code, message: "is wrong" }])
}

fn rows() -> Vec<(u16, i64, Option<&'static str>, TokenRefusal)> {
    use TokenRefusal::*;
    let (request, client, scope) = (Some("invalid_request"), Some("invalid_client"), Some("invalid_scope"));
    let body = |fault| Refused(Malformed::body(fault).into());
    let too_many = Refused(Refusal::TooMany { allowed: 1, period_s: 1, retry_after_s: 3 });
    let forbidden = Refused(Refusal::Forbidden { action: "a:b".to_owned(), because: Because::NothingAllows });
    vec![
        (400, 400_002, request, body(Fault::NotJson("EOF".to_owned()))),
        (400, 400_002, request, body(Fault::NotUtf8)),
        (400, 400_002, request, body(Fault::TooDeep { limit: 32 })),
        (400, 400_002, request, body(Fault::NotA("a JSON object"))),
        (400, 400_002, request, Refused(Malformed::new("scope", Fault::Repeated).into())),
        (400, 400_003, request, body(Fault::NoContentType)),
        (400, 400_004, request, body(Fault::WrongContentType("application/json"))),
        (413, 413_000, request, body(Fault::TooLong { limit: 65_536 })),
        (400, 400_200, request, field(FieldCode::Missing)),
        (400, 400_200, request, field(FieldCode::Empty)),
        (400, 400_200, request, field(FieldCode::NotNumber)),
        (400, 400_200, request, field(FieldCode::TooSmall)),
        (400, 400_200, request, field(FieldCode::NotString)),
        (400, 400_200, scope, field(FieldCode::ScopeCharacter)),
        (400, 400_200, scope, field(FieldCode::Scope)),
        (400, 400_200, Some("unsupported_grant_type"), field(FieldCode::GrantType)),
        (400, 400_200, request, Refused(Malformed::new("x", Fault::Empty).into())),
        (400, 400_200, request, Refused(Refusal::ManyMalformed(vec![]))),
        (400, 400_200, request, Refused(Refusal::NoneValid("role"))),
        (400, 400_981, scope, ManyScopes),
        (401, 401_202, request, Header("it is missing")),
        (401, 401_205, request, Method),
        (401, 401_206, request, Version),
        (401, 401_204, request, Timestamp { offset_s: -1800 }),
        (401, 401_207, client, Refused(Refusal::NonceReused)),
        (401, 401_424, client, KeyDisabled),
        (401, 401_311, client, Refused(Unauthenticated::AppInactive.into())),
        (401, 404_660, client, Refused(Unauthenticated::AppGone.into())),
        (401, 401_500, client, Refused(Unauthenticated::AccountDisabled.into())),
        (401, 401_510, client, Refused(Unauthenticated::AccountExpired.into())),
        (401, 401_600, client, Refused(Unauthenticated::AccountGone.into())),
        (401, 401_300, client, Unproven("The request signature does not verify with this access key.")),
        (401, 401_300, client, Refused(Unauthenticated::Unknown.into())),
        (403, 403_109, scope, NotMember),
        (403, 403_403, Some("unauthorized_client"), forbidden),
        (403, 403_403, Some("unauthorized_client"), Refused(Refusal::Scoped)),
        (429, 429_002, None, too_many),
        (404, 404_000, None, Refused(Refusal::SupportOff)),
        (404, 404_000, None, Refused(Refusal::Absent("realm"))),
        (404, 404_000, None, Refused(Refusal::NotAdmitted)),
        (409, 409_000, None, Refused(Refusal::InvitationsFull { cap: 5 })),
        (409, 409_000, None, Refused(Refusal::Stale { current: 1 })),
        (409, 409_000, None, Refused(Refusal::KeyReused)),
        (409, 409_000, None, Refused(Refusal::SessionsFull { cap: 5 })),
        (403, 403_403, Some("unauthorized_client"), Refused(Refusal::ScopeMissing { scopes: "a b" })),
        (404, 404_000, None, Refused(Refusal::UnknownIds { what: "customer", ids: vec![] })),
        (409, 409_000, None, Refused(Refusal::Exists("realm"))),
        (409, 409_000, None, Refused(Refusal::Conflict { what: "session", state: "has ended" })),
        (503, 503_000, None, Refused(Refusal::Unavailable)),
        (500, 500_000, None, Refused(Refusal::Internal)),
    ]
}

#[tokio::test]
async fn every_refusal_has_its_row_and_the_older_body() {
    for (status, code, error, refusal) in rows() {
        let (parts, body) = render(&refusal).await;
        assert_eq!((parts.status.as_u16(), body["errorCode"].as_i64()), (status, Some(code)), "{refusal:?}");
        assert_eq!(body["httpStatus"], json!(status), "{refusal:?}");
        assert_eq!(body.get("error").and_then(Value::as_str), error, "{refusal:?}");
        assert_eq!(body["errorId"], "ERROR-ffffffff-ffff-4fff-bfff-ffffffffffff");
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("errorCode: '{code}'. ")), "{description}");
        assert_eq!(description, printable(description));
        assert_eq!(body.get("errorFields").is_some(), matches!(refusal, TokenRefusal::Fields(_)), "{refusal:?}");
        assert_eq!(parts.headers[CACHE_CONTROL], "no-store");
        let challenge = parts.headers.get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
        assert_eq!(challenge, (status == 401).then_some(r#"OAuth realm="here""#), "{refusal:?}");
        assert_eq!(parts.headers.contains_key(RETRY_AFTER), status == 429, "{refusal:?}");
    }
}

#[tokio::test]
async fn a_bad_secret_reads_as_the_page_shows_it() {
    let (_, body) = render(&TokenRefusal::Unproven("The request signature does not verify with this access key.")).await;
    assert_eq!(
        body,
        json!({
            "errorId": "ERROR-ffffffff-ffff-4fff-bfff-ffffffffffff", "httpStatus": 401, "errorCode": 401300,
            "message": "The request signature does not verify with this access key.", "error": "invalid_client",
            "error_description": "errorCode: '401300'. The request signature does not verify with this access key.",
        })
    );
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_its_offset() {
    let (_, body) = render(&TokenRefusal::Timestamp { offset_s: -1800 }).await;
    assert!(body["error_description"].as_str().unwrap().contains("offset"), "{body}");
}

#[tokio::test]
async fn each_field_is_named_with_its_code_as_a_number() {
    let codes = [
        (FieldCode::Invalid, 400_200),
        (FieldCode::Missing, 400_201),
        (FieldCode::Empty, 400_202),
        (FieldCode::NotNumber, 400_208),
        (FieldCode::TooSmall, 400_209),
        (FieldCode::NotString, 400_217),
        (FieldCode::GrantType, 400_290),
        (FieldCode::ScopeCharacter, 400_909),
        (FieldCode::Scope, 400_927),
    ];
    for (code, number) in codes {
        let (_, body) = render(&field(code)).await;
        assert_eq!(body["errorFields"], json!([{ "name": "scope", "errorCode": number, "message": "is wrong" }]));
    }
}

#[test]
fn a_scope_is_blamed_only_when_nothing_else_is_wrong() {
    let fault = |code| FieldFault { name: "x", code, message: "is wrong" };
    let of = |codes: &[FieldCode]| error_of(&codes.iter().map(|code| fault(*code)).collect::<Vec<_>>());
    assert_eq!(of(&[FieldCode::Scope, FieldCode::ScopeCharacter]), "invalid_scope");
    assert_eq!(of(&[FieldCode::Scope, FieldCode::TooSmall]), "invalid_request");
    assert_eq!(of(&[FieldCode::Scope, FieldCode::GrantType]), "unsupported_grant_type");
}

#[test]
fn the_log_hears_of_attempts_and_not_of_our_own_faults() {
    for (refusal, code) in [
        (TokenRefusal::Unproven("x"), Some("not_proven")),
        (TokenRefusal::KeyDisabled, Some("key_disabled")),
        (TokenRefusal::Refused(Unauthenticated::AppInactive.into()), Some("account_inactive")),
        (TokenRefusal::NotMember, Some("not_a_member")),
        (TokenRefusal::ManyScopes, Some("malformed")),
        (TokenRefusal::Refused(Refusal::NonceReused), Some("nonce_reused")),
        (TokenRefusal::Refused(Refusal::Unavailable), None),
        (TokenRefusal::Refused(Refusal::Internal), None),
        (TokenRefusal::Header("x"), None),
    ] {
        assert_eq!(code_in_log(&refusal), code, "{refusal:?}");
    }
}
