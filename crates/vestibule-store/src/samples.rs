//! How many are in a group or hold a role, and who the first of them are: what lists show, in a few statements
//! however long the list.

use std::collections::BTreeMap;

use vestibule_core::{
    account::AccountKind,
    group::Group,
    id::{AccountId, GroupId, RoleId},
};

use crate::{
    backend::{Row, Value},
    bulk::{chunks, ids, places},
    error::StoreError,
    groups::{GROUP, read_group},
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
        let mut counts = BTreeMap::new();
        for chunk in chunks(groups) {
            let sql = format!(
                "SELECT group_id, COUNT(*) FROM group_member WHERE realm_id = $1 AND group_id IN ({}) GROUP BY group_id",
                places(2, chunk.len())
            );
            let params: Vec<_> = [self.r()].into_iter().chain(ids(&chunk)).collect();
            for row in self.query(&sql, &params).await? {
                counts.insert(row.parsed(0)?, count_in(&row, 1)?);
            }
        }
        Ok(counts)
    }

    /// The oldest `most` accounts in each of these groups, of those that were put into it.
    pub async fn sample_members(&mut self, groups: &[GroupId], most: usize) -> Result<BTreeMap<GroupId, Vec<AccountId>>, StoreError> {
        let mut members: BTreeMap<GroupId, Vec<AccountId>> = BTreeMap::new();
        for chunk in chunks(groups) {
            // What comes after the last wanted key of each group is not read: a group may have everybody in it.
            let sql = format!(
                "SELECT m.group_id, a.id FROM account_group g \
                 JOIN group_member m ON m.realm_id = g.realm_id AND m.group_id = g.id AND m.account_key < COALESCE(\
                 (SELECT s.account_key FROM group_member s WHERE s.realm_id = g.realm_id AND s.group_id = g.id \
                 ORDER BY s.account_key LIMIT 1 OFFSET $2), $3) \
                 JOIN account a ON a.realm_id = m.realm_id AND a.key = m.account_key \
                 WHERE g.realm_id = $1 AND g.id IN ({}) ORDER BY m.account_key",
                places(4, chunk.len())
            );
            for row in self.query(&sql, &self.sampled(most, &chunk)).await? {
                members.entry(row.parsed(0)?).or_default().push(row.parsed(1)?);
            }
        }
        Ok(members)
    }

    /// How many accounts, and how many groups, hold each of these roles directly.
    pub async fn count_holders(&mut self, roles: &[RoleId]) -> Result<BTreeMap<RoleId, (u64, u64)>, StoreError> {
        let mut counts: BTreeMap<RoleId, (u64, u64)> = BTreeMap::new();
        for chunk in chunks(roles) {
            let sql = format!(
                "SELECT role_id, holder_kind, COUNT(*) FROM role_assignment WHERE realm_id = $1 AND role_id IN ({}) \
                 GROUP BY role_id, holder_kind",
                places(2, chunk.len())
            );
            let params: Vec<_> = [self.r()].into_iter().chain(ids(&chunk)).collect();
            for row in self.query(&sql, &params).await? {
                let (accounts, groups) = counts.entry(row.parsed(0)?).or_default();
                match row.text(1)? {
                    "account" => *accounts = count_in(&row, 2)?,
                    "group" => *groups = count_in(&row, 2)?,
                    _ => {}
                }
            }
        }
        Ok(counts)
    }

    /// The oldest `most` accounts that hold each of these roles directly.
    pub async fn sample_accounts_with(&mut self, roles: &[RoleId], most: usize) -> Result<BTreeMap<RoleId, Vec<AccountId>>, StoreError> {
        let mut holders: BTreeMap<RoleId, Vec<AccountId>> = BTreeMap::new();
        for chunk in chunks(roles) {
            let sql = sample_of_holders(
                "account",
                "a.role_id, h.id",
                "JOIN account h ON h.realm_id = a.realm_id AND h.key = a.holder_id",
                chunk.len(),
            );
            for row in self.query(&sql, &self.sampled(most, &chunk)).await? {
                holders.entry(row.parsed(0)?).or_default().push(row.parsed(1)?);
            }
        }
        Ok(holders)
    }

    /// The oldest `most` groups that hold each of these roles directly.
    pub async fn sample_groups_with(&mut self, roles: &[RoleId], most: usize) -> Result<BTreeMap<RoleId, Vec<Group>>, StoreError> {
        let mut holders: BTreeMap<RoleId, Vec<Group>> = BTreeMap::new();
        for chunk in chunks(roles) {
            let columns = format!("{GROUP}, a.role_id");
            let join = "JOIN account_group g ON g.realm_id = a.realm_id AND g.id = a.holder_id";
            let sql = sample_of_holders("group", &columns, join, chunk.len());
            for row in self.query(&sql, &self.sampled(most, &chunk)).await? {
                holders.entry(row.parsed(9)?).or_default().push(read_group(&row)?);
            }
        }
        Ok(holders)
    }

    /// How many accounts there are of each kind.
    pub async fn count_accounts(&mut self) -> Result<BTreeMap<AccountKind, u64>, StoreError> {
        let params = [self.r()];
        let rows = self.query("SELECT kind, COUNT(*) FROM account WHERE realm_id = $1 GROUP BY kind", &params).await?;
        rows.iter().map(|row| Ok((row.parsed(0)?, count_in(row, 1)?))).collect()
    }

    /// The oldest `most` accounts of a kind.
    pub async fn sample_accounts(&mut self, kind: AccountKind, most: usize) -> Result<Vec<AccountId>, StoreError> {
        let params = [self.r(), kind.as_str().into(), offset(most)];
        let rows = self.query("SELECT id FROM account WHERE realm_id = $1 AND kind = $2 ORDER BY key LIMIT $3", &params).await?;
        rows.iter().map(|row| row.parsed(0)).collect()
    }

    /// The parameters of a sample: the realm, how many are wanted, what comes after all, and of what.
    fn sampled<I: std::fmt::Display>(&self, most: usize, of: &[I]) -> Vec<Value> {
        [self.r(), offset(most), LAST.into()].into_iter().chain(ids(of)).collect()
    }
}

fn offset(most: usize) -> Value {
    Value::Int(i64::try_from(most).unwrap_or(i64::MAX))
}

/// Reads holders of one kind of so many roles; see [`Tx::sample_members`].
fn sample_of_holders(kind: &str, columns: &str, join: &str, roles: usize) -> String {
    format!(
        "SELECT {columns} FROM role r JOIN role_assignment a ON a.realm_id = r.realm_id AND a.role_id = r.id \
         AND a.holder_kind = '{kind}' AND a.holder_id < COALESCE(\
         (SELECT s.holder_id FROM role_assignment s WHERE s.realm_id = r.realm_id AND s.role_id = r.id \
         AND s.holder_kind = '{kind}' ORDER BY s.holder_id LIMIT 1 OFFSET $2), $3) {join} \
         WHERE r.realm_id = $1 AND r.id IN ({}) ORDER BY a.holder_id",
        places(4, roles)
    )
}
