//! The order of checks (section 6): a request that breaks every rule is told of the first, is mended, and is told of the next.

use vestibule_server::dialects::egain::negotiate::Media;

use super::{grants, server};
use crate::harness::{
    BEN, Server,
    egain::{self, CRM, GUS, SAL, told},
};

/// A token of Ada's with a project scope, which no call of this dialect takes.
const SCOPED: &str = "ada-scoped-token-31337";

/// A request as it stands.
#[derive(Clone)]
struct Try {
    method: &'static str,
    path: String,
    token: &'static str,
    language: &'static str,
    accept: &'static str,
    content_type: &'static str,
    body: String,
}

impl Try {
    /// Tells code and user message.
    async fn send(&self, server: &Server) -> (u16, String, Option<String>) {
        let request = server
            .request(self.method, &self.path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept-language", self.language)
            .header("accept", self.accept)
            .header("content-type", self.content_type)
            .header("x-egain-error-message", "yes");
        let reply = request.body(&self.body).send().await;
        if reply.status < 300 {
            return (reply.status, String::new(), None);
        }
        egain::check_form(&reply);
        let (code, _, user) = told(&reply);
        (reply.status, code, user)
    }
}

/// What is mended, and what is told then.
type Step = (fn(&mut Try, Media), &'static str);

/// Every step of section 6 in its order; before each step all that come later are broken, too.
const STEPS: [Step; 25] = [
    (|_, _| {}, "404-101"),
    (|one, _| one.path = one.path.replace("nowhere", "customer/grant"), "405-100"),
    (|one, _| one.method = "POST", "401-101"),
    (|one, _| one.token = SCOPED, "403-112"),
    (|one, _| one.token = BEN, "406-100"),
    (|one, _| one.language = "@", "406-101"),
    (|one, _| one.accept = "", "400-103"),
    (|one, media| one.accept = media.as_str(), "400-101"),
    (|one, _| one.path = one.path.split('?').next().unwrap().to_owned(), "400-264"),
    (|one, _| one.body = "x".repeat(70_000), "415-100"),
    (|one, media| one.content_type = media.as_str(), "400-152"),
    (|one, _| one.body = "x".to_owned(), "400-152"),
    (|one, media| one.body = shape("grantsOff", "", 76, media), "400-147"),
    (|one, media| one.body = shape("", "", 76, media), "400-146"),
    (|one, media| one.body = shape("grantsOn", "", 76, media), "400-387"),
    (|one, media| one.body = shape("grantsOn", "x", 76, media), "400-152"),
    (|one, media| one.body = shape("grantsOn", "9", 76, media), "400-10424"),
    (|one, media| one.body = grants(&["2240"], &["9", "2300"], media), "403-178"),
    (|one, _| one.token = GUS, "400-194"),
    (|one, media| one.body = grants(&["2240"], &["2300", "2240"], media), "403-178"),
    (|one, _| one.token = SAL, "400-152 type"),
    (|one, media| one.body = grants(&["2240"], &["2240", "2214"], media), "400-152 same"),
    (|one, media| one.body = grants(&["2240"], &["2214"], media), "400-152 department"),
    (|one, media| one.body = grants(&["2210"], &["3075"], media), "400-10424"),
    (|one, media| one.body = grants(&["2190"], &["3075"], media), "201"),
];

/// Sides of which one is called so, with an id among many.
fn shape(on: &str, id: &str, count: usize, media: Media) -> String {
    let many = vec!["1"; count - 1];
    let all = grants(if on.is_empty() { &[] } else { &["1"] }, &[&[id][..], &many].concat(), media);
    if on.is_empty() { all } else { all.replace("grantsOn", on) }
}

async fn follow(media: Media, language: &'static str, user: &[(&str, &str)]) {
    let server = server(true).await;
    let crowd: Vec<_> = (0..75).map(|n| (egain::CROWD + n).to_string()).collect();
    let crowd: Vec<_> = crowd.iter().map(String::as_str).collect();
    super::grant(&server, CRM, "2210", &crowd).await.expect_status(201);
    let mut one = Try {
        method: "PUT",
        path: "/core/customermgr/v3/nowhere?x=1".to_owned(),
        token: "nobody",
        language: "tlh",
        accept: "text/html",
        content_type: "text/plain",
        body: String::new(),
    };
    for (mend, expected) in STEPS {
        mend(&mut one, media);
        if one.language == "@" {
            one.language = language;
        }
        let (status, code, said) = one.send(&server).await;
        let place = format!("{expected}: {} {} {}", one.method, one.path, one.body.chars().take(100).collect::<String>());
        if expected == "201" {
            assert_eq!((status, code.as_str()), (201, ""), "{place}");
            continue;
        }
        let (wanted, reason) = expected.split_once(' ').unwrap_or((expected, ""));
        assert_eq!(code, wanted, "{place}");
        let english = ["404-101", "405-100", "401-101", "403-112", "406-100"].contains(&wanted) && one.language == "tlh";
        let key = if reason.is_empty() { wanted } else { expected };
        let words = user.iter().find(|(known, _)| *known == key).or(user.iter().find(|(known, _)| *known == "else")).unwrap().1;
        if !english {
            assert_eq!(said.as_deref(), Some(words), "{place}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn json_in_english_is_checked_in_the_published_order() {
    let user = [
        ("403-178", "You may not edit these customers."),
        ("400-194", "Customer 9 was not found."),
        ("400-152 type", "Only individual customers can take part in a grant."),
        ("400-152 department", "All customers must be in the same department."),
        ("400-10424", "The limit is 75 customers."),
        ("else", "The request could not be processed."),
    ];
    follow(Media::Json, "en-US", &user).await;
}

#[tokio::test]
async fn xml_in_german_is_checked_in_the_published_order() {
    let user = [
        ("403-178", "Sie dürfen diese Kunden nicht bearbeiten."),
        ("400-194", "Kunde 9 wurde nicht gefunden."),
        ("400-152 type", "Nur Einzelkunden können an einer Berechtigung beteiligt sein."),
        ("400-152 department", "Alle Kunden müssen zur selben Abteilung gehören."),
        ("400-10424", "Höchstens 75 Kunden sind zulässig."),
        ("else", "Die Anfrage konnte nicht verarbeitet werden."),
    ];
    follow(Media::Xml, "de-DE", &user).await;
}
