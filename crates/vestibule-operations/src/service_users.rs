//! Robots' accounts and their key pairs.

use secrecy::SecretString;
use vestibule_core::{
    account::{Account, AccountKind},
    audit::{Action, Thing},
    authorship::Authorship,
    credential::{Credential, CredentialKind},
    id::{AccountId, AccountKey, CredentialId},
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_store::{Page, PageRequest};

use crate::{
    manifest::Proof,
    policies::{check_cursor, check_version},
    unit_of_work::UnitOfWork,
};

/// A key pair as it is shown once, when it is made. `Debug` leaves the secret out.
#[derive(Debug)]
pub struct NewKeyPair {
    /// What may be shown of it again.
    pub credential: Credential,
    /// The secret.
    pub secret: SecretString,
}

/// Most key pairs of one robot.
pub const KEY_PAIRS_MAX: usize = 20;
/// How robots are spoken of.
const SERVICE_USER: &str = "service user";

/// Whether a key pair proves anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It does.
    Active,
    /// It does not.
    Inactive,
}

impl UnitOfWork<'_> {
    /// A page of robots, newest first.
    pub async fn service_users(&mut self, page: PageRequest) -> Result<Page<Account>, Refusal> {
        check_cursor::<AccountKey>(&page)?;
        Ok(self.tx.page_accounts(&[AccountKind::Service], page).await?)
    }

    /// One robot.
    pub async fn service_user(&mut self, key: AccountKey) -> Result<Account, Refusal> {
        self.account_of_kind(key, AccountKind::Service, SERVICE_USER).await
    }

    /// Makes a robot, with no rights and no key pair.
    pub async fn create_service_user(&mut self, name: &str) -> Result<Account, Refusal> {
        let key = AccountKey::fresh(self.now(), &self.ctx.chance);
        let account = Account {
            key,
            id: format!("{}{key}", AccountId::SERVICE_PREFIX).parse::<AccountId>()?,
            kind: AccountKind::Service,
            name: Account::check_name(name)?,
            description: String::new(),
            active: true,
            ends_at: None,
            statements: Vec::new(),
            attributes: Default::default(),
            profile: Default::default(),
            seat: Default::default(),
            version: 1,
            created_at: self.now(),
            authorship: Authorship::made_by(self.ctx.author()),
        };
        self.tx.save_account(&account).await?;
        self.record_account(Action::AccountCreated, &account, &[]);
        Ok(account)
    }

    /// Renames a robot; what it signs in with stays.
    pub async fn rename_service_user(&mut self, key: AccountKey, name: &str, seen: Option<i64>) -> Result<Account, Refusal> {
        let before = self.service_user(key).await?;
        let name = Account::check_name(name)?;
        check_version(seen, before.version)?;
        let authorship = before.authorship.changed(self.ctx.author(), self.now());
        let account = Account { name, version: before.version + 1, authorship, ..before };
        self.tx.save_account(&account).await?;
        self.record_account(Action::AccountUpdated, &account, &["name"]);
        Ok(account)
    }

    /// Removes a robot with its key pairs, which prove nothing from then on. Says what it was.
    pub async fn delete_service_user(&mut self, key: AccountKey) -> Result<Account, Refusal> {
        let account = self.service_user(key).await?;
        self.tx.delete_account(&account).await?;
        self.record_account(Action::AccountDeleted, &account, &[]);
        Ok(account)
    }

    /// A robot's key pairs, newest first; there are at most [`KEY_PAIRS_MAX`] that were made here.
    pub async fn key_pairs(&mut self, robot: AccountKey) -> Result<Vec<Credential>, Refusal> {
        let robot = self.service_user(robot).await?;
        let mut pairs = self.tx.list_credentials(robot.key).await?;
        pairs.retain(|credential| credential.kind == CredentialKind::AccessKey);
        pairs.sort_by_key(|credential| std::cmp::Reverse(credential.id));
        Ok(pairs)
    }

    /// A page of the same.
    pub async fn page_key_pairs(&mut self, robot: AccountKey, page: PageRequest) -> Result<Page<Credential>, Refusal> {
        check_cursor::<CredentialId>(&page)?;
        let mut pairs = self.key_pairs(robot).await?;
        let after = page.after.as_ref().and_then(|after| after.parse::<CredentialId>().ok());
        pairs.retain(|credential| after.is_none_or(|after| credential.id < after));
        Ok(Page::cut(pairs, page.limit, |credential| credential.id.to_string()))
    }

    /// One key pair of a robot.
    pub async fn key_pair(&mut self, robot: AccountKey, id: CredentialId) -> Result<Credential, Refusal> {
        self.key_pairs(robot).await?.into_iter().find(|credential| credential.id == id).ok_or(Refusal::Absent("key pair"))
    }

    /// Makes a key pair, active from the first. Its secret is shown this once.
    pub async fn create_key_pair(&mut self, robot: AccountKey, name: &str) -> Result<NewKeyPair, Refusal> {
        let held = self.key_pairs(robot).await?.len();
        if held >= KEY_PAIRS_MAX {
            return Err(Malformed::new("credentials", Fault::TooMany { limit: KEY_PAIRS_MAX }).into());
        }
        let (id, secret) = (self.ctx.chance.uuid(self.now()).simple().to_string(), self.ctx.chance.secret());
        let proof = Proof::AccessKey { id, secret: secret.clone() };
        let credential = self.add_credential(robot, name, &proof, None, Vec::new()).await?;
        Ok(NewKeyPair { credential, secret })
    }

    /// Switches a key pair on or off; one that is so already stays as it is. Off, it proves nothing from the
    /// next request on, and nor do the tokens that came of it.
    pub async fn set_key_pair(&mut self, robot: AccountKey, id: CredentialId, state: KeyState) -> Result<Credential, Refusal> {
        let before = self.key_pair(robot, id).await?;
        let enabled = state == KeyState::Active;
        if before.enabled == enabled {
            return Ok(before);
        }
        let credential = Credential { enabled, ..before };
        self.tx.update_credential(&credential).await?;
        let draft = self.draft(Action::CredentialUpdated, Thing::new("credential", id.to_string())).with_change(["enabled"]);
        self.tx.record(draft.with_data("enabled", enabled).with_data("account", robot.to_string()));
        Ok(credential)
    }

    /// Removes a key pair; an active one is refused.
    pub async fn delete_key_pair(&mut self, robot: AccountKey, id: CredentialId) -> Result<Credential, Refusal> {
        let credential = self.key_pair(robot, id).await?;
        if credential.enabled {
            return Err(Refusal::Conflict { what: "key pair", state: "is active: deactivate it first" });
        }
        self.revoke_credential(&credential).await?;
        Ok(credential)
    }
}
