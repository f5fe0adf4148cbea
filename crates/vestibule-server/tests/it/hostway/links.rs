//! `supportSSOLink` (sections 2 and 5): the answer, what it carries, and that it is new each time.

use std::collections::BTreeSet;

use serde_json::json;
use vestibule_core::help_desk::{ClaimSwitches, DeskSettings};

use super::{ADMIN, APP, LINK, billing, claims, delete, events, get, link, not_found, put, refused, server, set_desk, token};
use crate::harness::{
    Server,
    hostway::{self, person},
    on_both,
};

/// Brings a secret in, and signs with it from then on.
async fn secret(server: &Server, value: &'static str) {
    let changed = hostway::work(server, move |mut work| {
        Box::pin(async move {
            let secret = work.add_desk_secret(&value.into()).await?;
            work.activate_desk_secret(secret.id).await
        })
    });
    changed.await.unwrap();
}

#[tokio::test]
async fn each_of_the_four_gets_a_link_in_either_spelling() {
    let server = server().await;
    for (kind, name, email) in [
        ("regular", "Rae Gular", "rae@example.net"),
        ("administrator", "Zoë O'Brien", "zoe@example.org"),
        ("technical", "Dana Reyes", "dana.reyes@example.net"),
    ] {
        for slash in ["", "/"] {
            let path = format!("/accounts/acct-515393/contacts/{kind}/supportSSOLink");
            let reply = get(&server, &format!("{path}{slash}?unknown=1"), APP).await;
            let answer = reply.expect(200);
            let link = answer["ssoLink"].as_str().unwrap();
            let own = json!([{ "href": format!("http://{}{path}/", server.address), "rel": "self" }]);
            assert_eq!(answer, json!({ "ssoLink": link, "links": own }));
            assert!(
                reply.text().starts_with(r#"{"ssoLink":"https://acme.zendesk.com/access/jwt?jwt=eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."#)
            );
            for (header, value) in [
                ("content-type", Some("application/json; charset=UTF-8")),
                ("cache-control", Some("no-store")),
                ("pragma", Some("no-cache")),
                ("referrer-policy", Some("no-referrer")),
                ("etag", None),
                ("access-control-allow-origin", None),
            ] {
                assert_eq!(reply.header(header), value, "{header}");
            }
            let claims = claims(link);
            let jti: uuid::Uuid = claims["jti"].as_str().unwrap().parse().unwrap();
            assert_eq!(jti.get_version_num(), 4);
            assert_eq!(claims, json!({ "iat": 1_800_000_000, "jti": jti, "name": name, "email": email }));
            assert!(link.len() < 2_000);
        }
    }
    refused(&get(&server, &billing(), APP).await, 403, "forbidden", "Email address is not verified");
    // What a request says of its host is not believed.
    let reply =
        super::request(&server, "GET", LINK, APP).header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example");
    assert!(!reply.send().await.text().contains("evil"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_links_at_once_are_a_hundred_tokens() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        let all = futures_util::future::join_all((0..100).map(|_| link(&server, LINK))).await;
        let jtis: BTreeSet<_> = all.iter().map(|link| claims(link)["jti"].as_str().unwrap().to_owned()).collect();
        assert_eq!(jtis.len(), 100);
        let issued = events(&server, "handoff.issued").await;
        assert_eq!(issued.len(), 100);
        let hashes: BTreeSet<_> = issued.iter().map(|event| event["data"]["jti"].as_str().unwrap().to_owned()).collect();
        assert!(hashes.len() == 100 && hashes.is_disjoint(&jtis), "told by their hashes");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_is_nobodys_and_a_purged_account_is_gone() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        let path = "/accounts/acct-515393/contacts/technical";
        assert_eq!(put(&server, path, APP, &person("dana.reyes@EXAMPLE.NET")).await.status, 204);
        assert_eq!(claims(&link(&server, LINK).await)["email"], "dana.reyes@EXAMPLE.NET", "spelt otherwise, and still theirs");
        assert_eq!(put(&server, path, APP, &person("somebody@example.net")).await.status, 204);
        refused(&get(&server, LINK, APP).await, 403, "forbidden", "Email address is not verified");
        assert_eq!(put(&server, path, APP, &person("dana.reyes@example.net")).await.status, 204);
        refused(&get(&server, LINK, APP).await, 403, "forbidden", "Email address is not verified");
        assert_eq!(delete(&server, "/accounts/acct-515393", ADMIN).await.status, 204);
        not_found(&get(&server, LINK, APP).await);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_signs_from_the_moment_it_is_activated() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        let before = link(&server, LINK).await;
        hostway::work(&server, |mut work| Box::pin(async move { work.add_desk_secret(&STAGED.into()).await })).await.unwrap();
        let is_signed = |link: &str, secret: &str| signature(link, secret) == token(link).rsplit_once('.').unwrap().1;
        let staged = link(&server, LINK).await;
        assert!(is_signed(&before, hostway::DESK_SECRET) && is_signed(&staged, hostway::DESK_SECRET));
        secret(&server, NEXT).await;
        let after = link(&server, LINK).await;
        assert!(is_signed(&after, NEXT) && !is_signed(&after, hostway::DESK_SECRET));
        // Without any, nobody is handed over.
        let removed = hostway::work(&server, |mut work| {
            Box::pin(async move {
                for secret in work.desk_secrets().await? {
                    work.remove_desk_secret(secret.id).await?;
                }
                Ok(())
            })
        });
        removed.await.unwrap();
        refused(&get(&server, LINK, APP).await, 409, "conflictingRequest", "No help desk is configured");
        server.stop().await;
    })
    .await;
}

const STAGED: &str = "staged-and-not-used-0123456789-0123456789-012345";
const NEXT: &str = "the-next-secret-0123456789-0123456789-0123456789";

/// What HMAC-SHA256 by this secret makes of a link's token.
fn signature(link: &str, secret: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use hmac::{Hmac, KeyInit, Mac};
    let token = token(link);
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(token.rsplit_once('.').unwrap().0.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn what_a_help_desk_is_told_and_where_it_sends_people_back() {
    let server = server().await;
    assert_eq!(put(&server, "/accounts/acct-515393/contacts/technical", APP, &person("dana.reyes@example.net")).await.status, 204);
    let claims_of = |all| ClaimSwitches { external_id: all, organization: all, phone: all };
    let return_to_hosts = vec!["help.example.com".to_owned()];
    set_desk(&server, DeskSettings { claims: claims_of(true), return_to_hosts, ..DeskSettings::at("acme") }).await;
    let told = claims(&link(&server, LINK).await);
    assert_eq!(
        (&told["external_id"], &told["organization"], &told["phone"]),
        (&json!("acct-515393"), &json!("Brien Widgets"), &json!("+13125550142"))
    );
    for (asked, carried) in [
        ("/hc/en-us?x=1", "%2Fhc%2Fen-us%3Fx%3D1"),
        ("https://acme.zendesk.com/agent", "https%3A%2F%2Facme.zendesk.com%2Fagent"),
        ("https://help.example.com/", "https%3A%2F%2Fhelp.example.com%2F"),
    ] {
        let link = link(&server, &format!("{LINK}?return_to={carried}")).await;
        assert!(link.ends_with(&format!("&return_to={carried}")), "{asked}: {link}");
    }
    server.stop().await;
}
