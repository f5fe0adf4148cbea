//! May a customer act for another? Asked as AuthZEN asks, answered by the grants that are stored at that moment.

use serde_json::{Value, json};

use super::{ACTIONS, AUDITOR, EVALUATION, EVALUATIONS, RESOURCES, STRANGER, SUBJECTS, action, decisions, names, with};
use crate::harness::{Server, Start, on_both};

/// The realm of the scenario, and five customers: 12 acts for 11, 13 for both, 14 for 11 while departments are not
/// kept apart, and 15 is closed.
const CUSTOMERS: &str = r#"
[realms.customers]
departments = ["Service", "Sales"]
list = [
  { id = "11", number = "acct-11", kind = "individual", department = "Service", contacts = [{ type = "regular", first_name = "Dana" }], grants_to = ["12", "13", "14", "15"] },
  { id = "12", kind = "individual", department = "Service", contacts = [{ type = "regular", first_name = "Ilse" }], grants_to = ["13"] },
  { id = "13", number = "acct-13", kind = "individual", department = "Service", contacts = [{ type = "regular", first_name = "Ben" }] },
  { id = "14", kind = "individual", department = "Sales", contacts = [{ type = "regular", first_name = "Eve" }] },
  { id = "15", kind = "individual", department = "Service", status = "closed", contacts = [{ type = "regular", first_name = "Tom" }] },
]
"#;

async fn run(start: Start) -> Server {
    let cert = include_str!("cert.toml");
    let at = cert.find("[[realms.").unwrap();
    let (head, rest) = cert.split_at(at);
    Start { manifest: format!("{head}{CUSTOMERS}\n{rest}"), ..start }.run().await
}

fn customer(id: &str) -> Value {
    json!({ "type": "customer", "id": id })
}

/// `12 view 11` as a question.
fn question(shorthand: &str) -> Value {
    let parts: Vec<&str> = shorthand.split(' ').collect();
    json!({ "subject": customer(parts[0]), "action": action(parts[1]), "resource": customer(parts[2]) })
}

async fn may(server: &Server, shorthand: &str) -> bool {
    server.asked(EVALUATION, question(shorthand)).await["decision"].as_bool().unwrap()
}

async fn native(server: &Server, verb: &str, path: &str, body: Option<Value>) -> Value {
    let request = server.request(verb, &format!("/v1/realms/cert/{path}")).bearer(AUDITOR);
    let reply = match body {
        Some(body) => request.json(body.to_string()).send().await,
        None => request.send().await,
    };
    assert!(reply.status < 300, "{verb} {path}: {}", reply.status);
    if reply.status == 204 { Value::Null } else { reply.expect(reply.status) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_may_what_a_grant_gives_to_whom_it_was_given_and_no_more() {
    on_both(|start| async move {
        let server = run(start).await;
        let table = [
            ("12 view 11", true),
            ("12 customer:view 11", true),
            ("12 case:view 11", true),
            ("12 activity:view 11", true),
            ("12 attachment:view 11", true),
            ("12 email:send 11", true),
            ("12 helpdesk:handoff 11", true),
            ("acct-13 view acct-11", true),
            ("13 view 12", true),
            ("11 view 11", true),
            ("14 view 11", true),
            ("12 edit 11", false),
            ("12 customer:change 11", false),
            ("11 view 12", false),
            ("15 view 11", false),
            ("15 view 15", false),
            ("99 view 11", false),
            ("99 view 99", false),
            ("12 view 99", false),
            ("12 view *", false),
            ("012 view 11", false),
        ];
        for (shorthand, decision) in table {
            assert_eq!(may(&server, shorthand).await, decision, "{shorthand}");
        }
        for kind in ["record", "case:case", "customer:contact", "help_desk"] {
            let other = with(question("12 view 11"), json!({ "resource": { "type": kind, "id": "11" } }));
            assert_eq!(server.asked(EVALUATION, other).await["decision"], false, "{kind}");
        }
        let batch = json!({ "evaluations": table.iter().map(|(shorthand, _)| question(shorthand)).collect::<Vec<_>>() });
        let expected: Vec<bool> = table.iter().map(|(_, decision)| *decision).collect();
        assert_eq!(decisions(&server.asked(EVALUATIONS, batch).await), expected);
        let stranger = server.asked_by(STRANGER, &EVALUATION.replace("cert", "elsewhere"), &question("12 view 11")).await.expect(200);
        assert_eq!(stranger["decision"], false, "another realm has other customers");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_as_old_as_the_question() {
    on_both(|start| async move {
        let server = run(start).await;
        assert!(may(&server, "12 view 11").await && may(&server, "14 view 11").await);
        native(&server, "PUT", "customer-settings", Some(json!({ "departmentalization": true, "force": true }))).await;
        assert!(may(&server, "12 view 11").await && !may(&server, "14 view 11").await, "departments keep them apart");
        native(&server, "PATCH", "customers/14", Some(json!({ "department": "Service" }))).await;
        assert!(may(&server, "14 view 11").await);
        for party in ["11", "12"] {
            native(&server, "PATCH", &format!("customers/{party}"), Some(json!({ "status": "suspended" }))).await;
            assert!(!may(&server, "12 view 11").await, "{party} is suspended");
            native(&server, "PATCH", &format!("customers/{party}"), Some(json!({ "status": "open" }))).await;
            assert!(may(&server, "12 view 11").await);
        }
        native(&server, "DELETE", "customers/11/grants/12", None).await;
        assert!(!may(&server, "12 view 11").await);
        native(&server, "POST", "customers/11/grants", Some(json!({ "holder": "12" }))).await;
        assert!(may(&server, "12 view 11").await);
        native(&server, "DELETE", "customers/12", None).await;
        assert!(!may(&server, "12 view 11").await && !may(&server, "13 view 12").await);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_find_who_may_act_for_whom_now() {
    on_both(|start| async move {
        let server = run(start).await;
        let whom = |subject: &str, verb: &str| json!({ "subject": customer(subject), "action": action(verb), "resource": { "type": "customer" } });
        let who = |resource: &str, verb: &str| json!({ "subject": { "type": "customer" }, "action": action(verb), "resource": customer(resource) });
        for (body, path, found) in [
            (whom("13", "view"), RESOURCES, &["11", "12", "13"][..]),
            (whom("acct-13", "email:send"), RESOURCES, &["11", "12", "13"]),
            (whom("13", "edit"), RESOURCES, &[]),
            (whom("15", "view"), RESOURCES, &[]),
            (whom("99", "view"), RESOURCES, &[]),
            (with(whom("13", "view"), json!({ "resource": { "type": "record" } })), RESOURCES, &[]),
            (who("11", "view"), SUBJECTS, &["11", "12", "13", "14"]),
            (who("acct-11", "case:view"), SUBJECTS, &["11", "12", "13", "14"]),
            (who("15", "view"), SUBJECTS, &[]),
            (json!({ "subject": customer("12"), "resource": customer("11") }), ACTIONS,
                &["activity:view", "attachment:view", "case:view", "email:send", "helpdesk:handoff", "view"]),
            (json!({ "subject": customer("11"), "resource": customer("12") }), ACTIONS, &[]),
        ] {
            let answer = server.asked(path, body.clone()).await;
            assert_eq!(names(&answer), found, "{body}");
        }
        let first = server.asked(SUBJECTS, with(who("11", "view"), json!({ "page": { "limit": 3 } }))).await;
        assert_eq!(names(&first), ["11", "12", "13"]);
        let rest = with(who("11", "view"), json!({ "page": { "token": first["page"]["next_token"] } }));
        assert_eq!(names(&server.asked(SUBJECTS, rest).await), ["14"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_explained_answer_names_the_grant() {
    let server = run(Start::on(crate::harness::databases::Database::sqlite())).await;
    let explained = async |shorthand: &str| {
        let body = with(question(shorthand), json!({ "context": { "explain": true } }));
        server.asked_by(AUDITOR, EVALUATION, &body).await.expect(200)["context"].take()
    };
    let allowed = explained("acct-13 view acct-11").await;
    assert_eq!((&allowed["reason"], allowed.get("valid_until")), (&json!("allowed"), None), "nothing about a grant ends by the clock");
    assert_eq!(allowed["explain"]["grant"], json!({ "on": "11", "to": "13", "state": "in_force" }));
    let deciding = json!([{
        "effect": "allow", "action": ["customer:view"], "resource": ["customer:customer/item/acct-11"], "statement": 0,
        "path": ["customer 13", "grant on customer 11"], "source": "grant",
    }]);
    assert_eq!(allowed["explain"]["deciding"], deciding);
    for (shorthand, reason, state) in [
        ("11 view 11", "allowed", "itself"),
        ("11 view 12", "default_deny", "absent"),
        ("15 view 11", "default_deny", "not_open"),
        ("12 edit 11", "default_deny", "not_covered"),
        ("12 view 99", "default_deny", "absent"),
        ("99 view 11", "subject_unknown", "absent"),
    ] {
        let told = explained(shorthand).await;
        assert_eq!((&told["reason"], &told["explain"]["grant"]["state"]), (&json!(reason), &json!(state)), "{shorthand}");
        assert_eq!(told["explain"]["deciding"].as_array().map(Vec::is_empty), Some(reason != "allowed"), "{shorthand}");
    }
    native(&server, "PUT", "customer-settings", Some(json!({ "departmentalization": true, "force": true }))).await;
    assert_eq!(explained("14 view 11").await["explain"]["grant"]["state"], "department_mismatch");
    server.stop().await;
}
