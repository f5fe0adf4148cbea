//! Invitations: the realm's support access list, entry by entry.

use axum::response::{IntoResponse, Response};
use vestibule_core::{id::InvitationId, refusal::Refusal, support::Invitee};
use vestibule_operations::{Page, Right};

use super::{call::Call, reply::Reply, wire, wishes};

/// `GET …/support-access/invitations`. The list is short and read whole; pages are cut from it.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let wanted = wishes::page(call.uri())?; //                   400
    let after = wishes::after_id::<InvitationId>(wanted.after.as_deref())?; // 400
    let access = call.operations.read(&call.ctx, &realm, |mut work| Box::pin(async move { work.support_access().await })).await?;
    let from = after.map_or(0, |after| access.invitations.iter().position(|entry| entry.id == after).map_or(usize::MAX, |at| at + 1));
    let mut items: Vec<_> = access.invitations.into_iter().skip(from).collect();
    let cut = items.len() > wanted.limit;
    items.truncate(wanted.limit);
    let next = items.last().filter(|_| cut).map(|last| last.id.to_string());
    Ok(Reply::ok(&wire::list(&Page { items, next }, wire::invitation))?.into_response())
}

/// `POST …/support-access/invitations`.
pub async fn create(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let once = call.once()?; //                                  400
    let wish = wishes::invite(call.json()?)?; //                 400, 413, 415
    let path = call.uri().path().to_owned();
    let reply = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            if let Some(reply) = once.find(&mut work).await? {
                return Ok(reply); //                             422
            }
            work.support_enabled()?; //                          409
            let invitee = Invitee::parse(&wish.email, &work.realm().support.staff_domain)?; // 400
            let invited = work.invite(invitee, wish.expires_at).await?; //                      400, 409
            let shown = Reply::ok(&wire::invitation(&invited.invitation))?;
            let reply = match invited.created {
                true => shown.created(Some(format!("{path}/{}", invited.invitation.id))), // 201
                false => shown, //                                                           200
            };
            once.keep(&mut work, reply).await
        })
    });
    Ok(reply.await?.into_response())
}

/// `GET …/support-access/invitations/{id}`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let id: InvitationId = call.id("invitation")?; //            404
    call.no_query()?; //                                         400
    let access = call.operations.read(&call.ctx, &realm, |mut work| Box::pin(async move { work.support_access().await })).await?;
    let found = access.invitations.iter().find(|entry| entry.id == id).ok_or(Refusal::Absent("invitation"))?; // 404
    Ok(Reply::ok(&wire::invitation(found))?.into_response())
}

/// `DELETE …/support-access/invitations/{id}`.
pub async fn delete(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let id: InvitationId = call.id("invitation")?; //            404
    call.no_query()?; //                                         400
    call.operations.write(&call.ctx, &realm, move |mut work| Box::pin(async move { work.uninvite_id(id).await })).await?; // 404
    Ok(Reply::nothing().into_response())
}

/// `DELETE …/support-access/invitations`.
pub async fn delete_all(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    // A parameter that we do not know may be meant to narrow this down: 400, never "all".
    call.no_query()?;
    call.operations.write(&call.ctx, &realm, |mut work| Box::pin(async move { work.uninvite_all().await })).await?;
    Ok(Reply::nothing().into_response())
}
