//! Wavefront's accounts API: users, service accounts, tokens, roles, groups and permissions, 26 operations and their
//! siblings (`spec/wavefront-accounts.md`).
//!
//! [`routes`] is the way in. Every address is one [`Route`]: method, path, the permission that it asks for (section 9.9)
//! and its steps. A group of routes lives in a file of its own, which holds its table and its handlers; [`groups`] names
//! them all. To add one, write `const ROUTES: &[Route]` in a new file and add it there.
//!
//! The door round every handler ([`call`]) does what precedes a route's own steps: token, realm, permission. A handler
//! takes a [`call::Call`] and is the list of what follows, in the page's order (section 4): the body as JSON and its
//! members' types, the thing that the path names, what the body says. What it means to say is read in `wire`, with the
//! shapes of answers beside it; lists of names are looked up in [`named`] and [`rights`], accounts gathered for showing in
//! [`people`].
//! The envelope is in [`envelope`], statuses are in [`refusal`], names and caps in [`words`]. No rule is decided here.

use axum::{
    Router,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    routing::{MethodFilter, MethodRouter, any, on},
};
use vestibule_operations::Operations;

use self::call::Call;
use crate::{
    call::{Answer, Params},
    exchange::Exchange,
};

mod accounts;
pub mod call;
mod caller;
mod customer;
pub mod envelope;
mod functions;
mod groups;
mod legacy;
mod named;
mod people;
pub mod refusal;
mod rights;
mod roles;
mod search;
mod service_accounts;
mod tokens;
mod users;
mod wire;
pub mod words;

/// One operation.
pub struct Route {
    /// The method, in lower case.
    pub verb: &'static str,
    /// The path after [`words::PREFIX`], with its parameters in braces.
    pub path: &'static str,
    /// What was attempted, as the log names it.
    pub attempted: &'static str,
    /// Who may.
    pub asks: Asks,
    /// Most bytes that its body may have.
    pub bytes_max: usize,
    method: MethodFilter,
    steps: fn(Call) -> Answer,
}

/// Who may call a route (section 9.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Whoever has the permission *Accounts*.
    Accounts,
    /// The same, and the account that `{id}` in the path names (inferred).
    AccountsOrOneself,
    /// Whoever has a token.
    Nothing,
}

type StepsOf = fn(Call) -> Answer;

impl Route {
    const fn new(verb: &'static str, path: &'static str, attempted: &'static str, steps: StepsOf) -> Self {
        let method = match verb.as_bytes() {
            b"get" => MethodFilter::GET,
            b"post" => MethodFilter::POST,
            b"put" => MethodFilter::PUT,
            _ => MethodFilter::DELETE,
        };
        Self { verb, path, attempted, asks: Asks::Accounts, bytes_max: crate::body::BODY_BYTES_MAX, method, steps }
    }

    /// The same for others, too.
    const fn for_all_who(self, asks: Asks) -> Self {
        Self { asks, ..self }
    }

    /// The same with a body that may hold long lists.
    const fn listing(self) -> Self {
        Self { bytes_max: words::LIST_BYTES_MAX, ..self }
    }
}

/// Every group of routes.
pub const GROUPS: &[&[Route]] = &[
    accounts::ROUTES,
    users::ROUTES,
    service_accounts::ROUTES,
    roles::ROUTES,
    groups::ROUTES,
    tokens::ROUTES,
    search::ROUTES,
    legacy::ROUTES,
    customer::ROUTES,
];

/// Every operation.
pub fn operations() -> impl Iterator<Item = &'static Route> {
    GROUPS.iter().copied().flatten()
}

/// Every address of this dialect. The layer [`crate::exchange::round`] is the caller's to add.
pub fn routes() -> Router<Operations> {
    let mut router = Router::new();
    for prefix in [words::PREFIX.to_owned(), format!("{}{}", words::REALM, words::PREFIX)] {
        router = operations().fold(router, |router, route| router.route(&format!("{prefix}{}", route.path), served(route)));
        // What is below the prefix is this dialect's to refuse.
        for rest in ["", "/", "/{*rest}"] {
            router = router.route(&format!("{prefix}{rest}"), any(call::nothing_here));
        }
    }
    router.method_not_allowed_fallback(call::method_not_allowed)
}

/// A route behind its door.
fn served(route: &'static Route) -> MethodRouter<Operations> {
    on(
        route.method,
        move |State(operations): State<Operations>,
              exchange: Exchange,
              params: Result<RawPathParams, RawPathParamsRejection>,
              request: Request| { call::answer(route, operations, exchange, Params::of(params.as_ref().ok()), request) },
    )
}
