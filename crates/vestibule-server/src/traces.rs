//! One span a request, for whoever collects traces: method, route, status, and the realm once a caller has proved to
//! belong there. Never tokens, addresses, bodies, query strings or paths. Without a collector [`round`] is not called.

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode},
    middleware::{self, Next},
    response::Response,
};
use tracing::{Instrument, Level, Span, enabled, field::Empty, trace_span};
use vestibule_core::id::RealmId;
use vestibule_operations::TRACES;

/// Makes a span the child of the one that the request's headers name, if they do (W3C Trace Context).
pub type Continue = fn(&Span, &HeaderMap);

/// The methods that stand in spans as they are; clients may make up others.
const METHODS: [Method; 8] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::TRACE];
/// What stands for any other method in an attribute, and in a name (semantic conventions of OpenTelemetry for HTTP).
const OTHER_METHOD: (&str, &str) = ("_OTHER", "HTTP");

/// Puts a span round each request to what `router` serves.
pub(crate) fn round(router: Router, go_on: Continue) -> Router {
    router.layer(middleware::from_fn_with_state(go_on, trace))
}

async fn trace(State(go_on): State<Continue>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let known = METHODS.iter().find(|known| *known == request.method());
    let (method, begin) = known.map_or(OTHER_METHOD, |known| (known.as_str(), known.as_str()));
    let span = trace_span!(
        target: TRACES,
        parent: None,
        "request",
        otel.name = route.map_or_else(|| begin.to_owned(), |route| format!("{begin} {route}")),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        realm.id = Empty,
        error.type = Empty,
        otel.status_code = Empty,
    );
    go_on(&span, request.headers());
    let response = next.run(request).instrument(span.clone()).await;
    answered(&span, response.status());
    response
}

/// A client's fault is no error of the server's span.
fn answered(span: &Span, status: StatusCode) {
    // A number of another type would arrive as text.
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("error.type", status.as_str()).record("otel.status_code", "ERROR");
    }
}

/// Says which realm the request at hand is about. To be called once, and only for a realm where the caller has proved
/// to belong: what a path names may be anything.
pub fn realm(realm: &RealmId) {
    if enabled!(target: TRACES, Level::TRACE) {
        Span::current().record("realm.id", realm.as_str());
    }
}
