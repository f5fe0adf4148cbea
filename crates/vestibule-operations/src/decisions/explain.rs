//! Why, and until when: what an explained answer tells (`spec/authzen-decisions.md`, section B2). The
//! decision is the one that is given unexplained, at the same instant, from the same principal.

use std::sync::Arc;

use vestibule_core::{
    id::{RealmId, SessionId},
    policy::{Ask, Because, Explanation, GateReason, Missed, Origin, ResourceId, Ruling, Statement},
    principal::{Principal, turns_at},
    refusal::Refusal,
    support::SupportSession,
    time::Timestamp,
};

use super::{Answer, Asking, Filing, GrantGrounds, Heard, Question, Subject, Told, at, occasion::Occasion};
use crate::{
    context::{Ctx, grant_name},
    operations::Operations,
};

/// Why an answer is as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explained {
    /// The first instant at which the answer turns with no write; absent: never.
    pub valid_until: Option<Timestamp>,
    /// The statements that decided: the matching denies of a deny, the matching allows of an allow.
    pub deciding: Vec<Grounds>,
    /// Where nothing allows: allows that missed by one thing, and which.
    pub near: Vec<(Grounds, Missed)>,
    /// How many statements were looked at.
    pub considered: usize,
    /// What keeps the subject out altogether.
    pub gate: Option<GateReason>,
    /// The visit, for a visiting agent.
    pub visit: Option<Visit>,
    /// The grant, for a customer.
    pub grant: Option<GrantGrounds>,
    /// The action and the resource as policy knows them.
    pub asked: Option<(String, String)>,
}

/// The visit that a visiting agent's answer rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Its session.
    pub session: SessionId,
    /// What admitted: the invitation's id, or `window`.
    pub grant: String,
}

impl Visit {
    fn of(session: &SupportSession) -> Self {
        Self { session: session.id, grant: grant_name(session.admitted_by) }
    }
}

/// A statement, and how it reaches the subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Grounds {
    /// The statement.
    pub statement: Statement,
    /// Its number among its source's, from 0.
    pub number: usize,
    /// Where it comes from.
    pub origin: Origin,
    /// The way there, in words.
    pub path: Vec<String>,
    /// It says nothing from this instant on.
    pub ends: Option<Timestamp>,
}

impl Operations {
    /// Answers a question whose context asks for more than the decision.
    pub(super) async fn answer_specially(&self, asking: &mut Asking<'_>, question: Question<'_>) -> Result<Answer, Refusal> {
        let occasion = Occasion::of(asking, question.context)?;
        let ctx = at(asking.ctx, occasion.now);
        let question = Question { context: &occasion.context, ..question };
        let (answer, explained) = match self.subject(&ctx, asking.caller, question.subject).await? {
            Subject::Nobody(why) => (Answer::nobody(why), Explained { gate: Some(why), ..Explained::default() }),
            Subject::Customer => self.explain_customer(asking, &ctx, question).await?,
            Subject::Somebody(subject) => {
                let (ruling, explained) = self.explain(asking, &ctx, question, &subject).await?;
                // What never was need not be told of.
                if let Some(session) = subject.session.as_ref().filter(|_| !occasion.simulated) {
                    asking.filings.push(Filing::of(&subject, session, question, &ruling));
                }
                (Answer::of(&ruling), explained)
            }
        };
        let told = Told { simulated: occasion.simulated, explained: occasion.explain.then_some(explained) };
        Ok(Answer { told: Some(Box::new(told)), ..answer })
    }

    async fn explain(
        &self,
        asking: &Asking<'_>,
        ctx: &Ctx,
        question: Question<'_>,
        subject: &Arc<Principal>,
    ) -> Result<(Ruling, Explained), Refusal> {
        let gate = subject.gate(ctx.now);
        let visit = subject.session.as_deref().map(Visit::of);
        let heard = match Heard::of(question.action, question.resource) {
            Ok(heard) => heard,
            Err(because) => return Ok((Ruling::Deny(because), Explained { gate, visit, ..Explained::default() })),
        };
        let known = self.known(ctx, subject, &heard.resource).await?;
        let groups = known.groups();
        let ask = heard.ask(asking, question, subject, known.around(&groups));
        let ruling = subject.decide(&ask, ctx.now);
        let valid_until = self.turns_at(asking, ctx, subject, &ask).await?;
        let told = match gate {
            None => subject.rights.explain(&ask, ctx.now),
            Some(why) => Explanation { ruling: Ruling::Deny(Because::Gate(why)), deciding: Vec::new(), near: Vec::new(), considered: 0 },
        };
        let grounds = |by| {
            let (source, statement) = subject.rights.find(by)?;
            let (origin, path) = (source.origin.clone(), source.path.clone());
            Some(Grounds { statement: statement.clone(), number: by.statement, origin, path, ends: source.until })
        };
        let explained = Explained {
            valid_until,
            deciding: told.deciding.into_iter().filter_map(grounds).collect(),
            near: told.near.into_iter().filter_map(|near| Some((grounds(near.by)?, near.missed))).collect(),
            considered: told.considered,
            gate,
            visit,
            grant: None,
            asked: Some((heard.action.to_string(), ResourceId::from(heard.resource).to_string())),
        };
        Ok((ruling, explained))
    }

    /// When the answer turns by the clock alone.
    async fn turns_at(
        &self,
        asking: &Asking<'_>,
        ctx: &Ctx,
        subject: &Arc<Principal>,
        ask: &Ask<'_>,
    ) -> Result<Option<Timestamp>, Refusal> {
        let is_itself = asking.caller.session().is_some();
        let standing = self.standing(ctx, subject, is_itself).await?;
        let leaves_at = match &subject.session {
            Some(session) => {
                let agent = self.0.store.find_principal(&RealmId::vendor(), session.agent, &ctx.moment()).await?;
                agent.and_then(|agent| agent.ends_at)
            }
            None => None,
        };
        Ok(turns_at(&standing, leaves_at, ask, ctx.now))
    }
}
