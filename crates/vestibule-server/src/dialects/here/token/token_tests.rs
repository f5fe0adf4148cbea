//! The pieces of the token endpoint that need no server: which proof counts, lifetimes, answers.

use axum::{body::to_bytes, http::StatusCode};

use super::{refusal::FieldCode, *};

const ASSERTED: &str = "client_assertion=x&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn sent(body: &str) -> Sent {
    Sent::Form(request::pairs(body).unwrap())
}

fn find(authorizations: &[&str], body: &str) -> TokenRefusal {
    let mut all = HeaderMap::new();
    for value in authorizations {
        all.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
    }
    Proof::find(&all, &sent(body), Timestamp::EPOCH).err().unwrap()
}

#[test]
fn a_request_brings_one_proof() {
    assert_eq!(find(&[], ""), TokenRefusal::Header("it is missing"));
    assert!(matches!(find(&["Bearer x"], ""), TokenRefusal::Header(what) if what.starts_with("it is not")));
    assert_eq!(find(&["OAuth a=\"b\"", "OAuth a=\"b\""], ""), TokenRefusal::Header("there is more than one proof"));
    assert_eq!(find(&["OAuth a=\"b\""], ASSERTED), TokenRefusal::Header("there is more than one proof"));
    assert!(matches!(find(&[], ASSERTED), TokenRefusal::Unproven(what) if what.contains("is not a JWT")));
    assert!(matches!(find(&[], "client_assertion=x"), TokenRefusal::Unproven(what) if what.contains("type")));
    assert!(matches!(find(&[], "client_assertion=x&client_assertion_type=saml"), TokenRefusal::Unproven(_)));
    for (body, code) in [("client_assertion=", FieldCode::Empty), ("client_assertion=x&client_assertion=x", FieldCode::Invalid)] {
        assert!(matches!(find(&[], body), TokenRefusal::Fields(faults) if faults[0].code == code), "{body}");
    }
}

#[test]
fn a_lifetime_above_the_default_is_ignored() {
    for (wished, lifetime) in
        [(None, 3600), (Some(1), 1), (Some(3599), 3599), (Some(3600), 3600), (Some(3601), 3600), (Some(i64::MAX), 3600)]
    {
        assert_eq!(lifetime_s(wished, 3600), lifetime);
    }
}

#[tokio::test]
async fn an_answer_has_the_encoding_of_its_question() {
    let issued =
        |scope: Option<&str>| IssuedToken { token: "t0ken".into(), expires_in_s: 3600, scope: scope.map(|scope| scope.parse().unwrap()) };
    let scope = "hrn:here:authorization::acme:project/atlas";
    let json_body = body::object(b"{}").unwrap();
    for (sent, scope, expected) in [
        (sent(""), None, json!({"access_token": "t0ken", "token_type": "bearer", "expires_in": 3600})),
        (sent(""), Some(scope), json!({"access_token": "t0ken", "token_type": "bearer", "expires_in": 3600, "scope": scope})),
        (
            Sent::Json(json_body.clone()),
            Some(scope),
            json!({"accessToken": "t0ken", "tokenType": "bearer", "expiresIn": 3600, "scope": scope}),
        ),
        (Sent::Json(json_body), None, json!({"accessToken": "t0ken", "tokenType": "bearer", "expiresIn": 3600})),
    ] {
        let (parts, body) = answer(&issued(scope), &sent).into_parts();
        assert_eq!((parts.status, &parts.headers[CACHE_CONTROL]), (StatusCode::OK, &HeaderValue::from_static("no-store")));
        let body: Value = serde_json::from_slice(&to_bytes(body, 10_000).await.unwrap()).unwrap();
        assert_eq!(body, expected);
    }
}

#[test]
fn a_query_is_signed_and_one_that_cannot_be_decoded_is_no_ones() {
    // Computed with Python's `hmac`: the C vector of the page, section 6.1.
    let header = "OAuth oauth_consumer_key=\"dK7pQ2sVx9LmT4wZ\",oauth_nonce=\"n0nCe7\",oauth_timestamp=\"1767225600\",\
                  oauth_signature_method=\"HMAC-SHA256\",oauth_version=\"1.0\",\
                  oauth_signature=\"V3p3owAFnHvFAaWjL3mYXqmLco3%2B31NKcz%2F5b2TxmyQ%3D\"";
    let signed = Signed::read(header.as_bytes(), Timestamp::from_seconds(1_767_225_600)).unwrap();
    let json_body = Sent::Json(body::object(b"{\"grantType\":\"client_credentials\"}").unwrap());
    let headers: HeaderMap = [(HOST, HeaderValue::from_static("127.0.0.1:8080"))].into_iter().collect();
    for (query, good) in [
        ("?sentWith=OLP-TS-SDK-1.12.0", true),
        ("?sentWith=OLP%2DTS-SDK-1.12.0", true),
        ("?sentWith=OLP-TS-SDK-1.12.1", false),
        ("?sentWith=OLP-TS-SDK-1.12.0&more", false),
        ("?sentWith=%", false),
        ("", false),
    ] {
        let uri: Uri = format!("/oauth2/token{query}").parse().unwrap();
        let secret = "v8Rk-2nQ_xW5tYhB3jLcMz7pSdFg1aEo";
        assert_eq!(is_signed_by(&signed, secret, "https://public.example", &headers, &uri, &json_body), good, "{query}");
    }
}
