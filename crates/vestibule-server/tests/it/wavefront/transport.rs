//! How requests may look: headers, paths, bodies (section 2 of the page).

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use vestibule_server::dialects::wavefront::words::LIST_BYTES_MAX;

use super::{ask, bare, each, get, ok, post, put, refused, robot, role, server, user};
use crate::harness::{ADA, EVE, Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_in_either_header() {
    let server = server().await;
    let bot = robot(&server, "sa::bot", &["user_management"]).await;
    for (name, value, good) in [
        ("Authorization", format!("Bearer {ADA}"), true),
        ("authorization", format!("bearer {bot}"), true),
        ("X-AUTH-TOKEN", ADA.to_owned(), true),
        ("X-AUTH-TOKEN", format!("Bearer {bot}"), true),
        ("x-auth-token", format!("  {bot} "), true),
        ("Authorization", ADA.to_owned(), false),
        ("Authorization", format!("Basic {ADA}"), false),
        ("X-AUTH-TOKEN", format!("{ADA}x"), false),
        ("X-AUTH-TOKEN", String::new(), false),
        ("X-API-KEY", ADA.to_owned(), false),
    ] {
        let reply = server.request("GET", "/api/v2/account").header(name, &value).send().await;
        match good {
            true => drop(ok(&reply)),
            false => {
                refused(&reply, 401);
                assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer"), "{name}: {value}");
            }
        }
    }
    let both = server.request("GET", "/api/v2/account").header("x-auth-token", "nonsense").bearer(ADA);
    ok(&both.send().await);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_is_spelt_in_escapes_or_literally() {
    let server = server().await;
    robot(&server, "sa::ci-bot", &[]).await;
    user(&server, "a+b@acme.example", &[]).await;
    for (spelt, identifier) in [
        ("sa::ci-bot", "sa::ci-bot"),
        ("sa%3A%3Aci-bot", "sa::ci-bot"),
        ("sa%3a%3aci%2Dbot", "sa::ci-bot"),
        ("SA::CI-bot", "sa::ci-bot"),
        ("a+b@acme.example", "a+b@acme.example"),
        ("a%2Bb%40acme.example", "a+b@acme.example"),
    ] {
        assert_eq!(ok(&get(&server, &format!("/account/{spelt}")).await)["identifier"], identifier, "{spelt}");
    }
    for nobody in ["a%20b@acme.example", "a b", "A+b@acme.example", "a%00b", "%ff", "%zz"] {
        let path = format!("/account/{}", nobody.replace(' ', "%20"));
        refused(&get(&server, &path).await, 404);
    }
    // What stands in the page's paths is never an identifier.
    refused(&ask(&server, "GET", "/account/validateAccounts").send().await, 405);
    each(&ok(&get(&server, "/account/user").await), "identifier");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_may_stand_in_front_if_it_is_the_tokens() {
    let server = server().await;
    let at = |realm: &str, token: &str| server.request("GET", &format!("/realms/{realm}/api/v2/account")).bearer(token).send();
    let mine = ok(&get(&server, "/account").await);
    assert_eq!(ok(&at("acme", ADA).await), mine);
    assert_eq!(each(&ok(&at("other", EVE).await)["items"], "identifier"), ["eve@other.example"]);
    for (realm, token) in [("other", ADA), ("acme", EVE), ("nowhere", ADA), ("ACME", ADA), ("%ff", ADA), ("vendor", ADA)] {
        assert_eq!(refused(&at(realm, token).await, 404), "no such realm", "{realm}");
    }
    refused(&server.request("GET", "/realms/acme/api/v2/nothing").bearer(ADA).send().await, 404);
    let make = |realm: &str| {
        server.request("POST", &format!("/realms/{realm}/api/v2/role")).bearer(ADA).json(r#"{"name":"mine","permissions":[]}"#).send()
    };
    refused(&make("other").await, 404);
    ok(&make("acme").await);
    let theirs = server.get("/realms/other/api/v2/role", EVE).await;
    assert!(!theirs.text().contains("mine"), "{}", theirs.text());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_where_none_is_read_do_not_matter() {
    let server = server().await;
    robot(&server, "sa::bot", &[]).await;
    for (body, kind) in [
        ("", None),
        ("{}", Some("application/json")),
        ("null", Some("application/json")),
        ("null", Some("text/plain")),
        ("nonsense", Some("application/octet-stream")),
        ("{", None),
    ] {
        let request = |method: &str, path: &str| {
            let request = ask(&server, method, path).body(body);
            kind.iter().fold(request, |request, kind| request.header("content-type", kind)).send()
        };
        bare(&request("POST", "/account/sa::bot/grant/ingestion").await);
        bare(&request("POST", "/account/sa::bot/revoke/ingestion").await);
        ok(&request("POST", "/account/serviceaccount/sa::bot/deactivate").await);
        ok(&request("POST", "/account/serviceaccount/sa::bot/activate").await);
        ok(&request("GET", "/account/sa::bot").await);
        let made = ok(&request("POST", "/apitoken").await);
        let token = made.as_array().unwrap().last().unwrap()["tokenID"].as_str().unwrap().to_owned();
        ok(&request("DELETE", &format!("/apitoken/{token}")).await);
        refused(&request("DELETE", "/account/sa::nobody").await, 404);
    }
    // A list that is none, in every spelling of the clients, changes nothing.
    for body in ["", "{}", "null", "[]", " null\n"] {
        let nobody = bare(&ask(&server, "POST", "/account/grant/ingestion").json(body).send().await);
        assert_eq!((&nobody["identifier"], &nobody["customer"], &nobody["groups"]), (&json!(""), &json!("acme"), &json!([])));
        assert_eq!(ok(&ask(&server, "POST", "/account/deleteAccounts").json(body).send().await), json!([]));
        assert_eq!(ok(&ask(&server, "POST", "/role/grant/ingestion").json(body).send().await), json!(null));
        assert_eq!(bare(&ask(&server, "POST", "/account/sa::bot/addRoles").json(body).send().await)["roles"], json!([]));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_read_has_a_type_and_a_limit() {
    let server = server().await;
    let role = r#"{"name":"x","permissions":[]}"#;
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/xml")] {
        let request = ask(&server, "POST", "/role").body(role);
        refused(&kind.iter().fold(request, |request, kind| request.header("content-type", kind)).send().await, 415);
    }
    refused(&ask(&server, "POST", "/user/ben@acme.example/grant").json("group=ingestion").send().await, 415);
    let typed = ask(&server, "POST", "/role").header("content-type", "application/json; charset=utf-8").body(role);
    ok(&typed.send().await);
    let ids = |bytes: usize| format!("[{}]", vec!["\"nobody\""; (bytes - 1) / 9].join(","));
    // Ten thousand ids of usual length fit.
    let many: Vec<_> = (0..10_000).map(|at| format!("somebody.with.a.long.name.{at}@customer.example")).collect();
    let checked = ok(&post(&server, "/account/validateAccounts", &json!(many)).await);
    assert_eq!(checked["invalidIdentifiers"].as_array().unwrap().len(), 10_000);
    let (most, over) = (" ".repeat(LIST_BYTES_MAX - 2) + "[]", " ".repeat(LIST_BYTES_MAX - 1) + "[]");
    ok(&ask(&server, "POST", "/account/validateAccounts").json(most).send().await);
    refused(&ask(&server, "POST", "/account/validateAccounts").json(over).send().await, 413);
    refused(&ask(&server, "POST", "/account/validateAccounts").json(ids(LIST_BYTES_MAX * 2)).send().await, 413);
    let long = |bytes: usize| format!("{{{}{}", " ".repeat(bytes - 15), r#""name":"long"}"#);
    refused(&ask(&server, "POST", "/role").json(long(64 * 1024 + 1)).send().await, 413);
    ok(&ask(&server, "POST", "/role").json(long(64 * 1024)).send().await);
    server.stop().await;
}

/// A body sent in pieces, with no length before it, as one client sends all of its.
async fn chunked(server: &Server, method: &str, path: &str, pieces: &[&str]) -> (u16, String) {
    let mut said = format!(
        "{method} /api/v2{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {ADA}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    for piece in pieces {
        said += &format!("{:x}\r\n{piece}\r\n", piece.len());
    }
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all((said + "0\r\n\r\n").as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    (reply.split(' ').nth(1).unwrap().parse().unwrap(), reply)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_come_in_pieces_of_no_told_length() {
    let server = server().await;
    let (status, reply) = chunked(&server, "POST", "/account/serviceaccount", &["{\"identi", "fier\":\"sa::go\",", "\"tokens\":[]}"]).await;
    assert!(status == 200 && reply.contains("\"sa::go\""), "{reply}");
    let (status, _) = chunked(&server, "PUT", "/account/serviceaccount/sa::go", &["{\"description\":", "\"in pieces\"}"]).await;
    assert_eq!(status, 200);
    assert_eq!(ok(&get(&server, "/account/serviceaccount/sa::go").await)["description"], "in pieces");
    let (status, reply) = chunked(&server, "POST", "/search/account", &["{\"query\":null", "}"]).await;
    assert!(status == 200 && reply.contains("moreItems"), "{reply}");
    let (status, _) = chunked(&server, "POST", "/account/sa::go/grant/ingestion", &[]).await;
    assert_eq!(status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_shown_may_be_sent_back_as_it_was() {
    let server = server().await;
    let one = role(&server, "one", &["ingestion"]).await;
    let crew = super::group(&server, "crew", &[&one]).await;
    robot(&server, "sa::bot", &[]).await;
    ok(&put(&server, "/account/serviceaccount/sa::bot", &json!({ "roles": [one], "userGroups": [crew] })).await);
    let shown = ok(&get(&server, "/account/serviceaccount/sa::bot").await);
    // The whole answer as a body: objects where ids are asked for, and members that nobody reads.
    let again = ok(&put(&server, "/account/serviceaccount/sa::bot", &shown).await);
    assert_eq!(again, shown);
    let odd = json!({ "ingestionPolicyId": "x", "Roles": null, "customer": "acme", "roles": null, "userGroups": null, "properties": {} });
    assert_eq!(ok(&put(&server, "/account/serviceaccount/sa::bot", &odd).await), shown);
    let ids = json!([{ "id": one, "name": "one" }]);
    assert_eq!(bare(&post(&server, "/account/sa::bot/removeRoles", &ids).await)["roles"], json!([]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_may_be_in_any_case() {
    let server = server().await;
    for (at, (spelt, mails)) in [("True", 1), ("true", 1), ("TRUE", 1), ("False", 0), ("false", 0)].into_iter().enumerate() {
        let email = format!("new-{at}@acme.example");
        let body = json!({ "emailAddress": email, "groups": [], "userGroups": [] });
        let before = outbox(&server).await;
        bare(&post(&server, &format!("/account/user?sendEmail={spelt}"), &body).await);
        assert_eq!(outbox(&server).await - before, mails, "{spelt}");
    }
    server.stop().await;
}

/// How many mails have been written.
async fn outbox(server: &Server) -> usize {
    server.get("/v1/realms/acme/outbox", ADA).await.expect(200)["items"].as_array().unwrap().len()
}
