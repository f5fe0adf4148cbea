//! Roles: made, read, changed, removed, and given to whoever may hold them.

use serde_json::{Value, json};

use super::{allow, ask, at, each, fields, get, log_size, may, patch, post, role, text, told_after, walk};
use crate::harness::{ADA, Server, doors::NOWHERE, on_both};

async fn named(server: &Server, name: &str) -> String {
    text(&walk(server, "/roles", 200).await.iter().find(|role| role["name"] == name).unwrap()["id"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_made_changed_over_what_was_read_and_removed() {
    on_both(|start| async move {
        let server = start.run().await;
        let deny = json!({ "effect": "deny", "actions": ["all"], "resources": ["config:plan/item/secret"], "condition": { "subject.team": "south" } });
        let statements = json!([allow("config:retrieve")[0], deny]);
        let reply = post(&server, "/roles", json!({ "name": "readers", "description": "May look", "statements": statements })).await;
        let made = reply.expect(201);
        let path = format!("/roles/{}", text(&made["id"]));
        assert_eq!((reply.header("location"), reply.header("etag")), (Some(&*at(&path)), Some("\"1\"")));
        let expected = json!({
            "id": made["id"], "name": "readers", "description": "May look", "managed": false, "statements": statements, "version": 1,
            "created_at": made["created_at"],
        });
        assert_eq!(made, expected);
        assert_eq!((&get(&server, &path).await, &get(&server, "/roles").await["items"][0]), (&made, &made));

        let over = |tag: &'static str, body: Value| {
            server.request("PATCH", &at(&path)).bearer(ADA).header("if-match", tag).json(body.to_string()).send()
        };
        assert_eq!(over("\"1\"", json!({ "statements": [] })).await.expect(200)["version"], 2);
        over("\"1\"", json!({ "name": "lookers" })).await.expect(412);
        assert_eq!(over("\"2\"", json!({ "name": "lookers" })).await.expect(200)["description"], "May look");
        assert_eq!(fields(&over("*", json!({ "statements": [{ "effect": "let" }], "id": "x" })).await), ["statements[0].actions", "id"]);
        for name in ["org-admin", "Administrator", "lookers"] {
            let refused = post(&server, "/roles", json!({ "name": name, "statements": [] })).await.expect(409);
            assert_eq!(refused["type"], "urn:vestibule:problem:exists");
        }
        over("*", json!({ "name": "org-admin" })).await.expect(409);
        ask(&server, "PUT", &format!("/accounts/ben@acme.example{path}")).await.expect_status(204);
        server.request("DELETE", &at(&path)).bearer(ADA).header("if-match", "\"2\"").send().await.expect(412);
        ask(&server, "DELETE", &path).await.expect_status(204);
        ask(&server, "DELETE", &path).await.expect(404);
        assert_eq!(get(&server, "/accounts/ben@acme.example").await["roles"], json!([]), "nobody holds it any longer");
        assert_eq!(each(&walk(&server, "/roles", 1).await, "id"), each(&walk(&server, "/roles", 200).await, "id"));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_of_ours_are_given_and_not_changed() {
    on_both(|start| async move {
        let server = start.run().await;
        let admin = named(&server, "Administrator").await;
        assert_eq!(get(&server, &format!("/roles/{admin}")).await["managed"], true);
        for (method, body) in [("PATCH", Some(json!({ "description": "Mine" }))), ("DELETE", None)] {
            let reply = match body {
                Some(body) => patch(&server, &format!("/roles/{admin}"), body).await,
                None => ask(&server, method, &format!("/roles/{admin}")).await,
            };
            assert_eq!(reply.expect(409)["detail"], "the role is managed and cannot be changed", "{method}");
        }
        let invited = named(&server, "AccountExecutive").await;
        patch(&server, &format!("/roles/{invited}"), json!({ "name": "Mine" })).await.expect(409);
        ask(&server, "DELETE", &format!("/roles/{invited}")).await.expect(409);
        patch(&server, &format!("/roles/{invited}"), json!({ "statements": [] })).await.expect(200);
        ask(&server, "PUT", &format!("/accounts/ben@acme.example/roles/{admin}")).await.expect_status(204);
        assert!(may(&server, "user", "ben@acme.example", "delete").await);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_given_and_taken_as_often_as_one_likes() {
    on_both(|start| async move {
        let server = start.run().await;
        let reader = role(&server, "readers", allow("config:retrieve")).await;
        for holder in ["/accounts/ben@acme.example", "/accounts/sa::app", "/support-access"] {
            let path = format!("{holder}/roles/{reader}");
            let before = log_size(&server).await;
            for method in ["PUT", "PUT", "DELETE", "DELETE"] {
                ask(&server, method, &path).await.expect_status(204);
                if let Some(holder) = holder.strip_prefix("/accounts/") {
                    let kind = if holder.starts_with("sa::") { "service" } else { "user" };
                    assert_eq!(may(&server, kind, holder, "retrieve").await, method == "PUT");
                } else {
                    let held = each(&walk(&server, "/support-access/roles", 1).await, "id");
                    assert_eq!(held.contains(&json!(reader)), method == "PUT");
                }
            }
            assert_eq!(told_after(&server, before).await, ["privilege.assigned", "privilege.revoked"], "{holder}");
            for method in ["PUT", "DELETE"] {
                ask(&server, method, &format!("{holder}/roles/{NOWHERE}")).await.expect(404);
                ask(&server, method, &format!("{holder}/roles/readers")).await.expect(404);
            }
        }
        ask(&server, "PUT", &format!("/accounts/nobody/roles/{reader}")).await.expect(404);
        server.stop().await;
    })
    .await;
}
