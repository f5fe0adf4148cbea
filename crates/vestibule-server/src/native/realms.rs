//! Realms: list, make, read, change.

use axum::response::{IntoResponse, Response};
use vestibule_core::{id::RealmId, refusal::Refusal};
use vestibule_operations::Right;

use super::{call::Call, reply::Reply, wire, wishes};

/// `GET /v1/realms`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    call.ctx.unscoped()?; //                                     403
    let page = wishes::page(call.uri())?; //                     400
    wishes::after_id::<RealmId>(page.after.as_deref())?; //      400
    let realms = call.operations.realms(&call.ctx, page).await?;
    Ok(Reply::ok(&wire::list(&realms, wire::realm))?.into_response())
}

/// `POST /v1/realms`. A realm is made in a transaction that is its own, so the answer is kept in one
/// that follows; should we fall between the two, the repeat finds the name taken.
pub async fn create(call: Call) -> Result<Response, Refusal> {
    call.ctx.unscoped()?; //                                     403
    call.ctx.allow(Right::AdministerRealm, &RealmId::vendor()).map_err(operators_only)?; // 403
    let once = call.once()?; //                                  400
    let wish = wishes::new_realm(call.json()?)?; //              400, 413, 415
    if let Some(reply) = call.kept(&RealmId::vendor(), &once).await? {
        return Ok(reply.into_response()); //                     422
    }
    let realm = call.operations.create_realm(&call.ctx, wish).await?; // 403, 409
    let reply = Reply::ok(&wire::realm(&realm))?.created(Some(format!("/v1/realms/{}", realm.id))).tagged(realm.version);
    Ok(call.keep(&RealmId::vendor(), once, reply).await?.into_response())
}

/// To somebody of a tenant the vendor's realm is absent; here that only means that making realms
/// is not theirs to do.
fn operators_only(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Absent(_) => {
            Refusal::Forbidden { action: "realm:administer".to_owned(), because: vestibule_core::policy::Because::NothingAllows }
        }
        other => other,
    }
}

/// `GET /v1/realms/{realm}`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    call.no_query()?; //                                         400
    let found = call.operations.read(&call.ctx, &realm, |work| Box::pin(async move { Ok(work.realm().clone()) })).await?;
    Ok(Reply::ok(&wire::realm(&found))?.tagged(found.version).into_response())
}

/// `PATCH /v1/realms/{realm}`.
pub async fn update(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let condition = call.if_match()?; //                         400
    let change = wishes::realm_change(call.json()?)?; //         400, 413, 415
    let changed = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let seen = condition.seen(Some(work.realm().version))?; // 412
            work.update_realm(change, seen).await //                   412
        })
    });
    let changed = changed.await?;
    Ok(Reply::ok(&wire::realm(&changed))?.tagged(changed.version).into_response())
}
