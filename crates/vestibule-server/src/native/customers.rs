//! Customers: list, make, read, change, purge; and who may act for them.

use axum::response::{IntoResponse, Response};
use vestibule_core::{id::RealmId, refusal::Refusal};
use vestibule_operations::{CustomerPass, CustomerRef, CustomerRight, NewCustomer, Page, Right, UnitOfWork};

use super::{
    call::Call,
    idempotency::Once,
    reply::Reply,
    wire::{self, desk},
    wishes::{self, desk::Side},
};

/// The customer of the path, by its id or its number, for whoever administers the realm.
pub async fn reach(call: &Call) -> Result<(RealmId, CustomerPass), Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let pass = pass_for(call, &realm, CustomerRef::ByName(call.param("id", "customer")?)).await?;
    Ok((realm, pass))
}

async fn pass_for(call: &Call, realm: &RealmId, which: CustomerRef) -> Result<CustomerPass, Refusal> {
    call.operations.customer_pass(&call.ctx, realm, which, CustomerRight::Administer).await
}

/// `GET …/customers`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (status, page) = wishes::desk::customers(call.uri())?; // 400
    let found = call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.customers(status, page).await }));
    Ok(Reply::ok(&wire::list(&found.await?, desk::customer))?.into_response())
}

/// `POST …/customers`.
pub async fn create(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let once = call.once()?; //                                  400
    let wish = wishes::desk::new_customer(call.json()?)?; //     400, 413, 415
    let path = call.uri().path().to_owned();
    let reply = call.operations.write(&call.ctx, &realm, move |work| Box::pin(make(work, once, wish, path)));
    Ok(reply.await?.into_response())
}

async fn make(mut work: UnitOfWork<'_>, once: Once, wish: NewCustomer, path: String) -> Result<Reply, Refusal> {
    if let Some(reply) = once.find(&mut work).await? {
        return Ok(reply); //                                     422
    }
    let made = work.create_customer(wish).await?; //             409
    let reply = Reply::ok(&desk::customer(&made))?.tagged(made.version).created(Some(format!("{path}/{}", made.id)));
    once.keep(&mut work, reply).await
}

/// `GET …/customers/{id}`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let (realm, pass) = reach(&call).await?; //                  404, 403
    call.no_query()?; //                                         400
    let found = call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.customer(&pass).await })).await?; // 404
    Ok(Reply::ok(&desk::customer(&found))?.tagged(found.version).into_response())
}

/// `PATCH …/customers/{id}`.
pub async fn update(call: Call) -> Result<Response, Refusal> {
    let (realm, pass) = reach(&call).await?; //                  404, 403
    let condition = call.if_match()?; //                         400
    let change = wishes::desk::customer_change(call.json()?)?; // 400, 413, 415
    let changed = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //       404
            let seen = condition.seen(Some(customer.version))?; // 412
            work.change_customer(customer, change, seen).await // 409
        })
    });
    let customer = changed.await?;
    Ok(Reply::ok(&desk::customer(&customer))?.tagged(customer.version).into_response())
}

/// `DELETE …/customers/{id}`.
pub async fn purge(call: Call) -> Result<Response, Refusal> {
    let (realm, pass) = reach(&call).await?; //                  404, 403
    let condition = call.if_match()?; //                         400
    call.no_query()?; //                                         400
    let purged = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //       404
            condition.seen(Some(customer.version))?; //          412
            work.purge_customer(customer).await
        })
    });
    purged.await?;
    Ok(Reply::nothing().into_response())
}

/// `GET …/customers/{id}/grants`.
pub async fn grants(call: Call) -> Result<Response, Refusal> {
    let (realm, pass) = reach(&call).await?; //                  404, 403
    let side = wishes::desk::grants(call.uri())?; //             400
    let items = call.operations.read(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //       404
            match side {
                Side::To => work.customer_grants(&customer).await,
                Side::On => work.customer_grants_held(&customer).await,
            }
        })
    });
    let page = Page { items: items.await?, next: None };
    let reply = match side {
        Side::To => Reply::ok(&wire::list(&page, desk::grant))?,
        Side::On => Reply::ok(&wire::list(&page, desk::held_grant))?,
    };
    Ok(reply.into_response())
}

/// `POST …/customers/{id}/grants`.
pub async fn grant(call: Call) -> Result<Response, Refusal> {
    let (realm, pass) = reach(&call).await?; //                  404, 403
    let once = call.once()?; //                                  400
    let holder = pass_for(&call, &realm, wishes::desk::grant(call.json()?)?).await?; // 400, 413, 415
    let path = call.uri().path().to_owned();
    let reply = call.operations.write(&call.ctx, &realm, move |work| Box::pin(give(work, once, [pass, holder], path)));
    Ok(reply.await?.into_response())
}

async fn give(mut work: UnitOfWork<'_>, once: Once, [granter, holder]: [CustomerPass; 2], path: String) -> Result<Reply, Refusal> {
    if let Some(reply) = once.find(&mut work).await? {
        return Ok(reply); //                                     422
    }
    let granter = work.customer(&granter).await?; //             404
    let holder = work.customer(&holder).await?; //               404
    let is_new = work.grant_customers(&granter, std::slice::from_ref(&holder)).await? > 0; // 409
    let holder = holder.id;
    let given = work.customer_grants(&granter).await?.into_iter().find(|grant| grant.holder == holder).ok_or(Refusal::Internal)?;
    let shown = Reply::ok(&desk::grant(&given))?;
    let reply = if is_new { shown.created(Some(format!("{path}/{holder}"))) } else { shown };
    once.keep(&mut work, reply).await
}

/// `DELETE …/customers/{id}/grants/{holder}`.
pub async fn revoke(call: Call) -> Result<Response, Refusal> {
    let (realm, pass) = reach(&call).await?; //                  404, 403
    let holder = call.param("holder", "grant")?; //              404
    call.no_query()?; //                                         400
    let revoked = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let granter = work.customer(&pass).await?; //        404
            work.revoke_customer_grants(&granter, &[holder]).await // 404
        })
    });
    revoked.await?;
    Ok(Reply::nothing().into_response())
}
