//! Assertions: the good one, each claim off by one, and hostile shapes.

use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

use super::*;

/// Made for these tests alone.
const PRIVATE: &str = include_str!("assertion_test_key.pem");
const PUBLIC: &str = include_str!("assertion_test_key.pub.pem");
const OTHER: &str = include_str!("assertion_other_key.pub.pem");
const NOW: i64 = 1_767_225_600;
const HERE: &str = "https://v.example/oauth2/token";

fn sign(claims: &Value) -> String {
    let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_rsa_pem(PRIVATE.as_bytes()).unwrap()).unwrap()
}

fn good() -> Value {
    json!({ "iss": "app", "sub": "app", "aud": HERE, "exp": NOW + 60, "jti": "j1" })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    claims[name] = value;
    claims
}

fn verify(raw: &str, pem: &str) -> Result<Proof, TokenRefusal> {
    Assertion::read(raw)?.verify(pem, "app", HERE, Timestamp::from_seconds(NOW))
}

#[test]
fn a_client_proves_itself_with_its_key() {
    let proof = |jti: Option<&str>, until| Ok(Proof { jti: jti.map(str::to_owned), until: Timestamp::from_seconds(until) });
    assert_eq!(Assertion::read(&sign(&good())).unwrap().key_id, "k1");
    assert_eq!(verify(&sign(&good()), PUBLIC), proof(Some("j1"), NOW + 60));
    assert_eq!(verify(&sign(&with("aud", json!(["x", HERE]))), PUBLIC), proof(Some("j1"), NOW + 60));
    assert_eq!(verify(&sign(&with("exp", json!(NOW + 1))), PUBLIC), proof(Some("j1"), NOW + 1));
    assert_eq!(verify(&sign(&with("exp", json!(NOW + 86_400))), PUBLIC), proof(Some("j1"), NOW + 86_400));
    assert_eq!(verify(&sign(&with("iat", json!(NOW as f64 + 0.5))), PUBLIC), proof(Some("j1"), NOW + 60));
    assert_eq!(verify(&sign(&with("nbf", json!(NOW + 600))), PUBLIC), proof(Some("j1"), NOW + 60));
    let mut without = good();
    without.as_object_mut().unwrap().remove("jti");
    assert_eq!(verify(&sign(&without), PUBLIC), proof(None, NOW + 60));
}

#[test]
fn a_claim_that_is_off_proves_nothing() {
    for (name, value, part) in [
        ("iss", json!("App"), "`iss` and `sub`"),
        ("sub", json!("other"), "`iss` and `sub`"),
        ("sub", json!(["app"]), "`iss` and `sub`"),
        ("aud", json!("https://v.example/oauth2/token/"), "`aud`"),
        ("aud", json!([]), "`aud`"),
        ("aud", json!(null), "`aud`"),
        ("exp", json!(NOW), "`exp`"),
        ("exp", json!(NOW + 86_401), "`exp`"),
        ("exp", json!((NOW + 60).to_string()), "`exp`"),
        ("exp", json!(1e300), "`exp`"),
        ("exp", json!(-1e300), "`exp`"),
        ("exp", json!(null), "`exp`"),
        ("nbf", json!(NOW + 601), "not valid yet"),
        ("nbf", json!("now"), "not valid yet"),
        ("iat", json!(NOW + 601), "not valid yet"),
        ("jti", json!(5), "`jti`"),
        ("jti", json!(""), "`jti`"),
        ("jti", json!("\u{0}"), "`jti`"),
        ("jti", json!("j".repeat(256)), "`jti`"),
    ] {
        match verify(&sign(&with(name, value.clone())), PUBLIC) {
            Err(TokenRefusal::Unproven(what)) => assert!(what.contains(part), "{name} {value}: {what}"),
            other => panic!("{name} {value}: {other:?}"),
        }
    }
}

#[test]
fn only_the_registered_key_signs() {
    let raw = sign(&good());
    let (message, signature) = raw.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let forged = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(with("jti", json!("j2")).to_string()));
    for (raw, pem) in [
        (raw.as_str(), OTHER),
        (raw.as_str(), "not a key"),
        (raw.as_str(), ""),
        (forged.as_str(), PUBLIC),
        (&format!("{message}."), PUBLIC),
        (&format!("{message}.****"), PUBLIC),
        (&format!("{raw}="), PUBLIC),
    ] {
        assert_eq!(verify(raw, pem), Err(TokenRefusal::Unproven("The client assertion is not signed by this key.")), "{raw}");
    }
}

#[test]
fn what_is_no_rs256_jwt_is_not_read() {
    let claims = URL_SAFE_NO_PAD.encode(good().to_string());
    let with_header = |header: &str| format!("{}.{claims}.c2ln", URL_SAFE_NO_PAD.encode(header));
    assert!(Assertion::read(&with_header(r#"{"alg":"RS256","kid":"k"}"#)).is_ok());
    for raw in [
        String::new(),
        "...".to_owned(),
        "a.b.c".to_owned(),
        "\u{0}".to_owned(),
        with_header(r#"{"alg":"none","kid":"k"}"#),
        with_header(r#"{"alg":"HS256","kid":"k"}"#),
        with_header(r#"{"alg":"RS512","kid":"k"}"#),
        with_header(r#"{"alg":"RS256"}"#),
        with_header(r#"{"alg":"RS256","kid":""}"#),
        with_header(r#"{"alg":"RS256","kid":5}"#),
        with_header(r#"{"alg":"RS256","kid":"\u0000"}"#),
        with_header(r#"{"alg":"RS256","kid":"k","crit":["b64"],"b64":false}"#),
        with_header(r#"{"alg":"none","alg":"RS256","kid":"k"}"#),
        format!("{}.W10.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"k"}"#)),
        format!("x.{}", with_header(r#"{"alg":"RS256","kid":"k"}"#)),
    ] {
        assert!(matches!(Assertion::read(&raw), Err(TokenRefusal::Unproven(_))), "{raw}");
    }
}
