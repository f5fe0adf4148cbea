//! Roles and groups of a manifest.

use vestibule_core::{
    audit::{Action, Thing},
    authorship::Authorship,
    group::Group,
    id::{GroupId, RoleId},
    refusal::Refusal,
    role::{Holder, Role},
};

use crate::{apply::Difference, manifest::RealmEntry, policies::holder_thing, realms::make_system_groups, unit_of_work::UnitOfWork};

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
                    let fresh = Role {
                        id: RoleId::fresh(self.now(), &self.ctx.chance),
                        name: wished.name.clone(),
                        description: String::new(),
                        statements: wished.statements.clone(),
                        managed: false,
                        version: 1,
                        created_at: self.now(),
                        authorship: Authorship::made_by(self.ctx.author()),
                    };
                    (fresh, Action::RoleCreated)
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
        for made in make_system_groups(self.tx, &self.ctx.chance, &self.realm).await? {
            difference.added(format!("group {realm}/{}", made.name));
            let draft = self.draft(Action::GroupCreated, Thing::new("group", made.id.to_string()));
            self.tx.record(draft);
        }
        for wished in &entry.groups {
            let group = match self.tx.find_group_named(&wished.name).await? {
                Some(group) => group,
                None => {
                    difference.added(format!("group {realm}/{}", wished.name));
                    let group = Group {
                        id: GroupId::fresh(self.now(), &self.ctx.chance),
                        name: wished.name.clone(),
                        description: String::new(),
                        system: None,
                        version: 1,
                        created_at: self.now(),
                        authorship: Authorship::made_by(self.ctx.author()),
                    };
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
