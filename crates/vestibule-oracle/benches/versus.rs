//! One decision in process, at 1, 100 and 10,000 statements: ours, Cedar's and Casbin's, on the same worlds.
//! Prints `versus ENGINE STATEMENTS NANOSECONDS` for each, which `cargo xtask bench versus` reads.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program of the bench: it prints figures, and stops at whatever fails")]

use std::{
    hint::black_box,
    str::FromStr,
    time::{Duration, Instant},
};

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use vestibule_core::{
    policy::{Ask, Compiled, Origin, RawStatement, ResourceId, Source, Statement},
    time::Timestamp,
};

/// The sizes of the worlds.
const SIZES: [usize; 3] = [1, 100, 10_000];
/// How long each engine is asked.
const ASKED_FOR: Duration = Duration::from_millis(400);
/// Questions between two looks at the clock.
const AT_ONCE: usize = 16;
/// Items that are asked about, spread over the world: the first, the last and some between.
const ASKED: usize = 7;

/// The rule of each world: statement `n` allows to retrieve plan `n`.
fn plan(number: usize) -> String {
    format!("p{number:05}")
}

/// The plans that are asked about.
fn asked(size: usize) -> Vec<usize> {
    (0..ASKED).map(|at| at * size.saturating_sub(1) / (ASKED - 1)).collect()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for size in SIZES {
        report("vestibule", size, ours(size));
        report("cedar", size, cedar(size));
        report("casbin", size, runtime.block_on(casbin(size)));
    }
}

fn report(engine: &str, size: usize, nanoseconds: f64) {
    println!("versus {engine} {size} {nanoseconds:.1}");
}

/// Nanoseconds for one question, all of which must be allowed.
fn timed(questions: usize, ask: impl Fn(usize) -> bool) -> f64 {
    // Once through all, so that none finds anything cold.
    assert!((0..questions).all(&ask), "each engine must allow what the world allows");
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < ASKED_FOR {
        for turn in 0..AT_ONCE {
            assert!(black_box(ask(turn % questions)), "and again");
            count += 1;
        }
    }
    begun.elapsed().as_nanos() as f64 / f64::from(count)
}

fn ours(size: usize) -> f64 {
    let statement = |number: usize| {
        let resources = vec![format!("config:plan/item/{}", plan(number))];
        let raw = RawStatement { effect: "allow".to_owned(), actions: vec!["config:retrieve".to_owned()], resources, condition: None };
        Statement::parse(raw).expect("a statement")
    };
    let source = Source { origin: Origin::Account, path: Vec::new(), until: None, statements: (0..size).map(statement).collect() };
    let compiled = Compiled::new(vec![source]);
    let asked: Vec<_> = asked(size).into_iter().map(|number| ResourceId::item("config", "plan", &plan(number))).collect();
    timed(asked.len(), |turn| {
        let ask = asked.get(turn).map(|resource| Ask::new("config:retrieve", resource.as_resource()));
        ask.is_some_and(|ask| compiled.decide(&ask, Timestamp::EPOCH).is_allow())
    })
}

fn cedar(size: usize) -> f64 {
    let policy = |number| format!("permit(principal, action == Action::\"retrieve\", resource == Plan::\"{}\");\n", plan(number));
    let policies = PolicySet::from_str(&(0..size).map(policy).collect::<String>()).expect("policies");
    let uid = |text: String| EntityUid::from_str(&text).expect("a uid");
    let request = |number| {
        let (who, what) = (uid("User::\"mia\"".to_owned()), uid(format!("Plan::\"{}\"", plan(number))));
        Request::new(who, uid("Action::\"retrieve\"".to_owned()), what, Context::empty(), None).expect("a request")
    };
    let (authorizer, entities, asked) = (Authorizer::new(), Entities::empty(), asked(size).into_iter().map(request).collect::<Vec<_>>());
    timed(asked.len(), |turn| {
        let answer = asked.get(turn).map(|request| authorizer.is_authorized(request, &policies, &entities).decision());
        answer == Some(Decision::Allow)
    })
}

/// Casbin's plain access control list, asked without its cache.
const CASBIN_MODEL: &str = "[request_definition]\nr = sub, obj, act\n[policy_definition]\np = sub, obj, act\n\
    [policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\nm = r.sub == p.sub && r.obj == p.obj && r.act == p.act\n";

async fn casbin(size: usize) -> f64 {
    let model = DefaultModel::from_str(CASBIN_MODEL).await.expect("a model");
    let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await.expect("an enforcer");
    let policies = (0..size).map(|number| vec!["mia".to_owned(), plan(number), "retrieve".to_owned()]).collect();
    enforcer.add_policies(policies).await.expect("policies");
    let asked: Vec<_> = asked(size).into_iter().map(plan).collect();
    timed(asked.len(), |turn| {
        let plan = asked.get(turn).map_or("", String::as_str);
        enforcer.enforce(("mia", plan, "retrieve")).expect("an answer")
    })
}
