//! From a credential to the account that it proves: from memory, unless it was never seen before.

use std::sync::Arc;

use secrecy::SecretString;
use vestibule_core::{
    account::{AccountKind, AccountStanding, standing},
    credential::{Credential, CredentialKind, ProjectScope},
    id::{AccountId, AccountKey, CredentialId, RealmId, SignInId},
    principal::Principal,
    refusal::{Refusal, Unauthenticated},
    scope::Scopes,
    time::Timestamp,
};
use vestibule_store::{FoundCredential, Proven, StoreError, Token, secret_context};

use crate::{
    context::{AccountCaller, Caller, Ctx, CustomerCaller},
    operations::Operations,
    sessions::dead_session,
    tokens::Bearer,
};

/// Longest token that is looked at, in bytes.
pub(crate) const TOKEN_BYTES_MAX: usize = 4_096;

/// An access key, found by the id that a client presents.
#[derive(Debug, Clone)]
pub struct AccessKey {
    /// Whose it is and how it stands.
    pub owner: KeyOwner,
    /// What requests are signed with.
    pub secret: SecretString,
}

/// A public key, found by its `kid`.
#[derive(Debug, Clone)]
pub struct PublicKey {
    /// Whose it is and how it stands.
    pub owner: KeyOwner,
    /// The key, in PEM.
    pub pem: String,
}

/// Whose a key is, and how it stands.
#[derive(Debug, Clone)]
pub struct KeyOwner {
    /// Its realm.
    pub realm: RealmId,
    /// Its credential.
    pub credential: CredentialId,
    /// The account that it proves.
    pub account: AccountKey,
    /// What that account signs in with.
    pub account_id: AccountId,
    /// A disabled key proves nothing.
    pub enabled: bool,
    /// How the account stands now.
    pub standing: AccountStanding,
    /// Whether the account is a robot.
    pub kind: AccountKind,
    /// The scope that its tokens carry when none is asked for.
    pub scope: Option<ProjectScope>,
}

impl KeyOwner {
    /// How a key and its account stand at `now`.
    pub(crate) fn of(token: &Token, principal: &Principal, now: Timestamp) -> Self {
        Self {
            realm: token.realm.clone(),
            credential: token.credential,
            account: token.account,
            account_id: principal.id.clone(),
            enabled: token.enabled && token.expires_at.is_none_or(|end| now < end),
            standing: standing(principal.active, principal.ends_at, now),
            kind: principal.kind,
            scope: token.scope.clone(),
        }
    }

    /// Refuses a key whose account may not act now.
    pub fn check_standing(&self) -> Result<(), Unauthenticated> {
        refuse_standing(self.kind, self.standing)
    }
}

/// Whether text has only the characters of a bearer token (RFC 6750, section 2.1) and a bearable length.
fn is_token_text(raw: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=:".contains(&b);
    !raw.is_empty() && raw.len() <= TOKEN_BYTES_MAX && raw.bytes().all(plain)
}

/// How an account's standing refuses it.
fn refuse_standing(kind: AccountKind, how: AccountStanding) -> Result<(), Unauthenticated> {
    match (how, kind) {
        (AccountStanding::Active, _) => Ok(()),
        (AccountStanding::Disabled, AccountKind::Service) => Err(Unauthenticated::AppInactive),
        (AccountStanding::Disabled, _) => Err(Unauthenticated::AccountDisabled),
        (AccountStanding::Expired, _) => Err(Unauthenticated::AccountExpired),
    }
}

impl Operations {
    /// The account that a bearer token stands for: a stored token, or one that we signed. Of customers this knows
    /// nothing: few doors serve them.
    pub async fn bearer(&self, ctx: &Ctx, raw: &str) -> Result<Caller, Refusal> {
        match self.bearer_of_anyone(ctx, raw).await? {
            Caller::Customer(_) => Err(Unauthenticated::Unknown.into()),
            known => Ok(known),
        }
    }

    /// The same, customers included: one is let in while it is open, and its sign-in was not taken back.
    pub async fn bearer_of_anyone(&self, ctx: &Ctx, raw: &str) -> Result<Caller, Refusal> {
        if !is_token_text(raw) {
            return Err(Unauthenticated::BadCharacters.into());
        }
        let looks_signed = raw.bytes().filter(|b| *b == b'.').count() == 2;
        match if looks_signed { self.signed_token(ctx, raw).await } else { Err(Unauthenticated::Unknown.into()) } {
            // Whoever chose a token may have put two dots into it.
            Err(Refusal::Unauthenticated(Unauthenticated::Unknown)) => Ok(Caller::Account(Arc::new(self.stored_token(ctx, raw).await?))),
            signed => signed,
        }
    }

    async fn stored_token(&self, ctx: &Ctx, raw: &str) -> Result<AccountCaller, Refusal> {
        let lookup = self.0.store.sealer().lookup(CredentialKind::Token.as_str(), raw);
        let proven = self.0.store.find_proven(lookup, &ctx.moment()).await?;
        let Proven { token, principal } = proven.as_ref().ok_or(Unauthenticated::Unknown)?;
        check_credential(token, ctx)?;
        let principal = check_principal(principal.as_ref(), ctx)?.clone();
        self.0.store.note_use(token, ctx.now);
        Ok(AccountCaller { principal, credential: Some(token.credential), scope: token.scope.clone(), scopes: Scopes::All })
    }

    async fn signed_token(&self, ctx: &Ctx, raw: &str) -> Result<Caller, Refusal> {
        let verified = self.0.house.tokens.verify(raw, ctx.now)?;
        let realm = &verified.realm;
        let caller = match &verified.bearer {
            Bearer::Account { account, credential, scope, scopes, sign_in } => {
                let principal = self.principal(ctx, realm, *account).await?;
                self.check_rests_on(ctx, realm, *credential, *account, *sign_in).await?;
                AccountCaller { principal, credential: Some(*credential), scope: scope.clone(), scopes: scopes.clone() }
            }
            Bearer::Customer { customer, client, scopes, sign_in } => {
                self.check_client(ctx, realm, *client).await?;
                self.check_sign_in(ctx, realm, *sign_in).await?;
                self.check_customer(ctx, realm, *customer).await?;
                let caller = CustomerCaller { realm: realm.clone(), customer: *customer, scopes: scopes.clone() };
                return Ok(Caller::Customer(Arc::new(caller)));
            }
            Bearer::Session(session) => {
                let visitor = self.0.store.find_visitor(realm, *session, &ctx.moment()).await?;
                let visitor = visitor.ok_or(Unauthenticated::Revoked)?;
                let inside = visitor.session.as_ref().ok_or(Unauthenticated::Revoked)?;
                if let Some(dead) = dead_session(inside.standing(ctx.now)) {
                    return Err(dead.into());
                }
                refuse_standing(visitor.kind, standing(visitor.active, visitor.ends_at, ctx.now))?;
                // An agent who has left the vendor is out of every realm.
                self.principal(ctx, &RealmId::vendor(), inside.agent).await?;
                AccountCaller { principal: visitor, credential: None, scope: None, scopes: Scopes::All }
            }
        };
        Ok(Caller::Account(Arc::new(caller)))
    }

    /// Refuses a token whose key is gone; and one that a client has for another account, once the client or the sign-in
    /// is.
    async fn check_rests_on(
        &self,
        ctx: &Ctx,
        realm: &RealmId,
        credential: CredentialId,
        account: AccountKey,
        sign_in: Option<SignInId>,
    ) -> Result<(), Refusal> {
        let key = self.live_key(ctx, realm, credential).await?;
        self.0.store.note_use(&key, ctx.now);
        if key.account != account {
            self.principal(ctx, realm, key.account).await?;
        }
        self.check_sign_in(ctx, realm, sign_in).await
    }

    /// A credential that proves somebody now.
    pub(crate) async fn live_key(&self, ctx: &Ctx, realm: &RealmId, credential: CredentialId) -> Result<Arc<Token>, Refusal> {
        let key = self.0.store.find_credential_token(realm, credential, &ctx.moment()).await?;
        let key = key.ok_or(Unauthenticated::Revoked)?;
        check_credential(&key, ctx)?;
        Ok(key)
    }

    pub(crate) async fn principal(&self, ctx: &Ctx, realm: &RealmId, account: AccountKey) -> Result<Arc<Principal>, Refusal> {
        let found = self.0.store.find_principal(realm, account, &ctx.moment()).await?;
        check_principal(found.as_ref(), ctx)?;
        Ok(found.ok_or(Unauthenticated::AccountGone)?)
    }

    /// The access key with this id, in whatever realm it is.
    pub async fn access_key(&self, ctx: &Ctx, id: &str) -> Result<Option<AccessKey>, Refusal> {
        let Some((owner, secret)) = self.key(ctx, CredentialKind::AccessKey, id).await? else { return Ok(None) };
        let opened = self.0.store.sealer().open(&secret_context(owner.credential), &secret).map_err(Refusal::from)?;
        let secret = String::from_utf8(opened).map_err(|_| StoreError::Sealed(secret_context(owner.credential)))?;
        Ok(Some(AccessKey { owner, secret: SecretString::from(secret) }))
    }

    /// The public key with this `kid`, in whatever realm it is.
    pub async fn public_key(&self, ctx: &Ctx, kid: &str) -> Result<Option<PublicKey>, Refusal> {
        let found = self.key(ctx, CredentialKind::PublicKey, kid).await?;
        Ok(found.map(|(owner, pem)| PublicKey { owner, pem: String::from_utf8_lossy(&pem).into_owned() }))
    }

    async fn key(&self, ctx: &Ctx, kind: CredentialKind, id: &str) -> Result<Option<(KeyOwner, Vec<u8>)>, Refusal> {
        Ok(self.find_key(ctx, kind, id).await?.map(|(owner, found)| (owner, found.secret)))
    }

    /// The key with this id, and what may be shown of it.
    pub(crate) async fn key_by_id(&self, ctx: &Ctx, kind: CredentialKind, id: &str) -> Result<Option<(KeyOwner, Credential)>, Refusal> {
        Ok(self.find_key(ctx, kind, id).await?.map(|(owner, found)| (owner, found.credential)))
    }

    async fn find_key(&self, ctx: &Ctx, kind: CredentialKind, id: &str) -> Result<Option<(KeyOwner, FoundCredential)>, Refusal> {
        let lookup = self.0.store.sealer().lookup(kind.as_str(), id);
        let proven = self.0.store.find_proven(lookup, &ctx.moment()).await?;
        let Some(Proven { token, principal: Some(principal) }) = &*proven else { return Ok(None) };
        let credential = token.credential;
        let find =
            self.0.store.read(&token.realm, ctx.moment(), move |tx| Box::pin(async move { Ok(tx.find_credential(credential).await?) }));
        Ok(find.await?.map(|found| (KeyOwner::of(token, principal, ctx.now), found)))
    }
}

pub(crate) fn check_credential(token: &Token, ctx: &Ctx) -> Result<(), Unauthenticated> {
    match token.expires_at {
        _ if !token.enabled => Err(Unauthenticated::Revoked),
        Some(end) if end <= ctx.now => Err(Unauthenticated::Expired),
        _ => Ok(()),
    }
}

fn check_principal<'p>(principal: Option<&'p Arc<Principal>>, ctx: &Ctx) -> Result<&'p Arc<Principal>, Unauthenticated> {
    let principal = principal.ok_or(Unauthenticated::AccountGone)?;
    refuse_standing(principal.kind, standing(principal.active, principal.ends_at, ctx.now))?;
    Ok(principal)
}
