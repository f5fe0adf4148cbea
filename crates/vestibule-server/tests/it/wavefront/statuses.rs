//! Every operation's refusals, as a table: 400, 401, 403, 404, 409, each in the envelope (section 4 of the page).

use serde_json::{Value, json};
use vestibule_server::dialects::wavefront::{self, Asks, words};

use super::{ask, get, group, ok, post, refused, robot, role, server, user};
use crate::harness::{ADA, BEN, Server, on_both, wavefront::named};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// What a row sends.
enum Sent {
    Nothing,
    Json(Value),
    Text(&'static str),
    Form(&'static str),
}
use Sent::{Form, Json, Nothing, Text};

async fn send(server: &Server, method: &str, path: &str, sent: &Sent) -> crate::harness::http::Reply {
    let request = ask(server, method, path);
    match sent {
        Nothing => request.send().await,
        Json(value) => request.json(value.to_string()).send().await,
        Text(text) => request.json(text).send().await,
        Form(text) => request.form(text).send().await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_token_or_no_permission_is_refused_everywhere_alike() {
    on_both(|start| async move {
        let server = start.run().await;
        for route in wavefront::operations() {
            let path = format!("{}{}", words::PREFIX, named(route.path).replace("{id}", NOWHERE));
            let method = route.verb.to_uppercase();
            refused(&server.request(&method, &path).send().await, 401);
            refused(&server.request(&method, &path).bearer("never-issued").send().await, 401);
            let reply = server.request(&method, &path).bearer(BEN).send().await;
            // Without the permission one's own tokens are still listed, and none is made.
            let may = route.asks == Asks::Nothing && (method == "GET" || path != "/api/v2/apitoken");
            assert_eq!(reply.status != 403, may, "{method} {path}: {}", reply.text());
            if reply.status >= 400 {
                refused(&reply, reply.status);
            }
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_path_names_must_be_there() {
    on_both(|start| async move {
        let server = start.run().await;
        let none = || Json(json!([]));
        let empty = || Json(json!({}));
        for (method, path, sent) in [
            ("GET", "/account/nobody@acme.example", Nothing),
            ("DELETE", "/account/nobody@acme.example", Nothing),
            ("GET", "/account/sa::nobody/businessFunctions", Nothing),
            ("POST", "/account/nobody/addRoles", none()),
            ("POST", "/account/nobody/removeRoles", none()),
            ("POST", "/account/nobody/addUserGroups", none()),
            ("POST", "/account/nobody/removeUserGroups", none()),
            ("POST", "/account/nobody/grant/ingestion", Nothing),
            ("POST", "/account/nobody/revoke/ingestion", Nothing),
            ("GET", "/account/user/nobody", Nothing),
            ("PUT", "/account/user/nobody", empty()),
            ("GET", "/account/serviceaccount/sa::nobody", Nothing),
            ("PUT", "/account/serviceaccount/sa::nobody", empty()),
            ("POST", "/account/serviceaccount/sa::nobody/activate", Nothing),
            ("POST", "/account/serviceaccount/sa::nobody/deactivate", Nothing),
            // A kind of account that the address is not for.
            ("GET", "/account/user/sa::app", Nothing),
            ("PUT", "/account/user/sa::app", empty()),
            ("GET", "/account/serviceaccount/ada@acme.example", Nothing),
            ("PUT", "/account/serviceaccount/ben@acme.example", empty()),
            ("POST", "/account/serviceaccount/ben@acme.example/activate", Nothing),
            ("POST", "/account/serviceaccount/ben@acme.example/deactivate", Nothing),
            ("GET", "/apitoken/serviceaccount/ben@acme.example", Nothing),
            // People are looked up with their case.
            ("GET", "/account/ADA@acme.example", Nothing),
            ("GET", "/role/{nowhere}", Nothing),
            ("GET", "/role/org-admin", Nothing),
            ("PUT", "/role/{nowhere}", empty()),
            ("DELETE", "/role/{nowhere}", Nothing),
            ("POST", "/role/{nowhere}/addAssignees", none()),
            ("POST", "/role/{nowhere}/removeAssignees", none()),
            ("GET", "/usergroup/{nowhere}", Nothing),
            ("GET", "/usergroup/operators", Nothing),
            ("PUT", "/usergroup/{nowhere}", empty()),
            ("DELETE", "/usergroup/{nowhere}", Nothing),
            ("POST", "/usergroup/{nowhere}/addUsers", none()),
            ("POST", "/usergroup/{nowhere}/removeUsers", none()),
            ("POST", "/usergroup/{nowhere}/addRoles", none()),
            ("POST", "/usergroup/{nowhere}/removeRoles", none()),
            ("PUT", "/apitoken/{nowhere}", empty()),
            ("DELETE", "/apitoken/{nowhere}", Nothing),
            ("GET", "/apitoken/serviceaccount/sa::nobody", Nothing),
            ("POST", "/apitoken/serviceaccount/sa::nobody", Nothing),
            ("PUT", "/apitoken/serviceaccount/sa::app/{nowhere}", empty()),
            ("DELETE", "/apitoken/serviceaccount/sa::app/{nowhere}", Nothing),
            ("GET", "/apitoken/customertokens/{nowhere}", Nothing),
            ("PUT", "/apitoken/customertokens/revoke", Json(json!({ "tokenID": NOWHERE }))),
            ("GET", "/user/nobody", Nothing),
            ("GET", "/user/sa::app", Nothing),
            ("PUT", "/user/nobody", empty()),
            ("DELETE", "/user/sa::app", Nothing),
            ("POST", "/user/nobody/addUserGroups", none()),
            ("POST", "/user/nobody/grant", Form("group=ingestion")),
            ("GET", "/user/nobody/businessFunctions", Nothing),
            // Nothing is served there.
            ("GET", "/", Nothing),
            ("GET", "/nothing", Nothing),
            ("POST", "/account/sa::app/addingestionpolicy", none()),
            ("POST", "/search/colour", empty()),
        ] {
            let path = path.replace("{nowhere}", NOWHERE);
            let reply = send(&server, method, &path, &sent).await;
            assert!(refused(&reply, 404).starts_with("no such "), "{method} {path}: {}", reply.text());
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_or_done_is_refused_and_changes_nothing() {
    on_both(|start| async move {
        let server = start.run().await;
        robot(&server, "sa::bot", &["ingestion"]).await;
        user(&server, "ann@acme.example", &[]).await;
        let (held, crew) = (role(&server, "held", &["ingestion"]).await, group(&server, "crew", &[]).await);
        let everyone = ok(&get(&server, "/usergroup").await)["items"][0]["id"].as_str().unwrap().to_owned();
        let before = standing(&server).await;
        let (bot, ann) = ("/account/serviceaccount/sa::bot", "/account/user/ann@acme.example");
        let (held, crew, kept) = (format!("/role/{held}"), format!("/usergroup/{crew}"), format!("/usergroup/{everyone}"));
        let create = "/account/serviceaccount";
        let rows = [
            ("POST", create, Text("{"), "body"),
            ("POST", create, Text("[]"), "body"),
            ("POST", create, Nothing, "body"),
            ("POST", create, Json(json!({})), "identifier"),
            ("POST", create, Json(json!({ "identifier": 7 })), "identifier"),
            ("POST", create, Json(json!({ "identifier": "ci-bot" })), "identifier"),
            ("POST", create, Json(json!({ "identifier": "sa::" })), "identifier"),
            ("POST", create, Json(json!({ "identifier": "sa::a b" })), "identifier"),
            ("POST", create, Json(json!({ "identifier": "sa::x", "active": "false" })), "active"),
            ("POST", create, Json(json!({ "identifier": "sa::x", "groups": "ingestion" })), "groups"),
            ("POST", create, Json(json!({ "identifier": "sa::x", "groups": ["browse"] })), "groups"),
            ("POST", create, Json(json!({ "identifier": "sa::x", "groups": ["INGESTION"] })), "groups"),
            ("POST", create, Json(json!({ "identifier": "sa::x", "groups": ["token_management"] })), "token_management"),
            ("POST", create, Json(json!({ "identifier": "sa::x", "tokens": ["main"] })), "tokens[0]"),
            ("POST", create, Json(json!({ "identifier": "sa::x", "tokens": [ADA] })), "in use"),
            ("POST", create, Json(json!({ "identifier": "sa::x", "tokens": vec![NOWHERE; 21] })), "tokens"),
            ("POST", create, Json(json!({ "identifier": "sa::x", "roles": [7] })), "roles[0]"),
            ("POST", create, Json(json!({ "identifier": "sa::x", "userGroups": [{ "name": "crew" }] })), "userGroups[0]"),
            ("POST", create, Json(json!({ "identifier": "sa::x", "description": "x".repeat(1_001) })), "description"),
            ("PUT", bot, Json(json!({ "identifier": "sa::other" })), "identifier"),
            ("PUT", bot, Json(json!({ "roles": [NOWHERE] })), "No valid role IDs"),
            ("PUT", bot, Json(json!({ "userGroups": [NOWHERE] })), "No valid user group IDs"),
            ("PUT", bot, Json(json!({ "groups": ["ingestion", "no"] })), "groups"),
            ("POST", "/account/user", Json(json!({ "groups": [] })), "emailAddress"),
            ("POST", "/account/user", Json(json!({ "emailAddress": "ann" })), "emailAddress"),
            ("POST", "/account/user", Json(json!({ "emailAddress": "sa::x@acme.example" })), "emailAddress"),
            ("POST", "/account/user?sendEmail=perhaps", Json(json!({ "emailAddress": "b@acme.example" })), "sendEmail"),
            ("POST", "/account/user/invite", Json(json!(["b@acme.example"])), "body[0]"),
            ("POST", "/account/user/invite", Json(json!([{ "emailAddress": "b@acme.example" }, {}])), "body[1].emailAddress"),
            ("POST", "/account/user/invite", Json(json!([{ "emailAddress": "b@acme.example" }, { "emailAddress": "b" }])), "emailAddress"),
            ("PUT", ann, Json(json!({ "identifier": "Ann@acme.example" })), "identifier"),
            ("PUT", ann, Json(json!({ "credential": "too short" })), "credential"),
            ("POST", "/account/sa::bot/grant/no_such_permission", Nothing, "permission"),
            ("POST", "/account/sa::bot/grant/token_management", Nothing, "token_management"),
            ("POST", "/account/grant/no_such_permission", Json(json!(["sa::bot"])), "permission"),
            ("POST", "/account/grant/token_management", Json(json!(["ann@acme.example", "sa::bot"])), "token_management"),
            ("POST", "/account/grant/ingestion", Json(json!(["nobody"])), "No valid account IDs"),
            ("POST", "/account/revoke/ingestion", Json(json!({ "id": "sa::bot" })), "body"),
            ("POST", "/account/deleteAccounts", Json(json!(["nobody", "sa::nobody"])), "No valid account IDs"),
            ("POST", "/account/deleteAccounts", Json(json!([7])), "body[0]"),
            ("POST", "/account/deleteAccounts", Json(json!(["sa::bot", "ada@acme.example"])), "caller"),
            ("POST", "/account/deleteAccounts", Json(json!(vec!["sa::bot"; 10_001])), "body"),
            ("DELETE", "/account/ada@acme.example", Nothing, "caller"),
            ("POST", "/account/sa::bot/addRoles", Json(json!([NOWHERE, "x"])), "No valid role IDs"),
            ("POST", "/account/sa::bot/addUserGroups", Json(json!([NOWHERE])), "No valid user group IDs"),
            ("POST", "/account/sa::bot/addUserGroups", Text("null null"), "body"),
            ("POST", "/role", Json(json!({ "permissions": [] })), "name"),
            ("POST", "/role", Json(json!({ "name": " ", "permissions": [] })), "name"),
            ("POST", "/role", Json(json!({ "name": "x", "permissions": ["browse"] })), "permissions"),
            ("PUT", &held, Json(json!({ "id": NOWHERE })), "id"),
            ("PUT", &held, Json(json!({ "permissions": ["browse"] })), "permissions"),
            ("POST", "/role/grant/browse", Json(json!([])), "permission"),
            ("POST", "/role/grant/ingestion", Json(json!([NOWHERE])), "No valid role IDs"),
            ("POST", "/usergroup", Json(json!({ "roleIDs": [] })), "name"),
            ("POST", "/usergroup", Json(json!({ "name": "x", "roleIDs": [NOWHERE] })), "No valid role IDs"),
            ("PUT", &crew, Json(json!({ "id": NOWHERE, "name": "crew" })), "id"),
            ("PUT", &kept, Json(json!({ "name": "All" })), "group"),
            ("DELETE", &kept, Nothing, "group"),
            ("POST", "/usergroup/{crew}/addUsers", Json(json!(["nobody"])), "No valid account IDs"),
            ("POST", "/usergroup/{everyone}/removeUsers", Json(json!(["ann@acme.example"])), "holds every account"),
            ("POST", "/account/ann@acme.example/removeUserGroups", Json(json!([everyone])), "holds every account"),
            ("PUT", "/apitoken/customertokens/revoke", Json(json!({})), "tokenID"),
            ("GET", "/account?limit=0", Nothing, "limit"),
            ("GET", "/account?limit=1001", Nothing, "limit"),
            ("GET", "/role?limit=x", Nothing, "limit"),
            ("GET", "/usergroup?offset=-1", Nothing, "offset"),
            ("GET", "/account?limit=1&limit=2", Nothing, "limit"),
            ("POST", "/user/ann@acme.example/grant", Form("group=browse"), "group"),
            ("POST", "/user/ann@acme.example/grant", Form("other=ingestion"), "group"),
            ("POST", "/customer/preferences", Json(json!({ "invitePermissions": ["browse"] })), "invitePermissions"),
            ("POST", "/customer/preferences", Json(json!({ "defaultUserGroups": [NOWHERE] })), "No valid user group IDs"),
            ("POST", "/search/account", Json(json!({ "query": [{ "key": "colour", "value": "x" }] })), "query[0].key"),
            ("POST", "/search/account", Json(json!({ "sort": { "field": "description", "ascending": true } })), "sort.field"),
            ("POST", "/search/role", Json(json!({ "limit": 1_001 })), "limit"),
            ("POST", "/search/user/colour", Json(json!({})), "facet"),
            ("POST", "/search/user/facets", Json(json!({})), "facets"),
            ("POST", "/search/user/facets", Json(json!({ "facets": ["colour"] })), "facets"),
        ];
        for (method, path, sent, told) in rows {
            let path = path.replace("{crew}", crew.rsplit('/').next().unwrap()).replace("{everyone}", &everyone);
            let reply = send(&server, method, &path, &sent).await;
            assert!(refused(&reply, 400).contains(told), "{method} {path}: {}", reply.text());
        }
        assert_eq!(standing(&server).await, before);
        server.stop().await;
    })
    .await;
}

/// Everything that a refused request could have changed.
async fn standing(server: &Server) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in ["/account/user", "/account/serviceaccount", "/role", "/usergroup", "/apitoken/customertokens"] {
        let mut all = ok(&get(server, path).await);
        forget_uses(&mut all);
        seen.push(all);
    }
    let events = server.get("/v1/realms/acme/audit/events?outcome=success&limit=1000", ADA).await.expect(200);
    seen.push(events["items"].clone());
    seen.push(server.get("/v1/realms/acme/outbox", ADA).await.expect(200)["items"].clone());
    seen
}

/// Whoever looks uses a token.
fn forget_uses(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("lastUsed");
            members.remove("lastSuccessfulLogin");
            members.values_mut().for_each(forget_uses);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_uses),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_is_409() {
    on_both(|start| async move {
        let server = start.run().await;
        let (one, crew) = (role(&server, "one", &[]).await, group(&server, "crew", &[]).await);
        role(&server, "two", &[]).await;
        robot(&server, "sa::bot", &[]).await;
        for (method, path, body) in [
            ("POST", "/account/serviceaccount".to_owned(), json!({ "identifier": "sa::bot" })),
            ("POST", "/account/serviceaccount".to_owned(), json!({ "identifier": "SA::Bot" })),
            ("POST", "/account/serviceaccount".to_owned(), json!({ "identifier": "sa::app" })),
            ("POST", "/account/user".to_owned(), json!({ "emailAddress": "ADA@acme.example" })),
            ("POST", "/user".to_owned(), json!({ "emailAddress": "Ben@acme.example" })),
            ("POST", "/role".to_owned(), json!({ "name": "one", "permissions": [] })),
            ("PUT", format!("/role/{one}"), json!({ "name": "two" })),
            ("POST", "/usergroup".to_owned(), json!({ "name": "operators", "roleIDs": [] })),
            ("PUT", format!("/usergroup/{crew}"), json!({ "name": "operators" })),
        ] {
            refused(&send(&server, method, &path, &Json(body)).await, 409);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_come_in_the_pages_order() {
    let server = server().await;
    let nowhere = format!("/role/{NOWHERE}");
    // Neither the address nor the body is looked at before the token, and the body not before the permission.
    refused(&server.request("GET", "/api/v2/nothing").send().await, 401);
    refused(&server.request("PATCH", "/api/v2/account").send().await, 401);
    refused(&server.request("POST", "/api/v2/role").json("{").send().await, 401);
    refused(&server.request("GET", "/api/v2/nothing").bearer(BEN).send().await, 404);
    refused(&server.request("POST", "/api/v2/role").bearer(BEN).json("{").send().await, 403);
    refused(&server.request("PUT", &format!("/api/v2{nowhere}")).bearer(BEN).json("{}").send().await, 403);
    // The body's form comes before the thing that the path names, and what the body says after it.
    refused(&ask(&server, "PUT", &nowhere).json("{").send().await, 400);
    refused(&ask(&server, "PUT", &nowhere).json(r#"{"name":7}"#).send().await, 400);
    refused(&ask(&server, "PUT", &nowhere).json(r#"{"permissions":["browse"]}"#).send().await, 404);
    refused(&post(&server, "/account/nobody/addRoles", &json!([NOWHERE])).await, 404);
    let unmatched = ask(&server, "PATCH", "/account").send().await;
    refused(&unmatched, 405);
    assert_eq!(unmatched.header("allow"), Some("GET,HEAD"));
    server.stop().await;
}
