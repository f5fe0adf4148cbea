//! Every text in every locale (section 8), held to a list that was taken from the page and not from our files.

use std::collections::BTreeMap;

use vestibule_server::dialects::egain::{negotiate::Language, texts::Text};

use super::{GRANT, grant, grants, server};
use crate::harness::{
    BEN, Server,
    egain::{CRM, SAL, told},
    http::Request,
};
use vestibule_server::dialects::egain::negotiate::Media;

/// Tag, name and text, tab between them; `{0}` is an id or a limit.
const GOLDEN: &str = include_str!("locales.tsv");

fn golden() -> BTreeMap<(&'static str, &'static str), &'static str> {
    let lines = GOLDEN.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    lines.map(|line| ((line[0], line[1]), line[2])).collect()
}

#[test]
fn every_text_in_every_locale_is_the_published_one() {
    let golden = golden();
    assert_eq!(golden.len(), 15 * 11);
    for ((tag, name), text) in golden {
        let known = Text::ALL.into_iter().find(|text| text.id() == name).unwrap();
        assert_eq!(known.say(Language::find(tag).unwrap(), "12345"), text.replace("{0}", "12345"), "{tag} {name}");
    }
}

/// A request that is refused with a text, and the value in it.
fn provoked(server: &Server, name: &str) -> (Request, &'static str) {
    let post = |token: &str, on: &str, to: &[&str]| {
        let request = server.request("POST", GRANT).bearer(token).header("content-type", "application/json");
        request.body(grants(&[on], to, Media::Json))
    };
    match name {
        "forbidden" => (post(BEN, "2210", &["2214"]), ""),
        "type" => (post(CRM, "2210", &["2300"]), ""),
        "department" => (post(CRM, "2210", &["2240"]), ""),
        "cap" => (post(CRM, "2210", &["1"; 76]), "75"),
        "unknown" => (post(CRM, "2210", &["1234567"]), "1234567"),
        "no-grant" => (server.request("DELETE", "/core/customermgr/v3/customer/2210/grantedcustomer/2214").bearer(CRM), ""),
        "generic" => (server.request("POST", GRANT).bearer(CRM), ""),
        "sign-in" => (server.request("POST", GRANT), ""),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn people_are_told_in_their_language_on_the_wire() {
    let server = server(true).await;
    for ((tag, name), text) in golden() {
        if ["individual", "group", "corporate"].contains(&name) {
            continue;
        }
        let (request, value) = provoked(&server, name);
        let reply = request.header("accept-language", tag.to_lowercase()).header("x-egain-error-message", "YES").send().await;
        let (code, developer, user) = told(&reply);
        assert_eq!(user, Some(text.replace("{0}", value)), "{tag} {name} {code}");
        assert_eq!(reply.header("content-language"), Some(tag));
        assert!(developer.is_ascii(), "developers are told in English: {developer}");
    }
    // Only those who ask for it are told.
    for said in ["no", "", "true"] {
        let reply = server.request("POST", GRANT).bearer(CRM).header("x-egain-error-message", said).send().await;
        assert_eq!(told(&reply).2, None, "{said}");
    }
    grant(&server, SAL, "2210", &["2214"]).await.expect_status(201);
    server.stop().await;
}
