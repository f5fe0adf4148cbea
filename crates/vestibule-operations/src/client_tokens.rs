//! Tokens that a client obtains with its access key, for itself or for somebody else (RFC 6749, sections 4.1.3 and 4.4).
//!
//! For somebody else it needs a code that they gave it by signing in, or the right to act as them: the actions
//! `account:actAs` on a person and `customer:actAs` on a customer, which no other right brings along but `all`.

use secrecy::SecretString;
use vestibule_core::{
    account::{Account, AccountKind, AccountStanding},
    audit::{Action, Reason, Thing},
    customer::{Customer, CustomerId},
    id::{AccountKey, CredentialId, RealmId, SignInId},
    policy::ResourceId,
    refusal::{Refusal, Unauthenticated},
    scope::Scopes,
    sign_in::{ClientSignIn, CodeStanding, Signer, check_customer},
};

use crate::{
    context::Ctx,
    operations::Operations,
    sign_in::KeyHolder,
    tokens::{ClientGrant, TokenSubject},
    unit_of_work::UnitOfWork,
};

/// Acting as a person, on `account:user`.
const ACT_AS_USER: &str = "account:actAs";
/// Acting as a customer, on `customer:customer`.
const ACT_AS_CUSTOMER: &str = "customer:actAs";
/// What a code is hashed as.
pub(crate) const CODE_LOOKUP: &str = "sign-in-code";
/// Longest code that is looked at, in bytes; ours have 43.
const CODE_BYTES_MAX: usize = 128;

/// The refusal of a code that is good for nothing: which way it is not, its bearer is not told.
const NO_CODE: Refusal = Refusal::Absent("code");
/// The refusal of somebody who cannot be acted for: not there, not one alone, or not let in now.
const NOBODY: Refusal = Refusal::Absent("subject");

/// Whom a client acts for without a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForWhom {
    /// The person who signs in with this id.
    UserNamed(String),
    /// The person with this key.
    User(AccountKey),
    /// The customer that has a contact with this address, known to be theirs.
    CustomerAt(String),
}

/// A token, as its client gets it.
#[derive(Debug)]
pub struct ClientToken {
    /// The token.
    pub token: SecretString,
    /// How long it is good, in seconds.
    pub expires_in_s: i64,
    /// What it may be used for.
    pub scopes: Scopes,
}

/// A subject as it was found, and what a statement calls it.
struct Found {
    subject: Result<TokenSubject, Refusal>,
    action: &'static str,
    resource: ResourceId,
}

impl UnitOfWork<'_> {
    /// Somebody whom a client names. What is not there is asked about by the name that was given, so that whoever may
    /// not act for anybody learns of nobody.
    async fn find_subject(&mut self, whom: ForWhom) -> Result<Found, Refusal> {
        match whom {
            ForWhom::CustomerAt(address) => {
                let found = self.customer_at(&address).await?.map(|(customer, _)| customer);
                let name = found.as_ref().map_or(address, Customer::resource_name);
                let subject = found.map(|customer| TokenSubject::Customer(customer.id)).ok_or(NOBODY);
                Ok(Found { subject, action: ACT_AS_CUSTOMER, resource: ResourceId::item("customer", "customer", &name) })
            }
            ForWhom::UserNamed(id) => {
                let found = self.tx.find_account_named(&id.to_ascii_lowercase()).await?;
                Ok(self.person(found, id))
            }
            ForWhom::User(key) => {
                let found = self.tx.find_account(key).await?;
                Ok(self.person(found, key.to_string()))
            }
        }
    }

    fn person(&self, found: Option<Account>, given: String) -> Found {
        let found = found.filter(|account| account.kind == AccountKind::User);
        let name = found.as_ref().map_or(given, |account| account.id.to_string());
        let live = found.filter(|account| account.standing(self.now()) == AccountStanding::Active);
        let subject = live.map(|account| TokenSubject::Account(account.key)).ok_or(NOBODY);
        Found { subject, action: ACT_AS_USER, resource: ResourceId::item("account", "user", &name) }
    }

    /// Uses a code up. One that comes again takes back what it was redeemed for: the unit ends well, so that this stays.
    async fn use_code(&mut self, client: CredentialId, wish: CodeWish) -> Result<Result<ClientSignIn, Refusal>, Refusal> {
        let Some(sign_in) = self.tx.find_sign_in_by_code(&wish.lookup).await? else { return Ok(Err(NO_CODE)) };
        let now = self.now();
        let target = Thing::new("sign_in", sign_in.id.to_string());
        match sign_in.judge(client, &wish.redirect_uri, &wish.verifier, now) {
            CodeStanding::Good => {
                let redeemed = ClientSignIn { redeemed_at: Some(now), ..sign_in };
                self.tx.update_sign_in(&redeemed).await?;
                let draft = self.draft(Action::TokenExchanged, target).with_acting_for(thing(subject_of(redeemed.signer)));
                self.tx.record(draft.with_data("grant", "authorization_code"));
                Ok(Ok(redeemed))
            }
            CodeStanding::Spent => Ok(Err(NO_CODE)),
            CodeStanding::Replayed if sign_in.revoked_at.is_some() => Ok(Err(NO_CODE)),
            CodeStanding::Replayed => {
                let revoked = ClientSignIn { revoked_at: Some(now), ..sign_in };
                self.tx.update_sign_in(&revoked).await?;
                let reason = Reason { code: "code_used_twice".into(), ..Reason::default() };
                let draft = self.draft(Action::SigninEnded, target).with_reason(reason);
                self.tx.record(draft);
                Ok(Err(NO_CODE))
            }
        }
    }
}

/// A code as it was presented.
struct CodeWish {
    lookup: [u8; 32],
    redirect_uri: String,
    verifier: String,
}

fn subject_of(signer: Signer) -> TokenSubject {
    match signer {
        Signer::Account { account, .. } => TokenSubject::Account(account),
        Signer::Customer(customer) => TokenSubject::Customer(customer),
    }
}

fn thing(subject: TokenSubject) -> Thing {
    match subject {
        TokenSubject::Account(key) => Thing::new("account", key.to_string()),
        TokenSubject::Customer(id) => Thing::new("customer", id.to_string()),
    }
}

impl Operations {
    /// A token for a client itself. Nothing is written.
    pub fn token_for_client(&self, ctx: &Ctx, holder: &KeyHolder, client_id: &str, scopes: Scopes) -> Result<ClientToken, Refusal> {
        self.grant(ctx, holder, client_id, TokenSubject::Account(holder.owner.account), scopes, None)
    }

    /// A token for somebody whom the client may act as.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for a client that may not, whoever was named; [`Refusal::Absent`] for nobody, for several, and
    /// for one who is not let in now.
    pub async fn token_for_somebody(
        &self,
        ctx: &Ctx,
        holder: &KeyHolder,
        client_id: &str,
        whom: ForWhom,
        scopes: Scopes,
    ) -> Result<ClientToken, Refusal> {
        let (ctx, realm) = (self.as_owner(ctx, &holder.owner).await?, holder.owner.realm.clone());
        let find = self.read(&ctx, &realm, move |mut work| Box::pin(async move { work.find_subject(whom).await }));
        let found = find.await?;
        let allowed = self.allow_on(&ctx, &realm, found.action, &found.resource).await;
        if let Err(refusal) = &allowed {
            self.file_refusal(&ctx, Some(&realm), "token.exchange", refusal).await;
        }
        allowed?;
        let subject = found.subject?;
        let credential = holder.owner.credential;
        let file = self.write(&ctx, &realm, move |work| {
            Box::pin(async move {
                let draft = work.draft(Action::TokenExchanged, Thing::new("credential", credential.to_string()));
                work.tx.record(draft.with_acting_for(thing(subject)).with_data("grant", "password"));
                Ok(())
            })
        });
        file.await?;
        self.grant(&ctx, holder, client_id, subject, scopes, None)
    }

    /// The token that a code is good for, once.
    ///
    /// # Errors
    /// [`Refusal::Absent`] for a code that is good for nothing, in whichever way.
    pub async fn redeem_code(
        &self,
        ctx: &Ctx,
        holder: &KeyHolder,
        client_id: &str,
        code: &str,
        (redirect_uri, verifier): (&str, &str),
    ) -> Result<ClientToken, Refusal> {
        if code.len() > CODE_BYTES_MAX {
            return Err(NO_CODE);
        }
        let (ctx, realm, client) = (self.as_owner(ctx, &holder.owner).await?, holder.owner.realm.clone(), holder.owner.credential);
        let lookup = self.0.store.sealer().lookup(CODE_LOOKUP, code);
        let wish = CodeWish { lookup, redirect_uri: redirect_uri.to_owned(), verifier: verifier.to_owned() };
        let used = self.write(&ctx, &realm, move |mut work| Box::pin(async move { work.use_code(client, wish).await }));
        match used.await? {
            Ok(sign_in) => self.grant(&ctx, holder, client_id, subject_of(sign_in.signer), sign_in.ask.scopes, Some(sign_in.id)),
            Err(refusal) => {
                self.sign_in_failed(&ctx, &holder.owner, "bad_code").await;
                Err(refusal)
            }
        }
    }

    fn grant(
        &self,
        ctx: &Ctx,
        holder: &KeyHolder,
        client_id: &str,
        subject: TokenSubject,
        scopes: Scopes,
        sign_in: Option<SignInId>,
    ) -> Result<ClientToken, Refusal> {
        let expires_in_s = self.settings().token_lifetime_s;
        let grant = ClientGrant { key: &holder.owner, client_id, subject, scopes: &scopes, sign_in };
        let token = self.0.house.tokens.issue_to_client(&grant, expires_in_s, ctx)?;
        Ok(ClientToken { token, expires_in_s, scopes })
    }

    /// Refuses a token whose client is gone or switched off.
    pub(crate) async fn check_client(&self, ctx: &Ctx, realm: &RealmId, client: CredentialId) -> Result<(), Refusal> {
        let key = self.live_key(ctx, realm, client).await?;
        self.0.store.note_use(&key, ctx.now);
        self.principal(ctx, realm, key.account).await.map(drop)
    }

    /// Refuses a token whose sign-in was taken back, and one that rests on a password which is gone.
    pub(crate) async fn check_sign_in(&self, ctx: &Ctx, realm: &RealmId, id: Option<SignInId>) -> Result<(), Refusal> {
        let Some(id) = id else { return Ok(()) };
        let found = self.0.store.find_sign_in(realm, id, &ctx.moment()).await?;
        let sign_in = found.filter(|sign_in| sign_in.revoked_at.is_none()).ok_or(Unauthenticated::Revoked)?;
        match sign_in.signer {
            Signer::Account { password, .. } => self.live_key(ctx, realm, password).await.map(drop),
            Signer::Customer(_) => Ok(()),
        }
    }

    /// Refuses a customer that may not be signed in now; asked of the database, so that it holds from the next call on.
    pub(crate) async fn check_customer(&self, ctx: &Ctx, realm: &RealmId, id: CustomerId) -> Result<(), Refusal> {
        let found = self.0.store.read(realm, ctx.moment(), move |tx| Box::pin(async move { Ok(tx.find_customer(id).await?) }));
        Ok(check_customer(&found.await?.ok_or(Unauthenticated::AccountGone)?)?)
    }
}
