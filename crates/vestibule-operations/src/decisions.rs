//! May this subject do this now? One question, one answer (`spec/authzen-decisions.md`, sections A and B).

use std::{borrow::Cow, collections::BTreeMap, sync::Arc, time::Instant};

use serde_json::Value;
use vestibule_core::{
    account::AccountKind,
    audit::{Action, Outcome, Reason, Thing},
    id::RealmId,
    policy::{ActionName, Ask, Attributes, Because, Facts, GateReason, Named, Resource, ResourceId, Ruling},
    principal::Principal,
    refusal::{Malformed, Refusal},
    support::SupportSession,
};

use crate::{
    context::{AccountCaller, Ctx},
    measures::MEASURES,
    operations::Operations,
    sessions::VISITOR_PREFIX,
};

/// A subject or a resource, as the asker names it.
#[derive(Debug, Clone, Default)]
pub struct Entity<'q> {
    /// Its type.
    pub kind: Cow<'q, str>,
    /// Its id within the type.
    pub id: Cow<'q, str>,
    /// What the asker says of it.
    pub properties: BTreeMap<String, Value>,
}

/// A question.
#[derive(Debug, Clone, Default)]
pub struct Question<'q> {
    /// Who would act.
    pub subject: Entity<'q>,
    /// The action's name, `service:verb` or a bare verb.
    pub action: Cow<'q, str>,
    /// What the asker says of the action.
    pub action_properties: BTreeMap<String, Value>,
    /// What would be acted on.
    pub resource: Entity<'q>,
    /// What the asker says of the occasion.
    pub context: BTreeMap<String, Value>,
}

impl Question<'_> {
    /// The resource that is meant, in no group.
    fn resource(&self) -> Result<Resource<'_>, Malformed> {
        let is_group = self.resource.properties.get("item_type").and_then(Value::as_str) == Some("group");
        Resource::from_entity(&self.resource.kind, &self.resource.id, is_group)
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether the subject may.
    pub decision: bool,
    /// Why, as a code (`spec/authzen-decisions.md`, section B2).
    pub reason: &'static str,
}

/// The right to have what one says about a subject believed.
const ASSERT: &str = "authzen:assert";

impl Operations {
    /// Answers a question about somebody of the caller's realm. An agent inside a session may ask about
    /// itself alone. What a visiting agent may do is put into the realm's log before it is answered.
    pub async fn evaluate(&self, ctx: &Ctx, question: &Question<'_>) -> Result<Answer, Refusal> {
        let asked_at = MEASURES.times_decision().then(Instant::now);
        let caller = ctx.account()?;
        let Some(subject) = self.subject(ctx, caller, &question.subject).await? else {
            return Ok(Answer { decision: false, reason: missing(&question.subject.kind).as_str() });
        };
        // Most have no statement about a group, and pay nothing for those that do.
        let places = match subject.rights.asks_for_groups().then(|| question.resource()) {
            Some(Ok(resource)) => Some(self.places(ctx, &subject, &resource).await?),
            _ => None,
        };
        let ruling = decide(&subject, caller, question, places.as_deref().unwrap_or_default(), ctx);
        if let Some(asked_at) = asked_at {
            MEASURES.decision.record(asked_at.elapsed());
        }
        let answer = match ruling {
            Ruling::Allow { .. } => Answer { decision: true, reason: "allowed" },
            Ruling::Deny(because) => Answer { decision: false, reason: because.as_str() },
        };
        if let Some(session) = &subject.session {
            self.file_decision(ctx, &subject, session, question, ruling, &answer).await?;
        }
        Ok(answer)
    }

    /// Whom the question is about, if there is such a one in the caller's realm.
    async fn subject(&self, ctx: &Ctx, caller: &AccountCaller, asked: &Entity<'_>) -> Result<Option<Arc<Principal>>, Refusal> {
        let own = &caller.principal;
        if let Some(session) = caller.session() {
            let is_self = asked.kind == "support" && asked.id.eq_ignore_ascii_case(&session.agent_email);
            let because = Because::NothingAllows;
            return if is_self {
                Ok(Some(own.clone()))
            } else {
                Err(Refusal::Forbidden { action: "authzen:evaluate".to_owned(), because })
            };
        }
        if *asked.kind == *own.kind.as_str() && *asked.id == *own.id.as_str() {
            return Ok(Some(own.clone()));
        }
        let wanted = match &*asked.kind {
            "user" => AccountKind::User,
            "service" => AccountKind::Service,
            "support" => return self.visitor(ctx, &own.realm, &asked.id).await,
            _ => return Ok(None),
        };
        let Some(key) = self.0.store.find_account_key(&own.realm, asked.id.to_ascii_lowercase(), &ctx.moment()).await? else {
            return Ok(None);
        };
        Ok(self.0.store.find_principal(&own.realm, key, &ctx.moment()).await?.filter(|principal| principal.kind == wanted))
    }

    /// An agent's live visit, the newest if there are several.
    async fn visitor(&self, ctx: &Ctx, realm: &RealmId, email: &str) -> Result<Option<Arc<Principal>>, Refusal> {
        let email = email.to_owned();
        let newest = self.0.store.read(realm, ctx.moment(), move |tx| {
            Box::pin(async move {
                let live = tx.list_live_sessions(None).await?;
                Ok(live.into_iter().rfind(|session| session.agent_email.eq_ignore_ascii_case(&email)).map(|session| session.id))
            })
        });
        match newest.await? {
            None => Ok(None),
            Some(id) => {
                let Some(visitor) = self.0.store.find_visitor(realm, id, &ctx.moment()).await? else { return Ok(None) };
                let Some(inside) = &visitor.session else { return Ok(None) };
                // An agent who has left the vendor is out of every realm.
                match self.principal(ctx, &RealmId::vendor(), inside.agent).await {
                    Ok(_) => Ok(Some(visitor)),
                    Err(Refusal::Unauthenticated(_)) => Ok(None),
                    Err(refusal) => Err(refusal),
                }
            }
        }
    }

    async fn file_decision(
        &self,
        ctx: &Ctx,
        subject: &Principal,
        session: &SupportSession,
        question: &Question<'_>,
        ruling: Ruling,
        answer: &Answer,
    ) -> Result<(), Refusal> {
        let (action, outcome, by) = match ruling {
            Ruling::Allow { by } => (Action::DecisionAllowed, Outcome::Success, Some(by)),
            Ruling::Deny(Because::Denied(by) | Because::Unreadable(by)) => (Action::DecisionDenied, Outcome::Denied, Some(by)),
            Ruling::Deny(_) => (Action::DecisionDenied, Outcome::Denied, None),
        };
        let statement = by.and_then(|by| Some((subject.rights.sources().get(by.source)?, by.statement)));
        let statement = statement.map(|(source, number)| format!("{}#{number}", source.path.join("/")));
        let reason = Reason { code: answer.reason.into(), ticket: None, statement, policy_version: None };
        let (agent, name, session) = (session.agent.to_string(), session.agent_email.clone(), session.clone());
        let account = subject.key.to_string();
        let resource = ResourceId::from_entity(&question.resource.kind, &question.resource.id, false);
        let resource = resource.map_or_else(|_| "unreadable".to_owned(), |resource| resource.to_string());
        let asked = question.action.to_string();
        self.write(ctx, &subject.realm, move |work| {
            Box::pin(async move {
                let mut draft = work
                    .draft(action, Thing::new("resource", resource))
                    .with_outcome(outcome)
                    .with_reason(reason)
                    .with_data("action", asked)
                    .with_acting_for(Thing::new("account", account))
                    .with_session(work.session_ref(&session));
                if draft.actor.id != agent {
                    draft = draft.with_sealed("session.agent", agent, name);
                }
                work.tx.record(draft);
                Ok(())
            })
        })
        .await
    }
}

/// Why there is nobody to ask about.
fn missing(kind: &str) -> GateReason {
    match kind {
        "support" => GateReason::NotAdmitted,
        _ => GateReason::SubjectUnknown,
    }
}

fn decide(subject: &Principal, caller: &AccountCaller, question: &Question<'_>, places: &[Box<str>], ctx: &Ctx) -> Ruling {
    let Ok(resource) = question.resource() else {
        return Ruling::Deny(Because::Gate(GateReason::ResourceUnknown));
    };
    let groups: Vec<&str> = places.iter().map(|group| &**group).collect();
    let resource = Resource { groups: &groups, ..resource };
    let Ok(action) = ActionName::for_resource(&question.action, resource.service) else {
        return Ruling::Deny(Because::NothingAllows);
    };
    // What an asker says of a subject or a resource counts only if the realm trusts it to say so.
    let assert = Resource::whole("authzen", "authzen");
    let is_trusted = || caller.principal.decide(&Ask::new(ASSERT, assert), ctx.now).is_allow();
    let says = !question.subject.properties.is_empty() || !question.resource.properties.is_empty();
    let is_trusted = says && is_trusted();

    let facts = Facts {
        subject: Attributes {
            named: Some(Named { kind: &question.subject.kind, id: plain_id(subject.id.as_str()) }),
            said: is_trusted.then_some(&question.subject.properties),
            kept: Some(&subject.attributes),
        },
        resource: Attributes {
            named: Some(Named { kind: &question.resource.kind, id: &question.resource.id }),
            said: is_trusted.then_some(&question.resource.properties),
            kept: None,
        },
        action: Attributes::said(&question.action_properties),
        context: Attributes::said(&question.context),
    };
    subject.decide(&Ask { action: action.as_str(), resource, facts }, ctx.now)
}

/// What an account is known by outside: a visitor's account stands under a name of ours.
fn plain_id(id: &str) -> &str {
    id.strip_prefix(VISITOR_PREFIX).unwrap_or(id)
}
