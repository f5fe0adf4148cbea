//! Hand-offs: a link that signs a contact in to the help desk, once (`spec/hostway-sso.md`, sections 3 and 5).

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use vestibule_core::{
    audit::{Action, Draft, Hash},
    contact::{Contact, ContactKind},
    customer::{Customer, CustomerId},
    grant::{Deed, GrantState},
    handoff::{Assertion, ReturnTo},
    help_desk::{Delivery, DeskSecret, DeskSettings},
    id::RealmId,
    rate_limit::RateLimit,
    refusal::{Refusal, Unauthenticated},
    scope::Scopes,
};
use vestibule_store::HandoffCode;

use crate::{
    context::{AccountCaller, Caller, Ctx},
    customer_grants::forbidden,
    customer_pass::{CustomerPass, CustomerRef, CustomerRight},
    operations::Operations,
    unit_of_work::UnitOfWork,
};

/// Who is to be handed over.
#[derive(Debug, Clone)]
pub struct HandoffWish {
    /// The customer that takes the hand-off.
    pub customer: CustomerRef,
    /// Which contact: the customer's, or that of whom it acts for.
    pub contact: ContactKind,
    /// The customer that it acts for, which must have granted that; absent: itself.
    pub on_behalf_of: Option<CustomerRef>,
    /// Where the help desk is to send them once they are signed in.
    pub return_to: Option<String>,
}

/// A link into the help desk.
#[derive(Debug)]
pub struct HandedOff {
    /// To be opened once, by the contact, in a few minutes.
    pub url: SecretString,
    /// The SHA-256 of the token's `jti`, in hexadecimal; where a form carries the token, of the code that stands for it.
    pub jti_fingerprint: String,
    /// How the browser carries the token over.
    pub delivery: Delivery,
}

/// What the bearer of a code is asked to confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoffPage {
    /// The realm's name.
    pub realm_name: String,
    /// The origin that the browser will post to.
    pub origin: String,
}

/// A token that a form is to carry over.
#[derive(Debug)]
pub struct RedeemedHandoff {
    /// Where the form goes.
    pub action: String,
    /// The origin of that.
    pub origin: String,
    /// Its member `jwt`.
    pub token: SecretString,
    /// Its member `return_to`, if it is to have one.
    pub return_to: Option<String>,
}

/// Links for one contact, and links for one caller (`spec/hostway-sso.md`, section 3, step 7; the figures are ours).
const PER_CONTACT: RateLimit = RateLimit { name: "handoff.contact", allowed: 120, period_s: 60 };
const PER_CALLER: RateLimit = RateLimit { name: "handoff.caller", allowed: 1_200, period_s: 60 };
/// How long a code is good, in seconds (section 5.2).
const CODE_LIFETIME_S: i64 = 60;
/// What a code is hashed as.
const LOOKUP: &str = "handoff";
/// Longest code that is looked at, in bytes; ours have 43.
const CODE_BYTES_MAX: usize = 128;
/// Where a help desk takes tokens.
const ENDPOINT: &str = "/access/jwt";

const NO_CODE: Refusal = Refusal::Absent("hand-off");

/// Who is handed over: the contact, whose it is, and who acts for that customer.
struct Subject {
    customer: Customer,
    contact: Contact,
    holder: Option<CustomerId>,
}

/// The help desk as it is usable now.
struct UsableDesk {
    settings: DeskSettings,
    secret: DeskSecret,
    value: SecretString,
    origin: String,
}

impl UnitOfWork<'_> {
    /// Section 3, steps 3 to 6: the customer, the permission, the contact, its address.
    async fn handoff_subject(
        &mut self,
        pass: &CustomerPass,
        contact: ContactKind,
        on_behalf_of: Option<&CustomerRef>,
    ) -> Result<Subject, Refusal> {
        let taker = self.customer(pass).await?;
        let (customer, holder) = match on_behalf_of {
            None => (taker, None),
            Some(granter) => {
                let granter = self.find_customer(granter).await?.filter(|customer| customer.purged_at.is_none());
                let granter = granter.ok_or(Refusal::Absent("customer"))?;
                match self.grant_state(taker.id, granter.id).await? {
                    (state, _) if state.allows() => {}
                    // Whoever does not administer the realm learns of no customer that has granted nothing.
                    (GrantState::Absent, _) if pass.elevated.is_err() => return Err(Refusal::Absent("customer")),
                    _ => return Err(forbidden(Deed::HandOff)),
                }
                (granter, Some(taker.id))
            }
        };
        let contact = self.contact(&customer, contact).await?;
        contact.assertable_email()?;
        Ok(Subject { customer, contact, holder })
    }

    /// Section 3, step 7: a realm without a help desk, with one that is switched off, or without a secret cannot hand
    /// anybody over.
    async fn usable_desk(&mut self) -> Result<UsableDesk, Refusal> {
        let desk = self.tx.find_help_desk().await?.filter(|desk| desk.settings.enabled).ok_or(Refusal::NoHelpDesk)?;
        let (secret, value) = self.tx.find_active_secret().await?.ok_or(Refusal::NoHelpDesk)?;
        let own = || format!("https://{}", desk.settings.host());
        let origin = self.house.settings.help_desk_origin.clone().unwrap_or_else(own);
        Ok(UsableDesk { settings: desk.settings, secret, value, origin })
    }

    async fn hand_off(&mut self, pass: &CustomerPass, wish: HandoffWish) -> Result<HandedOff, Refusal> {
        let subject = self.handoff_subject(pass, wish.contact, wish.on_behalf_of.as_ref()).await?;
        self.spend_for(PER_CONTACT, &format!("{}/{}", subject.customer.id, subject.contact.kind)).await?;
        let caller = self.ctx.caller_name();
        self.spend_for(PER_CALLER, &caller).await?;
        let desk = self.usable_desk().await?;
        desk.settings.check_address(subject.contact.assertable_email()?)?;
        let return_to = read_return_to(wish.return_to.as_deref(), &desk.settings)?;
        match desk.settings.delivery {
            Delivery::Query => {
                let (assertion, fingerprint) = self.assert(&subject, &desk).await?;
                let url = assertion.link(&format!("{}{ENDPOINT}", desk.origin), &desk.value, return_to.as_ref())?;
                self.record_handoff(Action::HandoffIssued, &subject, &desk, ("jti", &fingerprint));
                Ok(HandedOff { url, jti_fingerprint: fingerprint, delivery: Delivery::Query })
            }
            Delivery::Form => self.give_code(&subject, &desk, return_to).await,
        }
    }

    /// What is asserted of a contact now, and the fingerprint of its `jti`, which is remembered.
    async fn assert(&mut self, subject: &Subject, desk: &UsableDesk) -> Result<(Assertion, String), Refusal> {
        let (jti, told) = (self.ctx.chance.random_uuid(), desk.settings.claims);
        let assertion = Assertion::of(&subject.customer, &subject.contact, told, jti, self.now())?;
        let hash: [u8; 32] = Sha256::digest(assertion.jti()).into();
        match self.tx.insert_handoff(hash).await? {
            true => Ok((assertion, Hash::from_bytes(hash).to_string())),
            // Chance that repeats itself signs nothing.
            false => Err(Refusal::Internal),
        }
    }

    async fn give_code(&mut self, subject: &Subject, desk: &UsableDesk, return_to: Option<ReturnTo>) -> Result<HandedOff, Refusal> {
        let code = self.ctx.chance.secret();
        let lookup = self.tx.sealer().lookup(LOOKUP, code.expose_secret());
        let (account, session) = match &self.ctx.caller {
            Caller::Account(account) => {
                let principal = &account.principal;
                (Some((principal.realm.clone(), principal.key)), account.session().map(|session| session.id))
            }
            Caller::Nobody | Caller::System | Caller::Customer(_) => (None, None),
        };
        let kept = HandoffCode {
            customer: subject.customer.id,
            holder: subject.holder,
            kind: subject.contact.kind,
            return_to: return_to.map(|back| back.as_str().to_owned()),
            account,
            session,
            expires_at: self.now().plus_seconds(CODE_LIFETIME_S),
        };
        self.tx.insert_handoff_code(&kept, lookup).await?;
        let fingerprint = Hash::from_bytes(lookup).to_string();
        self.record_handoff(Action::HandoffIssued, subject, desk, ("code", &fingerprint));
        let url = format!("{}/sso/handoff/{}", self.house.settings.public_url, code.expose_secret());
        Ok(HandedOff { url: SecretString::from(url), jti_fingerprint: fingerprint, delivery: Delivery::Form })
    }

    /// Uses a code up: everything is checked again as it stands now, and the token is signed now.
    async fn redeem(&mut self, pass: &CustomerPass, code: &HandoffCode, lookup: &[u8; 32]) -> Result<RedeemedHandoff, Refusal> {
        let now = self.now();
        self.tx.take_handoff_code(lookup).await?.filter(|code| now < code.expires_at).ok_or(NO_CODE)?;
        let granter = code.holder.map(|_| CustomerRef::ById(code.customer));
        let subject = self.handoff_subject(pass, code.kind, granter.as_ref()).await?;
        let desk = self.usable_desk().await?;
        desk.settings.check_address(subject.contact.assertable_email()?)?;
        let return_to = read_return_to(code.return_to.as_deref(), &desk.settings)?;
        let (assertion, fingerprint) = self.assert(&subject, &desk).await?;
        let token = assertion.sign(&desk.value)?;
        self.record_handoff(Action::HandoffRedeemed, &subject, &desk, ("jti", &fingerprint));
        let return_to = return_to.map(|back| back.as_str().to_owned());
        Ok(RedeemedHandoff { action: format!("{}{ENDPOINT}", desk.origin), origin: desk.origin, token, return_to })
    }

    /// Tells of a hand-off: never its token, its code or its `jti`, only the hash of one of these.
    fn record_handoff(&mut self, action: Action, subject: &Subject, desk: &UsableDesk, (name, hash): (&'static str, &str)) {
        let draft: Draft = self.contact_draft(action, &subject.customer, &subject.contact);
        let draft = draft
            .with_data(name, hash)
            .with_data("delivery", desk.settings.delivery.as_str())
            .with_data("key", desk.secret.fingerprint.as_str());
        self.tx.record(match subject.holder {
            Some(holder) => draft.with_data("holder", holder.to_string()),
            None => draft,
        });
    }
}

fn read_return_to(raw: Option<&str>, desk: &DeskSettings) -> Result<Option<ReturnTo>, Refusal> {
    Ok(raw.map(|raw| ReturnTo::parse(raw, &desk.host(), &desk.return_to_hosts)).transpose()?)
}

impl Operations {
    /// Hands a contact over to the realm's help desk: steps 3 to 8 of section 3, in one unit.
    pub async fn hand_off(&self, ctx: &Ctx, realm: &RealmId, wish: HandoffWish) -> Result<HandedOff, Refusal> {
        let pass = self.customer_pass(ctx, realm, wish.customer.clone(), CustomerRight::HandOff).await?;
        self.write(ctx, realm, move |mut work| Box::pin(async move { work.hand_off(&pass, wish).await })).await
    }

    /// What a code's bearer is asked to confirm; it burns nothing. Whatever is not good about a code, it is absent.
    pub async fn open_handoff(&self, ctx: &Ctx, code: &SecretString) -> Result<HandoffPage, Refusal> {
        let (realm, lookup) = self.locate_code(ctx, code).await?;
        self.read(ctx, &realm, move |mut work| {
            Box::pin(async move {
                let now = work.now();
                work.tx.find_handoff_code(&lookup).await?.filter(|code| now < code.expires_at).ok_or(NO_CODE)?;
                let desk = work.usable_desk().await?;
                Ok(HandoffPage { realm_name: work.realm.name.clone(), origin: desk.origin })
            })
        })
        .await
    }

    /// Uses a code up, once, in the name of whoever asked for it, if that one still may.
    pub async fn redeem_handoff(&self, ctx: &Ctx, code: &SecretString) -> Result<RedeemedHandoff, Refusal> {
        let (realm, lookup) = self.locate_code(ctx, code).await?;
        let found = self.read(ctx, &realm, move |work| Box::pin(async move { Ok(work.tx.find_handoff_code(&lookup).await?) })).await?;
        let code = found.ok_or(NO_CODE)?;
        let ctx = self.as_asker(ctx, &realm, &code).await?;
        let taker = CustomerRef::ById(code.holder.unwrap_or(code.customer));
        let pass = self.customer_pass(&ctx, &realm, taker, CustomerRight::HandOff).await?;
        self.write(&ctx, &realm, move |mut work| Box::pin(async move { work.redeem(&pass, &code, &lookup).await })).await
    }

    async fn locate_code(&self, ctx: &Ctx, code: &SecretString) -> Result<(RealmId, [u8; 32]), Refusal> {
        let text = code.expose_secret();
        if text.is_empty() || text.len() > CODE_BYTES_MAX {
            return Err(NO_CODE);
        }
        let lookup = self.0.store.sealer().lookup(LOOKUP, text);
        let realm = self.0.store.locate_handoff(lookup, &ctx.moment()).await?.ok_or(NO_CODE)?;
        Ok((realm, lookup))
    }

    /// The request in the name of whoever asked for a code. Whether that one may still act is for the decision engine.
    async fn as_asker(&self, ctx: &Ctx, realm: &RealmId, code: &HandoffCode) -> Result<Ctx, Refusal> {
        let principal = match (&code.account, code.session) {
            (None, _) => return Ok(ctx.clone().as_caller(Caller::System)),
            (Some(_), Some(session)) => self.0.store.find_visitor(realm, session, &ctx.moment()).await?,
            (Some((home, key)), None) => self.0.store.find_principal(home, *key, &ctx.moment()).await?,
        };
        let principal = principal.ok_or(Unauthenticated::AccountGone)?;
        Ok(ctx.clone().as_caller(Caller::Account(Arc::new(AccountCaller {
            principal,
            credential: None,
            scope: None,
            scopes: Scopes::All,
        }))))
    }
}
