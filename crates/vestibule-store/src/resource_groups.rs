//! Rows of resource groups: sets of the tenant's things, by type. Groups of people stand in
//! `groups.rs`; what is asked of both alike is asked here, and read from whichever tables have it.

use std::collections::BTreeSet;

use vestibule_core::{
    account::Account,
    authorship::Authorship,
    group::{Group, SystemGroup},
    id::{AccountKey, GroupId},
    refusal::{Fault, Malformed, Refusal},
    resource_group::{GroupType, Member, Membership},
    time::Timestamp,
};

use crate::{
    authorship,
    backend::{Row, Value},
    error::StoreError,
    groups::{GROUP, Place, read_group},
    memory::Facet,
    principals::{Made, Places},
    tx::{FIRST_PAGE, Page, PageRequest, Tx},
};

/// The tables of a type's groups. Each statement binds the type as `$2`; groups of people have no column
/// for it.
struct Tables {
    groups: &'static str,
    columns: &'static str,
    items: &'static str,
    item_id: &'static str,
    nestings: &'static str,
    is_of_type: &'static str,
}

fn tables(of: &GroupType) -> Tables {
    match of {
        GroupType::Users => Tables {
            groups: "account_group",
            columns: GROUP,
            items: "group_member",
            item_id: "account_key",
            nestings: "group_nesting",
            is_of_type: "$2 = 'user'",
        },
        GroupType::Things(_) => Tables {
            groups: "resource_group",
            columns: "g.id, g.name, g.version, g.created_at, g.created_by, g.modified_by, g.modified_at, '', NULL",
            items: "resource_group_item",
            item_id: "item_id",
            nestings: "resource_group_nesting",
            is_of_type: "type = $2",
        },
    }
}

/// The cursor of a page of memberships: when the last was made, what it is and its id.
fn cursor_of(membership: &Membership) -> String {
    format!("{}.{}.{}", membership.created_at.millis(), membership.member.kind(), membership.member.id())
}

fn read_cursor(cursor: Option<&str>) -> Result<[Value; 3], Malformed> {
    let Some(cursor) = cursor else { return Ok([Value::Int(i64::MAX), "".into(), "".into()]) };
    let mut parts = cursor.splitn(3, '.');
    let millis = parts.next().and_then(|millis| millis.parse::<i64>().ok());
    match (millis, parts.next(), parts.next()) {
        (Some(millis), Some(kind @ ("item" | "group")), Some(id)) => Ok([Value::Int(millis), kind.into(), id.into()]),
        _ => Err(Malformed::new("after", Fault::Format("a cursor of this list"))),
    }
}

impl Tx {
    /// A group of a type.
    pub async fn find_group(&mut self, of: &GroupType, id: GroupId) -> Result<Option<Group>, StoreError> {
        let Tables { groups, columns, is_of_type, .. } = tables(of);
        let params = [self.r(), of.as_str().into(), id.to_string().into()];
        let sql = format!("SELECT {columns} FROM {groups} g WHERE realm_id = $1 AND {is_of_type} AND id = $3");
        self.query_one(&sql, &params).await?.as_ref().map(read_group).transpose()
    }

    /// A page of a type's groups, newest first. Ids are ordered by time, so the last id of a page is its cursor.
    pub async fn page_groups(&mut self, of: &GroupType, page: PageRequest) -> Result<Page<Group>, StoreError> {
        let Tables { groups, columns, is_of_type, .. } = tables(of);
        let params = [self.r(), of.as_str().into(), page.after_or(FIRST_PAGE), page.one_more()];
        let sql = format!("SELECT {columns} FROM {groups} g WHERE realm_id = $1 AND {is_of_type} AND id < $3 ORDER BY id DESC LIMIT $4");
        let items = self.query(&sql, &params).await?.iter().map(read_group).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, page.limit, |group| group.id.to_string()))
    }

    /// Makes a group of a type, or stores a changed one.
    pub async fn save_group_of(&mut self, of: &GroupType, group: &Group) -> Result<(), StoreError> {
        let GroupType::Things(kind) = of else { return self.save_group(group).await };
        let sql = "INSERT INTO resource_group (realm_id, type, id, name, version, created_at, created_by, modified_by, modified_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                   ON CONFLICT (realm_id, type, id) DO UPDATE SET name = excluded.name, version = excluded.version, \
                   modified_by = excluded.modified_by, modified_at = excluded.modified_at";
        let mut params = vec![
            self.r(),
            (**kind).into(),
            group.id.to_string().into(),
            group.name.clone().into(),
            group.version.into(),
            group.created_at.millis().into(),
        ];
        params.extend(authorship::values(&group.authorship));
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Removes a group of a type; what was in it stays, out of it.
    pub async fn delete_group_of(&mut self, of: &GroupType, id: GroupId) -> Result<(), StoreError> {
        let GroupType::Things(kind) = of else { return self.delete_group(id).await };
        self.touch(Facet::ResourceGroup(id));
        let params = [self.r(), (**kind).into(), id.to_string().into()];
        self.change("DELETE FROM resource_group WHERE realm_id = $1 AND type = $2 AND id = $3", &params).await?;
        Ok(())
    }

    /// Every nesting of a type's groups: the inner group, then the outer.
    pub async fn list_nestings_of(&mut self, of: &GroupType) -> Result<Vec<(GroupId, GroupId)>, StoreError> {
        let Tables { nestings, is_of_type, .. } = tables(of);
        let params = [self.r(), of.as_str().into()];
        let sql = format!("SELECT group_id, parent_id FROM {nestings} WHERE realm_id = $1 AND {is_of_type}");
        self.query(&sql, &params).await?.iter().map(|row| Ok((row.parsed(0)?, row.parsed(1)?))).collect()
    }

    /// The groups that something lies in directly.
    pub async fn list_places(&mut self, of: &GroupType, member: &Member) -> Result<Vec<GroupId>, StoreError> {
        let Tables { items, item_id, nestings, is_of_type, .. } = tables(of);
        let sql = match member {
            Member::Item(_) => format!("SELECT group_id FROM {items} WHERE realm_id = $1 AND {is_of_type} AND {item_id} = $3"),
            Member::Group(_) => format!("SELECT parent_id FROM {nestings} WHERE realm_id = $1 AND {is_of_type} AND group_id = $3"),
        };
        let params = [self.r(), of.as_str().into(), member.id().into()];
        self.query(&sql, &params).await?.iter().map(|row| row.parsed(0)).collect()
    }

    /// A page of what is in a group directly, the newest first.
    pub async fn page_members(&mut self, of: &GroupType, group: GroupId, page: PageRequest) -> Result<Page<Membership>, Refusal> {
        let Tables { items, item_id, nestings, is_of_type, .. } = tables(of);
        let [millis, kind, id] = read_cursor(page.after.as_deref())?;
        let params = [self.r(), of.as_str().into(), group.to_string().into(), millis, kind, id, page.one_more()];
        let sql = format!(
            "SELECT kind, id, created_at, created_by FROM (\
             SELECT 'item' AS kind, {item_id} AS id, created_at, created_by FROM {items} \
             WHERE realm_id = $1 AND {is_of_type} AND group_id = $3 \
             UNION ALL SELECT 'group' AS kind, group_id AS id, created_at, created_by FROM {nestings} \
             WHERE realm_id = $1 AND {is_of_type} AND parent_id = $3) m \
             WHERE created_at < $4 OR (created_at = $4 AND (kind < $5 OR (kind = $5 AND id < $6))) \
             ORDER BY created_at DESC, kind DESC, id DESC LIMIT $7"
        );
        let read = |row: &Row| {
            Ok::<_, StoreError>(Membership {
                group,
                member: match row.text(0)? {
                    "group" => Member::Group(row.parsed(1)?),
                    _ => Member::Item(row.parsed(1)?),
                },
                created_at: Timestamp::from_millis(row.int(2)?),
                authorship: Authorship::made_by(authorship::author(row, 3)?),
            })
        };
        let items = self.query(&sql, &params).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, page.limit, cursor_of))
    }

    /// A page of the accounts that are in a group of the realm's keeping, the newest first: all of its kind.
    pub async fn page_members_by_kind(
        &mut self,
        group: &Group,
        system: SystemGroup,
        page: PageRequest,
    ) -> Result<Page<Membership>, Refusal> {
        let [_, _, id] = read_cursor(page.after.as_deref())?;
        let after = match id {
            Value::Text(id) if !id.is_empty() => Some(id),
            _ => None,
        };
        let accounts = self.page_accounts(&[system.kind()], PageRequest { after, limit: page.limit }).await?;
        let membership = |account: Account| Membership {
            group: group.id,
            member: Member::Item(account.key.into()),
            created_at: account.created_at,
            authorship: Authorship::made_by(account.authorship.created_by),
        };
        let items: Vec<_> = accounts.items.into_iter().map(membership).collect();
        let next = accounts.next.and_then(|_| items.last().map(cursor_of));
        Ok(Page { items, next })
    }

    /// A page of what is in a group of accounts directly, the newest things first, whenever they were put there. The
    /// last id of a page is its cursor, and no more is read than is shown.
    pub async fn page_members_by_id(&mut self, group: &Group, page: PageRequest) -> Result<Page<Member>, StoreError> {
        let accounts = match group.system {
            Some(system) => {
                format!("SELECT key AS id FROM account WHERE realm_id = $1 AND kind = '{}' AND $2 <> '' AND key", system.kind())
            }
            None => "SELECT account_key AS id FROM group_member WHERE realm_id = $1 AND group_id = $2 AND account_key".to_owned(),
        };
        let sql = format!(
            "SELECT kind, id FROM (\
             SELECT 'item' AS kind, id FROM ({accounts} < $3 ORDER BY id DESC LIMIT $4) accounts \
             UNION ALL SELECT 'group' AS kind, id FROM (SELECT group_id AS id FROM group_nesting \
             WHERE realm_id = $1 AND parent_id = $2 AND group_id < $3 ORDER BY id DESC LIMIT $4) inner_groups) members \
             ORDER BY id DESC LIMIT $4"
        );
        let params = [self.r(), group.id.to_string().into(), page.after_or(FIRST_PAGE), page.one_more()];
        let read = |row: &Row| match row.text(0)? {
            "group" => Ok(Member::Group(row.parsed(1)?)),
            _ => Ok(Member::Item(row.parsed::<AccountKey>(1)?.into())),
        };
        let items = self.query(&sql, &params).await?.iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Page::cut(items, page.limit, Member::id))
    }

    /// Puts something into a group of a type, or takes it out; that no circle closes is for the caller to check.
    pub async fn set_place(&mut self, of: &GroupType, member: &Member, group: GroupId, place: Place) -> Result<(), StoreError> {
        let GroupType::Things(kind) = of else {
            return match member {
                Member::Group(inner) => self.set_nested(*inner, group, place).await,
                Member::Item(item) => {
                    let unreadable = || StoreError::Unreadable { what: "an account's key".to_owned() };
                    self.set_member(item.as_str().parse().map_err(|_| unreadable())?, group, place).await
                }
            };
        };
        let (table, inner, outer) = match member {
            Member::Item(_) => ("resource_group_item", "item_id", "group_id"),
            Member::Group(_) => ("resource_group_nesting", "group_id", "parent_id"),
        };
        let mut params = vec![self.r(), (**kind).into(), member.id().into(), group.to_string().into()];
        let sql = match place {
            Place::In(by) => {
                params.extend([self.now().millis().into(), authorship::author_value(by)]);
                format!(
                    "INSERT INTO {table} (realm_id, type, {inner}, {outer}, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6) \
                     ON CONFLICT DO NOTHING"
                )
            }
            Place::Out => format!("DELETE FROM {table} WHERE realm_id = $1 AND type = $2 AND {inner} = $3 AND {outer} = $4"),
        };
        self.touch(facet(of, member));
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// The group that an account is in by its kind.
    async fn find_place_by_kind(&mut self, account: AccountKey) -> Result<Option<GroupId>, StoreError> {
        let Some(account) = self.find_account(account).await? else { return Ok(None) };
        let Some(system) = SystemGroup::of(account.kind) else { return Ok(None) };
        let params = [self.r(), system.as_str().into()];
        let found = self.query_one("SELECT id FROM account_group WHERE realm_id = $1 AND system = $2", &params).await?;
        found.map(|row| row.parsed(0)).transpose()
    }

    /// All groups that something lies in, and what that was read from.
    pub(crate) async fn compile_places(&mut self, of: &GroupType, member: &Member) -> Result<Made<Places>, StoreError> {
        let mut made_from = vec![facet(of, member)];
        let mut found: BTreeSet<GroupId> = BTreeSet::new();
        let mut ahead = self.list_places(of, member).await?;
        if let (GroupType::Users, Some(account)) = (of, member.account()) {
            ahead.extend(self.find_place_by_kind(account).await?);
            // A realm that has no such group yet may come to have it.
            made_from.push(Facet::Realm);
        }
        while let Some(group) = ahead.pop() {
            // Groups may nest in circles in a damaged database; each counts once.
            if found.insert(group) {
                let group = Member::Group(group);
                made_from.push(facet(of, &group));
                ahead.extend(self.list_places(of, &group).await?);
            }
        }
        Ok((found.into_iter().map(|group| group.to_string().into()).collect(), made_from))
    }
}

/// What is made from the places of a member.
pub(crate) fn facet(of: &GroupType, member: &Member) -> Facet {
    match (of, member) {
        (GroupType::Users, Member::Group(id)) => Facet::Group(*id),
        (GroupType::Things(_), Member::Group(id)) => Facet::ResourceGroup(*id),
        (GroupType::Users, Member::Item(_)) if let Some(key) = member.account() => Facet::Account(key),
        (_, Member::Item(item)) => Facet::ResourceItem(format!("{of}/{}", item.as_str())),
    }
}
