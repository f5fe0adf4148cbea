//! Events and their canonical bytes, against the published vectors.

use serde_json::{Value, json};

use crate::{
    audit::{
        append::{EVENT_BYTES_MAX, ORIGIN_BYTES_MAX},
        canonical::canonical,
        tests::{ORIGIN, chance, evening, log_key},
        tree::leaf_hash,
        *,
    },
    chance::Chance,
    id::SessionId,
};

const EVENT: &[u8] = include_bytes!("vectors/event.json");

fn parsed(leaf: &Leaf) -> Value {
    serde_json::from_slice(&leaf.bytes).unwrap()
}

fn head() -> Head {
    Head::create(ORIGIN, log_key(1).vkey(), evening(), &chance()).unwrap().0
}

fn draft() -> Draft {
    let actor = Actor { kind: ActorKind::Support, id: "sup_19".to_owned(), org: Some(Org::Vendor) };
    Draft::new(Action::InvitationRevoked, actor, Thing::new("realm", "r_7hq2"))
}

/// `spec/audit-log.md`, section 1.2: 373 bytes.
#[test]
fn a_log_begins_with_the_vector() {
    let (head, leaf) = Head::create(ORIGIN, log_key(1).vkey(), evening(), &Chance::new(|bytes| bytes.fill(0))).unwrap();
    let expected = concat!(
        r#"{"action":"log.created","actor":{"id":"server","kind":"system"},"data":{"keys":["#,
        r#""support.example.com/audit/r_7hq2+391bb1c5+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"],"schema":1},"#,
        r#""id":"01a2004d-5dc0-7000-8000-000000000000","index":0,"log":"support.example.com/audit/r_7hq2","outcome":"success","#,
        r#""target":{"id":"1","kind":"log"},"time":"2026-11-21T22:50:00.000000Z","v":1}"#
    );
    assert_eq!(String::from_utf8(leaf.bytes.clone()).unwrap(), expected);
    assert_eq!(leaf.bytes.len(), 373);
    assert_eq!(leaf.hash.to_string(), "39532cc2447c79bc6bfae00540568c25b1abf23747434798afce87c08b91e06e");
    assert_eq!((head.size, leaf.index, head.frontier.root()), (1, 0, leaf.hash));
}

/// `spec/audit-log.md`, section 1.2: 906 bytes.
#[test]
fn the_second_vector_has_one_canonical_form() {
    let value: Value = serde_json::from_str(include_str!("vectors/event_unsorted.json")).unwrap();
    assert_eq!(canonical(&value).unwrap(), EVENT);
    assert_eq!(EVENT.len(), 906);
    assert_eq!(leaf_hash(EVENT).to_string(), "a6fc52b3b9c21284efb31edad69b72681078d4765728ea5135dff68a9561674d");
}

/// The second vector's draft gives all its members; only the digests, whose salts are not
/// published, the session's id and the place differ.
#[test]
fn a_draft_becomes_the_members_of_the_vector() {
    let session = SessionRef { id: SessionId::fresh(evening(), &chance()), grant: "grt_12".to_owned(), consent: "cst_5".to_owned() };
    let request = RequestRef {
        id: "req_6f3b".to_owned(),
        correlation: Some("case-4711".to_owned()),
        trace: Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
        channel: Channel::Api,
        idem: None,
    };
    let draft = Draft { action: Action::SessionEntered, ..draft() }
        .with_acting_for(Thing::new("user", "usr_7"))
        .with_session(session.clone())
        .with_reason(Reason { code: "ticket".into(), ticket: Some("zendesk:4711".to_owned()), ..Reason::default() })
        .with_request(request)
        .with_change(["status", "expires_at"])
        .with_sealed("request.ip", "usr_7", "203.0.113.7")
        .with_sealed("actor.name", "sup_19", "Mia Falk")
        .with_sealed("change.after", "usr_7", json!({ "status": "open", "ratio": 0.5 }))
        .with_sealed("change.before", "usr_7", Value::Null)
        .with_sealed("reason.text", "usr_7", "asked for by phone");
    let leaf = head().append(draft, evening().plus_millis(483_123), &Chance::new(|bytes| bytes.fill(0x11))).unwrap();
    let (mut ours, mut theirs) = (parsed(&leaf), serde_json::from_slice::<Value>(EVENT).unwrap());
    assert_eq!(ours["sealed"]["request.ip"], theirs["sealed"]["request.ip"]);
    assert_eq!(ours["session"]["id"], session.id.to_string());
    assert_eq!(ours["time"], "2026-11-21T22:58:03.123000Z");
    for name in ["actor.name", "change.after", "change.before", "reason.text", "request.ip"] {
        let digest = leaf.disclosures.iter().find(|one| one.name == name).unwrap().digest();
        assert_eq!(ours["sealed"][name], digest);
        theirs["sealed"][name] = json!(digest);
    }
    for (name, value) in [("id", json!(leaf.id.to_string())), ("index", json!(1)), ("time", ours["time"].clone())] {
        theirs[name] = value;
    }
    theirs["session"]["id"] = ours["session"]["id"].take();
    ours["session"]["id"] = theirs["session"]["id"].clone();
    assert_eq!(ours, theirs);
    assert!(!String::from_utf8(leaf.bytes).unwrap().contains("Mia"));
}

#[test]
fn time_never_falls_and_each_event_has_its_place() {
    let (mut head, chance) = (head(), chance());
    for (index, now_s, expected_s) in [(1, 10, 10), (2, 5, 10), (3, -3_600, 10), (4, 11, 11)] {
        let leaf = head.append(draft(), evening().plus_seconds(now_s), &chance).unwrap();
        assert_eq!((leaf.index, leaf.time), (index, evening().plus_seconds(expected_s)));
        assert_eq!(parsed(&leaf)["time"], leaf.time.micros_text());
        assert_eq!((head.size, head.last_time), (index + 1, leaf.time));
    }
}

#[test]
fn values_outside_the_space_are_refused_and_leave_the_head_alone() {
    for (data, fault) in [
        (json!(0.5), AuditError::OutsideSpace("a float")),
        (json!(1_i64 << 53), AuditError::OutsideSpace("an integer beyond 2^53-1")),
        (json!([null]), AuditError::OutsideSpace("a null")),
        (json!({ "Name": 1 }), AuditError::Name("Name".to_owned())),
    ] {
        let mut head = head();
        let before = head.clone();
        assert_eq!(head.append(draft().with_data("x", data), evening(), &chance()), Err(fault));
        assert_eq!(head, before);
    }
    for name in ["", "Upper", "a b", &"n".repeat(65)] {
        assert_eq!(
            head().append(draft().with_sealed(name.to_owned(), "s", 1), evening(), &chance()),
            Err(AuditError::Name(name.to_owned()))
        );
    }
    let torn = Head { size: 2, ..head() };
    assert_eq!(torn.clone().append(draft(), evening(), &chance()), Err(AuditError::Head { size: 2 }));
}

#[test]
fn absent_is_absent_and_never_null() {
    let leaf =
        head().append(draft().with_data("a", Value::Null).with_data("b", json!({ "c": null, "d": 1 })), evening(), &chance()).unwrap();
    assert_eq!(parsed(&leaf)["data"], json!({ "b": { "d": 1 } }));
    let leaf = head().append(draft().with_data("a", Value::Null), evening(), &chance()).unwrap();
    assert_eq!(parsed(&leaf).get("data"), None);
}

/// A limit must never make a revocation fail.
#[test]
fn whatever_a_draft_holds_fits_into_an_event() {
    const NAMES: [&str; 40] = {
        let mut names = [""; 40];
        let mut n = 0;
        while n < 40 {
            names[n] = "abcdefghijklmnopqrstuvwxyz_0123456789.abcdefghijklmnopqrstuvwxyz".split_at(n + 1).0;
            n += 1;
        }
        names
    };
    for long in ["x".repeat(20_000), "\u{1}".repeat(20_000), "é\"".repeat(20_000)] {
        let actor = Actor { kind: ActorKind::User, id: long.clone(), org: Some(Org::Tenant) };
        let id = SessionId::fresh(evening(), &chance());
        let some = || Some(long.clone());
        let mut draft = Draft::new(Action::SessionEnded, actor, Thing::new("session", long.clone()))
            .with_acting_for(Thing::new("user", long.clone()))
            .with_session(SessionRef { id, grant: long.clone(), consent: long.clone() })
            .with_reason(Reason { code: long.clone().into(), ticket: some(), statement: some(), policy_version: Some(7) })
            .with_request(RequestRef { id: long.clone(), correlation: some(), trace: some(), channel: Channel::Timer, idem: some() })
            .with_change(NAMES);
        for name in NAMES {
            draft = draft.with_data(name, json!([long, { "deep": vec![1; 200] }])).with_sealed(name, "s", json!({ name: [long] }));
            draft = draft.with_sealed(name, "s", long.clone());
        }
        let leaf = head().append(draft, evening(), &chance()).unwrap();
        assert!(leaf.bytes.len() <= EVENT_BYTES_MAX, "{}", leaf.bytes.len());
        assert!(leaf.disclosures.iter().all(|one| one.text.len() <= Disclosure::BYTES_MAX));
        let event = parsed(&leaf);
        assert_eq!(event["sealed"].as_object().unwrap().len(), leaf.disclosures.len(), "one name each");
        assert!(event["actor"]["id"].as_str().unwrap().ends_with('…'));
        assert_eq!(event["data"]["sealed_omitted"], 2 * NAMES.len() - 32);
        assert_eq!(event["sealed"]["data"], leaf.disclosures.iter().find(|one| one.name == "data").unwrap().digest());
    }
}

#[test]
fn long_lists_become_a_count_and_a_sealed_fingerprint() {
    let ids: Vec<String> = (0..101).map(|n| format!("id_{n}")).collect();
    let leaf = head().append(draft().with_data("few", &ids[..100]).with_data("many", ids.clone()), evening(), &chance()).unwrap();
    let event = parsed(&leaf);
    assert_eq!((event["data"]["few"].as_array().unwrap().len(), &event["data"]["many"]), (100, &json!({ "count": 101 })));
    let opened = seal::open(&leaf.disclosures[0].text, "data.many", event["sealed"]["data.many"].as_str().unwrap()).unwrap();
    let expected = Hash::of(&canonical(&json!(ids)).unwrap()).to_string();
    assert_eq!(opened["sha256"], expected);
}

#[test]
fn a_draft_does_not_print_what_is_personal() {
    let draft = draft().with_sealed("actor.name", "sup_19", "Mia Falk");
    assert!(!format!("{draft:?}").contains("Mia"));
}

#[test]
fn an_origin_is_its_keys_name() {
    let long = "o".repeat(ORIGIN_BYTES_MAX);
    for (origin, good) in [(ORIGIN, true), (&long, true), (&format!("{long}o"), false)] {
        let key = LogKey::from_seed(origin, [1; 32]).unwrap();
        assert_eq!(Head::create(origin, key.vkey(), evening(), &chance()).is_ok(), good, "{origin}");
    }
    assert!(Head::create("another/audit/r", log_key(1).vkey(), evening(), &chance()).is_err());
}
