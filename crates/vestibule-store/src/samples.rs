//! How many are in a group or hold a role, and who the first of them are: what lists show, in a few statements
//! however long the list.

use std::{collections::BTreeMap, str::FromStr};

use vestibule_core::{
    account::AccountKind,
    id::{AccountId, GroupId, RoleId},
};

use crate::{
    backend::{Row, Value},
    error::StoreError,
    roles::ids,
    tx::Tx,
};

/// After every id that is a UUID.
const LAST: &str = "g";

fn count_in(row: &Row, column: usize) -> Result<u64, StoreError> {
    row.int(column).map(|count| u64::try_from(count).unwrap_or_default())
}

impl Tx {
    /// How many accounts were put into each of these groups; a group without any is left out.
    pub async fn count_members(&mut self, groups: &[GroupId]) -> Result<BTreeMap<GroupId, u64>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!(
            "SELECT group_id, COUNT(*) FROM group_member WHERE realm_id = $1 AND group_id IN (SELECT text FROM {list} those) GROUP BY group_id"
        );
        let params = [self.r(), ids(groups)];
        self.query(&sql, &params).await?.iter().map(|row| Ok((row.parsed(0)?, count_in(row, 1)?))).collect()
    }

    /// How many accounts were put into any of these groups, each counted once.
    pub async fn count_accounts_in(&mut self, groups: &[GroupId]) -> Result<u64, StoreError> {
        let list = self.connection().list(2);
        let sql = format!(
            "SELECT COUNT(DISTINCT account_key) FROM group_member WHERE realm_id = $1 AND group_id IN (SELECT text FROM {list} those)"
        );
        let params = [self.r(), ids(groups)];
        self.query_one(&sql, &params).await?.map_or(Ok(0), |row| count_in(&row, 0))
    }

    /// The oldest `most` accounts in each of these groups, of those that were put into it.
    pub async fn sample_members(&mut self, groups: &[GroupId], most: usize) -> Result<BTreeMap<GroupId, Vec<AccountId>>, StoreError> {
        let list = self.connection().list(2);
        // What comes after the last wanted key of each group, found first, is not read: a group may have everybody in it.
        let sql = format!(
            "WITH those (id, last) AS MATERIALIZED (SELECT text, COALESCE(\
             (SELECT s.account_key FROM group_member s WHERE s.realm_id = $1 AND s.group_id = text \
             ORDER BY s.account_key LIMIT 1 OFFSET $3), $4) FROM {list} wanted) \
             SELECT m.group_id, a.id FROM those \
             JOIN group_member m ON m.realm_id = $1 AND m.group_id = those.id AND m.account_key < those.last \
             JOIN account a ON a.realm_id = m.realm_id AND a.key = m.account_key ORDER BY m.account_key"
        );
        let params = [self.r(), ids(groups), number(most), LAST.into()];
        by_first(&self.query(&sql, &params).await?, |row| row.parsed(1))
    }

    /// How many accounts, and how many groups, hold each of these roles directly.
    pub async fn count_holders(&mut self, roles: &[RoleId]) -> Result<BTreeMap<RoleId, (u64, u64)>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!(
            "SELECT role_id, holder_kind, COUNT(*) FROM role_assignment \
             WHERE realm_id = $1 AND role_id IN (SELECT text FROM {list} those) GROUP BY role_id, holder_kind"
        );
        let params = [self.r(), ids(roles)];
        let mut counts: BTreeMap<RoleId, (u64, u64)> = BTreeMap::new();
        for row in self.query(&sql, &params).await? {
            let (accounts, groups) = counts.entry(row.parsed(0)?).or_default();
            match row.text(1)? {
                "account" => *accounts = count_in(&row, 2)?,
                "group" => *groups = count_in(&row, 2)?,
                _ => {}
            }
        }
        Ok(counts)
    }

    /// The oldest `most` accounts that hold each of these roles directly.
    pub async fn sample_accounts_with(&mut self, roles: &[RoleId], most: usize) -> Result<BTreeMap<RoleId, Vec<AccountId>>, StoreError> {
        let rows = self.sample_holders("account", ("account h", "h.key"), roles, most).await?;
        by_first(&rows, |row| row.parsed(1))
    }

    /// The oldest `most` groups that hold each of these roles directly.
    pub async fn sample_groups_with(&mut self, roles: &[RoleId], most: usize) -> Result<BTreeMap<RoleId, Vec<GroupId>>, StoreError> {
        let rows = self.sample_holders("group", ("account_group h", "h.id"), roles, most).await?;
        by_first(&rows, |row| row.parsed(1))
    }

    /// Reads the ids of holders, and before each the role that it holds; see [`Tx::sample_members`].
    async fn sample_holders(
        &mut self,
        kind: &str,
        (table, id): (&str, &str),
        roles: &[RoleId],
        most: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!(
            "WITH those (id, last) AS MATERIALIZED (SELECT text, COALESCE(\
             (SELECT s.holder_id FROM role_assignment s WHERE s.realm_id = $1 AND s.role_id = text \
             AND s.holder_kind = '{kind}' ORDER BY s.holder_id LIMIT 1 OFFSET $3), $4) FROM {list} wanted) \
             SELECT a.role_id, h.id FROM those JOIN role_assignment a ON a.realm_id = $1 AND a.role_id = those.id \
             AND a.holder_kind = '{kind}' AND a.holder_id < those.last \
             JOIN {table} ON h.realm_id = a.realm_id AND {id} = a.holder_id ORDER BY a.holder_id"
        );
        let params = [self.r(), ids(roles), number(most), LAST.into()];
        self.query(&sql, &params).await
    }

    /// How many accounts there are of each kind.
    pub async fn count_accounts(&mut self) -> Result<BTreeMap<AccountKind, u64>, StoreError> {
        let params = [self.r()];
        let rows = self.query("SELECT kind, COUNT(*) FROM account WHERE realm_id = $1 GROUP BY kind", &params).await?;
        rows.iter().map(|row| Ok((row.parsed(0)?, count_in(row, 1)?))).collect()
    }

    /// The oldest `most` accounts of a kind.
    pub async fn sample_accounts(&mut self, kind: AccountKind, most: usize) -> Result<Vec<AccountId>, StoreError> {
        let params = [self.r(), kind.as_str().into(), number(most)];
        let rows = self.query("SELECT id FROM account WHERE realm_id = $1 AND kind = $2 ORDER BY key LIMIT $3", &params).await?;
        rows.iter().map(|row| row.parsed(0)).collect()
    }
}

/// Rows gathered by the id in their first column.
fn by_first<I: FromStr + Ord, T>(rows: &[Row], read: impl Fn(&Row) -> Result<T, StoreError>) -> Result<BTreeMap<I, Vec<T>>, StoreError> {
    let mut gathered: BTreeMap<I, Vec<T>> = BTreeMap::new();
    for row in rows {
        gathered.entry(row.parsed(0)?).or_default().push(read(row)?);
    }
    Ok(gathered)
}

fn number(of: usize) -> Value {
    Value::Int(i64::try_from(of).unwrap_or(i64::MAX))
}
