//! Rows that only count: spent calls, values used once, idempotency keys, filed denials.
//! They are decided in the transaction that writes, so that they hold across processes.

use vestibule_core::{id::CredentialId, rate_limit::Calls, time::Timestamp};

use crate::{backend::Value, error::StoreError, tx::Tx};

impl Tx {
    /// The calls counted under `name`.
    pub async fn counted_calls(&mut self, name: &str) -> Result<Calls, StoreError> {
        let params = [self.r(), name.into()];
        let row = self.query_one("SELECT instants FROM rate_window WHERE realm_id = $1 AND name = $2", &params).await?;
        row.map_or_else(|| Ok(Calls::default()), |row| row.parsed(0))
    }

    /// Stores the calls counted under `name`.
    pub async fn count_calls(&mut self, name: &str, calls: &Calls) -> Result<(), StoreError> {
        let sql = "INSERT INTO rate_window (realm_id, name, instants) VALUES ($1, $2, $3) \
                   ON CONFLICT (realm_id, name) DO UPDATE SET instants = excluded.instants";
        let params = [self.r(), name.into(), calls.to_string().into()];
        self.note(sql, &params).await?;
        Ok(())
    }

    /// Remembers that a credential used a value (a nonce, a `jti`) until an instant; `false` when it had before.
    pub async fn use_once(&mut self, credential: CredentialId, value: &str, until: Timestamp) -> Result<bool, StoreError> {
        let forgotten = [self.r(), self.now().millis().into()];
        self.note("DELETE FROM used_once WHERE realm_id = $1 AND until <= $2", &forgotten).await?;
        let sql = "INSERT INTO used_once (realm_id, credential_id, value, until) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        // Kept as a hash: clients choose these values, and some choose long ones.
        let value = self.sealer().lookup("once", value).to_vec();
        let params = [self.r(), credential.to_string().into(), value.into(), until.millis().into()];
        Ok(self.note(sql, &params).await? == 1)
    }

    /// The digest of the request and the reply that a caller's idempotency key stands for.
    pub async fn find_reply(&mut self, caller: &str, key: &str) -> Result<Option<(Vec<u8>, Vec<u8>)>, StoreError> {
        let key = self.sealer().lookup("idempotency", key).to_vec();
        let params = [self.r(), caller.into(), key.into(), self.now().millis().into()];
        let sql = "SELECT digest, reply FROM idempotency WHERE realm_id = $1 AND caller = $2 AND key = $3 AND until > $4";
        let Some(row) = self.query_one(sql, &params).await? else { return Ok(None) };
        let reply = self.sealer().open(&self.reply_context(caller), row.blob(1)?)?;
        Ok(Some((row.blob(0)?.to_vec(), reply)))
    }

    /// Remembers, sealed, what a caller's idempotency key stands for.
    pub async fn save_reply(&mut self, caller: &str, key: &str, digest: &[u8], reply: &[u8], until: Timestamp) -> Result<(), StoreError> {
        let forgotten = [self.r(), self.now().millis().into()];
        self.note("DELETE FROM idempotency WHERE realm_id = $1 AND until <= $2", &forgotten).await?;
        let sql = "INSERT INTO idempotency (realm_id, caller, key, digest, reply, until) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (realm_id, caller, key) DO UPDATE SET digest = excluded.digest, reply = excluded.reply, until = excluded.until";
        let sealed = self.sealer().seal(&self.reply_context(caller), reply, self.chance())?;
        let key = self.sealer().lookup("idempotency", key).to_vec();
        let params = [self.r(), caller.into(), key.into(), digest.to_vec().into(), sealed.into(), until.millis().into()];
        self.note(sql, &params).await?;
        Ok(())
    }

    fn reply_context(&self, caller: &str) -> String {
        format!("idempotency/{}/{caller}", self.realm())
    }

    /// The minute of a caller's last denial, how many were filed in it and how many left out.
    pub async fn counted_denials(&mut self, caller: &str) -> Result<Option<(i64, i64, i64)>, StoreError> {
        let params = [self.r(), caller.into()];
        let sql = "SELECT minute, filed, left_out FROM denial_count WHERE realm_id = $1 AND caller = $2";
        self.query_one(sql, &params).await?.map(|row| Ok((row.int(0)?, row.int(1)?, row.int(2)?))).transpose()
    }

    /// Stores a caller's count of denials.
    pub async fn count_denials(&mut self, caller: &str, minute: i64, filed: i64, left_out: i64) -> Result<(), StoreError> {
        let sql = "INSERT INTO denial_count (realm_id, caller, minute, filed, left_out) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (realm_id, caller) DO UPDATE SET minute = excluded.minute, filed = excluded.filed, left_out = excluded.left_out";
        let params = [self.r(), caller.into(), Value::Int(minute), Value::Int(filed), Value::Int(left_out)];
        self.note(sql, &params).await?;
        Ok(())
    }
}
