//! The second step of signing in at the console: whoever has factors is only half in by a password, and proves one of them:
//! a code of an app, a recovery code, or a passkey (`passkeys.rs`), which alone is proof enough.

use std::sync::Arc;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use vestibule_core::{
    audit::{Action, Outcome, Reason, Thing},
    console_session::ConsoleSession,
    factor::{AppSecret, RecoveryCode},
    id::{AccountKey, CredentialId, FactorId, RealmId},
    principal::Principal,
    rate_limit::RateLimit,
    refusal::{Refusal, Unauthenticated},
    scope::Scopes,
    time::Timestamp,
};

use crate::{
    authenticate::check_credential,
    context::{AccountCaller, Caller, Ctx},
    operations::Operations,
    unit_of_work::UnitOfWork,
};

/// What recovery codes are hashed as.
const RECOVERY: &str = "recovery-code";
const HALF: &str = "half-signed-in";
/// Codes of an app that an account may try: counted in the database, so that they are as many however many processes serve.
/// Whoever knows a password has a chance of one in 300 a day with them.
const TRIES: RateLimit = RateLimit { name: "factor", allowed: 10, period_s: 900 };

/// How far a name and a password have brought somebody.
#[derive(Debug)]
pub enum SignedIn {
    /// In: the secret is for a cookie.
    Whole(SecretString),
    /// To the second step, which wants this ticket.
    Half(String),
}

/// What a console session is begun with.
pub(crate) enum Proof {
    /// A password alone.
    Password,
    /// A link, by its keyed hash.
    Link([u8; 32]),
    /// A code, as it was typed.
    Code(String),
    /// A passkey that has signed.
    Passkey { factor: FactorId, count: i64, challenge: [u8; 32], until: Timestamp },
}

/// Somebody whose password was right.
#[derive(Serialize, Deserialize)]
struct Half {
    realm: String,
    account: AccountKey,
    password: CredentialId,
}

impl Operations {
    /// Whether a password is only half of an account's proof.
    pub(crate) async fn has_factors(&self, ctx: &Ctx, principal: &Principal) -> Result<bool, Refusal> {
        let key = principal.key;
        self.read(ctx, &principal.realm, move |work| Box::pin(async move { Ok(!work.tx.list_factors(key).await?.is_empty()) })).await
    }

    pub(crate) fn half_signed_in(&self, ctx: &Ctx, principal: &Principal, password: CredentialId) -> Result<String, Refusal> {
        self.ticket(ctx, HALF, &Half { realm: principal.realm.to_string(), account: principal.key, password })
    }

    /// Signs somebody in by a code, of an app or for recovery, after a password; the secret is for a cookie.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`]: `Expired` for a ticket that is too old, `Revoked` for a code that is wrong or was used,
    /// others for a ticket of somebody who may not sign in any more; [`Refusal::TooMany`].
    pub async fn console_sign_in_by_code(&self, ctx: &Ctx, half: &str, code: &str) -> Result<SecretString, Refusal> {
        let (half, _): (Half, _) = self.open_ticket(ctx, HALF, half)?;
        let realm: RealmId = half.realm.parse()?;
        let token = self.0.store.find_credential_token(&realm, half.password, &ctx.moment()).await?.ok_or(Unauthenticated::Unknown)?;
        check_credential(&token, ctx)?;
        let principal = self.principal(ctx, &realm, half.account).await?;
        let session = ConsoleSession::new(half.account, Some(half.password), ctx.now);
        let begun = self.begin_console_session(ctx, &principal, session, Proof::Code(code.to_owned())).await;
        if begun.as_ref().is_err_and(|refusal| *refusal == Unauthenticated::Revoked.into()) {
            self.factor_failed(ctx, &principal, "wrong_code").await;
        }
        begun
    }

    /// Tells the realm's log that somebody did not prove a factor; bounded like denials.
    pub(crate) async fn factor_failed(&self, ctx: &Ctx, principal: &Arc<Principal>, code: &'static str) {
        let caller = AccountCaller { principal: principal.clone(), credential: None, scope: None, scopes: Scopes::All };
        let ctx = ctx.clone().as_caller(Caller::Account(Arc::new(caller)));
        let reason = Reason { code: code.into(), ticket: None, statement: None, policy_version: None };
        let draft = ctx.draft(Action::SigninFailed, Thing::new("account", principal.key.to_string()), None);
        self.file_bounded(&ctx, &principal.realm, draft.with_outcome(Outcome::Failed).with_reason(reason)).await;
    }
}

impl UnitOfWork<'_> {
    /// Uses up what a session is begun with, and says what it was. What is no proof is [`Unauthenticated::Revoked`].
    pub(crate) async fn use_proof(&mut self, account: AccountKey, proof: &Proof) -> Result<&'static str, Refusal> {
        let (by, is_proof) = match proof {
            // Factors may have been added since the password was looked at.
            Proof::Password => ("password", self.tx.list_factors(account).await?.is_empty()),
            Proof::Link(link) => match self.tx.take_console_link(link).await? {
                true => ("link", true),
                false => return Err(Unauthenticated::Unknown.into()),
            },
            Proof::Code(code) => self.use_typed_code(account, code).await?,
            Proof::Passkey { factor, count, challenge, until } => {
                ("passkey", self.tx.answer_challenge(challenge, *until).await? && self.tx.use_factor(*factor, *count).await?)
            }
        };
        if is_proof { Ok(by) } else { Err(Unauthenticated::Revoked.into()) }
    }

    /// Uses a code; those for recovery are too long to be guessed, and are not counted.
    async fn use_typed_code(&mut self, account: AccountKey, code: &str) -> Result<(&'static str, bool), Refusal> {
        if let Some(recovery) = RecoveryCode::read(code) {
            let lookup = self.recovery_lookup(account, &recovery);
            return Ok(("recovery-code", self.tx.take_recovery_code(account, &lookup).await?));
        }
        self.spend_for(TRIES, &account.to_string()).await?;
        let Some((factor, secret)) = self.tx.find_app(account).await? else { return Ok(("totp", false)) };
        let app = AppSecret::of(&secret).ok_or(Refusal::Internal)?;
        match app.accepted_step(code, factor.step, self.now()) {
            Some(step) => Ok(("totp", self.tx.use_factor(factor.id, step).await?)),
            None => Ok(("totp", false)),
        }
    }

    /// The keyed hash of an account's recovery code.
    pub(crate) fn recovery_lookup(&self, account: AccountKey, code: &str) -> [u8; 32] {
        self.tx.sealer().lookup(RECOVERY, &format!("{account}/{code}"))
    }
}
