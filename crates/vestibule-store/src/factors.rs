//! Rows of factors, of recovery codes and of challenges that were answered. Secrets are sealed, each for its row; of codes
//! there are keyed hashes.

use vestibule_core::{
    factor::{Factor, FactorKind},
    id::{AccountKey, FactorId, RealmId},
    refusal::Refusal,
    time::Timestamp,
};

use crate::{
    backend::Row,
    error::StoreError,
    store::Store,
    tx::{Moment, Tx},
};

const COLUMNS: &str = "id, account_key, kind, name, step, created_at, last_used_at";

/// A passkey that was found by its id.
#[derive(Debug, Clone)]
pub struct FoundPasskey {
    /// Where its owner belongs.
    pub realm: RealmId,
    /// The passkey.
    pub factor: Factor,
    /// Its public half.
    pub key: Vec<u8>,
}

fn read(row: &Row, from: usize) -> Result<Factor, StoreError> {
    Ok(Factor {
        id: row.parsed(from)?,
        account: row.parsed(from + 1)?,
        kind: row.parsed(from + 2)?,
        name: row.text(from + 3)?.to_owned(),
        step: row.int(from + 4)?,
        created_at: Timestamp::from_millis(row.int(from + 5)?),
        last_used_at: row.int_or_null(from + 6)?.map(Timestamp::from_millis),
    })
}

fn context(id: FactorId) -> String {
    format!("factor/{id}")
}

impl Tx {
    /// An account's factors, oldest first.
    pub async fn list_factors(&mut self, account: AccountKey) -> Result<Vec<Factor>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM factor WHERE realm_id = $1 AND account_key = $2 ORDER BY created_at, id");
        let params = [self.r(), account.to_string().into()];
        self.query(&sql, &params).await?.iter().map(|row| read(row, 0)).collect()
    }

    /// An account's app, with its secret.
    pub async fn find_app(&mut self, account: AccountKey) -> Result<Option<(Factor, Vec<u8>)>, StoreError> {
        let sql = format!("SELECT secret, {COLUMNS} FROM factor WHERE realm_id = $1 AND account_key = $2 AND kind = $3");
        let params = [self.r(), account.to_string().into(), FactorKind::Totp.as_str().into()];
        let Some(row) = self.query_one(&sql, &params).await? else { return Ok(None) };
        let factor = read(&row, 1)?;
        let secret = self.sealer().open(&context(factor.id), row.blob(0)?)?;
        Ok(Some((factor, secret)))
    }

    /// Stores a new factor, its secret sealed; `false`: a passkey with this keyed hash is there already.
    pub async fn insert_factor(&mut self, factor: &Factor, secret: &[u8], lookup: Option<[u8; 32]>) -> Result<bool, StoreError> {
        let sql = format!(
            "INSERT INTO factor (realm_id, {COLUMNS}, lookup, secret) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING"
        );
        let sealed = self.sealer().seal(&context(factor.id), secret, self.chance())?;
        let params = [
            self.r(),
            factor.id.to_string().into(),
            factor.account.to_string().into(),
            factor.kind.as_str().into(),
            factor.name.as_str().into(),
            factor.step.into(),
            factor.created_at.millis().into(),
            factor.last_used_at.map(Timestamp::millis).into(),
            lookup.map(|lookup| lookup.to_vec()).into(),
            sealed.into(),
        ];
        Ok(self.change(&sql, &params).await? == 1)
    }

    /// Writes down that a factor was used this far; `false`: it was before, or it is gone. One that never counts stays at 0.
    pub async fn use_factor(&mut self, id: FactorId, step: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE factor SET step = $3, last_used_at = $4 WHERE realm_id = $1 AND id = $2 AND (step < $3 OR (step = 0 AND $3 = 0))";
        let params = [self.r(), id.to_string().into(), step.into(), self.now().millis().into()];
        Ok(self.note(sql, &params).await? == 1)
    }

    /// Removes a factor.
    pub async fn delete_factor(&mut self, id: FactorId) -> Result<(), StoreError> {
        let params = [self.r(), id.to_string().into()];
        self.change("DELETE FROM factor WHERE realm_id = $1 AND id = $2", &params).await?;
        Ok(())
    }

    /// Puts recovery codes, by their keyed hashes, in place of those that an account has.
    pub async fn replace_recovery_codes(&mut self, account: AccountKey, lookups: &[[u8; 32]]) -> Result<(), StoreError> {
        let params = [self.r(), account.to_string().into()];
        self.change("DELETE FROM recovery_code WHERE realm_id = $1 AND account_key = $2", &params).await?;
        for lookup in lookups {
            let params = [self.r(), account.to_string().into(), lookup.to_vec().into()];
            self.change("INSERT INTO recovery_code (realm_id, account_key, lookup) VALUES ($1, $2, $3)", &params).await?;
        }
        Ok(())
    }

    /// How many recovery codes an account has left.
    pub async fn count_recovery_codes(&mut self, account: AccountKey) -> Result<i64, StoreError> {
        let params = [self.r(), account.to_string().into()];
        let row = self.query_one("SELECT COUNT(*) FROM recovery_code WHERE realm_id = $1 AND account_key = $2", &params).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// Uses a recovery code up; `false`: the account has none like it.
    pub async fn take_recovery_code(&mut self, account: AccountKey, lookup: &[u8; 32]) -> Result<bool, StoreError> {
        let params = [self.r(), account.to_string().into(), lookup.to_vec().into()];
        let sql = "DELETE FROM recovery_code WHERE realm_id = $1 AND account_key = $2 AND lookup = $3";
        Ok(self.note(sql, &params).await? == 1)
    }

    /// Remembers that a challenge was answered, until it is good no longer; `false` when it had been before.
    pub async fn answer_challenge(&mut self, lookup: &[u8; 32], until: Timestamp) -> Result<bool, StoreError> {
        let old = [self.r(), self.now().millis().into()];
        self.note("DELETE FROM answered_challenge WHERE realm_id = $1 AND until <= $2", &old).await?;
        let params = [self.r(), lookup.to_vec().into(), until.millis().into()];
        let sql = "INSERT INTO answered_challenge (realm_id, lookup, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        Ok(self.note(sql, &params).await? == 1)
    }
}

impl Store {
    /// The passkey whose id has this keyed hash.
    pub async fn find_passkey(&self, lookup: [u8; 32], moment: &Moment) -> Result<Option<FoundPasskey>, Refusal> {
        self.read(&RealmId::vendor(), moment.clone(), move |tx| {
            Box::pin(async move {
                let sql = format!("SELECT realm_id, secret, {COLUMNS} FROM factor WHERE lookup = $1");
                let Some(row) = tx.query_one(&sql, &[lookup.to_vec().into()]).await? else { return Ok(None) };
                let factor = read(&row, 2)?;
                let key = tx.sealer().open(&context(factor.id), row.blob(1)?)?;
                Ok(Some(FoundPasskey { realm: row.parsed(0)?, factor, key }))
            })
        })
        .await
    }
}
