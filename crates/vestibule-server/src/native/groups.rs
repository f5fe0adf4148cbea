//! Groups of accounts: list, make, read, change, remove, and who is in them.

use axum::response::{IntoResponse, Response};
use vestibule_core::{
    group::Group,
    id::{AccountId, AccountKey, GroupId},
    refusal::Refusal,
};
use vestibule_operations::{GroupChange, Page, Right, UnitOfWork};

use super::{
    call::Call,
    conditional::IfMatch,
    idempotency::Once,
    reply::Reply,
    wire::{self, people},
    wishes::{self, people::GroupWish},
};

/// `GET …/groups`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let page = wishes::people::groups(call.uri())?; //           400
    let groups = call.operations.read(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let Page { items, next } = work.groups_of_accounts(page).await?;
            Ok(Page { items: work.with_roles(items).await?, next })
        })
    });
    Ok(Reply::ok(&wire::list(&groups.await?, people::group))?.into_response())
}

/// `POST …/groups`.
pub async fn create(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let once = call.once()?; //                                  400
    let wish = wishes::people::new_group(call.json()?)?; //      400, 413, 415
    let path = call.uri().path().to_owned();
    let reply = call.operations.write(&call.ctx, &realm, move |work| Box::pin(make(work, once, wish, path)));
    Ok(reply.await?.into_response())
}

async fn make(mut work: UnitOfWork<'_>, once: Once, wish: GroupWish, path: String) -> Result<Reply, Refusal> {
    if let Some(reply) = once.find(&mut work).await? {
        return Ok(reply); //                                     422
    }
    work.check_roles(&wish.roles).await?; //                     400
    let (group, _) = work.new_group(&wish.name, &wish.description, &wish.roles).await?; // 409
    let location = format!("{path}/{}", group.id);
    let reply = shown(&mut work, group).await?.created(Some(location));
    once.keep(&mut work, reply).await
}

/// A group as an answer.
async fn shown(work: &mut UnitOfWork<'_>, group: Group) -> Result<Reply, Refusal> {
    let version = group.version;
    let shown = work.with_roles(vec![group]).await?.pop().ok_or(Refusal::Internal)?;
    Ok(Reply::ok(&people::group(&shown))?.tagged(version))
}

/// `GET …/groups/{id}`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let id: GroupId = call.id("group")?; //                      404
    call.no_query()?; //                                         400
    let reply = call.operations.read(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let group = work.group_of_accounts(id).await?; //    404
            shown(&mut work, group).await
        })
    });
    Ok(reply.await?.into_response())
}

/// `PATCH …/groups/{id}`.
pub async fn update(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, condition) = (call.id("group")?, call.if_match()?); // 404, 400
    let change = wishes::people::group_change(call.json()?)?; // 400, 413, 415
    let reply = call.operations.write(&call.ctx, &realm, move |work| Box::pin(rewrite(work, id, condition, change)));
    Ok(reply.await?.into_response())
}

async fn rewrite(mut work: UnitOfWork<'_>, id: GroupId, condition: IfMatch, change: GroupChange) -> Result<Reply, Refusal> {
    let version = work.group_of_accounts(id).await?.version; //  404
    let seen = condition.seen(Some(version))?; //                412
    work.check_roles(change.roles.as_deref().unwrap_or_default()).await?; // 400
    let (group, _) = work.change_group(id, change, seen).await?; // 409
    shown(&mut work, group).await
}

/// `DELETE …/groups/{id}`.
pub async fn delete(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, condition) = (call.id("group")?, call.if_match()?); // 404, 400
    call.no_query()?; //                                         400
    let removed = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            condition.seen(Some(work.group_of_accounts(id).await?.version))?; // 404, 412
            work.remove_group(id).await //                       409
        })
    });
    removed.await?;
    Ok(Reply::nothing().into_response())
}

/// `GET …/groups/{id}/members`.
pub async fn members(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let id: GroupId = call.id("group")?; //                      404
    let page = wishes::page_by::<AccountKey>(call.uri())?; //    400
    let members = call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.insiders(id, page).await })).await?; // 404
    Ok(Reply::ok(&wire::list(&members, people::member))?.into_response())
}

/// Where something is to stand.
#[derive(Clone, Copy)]
enum Place {
    In,
    Out,
}

/// `PUT …/groups/{id}/members/{account}`.
pub async fn admit(call: Call) -> Result<Response, Refusal> {
    set_member(call, Place::In).await
}

/// `DELETE …/groups/{id}/members/{account}`.
pub async fn expel(call: Call) -> Result<Response, Refusal> {
    set_member(call, Place::Out).await
}

async fn set_member(call: Call, place: Place) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, account): (GroupId, AccountId) = (call.id("group")?, call.param("account", "account")?); // 404
    call.no_query()?; //                                         400
    let done = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            work.group_of_accounts(id).await?; //                404
            let key = work.account_to_change(&account).await?.key; // 404, 409
            match place {
                Place::In => work.add_members(id, &[key]).await,     // 409
                Place::Out => work.remove_members(id, &[key]).await, // 409
            }
        })
    });
    done.await?;
    Ok(Reply::nothing().into_response())
}

/// `PUT …/groups/{id}/groups/{inner}`.
pub async fn nest(call: Call) -> Result<Response, Refusal> {
    set_inner(call, Place::In).await
}

/// `DELETE …/groups/{id}/groups/{inner}`.
pub async fn unnest(call: Call) -> Result<Response, Refusal> {
    set_inner(call, Place::Out).await
}

async fn set_inner(call: Call, place: Place) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, inner): (GroupId, GroupId) = (call.id("group")?, call.param("inner", "group")?); // 404
    call.no_query()?; //                                         400
    let done = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            match place {
                Place::In => work.nest(id, inner).await,    //      404, 400, 409
                Place::Out => work.unnest(id, inner).await, //   404, 409
            }
        })
    });
    done.await?;
    Ok(Reply::nothing().into_response())
}
