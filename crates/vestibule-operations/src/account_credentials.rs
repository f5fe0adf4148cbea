//! Credentials of accounts as their realm's administrators keep them: seen, made, switched, taken away. What other
//! doors do with one kind of them stands in `account_tokens.rs` and `service_users.rs`.

use secrecy::SecretString;
use vestibule_core::{
    account::Account,
    audit::{Action, Thing},
    credential::{Credential, CredentialKind, ProjectScope, TOKENS_MAX},
    id::CredentialId,
    redirect::RedirectUri,
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};
use vestibule_store::{NewCredential, Page, PageRequest};

use crate::{KEY_PAIRS_MAX, manifest::Proof, policies::check_cursor, unit_of_work::UnitOfWork};

/// What a new credential is to prove an account by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proving {
    /// A bearer token: a random text, of which nothing is kept but a hash.
    Token,
    /// An id and a secret that signs requests.
    AccessKey,
}

impl Proving {
    /// The kind of credential.
    const fn kind(self) -> CredentialKind {
        match self {
            Self::Token => CredentialKind::Token,
            Self::AccessKey => CredentialKind::AccessKey,
        }
    }

    /// Most of them that one account may hold, and what is said to who asks for more.
    const fn limit(self) -> (usize, Refusal) {
        let (most, state) = match self {
            Self::Token => (TOKENS_MAX, "holds 20 tokens already: revoke one first"),
            Self::AccessKey => (KEY_PAIRS_MAX, "holds 20 access keys already: revoke one first"),
        };
        (most, Refusal::Conflict { what: "account", state })
    }
}

/// A credential to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialWish {
    /// What it is to prove the account by.
    pub proving: Proving,
    /// See [`Credential::check_name`].
    pub name: String,
    /// The project scope that tokens of it carry; a project of this realm.
    pub scope: Option<ProjectScope>,
    /// It proves nothing from this instant on, which must lie ahead.
    pub expires_at: Option<Timestamp>,
    /// Where people who sign in through it may be sent back to: for access keys alone.
    pub redirect_uris: Vec<RedirectUri>,
}

/// A credential as it is shown once, when it is made. `Debug` leaves the secret out.
#[derive(Debug, Clone)]
pub struct MadeCredential {
    /// What may be shown of it again.
    pub credential: Credential,
    /// The token, or the secret of an access key.
    pub secret: SecretString,
}

/// What is to change of a credential; absent: it stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CredentialChange {
    /// See [`Credential::check_name`].
    pub name: Option<String>,
    /// Off, it proves nothing from the next request on, and nor do the tokens that came of it.
    pub enabled: Option<bool>,
    /// It proves nothing from this instant on, if any; one that has passed ends it now.
    pub expires_at: Option<Option<Timestamp>>,
    /// Where people who sign in through it may be sent back to: for access keys alone.
    pub redirect_uris: Option<Vec<RedirectUri>>,
}

/// Only an access key is a client's, to which people may be sent back.
fn check_has_addresses(kind: CredentialKind, redirect_uris: &[RedirectUri]) -> Result<(), Malformed> {
    match kind == CredentialKind::AccessKey || redirect_uris.is_empty() {
        true => Ok(()),
        false => Err(Malformed::new("redirect_uris", Fault::Format("for this kind of credential"))),
    }
}

impl UnitOfWork<'_> {
    /// A page of an account's credentials of every kind, newest first. They are few, and read whole.
    pub async fn credentials_of(&mut self, owner: &Account, page: PageRequest) -> Result<Page<Credential>, Refusal> {
        check_cursor::<CredentialId>(&page)?;
        let after = page.after.as_ref().and_then(|after| after.parse::<CredentialId>().ok());
        let mut held = self.tx.list_credentials(owner.key).await?;
        held.retain(|credential| after.is_none_or(|after| credential.id < after));
        held.sort_by_key(|credential| std::cmp::Reverse(credential.id));
        Ok(Page::cut(held, page.limit, |credential| credential.id.to_string()))
    }

    /// One credential of an account.
    pub async fn credential_of(&mut self, owner: &Account, id: CredentialId) -> Result<Credential, Refusal> {
        let found = self.tx.find_credential(id).await?.map(|found| found.credential);
        found.filter(|credential| credential.account == owner.key).ok_or(Refusal::Absent("credential"))
    }

    /// Gives an account a credential, whose secret is shown this once. Refused are a scope of another realm, an end
    /// that does not lie ahead, and an account that holds as many as it may.
    pub async fn make_credential(&mut self, owner: &Account, wish: CredentialWish) -> Result<MadeCredential, Refusal> {
        if wish.scope.as_ref().is_some_and(|scope| scope.realm() != self.realm.id.as_str()) {
            return Err(Malformed::new("scope", Fault::Format("a project of this realm")).into());
        }
        if wish.expires_at.is_some_and(|end| end <= self.now()) {
            return Err(Malformed::new("expires_at", Fault::NotInFuture).into());
        }
        check_has_addresses(wish.proving.kind(), &wish.redirect_uris)?;
        let (most, full) = wish.proving.limit();
        let held = self.tx.list_credentials(owner.key).await?;
        if held.iter().filter(|credential| credential.kind == wish.proving.kind()).count() >= most {
            return Err(full);
        }
        let secret = self.ctx.chance.secret();
        let proof = match wish.proving {
            Proving::Token => Proof::Token { secret: secret.clone() },
            Proving::AccessKey => Proof::AccessKey { id: self.ctx.chance.uuid(self.now()).simple().to_string(), secret: secret.clone() },
        };
        let (id, kept) = (CredentialId::fresh(self.now(), &self.ctx.chance), self.kept(&proof));
        let credential = Credential {
            id,
            account: owner.key,
            kind: kept.kind,
            public_id: kept.public_id,
            name: Credential::check_name(&wish.name)?,
            scope: wish.scope,
            enabled: true,
            expires_at: wish.expires_at,
            created_at: self.now(),
            last_used_at: None,
            redirect_uris: wish.redirect_uris,
        };
        let stored = self.stored_secret(id, &proof)?;
        let new = NewCredential { credential, lookup: kept.lookup, secret: stored };
        if !self.tx.insert_credential(&new).await? {
            return Err(Refusal::Exists("credential"));
        }
        self.record_credential(Action::CredentialCreated, &new.credential);
        Ok(MadeCredential { credential: new.credential, secret })
    }

    /// Changes a credential; what is as wanted already is no change.
    pub async fn change_credential(&mut self, owner: &Account, id: CredentialId, change: CredentialChange) -> Result<Credential, Refusal> {
        let before = self.credential_of(owner, id).await?;
        let credential = Credential {
            name: change.name.map_or(Ok(before.name.clone()), |name| Credential::check_name(&name))?,
            enabled: change.enabled.unwrap_or(before.enabled),
            expires_at: change.expires_at.unwrap_or(before.expires_at),
            redirect_uris: change.redirect_uris.unwrap_or_else(|| before.redirect_uris.clone()),
            ..before.clone()
        };
        let named = [
            ("name", credential.name != before.name),
            ("enabled", credential.enabled != before.enabled),
            ("expires_at", credential.expires_at != before.expires_at),
            ("redirect_uris", credential.redirect_uris != before.redirect_uris),
        ];
        let changed: Vec<_> = named.into_iter().filter(|(_, is_changed)| *is_changed).map(|(field, _)| field).collect();
        if changed.is_empty() {
            return Ok(before);
        }
        check_has_addresses(credential.kind, &credential.redirect_uris)?;
        self.tx.update_credential(&credential).await?;
        let draft = self.draft(Action::CredentialUpdated, Thing::new("credential", id.to_string())).with_change(changed);
        self.tx.record(draft.with_data("enabled", credential.enabled).with_data("account", owner.key.to_string()));
        Ok(credential)
    }

    /// Takes a credential away: it proves nothing from the next request on, and never will again.
    pub async fn remove_credential(&mut self, owner: &Account, id: CredentialId) -> Result<(), Refusal> {
        let credential = self.credential_of(owner, id).await?;
        self.revoke_credential(&credential).await
    }
}
