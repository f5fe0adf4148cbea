//! Support access as one answer: the switch, the list and the window.

use axum::response::{IntoResponse, Response};
use vestibule_core::refusal::Refusal;
use vestibule_operations::Right;

use super::{call::Call, reply::Reply, window, wire};

/// `GET /v1/realms/{realm}/support-access`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    call.no_query()?; //                                         400
    let reply = call.operations.read(&call.ctx, &realm, |mut work| {
        Box::pin(async move {
            let access = work.support_access().await?;
            let open = window::find(&mut work).await?;
            Reply::ok(&wire::support_access(work.realm(), &access, open.as_ref(), work.now()))
        })
    });
    Ok(reply.await?.into_response())
}
