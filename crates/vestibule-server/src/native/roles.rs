//! Roles: list, make, read, change, remove, and who holds them: accounts, groups, support staff.

use axum::response::{IntoResponse, Response};
use vestibule_core::{
    id::{AccountId, GroupId, RoleId},
    refusal::Refusal,
    role::{Holder, Role},
};
use vestibule_operations::{PrincipalRef, Right, RoleChange, UnitOfWork};

use super::{
    accounts,
    call::Call,
    conditional::IfMatch,
    idempotency::Once,
    reply::Reply,
    wire::{self, people},
    wishes::{self, people::RoleWish},
};

/// `GET …/roles`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let page = wishes::page_by::<RoleId>(call.uri())?; //        400
    let roles = call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.roles(page).await })).await?;
    Ok(Reply::ok(&wire::list(&roles, people::role))?.into_response())
}

/// `POST …/roles`.
pub async fn create(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let once = call.once()?; //                                  400
    let wish = wishes::people::new_role(call.json()?)?; //       400, 413, 415
    let path = call.uri().path().to_owned();
    let reply = call.operations.write(&call.ctx, &realm, move |work| Box::pin(make(work, once, wish, path)));
    Ok(reply.await?.into_response())
}

async fn make(mut work: UnitOfWork<'_>, once: Once, wish: RoleWish, path: String) -> Result<Reply, Refusal> {
    if let Some(reply) = once.find(&mut work).await? {
        return Ok(reply); //                                     422
    }
    let role = work.new_role_saying(&wish.name, &wish.description, wish.statements).await?; // 409
    let reply = shown(&role)?.created(Some(format!("{path}/{}", role.id)));
    once.keep(&mut work, reply).await
}

/// A role as an answer.
fn shown(role: &Role) -> Result<Reply, Refusal> {
    Ok(Reply::ok(&people::role(role))?.tagged(role.version))
}

/// `GET …/roles/{id}`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let id: RoleId = call.id("role")?; //                        404
    call.no_query()?; //                                         400
    let found = call.operations.read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.role(id).await })).await?; // 404
    Ok(shown(&found)?.into_response())
}

/// `PATCH …/roles/{id}`.
pub async fn update(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, condition) = (call.id("role")?, call.if_match()?); // 404, 400
    let change = wishes::people::role_change(call.json()?)?; //  400, 413, 415
    let changed = call.operations.write(&call.ctx, &realm, move |work| Box::pin(rewrite(work, id, condition, change)));
    Ok(shown(&changed.await?)?.into_response())
}

async fn rewrite(mut work: UnitOfWork<'_>, id: RoleId, condition: IfMatch, change: RoleChange) -> Result<Role, Refusal> {
    let seen = condition.seen(Some(work.role(id).await?.version))?; // 404, 412
    work.change_role(id, change, seen).await //                  409
}

/// `DELETE …/roles/{id}`.
pub async fn delete(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, condition) = (call.id("role")?, call.if_match()?); // 404, 400
    call.no_query()?; //                                         400
    let removed = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            condition.seen(Some(work.role(id).await?.version))?; // 404, 412
            work.delete_role(id).await //                        409
        })
    });
    removed.await?;
    Ok(Reply::nothing().into_response())
}

/// `GET …/support-access/roles`.
pub async fn of_support_staff(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let page = wishes::page_by::<RoleId>(call.uri())?; //        400
    let roles = call
        .operations
        .read(&call.ctx, &realm, move |mut work| Box::pin(async move { work.roles_of(PrincipalRef::SupportStaff, page).await }));
    Ok(Reply::ok(&wire::list(&roles.await?, people::role))?.into_response())
}

/// Whom a path names as the holder of a role.
enum Whom {
    Account(AccountId),
    Group(GroupId),
    SupportStaff,
}

impl Whom {
    /// The holder, who must be there and may be given roles. Refuses with 404 or 409.
    async fn find(self, work: &mut UnitOfWork<'_>) -> Result<Holder, Refusal> {
        match self {
            Self::Account(id) => Ok(Holder::Account(work.account_to_change(&id).await?.key)),
            Self::Group(id) => Ok(Holder::Group(work.group_of_accounts(id).await?.id)),
            Self::SupportStaff => Ok(Holder::SupportStaff),
        }
    }
}

/// What is to be done with a role.
#[derive(Clone, Copy)]
enum Act {
    Give,
    Take,
}

/// `PUT …/accounts/{id}/roles/{role}`.
pub async fn give_account(call: Call) -> Result<Response, Refusal> {
    set(call, |call| Ok(Whom::Account(accounts::id(call)?)), Act::Give).await
}

/// `DELETE …/accounts/{id}/roles/{role}`.
pub async fn take_from_account(call: Call) -> Result<Response, Refusal> {
    set(call, |call| Ok(Whom::Account(accounts::id(call)?)), Act::Take).await
}

/// `PUT …/groups/{id}/roles/{role}`.
pub async fn give_group(call: Call) -> Result<Response, Refusal> {
    set(call, |call| Ok(Whom::Group(call.id("group")?)), Act::Give).await
}

/// `DELETE …/groups/{id}/roles/{role}`.
pub async fn take_from_group(call: Call) -> Result<Response, Refusal> {
    set(call, |call| Ok(Whom::Group(call.id("group")?)), Act::Take).await
}

/// `PUT …/support-access/roles/{role}`.
pub async fn give_support_staff(call: Call) -> Result<Response, Refusal> {
    set(call, |_| Ok(Whom::SupportStaff), Act::Give).await
}

/// `DELETE …/support-access/roles/{role}`.
pub async fn take_from_support_staff(call: Call) -> Result<Response, Refusal> {
    set(call, |_| Ok(Whom::SupportStaff), Act::Take).await
}

async fn set(call: Call, whom: fn(&Call) -> Result<Whom, Refusal>, act: Act) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (whom, role): (_, RoleId) = (whom(&call)?, call.param("role", "role")?); // 404
    call.no_query()?; //                                         400
    let done = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let holder = whom.find(&mut work).await?; //         404, 409
            let role = work.role(role).await?.id; //             404
            match act {
                Act::Give => work.assign_roles(&[holder], &[role]).await,
                Act::Take => work.unassign_roles(&[holder], &[role]).await,
            }
        })
    });
    done.await?;
    Ok(Reply::nothing().into_response())
}
