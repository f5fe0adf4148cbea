//! Groups: made, read, changed, removed; who is in them; and those that the realm keeps.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{allow, ask, at, each, fields, get, group, log_size, may, patch, post, role, text, told_after, user, walk};
use crate::harness::{ADA, Server, doors::NOWHERE, on_both};

/// The id of a group that the realm keeps.
async fn system(server: &Server, which: &str) -> String {
    let groups = walk(server, "/groups", 200).await;
    text(&groups.iter().find(|group| group["system"] == which).unwrap()["id"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_changed_over_what_was_read_and_removed() {
    on_both(|start| async move {
        let server = start.run().await;
        let (reader, writer) = (role(&server, "readers", allow("config:retrieve")).await, role(&server, "writers", json!([])).await);
        let reply = post(&server, "/groups", json!({ "name": " crew ", "description": "On call", "roles": [writer, reader] })).await;
        let made = reply.expect(201);
        let id = text(&made["id"]);
        let path = format!("/groups/{id}");
        assert_eq!((reply.header("location"), reply.header("etag")), (Some(&*at(&path)), Some("\"1\"")));
        let roles = json!([{ "id": reader, "name": "readers" }, { "id": writer, "name": "writers" }]);
        let expected = json!({
            "id": id, "name": "crew", "description": "On call", "roles": roles, "version": 1, "created_at": made["created_at"],
        });
        assert_eq!(made, expected);
        assert_eq!((&get(&server, &path).await, &get(&server, "/groups").await["items"][0]), (&made, &made));

        let over = |tag: &'static str, body: Value| {
            server.request("PATCH", &at(&path)).bearer(ADA).header("if-match", tag).json(body.to_string()).send()
        };
        let changed = over("\"1\"", json!({ "name": "day crew", "roles": [reader] })).await.expect(200);
        assert_eq!((&changed["version"], changed["roles"].as_array().map(Vec::len)), (&json!(2), Some(1)));
        over("\"1\"", json!({ "description": "" })).await.expect(412);
        assert_eq!(fields(&over("*", json!({ "roles": [reader, NOWHERE] })).await), ["roles[1]"]);
        assert_eq!(fields(&post(&server, "/groups", json!({ "name": "x", "roles": [NOWHERE] })).await), ["roles[0]"]);
        for name in ["operators", "Everyone", "day crew"] {
            assert_eq!(post(&server, "/groups", json!({ "name": name })).await.expect(409)["type"], "urn:vestibule:problem:exists");
        }
        over("*", json!({ "name": "operators" })).await.expect(409);
        server.request("DELETE", &at(&path)).bearer(ADA).header("if-match", "\"1\"").send().await.expect(412);
        ask(&server, "DELETE", &path).await.expect_status(204);
        ask(&server, "DELETE", &path).await.expect(404);
        assert_eq!(walk(&server, "/groups", 1).await.len(), 3, "operators and the realm's own");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_in_a_group_is_taken_and_left_as_often_as_one_likes() {
    on_both(|start| async move {
        let server = start.run().await;
        let reader = role(&server, "readers", allow("config:retrieve")).await;
        let (inner, outer) = (group(&server, "inner", &[]).await, group(&server, "outer", &[]).await);
        let before = log_size(&server).await;
        for path in [
            format!("/groups/{outer}/roles/{reader}"),
            format!("/groups/{outer}/groups/{inner}"),
            format!("/groups/{inner}/members/BEN@acme.example"),
        ] {
            for _ in 0..2 {
                ask(&server, "PUT", &path).await.expect_status(204);
            }
        }
        assert_eq!(told_after(&server, before).await, ["privilege.assigned", "group.subgroup_added", "group.member_added"], "once each");
        assert!(may(&server, "user", "ben@acme.example", "retrieve").await);
        let before = log_size(&server).await;
        for path in [
            format!("/groups/{inner}/members/ben@acme.example"),
            format!("/groups/{outer}/groups/{inner}"),
            format!("/groups/{outer}/roles/{reader}"),
        ] {
            for _ in 0..2 {
                ask(&server, "DELETE", &path).await.expect_status(204);
            }
        }
        assert_eq!(told_after(&server, before).await, ["group.member_removed", "group.subgroup_removed", "privilege.revoked"]);
        assert!(!may(&server, "user", "ben@acme.example", "retrieve").await);
        for path in [
            format!("/groups/{NOWHERE}/members/ben@acme.example"),
            format!("/groups/{inner}/members/nobody"),
            format!("/groups/{inner}/groups/{NOWHERE}"),
            format!("/groups/{NOWHERE}/groups/{inner}"),
            format!("/groups/{inner}/roles/{NOWHERE}"),
            format!("/groups/{NOWHERE}/roles/{reader}"),
        ] {
            for method in ["PUT", "DELETE"] {
                ask(&server, method, &path).await.expect(404);
            }
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_does_not_come_to_contain_itself() {
    on_both(|start| async move {
        let server = start.run().await;
        let mut chain = Vec::new();
        for n in 0..33 {
            chain.push(group(&server, &format!("level {n}"), &[]).await);
        }
        let nest = |inner: usize, outer: usize| format!("/groups/{}/groups/{}", chain[outer], chain[inner]);
        for n in 0..31 {
            ask(&server, "PUT", &nest(n, n + 1)).await.expect_status(204);
        }
        for (inner, outer, message) in [(0, 0, "would contain itself"), (31, 0, "would contain itself"), (31, 32, "nests deeper than 32")] {
            let refused = ask(&server, "PUT", &nest(inner, outer)).await.expect(400);
            assert_eq!(refused["errors"][0], json!({ "field": "group", "message": message }));
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_is_on_one_page_accounts_and_groups_alike() {
    on_both(|start| async move {
        let server = start.run().await;
        let crew = group(&server, "crew", &[]).await;
        for n in 0..4 {
            user(&server, &format!("user-{n}")).await;
            let inner = group(&server, &format!("inner-{n}"), &[]).await;
            ask(&server, "PUT", &format!("/groups/{crew}/groups/{inner}")).await.expect_status(204);
            ask(&server, "PUT", &format!("/groups/{crew}/members/user-{n}")).await.expect_status(204);
        }
        ask(&server, "PUT", &format!("/groups/{crew}/members/sa::app")).await.expect_status(204);
        let path = format!("/groups/{crew}/members");
        let all = walk(&server, &path, 200).await;
        for limit in [1, 2, 4, 9] {
            assert_eq!(walk(&server, &path, limit).await, all, "{limit} at a time");
        }
        assert_eq!(each(&all[..4], "name"), ["inner-3", "", "inner-2", ""].map(|name| json!(name)), "newest first");
        assert_eq!(all.last().unwrap()["id"], "sa::app");
        let kinds: BTreeSet<_> = all.iter().map(|one| text(&one["kind"])).collect();
        assert_eq!((all.len(), kinds), (9, ["group", "service", "user"].map(str::to_owned).into()));
        assert_eq!((all[0].get("key"), all[1]["key"].is_string()), (None, true));
        assert_eq!(fields(&ask(&server, "GET", &format!("{path}?after=user-1")).await), ["after"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_groups_that_the_realm_keeps_change_nothing_but_their_roles() {
    on_both(|start| async move {
        let server = start.run().await;
        let (everyone, crew) = (system(&server, "everyone").await, group(&server, "crew", &[]).await);
        let reader = role(&server, "readers", allow("config:retrieve")).await;
        let path = format!("/groups/{everyone}");
        for (method, end) in [
            ("DELETE", String::new()),
            ("PUT", "/members/ben@acme.example".to_owned()),
            ("DELETE", "/members/ben@acme.example".to_owned()),
            ("PUT", format!("/groups/{crew}")),
            ("DELETE", format!("/groups/{crew}")),
        ] {
            assert_eq!(
                ask(&server, method, &format!("{path}{end}")).await.expect(409)["type"],
                "urn:vestibule:problem:conflict",
                "{method} {end}"
            );
        }
        ask(&server, "PUT", &format!("/groups/{crew}/groups/{everyone}")).await.expect(409);
        patch(&server, &path, json!({ "name": "All" })).await.expect(409);
        let given = patch(&server, &path, json!({ "name": "Everyone", "roles": [reader] })).await.expect(200);
        assert_eq!((&given["system"], &given["roles"][0]["name"]), (&json!("everyone"), &json!("readers")));
        assert!(may(&server, "user", "ben@acme.example", "retrieve").await && !may(&server, "service", "sa::app", "retrieve").await);
        for n in 0..3 {
            user(&server, &format!("user-{n}")).await;
        }
        let members = walk(&server, &format!("{path}/members"), 2).await;
        let users = walk(&server, "/accounts?kind=user", 200).await;
        assert_eq!(each(&members, "id"), each(&users, "id"), "all users, the newest first");
        let robots = system(&server, "service_accounts").await;
        assert_eq!(each(&walk(&server, &format!("/groups/{robots}/members"), 9).await, "id"), ["sa::app"]);
        server.stop().await;
    })
    .await;
}
