//! Rows of tokens, told together with whose they are. Tokens of visiting agents are no realm's to tell of.

use vestibule_core::{
    account::AccountKind,
    id::{AccountId, AccountKey, CredentialId},
};

use crate::{
    backend::{Row, Value},
    credentials::{COLUMNS, FoundCredential, TABLES, read},
    error::StoreError,
    tx::Tx,
};

/// A token and its account.
#[derive(Debug, Clone)]
pub struct HeldToken {
    /// The token; its secret is sealed, or empty where nothing but a hash is kept.
    pub found: FoundCredential,
    /// What its account signs in with.
    pub owner: AccountId,
    /// What its account stands for.
    pub kind: AccountKind,
    /// Whether its account is switched on.
    pub active: bool,
}

fn read_held(row: &Row) -> Result<HeldToken, StoreError> {
    Ok(HeldToken { found: read(row)?, owner: row.parsed(12)?, kind: row.parsed(13)?, active: row.flag(14)? })
}

impl Tx {
    async fn select_tokens(&mut self, condition: &str, params: &[Value]) -> Result<Vec<HeldToken>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, a.id, a.kind, a.active FROM {TABLES} JOIN account a ON a.realm_id = c.realm_id AND a.key = c.account_key \
             WHERE c.realm_id = $1 AND c.kind = 'token' AND a.kind <> 'support' {condition}"
        );
        self.query(&sql, params).await?.iter().map(read_held).collect()
    }

    /// An account's tokens, oldest first.
    pub async fn list_tokens_of(&mut self, account: AccountKey) -> Result<Vec<HeldToken>, StoreError> {
        let params = [self.r(), account.to_string().into()];
        self.select_tokens("AND c.account_key = $2 ORDER BY c.created_at, c.id", &params).await
    }

    /// Some of the realm's tokens, oldest first, after as many as `offset` says.
    pub async fn list_tokens(&mut self, offset: usize, limit: usize) -> Result<Vec<HeldToken>, StoreError> {
        let count = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        let params = [self.r(), count(limit), count(offset)];
        self.select_tokens("ORDER BY c.created_at, c.id LIMIT $2 OFFSET $3", &params).await
    }

    /// The realm's token with this hash.
    pub async fn find_token_by_hash(&mut self, lookup: &[u8; 32]) -> Result<Option<HeldToken>, StoreError> {
        let located = self.locate_credential(lookup).await?;
        match located.filter(|(realm, _)| realm == self.realm()) {
            Some((_, id)) => self.find_token(id).await,
            None => Ok(None),
        }
    }

    /// The realm's token with this id.
    pub async fn find_token(&mut self, id: CredentialId) -> Result<Option<HeldToken>, StoreError> {
        let params = [self.r(), id.to_string().into()];
        Ok(self.select_tokens("AND c.id = $2", &params).await?.pop())
    }
}
