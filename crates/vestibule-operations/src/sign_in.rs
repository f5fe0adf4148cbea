//! Signing in with a key: one proof, used once, for one token.

use std::{fmt, sync::Arc};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use vestibule_core::{
    audit::{Action, Outcome, Reason, Thing},
    credential::{CredentialKind, ProjectScope},
    principal::Principal,
    refusal::{Refusal, Unauthenticated},
    scope::Scopes,
    time::Timestamp,
};
use vestibule_store::Proven;

use crate::{
    authenticate::KeyOwner,
    context::{AccountCaller, Caller, Ctx},
    operations::Operations,
    tokens::{IssuedToken, PublicJwk},
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

/// An access key whose secret was presented, and whoever it proves.
#[derive(Debug, Clone)]
pub struct KeyHolder {
    /// The key.
    pub owner: KeyOwner,
    /// Its account.
    pub principal: Arc<Principal>,
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
        let scope = by.scope.or_else(|| by.owner.scope.clone());
        let token = self.0.house.tokens.issue_access(&by.owner, scope.as_ref(), by.lifetime_s, &Map::new(), &ctx)?;
        Ok(IssuedToken { token, expires_in_s: by.lifetime_s, scope })
    }

    /// The holder of the access key whose id and secret are presented; `None` for an unknown id and for a wrong secret,
    /// which is put into the realm's log. From memory, so that clients may ask before every request.
    pub async fn key_holder(&self, ctx: &Ctx, id: &str, secret: &SecretString) -> Result<Option<KeyHolder>, Refusal> {
        let sealer = self.0.store.sealer();
        // Keyed hashes are compared: whoever can time the comparison still cannot choose what is compared.
        let presented = sealer.secret_lookup(secret.expose_secret().as_bytes());
        let proven = self.0.store.find_proven(sealer.lookup(CredentialKind::AccessKey.as_str(), id), &ctx.moment()).await?;
        let Some(Proven { token, principal: Some(principal) }) = &*proven else { return Ok(None) };
        let owner = KeyOwner::of(token, principal, ctx.now);
        if token.secret != Some(presented) {
            self.sign_in_failed(ctx, &owner, "wrong_secret").await;
            return Ok(None);
        }
        Ok(Some(KeyHolder { owner, principal: principal.clone() }))
    }

    /// Issues a token for a key whose holder has just presented its secret. Nothing is written, and earlier tokens
    /// stay good. `more` are claims that a door wants in it.
    pub fn issue_for(&self, ctx: &Ctx, holder: &KeyHolder, lifetime_s: i64, more: &Map<String, Value>) -> Result<IssuedToken, Refusal> {
        let scope = holder.owner.scope.clone();
        let token = self.0.house.tokens.issue_access(&holder.owner, scope.as_ref(), lifetime_s, more, ctx)?;
        Ok(IssuedToken { token, expires_in_s: lifetime_s, scope })
    }

    /// The public keys of all realms, with which anybody can check our tokens, by name
    /// (`docs/decisions/0011-published-keys.md`).
    pub async fn published_keys(&self, ctx: &Ctx) -> Result<Vec<PublicJwk>, Refusal> {
        let realms = self.0.store.find_realm_ids(&ctx.moment()).await?;
        let mut keys: Vec<_> = realms.iter().map(|realm| self.0.house.tokens.public_jwk(realm)).collect();
        keys.sort();
        Ok(keys)
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

    pub(crate) async fn as_owner(&self, ctx: &Ctx, owner: &KeyOwner) -> Result<Ctx, Refusal> {
        let principal = self.0.store.find_principal(&owner.realm, owner.account, &ctx.moment()).await?;
        let principal = principal.ok_or(Unauthenticated::AccountGone)?;
        let caller = AccountCaller { principal, credential: Some(owner.credential), scope: None, scopes: Scopes::All };
        Ok(ctx.clone().as_caller(Caller::Account(Arc::new(caller))))
    }
}
