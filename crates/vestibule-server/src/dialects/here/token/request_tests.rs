//! Token requests: both encodings side by side, each fault, and both sides of each edge.

use axum::http::{HeaderValue, header::CONTENT_TYPE};

use super::*;

const ATLAS: &str = "hrn:here:authorization::acme:project/atlas";

fn sent(kind: MediaType, body: &str) -> Result<Sent, Malformed> {
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(kind.as_str()))].into_iter().collect();
    Sent::read(&headers, body.as_bytes())
}

fn form(body: &str) -> Sent {
    sent(MediaType::Form, body).unwrap()
}

fn json(body: &str) -> Sent {
    sent(MediaType::Json, body).unwrap()
}

#[track_caller]
fn wishes(sent: &Sent, expires_in_s: Option<i64>, scope: Option<&str>) {
    let scope = scope.map(|scope| scope.parse().unwrap());
    assert_eq!(sent.wish(), Ok(TokenRequest { expires_in_s, scope }), "{sent:?}");
}

#[track_caller]
fn faults(sent: &Sent, expected: &[(&str, FieldCode)]) {
    match sent.wish() {
        Err(TokenRefusal::Fields(faults)) => {
            assert_eq!(faults.iter().map(|fault| (fault.name, fault.code)).collect::<Vec<_>>(), expected, "{sent:?}");
        }
        other => panic!("{sent:?}: {other:?}"),
    }
}

#[test]
fn both_encodings_mean_the_same() {
    wishes(&form("grant_type=client_credentials"), None, None);
    wishes(&json(r#"{"grantType":"client_credentials"}"#), None, None);
    wishes(&form(&format!("scope={ATLAS}&grant_type=client%5fcredentials&expires_in=600&other=1&other=2")), Some(600), Some(ATLAS));
    wishes(
        &json(&format!(r#"{{"grantType":"client_credentials","expiresIn":600,"scope":"{ATLAS}","other":[],"tokenFormat":"hN"}}"#)),
        Some(600),
        Some(ATLAS),
    );
    wishes(&json(r#"{"grantType":"client_credentials","expiresIn":null,"scope":null,"tokenFormat":null}"#), None, None);
}

#[test]
fn a_lifetime_is_a_whole_number_of_seconds() {
    let form = |value: &str| form(&format!("grant_type=client_credentials&expires_in={value}"));
    let json = |value: &str| json(&format!(r#"{{"grantType":"client_credentials","expiresIn":{value}}}"#));
    for (value, expected) in [("0", None), ("1", Some(1)), ("00600", Some(600)), ("99999999999999999999", Some(i64::MAX))] {
        wishes(&form(value), expected, None);
    }
    for (value, expected) in [("0", None), ("-0", None), ("6e2", Some(600)), ("600.0", Some(600)), ("1e300", Some(i64::MAX))] {
        wishes(&json(value), expected, None);
    }
    for (value, code) in [
        ("-1", FieldCode::TooSmall),
        ("-99999999999999999999", FieldCode::TooSmall),
        ("1.5", FieldCode::NotNumber),
        ("6e2", FieldCode::NotNumber),
        ("%2B6", FieldCode::NotNumber),
        ("-", FieldCode::NotNumber),
        ("ten", FieldCode::NotNumber),
        ("%D9%A6", FieldCode::NotNumber),
        ("", FieldCode::Empty),
        ("1&expires_in=1", FieldCode::Invalid),
    ] {
        faults(&form(value), &[("expires_in", code)]);
    }
    for (value, code) in [
        ("-1", FieldCode::TooSmall),
        ("-1e300", FieldCode::TooSmall),
        ("1.5", FieldCode::NotNumber),
        ("\"600\"", FieldCode::NotNumber),
        ("\"\"", FieldCode::Empty),
        ("true", FieldCode::NotNumber),
        ("[600]", FieldCode::NotNumber),
    ] {
        faults(&json(value), &[("expiresIn", code)]);
    }
}

#[test]
fn a_scope_is_one_project() {
    let form = |value: &str| form(&format!("grant_type=client_credentials&scope={value}"));
    for (value, code) in [
        ("", FieldCode::Empty),
        ("%22", FieldCode::ScopeCharacter),
        ("%5C", FieldCode::ScopeCharacter),
        ("%C3%BC", FieldCode::ScopeCharacter),
        ("%09", FieldCode::ScopeCharacter),
        ("openid", FieldCode::Scope),
        ("+", FieldCode::Scope),
        ("hrn:here:authorization::acme:project/", FieldCode::Scope),
        ("hrn:here:account::acme:app/x", FieldCode::Scope),
        (&format!("{ATLAS}+"), FieldCode::Scope),
    ] {
        faults(&form(value), &[("scope", code)]);
    }
    for value in ["a+b", &format!("{ATLAS}+{ATLAS}"), &format!("{ATLAS}&scope={ATLAS}")] {
        assert_eq!(form(value).wish(), Err(TokenRefusal::ManyScopes), "{value}");
    }
    let two = json(&format!(r#"{{"grantType":"client_credentials","scope":"{ATLAS} {ATLAS}"}}"#));
    assert_eq!(two.wish(), Err(TokenRefusal::ManyScopes));
    faults(&json(r#"{"grantType":"client_credentials","scope":5}"#), &[("scope", FieldCode::NotString)]);
}

#[test]
fn every_field_that_cannot_be_read_is_named() {
    for (sent, code) in [
        (form(""), FieldCode::Missing),
        (form("grantType=client_credentials"), FieldCode::Missing),
        (form("grant_type="), FieldCode::Empty),
        (form("grant_type"), FieldCode::Empty),
        (form("grant_type=password"), FieldCode::GrantType),
        (form("grant_type=jwtIssNotHERE"), FieldCode::GrantType),
        (form("grant_type=urn:ietf:params:oauth:grant-type:token-exchange"), FieldCode::GrantType),
        (form("grant_type=client_credentials&grant_type=client_credentials"), FieldCode::Invalid),
    ] {
        faults(&sent, &[("grant_type", code)]);
    }
    for (body, code) in [
        ("{}", FieldCode::Missing),
        (r#"{"grant_type":"client_credentials"}"#, FieldCode::Missing),
        (r#"{"grantType":null}"#, FieldCode::Missing),
        (r#"{"grantType":""}"#, FieldCode::Empty),
        (r#"{"grantType":["client_credentials"]}"#, FieldCode::NotString),
    ] {
        faults(&json(body), &[("grantType", code)]);
    }
    faults(
        &form("expires_in=x&scope=%22&token_format=xml"),
        &[
            ("grant_type", FieldCode::Missing),
            ("token_format", FieldCode::Invalid),
            ("expires_in", FieldCode::NotNumber),
            ("scope", FieldCode::ScopeCharacter),
        ],
    );
}

#[test]
fn only_a_form_is_signed() {
    let pairs = form("b=%2B+&a=&a").signed().to_vec();
    assert_eq!(pairs, [("b", "+ "), ("a", ""), ("a", "")].map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(json(r#"{"a":1}"#).signed(), []);
}

#[test]
fn a_body_that_cannot_be_decoded_is_refused_whole() {
    for body in ["a=%", "a=%zz", "%ff=1", "a=%e2%82"] {
        assert!(matches!(sent(MediaType::Form, body).unwrap_err().fault, Fault::NotJson(_)), "{body}");
    }
    assert_eq!(sent(MediaType::Json, "[]").unwrap_err().fault, Fault::NotA("a JSON object"));
    assert_eq!(sent(MediaType::Json, r#"{"a":1,"a":1}"#).unwrap_err().fault, Fault::Repeated);
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(MediaType::Form.as_str()))].into_iter().collect();
    assert_eq!(Sent::read(&headers, b"a=\xff").unwrap_err().fault, Fault::NotUtf8);
    assert_eq!(Sent::read(&HeaderMap::new(), b"a=b").unwrap_err().fault, Fault::NoContentType);
}
