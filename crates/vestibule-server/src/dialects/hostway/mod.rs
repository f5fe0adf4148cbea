//! Hostway's hosting API, as far as it hands contacts over to the help desk (`spec/hostway-sso.md`): accounts, their
//! contacts, verifying their addresses, and the link that signs one in.
//!
//! [`routes`] is the way in. Every address of a client application is one [`Route`]: method, path and steps. A group of
//! routes lives in a file of its own, which holds its table and its handlers; [`GROUPS`] names them all. To add one, write
//! `const ROUTES: &[Route]` in a new file and add it there.
//!
//! The door round every handler ([`call`]) authenticates ([`caller`]) and renders refusals ([`refusal`]). A handler takes
//! a [`call::Call`] and is the list of what follows, in the order of section 3: account, permission, contact, body. What
//! contacts meet in their browsers, without a credential, is in [`handoffs`], [`result`] and [`validations`]; they are
//! pages by [`page`]. Shapes are in [`wire`] and [`person`], names and caps in [`words`]. No rule is decided here.

use axum::{
    Router,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    routing::{MethodFilter, MethodRouter, any, get, on, post},
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
mod contacts;
mod handoffs;
mod page;
mod person;
pub mod refusal;
mod result;
mod sso_link;
mod validations;
mod wire;
pub mod words;

/// One operation of client applications.
pub struct Route {
    /// The method, in lower case.
    pub verb: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// What was attempted, as the log names it.
    pub attempted: &'static str,
    /// Which spellings of the path are served, and whether HEAD is.
    pub served: Served,
    method: MethodFilter,
    steps: fn(Call) -> Answer,
}

/// How a route is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// As it is written; HEAD where GET is.
    Plainly,
    /// With a slash at the end, too: its own `self` has one (section 2, inferred).
    Slashed,
    /// The same, and by its method alone: each GET makes a token, so a HEAD would make one for nobody (section 2,
    /// inferred).
    SlashedAlone,
}

type StepsOf = fn(Call) -> Answer;

impl Route {
    const fn new(verb: &'static str, path: &'static str, attempted: &'static str, served: Served, steps: StepsOf) -> Self {
        let method = match verb.as_bytes() {
            b"get" => MethodFilter::GET,
            b"post" => MethodFilter::POST,
            b"put" => MethodFilter::PUT,
            _ => MethodFilter::DELETE,
        };
        Self { verb, path, attempted, served, method, steps }
    }

    /// Its path in every spelling that is served.
    pub fn spellings(&self) -> impl Iterator<Item = String> {
        let slashed = (self.served != Served::Plainly).then(|| format!("{}/", self.path));
        [self.path.to_owned()].into_iter().chain(slashed)
    }
}

/// Every group of routes.
pub const GROUPS: &[&[Route]] = &[accounts::ROUTES, contacts::ROUTES, sso_link::ROUTES];

/// Every operation of client applications.
pub fn operations() -> impl Iterator<Item = &'static Route> {
    GROUPS.iter().copied().flatten()
}

/// What is refused as this dialect refuses, since nothing is served there.
const NOWHERE: [&str; 7] = [
    "/accounts/",
    "/accounts/{accountId}/",
    "/accounts/{accountId}/{*rest}",
    "/partnerAccounts",
    "/partnerAccounts/",
    "/partnerAccounts/{partnerId}/",
    "/partnerAccounts/{partnerId}/{*rest}",
];

/// Every address of this dialect. The layer [`crate::exchange::round`] is the caller's to add.
pub fn routes() -> Router<Operations> {
    let mut router = Router::new()
        .route(validations::PATH, get(validations::show).post(validations::confirm))
        .route(handoffs::PATH, get(handoffs::show).post(handoffs::redeem))
        .route(result::PATH, get(result::show));
    for prefix in ["", words::REALM] {
        router = operations().fold(router, |router, route| {
            route.spellings().fold(router, |router, path| router.route(&format!("{prefix}{path}"), served(route)))
        });
        router = NOWHERE.iter().fold(router, |router, path| router.route(&format!("{prefix}{path}"), any(refusal::nothing_here)));
    }
    // The letter's link is good for one realm, whichever the path names.
    let below = format!("{}{}", words::REALM, validations::PATH);
    router.route(&below, post(validations::confirm)).method_not_allowed_fallback(refusal::method_not_allowed)
}

/// A route behind its door.
fn served(route: &'static Route) -> MethodRouter<Operations> {
    let door = move |State(operations): State<Operations>,
                     exchange: Exchange,
                     params: Result<RawPathParams, RawPathParamsRejection>,
                     request: Request| call::answer(route, operations, exchange, Params::of(params.as_ref().ok()), request);
    match route.served {
        Served::Plainly | Served::Slashed => on(route.method, door),
        // The router would take HEAD for GET: the door looks at the method itself.
        Served::SlashedAlone => any(door),
    }
}
