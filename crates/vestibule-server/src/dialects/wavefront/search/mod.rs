//! Searches and facets (`spec/wavefront-accounts.md`, section 6, "Search"). What is asked is read in [`request`]; accounts
//! are searched by the store ([`accounts`]), roles, groups and tokens in memory ([`matcher`]).

use std::collections::BTreeSet;

use axum::response::Response;
use serde::Serialize;
use vestibule_core::{account::AccountKind, refusal::Refusal, role::Role};
use vestibule_operations::{GroupView, ShownToken, UnitOfWork};

use self::{
    matcher::{Facets, Keys},
    request::{FacetWish, Wish},
};
use super::{
    Route,
    call::Call,
    envelope,
    people::scene,
    wire::{
        groups::GroupBody,
        pages::{Cut, PageBody, SortBody, Window},
        roles::{RoleBody, permissions},
        tokens::{TokenModelBody, account_type, id_of},
    },
};

mod accounts;
mod matcher;
mod request;

/// Those operations: for each kind of thing a search, one facet, many facets.
pub const ROUTES: &[Route] = &[
    search("/search/account", |call| Box::pin(accounts::search_accounts(call))),
    search("/search/serviceaccount", |call| Box::pin(accounts::search_robots(call))),
    search("/search/user", |call| Box::pin(accounts::search_users(call))),
    search("/search/role", |call| Box::pin(search_roles(call))),
    search("/search/usergroup", |call| Box::pin(search_groups(call))),
    search("/search/token", |call| Box::pin(search_tokens(call))),
    search("/search/account/facets", |call| Box::pin(facets(call, Kind::Account))),
    search("/search/serviceaccount/facets", |call| Box::pin(facets(call, Kind::Robot))),
    search("/search/user/facets", |call| Box::pin(facets(call, Kind::User))),
    search("/search/role/facets", |call| Box::pin(facets(call, Kind::Role))),
    search("/search/usergroup/facets", |call| Box::pin(facets(call, Kind::Group))),
    search("/search/token/facets", |call| Box::pin(facets(call, Kind::Token))),
    search("/search/account/{facet}", |call| Box::pin(facet(call, Kind::Account))),
    search("/search/serviceaccount/{facet}", |call| Box::pin(facet(call, Kind::Robot))),
    search("/search/user/{facet}", |call| Box::pin(facet(call, Kind::User))),
    search("/search/role/{facet}", |call| Box::pin(facet(call, Kind::Role))),
    search("/search/usergroup/{facet}", |call| Box::pin(facet(call, Kind::Group))),
    search("/search/token/{facet}", |call| Box::pin(facet(call, Kind::Token))),
];

const fn search(path: &'static str, steps: super::StepsOf) -> Route {
    Route::new("post", path, "search", steps).listing()
}

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Account,
    Robot,
    User,
    Role,
    Group,
    Token,
}

impl Kind {
    /// What can be asked of it.
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Account | Self::Robot | Self::User => accounts::KEYS.names,
            Self::Role => ROLES.names,
            Self::Group => GROUPS.names,
            Self::Token => TOKENS.names,
        }
    }

    /// The values under some keys of all that a question's search would find.
    async fn facets(self, work: &mut UnitOfWork<'_>, wish: &FacetWish, names: &[String]) -> Result<Facets, Refusal> {
        Ok(match self {
            Self::Account => accounts::facets(work, &[AccountKind::User, AccountKind::Service], wish, names).await?,
            Self::Robot => accounts::facets(work, &[AccountKind::Service], wish, names).await?,
            Self::User => accounts::facets(work, &[AccountKind::User], wish, names).await?,
            Self::Role => ROLES.facets(wish, names, &work.all_roles().await?),
            Self::Group => GROUPS.facets(wish, names, &all_groups(work).await?),
            Self::Token => TOKENS.facets(wish, names, &work.all_tokens().await?),
        })
    }
}

const ROLES: Keys<Role> = Keys {
    names: &["id", "name", "description", "permissions"],
    values: |role, key| match key {
        "id" => vec![role.id.to_string()],
        "name" => vec![role.name.clone()],
        "description" => vec![role.description.clone()],
        _ => permissions(role).into_iter().map(str::to_owned).collect(),
    },
};

const GROUPS: Keys<GroupView> = Keys {
    names: &["id", "name", "description", "roles"],
    values: |view, key| match key {
        "id" => vec![view.group.id.to_string()],
        "name" => vec![view.group.name.clone()],
        "description" => vec![view.group.description.clone()],
        _ => view.roles.iter().map(|role| role.id.to_string()).collect(),
    },
};

const TOKENS: Keys<ShownToken> = Keys {
    names: &["id", "tokenID", "name", "tokenName", "account", "accountType"],
    values: |token, key| match key {
        "id" | "tokenID" => vec![id_of(token)],
        "name" | "tokenName" => vec![token.credential.name.clone()],
        "account" => vec![token.account.to_string()],
        _ => vec![account_type(token).to_owned()],
    },
};

async fn all_groups(work: &mut UnitOfWork<'_>) -> Result<Vec<GroupView>, Refusal> {
    let groups = work.all_groups().await?;
    work.group_views(groups).await
}

/// A page in the order that it is in.
fn page<T: Serialize>(window: Window, sort: SortBody, cut: Cut<T>) -> Response {
    envelope::ok(&PageBody::new(window, cut).sorted(sort))
}

/// `POST /search/role`.
async fn search_roles(call: Call) -> Result<Response, Refusal> {
    let wish = Wish::read(&call.object_or_empty()?, ROLES.names)?; //            400
    let (window, sort) = (wish.window, wish.sort_body());
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let cut = ROLES.page(&wish, work.all_roles().await?);
            let scene = scene(&mut work, &cut.items).await?;
            let shown = work.role_views(cut.items).await?.iter().map(|view| RoleBody::counted(view, &scene)).collect();
            Ok(Cut::<RoleBody> { items: shown, more: cut.more, total: cut.total })
        })
    });
    Ok(page(window, sort, found.await?)) //                                      200
}

/// `POST /search/usergroup`.
async fn search_groups(call: Call) -> Result<Response, Refusal> {
    let wish = Wish::read(&call.object_or_empty()?, GROUPS.names)?; //           400
    let (window, sort) = (wish.window, wish.sort_body());
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let cut = GROUPS.page(&wish, all_groups(&mut work).await?);
            let scene = scene(&mut work, cut.items.iter().flat_map(|view| &view.roles)).await?;
            Ok(cut.map(|view| GroupBody::whole(&view, &scene)))
        })
    });
    Ok(page(window, sort, found.await?)) //                                      200
}

/// `POST /search/token`.
async fn search_tokens(call: Call) -> Result<Response, Refusal> {
    let wish = Wish::read(&call.object_or_empty()?, TOKENS.names)?; //           400
    let (window, sort) = (wish.window, wish.sort_body());
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let cut = TOKENS.page(&wish, work.all_tokens().await?);
            let scene = scene(&mut work, []).await?;
            Ok(cut.map(|token| TokenModelBody::of(&token, &scene)))
        })
    });
    Ok(page(window, sort, found.await?)) //                                      200
}

/// `POST /search/{kind}/{facet}`: a page of the values under one key, in order.
async fn facet(call: Call, kind: Kind) -> Result<Response, Refusal> {
    let wish = FacetWish::read(&call.object_or_empty()?, kind.keys())?; //       400
    let name = call.param("facet", "facet")?; //                                 404
    request::known(&name, kind.keys(), "facet")?; //                             400
    let window = wish.window;
    let values = call.read(move |mut work| {
        Box::pin(async move {
            let facets = kind.facets(&mut work, &wish, &[name]).await?;
            Ok(facets.into_values().flatten().collect::<Vec<_>>())
        })
    });
    Ok(envelope::ok(&PageBody::new(window, window.cut(values.await?)))) //       200
}

/// Many facets at once.
#[derive(Serialize)]
struct FacetsBody {
    limit: usize,
    facets: Facets,
}

/// `POST /search/{kind}/facets`: of each no more than the limit.
async fn facets(call: Call, kind: Kind) -> Result<Response, Refusal> {
    let body = call.object()?; //                                                400
    let wish = FacetWish::read(&body, kind.keys())?; //                          400
    let names = request::facets(&body, kind.keys())?; //                         400
    let limit = wish.window.limit;
    let facets = call.read(move |mut work| Box::pin(async move { kind.facets(&mut work, &wish, &names).await }));
    let cut = |values: BTreeSet<String>| values.into_iter().take(limit).collect();
    let facets = facets.await?.into_iter().map(|(name, values)| (name, cut(values))).collect();
    Ok(envelope::ok(&FacetsBody { limit, facets })) //                           200
}
