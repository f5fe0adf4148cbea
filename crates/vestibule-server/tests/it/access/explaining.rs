//! Why, until when, and what would have been (`spec/authzen-decisions.md`, sections B1, B2 and F).

use serde_json::{Value, json};
use vestibule_core::time::Timestamp;

use super::{AUDITOR, EVALUATION, EVALUATIONS, HARNESS, action, cert, ctx, decisions, question, record, user, with};
use crate::harness::{Clock, MIA, Server, Start, databases::Database, on_both};

const EXPLAIN: &str = r#"{"explain":true}"#;

fn explained(body: Value) -> Value {
    with(body, json!({ "context": serde_json::from_str::<Value>(EXPLAIN).unwrap() }))
}

#[tokio::test]
async fn grounds_are_told_to_whoever_may_know_them() {
    let server = cert().await;
    server.asked_by(HARNESS, EVALUATION, &explained(question("alice read record-1"))).await.expect(403);
    let batch = with(question("alice read record-1"), json!({ "evaluations": [{}, { "context": { "explain": true } }] }));
    server.asked_by(HARNESS, EVALUATIONS, &batch).await.expect(403);
    let told = server.asked_by(AUDITOR, EVALUATIONS, &batch).await.expect(200);
    assert_eq!(told["evaluations"][0], json!({ "decision": true }), "each item for itself");

    let allowed = told["evaluations"][1].clone();
    let context = &allowed["context"];
    assert_eq!((&allowed["decision"], &context["reason"], context.get("valid_until")), (&json!(true), &json!("allowed"), None));
    let mut deciding = context["explain"]["deciding"][0].clone();
    assert!(uuid::Uuid::try_parse(deciding["policy"].take().as_str().unwrap()).is_ok());
    let expected = json!({
        "effect": "allow", "action": ["record:read", "record:write"], "resource": ["record:record/*"], "statement": 0, "path": ["role alice"],
        "source": "role:alice", "policy": null, "policy_version": 1,
    });
    assert_eq!(deciding, expected);
    assert_eq!(context["explain"]["asked"], json!({ "action": "record:read", "resource": "record:record/item/record-1" }));
    assert_eq!((&context["explain"]["considered"], &context["explain"]["gate"]), (&json!(4), &json!({ "state": "live" })));

    let denied = server.asked_by(AUDITOR, EVALUATION, &explained(question("alice write record-2"))).await.expect(200)["context"].take();
    assert_eq!(
        (&denied["reason"], &denied["explain"]["deciding"][0]["path"]),
        (&json!("explicit_deny"), &json!(["group everyone", "role everyone"]))
    );
    assert_eq!(denied["explain"]["deciding"][0]["condition"]["resource.status"], "archived");

    let default =
        server.asked_by(AUDITOR, EVALUATION, &explained(question("alice delete(hard) record-1"))).await.expect(200)["context"].take();
    assert_eq!((&default["reason"], &default["explain"]["deciding"]), (&json!("default_deny"), &json!([])));
    let near: Vec<_> = default["explain"]["near"].as_array().unwrap().iter().map(|near| near["missed"].as_str().unwrap()).collect();
    assert_eq!(near, ["action", "condition"]);

    let nobody = server.asked_by(AUDITOR, EVALUATION, &explained(question("nobody read record-1"))).await.expect(200);
    assert_eq!(nobody["context"]["reason"], "subject_unknown");
    server.stop().await;
}

#[tokio::test]
async fn an_explanation_never_turns_an_answer() {
    let server = cert().await;
    let mut asked = 0;
    for subject in ["alice", "alice{admin}", "bob", "bob{user}", "nobody"] {
        for verb in ["read", "write", "delete(soft)", "delete(hard)", "stamp"] {
            for resource in ["record-1", "record-2", "record-1[archived]", "record-9"] {
                let plain = with(question(&format!("{subject} {verb} {resource}")), json!({ "context": ctx() }));
                let told = with(plain.clone(), json!({ "context": with(ctx(), json!({ "explain": true })) }));
                let [plain, told] = [plain, told].map(|body| body.to_string());
                let plain = server.post(EVALUATION, AUDITOR, &plain).await.expect(200);
                let told = server.post(EVALUATION, AUDITOR, &told).await.expect(200);
                assert_eq!(plain["decision"], told["decision"], "{subject} {verb} {resource}");
                asked += 1;
            }
        }
    }
    assert_eq!(asked, 100);
    let vain = json!({ "subject": { "type": "service", "id": "sa::vain" }, "action": action("read"), "resource": record("record-1") });
    assert_eq!(server.asked_by(AUDITOR, EVALUATION, &explained(vain)).await.expect(200)["decision"], false);
    server.stop().await;
}

/// A realm that Mia is in from eight o'clock, by an invitation that ends at half past.
async fn visited(start: Start) -> (Server, Value) {
    let role = "[[realms.roles]]\nname = \"AccountExecutive\"\nstatements = [{ effect = \"allow\", actions = [\"record:read\"], resources = [\"*\"] }]\n";
    let manifest = include_str!("cert.toml").replacen("[[realms.roles]]", &format!("{role}[[realms.roles]]"), 1);
    let server = Start { manifest, ..start }.run().await;
    let invitation = json!({ "email": "mia.falk@here.com", "expires_at": "2027-01-15T08:30:00Z" }).to_string();
    server.post("/v1/realms/cert/support-access/invitations", AUDITOR, &invitation).await.expect(201);
    let entered = server.post("/v1/realms/cert/support-sessions", MIA, r#"{"reason":"asked to"}"#).await.expect(201);
    (server, entered)
}

fn about_mia() -> Value {
    json!({ "subject": { "type": "support", "id": "mia.falk@here.com" }, "action": action("read"), "resource": record("record-1") })
}

#[tokio::test]
async fn an_answer_holds_until_it_says_and_not_a_millisecond_longer() {
    on_both(|start| async {
        let (server, entered) = visited(start).await;
        let ends: Timestamp = "2027-01-15T08:30:00Z".parse().unwrap();
        let told = |server: &Server, body: Value| server.request("POST", EVALUATION).bearer(AUDITOR).json(body.to_string()).send();
        let first = told(&server, explained(about_mia())).await.expect(200);
        assert_eq!((&first["decision"], &first["context"]["valid_until"]), (&json!(true), &json!("2027-01-15T08:30:00.000Z")));
        assert_eq!(first["context"]["explain"]["gate"]["session"], entered["id"]);
        for (instant, decision, reason) in [(ends.plus_millis(-1), true, "allowed"), (ends, false, "grant_expired")] {
            server.clock.set(instant);
            let again = told(&server, explained(about_mia())).await.expect(200);
            assert_eq!((&again["decision"], &again["context"]["reason"]), (&json!(decision), &json!(reason)), "at {instant}");
            let valid = decision.then(|| json!("2027-01-15T08:30:00.000Z"));
            assert_eq!(again["context"].get("valid_until").cloned(), valid);
            assert_eq!(told(&server, about_mia()).await.expect(200)["decision"], decision, "and plainly");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_deny_that_ends_first_is_told_of() {
    let (server, _) = visited(Start::on(Database::sqlite())).await;
    server.clock.advance_ms(1);
    // Whoever is inside has what the window says too, denies included.
    let window = json!({ "ends_at": "2027-01-15T08:15:00Z", "statements": [{ "effect": "deny", "actions": ["all"], "resources": ["*"] }] });
    server.request("PUT", "/v1/realms/cert/support-access/window").bearer(AUDITOR).json(window.to_string()).send().await.expect(201);
    let reply = server.post(EVALUATION, AUDITOR, &explained(about_mia()).to_string()).await.expect(200);
    assert_eq!(
        (&reply["decision"], &reply["context"]["valid_until"]),
        (&json!(false), &json!("2027-01-15T08:15:00.000Z")),
        "the window's deny ends first"
    );
    let ends: Timestamp = "2027-01-15T08:15:00Z".parse().unwrap();
    for (instant, decision) in [(ends.plus_millis(-1), false), (ends, true)] {
        server.clock.set(instant);
        assert_eq!(server.asked(EVALUATION, about_mia()).await["decision"], decision, "at {instant}");
    }
    server.stop().await;
}

#[tokio::test]
async fn only_whoever_may_simulate_turns_the_clock_back() {
    let (server, _) = visited(Start::on(Database::sqlite())).await;
    let during = Timestamp::from_millis(Clock::START_MS).plus_seconds(60).to_string();
    server.clock.advance_ms(24 * 3_600_000);
    let at = |more: Value| with(about_mia(), json!({ "context": with(json!({ "time": during }), more) }));
    let expired = json!({ "decision": false, "context": { "reason": "grant_expired" } });
    for token in [HARNESS, AUDITOR] {
        assert_eq!(server.asked_by(token, EVALUATION, &at(json!({}))).await.expect(200), expired);
        assert_eq!(
            server.asked_by(token, EVALUATION, &at(json!({ "simulate": "true" }))).await.expect(200),
            expired,
            "only `true` is a wish"
        );
    }
    server.asked_by(HARNESS, EVALUATION, &at(json!({ "simulate": true }))).await.expect(403);
    let told = server.asked_by(AUDITOR, EVALUATION, &at(json!({ "simulate": true }))).await.expect(200);
    assert_eq!(told, json!({ "decision": true, "context": { "simulated": true } }));
    let before = at(json!({ "simulate": true, "time": "2027-01-15T07:59Z" }));
    assert_eq!(server.asked_by(AUDITOR, EVALUATION, &before).await.expect(200)["decision"], false, "she had not come yet");
    let both = server.asked_by(AUDITOR, EVALUATION, &at(json!({ "simulate": true, "explain": true }))).await.expect(200);
    assert_eq!((&both["context"]["simulated"], &both["context"]["valid_until"]), (&json!(true), &json!("2027-01-15T08:30:00.000Z")));
    let now = with(about_mia(), json!({ "context": { "simulate": true } }));
    assert_eq!(server.asked_by(AUDITOR, EVALUATION, &now).await.expect(200)["decision"], false);
    for time in [json!("yesterday"), json!(7)] {
        let refused = server.asked_by(AUDITOR, EVALUATION, &at(json!({ "simulate": true, "time": time }))).await.expect(400);
        assert_eq!(refused["errors"][0]["field"], "context.time");
        let items =
            with(about_mia(), json!({ "evaluations": [{ "context": { "simulate": true, "time": time } }, { "subject": user("alice") }] }));
        assert_eq!(
            decisions(&server.asked_by(AUDITOR, EVALUATIONS, &items).await.expect(200)),
            [false, true],
            "in a batch it is the item's fault"
        );
    }
    server.stop().await;
}
