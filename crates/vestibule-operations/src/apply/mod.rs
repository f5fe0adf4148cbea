//! Bringing realms to the state that a manifest describes. Each realm is one transaction; what it does
//! is what is printed, and a second run does nothing. What a manifest does not mention stays.

mod accounts;
mod customers;
mod help_desk;
mod objects;
mod rights;

use std::{fmt, sync::Arc};

use vestibule_core::{audit::Channel, id::RealmId, realm::SupportSettings, refusal::Refusal};
use vestibule_store::Tx;

use crate::{
    context::Ctx,
    manifest::{Manifest, RealmEntry, StaffEntry},
    operations::{House, Operations},
    realms::{NewRealm, RealmChange, make_realm},
    unit_of_work::UnitOfWork,
};

/// Whether an apply acts, or only says what it would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Do it.
    Act,
    /// Do it, say what was done, and undo it.
    Rehearse,
}

/// One line of a difference. Secrets are never in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Something is made.
    Added(String),
    /// Something changes.
    Changed(String),
    /// Something goes.
    Removed(String),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(what) => write!(f, "+ {what}"),
            Self::Changed(what) => write!(f, "~ {what}"),
            Self::Removed(what) => write!(f, "- {what}"),
        }
    }
}

/// What an apply did, or would do, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Its lines.
    pub lines: Vec<Line>,
}

impl Difference {
    /// Whether everything was as described already.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn added(&mut self, what: String) {
        self.lines.push(Line::Added(what));
    }

    fn changed(&mut self, what: String) {
        self.lines.push(Line::Changed(what));
    }

    fn removed(&mut self, what: String) {
        self.lines.push(Line::Removed(what));
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// An apply that was refused; the realm it names is as it was, those before it are applied.
#[derive(Debug, thiserror::Error)]
#[error("realm `{realm}` could not be brought to the state described: {refusal}")]
pub struct ApplyError {
    /// What was done, or would be, before that realm's turn came.
    pub done: Difference,
    /// The realm.
    pub realm: RealmId,
    /// Why.
    pub refusal: Refusal,
}

impl Operations {
    /// Applies a manifest, realm by realm, then the vendor's people.
    pub async fn apply(&self, manifest: &Manifest, mode: Mode) -> Result<Difference, ApplyError> {
        let mut done = Difference::default();
        for entry in &manifest.realms {
            match self.apply_entry(entry, mode).await {
                Ok(difference) => done.lines.extend(difference.lines),
                Err(refusal) => return Err(ApplyError { done, realm: entry.id.clone(), refusal }),
            }
        }
        if !manifest.support_staff.is_empty() {
            let (id, staff) = (RealmId::vendor(), manifest.support_staff.clone());
            match self.apply_one(&id, mode, move |ctx, house, tx| Box::pin(apply_staff(ctx, house, tx, staff))).await {
                Ok(difference) => done.lines.extend(difference.lines),
                Err(refusal) => return Err(ApplyError { done, realm: id, refusal }),
            }
        }
        Ok(done)
    }

    /// Applies one realm. A realm that is absent has no lock yet: another process may make it between our look and our
    /// making it, and then it is there to be applied to, under its lock. Once is enough, as no realm ever goes.
    async fn apply_entry(&self, entry: &RealmEntry, mode: Mode) -> Result<Difference, Refusal> {
        let apply = || {
            let owned = entry.clone();
            self.apply_one(&entry.id, mode, move |ctx, house, tx| Box::pin(apply_realm(ctx, house, tx, owned)))
        };
        match apply().await {
            Err(Refusal::Exists("realm")) => apply().await,
            done => done,
        }
    }

    async fn apply_one<F>(&self, realm: &RealmId, mode: Mode, steps: F) -> Result<Difference, Refusal>
    where
        F: for<'t> FnOnce(Ctx, Arc<House>, &'t mut Tx) -> vestibule_store::Steps<'t, Difference> + Send + 'static,
    {
        let ctx = self.own_ctx(Channel::Cli);
        let (owned, house) = (ctx.clone(), self.0.house.clone());
        let unit = self.0.store.write(realm, ctx.moment(), move |tx| {
            if mode == Mode::Rehearse {
                tx.rehearse();
            }
            steps(owned, house, tx)
        });
        unit.await
    }
}

async fn apply_realm(ctx: Ctx, house: Arc<House>, tx: &mut Tx, entry: RealmEntry) -> Result<Difference, Refusal> {
    let mut difference = Difference::default();
    let realm = match tx.find_realm().await? {
        Some(realm) if tx.is_locked() => realm,
        Some(_) => return Err(Refusal::Exists("realm")),
        None => {
            difference.added(format!("realm {}", entry.id));
            let wish = NewRealm {
                id: entry.id.clone(),
                name: entry.name.clone().unwrap_or_else(|| entry.id.to_string()),
                organization_id: entry.organization_id,
                support_enabled: entry.support.enabled.unwrap_or(false),
                staff_domain: entry.support.staff_domain.clone().unwrap_or_else(|| SupportSettings::STAFF_DOMAIN_DEFAULT.to_owned()),
            };
            make_realm(tx, ctx.clone(), house.clone(), wish).await?
        }
    };
    if entry.organization_id.is_some_and(|wished| wished != realm.organization_id) {
        // Clients hold that id; a manifest that would move it is more likely wrong than meant.
        return Err(Refusal::Conflict { what: "organization id", state: "cannot be changed" });
    }
    let mut work = UnitOfWork::new(tx, ctx, realm, house);
    work.apply_settings(&entry, &mut difference).await?;
    work.apply_roles(&entry, &mut difference).await?;
    work.apply_groups(&entry, &mut difference).await?;
    work.apply_departments(&entry, &mut difference).await?;
    for account in &entry.accounts {
        work.apply_account(account, &mut difference).await?;
    }
    work.apply_objects(&entry, &mut difference).await?;
    work.apply_help_desk(&entry, &mut difference).await?;
    work.apply_customers(&entry, &mut difference).await?;
    work.apply_support(&entry, &mut difference).await?;
    Ok(difference)
}

async fn apply_staff(ctx: Ctx, house: Arc<House>, tx: &mut Tx, staff: Vec<StaffEntry>) -> Result<Difference, Refusal> {
    let mut difference = Difference::default();
    let realm = tx.find_realm().await?.ok_or(Refusal::Absent("realm"))?;
    let mut work = UnitOfWork::new(tx, ctx, realm, house);
    for person in &staff {
        work.apply_person(person, &mut difference).await?;
    }
    Ok(difference)
}

impl UnitOfWork<'_> {
    async fn apply_settings(&mut self, entry: &RealmEntry, difference: &mut Difference) -> Result<(), Refusal> {
        let before = self.realm.clone();
        let change = RealmChange {
            name: entry.name.clone(),
            support_enabled: entry.support.enabled,
            staff_domain: entry.support.staff_domain.clone(),
        };
        let after = self.update_realm(change, None).await?;
        let named = [
            ("name", before.name != after.name),
            ("support.enabled", before.support.enabled != after.support.enabled),
            ("support.staff_domain", before.support.staff_domain != after.support.staff_domain),
        ];
        let fields: Vec<&str> = named.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect();
        if !fields.is_empty() {
            difference.changed(format!("realm {}: {}", after.id, fields.join(", ")));
        }
        Ok(())
    }

    async fn apply_support(&mut self, entry: &RealmEntry, difference: &mut Difference) -> Result<(), Refusal> {
        let realm = self.realm.id.clone();
        if let Some(wished) = &entry.support.window {
            let stored = self.tx.find_window().await?;
            let same = stored.as_ref().is_some_and(|window| window.ends_at == wished.ends_at && window.statements == wished.statements);
            if !same {
                let (window, created) = self.put_window(wished.ends_at, wished.statements.clone(), None).await?;
                let what = format!("window {realm}: until {}, {} statements", window.ends_at, window.statements.len());
                if created { difference.added(what) } else { difference.changed(what) }
            }
        }
        let now = self.now();
        let stored = self.tx.list_invitations().await?;
        // An invitation that has lapsed since the manifest was written is done with.
        for wished in entry.support.invitations.iter().filter(|wished| wished.expires_at.is_none_or(|end| now < end)) {
            let same =
                |entry: &&vestibule_core::support::Invitation| entry.is_live(now) && entry.invitee.folded() == wished.invitee.folded();
            match stored.iter().find(same) {
                Some(stored) if stored.expires_at == wished.expires_at => {}
                stored => {
                    self.invite(wished.invitee.clone(), wished.expires_at).await?;
                    let what = format!("invitation {realm}/{}", wished.invitee);
                    if stored.is_none() { difference.added(what) } else { difference.changed(what) }
                }
            }
        }
        Ok(())
    }
}
