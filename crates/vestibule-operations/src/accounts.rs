//! People and robots as their realm's people see them: found by the ids that they go by, and shown with all that
//! they have. Changing them stands in `account_changes.rs`, searching in `account_search.rs`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use vestibule_core::{
    account::{Account, AccountKind, AccountStanding},
    group::Group,
    id::{AccountId, AccountKey, RoleId},
    policy::{ActionName, Origin, ResourceId, permission},
    principal::Principal,
    refusal::Refusal,
    role::Role,
    time::Timestamp,
};
use vestibule_store::{AccountFacts, Page, PageRequest};

use crate::{permission::with_ask, policies::check_cursor, unit_of_work::UnitOfWork};

/// Accounts whose rights are read at once.
pub(crate) const BATCH: usize = 500;
/// The type of thing that permissions are asked on where they are held by name alone.
const PERMISSION_KIND: &str = "account";

/// An account with all that is shown of it, as it stands in this transaction.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// The account.
    pub account: Account,
    /// The roles that it holds itself, oldest first.
    pub roles: Vec<Role>,
    /// The groups that it is in directly: the one of its kind, then the others, oldest first.
    pub groups: Vec<Group>,
    /// Its rights, and whence each comes.
    pub principal: Arc<Principal>,
    /// When one of its credentials was last used, as far as that was written down; absent: never.
    pub last_used_at: Option<Timestamp>,
}

impl AccountView {
    /// The roles that reach it, its own and those of all its groups.
    pub fn united_roles(&self) -> BTreeSet<RoleId> {
        let role = |origin: &Origin| match origin {
            Origin::Role { id, .. } => Some(*id),
            Origin::Account | Origin::Window { .. } => None,
        };
        self.principal.rights.sources().iter().filter_map(|source| role(&source.origin)).collect()
    }

    /// Whether its statements allow an action wherever its service's permissions are asked for: what the decision
    /// engine says, but for whether the account is switched on, so that who is switched off is shown with what it
    /// will have again.
    pub fn may(&self, action: &str, now: Timestamp) -> bool {
        let service = action.split_once(':').map_or(action, |(service, _)| service);
        let whole = ResourceId::whole(service, PERMISSION_KIND);
        with_ask(&self.principal, action, &whole, &[], |ask| self.principal.rights.decide(ask, now).is_allow())
    }

    /// The actions that its own statements allow everywhere.
    pub fn permissions(&self) -> BTreeSet<ActionName> {
        permission::allowed_everywhere(&self.account.statements)
    }

    /// Whether it is switched on and has not ended, and may do this.
    pub(crate) fn stands_and_may(&self, action: &str, now: Timestamp) -> bool {
        self.account.standing(now) == AccountStanding::Active && self.may(action, now)
    }
}

impl From<AccountFacts> for AccountView {
    fn from(facts: AccountFacts) -> Self {
        let AccountFacts { account, roles, groups, principal, last_used_at } = facts;
        Self { account, roles, groups, principal, last_used_at }
    }
}

/// Whether an account goes by an id as it is written here: people's ids are told apart by their case, robots' are not
/// (`spec/wavefront-accounts.md`, section 9.1).
fn goes_by(account: &Account, raw: &str) -> bool {
    account.kind != AccountKind::Support && (AccountId::is_service(raw) || account.id.as_str() == raw)
}

impl UnitOfWork<'_> {
    /// A page of the accounts of these kinds, newest first.
    pub async fn accounts(&mut self, kinds: &[AccountKind], page: PageRequest) -> Result<Page<Account>, Refusal> {
        check_cursor::<AccountKey>(&page)?;
        Ok(self.tx.page_accounts(kinds, page).await?)
    }

    /// Whoever goes by an id, however its letters are written; visiting agents, too.
    pub async fn account(&mut self, id: &AccountId) -> Result<Account, Refusal> {
        self.tx.find_account_named(&id.folded()).await?.ok_or(Refusal::Absent("account"))
    }

    /// The same to be changed: the account of a visiting agent is its visits' alone.
    pub async fn account_to_change(&mut self, id: &AccountId) -> Result<Account, Refusal> {
        let account = self.account(id).await?;
        match account.kind {
            AccountKind::User | AccountKind::Service => Ok(account),
            AccountKind::Support => Err(Refusal::Conflict { what: "account", state: "is a visiting agent's" }),
        }
    }

    /// The person or robot that goes by an id. Visiting agents are nobody's to find here.
    pub async fn find_account_by_id(&mut self, raw: &str) -> Result<Option<Account>, Refusal> {
        let found = self.tx.find_account_named(&raw.to_ascii_lowercase()).await?;
        Ok(found.filter(|account| goes_by(account, raw)))
    }

    /// The same of many: those that are there in the order asked, each once, and the ids that nobody goes by.
    pub async fn find_accounts_by_ids(&mut self, raw: &[String]) -> Result<(Vec<Account>, Vec<String>), Refusal> {
        let folded: BTreeSet<String> = raw.iter().map(|id| id.to_ascii_lowercase()).collect();
        let found = self.tx.list_accounts_named(&folded.into_iter().collect::<Vec<_>>()).await?;
        let found: BTreeMap<String, Account> = found.into_iter().map(|account| (account.id.folded(), account)).collect();
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        let (mut seen, mut missed) = (BTreeSet::new(), BTreeSet::new());
        for id in raw {
            match found.get(&id.to_ascii_lowercase()).filter(|account| goes_by(account, id)) {
                Some(account) if seen.insert(account.key) => known.push(account.clone()),
                None if missed.insert(id) => unknown.push(id.clone()),
                Some(_) | None => {}
            }
        }
        Ok((known, unknown))
    }

    /// Accounts with all that is shown of them, in the order given.
    pub async fn account_views(&mut self, accounts: Vec<Account>) -> Result<Vec<AccountView>, Refusal> {
        let mut views = Vec::with_capacity(accounts.len());
        let mut accounts = accounts.into_iter();
        loop {
            let batch: Vec<Account> = accounts.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return Ok(views);
            }
            views.extend(self.tx.account_facts(batch).await?.into_iter().map(AccountView::from));
        }
    }

    /// One account with all that is shown of it.
    pub async fn account_view(&mut self, account: Account) -> Result<AccountView, Refusal> {
        self.account_views(vec![account]).await?.pop().ok_or(Refusal::Internal)
    }

    /// A person or a robot by its key.
    pub(crate) async fn own_account(&mut self, key: AccountKey) -> Result<Account, Refusal> {
        self.tx.find_account(key).await?.filter(|account| account.kind != AccountKind::Support).ok_or(Refusal::Absent("account"))
    }
}
