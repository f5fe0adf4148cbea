//! Groups (sections 6 and 9.6 of the page).

use serde_json::json;

use super::{bare, delete, each, get, group, ok, post, put, refused, robot, role, server, sorted, user, warned};
use crate::harness::{ADA, on_both, organization::ORG};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_shown_changed_and_deleted() {
    on_both(|start| async move {
        let server = start.run().await;
        let held = role(&server, "held", &["ingestion"]).await;
        let now = server.clock.now().millis();
        let body = json!({ "name": "crew", "description": "who sails", "roleIDs": [held], "properties": null });
        let made = ok(&post(&server, "/usergroup", &body).await);
        let id = made["id"].as_str().unwrap().to_owned();
        let inner = &made["roles"][0];
        assert_eq!((&inner["id"], &inner["permissions"]), (&json!(held), &json!(["ingestion"])));
        assert!(
            ["sampleLinkedAccounts", "sampleLinkedGroups", "linkedAccountsCount"].iter().all(|name| inner.get(name).is_none()),
            "{inner}"
        );
        let mut rest = made.clone();
        rest["roles"] = json!([]);
        assert_eq!(
            rest,
            json!({
                "id": id, "name": "crew", "customer": "acme", "description": "who sails", "users": [], "userCount": 0, "roles": [],
                "roleCount": 1, "createdEpochMillis": now,
                "properties": { "nameEditable": true, "usersEditable": true, "rolesEditable": true },
            })
        );
        let at = format!("/usergroup/{id}");
        assert_eq!(ok(&get(&server, &at).await), made);
        for nothing in [json!({}), json!({ "id": id, "name": "crew" }), json!({ "name": null, "roleIDs": null, "description": null })] {
            assert_eq!(ok(&put(&server, &at, &nothing).await), made, "{nothing}");
        }
        let changed = ok(&put(&server, &at, &json!({ "name": "watch", "roleIDs": [], "description": "" })).await);
        assert_eq!((&changed["name"], &changed["roleCount"], &changed["description"]), (&json!("watch"), &json!(0), &json!("")));
        let (changed, _) = warned(&put(&server, &at, &json!({ "roleIDs": [{ "id": held }, NOWHERE] })).await);
        assert_eq!(changed["roleCount"], 1);
        refused(&put(&server, &at, &json!({ "roleIDs": [NOWHERE] })).await, 400);
        assert_eq!(ok(&delete(&server, &at).await)["name"], "watch");
        refused(&get(&server, &at).await, 404);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_both_kinds_are_in_groups_and_have_their_roles() {
    on_both(|start| async move {
        let server = start.run().await;
        let held = role(&server, "held", &["ingestion"]).await;
        let crew = group(&server, "crew", &[]).await;
        robot(&server, "sa::bot", &[]).await;
        let (add, remove) = (format!("/usergroup/{crew}/addUsers"), format!("/usergroup/{crew}/removeUsers"));
        for _ in 0..2 {
            let shown = ok(&post(&server, &add, &json!(["sa::bot", "ben@acme.example"])).await);
            assert_eq!((&shown["userCount"], shown["users"].as_array().unwrap().len()), (&json!(2), 2));
        }
        let (shown, told) = warned(&post(&server, &add, &json!(["ben@acme.example", "nobody"])).await);
        assert_eq!((&shown["userCount"], told), (&json!(2), "Invalid accounts found and ignored [nobody]".to_owned()));
        for _ in 0..2 {
            let shown = ok(&post(&server, &format!("/usergroup/{crew}/addRoles"), &json!([held])).await);
            assert_eq!(each(&shown["roles"], "id"), [&*held]);
        }
        for id in ["sa::bot", "ben@acme.example"] {
            let shown = ok(&get(&server, &format!("/account/{id}")).await);
            assert_eq!(
                (&shown["roles"], &shown["unitedRoles"], &shown["unitedPermissions"]),
                (&json!([]), &json!([held]), &json!(["ingestion"]))
            );
        }
        let (shown, _) = warned(&post(&server, &format!("/usergroup/{crew}/removeRoles"), &json!([held, NOWHERE])).await);
        assert_eq!(shown["roles"], json!([]));
        for _ in 0..2 {
            assert_eq!(ok(&post(&server, &remove, &json!(["sa::bot"])).await)["users"], json!(["ben@acme.example"]));
        }
        // A group that goes takes nobody with it.
        ok(&delete(&server, &format!("/usergroup/{crew}")).await);
        assert_eq!(ok(&get(&server, "/account/ben@acme.example").await)["userGroups"].as_array().unwrap().len(), 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_realm_keeps_a_group_of_its_users_and_one_of_its_robots() {
    on_both(|start| async move {
        let server = start.run().await;
        let listed = ok(&get(&server, "/usergroup").await);
        assert_eq!(each(&listed["items"], "name"), ["Everyone", "Service Accounts", "operators"]);
        let (everyone, robots) = (&listed["items"][0], &listed["items"][1]);
        assert_eq!(
            (&everyone["userCount"], sorted(&everyone["users"])),
            (&json!(3), vec!["ada@acme.example", "ben@acme.example", "reader@acme.example"])
        );
        assert_eq!((&robots["userCount"], &robots["users"]), (&json!(1), &json!(["sa::app"])));
        let fixed = json!({ "nameEditable": false, "usersEditable": false, "rolesEditable": true });
        assert_eq!((&everyone["properties"], &robots["properties"]), (&fixed, &fixed));
        let (everyone, robots) = (everyone["id"].as_str().unwrap(), robots["id"].as_str().unwrap());
        // Adding who is in changes nothing, adding who cannot be in is passed over, taking out is refused.
        let add = |id: &str| format!("/usergroup/{id}/addUsers");
        assert_eq!(ok(&post(&server, &add(everyone), &json!(["ben@acme.example"])).await)["userCount"], 3);
        let (shown, told) = warned(&post(&server, &add(everyone), &json!(["sa::app"])).await);
        assert_eq!((&shown["userCount"], told), (&json!(3), "Invalid accounts found and ignored [sa::app]".to_owned()));
        let (shown, _) = warned(&post(&server, &add(robots), &json!(["sa::app", "ben@acme.example"])).await);
        assert_eq!(shown["userCount"], 1);
        refused(&post(&server, &format!("/usergroup/{robots}/removeUsers"), &json!(["sa::app"])).await, 400);
        for id in [everyone, robots] {
            refused(&delete(&server, &format!("/usergroup/{id}")).await, 400);
            refused(&put(&server, &format!("/usergroup/{id}"), &json!({ "name": "mine" })).await, 400);
        }
        // Their roles are everybody's.
        let held = role(&server, "held", &["log_management"]).await;
        let body = json!({ "name": "Everyone", "roleIDs": [held] });
        assert_eq!(ok(&put(&server, &format!("/usergroup/{everyone}"), &body).await)["roleCount"], 1);
        user(&server, "cy@acme.example", &[]).await;
        for (id, permissions) in
            [("ben@acme.example", json!(["log_management"])), ("cy@acme.example", json!(["log_management"])), ("sa::app", json!([]))]
        {
            assert_eq!(ok(&get(&server, &format!("/account/{id}")).await)["unitedPermissions"], permissions, "{id}");
        }
        // Other doors show them, too.
        let page = server.get(&format!("/organizations/{ORG}/resourcegroups/user"), ADA).await.expect(200);
        assert!(each(&page["data"], "name").contains(&"Everyone"), "{page}");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_listed_page_by_page() {
    let server = server().await;
    group(&server, "a", &[]).await;
    let page = ok(&get(&server, "/usergroup?offset=2&limit=1").await);
    assert_eq!((each(&page["items"], "name"), &page["moreItems"], &page["totalItems"]), (vec!["operators"], &json!(true), &json!(4)));
    let page = ok(&get(&server, "/usergroup?offset=3&limit=1").await);
    assert_eq!((each(&page["items"], "name"), &page["moreItems"]), (vec!["a"], &json!(false)));
    // Where many accounts are shown, their groups name nobody.
    let users = ok(&get(&server, "/account/user").await);
    let everyone = &users[0]["userGroups"][0];
    assert_eq!((&everyone["users"], &everyone["userCount"]), (&json!([]), &json!(3)));
    assert_eq!(bare(&get(&server, "/account/user/ben@acme.example").await)["userGroups"][0]["users"].as_array().unwrap().len(), 3);
    server.stop().await;
}
