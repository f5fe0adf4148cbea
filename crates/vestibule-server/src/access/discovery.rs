//! Where each realm's decision point is, for clients that ask (`spec/authzen-decisions.md`, section A6).
//!
//! Addresses come from our own settings and never from the request: a client compares the identifier with
//! the address it asked, and whoever could put a host into it could draw questions to himself. Only what is
//! offered is named.

use axum::{
    Router,
    extract::{Path, State, rejection::PathRejection},
    http::{
        HeaderMap, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use vestibule_core::{id::RealmId, refusal::Refusal};
use vestibule_operations::Operations;

use super::Door;
use crate::{
    exchange::Exchange,
    problem::{Kind, Problem},
};

/// Where decision points are described: verb and path of each route.
pub const ROUTES: &[(&str, &str)] = &[("get", AT_ROOT), ("get", IN_REALM)];

const AT_ROOT: &str = "/.well-known/authzen-configuration";
const IN_REALM: &str = "/.well-known/authzen-configuration/realms/{realm}";

/// How long a description may be kept.
const KEPT: &str = "max-age=300";

/// The routes, as a router.
pub fn routes() -> Router<Operations> {
    Router::new().route(AT_ROOT, get(at_root)).route(IN_REALM, get(in_realm)).method_not_allowed_fallback(crate::refused::method)
}

/// The decision point of the token's realm.
async fn at_root(State(operations): State<Operations>, headers: HeaderMap) -> Response {
    described(&operations.settings().public_url, &headers)
}

async fn in_realm(
    State(operations): State<Operations>,
    exchange: Exchange,
    realm: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let refuse = |kind, detail: &str| Problem::new(kind, detail).response(&exchange.ctx.origin.request_id);
    let Some(realm) = realm.ok().and_then(|Path(realm)| realm.parse::<RealmId>().ok()) else { return refuse(Kind::NotFound, NOBODYS) };
    match operations.has_realm(&exchange.ctx, &realm).await {
        Ok(true) => described(&format!("{}/realms/{realm}", operations.settings().public_url), &headers), // 200, 304
        Ok(false) => refuse(Kind::NotFound, NOBODYS),                                                     // 404
        Err(Refusal::Unavailable) => refuse(Kind::Unavailable, "try again"),                              // 503
        Err(_) => refuse(Kind::Internal, "internal error"),                                               // 500
    }
}

const NOBODYS: &str = "no decision point is described at this address";

fn described(decision_point: &str, headers: &HeaderMap) -> Response {
    let mut members = Map::from_iter([("policy_decision_point".to_owned(), json!(decision_point))]);
    members.extend(Door::ALL.map(|door| (door.member().to_owned(), json!(format!("{decision_point}{}", door.path())))));
    let body = Value::Object(members).to_string();
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&body)));
    let is_known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|known| known.to_str().ok())
        .any(|known| known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == "*" || one == tag));
    let kept = [(CACHE_CONTROL, KEPT.to_owned()), (ETAG, tag)];
    match is_known {
        true => (StatusCode::NOT_MODIFIED, kept).into_response(),
        false => (kept, [(CONTENT_TYPE, "application/json")], body).into_response(),
    }
}
