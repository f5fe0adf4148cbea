//! Rows of groups of accounts: who is in them, and how they nest.

use std::collections::BTreeSet;

use vestibule_core::{
    account::AccountKind,
    group::{Group, SystemGroup},
    id::{AccountKey, GroupId},
    time::Timestamp,
};

use crate::{account_lists::keys, authorship, backend::Row, error::StoreError, memory::Facet, roles::ids, tx::Tx};

pub(crate) const GROUP: &str = "g.id, g.name, g.version, g.created_at, g.created_by, g.modified_by, g.modified_at, g.description, g.system";

pub(crate) fn read_group(row: &Row) -> Result<Group, StoreError> {
    Ok(Group {
        id: row.parsed(0)?,
        name: row.text(1)?.to_owned(),
        version: row.int(2)?,
        created_at: Timestamp::from_millis(row.int(3)?),
        authorship: authorship::read(row, 4)?,
        description: row.text(7)?.to_owned(),
        system: row.text_or_null(8)?.map(|_| row.parsed(8)).transpose()?,
    })
}

impl Tx {
    /// Every group of the realm: those that the realm keeps, then the others, oldest first.
    pub async fn list_groups(&mut self) -> Result<Vec<Group>, StoreError> {
        let params = [self.r()];
        let sql = format!(
            "SELECT {GROUP} FROM account_group g WHERE g.realm_id = $1 \
             ORDER BY CASE WHEN g.system IS NULL THEN 1 ELSE 0 END, g.system, g.created_at, g.id"
        );
        self.query(&sql, &params).await?.iter().map(read_group).collect()
    }

    /// The groups of these ids that are there, in no order.
    pub async fn find_groups(&mut self, wanted: &[GroupId]) -> Result<Vec<Group>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!("SELECT {GROUP} FROM account_group g WHERE g.realm_id = $1 AND g.id IN (SELECT text FROM {list} wanted)");
        let params = [self.r(), ids(wanted)];
        self.query(&sql, &params).await?.iter().map(read_group).collect()
    }

    /// The oldest ordinary group of a name; only where there is none, the group of that name that the realm keeps.
    pub async fn find_group_named(&mut self, name: &str) -> Result<Option<Group>, StoreError> {
        let params = [self.r(), name.into()];
        let sql = format!(
            "SELECT {GROUP} FROM account_group g WHERE g.realm_id = $1 AND g.name = $2 \
             ORDER BY CASE WHEN g.system IS NULL THEN 0 ELSE 1 END, g.created_at, g.id LIMIT 1"
        );
        self.query_one(&sql, &params).await?.as_ref().map(read_group).transpose()
    }

    /// Makes a group, or stores a changed one.
    pub async fn save_group(&mut self, group: &Group) -> Result<(), StoreError> {
        let sql = "INSERT INTO account_group (realm_id, id, name, version, created_at, description, system, created_by, modified_by, \
                   modified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                   ON CONFLICT (realm_id, id) DO UPDATE SET name = excluded.name, version = excluded.version, \
                   description = excluded.description, modified_by = excluded.modified_by, modified_at = excluded.modified_at";
        let mut params = vec![
            self.r(),
            group.id.to_string().into(),
            group.name.clone().into(),
            group.version.into(),
            group.created_at.millis().into(),
            group.description.clone().into(),
            group.system.map(SystemGroup::as_str).into(),
        ];
        params.extend(authorship::values(&group.authorship));
        self.touch(Facet::Group(group.id));
        if group.system.is_some() {
            // Whoever was compiled before the realm had it was compiled from the realm instead.
            self.touch(Facet::Realm);
        }
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

    /// The groups that an account was put into. The one that it is in by its kind is not among them: see
    /// [`Tx::list_groups_around`].
    pub async fn list_groups_of(&mut self, account: AccountKey) -> Result<Vec<Group>, StoreError> {
        let sql = format!(
            "SELECT {GROUP} FROM group_member m JOIN account_group g ON g.realm_id = m.realm_id AND g.id = m.group_id \
             WHERE m.realm_id = $1 AND m.account_key = $2 ORDER BY g.created_at, g.id"
        );
        let params = [self.r(), account.to_string().into()];
        self.query(&sql, &params).await?.iter().map(read_group).collect()
    }

    /// The groups that an account of a kind is in directly: the one that the realm keeps first, if it has it, then
    /// those that it was put into.
    pub async fn list_groups_around(&mut self, account: AccountKey, kind: AccountKind) -> Result<Vec<Group>, StoreError> {
        let sql = format!(
            "SELECT {GROUP} FROM account_group g WHERE g.realm_id = $1 AND g.system = $3 \
             UNION ALL SELECT {GROUP} FROM group_member m JOIN account_group g ON g.realm_id = m.realm_id AND g.id = m.group_id \
             WHERE m.realm_id = $1 AND m.account_key = $2"
        );
        let params = [self.r(), account.to_string().into(), SystemGroup::of(kind).map(SystemGroup::as_str).into()];
        let mut groups = self.query(&sql, &params).await?.iter().map(read_group).collect::<Result<Vec<_>, _>>()?;
        groups.sort_by_key(|group| (group.system.is_none(), group.created_at, group.id));
        Ok(groups)
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

    /// Puts accounts into a group in somebody's name, or takes them out; they and the group must be there. Says for
    /// whom that was a change.
    pub async fn set_members(&mut self, accounts: &[AccountKey], group: GroupId, place: Place) -> Result<BTreeSet<AccountKey>, StoreError> {
        let (mut params, list) = (vec![self.r(), group.to_string().into(), keys(accounts)], self.connection().list(3));
        let sql = match place {
            Place::In(by) => {
                params.extend([self.now().millis().into(), authorship::author_value(by)]);
                format!(
                    "INSERT INTO group_member (realm_id, account_key, group_id, created_at, created_by) \
                     SELECT $1, text, $2, $4, $5 FROM {list} new WHERE true ON CONFLICT DO NOTHING RETURNING account_key"
                )
            }
            Place::Out => format!(
                "DELETE FROM group_member WHERE realm_id = $1 AND group_id = $2 AND account_key IN (SELECT text FROM {list} gone) \
                 RETURNING account_key"
            ),
        };
        let mut changed = BTreeSet::new();
        for row in self.change_returning(&sql, &params).await? {
            let account = row.parsed(0)?;
            self.touch(Facet::Account(account));
            changed.insert(account);
        }
        Ok(changed)
    }

    /// In how many groups that one of these accounts is which was put into most; 0 when they are in none.
    pub async fn most_places(&mut self, accounts: &[AccountKey]) -> Result<usize, StoreError> {
        let list = self.connection().list(2);
        let sql = format!(
            "SELECT COALESCE(MAX(places), 0) FROM (SELECT COUNT(*) AS places FROM group_member \
             WHERE realm_id = $1 AND account_key IN (SELECT text FROM {list} them) GROUP BY account_key) counted"
        );
        let params = [self.r(), keys(accounts)];
        let most = self.query_one(&sql, &params).await?.map_or(Ok(0), |row| row.int(0))?;
        Ok(usize::try_from(most).unwrap_or(usize::MAX))
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
