//! Accounts: made, read, changed, removed, listed; and whence their rights come.

use serde_json::{Value, json};

use super::{allow, ask, at, each, fields, get, group, log_size, may, patch, post, role, send, text, told_after, user, walk};
use crate::harness::{ADA, BEN, MIA, Server, Start, databases::Database, doors::NOWHERE, on_both};

async fn key(server: &Server, id: &str) -> Value {
    get(server, &format!("/accounts/{id}")).await["key"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_with_all_that_is_said_of_it() {
    on_both(|start| async move {
        let server = start.run().await;
        let (reader, crew) = (role(&server, "readers", allow("config:retrieve")).await, group(&server, "crew", &[]).await);
        let before = log_size(&server).await;
        let wish = json!({
            "kind": "user", "id": "Ann/1@acme.example", "name": " Ann O'Hara ", "description": "Runs the meters", "active": true,
            "ends_at": "2031-03-01T00:00:00+01:00", "statements": allow("analytics:query"), "attributes": { "team": "north", "level": 3 },
            "roles": [reader, reader], "groups": [crew],
        });
        let reply = post(&server, "/accounts", wish).await;
        let made = reply.expect(201);
        assert_eq!((reply.header("location"), reply.header("etag")), (Some(&*at("/accounts/Ann%2F1@acme.example")), Some("\"1\"")));
        let everyone = get(&server, "/groups").await["items"].as_array().unwrap().last().unwrap()["id"].clone();
        let expected = json!({
            "id": "Ann/1@acme.example", "key": made["key"], "kind": "user", "name": "Ann O'Hara", "description": "Runs the meters",
            "active": true, "ends_at": "2031-02-28T23:00:00Z", "statements": allow("analytics:query"),
            "attributes": { "team": "north", "level": 3 }, "foreign_departments": [], "roles": [{ "id": reader, "name": "readers" }],
            "groups": [made["groups"][0], { "id": crew, "name": "crew" }], "version": 1, "created_at": made["created_at"],
        });
        assert_eq!(made, expected);
        assert_eq!(made["groups"][0]["name"], "Everyone", "{everyone}");
        assert_eq!(get(&server, "/accounts/ann%2f1@ACME.example").await, made, "however its letters are written");
        let told = ["account.created", "privilege.assigned", "group.member_added"];
        assert_eq!(told_after(&server, before).await, told);
        assert!(may(&server, "user", "Ann/1@acme.example", "retrieve").await);

        let robot = post(&server, "/accounts", json!({ "kind": "service", "id": "SA::CI", "active": false })).await.expect(201);
        assert_eq!(
            (&robot["id"], &robot["active"], &robot["groups"][0]["name"]),
            (&json!("sa::ci"), &json!(false), &json!("Service Accounts"))
        );
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_nothing_is_refused_by_its_place_and_an_id_is_taken_once() {
    on_both(|start| async move {
        let server = start.run().await;
        let (known, crew) = (role(&server, "readers", json!([])).await, group(&server, "crew", &[]).await);
        let groups = get(&server, "/groups").await["items"].clone();
        let robots = groups.as_array().unwrap().iter().find(|group| group["system"] == "service_accounts").unwrap()["id"].clone();
        let ann = |roles: Value, groups: Value| json!({ "kind": "user", "id": "ann", "roles": roles, "groups": groups });
        for (body, faults) in [
            (ann(json!([known, NOWHERE]), json!([])), &["roles[1]"][..]),
            (ann(json!([NOWHERE]), json!([crew, known, NOWHERE])), &["roles[0]", "groups[1]", "groups[2]"]),
            (ann(json!([]), json!([robots])), &["groups[0]"]),
            (json!({ "kind": "user", "id": "sa::ann" }), &["id"]),
            (json!({ "kind": "user", "id": "support::ann@here.com" }), &["id"]),
        ] {
            assert_eq!(fields(&post(&server, "/accounts", body.clone()).await), faults, "{body}");
            if let Value::Array(_) = body["roles"] {
                let change = json!({ "name": "x", "roles": body["roles"], "groups": body["groups"] });
                assert_eq!(fields(&patch(&server, "/accounts/ben@acme.example", change).await), faults, "{body}");
            }
        }
        assert_eq!(get(&server, "/accounts/ben@acme.example").await["version"], 1, "nothing came of it");
        ask(&server, "GET", "/accounts/ann").await.expect(404);
        for id in ["ben@acme.example", "BEN@acme.example"] {
            let reply = post(&server, "/accounts", json!({ "kind": "user", "id": id })).await;
            assert_eq!(reply.expect(409)["type"], "urn:vestibule:problem:exists");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_made_over_what_was_read_and_says_what_it_changed() {
    on_both(|start| async move {
        let server = start.run().await;
        let ben = "/accounts/ben@acme.example";
        let (known, crew) = (role(&server, "readers", allow("config:retrieve")).await, group(&server, "crew", &[]).await);
        let over = |tag: &'static str, body: Value| {
            server.request("PATCH", &at(ben)).bearer(ADA).header("if-match", tag).json(body.to_string()).send()
        };
        let changed = over("\"1\"", json!({ "ends_at": "2031-03-01T00:00:00Z", "description": "a\nb" })).await;
        assert_eq!((changed.expect(200)["ends_at"].clone(), changed.header("etag")), (json!("2031-03-01T00:00:00Z"), Some("\"2\"")));
        assert_eq!(over("\"1\"", json!({ "name": "Benjamin" })).await.expect(412)["type"], "urn:vestibule:problem:stale-version");
        let before = log_size(&server).await;
        let changed = over("\"2\"", json!({ "ends_at": null, "roles": [known], "groups": [crew] })).await.expect(200);
        assert_eq!((changed.get("ends_at"), &changed["description"]), (None, &json!("a\nb")), "null lifts the end, the rest stays");
        assert_eq!(each(changed["groups"].as_array().unwrap(), "name"), ["Everyone", "crew"]);
        assert_eq!(told_after(&server, before).await, ["account.updated", "privilege.assigned", "group.member_added"]);

        // What was read can be sent back as it is.
        let ids = |name: &str| json!(each(changed[name].as_array().unwrap(), "id"));
        let same = json!({ "name": changed["name"], "active": true, "statements": [], "roles": ids("roles"), "groups": ids("groups") });
        let before = log_size(&server).await;
        assert_eq!(over("*", same).await.expect(200), changed);
        assert_eq!(log_size(&server).await, before, "what is as wanted already is no change");

        let off = patch(&server, ben, json!({ "active": false, "roles": [], "groups": [] })).await.expect(200);
        assert_eq!((&off["active"], &off["roles"], off["groups"].as_array().map(Vec::len)), (&json!(false), &json!([]), Some(1)));
        server.get("/v1/realms", BEN).await.expect(401);
        assert_eq!(get(&server, &format!("{ben}/rights")).await["shut_out"], "subject_disabled");
        let gone = |tag: &'static str| server.request("DELETE", &at(ben)).bearer(ADA).header("if-match", tag).send();
        gone("\"2\"").await.expect(412);
        gone("*").await.expect_status(204);
        ask(&server, "GET", ben).await.expect(404);
        ask(&server, "DELETE", ben).await.expect(404);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_shuts_themselves_out() {
    let server = Start::on(Database::sqlite()).run().await;
    let ada = "/accounts/ada@acme.example";
    for body in [json!({ "active": false }), json!({ "ends_at": "2026-11-21T22:50:00Z", "name": "x" })] {
        let refused = patch(&server, ada, body).await.expect(409);
        assert_eq!(
            (&refused["type"], &refused["detail"]),
            (&json!("urn:vestibule:problem:conflict"), &json!("the account is the caller's own"))
        );
    }
    ask(&server, "DELETE", ada).await.expect(409);
    assert_eq!(get(&server, ada).await["version"], 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_makes_one_account() {
    on_both(|start| async move {
        let server = start.run().await;
        let make = |body: Value| {
            server.request("POST", &at("/accounts")).bearer(ADA).header("idempotency-key", "ann-1").json(body.to_string()).send()
        };
        let first = make(json!({ "kind": "user", "id": "ann" })).await;
        let again = make(json!({ "kind": "user", "id": "ann" })).await;
        assert_eq!(
            (again.expect(201), again.header("location"), again.header("etag")),
            (first.expect(201), first.header("location"), Some("\"1\""))
        );
        make(json!({ "kind": "user", "id": "bea" })).await.expect(422);
        assert_eq!(walk(&server, "/accounts?kind=user", 200).await.len(), 4);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_is_on_one_page_newest_first_and_kinds_are_kept_apart() {
    on_both(|start| async move {
        let server = start.run().await;
        server.post(&at("/support-access/invitations"), ADA, r#"{"email":"mia.falk@here.com"}"#).await.expect(201);
        for n in 0..3 {
            user(&server, &format!("user-{n}")).await;
            post(&server, "/accounts", json!({ "kind": "service", "id": format!("sa::{n}") })).await.expect(201);
            server.clock.advance_ms(1);
            server.post(&at("/support-sessions"), MIA, r#"{"reason":"asked to"}"#).await.expect(201);
        }
        let all = walk(&server, "/accounts", 200).await;
        let mut keys = each(&all, "key");
        for limit in [1, 2, 3, 50] {
            assert_eq!(walk(&server, "/accounts", limit).await, all, "{limit} at a time");
        }
        keys.sort_by(|a, b| b.as_str().cmp(&a.as_str()));
        assert_eq!(each(&all, "key"), keys, "newest first");
        assert_eq!((&all[0]["id"], all.len()), (&json!("sa::2"), 11), "four of the manifest, six, and Mia");
        for (kind, count) in [("user", 6), ("service", 4), ("support", 1)] {
            let some = walk(&server, &format!("/accounts?kind={kind}"), 2).await;
            assert_eq!((some.len(), each(&some, "kind")), (count, vec![json!(kind); count]));
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visiting_agent_is_seen_and_not_touched() {
    on_both(|start| async move {
        let server = start.run().await;
        let window = json!({ "ends_at": "2031-03-01T00:00:00Z", "statements": allow("config:update") });
        send(&server, "PUT", "/support-access/window", &window).await.expect(201);
        let reader = role(&server, "readers", allow("config:retrieve")).await;
        ask(&server, "PUT", &format!("/support-access/roles/{reader}")).await.expect_status(204);
        let entered = server.post(&at("/support-sessions"), MIA, r#"{"reason":"asked to"}"#).await.expect(201);
        let (agent, crew) = ("/accounts/support::mia.falk@here.com", group(&server, "crew", &[]).await);
        let seen = get(&server, agent).await;
        assert_eq!((&seen["key"], &seen["kind"], &seen["groups"]), (&entered["account"], &json!("support"), &json!([])));
        let rights = get(&server, &format!("{agent}/rights")).await;
        assert_eq!((&rights["session"], rights.get("shut_out")), (&entered["id"], None));
        let paths = each(rights["sources"].as_array().unwrap(), "path");
        assert_eq!(paths, [json!(["support staff", "role readers"]), json!(["window"])]);
        assert_eq!(rights["sources"][1]["until"], "2031-03-01T00:00:00Z");
        assert_eq!(rights["sources"][1]["origin"], json!({ "kind": "window", "version": 1 }));
        for (method, path, body) in [
            ("PATCH", agent.to_owned(), Some(json!({ "active": false }))),
            ("DELETE", agent.to_owned(), None),
            ("POST", format!("{agent}/credentials"), Some(json!({ "kind": "token" }))),
            ("PUT", format!("{agent}/roles/{reader}"), None),
            ("DELETE", format!("{agent}/roles/{reader}"), None),
            ("PUT", format!("/groups/{crew}/members/support::mia.falk@here.com"), None),
        ] {
            let reply = match body {
                Some(body) => send(&server, method, &path, &body).await,
                None => ask(&server, method, &path).await,
            };
            assert_eq!(reply.expect(409)["detail"], "the account is a visiting agent's", "{method} {path}");
        }
        assert_eq!(get(&server, &format!("{agent}/credentials")).await, json!({ "items": [] }));
        assert_eq!(server.delete(&at(&format!("/support-sessions/{}", text(&entered["id"]))), ADA).await.status, 204);
        let after = get(&server, &format!("{agent}/rights")).await;
        assert_eq!((after.get("session"), &after["shut_out"], &after["sources"]), (None, &json!("no_live_grant"), &json!([])));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_say_by_which_path_they_came() {
    on_both(|start| async move {
        let server = start.run().await;
        let rights = get(&server, "/accounts/ada@acme.example/rights").await;
        let admin = &rights["sources"][0];
        assert_eq!(admin["path"], json!(["group operators", "role org-admin"]));
        assert_eq!((&admin["origin"]["name"], &admin["statements"]), (&json!("org-admin"), &allow("all")));
        assert_eq!((&rights["account"], rights["sources"].as_array().map(Vec::len)), (&json!("ada@acme.example"), Some(1)));

        let (reader, writer) =
            (role(&server, "readers", allow("config:retrieve")).await, role(&server, "writers", allow("config:update")).await);
        let (inner, outer) = (group(&server, "night shift", &[]).await, group(&server, "shifts", &[&writer]).await);
        let ben = "/accounts/ben@acme.example";
        for path in [
            format!("/groups/{outer}/groups/{inner}"),
            format!("/groups/{inner}/members/ben@acme.example"),
            format!("{ben}/roles/{reader}"),
        ] {
            ask(&server, "PUT", &path).await.expect_status(204);
        }
        let own = patch(&server, ben, json!({ "statements": allow("analytics:query") })).await.expect(200);
        assert_eq!(each(own["groups"].as_array().unwrap(), "name"), ["Everyone", "night shift"], "directly");
        let paths = |rights: Value| each(rights["sources"].as_array().unwrap(), "path");
        let expected = [json!(["own"]), json!(["role readers"]), json!(["group night shift", "group shifts", "role writers"])];
        assert_eq!(paths(get(&server, &format!("{ben}/rights")).await), expected);
        assert!(may(&server, "user", "ben@acme.example", "update").await);
        ask(&server, "DELETE", &format!("/groups/{outer}/groups/{inner}")).await.expect_status(204);
        assert_eq!(paths(get(&server, &format!("{ben}/rights")).await), expected[..2]);
        assert!(!may(&server, "user", "ben@acme.example", "update").await, "what is shown is what is enforced");
        assert_eq!(key(&server, "ben@acme.example").await, own["key"]);
        ask(&server, "GET", "/accounts/nobody/rights").await.expect(404);
        server.stop().await;
    })
    .await;
}
