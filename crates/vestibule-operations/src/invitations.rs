//! Inviting and uninviting: a realm's support access list.

use vestibule_core::{
    account::Account,
    audit::{Action, Reason, Thing},
    id::{InvitationId, RealmId, SupportListId},
    refusal::{Fault, Malformed, Refusal},
    support::{Admitter, Invitation, Invitee, SessionEnd},
    time::Timestamp,
};

use crate::{notify::InvitationLetter, sessions::VISITOR_PREFIX, unit_of_work::UnitOfWork};

/// A realm's support access list, as it stands.
#[derive(Debug, Clone)]
pub struct SupportAccess {
    /// The realm.
    pub realm: RealmId,
    /// The list's id.
    pub list_id: SupportListId,
    /// Whether the list exists: a full delete removes it until somebody is invited again.
    pub listed: bool,
    /// Its live entries, in the order in which they were made.
    pub invitations: Vec<Invitation>,
}

/// What came of inviting.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The entry.
    pub invitation: Invitation,
    /// Whether it is new.
    pub created: bool,
    /// The whole list.
    pub access: SupportAccess,
}

impl UnitOfWork<'_> {
    /// The list as it stands; lapsed entries are not on it.
    pub async fn support_access(&mut self) -> Result<SupportAccess, Refusal> {
        let now = self.now();
        let invitations = self.tx.list_invitations().await?.into_iter().filter(|entry| entry.is_live(now)).collect();
        let support = &self.realm.support;
        Ok(SupportAccess { realm: self.realm.id.clone(), list_id: support.list_id, listed: support.listed, invitations })
    }

    /// Invites somebody, or changes when an invitation ends; the person is told each time.
    /// Refuses an end that has passed and a sixth person.
    pub async fn invite(&mut self, invitee: Invitee, expires_at: Option<Timestamp>) -> Result<Invited, Refusal> {
        if expires_at.is_some_and(|end| end <= self.now()) {
            return Err(Malformed::new("expires_at", Fault::NotInFuture).into());
        }
        let list = self.tx.list_invitations().await?;
        if !Invitation::has_room(&list, &invitee, self.now()) {
            return Err(Refusal::InvitationsFull { cap: Invitation::PEOPLE_MAX });
        }
        let now = self.now();
        let (mut live, lapsed): (Vec<_>, Vec<_>) = list.into_iter().partition(|entry| entry.is_live(now));
        if !lapsed.is_empty() {
            self.tx.drop_lapsed_invitations().await?;
        }
        let stored = live.iter().position(|entry| entry.invitee.folded() == invitee.folded()).map(|place| live.remove(place));
        let (action, invitation) = match &stored {
            None => {
                let id = InvitationId::fresh(self.now(), &self.ctx.chance);
                (Action::InvitationCreated, Invitation { id, invitee, expires_at, created_at: self.now() })
            }
            Some(same) if same.expires_at == expires_at => (Action::InvitationRepeated, same.clone()),
            Some(other) => (Action::InvitationAmended, Invitation { expires_at, ..other.clone() }),
        };
        self.tx.save_invitation(&invitation).await?;
        if !self.realm.support.listed {
            self.realm.support.listed = true;
            self.tx.save_realm(&self.realm).await?;
        }
        self.shorten_sessions(Admitter::Invitation(invitation.id), invitation.expires_at).await?;
        self.record_invitation(action, &invitation);
        self.announce(&invitation).await?;
        // The list as it would be read again.
        live.push(invitation.clone());
        live.sort_by_key(|entry| (entry.created_at, entry.id));
        let support = &self.realm.support;
        let access = SupportAccess { realm: self.realm.id.clone(), list_id: support.list_id, listed: support.listed, invitations: live };
        Ok(Invited { invitation, created: stored.is_none(), access })
    }

    fn record_invitation(&mut self, action: Action, invitation: &Invitation) {
        let target = Thing::new("invitation", invitation.id.to_string());
        let mut draft = self.draft(action, target);
        draft = match &invitation.invitee {
            Invitee::Anyone => draft.with_data("invitee", "*"),
            Invitee::Person(address) => {
                draft.with_sealed("target.name", invitation.invitee.folded(), address.as_str()).with_data("invitee", "person")
            }
        };
        if let Some(end) = invitation.expires_at {
            draft = draft.with_data("expires_at", end.to_string());
        }
        let changed: &[&'static str] = match action {
            Action::InvitationAmended => &["expires_at"],
            _ => &[],
        };
        self.tx.record(draft.with_change(changed.iter().copied()));
    }

    /// Mails a person who was invited; nobody is told of `*`.
    async fn announce(&mut self, invitation: &Invitation) -> Result<(), Refusal> {
        let Invitee::Person(address) = &invitation.invitee else { return Ok(()) };
        let letter = InvitationLetter {
            to: address,
            realm: &self.realm.id,
            realm_name: &self.realm.name,
            until: invitation.expires_at,
            public_url: &self.house.settings.public_url,
        };
        let letter = letter.write().map_err(|error| {
            tracing::error!(%error, "the invitation's letter could not be written");
            Refusal::Internal
        })?;
        self.enqueue(letter).await
    }

    /// Removes an invitee's live entry by its folded form; `false`: there was none.
    pub async fn uninvite(&mut self, folded: &str) -> Result<bool, Refusal> {
        let now = self.now();
        let entry = self.tx.list_invitations().await?.into_iter().find(|entry| entry.is_live(now) && entry.invitee.folded() == folded);
        match entry {
            Some(entry) => self.revoke_invitation(entry).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Removes one entry by its id.
    pub async fn uninvite_id(&mut self, id: InvitationId) -> Result<(), Refusal> {
        let entry = self.invitation(id).await?;
        self.revoke_invitation(entry).await
    }

    /// One live entry by its id.
    pub async fn invitation(&mut self, id: InvitationId) -> Result<Invitation, Refusal> {
        let now = self.now();
        let live = |entry: &Invitation| entry.is_live(now) && entry.id == id;
        self.tx.list_invitations().await?.into_iter().find(live).ok_or(Refusal::Absent("invitation"))
    }

    /// Removes every entry, and the list itself until somebody is invited again.
    pub async fn uninvite_all(&mut self) -> Result<(), Refusal> {
        let now = self.now();
        for entry in self.tx.list_invitations().await?.into_iter().filter(|entry| entry.is_live(now)) {
            self.revoke_invitation(entry).await?;
        }
        self.tx.drop_lapsed_invitations().await?;
        if self.realm.support.listed {
            self.realm.support.listed = false;
            self.tx.save_realm(&self.realm).await?;
            let target = Thing::new("support", self.realm.support.list_id.to_string());
            let draft = self.draft(Action::RealmUpdated, target).with_change(["listed"]);
            self.tx.record(draft);
        }
        Ok(())
    }

    /// Removes an entry with what rests on it: sessions end, accounts made through it go.
    async fn revoke_invitation(&mut self, entry: Invitation) -> Result<(), Refusal> {
        self.tx.delete_invitation(entry.id).await?;
        self.record_invitation(Action::InvitationRevoked, &entry);
        self.end_sessions_resting_on(Admitter::Invitation(entry.id), SessionEnd::InvitationRevoked).await?;
        for account in self.tx.list_visitors().await? {
            if self.came_through(&account, &entry).await? {
                self.tx.delete_account(&account).await?;
                let draft = self
                    .draft(Action::AccountDeleted, Thing::new("account", account.key.to_string()))
                    .with_reason(Reason { code: "invitation_revoked".into(), ticket: None, statement: None, policy_version: None })
                    .with_sealed("target.name", account.key.to_string(), account.id.as_str());
                self.tx.record(draft);
            }
        }
        Ok(())
    }

    /// Whether an agent's account goes with an entry: the entry is the agent's own or let the agent in
    /// last, no other live session needs the account, and it has no live entry of its own
    /// (`spec/here-support.md`, section 5, account clean-up).
    async fn came_through(&mut self, account: &Account, entry: &Invitation) -> Result<bool, Refusal> {
        let admitted_by = account.attributes.get(crate::sessions::ADMITTED_BY).and_then(|by| by.as_str());
        let address = account.id.folded().trim_start_matches(VISITOR_PREFIX).to_owned();
        if admitted_by != Some(entry.id.to_string().as_str()) && entry.invitee.folded() != address {
            return Ok(false);
        }
        let now = self.now();
        let own = |other: &Invitation| other.is_live(now) && other.invitee.folded() == address;
        let is_invited = self.tx.list_invitations().await?.iter().any(own);
        let is_inside = self.tx.list_live_sessions(None).await?.iter().any(|session| session.account == account.key);
        Ok(!is_invited && !is_inside)
    }
}
