//! Hand-offs: a link that signs a contact in to the help desk.

use axum::response::{IntoResponse, Response};
use vestibule_core::refusal::Refusal;
use vestibule_operations::Right;

use super::{call::Call, reply::Reply, wire::desk, wishes};

/// `POST …/handoffs`. The hand-off is a unit of its own, so the answer is kept after it.
pub async fn create(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let once = call.once()?; //                                  400
    let wish = wishes::desk::handoff(call.json()?)?; //          400, 413, 415
    if let Some(reply) = call.kept(&realm, &once).await? {
        return Ok(reply.into_response()); //                     422
    }
    let done = call.operations.hand_off(&call.ctx, &realm, wish).await?; // 404, 403, 429, 409, 400
    let reply = Reply::ok(&desk::handoff(&done))?.created(None);
    Ok(call.keep(&realm, once, reply).await?.into_response())
}
