//! Another end for an open window: later or sooner, and only such as change something.

use super::{Person, demo, signed_in};
use crate::harness::{Server, browser::DESK, databases::Database, on_both};

const SUPPORT: &str = "/console/realms/acme/support";

/// The lengths that the page offers, by what choosing one comes to.
fn offered(page: &str) -> Vec<(String, Vec<i64>)> {
    let until = |text: &str, end: &str| text.split(end).next().unwrap().to_owned();
    let group = |text: &str| {
        let lengths = until(text, "</optgroup>");
        (until(text, "\""), lengths.split("value=\"").skip(1).map(|rest| until(rest, "\"").parse().unwrap()).collect())
    };
    page.split("<optgroup label=\"").skip(1).map(group).collect()
}

async fn ends_in_hours(server: &Server) -> i64 {
    let window = server.get("/v1/realms/acme/support-access/window", crate::harness::OPERATOR).await.expect(200);
    let ends_at: vestibule_core::time::Timestamp = window["ends_at"].as_str().unwrap().parse().unwrap();
    (ends_at.millis() - server.clock.now().millis()) / 3_600_000
}

// The demo's window ends in years: each end that was offered was refused as not later, and nothing made it end sooner.
#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_given_a_sooner_end_and_a_later_one() {
    on_both(|start| async move {
        let server = demo(start.database).await;
        let ada = Person::sign_in(&server, "acme", "ada@acme.example").await;
        let version = async |page: &str| page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        for (hours, before) in [
            (24, vec![("Sooner than so far".to_owned(), vec![168, 72, 24, 8, 4, 1])]),
            (72, vec![("Later than so far".to_owned(), vec![72, 168]), ("Sooner than so far".to_owned(), vec![8, 4, 1])]),
        ] {
            let page = ada.look(SUPPORT).await.text();
            assert_eq!(offered(&page), before);
            let form = format!("hours={hours}&version={}", version(&page).await);
            let reply = ada.send(SUPPORT, "/console/realms/acme/support/end", &form).await;
            assert_eq!(reply.header("location"), Some("/console/realms/acme/support?done=extended"), "{}", reply.text());
            assert_eq!(ends_in_hours(&server).await, hours);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sooner_end_is_chosen_by_clicking() {
    let server = demo(Database::sqlite()).await;
    let browser = signed_in(&server, "acme", "ada@acme.example", DESK).await;
    browser.go(SUPPORT).await;
    browser.press("Change the end").await;
    browser.says("The window ends at the new time.").await;
    browser.says("Ends in 7 d").await;
    browser.close().await;
    server.stop().await;
}
