//! Rows of roles, groups and what ties them to accounts, to each other and to support staff.

use vestibule_core::{
    group::Group,
    id::{AccountKey, GroupId, RoleId},
    policy::Statement,
    role::Role,
    time::Timestamp,
};

use crate::{
    backend::{Row, Value},
    error::StoreError,
    memory::Facet,
    tx::Tx,
};

/// Who holds a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// One account.
    Account(AccountKey),
    /// A group, and so everybody in it.
    Group(GroupId),
    /// All support staff, while inside.
    SupportStaff,
}

impl Holder {
    fn kind(self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Group(_) => "group",
            Self::SupportStaff => "support_staff",
        }
    }

    fn id(self) -> String {
        match self {
            Self::Account(key) => key.to_string(),
            Self::Group(id) => id.to_string(),
            Self::SupportStaff => String::new(),
        }
    }

    fn facet(self) -> Facet {
        match self {
            Self::Account(key) => Facet::Account(key),
            Self::Group(id) => Facet::Group(id),
            Self::SupportStaff => Facet::Support,
        }
    }
}

const ROLE: &str = "r.id, r.name, r.statements, r.managed, r.version, r.created_at";

fn read_role(row: &Row) -> Result<Role, StoreError> {
    Ok(Role {
        id: row.parsed(0)?,
        name: row.text(1)?.to_owned(),
        statements: Statement::read_stored(row.text(2)?),
        managed: row.flag(3)?,
        version: row.int(4)?,
        created_at: Timestamp::from_millis(row.int(5)?),
    })
}

fn read_group(row: &Row) -> Result<Group, StoreError> {
    Ok(Group { id: row.parsed(0)?, name: row.text(1)?.to_owned(), version: row.int(2)?, created_at: Timestamp::from_millis(row.int(3)?) })
}

impl Tx {
    /// Every role of the realm, oldest first.
    pub async fn list_roles(&mut self) -> Result<Vec<Role>, StoreError> {
        let params = [self.r()];
        let sql = format!("SELECT {ROLE} FROM role r WHERE r.realm_id = $1 ORDER BY r.created_at, r.id");
        self.query(&sql, &params).await?.iter().map(read_role).collect()
    }

    /// The oldest role of a name: built-in roles are made with the realm, so theirs is the first.
    pub async fn find_role_named(&mut self, name: &str) -> Result<Option<Role>, StoreError> {
        let params = [self.r(), name.into()];
        let sql = format!("SELECT {ROLE} FROM role r WHERE r.realm_id = $1 AND r.name = $2 ORDER BY r.created_at, r.id LIMIT 1");
        self.query_one(&sql, &params).await?.as_ref().map(read_role).transpose()
    }

    /// The roles that somebody holds directly, oldest first.
    pub async fn list_roles_of(&mut self, holder: Holder) -> Result<Vec<Role>, StoreError> {
        let params = [self.r(), holder.kind().into(), holder.id().into()];
        let sql = format!(
            "SELECT {ROLE} FROM role_assignment a JOIN role r ON r.realm_id = a.realm_id AND r.id = a.role_id \
             WHERE a.realm_id = $1 AND a.holder_kind = $2 AND a.holder_id = $3 ORDER BY r.created_at, r.id"
        );
        self.query(&sql, &params).await?.iter().map(read_role).collect()
    }

    /// Makes a role, or stores a changed one.
    pub async fn save_role(&mut self, role: &Role) -> Result<(), StoreError> {
        let sql = "INSERT INTO role (realm_id, id, name, statements, managed, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                   ON CONFLICT (realm_id, id) DO UPDATE SET name = excluded.name, statements = excluded.statements, version = excluded.version";
        let statements =
            serde_json::to_string(&role.statements).map_err(|_| StoreError::Unreadable { what: format!("role {}", role.id) })?;
        let params = [
            self.r(),
            role.id.to_string().into(),
            role.name.clone().into(),
            statements.into(),
            role.managed.into(),
            role.version.into(),
            role.created_at.millis().into(),
        ];
        self.touch(Facet::Role(role.id));
        self.touch(Facet::Actions);
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Gives somebody a role; `false` when it is held already.
    pub async fn assign_role(&mut self, holder: Holder, role: RoleId) -> Result<bool, StoreError> {
        let sql = "INSERT INTO role_assignment (realm_id, holder_kind, holder_id, role_id, created_at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (realm_id, holder_kind, holder_id, role_id) DO NOTHING";
        let params = [self.r(), holder.kind().into(), holder.id().into(), role.to_string().into(), self.now().millis().into()];
        self.touch(holder.facet());
        Ok(self.change(sql, &params).await? == 1)
    }

    /// Takes a role from somebody.
    pub async fn unassign_role(&mut self, holder: Holder, role: RoleId) -> Result<(), StoreError> {
        let sql = "DELETE FROM role_assignment WHERE realm_id = $1 AND holder_kind = $2 AND holder_id = $3 AND role_id = $4";
        let params = [self.r(), holder.kind().into(), holder.id().into(), role.to_string().into()];
        self.touch(holder.facet());
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Every group of the realm, oldest first.
    pub async fn list_groups(&mut self) -> Result<Vec<Group>, StoreError> {
        let params = [self.r()];
        let sql = "SELECT id, name, version, created_at FROM account_group WHERE realm_id = $1 ORDER BY created_at, id";
        self.query(sql, &params).await?.iter().map(read_group).collect()
    }

    /// Makes a group, or stores a changed one.
    pub async fn save_group(&mut self, group: &Group) -> Result<(), StoreError> {
        let sql = "INSERT INTO account_group (realm_id, id, name, version, created_at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (realm_id, id) DO UPDATE SET name = excluded.name, version = excluded.version";
        let params =
            [self.r(), group.id.to_string().into(), group.name.clone().into(), group.version.into(), group.created_at.millis().into()];
        self.touch(Facet::Group(group.id));
        self.change(sql, &params).await?;
        Ok(())
    }

    /// The groups that an account is in directly.
    pub async fn list_groups_of(&mut self, account: AccountKey) -> Result<Vec<Group>, StoreError> {
        let sql = "SELECT g.id, g.name, g.version, g.created_at FROM group_member m \
                   JOIN account_group g ON g.realm_id = m.realm_id AND g.id = m.group_id \
                   WHERE m.realm_id = $1 AND m.account_key = $2 ORDER BY g.created_at, g.id";
        let params = [self.r(), account.to_string().into()];
        self.query(sql, &params).await?.iter().map(read_group).collect()
    }

    /// The groups that a group is in directly.
    pub async fn list_parents_of(&mut self, group: GroupId) -> Result<Vec<Group>, StoreError> {
        let sql = "SELECT g.id, g.name, g.version, g.created_at FROM group_nesting n \
                   JOIN account_group g ON g.realm_id = n.realm_id AND g.id = n.parent_id \
                   WHERE n.realm_id = $1 AND n.group_id = $2 ORDER BY g.created_at, g.id";
        let params = [self.r(), group.to_string().into()];
        self.query(sql, &params).await?.iter().map(read_group).collect()
    }

    /// Every nesting of the realm: the inner group, then the outer.
    pub async fn list_nestings(&mut self) -> Result<Vec<(GroupId, GroupId)>, StoreError> {
        let params = [self.r()];
        let rows = self.query("SELECT group_id, parent_id FROM group_nesting WHERE realm_id = $1", &params).await?;
        rows.iter().map(|row| Ok((row.parsed(0)?, row.parsed(1)?))).collect()
    }

    /// Puts an account into a group, or takes it out.
    pub async fn set_member(&mut self, account: AccountKey, group: GroupId, is_member: bool) -> Result<(), StoreError> {
        let sql = match is_member {
            true => "INSERT INTO group_member (realm_id, account_key, group_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            false => "DELETE FROM group_member WHERE realm_id = $1 AND account_key = $2 AND group_id = $3",
        };
        let params = [self.r(), account.to_string().into(), Value::from(group.to_string())];
        self.touch(Facet::Account(account));
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Puts a group into another, or takes it out; that no circle closes is for the caller to check.
    pub async fn set_nested(&mut self, group: GroupId, parent: GroupId, is_nested: bool) -> Result<(), StoreError> {
        let sql = match is_nested {
            true => "INSERT INTO group_nesting (realm_id, group_id, parent_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            false => "DELETE FROM group_nesting WHERE realm_id = $1 AND group_id = $2 AND parent_id = $3",
        };
        let params = [self.r(), group.to_string().into(), Value::from(parent.to_string())];
        self.touch(Facet::Group(group));
        self.change(sql, &params).await?;
        Ok(())
    }
}
