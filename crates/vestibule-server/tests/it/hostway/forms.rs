//! Hand-offs that a form carries over (section 5.2), and where the help desk sends people (section 4.4).

use super::{ADMIN, APP, LINK, by_form, claims, delete, events, link, put, server, set_desk};
use crate::harness::{
    Server,
    hostway::{self, person},
    http::Reply,
    on_both,
};

/// The path of a code's page.
pub async fn page(server: &Server, query: &str) -> String {
    let link = link(server, &format!("{LINK}{query}")).await;
    let base = format!("http://{}", server.address);
    let path = link.strip_prefix(&base).unwrap_or_else(|| panic!("{link}"));
    assert_eq!(path.strip_prefix("/sso/handoff/").unwrap().len(), 43, "32 bytes: {link}");
    path.to_owned()
}

async fn look(server: &Server, path: &str) -> Reply {
    server.request("GET", path).send().await
}

async fn go(server: &Server, path: &str) -> Reply {
    server.request("POST", path).form("").send().await
}

/// Holds a page with a script to what each of them has; its text without the nonce.
#[track_caller]
fn scripted(reply: &Reply) -> (String, String) {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let text = reply.text();
    let nonce = text.split_once(r#"<script nonce=""#).unwrap().1.split('"').next().unwrap().to_owned();
    assert_eq!(nonce.len(), 22, "16 bytes");
    let policy =
        format!("default-src 'none'; script-src 'nonce-{nonce}'; form-action 'self' https://acme.zendesk.com; frame-ancestors 'none'");
    for (header, value) in [
        ("content-security-policy", policy.as_str()),
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(reply.header(header), Some(value), "{header}");
    }
    (text.replace(&nonce, ""), nonce)
}

#[track_caller]
fn gone(reply: &Reply, status: u16, words: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert!(reply.text().contains(words), "{}", reply.text());
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.header("content-security-policy").unwrap().starts_with("default-src 'none';"));
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_burns_nothing_and_going_on_burns_the_code() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        set_desk(&server, by_form()).await;
        let path = page(&server, "?return_to=%2Fhc%3Fa%3D%221%22").await;
        let (first, nonce) = scripted(&look(&server, &path).await);
        let (second, other) = scripted(&look(&server, &path).await);
        assert!(first == second && nonce != other, "a nonce is for one page");
        assert!(first.contains(r#"<form method="post">"#) && !first.contains("jwt"), "{first}");
        let head = server.request("HEAD", &path).send().await;
        assert_eq!(head.status, 200);
        // Signed when it is carried over, not when it was asked for.
        server.clock.advance_ms(59_999);
        let (carried, _) = scripted(&go(&server, &path).await);
        assert!(carried.contains(r#"<form method="post" action="https://acme.zendesk.com/access/jwt">"#), "{carried}");
        assert!(carried.contains(r#"name="return_to" value="/hc?a=&#34;1&#34;""#), "{carried}");
        let token = carried.split_once(r#"name="jwt" value=""#).unwrap().1.split('"').next().unwrap();
        let claims = claims(&format!("?jwt={token}"));
        assert_eq!((&claims["iat"], &claims["email"]), (&1_800_000_059.into(), &"dana.reyes@example.net".into()));
        for reply in [look(&server, &path).await, go(&server, &path).await] {
            gone(&reply, 404, "This link does not work");
        }
        assert_eq!((events(&server, "handoff.issued").await.len(), events(&server, "handoff.redeemed").await.len()), (1, 1));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_a_minute_once_and_only_while_everything_still_holds() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        set_desk(&server, by_form()).await;
        let path = page(&server, "").await;
        server.clock.advance_ms(60_000);
        for reply in [look(&server, &path).await, go(&server, &path).await] {
            gone(&reply, 404, "This link does not work");
        }
        let path = page(&server, "").await;
        let both = futures_util::future::join_all((0..8).map(|_| go(&server, &path))).await;
        assert_eq!(both.iter().filter(|reply| reply.status == 200).count(), 1, "of many at once one is carried over");

        let (path, again) = (page(&server, "").await, page(&server, "").await);
        let contact = "/accounts/acct-515393/contacts/technical";
        assert_eq!(put(&server, contact, APP, &person("somebody@example.net")).await.status, 204);
        gone(&go(&server, &path).await, 403, "Your e-mail address is not confirmed");
        assert_eq!(delete(&server, "/accounts/acct-515393", ADMIN).await.status, 204);
        gone(&go(&server, &again).await, 404, "This link does not work");
        for odd in ["x", "%ff", "%00", "..", "a%2fb", &"x".repeat(5_000)] {
            for reply in [look(&server, &format!("/sso/handoff/{odd}")).await, go(&server, &format!("/sso/handoff/{odd}")).await] {
                gone(&reply, 404, "This link does not work");
            }
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn where_the_help_desk_sends_people_is_one_page_whatever_it_says() {
    let server = server().await;
    let plain = server.request("GET", "/sso/result").send().await;
    gone(&plain, 200, "You are not signed in to the help desk");
    for query in ["?kind=error&message=%3Cscript%3E", "?email=a@b.example&external_id=1&brand_id=2", "?%ff&&=", "?kind=a&kind=b"] {
        let reply = server.request("GET", &format!("/sso/result{query}")).send().await;
        assert_eq!((reply.status, reply.text()), (200, plain.text()), "{query}");
    }
    server.stop().await;
}
