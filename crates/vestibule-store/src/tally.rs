//! What is counted over all realms, for whoever runs the server. Sums only: nothing of a realm is told.

use vestibule_core::{id::RealmId, refusal::Refusal};

use crate::{error::StoreError, measures::MEASURES, store::Store, tx::Moment};

/// Sums over all realms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Mails that wait in outboxes, to be delivered or tried again.
    pub mail_pending: u64,
    /// Events in all logs.
    pub log_events: u64,
}

impl Store {
    /// Hands over what this process counted without telling the recorder each time.
    pub fn tell_measures(&self) {
        MEASURES.tell();
    }

    /// Counts. It reads an index over the waiting mails and one row for each realm.
    pub async fn tally(&self, moment: &Moment) -> Result<Tally, Refusal> {
        self.read(&RealmId::vendor(), moment.clone(), |tx| {
            Box::pin(async move {
                // A sum of BIGINT is NUMERIC on PostgreSQL.
                let sql = "SELECT (SELECT COUNT(*) FROM outbox WHERE due_at IS NOT NULL), (SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM audit_log)";
                let row = tx.query_one(sql, &[]).await?.ok_or_else(|| StoreError::Unreadable { what: "the tally".to_owned() })?;
                let count = |column| row.int(column).map(|count| u64::try_from(count).unwrap_or_default());
                Ok(Tally { mail_pending: count(0)?, log_events: count(1)? })
            })
        })
        .await
    }
}
