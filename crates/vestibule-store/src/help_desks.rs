//! Rows of help desks and of the secrets shared with them. A secret's value is sealed, and forgotten once it is
//! retired.

use secrecy::SecretString;
use vestibule_core::{
    help_desk::{DeskSecret, DeskSettings, HelpDesk, SecretState},
    id::DeskSecretId,
    time::Timestamp,
};

use crate::{
    authorship,
    backend::{Row, Value},
    error::StoreError,
    tx::Tx,
};

const COLUMNS: &str =
    "subdomain, enabled, delivery, return_to_hosts, claims, barred, version, created_at, created_by, modified_by, modified_at";
const SECRET: &str = "id, state, fingerprint, created_at, activated_at, retired_at";

fn unreadable(_: serde_json::Error) -> StoreError {
    StoreError::Unreadable { what: "settings of a help desk".to_owned() }
}

fn read(row: &Row) -> Result<HelpDesk, StoreError> {
    Ok(HelpDesk {
        settings: DeskSettings {
            subdomain: row.text(0)?.to_owned(),
            enabled: row.flag(1)?,
            delivery: row.parsed(2)?,
            return_to_hosts: serde_json::from_str(row.text(3)?).map_err(unreadable)?,
            claims: serde_json::from_str(row.text(4)?).map_err(unreadable)?,
            barred: serde_json::from_str(row.text(5)?).map_err(unreadable)?,
        },
        version: row.int(6)?,
        created_at: Timestamp::from_millis(row.int(7)?),
        authorship: authorship::read(row, 8)?,
    })
}

fn read_secret(row: &Row) -> Result<DeskSecret, StoreError> {
    Ok(DeskSecret {
        id: row.parsed(0)?,
        state: row.parsed(1)?,
        fingerprint: row.text(2)?.to_owned(),
        created_at: Timestamp::from_millis(row.int(3)?),
        activated_at: row.int_or_null(4)?.map(Timestamp::from_millis),
        retired_at: row.int_or_null(5)?.map(Timestamp::from_millis),
    })
}

/// The place for which a secret is sealed.
fn secret_context(id: DeskSecretId) -> String {
    format!("help_desk_secret/{id}")
}

impl Tx {
    /// The realm's help desk, if it has one.
    pub async fn find_help_desk(&mut self) -> Result<Option<HelpDesk>, StoreError> {
        let params = [self.r()];
        let sql = format!("SELECT {COLUMNS} FROM help_desk WHERE realm_id = $1");
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// Stores the realm's help desk.
    pub async fn save_help_desk(&mut self, desk: &HelpDesk) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO help_desk (realm_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
             ON CONFLICT (realm_id) DO UPDATE SET subdomain = excluded.subdomain, enabled = excluded.enabled, \
             delivery = excluded.delivery, return_to_hosts = excluded.return_to_hosts, claims = excluded.claims, \
             barred = excluded.barred, version = excluded.version, modified_by = excluded.modified_by, modified_at = excluded.modified_at"
        );
        let settings = &desk.settings;
        let mut params = vec![
            self.r(),
            settings.subdomain.clone().into(),
            settings.enabled.into(),
            settings.delivery.as_str().into(),
            serde_json::to_string(&settings.return_to_hosts).map_err(unreadable)?.into(),
            serde_json::to_string(&settings.claims).map_err(unreadable)?.into(),
            serde_json::to_string(&settings.barred).map_err(unreadable)?.into(),
            desk.version.into(),
            desk.created_at.millis().into(),
        ];
        params.extend(authorship::values(&desk.authorship));
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// The secrets shared with the help desk, newest first.
    pub async fn list_desk_secrets(&mut self) -> Result<Vec<DeskSecret>, StoreError> {
        let params = [self.r()];
        let sql = format!("SELECT {SECRET} FROM help_desk_secret WHERE realm_id = $1 ORDER BY id DESC");
        self.query(&sql, &params).await?.iter().map(read_secret).collect()
    }

    /// The secret that signs, and its value.
    pub async fn find_active_secret(&mut self) -> Result<Option<(DeskSecret, SecretString)>, StoreError> {
        let params = [self.r(), SecretState::Active.as_str().into()];
        let sql = format!("SELECT {SECRET}, secret FROM help_desk_secret WHERE realm_id = $1 AND state = $2");
        let Some(row) = self.query_one(&sql, &params).await? else { return Ok(None) };
        let found = read_secret(&row)?;
        let context = secret_context(found.id);
        let opened = self.sealer().open(&context, row.blob(6)?)?;
        let value = String::from_utf8(opened).map_err(|_| StoreError::Sealed(context))?;
        Ok(Some((found, SecretString::from(value))))
    }

    /// Stores a secret that was brought in, its value sealed.
    pub async fn insert_desk_secret(&mut self, secret: &DeskSecret, value: &str) -> Result<(), StoreError> {
        let sealed = self.sealer().seal(&secret_context(secret.id), value.as_bytes(), self.chance())?;
        let sql = format!("INSERT INTO help_desk_secret (realm_id, {SECRET}, secret) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
        let params = [
            self.r(),
            secret.id.to_string().into(),
            secret.state.as_str().into(),
            secret.fingerprint.clone().into(),
            secret.created_at.millis().into(),
            secret.activated_at.map(Timestamp::millis).into(),
            secret.retired_at.map(Timestamp::millis).into(),
            sealed.into(),
        ];
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// Stores how a secret stands; the value of a retired one is forgotten.
    pub async fn update_desk_secret(&mut self, secret: &DeskSecret) -> Result<(), StoreError> {
        let sql = "UPDATE help_desk_secret SET state = $3, activated_at = $4, retired_at = $5, \
                   secret = CASE WHEN $3 = 'retired' THEN NULL ELSE secret END WHERE realm_id = $1 AND id = $2";
        let params: [Value; 5] = [
            self.r(),
            secret.id.to_string().into(),
            secret.state.as_str().into(),
            secret.activated_at.map(Timestamp::millis).into(),
            secret.retired_at.map(Timestamp::millis).into(),
        ];
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Removes a secret.
    pub async fn delete_desk_secret(&mut self, id: DeskSecretId) -> Result<(), StoreError> {
        let params = [self.r(), id.to_string().into()];
        self.change("DELETE FROM help_desk_secret WHERE realm_id = $1 AND id = $2", &params).await?;
        Ok(())
    }
}
