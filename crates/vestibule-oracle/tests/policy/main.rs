//! Random worlds, put to `vestibule_core::policy` and to Cedar: one answer, on like grounds.
//!
//! Cedar hears the same world in its own terms: a type is an entity, its groups and items lie in
//! it, and nesting is left to Cedar, so that our flattening of groups is judged too.
#![cfg(test)]

mod cedar;
mod world;

use std::cell::RefCell;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use vestibule_core::{
    policy::{Because, Compiled, Ruling},
    time::Timestamp,
};

/// Worlds in one test, of which there are eight, side by side: 100,000 in all. Each is asked several questions.
const WORLDS: u32 = 12_500;

#[derive(Debug, Default)]
struct Tally {
    allowed: usize,
    denied: usize,
    by_default: usize,
    turned: usize,
}

#[test]
fn cedar_rules_alike_in_random_worlds_1() {
    compare();
}

#[test]
fn cedar_rules_alike_in_random_worlds_2() {
    compare();
}

#[test]
fn cedar_rules_alike_in_random_worlds_3() {
    compare();
}

#[test]
fn cedar_rules_alike_in_random_worlds_4() {
    compare();
}

#[test]
fn cedar_rules_alike_in_random_worlds_5() {
    compare();
}

#[test]
fn cedar_rules_alike_in_random_worlds_6() {
    compare();
}

#[test]
fn cedar_rules_alike_in_random_worlds_7() {
    compare();
}

#[test]
fn cedar_rules_alike_in_random_worlds_8() {
    compare();
}

/// Each test draws worlds of its own: the seed is chance.
#[track_caller]
fn compare() {
    let tally = RefCell::new(Tally::default());
    let mut runner = TestRunner::new(Config { cases: WORLDS, failure_persistence: None, ..Config::default() });
    let result = runner.run(&world::worlds(), |world| agree(&world, &mut tally.borrow_mut()));
    if let Err(error) = result {
        panic!("{error}");
    }
    // Worlds that always deny would agree with anything.
    let tally = tally.into_inner();
    let asked = tally.allowed + tally.denied + tally.by_default;
    for (name, count, least) in
        [("allowed", tally.allowed, 10), ("denied", tally.denied, 10), ("by default", tally.by_default, 10), ("turned", tally.turned, 2)]
    {
        assert!(count * 100 >= asked * least, "too few of `{name}` to mean anything: {tally:?}");
    }
}

fn agree(world: &world::World, tally: &mut Tally) -> Result<(), TestCaseError> {
    let oracle = cedar::Oracle::new(world);
    let compiled = Compiled::new(world.sources.clone());
    for question in &world.questions {
        let groups = world.groups_of(question);
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let ask = question.ask(&groups);
        let now = Timestamp::from_millis(question.now);
        let ruling = compiled.decide(&ask, now);
        let verdict = oracle.decide(question, question.now);
        let told = || format!("{ruling:?}, Cedar: {verdict:?}, asked: {question:?}, Cedar was told:\n{}", oracle.told());
        proptest::prop_assert_eq!(ruling.is_allow(), verdict.allow, "{}", told());
        let by = match &ruling {
            Ruling::Allow { by } | Ruling::Deny(Because::Denied(by)) => Some(cedar::policy_name(*by)),
            Ruling::Deny(_) => None,
        };
        let named = by.as_ref().map_or(verdict.reasons.is_empty(), |by| verdict.reasons.contains(by));
        proptest::prop_assert!(named, "Cedar gives other grounds: {}", told());
        if let Some(turn) = compiled.valid_until(&ask, now) {
            proptest::prop_assert_eq!(oracle.decide(question, turn.millis() - 1).allow, verdict.allow, "before the turn: {}", told());
            proptest::prop_assert_ne!(oracle.decide(question, turn.millis()).allow, verdict.allow, "at the turn: {}", told());
            tally.turned += 1;
        }
        match ruling {
            Ruling::Allow { .. } => tally.allowed += 1,
            Ruling::Deny(Because::NothingAllows) => tally.by_default += 1,
            Ruling::Deny(_) => tally.denied += 1,
        }
    }
    Ok(())
}
