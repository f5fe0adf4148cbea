//! The agent's side: which tenants stand open, entering one with a reason, and leaving it. And the way in for a tenant's own
//! people, who have but one place to go.

use askama::Template;
use axum::http::StatusCode;
use vestibule_core::{
    id::RealmId,
    policy::{Effect, Statement},
    refusal::Refusal,
    support::{Entry, SessionEnd},
};
use vestibule_operations::OpenRealm;

use super::{
    Named, PATH, Page, faults,
    frame::{self, Frame, page},
    named,
    visit::{Visit, see_other},
};
use crate::call::Answer;

/// The pages of this file.
pub const PAGES: &[Page] = &[
    Page { path: PATH, attempted: "console.start", show: Some(show), act: None },
    Page { path: "/console/enter/{realm}", attempted: "support-sessions.enter", show: Some(ask), act: Some(enter) },
    Page { path: "/console/leave", attempted: "support-sessions.leave", show: None, act: Some(leave) },
];

#[derive(Template)]
#[template(path = "console/agent.html")]
struct AgentPage {
    f: Frame,
    open: Vec<OpenRealm>,
    may: Vec<Statement>,
}

#[derive(Template)]
#[template(path = "console/enter.html")]
struct EnterPage {
    f: Frame,
    realm: OpenRealm,
    reason: String,
    ticket: String,
}

/// A tenant's person goes to what they may see of the tenant, and is told there what this address tells; one of the vendor's
/// sees where to go.
fn show(visit: Visit, _: Named) -> Answer {
    Box::pin(async move {
        if !visit.who.home.is_vendor() {
            let told = visit.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            return Ok(see_other(&format!("{}{told}", frame::start(&visit))));
        }
        let open = visit.operations.open_realms(&visit.ctx).await?;
        let sources = visit.who.visitor.iter().flat_map(|visitor| visitor.rights.sources());
        let may = sources.flat_map(|source| source.statements.iter().cloned()).collect();
        Ok(page(StatusCode::OK, &AgentPage { f: Frame::of(&visit, None, ""), open, may }))
    })
}

async fn find_open(visit: &Visit, realm: &RealmId) -> Result<OpenRealm, Refusal> {
    let open = visit.operations.open_realms(&visit.ctx).await?;
    // One that does not stand open, and one that is not there: the same page.
    open.into_iter().find(|one| one.id == *realm).ok_or(Refusal::NotAdmitted)
}

fn ask(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { asked(visit, named(&params, 0)?, None).await })
}

async fn asked(visit: Visit, realm: RealmId, fault: Option<String>) -> Result<axum::response::Response, Refusal> {
    let realm = find_open(&visit, &realm).await?;
    let sent = |name| visit.form.find(name).unwrap_or_default().to_owned();
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let (reason, ticket) = (sent("reason"), sent("ticket"));
    Ok(page(status, &EnterPage { f: Frame::of(&visit, None, "").with_fault(fault), realm, reason, ticket }))
}

fn enter(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        let entry = match Entry::new(visit.form.find("reason").unwrap_or_default(), visit.form.find("ticket")) {
            Ok(entry) => entry,
            Err(malformed) => {
                let fault = faults::of(visit.speech, &malformed);
                return asked(visit, realm, Some(fault)).await;
            }
        };
        visit.operations.console_enter(&visit.ctx, &visit.cookie, &realm, entry).await?;
        Ok(see_other(&format!("{PATH}?done=entered")))
    })
}

fn leave(visit: Visit, _: Named) -> Answer {
    Box::pin(async move {
        if let (Some(caller), Some((realm, id))) = (visit.who.visiting(), visit.who.session.visit.clone()) {
            let ctx = visit.ctx.clone().as_caller(caller);
            match visit
                .operations
                .write(&ctx, &realm, move |mut work| Box::pin(async move { work.end_session(id, SessionEnd::Left).await }))
                .await
            {
                // It was over already.
                Ok(_) | Err(Refusal::Conflict { .. }) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(see_other(&format!("{PATH}?done=left")))
    })
}

/// What a statement says, in two columns.
impl AgentPage {
    fn is_allow(&self, statement: &Statement) -> bool {
        statement.effect() == Effect::Allow
    }

    fn actions(&self, statement: &Statement) -> String {
        statement.actions().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    fn resources(&self, statement: &Statement) -> String {
        statement.resources().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}
