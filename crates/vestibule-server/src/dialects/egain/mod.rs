//! eGain's customer manager, as far as customers act for each other (`spec/egain-grants.md`): grants are given, shown and
//! taken back, in JSON and XML, in fifteen languages, on two surfaces.
//!
//! [`routes`] is the way in. Every address is one [`Route`]: method, path, where it is mounted, who may call it, what it
//! takes, and its steps. A group of routes lives in a file of its own, which holds its table and its handlers; [`GROUPS`]
//! names them all. To add one, write `const ROUTES: &[Route]` in a new file and add it there, and describe it in
//! `openapi.json`: a test holds the two to each other ([`document`]).
//!
//! The door round every handler ([`call`]) does what precedes a route's own steps, in the order of section 6: caller,
//! kind of caller, language and form of the answer ([`negotiate`]), query ([`query`]), body ([`tree`], [`xml`]). A handler
//! takes a [`call::Call`] and is the list of what follows: shape ([`shape`]), permission, existence and departments
//! ([`people`]), rules. It comes to a [`reply::Reply`] or to a [`errors::Failure`], a row of the catalogue; what the core
//! refuses becomes one by [`refusal`]. Texts for people are in [`texts`], lists in pieces in [`pages`], names and caps in
//! [`words`]. No rule is decided here. Whoever begins a session of the older surface comes in by [`login`].

use std::pin::Pin;

use axum::{
    Router,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    http::{HeaderValue, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::{MethodFilter, MethodRouter, any, get, on},
};
use vestibule_operations::Operations;

use self::{call::Call, caller::Actor, errors::Failure, negotiate::Media, reply::Reply};
use crate::{call::Params, exchange::Exchange};

pub mod call;
pub mod caller;
mod case_wire;
mod cases;
mod customer_wire;
mod customers;
mod departments;
pub mod document;
pub mod errors;
mod grants;
pub mod login;
pub mod negotiate;
pub mod node;
mod numbers;
pub mod pages;
mod people;
pub mod query;
pub mod refusal;
pub mod reply;
pub mod shape;
mod stead;
pub mod texts;
pub mod tree;
mod user_wire;
mod users;
mod wire;
pub mod words;
mod xml;

/// What a handler comes to.
pub type Answer = Pin<Box<dyn Future<Output = Result<Reply, Failure>> + Send>>;

/// One operation.
pub struct Route {
    /// The method, in lower case.
    pub verb: &'static str,
    /// The path below the surface's base, with its parameters in braces.
    pub path: &'static str,
    /// Where it is mounted.
    pub mounts: &'static [Mount],
    /// What was attempted, as the log names it.
    pub attempted: &'static str,
    /// Who may call it.
    pub admits: &'static [Actor],
    /// The scope that a token needs.
    pub scope: &'static str,
    /// The names that its query may have.
    pub query: &'static [&'static str],
    /// What it takes.
    pub takes: Takes,
    method: MethodFilter,
    steps: fn(Call) -> Answer,
}

/// What an operation does with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Reads it; XML begins with this element.
    Document(&'static str),
    /// Refuses it (section 5, G4).
    Nothing,
    /// Does not look at it.
    Anything,
}

impl Route {
    /// An operation for users and client applications, without query parameters. One that reads does not look at
    /// a body, any other refuses one.
    const fn new(
        verb: &'static str,
        path: &'static str,
        mounts: &'static [Mount],
        attempted: &'static str,
        steps: fn(Call) -> Answer,
    ) -> Self {
        let (method, takes) = match verb.as_bytes() {
            b"get" => (MethodFilter::GET, Takes::Anything),
            b"post" => (MethodFilter::POST, Takes::Nothing),
            b"put" => (MethodFilter::PUT, Takes::Nothing),
            b"patch" => (MethodFilter::PATCH, Takes::Nothing),
            _ => (MethodFilter::DELETE, Takes::Nothing),
        };
        let scope = if let Takes::Anything = takes { words::scope::READ } else { words::scope::MANAGE };
        Self { verb, path, mounts, attempted, admits: &[Actor::User, Actor::Client], scope, query: &[], takes, method, steps }
    }

    /// The same with a body; XML begins with this element.
    const fn taking(self, root: &'static str) -> Self {
        Self { takes: Takes::Document(root), ..self }
    }

    /// The same for other callers.
    const fn admitting(self, admits: &'static [Actor]) -> Self {
        Self { admits, ..self }
    }

    /// The same for tokens with another scope.
    const fn within(self, scope: &'static str) -> Self {
        Self { scope, ..self }
    }

    /// The same with query parameters.
    const fn asking(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    /// Its paths, with the surface that each belongs to.
    pub fn spellings(&self) -> impl Iterator<Item = (Surface, String)> {
        let bases = self.mounts.iter().flat_map(|mount| mount.bases().iter().map(|base| (mount.surface(), *base)));
        bases.flat_map(|(surface, base)| ["", words::REALM].map(|realm| (surface, format!("{realm}{base}{}", self.path))))
    }
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// Below the third version's base.
    V3,
    /// Below the older surface's base, in both its spellings.
    Legacy,
    /// At the root, as the first page of this API has it.
    Bare,
    /// Below the case manager's base.
    Cases,
    /// Below the department manager's base.
    Departments,
    /// Below the user manager's base.
    Users,
}

impl Mount {
    const fn bases(self) -> &'static [&'static str] {
        match self {
            Self::V3 => &[words::V3],
            Self::Legacy => &[words::LEGACY, words::LEGACY_SHORT],
            Self::Bare => &[""],
            Self::Cases => &[words::CASES],
            Self::Departments => &[words::DEPARTMENTS],
            Self::Users => &[words::USERS],
        }
    }

    const fn surface(self) -> Surface {
        match self {
            Self::V3 | Self::Bare | Self::Cases | Self::Departments | Self::Users => Surface::V3,
            Self::Legacy => Surface::Legacy,
        }
    }
}

/// One of the two surfaces, and what it is used to (section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// The third version.
    V3,
    /// The older one, "v12".
    Legacy,
}

impl Surface {
    /// The surface of an address that no route serves.
    pub fn of(path: &str) -> Self {
        let is_old = [words::LEGACY_SHORT, words::LOGIN, words::LOGOUT].iter().any(|known| path.contains(known));
        if is_old { Self::Legacy } else { Self::V3 }
    }

    /// The form of bodies and answers of which nothing is said.
    pub const fn media(self) -> Media {
        match self {
            Self::V3 => Media::Json,
            Self::Legacy => Media::Xml,
        }
    }

    /// What links and `Location` begin with.
    pub const fn base(self) -> &'static str {
        match self {
            Self::V3 => words::V3,
            Self::Legacy => words::LEGACY,
        }
    }

    /// The last part of the path of a customer's grants (section 5; the third version's `Location` is inferred).
    pub const fn grants(self) -> &'static str {
        match self {
            Self::V3 => "grants",
            Self::Legacy => "grant",
        }
    }
}

/// Every group of routes.
pub const GROUPS: &[&[Route]] = &[grants::ROUTES, cases::ROUTES, customers::ROUTES, departments::ROUTES, users::ROUTES];

/// Every operation.
pub fn operations() -> impl Iterator<Item = &'static Route> {
    GROUPS.iter().copied().flatten()
}

/// Every address of this dialect. The layer [`crate::exchange::round`] is the caller's to add.
pub fn routes(public_url: &str) -> Router<Operations> {
    let mut router = operations().fold(Router::new(), |router, route| {
        route.spellings().fold(router, |router, (surface, path)| router.route(&path, served(route, surface)))
    });
    // What is below a base is this dialect's to refuse.
    for base in [words::V3, words::CASES, words::DEPARTMENTS, words::USERS, words::LEGACY, words::LEGACY_SHORT] {
        for rest in ["", "/", "/{*rest}"] {
            for realm in ["", words::REALM] {
                router = router.route(&format!("{realm}{base}{rest}"), any(refusal::nothing_here));
            }
        }
    }
    let document = document::document(public_url).to_string();
    let told =
        move || std::future::ready(([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], document.clone()).into_response());
    login::add(router).route(document::PATH, get(told)).method_not_allowed_fallback(refusal::method_not_allowed)
}

/// A route behind its door.
fn served(route: &'static Route, surface: Surface) -> MethodRouter<Operations> {
    on(
        route.method,
        move |State(operations): State<Operations>,
              exchange: Exchange,
              params: Result<RawPathParams, RawPathParamsRejection>,
              request: Request| { call::answer(route, surface, operations, exchange, Params::of(params.as_ref().ok()), request) },
    )
}
