//! When credentials were last used: noted in memory as it happens, carried to the database in batches.
//!
//! A request writes nothing. Each token remembers when it was last noted and is noted again only after
//! [`NOTED_EVERY_MS`]; what was noted waits here until [`Store::save_uses`] takes it, every so often.

use std::{
    collections::BTreeMap,
    mem,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use vestibule_core::{
    id::{CredentialId, RealmId},
    refusal::Refusal,
    time::Timestamp,
};

use crate::{
    backend::Value,
    error::StoreError,
    principals::Token,
    store::Store,
    tx::{Moment, Tx},
};

/// A credential in steady use is noted so often, in milliseconds. With the time between two savings it makes up how
/// late a last use may be told: at most 60 s (`spec/wavefront-accounts.md`, section 9.4, has no figure of its own).
const NOTED_EVERY_MS: i64 = 20_000;

/// Most uses that wait while the database cannot be reached; those beyond are forgotten.
const WAITING_MAX: usize = 1_000_000;

/// Credentials in one statement.
const IN_ONE: usize = 100;

/// When a held credential was last noted, in milliseconds; 0: not since it is held.
#[derive(Debug, Default)]
pub(crate) struct Noted(AtomicI64);

type Use = (RealmId, CredentialId, Timestamp);

/// What was noted and is not saved yet.
#[derive(Default)]
pub(crate) struct Uses(Mutex<Vec<Use>>);

impl Uses {
    fn take(&self) -> Vec<Use> {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn give(&self, uses: impl IntoIterator<Item = Use>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(uses);
    }
}

impl Store {
    /// Notes that a credential proved somebody at `now`.
    pub fn note_use(&self, token: &Token, now: Timestamp) {
        let last = token.noted.0.load(Ordering::Relaxed);
        // A clock that fell back is noted too: the later of two instants is what is kept.
        let is_recent = (0..NOTED_EVERY_MS).contains(&now.millis().saturating_sub(last));
        if is_recent || token.noted.0.compare_exchange(last, now.millis(), Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        self.uses().give([(token.realm.clone(), token.credential, now)]);
    }

    /// Writes down what was noted, and says for how many credentials. What cannot be written waits for the next time.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] where the database cannot be reached.
    pub async fn save_uses(&self, moment: &Moment) -> Result<usize, Refusal> {
        let mut noted = self.uses().take();
        noted.truncate(WAITING_MAX);
        let mut by_realm: BTreeMap<RealmId, BTreeMap<CredentialId, Timestamp>> = BTreeMap::new();
        for (realm, credential, at) in noted {
            let last = by_realm.entry(realm).or_default().entry(credential).or_insert(at);
            *last = at.max(*last);
        }
        let (mut saved, mut left, mut failed) = (0, Vec::new(), None);
        for (realm, uses) in by_realm {
            let uses: Vec<_> = uses.into_iter().collect();
            for some in uses.chunks(IN_ONE) {
                let batch = some.to_vec();
                let write = self.write(&realm, moment.clone(), move |tx| Box::pin(async move { Ok(tx.save_uses(&batch).await?) }));
                match if failed.is_none() { write.await } else { Err(Refusal::Unavailable) } {
                    Ok(()) => saved += some.len(),
                    Err(refusal) => {
                        failed.get_or_insert(refusal);
                        left.extend(some.iter().map(|(credential, at)| (realm.clone(), *credential, *at)));
                    }
                }
            }
        }
        self.uses().give(left);
        failed.map_or(Ok(saved), Err)
    }
}

impl Tx {
    /// Keeps the last use of each credential that is still there.
    async fn save_uses(&mut self, uses: &[(CredentialId, Timestamp)]) -> Result<(), StoreError> {
        let mut params = vec![self.r()];
        let mut rows = Vec::with_capacity(uses.len());
        for (id, at) in uses {
            rows.push(format!("(CAST(${} AS TEXT), CAST(${} AS BIGINT))", params.len() + 1, params.len() + 2));
            params.extend([Value::from(id.to_string()), Value::Int(at.millis())]);
        }
        let sql = format!(
            "WITH used (id, at) AS (VALUES {}) INSERT INTO credential_use (realm_id, credential_id, used_at) \
             SELECT c.realm_id, c.id, used.at FROM used JOIN credential c ON c.realm_id = $1 AND c.id = used.id WHERE TRUE \
             ON CONFLICT (realm_id, credential_id) DO UPDATE SET used_at = excluded.used_at \
             WHERE excluded.used_at > credential_use.used_at",
            rows.join(", ")
        );
        self.note(&sql, &params).await?;
        Ok(())
    }
}
