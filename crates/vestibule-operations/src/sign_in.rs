//! Signing in with a key: one proof, used once, for one token.

use std::{fmt, sync::Arc};

use vestibule_core::{
    audit::{Action, Outcome, Reason, Thing},
    credential::ProjectScope,
    refusal::{Refusal, Unauthenticated},
    time::Timestamp,
};

use crate::{
    authenticate::KeyOwner,
    context::{AccountCaller, Caller, Ctx},
    operations::Operations,
    tokens::IssuedToken,
};

/// A proof that was checked, and what is asked for it. `Debug` leaves out what was to be used once.
#[derive(Clone)]
pub struct SignIn {
    /// The key that signed.
    pub owner: KeyOwner,
    /// The nonce or `jti`; good once.
    pub once: String,
    /// Until when it must be remembered.
    pub once_until: Timestamp,
    /// The scope asked for; absent: the key's own, if it has one.
    pub scope: Option<ProjectScope>,
    /// How long the token is to last, in seconds.
    pub lifetime_s: i64,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SignIn");
        shown.field("owner", &self.owner).field("scope", &self.scope).field("lifetime_s", &self.lifetime_s).finish_non_exhaustive()
    }
}

impl Operations {
    /// Issues a token for a proof; the proof is remembered in the transaction that tells of it.
    /// One that was used before is refused with [`Refusal::NonceReused`].
    pub async fn sign_in(&self, ctx: &Ctx, by: SignIn) -> Result<IssuedToken, Refusal> {
        let ctx = self.as_owner(ctx, &by.owner).await?;
        let (owner, once, until) = (by.owner.clone(), by.once, by.once_until);
        self.write(&ctx, &by.owner.realm, move |work| {
            Box::pin(async move {
                let work = work;
                if !work.tx.use_once(owner.credential, &once, until).await? {
                    return Err(Refusal::NonceReused);
                }
                let target = Thing::new("credential", owner.credential.to_string());
                let draft = work.draft(Action::SigninSucceeded, target);
                work.tx.record(draft);
                Ok(())
            })
        })
        .await?;
        let scope = by.scope.or(by.owner.scope);
        let token = self.0.house.tokens.issue_access(
            &by.owner.realm,
            by.owner.account,
            by.owner.credential,
            scope.as_ref(),
            by.lifetime_s,
            &ctx,
        )?;
        Ok(IssuedToken { token, expires_in_s: by.lifetime_s, scope })
    }

    /// Tells the realm's log that a known key was used and did not prove itself; bounded like denials.
    pub async fn sign_in_failed(&self, ctx: &Ctx, owner: &KeyOwner, code: &'static str) {
        let Ok(ctx) = self.as_owner(ctx, owner).await else { return };
        let target = Thing::new("credential", owner.credential.to_string());
        let draft = ctx.draft(Action::SigninFailed, target, None).with_outcome(Outcome::Failed).with_reason(Reason {
            code: code.into(),
            ticket: None,
            statement: None,
            policy_version: None,
        });
        self.file_bounded(&ctx, &owner.realm, draft).await;
    }

    async fn as_owner(&self, ctx: &Ctx, owner: &KeyOwner) -> Result<Ctx, Refusal> {
        let principal = self.0.store.find_principal(&owner.realm, owner.account, &ctx.moment()).await?;
        let principal = principal.ok_or(Unauthenticated::AccountGone)?;
        let caller = AccountCaller { principal, credential: Some(owner.credential), scope: None };
        Ok(ctx.clone().as_caller(Caller::Account(Arc::new(caller))))
    }
}
