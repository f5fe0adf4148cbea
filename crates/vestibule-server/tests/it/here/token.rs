//! The token endpoint: how a client proves itself, what it may ask for, and each way of failing
//! (`spec/here-support.md`, section 6).

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::harness::{
    MANIFEST, Server, Start,
    databases::Database,
    http::{Reply, Request},
    oauth1::Signed,
    on_both,
};

use super::{refused as support_refused, server};

const KEY: &str = "dK7pQ2sVx9LmT4wZ";
const SECRET: &str = "v8Rk-2nQ_xW5tYhB3jLcMz7pSdFg1aEo";
const GRANT: &[(&str, &str)] = &[("grant_type", "client_credentials")];
const ATLAS: &str = "hrn:here:authorization::acme:project/atlas";
/// Made for tests alone.
const PRIVATE: &str = include_str!("../../../src/dialects/here/token/assertion_test_key.pem");
const PUBLIC: &str = include_str!("../../../src/dialects/here/token/assertion_test_key.pub.pem");

/// A form, signed by the app of `acme` unless changed.
struct Form<'a> {
    key: &'a str,
    secret: &'a str,
    nonce: &'a str,
    ahead_s: i64,
    fields: &'a [(&'a str, &'a str)],
}

const FORM: Form<'static> = Form { key: KEY, secret: SECRET, nonce: "n-1", ahead_s: 0, fields: GRANT };

impl Form<'_> {
    fn header(&self, server: &Server) -> String {
        let url = format!("http://{}/oauth2/token", server.address);
        let timestamp = server.clock.now().seconds() + self.ahead_s;
        Signed { key: self.key, secret: self.secret, url: &url, nonce: self.nonce, timestamp, parameters: self.fields }.header()
    }

    async fn send(&self, server: &Server) -> Reply {
        let encode = crate::harness::oauth1::encode;
        let body: Vec<_> = self.fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        server.request("POST", "/oauth2/token").header("authorization", self.header(server)).form(body.join("&")).send().await
    }
}

/// Checks status, code and RFC 6749's error, and what every refusal of a token has.
#[track_caller]
fn refused(reply: &Reply, status: u16, code: i64, error: &str) {
    let body = reply.json();
    assert_eq!((reply.status, body["errorCode"].as_i64(), body["error"].as_str()), (status, Some(code), Some(error)), "{body}");
    assert_eq!(body["httpStatus"], status);
    assert!(body["errorId"].as_str().unwrap().starts_with("ERROR-") && body["message"].is_string());
    assert!(body["error_description"].as_str().unwrap().starts_with(&format!("errorCode: '{code}'. ")));
    assert_eq!(reply.header("www-authenticate").is_some(), status == 401);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.header("content-length").is_some() && reply.header("date").is_some());
}

fn json_request(server: &Server, query: &str, parameters: &[(&str, &str)], nonce: &str) -> Request {
    let header = Form { fields: parameters, nonce, ..FORM }.header(server);
    server.request("POST", &format!("/oauth2/token{query}")).header("authorization", header)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_request_gets_a_token_that_opens_support_until_it_ends() {
    let server = server().await;
    let reply = Form { fields: &[GRANT[0], ("expires_in", "600")], ..FORM }.send(&server).await;
    let body = reply.expect(200);
    assert_eq!((&body["token_type"], &body["expires_in"], body.get("scope")), (&json!("bearer"), &json!(600), None));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.header("date").is_some() && reply.header("content-length").is_some());
    let token = body["access_token"].as_str().unwrap();
    server.clock.advance_ms(599_999);
    assert_eq!(server.get("/support", token).await.status, 200);
    server.clock.advance_ms(1);
    support_refused(&server.get("/support", token).await, 401, "400600");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_answered_in_json_and_its_query_is_signed() {
    let server = server().await;
    let body = format!(r#"{{"grantType":"client_credentials","expiresIn":7200,"scope":"{ATLAS}"}}"#);
    let sent_with = [("sentWith", "OLP-TS-SDK-1.12.0")];
    let ts = json_request(&server, "?sentWith=OLP-TS-SDK-1.12.0", &sent_with, "ts").json(&body).send().await.expect(200);
    assert_eq!(
        (&ts["tokenType"], &ts["expiresIn"], &ts["scope"]),
        (&json!("bearer"), &json!(3600), &json!(ATLAS)),
        "above the default is ignored"
    );
    support_refused(&server.get("/support", ts["accessToken"].as_str().unwrap()).await, 403, "403403");
    json_request(&server, "", &[], "cpp").json(r#"{"grantType":"client_credentials"}"#).send().await.expect(200);
    refused(&json_request(&server, "?sentWith=x", &sent_with, "ts2").json(&body).send().await, 401, 401_300, "invalid_client");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_counts_once_and_only_when_it_is_one() {
    on_both(|start| async move {
        let server = start.run().await;
        let wrong = Form { secret: "not-the-secret", ..FORM }.send(&server).await;
        refused(&wrong, 401, 401_300, "invalid_client");
        let unknown = Form { key: "nobodysKey000001", ..FORM }.send(&server).await;
        refused(&unknown, 401, 401_300, "invalid_client");
        assert_eq!(wrong.json()["message"], unknown.json()["message"], "an unknown key and a wrong secret look alike");
        FORM.send(&server).await.expect(200);
        refused(&FORM.send(&server).await, 401, 401_207, "invalid_client");
        server.clock.advance_ms(600_000);
        let replayed = Form { ahead_s: -600, ..FORM }.send(&server).await;
        refused(&replayed, 401, 401_207, "invalid_client");
        Form { nonce: "n-2", ..FORM }.send(&server).await.expect(200);
        let failed = server.get("/v1/realms/acme/audit/events?action=signin.failed", crate::harness::ADA).await.expect(200);
        let codes: Vec<_> = failed["items"].as_array().unwrap().iter().map(|item| item["event"]["reason"]["code"].clone()).collect();
        assert_eq!(codes, ["not_proven", "nonce_reused", "nonce_reused"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_nonce_sent_many_times_at_once_is_one_token() {
    on_both(|start| async move {
        let server = start.run().await;
        let request =
            || server.request("POST", "/oauth2/token").header("authorization", FORM.header(&server)).form("grant_type=client_credentials");
        let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(request().send())).collect();
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.unwrap().status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401, 401, 401, 401, 401, 401, 401]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_can_be_set() {
    let server = server().await;
    for (ahead_s, good) in [(-601, false), (-600, true), (600, true), (601, false), (1800, false)] {
        let reply = Form { ahead_s, nonce: &format!("n{ahead_s}"), ..FORM }.send(&server).await;
        match good {
            true => drop(reply.expect(200)),
            false => {
                refused(&reply, 401, 401_204, "invalid_request");
                assert!(reply.json()["error_description"].as_str().unwrap().contains("offset"));
            }
        }
    }
    let clock = server.request("GET", "/timestamp").send().await.expect(200);
    assert_eq!(clock, json!({ "timestamp": server.clock.now().seconds() }));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_request_has_its_code() {
    let server = server().await;
    for (fields, name, code, error) in [
        (&[][..], "grant_type", 400_201, "invalid_request"),
        (&[("grant_type", "")], "grant_type", 400_202, "invalid_request"),
        (&[("grant_type", "password")], "grant_type", 400_290, "unsupported_grant_type"),
        (&[GRANT[0], ("expires_in", "soon")], "expires_in", 400_208, "invalid_request"),
        (&[GRANT[0], ("expires_in", "-1")], "expires_in", 400_209, "invalid_request"),
        (&[GRANT[0], ("scope", "\"")], "scope", 400_909, "invalid_scope"),
        (&[GRANT[0], ("scope", "openid")], "scope", 400_927, "invalid_scope"),
    ] {
        let reply = Form { fields, nonce: &format!("{name}{code}"), ..FORM }.send(&server).await;
        refused(&reply, 400, 400_200, error);
        let fault = &reply.json()["errorFields"][0];
        assert_eq!((fault["name"].as_str(), fault["errorCode"].as_i64()), (Some(name), Some(code)), "{fault}");
    }
    let number = json_request(&server, "", &[], "js").json(r#"{"grantType":5}"#).send().await;
    assert_eq!(number.json()["errorFields"][0]["errorCode"], 400_217);
    let two = Form { fields: &[GRANT[0], ("scope", &format!("{ATLAS} {ATLAS}"))], nonce: "two", ..FORM }.send(&server).await;
    refused(&two, 400, 400_981, "invalid_scope");
    let foreign = [GRANT[0], ("scope", "hrn:here:authorization::other:project/x")];
    refused(&Form { fields: &foreign, nonce: "foreign", ..FORM }.send(&server).await, 403, 403_109, "invalid_scope");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_requests_are_refused_by_name() {
    let server = server().await;
    let to = || server.request("POST", "/oauth2/token");
    let good = FORM.header(&server);
    let form = "grant_type=client_credentials";
    refused(&to().form(form).send().await, 401, 401_202, "invalid_request");
    refused(&to().header("authorization", "Bearer x").form(form).send().await, 401, 401_202, "invalid_request");
    refused(&to().header("authorization", b"OAuth \xff").form(form).send().await, 401, 401_202, "invalid_request");
    refused(&to().header("authorization", &good).header("authorization", &good).form(form).send().await, 401, 401_202, "invalid_request");
    let odd = |from: &str, into: &str| to().header("authorization", good.replace(from, into)).form(form).send();
    refused(&odd("HMAC-SHA256", "ES512").await, 401, 401_205, "invalid_request");
    refused(&odd("\"1.0\"", "\"2.0\"").await, 401, 401_206, "invalid_request");
    refused(&odd("n-1", "%00").await, 401, 401_202, "invalid_request");
    refused(&odd(KEY, "sa%3A%3Aapp").await, 401, 401_300, "invalid_client");
    let with = |request: Request| request.header("authorization", &good);
    refused(&with(to()).body(form).send().await, 400, 400_003, "invalid_request");
    refused(&with(to()).header("content-type", "text/plain").body(form).send().await, 400, 400_004, "invalid_request");
    refused(&with(to()).json("{").send().await, 400, 400_002, "invalid_request");
    refused(&with(to()).json(r#"{"grantType":"x","grantType":"y"}"#).send().await, 400, 400_002, "invalid_request");
    refused(&with(to()).form("grant_type=%zz").send().await, 400, 400_002, "invalid_request");
    refused(&with(to()).form("x".repeat(65_537)).send().await, 413, 413_000, "invalid_request");
    FORM.send(&server).await.expect(200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_scope_is_a_trap_that_is_kept() {
    let server = server().await;
    let reply = Form { key: "scopedKey0000001", secret: "scoped-secret-CANARY-1", ..FORM }.send(&server).await.expect(200);
    assert_eq!(reply["scope"], ATLAS);
    support_refused(&server.get("/support", reply["access_token"].as_str().unwrap()).await, 403, "403403");
    server.stop().await;
}

fn assertion(server: &Server, jti: Option<&str>) -> String {
    let mut claims = json!({
        "iss": "sa::signer", "sub": "sa::signer", "aud": format!("http://{}/oauth2/token", server.address),
        "exp": server.clock.now().seconds() + 60,
    });
    if let Some(jti) = jti {
        claims["jti"] = Value::from(jti);
    }
    let header = Header { kid: Some("signer-key-1".to_owned()), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_rsa_pem(PRIVATE.as_bytes()).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_prove_itself_by_an_assertion_once() {
    let signer = format!(
        "\n[[realms]]\nid = \"keys\"\nname = \"Keys\"\n[[realms.accounts]]\nid = \"sa::signer\"\nkind = \"service\"\n\
         [[realms.accounts.credentials]]\ntype = \"public-key\"\nid = \"signer-key-1\"\npem = '''\n{PUBLIC}'''\n"
    );
    let server = Start { manifest: format!("{MANIFEST}{signer}"), ..Start::on(Database::sqlite()) }.run().await;
    let metadata = server.request("GET", "/.well-known/oauth-authorization-server").send().await.expect(200);
    assert_eq!(metadata["token_endpoint"], format!("http://{}/oauth2/token", server.address));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let form = |assertion: &str| format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}");
    let send = |body: String| server.request("POST", "/oauth2/token").form(body).send();

    let once = assertion(&server, Some("j-1"));
    assert_eq!(send(form(&once)).await.expect(200)["token_type"], "bearer");
    refused(&send(form(&once)).await, 401, 401_207, "invalid_client");
    let without = assertion(&server, None);
    send(form(&without)).await.expect(200);
    let in_json =
        json!({"grantType": "client_credentials", "clientAssertionType": kind, "clientAssertion": assertion(&server, Some("j-2"))});
    assert_eq!(server.request("POST", "/oauth2/token").json(in_json.to_string()).send().await.expect(200)["tokenType"], "bearer");
    refused(&send(form("a.b.c")).await, 401, 401_300, "invalid_client");
    refused(&send(form(&without).replace("jwt-bearer", "saml2-bearer")).await, 401, 401_300, "invalid_client");
    let forged = without.replacen("eyJ", "eyK", 1);
    refused(&send(form(&forged)).await, 401, 401_300, "invalid_client");
    server.clock.advance_ms(60_000);
    refused(&send(form(&without)).await, 401, 401_300, "invalid_client");
    server.stop().await;
}
