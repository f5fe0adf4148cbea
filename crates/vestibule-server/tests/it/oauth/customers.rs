//! Customers who sign in with their browsers: a letter, and the page behind its link.

use std::time::{Duration, Instant};

use super::{AMARA, asked, carried, me, member, page, redeem, run, shown, text};
use crate::harness::{OPERATOR, Server, Start, databases::Database, http::Reply, on_both};

const CUSTOMER: &str = "&acr_values=customer";

/// Asks for a letter, as a browser does.
async fn ask(server: &Server, address: &str) -> Reply {
    let path = format!("/oauth/authorize?{}", asked(CUSTOMER));
    let reply = server.request("GET", &path).send().await;
    assert!(!reply.text().contains("password") && reply.text().contains(r#"type="email""#), "{}", reply.text());
    let (form, cookie) = shown(&reply);
    server.request("POST", &path).header("cookie", cookie).form(format!("form={form}&email={address}")).send().await
}

/// The path of the link in the one letter there is, once it was written and delivered.
async fn link(server: &Server) -> String {
    let begun = Instant::now();
    loop {
        let outbox = server.get("/v1/realms/mall/outbox", OPERATOR).await.expect(200);
        assert!(begun.elapsed() < Duration::from_secs(10), "no letter");
        let Some(mail) = outbox["items"].as_array().unwrap().first().cloned() else {
            tokio::task::yield_now().await;
            continue;
        };
        assert_eq!(mail["to"], AMARA);
        server.operations.deliver_due_mail().await.unwrap();
        let letter = std::fs::read_to_string(server.folder.join("mail").join(format!("{}.eml", text(&mail["id"])))).unwrap();
        let letter = letter.replace("=\r\n", "").replace("=3D", "=");
        let base = format!("http://{}", server.address);
        return letter.lines().map(str::trim).find_map(|line| line.strip_prefix(&base)).unwrap().to_owned();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_comes_in_by_the_link_in_a_letter_once() {
    on_both(|start| async move {
        let server = run(start).await;
        let unknown = ask(&server, "nobody%40example.net").await;
        let unverified = ask(&server, "ilse%40example.net").await;
        let known = ask(&server, "amara%40example.net").await;
        assert_eq!(page(&known, 200, "'none'"), page(&unknown, 200, "'none'"));
        assert_eq!(page(&known, 200, "'none'"), page(&unverified, 200, "'none'"));
        let path = link(&server).await;
        let (place, secret) = path.split_once("?secret=").unwrap();
        assert_eq!((place, secret.len()), ("/sign-in/link/mall", 43));
        for _ in 0..2 {
            let shown = page(&server.request("GET", &path).send().await, 200, "'self' https://shop.example");
            assert!(shown.contains("https://shop.example") && shown.contains(secret), "looking burns nothing");
        }
        let go = async |place: &str, secret: &str| server.request("POST", place).form(format!("secret={secret}")).send().await;
        for (place, secret) in [(place, "x"), (place, ""), ("/sign-in/link/acme", secret), ("/sign-in/link/nowhere", secret)] {
            page(&go(place, secret).await, 404, "'none'");
        }
        let back = carried(&server, &go(place, secret).await);
        page(&go(place, secret).await, 404, "'none'");
        page(&server.request("GET", &path).send().await, 404, "'none'");
        let token = text(&redeem(&server, &member(&back, "code")).await.expect(200)["access_token"]);
        assert_eq!(me(&server, &token).await, 401, "no other door serves customers");
        let ctx = vestibule_server::exchange::Exchange::begin(&server.operations, &Default::default(), None).ctx;
        let caller = server.operations.bearer_of_anyone(&ctx, &token).await.unwrap();
        let vestibule_operations::Caller::Customer(customer) = caller else { panic!("{caller:?}") };
        assert_eq!((customer.realm.as_str(), customer.customer.to_string().as_str()), ("mall", "2210"));
        let mail = server.get("/v1/realms/mall/outbox", OPERATOR).await.expect(200);
        assert_eq!(mail["items"].as_array().unwrap().len(), 1, "nobody else was written to");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_letters_all_the_time_waits() {
    let server = run(Start::on(Database::sqlite())).await;
    for address in ["nobody%40example.net", "amara%40example.net"] {
        for _ in 0..10 {
            page(&ask(&server, address).await, 200, "'none'");
        }
        let waits = ask(&server, address).await;
        page(&waits, 429, "'none'");
        assert_eq!(waits.header("retry-after"), Some("60"));
    }
    server.stop().await;
}
