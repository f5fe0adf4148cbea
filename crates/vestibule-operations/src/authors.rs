//! Who wrote things, by the names that people know them by.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{id::AccountKey, refusal::Refusal};

use crate::{sessions::VISITOR_PREFIX, unit_of_work::UnitOfWork};

impl UnitOfWork<'_> {
    /// What these accounts go by; a visiting agent, by the address. Who is gone is not among them.
    pub async fn authors(&mut self, keys: &BTreeSet<AccountKey>) -> Result<BTreeMap<AccountKey, String>, Refusal> {
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        let keys: Vec<_> = keys.iter().copied().collect();
        let accounts = self.tx.list_accounts(&keys).await?;
        Ok(accounts.into_iter().map(|account| (account.key, account.id.as_str().trim_start_matches(VISITOR_PREFIX).to_owned())).collect())
    }
}
