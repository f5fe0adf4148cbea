//! Measures of requests, and the page that shows all measures: `GET /metrics` in Prometheus' text format.
//!
//! Labels are a door, a method and a class of status, and nothing else: a realm, a path or an address
//! would make as many series as there are of them, and would tell them to whoever reads the page.

use std::{
    sync::{Arc, LazyLock, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{
        Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use metrics::{Counter, Histogram, Unit, counter, describe_counter, describe_histogram, histogram};
use vestibule_operations::Operations;

/// Where the page is.
pub const PATH: &str = "/metrics";
/// The text format's own media type.
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes the page.
pub type Render = Arc<dyn Fn() -> String + Send + Sync>;

/// The page alone, as a router of its own: the binary says on which address it stands.
pub fn router(operations: Operations, render: Render) -> Router {
    Router::new().route(PATH, get(page)).with_state((operations, render))
}

/// `GET /metrics`: whatever was measured, also while the database does not answer.
async fn page(State((operations, render)): State<(Operations, Render)>) -> Response {
    operations.measure_database().await;
    (StatusCode::OK, [(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")], render()).into_response() // 200
}

/// The doors as labels, each with the beginnings of its paths behind `/realms/{realm}`.
const DOORS: [(&str, &[&str]); 12] = [
    // Before those whose paths begin like some of its own.
    ("oauth", &["/.well-known/jwks.json", "/.well-known/oauth-authorization-server/oauth", "/oauth/authorize", "/sign-in/"]),
    ("native", &["/v1/"]),
    ("access", &["/access/"]),
    ("here", &["/support", "/authentication/", "/oauth2/", "/timestamp", "/.well-known/oauth-authorization-server"]),
    ("m3ter", &["/organizations/", "/oauth/"]),
    ("hostway", &["/accounts", "/partnerAccounts", "/validations/", "/sso/"]),
    ("wavefront", &["/api/v2"]),
    ("egain", &["/core/", "/system/ws/", "/ws/", "/customer/grant"]),
    ("console", &["/console"]),
    ("join", &["/join/"]),
    ("health", &["/livez", "/readyz"]),
    ("docs", &["/openapi", "/docs"]),
];
/// The label of what no door serves.
const NO_DOOR: &str = "none";
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/// The label of any other method: clients may make up methods.
const OTHER_METHOD: &str = "other";
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

const ROWS: usize = DOORS.len() + 1;
const COLUMNS: usize = METHODS.len() + 1;

static REQUESTS: LazyLock<Requests> = LazyLock::new(Requests::register);

/// One handle for each combination, made when it is first met.
struct Requests {
    counts: [[[OnceLock<Counter>; CLASSES.len()]; COLUMNS]; ROWS],
    durations: [Histogram; ROWS],
}

impl Requests {
    fn register() -> Self {
        describe_counter!("vestibule_requests_total", "Requests answered, by door, method and class of status.");
        describe_histogram!("vestibule_request_seconds", Unit::Seconds, "From a request's headers to the answer's, by door.");
        Self {
            counts: std::array::from_fn(|_| std::array::from_fn(|_| std::array::from_fn(|_| OnceLock::new()))),
            durations: std::array::from_fn(|row| histogram!("vestibule_request_seconds", "door" => door_name(row))),
        }
    }
}

/// Counts a request whose answer is ready. `path` is the route's, absent when there is none.
pub fn answered(path: Option<&str>, method: &Method, status: StatusCode, took: Duration) {
    let row = path.map_or(DOORS.len(), door);
    let column = METHODS.iter().position(|name| *name == method.as_str()).unwrap_or(METHODS.len());
    let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
    if let Some(histogram) = REQUESTS.durations.get(row) {
        histogram.record(took.as_secs_f64());
    }
    if let Some(cell) = REQUESTS.counts.get(row).and_then(|columns| columns.get(column)).and_then(|classes| classes.get(class)) {
        cell.get_or_init(|| {
            let method = METHODS.get(column).copied().unwrap_or(OTHER_METHOD);
            let status = CLASSES.get(class).copied().unwrap_or_default();
            counter!("vestibule_requests_total", "door" => door_name(row), "method" => method, "status" => status)
        })
        .increment(1);
    }
}

/// The row of the door that serves a route's path.
fn door(path: &str) -> usize {
    let path = path.strip_prefix("/realms/{realm}").unwrap_or(path);
    DOORS.iter().position(|(_, begins)| begins.iter().any(|begin| path.starts_with(begin))).unwrap_or(DOORS.len())
}

fn door_name(row: usize) -> &'static str {
    DOORS.get(row).map_or(NO_DOOR, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_belongs_to_its_door() {
        for route in crate::native::ROUTES {
            assert_eq!(door_name(door(route.path)), "native", "{}", route.path);
        }
        for (name, routes) in [
            ("access", crate::access::ROUTES),
            ("oauth", crate::oauth::ROUTES),
            ("health", crate::health::ROUTES),
            ("docs", crate::openapi::ROUTES),
        ] {
            for (_, path) in routes {
                assert_eq!(door_name(door(path)), name, "{path}");
            }
        }
        for path in ["/oauth/authorize", "/sign-in/link/{realm}", crate::oauth::metadata::PATH] {
            assert_eq!(door_name(door(path)), "oauth", "{path}");
        }
        for path in ["/support", "/authentication/v1.1/support", "/oauth2/token", "/timestamp", "/realms/{realm}/support"] {
            assert_eq!(door_name(door(path)), "here", "{path}");
        }
        for path in ["/organizations/{orgId}/support", "/realms/{realm}/organizations/{orgId}/{*rest}", "/oauth/token"] {
            assert_eq!(door_name(door(path)), "m3ter", "{path}");
        }
        for path in ["/accounts", "/realms/{realm}/accounts/{accountId}", "/partnerAccounts/{partnerId}", "/sso/handoff/{code}"] {
            assert_eq!(door_name(door(path)), "hostway", "{path}");
        }
        for path in ["/api/v2/account", "/api/v2", "/realms/{realm}/api/v2/{*rest}"] {
            assert_eq!(door_name(door(path)), "wavefront", "{path}");
        }
        for route in crate::dialects::egain::GROUPS.iter().copied().flatten() {
            for (_, path) in route.spellings() {
                assert_eq!(door_name(door(&path)), "egain", "{path}");
            }
        }
        for path in ["/console", "/console/realms/{realm}/support", "/console/style.css"] {
            assert_eq!(door_name(door(path)), "console", "{path}");
        }
        assert_eq!(door_name(door("/openapi/egain.json")), "docs");
        assert_eq!(door_name(door("/elsewhere")), NO_DOOR);
    }

    #[test]
    fn what_clients_make_up_has_one_label() {
        for (method, status) in [("BREW", 200), ("GET", 999), ("get", 100)] {
            answered(None, &method.parse().unwrap(), StatusCode::from_u16(status).unwrap(), Duration::ZERO);
        }
        let met = |column: usize, class: usize| REQUESTS.counts[DOORS.len()][column][class].get().is_some();
        assert!(met(METHODS.len(), 1) && met(0, 4) && met(METHODS.len(), 0));
        assert!(!met(0, 1), "a method in small letters is another method");
    }
}
