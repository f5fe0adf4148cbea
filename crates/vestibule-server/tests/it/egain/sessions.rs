//! Who calls (section 2): people inside a session of the older surface, clients and customers with tokens of the standard
//! door.

use serde_json::json;
use vestibule_operations::{apply::Mode, manifest::Manifest};
use vestibule_server::dialects::egain::negotiate::Media;

use super::{GRANT, OLD_GRANT, grants, refused, sent};
use crate::harness::{Server, Start, databases::Database, egain, http::Reply, on_both};

const LOGIN: &str = "/ws/v12/authentication/user/login";
const LOGOUT: &str = "/ws/v12/authentication/user/logout";
const PIA: &str = "pia@acme.example";
const PASSWORD: &str = "a long password of Pia's";
/// Whom customer 2210 may act for, and who may act for it, as the older surface has it.
const OLD_LIST: &str = "/system/ws/v12/interaction/customer/2210/grant";
const OWN: &str = "/core/customermgr/v3/customer/grants";

/// An agent with a password, a client that may act for customers, and an address for customer 2210.
const ACTORS: &str = r#"
[[realms]]
id = "acme"
name = "Acme Widgets"
[[realms.roles]]
name = "agent"
statements = [{ effect = "allow", actions = ["customer:edit", "customer:view"], resources = ["*"] }]
[[realms.accounts]]
id = "pia@acme.example"
kind = "user"
roles = ["agent"]
credentials = [{ type = "password", secret = "a long password of Pia's" }]
[[realms.accounts]]
id = "sa::proxy"
kind = "service"
permissions = ["account:actAs", "customer:actAs"]
credentials = [{ type = "access-key", id = "proxyKey00000001", secret = "proxy-secret-0123456789" }]
[[realms.customers.list]]
id = "2210"
kind = "individual"
contacts = [{ type = "primary", first_name = "Dana", last_name = "Reyes", email = "dana@example.net", email_verified = true }]
"#;

async fn run(start: Start) -> Server {
    let server = egain::run(start, false).await;
    let actors = Manifest::parse(ACTORS, "actors.toml", &|_| Err("these tests keep secrets nowhere else".to_owned())).unwrap();
    server.operations.apply(&actors, Mode::Act).await.unwrap();
    server
}

fn proof(user: &str, password: &str) -> String {
    json!({ "userName": user, "password": password }).to_string()
}

async fn log_in(server: &Server, query: &str) -> Reply {
    sent(server.request("POST", &format!("{LOGIN}{query}")), Media::Json, &proof(PIA, PASSWORD)).send().await
}

#[track_caller]
fn begun(reply: &Reply, media: Media) -> String {
    assert_eq!((reply.status, reply.body.len(), reply.header("content-type")), (204, 0, Some(media.as_str())), "{}", reply.text());
    reply.header("x-egain-session").unwrap().to_owned()
}

async fn inside(server: &Server, session: &str) -> Reply {
    server.request("GET", OLD_LIST).header("x-egain-session", session).header("accept", "application/json").send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_logs_in_works_and_logs_out() {
    on_both(|start| async move {
        let server = run(start).await;
        let namespace = "http://bindings.egain.com/ws/model/v12/gen/platform";
        let xml = format!("<user xmlns=\"{namespace}\"><password>{PASSWORD}</password><userName>{PIA}</userName></user>");
        let mut sessions = vec![begun(&server.request("POST", LOGIN).body(xml).send().await, Media::Xml)];
        for path in [format!("/system{LOGIN}"), format!("/realms/acme{LOGIN}"), format!("/realms/acme/system{LOGIN}")] {
            let reply = sent(server.request("POST", &path), Media::Json, &proof(PIA, PASSWORD)).send().await;
            sessions.push(begun(&reply, Media::Json));
        }
        for session in &sessions {
            let reply = inside(&server, session).await;
            assert_eq!((reply.status, reply.header("x-egain-session")), (204, Some(session.as_str())));
        }
        let body = grants(&["2210"], &["2214"], Media::Xml);
        let made = sent(server.request("POST", OLD_GRANT).header("x-egain-session", &sessions[0]), Media::Xml, &body).send().await;
        assert_eq!((made.status, made.header("location")), (201, Some("/system/ws/v12/interaction/customer/2210/grant")));
        let third = server.request("GET", "/core/customermgr/v3/customer/2210/grants").header("x-egain-session", &sessions[0]);
        refused(&third.send().await, "401-101", "Authorization");
        let out = server.request("DELETE", LOGOUT).header("x-egain-session", &sessions[0]).send().await;
        assert_eq!((out.status, out.body.len()), (204, 0));
        refused(&inside(&server, &sessions[0]).await, "401-101", "X-egain-session");
        refused(&server.request("DELETE", LOGOUT).header("x-egain-session", &sessions[0]).send().await, "401-101", "X-egain-session");
        refused(&server.request("DELETE", LOGOUT).send().await, "401-101", "X-egain-session");
        assert_eq!(inside(&server, &sessions[1]).await.status, 200);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_logs_in_wrongly_is_told_how() {
    let server = run(Start::on(Database::sqlite())).await;
    let good = proof(PIA, PASSWORD);
    for (query, body, code, words) in [
        ("", proof(PIA, "a wrong password"), "401-101", "userName"),
        ("", proof("nobody", PASSWORD), "401-101", "userName"),
        ("", String::new(), "400-264", ""),
        ("", "{".to_owned(), "400-152", "body"),
        ("", json!({ "userName": PIA }).to_string(), "400-146", "password"),
        ("", proof("", "x"), "400-387", "userName"),
        ("", json!({ "userName": PIA, "password": "x", "more": 1 }).to_string(), "400-147", "more"),
        ("", json!({ "userName": [PIA], "password": "x" }).to_string(), "400-152", "userName"),
        ("?x=y", good.clone(), "400-101", "x"),
        ("?forceLogin=maybe", good.clone(), "400-102", "forceLogin"),
    ] {
        let reply = sent(server.request("POST", &format!("{LOGIN}{query}")), Media::Json, &body).send().await;
        refused(&reply, code, words);
        assert!(reply.header("x-egain-session").is_none(), "{query} {body}");
    }
    let elsewhere = sent(server.request("POST", &format!("/realms/other{LOGIN}")), Media::Json, &good).send().await;
    refused(&elsewhere, "401-101", "userName");
    let language = sent(server.request("POST", LOGIN), Media::Json, &good).header("accept-language", "xx-XX").send().await;
    refused(&language, "406-100", "Accept-Language");
    let form = server.request("POST", LOGIN).header("accept", "application/json").form("userName=x&password=y").send().await;
    refused(&form, "415-100", "");
    let get = server.request("GET", LOGIN).header("accept", "application/json").send().await;
    refused(&get, "405-100", "");
    assert_eq!(get.header("allow"), Some("POST"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_session_is_refused_unless_it_is_forced() {
    let server = run(Start::on(Database::sqlite())).await;
    let mut sessions = Vec::new();
    for _ in 0..5 {
        server.clock.advance_ms(1);
        sessions.push(begun(&log_in(&server, "").await, Media::Json));
    }
    refused(&log_in(&server, "").await, "400-10424", "5");
    refused(&log_in(&server, "?forceLogin=no").await, "400-10424", "5");
    let sixth = begun(&log_in(&server, "?forceLogin=yes").await, Media::Json);
    refused(&inside(&server, &sessions[0]).await, "401-101", "X-egain-session");
    assert_eq!((inside(&server, &sessions[1]).await.status, inside(&server, &sixth).await.status), (204, 204));
    server.stop().await;
}

async fn token(server: &Server, rest: &str) -> String {
    let form = format!("client_id=proxyKey00000001&client_secret=proxy-secret-0123456789&{rest}");
    let answer = server.request("POST", "/oauth/token").form(form).send().await.expect(200);
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_caller_does_what_it_may_with_the_scope_for_it() {
    on_both(|start| async move {
        let server = run(start).await;
        let as_pia = |scope: &str| format!("grant_type=password&subject_username={PIA}&scope={scope}");
        let as_dana = |scope: &str| format!("grant_type=password&subject_email=dana%40example.net&scope={scope}");
        let (read, manage) = ("core.customermgr.read", "https%3A%2F%2Fapi.example%2Fauth%2Fcore.customermgr.manage");
        let reader = token(&server, &as_pia(read)).await;
        let writer = token(&server, &as_pia(manage)).await;
        let client = token(&server, "grant_type=client_credentials&scope=.default").await;
        let customer = token(&server, &as_dana(read)).await;
        let other_customer = token(&server, &as_dana("something.else")).await;
        let create = async |token: &str| {
            sent(server.request("POST", GRANT).bearer(token), Media::Json, &grants(&["2190"], &["2210"], Media::Json)).send().await
        };
        refused(&create(&reader).await, "403-197", "core.customermgr.manage");
        refused(&create(&customer).await, "403-112", "Customer");
        assert_eq!((create(&writer).await.status, create(&client).await.status), (201, 201));
        let of_2190 = "/core/customermgr/v3/customer/2190/grants";
        assert_eq!((server.get(of_2190, &reader).await.status, server.get(of_2190, &client).await.status), (200, 200));
        refused(&server.get(of_2190, &writer).await, "403-197", "core.customermgr.read");
        refused(&server.get(of_2190, &customer).await, "403-112", "Customer");
        refused(&server.get(OWN, &reader).await, "403-112", "User");
        refused(&server.get(OWN, &client).await, "403-112", "Client application");
        refused(&server.get(OWN, &other_customer).await, "403-197", "core.customermgr.read");
        let own = server.get(OWN, &customer).await.expect(200);
        assert_eq!(own, json!({ "grantsOn": { "customer": [{ "customerName": "Amara Osei", "id": "2190" }] } }));
        // What a token says it is for counts on the older surface as well, and a bearer before a session.
        let old = server.request("GET", OLD_LIST).bearer(&writer).header("x-egain-session", "acme.x").header("accept", "application/json");
        refused(&old.send().await, "403-197", "core.customermgr.read");
        server.stop().await;
    })
    .await;
}
