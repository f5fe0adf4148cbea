//! Tokens (sections 6 and 9.4 of the page).

use serde_json::{Value, json};

use super::{ask, bare, each, get, ok, post, put, refused, robot, token_of, user};
use crate::harness::{ADA, BEN, Server, http::Reply, on_both};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

async fn own(server: &Server, method: &str, path: &str, token: &str, body: &Value) -> Reply {
    server.request(method, &format!("/api/v2/apitoken{path}")).bearer(token).json(body.to_string()).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn people_make_rename_and_revoke_their_own_tokens() {
    on_both(|start| async move {
        let server = start.run().await;
        let none = json!({});
        // Ben may list, rename and revoke without the permission, and make none.
        let listed = ok(&own(&server, "GET", "", BEN, &none).await);
        assert_eq!(listed.as_array().unwrap().len(), 1);
        let hidden = listed[0]["tokenID"].as_str().unwrap().to_owned();
        assert_ne!(hidden, BEN, "a token of another form is not kept");
        refused(&server.get("/api/v2/account/user/admin", &hidden).await, 401);
        refused(&own(&server, "POST", "", BEN, &none).await, 403);
        let renamed = ok(&own(&server, "PUT", &format!("/{hidden}"), BEN, &json!({ "tokenID": hidden, "tokenName": "first" })).await);
        assert_eq!((&renamed["tokenName"], &renamed["tokenID"]), (&json!("first"), &json!(hidden)));
        bare(&post(&server, "/account/ben@acme.example/grant/token_management", &none).await);
        server.clock.advance_ms(5);
        let made = ok(&own(&server, "POST", "", BEN, &none).await);
        let new = &made[1];
        let token = new["tokenID"].as_str().unwrap().to_owned();
        assert_eq!(each(&made, "tokenID"), [&*hidden, &*token], "the new one last");
        assert!(uuid::Uuid::try_parse(&token).is_ok_and(|uuid| uuid.to_string() == token), "{token}");
        let mut shown = new.clone();
        shown.as_object_mut().unwrap().remove("lastUsed");
        assert_eq!(
            shown,
            json!({ "tokenID": token, "tokenName": "", "account": "ben@acme.example", "accountType": "USER_ACCOUNT", "dateGenerated": 1_800_000_000_005_i64 })
        );
        assert_eq!(each(&ok(&own(&server, "GET", "", &token, &none).await), "tokenID"), [&*hidden, &*token], "it works");
        // With another id in the body it is not that token that is meant.
        refused(&own(&server, "PUT", &format!("/{token}"), BEN, &json!({ "tokenID": NOWHERE, "tokenName": "x" })).await, 400);
        ok(&own(&server, "PUT", &format!("/{}", token.to_uppercase()), BEN, &json!({ "tokenName": "laptop" })).await);
        // Somebody else's is not there, and Ben's is not Ada's.
        refused(&own(&server, "DELETE", &format!("/{ADA}"), BEN, &none).await, 404);
        refused(&own(&server, "DELETE", &format!("/{token}"), ADA, &none).await, 404);
        let left = ok(&own(&server, "DELETE", &format!("/{token}"), BEN, &none).await);
        assert_eq!(each(&left, "tokenID"), [&*hidden]);
        refused(&own(&server, "GET", "", &token, &none).await, 401);
        assert_eq!(ok(&own(&server, "DELETE", &format!("/{hidden}"), BEN, &none).await), json!([]));
        refused(&own(&server, "GET", "", BEN, &none).await, 401);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_twenty_tokens_at_most() {
    on_both(|start| async move {
        let server = start.run().await;
        robot(&server, "sa::bot", &[]).await;
        for _ in 1..20 {
            token_of(&server, "sa::bot").await;
        }
        let path = "/apitoken/serviceaccount/sa::bot";
        refused(&post(&server, path, &json!({})).await, 400);
        let all = ok(&get(&server, path).await);
        assert_eq!(all.as_array().unwrap().len(), 20);
        let chosen = json!({ "tokens": [NOWHERE] });
        refused(&put(&server, "/account/serviceaccount/sa::bot", &chosen).await, 400);
        let first = all[0]["tokenID"].as_str().unwrap();
        ok(&ask(&server, "DELETE", &format!("{path}/{first}")).send().await);
        ok(&post(&server, path, &json!({})).await);
        let bare_ada = (0..18).map(|_| own(&server, "POST", "", ADA, &Value::Null));
        for made in bare_ada {
            ok(&made.await);
        }
        refused(&own(&server, "POST", "", ADA, &Value::Null).await, 400);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_manages_accounts_manages_tokens_of_robots() {
    on_both(|start| async move {
        let server = start.run().await;
        let first = robot(&server, "sa::bot", &[]).await;
        let path = "/apitoken/serviceaccount/sa%3A%3Abot";
        server.clock.advance_ms(1);
        let made = ok(&post(&server, path, &json!({ "tokenID": NOWHERE, "tokenName": "main" })).await);
        assert_eq!((each(&made, "tokenName"), made[1]["accountType"].as_str()), (vec!["", "main"], Some("SERVICE_ACCOUNT")));
        assert_ne!(made[1]["tokenID"], NOWHERE, "only the name counts");
        let second = made[1]["tokenID"].as_str().unwrap();
        for nothing in [json!({}), json!({ "tokenName": null }), json!({ "tokenID": first })] {
            assert_eq!(ok(&put(&server, &format!("{path}/{first}"), &nothing).await)["tokenName"], "");
        }
        assert_eq!(ok(&put(&server, &format!("{path}/{first}"), &json!({ "tokenName": "old" })).await)["tokenName"], "old");
        refused(&put(&server, &format!("{path}/{second}"), &json!({ "tokenName": "x".repeat(256) })).await, 400);
        // A robot manages none, not even its own but by revoking.
        let as_robot = |method: &str, path: &str| server.request(method, &format!("/api/v2{path}")).bearer(&first).send();
        refused(&as_robot("POST", path).await, 403);
        refused(&as_robot("POST", "/apitoken").await, 403);
        assert_eq!(ok(&as_robot("GET", "/apitoken").await).as_array().unwrap().len(), 2);
        // Of another robot it is not there.
        robot(&server, "sa::two", &[]).await;
        refused(&ask(&server, "DELETE", &format!("/apitoken/serviceaccount/sa::two/{first}")).send().await, 404);
        let left = ok(&ask(&server, "DELETE", &format!("{path}/{first}")).send().await);
        assert_eq!(each(&left, "tokenID"), [second]);
        refused(&as_robot("GET", "/apitoken").await, 401);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_tokens_of_the_customer_are_listed_and_revoked() {
    on_both(|start| async move {
        let server = start.run().await;
        let bot = robot(&server, "sa::bot", &[]).await;
        let made = server.clock.now().millis();
        user(&server, "cy@acme.example", &[]).await;
        let all = ok(&get(&server, "/apitoken/customertokens").await);
        let owners =
            all.as_array().unwrap().iter().map(|token| token["account"].as_str().unwrap()).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(owners.into_iter().collect::<Vec<_>>(), ["ada@acme.example", "ben@acme.example", "reader@acme.example", "sa::bot"]);
        let one = ok(&get(&server, &format!("/apitoken/customertokens/{bot}")).await);
        assert_eq!(
            one,
            json!({
                "id": bot, "name": "", "account": "sa::bot", "accountType": "SERVICE_ACCOUNT", "customer": "acme",
                "createdEpochMillis": made, "dateGenerated": made,
            })
        );
        assert!(all.as_array().unwrap().contains(&one));
        refused(&get(&server, "/apitoken/customertokens/eve-token-of-another-realm-7").await, 404);
        let gone = ok(&put(&server, "/apitoken/customertokens/revoke", &json!({ "tokenID": bot.to_uppercase() })).await);
        assert_eq!((&gone["tokenID"], &gone["account"]), (&json!(bot), &json!("sa::bot")));
        refused(&server.get("/api/v2/apitoken", &bot).await, 401);
        refused(&put(&server, "/apitoken/customertokens/revoke", &json!({ "tokenID": bot })).await, 404);
        // One that was never shown goes by its credential's name.
        let hidden = all.as_array().unwrap().iter().find(|token| token["account"] == "ben@acme.example").unwrap()["id"].clone();
        ok(&put(&server, "/apitoken/customertokens/revoke", &json!({ "tokenID": hidden })).await);
        refused(&server.get("/api/v2/account/user/admin", BEN).await, 401);
        server.stop().await;
    })
    .await;
}
