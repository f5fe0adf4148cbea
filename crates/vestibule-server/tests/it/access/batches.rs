//! Batches beyond the scenario (`spec/authzen-decisions.md`, sections A3 and F), and what of them is told.

use serde_json::{Value, json};

use super::{ASKER, AUDITOR, EVALUATION, EVALUATIONS, HARNESS, action, cert, decisions, question, record, user, with};
use crate::harness::MIA;

#[tokio::test]
async fn a_batch_ends_where_its_semantic_says() {
    let server = cert().await;
    let bob = |semantic: &str, verbs: &[&str]| {
        let items: Vec<_> = verbs.iter().map(|verb| if verb.is_empty() { json!({}) } else { json!({ "action": action(verb) }) }).collect();
        let options = json!({ "evaluations_semantic": semantic });
        json!({ "subject": user("bob"), "resource": record("record-1"), "evaluations": items, "options": options })
    };
    for (semantic, verbs, expected) in [
        ("deny_on_first_deny", &["read", "write", "read"][..], &[true, false][..]),
        ("deny_on_first_deny", &["", "read"], &[false]),
        ("deny_on_first_deny", &["read", "read"], &[true, true]),
        ("permit_on_first_permit", &["write", "read", "write"], &[false, true]),
        ("permit_on_first_permit", &["", "write"], &[false, false]),
        ("execute_all", &["write", "", "read"], &[false, false, true]),
    ] {
        let answer = server.asked(EVALUATIONS, bob(semantic, verbs)).await;
        assert_eq!(decisions(&answer), expected, "{semantic} {verbs:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn properties_are_never_lent_and_count_only_from_whom_the_realm_believes() {
    let server = cert().await;
    let top = json!({ "subject": user("bob{admin}"), "action": action("write") });
    let item = json!({ "subject": user("alice"), "resource": record("record-2[archived]") });
    let id_only = json!({ "subject": { "id": "alice" }, "resource": record("record-2[archived]") });
    let answer = server.asked(EVALUATIONS, with(top, json!({ "evaluations": [item, id_only] }))).await;
    assert_eq!(decisions(&answer), [false, false]);
    for (asked, believed, plain) in [
        ("alice{admin} write record-2", true, false),
        ("bob{user} write record-2", false, true),
        ("bob write record-1[archived]", true, false),
    ] {
        for (token, expected) in [(HARNESS, believed), (ASKER, plain)] {
            let answer = server.asked_by(token, EVALUATION, &question(asked)).await.expect(200);
            assert_eq!(answer["decision"], expected, "{asked}");
            let items = json!({ "evaluations": [question(asked), question("alice read record-1")] });
            let answer = server.asked_by(token, EVALUATIONS, &items).await.expect(200);
            assert_eq!(decisions(&answer), [expected, true], "{asked} in a batch");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn an_item_at_fault_is_denied_alone_and_told_why() {
    let server = cert().await;
    let good = json!({});
    for (item, message) in [
        (json!({ "subject": "alice" }), "`subject` is not an object"),
        (json!({ "action": { "name": 123 } }), "`action.name` is not a string"),
        (json!({ "resource": { "type": "record" } }), "`resource.id` is missing"),
        (json!({ "subject": {} }), "`subject.type` is missing"),
        (json!([]), "`body` is not an object"),
        (json!(7), "`body` is not an object"),
        (json!({ "resource": { "type": "record", "id": "" } }), "`resource.id` is empty"),
    ] {
        let body = with(question("alice read record-1"), json!({ "evaluations": [good, item, good] }));
        let answer = server.asked(EVALUATIONS, body).await;
        assert_eq!(decisions(&answer), [true, false, true], "{item}");
        assert_eq!(answer["evaluations"][0], json!({ "decision": true }));
        let error = &answer["evaluations"][1]["context"]["error"];
        assert_eq!((&error["status"], error["message"].as_str()), (&json!(400), Some(message)), "{item}");
        let alone = server.asked(EVALUATIONS, with(question("alice read record-1"), json!({ "evaluations": [item] }))).await;
        assert_eq!(decisions(&alone), [false], "even when it is the only one");
    }
    for (more, field) in [
        (json!({ "evaluations": "x" }), "evaluations"),
        (json!({ "evaluations": [{}], "options": { "evaluations_semantic": "all" } }), "options.evaluations_semantic"),
        (json!({ "evaluations": vec![json!({}); 1_001] }), "evaluations"),
    ] {
        let refused = server.asked_by(HARNESS, EVALUATIONS, &with(question("alice read record-1"), more)).await.expect(400);
        assert_eq!(refused["errors"][0]["field"], field);
    }
    let most = with(question("alice read record-1"), json!({ "evaluations": vec![json!({}); 1_000] }));
    assert_eq!(decisions(&server.asked(EVALUATIONS, most).await), vec![true; 1_000]);
    server.stop().await;
}

/// Every event since `size`, as its action and its reason's code.
async fn told(server: &crate::harness::Server, size: u64) -> Vec<String> {
    let page = server.get(&format!("/v1/realms/cert/audit/events?limit=1000&after={size}"), AUDITOR).await;
    let event =
        |item: &Value| format!("{} {}", item["event"]["action"].as_str().unwrap(), item["event"]["reason"]["code"].as_str().unwrap());
    page.expect(200)["items"].as_array().unwrap().iter().map(event).collect()
}

#[tokio::test]
async fn what_a_visitor_may_is_told_item_by_item() {
    let manifest = include_str!("cert.toml").replace("\"realm:administer\"", "\"realm:administer\", \"audit:retrieve\"");
    let manifest = manifest.replace(
        "[[realms.roles]]\nname = \"everyone\"",
        "[[realms.roles]]\nname = \"AccountExecutive\"\nstatements = [{ effect = \"allow\", actions = [\"record:read\"], resources = [\"*\"] }]\n\n\
         [[realms.roles]]\nname = \"everyone\"",
    );
    let manifest = &manifest;
    crate::harness::on_both(|start| async move {
        let server = crate::harness::Start { manifest: manifest.clone(), ..start }.run().await;
        server.post("/v1/realms/cert/support-access/invitations", AUDITOR, r#"{"email":"mia.falk@here.com"}"#).await.expect(201);
        let entered = server.post("/v1/realms/cert/support-sessions", MIA, r#"{"reason":"asked to"}"#).await.expect(201);
        let size = server.get("/v1/realms/cert/audit/events?limit=1", AUDITOR).await.expect(200)["size"].as_u64().unwrap();
        let mia = json!({ "type": "support", "id": "mia.falk@here.com" });
        let top = json!({ "subject": mia, "action": action("read"), "resource": record("record-1") });
        let items =
            json!([{}, { "action": action("write") }, { "action": 7 }, { "subject": user("alice") }, { "resource": record("record-2") }]);
        let answer = server.asked_by(HARNESS, EVALUATIONS, &with(top.clone(), json!({ "evaluations": items }))).await.expect(200);
        assert_eq!(decisions(&answer), [true, false, false, true, true]);
        assert_eq!(answer["evaluations"][1], json!({ "decision": false, "context": { "reason": "default_deny" } }));
        assert_eq!(told(&server, size).await, ["decision.allowed allowed", "decision.denied default_deny", "decision.allowed allowed"]);
        // Inside, one may ask about oneself alone; a search for others is none of that.
        let token = entered["token"].as_str().unwrap();
        assert_eq!(
            decisions(&server.asked_by(token, EVALUATIONS, &with(top.clone(), json!({ "evaluations": [{}] }))).await.expect(200)),
            [true]
        );
        server
            .asked_by(token, EVALUATIONS, &with(top.clone(), json!({ "evaluations": [{}, { "subject": user("alice") }] })))
            .await
            .expect(403);
        for (path, body, status) in [
            (super::SUBJECTS, json!({ "subject": { "type": "user" } }), 403),
            (super::RESOURCES, json!({ "subject": user("alice") }), 403),
            (super::RESOURCES, json!({}), 200),
            (super::ACTIONS, json!({}), 200),
        ] {
            server.asked_by(token, path, &with(top.clone(), body)).await.expect(status);
        }
        let inside = with(top, json!({ "subject": { "type": "support" } }));
        let found = server.asked_by(HARNESS, super::SUBJECTS, &inside).await.expect(200);
        assert_eq!(found["results"], json!([{ "type": "support", "id": "mia.falk@here.com" }]));
        server.stop().await;
    })
    .await;
}
