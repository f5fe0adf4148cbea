//! The certification scenario, case by case (`spec/authzen-decisions.md`, section A7), with the values that the
//! conformance suite adds to it.

use serde_json::{Value, json};

use super::{
    ACTIONS, DOORS, EVALUATION, EVALUATIONS, HARNESS, RESOURCES, SUBJECTS, action, cert, ctx, decisions, names, question, record, user,
    with,
};

#[tokio::test]
async fn basic_questions_get_the_decisions_that_are_judged() {
    let server = cert().await;
    for (asked, decision) in [
        ("alice read record-1", true),
        ("alice write record-1", true),
        ("bob read record-1", true),
        ("bob write record-1", false),
        ("alice write record-2[archived]", false),
        ("alice write record-2", false),
        ("bob{admin} write record-2[archived]", true),
        ("alice{admin} write record-2[archived]", true),
        ("alice{user} write record-2[archived]", false),
        ("alice delete(soft) record-1", true),
        ("alice delete(hard) record-1", false),
    ] {
        for more in [json!({}), json!({ "context": ctx() }), json!({ "foo": "bar", "futureField": { "nested": true } })] {
            let answer = server.asked(EVALUATION, with(question(asked), more)).await;
            assert_eq!(answer, json!({ "decision": decision }), "{asked}");
        }
    }
    let told = json!({
        "subject": { "type": "user", "id": "alice", "foo": 1, "properties": { "department": "Sales", "role": "manager" } },
        "action": { "name": "read", "foo": [], "properties": { "method": "GET" } },
        "resource": { "type": "record", "id": "record-1", "foo": {}, "properties": { "status": "active", "owner": "bob" } },
    });
    assert_eq!(server.asked(EVALUATION, told).await, json!({ "decision": true }), "2.2.8");
    server.stop().await;
}

#[tokio::test]
async fn a_batch_gets_its_decisions_in_their_order() {
    let server = cert().await;
    let alice = |verb: &str| json!({ "subject": user("alice"), "action": action(verb) });
    let items = |all: &[Value]| json!({ "evaluations": all });
    let on = |id: &str| json!({ "resource": record(id) });
    for (case, body, expected) in [
        ("3.2.1", with(alice("read"), items(&[on("record-1"), on("record-2")])), vec![true, true]),
        (
            "3.2.2",
            with(
                json!({ "subject": user("bob"), "resource": record("record-1") }),
                items(&[json!({ "action": action("read") }), json!({ "action": action("write") })]),
            ),
            vec![true, false],
        ),
        ("3.2.3", with(alice("write"), items(&[on("record-1[active]"), on("record-2[archived]")])), vec![true, false]),
        (
            "3.2.4",
            with(
                json!({ "action": action("write"), "resource": record("record-2[archived]") }),
                items(&[json!({ "subject": user("alice") }), json!({ "subject": user("bob{admin}") })]),
            ),
            vec![false, true],
        ),
        ("3.2.5", items(&[question("alice read record-1"), question("bob write record-1")]), vec![true, false]),
        (
            "3.2.6",
            with(
                with(alice("read"), json!({ "context": { "time": "2025-06-27T18:03-07:00" } })),
                items(&[on("record-1"), with(on("record-2"), json!({ "context": { "source": "batch" } }))]),
            ),
            vec![true, true],
        ),
        ("3.2.7", with(with(alice("write"), on("record-1[active]")), items(&[json!({}), on("record-2[archived]")])), vec![true, false]),
        (
            "3.4.1",
            with(alice("read"), json!({ "options": { "evaluations_semantic": "execute_all" }, "evaluations": [on("record-1"), {}] })),
            vec![true, false],
        ),
        (
            "merging, as the suite has it",
            with(
                with(alice("read"), json!({ "resource": { "type": "record" } })),
                items(&[json!({ "resource": { "id": "record-1", "properties": { "status": "active" } } })]),
            ),
            vec![true],
        ),
    ] {
        let answer = server.asked(EVALUATIONS, body.clone()).await;
        assert_eq!(decisions(&answer), expected, "{case}");
        assert!(answer.get("decision").is_none(), "{case}");
        assert_eq!(server.asked(EVALUATIONS, with(body, json!({ "foo": "bar" }))).await, answer, "3.3 {case}");
    }
    for none in [json!({}), json!({ "evaluations": [] }), json!({ "evaluations": null })] {
        let answer = server.asked(EVALUATIONS, with(question("alice read record-1"), none)).await;
        assert_eq!(answer, json!({ "decision": true }), "3.4.2, 3.4.3");
    }
    server.stop().await;
}

#[tokio::test]
async fn searches_find_what_is_judged_and_nothing_that_would_be_denied() {
    let server = cert().await;
    let kind = |kind: &str| json!({ "type": kind });
    let who = |verb: &str, id: &str| json!({ "subject": kind("user"), "action": action(verb), "resource": record(id) });
    let what = |subject: &str, verb: &str| json!({ "subject": user(subject), "action": action(verb), "resource": kind("record") });
    let how = |subject: &str, id: &str| json!({ "subject": user(subject), "resource": record(id) });
    for (case, path, body, found) in [
        ("4.2.1", SUBJECTS, who("read", "record-1"), &["alice", "bob"][..]),
        ("4.2.4", SUBJECTS, who("write", "record-2[archived]"), &["bob"]),
        ("4.2.4 of what is kept", SUBJECTS, who("write", "record-2"), &["bob"]),
        ("4.3.1", RESOURCES, what("alice", "read"), &["record-1", "record-2"]),
        ("alice may not write what is archived", RESOURCES, what("alice", "write"), &["record-1"]),
        ("4.3.4", RESOURCES, what("bob{admin}", "write"), &["record-2"]),
        ("4.4.1", ACTIONS, how("alice", "record-1"), &["read", "write"]),
        ("4.4.3", ACTIONS, how("bob{admin}", "record-2[archived]"), &["read", "write"]),
        ("bob on what is active", ACTIONS, how("bob", "record-1"), &["read"]),
        ("4.6.1", ACTIONS, how("nonexistent-user", "record-1"), &[]),
        ("4.6.2", SUBJECTS, with(who("read", "record-1"), json!({ "subject": kind("spaceship") })), &[]),
        ("no such record", SUBJECTS, who("read", "record-3"), &[]),
        ("no such record", ACTIONS, how("alice", "record-3"), &[]),
        ("no such user", RESOURCES, what("nobody", "read"), &[]),
        ("no such type", RESOURCES, with(what("alice", "read"), json!({ "resource": kind("spaceship") })), &[]),
        ("no such action", SUBJECTS, who("launch", "record-1"), &[]),
    ] {
        let answer = server.asked(path, body.clone()).await;
        assert_eq!(names(&answer), found, "{case}");
        let kinds: Vec<_> = answer["results"].as_array().unwrap().iter().filter_map(|one| one["type"].as_str()).collect();
        let searched = if path == SUBJECTS { "user" } else { "record" };
        assert!(kinds.iter().all(|kind| *kind == searched), "{case}: {kinds:?}");
        for more in [json!({ "context": ctx() }), json!({ "foo": 1 }), json!({ "page": { "foo": 1 } })] {
            assert_eq!(server.asked(path, with(body.clone(), more)).await["results"], answer["results"], "{case}");
        }
        // What is searched for may bring an id, and a search for actions an action: they mean nothing.
        let stray = match path {
            SUBJECTS => json!({ "subject": { "type": body["subject"]["type"], "id": "ignored-stray-id" } }),
            RESOURCES => json!({ "resource": { "type": body["resource"]["type"], "id": "ignored-stray-id" } }),
            _ => json!({ "action": { "name": "delete" } }),
        };
        assert_eq!(server.asked(path, with(body, stray)).await, answer, "{case}, with strays");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_page_leads_to_the_next_until_there_is_none() {
    let server = cert().await;
    let who = json!({ "subject": { "type": "user" }, "action": action("read"), "resource": record("record-1") });
    let first = server.post(SUBJECTS, HARNESS, &with(who.clone(), json!({ "page": { "limit": 1 } })).to_string()).await;
    assert!(first.text().starts_with(r#"{"page":{"next_token":""#), "the page comes first: {}", first.text());
    let first = first.expect(200);
    assert_eq!(names(&first), ["alice"]);
    let token = &first["page"]["next_token"];
    for limit in [json!({}), json!({ "limit": 1 }), json!({ "limit": 0 })] {
        let page = with(json!({ "token": token }), limit);
        let last = server.asked(SUBJECTS, with(who.clone(), json!({ "page": page }))).await;
        assert_eq!((names(&last), &last["page"]["next_token"]), (vec!["bob"], &json!("")), "4.5.2");
    }
    assert!(server.asked(SUBJECTS, who).await.get("page").is_none(), "nobody asked, and nothing remains");
    server.stop().await;
}

/// Every door with a good body.
fn good() -> [(&'static str, Value); 5] {
    let whole = question("alice read record-1");
    let mut how = whole.clone();
    how.as_object_mut().unwrap().remove("action");
    [
        (EVALUATION, whole.clone()),
        (EVALUATIONS, whole.clone()),
        (SUBJECTS, with(whole.clone(), json!({ "subject": { "type": "user" } }))),
        (RESOURCES, with(whole, json!({ "resource": { "type": "record" } }))),
        (ACTIONS, how),
    ]
}

#[tokio::test]
async fn what_lacks_a_part_or_has_a_wrong_one_is_refused() {
    let server = cert().await;
    assert_eq!(good().map(|(path, _)| path), DOORS);
    for (path, body) in good() {
        server.post(path, HARNESS, &body.to_string()).await.expect(200);
        for pointer in
            ["/subject", "/action", "/resource", "/subject/type", "/subject/id", "/action/name", "/resource/type", "/resource/id"]
        {
            let Some(_) = body.pointer(pointer) else { continue };
            for value in [None, Some(json!("")), Some(json!(123)), Some(json!([]))] {
                let mut spoilt = body.clone();
                let (parent, name) = pointer.rsplit_once('/').unwrap();
                let members = spoilt.pointer_mut(parent).unwrap().as_object_mut().unwrap();
                match value {
                    Some(value) => members.insert(name.to_owned(), value),
                    None => members.remove(name),
                };
                server.post(path, HARNESS, &spoilt.to_string()).await.expect(400);
            }
        }
        for text in ["", "{", "not json", "null", "\"alice\"", &format!("[{body}]")] {
            server.post(path, HARNESS, text).await.expect(400);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn equal_questions_get_equal_bytes() {
    let server = cert().await;
    let batch = json!({ "subject": user("alice"), "action": action("read"), "evaluations": [{ "resource": record("record-1") }, {}] });
    for (path, body) in good().into_iter().chain([(EVALUATIONS, batch)]) {
        let body = with(body, json!({ "page": {} })).to_string();
        let first = server.post(path, HARNESS, &body).await.body;
        for _ in 0..2 {
            assert_eq!(server.post(path, HARNESS, &body).await.body, first, "{path}");
        }
    }
    server.stop().await;
}
