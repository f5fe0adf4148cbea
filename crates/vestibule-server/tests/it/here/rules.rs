//! `/support` does what it says: the page's rules (`spec/here-support.md`, section 5).

use serde_json::json;

use crate::harness::{ADA, Clock, EVE, on_both};

use super::{invite, invite_all, list, mailed, refused, server};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_list_stands_at_both_addresses_and_for_its_realm_alone() {
    let server = server().await;
    let before = server.get("/support", ADA).await.expect(200);
    assert_eq!(before.as_object().unwrap().keys().collect::<Vec<_>>(), ["hrn"], "no list yet");
    let hrn = before["hrn"].as_str().unwrap().to_owned();
    assert!(hrn.starts_with("hrn:here:account::acme:support/SUPPORT-") && hrn.len() == 39 + 36, "{hrn}");

    let made = server.post("/authentication/v1.1/support", ADA, r#"{"emailAddress":"Mia@here.com","extra":{"a":[1]}}"#).await.expect(201);
    assert_eq!(made, json!({"hrn": hrn, "authorizedUsers": [{"emailAddress": "Mia@here.com"}]}));
    assert_eq!(server.get("/authentication/v1.1/support", ADA).await.expect(200), made);
    assert_eq!(server.get("/support", ADA).await.expect(200), made);
    assert_eq!(server.request("HEAD", "/support").bearer(ADA).send().await.status, 200);

    let other = server.get("/support", EVE).await.expect(200);
    assert!(other.get("authorizedUsers").is_none() && other["hrn"] != json!(hrn));
    server.delete("/support", EVE).await.expect(204);
    assert_eq!(server.get("/support", ADA).await.expect(200), made, "a stranger's delete is a stranger's");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_changes_nothing_and_mails_again() {
    on_both(|start| async move {
        let server = start.run().await;
        invite_all(&server, &["mia@here.com", "tom@here.com", "*"]).await;
        let before = server.get("/support", ADA).await.expect(200);
        assert_eq!(invite(&server, r#"{"emailAddress":"MIA@Here.com"}"#).await.expect(201), before, "position and spelling stay");
        assert_eq!(invite(&server, r#"{"emailAddress":"*"}"#).await.expect(201), before);
        assert_eq!(mailed(&server).await, ["mia@here.com", "mia@here.com", "tom@here.com"], "once more for Mia, never for `*`");

        let dated = invite(&server, r#"{"emailAddress":"mia@here.com","expiresAt":"2031-04-30T18:00:00.250Z"}"#).await.expect(201);
        assert_eq!(dated["authorizedUsers"][0], json!({"emailAddress": "mia@here.com", "expiresAt": "2031-04-30T18:00:00.250Z"}));
        let later = invite(&server, r#"{"emailAddress":"mia@here.com","expiresAt":"2031-05-01T00:00:00.000Z"}"#).await.expect(201);
        assert_eq!(later["authorizedUsers"][0]["expiresAt"], "2031-05-01T00:00:00Z", "no fraction when there is none");
        assert_eq!(invite(&server, r#"{"emailAddress":"mia@here.com"}"#).await.expect(201), before, "without an end it has none");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_ends_to_the_millisecond() {
    on_both(|start| async move {
        let server = start.run().await;
        let at = |millis: i64| server.clock.now().plus_millis(millis).millis_text();
        let body = |end: String| format!(r#"{{"emailAddress":"mia@here.com","expiresAt":"{end}"}}"#);
        for millis in [-1, 0] {
            refused(&server.post("/support", ADA, &body(at(millis))).await, 400, "400390");
        }
        assert_eq!(server.post("/support", ADA, &body(at(1))).await.status, 201);
        assert_eq!(list(&server, ADA).await.unwrap(), ["mia@here.com"]);
        server.clock.advance_ms(1);
        assert_eq!(list(&server, ADA).await.unwrap(), Vec::<String>::new(), "it has lapsed, and the list stays");
        server.clock.set(vestibule_core::time::Timestamp::from_millis(Clock::START_MS));
        assert_eq!(server.get("/support", ADA).await.status, 200, "a clock that jumps back is borne");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_takes_one_or_everything_and_never_by_accident() {
    on_both(|start| async move {
        let server = start.run().await;
        invite_all(&server, &["mia@here.com", "tom+x@here.com", "*"]).await;
        let hrn = server.get("/support", ADA).await.expect(200)["hrn"].clone();
        for (query, code) in [
            ("emailAddress=", "400202"),
            ("emailAddress", "400202"),
            ("emailAddress=mia%40here.com&emailAddress=*", "400240"),
            ("emailAddress=%", "400240"),
            ("emailAddress=%zz", "400240"),
            ("emailAddress=%ff", "400240"),
        ] {
            refused(&server.delete(&format!("/support?{query}"), ADA).await, 400, code);
        }
        // Nobody on the list goes by these; `+` is a blank unless it is encoded.
        for query in ["eve%40here.com", "nonsense", "tom+x@here.com", "mia%00@here.com", "mia@here.com%20", &"x".repeat(5_000)] {
            let reply = server.delete(&format!("/support?emailAddress={query}"), ADA).await;
            assert_eq!((reply.status, reply.body.len()), (204, 0), "{query}");
        }
        assert_eq!(list(&server, ADA).await.unwrap(), ["mia@here.com", "tom+x@here.com", "*"]);
        server.delete("/support?emailAddress=tom%2Bx@here.com", ADA).await.expect(204);
        server.delete("/authentication/v1.1/support?emailAddress=%2A", ADA).await.expect(204);
        assert_eq!(list(&server, ADA).await.unwrap(), ["mia@here.com"]);
        server.delete("/support?emailAddress=MIA%40HERE.COM", ADA).await.expect(204);
        assert_eq!(list(&server, ADA).await, Some(vec![]), "the list outlives its last entry");
        server.delete("/support", ADA).await.expect(204);
        assert_eq!(list(&server, ADA).await, None, "but not a full delete");
        server.delete("/support", ADA).await.expect(204);
        assert_eq!(server.get("/support", ADA).await.expect(200), json!({ "hrn": hrn }), "the name of the list stays");
        assert_eq!(mailed(&server).await, ["mia@here.com", "tom+x@here.com"], "no mail on removal");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_is_told_to_the_realms_log() {
    let server = server().await;
    refused(&server.post("/support", crate::harness::BEN, "{}").await, 403, "403403");
    refused(&server.get("/support", super::SCOPED).await, 403, "403403");
    let events = server.get("/v1/realms/acme/audit/events?action=request.denied", ADA).await.expect(200);
    let attempted: Vec<_> = events["items"].as_array().unwrap().iter().map(|item| item["event"]["data"]["attempted"].clone()).collect();
    assert_eq!(attempted, ["invitation.create", "support_access.read"]);
    server.stop().await;
}
