//! What visiting agents may or may not do enters the realm's log before it is answered: one event for
//! each such decision, all of one request in one unit of work.

use vestibule_core::{
    audit::{Action, Outcome, Reason, Thing},
    policy::{Because, Resource, ResourceId, Ruling},
    principal::Principal,
    refusal::Refusal,
    support::SupportSession,
};

use super::{Answer, Asking, Question};
use crate::operations::Operations;

/// One decision, as the log is to tell of it.
pub(super) struct Filing {
    action: Action,
    outcome: Outcome,
    reason: Reason,
    session: SupportSession,
    account: String,
    resource: String,
    asked: String,
}

impl Filing {
    pub(super) fn of(subject: &Principal, session: &SupportSession, question: Question<'_>, ruling: &Ruling) -> Self {
        let (action, outcome, by) = match *ruling {
            Ruling::Allow { by } => (Action::DecisionAllowed, Outcome::Success, Some(by)),
            Ruling::Deny(Because::Denied(by) | Because::Unreadable(by)) => (Action::DecisionDenied, Outcome::Denied, Some(by)),
            Ruling::Deny(_) => (Action::DecisionDenied, Outcome::Denied, None),
        };
        let statement = by.and_then(|by| Some((subject.rights.sources().get(by.source)?, by.statement)));
        let statement = statement.map(|(source, number)| format!("{}#{number}", source.path.join("/")));
        let resource = Resource::from_entity(&question.resource.kind, &question.resource.id, false).map(ResourceId::from);
        Self {
            action,
            outcome,
            reason: Reason { code: Answer::of(ruling).reason.into(), ticket: None, statement, policy_version: None },
            session: session.clone(),
            account: subject.key.to_string(),
            resource: resource.map_or_else(|_| "unreadable".to_owned(), |resource| resource.to_string()),
            asked: question.action.name.to_string(),
        }
    }
}

impl Operations {
    /// Files what was decided about visiting agents.
    pub(super) async fn file_decisions(&self, asking: &mut Asking<'_>) -> Result<(), Refusal> {
        if asking.filings.is_empty() {
            return Ok(());
        }
        let filings = std::mem::take(&mut asking.filings);
        self.write(asking.ctx, &asking.caller.principal.realm, move |work| {
            Box::pin(async move {
                for filing in filings {
                    let (agent, name) = (filing.session.agent.to_string(), filing.session.agent_email.clone());
                    let mut draft = work
                        .draft(filing.action, Thing::new("resource", filing.resource))
                        .with_outcome(filing.outcome)
                        .with_reason(filing.reason)
                        .with_data("action", filing.asked)
                        .with_acting_for(Thing::new("account", filing.account))
                        .with_session(work.session_ref(&filing.session));
                    if draft.actor.id != agent {
                        draft = draft.with_sealed("session.agent", agent, name);
                    }
                    work.tx.record(draft);
                }
                Ok(())
            })
        })
        .await
    }
}
