//! The realm's help desk: its settings, and the secrets that are shared with it, one after the other.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    audit::{Action, Draft, Thing},
    authorship::Authorship,
    help_desk::{DeskSecret, DeskSettings, HelpDesk, SecretState},
    id::DeskSecretId,
    refusal::{Fault, Malformed, Refusal},
};

use crate::{policies::check_version, unit_of_work::UnitOfWork};

impl UnitOfWork<'_> {
    /// The realm's help desk.
    pub async fn help_desk(&mut self) -> Result<HelpDesk, Refusal> {
        self.tx.find_help_desk().await?.ok_or(Refusal::Absent("help desk"))
    }

    /// Sets the help desk up, or changes its settings; says whether it is new. What is as wanted already is no change.
    pub async fn put_help_desk(&mut self, settings: DeskSettings, seen: Option<i64>) -> Result<(HelpDesk, bool), Refusal> {
        let settings = settings.check()?;
        let before = self.tx.find_help_desk().await?;
        check_version(seen, before.as_ref().map_or(0, |desk| desk.version))?;
        let is_new = before.is_none();
        let (desk, fields) = match before {
            Some(desk) if desk.settings == settings => return Ok((desk, false)),
            Some(desk) => {
                let fields = changed(&desk.settings, &settings);
                let authorship = desk.authorship.changed(self.ctx.author(), self.now());
                (HelpDesk { settings, version: desk.version + 1, authorship, ..desk }, fields)
            }
            None => {
                let authorship = Authorship::made_by(self.ctx.author());
                (HelpDesk { settings, version: 1, created_at: self.now(), authorship }, Vec::new())
            }
        };
        self.tx.save_help_desk(&desk).await?;
        let target = Thing::new("help_desk", self.realm.id.to_string());
        let draft = self.draft(Action::HelpDeskUpdated, target).with_change(fields);
        self.tx.record(draft.with_data("subdomain", desk.settings.subdomain.as_str()).with_data("enabled", desk.settings.enabled));
        Ok((desk, is_new))
    }

    /// The secrets shared with the help desk, newest first; never their values.
    pub async fn desk_secrets(&mut self) -> Result<Vec<DeskSecret>, Refusal> {
        Ok(self.tx.list_desk_secrets().await?)
    }

    /// Brings in a secret, which waits until it is activated.
    pub async fn add_desk_secret(&mut self, value: &SecretString) -> Result<DeskSecret, Refusal> {
        let id = DeskSecretId::fresh(self.now(), &self.ctx.chance);
        let secret = DeskSecret::pending(id, value.expose_secret(), self.now())?;
        if self.tx.list_desk_secrets().await?.len() >= DeskSecret::COUNT_MAX {
            return Err(Malformed::new("secrets", Fault::TooMany { limit: DeskSecret::COUNT_MAX }).into());
        }
        self.tx.insert_desk_secret(&secret, value.expose_secret()).await?;
        self.record_secret(Action::HelpDeskSecretAdded, &secret);
        Ok(secret)
    }

    /// Signs with a secret from now on; the one before is retired, and its value forgotten.
    pub async fn activate_desk_secret(&mut self, id: DeskSecretId) -> Result<DeskSecret, Refusal> {
        let secrets = self.tx.list_desk_secrets().await?;
        let secret = secrets.iter().find(|secret| secret.id == id).cloned().ok_or(Refusal::Absent("secret"))?;
        let active = secret.activate(self.now())?;
        for former in secrets.into_iter().filter(|secret| secret.state == SecretState::Active) {
            self.tx.update_desk_secret(&former.retire(self.now())).await?;
        }
        self.tx.update_desk_secret(&active).await?;
        self.record_secret(Action::HelpDeskSecretActivated, &active);
        Ok(active)
    }

    /// Removes a secret. Without the active one nobody is handed over until another is activated.
    pub async fn remove_desk_secret(&mut self, id: DeskSecretId) -> Result<(), Refusal> {
        let secrets = self.tx.list_desk_secrets().await?;
        let secret = secrets.into_iter().find(|secret| secret.id == id).ok_or(Refusal::Absent("secret"))?;
        self.tx.delete_desk_secret(id).await?;
        self.record_secret(Action::HelpDeskSecretRemoved, &secret);
        Ok(())
    }

    fn record_secret(&mut self, action: Action, secret: &DeskSecret) {
        let draft: Draft = self.draft(action, Thing::new("help_desk_secret", secret.id.to_string()));
        self.tx.record(draft.with_data("fingerprint", secret.fingerprint.as_str()));
    }
}

/// The names of the settings that differ.
fn changed(before: &DeskSettings, after: &DeskSettings) -> Vec<&'static str> {
    let named = [
        ("subdomain", before.subdomain != after.subdomain),
        ("enabled", before.enabled != after.enabled),
        ("delivery", before.delivery != after.delivery),
        ("return_to_hosts", before.return_to_hosts != after.return_to_hosts),
        ("claims", before.claims != after.claims),
        ("barred", before.barred != after.barred),
    ];
    named.into_iter().filter(|(_, is_changed)| *is_changed).map(|(field, _)| field).collect()
}
