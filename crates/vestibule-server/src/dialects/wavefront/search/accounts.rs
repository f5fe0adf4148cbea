//! Searching accounts: the entries of a query as the store understands them.

use axum::response::Response;
use serde::Serialize;
use vestibule_core::{
    account::AccountKind,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{AccountField, AccountMatch, AccountQuery, AccountView, Order, UnitOfWork};

use super::{
    matcher::{Facets, Keys, fits},
    page,
    request::{FREETEXT, FacetWish, Sort, Term, Wish},
};
use crate::dialects::wavefront::{
    call::Call,
    people::People,
    wire::{
        accounts::{FoundUserBody, own_permissions, united_permissions},
        pages::Cut,
    },
    words::{BATCH, PERMISSIONS, SERVICE},
};

const ID: &str = "id";
const IDENTIFIER: &str = "identifier";

/// What can be asked of accounts; `id` is a synonym (section 6).
pub const KEYS: Keys<Seen> = Keys {
    names: &[ID, IDENTIFIER, "description", "groups", "roles", "userGroups", "unitedRoles", "unitedPermissions"],
    values: |seen, key| {
        let view = &seen.view;
        let names = |names: Vec<&'static str>| names.into_iter().map(str::to_owned).collect();
        match key {
            ID | IDENTIFIER => vec![view.account.id.to_string()],
            "description" => vec![view.account.description.clone()],
            "groups" => names(own_permissions(view)),
            "roles" => view.roles.iter().map(|role| role.id.to_string()).collect(),
            "userGroups" => view.groups.iter().map(|group| group.id.to_string()).collect(),
            "unitedRoles" => view.united_roles().iter().map(ToString::to_string).collect(),
            _ => names(united_permissions(view, seen.now)),
        }
    },
};

/// An account at an instant, by which its permissions go.
pub struct Seen {
    view: AccountView,
    now: vestibule_core::time::Timestamp,
}

/// An entry as the store takes it. Permissions are compared by their whole names there, so that the names that would fit
/// are found first.
fn matched(term: Term) -> AccountMatch {
    let Term { key, values, how, negated } = term;
    let actions = |wanted: Vec<String>| {
        let fitting = PERMISSIONS.iter().filter(|permission| wanted.iter().any(|one| fits(how, permission.name, one)));
        fitting.map(|permission| format!("{SERVICE}:{}", permission.name)).collect()
    };
    let (field, values) = match key.as_str() {
        "description" => (AccountField::Description, values),
        "groups" => (AccountField::Permission, actions(values)),
        "roles" => (AccountField::Role, values),
        "userGroups" => (AccountField::Group, values),
        "unitedRoles" => (AccountField::UnitedRole, values),
        "unitedPermissions" => (AccountField::UnitedPermission, actions(values)),
        FREETEXT => (AccountField::Any, values),
        _ => (AccountField::Id, values),
    };
    AccountMatch { field, values, how, negated }
}

/// Accounts have one order, by their ids, either way round (inferred).
fn order(sort: Option<&Sort>) -> Result<Order, Malformed> {
    match sort {
        None => Ok(Order::Ascending),
        Some(Sort { field, ascending }) if [ID, IDENTIFIER].contains(&field.as_str()) => {
            Ok(if *ascending { Order::Ascending } else { Order::Descending })
        }
        Some(_) => Err(Malformed::new("sort.field", Fault::UnknownValue([ID, IDENTIFIER].join(", ")))),
    }
}

/// Robots are shown with their tokens.
const ROBOTS: &[AccountKind] = &[AccountKind::Service];

/// `POST /search/account`.
pub async fn search_accounts(call: Call) -> Result<Response, Refusal> {
    search(call, &[AccountKind::User, AccountKind::Service], |_, people| people.accounts()).await
}

/// `POST /search/serviceaccount`.
pub async fn search_robots(call: Call) -> Result<Response, Refusal> {
    search(call, ROBOTS, |_, people| people.robots()).await
}

/// `POST /search/user`.
pub async fn search_users(call: Call) -> Result<Response, Refusal> {
    search(call, &[AccountKind::User], |call, people| {
        let caller = call.ctx.account().ok().map(|account| account.principal.key);
        let shown = |view: &AccountView| FoundUserBody::of(view, Some(view.account.key) == caller, &people.scene);
        people.views.iter().map(shown).collect()
    })
    .await
}

async fn search<T: Serialize>(call: Call, kinds: &'static [AccountKind], show: fn(&Call, &People) -> Vec<T>) -> Result<Response, Refusal> {
    let wish = Wish::read(&call.object_or_empty()?, KEYS.names)?; //             400
    let (window, sort, order) = (wish.window, wish.sort_body(), order(wish.sort.as_ref())?); // 400
    let query = AccountQuery {
        kinds: kinds.to_vec(),
        matches: wish.terms.into_iter().map(matched).collect(),
        order,
        offset: window.offset,
        limit: window.limit,
    };
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let slice = work.search_accounts(&query).await?;
            let people = People::of_views(&mut work, slice.items).await?;
            let people = if kinds == ROBOTS { people.with_tokens(&mut work).await? } else { people };
            Ok((people, slice.more))
        })
    });
    let (people, more) = found.await?;
    Ok(page(window, sort, Cut::read_so_far(window, show(&call, &people), more))) // 200
}

/// The values under some keys of all accounts that a question's search would find.
pub async fn facets(work: &mut UnitOfWork<'_>, kinds: &[AccountKind], wish: &FacetWish, names: &[String]) -> Result<Facets, Refusal> {
    let matches = wish.terms.iter().cloned().map(matched).collect();
    let mut query = AccountQuery { kinds: kinds.to_vec(), matches, order: Order::Ascending, offset: 0, limit: BATCH };
    let found = FacetWish { terms: Vec::new(), window: wish.window, filter: wish.filter.clone() };
    let mut all = Facets::new();
    loop {
        let slice = work.search_accounts(&query).await?;
        let now = work.now();
        let seen: Vec<_> = slice.items.into_iter().map(|view| Seen { view, now }).collect();
        for (name, values) in KEYS.facets(&found, names, &seen) {
            all.entry(name).or_default().extend(values);
        }
        if !slice.more {
            return Ok(all);
        }
        query.offset += BATCH;
    }
}
