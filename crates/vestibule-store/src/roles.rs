//! Rows of roles, and of their attachments to accounts, groups and support staff.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{
    authorship::Authorship,
    id::{AccountKey, AttachmentId, GroupId, RoleId},
    policy::Statement,
    role::{Attachment, Holder, Role},
    time::Timestamp,
};

use crate::{
    authorship,
    backend::{Row, Value},
    error::StoreError,
    memory::Facet,
    tx::{FIRST_PAGE, Page, PageRequest, Tx},
};

pub(crate) const ROLE: &str =
    "r.id, r.name, r.statements, r.managed, r.version, r.created_at, r.created_by, r.modified_by, r.modified_at, r.description";

pub(crate) fn read_role(row: &Row) -> Result<Role, StoreError> {
    Ok(Role {
        id: row.parsed(0)?,
        name: row.text(1)?.to_owned(),
        statements: Statement::read_stored(row.text(2)?),
        managed: row.flag(3)?,
        version: row.int(4)?,
        created_at: Timestamp::from_millis(row.int(5)?),
        authorship: authorship::read(row, 6)?,
        description: row.text(9)?.to_owned(),
    })
}

/// What was compiled from a holder's roles.
fn facet(holder: Holder) -> Facet {
    match holder {
        Holder::Account(key) => Facet::Account(key),
        Holder::Group(id) => Facet::Group(id),
        Holder::SupportStaff => Facet::Support,
    }
}

/// Ids as one parameter.
pub(crate) fn ids<I: ToString>(ids: &[I]) -> Value {
    Value::list(ids.iter().map(ToString::to_string))
}

/// Holders as one parameter: the kind and the id of each.
fn pairs(holders: &[Holder]) -> Value {
    let pairs: Vec<_> = holders.iter().map(|holder| [holder.kind().to_owned(), holder.id()]).collect();
    Value::pairs(&pairs)
}

/// Reads `holder_kind, holder_id`, which stand side by side from `column` on.
fn read_holder(row: &Row, column: usize) -> Result<Holder, StoreError> {
    match row.text(column)? {
        "account" => Ok(Holder::Account(row.parsed(column + 1)?)),
        "group" => Ok(Holder::Group(row.parsed(column + 1)?)),
        "support_staff" => Ok(Holder::SupportStaff),
        other => Err(StoreError::Unreadable { what: format!("a role's holder of kind {other}") }),
    }
}

impl Tx {
    /// Every role of the realm, oldest first.
    pub async fn list_roles(&mut self) -> Result<Vec<Role>, StoreError> {
        let params = [self.r()];
        let sql = format!("SELECT {ROLE} FROM role r WHERE r.realm_id = $1 ORDER BY r.created_at, r.id");
        self.query(&sql, &params).await?.iter().map(read_role).collect()
    }

    /// A page of the realm's roles, newest first. Ids are ordered by time, so the last id of a page is its cursor.
    pub async fn page_roles(&mut self, page: PageRequest) -> Result<Page<Role>, StoreError> {
        let params = [self.r(), page.after_or(FIRST_PAGE), page.one_more()];
        let sql = format!("SELECT {ROLE} FROM role r WHERE r.realm_id = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3");
        let items = self.query(&sql, &params).await?.iter().map(read_role).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, page.limit, |role| role.id.to_string()))
    }

    /// A role by its id.
    pub async fn find_role(&mut self, id: RoleId) -> Result<Option<Role>, StoreError> {
        let params = [self.r(), id.to_string().into()];
        let sql = format!("SELECT {ROLE} FROM role r WHERE r.realm_id = $1 AND r.id = $2");
        self.query_one(&sql, &params).await?.as_ref().map(read_role).transpose()
    }

    /// The roles of these ids that are there, in no order.
    pub async fn find_roles(&mut self, wanted: &[RoleId]) -> Result<Vec<Role>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!("SELECT {ROLE} FROM role r WHERE r.realm_id = $1 AND r.id IN (SELECT text FROM {list} wanted)");
        let params = [self.r(), ids(wanted)];
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

    /// A page of the same, newest role first.
    pub async fn page_roles_of(&mut self, holder: Holder, page: PageRequest) -> Result<Page<Role>, StoreError> {
        let params = [self.r(), holder.kind().into(), holder.id().into(), page.after_or(FIRST_PAGE), page.one_more()];
        let sql = format!(
            "SELECT {ROLE} FROM role_assignment a JOIN role r ON r.realm_id = a.realm_id AND r.id = a.role_id \
             WHERE a.realm_id = $1 AND a.holder_kind = $2 AND a.holder_id = $3 AND r.id < $4 ORDER BY r.id DESC LIMIT $5"
        );
        let items = self.query(&sql, &params).await?.iter().map(read_role).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, page.limit, |role| role.id.to_string()))
    }

    /// The roles that each of these groups holds directly, oldest first; a group without any is left out.
    pub async fn list_roles_of_groups(&mut self, groups: &[GroupId]) -> Result<BTreeMap<GroupId, Vec<Role>>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!(
            "SELECT {ROLE}, a.holder_id FROM role_assignment a JOIN role r ON r.realm_id = a.realm_id AND r.id = a.role_id \
             WHERE a.realm_id = $1 AND a.holder_kind = 'group' AND a.holder_id IN (SELECT text FROM {list} holders) \
             ORDER BY r.created_at, r.id"
        );
        let params = [self.r(), ids(groups)];
        let mut held: BTreeMap<GroupId, Vec<Role>> = BTreeMap::new();
        for row in self.query(&sql, &params).await? {
            held.entry(row.parsed(10)?).or_default().push(read_role(&row)?);
        }
        Ok(held)
    }

    /// Makes a role, or stores a changed one.
    pub async fn save_role(&mut self, role: &Role) -> Result<(), StoreError> {
        let sql = "INSERT INTO role (realm_id, id, name, statements, managed, version, created_at, description, created_by, modified_by, \
                   modified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                   ON CONFLICT (realm_id, id) DO UPDATE SET name = excluded.name, statements = excluded.statements, \
                   version = excluded.version, description = excluded.description, modified_by = excluded.modified_by, modified_at = excluded.modified_at";
        let statements =
            serde_json::to_string(&role.statements).map_err(|_| StoreError::Unreadable { what: format!("role {}", role.id) })?;
        let mut params = vec![
            self.r(),
            role.id.to_string().into(),
            role.name.clone().into(),
            statements.into(),
            role.managed.into(),
            role.version.into(),
            role.created_at.millis().into(),
            role.description.clone().into(),
        ];
        params.extend(authorship::values(&role.authorship));
        self.touch(Facet::Role(role.id));
        self.touch(Facet::Actions);
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Removes a role with all its attachments.
    pub async fn delete_role(&mut self, id: RoleId) -> Result<(), StoreError> {
        // Whoever was compiled with it was compiled from its facet too.
        self.touch(Facet::Role(id));
        self.touch(Facet::Actions);
        let params = [self.r(), id.to_string().into()];
        self.change("DELETE FROM role WHERE realm_id = $1 AND id = $2", &params).await?;
        Ok(())
    }

    /// A role's attachment to a holder.
    pub async fn find_attachment(&mut self, holder: Holder, role: RoleId) -> Result<Option<Attachment>, StoreError> {
        let sql = "SELECT id, version, created_at, created_by, modified_by, modified_at FROM role_assignment \
                   WHERE realm_id = $1 AND holder_kind = $2 AND holder_id = $3 AND role_id = $4";
        let params = [self.r(), holder.kind().into(), holder.id().into(), role.to_string().into()];
        let read = |row: Row| {
            Ok(Attachment {
                id: match row.text_or_null(0)? {
                    Some(_) => row.parsed(0)?,
                    None => Attachment::derived_id(role, holder),
                },
                role,
                holder,
                version: row.int(1)?,
                created_at: Timestamp::from_millis(row.int(2)?),
                authorship: authorship::read(&row, 3)?,
            })
        };
        self.query_one(sql, &params).await?.map(read).transpose()
    }

    /// Attaches a role; `false` when it is attached already.
    pub async fn attach_role(&mut self, attachment: &Attachment) -> Result<bool, StoreError> {
        let sql = "INSERT INTO role_assignment (realm_id, holder_kind, holder_id, role_id, id, version, created_at, \
                   created_by, modified_by, modified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                   ON CONFLICT (realm_id, holder_kind, holder_id, role_id) DO NOTHING";
        let mut params = vec![
            self.r(),
            attachment.holder.kind().into(),
            attachment.holder.id().into(),
            attachment.role.to_string().into(),
            attachment.id.to_string().into(),
            attachment.version.into(),
            attachment.created_at.millis().into(),
        ];
        params.extend(authorship::values(&attachment.authorship));
        self.touch(facet(attachment.holder));
        Ok(self.change(sql, &params).await? == 1)
    }

    /// Gives each of these roles to each of these holders in somebody's name; all of them must be there. Says what
    /// was new.
    pub async fn assign_roles(
        &mut self,
        holders: &[Holder],
        roles: &[RoleId],
        by: Option<AccountKey>,
    ) -> Result<BTreeSet<(Holder, RoleId)>, StoreError> {
        let (holding, given) = (self.connection().pairs(2), self.connection().list(3));
        // Their ids are left to be worked out: see `Attachment::derived_id`.
        let sql = format!(
            "INSERT INTO role_assignment (realm_id, holder_kind, holder_id, role_id, created_at, created_by) \
             SELECT $1, holding.one, holding.two, given.text, $4, $5 FROM {holding} holding CROSS JOIN {given} given WHERE true \
             ON CONFLICT (realm_id, holder_kind, holder_id, role_id) DO NOTHING RETURNING holder_kind, holder_id, role_id"
        );
        let params = [self.r(), pairs(holders), ids(roles), self.now().millis().into(), authorship::author_value(by)];
        self.change_attachments(&sql, &params).await
    }

    /// Takes each of these roles from each of these holders. Says what was taken.
    pub async fn unassign_roles(&mut self, holders: &[Holder], roles: &[RoleId]) -> Result<BTreeSet<(Holder, RoleId)>, StoreError> {
        let (holding, taken) = (self.connection().pairs(2), self.connection().list(3));
        let sql = format!(
            "DELETE FROM role_assignment WHERE realm_id = $1 AND role_id IN (SELECT text FROM {taken} taken) \
             AND (holder_kind, holder_id) IN (SELECT one, two FROM {holding} holding) RETURNING holder_kind, holder_id, role_id"
        );
        let params = [self.r(), pairs(holders), ids(roles)];
        self.change_attachments(&sql, &params).await
    }

    async fn change_attachments(&mut self, sql: &str, params: &[Value]) -> Result<BTreeSet<(Holder, RoleId)>, StoreError> {
        let mut changed = BTreeSet::new();
        for row in self.change_returning(sql, params).await? {
            let holder = read_holder(&row, 0)?;
            self.touch(facet(holder));
            changed.insert((holder, row.parsed(2)?));
        }
        Ok(changed)
    }

    /// Gives somebody a role in nobody's name; `false` when it is held already.
    pub async fn assign_role(&mut self, holder: Holder, role: RoleId) -> Result<bool, StoreError> {
        let (id, created_at) = (AttachmentId::fresh(self.now(), self.chance()), self.now());
        self.attach_role(&Attachment { id, role, holder, version: 1, created_at, authorship: Authorship::default() }).await
    }

    /// Takes a role from somebody.
    pub async fn unassign_role(&mut self, holder: Holder, role: RoleId) -> Result<(), StoreError> {
        let sql = "DELETE FROM role_assignment WHERE realm_id = $1 AND holder_kind = $2 AND holder_id = $3 AND role_id = $4";
        let params = [self.r(), holder.kind().into(), holder.id().into(), Value::from(role.to_string())];
        self.touch(facet(holder));
        self.change(sql, &params).await?;
        Ok(())
    }
}
