//! What new users of a realm begin with.

use vestibule_core::{
    audit::{Action, Thing},
    refusal::Refusal,
};
use vestibule_store::AccountDefaults;

use crate::unit_of_work::UnitOfWork;

impl UnitOfWork<'_> {
    /// What new users begin with. Groups that have gone since are not among it.
    pub async fn account_defaults(&mut self) -> Result<AccountDefaults, Refusal> {
        let mut defaults = self.tx.find_account_defaults().await?;
        if !defaults.groups.is_empty() {
            let there = self.tx.find_groups(&defaults.groups).await?;
            defaults.groups.retain(|id| there.iter().any(|group| group.id == *id));
        }
        Ok(defaults)
    }

    /// Says what new users begin with from now on; answers with what was stored. Groups that are not there are passed
    /// over, unless there is no other, and so are those that the realm fills itself.
    pub async fn set_account_defaults(&mut self, wanted: AccountDefaults) -> Result<AccountDefaults, Refusal> {
        let (groups, _) = self.known_groups(&wanted.groups).await?;
        let groups = groups.into_iter().filter(|group| group.system.is_none()).map(|group| group.id).collect();
        let defaults = AccountDefaults { groups, ..wanted };
        if defaults == self.tx.find_account_defaults().await? {
            return Ok(defaults);
        }
        self.tx.save_account_defaults(&defaults).await?;
        let permissions: Vec<String> = defaults.permissions.iter().map(ToString::to_string).collect();
        let groups: Vec<String> = defaults.groups.iter().map(ToString::to_string).collect();
        let draft = self.draft(Action::RealmUpdated, Thing::new("realm", self.realm.id.to_string())).with_change(["account_defaults"]);
        self.tx.record(draft.with_data("permissions", permissions.join(" ")).with_data("groups", groups.join(" ")));
        Ok(defaults)
    }
}
