//! HERE's Support Access API and the token endpoint that goes with it (`spec/here-support.md`).
//!
//! [`routes`] is the way in. Each handler is the list of steps that callers can observe, in the
//! page's order (section 5). Shapes are in [`wire`], codes and statuses in [`refusal`] and
//! [`token::refusal`], names and caps in [`words`]. No rule is decided here.

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use vestibule_core::refusal::Refusal;
use vestibule_operations::{Ctx, Operations, Right};

use self::{
    wire::{Removal, SupportAccessBody},
    words::attempted,
};
use crate::{
    body::{self, MediaType},
    exchange::Exchange,
    traces,
};

mod caller;
pub mod refusal;
pub mod token;
pub mod wire;
pub mod words;

/// Every address of this dialect. The layer [`crate::exchange::round`] is the caller's to add.
pub fn routes() -> Router<Operations> {
    Router::new()
        .route("/support", support())
        .route(&format!("{}/support", words::PREFIX), support())
        .route(words::token::PATH, post(token::issue).fallback(async |exchange: Exchange| method_not_allowed(&exchange, "POST")))
        .route("/timestamp", readable(get(token::timestamp)))
        .route("/.well-known/oauth-authorization-server", readable(get(token::metadata::show)))
}

fn support() -> MethodRouter<Operations> {
    get(read).post(register).delete(remove).fallback(async |exchange: Exchange| method_not_allowed(&exchange, words::SUPPORT_METHODS))
}

/// An address that can only be read.
fn readable(method: MethodRouter<Operations>) -> MethodRouter<Operations> {
    method.fallback(async |exchange: Exchange| method_not_allowed(&exchange, "GET, HEAD"))
}

fn method_not_allowed(exchange: &Exchange, allowed: &'static str) -> Response {
    refusal::method_not_allowed(&exchange.ctx, allowed)
}

/// `GET /support` (section 3.1).
async fn read(State(operations): State<Operations>, exchange: Exchange, headers: HeaderMap) -> Response {
    door(&operations, exchange, &headers, attempted::READ, async |ctx: &Ctx| {
        let realm = ctx.realm()?;
        ctx.unscoped()?; //                                   403
        ctx.allow(Right::ReadAccountExecutives, realm)?; //   403
        let access = operations.read(ctx, realm, |mut work| {
            Box::pin(async move {
                work.support_enabled()?; //                   404
                work.support_access().await //                200
            })
        });
        Ok(Json(SupportAccessBody::from(&access.await?)).into_response())
    })
    .await
}

/// `POST /support` (section 3.2).
async fn register(State(operations): State<Operations>, exchange: Exchange, headers: HeaderMap, body: Body) -> Response {
    let content_type = MediaType::of(&headers, &[MediaType::Json]);
    let bytes = body::read(body).await;
    let exchange = exchange.arrived(&operations);
    door(&operations, exchange, &headers, attempted::INVITE, async |ctx: &Ctx| {
        let realm = ctx.realm()?;
        ctx.unscoped()?; //                                   403
        ctx.allow(Right::ManageAccountExecutives, realm)?; // 403
        let access = operations.write(ctx, realm, |mut work| {
            Box::pin(async move {
                work.support_enabled()?; //                   404
                work.spend(words::INVITES).await?; //         429
                content_type?; //                             400
                let wish = wire::registration(&bytes?, work.realm(), work.now())?; // 400
                let invited = work.invite(wish.invitee, wish.expires_at).await?; //   400 when full
                Ok(invited.access)
            })
        });
        Ok((StatusCode::CREATED, Json(SupportAccessBody::from(&access.await?))).into_response())
    })
    .await
}

/// `DELETE /support` (section 3.3).
async fn remove(State(operations): State<Operations>, exchange: Exchange, headers: HeaderMap, uri: Uri) -> Response {
    let removal = wire::removal(uri.query());
    door(&operations, exchange, &headers, attempted::REMOVE, async |ctx: &Ctx| {
        let realm = ctx.realm()?;
        ctx.unscoped()?; //                                   403
        ctx.allow(Right::ManageAccountExecutives, realm)?; // 403
        let removed = operations.write(ctx, realm, |mut work| {
            Box::pin(async move {
                work.support_enabled()?; //                   404
                match removal? {
                    //                           400
                    Removal::Everything => work.uninvite_all().await,
                    Removal::One(folded) => work.uninvite(&folded).await.map(|_| ()), // 204 for a stranger, too
                    Removal::Nobody => Ok(()),
                }
            })
        });
        removed.await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// Authenticates (401), takes the steps, files a refusal that reached a realm, and renders it.
async fn door(
    operations: &Operations,
    exchange: Exchange,
    headers: &HeaderMap,
    attempted: &'static str,
    steps: impl AsyncFnOnce(&Ctx) -> Result<Response, Refusal>,
) -> Response {
    let ctx = match caller::authenticate(operations, exchange.ctx.clone(), headers).await {
        Ok(ctx) => ctx,
        Err(refusal) => return refusal::response(&refusal, &exchange.ctx),
    };
    ctx.realm().into_iter().for_each(traces::realm);
    match steps(&ctx).await {
        Ok(response) => response,
        Err(refusal) => {
            operations.file_refusal(&ctx, ctx.realm().ok(), attempted, &refusal).await;
            refusal::response(&refusal, &ctx)
        }
    }
}
