//! A world in Cedar's terms.

use std::{collections::BTreeSet, str::FromStr};

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, Policy, PolicyId, PolicySet, Request};
use serde_json::{Map, Value, json};
use vestibule_core::policy::{ActionPattern, DecidedBy, Effect, Source, Statement};

use crate::world::{GROUPS, ITEMS, KINDS, Question, World};

/// Cedar, told of one world.
pub struct Oracle<'w> {
    world: &'w World,
    policies: PolicySet,
    authorizer: Authorizer,
}

/// What Cedar says, and the policies it rests on.
#[derive(Debug)]
pub struct Verdict {
    pub allow: bool,
    pub reasons: BTreeSet<String>,
}

/// The policy that stands for a statement.
pub fn policy_name(by: DecidedBy) -> String {
    format!("{}.{}", by.source, by.statement)
}

impl<'w> Oracle<'w> {
    pub fn new(world: &'w World) -> Self {
        let mut policies = PolicySet::new();
        for (at, source) in world.sources.iter().enumerate() {
            for (statement, said) in source.statements.iter().enumerate() {
                let name = PolicyId::new(policy_name(DecidedBy { source: at, statement }));
                policies.add(Policy::parse(Some(name), policy(source, said)).expect("a policy")).expect("its own name");
            }
        }
        Self { world, policies, authorizer: Authorizer::new() }
    }

    /// The policies, for a failure's message.
    pub fn told(&self) -> String {
        self.policies.to_string()
    }

    pub fn decide(&self, question: &Question, now: i64) -> Verdict {
        let resource = question.resource.to_string();
        let (kind, part) = resource.split_once('/').expect("a type and a part");
        let uid = |text: String| EntityUid::from_str(&text).expect("a uid");
        let asked = match part {
            "item" => format!(r#"Kind::"{kind}""#),
            part => node(kind, part),
        };
        let context = json!({"now": now, "action": attributes(question, "action"), "context": attributes(question, "context")});
        let context = Context::from_json_value(context, None).expect("a context");
        let action = uid(format!(r#"Action::"{}""#, question.action));
        let request = Request::new(uid(r#"User::"mia""#.to_owned()), action, uid(asked.clone()), context, None).expect("a request");
        let response = self.authorizer.is_authorized(&request, &self.policies, &self.entities(question, &asked));
        let errors: Vec<_> = response.diagnostics().errors().collect();
        assert!(errors.is_empty(), "Cedar skips a policy that errs, so none may: {errors:?}");
        let reasons = response.diagnostics().reason().map(ToString::to_string).collect();
        Verdict { allow: response.decision() == Decision::Allow, reasons }
    }

    /// Items and groups lie in groups; groups lie in `AnyGroup`, all in their type, types in services.
    fn entities(&self, question: &Question, asked: &str) -> Entities {
        let mut entities = vec![json!({"uid": {"type": "User", "id": "mia"}, "attrs": attributes(question, "subject"), "parents": []})];
        for (service, kind) in KINDS {
            let kind = format!("{service}:{kind}");
            let mut add = |uid: String, parents: Vec<String>| {
                let attributes = if uid == asked { attributes(question, "resource") } else { Map::new() };
                let parents: Vec<_> = parents.iter().map(|uid| entity(uid)).collect();
                entities.push(json!({"uid": entity(&uid), "attrs": attributes, "parents": parents}));
            };
            add(format!(r#"Kind::"{kind}""#), vec![format!(r#"Service::"{service}""#)]);
            add(format!(r#"AnyGroup::"{kind}""#), vec![format!(r#"Kind::"{kind}""#)]);
            let parents = |part: &str, always: &str| {
                let direct = self.world.nestings.iter().filter(|(child, _)| child == part).map(|(_, parent)| node(&kind, parent));
                direct.chain([format!(r#"{always}::"{kind}""#)]).collect()
            };
            for part in GROUPS.map(|id| format!("group/{id}")) {
                add(node(&kind, &part), parents(&part, "AnyGroup"));
            }
            for part in ITEMS.map(|id| format!("item/{id}")) {
                add(node(&kind, &part), parents(&part, "Kind"));
            }
        }
        Entities::from_json_value(Value::Array(entities), None).expect("entities")
    }
}

/// `item/a` of `config:plan` as `Item::"config:plan/a"`.
fn node(kind: &str, part: &str) -> String {
    match part.split_once('/') {
        Some(("group", id)) => format!(r#"Group::"{kind}/{id}""#),
        Some((_, id)) => format!(r#"Item::"{kind}/{id}""#),
        None => panic!("`{part}` is no item and no group"),
    }
}

fn entity(uid: &str) -> Value {
    let (kind, id) = uid.split_once("::").expect("a type and an id");
    json!({"type": kind, "id": id.trim_matches('"')})
}

fn attributes(question: &Question, root: &str) -> Map<String, Value> {
    question.attributes.get(root).into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn policy(source: &Source, said: &Statement) -> String {
    let effect = match said.effect() {
        Effect::Allow => "permit",
        Effect::Deny => "forbid",
    };
    let any = |terms: Vec<String>| if terms.is_empty() { "false".to_owned() } else { terms.join(" || ") };
    let actions = said.actions().iter().map(|action| match action {
        ActionPattern::All => "true".to_owned(),
        ActionPattern::Named(name) => format!(r#"action == Action::"{name}""#),
    });
    let resources = said.resources().iter().map(|pattern| covers(&pattern.to_string()));
    let mut clauses = vec![any(actions.collect()), any(resources.collect())];
    clauses.extend(source.until.map(|end| format!("context.now < {}", end.millis())));
    clauses.extend(said.condition().into_iter().flat_map(|condition| condition.written().iter().map(|(path, test)| holds(path, test))));
    let clauses: Vec<_> = clauses.iter().map(|clause| format!("({clause})")).collect();
    format!("{effect}(principal, action, resource) when {{ {} }};", clauses.join(" && "))
}

/// A pattern's text in Cedar: read here afresh, not through our own parser's eyes.
fn covers(pattern: &str) -> String {
    let parts: Vec<&str> = pattern.split('/').collect();
    match parts.as_slice() {
        ["*"] => "true".to_owned(),
        [service] => format!(r#"resource in Service::"{}""#, service.trim_end_matches(":*")),
        [kind, "*"] | [kind, "item", "*"] => format!(r#"resource in Kind::"{kind}""#),
        [kind, "group", "*"] => format!(r#"resource in AnyGroup::"{kind}""#),
        [kind, "group", id] => format!(r#"resource in Group::"{kind}/{id}""#),
        [kind, "item", id] => format!(r#"resource == Item::"{kind}/{id}""#),
        _ => panic!("`{pattern}` is no pattern"),
    }
}

/// Where an attribute is, and the test whether it is there.
fn attribute(path: &str) -> (String, String) {
    let (root, name) = path.split_once('.').expect("a root and a name");
    let root = match root {
        "subject" => "principal",
        "resource" => "resource",
        "action" => "context.action",
        _ => "context.context",
    };
    (format!("{root}.{name}"), format!("{root} has {name}"))
}

/// One entry of a condition. JSON's strings, whole numbers, booleans and arrays are Cedar's too.
fn holds(path: &str, test: &Value) -> String {
    let (value, there) = attribute(path);
    let Some((operator, operand)) = test.as_object().and_then(|operators| operators.iter().next()) else {
        return format!("{there} && {value} == {test}");
    };
    match operator.as_str() {
        "eq" => format!("{there} && {value} == {operand}"),
        "ne" => format!("!({there}) || {value} != {operand}"),
        "in" => format!("{there} && {operand}.contains({value})"),
        "not_in" => format!("!({there}) || !({operand}.contains({value}))"),
        "exists" => format!("({there}) == {operand}"),
        "eq_attr" => {
            let (other, other_there) = attribute(operand.as_str().expect("a path"));
            format!("{there} && {other_there} && {value} == {other}")
        }
        _ => panic!("`{operator}` is no operator"),
    }
}
