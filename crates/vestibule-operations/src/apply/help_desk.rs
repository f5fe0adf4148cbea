//! The help desk of a manifest.

use secrecy::ExposeSecret;
use vestibule_core::{help_desk::DeskSettings, refusal::Refusal};

use crate::{apply::Difference, manifest::RealmEntry, unit_of_work::UnitOfWork};

impl UnitOfWork<'_> {
    /// Sets the help desk up as described, with this secret and no other to sign with.
    pub(super) async fn apply_help_desk(&mut self, entry: &RealmEntry, difference: &mut Difference) -> Result<(), Refusal> {
        let Some(wished) = &entry.help_desk else { return Ok(()) };
        let label = format!("help desk {}", self.realm.id);
        let before = self.tx.find_help_desk().await?;
        let settings = before.as_ref().map_or_else(|| DeskSettings::at(&wished.subdomain), |desk| desk.settings.clone());
        let delivery = wished.delivery.unwrap_or(settings.delivery);
        let settings = DeskSettings { subdomain: wished.subdomain.clone(), delivery, ..settings };
        match &before {
            None => difference.added(label.clone()),
            Some(desk) if desk.settings != settings => difference.changed(label.clone()),
            Some(_) => {}
        }
        self.put_help_desk(settings, None).await?;
        let active = self.tx.find_active_secret().await?;
        if active.is_some_and(|(_, value)| value.expose_secret() == wished.secret.expose_secret()) {
            return Ok(());
        }
        let added = self.add_desk_secret(&wished.secret).await?;
        self.activate_desk_secret(added.id).await?;
        difference.added(format!("{label}: secret {}", added.fingerprint));
        Ok(())
    }
}
