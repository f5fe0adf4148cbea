//! Accounts gathered for showing: their views, the groups that they are in, and where they are asked for their tokens.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{
    account::{Account, AccountKind},
    id::{AccountKey, GroupId},
    refusal::Refusal,
    role::Role,
};
use vestibule_operations::{AccountView, GroupView, ShownToken, UnitOfWork};

use super::{
    wire::{
        Scene,
        accounts::{AccountBody, ServiceAccountBody, UserBody},
        groups::{GroupBody, Members},
        tokens::TokenBody,
    },
    words::PAGE_MAX,
};

/// Accounts, ready to be shown as any model.
pub struct People {
    /// The accounts, in the order given.
    pub views: Vec<AccountView>,
    /// Where they are shown.
    pub scene: Scene,
    groups: BTreeMap<GroupId, GroupView>,
    tokens: BTreeMap<AccountKey, Vec<ShownToken>>,
}

/// Where things are shown: with the names of those who wrote these roles last.
pub async fn scene(work: &mut UnitOfWork<'_>, roles: impl IntoIterator<Item = &Role>) -> Result<Scene, Refusal> {
    let keys: BTreeSet<_> = roles.into_iter().filter_map(|role| role.authorship.last_author()).collect();
    let authors = work.authors(&keys).await?;
    Ok(Scene { customer: work.realm().id.to_string(), now: work.now(), authors })
}

impl People {
    /// These accounts.
    pub async fn gather(work: &mut UnitOfWork<'_>, accounts: Vec<Account>) -> Result<Self, Refusal> {
        let views = work.account_views(accounts).await?;
        Self::of_views(work, views).await
    }

    /// The same, their views in hand.
    pub async fn of_views(work: &mut UnitOfWork<'_>, views: Vec<AccountView>) -> Result<Self, Refusal> {
        let groups: BTreeMap<_, _> = views.iter().flat_map(|view| &view.groups).map(|group| (group.id, group.clone())).collect();
        let groups = work.group_views(groups.into_values().collect()).await?;
        let roles = views.iter().flat_map(|view| &view.roles).chain(groups.iter().flat_map(|view| &view.roles));
        let scene = scene(work, roles).await?;
        let groups = groups.into_iter().map(|view| (view.group.id, view)).collect();
        Ok(Self { views, scene, groups, tokens: BTreeMap::new() })
    }

    /// The same with the tokens of the robots among them, the oldest first.
    pub async fn with_tokens(mut self, work: &mut UnitOfWork<'_>) -> Result<Self, Refusal> {
        let robots = self.views.iter().filter(|view| view.account.kind == AccountKind::Service).map(|view| view.account.key);
        self.tokens = robots.map(|key| (key, Vec::new())).collect();
        if self.tokens.len() <= ASKED_ONE_BY_ONE_MAX {
            for (key, held) in &mut self.tokens {
                *held = work.tokens_of(*key).await?;
            }
            return Ok(self);
        }
        for token in work.all_tokens().await? {
            if let Some(held) = self.tokens.get_mut(&token.credential.account) {
                held.push(token);
            }
        }
        Ok(self)
    }

    /// Accounts of either kind as `Account`.
    pub fn accounts(&self) -> Vec<AccountBody> {
        self.views.iter().map(|view| AccountBody::of(view, &self.scene)).collect()
    }

    /// Accounts as `UserModel`; robots too, which some operations answer so.
    pub fn users(&self) -> Vec<UserBody> {
        self.views.iter().map(|view| UserBody::of(view, self.user_groups(view), &self.scene)).collect()
    }

    /// Robots as `ServiceAccount`: see [`People::with_tokens`].
    pub fn robots(&self) -> Vec<ServiceAccountBody> {
        self.views.iter().map(|view| ServiceAccountBody::of(view, self.user_groups(view), self.tokens(view), &self.scene)).collect()
    }

    /// The one account that was gathered, or the first of those that were changed (section 9.8, inferred), as
    /// `UserModel`; nobody where there was none.
    pub fn user(&self) -> UserBody {
        self.users().into_iter().next().unwrap_or_else(|| UserBody::nobody(&self.scene.customer))
    }

    fn user_groups(&self, view: &AccountView) -> Vec<GroupBody> {
        let members = if self.views.len() == 1 { Members::Sample } else { Members::Unnamed };
        let known = view.groups.iter().filter_map(|group| self.groups.get(&group.id));
        known.map(|group| GroupBody::embedded(group, members, &self.scene)).collect()
    }

    fn tokens(&self, view: &AccountView) -> Vec<TokenBody> {
        self.tokens.get(&view.account.key).into_iter().flatten().map(TokenBody::of).collect()
    }
}

/// More robots than this are not asked for their tokens one by one: all tokens are read.
const ASKED_ONE_BY_ONE_MAX: usize = PAGE_MAX;

/// The only one of what was gathered from one.
pub fn only<T>(list: Vec<T>) -> Result<T, Refusal> {
    // An account that was just read in the same unit is there.
    list.into_iter().next().ok_or(Refusal::Internal)
}
