//! Accounts: list, make, read, change, remove, and what each may do by which path.

use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_core::{account::Account, id::AccountId, refusal::Refusal};
use vestibule_operations::{AccountChange, AccountDetails, NewAccount, Page, Right, UnitOfWork};

use super::{
    call::Call,
    conditional::IfMatch,
    idempotency::Once,
    reply::Reply,
    wire::{self, people},
    wishes,
};

/// What is written otherwise in a segment of a path (RFC 3986, section 3.3); ids mostly have none of it.
const IN_A_SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@').remove(b':').remove(b'+');

/// The account that a path names.
pub fn id(call: &Call) -> Result<AccountId, Refusal> {
    call.id("account")
}

/// `GET …/accounts`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (kinds, page) = wishes::people::accounts(call.uri())?; // 400
    let views = call.operations.read(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let Page { items, next } = work.accounts(&kinds, page).await?;
            Ok(Page { items: work.account_views(items).await?, next })
        })
    });
    Ok(Reply::ok(&wire::list(&views.await?, people::account))?.into_response())
}

/// `POST …/accounts`.
pub async fn create(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let once = call.once()?; //                                  400
    let wish = wishes::people::new_account(call.json()?)?; //    400, 413, 415
    let path = call.uri().path().to_owned();
    let reply = call.operations.write(&call.ctx, &realm, move |work| Box::pin(make(work, once, wish, path)));
    Ok(reply.await?.into_response())
}

async fn make(mut work: UnitOfWork<'_>, once: Once, (new, details): (NewAccount, AccountDetails), path: String) -> Result<Reply, Refusal> {
    if let Some(reply) = once.find(&mut work).await? {
        return Ok(reply); //                                     422
    }
    work.check_rights(new.kind, &new.roles, new.groups.as_deref().unwrap_or_default()).await?; // 400
    let made = work.new_account_with(new, details).await?; //    400, 409
    let location = format!("{path}/{}", utf8_percent_encode(made.account.id.as_str(), IN_A_SEGMENT));
    let reply = shown(&mut work, made.account).await?.created(Some(location));
    once.keep(&mut work, reply).await
}

/// An account as an answer.
async fn shown(work: &mut UnitOfWork<'_>, account: Account) -> Result<Reply, Refusal> {
    let view = work.account_view(account).await?;
    Ok(Reply::ok(&people::account(&view))?.tagged(view.account.version))
}

/// `GET …/accounts/{id}`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let id = id(&call)?; //                                      404
    call.no_query()?; //                                         400
    let reply = call.operations.read(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let account = work.account(&id).await?; //           404
            shown(&mut work, account).await
        })
    });
    Ok(reply.await?.into_response())
}

/// `PATCH …/accounts/{id}`.
pub async fn update(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, condition) = (id(&call)?, call.if_match()?); //     404, 400
    let change = wishes::people::account_change(call.json()?)?; // 400, 413, 415
    let reply = call.operations.write(&call.ctx, &realm, move |work| Box::pin(rewrite(work, id, condition, change)));
    Ok(reply.await?.into_response())
}

async fn rewrite(mut work: UnitOfWork<'_>, id: AccountId, condition: IfMatch, change: AccountChange) -> Result<Reply, Refusal> {
    let account = work.account_to_change(&id).await?; //         404, 409
    let seen = condition.seen(Some(account.version))?; //        412
    let (roles, groups) = (change.roles.as_deref().unwrap_or_default(), change.groups.as_deref().unwrap_or_default());
    work.check_rights(account.kind, roles, groups).await?; //    400
    let changed = work.change_account(account.key, change, seen).await?; // 409
    shown(&mut work, changed.account).await
}

/// `DELETE …/accounts/{id}`.
pub async fn delete(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, condition) = (id(&call)?, call.if_match()?); //     404, 400
    call.no_query()?; //                                         400
    let removed = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let account = work.account_to_change(&id).await?; // 404, 409
            condition.seen(Some(account.version))?; //           412
            work.remove_accounts(&[account.key]).await //        409
        })
    });
    removed.await?;
    Ok(Reply::nothing().into_response())
}

/// `GET …/accounts/{id}/rights`.
pub async fn rights(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let id = id(&call)?; //                                      404
    call.no_query()?; //                                         400
    let principal = call.operations.rights_of(&call.ctx, &realm, &id).await?; // 404
    Ok(Reply::ok(&people::rights(&principal, call.ctx.now))?.into_response())
}
