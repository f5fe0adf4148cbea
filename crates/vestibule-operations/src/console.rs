//! People at the console: they sign in with a password or a link, are known by a cookie, and leave. An agent of the vendor
//! who enters a tenant from the console acts there as the visitor that the session makes of them, and as nobody else.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    account::AccountKind,
    audit::{Action, Thing},
    console_session::{ConsoleLink, ConsoleSession},
    id::{AccountId, RealmId, SessionId},
    principal::Principal,
    refusal::{Refusal, Unauthenticated},
    scope::Scopes,
    support::{Admitter, Entry, SessionEnd},
    time::Timestamp,
};

use crate::{
    context::{AccountCaller, Caller, Ctx},
    operations::Operations,
    second_factor::{Proof, SignedIn},
    unit_of_work::UnitOfWork,
};

/// What cookies and links are hashed as.
const COOKIE: &str = "console";
const LINK: &str = "console-link";
/// What forms of the console are for.
const FORM: &str = "console";
/// Longest cookie or link that is looked at, in bytes; ours have 43.
const SECRET_BYTES_MAX: usize = 128;

/// How somebody is at the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// They asked for something themselves: their session goes on by it.
    Acting,
    /// An open page of theirs looks by itself, which keeps no session from idling.
    Watching,
}

/// Somebody at the console.
#[derive(Debug, Clone)]
pub struct ConsoleCaller {
    /// The realm that they signed in to.
    pub home: RealmId,
    /// Their own account.
    pub principal: Arc<Principal>,
    /// The session.
    pub session: ConsoleSession,
    /// The visitor that they are while inside a tenant.
    pub visitor: Option<Arc<Principal>>,
    /// What their forms must carry.
    pub form_token: String,
}

impl ConsoleCaller {
    /// Who asks: the account, outside of any visit.
    pub fn own(&self) -> Caller {
        caller(&self.principal, &self.session)
    }

    /// Who asks inside the tenant that is being visited.
    pub fn visiting(&self) -> Option<Caller> {
        self.visitor.as_ref().map(|visitor| caller(visitor, &self.session))
    }
}

fn caller(principal: &Arc<Principal>, session: &ConsoleSession) -> Caller {
    let credential = session.credential.filter(|_| principal.session.is_none());
    Caller::Account(Arc::new(AccountCaller { principal: principal.clone(), credential, scope: None, scopes: Scopes::All }))
}

impl Operations {
    /// Signs somebody in with a name and a password, or half in: whoever has factors must prove one of them, too. Refuses as
    /// [`Operations::basic`] does.
    pub async fn console_sign_in(
        &self,
        ctx: &Ctx,
        realm: Option<&RealmId>,
        user: &str,
        password: &SecretString,
    ) -> Result<SignedIn, Refusal> {
        let (person, password) = self.person_by_password(ctx, realm, user, password).await?;
        if self.has_factors(ctx, &person.principal).await? {
            return Ok(SignedIn::Half(self.half_signed_in(ctx, &person.principal, password)?));
        }
        let session = ConsoleSession::new(person.principal.key, Some(password), ctx.now);
        self.begin_console_session(ctx, &person.principal, session, Proof::Password).await.map(SignedIn::Whole)
    }

    /// Makes a link that signs a person's account in, once. For whoever runs the server: nothing else proves the account.
    pub async fn console_link(&self, ctx: &Ctx, realm: &RealmId, account: &AccountId) -> Result<SecretString, Refusal> {
        let (secret, folded) = (ctx.chance.secret(), account.folded());
        let lookup = self.0.store.sealer().lookup(LINK, secret.expose_secret());
        self.write(ctx, realm, move |work| {
            Box::pin(async move {
                // A robot has no eyes for pages.
                let person = work.tx.find_account_named(&folded).await?.filter(|account| account.kind == AccountKind::User);
                let account = person.ok_or(Refusal::Absent("account"))?;
                let until = work.now().plus_seconds(ConsoleLink::LIFETIME_S);
                work.tx.insert_console_link(account.key, &lookup, until).await?;
                let draft = work.draft(Action::SigninLinkCreated, Thing::new("account", account.key.to_string()));
                Ok(work.tx.record(draft.with_data("expires_at", until.to_string())))
            })
        })
        .await?;
        Ok(secret)
    }

    /// Signs in by a link, which is used up.
    pub async fn console_sign_in_by_link(&self, ctx: &Ctx, link: &SecretString) -> Result<SecretString, Refusal> {
        let lookup = self.secret_lookup(LINK, link)?;
        let found = self.0.store.find_console_link(lookup, &ctx.moment()).await?;
        let (realm, account) = found.ok_or(Unauthenticated::Unknown)?;
        let principal = self.principal(ctx, &realm, account).await?;
        self.begin_console_session(ctx, &principal, ConsoleSession::new(account, None, ctx.now), Proof::Link(lookup)).await
    }

    /// Begins a session, and uses up what it is begun with.
    pub(crate) async fn begin_console_session(
        &self,
        ctx: &Ctx,
        principal: &Arc<Principal>,
        session: ConsoleSession,
        proof: Proof,
    ) -> Result<SecretString, Refusal> {
        // A robot has no eyes, and a visitor's account is used through its session alone.
        if principal.kind != AccountKind::User {
            return Err(Unauthenticated::Unknown.into());
        }
        let secret = ctx.chance.secret();
        let lookup = self.0.store.sealer().lookup(COOKIE, secret.expose_secret());
        let ctx = ctx.clone().as_caller(caller(principal, &session));
        self.write(&ctx, &principal.realm, move |mut work| {
            Box::pin(async move {
                let by = work.use_proof(session.account, &proof).await?;
                work.tx.insert_console_session(&session, &lookup).await?;
                let draft = work.draft(Action::SigninSucceeded, Thing::new("account", session.account.to_string()));
                Ok(work.tx.record(draft.with_data("at", "console").with_data("by", by)))
            })
        })
        .await?;
        Ok(secret)
    }

    /// Whom a cookie stands for. A session that is over, whose credential is gone or whose account may not act is nobody's.
    pub async fn console_caller(&self, ctx: &Ctx, cookie: &SecretString, presence: Presence) -> Result<ConsoleCaller, Refusal> {
        let (home, lookup, session) = self.console_session(ctx, cookie).await?;
        if let Some(credential) = session.credential {
            self.live_key(ctx, &home, credential).await?;
        }
        let principal = self.principal(ctx, &home, session.account).await?;
        let visitor = match &session.visit {
            Some((realm, visit)) => self.0.store.find_visitor(realm, *visit, &ctx.moment()).await?,
            None => None,
        };
        if presence == Presence::Acting && session.is_worth_noting(ctx.now) {
            self.write(ctx, &home, move |work| Box::pin(async move { Ok(work.tx.note_console_session(&lookup).await?) })).await?;
        }
        let visitor = visitor.filter(|visitor| visitor.gate(ctx.now).is_none());
        let form_token = self.console_form_token(cookie);
        Ok(ConsoleCaller { home, principal, session, visitor, form_token })
    }

    /// What the forms of whoever has this cookie must carry.
    pub fn console_form_token(&self, cookie: &SecretString) -> String {
        self.form_token(cookie.expose_secret(), FORM)
    }

    /// Whether a form carries it.
    pub fn is_console_form_token(&self, cookie: &SecretString, presented: &str) -> bool {
        self.is_form_token(cookie.expose_secret(), FORM, presented)
    }

    /// The keyed hash under which a cookie's session is kept.
    pub(crate) fn cookie_lookup(&self, cookie: &SecretString) -> [u8; 32] {
        self.0.store.sealer().lookup(COOKIE, cookie.expose_secret())
    }

    async fn console_session(&self, ctx: &Ctx, cookie: &SecretString) -> Result<(RealmId, [u8; 32], ConsoleSession), Refusal> {
        let lookup = self.secret_lookup(COOKIE, cookie)?;
        let found = self.0.store.find_console_session(lookup, &ctx.moment()).await?.ok_or(Unauthenticated::Unknown)?;
        let (home, session) = found;
        match session.is_live(ctx.now) {
            true => Ok((home, lookup, session)),
            false => Err(Unauthenticated::Expired.into()),
        }
    }

    fn secret_lookup(&self, purpose: &'static str, secret: &SecretString) -> Result<[u8; 32], Refusal> {
        match secret.expose_secret() {
            long if long.len() > SECRET_BYTES_MAX => Err(Unauthenticated::Unknown.into()),
            text => Ok(self.0.store.sealer().lookup(purpose, text)),
        }
    }

    /// Signs out: this session, or every one of its account.
    pub async fn console_sign_out(&self, ctx: &Ctx, cookie: &SecretString, everywhere: bool) -> Result<(), Refusal> {
        let (home, lookup, session) = self.console_session(ctx, cookie).await?;
        let principal = self.principal(ctx, &home, session.account).await?;
        let ctx = ctx.clone().as_caller(caller(&principal, &session));
        self.write(&ctx, &home, move |work| {
            Box::pin(async move {
                match everywhere {
                    true => work.tx.delete_console_sessions_of(session.account).await?,
                    false => drop(work.tx.delete_console_session(&lookup).await?),
                }
                let draft = work.draft(Action::SigninEnded, Thing::new("account", session.account.to_string()));
                Ok(work.tx.record(draft.with_data("everywhere", everywhere.to_string())))
            })
        })
        .await
    }

    /// Enters a tenant from the console: as [`crate::UnitOfWork::enter`], and the console session is inside from then on.
    pub async fn console_enter(&self, ctx: &Ctx, cookie: &SecretString, realm: &RealmId, entry: Entry) -> Result<SessionId, Refusal> {
        let (home, lookup, _) = self.console_session(ctx, cookie).await?;
        ctx.agent()?;
        let entered = self.write(ctx, realm, move |mut work| Box::pin(async move { work.enter(entry).await })).await?;
        let id = entered.session.id;
        let there = realm.clone();
        let go_in = self.write(ctx, &home, move |work| Box::pin(async move { Ok(work.tx.visit_from_console(&lookup, &there, id).await?) }));
        if go_in.await? {
            return Ok(id);
        }
        // Whoever signed out meanwhile is not inside, and leaves no visit open that nobody could leave.
        self.write(ctx, realm, move |mut work| Box::pin(async move { work.end_session(id, SessionEnd::Left).await })).await?;
        Err(Unauthenticated::Revoked.into())
    }
}

/// A tenant that stands open to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRealm {
    /// Which.
    pub id: RealmId,
    /// Its name.
    pub name: String,
    /// Whether a window lets the agent in; otherwise an invitation does.
    pub by_window: bool,
    /// Until when, if ever it ends.
    pub until: Option<Timestamp>,
}

impl UnitOfWork<'_> {
    /// The realm, if it would admit this agent now.
    async fn stands_open_to(&mut self, email: &str) -> Result<Option<OpenRealm>, Refusal> {
        let admission = match self.admission(email).await {
            Ok(admission) => admission,
            Err(Refusal::NotAdmitted) => return Ok(None),
            Err(refusal) => return Err(refusal),
        };
        let by_window = matches!(admission.by, Admitter::Window { .. });
        Ok(Some(OpenRealm { id: self.realm.id.clone(), name: self.realm.name.clone(), by_window, until: admission.until }))
    }
}

/// Most tenants that are listed as open.
const OPEN_MAX: usize = 200;

impl Operations {
    /// The tenants that the calling agent could enter now, by id. Each is asked as it would be on entering.
    pub async fn open_realms(&self, ctx: &Ctx) -> Result<Vec<OpenRealm>, Refusal> {
        let email = ctx.agent()?.principal.id.folded();
        let candidates = self.0.store.find_open_realms(&email, OPEN_MAX, &ctx.moment()).await?;
        let mut open = Vec::with_capacity(candidates.len());
        for realm in candidates {
            let agent = email.clone();
            open.extend(self.read(ctx, &realm, move |mut work| Box::pin(async move { work.stands_open_to(&agent).await })).await?);
        }
        Ok(open)
    }
}
