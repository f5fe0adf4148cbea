//! Searches and facets (section 6 of the page).

use serde_json::{Value, json};

use super::{ask, bare, each, get, group, ok, post, robot, role, server, user};
use crate::harness::{ADA, Server, on_both};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

fn entry(key: &str, value: &str, how: &str) -> Value {
    json!({ "key": key, "value": value, "matchingMethod": how })
}

/// What a search for these entries finds, by a member.
async fn found(server: &Server, entity: &str, query: &[Value], member: &str) -> Vec<String> {
    let page = ok(&post(server, &format!("/search/{entity}"), &json!({ "query": query })).await);
    each(&page["items"], member).into_iter().map(str::to_owned).collect()
}

/// Three robots, a user, a role and two groups to be found.
struct Scene {
    server: Server,
    held: String,
    crew: String,
}

impl Scene {
    async fn set(start: crate::harness::Start) -> Self {
        let server = start.run().await;
        let held = role(&server, "held", &["ingestion"]).await;
        let crew = group(&server, "crew", &[&held]).await;
        for (id, description, permissions) in [
            ("sa::alpha", "First of all", json!(["log_management"])),
            ("sa::beta", "second", json!([])),
            ("sa::gamma", "", json!(["ingestion"])),
        ] {
            let body = json!({ "identifier": id, "description": description, "groups": permissions });
            ok(&post(&server, "/account/serviceaccount", &body).await);
        }
        user(&server, "Cy@acme.example", &["log_management"]).await;
        bare(&post(&server, "/account/sa::beta/addRoles", &json!([held])).await);
        ok(&post(&server, &format!("/usergroup/{crew}/addUsers"), &json!(["Cy@acme.example", "sa::alpha"])).await);
        Self { server, held, crew }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_found_by_what_they_are_and_have() {
    on_both(|start| async move {
        let Scene { server, held, crew } = Scene::set(start).await;
        let everyone = ok(&get(&server, "/usergroup").await)["items"][0]["id"].as_str().unwrap().to_owned();
        let (alpha, beta, gamma, cy) = ("sa::alpha", "sa::beta", "sa::gamma", "Cy@acme.example");
        let users = ["ada@acme.example", "ben@acme.example", cy, "reader@acme.example"];
        let not = |mut entry: Value| {
            entry["negated"] = json!(true);
            entry
        };
        let rows: &[(&str, Vec<Value>, &[&str])] = &[
            ("serviceaccount", vec![], &[alpha, "sa::app", beta, gamma]),
            ("user", vec![], &users),
            ("account", vec![entry("id", alpha, "EXACT")], &[alpha]),
            ("account", vec![entry("identifier", alpha, "EXACT")], &[alpha]),
            ("account", vec![entry("identifier", "A", "STARTSWITH")], &["ada@acme.example"]),
            ("account", vec![entry("identifier", "CY@", "CONTAINS")], &[cy]),
            ("user", vec![entry("id", "cy@acme.example", "EXACT")], &[]),
            ("user", vec![entry("identifier", "sa::alpha", "EXACT")], &[]),
            (
                "serviceaccount",
                vec![json!({ "key": "identifier", "values": [alpha, gamma, "x"], "matchingMethod": "EXACT" })],
                &[alpha, gamma],
            ),
            ("serviceaccount", vec![not(entry("identifier", "a::a", "CONTAINS"))], &[beta, gamma]),
            ("serviceaccount", vec![entry("description", "first", "CONTAINS")], &[alpha]),
            ("account", vec![entry("groups", "log_management", "EXACT")], &[cy, alpha]),
            ("account", vec![entry("groups", "LOG_", "STARTSWITH")], &[cy, alpha]),
            ("account", vec![entry("groups", "wavefront", "CONTAINS")], &[]),
            ("account", vec![entry("groups", "no_such", "EXACT")], &[]),
            ("account", vec![entry("groups", "log_management", "EXACT"), entry("identifier", "sa::", "STARTSWITH")], &[alpha]),
            ("account", vec![entry("roles", &held, "EXACT")], &[beta]),
            ("account", vec![entry("unitedRoles", &held, "EXACT")], &[cy, alpha, beta]),
            ("account", vec![entry("userGroups", &crew, "EXACT")], &[cy, alpha]),
            ("account", vec![entry("userGroups", &everyone, "EXACT")], &users),
            ("account", vec![entry("unitedPermissions", "ingestion", "EXACT")], &["ada@acme.example", cy, alpha, beta, gamma]),
            ("serviceaccount", vec![not(entry("unitedPermissions", "ingestion", "EXACT"))], &["sa::app"]),
            ("account", vec![entry("roles", NOWHERE, "EXACT")], &[]),
            ("account", vec![entry("freetext", "second", "CONTAINS")], &[beta]),
        ];
        for (entity, query, expected) in rows {
            let mut expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
            expected.sort_by_key(|id| id.to_lowercase());
            assert_eq!(found(&server, entity, query, "identifier").await, expected, "{entity} {query:?}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_tells_its_window_and_its_order() {
    on_both(|start| async move {
        let Scene { server, .. } = Scene::set(start).await;
        let robots = ["sa::alpha", "sa::app", "sa::beta", "sa::gamma"];
        let none = json!({ "ascending": false, "field": "default", "default": true });
        for (body, items, more, sort) in [
            (json!({}), &robots[..], false, none.clone()),
            (json!({ "query": null, "limit": null, "sort": null }), &robots, false, none.clone()),
            (json!({ "limit": 2 }), &robots[..2], true, none.clone()),
            (json!({ "limit": 2, "offset": 2 }), &robots[2..], false, none.clone()),
            (json!({ "offset": 9 }), &[], false, none),
            (
                json!({ "limit": 1, "sort": { "field": "id", "ascending": true } }),
                &robots[..1],
                true,
                json!({ "ascending": true, "field": "id", "default": false }),
            ),
            (
                json!({ "limit": 1, "sort": { "field": "identifier", "ascending": false } }),
                &robots[3..],
                true,
                json!({ "ascending": false, "field": "identifier", "default": false }),
            ),
        ] {
            let page = ok(&post(&server, "/search/serviceaccount", &body).await);
            assert_eq!(
                (each(&page["items"], "identifier"), &page["moreItems"], &page["sort"]),
                (items.to_vec(), &json!(more), &sort),
                "{body}"
            );
            assert_eq!(page["limit"], if body["limit"].is_null() { json!(100) } else { body["limit"].clone() });
            assert_eq!(page["offset"], if body["offset"].is_null() { json!(0) } else { body["offset"].clone() });
        }
        // Nothing at all is everything.
        assert_eq!(ok(&ask(&server, "POST", "/search/serviceaccount").send().await)["items"].as_array().unwrap().len(), 4);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_has_the_form_of_its_kind() {
    let Scene { server, held, crew } = Scene::set(crate::harness::Start::on(crate::harness::databases::Database::sqlite())).await;
    let token = super::token_of(&server, "sa::alpha").await;
    let one = async |entity: &str, key: &str, value: &str| {
        let page = ok(&post(&server, &format!("/search/{entity}"), &json!({ "query": [entry(key, value, "EXACT")] })).await);
        assert_eq!((page["items"].as_array().unwrap().len(), &page["totalItems"]), (1, &json!(1)), "{entity}");
        page["items"][0].clone()
    };
    let shown = ok(&get(&server, "/account/serviceaccount/sa::alpha").await);
    assert_eq!(one("serviceaccount", "identifier", "sa::alpha").await, shown);
    assert_eq!(shown["tokens"][0]["tokenID"], token);
    assert_eq!(one("account", "id", "sa::alpha").await, ok(&get(&server, "/account/sa::alpha").await));
    let everyone = ok(&get(&server, "/usergroup").await)["items"][0]["id"].clone();
    assert_eq!(
        one("user", "id", "Cy@acme.example").await,
        json!({
            "id": "Cy@acme.example", "identifier": "Cy@acme.example", "escapedIdentifier": "Cy%40acme%2Eexample", "customer": "acme",
            "self": false, "groups": ["log_management"], "userGroups": [everyone, crew], "unitedRoles": [held],
            "unitedPermissions": ["ingestion", "log_management"],
        })
    );
    assert_eq!(one("user", "id", "ada@acme.example").await["self"], true);
    let role = one("role", "id", &held).await;
    assert_eq!((&role["linkedAccountsCount"], &role["linkedGroupsCount"]), (&json!(1), &json!(1)));
    assert!(role.get("sampleLinkedAccounts").is_none() && role.get("sampleLinkedGroups").is_none(), "{role}");
    assert_eq!(one("usergroup", "name", "Everyone").await["id"], everyone);
    assert_eq!(one("usergroup", "roles", &held).await, ok(&get(&server, &format!("/usergroup/{crew}")).await));
    assert_eq!(one("token", "account", "sa::alpha").await, ok(&get(&server, &format!("/apitoken/customertokens/{token}")).await));
    for (entity, key, value, member, expected) in [
        ("role", "permissions", "ingestion", "name", &["held"][..]),
        ("role", "name", "h", "name", &[]),
        ("usergroup", "id", NOWHERE, "name", &[]),
        ("token", "tokenID", &token, "account", &["sa::alpha"]),
        ("token", "accountType", "SERVICE_ACCOUNT", "account", &["sa::alpha"]),
    ] {
        assert_eq!(found(&server, entity, &[entry(key, value, "EXACT")], member).await, expected, "{entity} {key}");
    }
    let sorted = json!({ "sort": { "field": "name", "ascending": false }, "limit": 2 });
    assert_eq!(each(&ok(&post(&server, "/search/role", &sorted).await)["items"], "name"), ["org-admin", "held"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_are_the_values_of_what_would_be_found() {
    on_both(|start| async move {
        let Scene { server, held, .. } = Scene::set(start).await;
        let facet = async |path: &str, body: Value| {
            let page = ok(&post(&server, &format!("/search/{path}"), &body).await);
            each(&json!(page["items"].as_array().unwrap().iter().map(|value| json!({ "v": value })).collect::<Vec<_>>()), "v")
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        for (path, body, expected) in [
            ("serviceaccount/identifier", json!({}), &["sa::alpha", "sa::app", "sa::beta", "sa::gamma"][..]),
            ("serviceaccount/groups", json!({}), &["ingestion", "log_management"]),
            ("serviceaccount/groups", json!({ "query": [entry("identifier", "sa::gamma", "EXACT")] }), &["ingestion"]),
            ("serviceaccount/groups", json!({ "facetQuery": "LOG" }), &["log_management"]),
            ("serviceaccount/groups", json!({ "facetQuery": "log", "facetQueryMatchingMethod": "EXACT" }), &[]),
            ("account/unitedRoles", json!({ "query": [entry("identifier", "sa::", "STARTSWITH")] }), &[&*held]),
            ("serviceaccount/identifier", json!({ "limit": 1, "offset": 1 }), &["sa::app"]),
            ("user/groups", json!({ "query": [entry("unitedPermissions", "ingestion", "EXACT")] }), &["log_management"]),
            ("role/permissions", json!({}), &["ingestion"]),
            ("usergroup/name", json!({ "facetQuery": "e" }), &["Everyone", "Service Accounts", "crew", "operators"]),
            ("token/account", json!({}), &["ada@acme.example", "ben@acme.example", "reader@acme.example"]),
        ] {
            assert_eq!(facet(path, body.clone()).await, expected, "{path} {body}");
        }
        let page = ok(&post(&server, "/search/serviceaccount/identifier", &json!({ "limit": 2 })).await);
        assert_eq!((&page["totalItems"], &page["moreItems"], page.get("sort")), (&json!(4), &json!(true), None));
        let many = ok(&post(&server, "/search/serviceaccount/facets", &json!({ "facets": ["groups", "roles", "id"], "limit": 2 })).await);
        let ids = json!(["sa::alpha", "sa::app"]);
        assert_eq!(many, json!({ "limit": 2, "facets": { "groups": ["ingestion", "log_management"], "roles": [held], "id": ids } }));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_stays_in_its_realm() {
    let server = server().await;
    robot(&server, "sa::bot", &[]).await;
    let theirs = server.request("POST", "/api/v2/search/account").bearer(crate::harness::EVE).json("{}").send().await;
    assert_eq!(each(&ok(&theirs)["items"], "identifier"), ["eve@other.example"]);
    let events = server.get("/v1/realms/acme/audit/events?limit=1", ADA).await.expect(200)["size"].clone();
    ok(&post(&server, "/search/account", &json!({})).await);
    assert_eq!(server.get("/v1/realms/acme/audit/events?limit=1", ADA).await.expect(200)["size"], events, "reading leaves no trace");
    server.stop().await;
}
