//! Whom a question is about, and what it is about.

use std::sync::Arc;

use vestibule_core::{
    account::AccountKind,
    id::{AccountId, RealmId, SessionId},
    object::Object,
    policy::{Ask, Because, GateReason, Item, Resource, Ruling},
    principal::Principal,
    refusal::Refusal,
    support::{SessionEnd, SessionStanding, SupportSession},
    time::Timestamp,
};
use vestibule_store::{PageRequest, SessionFilter, Tx};

use super::{Entity, customers};
use crate::{
    context::{AccountCaller, Ctx},
    operations::Operations,
    sessions::VISITOR_PREFIX,
};

/// Whom a question is about.
#[derive(Clone)]
pub(super) enum Subject {
    /// Somebody of the realm.
    Somebody(Arc<Principal>),
    /// One of the realm's customers, whom no statement speaks of: see [`super::customers`].
    Customer,
    /// Nobody, and why.
    Nobody(GateReason),
}

impl From<Option<Arc<Principal>>> for Subject {
    fn from(found: Option<Arc<Principal>>) -> Self {
        found.map_or(Self::Nobody(GateReason::SubjectUnknown), Self::Somebody)
    }
}

/// An agent's visits to a realm.
struct Visits {
    /// Those that are live, newest first.
    live: Vec<SessionId>,
    /// The newest, if none is live.
    last: Option<SupportSession>,
}

impl Visits {
    async fn find(tx: &mut Tx, email: String) -> Result<Self, Refusal> {
        let now = tx.now();
        let is_theirs = |session: &SupportSession| session.started_at <= now && session.agent_email.eq_ignore_ascii_case(&email);
        let live = tx.list_live_sessions(None).await?;
        let live: Vec<_> = live.iter().rev().filter(|session| is_theirs(session)).map(|session| session.id).collect();
        let last = match live.is_empty() {
            true => {
                let newest = PageRequest { after: None, limit: 1 };
                tx.list_sessions(&SessionFilter { live: None, agent: Some(email) }, newest).await?.items.pop()
            }
            false => None,
        };
        Ok(Self { live, last })
    }

    /// Why the agent is not inside.
    fn missing(&self, ctx: &Ctx) -> GateReason {
        let Some(last) = &self.last else { return GateReason::NotAdmitted };
        match (last.standing(ctx.now), last.ended) {
            (SessionStanding::Lapsed, _) => GateReason::SessionLapsed,
            (SessionStanding::Live, _) | (SessionStanding::Ended, Some((_, SessionEnd::Left)) | None) => GateReason::NotAdmitted,
            (SessionStanding::Ended, Some(_)) => GateReason::SessionEnded,
        }
    }
}

/// The right to ask about others. Every account has it that no statement denies it; an agent inside a session has it not.
const EVALUATE: &str = "authzen:evaluate";

/// Refuses whoever may ask about itself alone.
pub(super) fn may_ask_about_others(caller: &AccountCaller, now: Timestamp) -> Result<(), Refusal> {
    let because = match caller.session() {
        Some(_) => Because::NothingAllows,
        None => match caller.principal.decide(&Ask::new(EVALUATE, Resource::whole("authzen", "authzen")), now) {
            Ruling::Allow { .. } | Ruling::Deny(Because::NothingAllows) => return Ok(()),
            Ruling::Deny(because) => because,
        },
    };
    Err(Refusal::Forbidden { action: EVALUATE.to_owned(), because })
}

/// The kind of account that a subject's type stands for.
pub(super) fn account_kind(kind: &str) -> Option<AccountKind> {
    match kind {
        "user" => Some(AccountKind::User),
        "service" => Some(AccountKind::Service),
        _ => None,
    }
}

impl Operations {
    /// An account of a realm with all that it may do, and whence each right comes: of a visiting agent, what its newest
    /// live visit gives it. Whether it may act at all now, its gate says.
    pub async fn rights_of(&self, ctx: &Ctx, realm: &RealmId, id: &AccountId) -> Result<Arc<Principal>, Refusal> {
        let absent = Refusal::Absent("account");
        let key = self.0.store.find_account_key(realm, id.folded(), &ctx.moment()).await?.ok_or(absent.clone())?;
        let account = self.0.store.find_principal(realm, key, &ctx.moment()).await?.ok_or(absent)?;
        let Some(email) = account.id.as_str().strip_prefix(VISITOR_PREFIX).filter(|_| account.kind == AccountKind::Support) else {
            return Ok(account);
        };
        match self.visitor(ctx, realm, email).await? {
            Subject::Somebody(visitor) => Ok(visitor),
            Subject::Nobody(_) | Subject::Customer => Ok(account),
        }
    }

    /// Whom the question is about, if there is such a one in the caller's realm.
    pub(super) async fn subject(&self, ctx: &Ctx, caller: &AccountCaller, asked: &Entity<'_>) -> Result<Subject, Refusal> {
        let own = &caller.principal;
        let is_itself = match caller.session() {
            Some(session) => asked.kind == "support" && asked.id.eq_ignore_ascii_case(&session.agent_email),
            None => *asked.kind == *own.kind.as_str() && *asked.id == *own.id.as_str(),
        };
        if is_itself {
            return Ok(Subject::Somebody(own.clone()));
        }
        may_ask_about_others(caller, ctx.now)?;
        let wanted = match &*asked.kind {
            customers::KIND => return Ok(Subject::Customer),
            "support" => return self.visitor(ctx, &own.realm, &asked.id).await,
            kind => account_kind(kind).filter(|_| asked.id.len() <= AccountId::BYTES_MAX),
        };
        let Some(wanted) = wanted else { return Ok(Subject::Nobody(GateReason::SubjectUnknown)) };
        let Some(key) = self.0.store.find_account_key(&own.realm, asked.id.to_ascii_lowercase(), &ctx.moment()).await? else {
            return Ok(Subject::Nobody(GateReason::SubjectUnknown));
        };
        let found = self.0.store.find_principal(&own.realm, key, &ctx.moment()).await?;
        Ok(found.filter(|principal| principal.kind == wanted).into())
    }

    /// An agent's live visit, the newest if there are several.
    async fn visitor(&self, ctx: &Ctx, realm: &RealmId, email: &str) -> Result<Subject, Refusal> {
        let visits = self.visits(ctx, realm, email).await?;
        let Some(newest) = visits.live.first() else { return Ok(Subject::Nobody(visits.missing(ctx))) };
        let visitor = self.visitor_in(ctx, realm, *newest).await?;
        Ok(visitor.map_or(Subject::Nobody(GateReason::NotAdmitted), Subject::Somebody))
    }

    async fn visits(&self, ctx: &Ctx, realm: &RealmId, email: &str) -> Result<Visits, Refusal> {
        let email = email.to_owned();
        self.0.store.read(realm, ctx.moment(), move |tx| Box::pin(Visits::find(tx, email))).await
    }

    /// The agent inside a session. One who has left the vendor is out of every realm.
    pub(super) async fn visitor_in(&self, ctx: &Ctx, realm: &RealmId, id: SessionId) -> Result<Option<Arc<Principal>>, Refusal> {
        let Some(visitor) = self.0.store.find_visitor(realm, id, &ctx.moment()).await? else { return Ok(None) };
        let Some(inside) = &visitor.session else { return Ok(None) };
        match self.principal(ctx, &RealmId::vendor(), inside.agent).await {
            Ok(_) => Ok(Some(visitor)),
            Err(Refusal::Unauthenticated(_)) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// Whoever answers for a subject as time goes by: an agent's live visits, newest first, or the account itself.
    pub(super) async fn standing(&self, ctx: &Ctx, subject: &Arc<Principal>, is_itself: bool) -> Result<Vec<Arc<Principal>>, Refusal> {
        let Some(session) = subject.session.as_ref().filter(|_| !is_itself) else { return Ok(vec![subject.clone()]) };
        let mut standing = Vec::new();
        for id in self.visits(ctx, &subject.realm, &session.agent_email).await?.live {
            standing.extend(self.0.store.find_visitor(&subject.realm, id, &ctx.moment()).await?);
        }
        Ok(standing)
    }

    /// What the realm says of one of its things, if it says anything.
    pub(super) async fn existing_object(&self, ctx: &Ctx, realm: &RealmId, asked: &Resource<'_>) -> Result<Option<Arc<Object>>, Refusal> {
        match asked.item {
            Item::One(id) if id.len() <= Object::NAME_BYTES_MAX => {
                let kind = asked.entity_type();
                match kind.len() <= Object::NAME_BYTES_MAX {
                    true => self.0.store.find_object(realm, kind, id.to_string(), &ctx.moment()).await,
                    false => Ok(None),
                }
            }
            Item::One(_) | Item::Group(_) | Item::Whole => Ok(None),
        }
    }
}
