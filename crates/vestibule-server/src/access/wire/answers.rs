//! Answers as AuthZEN writes them (`spec/authzen-decisions.md`, sections A2, A4 and B2). A plain answer is
//! one of two constant texts.

use axum::body::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};
use vestibule_core::{policy::Origin, refusal::Malformed};
use vestibule_operations::{Answer, Explained, Found, GrantGrounds, Grounds, Question, Wanted};

/// About whom a question was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A vendor agent: denies say why.
    Agent,
    /// Anybody else: the answer is the decision alone, and the same each time.
    Other,
}

impl About {
    /// About whom this question is.
    pub fn of(question: Question<'_>) -> Self {
        match &*question.subject.kind {
            "support" => Self::Agent,
            _ => Self::Other,
        }
    }
}

/// One answer's body.
pub fn answer(about: About, answer: &Answer) -> Bytes {
    match (&answer.told, answer.decision, about) {
        (None, true, _) => Bytes::from_static(ALLOW),
        (None, false, About::Other) => Bytes::from_static(DENY),
        // Reasons are codes of ours, `[a-z_]`: nothing in them needs escaping.
        (None, false, About::Agent) => Bytes::from(format!(r#"{{"decision":false,"context":{{"reason":"{}"}}}}"#, answer.reason)),
        (Some(told), decision, _) => {
            let mut context = Map::new();
            if told.simulated {
                context.insert("simulated".to_owned(), json!(true));
            }
            if let Some(explained) = &told.explained {
                context.insert("reason".to_owned(), json!(answer.reason));
                context.extend(explained.valid_until.map(|until| ("valid_until".to_owned(), json!(until.millis_text()))));
                context.insert("explain".to_owned(), explanation(explained));
            } else if !decision && about == About::Agent {
                context.insert("reason".to_owned(), json!(answer.reason));
            }
            Bytes::from(format!(r#"{{"decision":{decision},"context":{}}}"#, Value::Object(context)))
        }
    }
}

const ALLOW: &[u8] = br#"{"decision":true}"#;
const DENY: &[u8] = br#"{"decision":false}"#;

/// The body of many answers, in their order; an item at fault is denied and told its fault.
pub fn answers<'q>(questions: impl Iterator<Item = Result<Question<'q>, Malformed>>, answers: &[Result<Answer, Malformed>]) -> Bytes {
    let mut body = Vec::with_capacity(answers.len() * (DENY.len() + 1) + 20);
    body.extend_from_slice(br#"{"evaluations":["#);
    for (at, (question, given)) in questions.zip(answers).enumerate() {
        if at > 0 {
            body.push(b',');
        }
        match (question, given) {
            (Ok(question), Ok(given)) => body.extend_from_slice(&answer(About::of(question), given)),
            (Err(fault), _) => body.extend_from_slice(&fault_of_item(&fault)),
            (Ok(_), Err(fault)) => body.extend_from_slice(&fault_of_item(fault)),
        }
    }
    body.extend_from_slice(b"]}");
    Bytes::from(body)
}

fn fault_of_item(fault: &Malformed) -> Vec<u8> {
    let error = json!({ "status": 400, "message": fault.to_string() });
    format!(r#"{{"decision":false,"context":{{"error":{error}}}}}"#).into_bytes()
}

fn explanation(explained: &Explained) -> Value {
    let deciding = explained.deciding.iter().map(grounds).map(Value::Object);
    let mut told = Map::from_iter([
        ("deciding".to_owned(), deciding.chain(explained.grant.as_ref().and_then(|grant| by_grant(grant, explained))).collect()),
        ("considered".to_owned(), json!(explained.considered)),
        ("gate".to_owned(), gate(explained)),
    ]);
    if explained.deciding.is_empty() {
        let near = explained.near.iter().map(|(missing, missed)| {
            let mut near = grounds(missing);
            near.insert("missed".to_owned(), json!(missed.as_str()));
            Value::Object(near)
        });
        told.insert("near".to_owned(), near.collect());
    }
    if let Some(grant) = &explained.grant {
        told.insert("grant".to_owned(), json!({ "on": grant.on, "to": grant.to, "state": grant.state }));
    }
    if let Some((action, resource)) = &explained.asked {
        told.insert("asked".to_owned(), json!({ "action": action, "resource": resource }));
    }
    Value::Object(told)
}

/// A grant that decided, as if it were a statement: the way from the one customer to the other is its path.
fn by_grant(grant: &GrantGrounds, explained: &Explained) -> Option<Value> {
    let (action, resource) = explained.asked.as_ref()?;
    let path = match grant.state {
        "in_force" => json!([format!("customer {}", grant.to), format!("grant on customer {}", grant.on)]),
        "itself" => json!([format!("customer {}", grant.to)]),
        _ => return None,
    };
    Some(json!({
        "effect": "allow", "action": [action], "resource": [resource], "statement": 0, "path": path, "source": "grant",
    }))
}

fn gate(explained: &Explained) -> Value {
    let mut gate = Map::from_iter([("state".to_owned(), json!(explained.gate.map_or("live", |why| why.as_str())))]);
    if let Some(visit) = &explained.visit {
        gate.insert("session".to_owned(), json!(visit.session.to_string()));
        gate.insert("grant".to_owned(), json!(visit.grant));
    }
    Value::Object(gate)
}

fn grounds(grounds: &Grounds) -> Map<String, Value> {
    let statement = &grounds.statement;
    let mut told = Map::from_iter([
        ("effect".to_owned(), json!(statement.effect().as_str())),
        ("action".to_owned(), statement.actions().iter().map(|action| json!(action.as_str())).collect()),
        ("resource".to_owned(), statement.resources().iter().map(|pattern| json!(pattern.to_string())).collect()),
        ("statement".to_owned(), json!(grounds.number)),
        ("path".to_owned(), json!(grounds.path)),
    ]);
    told.extend(statement.condition().map(|condition| ("condition".to_owned(), Value::Object(condition.written().clone()))));
    told.extend(grounds.ends.map(|ends| ("ends".to_owned(), json!(ends.millis_text()))));
    match &grounds.origin {
        Origin::Account => drop(told.insert("source".to_owned(), json!("account"))),
        Origin::Role { id, name, version } => told.extend([
            ("source".to_owned(), json!(format!("role:{name}"))),
            ("policy".to_owned(), json!(id.to_string())),
            ("policy_version".to_owned(), json!(version)),
        ]),
        Origin::Window { version } => told.extend([
            ("source".to_owned(), json!("window")),
            ("policy".to_owned(), json!("window")),
            ("policy_version".to_owned(), json!(version)),
        ]),
    }
    told
}

/// A page of results. Members stand in the order of the standard's examples, which older clients compare with.
#[derive(Serialize)]
struct Results<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<Page<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Value>,
    results: Vec<Named<'a>>,
}

#[derive(Serialize)]
struct Page<'a> {
    next_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Named<'a> {
    Entity {
        #[serde(rename = "type")]
        kind: &'a str,
        id: &'a str,
    },
    Action {
        name: &'a str,
    },
}

impl<'a> Named<'a> {
    /// Types are told as they were asked.
    fn of(wanted: &'a Wanted<'_>, name: &'a str) -> Self {
        match wanted {
            Wanted::Subjects { kind, .. } | Wanted::Resources { kind, .. } => Self::Entity { kind, id: name },
            Wanted::Actions { .. } => Self::Action { name },
        }
    }
}

/// The body of what a search found. Its page is spoken of if it was asked for, or if more remains.
pub fn results(wanted: &Wanted<'_>, paged: bool, found: &Found) -> Bytes {
    let count = found.explained.then_some(found.names.len());
    let told = Results {
        page: (paged || found.next.is_some() || found.explained)
            .then(|| Page { next_token: found.next.as_deref().unwrap_or_default(), count }),
        context: found.simulated.then(|| json!({ "simulated": true })),
        results: found.names.iter().map(|name| Named::of(wanted, name)).collect(),
    };
    // Texts and numbers are always JSON.
    Bytes::from(serde_json::to_vec(&told).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_denies_of_agents_say_why() {
        for (about, decision, body) in [
            (About::Other, true, r#"{"decision":true}"#),
            (About::Agent, true, r#"{"decision":true}"#),
            (About::Other, false, r#"{"decision":false}"#),
            (About::Agent, false, r#"{"decision":false,"context":{"reason":"no_live_grant"}}"#),
        ] {
            assert_eq!(answer(about, &Answer::plain(decision, "no_live_grant")), body);
        }
    }
}
