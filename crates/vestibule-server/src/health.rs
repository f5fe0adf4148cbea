//! Health, for whoever runs the process. No credential is asked for, and nothing is told but yes or no.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
    routing::get,
};
use vestibule_operations::Operations;

/// Where health is asked for: verb and path of each route.
pub const ROUTES: &[(&str, &str)] = &[("get", "/livez"), ("get", "/readyz")];

/// The routes, as a router.
pub fn routes() -> Router<Operations> {
    Router::new().route("/livez", get(livez)).route("/readyz", get(readyz)).method_not_allowed_fallback(crate::refused::method)
}

/// `GET /livez`: the process answers.
async fn livez() -> Response {
    plain(StatusCode::OK, "ok\n") // 200
}

/// `GET /readyz`: migrations are done, manifests applied, and the database answers.
async fn readyz(State(operations): State<Operations>) -> Response {
    match operations.ready().await {
        Ok(()) => plain(StatusCode::OK, "ok\n"),                         //                         200
        Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "not ready\n"), // 503
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    // axum writes text as `text/plain; charset=utf-8`.
    (status, [(CACHE_CONTROL, "no-store")], text).into_response()
}
