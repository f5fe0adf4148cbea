//! Support sessions: enter, see who is in, end.

use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use vestibule_core::{
    id::{RealmId, SessionId},
    refusal::Refusal,
    support::Entry,
};
use vestibule_operations::{Right, UnitOfWork};

use super::{call::Call, idempotency::Once, reply::Reply, wire, wishes};
use crate::traces;

/// `GET …/support-sessions`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (filter, page) = wishes::sessions(call.uri())?; //       400
    let sessions =
        call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.sessions(filter, page).await })).await?;
    Ok(Reply::ok(&wire::list(&sessions, |session| wire::session(session, &realm, call.ctx.now)))?.into_response())
}

/// `POST …/support-sessions`.
pub async fn enter(call: Call) -> Result<Response, Refusal> {
    let realm = call.named_realm()?; //                          404
    call.ctx.unscoped()?; //                                     403
    let once = call.once()?; //                                  400
    let entry = wishes::entry(call.json()?)?; //                 400, 413, 415
    call.ctx.agent()?; //                                        404
    let path = call.uri().path().to_owned();
    let reply = call.operations.write(&call.ctx, &realm, move |work| Box::pin(admit(work, once, entry, path))).await?;
    traces::realm(&realm);
    Ok(reply.into_response())
}

/// Enters once: the answer, with its token, is kept in the transaction that admits.
async fn admit(mut work: UnitOfWork<'_>, once: Once, entry: Entry, path: String) -> Result<Reply, Refusal> {
    if let Some(reply) = once.find(&mut work).await? {
        return Ok(reply); //                                     422
    }
    let entered = work.enter(entry).await?; //                   404
    let session = wire::session(&entered.session, &work.realm().id, work.now());
    let body = wire::Entered { session, token: entered.token.expose_secret() };
    let reply = Reply::ok(&body)?.created(Some(format!("{path}/{}", entered.session.id)));
    once.keep(&mut work, reply).await
}

/// `GET …/support-sessions/{id}`, also by the session's own token.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let (realm, id) = reach(&call)?; //                          404, 403
    call.no_query()?; //                                         400
    let found = call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.session(id).await })).await?; // 404
    Ok(Reply::ok(&wire::session(&found, &realm, call.ctx.now))?.into_response())
}

/// `DELETE …/support-sessions/{id}`: the tenant ends it, or the agent leaves.
pub async fn end(call: Call) -> Result<Response, Refusal> {
    let (realm, id) = reach(&call)?; //                          404, 403
    let why = call.ctx.way_of_ending(id)?; //                    404
    call.no_query()?; //                                         400
    call.operations.write(&call.ctx, &realm, move |mut work| Box::pin(async move { work.end_session(id, why).await })).await?; // 404, 409
    Ok(Reply::nothing().into_response())
}

/// `DELETE …/support-sessions`.
pub async fn end_all(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    // A parameter that we do not know may be meant to narrow this down: 400, never "all".
    call.no_query()?;
    let ended = call.operations.write(&call.ctx, &realm, |mut work| Box::pin(async move { work.end_all_sessions().await })).await?;
    Ok(Reply::ok(&wire::Ended { ended })?.into_response())
}

/// The session of the path: an agent reaches its own, whoever administers the realm all of them.
fn reach(call: &Call) -> Result<(RealmId, SessionId), Refusal> {
    let realm = call.named_realm()?;
    let named = call.id::<SessionId>("session");
    match (call.own_session(), &named) {
        (Some((home, own)), Ok(id)) if home == &realm && own == *id => {
            traces::realm(&realm);
            Ok((realm, own))
        }
        _ => Ok((call.allow(Right::AdministerRealm)?, named?)),
    }
}
