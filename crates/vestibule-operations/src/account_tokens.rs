//! Tokens of people and robots: made, shown again where their form allows it, named and revoked.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    account::{Account, AccountKind},
    audit::{Action, Thing},
    credential::{Credential, CredentialKind, ShowableToken, TOKENS_MAX},
    id::{AccountId, AccountKey, CredentialId},
    refusal::{Malformed, Refusal},
    time::Timestamp,
};
use vestibule_store::{HeldToken, NewCredential, secret_context};

use crate::{account_search::Slice, authenticate::TOKEN_BYTES_MAX, manifest::Proof, unit_of_work::UnitOfWork};

/// A token as its realm's people see it. `Debug` leaves its text out.
#[derive(Debug, Clone)]
pub struct ShownToken {
    /// What may be shown of any credential.
    pub credential: Credential,
    /// What its account signs in with.
    pub account: AccountId,
    /// What its account stands for.
    pub kind: AccountKind,
    /// Whether its account is switched on.
    pub active: bool,
    /// The token itself; absent where nothing but a hash of it is kept.
    pub text: Option<SecretString>,
}

impl UnitOfWork<'_> {
    /// An account's tokens, oldest first.
    pub async fn tokens_of(&mut self, account: AccountKey) -> Result<Vec<ShownToken>, Refusal> {
        let held = self.tx.list_tokens_of(account).await?;
        Ok(held.into_iter().map(|token| self.shown(token)).collect())
    }

    /// Every token of the realm's people and robots, oldest first.
    pub async fn all_tokens(&mut self) -> Result<Vec<ShownToken>, Refusal> {
        Ok(self.tokens_page(0, usize::MAX).await?.items)
    }

    /// Some of them, after as many as `offset` says.
    pub async fn tokens_page(&mut self, offset: usize, limit: usize) -> Result<Slice<ShownToken>, Refusal> {
        let held = self.tx.list_tokens(offset, limit.saturating_add(1)).await?;
        Ok(Slice::cut(held, limit).map(|token| self.shown(token)))
    }

    /// A token by its text, or else by the id of its credential, which proves nothing; of one account, or of any.
    pub async fn find_token(&mut self, account: Option<AccountKey>, raw: &str) -> Result<Option<ShownToken>, Refusal> {
        if raw.len() > TOKEN_BYTES_MAX {
            return Ok(None);
        }
        let texts = [Some(raw.to_owned()), ShowableToken::parse(raw).ok().filter(|folded| folded != raw)];
        let mut found = None;
        for text in texts.into_iter().flatten() {
            let lookup = self.tx.sealer().lookup(CredentialKind::Token.as_str(), &text);
            found = found.or(self.tx.find_token_by_hash(&lookup).await?);
        }
        if let (None, Ok(id)) = (&found, raw.parse::<CredentialId>()) {
            found = self.tx.find_token(id).await?;
        }
        let is_its = |token: &HeldToken| account.is_none_or(|account| token.found.credential.account == account);
        Ok(found.filter(is_its).map(|token| self.shown(token)))
    }

    /// Makes a token whose text is a random UUID; the text may be shown again. An account that holds
    /// [`TOKENS_MAX`] of them is refused.
    pub async fn new_token(&mut self, account: AccountKey, name: &str) -> Result<ShownToken, Refusal> {
        let account = self.own_account(account).await?;
        let text = uuid::Builder::from_random_bytes(self.ctx.chance.bytes()).into_uuid().to_string();
        let made = self.insert_token(&account, name, SecretString::from(text)).await?;
        made.ok_or(Refusal::Internal)
    }

    /// Gives an account a token that a client chose; one that it has already is no change. What is in use elsewhere,
    /// or is no UUID, is refused.
    pub(crate) async fn add_chosen_token(&mut self, account: &Account, token: &SecretString) -> Result<(), Refusal> {
        let text = ShowableToken::parse(token.expose_secret()).map_err(|malformed: Malformed| malformed.of("tokens"))?;
        let lookup = self.tx.sealer().lookup(CredentialKind::Token.as_str(), &text);
        if self.tx.has_credential(account.key, &lookup).await?.is_some() {
            return Ok(());
        }
        match self.insert_token(account, "", SecretString::from(text)).await? {
            Some(_) => Ok(()),
            None => Err(Refusal::Conflict { what: "token", state: "is in use already" }),
        }
    }

    /// Stores a token; `None` when its text is in use somewhere.
    async fn insert_token(&mut self, account: &Account, name: &str, text: SecretString) -> Result<Option<ShownToken>, Refusal> {
        let name = Credential::check_name(name)?;
        let held = self.tx.list_tokens_of(account.key).await?;
        if held.len() >= TOKENS_MAX {
            return Err(Refusal::Conflict { what: "account", state: "holds 20 tokens already: revoke one first" });
        }
        // Lists run by this instant, and the newest token must come last, even of two in one millisecond.
        let newest = held.last().map(|token| token.found.credential.created_at);
        let created_at = newest.map_or(self.now(), |newest: Timestamp| self.now().max(newest.plus_millis(1)));
        let (id, proof) = (CredentialId::fresh(self.now(), &self.ctx.chance), Proof::Token { secret: text.clone() });
        let kept = self.kept(&proof);
        let credential = Credential {
            id,
            account: account.key,
            kind: kept.kind,
            public_id: None,
            name,
            scope: None,
            enabled: true,
            expires_at: None,
            created_at,
            last_used_at: None,
            redirect_uris: Vec::new(),
        };
        let secret = self.stored_secret(id, &proof)?;
        let new = NewCredential { credential, lookup: kept.lookup, secret };
        if !self.tx.insert_credential(&new).await? {
            return Ok(None);
        }
        self.record_credential(Action::CredentialCreated, &new.credential);
        let (owner, kind, active) = (account.id.clone(), account.kind, account.active);
        Ok(Some(ShownToken { credential: new.credential, account: owner, kind, active, text: Some(text) }))
    }

    /// Gives a token another name.
    pub async fn rename_token(&mut self, token: &ShownToken, name: &str) -> Result<ShownToken, Refusal> {
        let name = Credential::check_name(name)?;
        if name == token.credential.name {
            return Ok(token.clone());
        }
        let credential = Credential { name, ..token.credential.clone() };
        self.tx.update_credential(&credential).await?;
        let draft = self.draft(Action::CredentialUpdated, Thing::new("credential", credential.id.to_string())).with_change(["name"]);
        self.tx.record(draft.with_data("account", credential.account.to_string()));
        Ok(ShownToken { credential, ..token.clone() })
    }

    /// Revokes a token: it proves nothing from the next request on, and never will again.
    pub async fn revoke_token(&mut self, token: &ShownToken) -> Result<(), Refusal> {
        self.revoke_credential(&token.credential).await
    }

    /// A token with its text, if that is kept. What was sealed under another master key is as if it were not.
    fn shown(&self, held: HeldToken) -> ShownToken {
        let HeldToken { found, owner, kind, active } = held;
        let id = found.credential.id;
        let text = match found.secret.as_slice() {
            [] => None,
            sealed => {
                let opened = self.tx.sealer().open(&secret_context(id), sealed).ok().and_then(|text| String::from_utf8(text).ok());
                if opened.is_none() {
                    tracing::error!(credential.id = %id, realm.id = %self.realm.id, "a sealed token cannot be opened");
                }
                opened
            }
        };
        ShownToken { credential: found.credential, account: owner, kind, active, text: text.map(SecretString::from) }
    }
}
