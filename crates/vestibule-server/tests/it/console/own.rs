//! One's own way in: a second factor is added, asked for and lost; a passkey signs in; a password changes.

use vestibule_core::factor::AppSecret;

use super::{demo, demo_by_name, origin, signed_in};
use crate::harness::{
    Server, app_of,
    browser::{Browser, DESK, Wish},
    databases::Database,
    on_both,
};

const ADA: &str = "ada@acme.example";
const PASSWORD: &str = "correct horse battery staple";

async fn sign_in(browser: &Browser, password: &str) {
    browser.go("/console/sign-in").await;
    browser.fill("#user", ADA).await;
    browser.fill("#password", password).await;
    browser.press("Sign in").await;
}

async fn send_code(browser: &Browser, code: &str) {
    browser.fill("#code", code).await;
    browser.press("Sign in").await;
}

/// Adds an app by the page, and gives it and a recovery code.
async fn add_app(server: &Server, browser: &Browser) -> (AppSecret, String) {
    browser.press("Settings").await;
    browser.says("Your password alone signs you in.").await;
    browser.press("Add an app that shows codes").await;
    browser.fill("#code", "000000").await;
    browser.press("Add").await;
    browser.says("the code that the app shows now").await;
    let app = app_of(&browser.text_of("#secret").await);
    browser.fill("#code", &app.code_at(server.clock.now())).await;
    browser.press("Add").await;
    browser.says("They are shown this once.").await;
    let recovery = browser.text_of(".codes li").await;
    browser.press("I have kept them").await;
    browser.says("10 recovery codes are left.").await;
    (app, recovery)
}

async fn with_an_app(server: Server, wish: Wish) {
    let browser = Browser::open(&origin(&server), wish).await;
    sign_in(&browser, PASSWORD).await;
    browser.arrives("/console/realms/acme").await;
    let (app, recovery) = add_app(&server, &browser).await;
    browser.sign_out().await;

    sign_in(&browser, PASSWORD).await;
    browser.says("One thing more").await;
    // The code that added the app is used up.
    send_code(&browser, &app.code_at(server.clock.now())).await;
    browser.says("That is not the code now, or it was used already.").await;
    browser.go("/console/realms/acme").await;
    assert!(browser.place().await.starts_with("/console/sign-in"), "{}", browser.place().await);
    server.clock.advance_ms(30_000);
    sign_in(&browser, PASSWORD).await;
    send_code(&browser, &app.code_at(server.clock.now())).await;
    browser.says("Who is in").await;
    browser.sign_out().await;

    sign_in(&browser, PASSWORD).await;
    send_code(&browser, &recovery).await;
    browser.says("Who is in").await;
    browser.go("/console/realms/acme/settings").await;
    browser.says("9 recovery codes are left.").await;
    browser.press("Remove App that shows codes").await;
    browser.says("Without it your password alone signs you in").await;
    browser.press("Remove").await;
    browser.says("Removed. Your other sessions have ended.").await;
    browser.press("Sign out everywhere").await;
    browser.arrives("/console/sign-in").await;
    sign_in(&browser, PASSWORD).await;
    browser.says("Who is in").await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_added_asked_for_and_made_up_for() {
    on_both(|start| async move { with_an_app(demo(start.database).await, DESK).await }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_needs_no_script() {
    with_an_app(demo(Database::sqlite()).await, Wish { script: false, ..DESK }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_alone_until_it_is_removed() {
    on_both(|start| async move {
        let server = demo_by_name(start.database).await;
        let browser = signed_in(&server, "acme", ADA, DESK).await;
        browser.has_device().await;
        browser.press("Settings").await;
        browser.press("Add a passkey").await;
        browser.fill("#name", "laptop").await;
        browser.press("Add").await;
        browser.says("They are shown this once.").await;
        browser.press("I have kept them").await;
        browser.says("Passkey: laptop").await;
        browser.sign_out().await;
        browser.says("Use a passkey").await;
        for _ in 0..2 {
            browser.go("/console/sign-in?to=/console/realms/acme/log").await;
            browser.press("Use a passkey").await;
            browser.says("signin.succeeded").await;
            assert_eq!(browser.place().await, "/console/realms/acme/log");
        }
        browser.go("/console/sign-in").await;
        sign_in(&browser, PASSWORD).await;
        browser.says("One thing more").await;
        browser.press("Use a passkey").await;
        browser.says("Who is in").await;
        browser.go("/console/realms/acme/settings").await;
        browser.press("Remove Passkey: laptop").await;
        browser.press("Remove").await;
        browser.says("Removed. Your other sessions have ended.").await;
        browser.sign_out().await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
        browser.press("Use a passkey").await;
        browser.says("That passkey does not sign anybody in here.").await;
        browser.close().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_and_a_stale_sign_in_changes_nothing() {
    let server = demo(Database::sqlite()).await;
    let browser = Browser::open(&origin(&server), DESK).await;
    sign_in(&browser, PASSWORD).await;
    browser.arrives("/console/realms/acme").await;
    browser.go("/console/realms/acme/settings/password").await;
    let change = async |current: &str, wanted: &str| {
        browser.fill("#current", current).await;
        browser.fill("#password", wanted).await;
        browser.fill("#again", wanted).await;
        browser.press("Change the password").await;
    };
    change("not the one", "a password of Ada's own").await;
    browser.says("That is not the password that you have.").await;
    change(PASSWORD, "password1234").await;
    browser.says("not known from leaks").await;
    change(PASSWORD, "a password of Ada's own").await;
    browser.says("The password is changed.").await;
    browser.sign_out().await;
    sign_in(&browser, PASSWORD).await;
    browser.says("That name and that password do not belong together.").await;
    sign_in(&browser, "a password of Ada's own").await;
    browser.says("Who is in").await;
    server.clock.advance_ms(vestibule_core::console_session::ConsoleSession::FRESH_S * 1_000);
    browser.go("/console/realms/acme/settings/app").await;
    assert_eq!(browser.place().await, "/console/sign-in?to=%2Fconsole%2Frealms%2Facme%2Fsettings%2Fapp");
    browser.go("/console/realms/other/settings").await;
    browser.says("There is no such page").await;
    browser.close().await;
    server.stop().await;
}
