//! Entering and leaving: support sessions.

use std::{collections::BTreeMap, sync::Arc};

use secrecy::SecretString;
use vestibule_core::{
    account::{Account, AccountKind},
    audit::{Action, Reason, SessionRef, Thing},
    authorship::Authorship,
    id::{AccountId, AccountKey, SessionId},
    refusal::{Fault, Malformed, Refusal, Unauthenticated},
    support::{Admission, Admitter, Entry, SessionEnd, SupportSession, admit},
    time::Timestamp,
};
use vestibule_store::{Page, PageRequest, SessionFilter};

use crate::{
    context::{AccountCaller, Ctx, grant_name},
    unit_of_work::UnitOfWork,
};

/// What leads the id of an agent's account inside a realm, so that it never is a tenant's own.
pub const VISITOR_PREFIX: &str = "support::";

/// The attribute of an agent's account that says what let the agent in last.
pub(crate) const ADMITTED_BY: &str = "admitted_by";

/// An agent who has entered.
#[derive(Debug)]
pub struct Entered {
    /// The session.
    pub session: SupportSession,
    /// The token, to be shown once.
    pub token: SecretString,
}

impl UnitOfWork<'_> {
    /// Admits the calling agent of the vendor and begins a session. An agent who is not admitted and a realm
    /// that does not exist look alike from outside: [`Refusal::NotAdmitted`] and [`Refusal::Absent`].
    pub async fn enter(&mut self, entry: Entry) -> Result<Entered, Refusal> {
        let caller = self.ctx.agent()?.clone();
        let email = caller.principal.id.as_str().to_owned();
        let admission = self.admission(&email).await?;
        let account = self.visitor(&email, &caller.principal.name, &admission).await?;
        let session = SupportSession {
            id: SessionId::fresh(self.now(), &self.ctx.chance),
            agent: caller.principal.key,
            agent_email: email,
            account: account.key,
            entry,
            admitted_by: admission.by,
            started_at: self.now(),
            ends_at: SupportSession::end_of(&admission, self.now(), self.house.settings.session_limit_s),
            ended: None,
        };
        self.tx.save_session(&session).await?;
        let agent = session.agent.to_string();
        let mut draft = self
            .draft(Action::SessionEntered, Thing::new("realm", self.realm.id.to_string()))
            .with_acting_for(Thing::new("account", account.key.to_string()))
            .with_session(self.session_ref(&session))
            .with_sealed("reason.text", agent, session.entry.reason())
            .with_data("ends_at", session.ends_at.to_string());
        draft = draft.with_reason(Reason {
            code: if session.entry.ticket().is_some() { "ticket" } else { "stated" }.into(),
            ticket: session.entry.ticket().map(str::to_owned),
            statement: None,
            policy_version: None,
        });
        self.tx.record(draft);
        let token = self.house.tokens.issue_session(&session, &self.realm.id, &account, &self.ctx)?;
        Ok(Entered { session, token })
    }

    pub(crate) async fn admission(&mut self, email: &str) -> Result<Admission, Refusal> {
        let support = self.realm.support.clone();
        // The feature switch is about the list; a window is opened by an act of its own.
        let invitations = if support.enabled { self.tx.list_invitations().await? } else { Vec::new() };
        let window = self.tx.find_window().await?;
        admit(email, &support.staff_domain, &invitations, window.as_ref(), self.now()).map_err(|_| Refusal::NotAdmitted)
    }

    /// The agent's account in this realm, made on the first entry.
    async fn visitor(&mut self, email: &str, name: &str, admission: &Admission) -> Result<Account, Refusal> {
        let id: AccountId = format!("{VISITOR_PREFIX}{email}").parse().map_err(|m: Malformed| m.of("email"))?;
        let by = BTreeMap::from([(ADMITTED_BY.to_owned(), grant_name(admission.by).into())]);
        match self.tx.find_account_named(&id.folded()).await? {
            Some(account) if !account.active => Err(Refusal::NotAdmitted),
            Some(account) if account.attributes == by => Ok(account),
            Some(account) => {
                let authorship = account.authorship.changed(self.ctx.author(), self.now());
                let account = Account { attributes: by, version: account.version + 1, authorship, ..account };
                self.tx.save_account(&account).await?;
                Ok(account)
            }
            None => {
                let account = Account {
                    key: AccountKey::fresh(self.now(), &self.ctx.chance),
                    id,
                    kind: AccountKind::Support,
                    name: name.to_owned(),
                    description: String::new(),
                    active: true,
                    ends_at: None,
                    statements: Vec::new(),
                    attributes: by,
                    version: 1,
                    created_at: self.now(),
                    profile: Default::default(),
                    seat: Default::default(),
                    authorship: Authorship::made_by(self.ctx.author()),
                };
                self.tx.save_account(&account).await?;
                let target = Thing::new("account", account.key.to_string());
                let draft = self.draft(Action::AccountCreated, target).with_data("kind", "support");
                self.tx.record(draft.with_sealed("target.name", account.key.to_string(), account.id.as_str()));
                Ok(account)
            }
        }
    }

    /// A page of the realm's sessions, newest first.
    pub async fn sessions(&mut self, filter: SessionFilter, page: PageRequest) -> Result<Page<SupportSession>, Refusal> {
        if page.after.as_ref().is_some_and(|after| after.parse::<SessionId>().is_err()) {
            return Err(Malformed::new("after", Fault::Format("a cursor of this list")).into());
        }
        Ok(self.tx.list_sessions(&filter, page).await?)
    }

    /// One session.
    pub async fn session(&mut self, id: SessionId) -> Result<SupportSession, Refusal> {
        self.tx.find_session(id).await?.ok_or(Refusal::Absent("session"))
    }

    /// Ends one live session; one that is over is refused with [`Refusal::Conflict`].
    pub async fn end_session(&mut self, id: SessionId, why: SessionEnd) -> Result<SupportSession, Refusal> {
        let session = self.session(id).await?;
        self.end(session, why).await
    }

    /// Ends every live session and counts them.
    pub async fn end_all_sessions(&mut self) -> Result<u64, Refusal> {
        let live = self.tx.list_live_sessions(None).await?;
        let count = live.len() as u64;
        for session in live {
            self.end(session, SessionEnd::EndedByTenant).await?;
        }
        Ok(count)
    }

    pub(crate) async fn end_sessions_resting_on(&mut self, by: Admitter, why: SessionEnd) -> Result<(), Refusal> {
        for session in self.tx.list_live_sessions(Some(by)).await? {
            self.end(session, why).await?;
        }
        Ok(())
    }

    /// Sessions end when what they rest on does; a later end does not lengthen them.
    pub(crate) async fn shorten_sessions(&mut self, by: Admitter, until: Option<Timestamp>) -> Result<(), Refusal> {
        for session in self.tx.list_live_sessions(Some(by)).await? {
            let shortened = session.clone().shortened_to(until);
            if shortened != session {
                self.tx.save_session(&shortened).await?;
            }
        }
        Ok(())
    }

    async fn end(&mut self, session: SupportSession, why: SessionEnd) -> Result<SupportSession, Refusal> {
        let session = session.end(why, self.now())?;
        self.tx.save_session(&session).await?;
        let draft = self
            .draft(Action::SessionEnded, Thing::new("session", session.id.to_string()))
            .with_session(self.session_ref(&session))
            .with_reason(Reason { code: why.as_str().into(), ticket: None, statement: None, policy_version: None });
        self.tx.record(draft);
        Ok(session)
    }

    pub(crate) fn session_ref(&self, session: &SupportSession) -> SessionRef {
        SessionRef { id: session.id, grant: grant_name(session.admitted_by), consent: self.realm.support.list_id.to_string() }
    }
}

impl Ctx {
    /// The caller, if it could enter a realm at all: only a person of the vendor's realm, outside any
    /// session, can. Asked before a realm is looked up, so that nobody else learns which ones there are.
    pub fn agent(&self) -> Result<&Arc<AccountCaller>, Refusal> {
        let caller = self.account()?;
        let principal = &caller.principal;
        match principal.realm.is_vendor() && principal.kind == AccountKind::User && principal.session.is_none() {
            true => Ok(caller),
            false => Err(Refusal::NotAdmitted),
        }
    }

    /// How a session is being ended: an agent leaves its own, the tenant ends any.
    pub fn way_of_ending(&self, id: SessionId) -> Result<SessionEnd, Refusal> {
        match self.account()?.session() {
            Some(own) if own.id == id => Ok(SessionEnd::Left),
            Some(_) => Err(Refusal::Absent("session")),
            None => Ok(SessionEnd::EndedByTenant),
        }
    }
}

/// Why a session's token is refused, by how the session stands.
pub(crate) fn dead_session(standing: vestibule_core::support::SessionStanding) -> Option<Unauthenticated> {
    use vestibule_core::support::SessionStanding::{Ended, Lapsed, Live};
    match standing {
        Live => None,
        Lapsed => Some(Unauthenticated::Expired),
        Ended => Some(Unauthenticated::Revoked),
    }
}
