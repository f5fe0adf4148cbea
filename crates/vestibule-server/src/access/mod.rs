//! AuthZEN Authorization API 1.0: may this subject do this now? (`spec/authzen-decisions.md`, section A)
//!
//! This is the hot path: the caller, its rights and the answer come from memory, the question is
//! parsed once, and a plain answer is one of two constant texts. What a question means for
//! policy is decided behind [`Operations::evaluate`].

mod refusal;
mod wire;

use std::{net::SocketAddr, time::Instant};

use axum::{
    Router,
    body::{Bytes, HttpBody},
    extract::{Path, Request, State, rejection::PathRejection},
    http::{
        HeaderMap, HeaderValue, Method,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::Response,
    routing::post,
};
use vestibule_core::{id::RealmId, refusal::Refusal};
use vestibule_operations::{Ctx, Operations};

use crate::{
    body::{self, MediaType},
    exchange::{self, Exchange},
    request_log,
};

/// Where questions are asked: verb and path of each route.
pub const ROUTES: &[(&str, &str)] = &[("post", AT_ROOT), ("post", IN_REALM)];

const AT_ROOT: &str = "/access/v1/evaluation";
const IN_REALM: &str = "/realms/{realm}/access/v1/evaluation";

/// Largest body, in bytes (`spec/authzen-decisions.md`, section A2).
const BODY_BYTES_MAX: usize = 1 << 20;

/// What a filed refusal says was attempted.
const ATTEMPTED: &str = "evaluate";

/// The routes, as a router.
pub fn routes() -> Router<Operations> {
    Router::new().route(AT_ROOT, post(at_root)).route(IN_REALM, post(in_realm)).method_not_allowed_fallback(crate::refused::method)
}

/// Whether this is the question of the hot path, which [`answer_question`] answers without a router.
pub fn is_question<B>(request: &Request<B>) -> bool {
    request.uri().path() == AT_ROOT && request.method() == Method::POST
}

/// Answers it, with all that stands round every door: ids, measures, a line in the log.
pub async fn answer_question<B>(operations: &Operations, request: Request<B>, peer: SocketAddr) -> Response
where
    B: HttpBody<Data = Bytes>,
{
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let mut exchange = Exchange::begin(operations, &parts.headers, Some(peer.ip()));
    let ids = exchange.ids();
    let mut response = answer(operations, &mut exchange.ctx, None, &parts.headers, body).await;
    ids.put(&mut response);
    request_log::answered(Some(AT_ROOT), &Method::POST, &response, started);
    response
}

async fn at_root(State(operations): State<Operations>, mut exchange: Exchange, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    answer(&operations, &mut exchange.ctx, None, &parts.headers, body).await
}

async fn in_realm(
    State(operations): State<Operations>,
    mut exchange: Exchange,
    realm: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    // What is not UTF-8 names no realm.
    let realm = realm.map_or_else(|_| String::new(), |Path(realm)| realm);
    let (parts, body) = request.into_parts();
    answer(&operations, &mut exchange.ctx, Some(&realm), &parts.headers, body).await
}

/// Answers one question; refusals are filed and become problems here.
async fn answer<B>(operations: &Operations, ctx: &mut Ctx, realm: Option<&str>, headers: &HeaderMap, body: B) -> Response
where
    B: HttpBody<Data = Bytes>,
{
    match evaluate(operations, ctx, realm, headers, body).await {
        Ok(response) => response,
        Err(refusal) => {
            operations.file_refusal(ctx, ctx.realm().ok(), ATTEMPTED, &refusal).await;
            refusal::problem(&refusal).response(&ctx.origin.request_id)
        }
    }
}

/// `POST /access/v1/evaluation`.
async fn evaluate<B>(operations: &Operations, ctx: &mut Ctx, realm: Option<&str>, headers: &HeaderMap, body: B) -> Result<Response, Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    ctx.caller = operations.bearer(ctx, exchange::bearer(headers)?).await?; // 401
    own_realm(ctx.realm()?, realm)?; //                                                  403
    crate::traces::realm(ctx.realm()?);
    MediaType::of(headers, &[MediaType::Json])?; //                            400
    let body = body::read_at_most(body, BODY_BYTES_MAX).await?; //                     413
    if body.late {
        exchange::arrived(operations, ctx, headers).await?; //                    401
    }
    let question = wire::question(&body.bytes)?; //                                      400
    let answer = operations.evaluate(ctx, &question).await?;
    let mut response = Response::new(wire::answer(wire::Asked::of(&question), &answer).into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response) //                                                                      200, denies too
}

/// A decision point answers for its own realm only; a realm that is not there and one that is
/// somebody else's are refused alike.
fn own_realm(own: &RealmId, named: Option<&str>) -> Result<(), Refusal> {
    match named {
        None => Ok(()),
        Some(named) if named == own.as_str() => Ok(()),
        Some(_) => Err(Refusal::Absent("realm")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_point_answers_for_its_own_realm() {
        let acme: RealmId = "acme".parse().unwrap();
        for (named, good) in [(None, true), (Some("acme"), true), (Some("beta"), false), (Some("ACME"), false), (Some(""), false)] {
            assert_eq!(own_realm(&acme, named).is_ok(), good, "{named:?}");
        }
    }
}
