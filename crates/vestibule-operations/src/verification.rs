//! Verifying contacts' addresses: a letter goes out with a link, which comes back without anybody signed in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    audit::Action, contact::ContactKind, customer::Customer, rate_limit::RateLimit, refusal::Refusal, verification::EmailVerification,
};

use crate::{context::Ctx, notify::VerificationLetter, operations::Operations, unit_of_work::UnitOfWork};

/// What a link's secret is hashed as.
const LOOKUP: &str = "verification";
/// Longest member of a link that is looked at, in bytes; ours have 22 and 43.
const MEMBER_BYTES_MAX: usize = 128;
/// Letters to one contact: enough for whoever has lost one, too few to fill a stranger's mailbox.
const LETTERS: RateLimit = RateLimit { name: "verification.contact", allowed: 10, period_s: 3_600 };

impl UnitOfWork<'_> {
    /// Mails a link to the contact's first address; the link before is no longer good. Refuses a contact without one
    /// and one that is verified, in that order.
    pub async fn request_verification(&mut self, customer: &Customer, kind: ContactKind) -> Result<(), Refusal> {
        let contact = self.contact(customer, kind).await?;
        let verification = EmailVerification::of(&contact, self.now())?;
        self.spend_for(LETTERS, &format!("{}/{kind}", customer.id)).await?;
        let selector = URL_SAFE_NO_PAD.encode(self.ctx.chance.bytes::<16>());
        let secret = self.ctx.chance.secret();
        let lookup = self.tx.sealer().lookup(LOOKUP, secret.expose_secret());
        self.tx.save_verification(&verification, &selector, lookup).await?;
        let draft = self.contact_draft(Action::ContactVerificationRequested, customer, &contact);
        self.tx.record(draft.with_data("expires_at", verification.expires_at.to_string()));
        let letter = VerificationLetter {
            to: &verification.email,
            realm_name: &self.realm.name,
            until: verification.expires_at,
            selector: &selector,
            secret: &secret,
            public_url: &self.house.settings.public_url,
        };
        let letter = letter.write().map_err(|error| {
            tracing::error!(%error, "the letter that verifies an address could not be written");
            Refusal::Internal
        })?;
        self.enqueue(letter).await
    }

    async fn confirm_email(&mut self, selector: &str, lookup: &[u8; 32]) -> Result<(), Refusal> {
        let sent = self.tx.find_verification(selector, lookup).await?.ok_or(EmailVerification::spent())?;
        let customer = self.tx.find_customer(sent.customer).await?.filter(|customer| customer.purged_at.is_none());
        let contact = self.tx.find_contact(sent.customer, sent.kind).await?;
        let (Some(customer), Some(contact)) = (customer, contact) else { return Err(EmailVerification::spent()) };
        sent.check(&contact, self.now())?;
        let contact = contact.verified(self.ctx.author(), self.now())?;
        self.tx.save_contact(&contact).await?;
        self.tx.delete_verification(sent.customer, sent.kind).await?;
        let draft = self.contact_draft(Action::ContactVerified, &customer, &contact);
        self.tx.record(draft);
        Ok(())
    }
}

impl Operations {
    /// Takes a link that came back, once: the address that it was sent to is known to be the contact's from now on.
    /// Whatever is not good about it, its bearer is told the same.
    pub async fn confirm_email(&self, ctx: &Ctx, selector: &str, secret: &SecretString) -> Result<(), Refusal> {
        if selector.len() > MEMBER_BYTES_MAX || secret.expose_secret().len() > MEMBER_BYTES_MAX {
            return Err(EmailVerification::spent());
        }
        let realm = self.0.store.locate_verification(selector, &ctx.moment()).await?.ok_or(EmailVerification::spent())?;
        // Keyed hashes are compared: whoever can time the comparison still cannot choose what is compared.
        let lookup = self.0.store.sealer().lookup(LOOKUP, secret.expose_secret());
        let selector = selector.to_owned();
        self.write(ctx, &realm, move |mut work| Box::pin(async move { work.confirm_email(&selector, &lookup).await })).await
    }
}
