//! Giving accounts credentials, and taking them away.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    audit::{Action, Thing},
    credential::{Credential, CredentialKind, ProjectScope, ShowableToken},
    id::{AccountKey, CredentialId},
    redirect::RedirectUri,
    refusal::Refusal,
};
use vestibule_store::{NewCredential, secret_context};

use crate::{
    manifest::Proof,
    passwords::{hash_password, is_password},
    unit_of_work::UnitOfWork,
};

/// What proves a credential, ready to be stored.
pub(crate) struct Kept {
    pub(crate) kind: CredentialKind,
    pub(crate) public_id: Option<String>,
    pub(crate) lookup: Option<[u8; 32]>,
}

impl UnitOfWork<'_> {
    /// How a proof is found again: by its kind, and by the keyed hash of a token or of a public id.
    pub(crate) fn kept(&self, proof: &Proof) -> Kept {
        let lookup = |kind: CredentialKind, text: &str| Some(self.tx.sealer().lookup(kind.as_str(), text));
        match proof {
            Proof::Token { secret } => {
                let kind = CredentialKind::Token;
                Kept { kind, public_id: None, lookup: lookup(kind, secret.expose_secret()) }
            }
            Proof::AccessKey { id, .. } => {
                let kind = CredentialKind::AccessKey;
                Kept { kind, public_id: Some(id.clone()), lookup: lookup(kind, id) }
            }
            Proof::PublicKey { id, .. } => {
                let kind = CredentialKind::PublicKey;
                Kept { kind, public_id: Some(id.clone()), lookup: lookup(kind, id) }
            }
            Proof::Password { .. } => Kept { kind: CredentialKind::Password, public_id: None, lookup: None },
        }
    }

    /// What a credential's row keeps of a proof: tokens nothing but their hash, passwords Argon2id, secrets
    /// that must be used or shown again sealed, public keys as they are.
    pub(crate) fn stored_secret(&self, id: CredentialId, proof: &Proof) -> Result<Vec<u8>, Refusal> {
        match proof {
            Proof::Token { secret } if !ShowableToken::is(secret.expose_secret()) => Ok(Vec::new()),
            Proof::PublicKey { pem, .. } => Ok(pem.clone().into_bytes()),
            Proof::Password { secret } => hash_password(secret),
            Proof::Token { secret } | Proof::AccessKey { secret, .. } => {
                Ok(self.tx.sealer().seal(&secret_context(id), secret.expose_secret().as_bytes(), &self.ctx.chance)?)
            }
        }
    }

    /// Whether a stored secret is this proof's: what cannot be told from the look-up.
    pub(crate) async fn is_unchanged(&mut self, credential: &Credential, proof: &Proof) -> Result<bool, Refusal> {
        let Some(found) = self.tx.find_credential(credential.id).await? else { return Ok(false) };
        match proof {
            Proof::Token { .. } => Ok(true),
            Proof::PublicKey { pem, .. } => Ok(found.secret == pem.as_bytes()),
            Proof::Password { secret } => Ok(is_password(secret, &found.secret)),
            Proof::AccessKey { secret, .. } => {
                let opened = self.tx.sealer().open(&secret_context(credential.id), &found.secret)?;
                Ok(opened == secret.expose_secret().as_bytes())
            }
        }
    }

    /// Gives an account a credential; one whose token or public id is taken anywhere is refused.
    pub(crate) async fn add_credential(
        &mut self,
        account: AccountKey,
        name: &str,
        proof: &Proof,
        scope: Option<ProjectScope>,
        redirect_uris: Vec<RedirectUri>,
    ) -> Result<Credential, Refusal> {
        let id = CredentialId::fresh(self.now(), &self.ctx.chance);
        let kept = self.kept(proof);
        let credential = Credential {
            id,
            account,
            kind: kept.kind,
            public_id: kept.public_id,
            name: name.to_owned(),
            scope,
            enabled: true,
            expires_at: None,
            created_at: self.now(),
            last_used_at: None,
            redirect_uris,
        };
        let secret = self.stored_secret(id, proof)?;
        let new = NewCredential { credential, lookup: kept.lookup, secret };
        if !self.tx.insert_credential(&new).await? {
            return Err(Refusal::Exists("credential"));
        }
        self.record_credential(Action::CredentialCreated, &new.credential);
        Ok(new.credential)
    }

    pub(crate) async fn add_token(
        &mut self,
        account: AccountKey,
        name: &str,
        token: &str,
        scope: Option<ProjectScope>,
    ) -> Result<(), Refusal> {
        self.add_credential(account, name, &Proof::Token { secret: SecretString::from(token) }, scope, Vec::new()).await.map(drop)
    }

    pub(crate) async fn revoke_credential(&mut self, credential: &Credential) -> Result<(), Refusal> {
        self.tx.delete_credential(credential.id).await?;
        self.record_credential(Action::CredentialRevoked, credential);
        Ok(())
    }

    pub(crate) fn record_credential(&mut self, action: Action, credential: &Credential) {
        let draft = self.draft(action, Thing::new("credential", credential.id.to_string()));
        self.tx.record(draft.with_data("kind", credential.kind.as_str()).with_data("account", credential.account.to_string()));
    }
}
