//! The standard door of OAuth 2.0: its half of the token endpoint ([`token`]), what a client asks of a browser that it
//! sends to sign somebody in ([`authorize`]; the pages are [`crate::sign_in`]), its description ([`metadata`]), and
//! the keys with which anybody can check our tokens: `/.well-known/jwks.json` (RFC 7517).
//!
//! The document of keys is the same at the root and under every `/realms/{realm}`, whatever stands there for a name: it
//! lists the keys of all realms and names none (`docs/decisions/0011-published-keys.md`). `?kid=` narrows it.

pub mod authorize;
pub mod form;
pub mod metadata;
pub mod token;

use axum::{
    Json, Router,
    extract::{RawQuery, State},
    http::{HeaderValue, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use vestibule_operations::{Operations, PublicJwk};

use crate::{
    exchange::Exchange,
    problem::{Kind, Problem},
};

/// What is served: method and path.
pub const ROUTES: &[(&str, &str)] = &[("get", "/.well-known/jwks.json"), ("get", "/realms/{realm}/.well-known/jwks.json")];

/// How long others may keep the document, in seconds.
const KEPT: &str = "public, max-age=300";

/// The routes, as a router.
pub fn routes() -> Router<Operations> {
    let router = ROUTES.iter().fold(Router::new(), |router, (_, path)| router.route(path, get(keys)));
    let router = router.route(metadata::PATH, get(metadata::show));
    router.method_not_allowed_fallback(crate::refused::method)
}

/// `GET /.well-known/jwks.json`.
async fn keys(State(operations): State<Operations>, exchange: Exchange, RawQuery(query): RawQuery) -> Response {
    let wanted = query.as_deref().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("kid=")));
    match operations.published_keys(&exchange.ctx).await {
        Ok(keys) => {
            let shown: Vec<_> = keys.iter().filter(|key| wanted.is_none_or(|kid| kid == key.kid)).map(jwk).collect();
            ([(CACHE_CONTROL, HeaderValue::from_static(KEPT))], Json(json!({ "keys": shown }))).into_response()
        }
        Err(refusal) => Problem::new(Kind::Unavailable, refusal).response(&exchange.ctx.origin.request_id),
    }
}

/// One key (RFC 8037, section 2).
fn jwk(key: &PublicJwk) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": key.x, "kid": key.kid, "use": "sig", "alg": "EdDSA" })
}
