//! Departments, and whether they keep a realm's customers and people apart.

use axum::response::{IntoResponse, Response};
use vestibule_core::refusal::Refusal;
use vestibule_operations::{Page, Right};

use super::{
    call::Call,
    reply::Reply,
    wire::{self, desk},
    wishes,
};

/// `GET …/departments`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    call.no_query()?; //                                         400
    let items = call.operations.read(&call.ctx, &realm, |mut work| Box::pin(async move { work.departments().await })).await?;
    Ok(Reply::ok(&wire::list(&Page { items, next: None }, desk::department))?.into_response())
}

/// `POST …/departments`.
pub async fn create(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let once = call.once()?; //                                  400
    let name = wishes::desk::department(call.json()?)?; //       400, 413, 415
    let reply = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            if let Some(reply) = once.find(&mut work).await? {
                return Ok(reply); //                             422
            }
            let made = work.create_department(&name).await?; //  409
            let reply = Reply::ok(&desk::department(&made))?.created(None);
            once.keep(&mut work, reply).await
        })
    });
    Ok(reply.await?.into_response())
}

/// `GET …/customer-settings`.
pub async fn settings(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    call.no_query()?; //                                         400
    let found = call.operations.read(&call.ctx, &realm, |work| Box::pin(async move { Ok(work.realm().clone()) })).await?;
    Ok(Reply::ok(&desk::customer_settings(&found))?.tagged(found.version).into_response())
}

/// `PUT …/customer-settings`.
pub async fn put_settings(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let condition = call.if_match()?; //                         400
    let (on, forced) = wishes::desk::customer_settings(call.json()?)?; // 400, 413, 415
    let written = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let seen = condition.seen(Some(work.realm().version))?; // 412
            work.set_departmentalization(on, forced, seen).await //    409
        })
    });
    let realm = written.await?;
    Ok(Reply::ok(&desk::customer_settings(&realm))?.tagged(realm.version).into_response())
}
