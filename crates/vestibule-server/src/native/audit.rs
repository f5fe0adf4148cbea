//! The realm's log: events, checkpoint, export (`spec/audit-log.md`, sections 4.1 and 4.3).

use axum::{
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use vestibule_core::refusal::{Fault, Malformed, Refusal};
use vestibule_operations::Right;

use super::{call::Call, fields::digits, reply::Reply, wire, wishes};
use crate::download;

/// `GET …/audit/events`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::RetrieveAudit)?; //            404, 403
    let (filter, page) = wishes::events(call.uri())?; //         400
    let events = call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.events(filter, page).await })).await?;
    Ok(Reply::ok(&wire::events(&events)?)?.into_response())
}

/// `GET …/audit/events/{index}`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::RetrieveAudit)?; //            404, 403
    let Index(index) = call.id("event")?; //                     404
    call.no_query()?; //                                         400
    let event = call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.event(index).await })).await?; // 404
    Ok(Reply::ok(&wire::event(&event)?)?.into_response())
}

/// `GET …/audit/checkpoint`.
pub async fn checkpoint(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::RetrieveAudit)?; //            404, 403
    call.no_query()?; //                                         400
    let note = call.operations.checkpoint(&call.ctx, &realm).await?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-cache")], note).into_response())
}

/// `GET …/audit/export`.
pub async fn export(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::RetrieveAudit)?; //            404, 403
    let disclosures = wishes::export(call.uri())?; //            400
    let exported = call.operations.export(&call.ctx, &realm, disclosures).await?; // 503 when there is no room for it
    Ok(download::bundle(exported, &format!("{realm}-audit.tar")))
}

/// An event's place in the log.
struct Index(u64);

impl std::str::FromStr for Index {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        digits(raw).map(Self).ok_or_else(|| Malformed::new("index", Fault::Format("a whole number")))
    }
}
