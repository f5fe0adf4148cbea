//! Robots: operations 1, 5, 6, 12, 14 and 24 (section 3 of the page).

use serde_json::{Value, json};

use super::{ask, each, get, group, ok, post, put, refused, robot, role, server, token_of, warned};
use crate::harness::{http::Reply, on_both};

const CHOSEN: &str = "6d5fb3a0-64f3-4c1e-8e5c-0a6b1c2d3e4f";
const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

async fn create(server: &crate::harness::Server, body: &Value) -> Reply {
    post(server, "/account/serviceaccount", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_is_made_as_its_body_says() {
    on_both(|start| async move {
        let server = start.run().await;
        let held = role(&server, "held", &["ingestion"]).await;
        let crew = group(&server, "crew", &[]).await;
        let now = server.clock.now().millis();
        let made = ok(&create(&server, &json!({ "identifier": "sa::plain" })).await);
        let robots = &made["userGroups"][0];
        assert_eq!((&robots["name"], &robots["userCount"], &robots["users"]), (&json!("Service Accounts"), &json!(2), &json!(["sa::app", "sa::plain"])));
        assert_eq!(robots["properties"], json!({ "nameEditable": false, "usersEditable": false, "rolesEditable": true }));
        let mut rest = made.clone();
        rest["userGroups"] = json!([]);
        assert_eq!(
            rest,
            json!({
                "identifier": "sa::plain", "active": true, "description": "", "groups": [], "roles": [], "userGroups": [], "tokens": [],
                "unitedRoles": [], "unitedPermissions": [],
            })
        );
        let body = json!({
            "identifier": "SA::Full", "active": false, "description": "CI", "groups": ["alerts_management"], "roles": [held],
            "userGroups": [crew], "tokens": [CHOSEN.to_uppercase()],
        });
        let made = ok(&create(&server, &body).await);
        assert_eq!((&made["identifier"], &made["active"], &made["description"]), (&json!("sa::full"), &json!(false), &json!("CI")));
        assert_eq!(each(&made["userGroups"], "name"), ["Service Accounts", "crew"]);
        assert_eq!((&made["roles"][0]["name"], &made["roles"][0]["permissions"]), (&json!("held"), &json!(["ingestion"])));
        assert_eq!(
            made["tokens"],
            json!([{ "tokenID": CHOSEN, "tokenName": "", "account": "sa::full", "accountType": "INACTIVE_SERVICE_ACCOUNT", "dateGenerated": now }])
        );
        assert_eq!(ok(&get(&server, "/account/serviceaccount/sa::full").await), made);
        assert_eq!(made["unitedPermissions"], json!(["alerts_management", "ingestion"]), "what it would have if it were switched on");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unknown_is_passed_over_and_told_of() {
    let server = server().await;
    let held = role(&server, "held", &[]).await;
    let everyone = ok(&get(&server, "/usergroup").await)["items"][0]["id"].as_str().unwrap().to_owned();
    let body = json!({ "identifier": "sa::bot", "roles": [held, NOWHERE, "x"], "userGroups": [NOWHERE, everyone] });
    let (made, told) = warned(&create(&server, &body).await);
    assert_eq!(
        told,
        format!("Invalid roles found and ignored [{NOWHERE}, x]; Invalid user groups found and ignored [{NOWHERE}, {everyone}]")
    );
    assert_eq!((each(&made["roles"], "name"), each(&made["userGroups"], "name")), (vec!["held"], vec!["Service Accounts"]));
    // Of nothing but what is unknown a new account is made without; one that is there keeps what it has.
    let (made, _) = warned(&create(&server, &json!({ "identifier": "sa::other", "roles": [NOWHERE] })).await);
    assert_eq!(made["roles"], json!([]));
    refused(&put(&server, "/account/serviceaccount/sa::bot", &json!({ "roles": [NOWHERE] })).await, 400);
    let (kept, told) = warned(&put(&server, "/account/serviceaccount/sa::bot", &json!({ "roles": [held, NOWHERE] })).await);
    assert_eq!((each(&kept["roles"], "name"), told), (vec!["held"], format!("Invalid roles found and ignored [{NOWHERE}]")));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_changes_what_it_names_and_nothing_else() {
    on_both(|start| async move {
        let server = start.run().await;
        let held = role(&server, "held", &[]).await;
        let crew = group(&server, "crew", &[]).await;
        let body = json!({ "identifier": "sa::bot", "description": "CI", "groups": ["ingestion"], "roles": [held], "userGroups": [crew] });
        ok(&create(&server, &body).await);
        token_of(&server, "sa::bot").await;
        let at = "/account/serviceaccount/sa::bot";
        let before = ok(&get(&server, at).await);
        for nothing in [
            json!({}),
            json!({ "identifier": "SA::bot" }),
            json!({ "active": null, "description": null, "tokens": null, "userGroups": null, "groups": null, "roles": null }),
            // What one client sends with every change.
            json!({ "identifier": "sa::bot", "tokens": [], "active": true }),
        ] {
            assert_eq!(ok(&put(&server, at, &nothing).await), before, "{nothing}");
        }
        for (member, body, expected) in [
            ("description", json!({ "description": "" }), json!("")),
            ("groups", json!({ "groups": ["log_management", "events_management"] }), json!(["events_management", "log_management"])),
            ("groups", json!({ "groups": [] }), json!([])),
            ("roles", json!({ "roles": [] }), json!([])),
            ("active", json!({ "active": false }), json!(false)),
        ] {
            let shown = ok(&put(&server, at, &body).await);
            assert_eq!(shown[member], expected, "{body}");
            assert_eq!(each(&shown["userGroups"], "name"), ["Service Accounts", "crew"], "{body}");
        }
        // An empty list resets the groups to the one of its kind.
        let shown = ok(&put(&server, at, &json!({ "userGroups": [] })).await);
        assert_eq!((each(&shown["userGroups"], "name"), shown["tokens"].as_array().unwrap().len()), (vec!["Service Accounts"], 1));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_a_client_chose_are_added_and_never_taken_away() {
    on_both(|start| async move {
        let server = start.run().await;
        let at = "/account/serviceaccount/sa::bot";
        ok(&create(&server, &json!({ "identifier": "sa::bot", "tokens": [CHOSEN], "groups": ["user_management"] })).await);
        ok(&server.get("/api/v2/account", CHOSEN).await);
        let other = CHOSEN.replace("6d5f", "7d5f");
        for tokens in [json!([]), json!([CHOSEN]), json!([{ "tokenID": CHOSEN.to_uppercase() }]), json!([other]), json!([other, CHOSEN])] {
            ok(&put(&server, at, &json!({ "tokens": tokens })).await);
        }
        ok(&server.get("/api/v2/account", &other).await);
        let shown = ok(&get(&server, at).await);
        assert_eq!(each(&shown["tokens"], "tokenID"), [CHOSEN, &other]);
        // One that somebody has is nobody else's.
        robot(&server, "sa::two", &[]).await;
        for (path, method) in [("/account/serviceaccount/sa::two", "PUT"), ("/account/serviceaccount", "POST")] {
            let body = json!({ "identifier": if method == "PUT" { "sa::two" } else { "sa::three" }, "tokens": [other] });
            refused(&ask(&server, method, path).json(body.to_string()).send().await, 400);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_that_is_switched_off_is_refused_and_keeps_everything() {
    on_both(|start| async move {
        let server = start.run().await;
        let token = robot(&server, "sa::bot", &["user_management"]).await;
        let before = ok(&get(&server, "/account/serviceaccount/sa::bot").await);
        let (on, off) = ("/account/serviceaccount/sa::bot/activate", "/account/serviceaccount/sa::bot/deactivate");
        for _ in 0..2 {
            let shown = ok(&post(&server, off, &json!({})).await);
            assert_eq!((&shown["active"], &shown["tokens"][0]["accountType"]), (&json!(false), &json!("INACTIVE_SERVICE_ACCOUNT")));
            assert_eq!((&shown["groups"], &shown["unitedPermissions"]), (&before["groups"], &before["unitedPermissions"]));
            refused(&server.get("/api/v2/account", &token).await, 401);
        }
        for _ in 0..2 {
            assert_eq!(ok(&post(&server, on, &json!({})).await), before);
        }
        ok(&server.get("/api/v2/account", &token).await);
        // Nobody shuts oneself out.
        refused(&server.request("POST", &format!("/api/v2{off}")).bearer(&token).send().await, 400);
        refused(&server.request("DELETE", "/api/v2/account/sa::bot").bearer(&token).send().await, 400);
        let body = json!({ "active": false }).to_string();
        refused(&server.request("PUT", "/api/v2/account/serviceaccount/sa::bot").bearer(&token).json(body).send().await, 400);
        server.stop().await;
    })
    .await;
}
