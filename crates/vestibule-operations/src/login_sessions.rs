//! Sessions that begin with a name and a password, for doors that know no tokens (`spec/egain-grants.md`, section 2).

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    account::AccountKind,
    audit::{Action, Draft, Reason, Thing},
    id::{AccountKey, CredentialId, LoginSessionId, RealmId},
    refusal::{Refusal, Unauthenticated},
    scope::Scopes,
    sign_in::LoginSession,
    time::Timestamp,
};

use crate::{
    context::{AccountCaller, Caller, Ctx},
    operations::Operations,
    unit_of_work::UnitOfWork,
};

/// What a session's secret is hashed as.
const LOOKUP: &str = "login-session";
/// Longest session id that is looked at, in bytes; ours have a realm, a dot and 43.
const ID_BYTES_MAX: usize = 128;

/// What becomes of somebody who has as many sessions as one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// The new one is refused.
    Refuse,
    /// The oldest ends.
    EndOldest,
}

/// A session that has begun. `Debug` leaves its id out: whoever has that is inside.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// What the client sends with each call.
    pub session: SecretString,
    /// When it ends if it is not used.
    pub ends_at: Timestamp,
}

impl UnitOfWork<'_> {
    /// Begins a session: at most [`LoginSession::LIVE_MAX`] of one account are live. Units of a realm run one after the
    /// other, so none slips past.
    async fn begin_login_session(
        &mut self,
        account: AccountKey,
        password: CredentialId,
        lookup: [u8; 32],
        when_full: WhenFull,
    ) -> Result<LoginSession, Refusal> {
        let now = self.now();
        let mut live = Vec::new();
        for session in self.tx.list_login_sessions(account).await? {
            match session.check(now) {
                Ok(()) => live.push(session),
                Err(_) => self.tx.forget_login_session(session.id).await?,
            }
        }
        let over = (live.len() + 1).saturating_sub(LoginSession::LIVE_MAX);
        if over > 0 && when_full == WhenFull::Refuse {
            return Err(Refusal::SessionsFull { cap: LoginSession::LIVE_MAX });
        }
        for oldest in live.iter().take(over) {
            self.end_login_session(oldest, "displaced").await?;
        }
        let id = LoginSessionId::fresh(now, &self.ctx.chance);
        let session = LoginSession { id, account, password, started_at: now, seen_at: now };
        self.tx.insert_login_session(&session, lookup).await?;
        let draft = self.login_session_draft(Action::SigninSucceeded, &session);
        self.tx.record(draft);
        Ok(session)
    }

    async fn end_login_session(&mut self, session: &LoginSession, why: &'static str) -> Result<(), Refusal> {
        self.tx.delete_login_session(session.id).await?;
        let reason = Reason { code: why.into(), ..Reason::default() };
        let draft = self.login_session_draft(Action::SigninEnded, session).with_reason(reason);
        self.tx.record(draft);
        Ok(())
    }

    fn login_session_draft(&self, action: Action, session: &LoginSession) -> Draft {
        self.draft(action, Thing::new("login_session", session.id.to_string())).with_data("account", session.account.to_string())
    }
}

impl Operations {
    /// Begins a session for a person, by name and password as [`Operations::basic`] takes them.
    ///
    /// # Errors
    /// Those of [`Operations::basic`], to which a robot with a password is unknown, and whoever has a second factor;
    /// [`Refusal::SessionsFull`].
    pub async fn log_in(
        &self,
        ctx: &Ctx,
        realm: Option<&RealmId>,
        user: &str,
        password: &SecretString,
        when_full: WhenFull,
    ) -> Result<LoggedIn, Refusal> {
        let (person, password) = self.person_by_password(ctx, realm, user, password).await?;
        if self.has_factors(ctx, &person.principal).await? {
            // Half of a proof, at a door that cannot ask for the other half.
            return Err(Unauthenticated::Unknown.into());
        }
        let (realm, key) = (person.principal.realm.clone(), person.principal.key);
        let ctx = ctx.clone().as_caller(Caller::Account(person));
        let secret = ctx.chance.secret();
        let lookup = self.0.store.sealer().lookup(LOOKUP, secret.expose_secret());
        let begin = self
            .write(&ctx, &realm, move |mut work| Box::pin(async move { work.begin_login_session(key, password, lookup, when_full).await }));
        let ends_at = begin.await?.ends_at();
        // The realm stands in front, so that nobody has to look through all of them.
        Ok(LoggedIn { session: SecretString::from(format!("{realm}.{}", secret.expose_secret())), ends_at })
    }

    /// The person whom a name and a password stand for, and the password's credential. Robots have other ways in.
    pub(crate) async fn person_by_password(
        &self,
        ctx: &Ctx,
        realm: Option<&RealmId>,
        user: &str,
        password: &SecretString,
    ) -> Result<(Arc<AccountCaller>, CredentialId), Refusal> {
        let Caller::Account(account) = self.basic(ctx, realm, user, password).await? else { return Err(Refusal::Internal) };
        match account.credential.filter(|_| account.principal.kind == AccountKind::User) {
            Some(password) => Ok((account, password)),
            None => Err(Unauthenticated::Unknown.into()),
        }
    }

    /// The person inside a session.
    ///
    /// # Errors
    /// [`Unauthenticated::Unknown`] for an id that was never given out, and for a session that was ended;
    /// [`Unauthenticated::Expired`] for one that is over by the clock; and however the account or its password stands.
    pub async fn login_session(&self, ctx: &Ctx, raw: &str) -> Result<Caller, Refusal> {
        let (realm, session) = self.find_login_session(ctx, raw).await?;
        session.check(ctx.now)?;
        let password = self.live_key(ctx, &realm, session.password).await?;
        let principal = self.principal(ctx, &realm, session.account).await?;
        if session.is_stale(ctx.now) {
            let id = session.id;
            let note = self.0.store.write(&realm, ctx.moment(), move |tx| Box::pin(async move { Ok(tx.note_login_session(id).await?) }));
            note.await?;
        }
        let scope = password.scope.clone();
        Ok(Caller::Account(Arc::new(AccountCaller { principal, credential: Some(session.password), scope, scopes: Scopes::All })))
    }

    /// Ends a session. One that is not live is refused as [`Operations::login_session`] does.
    pub async fn log_out(&self, ctx: &Ctx, raw: &str) -> Result<(), Refusal> {
        let caller = self.login_session(ctx, raw).await?;
        let (realm, session) = self.find_login_session(ctx, raw).await?;
        let ctx = ctx.clone().as_caller(caller);
        self.write(&ctx, &realm, move |mut work| Box::pin(async move { work.end_login_session(&session, "logged_out").await })).await
    }

    async fn find_login_session(&self, ctx: &Ctx, raw: &str) -> Result<(RealmId, LoginSession), Refusal> {
        let parts = raw.split_once('.').filter(|_| raw.len() <= ID_BYTES_MAX);
        let (realm, secret) = parts.ok_or(Unauthenticated::Unknown)?;
        let realm: RealmId = realm.parse().map_err(|_| Unauthenticated::Unknown)?;
        let lookup = self.0.store.sealer().lookup(LOOKUP, secret);
        let find = self.0.store.read(&realm, ctx.moment(), move |tx| Box::pin(async move { Ok(tx.find_login_session(&lookup).await?) }));
        Ok((realm.clone(), find.await?.ok_or(Unauthenticated::Unknown)?))
    }
}
