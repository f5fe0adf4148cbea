//! Roles as a realm's people write them, and who holds them.

use vestibule_core::{
    account::{Account, AccountKind},
    audit::{Action, Thing},
    authorship::Authorship,
    id::{AccountKey, AttachmentId, GroupId, RoleId},
    policy::Statement,
    refusal::{Malformed, Refusal},
    resource_group::GroupType,
    role::{Attachment, BuiltIn, Holder, Role},
};
use vestibule_store::{Page, PageRequest};

use crate::unit_of_work::UnitOfWork;

/// What a role is to say.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleWish {
    /// See [`Role::check_name`].
    pub name: String,
    /// What it allows and denies.
    pub statements: Vec<Statement>,
}

/// Whom a role is attached to, by the kind that the caller believes it to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalRef {
    /// A person's account.
    User(AccountKey),
    /// A robot's account.
    ServiceUser(AccountKey),
    /// A group of accounts.
    UserGroup(GroupId),
    /// All support staff, while inside.
    SupportStaff,
}

/// Refuses what was changed since the caller read it; without a version there is nothing to compare.
pub(crate) fn check_version(seen: Option<i64>, current: i64) -> Result<(), Refusal> {
    match seen {
        Some(seen) if seen != current => Err(Refusal::Stale { current }),
        _ => Ok(()),
    }
}

/// Refuses a cursor that is no id of the list's.
pub(crate) fn check_cursor<I: std::str::FromStr>(page: &PageRequest) -> Result<(), Refusal> {
    use vestibule_core::refusal::Fault;
    match page.after.as_ref().is_some_and(|after| after.parse::<I>().is_err()) {
        true => Err(Malformed::new("after", Fault::Format("a cursor of this list")).into()),
        false => Ok(()),
    }
}

impl UnitOfWork<'_> {
    /// A page of the realm's roles, newest first.
    pub async fn roles(&mut self, page: PageRequest) -> Result<Page<Role>, Refusal> {
        check_cursor::<RoleId>(&page)?;
        Ok(self.tx.page_roles(page).await?)
    }

    /// One role.
    pub async fn role(&mut self, id: RoleId) -> Result<Role, Refusal> {
        self.tx.find_role(id).await?.ok_or(Refusal::Absent("role"))
    }

    /// Makes a role. Names need not be unique.
    pub async fn create_role(&mut self, wish: RoleWish) -> Result<Role, Refusal> {
        let role = Role {
            id: RoleId::fresh(self.now(), &self.ctx.chance),
            name: Role::check_name(&wish.name)?,
            description: String::new(),
            statements: wish.statements,
            managed: false,
            version: 1,
            created_at: self.now(),
            authorship: Authorship::made_by(self.ctx.author()),
        };
        self.tx.save_role(&role).await?;
        self.record_role(Action::RoleCreated, &role, &["name", "statements"]);
        Ok(role)
    }

    /// Replaces what a role says. One of ours is refused, and so is another version than the stored one.
    pub async fn update_role(&mut self, id: RoleId, wish: RoleWish, seen: Option<i64>) -> Result<Role, Refusal> {
        let before = self.role(id).await?;
        before.check_ours()?;
        let name = Role::check_name(&wish.name)?;
        if name != before.name {
            self.check_not_built_in(&before).await?;
        }
        check_version(seen, before.version)?;
        let authorship = before.authorship.changed(self.ctx.author(), self.now());
        let role = Role { name, statements: wish.statements, version: before.version + 1, authorship, ..before.clone() };
        self.tx.save_role(&role).await?;
        let named = [("name", role.name != before.name), ("statements", role.statements != before.statements)];
        let changed: Vec<_> = named.into_iter().filter(|(_, is_changed)| *is_changed).map(|(field, _)| field).collect();
        self.record_role(Action::RoleUpdated, &role, &changed);
        Ok(role)
    }

    /// Removes a role and takes it from everybody who held it; says what it was.
    pub async fn delete_role(&mut self, id: RoleId) -> Result<Role, Refusal> {
        let role = self.role(id).await?;
        role.check_ours()?;
        self.check_not_built_in(&role).await?;
        self.tx.delete_role(id).await?;
        self.record_role(Action::RoleDeleted, &role, &[]);
        Ok(role)
    }

    /// The role that invited agents bring is found by its name, so it keeps it.
    pub(crate) async fn check_not_built_in(&mut self, role: &Role) -> Result<(), Refusal> {
        if role.name != BuiltIn::AccountExecutive.name() {
            return Ok(());
        }
        match self.tx.find_role_named(&role.name).await? {
            Some(first) if first.id == role.id => Err(Refusal::Conflict { what: "role", state: "is built in: only its statements change" }),
            _ => Ok(()),
        }
    }

    pub(crate) fn record_role(&mut self, action: Action, role: &Role, changed: &[&'static str]) {
        let draft = self.draft(action, Thing::new("role", role.id.to_string())).with_change(changed.iter().copied());
        let draft = draft.with_data("version", role.version).with_data("statements", role.statements.len());
        let written = serde_json::json!({ "name": role.name, "description": role.description, "statements": role.statements });
        self.tx.record(draft.with_sealed("change.after", role.id.to_string(), written));
    }

    /// A page of the roles that somebody holds directly, newest role first.
    pub async fn roles_of(&mut self, whom: PrincipalRef, page: PageRequest) -> Result<Page<Role>, Refusal> {
        check_cursor::<RoleId>(&page)?;
        let holder = self.holder(whom).await?;
        Ok(self.tx.page_roles_of(holder, page).await?)
    }

    /// How a role is attached to somebody, if it is.
    pub async fn find_attachment(&mut self, role: RoleId, whom: PrincipalRef) -> Result<Option<Attachment>, Refusal> {
        let (role, holder) = (self.role(role).await?, self.holder(whom).await?);
        Ok(self.tx.find_attachment(holder, role.id).await?)
    }

    /// Attaches a role; what is attached already is answered as it stands.
    pub async fn attach_role(&mut self, role: RoleId, whom: PrincipalRef) -> Result<Attachment, Refusal> {
        let (role, holder) = (self.role(role).await?, self.holder(whom).await?);
        if let Some(stored) = self.tx.find_attachment(holder, role.id).await? {
            return Ok(stored);
        }
        self.attach(role.id, holder).await
    }

    pub(crate) async fn attach(&mut self, role: RoleId, holder: Holder) -> Result<Attachment, Refusal> {
        let attachment = Attachment {
            id: AttachmentId::fresh(self.now(), &self.ctx.chance),
            role,
            holder,
            version: 1,
            created_at: self.now(),
            authorship: Authorship::made_by(self.ctx.author()),
        };
        if !self.tx.attach_role(&attachment).await? {
            return Err(Refusal::Exists("attachment"));
        }
        let draft = self.draft(Action::PrivilegeAssigned, holder_thing(holder)).with_data("role", role.to_string());
        self.tx.record(draft);
        Ok(attachment)
    }

    /// Takes a role away; says what stood. What is not attached is absent; another version than the stored
    /// one is refused.
    pub async fn detach_role(&mut self, role: RoleId, whom: PrincipalRef, seen: Option<i64>) -> Result<Attachment, Refusal> {
        let (role, holder) = (self.role(role).await?, self.holder(whom).await?);
        let attachment = self.tx.find_attachment(holder, role.id).await?.ok_or(Refusal::Absent("attachment"))?;
        check_version(seen, attachment.version)?;
        self.tx.unassign_role(holder, role.id).await?;
        let draft = self.draft(Action::PrivilegeRevoked, holder_thing(holder)).with_data("role", role.id.to_string());
        self.tx.record(draft);
        Ok(attachment)
    }

    /// The holder behind a reference. One of another kind is as absent as one that is not there.
    async fn holder(&mut self, whom: PrincipalRef) -> Result<Holder, Refusal> {
        match whom {
            PrincipalRef::User(key) => Ok(Holder::Account(self.account_of_kind(key, AccountKind::User, "user").await?.key)),
            PrincipalRef::ServiceUser(key) => {
                Ok(Holder::Account(self.account_of_kind(key, AccountKind::Service, "service user").await?.key))
            }
            PrincipalRef::UserGroup(id) => Ok(Holder::Group(self.group(&GroupType::Users, id).await?.id)),
            PrincipalRef::SupportStaff => Ok(Holder::SupportStaff),
        }
    }

    pub(crate) async fn account_of_kind(&mut self, key: AccountKey, kind: AccountKind, what: &'static str) -> Result<Account, Refusal> {
        self.tx.find_account(key).await?.filter(|account| account.kind == kind).ok_or(Refusal::Absent(what))
    }
}

/// A holder as events name it.
pub(crate) fn holder_thing(holder: Holder) -> Thing {
    match holder {
        Holder::Account(key) => Thing::new("account", key.to_string()),
        Holder::Group(id) => Thing::new("group", id.to_string()),
        Holder::SupportStaff => Thing::new("support_staff", "support_staff"),
    }
}
