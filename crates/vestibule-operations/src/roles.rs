//! Roles as bundles of permissions by name: listed with who holds them, made, changed, given and taken in bulk.
//! Roles as policies, one at a time, stand in `policies.rs`.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{
    audit::Action,
    authorship::Authorship,
    group::{Group, check_description},
    id::{AccountId, RoleId},
    policy::{ActionName, Statement, permission},
    refusal::{Fault, Malformed, Refusal},
    role::{Holder, Role},
};

use crate::{
    policies::{check_version, holder_thing},
    unit_of_work::UnitOfWork,
};

/// The service whose actions people hold as permissions, by their names alone.
pub const PERMISSION_SERVICE: &str = "wavefront";

/// Most members or holders that are shown beside a group or a role.
pub const SAMPLE_MAX: usize = 100;

/// Ids in a list that name nothing, and were passed over.
pub type Ignored<I> = Vec<I>;

/// A role and who holds it directly.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleView {
    /// The role.
    pub role: Role,
    /// How many accounts hold it.
    pub accounts: u64,
    /// How many groups hold it.
    pub groups: u64,
    /// The oldest of those accounts, at most [`SAMPLE_MAX`].
    pub sample_accounts: Vec<AccountId>,
    /// The oldest of those groups, at most [`SAMPLE_MAX`].
    pub sample_groups: Vec<Group>,
}

/// What is to change of a role; absent: it stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoleChange {
    /// See [`Role::check_name`]; unique in the realm.
    pub name: Option<String>,
    /// See [`check_description`].
    pub description: Option<String>,
    /// The permissions, all of them, that it is to give. A role that says more than permissions refuses.
    pub permissions: Option<BTreeSet<ActionName>>,
    /// What it is to say, instead of what it says.
    pub statements: Option<Vec<Statement>>,
}

impl UnitOfWork<'_> {
    /// Every role of the realm, oldest first.
    pub async fn all_roles(&mut self) -> Result<Vec<Role>, Refusal> {
        Ok(self.tx.list_roles().await?)
    }

    /// These roles with who holds them, in the order given.
    pub async fn role_views(&mut self, roles: Vec<Role>) -> Result<Vec<RoleView>, Refusal> {
        let ids: Vec<_> = roles.iter().map(|role| role.id).collect();
        let counts = self.tx.count_holders(&ids).await?;
        let mut accounts = self.tx.sample_accounts_with(&ids, SAMPLE_MAX).await?;
        let groups = self.tx.sample_groups_with(&ids, SAMPLE_MAX).await?;
        let shown: BTreeSet<_> = groups.values().flatten().copied().collect();
        let shown = self.tx.find_groups(&shown.into_iter().collect::<Vec<_>>()).await?;
        let shown: BTreeMap<_, _> = shown.into_iter().map(|group| (group.id, group)).collect();
        let view = |role: Role| RoleView {
            accounts: counts.get(&role.id).map_or(0, |(accounts, _)| *accounts),
            groups: counts.get(&role.id).map_or(0, |(_, groups)| *groups),
            sample_accounts: accounts.remove(&role.id).unwrap_or_default(),
            sample_groups: groups.get(&role.id).into_iter().flatten().filter_map(|id| shown.get(id).cloned()).collect(),
            role,
        };
        Ok(roles.into_iter().map(view).collect())
    }

    /// Those of these roles that are there, in the order asked, each once; and the ids that name none. A list that
    /// names none at all is refused; an empty one is not.
    pub async fn known_roles(&mut self, wanted: &[RoleId]) -> Result<(Vec<Role>, Ignored<RoleId>), Refusal> {
        let found = self.tx.find_roles(wanted).await?;
        known("role", wanted, found.into_iter().map(|role| (role.id, role)))
    }

    /// Makes a role that gives these permissions. The name must be free.
    pub async fn new_role(&mut self, name: &str, description: &str, permissions: &BTreeSet<ActionName>) -> Result<Role, Refusal> {
        let mut statements = Vec::new();
        permission::replace(&mut statements, PERMISSION_SERVICE, permissions);
        self.new_role_saying(name, description, statements).await
    }

    /// Makes a role that says this. The name must be free.
    pub async fn new_role_saying(&mut self, name: &str, description: &str, statements: Vec<Statement>) -> Result<Role, Refusal> {
        let name = Role::check_name(name)?;
        self.check_role_name(&name).await?;
        let role = Role {
            id: RoleId::fresh(self.now(), &self.ctx.chance),
            name,
            description: check_description(description)?,
            statements: checked(statements)?,
            managed: false,
            version: 1,
            created_at: self.now(),
            authorship: Authorship::made_by(self.ctx.author()),
        };
        self.tx.save_role(&role).await?;
        self.record_role(Action::RoleCreated, &role, &["name", "description", "statements"]);
        Ok(role)
    }

    /// Changes a role; what is as wanted already is no change. One of ours is refused, and so are a name that is
    /// taken and another version than the stored one.
    pub async fn change_role(&mut self, id: RoleId, change: RoleChange, seen: Option<i64>) -> Result<Role, Refusal> {
        let before = self.role(id).await?;
        before.check_ours()?;
        check_version(seen, before.version)?;
        let mut role = before.clone();
        if let Some(name) = change.name {
            role.name = Role::check_name(&name)?;
        }
        if role.name != before.name {
            self.check_not_built_in(&before).await?;
            self.check_role_name(&role.name).await?;
        }
        if let Some(description) = change.description {
            role.description = check_description(&description)?;
        }
        if let Some(statements) = change.statements {
            role.statements = statements;
        }
        if let Some(wanted) = change.permissions {
            edit_permissions(&mut role, |statements| permission::replace(statements, PERMISSION_SERVICE, &wanted))?;
        }
        self.rewrite_role(&before, role).await
    }

    /// Gives a permission to each of these roles, and takes one; all of them or, when one refuses, none. Answers with
    /// the roles that are there, in the order asked.
    pub async fn change_role_permissions(
        &mut self,
        roles: &[RoleId],
        grant: Option<&ActionName>,
        revoke: Option<&ActionName>,
    ) -> Result<Vec<Role>, Refusal> {
        let mut changed = Vec::new();
        for before in self.known_roles(roles).await?.0 {
            let mut role = before.clone();
            edit_permissions(&mut role, |statements| {
                let granted = grant.is_some_and(|action| permission::grant(statements, action));
                let revoked = revoke.is_some_and(|action| permission::revoke(statements, action));
                granted || revoked
            })?;
            changed.push(self.rewrite_role(&before, role).await?);
        }
        Ok(changed)
    }

    /// Gives each of these roles to each of these holders, who are there. Says how many attachments are new; each is
    /// an event.
    pub async fn assign_roles(&mut self, holders: &[Holder], roles: &[RoleId]) -> Result<usize, Refusal> {
        let made = self.tx.assign_roles(holders, roles, self.ctx.author()).await?;
        self.record_privileges(Action::PrivilegeAssigned, &made);
        Ok(made.len())
    }

    /// Takes each of these roles from each of these holders. Says how many attachments went; each is an event.
    pub async fn unassign_roles(&mut self, holders: &[Holder], roles: &[RoleId]) -> Result<usize, Refusal> {
        let taken = self.tx.unassign_roles(holders, roles).await?;
        self.record_privileges(Action::PrivilegeRevoked, &taken);
        Ok(taken.len())
    }

    /// Gives a holder exactly these of the roles that are there; answers with the ids that name none.
    pub(crate) async fn set_roles_of(&mut self, holder: Holder, wanted: &[RoleId]) -> Result<Ignored<RoleId>, Refusal> {
        let (wanted, ignored) = self.known_roles(wanted).await?;
        let wanted: Vec<_> = wanted.into_iter().map(|role| role.id).collect();
        let held = self.tx.list_roles_of(holder).await?.into_iter().map(|role| role.id);
        let gone: Vec<_> = held.filter(|role| !wanted.contains(role)).collect();
        self.unassign_roles(&[holder], &gone).await?;
        self.assign_roles(&[holder], &wanted).await?;
        Ok(ignored)
    }

    fn record_privileges(&mut self, action: Action, attachments: &BTreeSet<(Holder, RoleId)>) {
        for (holder, role) in attachments {
            let draft = self.draft(action, holder_thing(*holder)).with_data("role", role.to_string());
            self.tx.record(draft);
        }
    }

    async fn check_role_name(&mut self, name: &str) -> Result<(), Refusal> {
        match self.tx.find_role_named(name).await? {
            Some(_) => Err(Refusal::Exists("role")),
            None => Ok(()),
        }
    }

    /// Stores what differs from `before`, if anything does.
    async fn rewrite_role(&mut self, before: &Role, role: Role) -> Result<Role, Refusal> {
        let named = [
            ("name", role.name != before.name),
            ("description", role.description != before.description),
            ("statements", role.statements != before.statements),
        ];
        let changed: Vec<_> = named.into_iter().filter(|(_, is_changed)| *is_changed).map(|(field, _)| field).collect();
        if changed.is_empty() {
            return Ok(role);
        }
        let authorship = before.authorship.changed(self.ctx.author(), self.now());
        let role = Role { version: before.version + 1, authorship, statements: checked(role.statements)?, ..role };
        self.tx.save_role(&role).await?;
        self.record_role(Action::RoleUpdated, &role, &changed);
        Ok(role)
    }
}

/// Edits what a role gives as permissions. One of ours refuses, and one that says more than permissions, but not
/// to an edit that would change nothing.
fn edit_permissions(role: &mut Role, edit: impl FnOnce(&mut Vec<Statement>) -> bool) -> Result<(), Refusal> {
    let mut statements = role.statements.clone();
    if !edit(&mut statements) {
        return Ok(());
    }
    role.check_ours()?;
    if !permission::is_plain(&role.statements, PERMISSION_SERVICE) {
        return Err(Refusal::Conflict { what: "role", state: "says more than permissions: edit its statements" });
    }
    role.statements = statements;
    Ok(())
}

pub(crate) fn checked(statements: Vec<Statement>) -> Result<Vec<Statement>, Malformed> {
    match statements.len() > Statement::STATEMENTS_MAX {
        true => Err(Malformed::new("permissions", Fault::TooMany { limit: Statement::STATEMENTS_MAX })),
        false => Ok(statements),
    }
}

/// Sorts what was found by the ids that were asked for; see [`UnitOfWork::known_roles`].
pub(crate) fn known<I: Ord + Copy, T>(
    what: &'static str,
    wanted: &[I],
    found: impl Iterator<Item = (I, T)>,
) -> Result<(Vec<T>, Ignored<I>), Refusal> {
    let mut found: BTreeMap<I, T> = found.collect();
    let (mut known, mut ignored, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for id in wanted.iter().filter(|id| seen.insert(**id)) {
        match found.remove(id) {
            Some(thing) => known.push(thing),
            None => ignored.push(*id),
        }
    }
    match known.is_empty() && !ignored.is_empty() {
        true => Err(Refusal::NoneValid(what)),
        false => Ok((known, ignored)),
    }
}
