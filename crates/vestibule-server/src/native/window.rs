//! The window: read it, set it.

use axum::response::{IntoResponse, Response};
use vestibule_core::{refusal::Refusal, support::Window};
use vestibule_operations::{Right, UnitOfWork};

use super::{call::Call, reply::Reply, wire, wishes};

/// `GET …/support-access/window`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    call.no_query()?; //                                         400
    let open = call.operations.read(&call.ctx, &realm, |mut work| Box::pin(async move { work.window().await })).await?; // 404
    Ok(Reply::ok(&wire::window(&open, call.ctx.now))?.tagged(open.version).into_response())
}

/// `PUT …/support-access/window`.
pub async fn put(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let condition = call.if_match()?; //                         400
    let (ends_at, statements) = wishes::new_window(call.json()?)?; // 400, 413, 415
    let written = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let current = find(&mut work).await?.map(|window| window.version);
            let seen = condition.seen(current)?; //              412
            work.put_window(ends_at, statements, seen).await //  412
        })
    });
    let (window, created) = written.await?;
    let shown = Reply::ok(&wire::window(&window, call.ctx.now))?.tagged(window.version);
    Ok(match created {
        true => shown.created(None).into_response(), //          201
        false => shown.into_response(),              //                       200
    })
}

/// The realm's window, if it ever had one.
pub async fn find(work: &mut UnitOfWork<'_>) -> Result<Option<Window>, Refusal> {
    match work.window().await {
        Ok(window) => Ok(Some(window)),
        Err(Refusal::Absent(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
