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
    admin.says("Please look again. ").await;
    assert_eq!(holders(&server).await, 0, "a company acts for nobody");
    admin.fill("#holder", "2214").await;
    admin.press("Give").await;
    admin.says("Changed.").await;
    assert_eq!(holders(&server).await, 1);
    admin.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_made_changed_and_purged() {
    make_and_purge(Database::sqlite(), DESK).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_kept_without_script() {
    make_and_purge(Database::sqlite(), Wish { script: false, ..DESK }).await;
}

async fn make_and_purge(database: Database, wish: Wish) {
    let server = demo(database).await;
    let admin = signed_in(&server, "acme", "ada@acme.example", wish).await;
    admin.press("Customers").await;
    admin.press("Make a customer").await;
    for chosen in ["#kind option[value=corporate]", "#department option[value=Sales]"] {
        admin.click(chosen).await;
    }
    for (field, text) in [
        ("#name", "Holm Works"),
        ("#first_name", "Kim"),
        ("#last_name", "Holm"),
        ("#email1", "kim@holm.example"),
        ("#phone1", "+4540000000"),
    ] {
        admin.fill(field, text).await;
    }
    for (number, fault) in
        [("H 1", "What fits: letters, digits, dots, hyphens and underscores."), ("acct-70421", "Another customer goes by this number.")]
    {
        admin.fill("#number", number).await;
        admin.press("Make the customer").await;
        admin.says(fault).await;
        let source = admin.source().await;
        assert!(source.contains("value=\"Holm Works\"") && source.contains("value=\"kim@holm.example\""), "what was sent is kept");
    }
    admin.fill("#number", "H-1").await;
    admin.press("Make the customer").await;
    admin.says("Made.").await;
    admin.says("Kim Holm").await;
    let kept = async || server.get("/v1/realms/acme/customers/H-1", OPERATOR).await;
    let made = kept().await.expect(200);
    let expected = json!(["Holm Works", "corporate", "open", "Sales"]);
    assert_eq!(json!([made["name"], made["kind"], made["status"], made["department"]]), expected);
    let contact = server.get("/v1/realms/acme/customers/H-1/contacts/regular", OPERATOR).await.expect(200);
    assert_eq!((&contact["email1"], &contact["phone1"]), (&json!("kim@holm.example"), &json!("+4540000000")));

    admin.press("Change").await;
    admin.click("#status option[value=suspended]").await;
    admin.fill("#name", "Holm Works North").await;
    admin.press("Save").await;
    admin.says("Changed.").await;
    admin.says("suspended").await;
    admin.press("Change").await;
    admin.says("Change Holm Works North").await;
    let meanwhile = json!({ "name": "Holm Works South" }).to_string();
    server.request("PATCH", "/v1/realms/acme/customers/H-1").bearer(OPERATOR).json(&meanwhile).send().await.expect(200);
    admin.fill("#name", "Holm Works East").await;
    admin.press("Save").await;
    admin.says("Somebody has changed this meanwhile. This is how it stands now.").await;
    assert!(admin.source().await.contains("value=\"Holm Works South\""));
    admin.press("Cancel").await;

    admin.press("Purge").await;
    admin.says("goes for good, for everybody").await;
    admin.says("Its contact goes with it. Nobody acts for it").await;
    assert_eq!(kept().await.status, 200, "asking takes nothing away");
    admin.press("Purge").await;
    admin.says("Gone for good.").await;
    assert_eq!(kept().await.status, 404);
    admin.go("/console/realms/acme/customers/2210/purge").await;
    admin.says("One grant ends.").await;
    admin.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_in_a_department_where_they_are_kept_apart() {
    let server = demo(Database::sqlite()).await;
    let apart = json!({ "departmentalization": true, "force": true }).to_string();
    server.request("PUT", "/v1/realms/acme/customer-settings").bearer(OPERATOR).json(&apart).send().await.expect(200);
    let admin = signed_in(&server, "acme", "ada@acme.example", DESK).await;
    // The browser asks for it, too: only one that does not gets to hear it from us.
    let ask_nothing = async || admin.run("document.querySelector('#department').required = false").await;
    admin.go("/console/realms/acme/customers/new").await;
    ask_nothing().await;
    admin.fill("#last_name", "Holm").await;
    admin.press("Make the customer").await;
    admin.says("“Department” is missing.").await;
    admin.click("#department option[value=Service]").await;
    admin.press("Make the customer").await;
    admin.says("Made.").await;
    admin.press("Change").await;
    admin.says("Change Holm").await;
    ask_nothing().await;
    admin.click("#department option[value='']").await;
    admin.press("Save").await;
    admin.says("“Department” is missing.").await;
    admin.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_written_and_removed() {
    let server = demo(Database::sqlite()).await;
    let admin = signed_in(&server, "acme", "ada@acme.example", DESK).await;
    let contact = async |kind: &str| server.get(&format!("/v1/realms/acme/customers/2210/contacts/{kind}"), OPERATOR).await;
    admin.go("/console/realms/acme/customers/2210").await;
    admin.click("a[href$='/contacts/technical']").await;
    admin.says("Another address is not verified until its letter was answered").await;
    admin.fill("#city", "Lyon").await;
    admin.press("Save").await;
    admin.says("Changed.").await;
    let written = contact("technical").await.expect(200);
    assert_eq!((&written["city"], &written["first_name"], &written["email_verified"]), (&json!("Lyon"), &json!("Dana"), &json!(true)));

    admin.click("a[href$='/contacts/technical']").await;
    admin.fill("#email1", "dana@reyes.example").await;
    admin.fill("#fax", "123").await;
    admin.press("Save").await;
    admin.says("What fits: an international number").await;
    assert!(admin.source().await.contains("value=\"dana@reyes.example\""), "what was sent is kept");
    assert_eq!(contact("technical").await.expect(200), written);
    admin.fill("#fax", "+13125550142").await;
    admin.press("Save").await;
    admin.says("Changed.").await;
    admin.says("not verified").await;
    let written = contact("technical").await.expect(200);
    assert_eq!((&written["email1"], &written["email_verified"]), (&json!("dana@reyes.example"), &json!(false)));

    admin.press("Billing").await;
    admin.press("Save").await;
    admin.says("“Last name” is missing.").await;
    admin.fill("#first_name", "Pat").await;
    admin.press("Save").await;
    admin.says("Changed.").await;
    admin.click("a[href$='/contacts/billing']").await;
    admin.press("Remove the contact").await;
    admin.says("Pat (Billing) goes for good.").await;
    admin.says("It is a contact of Pat (2210).").await;
    assert_eq!(contact("billing").await.status, 200, "asking takes nothing away");
    admin.press("Remove").await;
    admin.says("Gone for good.").await;
    assert_eq!(contact("billing").await.status, 404);
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
