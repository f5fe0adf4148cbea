//! Resource groups: R1 to R4 (section 7 of the page).

use serde_json::{Value, json};

use super::{below, get, id_of_ben, listed, post, put, refused, server};
use crate::harness::{ADA, BEN, Server, on_both};

const PLANS: &str = "/resourcegroups/plan";

async fn make(server: &Server, list: &str, name: &str) -> Value {
    post(server, list, ADA, &json!({ "name": name })).await.expect(200)
}

fn at(list: &str, group: &Value) -> String {
    format!("{list}/{}", group["id"].as_str().unwrap())
}

fn item(id: &str, kind: &str) -> Value {
    json!({ "targetId": id, "targetType": kind })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_renamed_filled_emptied_and_removed() {
    on_both(|start| async move {
        let server = start.run().await;
        let ada = get(&server, "/users/me", ADA).await.expect(200)["user"]["id"].clone();
        let group = make(&server, PLANS, "Gold plans").await;
        let time = "2027-01-15T08:00:00.000Z";
        let expected = json!({
            "id": group["id"], "version": 1, "name": "Gold plans",
            "dtCreated": time, "dtLastModified": time, "createdBy": ada, "lastModifiedBy": ada,
        });
        assert_eq!(group, expected);
        let one = at(PLANS, &group);
        assert_eq!(get(&server, &one, ADA).await.expect(200), group);
        refused(&get(&server, &one.replace("plan", "meter"), ADA).await, 404);
        for version in [Value::Null, json!(2)] {
            assert!(refused(&put(&server, &one, ADA, &json!({ "name": "x", "version": version })).await, 400).contains("version"));
        }
        let renamed = put(&server, &one, ADA, &json!({ "name": "Silver plans", "version": 1 })).await.expect(200);
        assert_eq!((&renamed["version"], &renamed["name"]), (&json!(2), &json!("Silver plans")));

        // Either case is read; what is in already changes nothing; a version that is named must be the one.
        let add = format!("{one}/addresource");
        for (kind, version) in [("ITEM", 3), ("item", 3)] {
            assert_eq!(post(&server, &add, ADA, &item("P1", kind)).await.expect(200)["version"], version);
        }
        let mut second = item("P2", "item");
        second["version"] = json!(2);
        assert!(refused(&post(&server, &add, ADA, &second).await, 400).contains("version"));
        second["version"] = json!(3);
        server.clock.advance_ms(1);
        assert_eq!(post(&server, &add, ADA, &second).await.expect(200)["version"], 4);
        let contents = format!("{one}/contents");
        let told = below(&server, "POST", &contents, ADA).json("").send().await.expect(200)["data"].clone();
        let shown = |at: usize| (told[at]["targetId"].clone(), told[at]["targetType"].clone(), told[at]["version"].clone());
        assert_eq!(shown(0), (json!("P2"), json!("ITEM"), json!(1)), "the newest first");
        assert_eq!(shown(1), (json!("P1"), json!("ITEM"), json!(1)));
        assert!(told[0]["id"].is_string() && told[0]["id"] != told[1]["id"] && told[0]["createdBy"] == ada, "{told}");
        assert_eq!(listed(&server, "POST", &contents, 1, "targetId").await, ["P2", "P1"]);
        assert_eq!(post(&server, &format!("{one}/removeresource"), ADA, &item("P1", "item")).await.expect(200)["version"], 5);
        refused(&post(&server, &format!("{one}/removeresource"), ADA, &item("P1", "item")).await, 404);

        let gone = below(&server, "DELETE", &one, ADA).send().await.expect(200);
        assert_eq!((&gone["id"], &gone["version"]), (&group["id"], &json!(5)));
        for reply in
            [get(&server, &one, ADA).await, below(&server, "DELETE", &one, ADA).send().await, post(&server, &add, ADA, &second).await]
        {
            refused(&reply, 404);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_nest_within_their_type_and_never_in_a_circle() {
    on_both(|start| async move {
        let server = start.run().await;
        for list in [PLANS, "/resourcegroups/user"] {
            let (g0, g1) = (make(&server, list, "G0").await, make(&server, list, "G1").await);
            let into = |outer: &Value| format!("{}/addresource", at(list, outer));
            let id = |group: &Value| group["id"].as_str().unwrap().to_owned();
            post(&server, &into(&g0), ADA, &item(&id(&g1), "GROUP")).await.expect_status(200);
            for (outer, inner) in [(&g1, &g0), (&g0, &g0)] {
                assert!(refused(&post(&server, &into(outer), ADA, &item(&id(inner), "group")).await, 400).contains("`targetId`"));
            }
            let meters = make(&server, "/resourcegroups/meter", "meters").await;
            for stranger in [id(&meters), "x".to_owned()] {
                refused(&post(&server, &into(&g0), ADA, &item(&stranger, "GROUP")).await, 404);
            }
            let told = below(&server, "POST", &format!("{}/contents", at(list, &g0)), ADA).send().await.expect(200)["data"].clone();
            assert_eq!((&told[0]["targetId"], &told[0]["targetType"]), (&g1["id"], &json!("GROUP")));
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_users_take_users_only() {
    let server = server().await;
    let group = make(&server, "/resourcegroups/user", "readers").await;
    let add = format!("{}/addresource", at("/resourcegroups/user", &group));
    post(&server, &add, ADA, &item(&id_of_ben(&server).await, "ITEM")).await.expect_status(200);
    let app = super::id_of(&server, "/serviceusers", "name", "The app").await;
    for nobody in [app.as_str(), "ben@acme.example", "00000000-0000-0000-0000-000000000000"] {
        refused(&post(&server, &add, ADA, &item(nobody, "ITEM")).await, 404);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_groups_that_the_realm_keeps_hold_policies_and_are_otherwise_left_alone() {
    on_both(|start| async move {
        let server = start.run().await;
        let everyone = super::id_of(&server, "/resourcegroups/user", "name", "Everyone").await;
        let (one, ben) = (format!("/resourcegroups/user/{everyone}"), id_of_ben(&server).await);
        let before = get(&server, &one, ADA).await.expect(200);
        assert_eq!((&before["version"], &before["name"]), (&json!(1), &json!("Everyone")));
        let contents = listed(&server, "POST", &format!("{one}/contents"), 1, "targetId").await;
        let mut expected = listed(&server, "GET", "/users", 9, "id").await;
        expected.sort();
        expected.reverse();
        assert_eq!(contents, expected, "all users, the newest first");

        let inner = make(&server, "/resourcegroups/user", "inner").await;
        let into = format!("{}/addresource", at("/resourcegroups/user", &inner));
        let nested = item(inner["id"].as_str().unwrap(), "GROUP");
        for refused_one in [
            put(&server, &one, ADA, &json!({ "name": "All", "version": 1 })).await,
            below(&server, "DELETE", &one, ADA).send().await,
            post(&server, &format!("{one}/addresource"), ADA, &item(&ben, "ITEM")).await,
            post(&server, &format!("{one}/removeresource"), ADA, &item(&ben, "ITEM")).await,
            post(&server, &format!("{one}/addresource"), ADA, &nested).await,
            post(&server, &into, ADA, &item(&everyone, "GROUP")).await,
        ] {
            assert!(refused(&refused_one, 400).contains("system group"));
        }
        assert_eq!(get(&server, &one, ADA).await.expect(200), before);

        let policies = "/permissionpolicies";
        let administrator = super::id_of(&server, policies, "name", "Administrator").await;
        refused(&get(&server, policies, BEN).await, 403);
        let named = json!({ "principalId": everyone });
        post(&server, &format!("{policies}/{administrator}/addtousergroup"), ADA, &named).await.expect_status(200);
        get(&server, policies, BEN).await.expect_status(200);
        assert_eq!(listed(&server, "GET", &format!("{one}/permissions"), 1, "name").await, ["Administrator"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_listed_by_type_and_a_field_that_breaks_a_rule_is_named() {
    let server = server().await;
    let mut expected = Vec::new();
    for n in 0..3 {
        expected.insert(0, format!("G{n}"));
        make(&server, PLANS, &format!("G{n}")).await;
        server.clock.advance_ms(1);
    }
    for size in [1, 2, 3, 100] {
        assert_eq!(listed(&server, "GET", PLANS, size, "name").await, expected);
    }
    assert!(listed(&server, "GET", "/resourcegroups/meter", 9, "name").await.is_empty());
    let mut users = listed(&server, "GET", "/resourcegroups/user", 9, "name").await;
    users[1..].sort();
    assert_eq!(users, ["operators", "Everyone", "Service Accounts"], "those that the realm keeps are the oldest");
    let group = make(&server, PLANS, "one").await;
    let add = format!("{}/addresource", at(PLANS, &group));
    for (path, body, named) in [
        (PLANS, json!({}), "`name`"),
        (PLANS, json!({ "name": "" }), "`name`"),
        (PLANS, json!({ "name": "x".repeat(101) }), "`name`"),
        (PLANS, json!({ "name": "x", "version": 1 }), "`version`"),
        (&add, json!({ "targetType": "ITEM" }), "`targetId`"),
        (&add, item("", "ITEM"), "`targetId`"),
        (&add, item("a/b", "ITEM"), "`targetId`"),
        (&add, item("P1", "THING"), "`targetType`"),
        (&add, json!({ "targetId": "P1" }), "`targetType`"),
    ] {
        let message = refused(&post(&server, path, ADA, &body).await, 400);
        assert!(message.contains(named), "{body}: {message}");
    }
    for list in ["/resourcegroups/Plan", "/resourcegroups/a%20b", "/resourcegroups/*"] {
        refused(&get(&server, list, ADA).await, 404);
        refused(&post(&server, list, ADA, &json!({ "name": "x" })).await, 404);
    }
    refused(&get(&server, &format!("{PLANS}?pageSize=101"), ADA).await, 400);
    let none = get(&server, &format!("{}/permissions", at(PLANS, &group)), ADA).await.expect(200);
    assert_eq!(none, json!({ "data": [] }));
    refused(&get(&server, &format!("{PLANS}/x/permissions"), ADA).await, 404);
    server.stop().await;
}
