//! The part of the tour that is about people and their rights.

use serde_json::{Value, json};

use super::tour::{Step, Tour};
use crate::harness::{ADA, BEN, EVE};

const ACCOUNTS: &str = "/v1/realms/{realm}/accounts";
const ACCOUNT: &str = "/v1/realms/{realm}/accounts/{id}";
const RIGHTS: &str = "/v1/realms/{realm}/accounts/{id}/rights";
const CREDENTIALS: &str = "/v1/realms/{realm}/accounts/{id}/credentials";
const CREDENTIAL: &str = "/v1/realms/{realm}/accounts/{id}/credentials/{credential}";
const GROUPS: &str = "/v1/realms/{realm}/groups";
const GROUP: &str = "/v1/realms/{realm}/groups/{id}";
const ROLES: &str = "/v1/realms/{realm}/roles";
const ROLE: &str = "/v1/realms/{realm}/roles/{id}";
const BEN_ID: &str = "ben@acme.example";
const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// Everything that is done with people, once.
pub async fn tour(tour: &mut Tour) {
    let role = roles(tour).await;
    let group = groups(tour, &role).await;
    accounts(tour, &role, &group).await;
    credentials(tour).await;
    places(tour, &role, &group).await;
    for (verb, path, id, status) in [("delete", GROUP, &group, 204), ("delete", ROLE, &role, 204), ("get", ROLE, &role, 404)] {
        tour.take(status, Step { verb, path, id, token: ADA, ..Step::default() }).await;
    }
}

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

/// Makes something twice by one key, and once more in vain; then refuses what nobody can want.
async fn make(tour: &mut Tour, path: &'static str, wish: &Value, refused: &Value, field: &str) -> String {
    let key = [("idempotency-key", path)];
    let post = Step { verb: "post", path, token: ADA, body: Some(wish), headers: &key, ..Step::default() };
    let made = tour.take(201, post).await;
    assert_eq!(tour.take(201, post).await, made, "the same key gets the same answer");
    tour.take(409, Step { headers: &[], ..post }).await;
    let mut other = wish.clone();
    other["description"] = json!("another");
    tour.take(422, Step { body: Some(&other), ..post }).await;
    assert_eq!(tour.take(400, Step { body: Some(refused), headers: &[], ..post }).await["errors"][0]["field"], field);
    tour.take(415, Step { media: "text/plain", ..post }).await;
    let long = json!({ "name": "x".repeat(70_000) });
    tour.take(413, Step { body: Some(&long), ..post }).await;
    tour.take(403, Step { token: BEN, ..post }).await;
    tour.take(404, Step { token: EVE, ..post }).await;
    let list = Step { verb: "get", path, token: ADA, query: "?limit=1", ..Step::default() };
    let first = tour.take(200, list).await;
    assert_eq!((&first["items"][0]["id"], first["next"].is_string()), (&made["id"], true));
    tour.take(200, Step { query: &format!("?after={}", first["next"].as_str().unwrap()), ..list }).await;
    tour.take(400, Step { query: "?after=x", ..list }).await;
    tour.take(403, Step { token: BEN, ..list }).await;
    id(&made)
}

/// Reads and changes something over what was read.
async fn amend(tour: &mut Tour, path: &'static str, id: &str, change: &Value) {
    let get = Step { verb: "get", path, id, token: ADA, ..Step::default() };
    assert_eq!(tour.take(200, get).await["version"], 1);
    tour.take(403, Step { token: BEN, ..get }).await;
    tour.take(404, Step { id: NOWHERE, ..get }).await;
    let patch = Step { verb: "patch", body: Some(change), headers: &[("if-match", "\"1\"")], ..get };
    assert_eq!(tour.take(200, patch).await["version"], 2);
    tour.take(412, patch).await;
    tour.take(412, Step { verb: "delete", body: None, ..patch }).await;
    tour.take(400, Step { headers: &[("if-match", "1")], ..patch }).await;
    let empty = json!({});
    tour.take(400, Step { body: Some(&empty), headers: &[], ..patch }).await;
}

async fn roles(tour: &mut Tour) -> String {
    let statements =
        json!([{ "effect": "allow", "actions": ["config:retrieve"], "resources": ["*"], "condition": { "subject.team": "north" } }]);
    let wish = json!({ "name": "meter-editors", "description": "May read", "statements": statements });
    let role = make(tour, ROLES, &wish, &json!({ "name": "x" }), "statements").await;
    amend(tour, ROLE, &role, &json!({ "description": "May read the configuration" })).await;
    let managed = tour.take(200, Step { verb: "get", path: ROLES, token: ADA, ..Step::default() }).await;
    let managed = managed["items"].as_array().unwrap().iter().find(|role| role["managed"] == true).unwrap()["id"].clone();
    let one = Step { verb: "delete", path: ROLE, id: managed.as_str().unwrap(), token: ADA, ..Step::default() };
    tour.take(409, one).await;
    tour.take(409, Step { verb: "patch", body: Some(&json!({ "name": "Mine" })), ..one }).await;
    role
}

async fn groups(tour: &mut Tour, role: &str) -> String {
    let wish = json!({ "name": "crew", "description": "On call", "roles": [role] });
    let group = make(tour, GROUPS, &wish, &json!({ "name": "x", "roles": [NOWHERE] }), "roles[0]").await;
    amend(tour, GROUP, &group, &json!({ "name": "day crew" })).await;
    group
}

async fn accounts(tour: &mut Tour, role: &str, group: &str) {
    let wish = json!({
        "kind": "user", "id": "ann@acme.example", "name": "Ann", "description": "Meters", "ends_at": "2031-03-01T00:00:00Z",
        "statements": [], "attributes": { "team": "north" }, "roles": [role], "groups": [group],
    });
    let ann = make(tour, ACCOUNTS, &wish, &json!({ "kind": "user", "id": "a b" }), "id").await;
    amend(tour, ACCOUNT, &ann, &json!({ "ends_at": null, "statements": [{ "effect": "allow", "actions": ["all"], "resources": ["*"] }] }))
        .await;
    let list = Step { verb: "get", path: ACCOUNTS, token: ADA, query: "?kind=service", ..Step::default() };
    assert_eq!(tour.take(200, list).await["items"][0]["kind"], "service");
    tour.take(400, Step { query: "?kind=robot", ..list }).await;
    let rights = Step { verb: "get", path: RIGHTS, id: &ann, token: ADA, ..Step::default() };
    let sources = tour.take(200, rights).await["sources"].clone();
    assert_eq!(sources.as_array().map(Vec::len), Some(3), "own, the role's, and the role's again by the group");
    tour.take(404, Step { id: "nobody", ..rights }).await;
    tour.take(400, Step { query: "?x=1", ..rights }).await;
    let one = Step { verb: "delete", path: ACCOUNT, id: &ann, token: ADA, ..Step::default() };
    tour.take(409, Step { id: "ada@acme.example", ..one }).await;
    tour.take(204, one).await;
    tour.take(404, one).await;
}

async fn credentials(tour: &mut Tour) {
    let wish = json!({ "kind": "token", "name": "main", "scope": "hrn:here:authorization::acme:project/atlas", "expires_at": "2031-03-01T00:00:00Z" });
    let key = [("idempotency-key", "token-1")];
    let post = Step { verb: "post", path: CREDENTIALS, id: BEN_ID, token: ADA, body: Some(&wish), headers: &key, ..Step::default() };
    let made = tour.take(201, post).await;
    assert_eq!((&tour.take(201, post).await, made["token"].is_string()), (&made, true));
    let access_key = json!({ "kind": "access-key" });
    tour.take(422, Step { body: Some(&access_key), ..post }).await;
    assert!(tour.take(201, Step { body: Some(&access_key), headers: &[], ..post }).await["secret"].is_string());
    tour.take(400, Step { body: Some(&json!({ "kind": "password" })), headers: &[], ..post }).await;
    tour.take(404, Step { id: "nobody", headers: &[], ..post }).await;
    let list = Step { verb: "get", path: CREDENTIALS, id: BEN_ID, token: ADA, query: "?limit=2", ..Step::default() };
    assert!(tour.take(200, list).await["next"].is_string());
    let other = id(&made);
    let one = Step { verb: "get", path: CREDENTIAL, id: BEN_ID, other: &other, token: ADA, ..Step::default() };
    assert_eq!(tour.take(200, one).await.get("token"), None);
    let change = json!({ "name": "old", "enabled": false, "expires_at": null });
    assert_eq!(tour.take(200, Step { verb: "patch", body: Some(&change), ..one }).await["enabled"], false);
    tour.take(404, Step { verb: "patch", body: Some(&change), id: "sa::app", ..one }).await;
    tour.take(204, Step { verb: "delete", ..one }).await;
    tour.take(404, Step { verb: "delete", ..one }).await;
}

/// Who holds what and is where: as often as one likes.
async fn places(tour: &mut Tour, role: &str, group: &str) {
    let inner = json!({ "name": "inner" });
    let inner = id(&tour.take(201, Step { verb: "post", path: GROUPS, token: ADA, body: Some(&inner), ..Step::default() }).await);
    for (path, id, other) in [
        ("/v1/realms/{realm}/accounts/{id}/roles/{role}", BEN_ID, role),
        ("/v1/realms/{realm}/groups/{id}/roles/{role}", group, role),
        ("/v1/realms/{realm}/groups/{id}/members/{account}", group, BEN_ID),
        ("/v1/realms/{realm}/groups/{id}/groups/{inner}", group, &*inner),
        ("/v1/realms/{realm}/support-access/roles/{role}", "", role),
    ] {
        let put = Step { verb: "put", path, id, other, token: ADA, ..Step::default() };
        for verb in ["put", "put"] {
            tour.take(204, Step { verb, ..put }).await;
        }
        tour.take(404, Step { other: NOWHERE, ..put }).await;
        tour.take(400, Step { query: "?x=1", ..put }).await;
        tour.take(403, Step { token: BEN, ..put }).await;
        if path.ends_with("{inner}") {
            let members = Step { verb: "get", path: "/v1/realms/{realm}/groups/{id}/members", id, token: ADA, ..Step::default() };
            assert_eq!(tour.take(200, members).await["items"].as_array().map(Vec::len), Some(1));
            tour.take(400, Step { id: &inner, other: id, ..put }).await;
        }
        if path.contains("support-access") {
            let held =
                tour.take(200, Step { verb: "get", path: "/v1/realms/{realm}/support-access/roles", token: ADA, ..Step::default() }).await;
            assert_eq!(held["items"][0]["id"], role);
        }
        for _ in 0..2 {
            tour.take(204, Step { verb: "delete", ..put }).await;
        }
    }
}
