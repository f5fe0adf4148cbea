//! People who sign in with their browsers: the page, its form, and the way back (RFC 6749, section 4.1; RFC 9207).

use secrecy::ExposeSecret;
use vestibule_core::audit::Channel;

use super::{BACK, CHALLENGE, PASSWORD, PIA, SHOP, asked, carried, me, member, page, redeem, run, shown, sign_in, text};
use crate::harness::{Server, Start, app_of, databases::Database, http::Reply, on_both};

async fn get(server: &Server, query: &str) -> Reply {
    server.request("GET", &format!("/oauth/authorize?{query}")).send().await
}

async fn post(server: &Server, query: &str, cookie: &str, form: &str) -> Reply {
    server.request("POST", &format!("/oauth/authorize?{query}")).header("cookie", cookie).form(form).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_and_the_client_gets_a_token_once() {
    on_both(|start| async move {
        let server = run(start).await;
        let first = get(&server, &asked("")).await;
        assert!(first.text().contains("Sign in to The &#60;Mall&#62;") && first.text().contains("<strong>The shop</strong>"));
        let back = carried(&server, &sign_in(&server).await);
        let code = member(&back, "code");
        assert_eq!((code.len(), back.len()), (43, 3));
        let answer = redeem(&server, &code).await.expect(200);
        assert_eq!(answer["scope"], "core.customermgr.read");
        let token = text(&answer["access_token"]);
        assert_eq!(me(&server, &token).await, 200, "she may ask about herself");
        let again = redeem(&server, &code).await;
        assert_eq!((again.status, &again.json()["error"]), (400, &"invalid_grant".into()));
        assert_eq!(me(&server, &token).await, 401, "two had the code");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_taken_from_the_browser_that_was_shown_it_and_for_what_it_was_shown_for() {
    let server = run(Start::on(Database::sqlite())).await;
    let (form, cookie) = shown(&get(&server, &asked("")).await);
    let (other_form, other_cookie) = shown(&get(&server, &asked("")).await);
    assert_ne!((&form, &cookie), (&other_form, &other_cookie));
    let proof = format!("&user={PIA}&password={}", PASSWORD.replace(' ', "%20"));
    let other_query = asked("").replace("state=x", "state=z");
    let wrong_cookie = format!("{cookie}x");
    for (query, cookie, sent) in [
        (asked(""), "", format!("form={form}")),
        (asked(""), other_cookie.as_str(), format!("form={form}")),
        (asked(""), wrong_cookie.as_str(), format!("form={form}")),
        (asked(""), "__Host-vestibule-sign-in=", format!("form={form}")),
        (asked(""), cookie.as_str(), String::new()),
        (asked(""), cookie.as_str(), format!("form={other_form}")),
        (asked(""), cookie.as_str(), format!("form={form}&form={form}")),
        (other_query, cookie.as_str(), format!("form={form}")),
    ] {
        let reply = post(&server, &query, cookie, &format!("{sent}{proof}")).await;
        page(&reply, 400, "'self' https://shop.example");
    }
    let among_others = format!("a=b; {cookie}; c=d");
    let good = post(&server, &asked(""), &among_others, &format!("form={form}{proof}")).await;
    assert!(good.header("set-cookie").is_none());
    carried(&server, &good);
    // The same form again: it is the client that must not take two codes for one.
    carried(&server, &post(&server, &asked(""), &cookie, &format!("form={form}{proof}")).await);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_learns_of_nobody_and_waits() {
    let server = run(Start::on(Database::sqlite())).await;
    let (form, cookie) = shown(&get(&server, &asked("")).await);
    let mut answers = Vec::new();
    for proof in [
        format!("user={PIA}&password=wrong"),
        "user=nobody%40mall.example&password=wrong".to_owned(),
        "user=&password=".to_owned(),
        format!("user={PIA}"),
        format!("user={PIA}&user={PIA}&password=wrong"),
    ] {
        let reply = post(&server, &asked(""), &cookie, &format!("form={form}&{proof}")).await;
        answers.push(page(&reply, 403, "'self' https://shop.example"));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    for _ in 0..8 {
        post(&server, &asked(""), &cookie, &format!("form={form}&user={PIA}&password=wrong")).await;
    }
    let waits = post(&server, &asked(""), &cookie, &format!("form={form}&user={PIA}&password=wrong")).await;
    page(&waits, 429, "'none'");
    assert_eq!(waits.header("retry-after"), Some("60"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_an_address_that_is_not_the_clients_own() {
    let server = run(Start::on(Database::sqlite())).await;
    let own = "redirect_uri=https%3A%2F%2Fshop.example%2Fback";
    for odd in [
        "",
        "redirect_uri=",
        "redirect_uri=https%3A%2F%2Fshop.example%2Fback%2F",
        "redirect_uri=https%3A%2F%2Fshop.example%2Fbac",
        "redirect_uri=https%3A%2F%2Fshop.example%2Fback%3Fx%3D1",
        "redirect_uri=https%3A%2F%2Fshop.example%2Fback%23x",
        "redirect_uri=https%3A%2F%2Fshop.example%2Fback%20",
        "redirect_uri=https%3A%2F%2Fshop.example%2F..%2Fback",
        "redirect_uri=HTTPS%3A%2F%2Fshop.example%2Fback",
        "redirect_uri=https%3A%2F%2Fshop.example%3A443%2Fback",
        "redirect_uri=https%3A%2F%2Fshop.example%40evil.example%2Fback",
        "redirect_uri=https%3A%2F%2Fevil.example%2Fhttps%3A%2F%2Fshop.example%2Fback",
        "redirect_uri=http%3A%2F%2Fshop.example%2Fback",
        "redirect_uri=http%3A%2F%2F127.0.0.1%3A4712%2Fback",
        "redirect_uri=https%3A%2F%2Fother.example%2Fback",
        "redirect_uri=%2F%2Fevil.example",
        "redirect_uri=javascript%3Aalert(1)",
        "redirect_uri=https%3A%2F%2Fshop.example%2Fback&redirect_uri=https%3A%2F%2Fevil.example",
        "redirect_uri=https%3A%2F%2Fevil.example&redirect_uri=https%3A%2F%2Fshop.example%2Fback",
    ] {
        let query = asked("").replace(own, odd);
        for reply in [get(&server, &query).await, post(&server, &query, "", "user=x").await] {
            page(&reply, 400, "'none'");
        }
    }
    for odd in
        ["client_id=nobody", "client_id=", "client_id=piasKey000000001", "x=y", "client_id=shopKey000000001&client_id=otherKey00000001"]
    {
        page(&get(&server, &asked("").replace(&format!("client_id={}", SHOP.0), odd)).await, 400, "'none'");
    }
    page(&get(&server, "").await, 400, "'none'");
    // Where a client has another's address, it is not its own.
    page(&get(&server, &asked("").replace(SHOP.0, "otherKey00000001")).await, 400, "'none'");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_wrongly_is_told_by_the_browser() {
    let server = run(Start::on(Database::sqlite())).await;
    let challenge = format!("code_challenge={CHALLENGE}");
    for (part, otherwise, error) in [
        ("response_type=code", "", "invalid_request"),
        ("response_type=code", "response_type=token", "unsupported_response_type"),
        ("response_type=code", "response_type=code&response_type=code", "invalid_request"),
        ("response_type=code", "response_type=code&response_mode=fragment", "invalid_request"),
        ("code_challenge_method=S256", "", "invalid_request"),
        ("code_challenge_method=S256", "code_challenge_method=plain", "invalid_request"),
        (&*challenge, "", "invalid_request"),
        (&*challenge, "code_challenge=short", "invalid_request"),
        ("scope=core.customermgr.read", "scope=a%22b", "invalid_scope"),
        ("scope=core.customermgr.read", "scope=a&scope=b", "invalid_request"),
    ] {
        let query = asked("").replace(part, otherwise);
        assert_ne!(query, asked(""), "{part}");
        let back = carried(&server, &get(&server, &query).await);
        assert_eq!(member(&back, "error"), error, "{otherwise}");
        assert!(back.iter().all(|(name, _)| name != "code"), "{back:?}");
    }
    let long = asked("").replace("state=x%20%26y", &format!("state={}", "x".repeat(1_025)));
    let reply = get(&server, &long).await;
    assert!(reply.status == 303 && !reply.header("location").unwrap().contains("state="), "{:?}", reply.header("location"));
    assert!(reply.header("location").unwrap().starts_with(&format!("{BACK}?error=invalid_request")));
    // What is not known is ignored (RFC 6749, section 3.1).
    assert_eq!(get(&server, &asked("&prompt=login&nonce=7")).await.status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_one_process_is_taken_by_another() {
    let database = Database::postgres().await;
    let first = run(Start::on(database.clone())).await;
    let second = Start { manifest: String::new(), data_dir: Some(first.folder.clone()), ..Start::on(database) }.run().await;
    let (form, cookie) = shown(&get(&first, &asked("")).await);
    let sent = format!("form={form}&user={PIA}&password={}", PASSWORD.replace(' ', "+"));
    let code = member(&carried(&second, &post(&second, &asked(""), &cookie, &sent).await), "code");
    let token = text(&redeem(&first, &code).await.expect(200)["access_token"]);
    assert_eq!((me(&first, &token).await, me(&second, &token).await), (200, 200));
    first.stop_sharing().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_second_factor_comes_by_the_console() {
    on_both(|start| async move {
        let server = run(start).await;
        let ops = &server.operations;
        let ctx = ops.own_ctx(Channel::Console);
        let link = ops.console_link(&ctx, &"mall".parse().unwrap(), &PIA.parse().unwrap()).await.unwrap();
        let cookie = ops.console_sign_in_by_link(&ctx, &link).await.unwrap();
        let who = ops.console_caller(&ctx, &cookie, vestibule_operations::Presence::Acting).await.unwrap();
        let new = ops.new_app(&ctx, &who).unwrap();
        let code = app_of(&new.text).code_at(server.clock.now());
        let at_console = ops.add_app(&ctx.as_caller(who.own()), &who, &cookie, &new.ticket, &code).await.unwrap().cookie;

        let half = sign_in(&server).await;
        let there = half.header("location").unwrap();
        assert!(half.status == 303 && there.starts_with("/console/sign-in?to=%2Foauth%2Fauthorize%3Fresponse%5Ftype%3Dcode%26"), "{there}");
        server.request("GET", there).send().await.expect_status(200);

        let own = format!("__Host-vestibule={}", at_console.expose_secret());
        let page = server.request("GET", &format!("/oauth/authorize?{}", asked(""))).header("cookie", &own).send().await;
        assert!(page.text().contains("Go on as pia@mall.example"), "{}", page.text());
        let (form, cookie) = shown(&page);
        let go_on = async |cookies: &str| post(&server, &asked(""), cookies, &format!("form={form}&as=console")).await;
        assert_eq!(go_on(&cookie).await.status, 403, "without the console's cookie nobody is known");
        assert_eq!(go_on(&own).await.status, 400, "without this page's own the form was not shown");
        let back = carried(&server, &go_on(&format!("{cookie}; {own}")).await);
        assert_eq!(redeem(&server, &member(&back, "code")).await.status, 200);
        server.stop().await;
    })
    .await;
}
