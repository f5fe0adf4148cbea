//! What was wrong with a form, in the reader's language and by the form's own names.

use super::{Person, demo};
use crate::harness::databases::Database;

/// A page says this to a German reader, and nothing of it as the API does.
#[track_caller]
fn check(page: &crate::harness::http::Reply, said: &str) {
    let text = page.text();
    let banner = text.split("<p class=\"fault\" role=\"alert\">").nth(1).unwrap_or(&text).split("</p>").next().unwrap();
    page.expect_status(400);
    assert_eq!(banner, said);
}

// People read: "Bitte sehen Sie noch einmal nach: `email` is neither an address at `here.com` nor `*`."
#[tokio::test(flavor = "multi_thread")]
async fn faults_are_told_in_the_language_of_the_page() {
    let server = demo(Database::sqlite()).await;
    let ada = Person { language: "de", ..Person::sign_in(&server, "acme", "ada@acme.example").await };
    let acme = |place: &str| format!("/console/realms/acme{place}");
    for (page, sent_to, form, said) in [
        ("/support", "/support/invite", "email=mia%40evil.example", "„E-Mail-Adresse“ muss eine Adresse bei here.com sein."),
        ("/support", "/support/invite", "", "„E-Mail-Adresse“ fehlt."),
        ("/support", "/support/end", "hours=5", "„Bis“ passt nicht. Es passt: was angeboten wird."),
        ("/people/new", "/people/new", "name=two+words", "„Name“ passt nicht. Es passt: ein Wort ohne Leerzeichen."),
        ("/people/groups", "/people/groups", "name=operators", "Diesen Namen gibt es schon."),
        (
            "/customers/new",
            "/customers/new",
            "kind=group&number=a%2Fb",
            "„Nummer“ passt nicht. Es passt: Buchstaben, Ziffern, Punkte, Binde- und Unterstriche.",
        ),
        ("/customers/new", "/customers/new", "kind=group&number=acct-70421", "Ein anderer Kunde hat diese Nummer."),
        ("/customers/2210", "/customers/2210/grants", "holder=2210", "Kunde 2210 handelt ohnehin für sich selbst."),
        ("/settings/realm", "/settings/realm/secrets", "secret=short", "„Nächstes Geheimnis“ passt nicht. Es passt: 32 Zeichen oder mehr."),
    ] {
        let reply = ada.send(&acme(page), &acme(sent_to), form).await;
        check(&reply, &format!("Bitte sehen Sie noch einmal nach. {said}"));
    }
    // What can be put right nowhere but in the address is told on a page of its own, in the same words.
    let page = ada.look(&acme("/log?from=never")).await.text();
    assert!(page.contains("Was gesendet wurde, ist nicht lesbar. „Von“ passt nicht. Es passt: ein Tag."), "{page}");
    server.stop().await;
}
