//! The doors of Vestibule: dialects, native API, decisions and health.
//!
//! Here lives whatever knows HTTP. No rule is decided and no table is known here: a door reads a
//! request, names the steps in the order that its page publishes, and renders what comes of them.

pub mod access;
pub mod body;
mod call;
mod console;
pub mod dialects;
mod doors;
mod download;
pub mod exchange;
pub mod health;
mod join;
pub mod measures;
pub mod native;
pub mod oauth;
pub mod openapi;
mod pages;
mod problem;
mod refused;
mod request_log;
mod sign_in;
pub mod traces;

use axum::{Router, middleware};
use vestibule_operations::Operations;

pub use doors::{DoorSettings, Doors};

/// Everything that is routed, with what stands round every door: ids on each answer, a line in the
/// log for each request, and a problem for an address that nobody serves.
fn router(operations: Operations, settings: DoorSettings) -> Router {
    Router::new()
        .merge(native::routes())
        .merge(access::routes())
        .merge(console::routes())
        .merge(health::routes())
        .merge(join::routes())
        .merge(openapi::routes(&operations.settings().public_url))
        .merge(oauth::routes())
        .merge(sign_in::routes())
        .merge(dialects::here::routes())
        .merge(dialects::m3ter::routes(settings.m3ter))
        .merge(dialects::egain::routes(&operations.settings().public_url))
        .merge(dialects::hostway::routes())
        .merge(dialects::wavefront::routes())
        .fallback(refused::address)
        .layer(middleware::from_fn_with_state(operations.clone(), exchange::round))
        .layer(middleware::from_fn(request_log::log))
        .with_state(operations)
}
