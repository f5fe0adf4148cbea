//! Objects of a manifest.

use vestibule_core::{
    audit::{Action, Thing},
    refusal::Refusal,
};

use crate::{apply::Difference, manifest::RealmEntry, unit_of_work::UnitOfWork};

impl UnitOfWork<'_> {
    /// Keeps what is said of the realm's things; one event tells of all.
    pub(super) async fn apply_objects(&mut self, entry: &RealmEntry, difference: &mut Difference) -> Result<(), Refusal> {
        let realm = self.realm.id.clone();
        let mut saved = 0_i64;
        for wished in &entry.objects {
            let label = format!("object {realm}/{} {}", wished.kind, wished.id);
            match self.tx.find_object(&wished.kind, &wished.id).await? {
                Some(stored) if stored == *wished => continue,
                Some(_) => difference.changed(label),
                None => difference.added(label),
            }
            self.tx.save_object(wished).await?;
            saved += 1;
        }
        if saved > 0 {
            let draft = self.draft(Action::RealmUpdated, Thing::new("realm", realm.to_string()));
            self.tx.record(draft.with_change(["objects"]).with_data("objects", saved));
        }
        Ok(())
    }
}
