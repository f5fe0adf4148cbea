//! The outbox: mail that the realm's events sent.

use axum::response::{IntoResponse, Response};
use vestibule_core::refusal::Refusal;
use vestibule_operations::Right;

use super::{call::Call, reply::Reply, wire, wishes};

/// `GET …/outbox`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let page = wishes::page(call.uri())?; //                     400
    let mails = call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.outbox(page).await })).await?;
    Ok(Reply::ok(&wire::list(&mails, wire::mail))?.into_response())
}
