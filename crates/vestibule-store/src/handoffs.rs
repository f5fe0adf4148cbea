//! Rows of hand-offs: which tokens were signed, and which codes stand for one that is to be signed.

use vestibule_core::{
    contact::ContactKind,
    customer::CustomerId,
    id::{AccountKey, RealmId, SessionId},
    refusal::Refusal,
    time::Timestamp,
};

use crate::{
    backend::Row,
    customers::id,
    error::StoreError,
    store::Store,
    tx::{Moment, Tx},
};

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoffCode {
    /// Whose contact is handed over.
    pub customer: CustomerId,
    /// The customer that acts for that one, if another does.
    pub holder: Option<CustomerId>,
    /// Which contact.
    pub kind: ContactKind,
    /// Where the help desk is to send them back to, as it was asked for.
    pub return_to: Option<String>,
    /// Who asked, and the realm of that account; nobody: the server itself.
    pub account: Option<(RealmId, AccountKey)>,
    /// The visit in which it was asked.
    pub session: Option<SessionId>,
    /// The code is good for nothing from this instant on.
    pub expires_at: Timestamp,
}

const COLUMNS: &str = "customer_id, holder_id, kind, return_to, account_realm, account_key, session_id, expires_at";

fn read(row: &Row) -> Result<HandoffCode, StoreError> {
    Ok(HandoffCode {
        customer: id(row, 0)?,
        holder: row.int_or_null(1)?.map(|_| id(row, 1)).transpose()?,
        kind: row.parsed(2)?,
        return_to: row.text_or_null(3)?.map(str::to_owned),
        account: row.text_or_null(4)?.map(|_| Ok::<_, StoreError>((row.parsed(4)?, row.parsed(5)?))).transpose()?,
        session: row.text_or_null(6)?.map(|_| row.parsed(6)).transpose()?,
        expires_at: Timestamp::from_millis(row.int(7)?),
    })
}

/// How long the hash of a signed token's `jti` is kept, in seconds: far longer than any help desk takes it for.
const KEPT_S: i64 = 86_400;

impl Tx {
    /// Remembers a signed token by the hash of its `jti`; `false` when there was one with it before.
    pub async fn insert_handoff(&mut self, jti_hash: [u8; 32]) -> Result<bool, StoreError> {
        let old = [self.r(), self.now().plus_seconds(-KEPT_S).millis().into()];
        self.note("DELETE FROM handoff WHERE realm_id = $1 AND issued_at < $2", &old).await?;
        let sql = "INSERT INTO handoff (realm_id, jti_hash, issued_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING issued_at";
        let params = [self.r(), jti_hash.to_vec().into(), self.now().millis().into()];
        Ok(!self.change_returning(sql, &params).await?.is_empty())
    }

    /// Remembers what a code stands for, by its keyed hash.
    pub async fn insert_handoff_code(&mut self, code: &HandoffCode, lookup: [u8; 32]) -> Result<(), StoreError> {
        let old = [self.r(), self.now().millis().into()];
        self.note("DELETE FROM handoff_code WHERE realm_id = $1 AND expires_at <= $2", &old).await?;
        let sql = format!("INSERT INTO handoff_code (realm_id, lookup, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
        let params = [
            self.r(),
            lookup.to_vec().into(),
            code.customer.get().into(),
            code.holder.map(CustomerId::get).into(),
            code.kind.as_str().into(),
            code.return_to.clone().into(),
            code.account.as_ref().map(|(realm, _)| realm.as_str()).into(),
            code.account.as_ref().map(|(_, key)| key.to_string()).into(),
            code.session.map(|session| session.to_string()).into(),
            code.expires_at.millis().into(),
        ];
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// What a code stands for.
    pub async fn find_handoff_code(&mut self, lookup: &[u8; 32]) -> Result<Option<HandoffCode>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM handoff_code WHERE realm_id = $1 AND lookup = $2");
        let params = [self.r(), lookup.to_vec().into()];
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// Uses a code up; `None`: somebody else has, or there never was one.
    pub async fn take_handoff_code(&mut self, lookup: &[u8; 32]) -> Result<Option<HandoffCode>, StoreError> {
        let sql = format!("DELETE FROM handoff_code WHERE realm_id = $1 AND lookup = $2 RETURNING {COLUMNS}");
        let params = [self.r(), lookup.to_vec().into()];
        self.change_returning(&sql, &params).await?.first().map(read).transpose()
    }
}

impl Store {
    /// In which realm the code with this keyed hash was given out.
    pub async fn locate_handoff(&self, lookup: [u8; 32], moment: &Moment) -> Result<Option<RealmId>, Refusal> {
        self.read(&RealmId::vendor(), moment.clone(), move |tx| {
            Box::pin(async move {
                let row = tx.query_one("SELECT realm_id FROM handoff_code WHERE lookup = $1", &[lookup.to_vec().into()]).await?;
                Ok(row.map(|row| row.parsed(0)).transpose()?)
            })
        })
        .await
    }
}
