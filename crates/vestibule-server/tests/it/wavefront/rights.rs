//! What permissions come to: who may call, business functions, united permissions, the last administrator (sections 7, 8
//! and 9 of the page).

use serde_json::{Value, json};
use vestibule_server::dialects::wavefront::words::PERMISSIONS;

use super::{ask, bare, delete, get, group, ok, post, put, refused, robot, role, server, user};
use crate::harness::{ADA, MANIFEST, Server, Start, databases::Database, on_both, organization::ORG};

/// How many business functions each permission brings, and one of them.
const BROUGHT: [(&str, usize, &str); 17] = [
    ("agent_management", 11, "MODIFY_AGENTS"),
    ("alerts_management", 5, "MODIFY_ALERTS"),
    ("application_management", 1, "MODIFY_APPLICATIONS"),
    ("batch_query_priority", 0, ""),
    ("dashboard_management", 2, "MODIFY_DASHBOARDS"),
    ("derived_metrics_management", 2, "MODIFY_REGISTERED_QUERY_TAGS"),
    ("embedded_charts", 1, "CREATE_EMBEDDED_CHARTS"),
    ("events_management", 2, "MODIFY_EVENT_TAGS"),
    ("external_links_management", 2, "MODIFY_EXTERNAL_LINK_TAGS"),
    ("host_tag_management", 2, "MODIFY_HOSTS"),
    ("ingestion", 5, "METRIC_INGESTION"),
    ("log_management", 1, "VIEW_LOGS"),
    ("metrics_management", 4, "MODIFY_METRIC_VISIBILITY"),
    ("monitored_application_service_management", 3, "MODIFY_MONITORED_APPLICATION_SERVICE"),
    ("saml_sso_management", 2, "MODIFY_SAML_SSO_SETTINGS"),
    ("token_management", 1, "CREATE_TOKEN"),
    ("user_management", 12, "ADMINISTER_SERVICE_ACCOUNTS"),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_permission_brings_its_business_functions_to_both_kinds() {
    let server = server().await;
    robot(&server, "sa::bot", &[]).await;
    user(&server, "cy@acme.example", &[]).await;
    let functions = async |id: &str| {
        let all = ok(&get(&server, &format!("/account/{id}/businessFunctions")).await);
        all.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let own = functions("cy@acme.example").await;
    assert_eq!((own.len(), functions("sa::bot").await.len()), (40, 0));
    for (name, count, one) in BROUGHT {
        for (id, before) in [("sa::bot", &[][..]), ("cy@acme.example", &own)] {
            let is_for_people = name == "token_management" && id == "sa::bot";
            let granted = post(&server, &format!("/account/{id}/grant/{name}"), &json!({})).await;
            if is_for_people {
                refused(&granted, 400);
                continue;
            }
            bare(&granted);
            let all = functions(id).await;
            assert!(before.iter().all(|function| all.contains(function)), "{id} {name}");
            let twice = usize::from(name == "metrics_management" && id != "sa::bot");
            assert_eq!(
                (all.len(), count == 0 || all.iter().any(|function| function == one)),
                (before.len() + count - twice, true),
                "{id} {name}"
            );
            bare(&post(&server, &format!("/account/{id}/revoke/{name}"), &json!({})).await);
        }
    }
    // By a role they come as well.
    let held = role(&server, "held", &["log_management"]).await;
    bare(&post(&server, "/account/sa::bot/addRoles", &json!([held])).await);
    assert_eq!(functions("sa::bot").await, ["VIEW_LOGS"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_cannot_come_by_the_permission_to_make_tokens() {
    on_both(|start| async move {
        let server = start.run().await;
        let held = role(&server, "held", &["token_management", "ingestion"]).await;
        let token = robot(&server, "sa::bot", &[]).await;
        user(&server, "cy@acme.example", &[]).await;
        let crew = group(&server, "crew", &[&held]).await;
        for id in ["sa::bot", "cy@acme.example"] {
            bare(&post(&server, &format!("/account/{id}/addUserGroups"), &json!([crew])).await);
        }
        assert_eq!(ok(&get(&server, "/account/sa::bot").await)["unitedPermissions"], json!(["ingestion"]));
        assert_eq!(ok(&get(&server, "/account/cy@acme.example").await)["unitedPermissions"], json!(["ingestion", "token_management"]));
        refused(&server.request("POST", "/api/v2/apitoken").bearer(&token).send().await, 403);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_as_united_is_what_the_engine_enforces() {
    on_both(|start| async move {
        let server = start.run().await;
        let token = robot(&server, "sa::bot", &["user_management"]).await;
        ok(&server.get("/api/v2/account", &token).await);
        // A deny that another door put into a role takes the permission away, here as there.
        let statements = json!([
            { "effect": "deny", "action": ["config:delete"], "resource": ["*"] },
            { "effect": "allow", "action": ["all"], "resource": ["*"] },
        ]);
        let policies = format!("/organizations/{ORG}/permissionpolicies");
        let made = server.post(&policies, ADA, &json!({ "name": "most", "permissionPolicy": statements }).to_string()).await.expect(200);
        let id = made["id"].as_str().unwrap().to_owned();
        bare(&post(&server, "/account/sa::bot/addRoles", &json!([id])).await);
        let shown = ok(&get(&server, "/account/sa::bot").await);
        assert_eq!((&shown["groups"], shown["unitedPermissions"].as_array().unwrap().len()), (&json!(["user_management"]), 16));
        server.stop().await;
    })
    .await;
    let (group, rest) = MANIFEST.split_once("[[realms.groups]]").unwrap();
    let denier = "[[realms.roles]]\nname = \"no accounts\"\nstatements = [{ effect = \"deny\", actions = [\"wavefront:user_management\"], resources = [\"*\"] }]\n\n[[realms.groups]]";
    let start = Start { manifest: format!("{group}{denier}{rest}"), ..Start::on(Database::sqlite()) };
    let server = start.run().await;
    let token = robot(&server, "sa::bot", &["user_management"]).await;
    let roles = ok(&get(&server, "/role").await);
    let denier = roles["items"].as_array().unwrap().iter().find(|role| role["name"] == "no accounts").unwrap();
    assert_eq!(denier["permissions"], json!([]));
    bare(&post(&server, "/account/sa::bot/addRoles", &json!([denier["id"]])).await);
    let shown = ok(&get(&server, "/account/sa::bot").await);
    assert_eq!((&shown["groups"], &shown["unitedPermissions"]), (&json!(["user_management"]), &json!([])));
    refused(&server.get("/api/v2/account", &token).await, 403);
    server.stop().await;
}

/// A realm in which nobody but a user and a robot may manage accounts, by a permission alone.
async fn lonely(server: &Server) -> String {
    let token = robot(server, "sa::root", &["user_management"]).await;
    let as_root = |method: &str, path: &str, body: Value| {
        server.request(method, &format!("/api/v2{path}")).bearer(&token).json(body.to_string()).send()
    };
    let operators = ok(&get(server, "/usergroup").await)["items"][2]["id"].as_str().unwrap().to_owned();
    ok(&as_root("POST", &format!("/usergroup/{operators}/removeUsers"), json!(["ada@acme.example"])).await);
    token
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_left_who_may_manage_accounts() {
    on_both(|start| async move {
        let server = start.run().await;
        let token = lonely(&server).await;
        let call = |method: &str, path: &str, body: Value| {
            server.request(method, &format!("/api/v2{path}")).bearer(&token).json(body.to_string()).send()
        };
        let nothing = json!({});
        // The last that may cannot lose it in any way.
        for (method, path, body) in [
            ("POST", "/account/sa::root/revoke/user_management", nothing.clone()),
            ("POST", "/account/revoke/user_management", json!(["sa::app", "sa::root"])),
            ("PUT", "/account/serviceaccount/sa::root", json!({ "groups": [] })),
            ("PUT", "/account/serviceaccount/sa::root", json!({ "active": false })),
            ("POST", "/account/serviceaccount/sa::root/deactivate", nothing.clone()),
            ("DELETE", "/account/sa::root", nothing.clone()),
            ("POST", "/account/deleteAccounts", json!(["ben@acme.example", "sa::root"])),
        ] {
            refused(&call(method, path, body).await, 400);
        }
        ok(&call("GET", "/account/ben@acme.example", nothing.clone()).await);
        // By a role it is no other, and once a second one has it the first may go.
        let held = ok(&call("POST", "/role", json!({ "name": "admins", "permissions": ["user_management"] })).await)["id"].clone();
        let held = held.as_str().unwrap();
        bare(&call("POST", "/account/ben@acme.example/addRoles", json!([held])).await);
        let ben = |method: &str, path: &str, body: Value| {
            server.request(method, &format!("/api/v2{path}")).bearer(crate::harness::BEN).json(body.to_string()).send()
        };
        ok(&ben("DELETE", "/account/sa::root", nothing.clone()).await);
        for (method, path, body) in [
            ("POST", "/account/ben@acme.example/removeRoles".to_owned(), json!([held])),
            ("PUT", "/account/user/ben@acme.example".to_owned(), json!({ "roles": [] })),
            ("PUT", format!("/role/{held}"), json!({ "permissions": [] })),
            ("POST", "/role/revoke/user_management".to_owned(), json!([held])),
            ("POST", format!("/role/{held}/removeAssignees"), json!(["ben@acme.example"])),
            ("DELETE", format!("/role/{held}"), nothing.clone()),
            ("DELETE", "/user/ben@acme.example".to_owned(), nothing.clone()),
        ] {
            refused(&ben(method, &path, body).await, 400);
        }
        let crew = ok(&ben("POST", "/usergroup", json!({ "name": "crew", "roleIDs": [held] })).await)["id"].clone();
        let crew = crew.as_str().unwrap();
        ok(&ben("POST", &format!("/usergroup/{crew}/addUsers"), json!(["ben@acme.example"])).await);
        bare(&ben("POST", "/account/ben@acme.example/removeRoles", json!([held])).await);
        for (method, path, body) in [
            ("POST", format!("/usergroup/{crew}/removeUsers"), json!(["ben@acme.example"])),
            ("POST", format!("/usergroup/{crew}/removeRoles"), json!([held])),
            ("PUT", format!("/usergroup/{crew}"), json!({ "roleIDs": [] })),
            ("DELETE", format!("/usergroup/{crew}"), nothing.clone()),
            ("POST", "/account/ben@acme.example/removeUserGroups".to_owned(), json!([crew])),
        ] {
            refused(&ben(method, &path, body).await, 400);
        }
        ok(&ben("GET", "/account", nothing).await);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_opens_what_the_page_says_and_nothing_else() {
    let server = server().await;
    let token = robot(&server, "sa::bot", &[]).await;
    for permission in PERMISSIONS.iter().filter(|permission| permission.name != "token_management") {
        bare(&post(&server, &format!("/account/sa::bot/grant/{}", permission.name), &json!({})).await);
        let status = server.get("/api/v2/account", &token).await.status;
        assert_eq!(status, if permission.name == "user_management" { 200 } else { 403 }, "{}", permission.name);
        // Whatever else is asked about it, the engine has the one answer.
        let question = json!({
            "subject": { "type": "service", "id": "sa::bot" }, "action": { "name": format!("wavefront:{}", permission.name) },
            "resource": { "type": "wavefront:account", "id": "*" },
        });
        let answer = server.post("/access/v1/evaluation", ADA, &question.to_string()).await.expect(200);
        assert_eq!(answer["decision"], true, "{} {answer}", permission.name);
        bare(&post(&server, &format!("/account/sa::bot/revoke/{}", permission.name), &json!({})).await);
    }
    refused(&server.get("/api/v2/account", &token).await, 403);
    ok(&put(&server, "/account/serviceaccount/sa::bot", &json!({ "groups": ["user_management"] })).await);
    ok(&server.get("/api/v2/account", &token).await);
    ok(&delete(&server, "/account/sa::bot").await);
    // A project's token is for projects.
    refused(&server.get("/api/v2/account", "ada-scoped-token-31337").await, 403);
    ok(&ask(&server, "GET", "/account").send().await);
    server.stop().await;
}
