//! Rows of what new users of a realm begin with.

use std::collections::BTreeSet;

use vestibule_core::{id::GroupId, policy::ActionName};

use crate::{error::StoreError, tx::Tx};

/// What a new user begins with who is given nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountDefaults {
    /// Actions that it may do everywhere.
    pub permissions: BTreeSet<ActionName>,
    /// Groups that it is put into, beside the one of its kind.
    pub groups: Vec<GroupId>,
}

impl Tx {
    /// What new users begin with; a realm that never said gives them nothing.
    pub async fn find_account_defaults(&mut self) -> Result<AccountDefaults, StoreError> {
        let params = [self.r()];
        let Some(row) = self.query_one("SELECT permissions, group_ids FROM realm_default WHERE realm_id = $1", &params).await? else {
            return Ok(AccountDefaults::default());
        };
        let unreadable = || StoreError::Unreadable { what: format!("defaults of realm {}", self.realm()) };
        let permissions: Vec<String> = serde_json::from_str(row.text(0)?).map_err(|_| unreadable())?;
        let permissions = permissions.iter().map(|name| name.parse()).collect::<Result<_, _>>().map_err(|_| unreadable())?;
        Ok(AccountDefaults { permissions, groups: serde_json::from_str(row.text(1)?).map_err(|_| unreadable())? })
    }

    /// Stores what new users begin with.
    pub async fn save_account_defaults(&mut self, defaults: &AccountDefaults) -> Result<(), StoreError> {
        let unwritable = |_| StoreError::Unreadable { what: "defaults of a realm".to_owned() };
        let permissions: Vec<&str> = defaults.permissions.iter().map(ActionName::as_str).collect();
        let params = [
            self.r(),
            serde_json::to_string(&permissions).map_err(unwritable)?.into(),
            serde_json::to_string(&defaults.groups).map_err(unwritable)?.into(),
        ];
        let sql = "INSERT INTO realm_default (realm_id, permissions, group_ids) VALUES ($1, $2, $3) \
                   ON CONFLICT (realm_id) DO UPDATE SET permissions = excluded.permissions, group_ids = excluded.group_ids";
        self.change(sql, &params).await?;
        Ok(())
    }
}
