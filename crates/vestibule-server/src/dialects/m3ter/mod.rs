//! m3ter's support access and the part of its API around it (`spec/m3ter-support.md`).
//!
//! [`routes`] is the way in. Every address below an organization is one [`Route`]: method, path, the
//! permission that it asks for (section 8.3) and its steps. A group of routes lives in a file of its
//! own, which holds its table, its handlers and their shapes; [`groups`] names them all. To add one, write
//! `const ROUTES: &[Route]` in a new file and add it there.
//!
//! The door round every handler ([`call`]) does what precedes a route's own steps: token, organization,
//! permission. A handler takes a [`call::Call`] and is the list of what follows, in the page's order
//! (section 3): JSON, field rules, existence, version. Fields that several groups share are read in
//! [`wire`], statements in [`statements`], pages of lists in [`pages`]. Statuses are in [`refusal`], names
//! and caps in [`words`]. No rule is decided here.

use std::sync::Arc;

use axum::{
    Router,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    http::StatusCode,
    routing::{MethodFilter, MethodRouter, any, on, post},
};
use vestibule_operations::Operations;

use self::{call::Call, limits::Limiter};
use crate::{
    call::{Answer, Params},
    exchange::Exchange,
};

mod attachments;
pub mod call;
mod caller;
mod invitations;
mod limits;
mod pages;
mod policies;
pub mod refusal;
mod resource_groups;
mod service_users;
mod statements;
mod support;
pub mod token;
mod users;
mod wire;
pub mod words;

pub use limits::Limit;
pub use statements::EnumCase;

/// How the dialect is set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// How enums are spelt in statements (section 8.1).
    pub enums: EnumCase,
    /// The limit for each source address (section 3); absent: none.
    pub per_address: Option<Limit>,
    /// The limit for each organization (section 3); absent: none.
    pub per_organization: Option<Limit>,
}

/// The dialect as it is set up in this process.
pub struct Door {
    /// How enums are spelt.
    pub enums: EnumCase,
    per_address: Option<Limiter>,
    per_organization: Option<Limiter>,
}

impl From<Settings> for Door {
    fn from(settings: Settings) -> Self {
        let limiter = |limit: Option<Limit>| limit.map(Limiter::new);
        Self { enums: settings.enums, per_address: limiter(settings.per_address), per_organization: limiter(settings.per_organization) }
    }
}

/// One operation below an organization.
pub struct Route {
    /// The method, in lower case.
    pub verb: &'static str,
    /// The path after [`words::ORGANIZATION`], with its parameters in braces. `{id}` names the thing that
    /// the permission is asked on.
    pub path: &'static str,
    /// What was attempted, as the log names it.
    pub attempted: &'static str,
    /// The permission it asks for; absent: a valid token is enough.
    pub asks: Option<Asks>,
    /// The status for whoever has not got it.
    pub denied: StatusCode,
    method: MethodFilter,
    steps: fn(Call) -> Answer,
}

/// A permission: an action, on a type or on something of it (section 8.3, "What our own endpoints ask for").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asks {
    /// `service:verb`.
    pub action: &'static str,
    /// The type, in the service [`words::SERVICE`].
    pub kind: &'static str,
    /// What of it.
    pub of: Of,
}

/// What of a type a permission is asked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The type as a whole: to create in it, to list it.
    Whole,
    /// The thing that `{id}` in the path names.
    Named,
    /// The thing that goes by the organization's id.
    Organization,
}

type StepsOf = fn(Call) -> Answer;

impl Route {
    const fn new(verb: &'static str, path: &'static str, attempted: &'static str, asks: Option<Asks>, steps: StepsOf) -> Self {
        let method = match verb.as_bytes() {
            b"get" => MethodFilter::GET,
            b"post" => MethodFilter::POST,
            b"put" => MethodFilter::PUT,
            _ => MethodFilter::DELETE,
        };
        Self { verb, path, attempted, asks, denied: StatusCode::FORBIDDEN, method, steps }
    }

    /// The same with a status of its own for whoever may not.
    const fn denied_with(self, denied: StatusCode) -> Self {
        Self { denied, ..self }
    }
}

impl Asks {
    /// To see: an action of reading.
    const fn retrieve(kind: &'static str, of: Of) -> Option<Self> {
        Some(Self { action: words::RETRIEVE, kind, of })
    }

    /// To make one more of a type.
    const fn create(kind: &'static str) -> Option<Self> {
        Some(Self { action: "config:create", kind, of: Of::Whole })
    }

    /// To remove.
    const fn delete(kind: &'static str, of: Of) -> Option<Self> {
        Some(Self { action: "config:delete", kind, of })
    }

    /// To change.
    const fn update(kind: &'static str, of: Of) -> Option<Self> {
        Some(Self { action: "config:update", kind, of })
    }
}

/// Every group of routes.
pub const GROUPS: &[&[Route]] = &[
    support::ROUTES,
    policies::ROUTES,
    attachments::ROUTES,
    users::ROUTES,
    invitations::ROUTES,
    resource_groups::ROUTES,
    service_users::ROUTES,
];

/// Every operation below an organization.
pub fn operations() -> impl Iterator<Item = &'static Route> {
    GROUPS.iter().copied().flatten()
}

/// Every address of this dialect. The layer [`crate::exchange::round`] is the caller's to add.
pub fn routes(settings: Settings) -> Router<Operations> {
    let door = Arc::new(Door::from(settings));
    let mut router = Router::new().route(words::token::PATH, post(token::issue));
    for prefix in [words::ORGANIZATION.to_owned(), format!("{}{}", words::REALM, words::ORGANIZATION)] {
        router = operations().fold(router, |router, route| router.route(&format!("{prefix}{}", route.path), served(route, &door)));
        // What is below an organization is this dialect's to refuse.
        for rest in ["", "/", "/{*rest}"] {
            router = router.route(&format!("{prefix}{rest}"), any(refusal::nothing_here));
        }
    }
    router.method_not_allowed_fallback(refusal::method_not_allowed)
}

/// A route behind its door.
fn served(route: &'static Route, door: &Arc<Door>) -> MethodRouter<Operations> {
    let door = Arc::clone(door);
    on(
        route.method,
        move |State(operations): State<Operations>,
              exchange: Exchange,
              params: Result<RawPathParams, RawPathParamsRejection>,
              request: Request| {
            call::answer(route, door, operations, exchange, Params::of(params.as_ref().ok()).unwrap_or_default(), request)
        },
    )
}
