//! Bodies: each way of being unreadable, and both sides of each limit.

use axum::http::HeaderValue;
use serde_json::json;

use super::*;

fn nested(levels: usize) -> String {
    format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn a_body_is_one_strict_json_value() {
    let not_json = |part: &str| Err(part.to_owned());
    for (bytes, expected) in [
        (&br#"{"a":1,"b":{"a":2}}"#[..], Ok(json!({"a":1,"b":{"a":2}}))),
        (b" null ", Ok(Value::Null)),
        (br#""\ud83d\ude00""#, Ok(json!("😀"))),
        (nested(DEPTH_MAX).as_bytes(), Ok(serde_json::from_str(&nested(DEPTH_MAX)).unwrap())),
        (nested(DEPTH_MAX + 1).as_bytes(), not_json("`body` nests deeper than 32")),
        (nested(30_000).as_bytes(), not_json("`body` nests deeper than 32")),
        (br#"{"a":1,"a":1}"#, not_json("`a` is given more than once")),
        (br#"{"a":{"b":[{"c":1,"\u0063":null}]}}"#, not_json("`a.b.c` is given more than once")),
        (b"", not_json("EOF while parsing")),
        (br#"{"a":"#, not_json("EOF while parsing")),
        (br#"{"a":1} x"#, not_json("trailing characters")),
        (br#"{"a":1}{"a":1}"#, not_json("trailing characters")),
        (br#"{"a":1,}"#, not_json("trailing comma")),
        (br#"["\ud800"]"#, not_json("`body` is not JSON")),
        (br#"["\udc00x"]"#, not_json("`body` is not JSON")),
        (b"[1e999]", not_json("number out of range")),
        (b"[NaN]", not_json("`body` is not JSON")),
        (b"\"a\nb\"", not_json("control character")),
        (b"\xef\xbb\xbf{}", not_json("`body` is not JSON")),
        (b"\"\xff\"", not_json("`body` is not UTF-8")),
        (b"\"\xed\xa0\x80\"", not_json("`body` is not UTF-8")),
    ] {
        match (value(bytes), expected) {
            (Ok(read), Ok(expected)) => assert_eq!(read, expected),
            (Err(refusal), Err(part)) => assert!(refusal.to_string().contains(&part), "{refusal} / {part}"),
            (read, expected) => panic!("{:?}: {read:?} instead of {expected:?}", String::from_utf8_lossy(bytes)),
        }
    }
}

#[test]
fn numbers_of_any_size_are_read() {
    for text in ["18446744073709551615", "-9223372036854775808", "99999999999999999999999", "1e300", "-0.0", "1E-400"] {
        assert!(value(text.as_bytes()).unwrap().is_number(), "{text}");
    }
}

#[test]
fn only_an_object_is_an_object() {
    for text in ["[]", "null", "\"{}\"", "1"] {
        assert_eq!(object(text.as_bytes()), Err(Malformed::body(Fault::NotA("a JSON object"))), "{text}");
    }
}

#[test]
fn members_are_typed_missing_or_absent() {
    let body = object(br#"{"text":"x","null":null,"number":7,"half":0.5,"yes":true,"list":[1],"in":{"a":1}}"#).unwrap();
    let missing = |name| Err(Malformed::new(name, Fault::Missing));
    let not = |name, what| Err(Malformed::new(name, Fault::NotA(what)));
    assert_eq!(body.text("text"), Ok("x"));
    assert_eq!(body.text("absent"), missing("absent"));
    assert_eq!(body.text("null"), missing("null"));
    assert_eq!(body.text("number"), not("number", "a string").map(|()| ""));
    assert_eq!(body.text_or_none("null"), Ok(None));
    assert_eq!(body.boolean_or_none("yes"), Ok(Some(true)));
    assert_eq!(body.boolean_or_none("number"), not("number", "a boolean").map(|()| None));
    assert_eq!(body.integer_or_none("number"), Ok(Some(7)));
    assert_eq!(body.integer_or_none("half"), not("half", "an integer").map(|()| None));
    assert_eq!(body.list_or_none("list").unwrap().unwrap().len(), 1);
    assert_eq!(body.object_or_none("in").unwrap().unwrap().len(), 1);
    assert_eq!(body.object_or_none("list"), not("list", "a JSON object").map(|()| None));
    assert_eq!(body.get("null"), Some(&Value::Null));
    assert_eq!(Object::new(Map::new()).only(&[]), Ok(()));
    assert_eq!(body.only(&["text", "null"]).unwrap_err().fault, Fault::UnknownMember);
}

#[tokio::test]
async fn a_body_has_at_most_64_kib() {
    let of = |bytes: usize| Body::from(vec![b' '; bytes]);
    assert_eq!(read(of(BODY_BYTES_MAX)).await.unwrap().len(), BODY_BYTES_MAX);
    let too_long = Err(Malformed::body(Fault::TooLong { limit: BODY_BYTES_MAX }));
    assert_eq!(read(of(BODY_BYTES_MAX + 1)).await, too_long);
    assert_eq!(read(of(DISCARDED_BYTES_MAX + 1)).await, too_long);
    assert!(read(Body::empty()).await.unwrap().is_empty());
}

#[test]
fn the_media_type_decides_and_its_parameters_do_not() {
    use MediaType::{Form, Json};
    let none = Err(Malformed::body(Fault::NoContentType));
    let wrong = Err(Malformed::body(Fault::WrongContentType("application/json")));
    for (sent, expected) in [
        (&["application/json"][..], Ok(Json)),
        (&["Application/JSON ; charset=utf-8"], Ok(Json)),
        (&["application/x-www-form-urlencoded;charset=UTF-8"], Ok(Form)),
        (&[], none),
        (&[""], wrong.clone()),
        (&["text/json"], wrong.clone()),
        (&["application/json+x"], wrong.clone()),
        (&["application/json", "application/json"], wrong.clone()),
        (&["application/j\u{e9}son"], wrong),
    ] {
        let mut headers = HeaderMap::new();
        for value in sent {
            headers.append(CONTENT_TYPE, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        assert_eq!(MediaType::of(&headers, &[Json, Form]), expected, "{sent:?}");
    }
}
