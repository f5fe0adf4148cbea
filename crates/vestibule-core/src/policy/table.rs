//! The published table of decisions (`spec/m3ter-support.md`, section 8.4), row by row, and the
//! edges it leaves out.

use serde_json::{Value, json};

use crate::{
    group::ancestors,
    policy::{ActionName, Ask, Because, Compiled, DecidedBy, Origin, RawStatement, ResourceId, Ruling, Source, Statement},
    refusal::{Fault, Malformed},
    time::Timestamp,
};

/// The end of the window in rows 18 and 19.
const END: Timestamp = Timestamp::MAX;

/// What group holds what: P1 lies in G1, and G1 in G0.
const NESTINGS: [(&str, &str); 2] = [("P1", "G1"), ("G1", "G0")];

/// `A config:retrieve config:plan/*`, as the table writes it; several actions are joined by `,`.
fn statement(text: &str) -> Statement {
    let mut words = text.split(' ');
    let effect = match words.next() {
        Some("A") => "allow",
        _ => "deny",
    };
    let actions = words.next().unwrap().split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let resources = words.map(str::to_owned).collect();
    Statement::parse(RawStatement { effect: effect.to_owned(), actions, resources, condition: None }).unwrap()
}

fn source(until: Option<Timestamp>, statements: &[&str]) -> Source {
    Source { origin: Origin::Account, path: Vec::new(), until, statements: statements.iter().map(|text| statement(text)).collect() }
}

fn rule(sources: Vec<Source>, action: &str, resource: &str, now: Timestamp) -> Ruling {
    let resource: ResourceId = resource.parse().unwrap();
    let printed = resource.to_string();
    let item = printed.rsplit('/').next().unwrap_or_default();
    let groups: Vec<&str> = ancestors(&item, &NESTINGS).into_iter().collect();
    Compiled::new(sources).decide(&Ask::new(action, resource.within(&groups)), now)
}

const DEFAULT: Ruling = Ruling::Deny(Because::NothingAllows);

const fn denied(source: usize, statement: usize) -> Ruling {
    Ruling::Deny(Because::Denied(DecidedBy { source, statement }))
}

const fn allowed(source: usize, statement: usize) -> Ruling {
    Ruling::Allow { by: DecidedBy { source, statement } }
}

/// Its number in the table, what each source says, the action, the resource, the ruling.
type Row<'a> = (u8, &'a [&'a [&'a str]], &'a str, &'a str, Ruling);

#[test]
fn every_row_of_the_published_table_holds() {
    let rows: [Row<'_>; 20] = [
        (1, &[], "config:retrieve", "config:meter/item/M1", DEFAULT),
        (2, &[&["A config:retrieve config:meter/*"]], "config:retrieve", "config:meter/item/M1", allowed(0, 0)),
        (3, &[&["A config:retrieve config:meter/*"]], "config:update", "config:meter/item/M1", DEFAULT),
        (4, &[&["A config:retrieve config:meter/*"]], "config:retrieve", "config:plan/item/P1", DEFAULT),
        (5, &[&["A all *"], &["D config:retrieve config:meter/*"]], "config:retrieve", "config:meter/item/M1", denied(1, 0)),
        (6, &[&["A all *"], &["D config:retrieve config:meter/*"]], "config:update", "config:meter/item/M1", allowed(0, 0)),
        (7, &[&["A config:retrieve config:plan/group/G1"]], "config:retrieve", "config:plan/item/P1", allowed(0, 0)),
        (8, &[&["A config:retrieve config:plan/group/G1"]], "config:retrieve", "config:plan/item/P2", DEFAULT),
        (9, &[&["A config:retrieve config:plan/group/G0"]], "config:retrieve", "config:plan/item/P1", allowed(0, 0)),
        (
            10,
            &[&["A config:retrieve config:plan/*", "D config:retrieve config:plan/group/G0"]],
            "config:retrieve",
            "config:plan/item/P1",
            denied(0, 1),
        ),
        (
            11,
            &[&["A config:retrieve config:plan/*", "D config:retrieve config:plan/group/G0"]],
            "config:retrieve",
            "config:plan/item/P2",
            allowed(0, 0),
        ),
        (12, &[&["A config:create config:plan/item/P1"]], "config:create", "config:plan/item", DEFAULT),
        (
            13,
            &[&["A config:create config:plan/*", "D config:create config:plan/item/P1"]],
            "config:create",
            "config:plan/item",
            allowed(0, 0),
        ),
        (14, &[&["A all config:*"]], "measurements:upload", "measurements:measurement/item/x", DEFAULT),
        (15, &[&["D config:delete *", "A all *"]], "config:delete", "config:meter/item/M1", denied(0, 0)),
        (15, &[&["A all *", "D config:delete *"]], "config:delete", "config:meter/item/M1", denied(0, 1)),
        (16, &[&["A  *"]], "config:retrieve", "config:meter/item/M1", DEFAULT),
        (20, &[&["A all *"], &["D config:delete config:plan/*"]], "config:delete", "config:plan/item/P2", denied(1, 0)),
        (21, &[&[], &["A config:retrieve config:meter/*"]], "config:retrieve", "config:meter/item/M2", allowed(1, 0)),
        // Not in the table: an action is a whole word, and case matters.
        (0, &[&["A config:retrieve config:plan/*"]], "config:Retrieve", "config:plan/item/P1", DEFAULT),
    ];
    for (row, sources, action, resource, expected) in rows {
        let sources = sources.iter().map(|statements| source(None, statements)).collect();
        assert_eq!(rule(sources, action, resource, Timestamp::EPOCH), expected, "row {row}");
    }
}

#[test]
fn the_rows_with_a_role_and_a_clock_hold_too() {
    let read_only = crate::role::BuiltIn::ReadOnly.statements();
    let managed = |statements: Vec<_>| vec![Source { statements: statements.into(), ..source(None, &[]) }];
    assert_eq!(rule(managed(read_only.clone()), "config:update", "config:support/item/O", Timestamp::EPOCH), DEFAULT, "row 17");
    assert_eq!(rule(managed(read_only), "config:retrieve", "config:support/item/O", Timestamp::EPOCH), allowed(0, 0), "row 17, S1");

    let end = Timestamp::from_seconds(1_900_000_000);
    let window = || vec![source(Some(end), &["A config:retrieve config:*"])];
    assert_eq!(rule(window(), "config:retrieve", "config:plan/item/P1", end.plus_millis(-1)), allowed(0, 0), "row 18");
    assert_eq!(rule(window(), "config:retrieve", "config:plan/item/P1", end), DEFAULT, "row 19");
}

/// The certification realm (`spec/authzen-decisions.md`, section B3), in our member names.
fn certification(subject: &str) -> Compiled {
    let own = match subject {
        "alice" => {
            r#"[{"effect":"allow","actions":["record:read","record:write"],"resources":["record:record/*"]},
                {"effect":"allow","actions":["record:delete"],"resources":["record:record/*"],"condition":{"action.soft":true}}]"#
        }
        _ => r#"[{"effect":"allow","actions":["record:read"],"resources":["record:record/*"]}]"#,
    };
    let everyone = r#"[{"effect":"allow","actions":["record:write"],"resources":["record:record/*"],
                        "condition":{"subject.role":"admin","resource.status":"archived"}},
                       {"effect":"deny","actions":["record:write"],"resources":["record:record/*"],
                        "condition":{"resource.status":"archived","subject.role":{"ne":"admin"}}}]"#;
    let from = |json| Source { statements: Statement::read_stored(json).into(), ..source(None, &[]) };
    Compiled::new(vec![from(own), from(everyone)])
}

#[test]
fn the_certification_realm_answers_as_it_must() {
    let (admin, active, archived, soft, hard) = (json!("admin"), json!("active"), json!("archived"), json!(true), json!(false));
    for (n, subject, role, action, status, is_soft, expected) in [
        (1, "alice", None, "read", &active, None, true),
        (2, "alice", None, "write", &active, None, true),
        (3, "bob", Some(&admin), "read", &active, None, true),
        (4, "bob", Some(&admin), "write", &active, None, false),
        (5, "alice", None, "write", &archived, None, false),
        (6, "bob", Some(&admin), "write", &archived, None, true),
        (6, "alice", Some(&admin), "write", &archived, None, true),
        (7, "alice", None, "delete", &active, Some(&soft), true),
        (8, "alice", None, "delete", &active, Some(&hard), false),
    ] {
        let resource = ResourceId::from_entity("record", "record-1", false).unwrap();
        let action = ActionName::for_resource(action, resource.service()).unwrap();
        let of = |name: &str, value: Option<&Value>| value.map(|value| (name.to_owned(), value.clone())).into_iter().collect();
        let (role, status, is_soft) = (of("role", role), of("status", Some(status)), of("soft", is_soft));
        let mut ask = Ask::new(action.as_str(), resource.as_resource());
        ask.facts.subject.kept = Some(&role);
        ask.facts.resource.kept = Some(&status);
        ask.facts.action.said = Some(&is_soft);
        assert_eq!(certification(subject).decide(&ask, Timestamp::EPOCH).is_allow(), expected, "decision {n}");
    }
}

#[test]
fn every_pattern_covers_what_it_says_and_nothing_else() {
    let asked = [
        "config:plan/item/P1",
        "config:plan/item/P2",
        "config:plan/group/G1",
        "config:plan/group/G0",
        "config:plan/item",
        "config:planx/item/P1",
        "record:plan/item/P1",
    ];
    for (pattern, covered) in [
        ("*", "yyyyyyy"),
        ("config:*", "yyyyyyn"),
        ("config:plan/*", "yyyyynn"),
        ("config:plan/item/*", "yyyyynn"),
        ("config:plan/item/P1", "ynnnnnn"),
        ("config:plan/group/*", "ynyynnn"),
        ("config:plan/group/G1", "ynynnnn"),
        ("config:plan/group/G0", "ynyynnn"),
        ("config:plan/item/p1", "nnnnnnn"),
    ] {
        for (resource, covered) in asked.iter().zip(covered.chars()) {
            let ruling = rule(vec![source(None, &[&format!("A all {pattern}")])], "config:retrieve", resource, Timestamp::EPOCH);
            assert_eq!(ruling.is_allow(), covered == 'y', "{pattern} and {resource}");
        }
    }
}

#[test]
fn a_damaged_statement_keeps_the_door_shut_and_is_named() {
    let unreadable = |source, statement| Ruling::Deny(Because::Unreadable(DecidedBy { source, statement }));
    let good = r#"{"effect":"allow","actions":["all"],"resources":["*"]}"#;
    for (stored, expected) in [
        (format!("[{good}]"), allowed(0, 0)),
        (format!(r#"[{good},{{"effect":"forbid","actions":["a:b"],"resources":["*"]}}]"#), unreadable(0, 1)),
        (format!(r#"[{good},{{"effect":"deny","actions":["a:b"],"resources":["*"],"not_before":0}}]"#), unreadable(0, 1)),
        (format!(r#"[{good},{{"effect":"deny","actions":["a:b"],"resources":["x"]}}]"#), unreadable(0, 1)),
        (format!(r#"[{good},7]"#), unreadable(0, 1)),
        (r#"{"effect":"allow"}"#.to_owned(), unreadable(0, 0)),
        (format!("[{good}"), unreadable(0, 0)),
        (String::new(), unreadable(0, 0)),
    ] {
        let sources = || vec![Source { statements: Statement::read_stored(&stored).into(), ..source(None, &[]) }];
        assert_eq!(rule(sources(), "config:retrieve", "config:plan/item/P1", Timestamp::EPOCH), expected, "{stored}");
    }
    let damaged = vec![Statement::damaged(Malformed::body(Fault::Empty))];
    let ended = vec![Source { statements: damaged.into(), ..source(Some(Timestamp::EPOCH), &[]) }, source(None, &["A all *"])];
    assert_eq!(rule(ended, "config:retrieve", "config:plan/item/P1", Timestamp::EPOCH), allowed(1, 0), "its source has ended");
}

#[test]
fn the_first_statement_that_decides_is_named() {
    let end = Timestamp::from_millis(1_000);
    let sources = || {
        vec![
            source(Some(end), &["A config:retrieve config:plan/item/P1", "A all *"]),
            source(None, &["A all *", "A config:retrieve config:plan/*"]),
        ]
    };
    for (now, by) in [(end.plus_millis(-1), allowed(0, 0)), (end, allowed(1, 0)), (END, allowed(1, 0))] {
        assert_eq!(rule(sources(), "config:retrieve", "config:plan/item/P1", now), by, "{now}");
    }
}

#[test]
fn an_answer_says_until_when_it_holds() {
    let at = |seconds| Some(Timestamp::from_seconds(seconds));
    let allow = |until| source(until, &["A config:retrieve *"]);
    let deny = |until| source(until, &["D config:retrieve config:plan/*"]);
    let resource = ResourceId::item("config", "plan", "P1");
    for (name, sources, turns) in [
        ("nothing is said", vec![], None),
        ("an allow without end", vec![allow(None)], None),
        ("an allow until 10", vec![allow(at(10))], at(10)),
        ("two allows, the later ends last", vec![allow(at(10)), allow(at(20))], at(20)),
        ("an allow that has ended", vec![allow(at(5))], None),
        ("a deny until 10 before an allow", vec![deny(at(10)), allow(None)], at(10)),
        ("a deny that outlasts the allow", vec![deny(at(20)), allow(at(10))], None),
        ("a deny and an allow end together", vec![deny(at(10)), allow(at(10))], None),
        ("a deny without end", vec![deny(None), allow(None)], None),
        ("a deny that has ended", vec![deny(at(5)), allow(at(10))], at(10)),
        ("an end at the last instant", vec![allow(Some(END))], Some(END)),
    ] {
        let compiled = Compiled::new(sources);
        let ask = Ask::new("config:retrieve", resource.as_resource());
        let now = Timestamp::from_seconds(5);
        assert_eq!(compiled.valid_until(&ask, now), turns, "{name}");
        if let Some(turn) = turns {
            let before = compiled.decide(&ask, now).is_allow();
            assert_eq!(compiled.decide(&ask, turn.plus_millis(-1)).is_allow(), before, "{name}, 1 ms before");
            assert_eq!(compiled.decide(&ask, turn).is_allow(), !before, "{name}, at the turn");
        }
    }
}
