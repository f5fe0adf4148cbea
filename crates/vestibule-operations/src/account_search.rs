//! Searching people and robots. Rows answer what they can; what only the decision engine knows is asked account by
//! account of those who might fit.

use vestibule_core::{
    account::AccountKind,
    policy::ActionName,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_store::{AccountField, AccountMatch, AccountQuery, Matching, Order};

use crate::{
    accounts::{AccountView, BATCH},
    unit_of_work::UnitOfWork,
};

/// A part of a list, and whether there is more of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Whether more items follow these.
    pub more: bool,
}

impl<T> Slice<T> {
    /// Cuts a list that was read one item longer than it may be.
    pub(crate) fn cut(mut items: Vec<T>, limit: usize) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        Self { items, more }
    }

    pub(crate) fn map<U>(self, with: impl FnMut(T) -> U) -> Slice<U> {
        Slice { items: self.items.into_iter().map(with).collect(), more: self.more }
    }
}

/// Most things that one search asks for at once.
const MATCHES_MAX: usize = 50;
/// Most values that one of them is compared with.
const VALUES_MAX: usize = 1_000;
/// People who might hold a permission that are looked at together when one is enough.
const CANDIDATES: usize = 64;

/// Whether a permission that is asked for is there, or is not where it must not be.
fn fits(view: &AccountView, matched: &AccountMatch, now: vestibule_core::time::Timestamp) -> bool {
    let permissions = view.permissions();
    let has = |name: &String| match matched.field {
        AccountField::Permission => name.parse::<ActionName>().is_ok_and(|name| permissions.contains(&name)),
        _ => name.parse::<ActionName>().is_ok_and(|name| view.may(name.as_str(), now)),
    };
    matched.values.iter().any(has) != matched.negated
}

impl UnitOfWork<'_> {
    /// The accounts that a query asks for, in its order. Visiting agents are found only if their kind is asked for.
    pub async fn search_accounts(&mut self, query: &AccountQuery) -> Result<Slice<AccountView>, Refusal> {
        check(query)?;
        let decided: Vec<_> = query.matches.iter().filter(|matched| matched.field.is_decided()).cloned().collect();
        if decided.is_empty() {
            let found = self.tx.search_accounts(&AccountQuery { limit: query.limit.saturating_add(1), ..query.clone() }).await?;
            let Slice { items, more } = Slice::cut(found, query.limit);
            return Ok(Slice { items: self.account_views(items).await?, more });
        }
        let (mut passed, mut items, mut offset) = (0, Vec::new(), 0);
        while items.len() <= query.limit {
            let batch = self.tx.search_accounts(&AccountQuery { offset, limit: BATCH, ..query.clone() }).await?;
            let is_last = batch.len() < BATCH;
            offset += batch.len();
            for view in self.account_views(batch).await? {
                if decided.iter().all(|matched| fits(&view, matched, self.now())) {
                    passed += 1;
                    if passed > query.offset {
                        items.push(view);
                    }
                }
            }
            if is_last {
                break;
            }
        }
        Ok(Slice::cut(items, query.limit))
    }

    /// Refuses to end a unit that leaves nobody who may do this: no person or robot that is switched on. To be asked
    /// last, after all that the unit changes.
    pub async fn keep_somebody_who_may(&mut self, action: &str) -> Result<(), Refusal> {
        // Most often the caller itself may.
        if let Some(key) = self.ctx.author()
            && let Some(caller) = self.tx.find_account(key).await?
            && caller.kind != AccountKind::Support
            && self.account_view(caller).await?.stands_and_may(action, self.now())
        {
            return Ok(());
        }
        let wanted =
            AccountMatch { field: AccountField::UnitedPermission, values: vec![action.to_owned()], how: Matching::Exact, negated: false };
        let kinds = vec![AccountKind::User, AccountKind::Service];
        let mut query = AccountQuery { kinds, matches: vec![wanted], order: Order::Ascending, offset: 0, limit: CANDIDATES };
        loop {
            let candidates = self.tx.search_accounts(&query).await?;
            if candidates.is_empty() {
                return Err(Refusal::Conflict { what: "account", state: "is the last that may manage accounts" });
            }
            query.offset += candidates.len();
            if self.account_views(candidates).await?.iter().any(|view| view.stands_and_may(action, self.now())) {
                return Ok(());
            }
        }
    }
}

fn check(query: &AccountQuery) -> Result<(), Malformed> {
    let refuse = |limit| Err(Malformed::new("query", Fault::TooMany { limit }));
    match query.matches.iter().any(|matched| matched.values.len() > VALUES_MAX) {
        true => refuse(VALUES_MAX),
        false if query.matches.len() > MATCHES_MAX => refuse(MATCHES_MAX),
        false => Ok(()),
    }
}
