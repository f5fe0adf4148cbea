//! Roles and groups of a manifest.

use std::collections::BTreeMap;

use vestibule_core::{
    audit::{Action, Thing},
    authorship::Authorship,
    group::Group,
    id::{GroupId, RoleId},
    refusal::Refusal,
    role::{Holder, Role},
};

use crate::{apply::Difference, manifest::RealmEntry, policies::holder_thing, unit_of_work::UnitOfWork};

impl UnitOfWork<'_> {
    pub(super) async fn apply_roles(&mut self, entry: &RealmEntry, difference: &mut Difference) -> Result<(), Refusal> {
        let realm = self.realm.id.clone();
        for wished in &entry.roles {
            let stored = self.tx.find_role_named(&wished.name).await?;
            let (role, action) = match stored {
                Some(role) if role.statements == wished.statements => continue,
                Some(role) if role.managed => return role.check_ours(),
                Some(role) => {
                    difference.changed(format!("role {realm}/{}: statements", wished.name));
                    let authorship = role.authorship.changed(self.ctx.author(), self.now());
                    (Role { statements: wished.statements.clone(), version: role.version + 1, authorship, ..role }, Action::RoleUpdated)
                }
                None => {
                    difference.added(format!("role {realm}/{}", wished.name));
                    let id = RoleId::fresh(self.now(), &self.ctx.chance);
                    let (name, statements) = (wished.name.clone(), wished.statements.clone());
                    let authorship = Authorship::made_by(self.ctx.author());
                    (Role { id, name, statements, managed: false, version: 1, created_at: self.now(), authorship }, Action::RoleCreated)
                }
            };
            self.tx.save_role(&role).await?;
            let draft = self.draft(action, Thing::new("role", role.id.to_string()));
            self.tx.record(draft.with_change(["statements"]).with_data("version", role.version));
        }
        Ok(())
    }

    pub(super) async fn apply_groups(&mut self, entry: &RealmEntry, difference: &mut Difference) -> Result<(), Refusal> {
        let realm = self.realm.id.clone();
        let stored: BTreeMap<String, Group> = self.tx.list_groups().await?.into_iter().map(|group| (group.name.clone(), group)).collect();
        for wished in &entry.groups {
            let group = match stored.get(&wished.name) {
                Some(group) => group.clone(),
                None => {
                    difference.added(format!("group {realm}/{}", wished.name));
                    let id = GroupId::fresh(self.now(), &self.ctx.chance);
                    let authorship = Authorship::made_by(self.ctx.author());
                    let group = Group { id, name: wished.name.clone(), version: 1, created_at: self.now(), authorship };
                    self.tx.save_group(&group).await?;
                    let draft = self.draft(Action::GroupCreated, Thing::new("group", group.id.to_string()));
                    self.tx.record(draft);
                    group
                }
            };
            let label = format!("group {realm}/{}", wished.name);
            self.apply_assignments(Holder::Group(group.id), &label, &wished.roles, difference).await?;
        }
        Ok(())
    }

    /// Gives a holder exactly these roles.
    pub(super) async fn apply_assignments(
        &mut self,
        holder: Holder,
        label: &str,
        names: &[String],
        difference: &mut Difference,
    ) -> Result<(), Refusal> {
        let held = self.tx.list_roles_of(holder).await?;
        let target = holder_thing(holder);
        for name in names.iter().filter(|name| held.iter().all(|role| role.name != **name)) {
            let role = self.tx.find_role_named(name).await?.ok_or(Refusal::Absent("role"))?;
            self.tx.assign_role(holder, role.id).await?;
            difference.added(format!("{label}: role {name}"));
            let draft = self.draft(Action::PrivilegeAssigned, target.clone());
            self.tx.record(draft.with_data("role", role.id.to_string()));
        }
        for role in held.iter().filter(|role| !names.contains(&role.name)) {
            self.tx.unassign_role(holder, role.id).await?;
            difference.removed(format!("{label}: role {}", role.name));
            let draft = self.draft(Action::PrivilegeRevoked, target.clone());
            self.tx.record(draft.with_data("role", role.id.to_string()));
        }
        Ok(())
    }
}
