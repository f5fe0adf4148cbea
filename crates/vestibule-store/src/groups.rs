//! Rows of groups of accounts: who is in them, and how they nest.

use vestibule_core::{
    group::Group,
    id::{AccountKey, GroupId},
    time::Timestamp,
};

use crate::{authorship, backend::Row, error::StoreError, memory::Facet, tx::Tx};

pub(crate) const GROUP: &str = "g.id, g.name, g.version, g.created_at, g.created_by, g.modified_by, g.modified_at";

pub(crate) fn read_group(row: &Row) -> Result<Group, StoreError> {
    Ok(Group {
        id: row.parsed(0)?,
        name: row.text(1)?.to_owned(),
        version: row.int(2)?,
        created_at: Timestamp::from_millis(row.int(3)?),
        authorship: authorship::read(row, 4)?,
    })
}

impl Tx {
    /// Every group of the realm, oldest first.
    pub async fn list_groups(&mut self) -> Result<Vec<Group>, StoreError> {
        let params = [self.r()];
        let sql = format!("SELECT {GROUP} FROM account_group g WHERE g.realm_id = $1 ORDER BY g.created_at, g.id");
        self.query(&sql, &params).await?.iter().map(read_group).collect()
    }

    /// Makes a group, or stores a changed one.
    pub async fn save_group(&mut self, group: &Group) -> Result<(), StoreError> {
        let sql = "INSERT INTO account_group (realm_id, id, name, version, created_at, created_by, modified_by, modified_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (realm_id, id) DO UPDATE SET name = excluded.name, version = excluded.version, \
                   modified_by = excluded.modified_by, modified_at = excluded.modified_at";
        let mut params =
            vec![self.r(), group.id.to_string().into(), group.name.clone().into(), group.version.into(), group.created_at.millis().into()];
        params.extend(authorship::values(&group.authorship));
        self.touch(Facet::Group(group.id));
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Removes a group: who was in it, what it was in, what it held.
    pub async fn delete_group(&mut self, id: GroupId) -> Result<(), StoreError> {
        self.touch(Facet::Group(id));
        let params = [self.r(), id.to_string().into()];
        let assignments = "DELETE FROM role_assignment WHERE realm_id = $1 AND holder_kind = 'group' AND holder_id = $2";
        self.change(assignments, &params).await?;
        self.change("DELETE FROM account_group WHERE realm_id = $1 AND id = $2", &params).await?;
        Ok(())
    }

    /// The groups that an account is in directly.
    pub async fn list_groups_of(&mut self, account: AccountKey) -> Result<Vec<Group>, StoreError> {
        let sql = format!(
            "SELECT {GROUP} FROM group_member m JOIN account_group g ON g.realm_id = m.realm_id AND g.id = m.group_id \
             WHERE m.realm_id = $1 AND m.account_key = $2 ORDER BY g.created_at, g.id"
        );
        let params = [self.r(), account.to_string().into()];
        self.query(&sql, &params).await?.iter().map(read_group).collect()
    }

    /// The groups that a group is in directly.
    pub async fn list_parents_of(&mut self, group: GroupId) -> Result<Vec<Group>, StoreError> {
        let sql = format!(
            "SELECT {GROUP} FROM group_nesting n JOIN account_group g ON g.realm_id = n.realm_id AND g.id = n.parent_id \
             WHERE n.realm_id = $1 AND n.group_id = $2 ORDER BY g.created_at, g.id"
        );
        let params = [self.r(), group.to_string().into()];
        self.query(&sql, &params).await?.iter().map(read_group).collect()
    }

    /// Every nesting of the realm: the inner group, then the outer.
    pub async fn list_nestings(&mut self) -> Result<Vec<(GroupId, GroupId)>, StoreError> {
        let params = [self.r()];
        let rows = self.query("SELECT group_id, parent_id FROM group_nesting WHERE realm_id = $1", &params).await?;
        rows.iter().map(|row| Ok((row.parsed(0)?, row.parsed(1)?))).collect()
    }

    /// Puts an account into a group in somebody's name, or takes it out.
    pub async fn set_member(&mut self, account: AccountKey, group: GroupId, place: Place) -> Result<(), StoreError> {
        let mut params = vec![self.r(), account.to_string().into(), group.to_string().into()];
        let sql = match place {
            Place::In(by) => {
                params.extend([self.now().millis().into(), authorship::author_value(by)]);
                "INSERT INTO group_member (realm_id, account_key, group_id, created_at, created_by) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT DO NOTHING"
            }
            Place::Out => "DELETE FROM group_member WHERE realm_id = $1 AND account_key = $2 AND group_id = $3",
        };
        self.touch(Facet::Account(account));
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Puts a group into another, or takes it out; that no circle closes is for the caller to check.
    pub async fn set_nested(&mut self, group: GroupId, parent: GroupId, place: Place) -> Result<(), StoreError> {
        let mut params = vec![self.r(), group.to_string().into(), parent.to_string().into()];
        let sql = match place {
            Place::In(by) => {
                params.extend([self.now().millis().into(), authorship::author_value(by)]);
                "INSERT INTO group_nesting (realm_id, group_id, parent_id, created_at, created_by) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT DO NOTHING"
            }
            Place::Out => "DELETE FROM group_nesting WHERE realm_id = $1 AND group_id = $2 AND parent_id = $3",
        };
        self.touch(Facet::Group(group));
        self.change(sql, &params).await?;
        Ok(())
    }
}

/// Where something is to stand: in a group, put there by somebody, or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In, by this account; by nobody where the server does it.
    In(Option<AccountKey>),
    /// Out.
    Out,
}
