//! Groups of people and of the tenant's things: made, renamed, filled, emptied, nested.

use vestibule_core::{
    account::AccountKind,
    audit::{Action, Draft, Thing},
    authorship::Authorship,
    group::{Group, check_nesting},
    id::GroupId,
    policy::{Item, Resource},
    principal::Principal,
    refusal::Refusal,
    resource_group::{GroupType, Member, Membership},
};
use vestibule_store::{Page, PageRequest, Place, Places};

use crate::{
    context::Ctx,
    operations::Operations,
    policies::{check_cursor, check_version},
    unit_of_work::UnitOfWork,
};

impl UnitOfWork<'_> {
    /// A page of a type's groups, newest first.
    pub async fn groups(&mut self, of: &GroupType, page: PageRequest) -> Result<Page<Group>, Refusal> {
        check_cursor::<GroupId>(&page)?;
        Ok(self.tx.page_groups(of, page).await?)
    }

    /// One group of a type.
    pub async fn group(&mut self, of: &GroupType, id: GroupId) -> Result<Group, Refusal> {
        self.tx.find_group(of, id).await?.ok_or(Refusal::Absent("group"))
    }

    /// Makes a group. Names need not be unique.
    pub async fn create_group(&mut self, of: &GroupType, name: &str) -> Result<Group, Refusal> {
        let group = Group {
            id: GroupId::fresh(self.now(), &self.ctx.chance),
            name: Group::check_name(name)?,
            description: String::new(),
            system: None,
            version: 1,
            created_at: self.now(),
            authorship: Authorship::made_by(self.ctx.author()),
        };
        self.tx.save_group_of(of, &group).await?;
        let draft = self.group_draft(Action::GroupCreated, of, &group);
        self.tx.record(draft);
        Ok(group)
    }

    /// Renames a group. One that the realm keeps is refused, here and below.
    pub async fn update_group(&mut self, of: &GroupType, id: GroupId, name: &str, seen: Option<i64>) -> Result<Group, Refusal> {
        let before = self.group(of, id).await?;
        before.check_ordinary()?;
        let name = Group::check_name(name)?;
        check_version(seen, before.version)?;
        let is_renamed = name != before.name;
        let group = self.written(of, Group { name, ..before }).await?;
        let draft = self.group_draft(Action::GroupUpdated, of, &group).with_change(is_renamed.then_some("name"));
        self.tx.record(draft);
        Ok(group)
    }

    /// Removes a group; what was in it stays, out of it. Says what it was.
    pub async fn delete_group(&mut self, of: &GroupType, id: GroupId) -> Result<Group, Refusal> {
        let group = self.group(of, id).await?;
        group.check_ordinary()?;
        self.tx.delete_group_of(of, id).await?;
        let draft = self.group_draft(Action::GroupDeleted, of, &group);
        self.tx.record(draft);
        Ok(group)
    }

    /// A page of what is in a group directly, the newest first.
    pub async fn members(&mut self, of: &GroupType, id: GroupId, page: PageRequest) -> Result<Page<Membership>, Refusal> {
        let group = self.group(of, id).await?;
        match group.system {
            Some(system) => self.tx.page_members_by_kind(&group, system, page).await,
            None => self.tx.page_members(of, group.id, page).await,
        }
    }

    /// Puts something into a group; what is in it already changes nothing. Refuses what would close a circle
    /// or nest too deep, and in groups of people whoever is no user.
    pub async fn add_to_group(&mut self, of: &GroupType, id: GroupId, member: Member, seen: Option<i64>) -> Result<Group, Refusal> {
        let group = self.group(of, id).await?;
        group.check_ordinary()?;
        self.check_member(of, &member).await?;
        check_version(seen, group.version)?;
        let places = self.tx.list_places(of, &member).await?;
        if places.contains(&id) {
            return Ok(group);
        }
        Group::check_places(places.len())?;
        if let Member::Group(inner) = &member {
            check_nesting(inner, &id, &self.tx.list_nestings_of(of).await?)?;
        }
        self.tx.set_place(of, &member, id, Place::In(self.ctx.author())).await?;
        let group = self.written(of, group).await?;
        let action = match &member {
            Member::Item(_) => Action::GroupMemberAdded,
            Member::Group(_) => Action::GroupSubgroupAdded,
        };
        self.record_membership(action, of, &group, &member);
        Ok(group)
    }

    /// Takes something out of a group; what is not in it is absent.
    pub async fn remove_from_group(&mut self, of: &GroupType, id: GroupId, member: Member, seen: Option<i64>) -> Result<Group, Refusal> {
        let group = self.group(of, id).await?;
        group.check_ordinary()?;
        if !self.tx.list_places(of, &member).await?.contains(&id) {
            return Err(Refusal::Absent("member"));
        }
        check_version(seen, group.version)?;
        self.tx.set_place(of, &member, id, Place::Out).await?;
        let group = self.written(of, group).await?;
        let action = match &member {
            Member::Item(_) => Action::GroupMemberRemoved,
            Member::Group(_) => Action::GroupSubgroupRemoved,
        };
        self.record_membership(action, of, &group, &member);
        Ok(group)
    }

    async fn check_member(&mut self, of: &GroupType, member: &Member) -> Result<(), Refusal> {
        match (of, member) {
            (_, Member::Group(inner)) => self.group(of, *inner).await?.check_ordinary(),
            (GroupType::Users, Member::Item(_)) => {
                let key = member.account().ok_or(Refusal::Absent("user"))?;
                self.account_of_kind(key, AccountKind::User, "user").await.map(drop)
            }
            // The tenant's own things are known to the tenant alone.
            (GroupType::Things(_), Member::Item(_)) => Ok(()),
        }
    }

    /// The group as written once more.
    pub(crate) async fn written(&mut self, of: &GroupType, group: Group) -> Result<Group, Refusal> {
        let authorship = group.authorship.changed(self.ctx.author(), self.now());
        let group = Group { version: group.version + 1, authorship, ..group };
        self.tx.save_group_of(of, &group).await?;
        Ok(group)
    }

    pub(crate) fn group_draft(&self, action: Action, of: &GroupType, group: &Group) -> Draft {
        let draft = self.draft(action, Thing::new("group", group.id.to_string()));
        draft.with_data("type", of.as_str()).with_data("version", group.version)
    }

    pub(crate) fn record_membership(&mut self, action: Action, of: &GroupType, group: &Group, member: &Member) {
        let name = match (of, member) {
            (_, Member::Group(_)) => "group",
            (GroupType::Users, Member::Item(_)) => "account",
            (GroupType::Things(_), Member::Item(_)) => "item",
        };
        let draft = self.group_draft(action, of, group).with_data(name, member.id());
        self.tx.record(draft);
    }
}

impl Operations {
    /// All groups that a resource lies in, if what the principal may do depends on them.
    pub(crate) async fn places(&self, ctx: &Ctx, principal: &Principal, resource: &Resource<'_>) -> Result<Places, Refusal> {
        let member = match resource.item {
            _ if !principal.rights.asks_for_groups() => None,
            Item::One(id) => id.parse().ok().map(Member::Item),
            Item::Group(id) => id.parse().ok().map(Member::Group),
            Item::Whole => None,
        };
        // What no group can hold lies in none.
        let (Some(member), Ok(of)) = (member, resource.kind.parse::<GroupType>()) else { return Ok(Places::default()) };
        self.0.store.find_places(&principal.realm, of, member, &ctx.moment()).await
    }
}
