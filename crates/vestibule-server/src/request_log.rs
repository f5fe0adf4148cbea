//! One line a request: what was asked, what was answered, how long it took. Never tokens, bodies,
//! query strings or addresses: the path is the route's, with its parameters in braces.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};

use crate::exchange::Exchange;

/// Logs a request when its answer is ready.
pub async fn log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let exchange = request.extensions().get::<Exchange>().cloned();
    let response = next.run(request).await;

    let path = path.as_ref().map_or("unmatched", MatchedPath::as_str);
    let request_id = exchange.as_ref().map_or("", |exchange| exchange.ctx.origin.request_id.as_str());
    let status = response.status().as_u16();
    let duration_ms = started.elapsed().as_secs_f64() * 1_000.0;
    match status {
        500.. => tracing::error!(request.id = request_id, %method, path, status, duration_ms, "{method} {path} failed with {status}"),
        _ => tracing::info!(request.id = request_id, %method, path, status, duration_ms, "{method} {path} answered {status}"),
    }
    response
}
