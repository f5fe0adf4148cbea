//! T: `POST /oauth/token` (section 4 of the page), and the keys that its tokens are checked with.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::{ORG, refused, server};
use crate::harness::{
    ADA, Server,
    doors::{KEY, SECRET, basic},
    http::{Reply, Request},
    on_both,
};

fn ask(server: &Server) -> Request {
    server.request("POST", "/oauth/token")
}

async fn token(server: &Server) -> Value {
    ask(server).header("authorization", basic(KEY, SECRET)).json(r#"{"grant_type":"client_credentials"}"#).send().await.expect(200)
}

#[track_caller]
fn check_refusal(reply: &Reply, status: u16, error: &str) {
    let body = reply.json();
    assert_eq!((reply.status, body["error"].as_str()), (status, Some(error)), "{body}");
    assert!(body["message"].is_string() && body.as_object().unwrap().len() == 2, "{body}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic")), status == 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn either_body_gets_a_token_that_anybody_can_check() {
    on_both(|start| async move {
        let server = start.run().await;
        let form = ask(&server).header("authorization", basic(KEY, SECRET)).form("grant_type=client_credentials").send().await;
        assert_eq!(form.header("cache-control"), Some("no-store"));
        for answer in [form.expect(200), token(&server).await] {
            assert_eq!((&answer["token_type"], &answer["expires_in"], &answer["scope"]), (&json!("Bearer"), &json!(18_000), &Value::Null));
            let token = answer["access_token"].as_str().unwrap();
            let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
            for place in ["/.well-known/jwks.json", "/realms/acme/.well-known/jwks.json", "/realms/nobody/.well-known/jwks.json"] {
                let document = server.request("GET", place).send().await.expect(200);
                let key = document["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid.as_str()).unwrap();
                assert_eq!(
                    (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
                    (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
                );
                let key = DecodingKey::from_ed_components(key["x"].as_str().unwrap()).unwrap();
                let mut validation = Validation::new(Algorithm::EdDSA);
                validation.validate_exp = false;
                let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims;
                assert_eq!((&claims["orgId"], &claims["iss"]), (&json!(ORG), &json!(format!("http://{}", server.address))));
                let (issued, ends) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
                assert_eq!((issued, ends), (server.clock.now().seconds(), issued + 18_000));
                assert!(claims["sub"].is_string());
            }
            let one = server.request("GET", &format!("/.well-known/jwks.json?kid={kid}")).send().await.expect(200);
            assert_eq!(one["keys"].as_array().unwrap().len(), 1);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_keys_tell_no_realms_name() {
    let server = server().await;
    let at = async |place: &str| server.request("GET", place).send().await.text();
    let root = at("/.well-known/jwks.json").await;
    assert_eq!(root, at("/realms/acme/.well-known/jwks.json").await);
    assert_eq!(root, at("/realms/there-is-none/.well-known/jwks.json").await);
    assert!(!["acme", "other", "shut", "vendor"].iter().any(|name| root.contains(name)), "{root}");
    // A realm that is made later is found at once.
    let count = |text: &str| text.matches("\"kid\"").count();
    let body = json!({ "id": "later", "name": "Later" }).to_string();
    server.post("/v1/realms", crate::harness::OPERATOR, &body).await.expect(201);
    assert_eq!(count(&at("/.well-known/jwks.json").await), count(&root) + 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_says_what_its_holder_may_and_earlier_ones_stay_good() {
    let server = server().await;
    let (first, second) = (token(&server).await, token(&server).await);
    assert_ne!(first["access_token"], second["access_token"]);
    for answer in [&first, &second] {
        let token = answer["access_token"].as_str().unwrap();
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
        let permissions = json!({ "*#ACCOUNT_MANAGEACCOUNTEXECUTIVES#ITEM#*": true, "*#ACCOUNT_READACCOUNTEXECUTIVES#ITEM#*": true });
        assert_eq!(claims["permissions"], permissions);
        server.get("/support", token).await.expect(200);
    }
    let kept = first["access_token"].as_str().unwrap();
    server.clock.advance_ms(18_000_000 - 1);
    server.get("/support", kept).await.expect(200);
    server.clock.advance_ms(1);
    refused(&super::get(&server, "/support", kept).await, 403);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_prove_itself_is_refused_before_its_body_is_read() {
    let server = server().await;
    for header in [
        None,
        Some(basic(KEY, "wrong")),
        Some(basic(KEY, "")),
        Some(basic("unknown-key", SECRET)),
        Some(basic(&KEY.to_lowercase(), SECRET)),
        Some(format!("Basic {KEY}:{SECRET}")),
        Some("Basic".to_owned()),
        Some("Basic ".to_owned()),
        Some(format!("Basic {}", STANDARD.encode("no-colon"))),
        Some(format!("Basic {}", STANDARD.encode([0xff, b':', 0xff]))),
        Some(format!("Bearer {ADA}")),
    ] {
        let request = header.iter().fold(ask(&server), |request, value| request.header("authorization", value));
        check_refusal(&request.json("not json").send().await, 401, "invalid_client");
    }
    let twice = ask(&server).header("authorization", basic(KEY, SECRET)).header("authorization", basic(KEY, SECRET));
    check_refusal(&twice.json(r#"{"grant_type":"client_credentials"}"#).send().await, 401, "invalid_client");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_client_credentials_are_granted() {
    let server = server().await;
    for (body, error) in [
        (r#"{"grant_type":"password"}"#, "unsupported_grant_type"),
        (r#"{"grant_type":"authorization_code"}"#, "unsupported_grant_type"),
        (r#"{"grant_type":"CLIENT_CREDENTIALS"}"#, "unsupported_grant_type"),
        (r#"{}"#, "invalid_request"),
        (r#"{"grant_type":""}"#, "invalid_request"),
        (r#"{"grant_type":null}"#, "invalid_request"),
        (r#"{"grant_type":1}"#, "invalid_request"),
        (r#"[]"#, "invalid_request"),
        (r#"{"grant_type""#, "invalid_request"),
        ("", "invalid_request"),
    ] {
        let request = ask(&server).header("authorization", basic(KEY, SECRET)).json(body);
        check_refusal(&request.send().await, 400, error);
    }
    for (form, error) in [
        ("grant_type=refresh_token", "unsupported_grant_type"),
        ("scope=x", "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
    ] {
        let request = ask(&server).header("authorization", basic(KEY, SECRET)).form(form);
        check_refusal(&request.send().await, 400, error);
    }
    let odd = ask(&server).header("authorization", basic(KEY, SECRET)).json(r#"{"grant_type":"client_credentials","scope":7,"more":[]}"#);
    assert_eq!(odd.send().await.status, 200, "scope is not used");
    let bare = ask(&server).header("authorization", basic(KEY, SECRET)).body("grant_type=client_credentials").send().await;
    check_refusal(&bare, 400, "invalid_request");
    assert_eq!(server.request("GET", "/oauth/token").send().await.status, 405);
    server.stop().await;
}

/// How many events the log of `acme` holds.
async fn events(server: &Server) -> u64 {
    server.get("/v1/realms/acme/audit/events?limit=1", ADA).await.expect(200)["size"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_costs_no_event_and_a_wrong_secret_is_told_of() {
    let server = server().await;
    let before = events(&server).await;
    for _ in 0..20 {
        token(&server).await;
    }
    assert_eq!(events(&server).await, before);
    let wrong = ask(&server).header("authorization", basic(KEY, "wrong")).json(r#"{"grant_type":"client_credentials"}"#);
    check_refusal(&wrong.send().await, 401, "invalid_client");
    let event = server.get(&format!("/v1/realms/acme/audit/events/{before}"), ADA).await.expect(200)["event"].take();
    assert_eq!((&event["action"], &event["outcome"]), (&json!("signin.failed"), &json!("failed")));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_from_a_holder_is_gone_from_tokens_that_were_issued_before() {
    let server = server().await;
    let answer = token(&server).await;
    let token = answer["access_token"].as_str().unwrap();
    let service_users = super::get(&server, "/serviceusers", ADA).await.expect(200);
    let app = service_users["data"][0]["id"].as_str().unwrap().to_owned();
    let rule = json!([{ "effect": "allow", "action": ["config:retrieve"], "resource": ["config:permissionpolicy/*"] }]);
    let policy =
        super::post(&server, "/permissionpolicies", ADA, &json!({ "name": "readers", "permissionPolicy": rule })).await.expect(200);
    let at = format!("/permissionpolicies/{}", policy["id"].as_str().unwrap());
    let may = async || super::get(&server, "/permissionpolicies", token).await.status;
    assert_eq!(may().await, 403);
    let body = json!({ "principalId": app });
    super::post(&server, &format!("{at}/addtoserviceuser"), ADA, &body).await.expect(200);
    assert_eq!(may().await, 200, "rights are read live");
    super::below(&server, "DELETE", &at, ADA).send().await.expect(200);
    assert_eq!(may().await, 403, "a policy that is deleted is detached everywhere");
    super::below(&server, "DELETE", &format!("/serviceusers/{app}"), ADA).send().await.expect(200);
    assert_eq!(
        refused(&super::get(&server, "/permissionpolicies", token).await, 403),
        "the caller is not authenticated: the account is gone"
    );
    server.stop().await;
}
