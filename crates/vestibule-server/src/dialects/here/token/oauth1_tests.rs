//! Signatures: the page's vectors (`spec/here-support.md`, section 6.1) and others computed with
//! Python's `hmac`; then every way of misspelling the header, and both edges of the window.

use super::*;

const SECRET: &str = "v8Rk-2nQ_xW5tYhB3jLcMz7pSdFg1aEo";
const URL: &str = "http://127.0.0.1:8080/oauth2/token";
const NOW: i64 = 1_767_225_600;

fn now() -> Timestamp {
    Timestamp::from_seconds(NOW)
}

fn header(method: &str, signature: &str) -> String {
    format!(
        "OAuth oauth_consumer_key=\"dK7pQ2sVx9LmT4wZ\", oauth_nonce=\"n0nCe7\", oauth_timestamp=\"{NOW}\", \
         oauth_signature_method=\"{method}\", oauth_version=\"1.0\", oauth_signature=\"{}\"",
        encode(signature)
    )
}

fn owned(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[track_caller]
fn check(method: &str, parameters: &[(&str, &str)], base: &str, signature: &str) {
    let signed = Signed::read(header(method, signature).as_bytes(), now()).unwrap();
    let (urls, parameters) = ([URL.to_owned()], owned(parameters));
    let prefix = "POST&http%3A%2F%2F127.0.0.1%3A8080%2Foauth2%2Ftoken&";
    assert_eq!(base_string(URL, signed.members.iter().chain(&parameters)), format!("{prefix}{base}"));
    assert!(signed.is_by(SECRET, &urls, &parameters));
    assert!(!signed.is_by("", &urls, &parameters), "another secret");
    assert!(!signed.is_by(SECRET, &["http://127.0.0.1:8081/oauth2/token".to_owned()], &parameters), "another address");
    assert!(!signed.is_by(SECRET, &urls, &[parameters, owned(&[("x", "")])].concat()), "another parameter");
    assert!(!signed.is_by(SECRET, &[], &[]), "no address");
}

#[test]
fn the_vectors_of_the_page_verify() {
    const FIVE: &str = "oauth_consumer_key%3DdK7pQ2sVx9LmT4wZ%26oauth_nonce%3Dn0nCe7%26oauth_signature_method%3DHMAC-SHA256%26oauth_timestamp%3D1767225600%26oauth_version%3D1.0";
    let grant = ("grant_type", "client_credentials");
    check("HMAC-SHA256", &[grant], &format!("grant_type%3Dclient_credentials%26{FIVE}"), "xsUjTyzp+qhV+LBiSWPrBNVZrjoK0Zv/W4gJiTriWms=");
    check(
        "HMAC-SHA256",
        &[grant, ("expires_in", "600"), ("scope", "hrn:here:authorization::rlmdemo01:project/atlas")],
        &format!(
            "expires_in%3D600%26grant_type%3Dclient_credentials%26{FIVE}%26scope%3Dhrn%253Ahere%253Aauthorization%253A%253Arlmdemo01%253Aproject%252Fatlas"
        ),
        "VyUgx5cpaGhIEm6m+w+jxlFVRs8L3stocRLsOWcAcGo=",
    );
    check(
        "HMAC-SHA256",
        &[("sentWith", "OLP-TS-SDK-1.12.0")],
        &format!("{FIVE}%26sentWith%3DOLP-TS-SDK-1.12.0"),
        "V3p3owAFnHvFAaWjL3mYXqmLco3+31NKcz/5b2TxmyQ=",
    );
    check("HMAC-SHA256", &[], FIVE, "x14iGPLICoItqRVZSW0V7XnrB6pdIaNaMJVU0WLwjvI=");
    check(
        "HMAC-SHA256",
        &[grant, ("a b", "ü&="), ("a b", "+"), ("A", "~"), ("grant_type", "")],
        &format!("A%3D~%26a%2520b%3D%252B%26a%2520b%3D%25C3%25BC%2526%253D%26grant_type%3D%26grant_type%3Dclient_credentials%26{FIVE}"),
        "F7X9FMrEkynPgNBcLP7VnbMZryejRpdcZVxIMfEQyBU=",
    );
    let sha1 = FIVE.replace("SHA256", "SHA1");
    check("HMAC-SHA1", &[grant], &format!("grant_type%3Dclient_credentials%26{sha1}"), "9qNPjIbmoviEL2GHndO6wPchOdQ=");
}

#[test]
fn a_header_is_read_in_any_order_and_spacing() {
    let plain = Signed::read(header("HMAC-SHA256", "c2ln").as_bytes(), now()).unwrap();
    assert_eq!((plain.key_id.as_str(), plain.nonce.as_str()), ("dK7pQ2sVx9LmT4wZ", "n0nCe7"));
    assert_eq!(plain.nonce_until, Timestamp::from_seconds(NOW + 601));
    let sorted = |signed: Signed| {
        let mut members = signed.members.clone();
        members.sort();
        Signed { members, ..signed }
    };
    let mut parts: Vec<_> = header("HMAC-SHA256", "c2ln").trim_start_matches("OAuth ").split(", ").map(str::to_owned).collect();
    parts.reverse();
    for other in [
        format!("OAuth {}", parts.join(",")),
        format!("oauth   {}", parts.join(" ,\t")),
        format!("OAuth realm=\"h\", {}", parts.join(", ")),
        header("HMAC-SHA256", "c2ln").replace("n0nCe7", "n0n%43e7"),
    ] {
        assert_eq!(sorted(Signed::read(other.as_bytes(), now()).unwrap()), sorted(plain.clone()), "{other}");
    }
}

#[test]
fn a_misspelt_header_is_refused() {
    let good = header("HMAC-SHA256", "c2ln");
    let bearer = "Bearer abc".to_owned();
    let cases = [
        (String::new(), "it is not"),
        ("OAuth".to_owned(), "it is not"),
        ("OAuth ".to_owned(), "it is not"),
        (bearer, "it is not"),
        (good.replace("OAuth ", "OAuth2 "), "it is not"),
        (good.replace("OAuth ", "OAuth, "), "it is not"),
        (format!("{good},"), "it is not"),
        (format!("{good}, oauth_nonce=\"x\""), "it is not"),
        (format!("{good}, =\"x\""), "it is not"),
        (good.replace("\"n0nCe7\"", "n0nCe7"), "it is not"),
        (good.replace("\"n0nCe7\"", "\"n0nCe7"), "it is not"),
        (good.replace("\"n0nCe7\"", "\""), "it is not"),
        (good.replace("n0nCe7", "n0%nCe7"), "it is not"),
        (good.replace("n0nCe7", "n0%ff"), "it is not"),
        (good.replace("n0nCe7", "%00"), "oauth_nonce"),
        (good.replace("n0nCe7", ""), "oauth_nonce"),
        (good.replace("n0nCe7", &"n".repeat(256)), "oauth_nonce"),
        (good.replace("oauth_consumer_key", "consumer_key"), "oauth_consumer_key"),
        (good.replace("oauth_timestamp", "oauth_time"), "oauth_timestamp"),
        (good.replace("1767225600", "soon"), "oauth_timestamp"),
        (good.replace("1767225600", "%2B1767225600"), "oauth_timestamp"),
        (good.replace("1767225600", "-1767225600"), "oauth_timestamp"),
        (good.replace("1767225600", "99999999999999999999"), "oauth_timestamp"),
        (good.replace("oauth_signature_method", "oauth_method"), "oauth_signature_method"),
        (good.replace("oauth_signature=", "signature="), "oauth_signature"),
        (good.replace("c2ln", "c2ln*"), "oauth_signature"),
        (format!("{good}, oauth_token=\"t\""), "oauth_token"),
    ];
    for (header, part) in cases {
        match Signed::read(header.as_bytes(), now()) {
            Err(TokenRefusal::Header(what)) => assert!(what.starts_with(part), "{header}: {what}"),
            other => panic!("{header}: {other:?}"),
        }
    }
    assert!(matches!(Signed::read(b"OAuth \xff", now()), Err(TokenRefusal::Header(_))));
    assert!(Signed::read(format!("{good}, oauth_token=\"\"").as_bytes(), now()).is_ok(), "an empty token is none");
    assert!(Signed::read(good.replace("n0nCe7", &"n".repeat(255)).as_bytes(), now()).is_ok());
}

/// A header of 400 kB in tiny members kept a thread busy for three seconds before anybody was known to have sent it.
#[test]
fn a_header_has_a_bounded_number_of_members() {
    let good = header("HMAC-SHA256", "c2ln");
    let with = |more: usize| (0..more).fold(good.clone(), |header, n| format!("{header},x{n}=\"\""));
    let sent = good.matches('=').count();
    assert!(Signed::read(with(MEMBERS_MAX - sent).as_bytes(), now()).is_ok());
    assert!(matches!(Signed::read(with(MEMBERS_MAX - sent + 1).as_bytes(), now()), Err(TokenRefusal::Header(_))));
}

#[test]
fn a_wrong_method_speaks_before_a_wrong_version_and_that_before_a_wrong_time() {
    let late = now().plus_seconds(601);
    for method in ["ES512", "PLAINTEXT", "hmac-sha256", "RSA-SHA1"] {
        let odd = header(method, "c2ln").replace("1.0", "2.0");
        assert_eq!(Signed::read(odd.as_bytes(), late), Err(TokenRefusal::Method), "{method}");
    }
    let good = header("HMAC-SHA1", "c2ln");
    assert_eq!(Signed::read(good.replace("1.0", "1.0a").as_bytes(), late), Err(TokenRefusal::Version));
    assert!(Signed::read(good.replace(", oauth_version=\"1.0\"", "").as_bytes(), now()).is_ok(), "the version may be left out");
}

#[test]
fn the_window_is_ten_minutes_either_way() {
    let header = header("HMAC-SHA256", "c2ln");
    for (clock_ahead_s, offset_s) in [(600, None), (601, Some(-601)), (-600, None), (-601, Some(601)), (1800, Some(-1800))] {
        let read = Signed::read(header.as_bytes(), now().plus_seconds(clock_ahead_s));
        assert_eq!(read.err(), offset_s.map(|offset_s| TokenRefusal::Timestamp { offset_s }));
    }
    let huge = header.replace("1767225600", "9223372036854775807");
    assert!(matches!(Signed::read(huge.as_bytes(), now()), Err(TokenRefusal::Timestamp { .. })));
}

#[test]
fn a_client_may_sign_the_public_address_or_its_own_host() {
    for (public, host, expected) in [
        ("http://127.0.0.1:8080", Some("127.0.0.1:8080"), &[URL][..]),
        ("http://127.0.0.1:8080", None, &[URL]),
        (
            "https://Vestibule.Example/in",
            Some("10.0.0.7:443"),
            &["https://vestibule.example/in/oauth2/token", "https://10.0.0.7/in/oauth2/token", "http://10.0.0.7:443/oauth2/token"],
        ),
        ("http://v.example:80", Some("V.example"), &["http://v.example/oauth2/token"]),
    ] {
        assert_eq!(token_urls(public, host, "/oauth2/token"), expected);
    }
}
