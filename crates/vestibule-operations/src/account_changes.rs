//! Making, changing and removing people and robots, one at a time and many at once. Every change is an event of its
//! own, and what is as wanted already is no change.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use secrecy::SecretString;
use serde_json::Value;
use vestibule_core::{
    account::{Account, AccountKind, AccountStanding, Profile},
    audit::Action,
    authorship::Authorship,
    department::Seat,
    group::{SystemGroup, check_description},
    id::{AccountId, AccountKey, GroupId, RoleId},
    policy::{ActionName, Statement, permission},
    refusal::{Fault, Malformed, Refusal},
    role::Holder,
    time::Timestamp,
};

use crate::{
    passwords::HashedPassword,
    policies::check_version,
    roles::{PERMISSION_SERVICE, checked},
    sessions::VISITOR_PREFIX,
    unit_of_work::UnitOfWork,
};

/// A person or a robot to be made.
#[derive(Clone)]
pub struct NewAccount {
    /// What it will sign in with; see [`AccountId::service`] for robots.
    pub id: AccountId,
    /// Person or robot.
    pub kind: AccountKind,
    /// Shown to people; may be empty.
    pub name: String,
    /// What it is there for; may be empty.
    pub description: String,
    /// Whether it is switched on.
    pub active: bool,
    /// What it may do everywhere. Absent: what new users begin with, nothing for robots.
    pub permissions: Option<BTreeSet<ActionName>>,
    /// Roles that it will hold.
    pub roles: Vec<RoleId>,
    /// Groups that it will be in, beside the one of its kind. Absent: those that new users begin in, none for robots.
    pub groups: Option<Vec<GroupId>>,
    /// Tokens that a client chose for it: UUIDs.
    pub tokens: Vec<SecretString>,
    /// What the realm's own sign-on calls it; may be empty.
    pub sso_id: String,
}

impl NewAccount {
    /// An account that is switched on and given nothing but what new accounts of its kind begin with.
    pub fn bare(id: AccountId, kind: AccountKind) -> Self {
        Self {
            id,
            kind,
            name: String::new(),
            description: String::new(),
            active: true,
            permissions: None,
            roles: Vec::new(),
            groups: None,
            tokens: Vec::new(),
            sso_id: String::new(),
        }
    }
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What may be said of a new account besides, where that is more than permissions by name.
#[derive(Debug, Clone, Default)]
pub struct AccountDetails {
    /// When its access ends, if ever.
    pub ends_at: Option<Timestamp>,
    /// What its own statements are to say, instead of the permissions that it would begin with.
    pub statements: Option<Vec<Statement>>,
    /// Facts for conditions.
    pub attributes: BTreeMap<String, Value>,
    /// Where it sits.
    pub seat: Seat,
    /// What is known of a person; see [`Profile::sso_id`] for what is said elsewhere.
    pub profile: Profile,
}

/// What is to change of an account; absent: it stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// Shown to people; may be empty.
    pub name: Option<String>,
    /// What it is there for; may be empty.
    pub description: Option<String>,
    /// Whether it is switched on.
    pub active: Option<bool>,
    /// When its access ends.
    pub ends_at: Option<Option<Timestamp>>,
    /// What its own statements are to say, all of them.
    pub statements: Option<Vec<Statement>>,
    /// The permissions by name, all of them, that it is to have itself; what its statements say besides stays.
    pub permissions: Option<BTreeSet<ActionName>>,
    /// Facts for conditions, all of them.
    pub attributes: Option<BTreeMap<String, Value>>,
    /// What the realm's own sign-on calls it; may be empty.
    pub sso_id: Option<String>,
    /// The given name; may be empty.
    pub first_name: Option<String>,
    /// The family name; may be empty.
    pub last_name: Option<String>,
    /// The department that it belongs to; `Some(None)`: none.
    pub home_department: Option<Option<String>>,
    /// Other departments whose customers it may touch, all of them.
    pub foreign_departments: Option<Vec<String>>,
    /// The roles, all of them, that it is to hold itself.
    pub roles: Option<Vec<RoleId>>,
    /// The groups, all of them, that it is to be in beside the one of its kind.
    pub groups: Option<Vec<GroupId>>,
    /// Tokens that a client chose, to be added: UUIDs.
    pub add_tokens: Vec<SecretString>,
    /// A password, instead of the one that it has; see [`crate::Operations::hash_password`].
    pub password: Option<HashedPassword>,
}

/// An account as it was made or changed.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The account.
    pub account: Account,
    /// Roles that are not there, and were passed over.
    pub ignored_roles: Vec<RoleId>,
    /// Groups that are not there, or that only accounts of another kind are in; they were passed over.
    pub ignored_groups: Vec<GroupId>,
}

/// The id that a new account goes by, if one of its kind may.
fn check_id(id: &AccountId, kind: AccountKind) -> Result<AccountId, Refusal> {
    let is_taken_kind = AccountId::is_service(id.as_str()) || id.folded().starts_with(VISITOR_PREFIX);
    match kind {
        AccountKind::Service => Ok(AccountId::service(id.as_str())?),
        AccountKind::User if is_taken_kind => Err(Malformed::new("id", Fault::Format("an id that a person can have")).into()),
        AccountKind::User => Ok(id.clone()),
        AccountKind::Support => Err(Refusal::Conflict { what: "account", state: "of a visiting agent is made by its visit" }),
    }
}

/// A person's own words about themselves, trimmed and within the bounds of names.
fn checked_profile(profile: Profile) -> Result<Profile, Malformed> {
    Ok(Profile { first_name: check_name(&profile.first_name)?, last_name: check_name(&profile.last_name)?, ..profile })
}

/// A name, or none.
fn check_name(raw: &str) -> Result<String, Malformed> {
    if raw.trim().is_empty() { Ok(String::new()) } else { Account::check_name(raw) }
}

impl UnitOfWork<'_> {
    /// Makes a person or a robot. An id is refused that somebody goes by already, whatever its case.
    pub async fn new_account(&mut self, new: NewAccount) -> Result<Changed, Refusal> {
        self.new_account_with(new, AccountDetails::default()).await
    }

    /// The same with what may be said of an account besides.
    pub async fn new_account_with(&mut self, new: NewAccount, details: AccountDetails) -> Result<Changed, Refusal> {
        let id = check_id(&new.id, new.kind)?;
        if self.tx.find_account_named(&id.folded()).await?.is_some() {
            return Err(Refusal::Exists("account"));
        }
        let defaults = match new.kind {
            AccountKind::User => self.account_defaults().await?,
            AccountKind::Service | AccountKind::Support => Default::default(),
        };
        let is_given = details.statements.is_some();
        let mut statements = details.statements.unwrap_or_default();
        if !is_given {
            permission::replace(&mut statements, PERMISSION_SERVICE, &new.permissions.unwrap_or(defaults.permissions));
        }
        let account = Account {
            key: AccountKey::fresh(self.now(), &self.ctx.chance),
            id,
            kind: new.kind,
            name: check_name(&new.name)?,
            description: check_description(&new.description)?,
            active: new.active,
            ends_at: details.ends_at,
            statements: checked(statements)?,
            attributes: details.attributes,
            seat: self.checked_seat(details.seat).await?,
            profile: Profile { sso_id: Profile::check_sso_id(&new.sso_id)?, ..checked_profile(details.profile)? },
            version: 1,
            created_at: self.now(),
            authorship: Authorship::made_by(self.ctx.author()),
        };
        self.tx.save_account(&account).await?;
        let said: &[_] = if account.statements.is_empty() { &[] } else { &["statements"] };
        self.record_account(Action::AccountCreated, &account, said);
        for token in &new.tokens {
            self.add_chosen_token(&account, token).await?;
        }
        let ignored_roles = self.set_roles_of(Holder::Account(account.key), &new.roles).await?;
        let ignored_groups = self.set_groups_of(&account, &new.groups.unwrap_or(defaults.groups)).await?;
        Ok(Changed { account, ignored_roles, ignored_groups })
    }

    /// Changes a person or a robot. Refuses another version than the stored one, and the caller who would shut
    /// itself out.
    pub async fn change_account(&mut self, key: AccountKey, change: AccountChange, seen: Option<i64>) -> Result<Changed, Refusal> {
        let before = self.own_account(key).await?;
        check_version(seen, before.version)?;
        let account = self.rewrite_account(before, &change).await?;
        for token in &change.add_tokens {
            self.add_chosen_token(&account, token).await?;
        }
        if let Some(password) = change.password {
            self.replace_password(key, password).await?;
        }
        let ignored_roles = match &change.roles {
            Some(roles) => self.set_roles_of(Holder::Account(key), roles).await?,
            None => Vec::new(),
        };
        let ignored_groups = match &change.groups {
            Some(groups) => self.set_groups_of(&account, groups).await?,
            None => Vec::new(),
        };
        Ok(Changed { account, ignored_roles, ignored_groups })
    }

    /// Stores what differs of the account's own row, if anything does.
    async fn rewrite_account(&mut self, before: Account, change: &AccountChange) -> Result<Account, Refusal> {
        let mut account = before.clone();
        if let Some(name) = &change.name {
            account.name = check_name(name)?;
        }
        if let Some(description) = &change.description {
            account.description = check_description(description)?;
        }
        if let Some(sso_id) = &change.sso_id {
            account.profile.sso_id = Profile::check_sso_id(sso_id)?;
        }
        let profile = &mut account.profile;
        for (field, said) in [(&mut profile.first_name, &change.first_name), (&mut profile.last_name, &change.last_name)] {
            if let Some(said) = said {
                *field = check_name(said)?;
            }
        }
        account.active = change.active.unwrap_or(before.active);
        account.ends_at = change.ends_at.unwrap_or(before.ends_at);
        account.attributes = change.attributes.clone().unwrap_or(account.attributes);
        account.statements = change.statements.clone().unwrap_or(account.statements);
        if let Some(wanted) = &change.permissions {
            permission::replace(&mut account.statements, PERMISSION_SERVICE, wanted);
        }
        if change.home_department.is_some() || change.foreign_departments.is_some() {
            let home = change.home_department.clone().unwrap_or(account.seat.home);
            account.seat = Seat::new(home, change.foreign_departments.clone().unwrap_or(account.seat.foreign));
        }
        let named = [
            ("name", account.name != before.name),
            ("description", account.description != before.description),
            ("first_name", account.profile.first_name != before.profile.first_name),
            ("last_name", account.profile.last_name != before.profile.last_name),
            ("sso_id", account.profile.sso_id != before.profile.sso_id),
            ("home_department", account.seat.home != before.seat.home),
            ("foreign_departments", account.seat.foreign != before.seat.foreign),
            ("ends_at", account.ends_at != before.ends_at),
            ("attributes", account.attributes != before.attributes),
            ("statements", account.statements != before.statements),
        ];
        let changed: Vec<_> = named.into_iter().filter(|(_, is_changed)| *is_changed).map(|(field, _)| field).collect();
        let is_switched = account.active != before.active;
        if changed.is_empty() && !is_switched {
            return Ok(before);
        }
        if before.standing(self.now()) == AccountStanding::Active && account.standing(self.now()) != AccountStanding::Active {
            self.check_not_the_caller(account.key)?;
        }
        if account.seat != before.seat {
            account.seat = self.checked_seat(account.seat).await?;
        }
        account.statements = checked(account.statements)?;
        account.version += 1;
        account.authorship = before.authorship.changed(self.ctx.author(), self.now());
        self.tx.save_account(&account).await?;
        if is_switched {
            let action = if account.active { Action::AccountEnabled } else { Action::AccountDisabled };
            self.record_account(action, &account, &["active"]);
        }
        if !changed.is_empty() {
            self.record_account(Action::AccountUpdated, &account, &changed);
        }
        Ok(account)
    }

    /// Removes people and robots with all that is their own: roles and places that they had, credentials, which prove
    /// nothing from the next request on, and open links. Who is not there is passed over; the caller is refused.
    pub async fn remove_accounts(&mut self, keys: &[AccountKey]) -> Result<(), Refusal> {
        let gone = self.own_accounts(keys).await?;
        for account in &gone {
            self.check_not_the_caller(account.key)?;
        }
        self.tx.delete_accounts(&gone).await?;
        for account in &gone {
            self.record_account(Action::AccountDeleted, account, &[]);
        }
        Ok(())
    }

    /// Gives a permission to each of these accounts, and takes one of what its own statements give it. Answers with
    /// those that are there, in the order asked.
    pub async fn change_permissions(
        &mut self,
        keys: &[AccountKey],
        grant: Option<&ActionName>,
        revoke: Option<&ActionName>,
    ) -> Result<Vec<Account>, Refusal> {
        let mut accounts = self.own_accounts(keys).await?;
        let mut changed = Vec::new();
        for account in &mut accounts {
            let granted = grant.is_some_and(|action| permission::grant(&mut account.statements, action));
            let revoked = revoke.is_some_and(|action| permission::revoke(&mut account.statements, action));
            if granted || revoked {
                account.statements = checked(std::mem::take(&mut account.statements))?;
                account.version += 1;
                account.authorship = account.authorship.changed(self.ctx.author(), self.now());
                changed.push(account.clone());
            }
        }
        self.tx.save_statements(&changed).await?;
        for account in &changed {
            self.record_account(Action::AccountUpdated, account, &["statements"]);
        }
        Ok(accounts)
    }

    /// The people and robots with these keys that are there, in the order asked, each once.
    async fn own_accounts(&mut self, keys: &[AccountKey]) -> Result<Vec<Account>, Refusal> {
        let found = self.tx.list_accounts(keys).await?.into_iter().filter(|account| account.kind != AccountKind::Support);
        let mut found: BTreeMap<AccountKey, Account> = found.map(|account| (account.key, account)).collect();
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }

    /// Who shuts itself out could not let itself in again.
    fn check_not_the_caller(&self, key: AccountKey) -> Result<(), Refusal> {
        match self.ctx.author() == Some(key) {
            true => Err(Refusal::Conflict { what: "account", state: "is the caller's own" }),
            false => Ok(()),
        }
    }

    /// Puts an account into exactly these of the groups that are there, beside the one of its kind; answers with the
    /// ids that name none, or the one of another kind.
    async fn set_groups_of(&mut self, account: &Account, wanted: &[GroupId]) -> Result<Vec<GroupId>, Refusal> {
        let (known, mut ignored) = self.known_groups(wanted).await?;
        let own = SystemGroup::of(account.kind);
        ignored.extend(known.iter().filter(|group| group.system.is_some() && group.system != own).map(|group| group.id));
        let wanted: BTreeSet<GroupId> = known.iter().filter(|group| group.system.is_none()).map(|group| group.id).collect();
        let held: BTreeSet<GroupId> = self.tx.list_groups_of(account.key).await?.into_iter().map(|group| group.id).collect();
        for gone in held.difference(&wanted) {
            self.remove_members(*gone, &[account.key]).await?;
        }
        for new in wanted.difference(&held) {
            self.add_members(*new, &[account.key]).await?;
        }
        Ok(ignored)
    }
}
