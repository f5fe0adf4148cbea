//! People: operations 4, 13, 15, 16, 19 and 25 (section 3 of the page), and what new ones begin with (section 9.6).

use serde_json::{Value, json};

use super::{bare, delete, each, get, group, ok, post, put, refused, role, server, user};
use crate::harness::{ADA, BEN, Server, on_both};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// The addresses that mail was written to.
async fn mailed(server: &Server) -> Vec<String> {
    let outbox = server.get("/v1/realms/acme/outbox", ADA).await.expect(200);
    let mut to: Vec<_> =
        outbox["items"].as_array().unwrap().iter().map(|mail| mail["to"].as_str().unwrap_or_default().to_owned()).collect();
    to.sort();
    to
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_made_or_changed_by_one_and_the_same_call() {
    on_both(|start| async move {
        let server = start.run().await;
        let held = role(&server, "held", &["ingestion"]).await;
        let crew = group(&server, "crew", &[&held]).await;
        let body = json!({ "emailAddress": "Cy+1@acme.example", "groups": [], "userGroups": [], "roles": [] });
        let made = bare(&post(&server, "/account/user", &body).await);
        let everyone = &made["userGroups"][0];
        assert_eq!((&everyone["name"], &everyone["description"]), (&json!("Everyone"), &json!("System group which contains all users")));
        assert_eq!(everyone["users"].as_array().unwrap().len(), 4);
        let mut rest = made.clone();
        rest["userGroups"] = json!([]);
        assert_eq!(rest, json!({ "identifier": "Cy+1@acme.example", "customer": "acme", "groups": [], "userGroups": [], "roles": [] }));
        assert_eq!(bare(&get(&server, "/account/user/Cy+1@acme.example").await), made);

        let body = json!({ "emailAddress": "Cy+1@acme.example", "roles": [held], "userGroups": [crew, NOWHERE] });
        let changed = bare(&post(&server, "/account/user", &body).await);
        assert_eq!((each(&changed["userGroups"], "name"), each(&changed["roles"], "name")), (vec!["Everyone", "crew"], vec!["held"]));
        let body = json!({ "emailAddress": "Cy+1@acme.example", "groups": ["log_management"], "roles": null });
        let changed = bare(&post(&server, "/account/user", &body).await);
        assert_eq!((&changed["groups"], each(&changed["roles"], "name")), (&json!(["log_management"]), vec!["held"]));
        // With an unknown group alone a new user is made without it, as recorded.
        let body = json!({ "emailAddress": "di@acme.example", "groups": [], "userGroups": [NOWHERE] });
        assert_eq!(each(&bare(&post(&server, "/account/user", &body).await)["userGroups"], "name"), ["Everyone"]);
        // Whoever is called like a robot's address is none.
        refused(&post(&server, "/account/user", &json!({ "emailAddress": "sa::app" })).await, 409);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_users_begin_with_the_defaults_unless_they_are_told_otherwise() {
    on_both(|start| async move {
        let server = start.run().await;
        let crew = group(&server, "crew", &[]).await;
        let preferences = bare(&get(&server, "/customer/preferences").await);
        assert_eq!(preferences, json!({ "customerId": "acme", "invitePermissions": [], "defaultUserGroups": [] }));
        let body = json!({ "invitePermissions": ["ingestion", "alerts_management"], "defaultUserGroups": [{ "id": crew, "name": "crew" }], "hiddenMetricPrefixes": {} });
        let changed = bare(&post(&server, "/customer/preferences", &body).await);
        assert_eq!((&changed["invitePermissions"], each(&changed["defaultUserGroups"], "id")), (&json!(["alerts_management", "ingestion"]), vec![&*crew]));
        assert_eq!(bare(&get(&server, "/customer/preferences").await), changed);
        let made = async |rest: Value| {
            let mut body = rest;
            body["emailAddress"] = json!(format!("u{}@acme.example", body.to_string().len()));
            let made = bare(&post(&server, "/account/user", &body).await);
            (made["groups"].clone(), each(&made["userGroups"], "name").into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        let (defaults, both) = (json!(["alerts_management", "ingestion"]), ["Everyone", "crew"]);
        for (body, groups, names) in [
            (json!({}), &defaults, &both[..]),
            (json!({ "groups": null, "userGroups": null }), &defaults, &both),
            (json!({ "groups": [] }), &json!([]), &both),
            (json!({ "userGroups": [] }), &defaults, &both[..1]),
            (json!({ "groups": ["log_management"], "userGroups": [] }), &json!(["log_management"]), &both[..1]),
        ] {
            let (permissions, groups_of) = made(body.clone()).await;
            assert_eq!((&permissions, groups_of.iter().map(String::as_str).collect::<Vec<_>>()), (groups, names.to_vec()), "{body}");
        }
        // Robots begin with nothing.
        let robot = ok(&post(&server, "/account/serviceaccount", &json!({ "identifier": "sa::bot" })).await);
        assert_eq!((&robot["groups"], each(&robot["userGroups"], "name")), (&json!([]), vec!["Service Accounts"]));
        // One member alone is changed, and a group that has gone is no default.
        bare(&post(&server, "/customer/preferences", &json!({ "invitePermissions": [] })).await);
        ok(&delete(&server, &format!("/usergroup/{crew}")).await);
        assert_eq!(bare(&get(&server, "/customer/preferences").await), preferences);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_for_whom_a_call_creates_or_invites() {
    let server = server().await;
    let new = |email: &str| json!({ "emailAddress": email, "groups": [], "userGroups": [] });
    bare(&post(&server, "/account/user", &new("quiet@acme.example")).await);
    bare(&post(&server, "/account/user?sendEmail=false", &new("silent@acme.example")).await);
    assert_eq!(mailed(&server).await, [""; 0]);
    for _ in 0..2 {
        bare(&post(&server, "/account/user?sendEmail=true", &new("told@acme.example")).await);
        assert_eq!(mailed(&server).await.len(), 1, "once, when it is created");
    }
    let list = json!([new("one@acme.example"), { "emailAddress": "ben@acme.example", "groups": ["ingestion"] }, new("two@acme.example")]);
    let first = bare(&post(&server, "/account/user/invite", &list).await);
    assert_eq!(first["identifier"], "one@acme.example");
    assert_eq!(bare(&get(&server, "/account/user/ben@acme.example").await)["groups"], json!(["ingestion"]), "one who is there is changed");
    assert_eq!(mailed(&server).await.len(), 4, "Ben has no password either");
    assert_eq!(bare(&post(&server, "/account/user/invite", &json!([])).await)["identifier"], "");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_changes_what_it_names() {
    on_both(|start| async move {
        let server = start.run().await;
        let held = role(&server, "held", &[]).await;
        let crew = group(&server, "crew", &[]).await;
        user(&server, "cy@acme.example", &["ingestion"]).await;
        let at = "/account/user/cy@acme.example";
        let before = bare(&get(&server, at).await);
        for nothing in [json!({}), json!({ "identifier": "cy@acme.example", "customer": "acme", "groups": null, "ssoId": null })] {
            assert_eq!(bare(&put(&server, at, &nothing).await), before, "{nothing}");
        }
        let shown = bare(&put(&server, at, &json!({ "ssoId": "cy-7", "roles": [held], "userGroups": [{ "id": crew }] })).await);
        assert_eq!((&shown["ssoId"], &shown["groups"]), (&json!("cy-7"), &json!(["ingestion"])));
        assert_eq!((each(&shown["roles"], "name"), each(&shown["userGroups"], "name")), (vec!["held"], vec!["Everyone", "crew"]));
        let shown = bare(&put(&server, at, &json!({ "roles": [], "userGroups": [], "groups": [], "ssoId": "" })).await);
        let mut emptied = before.clone();
        emptied["groups"] = json!([]);
        assert_eq!(shown, emptied);
        // A password is taken and never told; with one, the link to choose one is of no use.
        let shown = put(&server, at, &json!({ "credential": "a long enough secret" })).await;
        assert!(!shown.text().contains("long enough") && !shown.text().contains("credential"));
        bare(&shown);
        let mails = mailed(&server).await.len();
        bare(&post(&server, "/account/user/invite", &json!([{ "emailAddress": "cy@acme.example" }])).await);
        assert_eq!(mailed(&server).await.len(), mails);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_as_other_doors_made_it() {
    let server = server().await;
    let shown = bare(&server.get("/api/v2/account/user/ben@acme.example", BEN).await);
    let groups: Vec<Value> = shown["userGroups"].as_array().unwrap().clone();
    assert_eq!((&shown["groups"], groups.len()), (&json!([]), 1));
    // Rights that are no permission of this dialect are neither shown nor lost.
    let reader = "/account/user/reader@acme.example";
    assert_eq!(bare(&get(&server, reader).await)["groups"], json!([]));
    bare(&put(&server, reader, &json!({ "groups": ["ingestion"] })).await);
    bare(&put(&server, reader, &json!({ "groups": [] })).await);
    server.get("/support", "reader-token-may-only-look").await.expect_status(200);
    // Ada has all by a role of a group, and so every permission, though none by its name.
    let ada = ok(&get(&server, "/account/ada@acme.example").await);
    assert_eq!((ada["groups"].as_array().unwrap().len(), ada["unitedPermissions"].as_array().unwrap().len()), (0, 17));
    assert_eq!((ada["roles"].as_array().unwrap().len(), ada["unitedRoles"].as_array().unwrap().len()), (0, 1));
    server.stop().await;
}
