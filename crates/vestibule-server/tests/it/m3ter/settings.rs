//! What the dialect leaves to its operator: the spelling of enums, and limits (sections 3 and 8.1 of the page).

use serde_json::json;
use vestibule_server::{
    DoorSettings,
    dialects::m3ter::{EnumCase, Limit, Settings},
};

use super::{get, put, refused, token_of_the_app};
use crate::harness::{ADA, BEN, EVE, Server, Start, databases::Database};

async fn server(m3ter: Settings) -> Server {
    Start { settings: DoorSettings { m3ter }, ..Start::on(Database::sqlite()) }.run().await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_switch_answers_have_enums_and_requests_may() {
    let server = server(Settings { enums: EnumCase::Upper, ..Settings::default() }).await;
    let grant = |effect: &str, action: &str| json!({ "dtEndSupportUsersAccess": "2031-03-01T00:00:00Z", "supportUsersPermissionPolicy": [{ "effect": effect, "action": [action], "resource": ["config:*"] }] });
    let shown = json!([{ "effect": "ALLOW", "action": ["CONFIG_RETRIEVE"], "resource": ["config:*"] }]);
    let mut body = grant("ALLOW", "CONFIG_RETRIEVE");
    assert_eq!(put(&server, "/support", ADA, &body).await.expect(200)["supportUsersPermissionPolicy"], shown);
    body = grant("allow", "config:retrieve");
    body["version"] = json!(1);
    assert_eq!(put(&server, "/support", ADA, &body).await.expect(200)["supportUsersPermissionPolicy"], shown);
    let native = server.get("/v1/realms/acme/support-access/window", ADA).await.expect(200);
    assert_eq!(native["statements"][0]["actions"], json!(["config:retrieve"]), "stored in one spelling");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_has_so_many_calls_a_second() {
    let server = server(Settings { per_organization: Some(Limit { allowed: 2, period_s: 1 }), ..Settings::default() }).await;
    let ask = async |token: &str| get(&server, "/support", token).await;
    for (token, status) in [(ADA, 404), (BEN, 403)] {
        refused(&ask(token).await, status);
    }
    let full = ask(ADA).await;
    assert!(refused(&full, 429).contains("more than 2 calls in 1 s"));
    assert_eq!(full.header("retry-after"), Some("1"));
    // A stranger spends nothing of it, and tokens are not counted.
    refused(&ask(EVE).await, 403);
    token_of_the_app(&server).await;
    server.clock.advance_ms(1_000);
    refused(&ask(ADA).await, 404);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_calls_before_anybody_is_known() {
    let server = server(Settings { per_address: Some(Limit { allowed: 2, period_s: 300 }), ..Settings::default() }).await;
    refused(&get(&server, "/support", "forged").await, 403);
    refused(&get(&server, "/support", ADA).await, 404);
    refused(&get(&server, "/support", "forged").await, 429);
    server.clock.advance_ms(299_999);
    refused(&get(&server, "/support", ADA).await, 429);
    server.clock.advance_ms(1);
    refused(&get(&server, "/support", ADA).await, 404);
    server.stop().await;
}
