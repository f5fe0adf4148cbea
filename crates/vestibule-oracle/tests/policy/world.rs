//! Random worlds: sources, what lies in what, attributes, and questions.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};
use vestibule_core::{
    group::{ancestors, check_nesting},
    policy::{Ask, Attributes, Facts, Origin, RawStatement, ResourceId, Source, Statement},
    time::Timestamp,
};

/// Every type, with its items and groups.
pub const KINDS: [(&str, &str); 3] = [("config", "plan"), ("config", "meter"), ("record", "record")];
pub const ITEMS: [&str; 3] = ["a", "b", "c"];
pub const GROUPS: [&str; 3] = ["g", "h", "k"];

const ACTIONS: [&str; 5] = ["config:retrieve", "config:update", "record:read", "record:write", "all"];
const ATTRIBUTES: [&str; 8] =
    ["subject.role", "subject.level", "resource.role", "resource.level", "action.role", "action.level", "context.role", "context.level"];

/// One world. What lies in what holds for each type alike.
#[derive(Debug, Clone)]
pub struct World {
    pub sources: Vec<Source>,
    /// Each lies directly in the other; items are named `item/a`, groups `group/g`.
    pub nestings: Vec<(String, String)>,
    pub questions: Vec<Question>,
}

#[derive(Debug, Clone)]
pub struct Question {
    pub action: &'static str,
    pub resource: ResourceId,
    /// Root to name to value.
    pub attributes: BTreeMap<&'static str, BTreeMap<String, Value>>,
    pub now: i64,
}

impl World {
    /// The groups a question's resource lies in, flattened by our own rule.
    pub fn groups_of(&self, question: &Question) -> BTreeSet<String> {
        let text = question.resource.to_string();
        let node = text.split_once('/').map_or("", |(_, node)| node).to_owned();
        ancestors(&node, &self.nestings).iter().filter_map(|node| node.strip_prefix("group/")).map(str::to_owned).collect()
    }
}

impl Question {
    pub fn ask<'a>(&'a self, groups: &'a [&'a str]) -> Ask<'a> {
        let of = |root: &str| self.attributes.get(root).map(Attributes::said).unwrap_or_default();
        let facts = Facts { subject: of("subject"), resource: of("resource"), action: of("action"), context: of("context") };
        Ask { action: self.action, resource: self.resource.within(groups), facts }
    }
}

pub fn worlds() -> impl Strategy<Value = World> {
    (vec(sources(), 1..6), vec(nestings(), 0..8), vec(questions(), 1..6)).prop_map(|(sources, wishes, questions)| {
        let mut nestings = Vec::new();
        for (child, parent) in wishes {
            if check_nesting(&child, &parent, &nestings).is_ok() {
                nestings.push((child, parent));
            }
        }
        World { sources, nestings, questions }
    })
}

fn nestings() -> impl Strategy<Value = (String, String)> {
    let item = select(&ITEMS[..]).prop_map(|id| format!("item/{id}"));
    let group = || select(&GROUPS[..]).prop_map(|id| format!("group/{id}"));
    (prop_oneof![item, group()], group())
}

fn sources() -> impl Strategy<Value = Source> {
    (option::of(2..7i64), vec(statements(), 0..6)).prop_map(|(until, statements)| Source {
        origin: Origin::Account,
        path: Vec::new(),
        until: until.map(Timestamp::from_millis),
        statements: statements.into(),
    })
}

fn statements() -> impl Strategy<Value = Statement> {
    let effect = prop_oneof![2 => Just("allow"), 1 => Just("deny")].prop_map(str::to_owned);
    let actions = vec(select(&ACTIONS[..]).prop_map(str::to_owned), 0..4);
    (effect, actions, vec(patterns(), 1..4), option::weighted(0.3, conditions())).prop_map(|(effect, actions, resources, condition)| {
        Statement::parse(RawStatement { effect, actions, resources, condition }).expect("worlds are well formed")
    })
}

fn patterns() -> impl Strategy<Value = String> {
    let kind = || select(&KINDS[..]).prop_map(|(service, kind)| format!("{service}:{kind}"));
    prop_oneof![
        1 => Just("*".to_owned()),
        1 => select(&["config:*", "record:*"][..]).prop_map(str::to_owned),
        2 => kind().prop_map(|kind| format!("{kind}/*")),
        1 => kind().prop_map(|kind| format!("{kind}/item/*")),
        2 => (kind(), select(&ITEMS[..])).prop_map(|(kind, id)| format!("{kind}/item/{id}")),
        1 => kind().prop_map(|kind| format!("{kind}/group/*")),
        3 => (kind(), select(&GROUPS[..])).prop_map(|(kind, id)| format!("{kind}/group/{id}")),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    select(vec![json!("admin"), json!("user"), json!("1"), json!(1), json!(true)])
}

fn conditions() -> impl Strategy<Value = Value> {
    let test = prop_oneof![
        values(),
        values().prop_map(|value| json!({"eq": value})),
        values().prop_map(|value| json!({"ne": value})),
        vec(values(), 0..3).prop_map(|values| json!({"in": values})),
        vec(values(), 0..3).prop_map(|values| json!({"not_in": values})),
        any::<bool>().prop_map(|there| json!({"exists": there})),
        select(&ATTRIBUTES[..]).prop_map(|path| json!({"eq_attr": path})),
    ];
    prop::collection::btree_map(select(&ATTRIBUTES[..]), test, 0..3).prop_map(|entries| json!(entries))
}

fn questions() -> impl Strategy<Value = Question> {
    let resource = (select(&KINDS[..]), prop_oneof![3 => select(&ITEMS[..]).prop_map(|id| (id, false)), 1 => select(&GROUPS[..]).prop_map(|id| (id, true)), 1 => Just(("*", false))])
        .prop_map(|((service, kind), (id, is_group))| ResourceId::from_entity(&format!("{service}:{kind}"), id, is_group).expect("well formed"));
    let attributes = prop::collection::btree_map(select(&ATTRIBUTES[..]), values(), 0..6);
    let action = prop_oneof![8 => select(&ACTIONS[..4]), 1 => Just("config:export")];
    (action, resource, attributes, 0..6i64).prop_map(|(action, resource, paths, now)| {
        let mut attributes = BTreeMap::<_, BTreeMap<_, _>>::new();
        for (root, name, value) in
            paths.into_iter().filter_map(|(path, value)| path.split_once('.').map(|(root, name)| (root, name, value)))
        {
            attributes.entry(root).or_default().insert(name.to_owned(), value);
        }
        Question { action, resource, attributes, now }
    })
}
