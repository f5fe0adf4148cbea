//! The table of `spec/here-support.md`, section 4, row by row, as it goes out.

use axum::{body::to_bytes, http::HeaderMap};
use serde_json::{Map, Value, json};
use vestibule_core::{audit::Channel, chance::Chance, policy::Because, time::Timestamp};
use vestibule_operations::RequestOrigin;

use super::*;

fn ctx() -> Ctx {
    let origin = RequestOrigin {
        request_id: "req-1".to_owned(),
        correlation_id: Some("case-4711".to_owned()),
        trace: None,
        channel: Channel::Api,
        ip: None,
        idempotency_key: None,
    };
    Ctx { caller: Caller::Nobody, now: Timestamp::EPOCH, chance: Chance::new(|bytes| bytes.fill(0xff)), origin }
}

async fn render(response: Response) -> (u16, HeaderMap, Map<String, Value>) {
    let (parts, body) = response.into_parts();
    let body = serde_json::from_slice(&to_bytes(body, 10_000).await.unwrap()).unwrap();
    (parts.status.as_u16(), parts.headers, body)
}

fn field(name: &'static str, fault: Fault) -> Refusal {
    Malformed::new(name, fault).into()
}

fn rows() -> Vec<(u16, &'static str, Refusal)> {
    use Unauthenticated::*;
    let body = |fault| Refusal::Malformed(Malformed::body(fault));
    let (email, ends) = (words::EMAIL_ADDRESS, words::EXPIRES_AT);
    let too_many = Refusal::TooMany { allowed: 6, period_s: 60, retry_after_s: 17 };
    let forbidden = Refusal::Forbidden { action: "account:manageAccountExecutives".to_owned(), because: Because::NothingAllows };
    vec![
        (400, "400201", field(email, Fault::Missing)),
        (400, "400202", field(email, Fault::Empty)),
        (400, "400233", field(ends, Fault::Format(words::EXPIRES_AT_FORMAT))),
        (400, "400233", field(ends, Fault::NotA("a string"))),
        (400, "400240", field(email, Fault::Foreign { domain: "here.com".to_owned() })),
        (400, "400240", field(email, Fault::TooLong { limit: 254 })),
        (400, "400240", field(email, Fault::Format("percent-encoded UTF-8"))),
        (400, "400240", field(email, Fault::TooMany { limit: 1 })),
        (400, "400390", field(ends, Fault::NotInFuture)),
        (400, "400390", field("expires_at", Fault::NotInFuture)),
        (400, "400002", body(Fault::NotJson("EOF".to_owned()))),
        (400, "400002", body(Fault::NotUtf8)),
        (400, "400002", body(Fault::TooDeep { limit: 32 })),
        (400, "400002", field(email, Fault::Repeated)),
        (400, "400002", field(ends, Fault::Repeated)),
        (400, "400003", body(Fault::NoContentType)),
        (400, "400004", body(Fault::WrongContentType("application/json"))),
        (400, "400217", field(email, Fault::NotA("a string"))),
        (400, "400218", body(Fault::NotA("a JSON object"))),
        (400, "400200", field("other", Fault::UnknownMember)),
        (400, "400201", Refusal::ManyMalformed(vec![Malformed::new(email, Fault::Missing)])),
        (400, "400200", Refusal::ManyMalformed(vec![])),
        (400, "400200", Refusal::NoneValid("role")),
        (400, "400917", Refusal::InvitationsFull { cap: 5 }),
        (413, "413000", body(Fault::TooLong { limit: 65_536 })),
        (401, "401200", Missing.into()),
        (401, "401201", NotBearer.into()),
        (401, "400300", BadCharacters.into()),
        (401, "400601", Unknown.into()),
        (401, "400600", Expired.into()),
        (401, "401701", Revoked.into()),
        (401, "401600", AccountGone.into()),
        (401, "401500", AccountDisabled.into()),
        (401, "401510", AccountExpired.into()),
        (401, "404660", AppGone.into()),
        (401, "401311", AppInactive.into()),
        (401, "401207", Refusal::NonceReused),
        (403, "403403", forbidden),
        (403, "403403", Refusal::Scoped),
        (403, "403403", Refusal::EmailNotVerified),
        (403, "403403", Refusal::AddressBarred),
        (409, "409000", Refusal::NoHelpDesk),
        (409, "409000", Refusal::SessionsFull { cap: 5 }),
        (403, "403403", Refusal::ActorBarred { actor: "a customer" }),
        (404, "404000", Refusal::UnknownIds { what: "customer", ids: vec!["9".to_owned()] }),
        (404, "404000", Refusal::SupportOff),
        (404, "404000", Refusal::Absent("realm")),
        (404, "404000", Refusal::NotAdmitted),
        (429, "429003", too_many),
        (409, "409000", Refusal::Stale { current: 2 }),
        (409, "409000", Refusal::KeyReused),
        (409, "409000", Refusal::Exists("realm")),
        (409, "409000", Refusal::Conflict { what: "session", state: "has ended" }),
        (503, "503000", Refusal::Unavailable),
        (500, "500000", Refusal::Internal),
    ]
}

#[tokio::test]
async fn every_refusal_has_its_row_and_all_six_members() {
    for (status, code, refusal) in rows() {
        let (sent, headers, body) = render(response(&refusal, &ctx())).await;
        assert_eq!((sent, body["code"].as_str()), (status, Some(code)), "{refusal:?}");
        assert_eq!(body["status"], json!(status));
        assert_eq!(body["correlationId"], "case-4711");
        for member in ["title", "cause", "action"] {
            assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{refusal:?}: {member}");
        }
        assert_eq!(headers.contains_key(WWW_AUTHENTICATE), status == 401, "{refusal:?}");
        assert_eq!(headers.contains_key(RETRY_AFTER), status == 429, "{refusal:?}");
        assert_eq!(body.contains_key("errorId"), status == 429, "{refusal:?}");
        assert_eq!(body.contains_key("error"), status == 403, "{refusal:?}");
        assert_eq!(headers["content-type"], "application/json");
    }
}

#[tokio::test]
async fn a_cause_names_the_field() {
    let (_, _, body) = render(response(&field("emailAddress", Fault::Missing), &ctx())).await;
    assert_eq!(body["cause"], "`emailAddress` is missing.");
}

#[tokio::test]
async fn a_403_says_who_what_and_why() {
    let refusal = Refusal::Forbidden { action: "account:readAccountExecutives".to_owned(), because: Because::NothingAllows };
    let (_, _, body) = render(response(&refusal, &ctx())).await;
    let cause = "`the caller` may not do the action `readAccountExecutives` in service `account`: no statement allows it.";
    assert_eq!(
        Value::Object(body),
        json!({
            "title": "Forbidden.", "status": 403, "code": "403403", "cause": cause,
            "action": "Ask an administrator of the realm for it.", "correlationId": "case-4711",
            "error": "invalid_request", "error_description": format!("errorCode: 403403. {cause}"),
        })
    );
}

#[tokio::test]
async fn a_429_says_when_to_come_back() {
    let (_, headers, body) = render(response(&Refusal::TooMany { allowed: 6, period_s: 60, retry_after_s: 17 }, &ctx())).await;
    assert_eq!(headers[RETRY_AFTER], "17");
    assert_eq!(body["errorId"], "ERROR-ffffffff-ffff-4fff-bfff-ffffffffffff");
}

#[tokio::test]
async fn a_challenge_names_an_error_only_when_a_token_was_sent() {
    let of = |how: Unauthenticated| response(&how.into(), &ctx()).headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned();
    assert_eq!(of(Unauthenticated::Missing), r#"Bearer realm="here""#);
    assert_eq!(of(Unauthenticated::NotBearer), r#"Bearer realm="here""#);
    assert_eq!(of(Unauthenticated::Revoked), r#"Bearer realm="here", error="invalid_token""#);
}

#[tokio::test]
async fn a_405_says_which_methods_there_are() {
    let (status, headers, body) = render(method_not_allowed(&ctx(), words::SUPPORT_METHODS)).await;
    assert_eq!((status, &body["code"], &body["correlationId"]), (405, &json!("405000"), &json!("case-4711")));
    assert_eq!(headers[ALLOW], "GET, HEAD, POST, DELETE");
}

#[test]
fn a_description_is_printable() {
    assert_eq!(printable("a \"b\" \\ ü\n~"), "a ?b? ? ??~");
}
