//! One line a request: what was asked, what was answered, how long it took. Never tokens, bodies,
//! query strings or addresses: the path is the route's, with its parameters in braces. Decisions are
//! asked for by the ten thousand a second: theirs are told at `debug`, and cost nothing while that is off.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use tracing::{Level, debug, enabled, error, info};

use crate::{access, exchange, measures};

/// Logs and counts a request when its answer is ready. It stands outside of [`exchange::round`]: the answer
/// bears the request's id by then.
pub async fn log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let response = next.run(request).await;
    answered(path.as_ref().map(MatchedPath::as_str), &method, &response, started);
    response
}

/// Logs and counts an answer. `path` is the route's, absent when there is none.
pub fn answered(path: Option<&str>, method: &Method, response: &Response, started: Instant) {
    let took = started.elapsed();
    measures::answered(path, method, response.status(), took);
    let path = path.unwrap_or("unmatched");
    let is_decision = access::ROUTES.iter().any(|(_, route)| *route == path);
    let status = response.status().as_u16();
    if is_decision && status < 500 && !enabled!(Level::DEBUG) {
        return;
    }
    let request_id = response.headers().get(exchange::REQUEST_ID).map_or("", |id| std::str::from_utf8(id.as_bytes()).unwrap_or_default());
    let duration_ms = took.as_secs_f64() * 1_000.0;
    match status {
        500.. => error!(request.id = request_id, %method, path, status, duration_ms, "{method} {path} failed with {status}"),
        _ if is_decision => debug!(request.id = request_id, %method, path, status, duration_ms, "{method} {path} answered {status}"),
        _ => info!(request.id = request_id, %method, path, status, duration_ms, "{method} {path} answered {status}"),
    }
}
