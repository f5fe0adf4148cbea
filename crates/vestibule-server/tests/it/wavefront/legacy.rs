//! The older addresses of users (section 6 of the page).

use serde_json::json;

use super::{ask, bare, each, get, group, ok, post, put, refused, robot, server, user, warned};
use crate::harness::{BEN, Server, http::Reply, on_both};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// An answer that is bare and in the envelope at once; gives the user.
#[track_caller]
fn both(reply: &Reply, code: u16) -> serde_json::Value {
    let mut body = reply.expect(200);
    assert_eq!((&body["status"]["result"], &body["status"]["code"]), (&json!("OK"), &json!(code)), "{body}");
    let inner = body["response"].take();
    let members = body.as_object_mut().unwrap();
    members.retain(|name, _| !["status", "response"].contains(&name.as_str()));
    assert_eq!(body, inner);
    inner
}

async fn form(server: &Server, path: &str, text: &str) -> Reply {
    ask(server, "POST", path).form(text).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_managed_as_before() {
    on_both(|start| async move {
        let server = start.run().await;
        let crew = group(&server, "crew", &[]).await;
        let body = json!({ "emailAddress": "cy@acme.example", "groups": ["ingestion"], "userGroups": null });
        let made = both(&post(&server, "/user?sendEmail=true", &body).await, 200);
        assert_eq!((&made["identifier"], &made["groups"]), (&json!("cy@acme.example"), &json!(["ingestion"])));
        assert_eq!(bare(&get(&server, "/user/cy@acme.example").await), made);
        // An unknown group is passed over and told of, as recorded.
        let body = json!({ "emailAddress": "di@acme.example", "groups": [], "userGroups": [NOWHERE] });
        let reply = post(&server, "/user", &body).await;
        both(&reply, 202);
        assert_eq!(reply.json()["status"]["message"], format!("Invalid user groups found and ignored [{NOWHERE}]"));

        let at = "/user/cy@acme.example";
        let listed = get(&server, "/user").await.expect(200);
        assert_eq!(
            each(&listed, "identifier"),
            ["ada@acme.example", "ben@acme.example", "cy@acme.example", "di@acme.example", "reader@acme.example"]
        );
        let changed =
            both(&put(&server, at, &json!({ "identifier": "cy@acme.example", "groups": ["ingestion", "log_management"] })).await, 200);
        assert_eq!(changed["groups"], json!(["ingestion", "log_management"]));
        assert_eq!(
            each(&bare(&post(&server, &format!("{at}/addUserGroups"), &json!([crew])).await)["userGroups"], "name"),
            ["Everyone", "crew"]
        );
        assert_eq!(
            each(&bare(&post(&server, &format!("{at}/removeUserGroups"), &json!([crew])).await)["userGroups"], "name"),
            ["Everyone"]
        );
        for (path, text, groups) in [
            ("grant", "group=alerts_management", &["alerts_management", "ingestion", "log_management"][..]),
            ("grant", "group=alerts%5Fmanagement&x=y", &["alerts_management", "ingestion", "log_management"]),
            ("revoke", "group=alerts_management", &["ingestion", "log_management"]),
            ("revoke", "group=alerts_management", &["ingestion", "log_management"]),
        ] {
            assert_eq!(bare(&form(&server, &format!("{at}/{path}"), text).await)["groups"], json!(groups), "{path} {text}");
        }
        let functions = get(&server, &format!("{at}/businessFunctions")).await.expect(200);
        assert_eq!((&functions["identifier"], &functions["status"]["code"]), (&json!("cy@acme.example"), &json!(200)));
        assert!(functions["response"].as_array().unwrap().contains(&json!("METRIC_INGESTION")));
        let gone = ask(&server, "DELETE", at).send().await;
        assert_eq!((gone.status, gone.body.len()), (200, 0));
        refused(&get(&server, at).await, 404);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_users_are_managed_as_before_and_robots_are_not_among_them() {
    let server = server().await;
    robot(&server, "sa::bot", &["ingestion"]).await;
    user(&server, "cy@acme.example", &[]).await;
    let both_kinds = json!(["sa::bot", "cy@acme.example"]);
    assert_eq!(bare(&post(&server, "/user/grant/log_management", &both_kinds).await)["identifier"], "cy@acme.example");
    assert_eq!(bare(&post(&server, "/user/revoke/log_management", &both_kinds).await)["groups"], json!([]));
    assert_eq!(ok(&get(&server, "/account/sa::bot").await)["groups"], json!(["ingestion"]));
    refused(&post(&server, "/user/grant/log_management", &json!(["sa::bot"])).await, 400);
    let checked = ok(&post(&server, "/user/validateUsers", &both_kinds).await);
    assert_eq!(
        (each(&checked["validUsers"], "identifier"), &checked["invalidIdentifiers"]),
        (vec!["cy@acme.example"], &json!(["sa::bot"]))
    );
    let invited = bare(&post(&server, "/user/invite", &json!([{ "emailAddress": "di@acme.example", "groups": [] }])).await);
    assert_eq!(invited["identifier"], "di@acme.example");
    let (gone, told) = warned(&post(&server, "/user/deleteUsers", &json!(["di@acme.example", "sa::bot", "cy@acme.example"])).await);
    assert_eq!((gone, told), (json!(["di@acme.example", "cy@acme.example"]), "Invalid accounts found and ignored [sa::bot]".to_owned()));
    ok(&get(&server, "/account/sa::bot").await);
    refused(&post(&server, "/user/deleteUsers", &json!(["ada@acme.example"])).await, 400);
    // Oneself may be read there, too.
    assert_eq!(server.get("/api/v2/user/ben@acme.example", BEN).await.expect(200)["identifier"], "ben@acme.example");
    refused(&server.get("/api/v2/user", BEN).await, 403);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_list_the_permissions_that_there_are() {
    let server = server().await;
    let all = get(&server, "/customer/permissions").await.expect(200);
    assert_eq!(all.as_array().unwrap().len(), 17);
    let expected = json!({ "groupName": "agent_management", "displayName": "Proxies", "description": "View and manage proxies and cloud integrations", "requiredDefault": false });
    assert_eq!(all[0], expected);
    server.stop().await;
}
