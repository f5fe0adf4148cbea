//! Rows of credentials, and the one look-up that crosses realms: by a secret's keyed hash.

use vestibule_core::{
    credential::{Credential, CredentialKind},
    id::{AccountKey, CredentialId, RealmId},
    redirect::RedirectUri,
    time::Timestamp,
};

use crate::{
    backend::{Row, Value},
    error::StoreError,
    memory::Facet,
    tx::Tx,
};

/// A credential to be stored.
pub struct NewCredential {
    /// What may be shown of it.
    pub credential: Credential,
    /// The keyed hash under which it is found without a realm; passwords have none.
    pub lookup: Option<[u8; 32]>,
    /// Sealed secret, key hash or public key, as its kind needs.
    pub secret: Vec<u8>,
}

/// A credential with what proves it.
#[derive(Debug, Clone)]
pub struct FoundCredential {
    /// What may be shown of it.
    pub credential: Credential,
    /// Sealed secret, key hash or public key, as its kind needs.
    pub secret: Vec<u8>,
}

/// The place for which a credential's secret is sealed.
pub fn secret_context(credential: CredentialId) -> String {
    format!("credential/{credential}")
}

pub(crate) const COLUMNS: &str = "c.id, c.account_key, c.kind, c.public_id, c.name, c.scope, c.enabled, c.expires_at, c.created_at, c.secret, u.used_at, \
                                  c.redirect_uris";
/// Where they stand: a credential that was never used has no row of its use.
pub(crate) const TABLES: &str = "credential c LEFT JOIN credential_use u ON u.realm_id = c.realm_id AND u.credential_id = c.id";

/// The addresses as one text, one a line.
fn lines(uris: &[RedirectUri]) -> Value {
    uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>().join("\n").into()
}

pub(crate) fn read(row: &Row) -> Result<FoundCredential, StoreError> {
    let unreadable = || StoreError::Unreadable { what: "addresses of a credential".to_owned() };
    let credential = Credential {
        id: row.parsed(0)?,
        account: row.parsed(1)?,
        kind: row.parsed(2)?,
        public_id: row.text_or_null(3)?.map(str::to_owned),
        name: row.text(4)?.to_owned(),
        scope: row.text_or_null(5)?.map(|_| row.parsed(5)).transpose()?,
        enabled: row.flag(6)?,
        expires_at: row.int_or_null(7)?.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.int(8)?),
        last_used_at: row.int_or_null(10)?.map(Timestamp::from_millis),
        redirect_uris: RedirectUri::list(row.text(11)?.lines()).map_err(|_| unreadable())?,
    };
    Ok(FoundCredential { credential, secret: row.blob(9)?.to_vec() })
}

impl Tx {
    /// Where the credential with this hash belongs. The only statement that does not bind a realm.
    pub(crate) async fn locate_credential(&mut self, lookup: &[u8; 32]) -> Result<Option<(RealmId, CredentialId)>, StoreError> {
        let sql = "SELECT realm_id, credential_id FROM credential_lookup WHERE lookup = $1";
        let row = self.query_one(sql, &[Value::Blob(lookup.to_vec())]).await?;
        row.map(|row| Ok((row.parsed(0)?, row.parsed(1)?))).transpose()
    }

    /// A credential of this realm.
    pub async fn find_credential(&mut self, id: CredentialId) -> Result<Option<FoundCredential>, StoreError> {
        let params = [self.r(), id.to_string().into()];
        let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE c.realm_id = $1 AND c.id = $2");
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// An account's credentials, oldest first.
    pub async fn list_credentials(&mut self, account: AccountKey) -> Result<Vec<Credential>, StoreError> {
        let params = [self.r(), account.to_string().into()];
        let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE c.realm_id = $1 AND c.account_key = $2 ORDER BY c.created_at, c.id");
        self.query(&sql, &params).await?.iter().map(|row| read(row).map(|found| found.credential)).collect()
    }

    /// Whether this account has a credential with this hash.
    pub async fn has_credential(&mut self, account: AccountKey, lookup: &[u8; 32]) -> Result<Option<CredentialId>, StoreError> {
        let params = [self.r(), account.to_string().into(), Value::Blob(lookup.to_vec())];
        let sql = "SELECT id FROM credential WHERE realm_id = $1 AND account_key = $2 AND lookup = $3";
        self.query_one(sql, &params).await?.map(|row| row.parsed(0)).transpose()
    }

    /// Stores a credential; `false` when its hash is taken, here or in another realm.
    pub async fn insert_credential(&mut self, new: &NewCredential) -> Result<bool, StoreError> {
        let credential = &new.credential;
        if let Some(lookup) = &new.lookup
            && self.locate_credential(lookup).await?.is_some()
        {
            return Ok(false);
        }
        let params = [
            self.r(),
            credential.id.to_string().into(),
            credential.account.to_string().into(),
            credential.kind.as_str().into(),
            credential.public_id.clone().into(),
            new.lookup.map(Vec::from).into(),
            new.secret.clone().into(),
            credential.name.clone().into(),
            credential.scope.as_ref().map(|scope| scope.as_str().to_owned()).into(),
            credential.enabled.into(),
            credential.expires_at.map(Timestamp::millis).into(),
            credential.created_at.millis().into(),
            lines(&credential.redirect_uris),
        ];
        let sql = "INSERT INTO credential (realm_id, id, account_key, kind, public_id, lookup, secret, name, scope, enabled, expires_at, \
                   created_at, redirect_uris) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        self.change(sql, &params).await?;
        self.touch(Facet::Credential(credential.id));
        let Some(lookup) = new.lookup else { return Ok(true) };
        self.touch(Facet::Lookup(lookup));
        let sql = "INSERT INTO credential_lookup (lookup, realm_id, credential_id) VALUES ($1, $2, $3) ON CONFLICT (lookup) DO NOTHING";
        let params = [Value::Blob(lookup.to_vec()), self.r(), credential.id.to_string().into()];
        Ok(self.change(sql, &params).await? == 1)
    }

    /// Stores what may change of a credential: its name, scope, end, addresses and whether it is enabled.
    pub async fn update_credential(&mut self, credential: &Credential) -> Result<(), StoreError> {
        let params = [
            self.r(),
            credential.id.to_string().into(),
            credential.name.clone().into(),
            credential.scope.as_ref().map(|scope| scope.as_str().to_owned()).into(),
            credential.enabled.into(),
            credential.expires_at.map(Timestamp::millis).into(),
            lines(&credential.redirect_uris),
        ];
        let sql = "UPDATE credential SET name = $3, scope = $4, enabled = $5, expires_at = $6, redirect_uris = $7 \
                   WHERE realm_id = $1 AND id = $2";
        self.touch(Facet::Credential(credential.id));
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Removes a credential; what it proved is refused from the next request on.
    pub async fn delete_credential(&mut self, id: CredentialId) -> Result<(), StoreError> {
        self.touch(Facet::Credential(id));
        let params = [self.r(), id.to_string().into()];
        self.change("DELETE FROM credential WHERE realm_id = $1 AND id = $2", &params).await?;
        Ok(())
    }

    /// An account's password credential, if it has one.
    pub async fn find_password(&mut self, account: AccountKey) -> Result<Option<FoundCredential>, StoreError> {
        let params = [self.r(), account.to_string().into(), CredentialKind::Password.as_str().into()];
        let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE c.realm_id = $1 AND c.account_key = $2 AND c.kind = $3");
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }
}
