//! Rows of the outbox: mail that was decided in a transaction and is delivered after it.

use std::{fmt, str::FromStr};

use vestibule_core::{
    id::{MailId, RealmId},
    refusal::Refusal,
    time::Timestamp,
};

use crate::{
    backend::{Row, Value},
    error::StoreError,
    memory::Facet,
    store::Store,
    tx::{Moment, Page, PageRequest, Tx},
};

/// How a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    /// To be delivered, perhaps again.
    Pending,
    /// Taken by the mail server, or written as a file.
    Sent,
    /// Given up; kept to be read.
    Failed,
}

impl MailState {
    /// The word in rows and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for MailState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MailState {
    type Err = ();
    fn from_str(raw: &str) -> Result<Self, ()> {
        [Self::Pending, Self::Sent, Self::Failed].into_iter().find(|state| state.as_str() == raw).ok_or(())
    }
}

/// A mail in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its id; also its Message-ID and its file's name.
    pub id: MailId,
    /// The address it goes to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// The same in HTML.
    pub html: String,
    /// How it stands.
    pub state: MailState,
    /// Deliveries tried.
    pub attempts: i64,
    /// When the next delivery is due; absent: none is.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was delivered.
    pub sent_at: Option<Timestamp>,
    /// What the last failed delivery met.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
}

const COLUMNS: &str = "id, recipient, subject, body_text, body_html, state, attempts, due_at, sent_at, last_error, created_at";

fn read(row: &Row) -> Result<OutboxEntry, StoreError> {
    Ok(OutboxEntry {
        id: row.parsed(0)?,
        to: row.text(1)?.to_owned(),
        subject: row.text(2)?.to_owned(),
        text: row.text(3)?.to_owned(),
        html: row.text(4)?.to_owned(),
        state: row.parsed(5)?,
        attempts: row.int(6)?,
        next_attempt_at: row.int_or_null(7)?.map(Timestamp::from_millis),
        sent_at: row.int_or_null(8)?.map(Timestamp::from_millis),
        last_error: row.text_or_null(9)?.map(str::to_owned),
        created_at: Timestamp::from_millis(row.int(10)?),
    })
}

/// The place for which a mail's secret is sealed.
fn secret_context(id: MailId) -> String {
    format!("outbox/{id}")
}

impl Tx {
    /// Puts a mail into the outbox; it is delivered once this commits.
    pub async fn enqueue_mail(&mut self, mail: &OutboxEntry) -> Result<(), StoreError> {
        let sql = format!("INSERT INTO outbox (realm_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
        let params = [
            self.r(),
            mail.id.to_string().into(),
            mail.to.clone().into(),
            mail.subject.clone().into(),
            mail.text.clone().into(),
            mail.html.clone().into(),
            mail.state.as_str().into(),
            mail.attempts.into(),
            mail.next_attempt_at.map(Timestamp::millis).into(),
            mail.sent_at.map(Timestamp::millis).into(),
            mail.last_error.clone().into(),
            mail.created_at.millis().into(),
        ];
        self.note(&sql, &params).await?;
        self.touch(Facet::Outbox);
        Ok(())
    }

    /// Keeps, sealed, what a mail's letter leaves out until it is delivered.
    pub async fn keep_mail_secret(&mut self, id: MailId, secret: &str) -> Result<(), StoreError> {
        let sealed = self.sealer().seal(&secret_context(id), secret.as_bytes(), self.chance())?;
        let params = [self.r(), id.to_string().into(), sealed.into()];
        self.note("UPDATE outbox SET secret = $3 WHERE realm_id = $1 AND id = $2", &params).await?;
        Ok(())
    }

    /// What a mail's letter leaves out, while the mail has not left.
    pub async fn find_mail_secret(&mut self, id: MailId) -> Result<Option<String>, StoreError> {
        let params = [self.r(), id.to_string().into()];
        let row = self.query_one("SELECT secret FROM outbox WHERE realm_id = $1 AND id = $2", &params).await?;
        let Some(sealed) = row.as_ref().map(|row| row.blob_or_null(0)).transpose()?.flatten() else { return Ok(None) };
        let opened = self.sealer().open(&secret_context(id), sealed)?;
        String::from_utf8(opened).map(Some).map_err(|_| StoreError::Sealed(secret_context(id)))
    }

    /// A page of the realm's outbox, newest first.
    pub async fn list_mail(&mut self, page: PageRequest) -> Result<Page<OutboxEntry>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE realm_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
        let after = page.after.unwrap_or_else(|| "g".to_owned());
        let params = [self.r(), after.into(), Value::Int(page.limit as i64 + 1)];
        let items = self.query(&sql, &params).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, page.limit, |mail| mail.id.to_string()))
    }

    /// Takes a due mail for one delivery: nobody else takes it before `lease_until`. `None`: somebody else has.
    pub async fn lease_mail(&mut self, id: MailId, lease_until: Timestamp) -> Result<Option<OutboxEntry>, StoreError> {
        let sql = format!(
            "UPDATE outbox SET due_at = $3, attempts = attempts + 1 WHERE realm_id = $1 AND id = $2 AND due_at <= $4 RETURNING {COLUMNS}"
        );
        let params = [self.r(), id.to_string().into(), lease_until.millis().into(), self.now().millis().into()];
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// Stores what became of the delivery for which the mail was leased; `false` when it has since been
    /// leased to somebody else, whose outcome counts.
    pub async fn settle_mail(&mut self, mail: &OutboxEntry) -> Result<bool, StoreError> {
        let sql = "UPDATE outbox SET state = $3, due_at = $4, sent_at = $5, last_error = $6, \
                   secret = CASE WHEN $3 = 'pending' THEN secret END \
                   WHERE realm_id = $1 AND id = $2 AND attempts = $7";
        let params = [
            self.r(),
            mail.id.to_string().into(),
            mail.state.as_str().into(),
            mail.next_attempt_at.map(Timestamp::millis).into(),
            mail.sent_at.map(Timestamp::millis).into(),
            mail.last_error.clone().into(),
            mail.attempts.into(),
        ];
        Ok(self.note(sql, &params).await? == 1)
    }
}

impl Store {
    /// Where mail is due, in any realm, oldest first: for the worker that delivers.
    pub async fn list_due_mail(&self, moment: &Moment, limit: usize) -> Result<Vec<(RealmId, MailId)>, Refusal> {
        self.read(&RealmId::vendor(), moment.clone(), move |tx| {
            Box::pin(async move {
                let sql = "SELECT realm_id, id FROM outbox WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2";
                let params = [tx.now().millis().into(), Value::Int(limit as i64)];
                let rows = tx.query(sql, &params).await?;
                Ok(rows.iter().map(|row| Ok((row.parsed(0)?, row.parsed(1)?))).collect::<Result<_, StoreError>>()?)
            })
        })
        .await
    }
}
