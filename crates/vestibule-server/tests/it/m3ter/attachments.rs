//! Whom policies are attached to: P6 to P9 (section 6 of the page).

use serde_json::{Value, json};

use super::{below, get, id_of, id_of_ben, post, refused, server};
use crate::harness::{ADA, BEN, Server, on_both, organization::ORG};

async fn policy(server: &Server) -> String {
    let rule = json!({ "effect": "allow", "action": ["config:retrieve"], "resource": ["*"] });
    let made = post(server, "/permissionpolicies", ADA, &json!({ "name": "Readers", "permissionPolicy": [rule] })).await.expect(200);
    made["id"].as_str().unwrap().to_owned()
}

async fn readers(server: &Server) -> String {
    post(server, "/resourcegroups/user", ADA, &json!({ "name": "readers" })).await.expect(200)["id"].as_str().unwrap().to_owned()
}

/// Everybody that a policy can be attached to: the end of the path, the type, the body.
async fn everybody(server: &Server) -> Vec<(&'static str, &'static str, Value, String)> {
    let (ben, group) = (id_of_ben(server).await, readers(server).await);
    let app = id_of(server, "/serviceusers", "name", "The app").await;
    let named = |id: &String| json!({ "principalId": id });
    vec![
        ("user", "USER", named(&ben), ben),
        ("usergroup", "USERGROUP", named(&group), group),
        ("serviceuser", "SERVICEUSER", named(&app), app),
        ("supportusers", "SUPPORTUSERS", json!({}), ORG.to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_attached_once_and_detached_once() {
    on_both(|start| async move {
        let server = start.run().await;
        let policy = policy(&server).await;
        let ada = get(&server, "/users/me", ADA).await.expect(200)["user"]["id"].clone();
        for (end, kind, body, principal) in everybody(&server).await {
            let (add, remove) =
                (format!("/permissionpolicies/{policy}/addto{end}"), format!("/permissionpolicies/{policy}/removefrom{end}"));
            refused(&post(&server, &remove, ADA, &body).await, 404);
            let first = post(&server, &add, ADA, &body).await.expect(200);
            let at = "2027-01-15T08:00:00.000Z";
            let expected = json!({
                "id": first["id"], "version": 1, "permissionPolicyId": policy, "principalId": principal, "principalType": kind,
                "dtCreated": at, "dtLastModified": at, "createdBy": ada, "lastModifiedBy": ada,
            });
            assert_eq!(first, expected, "{kind}");
            assert_eq!(post(&server, &add, ADA, &body).await.expect(200), first, "{kind} again");
            let mut versioned = body.clone();
            versioned["version"] = json!(2);
            assert!(refused(&post(&server, &remove, ADA, &versioned).await, 400).contains("version"), "{kind}");
            assert!(refused(&post(&server, &add, ADA, &versioned).await, 400).contains("version"), "{kind}");
            // P9 comes with a content type and no content.
            let gone = match kind {
                "SUPPORTUSERS" => below(&server, "POST", &remove, ADA).json("").send().await,
                _ => {
                    versioned["version"] = json!(1);
                    post(&server, &remove, ADA, &versioned).await
                }
            };
            assert_eq!(gone.expect(200), first, "{kind}");
            refused(&post(&server, &remove, ADA, &body).await, 404);
            // A version of what is not there yet is needless.
            refused(&post(&server, &add, ADA, &versioned).await, 400);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_of_another_kind_is_not_there() {
    let server = server().await;
    let (policy, everybody) = (policy(&server).await, everybody(&server).await);
    let nowhere = "00000000-0000-0000-0000-000000000000";
    for (end, kind, _, _) in everybody.iter().filter(|(_, kind, ..)| *kind != "SUPPORTUSERS") {
        let others = everybody.iter().filter(|(_, other, ..)| other != kind).map(|(.., id)| id.as_str());
        for id in others.chain([nowhere, "ben@acme.example", "x"]) {
            for way in ["addto", "removefrom"] {
                let path = format!("/permissionpolicies/{policy}/{way}{end}");
                refused(&post(&server, &path, ADA, &json!({ "principalId": id })).await, 404);
            }
        }
        for bad in [json!({}), json!({ "principalId": "" }), json!({ "principalId": null }), json!({ "principalId": 7 })] {
            let message = refused(&post(&server, &format!("/permissionpolicies/{policy}/addto{end}"), ADA, &bad).await, 400);
            assert!(message.contains("`principalId`"), "{message}");
        }
    }
    for policy in [nowhere, "x"] {
        refused(&post(&server, &format!("/permissionpolicies/{policy}/addtosupportusers"), ADA, &json!({})).await, 404);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attaching_asks_for_the_right_to_change_that_policy_and_gives_its_rights_at_once() {
    let server = server().await;
    let (policy, ben) = (policy(&server).await, id_of_ben(&server).await);
    let path = format!("/permissionpolicies/{policy}/addtouser");
    refused(&post(&server, &path, BEN, &json!({ "principalId": ben })).await, 403);
    refused(&get(&server, "/permissionpolicies", BEN).await, 403);
    post(&server, &path, ADA, &json!({ "principalId": ben })).await.expect_status(200);
    get(&server, "/permissionpolicies", BEN).await.expect_status(200);
    post(&server, &format!("/permissionpolicies/{policy}/removefromuser"), ADA, &json!({ "principalId": ben })).await.expect_status(200);
    refused(&get(&server, "/permissionpolicies", BEN).await, 403);
    server.stop().await;
}
