//! A tenant's settings: what is changed, what is named before it ends, and who may not.

use super::{demo, signed_in};
use crate::harness::{browser::DESK, databases::Database, on_both};

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_named_its_help_desk_set_up_and_its_mail_tried() {
    on_both(|start| async move {
        let server = demo(start.database).await;
        let browser = signed_in(&server, "acme", "ada@acme.example", DESK).await;
        browser.press("Settings").await;
        browser.press("The tenant").await;
        browser.fill("#name", "Acme of the North").await;
        browser.fill("#domain", "no domain").await;
        browser.click("form[action$='/settings/realm'] button").await;
        browser.says("a domain such as").await;
        assert_eq!(browser.complaints().await.len(), 1, "of the refusal, which was meant");
        browser.fill("#name", "Acme of the North").await;
        browser.fill("#domain", "support.example").await;
        browser.click("form[action$='/settings/realm'] button").await;
        browser.says("Changed.").await;
        browser.says("Acme of the North").await;

        browser.fill("#subdomain", "acme-north").await;
        browser.click("form[action$='/settings/realm/help-desk'] button").await;
        browser.says("The help desk is changed.").await;
        browser.fill("#secret", "a shared secret that nobody else knows").await;
        browser.press("Bring it in").await;
        browser.says("The secret is there, and waits.").await;
        browser.click("a[href$='/activate']").await;
        browser.says("signs, and the one before is forgotten.").await;
        browser.press("Activate").await;
        browser.says("The secret signs from now on.").await;

        browser.press("Send a letter to me").await;
        browser.says("A letter to you is on its way.").await;
        browser.says("Mail from Acme of the North arrives").await;
        browser.press("Switch support access off").await;
        browser.says("Nobody of the vendor comes in by an invitation any more.").await;
        browser.press("Switch support access off").await;
        browser.says("Support access is switched off.").await;
        browser.press("Switch support access on").await;
        browser.says("Changed.").await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
        browser.close().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_administer_sees_their_own_settings_alone() {
    let server = demo(Database::sqlite()).await;
    let browser = signed_in(&server, "vendor", "mia.falk@here.com", DESK).await;
    browser.press("Settings").await;
    browser.says("Your sign-in").await;
    assert!(!browser.text().await.contains("The tenant"));
    for page in ["/console/realms/acme/settings", "/console/realms/acme/settings/realm"] {
        browser.go(page).await;
        browser.says("That did not work").await;
    }
    browser.close().await;
    server.stop().await;
}
