//! Signing in and out.

use secrecy::ExposeSecret;
use vestibule_core::{audit::Channel, console_session::ConsoleSession, id::RealmId};

use super::{demo, origin};
use crate::harness::{
    Server,
    browser::{Browser, DESK},
    databases::Database,
    on_both,
};

async fn sign_in(browser: &Browser, user: &str, password: &str) {
    browser.fill("#user", user).await;
    browser.fill("#password", password).await;
    browser.press("Sign in").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_the_page_that_was_asked_for_and_a_wrong_one_nothing() {
    let server = demo(Database::sqlite()).await;
    let browser = Browser::open(&origin(&server), DESK).await;
    browser.go("/console/realms/acme/log?outcome=success").await;
    assert!(browser.place().await.starts_with("/console/sign-in?to="), "{}", browser.place().await);
    sign_in(&browser, "ada@acme.example", "wrong horse").await;
    browser.says("That name and that password do not belong together.").await;
    sign_in(&browser, "nobody@acme.example", "correct horse battery staple").await;
    browser.says("That name and that password do not belong together.").await;
    sign_in(&browser, "ada@acme.example", "correct horse battery staple").await;
    browser.arrives("/console/realms/acme/log?outcome=success").await;
    browser.sign_out().await;
    browser.go("/console/realms/acme").await;
    assert!(browser.place().await.starts_with("/console/sign-in"), "{}", browser.place().await);
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_once_and_looking_at_it_uses_nothing_up() {
    on_both(|start| async move {
        let server = demo(start.database).await;
        let path = console_link(&server).await;
        for _ in 0..3 {
            server.request("GET", &path).send().await.expect_status(200);
        }
        let first = server.request("POST", &path).send().await;
        assert_eq!((first.status, first.header("location")), (303, Some("/console")));
        let cookie = first.header("set-cookie").unwrap().to_owned();
        for needed in ["__Host-vestibule=", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(cookie.contains(needed), "{cookie}");
        }
        server.request("POST", &path).send().await.expect_status(401);

        let value = cookie.split(';').next().unwrap().to_owned();
        let look = async || server.request("GET", "/console/realms/acme").header("cookie", &value).send().await.status;
        assert_eq!(look().await, 200);
        // It is used once a minute, and so does not idle; but the day ends.
        server.clock.advance_ms(ConsoleSession::IDLE_S * 1_000 - 1);
        assert_eq!(look().await, 200);
        server.clock.advance_ms(ConsoleSession::IDLE_S * 1_000 - 1);
        assert_eq!(look().await, 200);
        server.clock.advance_ms(ConsoleSession::IDLE_S * 1_000);
        assert_eq!(look().await, 303);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_a_browser_in_from_elsewhere() {
    let server = demo(Database::sqlite()).await;
    let form = "user=ada%40acme.example&password=correct+horse+battery+staple";
    let link = console_link(&server).await;
    for (site, status, cookies) in [("cross-site", 303, 0), ("same-site", 303, 0), ("same-origin", 303, 1)] {
        for (path, form) in [("/console/sign-in", form), (&link, "")] {
            let reply = server.request("POST", path).header("sec-fetch-site", site).form(form).send().await;
            let cookie = reply.header("set-cookie").is_some();
            assert_eq!((reply.status, usize::from(cookie)), (status, cookies), "{path} {site}");
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_is_not_brought_back_by_being_used() {
    on_both(|start| async move {
        let server = demo(start.database).await;
        let open = server.request("POST", &console_link(&server).await).send().await;
        let cookie = open.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let page = server.request("GET", "/console/realms/acme").header("cookie", &cookie).send().await.text();
        let token = page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        // Each of these notes that the session is used, while it is ended.
        server.clock.advance_ms(ConsoleSession::NOTED_S * 1_000);
        let look = || server.request("GET", "/console/realms/acme").header("cookie", &cookie);
        let out = server.request("POST", "/console/sign-out").header("cookie", &cookie).form(format!("form_token={token}"));
        let (_, ended, _, _) = tokio::join!(look().send(), out.send(), look().send(), look().send());
        assert_eq!(ended.status, 303);
        look().send().await.expect_status(303);
        server.stop().await;
    })
    .await;
}

/// The path of a link that signs Ada in.
async fn console_link(server: &Server) -> String {
    let ctx = server.operations.own_ctx(Channel::Cli);
    let account = "ada@acme.example".parse().unwrap();
    let link = server.operations.console_link(&ctx, &"acme".parse::<RealmId>().unwrap(), &account).await.unwrap();
    format!("/console/link/{}", link.expose_secret())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_no_page_of_ours_made_changes_nothing() {
    let server = demo(Database::sqlite()).await;
    let path = console_link(&server).await;
    let cookie = server.request("POST", &path).send().await.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let page = server.request("GET", "/console/realms/acme/support").header("cookie", &cookie).send().await.text();
    let token = page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let invite = async |token: &str, site: &str| {
        let form = format!("form_token={token}&email=mia.falk%40here.com&hours=24");
        let request =
            server.request("POST", "/console/realms/acme/support/invite").header("cookie", &cookie).header("sec-fetch-site", site);
        request.form(&form).send().await.header("location").unwrap().to_owned()
    };
    for (token, site) in [("", "same-origin"), ("0123", "same-origin"), (&*token, "cross-site"), (&*token, "same-site")] {
        assert_eq!(invite(token, site).await, "/console/realms/acme/support?undone=1", "{site}");
    }
    assert_eq!(invite(&token, "same-origin").await, "/console/realms/acme/support?done=invited");
    let after = server.request("GET", "/console/realms/acme/support").header("cookie", &cookie).send().await.text();
    assert_eq!(after.matches("support/uninvite/").count(), 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_ends_every_session_and_a_deactivated_account_has_none() {
    let server = demo(Database::sqlite()).await;
    let open = async || {
        let reply = server.request("POST", &console_link(&server).await).send().await;
        reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    };
    let look = async |cookie: &str| server.request("GET", "/console/realms/acme").header("cookie", cookie).send().await;
    let (one, two) = (open().await, open().await);
    let page = look(&one).await.text();
    let token = page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = format!("form_token={token}&everywhere=1");
    server.request("POST", "/console/sign-out").header("cookie", &one).form(&form).send().await.expect_status(303);
    assert_eq!((look(&one).await.status, look(&two).await.status), (303, 303));

    let three = open().await;
    assert_eq!(look(&three).await.status, 200);
    let path = "/v1/realms/acme/accounts/ada@acme.example";
    server.request("PATCH", path).bearer(crate::harness::OPERATOR).json(r#"{"active":false}"#).send().await.expect(200);
    assert_eq!(look(&three).await.status, 303);
    server.stop().await;
}
