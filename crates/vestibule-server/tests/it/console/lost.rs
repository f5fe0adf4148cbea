//! Nobody is left standing: where a form goes whose sender must sign in first, where people land who may see little, and what
//! is said at an address that is no page.

use vestibule_core::console_session::ConsoleSession;

use super::{Person, demo, person, signed_in};
use crate::harness::{Server, browser::DESK, databases::Database, http::Reply};

const UNDONE: &str = "What you sent was not done";

/// Where a reply sends its reader, which it must.
#[track_caller]
fn sent_to(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text());
    percent_encoding::percent_decode_str(reply.header("location").unwrap()).decode_utf8().unwrap().into_owned()
}

// People signed in anew, and stood before a blank page with 405: what they had sent was lost without a word.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_a_session_that_is_over_leads_to_its_page_which_says_that_nothing_was_done() {
    let server = demo(Database::sqlite()).await;
    let ada = Person::sign_in(&server, "acme", "ada@acme.example").await;
    let token = ada.form_token("/console/realms/acme/support").await;
    server.clock.advance_ms((ConsoleSession::IDLE_S + 1) * 1_000);
    let acme = |place: &str| format!("/console/realms/acme{place}");
    for (sent_at, page) in [
        (acme("/support/invite"), acme("/support?undone=1")),
        (acme("/support/close"), acme("/support/close?undone=1")),
        (acme("/settings/realm/mail"), acme("/settings/realm?undone=1")),
        (acme("/people/change?account=a&act=off"), acme("/people/change?account=a&act=off&undone=1")),
    ] {
        let form = format!("form_token={token}&email=mia.falk%40here.com");
        let reply = ada.request("POST", &sent_at).form(form).send().await;
        assert_eq!(sent_to(&reply), format!("/console/sign-in?to={page}"));
    }
    let again = Person::sign_in(&server, "acme", "ada@acme.example").await;
    let page = again.look(&acme("/support?undone=1")).await.text();
    assert!(page.contains(UNDONE) && !page.contains("support/uninvite/"), "{page}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_session_leads_to_its_page_which_says_that_nothing_was_done() {
    let server = demo(Database::sqlite()).await;
    let before = Person::sign_in(&server, "acme", "ada@acme.example").await;
    let stale = before.form_token("/console/realms/acme/support").await;
    let ada = Person::sign_in(&server, "acme", "ada@acme.example").await;
    let send = async |path: &str| ada.request("POST", path).form(format!("form_token={stale}&email=x%40here.com")).send().await;
    assert_eq!(sent_to(&send("/console/realms/acme/support/invite").await), "/console/realms/acme/support?undone=1");
    assert_eq!(sent_to(&send("/console/sign-out").await), "/console?undone=1");
    assert_eq!(sent_to(&ada.look("/console?undone=1").await), "/console/realms/acme?undone=1");
    assert!(ada.look("/console/realms/acme?undone=1").await.text().contains(UNDONE));
    // What is done is told instead of what was not.
    let done = ada.send("/console/realms/acme/support?undone=1", "/console/realms/acme/support/invite", "email=x%40here.com").await;
    assert_eq!(sent_to(&done), "/console/realms/acme/support?done=invited");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_of_a_session_that_is_over_is_signed_out() {
    let server = demo(Database::sqlite()).await;
    let ada = Person::sign_in(&server, "acme", "ada@acme.example").await;
    server.clock.advance_ms((ConsoleSession::IDLE_S + 1) * 1_000);
    assert_eq!(sent_to(&ada.request("POST", "/console/sign-out").send().await), "/console/sign-in");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_where_forms_go_leads_to_their_page() {
    let server = demo(Database::sqlite()).await;
    for (address, page) in [
        ("/console/realms/acme/support/invite", "/console/realms/acme/support"),
        ("/console/realms/acme/log/export", "/console/realms/acme/log"),
        ("/console/realms/acme/people/new/invite", "/console/realms/acme/people/new"),
        ("/console/leave", "/console"),
        ("/console/sign-out", "/console"),
    ] {
        assert_eq!(sent_to(&server.request("GET", address).send().await), page);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lapsed_form_is_told_of_after_signing_in() {
    let server = demo(Database::sqlite()).await;
    let browser = signed_in(&server, "acme", "ada@acme.example", DESK).await;
    browser.go("/console/realms/acme/support").await;
    browser.fill("#email", "mia.falk@here.com").await;
    server.clock.advance_ms((ConsoleSession::IDLE_S + 1) * 1_000);
    browser.click("fieldset button").await;
    browser.arrives("/console/sign-in").await;
    browser.fill("#user", "ada@acme.example").await;
    browser.fill("#password", "correct horse battery staple").await;
    browser.press("Sign in").await;
    browser.says(UNDONE).await;
    assert_eq!(browser.place().await, "/console/realms/acme/support?undone=1");
    browser.close().await;
    server.stop().await;
}

/// The places that the side of a page leads to.
fn places(page: &str) -> Vec<String> {
    let side = page.split("<nav").nth(1).unwrap_or_default().split("</nav>").next().unwrap();
    side.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn start(server: &Server, account: &str) -> String {
    let ada = Person::sign_in(server, "acme", account).await;
    sent_to(&ada.look("/console").await)
}

// They stood before "You may not do that here", whose only link led back to it.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_see_little_is_taken_to_what_they_may_see() {
    let server = demo(Database::sqlite()).await;
    person(&server, "bo@acme.example", "[]").await;
    person(&server, "cy@acme.example", r#"[{"effect":"allow","actions":["audit:retrieve"],"resources":["*"]}]"#).await;
    assert_eq!(start(&server, "ada@acme.example").await, "/console/realms/acme");
    assert_eq!(start(&server, "bo@acme.example").await, "/console/realms/acme/settings");
    assert_eq!(start(&server, "cy@acme.example").await, "/console/realms/acme/log");

    let bo = Person::sign_in(&server, "acme", "bo@acme.example").await;
    let page = bo.look("/console/realms/acme/settings").await;
    page.expect_status(200);
    assert_eq!(places(&page.text()), ["/console/realms/acme/settings"]);
    let cy = Person::sign_in(&server, "acme", "cy@acme.example").await;
    let page = cy.look("/console/realms/acme/log").await;
    page.expect_status(200);
    assert_eq!(places(&page.text()), ["/console/realms/acme/log", "/console/realms/acme/settings"]);
    let ada = Person::sign_in(&server, "acme", "ada@acme.example").await;
    assert_eq!(places(&ada.look("/console/realms/acme").await.text()).len(), 7);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_leaves_its_reader_a_way_on() {
    let server = demo(Database::sqlite()).await;
    person(&server, "bo@acme.example", "[]").await;
    let bo = Person::sign_in(&server, "acme", "bo@acme.example").await;
    for (address, status) in [
        ("/console/realms/acme", 403),
        ("/console/realms/acme/people/new", 403),
        ("/console/realms/other", 404),
        ("/console/realms/vendor/settings", 404),
    ] {
        let page = bo.look(address).await;
        page.expect_status(status);
        let text = page.text();
        assert_eq!(places(&text), ["/console/realms/acme/settings"], "{address}");
        assert!(text.contains("Sign out") && text.contains("href=\"/console\""), "{text}");
    }
    let mia = Person::sign_in(&server, "vendor", "mia.falk@here.com").await;
    let page = mia.look("/console/realms/acme").await.text();
    assert_eq!(places(&page), ["/console", "/console/realms/vendor/settings"]);
    server.stop().await;
}

// Browsers showed raw JSON.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_no_page_is_said_so_in_a_page() {
    let server = demo(Database::sqlite()).await;
    assert_eq!(sent_to(&server.request("GET", "/console/").send().await), "/console");
    let ada = Person::sign_in(&server, "acme", "ada@acme.example").await;
    for address in ["/console/nope", "/console/realms", "/console/realms/acme/nope", "/console/realms/acme/support/nope/nope"] {
        let unknown = server.request("GET", address).send().await;
        unknown.expect_status(404);
        assert_eq!(unknown.header("content-type"), Some("text/html; charset=utf-8"), "{address}");
        assert!(unknown.text().contains("There is no such page") && places(&unknown.text()).is_empty(), "{address}");
        let known = ada.look(address).await;
        known.expect_status(404);
        assert!(known.text().contains("There is no such page"), "{address}");
        assert_eq!(places(&known.text()).len(), 7, "{address}");
    }
    // What was sent there is nobody's to look at, whoever sent it.
    ada.request("POST", "/console/nope").send().await.expect_status(404);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_takes_whoever_may_see_little_to_their_settings() {
    let server = demo(Database::sqlite()).await;
    person(&server, "bo@acme.example", "[]").await;
    let browser = signed_in(&server, "acme", "bo@acme.example", DESK).await;
    browser.says("Your sign-in").await;
    assert_eq!(browser.place().await, "/console/realms/acme/settings");
    browser.go("/console/realms/acme").await;
    browser.says("You may not do that here.").await;
    browser.press("Back to the start").await;
    browser.says("Your sign-in").await;
    browser.close().await;
    server.stop().await;
}
