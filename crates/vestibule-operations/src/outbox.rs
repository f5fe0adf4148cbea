//! The outbox: mail enters it in the transaction that decides it, and leaves it by a worker.

use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::sync::watch;
use tracing::{Instrument, Span, field::Empty, trace_span};
use vestibule_core::{
    audit::Channel,
    id::{MailId, RealmId},
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_store::{MailState, OutboxEntry, Page, PageRequest, TRACES};

use crate::{
    measures::MEASURES,
    notify::{Letter, OutgoingMail, SendError, next_attempt},
    operations::Operations,
    unit_of_work::UnitOfWork,
};

/// How long a delivery may take before another worker may try the mail, in seconds: longer than a
/// transport takes at most (`notify/transport.rs`), or two workers would send it.
const LEASE_S: i64 = 180;
/// How long a delivery may go on once the worker is told to stop.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// Mails that one round looks at.
const ROUND: usize = 50;

impl UnitOfWork<'_> {
    /// Puts a letter into the outbox.
    pub(crate) async fn enqueue(&mut self, letter: Letter) -> Result<(), Refusal> {
        let mail = OutboxEntry {
            id: MailId::fresh(self.now(), &self.ctx.chance),
            to: letter.to,
            subject: letter.subject,
            text: letter.text,
            html: letter.html,
            state: MailState::Pending,
            attempts: 0,
            next_attempt_at: Some(self.now()),
            sent_at: None,
            last_error: None,
            created_at: self.now(),
        };
        self.tx.enqueue_mail(&mail).await?;
        match &letter.secret {
            Some(secret) => Ok(self.tx.keep_mail_secret(mail.id, secret.expose_secret()).await?),
            None => Ok(()),
        }
    }

    /// A page of the realm's outbox, newest first.
    pub async fn outbox(&mut self, page: PageRequest) -> Result<Page<OutboxEntry>, Refusal> {
        if page.after.as_ref().is_some_and(|after| after.parse::<MailId>().is_err()) {
            return Err(Malformed::new("after", Fault::Format("a cursor of this list")).into());
        }
        Ok(self.tx.list_mail(page).await?)
    }
}

impl Operations {
    /// Delivers what is due, once around. Says how many mails it tried. One that cannot be read, or whose
    /// outcome cannot be stored, holds up no other.
    ///
    /// A mail is leased before it is sent and settled after: a crash in between sends it again with the
    /// same Message-ID (SMTP), or writes the same file (`.eml`); it is never lost.
    pub async fn deliver_due_mail(&self) -> Result<usize, Refusal> {
        let (_never_told, stop) = watch::channel(false);
        self.deliver_due_mail_until(&stop).await
    }

    /// As [`Operations::deliver_due_mail`], until told to stop: a delivery that then takes longer than
    /// [`STOP_GRACE`] is given up, and tried again like any other that failed.
    pub(crate) async fn deliver_due_mail_until(&self, stop: &watch::Receiver<bool>) -> Result<usize, Refusal> {
        let ctx = self.own_ctx(Channel::Timer);
        let due = self.0.store.list_due_mail(&ctx.moment(), ROUND).await?;
        let mut tried = 0;
        for (realm, id) in due {
            if *stop.borrow() {
                break;
            }
            match self.deliver(&realm, id, stop).instrument(delivery(&realm, id)).await {
                Ok(was_ours) => tried += usize::from(was_ours),
                Err(Refusal::Unavailable) => return Err(Refusal::Unavailable),
                Err(refusal) => tracing::error!(mail.id = %id, realm.id = %realm, %refusal, "a mail cannot be handled"),
            }
        }
        Ok(tried)
    }

    /// Delivers one mail; `false`: another worker has it.
    async fn deliver(&self, realm: &RealmId, id: MailId, stop: &watch::Receiver<bool>) -> Result<bool, Refusal> {
        let ctx = self.own_ctx(Channel::Timer);
        let until = ctx.now.plus_seconds(LEASE_S);
        let leased = self.0.store.write(realm, ctx.moment(), move |tx| {
            Box::pin(async move {
                let Some(mail) = tx.lease_mail(id, until).await? else { return Ok(None) };
                Ok(Some((mail, tx.find_mail_secret(id).await?)))
            })
        });
        let Some((mut mail, secret)) = leased.await? else { return Ok(false) };
        let whole = |body: &str| secret.as_ref().map_or_else(|| body.to_owned(), |secret| body.replace(Letter::KEPT_BACK, secret));
        let (text, html) = (&whole(&mail.text), &whole(&mail.html));
        let outgoing = OutgoingMail { id, to: &mail.to, subject: &mail.subject, text, html, created_at: mail.created_at };
        let sent = tokio::select! {
            sent = self.0.transport.send(&outgoing) => sent,
            () = grace_is_over(stop.clone()) => Err(SendError::temporary("the mail server had not answered when we were stopped")),
        };
        let after = self.own_ctx(Channel::Timer);
        match sent {
            Ok(()) => {
                MEASURES.mail_sent.increment(1);
                Span::current().record("mail.outcome", "sent");
                mail.state = MailState::Sent;
                mail.sent_at = Some(after.now);
                (mail.next_attempt_at, mail.last_error) = (None, None);
            }
            Err(error) => {
                let attempts = u32::try_from(mail.attempts).unwrap_or(u32::MAX);
                mail.next_attempt_at = next_attempt(attempts, after.now).filter(|_| !error.permanent);
                mail.state = if mail.next_attempt_at.is_some() { MailState::Pending } else { MailState::Failed };
                let (counter, outcome) = match mail.state {
                    MailState::Failed => (&MEASURES.mail_failed, "failed"),
                    _ => (&MEASURES.mail_delayed, "delayed"),
                };
                counter.increment(1);
                Span::current().record("mail.outcome", outcome).record("otel.status_code", "ERROR");
                // Why stands in the outbox alone: a mail server's words may repeat the address.
                tracing::warn!(mail.id = %id, realm.id = %realm, attempts, permanent = error.permanent, "a mail could not be delivered");
                mail.last_error = Some(error.to_string());
            }
        }
        let settle = self.0.store.write(realm, after.moment(), move |tx| Box::pin(async move { Ok(tx.settle_mail(&mail).await?) }));
        if !settle.await? {
            tracing::warn!(mail.id = %id, realm.id = %realm, "a delivery outlasted its lease; another worker has the mail");
        }
        Ok(true)
    }
}

/// The span of one delivery, for whoever collects traces. It has no parent: the request that caused the mail was
/// answered before.
fn delivery(realm: &RealmId, id: MailId) -> Span {
    trace_span!(
        target: TRACES,
        parent: None,
        "delivery",
        otel.name = "deliver mail",
        otel.kind = "client",
        realm.id = realm.as_str(),
        mail.id = %id,
        mail.outcome = Empty,
        otel.status_code = Empty,
    )
}

/// Some time after being told to stop.
async fn grace_is_over(mut stop: watch::Receiver<bool>) {
    // A sender that is gone says the same.
    let _ = stop.wait_for(|told| *told).await;
    tokio::time::sleep(STOP_GRACE).await;
}
