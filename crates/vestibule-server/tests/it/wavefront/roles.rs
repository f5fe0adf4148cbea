//! Roles (section 6 of the page).

use serde_json::{Value, json};

use super::{ask, bare, delete, each, get, group, ok, post, put, refused, robot, role, server, user, warned};
use crate::harness::{ADA, on_both, organization::ORG};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";
const ADA_ID: &str = "ada@acme.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_made_shown_changed_and_deleted() {
    on_both(|start| async move {
        let server = start.run().await;
        let made = ok(&post(&server, "/role", &json!({ "id": "", "name": "ingesters", "description": "who ingests", "permissions": ["log_management", "ingestion", "ingestion"] })).await);
        let id = made["id"].as_str().unwrap().to_owned();
        let properties = json!({ "nameEditable": true, "permsEditable": true, "usersAddable": true, "usersRemovable": true, "deletable": true });
        let expected = json!({
            "id": id, "name": "ingesters", "description": "who ingests", "customer": "acme", "permissions": ["ingestion", "log_management"],
            "createdEpochMillis": 1_800_000_000_000_i64, "lastUpdatedMs": 1_800_000_000_000_i64, "lastUpdatedAccountId": ADA_ID,
            "linkedAccountsCount": 0, "linkedGroupsCount": 0, "sampleLinkedAccounts": [], "sampleLinkedGroups": [],
            "restrictedPermissions": [], "properties": properties,
        });
        assert_eq!(made, expected);
        let at = format!("/role/{id}");
        assert_eq!(ok(&get(&server, &at).await), expected);
        assert_eq!(ok(&get(&server, &format!("/role/{}", id.to_uppercase())).await), expected);
        server.clock.advance_ms(7);
        for nothing in [json!({}), json!({ "id": id, "name": null, "permissions": null, "description": null }), json!({ "name": "ingesters" })] {
            assert_eq!(ok(&put(&server, &at, &nothing).await), expected, "{nothing}");
        }
        let changed = ok(&put(&server, &at, &json!({ "id": id, "permissions": ["events_management"] })).await);
        assert_eq!((&changed["permissions"], &changed["name"], &changed["description"]), (&json!(["events_management"]), &json!("ingesters"), &json!("who ingests")));
        assert_eq!((&changed["createdEpochMillis"], &changed["lastUpdatedMs"]), (&json!(1_800_000_000_000_i64), &json!(1_800_000_000_007_i64)));
        let changed = ok(&put(&server, &at, &json!({ "name": "readers", "permissions": [], "description": "" })).await);
        assert_eq!((&changed["permissions"], &changed["name"], &changed["description"]), (&json!([]), &json!("readers"), &json!("")));
        // Another author.
        let bot = robot(&server, "sa::editor", &["user_management"]).await;
        let body = json!({ "description": "by a robot" }).to_string();
        let changed = ok(&server.request("PUT", &format!("/api/v2{at}")).bearer(&bot).json(body).send().await);
        assert_eq!(changed["lastUpdatedAccountId"], "sa::editor");
        ok(&delete(&server, "/account/sa::editor").await);
        assert_eq!(ok(&get(&server, &at).await).get("lastUpdatedAccountId"), None, "who is gone has no name");
        assert_eq!(ok(&delete(&server, &at).await)["id"], id);
        refused(&get(&server, &at).await, 404);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_held_by_accounts_and_groups() {
    on_both(|start| async move {
        let server = start.run().await;
        let held = role(&server, "held", &["ingestion"]).await;
        let crew = group(&server, "crew", &[]).await;
        robot(&server, "sa::bot", &[]).await;
        let (add, remove) = (format!("/role/{held}/addAssignees"), format!("/role/{held}/removeAssignees"));
        for _ in 0..2 {
            let all = json!(["sa::BOT", crew, "ben@acme.example"]);
            let shown = ok(&post(&server, &add, &all).await);
            assert_eq!((&shown["linkedAccountsCount"], &shown["linkedGroupsCount"]), (&json!(2), &json!(1)));
            assert_eq!(shown["sampleLinkedAccounts"].as_array().unwrap().len(), 2);
            let sample = &shown["sampleLinkedGroups"][0];
            assert_eq!((&sample["id"], sample.get("roles"), sample.get("users")), (&json!(crew), None, None));
        }
        let (shown, told) = warned(&post(&server, &remove, &json!(["nobody", crew, NOWHERE])).await);
        assert_eq!((&shown["linkedGroupsCount"], told), (&json!(0), format!("Invalid accounts found and ignored [nobody, {NOWHERE}]")));
        assert_eq!(ok(&post(&server, &remove, &json!([crew])).await)["linkedGroupsCount"], 0, "as before");
        for path in [&add, &remove] {
            let told = refused(&post(&server, path, &json!(["nobody", NOWHERE])).await, 400);
            assert!(told.contains("No valid user or user group IDs were found"), "{told}");
            assert_eq!(ok(&post(&server, path, &json!([])).await)["linkedAccountsCount"], 2);
        }
        // Deleting the role takes it off whoever held it.
        ok(&post(&server, &add, &json!([crew])).await);
        ok(&delete(&server, &format!("/role/{held}")).await);
        assert_eq!(ok(&get(&server, "/account/sa::bot").await)["unitedRoles"], json!([]));
        assert_eq!(ok(&get(&server, &format!("/usergroup/{crew}")).await)["roleCount"], 0);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_given_to_many_roles_at_once() {
    on_both(|start| async move {
        let server = start.run().await;
        let (one, two) = (role(&server, "one", &[]).await, role(&server, "two", &["ingestion"]).await);
        for _ in 0..2 {
            assert_eq!(ok(&post(&server, "/role/grant/ingestion", &json!([one, two])).await)["id"], one);
        }
        assert_eq!(ok(&get(&server, &format!("/role/{two}")).await)["permissions"], json!(["ingestion"]));
        let (first, told) = warned(&post(&server, "/role/revoke/ingestion", &json!([NOWHERE, two, one])).await);
        assert_eq!(
            (&first["id"], &first["permissions"], told),
            (&json!(two), &json!([]), format!("Invalid roles found and ignored [{NOWHERE}]"))
        );
        ok(&post(&server, "/role/revoke/ingestion", &json!([one])).await);
        assert_eq!(ok(&get(&server, &format!("/role/{one}")).await)["permissions"], json!([]));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_says_more_than_permissions_keeps_its_statements() {
    let server = server().await;
    let roles = ok(&get(&server, "/role?limit=1000").await);
    let named = |name: &str| roles["items"].as_array().unwrap().iter().find(|role| role["name"] == name).unwrap().clone();
    let editable = |role: &Value| {
        ["nameEditable", "permsEditable", "usersAddable", "usersRemovable", "deletable"].map(|name| role["properties"][name] == true)
    };
    for (name, expected) in [
        ("AccountExecutive", [false, false, true, true, false]),
        ("Administrator", [false, false, true, true, false]),
        ("ReadOnly", [false, false, true, true, false]),
        ("org-admin", [true, false, true, true, true]),
    ] {
        assert_eq!((&named(name)["permissions"], editable(&named(name))), (&json!([]), expected), "{name}");
    }
    let id = |name: &str| named(name)["id"].as_str().unwrap().to_owned();
    for (name, body) in [
        ("org-admin", json!({ "permissions": ["ingestion"] })),
        ("Administrator", json!({ "permissions": ["ingestion"] })),
        ("Administrator", json!({ "name": "boss" })),
        ("AccountExecutive", json!({ "name": "visitor" })),
    ] {
        refused(&put(&server, &format!("/role/{}", id(name)), &body).await, 400);
    }
    for name in ["Administrator", "AccountExecutive"] {
        refused(&delete(&server, &format!("/role/{}", id(name))).await, 400);
    }
    let fresh = role(&server, "fresh", &[]).await;
    refused(&post(&server, "/role/grant/ingestion", &json!([fresh, id("org-admin")])).await, 400);
    assert_eq!(ok(&get(&server, &format!("/role/{fresh}")).await)["permissions"], json!([]), "all of them or none");
    // Its description may be edited, and who holds it.
    let at = format!("/role/{}", id("org-admin"));
    assert_eq!(ok(&put(&server, &at, &json!({ "description": "runs it" })).await)["description"], "runs it");
    user(&server, "cy@acme.example", &[]).await;
    ok(&post(&server, &format!("{at}/addAssignees"), &json!(["cy@acme.example"])).await);
    assert_eq!(ok(&get(&server, "/account/cy@acme.example").await)["unitedPermissions"].as_array().unwrap().len(), 17);
    // Another door's statements are read for what they are.
    let statements = json!([{ "effect": "allow", "action": ["all"], "resource": ["config:plan/*"] }]);
    let path = format!("/organizations/{ORG}/permissionpolicies");
    let made = server.post(&path, ADA, &json!({ "name": "planners", "permissionPolicy": statements }).to_string()).await.expect(200);
    let shown = ok(&get(&server, &format!("/role/{}", made["id"].as_str().unwrap())).await);
    assert_eq!((&shown["permissions"], editable(&shown)), (&json!([]), [true, false, true, true, true]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_listed_page_by_page_oldest_first() {
    let server = server().await;
    for name in ["b", "a"] {
        server.clock.advance_ms(1);
        role(&server, name, &[]).await;
    }
    let all = ok(&get(&server, "/role").await);
    let names: Vec<_> = each(&all["items"], "name").into_iter().map(str::to_owned).collect();
    assert_eq!(
        (names[names.len() - 2..].join(" "), &all["totalItems"], &all["moreItems"]),
        ("b a".to_owned(), &json!(names.len()), &json!(false))
    );
    let mut paged = Vec::new();
    for offset in (0..names.len()).step_by(2) {
        let page = ok(&get(&server, &format!("/role?offset={offset}&limit=2")).await);
        assert_eq!(page["moreItems"], json!(offset + 2 < names.len()));
        paged.extend(each(&page["items"], "name").into_iter().map(str::to_owned));
    }
    assert_eq!(paged, names);
    // Robots' own lists of roles know no page, and clients that send one are not minded.
    bare(&ask(&server, "GET", "/account/user/ada@acme.example?offset=0&limit=5").send().await);
    ok(&ask(&server, "GET", "/account/user?offset=9&limit=5").send().await);
    server.stop().await;
}
