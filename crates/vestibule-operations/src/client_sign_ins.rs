//! Signing in through a client: people with their password, customers by a letter to an address that is known to be
//! theirs. What comes of it is a code, with which the browser goes back to the client.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;
use vestibule_core::{
    account::AccountKind,
    audit::{Action, Thing},
    contact::{Contact, normalised},
    credential::CredentialKind,
    customer::{Customer, CustomerId},
    id::{CredentialId, RealmId, SignInId},
    pkce::Challenge,
    rate_limit::RateLimit,
    redirect::RedirectUri,
    refusal::{Refusal, Unauthenticated},
    scope::Scopes,
    sign_in::{ClientSignIn, SignInAsk, Signer, check_customer},
};
use vestibule_store::SignInLink;

use crate::{
    client_tokens::CODE_LOOKUP,
    console::ConsoleCaller,
    context::{Caller, Ctx, CustomerCaller},
    notify::SignInLetter,
    operations::Operations,
    unit_of_work::UnitOfWork,
};

/// What a link's secret is hashed as.
const LINK_LOOKUP: &str = "sign-in-link";
/// Longest secret that is looked at, in bytes; ours have 43.
const SECRET_BYTES_MAX: usize = 128;
/// How long a link in a letter is good, in seconds.
const LINK_LIFETIME_S: i64 = 15 * 60;
/// Letters to one customer: enough for whoever has lost one, too few to fill a stranger's mailbox.
const LETTERS: RateLimit = RateLimit { name: "sign_in.customer", allowed: 10, period_s: 3_600 };
/// Most contacts that are looked at who share an address.
const SHARING_MAX: usize = 20;

const NO_LINK: Refusal = Refusal::Absent("link");

/// A client that may have people sign in: an access key of a robot.
#[derive(Debug, Clone)]
pub struct Client {
    /// Where it belongs.
    pub realm: RealmId,
    /// That realm's name, shown to people.
    pub realm_name: String,
    /// Its key.
    pub key: CredentialId,
    /// What people are told that they sign in to.
    pub name: String,
    /// Where they may be sent back to.
    pub redirect_uris: Vec<RedirectUri>,
}

/// What a client wants of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInWish {
    /// Where the browser goes with the code.
    pub redirect_uri: RedirectUri,
    /// What its tokens may be used for.
    pub scopes: Scopes,
    /// What proves it when it redeems the code.
    pub challenge: Challenge,
    /// What it wants to be told with the code.
    pub state: Option<String>,
}

/// What the bearer of a letter's link is asked to confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPage {
    /// The realm's name.
    pub realm_name: String,
    /// Where they will go.
    pub redirect_uri: RedirectUri,
}

/// Where a browser goes once somebody is signed in. `Debug` leaves the code out.
#[derive(Debug, Clone)]
pub struct SentBack {
    /// One of the client's own addresses.
    pub redirect_uri: RedirectUri,
    /// Good once, for a minute.
    pub code: SecretString,
    /// What the client wanted to be told.
    pub state: Option<String>,
}

impl Client {
    fn ask(&self, wish: SignInWish) -> SignInAsk {
        SignInAsk { client: self.key, redirect_uri: wish.redirect_uri, scopes: wish.scopes, challenge: wish.challenge }
    }
}

impl UnitOfWork<'_> {
    /// The one open customer that has a contact with this address, known to be theirs; and that contact. Where several
    /// customers have, nobody could say who is meant.
    pub(crate) async fn customer_at(&mut self, address: &str) -> Result<Option<(Customer, Contact)>, Refusal> {
        let contacts = self.tx.list_contacts_at(&normalised(address), SHARING_MAX).await?;
        let ids: BTreeSet<CustomerId> = contacts.iter().map(|contact| contact.customer).collect();
        let mut open = Vec::new();
        for id in ids {
            open.extend(self.tx.find_customer(id).await?.filter(|customer| check_customer(customer).is_ok()));
        }
        let (Some(customer), true) = (open.pop(), open.is_empty()) else { return Ok(None) };
        let contact = contacts.into_iter().find(|contact| contact.customer == customer.id);
        Ok(contact.map(|contact| (customer, contact)))
    }

    /// Gives a code for whoever has just signed in; it is they who act.
    async fn give_sign_in_code(&mut self, ask: SignInAsk, signer: Signer) -> Result<SecretString, Refusal> {
        let (now, code) = (self.now(), self.ctx.chance.secret());
        let id = SignInId::fresh(now, &self.ctx.chance);
        let code_ends_at = now.plus_seconds(ClientSignIn::CODE_LIFETIME_S);
        let kept_until = code_ends_at.plus_seconds(self.house.settings.token_lifetime_s);
        let draft = self.draft(Action::SigninSucceeded, Thing::new("sign_in", id.to_string()));
        self.tx.record(draft.with_data("client", ask.client.to_string()));
        let sign_in = ClientSignIn { id, ask, signer, code_ends_at, redeemed_at: None, revoked_at: None };
        let lookup = self.tx.sealer().lookup(CODE_LOOKUP, code.expose_secret());
        self.tx.insert_sign_in(&sign_in, lookup, kept_until).await?;
        Ok(code)
    }

    /// Mails a link to the address's customer; to nobody where there is none, or it was sent too many.
    async fn mail_sign_in_link(&mut self, ask: SignInAsk, state: Option<String>, address: &str) -> Result<(), Refusal> {
        let Some((customer, contact)) = self.customer_at(address).await? else { return Ok(()) };
        self.spend_for(LETTERS, &customer.id.to_string()).await?;
        let email = contact.assertable_email()?.to_owned();
        let (secret, expires_at) = (self.ctx.chance.secret(), self.now().plus_seconds(LINK_LIFETIME_S));
        let lookup = self.tx.sealer().lookup(LINK_LOOKUP, secret.expose_secret());
        let draft = self.contact_draft(Action::SigninRequested, &customer, &contact);
        self.tx.record(draft.with_data("client", ask.client.to_string()).with_data("expires_at", expires_at.to_string()));
        let link = SignInLink { ask, state, customer: customer.id, email, expires_at };
        self.tx.insert_sign_in_link(&link, lookup).await?;
        let letter = SignInLetter {
            to: &link.email,
            realm: &self.realm.id,
            realm_name: &self.realm.name,
            until: expires_at,
            secret: &secret,
            public_url: &self.house.settings.public_url,
        };
        let letter = letter.write().map_err(|error| {
            tracing::error!(%error, "the letter that signs a customer in could not be written");
            Refusal::Internal
        })?;
        self.enqueue(letter).await
    }

    /// What a link stands for, while it is good: its customer is open, the address still a contact's own, and the
    /// client sends people back to where it did.
    async fn good_link(&mut self, lookup: &[u8; 32]) -> Result<SignInLink, Refusal> {
        let now = self.now();
        let link = self.tx.find_sign_in_link(lookup).await?.filter(|link| now < link.expires_at).ok_or(NO_LINK)?;
        let customer = self.tx.find_customer(link.customer).await?.ok_or(NO_LINK)?;
        check_customer(&customer).map_err(|_| NO_LINK)?;
        let contacts = self.tx.list_contacts(link.customer).await?;
        let is_theirs = contacts.iter().any(|contact| contact.assertable_email() == Ok(link.email.as_str()));
        let client = self.tx.find_credential(link.ask.client).await?.map(|found| found.credential);
        let is_registered = client.is_some_and(|client| client.enabled && client.redirect_uris.contains(&link.ask.redirect_uri));
        if is_theirs && is_registered { Ok(link) } else { Err(NO_LINK) }
    }

    async fn take_link(&mut self, lookup: &[u8; 32]) -> Result<SentBack, Refusal> {
        let link = self.good_link(lookup).await?;
        if !self.tx.delete_sign_in_link(lookup).await? {
            return Err(NO_LINK);
        }
        // From here on it is the customer who acts.
        let caller = CustomerCaller { realm: self.realm.id.clone(), customer: link.customer, scopes: link.ask.scopes.clone() };
        self.ctx.caller = Caller::Customer(caller.into());
        let redirect_uri = link.ask.redirect_uri.clone();
        let code = self.give_sign_in_code(link.ask, Signer::Customer(link.customer)).await?;
        Ok(SentBack { redirect_uri, code, state: link.state })
    }
}

impl Operations {
    /// The client that goes by an access key's id; nobody's while the key or its robot is switched off.
    pub async fn client(&self, ctx: &Ctx, id: &str) -> Result<Option<Client>, Refusal> {
        let Some((owner, credential)) = self.key_by_id(ctx, CredentialKind::AccessKey, id).await? else { return Ok(None) };
        if owner.kind != AccountKind::Service || !owner.enabled || owner.check_standing().is_err() {
            return Ok(None);
        }
        let name = self.read(ctx, &owner.realm, |work| Box::pin(async move { Ok(work.realm.name.clone()) })).await?;
        let shown = if credential.name.is_empty() { owner.account_id.to_string() } else { credential.name };
        let redirect_uris = credential.redirect_uris;
        Ok(Some(Client { realm: owner.realm, realm_name: name, key: owner.credential, name: shown, redirect_uris }))
    }

    /// Signs a person in with their password, and gives a code for it.
    ///
    /// # Errors
    /// As [`Operations::log_in`], but for sessions; [`Unauthenticated::Missing`] for whoever has a second factor.
    pub async fn sign_in_person(
        &self,
        ctx: &Ctx,
        client: &Client,
        wish: SignInWish,
        user: &str,
        password: &SecretString,
    ) -> Result<SentBack, Refusal> {
        let (person, password) = self.person_by_password(ctx, Some(&client.realm), user, password).await?;
        if self.has_factors(ctx, &person.principal).await? {
            return Err(Unauthenticated::Missing.into());
        }
        let signer = Signer::Account { account: person.principal.key, password };
        self.send_back(&ctx.clone().as_caller(Caller::Account(person)), client, wish, signer).await
    }

    /// Gives a code for whoever is signed in at the console of the client's realm, which takes no second proof of them.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] for somebody of another realm, or without a password: what comes of a code rests on one.
    pub async fn sign_in_from_console(
        &self,
        ctx: &Ctx,
        client: &Client,
        wish: SignInWish,
        who: &ConsoleCaller,
    ) -> Result<SentBack, Refusal> {
        if who.home != client.realm {
            return Err(Unauthenticated::Unknown.into());
        }
        let account = who.principal.key;
        let find = self.read(ctx, &who.home, move |work| Box::pin(async move { Ok(work.tx.find_password(account).await?) }));
        let password = find.await?.ok_or(Unauthenticated::Unknown)?.credential.id;
        self.send_back(&ctx.clone().as_caller(who.own()), client, wish, Signer::Account { account, password }).await
    }

    async fn send_back(&self, ctx: &Ctx, client: &Client, wish: SignInWish, signer: Signer) -> Result<SentBack, Refusal> {
        let (redirect_uri, state, ask) = (wish.redirect_uri.clone(), wish.state.clone(), client.ask(wish));
        let give = self.write(ctx, &client.realm, move |mut work| Box::pin(async move { work.give_sign_in_code(ask, signer).await }));
        Ok(SentBack { redirect_uri, code: give.await?, state })
    }

    /// Has a link mailed to whoever the address belongs to, if it belongs to one open customer of the client's realm.
    /// It is done after this has returned, by the task given back, for which no answer may wait: how long one takes would
    /// tell whether the address is known.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] for an address, known or not, and for a place, that asks too often.
    pub fn ask_for_sign_in_link(&self, ctx: &Ctx, client: &Client, wish: SignInWish, address: &str) -> Result<JoinHandle<()>, Refusal> {
        let name = self.0.store.sealer().lookup("sign-in-address", &format!("{}/{}", client.realm, normalised(address)));
        self.0.proven.check(name, ctx.origin.ip, ctx.now)?;
        self.0.proven.count_failure(name, ctx.origin.ip, ctx.now);
        let (operations, realm, ctx, address) = (self.clone(), client.realm.clone(), ctx.clone(), address.to_owned());
        let (state, ask) = (wish.state.clone(), client.ask(wish));
        Ok(tokio::spawn(async move {
            let mail =
                operations.write(&ctx, &realm, move |mut work| Box::pin(async move { work.mail_sign_in_link(ask, state, &address).await }));
            match mail.await {
                Ok(()) | Err(Refusal::TooMany { .. }) => {}
                Err(refusal) => tracing::error!(%refusal, realm.id = %realm, "a letter that signs a customer in could not be sent"),
            }
        }))
    }

    /// What a link's bearer is asked to confirm; it burns nothing. Whatever is not good about a link, it is absent.
    pub async fn open_sign_in_link(&self, ctx: &Ctx, realm: &str, secret: &SecretString) -> Result<LinkPage, Refusal> {
        let (realm, lookup) = self.link_lookup(realm, secret)?;
        let open = self.read(ctx, &realm, move |mut work| {
            Box::pin(async move {
                let link = work.good_link(&lookup).await?;
                Ok(LinkPage { realm_name: work.realm.name.clone(), redirect_uri: link.ask.redirect_uri })
            })
        });
        open.await.map_err(no_link)
    }

    /// Uses a link up, once, and gives a code for it.
    pub async fn take_sign_in_link(&self, ctx: &Ctx, realm: &str, secret: &SecretString) -> Result<SentBack, Refusal> {
        let (realm, lookup) = self.link_lookup(realm, secret)?;
        let take = self.write(ctx, &realm, move |mut work| Box::pin(async move { work.take_link(&lookup).await }));
        take.await.map_err(no_link)
    }

    fn link_lookup(&self, realm: &str, secret: &SecretString) -> Result<(RealmId, [u8; 32]), Refusal> {
        let text = secret.expose_secret();
        let realm = realm.parse().map_err(|_| NO_LINK)?;
        match !text.is_empty() && text.len() <= SECRET_BYTES_MAX {
            true => Ok((realm, self.0.store.sealer().lookup(LINK_LOOKUP, text))),
            false => Err(NO_LINK),
        }
    }

    /// What a page's form must send back: it was made for this browser, by what its cookie says, and for this request.
    pub fn form_token(&self, cookie: &str, request: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.0.store.sealer().lookup("sign-in-form", &format!("{cookie}\n{request}")))
    }

    /// Whether a form sent back what it must. Keyed hashes are compared: whoever can time the comparison still cannot
    /// choose what is compared.
    pub fn is_form_token(&self, cookie: &str, request: &str, presented: &str) -> bool {
        let hashed = |text: &str| self.0.store.sealer().lookup("sign-in-form-sent", text);
        hashed(presented) == hashed(&self.form_token(cookie, request))
    }
}

/// A realm that is not there, and a customer who is not let in, are no other answer than a link that never was.
fn no_link(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Absent(_) | Refusal::Unauthenticated(Unauthenticated::AccountGone) => NO_LINK,
        other => other,
    }
}
