//! Bodies that give grants: each fault of the shape, in both forms.

use super::*;
use crate::dialects::egain::negotiate::Media;

/// What comes of a body: ids, or code and developer message.
fn read(body: &str, media: Media) -> Result<(String, usize), String> {
    let incoming = Incoming::read(body.as_bytes(), media, GRANTS).map_err(Failure::from);
    let wanted = incoming.and_then(|incoming| wanted(&incoming));
    wanted.map(|wanted| (wanted.on, wanted.to.len())).map_err(|failure| failure.to_string())
}

/// The sides as they are sent, in both forms.
#[track_caller]
fn check(json: &str, xml: &str, expected: Result<(&str, usize), &str>) {
    for (body, media) in [(json.to_owned(), Media::Json), (format!("<grants>{xml}</grants>"), Media::Xml)] {
        let found = read(&body, media);
        let expected = expected.map(|(on, to)| (on.to_owned(), to)).map_err(str::to_owned);
        let shown: String = body.chars().take(200).collect();
        assert_eq!(found, expected, "{shown}");
    }
}

#[test]
fn one_shape_is_read_from_both_forms() {
    check(
        r#"{"grantsOn":{"customer":[{"id":"2210"}]},"grantsTo":{"customer":[{"id":"2214"},{"id":2231}]}}"#,
        r#"<grantsTo><customer id="2214"/><customer><id>2231</id></customer></grantsTo><grantsOn><customer id="2210"/></grantsOn>"#,
        Ok(("2210", 2)),
    );
    let json: Vec<_> = (0..75).map(|_| r#"{"id":"1"}"#).collect();
    let most = format!(r#"{{"grantsOn":{{"customer":[{{"id":"2"}}]}},"grantsTo":{{"customer":[{}]}}}}"#, json.join(","));
    let xml = format!(r#"<grantsOn><customer id="2"/></grantsOn><grantsTo>{}</grantsTo>"#, r#"<customer id="1"/>"#.repeat(75));
    check(&most, &xml, Ok(("2", 75)));
}

#[test]
fn faults_of_the_shape_have_their_codes() {
    let (on, to) = (r#""grantsOn":{"customer":[{"id":"1"}]}"#, r#""grantsTo":{"customer":[{"id":"2"}]}"#);
    let (xon, xto) = (r#"<grantsOn><customer id="1"/></grantsOn>"#, r#"<grantsTo><customer id="2"/></grantsTo>"#);
    let bad = |path: &str| format!("400-152 Attribute holds a value that is not acceptable: '{path}'.");
    let (missing, unknown) =
        (|path: &str| format!("400-146 Body lacks '{path}'."), |path: &str| format!("400-147 Body must not contain '{path}'."));
    for (json, xml, expected) in [
        (format!("{{{to}}}"), xto.to_owned(), missing("grantsOn")),
        (format!("{{{on}}}"), xon.to_owned(), missing("grantsTo")),
        (format!(r#"{{{on},"grantsTo":{{}}}}"#), format!("{xon}<grantsTo/>"), missing("grantsTo.customer")),
        (
            format!(r#"{{{on},"grantsTo":{{"customer":[{{}}]}}}}"#),
            format!("{xon}<grantsTo><customer/></grantsTo>"),
            missing("grantsTo.customer.id"),
        ),
        (format!(r#"{{{on},{to},"x":1}}"#), format!("{xon}{xto}<x>1</x>"), unknown("x")),
        (
            format!(r#"{{{to},"grantsOn":{{"customer":[{{"id":"1","customerName":"A"}}]}}}}"#),
            format!(r#"{xto}<grantsOn><customer id="1"><customerName>A</customerName></customer></grantsOn>"#),
            unknown("grantsOn.customer.customerName"),
        ),
        // The unknown before the missing, wherever they stand.
        (
            r#"{"grantsTo":{"customer":[{"link":"x"}]}}"#.to_owned(),
            "<grantsTo><customer><link>x</link></customer></grantsTo>".to_owned(),
            unknown("grantsTo.customer.link"),
        ),
        // The missing before the empty, the empty before the bad, the bad before the many.
        (
            format!(r#"{{{on},"grantsTo":{{"customer":[{{"id":"x"}},{{"id":""}},{{}}]}}}}"#),
            format!(r#"{xon}<grantsTo><customer id="x"/><customer id=""/><customer/></grantsTo>"#),
            missing("grantsTo.customer.id"),
        ),
        (
            format!(r#"{{{on},"grantsTo":{{"customer":[{{"id":"x"}},{{"id":""}}]}}}}"#),
            format!(r#"{xon}<grantsTo><customer id="x"/><customer id=""/></grantsTo>"#),
            "400-387 'grantsTo.customer.id' may not be empty.".to_owned(),
        ),
        (
            format!(r#"{{{on},"grantsTo":{{"customer":[{{"id":"1 "}}]}}}}"#),
            format!(r#"{xon}<grantsTo><customer id="1 "/></grantsTo>"#),
            bad("grantsTo.customer.id"),
        ),
        (
            format!(r#"{{{on},"grantsTo":{{"customer":[{{"id":"-1"}}]}}}}"#),
            format!(r#"{xon}<grantsTo><customer id="-1"/></grantsTo>"#),
            bad("grantsTo.customer.id"),
        ),
        (
            format!(r#"{{{to},"grantsOn":{{"customer":[{{"id":"1"}},{{"id":"2"}}]}}}}"#),
            format!(r#"{xto}<grantsOn><customer id="1"/><customer id="2"/></grantsOn>"#),
            bad("grantsOn.customer"),
        ),
        (
            format!(r#"{{{on},"grantsTo":{{"customer":[{}]}}}}"#, vec![r#"{"id":"2"}"#; 76].join(",")),
            format!("{xon}<grantsTo>{}</grantsTo>", r#"<customer id="2"/>"#.repeat(76)),
            "400-10424 Limit of 75 passed for 'grantsTo.customer'.".to_owned(),
        ),
    ] {
        check(&json, &xml, Err(&expected));
    }
}

#[test]
fn what_only_json_can_get_wrong_is_refused_too() {
    let bad = |path: &str| Err(format!("400-152 Attribute holds a value that is not acceptable: '{path}'."));
    for (body, expected) in [
        ("[]", bad("body")),
        ("{", bad("body")),
        (r#"{"grantsOn":1,"grantsTo":{"customer":[{"id":"2"}]}}"#, bad("grantsOn")),
        (r#"{"grantsOn":{"customer":{"id":"1"}},"grantsTo":{"customer":[{"id":"2"}]}}"#, bad("grantsOn.customer")),
        (r#"{"grantsOn":{"customer":["1"]},"grantsTo":{"customer":[{"id":"2"}]}}"#, bad("grantsOn.customer")),
        (r#"{"grantsOn":{"customer":[{"id":1.5}]},"grantsTo":{"customer":[{"id":"2"}]}}"#, bad("grantsOn.customer.id")),
        (r#"{"grantsOn":{"customer":[{"id":true}]},"grantsTo":{"customer":[{"id":"2"}]}}"#, bad("grantsOn.customer.id")),
        (r#"{"grantsOn":{"customer":[]},"grantsTo":{"customer":[]}}"#, Err("400-146 Body lacks 'grantsOn.customer'.".to_owned())),
        (r#"{"grantsOn":null,"grantsTo":null}"#, Err("400-146 Body lacks 'grantsOn'.".to_owned())),
        (r#"{"grantsOn":{},"grantsOn":{}}"#, bad("grantsOn")),
        (r#"{"grants":{}}"#, Err("400-147 Body must not contain 'grants'.".to_owned())),
    ] {
        assert_eq!(read(body, Media::Json), expected, "{body}");
    }
}
