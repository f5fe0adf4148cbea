//! Cases and what is said in them: list, open, keep.

use axum::response::{IntoResponse, Response};
use vestibule_core::{customer::Customer, refusal::Refusal};
use vestibule_operations::{CustomerRef, CustomerRight, NewActivity, Right, UnitOfWork};

use super::{
    call::Call,
    idempotency::Once,
    reply::Reply,
    wire::{self, cases as shown},
    wishes::cases as wishes,
};

/// `GET …/cases`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (search, page) = wishes::cases(call.uri())?; //          400
    let found = call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.cases(&search, page).await }));
    Ok(Reply::ok(&wire::list(&found.await?, shown::case))?.into_response())
}

/// `POST …/cases`.
pub async fn create(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let once = call.once()?; //                                  400
    let wish = wishes::new_case(call.json()?)?; //               400, 413, 415
    let pass = call.operations.customer_pass(&call.ctx, &realm, CustomerRef::ByName(wish.customer), CustomerRight::Administer).await?;
    let made = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            if let Some(reply) = once.find(&mut work).await? {
                return Ok(reply); //                             422
            }
            let customer = work.customer(&pass).await?; //       404
            let made = work.create_case(&customer, wish.subject, wish.status).await?;
            let reply = Reply::ok(&shown::case(&made))?.created(None);
            once.keep(&mut work, reply).await
        })
    });
    Ok(made.await?.into_response())
}

/// `GET …/activities`.
pub async fn activities(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (search, page) = wishes::activities(call.uri())?; //     400
    let found = call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.activities(&search, page).await }));
    Ok(Reply::ok(&wire::list(&found.await?, shown::activity))?.into_response())
}

/// `POST …/activities`.
pub async fn create_activity(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let once = call.once()?; //                                  400
    let (customer, wish) = wishes::new_activity(call.json()?)?; // 400, 413, 415
    let pass = call.operations.customer_pass(&call.ctx, &realm, CustomerRef::ByName(customer), CustomerRight::Administer).await?;
    let made = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await; //        404
            keep(work, once, customer, wish).await
        })
    });
    Ok(made.await?.into_response())
}

async fn keep(mut work: UnitOfWork<'_>, once: Once, customer: Result<Customer, Refusal>, wish: NewActivity) -> Result<Reply, Refusal> {
    if let Some(reply) = once.find(&mut work).await? {
        return Ok(reply); //                                     422
    }
    let made = work.create_activity(&customer?, wish).await?; // 404
    let reply = Reply::ok(&shown::activity(&made))?.created(None);
    once.keep(&mut work, reply).await
}
