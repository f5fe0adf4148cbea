//! Searches beyond the scenario: pages, their tokens, and realms of many (`spec/authzen-decisions.md`, sections A4 and F).

use std::fmt::Write;

use serde_json::{Value, json};

use super::{ACTIONS, ASKER, AUDITOR, HARNESS, RESOURCES, STRANGER, SUBJECTS, action, cert, names, record, user, with};
use crate::harness::{Server, Start, databases::Database, on_both};

fn readers() -> Value {
    json!({ "subject": { "type": "user" }, "action": action("read"), "resource": record("record-1") })
}

async fn page_at(server: &Server, path: &str, body: Value, page: Value) -> Value {
    server.asked(path, with(body, json!({ "page": page }))).await
}

#[tokio::test]
async fn a_token_is_good_for_its_own_search_for_ten_minutes() {
    on_both(|start| async move {
        let server = Start { manifest: include_str!("cert.toml").to_owned(), ..start }.run().await;
        let first = page_at(&server, SUBJECTS, readers(), json!({ "limit": 1 })).await;
        let token = first["page"]["next_token"].as_str().unwrap();
        let next = |body: Value, page: Value| with(body, json!({ "page": with(json!({ "token": token }), page) }));
        let half = |body: &mut String| body.truncate(token.len() / 2);
        let mut cut = token.to_owned();
        half(&mut cut);
        let altered = |flip: usize| {
            token.char_indices().map(|(at, c)| if at == flip { if c == 'A' { 'B' } else { 'A' } } else { c }).collect::<String>()
        };
        let refused = [
            (HARNESS, SUBJECTS, next(readers(), json!({ "limit": 2 })), "page.limit"),
            (HARNESS, SUBJECTS, next(with(readers(), json!({ "action": action("write") })), json!({})), "page.token"),
            (HARNESS, SUBJECTS, next(with(readers(), json!({ "resource": record("record-2") })), json!({})), "page.token"),
            (HARNESS, SUBJECTS, next(with(readers(), json!({ "resource": record("record-1[active]") })), json!({})), "page.token"),
            (HARNESS, SUBJECTS, next(with(readers(), json!({ "context": { "x": 1 } })), json!({})), "page.token"),
            (HARNESS, RESOURCES, next(with(readers(), json!({ "subject": user("alice") })), json!({})), "page.token"),
            (ASKER, SUBJECTS, next(readers(), json!({})), "page.token"),
            (HARNESS, SUBJECTS, with(readers(), json!({ "page": { "token": cut } })), "page.token"),
            (HARNESS, SUBJECTS, with(readers(), json!({ "page": { "token": altered(3) } })), "page.token"),
            (HARNESS, SUBJECTS, with(readers(), json!({ "page": { "token": altered(40) } })), "page.token"),
            (HARNESS, SUBJECTS, with(readers(), json!({ "page": { "token": "n o n s e n s e" } })), "page.token"),
        ];
        for (caller, path, body, field) in refused {
            let problem = server.asked_by(caller, path, &body).await.expect(400);
            assert_eq!(problem["errors"][0]["field"], field, "{body}");
        }
        let elsewhere = SUBJECTS.replace("cert", "elsewhere");
        server.asked_by(STRANGER, &elsewhere, &next(readers(), json!({}))).await.expect(400);
        for (wait_ms, status) in [(599_999, 200), (1, 400)] {
            server.clock.advance_ms(wait_ms);
            server.asked_by(HARNESS, SUBJECTS, &next(readers(), json!({}))).await.expect(status);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn pages_of_every_search_lead_through_all_of_it_once() {
    let server = cert().await;
    let how = json!({ "subject": user("alice"), "resource": record("record-1") });
    let what = json!({ "subject": user("alice"), "action": action("read"), "resource": { "type": "record:record" } });
    for (path, body, all) in
        [(SUBJECTS, readers(), &["alice", "bob"][..]), (RESOURCES, what, &["record-1", "record-2"]), (ACTIONS, how, &["read", "write"])]
    {
        let mut page = page_at(&server, path, body.clone(), json!({ "limit": 1 })).await;
        let mut found: Vec<String> = names(&page).into_iter().map(str::to_owned).collect();
        while page["page"]["next_token"] != "" {
            page = page_at(&server, path, body.clone(), json!({ "token": page["page"]["next_token"] })).await;
            found.extend(names(&page).into_iter().map(str::to_owned));
        }
        assert_eq!(found, all, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_action_that_only_a_thing_declares_is_found_for_whoever_may_all() {
    let server = Start { manifest: include_str!("cert.toml").replace("\"realm:administer\"", "\"all\""), ..Start::on(Database::sqlite()) }
        .run()
        .await;
    for (kind, found) in [
        ("record", &["delete", "read", "stamp", "write"][..]),
        ("record:record", &["record:delete", "record:read", "record:stamp", "record:write"]),
    ] {
        let body = json!({ "subject": { "type": "service", "id": "sa::auditor" }, "resource": { "type": kind, "id": "*" } });
        assert_eq!(names(&server.asked(ACTIONS, body).await), found);
    }
    let explained = with(readers(), json!({ "context": { "explain": true } }));
    assert_eq!(server.asked_by(AUDITOR, SUBJECTS, &explained).await.expect(200)["page"], json!({ "next_token": "", "count": 2 }));
    server.asked_by(HARNESS, SUBJECTS, &explained).await.expect(403);
    server.stop().await;
}

/// Most candidates that a page looks at.
const EXAMINED: usize = 1_000;

#[tokio::test]
async fn a_page_looks_at_so_many_and_leads_on() {
    let mut manifest = include_str!("cert.toml").split("[[realms]]\nid = \"elsewhere\"").next().unwrap().to_owned();
    for number in 0..EXAMINED + 50 {
        write!(manifest, "[[realms.objects]]\ntype = \"thing\"\nid = \"{number:05}\"\nattributes = {{ rare = {} }}\n", number > EXAMINED)
            .unwrap();
    }
    let rare = "[[realms.roles]]\nname = \"rare\"\nstatements = [{ effect = \"allow\", actions = [\"thing:see\"], resources = [\"*\"], condition = { \"resource.rare\" = true } }]\n";
    manifest = manifest
        .replacen("[[realms.roles]]", &format!("{rare}[[realms.roles]]"), 1)
        .replace("roles = [\"bob\"]", "roles = [\"bob\", \"rare\"]");
    let server = Start { manifest, ..Start::on(Database::sqlite()) }.run().await;
    let body = json!({ "subject": user("bob"), "action": action("see"), "resource": { "type": "thing" } });
    let first = server.asked(RESOURCES, body.clone()).await;
    assert_eq!(names(&first), [""; 0], "none of the first thousand");
    let token = first["page"]["next_token"].as_str().unwrap();
    assert!(!token.is_empty(), "but there is more to look at");
    let second = server.asked(RESOURCES, with(body, json!({ "page": { "token": token } }))).await;
    assert_eq!((names(&second).len(), names(&second)[0], &second["page"]["next_token"]), (49, "01001", &json!("")));
    server.stop().await;
}

#[tokio::test]
async fn accounts_by_the_thousand_are_searched_page_by_page() {
    let mut manifest = include_str!("cert.toml").split("[[realms]]\nid = \"elsewhere\"").next().unwrap().to_owned();
    for number in 0..EXAMINED + 20 {
        let role = if number % 100 == 0 { "bob" } else { "rare" };
        write!(manifest, "[[realms.accounts]]\nid = \"u{number:05}\"\nkind = \"user\"\nroles = [\"{role}\"]\n").unwrap();
    }
    manifest = manifest.replacen("[[realms.roles]]", "[[realms.roles]]\nname = \"rare\"\nstatements = []\n[[realms.roles]]", 1);
    let server = Start { manifest, ..Start::on(Database::sqlite()) }.run().await;
    let first = page_at(&server, SUBJECTS, readers(), json!({ "limit": 5 })).await;
    assert_eq!(names(&first), ["alice", "bob", "u00000", "u00100", "u00200"]);
    let second = page_at(&server, SUBJECTS, readers(), json!({ "token": first["page"]["next_token"] })).await;
    assert_eq!(names(&second), ["u00300", "u00400", "u00500", "u00600", "u00700"]);
    let all = server.asked(SUBJECTS, readers()).await;
    assert_eq!(names(&all).len(), 12, "of the first thousand");
    let rest = page_at(&server, SUBJECTS, readers(), json!({ "token": all["page"]["next_token"] })).await;
    assert_eq!((names(&rest), &rest["page"]["next_token"]), (vec!["u01000"], &json!("")));
    server.stop().await;
}
