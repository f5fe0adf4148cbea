//! Decide: may this one do that to this, now or at another time? And why, what would change it, and until when it holds.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use serde_json::Value;
use vestibule_core::{id::RealmId, policy::Effect, refusal::Refusal, time::Timestamp};
use vestibule_operations::{Act, Entity, Explained, Grounds, Question, Right};

use super::{
    Named, Page, faults,
    frame::{Frame, page},
    named,
    visit::{Form, Visit},
};
use crate::call::Answer;

/// The pages of this file.
pub const PAGES: &[Page] = &[Page { path: "/console/realms/{realm}/decide", attempted: "access.evaluate", show: Some(show), act: None }];

/// Whom a question can be about.
const SUBJECTS: [&str; 4] = ["user", "service", "support", "customer"];

/// An answer in words.
struct Verdict {
    decision: bool,
    reason: &'static str,
    until: Option<Timestamp>,
    deciding: Vec<Ground>,
    near: Vec<(Ground, &'static str)>,
    considered: usize,
}

/// A statement, and the way by which it reaches the subject.
struct Ground {
    is_allow: bool,
    actions: String,
    resources: String,
    path: String,
    ends: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "console/decide.html")]
struct DecidePage {
    f: Frame,
    subjects: [&'static str; 4],
    kind: String,
    id: String,
    action: String,
    resource_kind: String,
    resource_id: String,
    at: String,
    verdict: Option<Verdict>,
}

fn show(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let home = visit.operations.read(&visit.ctx, &realm, |work| Box::pin(async move { Ok(work.realm().clone()) })).await?;
        let query = visit.query();
        let text = |name, usual: &str| query.find(name).unwrap_or(usual).to_owned();
        let mut shown = DecidePage {
            f: Frame::of(&visit, Some(home), "/decide"),
            subjects: SUBJECTS,
            kind: text("kind", "user"),
            id: text("id", ""),
            action: text("action", ""),
            resource_kind: text("resource_kind", ""),
            resource_id: text("resource_id", ""),
            at: text("at", ""),
            verdict: None,
        };
        if [&shown.id, &shown.action, &shown.resource_kind, &shown.resource_id].into_iter().any(String::is_empty) {
            return Ok(page(StatusCode::OK, &shown));
        }
        let status = match ask(&visit, &query).await {
            Ok(verdict) => {
                shown.verdict = Some(verdict);
                StatusCode::OK
            }
            Err(Refusal::Malformed(malformed)) => {
                shown.f.fault = Some(faults::of(visit.speech, &malformed));
                StatusCode::BAD_REQUEST
            }
            Err(refusal) => return Err(refusal),
        };
        Ok(page(status, &shown))
    })
}

/// Asks the engine as anybody does, with its reasons; what it says here is what it says there.
async fn ask(visit: &Visit, query: &Form) -> Result<Verdict, Refusal> {
    let text = |name| query.find(name).unwrap_or_default();
    let entity = |kind, id| Entity { kind: text(kind).into(), id: text(id).into(), properties: BTreeMap::new() };
    let mut context = BTreeMap::from([("explain".to_owned(), Value::Bool(true))]);
    if let Some(at) = query.find("at") {
        // What a field for times sends is a time in UTC: the page says so.
        let at = if at.ends_with('Z') { at.to_owned() } else { format!("{at}Z") };
        context.extend([("simulate".to_owned(), Value::Bool(true)), ("time".to_owned(), Value::from(at))]);
    }
    let (subject, resource) = (entity("kind", "id"), entity("resource_kind", "resource_id"));
    let action = Act { name: text("action").into(), properties: BTreeMap::new() };
    let question = Question { subject: &subject, action: &action, resource: &resource, context: &context };
    let answer = visit.operations.evaluate(&visit.ctx, question).await?;
    let explained = answer.told.and_then(|told| told.explained).unwrap_or_default();
    let Explained { valid_until, deciding, near, considered, .. } = explained;
    Ok(Verdict {
        decision: answer.decision,
        reason: answer.reason,
        until: valid_until,
        deciding: deciding.iter().map(Ground::of).collect(),
        near: near.iter().map(|(grounds, missed)| (Ground::of(grounds), missed.as_str())).collect(),
        considered,
    })
}

impl DecidePage {
    /// In what a statement missed, for people.
    fn missed(&self, what: &str) -> String {
        self.f.t(&format!("missed-{what}"))
    }
}

impl Ground {
    fn of(grounds: &Grounds) -> Self {
        let statement = &grounds.statement;
        let joined = |texts: Vec<String>| texts.join(", ");
        Self {
            is_allow: statement.effect() == Effect::Allow,
            actions: joined(statement.actions().iter().map(ToString::to_string).collect()),
            resources: joined(statement.resources().iter().map(ToString::to_string).collect()),
            path: grounds.path.join(", "),
            ends: grounds.ends,
        }
    }
}
