//! Customers, clicked: verified, let act for each other, handed over.

use serde_json::json;

use super::{demo, origin, signed_in};
use crate::harness::{
    OPERATOR, Server,
    browser::{Browser, DESK, Wish},
    databases::Database,
    on_both,
};

async fn link(browser: &Browser) -> String {
    browser.says("Open the help desk").await;
    browser.source().await.split("id=\"handoff\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn holders(server: &Server) -> usize {
    let grants = server.get("/v1/realms/acme/customers/2210/grants", OPERATOR).await.expect(200);
    grants["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_act_for_whom_is_seen_taken_back_and_given() {
    on_both(|start| async move { take_and_give(start.database, DESK).await }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_are_kept_without_script() {
    take_and_give(Database::sqlite(), Wish { script: false, ..DESK }).await;
}

async fn take_and_give(database: Database, wish: Wish) {
    let server = demo(database).await;
    let admin = signed_in(&server, "acme", "ada@acme.example", wish).await;
    admin.press("Customers").await;
    for (q, found) in
        [("brien", "Brien Widgets"), ("acct-70421", "Dana Reyes"), ("2214", "Ilse Brandt"), ("dana.reyes@example.net", "2210")]
    {
        admin.fill("#q", q).await;
        admin.press("Show").await;
        admin.arrives(&format!("q={}", &q[..4])).await;
        admin.says(found).await;
        assert_eq!(admin.source().await.matches("<tr><th scope=\"row\"").count(), 1, "{q}");
    }
    admin.go("/console/realms/acme/customers/2210").await;
    admin.says("in force").await;
    assert_eq!(admin.source().await.matches("class=\"node\"").count(), 2, "the customer, and who acts for it");

    admin.click("a[href$='/take']").await;
    admin.says("Ilse Brandt (2214) may act no longer").await;
    assert_eq!(holders(&server).await, 1, "asking takes nothing away");
    admin.press("Take back").await;
    admin.says("Nobody may act for this customer").await;
    assert_eq!(holders(&server).await, 0);

    admin.fill("#holder", "9999").await;
    admin.press("Give").await;
    admin.says("the id or the number of a customer").await;
    admin.fill("#holder", "2230").await;
    admin.press("Give").await;
    admin.says("Please look again: ").await;
    assert_eq!(holders(&server).await, 0, "a company acts for nobody");
    admin.fill("#holder", "2214").await;
    admin.press("Give").await;
    admin.says("Changed.").await;
    assert_eq!(holders(&server).await, 1);
    admin.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_verified_by_a_letter_and_handed_over_by_query_or_form() {
    let server = demo(Database::sqlite()).await;
    let admin = signed_in(&server, "acme", "ada@acme.example", DESK).await;
    admin.go("/console/realms/acme/customers/2214").await;
    admin.says("not verified").await;
    admin.click("form[action$='/verify'] button").await;
    admin.says("The letter is on its way.").await;
    let outbox = server.get("/v1/realms/acme/outbox", OPERATOR).await.expect(200);
    assert_eq!(outbox["items"].as_array().unwrap().len(), 1);

    // 2214 acts for 2210, whose technical contact is verified and whose billing contact is nobody.
    admin.click("section[aria-labelledby=behalf] button").await;
    admin.says("There is no such page").await;
    admin.go("/console/realms/acme/customers/2214").await;
    admin.click("#contact option[value=technical]").await;
    admin.click("section[aria-labelledby=behalf] button").await;
    assert!(link(&admin).await.starts_with("https://acme.zendesk.com/access/jwt?jwt="));

    admin.go("/console/realms/acme/customers/2210").await;
    admin.click("form[action$='/handoff'] button").await;
    assert!(link(&admin).await.starts_with("https://acme.zendesk.com/access/jwt?jwt="));
    let desk = json!({ "subdomain": "acme", "delivery": "form" }).to_string();
    server.request("PUT", "/v1/realms/acme/help-desk").bearer(OPERATOR).json(&desk).send().await.expect(200);
    admin.go("/console/realms/acme/customers/2210").await;
    admin.click("form[action$='/handoff'] button").await;
    let link = link(&admin).await;
    assert!(link.starts_with(&origin(&server)) && !link.contains("jwt="), "{link}");
    let path = link.strip_prefix(&origin(&server)).unwrap();
    let asked = server.request("GET", path).send().await;
    assert!(asked.status == 200 && asked.text().contains("Acme Widgets"), "{}", asked.text());

    let off = json!({ "subdomain": "acme", "enabled": false }).to_string();
    server.request("PUT", "/v1/realms/acme/help-desk").bearer(OPERATOR).json(&off).send().await.expect(200);
    admin.go("/console/realms/acme/customers/2210").await;
    admin.says("nobody can be handed over").await;
    assert!(!admin.source().await.contains("/handoff\""));
    admin.close().await;
    server.stop().await;
}
