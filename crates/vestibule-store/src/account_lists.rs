//! Rows of many accounts at once: found, changed and removed by few statements, however many they are.

use vestibule_core::{
    account::Account,
    id::{AccountKey, CredentialId},
};

use crate::{
    accounts::{COLUMNS, read},
    authorship,
    backend::Value,
    error::StoreError,
    memory::Facet,
    tx::Tx,
};

/// The keys of accounts as one parameter.
pub(crate) fn keys<'a>(accounts: impl IntoIterator<Item = &'a AccountKey>) -> Value {
    Value::list(accounts.into_iter().map(ToString::to_string))
}

impl Tx {
    /// Those of these accounts that are there, in no order.
    pub async fn list_accounts(&mut self, wanted: &[AccountKey]) -> Result<Vec<Account>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!("SELECT {COLUMNS} FROM account WHERE realm_id = $1 AND key IN (SELECT text FROM {list} wanted)");
        let params = [self.r(), keys(wanted)];
        self.query(&sql, &params).await?.iter().map(read).collect()
    }

    /// The accounts that go by these folded ids, in no order.
    pub async fn list_accounts_named(&mut self, folded: &[String]) -> Result<Vec<Account>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!("SELECT {COLUMNS} FROM account WHERE realm_id = $1 AND id_folded IN (SELECT text FROM {list} wanted)");
        let params = [self.r(), Value::list(folded.iter().cloned())];
        self.query(&sql, &params).await?.iter().map(read).collect()
    }

    /// Stores the statements of accounts that are there, with the versions and authors that they have come to.
    pub async fn save_statements(&mut self, accounts: &[Account]) -> Result<(), StoreError> {
        let Some(first) = accounts.first() else { return Ok(()) };
        let mut pairs = Vec::with_capacity(accounts.len());
        for account in accounts {
            let written = serde_json::to_string(&account.statements);
            let written = written.map_err(|_| StoreError::Unreadable { what: format!("account {}", account.key) })?;
            pairs.push([account.key.to_string(), written]);
            self.touch(Facet::Account(account.key));
        }
        self.touch(Facet::Actions);
        // One caller changes them all, at one instant.
        let [_, modified_by, modified_at] = authorship::values(&first.authorship);
        let rows = self.connection().pairs(2);
        // Read once: SQLite would go through the list again for each account.
        let sql = format!(
            "WITH new (one, two) AS MATERIALIZED (SELECT one, two FROM {rows} pairs) \
             UPDATE account SET statements = new.two, version = version + 1, modified_by = $3, modified_at = $4 FROM new \
             WHERE realm_id = $1 AND key = new.one"
        );
        let params = [self.r(), Value::pairs(&pairs), modified_by, modified_at];
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// Removes accounts with all that is their own: credentials, places in groups, roles that they held themselves,
    /// links that ask them for a password.
    pub async fn delete_accounts(&mut self, accounts: &[Account]) -> Result<(), StoreError> {
        if accounts.is_empty() {
            return Ok(());
        }
        for account in accounts {
            self.touch(Facet::Account(account.key));
            self.touch(Facet::AccountName(account.id.folded()));
        }
        self.touch(Facet::Actions);
        let params = [self.r(), keys(accounts.iter().map(|account| &account.key))];
        let list = self.connection().list(2);
        let sql = format!("SELECT id FROM credential WHERE realm_id = $1 AND account_key IN (SELECT text FROM {list} gone)");
        for row in self.query(&sql, &params).await? {
            self.touch(Facet::Credential(row.parsed::<CredentialId>(0)?));
        }
        for of_them in [
            "role_assignment WHERE realm_id = $1 AND holder_kind = 'account' AND holder_id",
            "account_invitation WHERE realm_id = $1 AND is_for_account = 1 AND accepted_at IS NULL AND account_key",
            "account WHERE realm_id = $1 AND key",
        ] {
            self.change(&format!("DELETE FROM {of_them} IN (SELECT text FROM {list} gone)"), &params).await?;
        }
        Ok(())
    }
}
