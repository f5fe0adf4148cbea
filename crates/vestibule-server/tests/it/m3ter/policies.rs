//! Permission policies: P1 to P5 and S3 (sections 3.2, 5 and 6 of the page).

use serde_json::{Value, json};

use super::{below, get, post, put, refused, server};
use crate::harness::{ADA, BEN, EVE, Server, on_both};

const POLICIES: &str = "/permissionpolicies";

fn rule() -> Value {
    json!({ "effect": "allow", "action": ["config:create", "config:update"], "resource": ["config:meter/*"] })
}

fn policy(name: &str) -> Value {
    json!({ "name": name, "permissionPolicy": [rule()] })
}

async fn delete(server: &Server, path: &str) -> crate::harness::http::Reply {
    below(server, "DELETE", path, ADA).send().await
}

async fn names(server: &Server, query: &str) -> (Vec<String>, Option<String>) {
    let page = get(server, &format!("{POLICIES}{query}"), ADA).await.expect(200);
    let names = page["data"].as_array().unwrap().iter().map(|policy| policy["name"].as_str().unwrap().to_owned()).collect();
    (names, page.get("nextToken").map(|token| token.as_str().unwrap().to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_made_shown_changed_and_removed() {
    on_both(|start| async move {
        let server = start.run().await;
        let made = post(&server, POLICIES, ADA, &policy("Meter editors")).await.expect(200);
        let (id, ada) = (made["id"].as_str().unwrap().to_owned(), made["createdBy"].as_str().unwrap().to_owned());
        let audit = |at: &str, by: &str| json!({ "dtCreated": "2027-01-15T08:00:00.000Z", "dtLastModified": at, "createdBy": ada, "lastModifiedBy": by });
        let whole = |version: i64, name: &str, audit: Value| {
            let mut body = json!({ "id": id, "version": version, "name": name, "managedPolicy": false, "permissionPolicy": [rule()] });
            body.as_object_mut().unwrap().extend(audit.as_object().unwrap().clone());
            body
        };
        assert_eq!(made, whole(1, "Meter editors", audit("2027-01-15T08:00:00.000Z", &ada)));
        let at = format!("{POLICIES}/{id}");
        assert_eq!(get(&server, &at, ADA).await.expect(200), made);
        assert_eq!(get(&server, &at.to_uppercase().replace("PERMISSIONPOLICIES", "permissionpolicies"), ADA).await.expect(200), made);

        server.clock.advance_ms(1);
        for version in [Value::Null, json!(0), json!(2)] {
            let mut body = policy("Other");
            body["version"] = version;
            assert!(refused(&put(&server, &at, ADA, &body).await, 400).contains("version"));
        }
        let mut body = policy("Other");
        body["version"] = json!(1);
        let changed = put(&server, &at, ADA, &body).await.expect(200);
        assert_eq!(changed, whole(2, "Other", audit("2027-01-15T08:00:00.001Z", &ada)));
        refused(&put(&server, &at, ADA, &body).await, 400);

        assert_eq!(delete(&server, &at).await.expect(200), changed);
        refused(&delete(&server, &at).await, 404);
        refused(&get(&server, &at, ADA).await, 404);
        refused(&put(&server, &at, ADA, &body).await, 404);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn managed_policies_are_there_and_stay_as_they_are() {
    let server = server().await;
    let all = get(&server, POLICIES, ADA).await.expect(200)["data"].clone();
    let managed: Vec<_> = all.as_array().unwrap().iter().filter(|policy| policy["managedPolicy"] == true).collect();
    let mut named: Vec<_> = managed.iter().map(|policy| policy["name"].as_str().unwrap()).collect();
    named.sort_unstable();
    assert_eq!(named, ["Administrator", "ReadOnly"]);
    for policy in managed {
        let at = format!("{POLICIES}/{}", policy["id"].as_str().unwrap());
        let mut body = self::policy("Mine");
        body["version"] = policy["version"].clone();
        refused(&put(&server, &at, ADA, &body).await, 400);
        refused(&delete(&server, &at).await, 400);
        assert_eq!(get(&server, &at, ADA).await.expect(200), *policy);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_breaks_a_rule_is_named() {
    let server = server().await;
    let with = |name: &str, value: Value| {
        let mut body = policy("x");
        body[name] = value;
        body
    };
    for (body, named) in [
        (json!({ "permissionPolicy": [rule()] }), "`name`"),
        (with("name", json!("")), "`name`"),
        (with("name", json!("x".repeat(101))), "`name`"),
        (with("name", json!(7)), "`name`"),
        (json!({ "name": "x" }), "`permissionPolicy`"),
        (with("permissionPolicy", json!([])), "`permissionPolicy`"),
        (with("permissionPolicy", json!([{ "effect": "ALLOW", "action": [], "resource": ["*"] }])), "`permissionPolicy[0].effect`"),
        (
            with("permissionPolicy", json!([{ "effect": "allow", "action": ["config:*"], "resource": ["*"] }])),
            "`permissionPolicy[0].action[0]`",
        ),
        (
            with("permissionPolicy", json!([{ "effect": "allow", "action": [], "resource": ["config:pl*n/*"] }])),
            "`permissionPolicy[0].resource[0]`",
        ),
        (with("version", json!(1)), "`version`"),
        (with("version", json!("1")), "`version`"),
    ] {
        let message = refused(&post(&server, POLICIES, ADA, &body).await, 400);
        assert!(message.contains(named), "{body}: {message}");
    }
    assert!(refused(&below(&server, "POST", POLICIES, ADA).json("{").send().await, 400).contains("JSON"));
    for twin in [1, 2] {
        post(&server, POLICIES, ADA, &with("name", json!("x".repeat(100)))).await.expect_status(200);
        assert_eq!(names(&server, "").await.0.iter().filter(|name| name.len() == 100).count(), twin, "names need not be unique");
    }
    let unknown = with("more", json!({ "unknown": [1] }));
    post(&server, POLICIES, ADA, &unknown).await.expect(200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_lead_from_the_newest_to_the_oldest() {
    on_both(|start| async move {
        let server = start.run().await;
        for name in ["one", "two", "three", "four"] {
            server.clock.advance_ms(1);
            post(&server, POLICIES, ADA, &policy(name)).await.expect(200);
        }
        let (all, none) = names(&server, "").await;
        assert_eq!((&all[..4], none), (&["four", "three", "two", "one"].map(str::to_owned)[..], None));
        for size in [1, 2, 3, all.len() - 1, all.len(), 100] {
            let (mut walked, mut token, mut pages) = (Vec::new(), None, 0);
            loop {
                let query = token.map_or_else(String::new, |token: String| format!("&nextToken={token}"));
                let (page, next) = names(&server, &format!("?pageSize={size}{query}")).await;
                assert!(!page.is_empty() && (next.is_none() || page.len() == size));
                (walked, token, pages) = ([walked, page].concat(), next, pages + 1);
                if token.is_none() {
                    break;
                }
            }
            assert_eq!((walked, pages), (all.clone(), all.len().div_ceil(size)));
        }
        for bad in [
            "pageSize=0",
            "pageSize=101",
            "pageSize=-1",
            "pageSize=1.0",
            "pageSize=x",
            "pageSize=",
            "pageSize=1&pageSize=1",
            "nextToken=x",
            "nextToken=",
        ] {
            refused(&get(&server, &format!("{POLICIES}?{bad}"), ADA).await, 400);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_is_good_for_its_caller_list_and_size_alone() {
    let server = server().await;
    let token = names(&server, "?pageSize=1").await.1.unwrap();
    let ask = async |path: &str, who: &str| get(&server, path, who).await.status;
    let reader = "reader-token-may-only-look";
    let body = json!({ "dtEndSupportUsersAccess": "2031-01-01T00:00:00Z" });
    put(&server, "/support", ADA, &body).await.expect(200);
    assert_eq!(ask(&format!("{POLICIES}?pageSize=1&nextToken={token}"), ADA).await, 200);
    assert_eq!(ask(&format!("{POLICIES}?pageSize=2&nextToken={token}"), ADA).await, 400, "another size");
    assert_eq!(ask(&format!("/support-permissions?pageSize=1&nextToken={token}"), ADA).await, 400, "another list");
    assert_eq!(ask(&format!("{POLICIES}?pageSize=1&nextToken={token}"), reader).await, 403);
    let flipped: String = token.chars().rev().collect();
    assert_eq!(ask(&format!("{POLICIES}?pageSize=1&nextToken={flipped}"), ADA).await, 400, "made up");
    assert_eq!(ask(&format!("{POLICIES}?pageSize=1&nextToken={token}"), EVE).await, 403, "a stranger");
    let app = super::token_of_the_app(&server).await;
    assert_eq!(ask(&format!("{POLICIES}?pageSize=1&nextToken={token}"), &app).await, 403);
    server.stop().await;
}

/// Gives Ben statements of his own, by way of a manifest.
async fn as_ben_with(statements: Value) -> Server {
    let manifest = crate::harness::MANIFEST.replace(
        "id = \"ben@acme.example\"\nkind = \"user\"\nname = \"Ben\"\n",
        "id = \"ben@acme.example\"\nkind = \"user\"\nname = \"Ben\"\nroles = [\"bens\"]\n",
    );
    let toml: String = statements
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{{ effect = {}, actions = {}, resources = {} }}, ", one["effect"], one["action"], one["resource"]))
        .collect();
    let role = format!("[[realms.roles]]\nname = \"bens\"\nstatements = [{toml}]\n\n[[realms.groups]]");
    let manifest = manifest.replacen("[[realms.groups]]", &role, 1);
    crate::harness::Start { manifest, ..crate::harness::Start::on(crate::harness::databases::Database::sqlite()) }.run().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_denied_one_by_one_is_left_out_of_a_list_and_its_pages() {
    let server =
        as_ben_with(json!([{ "effect": "allow", "action": ["config:retrieve"], "resource": ["config:permissionpolicy/*"] }])).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        server.clock.advance_ms(1);
        let made = post(&server, POLICIES, ADA, &policy(name)).await.expect(200);
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    let seen = async |query: &str| {
        let page = get(&server, &format!("{POLICIES}{query}"), BEN).await.expect(200);
        let names: Vec<_> = page["data"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
        (names, page.get("nextToken").and_then(Value::as_str).map(str::to_owned))
    };
    let bens = seen("").await.0;
    assert_eq!(&bens[..3], ["c", "b", "a"]);
    // Ben's role is a policy too: it comes to deny all but the oldest of the three.
    let list = get(&server, POLICIES, ADA).await.expect(200)["data"].clone();
    let others: Vec<_> =
        list.as_array().unwrap().iter().filter(|one| one["id"] != ids[0].as_str() && one["name"] != "Administrator").collect();
    let role = others.iter().find(|one| one["name"] == "bens").unwrap();
    let denied: Vec<_> = others.iter().map(|one| format!("config:permissionpolicy/item/{}", one["id"].as_str().unwrap())).collect();
    let statements = json!([
        { "effect": "allow", "action": ["config:retrieve"], "resource": ["config:permissionpolicy/*"] },
        { "effect": "deny", "action": ["config:retrieve"], "resource": denied },
    ]);
    let body = json!({ "name": "bens", "permissionPolicy": statements, "version": role["version"] });
    put(&server, &format!("{POLICIES}/{}", role["id"].as_str().unwrap()), ADA, &body).await.expect(200);
    assert_eq!(seen("").await, (vec!["a".to_owned(), "Administrator".to_owned()], None));
    let (first, token) = seen("?pageSize=1").await;
    assert_eq!(first, ["a"]);
    assert_eq!(seen(&format!("?pageSize=1&nextToken={}", token.unwrap())).await, (vec!["Administrator".to_owned()], None));
    for spelt in [ids[1].clone(), ids[1].to_uppercase()] {
        refused(&get(&server, &format!("{POLICIES}/{spelt}"), BEN).await, 403);
    }
    get(&server, &format!("{POLICIES}/{}", ids[0]), BEN).await.expect(200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_asks_for_its_own_permission() {
    let item = "config:permissionpolicy/item/01900000-0000-7000-8000-000000000000";
    let allow = |action: &str, resource: &str| json!([{ "effect": "allow", "action": [action], "resource": [resource] }]);
    let at = "/permissionpolicies/01900000-0000-7000-8000-000000000000";
    let server = as_ben_with(json!([])).await;
    let list = get(&server, POLICIES, ADA).await.expect(200)["data"].clone();
    let role = list.as_array().unwrap().iter().find(|one| one["name"] == "bens").unwrap()["id"].as_str().unwrap().to_owned();
    for (statements, allowed) in [
        (allow("config:retrieve", "config:support/*"), vec!["GET /support", "GET /support-permissions"]),
        (allow("config:retrieve", &format!("config:support/item/{}", super::ORG)), vec!["GET /support", "GET /support-permissions"]),
        (allow("config:retrieve", item), vec!["GET ITEM"]),
        (allow("config:retrieve", "config:permissionpolicy/*"), vec!["GET LIST", "GET ITEM"]),
        (allow("config:create", "config:permissionpolicy/*"), vec!["POST LIST"]),
        (allow("config:create", item), vec![]),
        (allow("config:update", item), vec!["PUT ITEM"]),
        (allow("config:delete", item), vec!["DELETE ITEM"]),
        (allow("config:update", "config:support/*"), vec!["PUT /support"]),
        (json!([{ "effect": "allow", "action": ["audit:retrieve"], "resource": ["*"] }]), vec![]),
    ] {
        let role = format!("{POLICIES}/{role}");
        let version = get(&server, &role, ADA).await.expect(200)["version"].clone();
        let body = json!({ "name": "bens", "permissionPolicy": statements, "version": version });
        put(&server, &role, ADA, &body).await.expect(200);
        for route in
            ["GET /support", "PUT /support", "GET /support-permissions", "GET LIST", "POST LIST", "GET ITEM", "PUT ITEM", "DELETE ITEM"]
        {
            let (method, path) = route.split_once(' ').unwrap();
            let path = path.replace("LIST", POLICIES).replace("ITEM", at);
            // No body: whoever may ask is told of that, or of what is absent.
            let status = below(&server, method, &path, BEN).send().await.status;
            assert_eq!(status != 403, allowed.contains(&route), "{route} with {statements}: {status}");
        }
    }
    server.stop().await;
}
