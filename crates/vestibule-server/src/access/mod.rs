//! AuthZEN Authorization API 1.0: may this subject do this now, who may, what may be done?
//! (`spec/authzen-decisions.md`, section A)
//!
//! The single question is the hot path: the caller, its rights and the answer come from memory, the question
//! is parsed once, and a plain answer is one of two constant texts. What a question means for policy is
//! decided behind [`Operations::evaluate`] and its sisters.

mod discovery;
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

pub use discovery::ROUTES as DISCOVERY_ROUTES;
use wire::{answers, batch, search};

/// Where questions are asked: verb and path of each route.
pub const ROUTES: &[(&str, &str)] = &[
    ("post", Door::Question.path()),
    ("post", Door::Question.path_in_realm()),
    ("post", Door::Batch.path()),
    ("post", Door::Batch.path_in_realm()),
    ("post", Door::Subjects.path()),
    ("post", Door::Subjects.path_in_realm()),
    ("post", Door::Resources.path()),
    ("post", Door::Resources.path_in_realm()),
    ("post", Door::Actions.path()),
    ("post", Door::Actions.path_in_realm()),
];

/// What is asked at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// One question.
    Question,
    /// Many.
    Batch,
    /// Who may.
    Subjects,
    /// On what one may.
    Resources,
    /// What one may do.
    Actions,
}

impl Door {
    const ALL: [Self; 5] = [Self::Question, Self::Batch, Self::Subjects, Self::Resources, Self::Actions];

    /// The address at the root and below a realm, the member that names it in a description, and what a filed
    /// refusal says was attempted.
    const fn row(self) -> [&'static str; 4] {
        match self {
            Self::Question => ["/access/v1/evaluation", "/realms/{realm}/access/v1/evaluation", "access_evaluation_endpoint", "evaluate"],
            Self::Batch => {
                ["/access/v1/evaluations", "/realms/{realm}/access/v1/evaluations", "access_evaluations_endpoint", "evaluateAll"]
            }
            Self::Subjects => {
                ["/access/v1/search/subject", "/realms/{realm}/access/v1/search/subject", "search_subject_endpoint", "searchSubjects"]
            }
            Self::Resources => {
                ["/access/v1/search/resource", "/realms/{realm}/access/v1/search/resource", "search_resource_endpoint", "searchResources"]
            }
            Self::Actions => {
                ["/access/v1/search/action", "/realms/{realm}/access/v1/search/action", "search_action_endpoint", "searchActions"]
            }
        }
    }

    const fn path(self) -> &'static str {
        let [path, ..] = self.row();
        path
    }

    const fn path_in_realm(self) -> &'static str {
        let [_, path, ..] = self.row();
        path
    }

    const fn member(self) -> &'static str {
        let [.., member, _] = self.row();
        member
    }

    const fn attempted(self) -> &'static str {
        let [.., attempted] = self.row();
        attempted
    }

    /// The door of a question, or of many, at the root: [`answer_at`] answers these without a router.
    pub fn straight<B>(request: &Request<B>) -> Option<Self> {
        let door = match request.uri().path().strip_prefix(Self::Question.path())? {
            "" => Self::Question,
            "s" => Self::Batch,
            _ => return None,
        };
        (request.method() == Method::POST).then_some(door)
    }
}

/// Largest body, in bytes (`spec/authzen-decisions.md`, section A2).
const BODY_BYTES_MAX: usize = 1 << 20;

/// The routes, as a router.
pub fn routes() -> Router<Operations> {
    let routes = Door::ALL.into_iter().fold(Router::new(), |router, door| {
        let at_root = move |State(operations): State<Operations>, mut exchange: Exchange, request: Request| async move {
            let (parts, body) = request.into_parts();
            answer(&operations, &mut exchange.ctx, None, &parts.headers, body, door).await
        };
        let in_realm = move |State(operations): State<Operations>,
                             mut exchange: Exchange,
                             realm: Result<Path<String>, PathRejection>,
                             request: Request| async move {
            // What is not UTF-8 names no realm.
            let realm = realm.map_or_else(|_| String::new(), |Path(realm)| realm);
            let (parts, body) = request.into_parts();
            answer(&operations, &mut exchange.ctx, Some(&realm), &parts.headers, body, door).await
        };
        router.route(door.path(), post(at_root)).route(door.path_in_realm(), post(in_realm))
    });
    routes.method_not_allowed_fallback(crate::refused::method).merge(discovery::routes())
}

/// Answers at a door that was found without a router, with all that stands round every door: ids, measures,
/// a line in the log.
pub async fn answer_at<B>(door: Door, operations: &Operations, request: Request<B>, peer: SocketAddr) -> Response
where
    B: HttpBody<Data = Bytes>,
{
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let mut exchange = Exchange::begin(operations, &parts.headers, Some(peer.ip()));
    let ids = exchange.ids();
    let mut response = answer(operations, &mut exchange.ctx, None, &parts.headers, body, door).await;
    ids.put(&mut response);
    request_log::answered(Some(door.path()), &Method::POST, &response, started);
    response
}

/// Answers what is asked; refusals are filed and become problems here.
async fn answer<B>(operations: &Operations, ctx: &mut Ctx, realm: Option<&str>, headers: &HeaderMap, body: B, door: Door) -> Response
where
    B: HttpBody<Data = Bytes>,
{
    match ask(operations, ctx, realm, headers, body, door).await {
        Ok(response) => response,
        Err(refusal) => {
            operations.file_refusal(ctx, ctx.realm().ok(), door.attempted(), &refusal).await;
            refusal::problem(&refusal).response(&ctx.origin.request_id)
        }
    }
}

/// `POST` at any of the doors.
async fn ask<B>(
    operations: &Operations,
    ctx: &mut Ctx,
    realm: Option<&str>,
    headers: &HeaderMap,
    body: B,
    door: Door,
) -> Result<Response, Refusal>
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
    let answer = match door {
        Door::Question => evaluate(operations, ctx, &body.bytes).await?,
        // Boxed, or their size would be the single question's burden too.
        Door::Batch => Box::pin(evaluate_all(operations, ctx, &body.bytes)).await?,
        Door::Subjects => Box::pin(find(operations, ctx, search::subjects(&body.bytes)?)).await?,
        Door::Resources => Box::pin(find(operations, ctx, search::resources(&body.bytes)?)).await?,
        Door::Actions => Box::pin(find(operations, ctx, search::actions(&body.bytes)?)).await?,
    };
    let mut response = Response::new(answer.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response) //                                                                      200, denies too
}

async fn evaluate(operations: &Operations, ctx: &Ctx, body: &[u8]) -> Result<Bytes, Refusal> {
    let whole = wire::question(body)?; //                                                400
    let question = whole.question();
    let answer = operations.evaluate(ctx, question).await?; //                           403
    Ok(answers::answer(answers::About::of(question), &answer))
}

async fn evaluate_all(operations: &Operations, ctx: &Ctx, body: &[u8]) -> Result<Bytes, Refusal> {
    match batch::asked(body)? {
        //                                                                               400
        batch::Asked::One(whole) => {
            let answer = operations.evaluate(ctx, whole.question()).await?; //           403
            Ok(answers::answer(answers::About::of(whole.question()), &answer))
        }
        batch::Asked::Many(batch) => {
            let given = operations.evaluate_all(ctx, batch.questions(), batch.semantic).await?; // 403
            Ok(answers::answers(batch.questions(), &given))
        }
    }
}

async fn find(operations: &Operations, ctx: &Ctx, asked: search::Asked<'_>) -> Result<Bytes, Refusal> {
    let found = operations.search(ctx, &asked.search).await?; //                         400, 403
    Ok(answers::results(&asked.search.wanted, asked.paged, &found))
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
