//! Service users and their key pairs: V1 (section 7 of the page; all of it our decision).

use serde_json::{Value, json};

use super::{below, get, listed, post, put, refused, server};
use crate::harness::{ADA, Server, doors::basic, http::Reply, on_both};

const LIST: &str = "/serviceusers";

async fn sign_in(server: &Server, pair: &Value) -> Reply {
    let authorization = basic(pair["apiKey"].as_str().unwrap(), pair["apiSecret"].as_str().unwrap());
    let request = server.request("POST", "/oauth/token").header("authorization", authorization);
    request.json(r#"{"grant_type":"client_credentials"}"#).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_user_signs_in_with_an_active_key_pair_and_with_no_other() {
    on_both(|start| async move {
        let server = start.run().await;
        let made = post(&server, LIST, ADA, &json!({ "name": "Meter upload" })).await.expect(200);
        let mut members: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["createdBy", "dtCreated", "dtLastModified", "id", "lastModifiedBy", "name", "version"]);
        let one = format!("{LIST}/{}", made["id"].as_str().unwrap());
        let keys = format!("{one}/credentials");
        let created = post(&server, &keys, ADA, &json!({ "name": "main" })).await;
        assert_eq!(created.header("cache-control"), Some("no-store"));
        let pair = created.expect(200);
        let key = format!("{keys}/{}", pair["id"].as_str().unwrap());
        let mut shown = pair.clone();
        assert!(shown.as_object_mut().unwrap().remove("apiSecret").unwrap().as_str().unwrap().len() >= 40);
        assert_eq!(get(&server, &key, ADA).await.expect(200), shown, "the secret is shown once");
        assert_eq!(get(&server, &keys, ADA).await.expect(200)["data"], json!([shown]));

        let token = sign_in(&server, &pair).await.expect(200)["access_token"].as_str().unwrap().to_owned();
        let me = || get(&server, "/users/me", &token);
        assert_eq!(me().await.expect(200)["serviceUser"]["id"], made["id"]);
        refused(&below(&server, "DELETE", &key, ADA).send().await, 400);
        let switch = |way: &str| below(&server, "PUT", &format!("{key}/{way}"), ADA).json("");
        for _ in 0..2 {
            assert_eq!(switch("deactivate").send().await.expect(200)["active"], false);
            refused(&me().await, 403);
            assert_eq!(sign_in(&server, &pair).await.status, 401);
        }
        for _ in 0..2 {
            assert_eq!(switch("activate").send().await.expect(200)["active"], true);
            me().await.expect_status(200);
        }
        switch("deactivate").send().await.expect_status(200);
        below(&server, "DELETE", &key, ADA).send().await.expect_status(200);
        for reply in [get(&server, &key, ADA).await, switch("activate").send().await, below(&server, "DELETE", &key, ADA).send().await] {
            refused(&reply, 404);
        }
        // With the service user goes whatever it signed in with.
        let again = post(&server, &keys, ADA, &json!({})).await.expect(200);
        let token = sign_in(&server, &again).await.expect(200)["access_token"].as_str().unwrap().to_owned();
        assert_eq!(below(&server, "DELETE", &one, ADA).send().await.expect(200)["id"], made["id"]);
        refused(&get(&server, "/users/me", &token).await, 403);
        refused(&get(&server, &one, ADA).await, 404);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_user_is_renamed_with_its_version_and_listed() {
    let server = server().await;
    let mut expected = vec!["The app".to_owned()];
    for n in 0..2 {
        server.clock.advance_ms(1);
        post(&server, LIST, ADA, &json!({ "name": format!("robot {n}") })).await.expect_status(200);
        expected.insert(0, format!("robot {n}"));
    }
    for size in [1, 2, 3] {
        assert_eq!(listed(&server, "GET", LIST, size, "name").await, expected);
    }
    let one = format!("{LIST}/{}", super::id_of(&server, LIST, "name", "robot 0").await);
    for version in [Value::Null, json!(0), json!(2)] {
        assert!(refused(&put(&server, &one, ADA, &json!({ "name": "x", "version": version })).await, 400).contains("version"));
    }
    let renamed = put(&server, &one, ADA, &json!({ "name": "Upload", "version": 1 })).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["version"]), (&json!("Upload"), &json!(2)));
    for bad in [json!({ "version": 2 }), json!({ "name": "", "version": 2 }), json!({ "name": "x".repeat(101), "version": 2 })] {
        assert!(refused(&put(&server, &one, ADA, &bad).await, 400).contains("`name`"));
    }
    let administrator = super::id_of(&server, "/permissionpolicies", "name", "Administrator").await;
    let body = json!({ "principalId": renamed["id"] });
    post(&server, &format!("/permissionpolicies/{administrator}/addtoserviceuser"), ADA, &body).await.expect_status(200);
    assert_eq!(listed(&server, "GET", &format!("{one}/permissions"), 9, "name").await, ["Administrator"]);
    // A user is no service user, and another's key pair is not there.
    let ben = super::id_of_ben(&server).await;
    refused(&get(&server, &format!("{LIST}/{ben}"), ADA).await, 404);
    let app = super::id_of(&server, LIST, "name", "The app").await;
    let keys = listed(&server, "GET", &format!("{LIST}/{app}/credentials"), 1, "id").await;
    assert_eq!(keys.len(), 2);
    refused(&get(&server, &format!("{one}/credentials/{}", keys[0]), ADA).await, 404);
    server.stop().await;
}
