//! May this subject do this now? (`spec/authzen-decisions.md`, sections A and B)
//!
//! One question is answered here, from memory. Many at once are [`batch`], who and what may are
//! [`search`], why and until when is [`explain`], whom a question is about is [`subject`], what of it
//! enters the log is [`filing`], and what customers may do for each other is [`customers`].

mod batch;
mod customers;
mod explain;
mod filing;
mod occasion;
mod page;
mod search;
mod subject;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Instant,
};

use serde_json::Value;
use vestibule_core::{
    object::Object,
    policy::{ActionName, Ask, Attributes, Because, Facts, GateReason, Named, Resource, Ruling},
    principal::Principal,
    refusal::Refusal,
    time::Timestamp,
};
use vestibule_store::Places;

pub use self::{
    batch::Semantic,
    customers::GrantGrounds,
    explain::{Explained, Grounds, Visit},
    page::PageWish,
    search::{Found, Search, Wanted},
};
use self::{filing::Filing, subject::Subject};
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

/// An action, as the asker names it.
#[derive(Debug, Clone, Default)]
pub struct Act<'q> {
    /// `service:verb` or a bare verb.
    pub name: Cow<'q, str>,
    /// What the asker says of it.
    pub properties: BTreeMap<String, Value>,
}

/// A question. Those of a batch share parts.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// Who would act.
    pub subject: &'q Entity<'q>,
    /// What would be done.
    pub action: &'q Act<'q>,
    /// What would be acted on.
    pub resource: &'q Entity<'q>,
    /// What the asker says of the occasion.
    pub context: &'q BTreeMap<String, Value>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Whether the subject may.
    pub decision: bool,
    /// Why, as a code (`spec/authzen-decisions.md`, section B2).
    pub reason: &'static str,
    /// What was asked for beside the decision.
    pub told: Option<Box<Told>>,
}

/// What an answer tells beside the decision, when it is asked to.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Whether the clock was the asker's.
    pub simulated: bool,
    /// Why, in full.
    pub explained: Option<Explained>,
}

impl Answer {
    /// An answer that tells nothing else.
    pub const fn plain(decision: bool, reason: &'static str) -> Self {
        Self { decision, reason, told: None }
    }

    fn of(ruling: &Ruling) -> Self {
        match ruling {
            Ruling::Allow { .. } => Self::plain(true, "allowed"),
            Ruling::Deny(because) => Self::plain(false, because.as_str()),
        }
    }

    const fn nobody(why: GateReason) -> Self {
        Self::plain(false, why.as_str())
    }
}

/// The right to have what one says about a subject or a resource believed.
const ASSERT: &str = "authzen:assert";

/// One request's questions: who asks, and what was found out on the way.
struct Asking<'c> {
    ctx: &'c Ctx,
    caller: &'c AccountCaller,
    /// Whether what the caller says counts; asked at most once.
    trusted: OnceLock<bool>,
    filings: Vec<Filing>,
}

impl<'c> Asking<'c> {
    fn of(ctx: &'c Ctx) -> Result<Self, Refusal> {
        Ok(Self { ctx, caller: ctx.account()?, trusted: OnceLock::new(), filings: Vec::new() })
    }

    /// How the caller stands to one of the rights that decisions know.
    fn right(&self, action: &str) -> Ruling {
        self.caller.principal.decide(&Ask::new(action, Resource::whole("authzen", "authzen")), self.ctx.now)
    }

    /// What an asker says of a subject or a resource counts only if the realm trusts it to say so.
    fn believes(&self, said: [&BTreeMap<String, Value>; 2]) -> bool {
        said.iter().any(|properties| !properties.is_empty()) && *self.trusted.get_or_init(|| self.right(ASSERT).is_allow())
    }
}

impl Operations {
    /// Answers a question about somebody of the caller's realm. An agent inside a session may ask about
    /// itself alone. What a visiting agent may do is put into the realm's log before it is answered.
    pub async fn evaluate(&self, ctx: &Ctx, question: Question<'_>) -> Result<Answer, Refusal> {
        let asked_at = MEASURES.times_decision().then(Instant::now);
        let mut asking = Asking::of(ctx)?;
        let answer = if occasion::is_special(question.context) {
            Box::pin(self.answer_specially(&mut asking, question)).await?
        } else {
            let subject = self.subject(ctx, asking.caller, question.subject).await?;
            self.answer(&mut asking, question, &subject).await?
        };
        if let Some(asked_at) = asked_at {
            MEASURES.decision.record(asked_at.elapsed());
        }
        self.file_decisions(&mut asking).await?;
        Ok(answer)
    }

    /// The plain answer.
    async fn answer(&self, asking: &mut Asking<'_>, question: Question<'_>, subject: &Subject) -> Result<Answer, Refusal> {
        let subject = match subject {
            Subject::Somebody(subject) => subject,
            Subject::Nobody(why) => return Ok(Answer::nobody(*why)),
            Subject::Customer => return self.answer_customer(asking, asking.ctx, question).await,
        };
        let ruling = match Heard::of(question.action, question.resource) {
            Err(because) => Ruling::Deny(because),
            Ok(heard) => {
                let known = self.known(asking.ctx, subject, &heard.resource).await?;
                let groups = known.groups();
                let ask = heard.ask(asking, question, subject, known.around(&groups));
                subject.decide(&ask, asking.ctx.now)
            }
        };
        let answer = Answer::of(&ruling);
        if let Some(session) = &subject.session {
            asking.filings.push(Filing::of(subject, session, question, &ruling));
        }
        Ok(answer)
    }

    /// What the realm knows of a resource, as far as the subject's statements look at any of it.
    async fn known(&self, ctx: &Ctx, subject: &Principal, resource: &Resource<'_>) -> Result<Known, Refusal> {
        let object = match subject.rights.looks_at_resource() {
            true => self.existing_object(ctx, &subject.realm, resource).await?,
            false => None,
        };
        Ok(Known { object, places: self.places(ctx, subject, resource).await? })
    }
}

/// What a realm knows of a resource.
struct Known {
    object: Option<Arc<Object>>,
    places: Places,
}

/// The same, borrowed.
#[derive(Clone, Copy)]
struct Around<'a> {
    object: Option<&'a Object>,
    groups: &'a [&'a str],
}

impl Known {
    fn groups(&self) -> Vec<&str> {
        self.places.iter().map(|group| &**group).collect()
    }

    fn around<'a>(&'a self, groups: &'a [&'a str]) -> Around<'a> {
        Around { object: self.object.as_deref(), groups }
    }
}

/// A question's action and resource, as policy knows them.
struct Heard<'q> {
    action: ActionName,
    resource: Resource<'q>,
}

impl<'q> Heard<'q> {
    fn of(action: &Act<'_>, resource: &'q Entity<'_>) -> Result<Self, Because> {
        let resource = resource_of(resource)?;
        let action = ActionName::for_resource(&action.name, resource.service).map_err(|_| Because::NothingAllows)?;
        Ok(Self { action, resource })
    }

    fn ask<'a>(&'a self, asking: &Asking<'_>, question: Question<'a>, subject: &'a Principal, around: Around<'a>) -> Ask<'a> {
        let believed = asking.believes([&question.subject.properties, &question.resource.properties]);
        let facts = Facts {
            subject: Attributes {
                named: Some(Named { kind: &question.subject.kind, id: plain_id(subject.id.as_str()) }),
                said: believed.then_some(&question.subject.properties),
                kept: Some(&subject.attributes),
            },
            resource: Attributes {
                named: Some(Named { kind: &question.resource.kind, id: &question.resource.id }),
                said: believed.then_some(&question.resource.properties),
                kept: around.object.map(|object| &object.attributes),
            },
            action: Attributes::said(&question.action.properties),
            context: Attributes::said(question.context),
        };
        Ask { action: self.action.as_str(), resource: Resource { groups: around.groups, ..self.resource }, facts }
    }
}

/// The resource that an asker names.
fn resource_of<'q>(asked: &'q Entity<'_>) -> Result<Resource<'q>, Because> {
    let is_group = asked.properties.get("item_type").and_then(Value::as_str) == Some("group");
    Resource::from_entity(&asked.kind, &asked.id, is_group).map_err(|_| Because::Gate(GateReason::ResourceUnknown))
}

/// What an account is known by outside: a visitor's account stands under a name of ours.
fn plain_id(id: &str) -> &str {
    id.strip_prefix(VISITOR_PREFIX).unwrap_or(id)
}

/// The context of a request, its clock moved.
fn at(ctx: &Ctx, now: Timestamp) -> Ctx {
    Ctx { now, ..ctx.clone() }
}
