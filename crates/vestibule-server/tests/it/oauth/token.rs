//! `POST /oauth/token` (RFC 6749, sections 4.4 and 5): forms that name their client.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::{AMARA, PIA, PROXY, SHOP, me, post_token, run, text};
use crate::harness::{
    ADA, OPERATOR, Server,
    doors::{KEY, SECRET, basic},
    http::Reply,
    on_both,
};

#[track_caller]
fn refused(reply: &Reply, status: u16, error: &str, what: &str) {
    let body = reply.json();
    assert_eq!((reply.status, body["error"].as_str()), (status, Some(error)), "{what}: {body}");
    assert!(body["error_description"].is_string() && body.as_object().unwrap().len() == 2, "{body}");
    assert_eq!((reply.header("cache-control"), reply.header("pragma")), (Some("no-store"), Some("no-cache")));
}

/// A form of a client's.
fn form((id, secret): (&str, &str), rest: &str) -> String {
    format!("client_id={id}&client_secret={secret}&{rest}")
}

/// The claims of a token, checked as anybody could.
async fn claims(server: &Server, token: &str) -> Value {
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    let keys = server.request("GET", "/.well-known/jwks.json").send().await.expect(200);
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == json!(header.kid)).unwrap();
    let key = DecodingKey::from_ed_components(key["x"].as_str().unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    (validation.validate_exp, validation.validate_aud) = (false, false);
    jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_a_token_that_says_what_it_is_for() {
    on_both(|start| async move {
        let server = run(start).await;
        let in_form = post_token(&server, &form(SHOP, "grant_type=client_credentials&scope=b+a")).await;
        let by_basic = server.request("POST", "/oauth/token").header("authorization", basic(SHOP.0, SHOP.1));
        let by_basic = by_basic.form(format!("grant_type=client_credentials&client_id={}&scope=a+b", SHOP.0)).send().await;
        for reply in [in_form, by_basic] {
            assert_eq!((reply.header("cache-control"), reply.header("pragma")), (Some("no-store"), Some("no-cache")));
            let answer = reply.expect(200);
            assert_eq!((&answer["token_type"], &answer["expires_in"], &answer["scope"]), (&json!("Bearer"), &json!(3_600), &json!("a b")));
            assert_eq!(answer.as_object().unwrap().len(), 4, "nothing to refresh it with");
            let token = text(&answer["access_token"]);
            let (claims, now) = (claims(&server, &token).await, server.clock.now().seconds());
            let address = format!("http://{}", server.address);
            assert_eq!((&claims["iss"], &claims["aud"]), (&json!(format!("{address}/oauth")), &json!(address)));
            assert_eq!((&claims["client_id"], &claims["scope"]), (&json!(SHOP.0), &json!("a b")));
            assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 3_600)));
            assert!(claims["sub"].is_string() && claims["jti"].is_string());
            assert_eq!(me(&server, &token).await, 200, "it may ask about its own realm");
        }
        for (asked, given) in [
            ("", ".default"),
            ("&scope=", ".default"),
            ("&scope=.default", ".default"),
            ("&scope=https%3A%2F%2Fapi.example%2Fauth%2F.default", ".default"),
            ("&scope=https%3A%2F%2Fapi.example%2Fauth%2Fcore.customermgr.manage", "core.customermgr.manage"),
        ] {
            let answer = post_token(&server, &form(SHOP, &format!("grant_type=client_credentials{asked}"))).await.expect(200);
            assert_eq!(answer["scope"], given, "{asked}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_wrongly_is_told_how() {
    on_both(|start| async move {
        let server = run(start).await;
        let grant = "grant_type=client_credentials";
        for (form, status, error) in [
            (form((SHOP.0, "wrong"), grant), 401, "invalid_client"),
            (form(("nobody", SHOP.1), grant), 401, "invalid_client"),
            (form((SHOP.0, PROXY.1), grant), 401, "invalid_client"),
            (format!("client_id={}&{grant}", SHOP.0), 401, "invalid_client"),
            (format!("client_secret={}&{grant}", SHOP.1), 401, "invalid_client"),
            (format!("client_id=&client_secret=&{grant}"), 401, "invalid_client"),
            (form((SHOP.0, "wrong"), "grant_type=refresh_token"), 401, "invalid_client"),
            (form(SHOP, "x=y"), 400, "invalid_request"),
            (form(SHOP, "grant_type="), 400, "invalid_request"),
            (form(SHOP, &format!("{grant}&{grant}")), 400, "invalid_request"),
            (form(SHOP, &format!("{grant}&client_id={}", SHOP.0)), 400, "invalid_request"),
            (form(SHOP, "grant_type=refresh_token"), 400, "unsupported_grant_type"),
            (form(SHOP, "grant_type=CLIENT_CREDENTIALS"), 400, "unsupported_grant_type"),
            (form(SHOP, &format!("{grant}&scope=a++b")), 400, "invalid_scope"),
            (form(SHOP, &format!("{grant}&scope=%22a%22")), 400, "invalid_scope"),
            (form(SHOP, &format!("{grant}&subject_username={PIA}")), 400, "invalid_request"),
            (form(("piasKey000000001", "canary-secret-of-pias-key-4"), grant), 400, "unauthorized_client"),
            (form(SHOP, "grant_type=authorization_code"), 400, "invalid_request"),
            (form(SHOP, "grant_type=authorization_code&code=x&redirect_uri=y"), 400, "invalid_request"),
            (form(SHOP, "grant_type=authorization_code&code=x&redirect_uri=y&code_verifier=z"), 400, "invalid_grant"),
            (form(SHOP, "grant_type=password"), 400, "invalid_request"),
            (form(SHOP, &format!("grant_type=password&username={PIA}&password=x")), 400, "invalid_request"),
            (form(PROXY, "grant_type=password&subject_userid=17"), 400, "invalid_request"),
            (form(PROXY, &format!("grant_type=password&subject_username={PIA}&subject_email={AMARA}")), 400, "invalid_request"),
            (form(PROXY, "grant_type=password&subject_username=nobody"), 400, "invalid_grant"),
            (form(PROXY, "grant_type=password&subject_email=ilse%40example.net"), 400, "invalid_grant"),
            (form(SHOP, &format!("grant_type=password&subject_username={PIA}")), 400, "unauthorized_client"),
            (form(SHOP, "grant_type=password&subject_username=nobody"), 400, "unauthorized_client"),
            ("grant_type=authorization_code".to_owned(), 401, "invalid_client"),
            ("grant_type=password".to_owned(), 401, "invalid_client"),
        ] {
            let reply = post_token(&server, &form).await;
            refused(&reply, status, error, &form);
            assert_eq!(reply.header("www-authenticate"), None, "{form}");
        }
        let by_basic = |header: String, form: String| server.request("POST", "/oauth/token").header("authorization", header).form(form);
        let wrong = by_basic(basic(SHOP.0, "wrong"), format!("{grant}&client_id={}", SHOP.0)).send().await;
        refused(&wrong, 401, "invalid_client", "a wrong secret");
        assert_eq!(wrong.header("www-authenticate"), Some(r#"Basic realm="vestibule", charset="UTF-8""#));
        for form in [form(SHOP, grant), format!("{grant}&client_id={}", PROXY.0)] {
            refused(&by_basic(basic(SHOP.0, SHOP.1), form).send().await, 400, "invalid_request", "two proofs, or two clients");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_names_no_client_in_a_form_is_answered_as_before() {
    let server = run(crate::harness::Start::on(crate::harness::databases::Database::sqlite())).await;
    for (form, error) in [("grant_type=refresh_token", "unsupported_grant_type"), ("x=y", "invalid_request")] {
        let reply = server.request("POST", "/oauth/token").header("authorization", basic(KEY, SECRET)).form(form).send().await;
        let body = reply.json();
        assert_eq!((reply.status, &body["error"], body["message"].is_string()), (400, &json!(error), true), "{body}");
    }
    for json in [r#"{"grant_type":"client_credentials","client_id":"x"}"#, r#"{"grant_type":"password"}"#] {
        let reply = server.request("POST", "/oauth/token").json(json).send().await;
        assert_eq!((reply.status, reply.json()["message"].is_string()), (401, true));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_the_right_acts_for_a_person_and_for_a_customer() {
    on_both(|start| async move {
        let server = run(start).await;
        let size = async || server.get("/v1/realms/mall/audit/events?limit=1", OPERATOR).await.expect(200)["size"].as_u64().unwrap();
        let before = size().await;
        let person = form(PROXY, &format!("grant_type=password&subject_username={PIA}&scope=core.customermgr.manage"));
        let person = post_token(&server, &person).await.expect(200);
        assert_eq!(person["scope"], "core.customermgr.manage");
        assert_eq!(me(&server, &text(&person["access_token"])).await, 200, "whoever asks about herself is told");
        let id = text(&claims(&server, &text(&person["access_token"])).await["sub"]);
        post_token(&server, &form(PROXY, &format!("grant_type=password&subject_userid={id}"))).await.expect(200);
        let customer = form(PROXY, &format!("grant_type=password&subject_email={AMARA}"));
        let customer = text(&post_token(&server, &customer).await.expect(200)["access_token"]);
        let told = claims(&server, &customer).await;
        assert_eq!((&told["sub"], &told["customer"]), (&json!("customer-2210"), &json!("2210")));
        assert_eq!(me(&server, &customer).await, 401, "no other door serves customers");
        for (path, status) in [("/v1/realms/mall/customers", 401), ("/support", 401), ("/api/v2/account", 401)] {
            assert_eq!(server.get(path, &customer).await.status, status, "{path}");
        }
        assert_eq!(size().await, before + 3);
        assert_eq!(server.get("/v1/realms/mall/audit/events?limit=1", ADA).await.status, 404);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_leads_to_what_is_there() {
    let server = run(crate::harness::Start::on(crate::harness::databases::Database::sqlite())).await;
    let described = server.request("GET", "/.well-known/oauth-authorization-server/oauth").send().await.expect(200);
    let address = format!("http://{}", server.address);
    for (member, method, status) in [("authorization_endpoint", "GET", 400), ("token_endpoint", "POST", 401), ("jwks_uri", "GET", 200)] {
        let url = text(&described[member]);
        assert_eq!(server.request(method, url.strip_prefix(&address).unwrap()).send().await.status, status, "{member}");
    }
    server.stop().await;
}
