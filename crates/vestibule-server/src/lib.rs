//! The doors: the native API, decisions, health, the OpenAPI document.

pub mod access;
mod body;
mod exchange;
pub mod health;
pub mod native;
pub mod openapi;
mod problem;
mod refused;
mod request_log;

use axum::{Router, middleware};
use vestibule_operations::Operations;

/// Everything that is served.
pub fn router(operations: Operations) -> Router {
    Router::new()
        .merge(native::routes())
        .merge(access::routes())
        .merge(health::routes())
        .merge(openapi::routes(&operations.settings().public_url))
        .fallback(refused::address)
        .layer(middleware::from_fn(request_log::log))
        .layer(middleware::from_fn_with_state(operations.clone(), exchange::round))
        .with_state(operations)
}
