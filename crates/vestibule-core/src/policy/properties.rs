//! What holds in every world: random sources against a plain reading of the rule.

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    account::AccountKind,
    chance::Chance,
    id::{AccountKey, SessionId},
    policy::{Ask, Attributes, Because, Compiled, DecidedBy, Effect, Facts, Origin, RawStatement, ResourceId, Ruling, Source, Statement},
    principal::{Principal, turns_at},
    refusal::{Fault, Malformed},
    support::{Admitter, Entry, SupportSession},
    time::Timestamp,
};

const ACTIONS: [&str; 5] = ["config:retrieve", "config:update", "config:delete", "record:read", "all"];
const PATTERNS: [&str; 12] = [
    "*",
    "config:*",
    "record:*",
    "config:plan/*",
    "config:plan/item/*",
    "config:plan/item/a",
    "config:plan/item/b",
    "config:plan/group/*",
    "config:plan/group/g",
    "config:plan/group/h",
    "config:meter/*",
    "record:record/item/a",
];
const RESOURCES: [&str; 8] = [
    "config:plan/item/a",
    "config:plan/item/b",
    "config:plan/group/g",
    "config:plan/item",
    "config:meter/item/a",
    "record:record/item/a",
    "record:record/item",
    "other:thing/item/a",
];
const GROUPS: [&str; 3] = ["g", "h", "k"];

/// A question, owned.
#[derive(Debug, Clone)]
struct Question {
    action: &'static str,
    resource: ResourceId,
    groups: Vec<&'static str>,
    subject: BTreeMap<String, Value>,
    now: Timestamp,
}

impl Question {
    fn ask(&self) -> Ask<'_> {
        let facts = Facts { subject: Attributes::said(&self.subject), ..Facts::default() };
        Ask { action: self.action, resource: self.resource.within(&self.groups), facts }
    }
}

fn conditions() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        4 => Just(None),
        1 => prop::sample::select(vec![
            json!({"subject.role": "admin"}), json!({"subject.role": {"ne": "admin"}}), json!({"subject.role": {"in": ["admin", 1]}}),
            json!({"subject.role": {"not_in": ["admin", "user"]}}), json!({"subject.role": {"exists": false}}), json!({}),
        ]).prop_map(Some),
    ]
}

fn statements() -> impl Strategy<Value = Statement> {
    let one_of = |words: &'static [&'static str], sizes| prop::collection::vec(prop::sample::select(words).prop_map(str::to_owned), sizes);
    // Rows of padding make some statements too broad to be shelved under each action.
    let sound = (any::<bool>(), one_of(&ACTIONS, 0..4), one_of(&PATTERNS, 1..5), conditions(), prop_oneof![4 => Just(0), 1 => Just(96)])
        .prop_map(|(allow, mut actions, resources, condition, padding)| {
            actions.extend((0..padding).map(|n| format!("padding:a{n}")));
            let effect = if allow { "allow" } else { "deny" }.to_owned();
            Statement::parse(RawStatement { effect, actions, resources, condition }).unwrap()
        });
    prop_oneof![60 => sound, 1 => Just(Statement::damaged(Malformed::body(Fault::Empty)))]
}

fn instants() -> impl Strategy<Value = Timestamp> {
    (0..6i64).prop_map(Timestamp::from_millis)
}

fn sources() -> impl Strategy<Value = Vec<Source>> {
    let one = (prop::option::of(instants()), prop::collection::vec(statements(), 0..6))
        .prop_map(|(until, statements)| Source { origin: Origin::Account, path: Vec::new(), until, statements: statements.into() })
        .boxed();
    // Now and then so many that they are asked as one.
    prop_oneof![9 => prop::collection::vec(one.clone(), 0..4), 1 => prop::collection::vec(one, 17..19)]
}

fn questions() -> impl Strategy<Value = Question> {
    let action = prop_oneof![9 => prop::sample::select(&ACTIONS[..4]), 1 => Just("padding:a7"), 1 => Just("config:export")];
    let role = prop::option::of(prop::sample::select(vec![json!("admin"), json!("user"), json!(1.0), Value::Null]));
    (action, prop::sample::select(&RESOURCES[..]), prop::sample::subsequence(&GROUPS[..], 0..=2), role, instants()).prop_map(
        |(action, resource, groups, role, now)| {
            let subject = role.into_iter().map(|role| ("role".to_owned(), role)).collect();
            Question { action, resource: resource.parse().unwrap(), groups, subject, now }
        },
    )
}

/// The rule, read plainly: every statement in order, whatever it costs.
fn plainly(sources: &[Source], question: &Question) -> Ruling {
    let ask = question.ask();
    let (mut deny, mut allow) = (None, None);
    for (source, from) in sources.iter().enumerate() {
        for (statement, said) in from.statements.iter().enumerate() {
            let by = DecidedBy { source, statement };
            if from.until.is_some_and(|end| end <= question.now)
                || !(said.names(ask.action) && said.covers(&ask.resource) && said.holds(&ask.facts))
            {
                continue;
            }
            match (said.damage(), said.effect()) {
                (Some(_), _) => deny = deny.or(Some(Because::Unreadable(by))),
                (None, Effect::Deny) => deny = deny.or(Some(Because::Denied(by))),
                (None, Effect::Allow) => allow = allow.or(Some(by)),
            }
        }
    }
    match (deny, allow) {
        (Some(because), _) => Ruling::Deny(because),
        (None, Some(by)) => Ruling::Allow { by },
        (None, None) => Ruling::Deny(Because::NothingAllows),
    }
}

/// Somebody with these rights, whose account and visit end, if ever.
fn principal(sources: Vec<Source>, ends_at: Option<Timestamp>, visit_ends_at: Option<Timestamp>) -> Principal {
    let chance = Chance::new(|bytes| bytes.fill(7));
    let key = AccountKey::fresh(Timestamp::EPOCH, &chance);
    let session = visit_ends_at.map(|ends_at| SupportSession {
        id: SessionId::fresh(Timestamp::EPOCH, &chance),
        agent: key,
        agent_email: "mia@here.com".to_owned(),
        account: key,
        entry: Entry::new("asked to", None).unwrap(),
        admitted_by: Admitter::Window { version: 1 },
        started_at: Timestamp::EPOCH,
        ends_at,
        ended: None,
    });
    let session = session.map(Box::new);
    Principal {
        realm: "acme".parse().unwrap(),
        key,
        id: "mia".parse().unwrap(),
        kind: AccountKind::User,
        name: String::new(),
        active: true,
        ends_at,
        attributes: BTreeMap::new(),
        rights: Compiled::new(sources),
        session,
    }
}

fn allows(sources: Vec<Source>, question: &Question) -> bool {
    Compiled::new(sources).decide(&question.ask(), question.now).is_allow()
}

fn with(sources: &[Source], said: Statement, at: usize) -> Vec<Source> {
    let mut sources = sources.to_vec();
    let one = Source { origin: Origin::Window { version: 1 }, path: Vec::new(), until: None, statements: vec![said].into() };
    sources.insert(at.min(sources.len()), one);
    sources
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_index_rules_as_the_plain_reading_does(sources in sources(), questions in prop::collection::vec(questions(), 1..8)) {
        let compiled = Compiled::new(sources.clone());
        for question in questions {
            prop_assert_eq!(compiled.decide(&question.ask(), question.now), plainly(&sources, &question), "{:?}", question);
        }
    }

    #[test]
    fn order_never_matters(world in sources().prop_flat_map(|sources| (Just(sources.clone()), Just(sources).prop_shuffle())), question in questions()) {
        let (sources, mut shuffled) = world;
        for source in &mut shuffled {
            source.statements = source.statements.iter().rev().cloned().collect();
        }
        prop_assert_eq!(allows(sources, &question), allows(shuffled, &question));
    }

    #[test]
    fn one_more_deny_lets_nobody_in_and_one_more_allow_shuts_nobody_out(
        sources in sources(), said in statements(), at in 0..4usize, question in questions()
    ) {
        let (before, after) = (allows(sources.clone(), &question), allows(with(&sources, said.clone(), at), &question));
        match said.effect() {
            Effect::Deny => prop_assert!(before || !after),
            Effect::Allow => prop_assert!(!before || after),
        }
    }

    #[test]
    fn an_answer_turns_first_when_it_says(sources in sources(), question in questions()) {
        let compiled = Compiled::new(sources);
        let answer = |millis| compiled.decide(&question.ask(), Timestamp::from_millis(millis)).is_allow();
        let now = question.now.millis();
        let turns = (now + 1..10).find(|millis| answer(*millis) != answer(now)).map(Timestamp::from_millis);
        prop_assert_eq!(compiled.valid_until(&question.ask(), question.now), turns);
    }

    #[test]
    fn whoever_is_inside_is_told_when_the_answer_turns(
        visits in prop::collection::vec((sources(), prop::option::of(instants()), prop::option::of(instants())), 0..3),
        leaves_at in prop::option::of(instants()), question in questions()
    ) {
        let standing: Vec<_> = visits.into_iter().map(|(sources, account, visit)| Arc::new(principal(sources, account, visit))).collect();
        let answer = |at: Timestamp| {
            let inside = standing.iter().find(|one| one.gate(at).is_none());
            leaves_at.is_none_or(|end| at < end) && inside.is_some_and(|one| one.decide(&question.ask(), at).is_allow())
        };
        let (now, until) = (question.now, turns_at(&standing, leaves_at, &question.ask(), question.now));
        let turns = (1..10).map(|later| now.plus_millis(later)).find(|at| answer(*at) != answer(now));
        prop_assert_eq!(until, turns);
    }

    #[test]
    fn an_explanation_begins_with_what_the_ruling_names(sources in sources(), question in questions()) {
        let compiled = Compiled::new(sources);
        let (ask, now) = (question.ask(), question.now);
        let told = compiled.explain(&ask, now);
        let named = match told.ruling {
            Ruling::Allow { by } | Ruling::Deny(Because::Denied(by) | Because::Unreadable(by)) => Some(by),
            Ruling::Deny(_) => None,
        };
        prop_assert_eq!(told.deciding.first().copied(), named);
        prop_assert!(told.near.is_empty() || named.is_none());
        prop_assert_eq!(told.ruling, compiled.decide(&ask, now));
    }

    #[test]
    fn a_statement_is_read_back_as_it_was_written(said in statements()) {
        let written = serde_json::to_string(&said).unwrap();
        let read: Statement = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), written);
        prop_assert!(said.damage().is_some() || read == said);
    }
}
