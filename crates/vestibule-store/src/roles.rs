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
    bulk::{chunks, ids, places},
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

/// Holders by the kind that statements name.
fn by_kind(holders: &[Holder]) -> BTreeMap<&'static str, Vec<Holder>> {
    let mut kinds: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for holder in holders {
        kinds.entry(holder.kind()).or_default().push(*holder);
    }
    kinds
}

/// The holder of a kind whose id stands in a column.
fn read_holder(kind: &str, row: &Row, column: usize) -> Result<Holder, StoreError> {
    match kind {
        "account" => Ok(Holder::Account(row.parsed::<AccountKey>(column)?)),
        "group" => Ok(Holder::Group(row.parsed::<GroupId>(column)?)),
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
        let mut found = Vec::new();
        for chunk in chunks(wanted) {
            let sql = format!("SELECT {ROLE} FROM role r WHERE r.realm_id = $1 AND r.id IN ({})", places(2, chunk.len()));
            let params: Vec<_> = [self.r()].into_iter().chain(ids(&chunk)).collect();
            for row in self.query(&sql, &params).await? {
                found.push(read_role(&row)?);
            }
        }
        Ok(found)
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

    /// The roles that each of these accounts, or groups, holds directly, oldest first; who holds none is left out.
    pub async fn list_roles_of_each(&mut self, holders: &[Holder]) -> Result<BTreeMap<Holder, Vec<Role>>, StoreError> {
        let mut held: BTreeMap<Holder, Vec<Role>> = BTreeMap::new();
        for (kind, holders) in by_kind(holders) {
            for chunk in chunks(&holders) {
                let sql = format!(
                    "SELECT {ROLE}, a.holder_id FROM role_assignment a JOIN role r ON r.realm_id = a.realm_id AND r.id = a.role_id \
                     WHERE a.realm_id = $1 AND a.holder_kind = $2 AND a.holder_id IN ({}) ORDER BY r.created_at, r.id",
                    places(3, chunk.len())
                );
                let params: Vec<_> = [self.r(), kind.into()].into_iter().chain(chunk.iter().map(|holder| holder.id().into())).collect();
                for row in self.query(&sql, &params).await? {
                    held.entry(read_holder(kind, &row, 10)?).or_default().push(read_role(&row)?);
                }
            }
        }
        Ok(held)
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
        let pairs: Vec<_> = holders.iter().flat_map(|holder| roles.iter().map(|role| (*holder, *role))).collect();
        let mut made = BTreeSet::new();
        for chunk in chunks(&pairs) {
            let mut params = vec![self.r(), self.now().millis().into(), authorship::author_value(by)];
            for (holder, role) in &chunk {
                let id = AttachmentId::fresh(self.now(), self.chance());
                params.extend([holder.kind().into(), holder.id().into(), role.to_string().into(), id.to_string().into()]);
            }
            let rows: Vec<_> = (0..chunk.len()).map(|row| format!("($1, $2, $3, 1, {})", places(4 + 4 * row, 4))).collect();
            let sql = format!(
                "INSERT INTO role_assignment (realm_id, created_at, created_by, version, holder_kind, holder_id, role_id, id) VALUES {} \
                 ON CONFLICT (realm_id, holder_kind, holder_id, role_id) DO NOTHING RETURNING holder_kind, holder_id, role_id",
                rows.join(", ")
            );
            for row in self.change_returning(&sql, &params).await? {
                let holder = read_holder(row.text(0)?, &row, 1)?;
                self.touch(facet(holder));
                made.insert((holder, row.parsed(2)?));
            }
        }
        Ok(made)
    }

    /// Takes each of these roles from each of these holders. Says what was taken.
    pub async fn unassign_roles(&mut self, holders: &[Holder], roles: &[RoleId]) -> Result<BTreeSet<(Holder, RoleId)>, StoreError> {
        let mut taken = BTreeSet::new();
        for (kind, holders) in by_kind(holders) {
            for holders in chunks(&holders) {
                for roles in chunks(roles) {
                    let from = 3 + holders.len();
                    let sql = format!(
                        "DELETE FROM role_assignment WHERE realm_id = $1 AND holder_kind = $2 AND holder_id IN ({}) AND role_id IN ({}) \
                         RETURNING holder_id, role_id",
                        places(3, holders.len()),
                        places(from, roles.len())
                    );
                    let holders = holders.iter().map(|holder| holder.id().into());
                    let params: Vec<_> = [self.r(), kind.into()].into_iter().chain(holders).chain(ids(&roles)).collect();
                    for row in self.change_returning(&sql, &params).await? {
                        let holder = read_holder(kind, &row, 0)?;
                        self.touch(facet(holder));
                        taken.insert((holder, row.parsed(1)?));
                    }
                }
            }
        }
        Ok(taken)
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
