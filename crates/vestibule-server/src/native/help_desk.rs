//! The realm's help desk and the secrets that are shared with it.

use axum::response::{IntoResponse, Response};
use vestibule_core::{id::DeskSecretId, refusal::Refusal};
use vestibule_operations::{Page, Right};

use super::{
    call::Call,
    reply::Reply,
    wire::{self, desk},
    wishes,
};

/// `GET …/help-desk`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    call.no_query()?; //                                         400
    let found = call.operations.read(&call.ctx, &realm, |mut work| Box::pin(async move { work.help_desk().await })).await?; // 404
    Ok(Reply::ok(&desk::help_desk(&found))?.tagged(found.version).into_response())
}

/// `PUT …/help-desk`.
pub async fn put(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let condition = call.if_match()?; //                         400
    let settings = wishes::desk::help_desk(call.json()?)?; //    400, 413, 415
    let written = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let current = match work.help_desk().await {
                Ok(desk) => Some(desk.version),
                Err(Refusal::Absent(_)) => None,
                Err(other) => return Err(other),
            };
            let seen = condition.seen(current)?; //              412
            work.put_help_desk(settings, seen).await
        })
    });
    let (desk, is_new) = written.await?;
    let shown = Reply::ok(&desk::help_desk(&desk))?.tagged(desk.version);
    Ok(match is_new {
        true => shown.created(None).into_response(), //          201
        false => shown.into_response(),              //                       200
    })
}

/// `GET …/help-desk/secrets`.
pub async fn secrets(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    call.no_query()?; //                                         400
    let items = call.operations.read(&call.ctx, &realm, |mut work| Box::pin(async move { work.desk_secrets().await })).await?;
    Ok(Reply::ok(&wire::list(&Page { items, next: None }, desk::secret))?.into_response())
}

/// `POST …/help-desk/secrets`.
pub async fn add_secret(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let once = call.once()?; //                                  400
    let value = wishes::desk::secret(call.json()?)?; //          400, 413, 415
    let path = call.uri().path().to_owned();
    let reply = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            if let Some(reply) = once.find(&mut work).await? {
                return Ok(reply); //                             422
            }
            let added = work.add_desk_secret(&value).await?; //  400
            let reply = Reply::ok(&desk::secret(&added))?.created(Some(format!("{path}/{}", added.id)));
            once.keep(&mut work, reply).await
        })
    });
    Ok(reply.await?.into_response())
}

/// `POST …/help-desk/secrets/{id}/activate`.
pub async fn activate(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let id: DeskSecretId = call.id("secret")?; //                404
    let once = call.once()?; //                                  400
    call.no_query()?; //                                         400
    let reply = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            if let Some(reply) = once.find(&mut work).await? {
                return Ok(reply); //                             422
            }
            let active = work.activate_desk_secret(id).await?; // 404, 409
            once.keep(&mut work, Reply::ok(&desk::secret(&active))?).await
        })
    });
    Ok(reply.await?.into_response())
}

/// `DELETE …/help-desk/secrets/{id}`.
pub async fn remove_secret(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let id: DeskSecretId = call.id("secret")?; //                404
    call.no_query()?; //                                         400
    call.operations.write(&call.ctx, &realm, move |mut work| Box::pin(async move { work.remove_desk_secret(id).await })).await?; // 404
    Ok(Reply::nothing().into_response())
}
