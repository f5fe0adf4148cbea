//! Credentials of an account: list, make, read, change, revoke. What proves one is shown once, when it is made.

use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use vestibule_core::{
    id::{AccountId, CredentialId},
    refusal::Refusal,
};
use vestibule_operations::{CredentialWish, Right, UnitOfWork};

use super::{
    accounts,
    call::Call,
    idempotency::Once,
    reply::Reply,
    wire::{self, people},
    wishes,
};

/// The account and the credential that a path names.
fn ids(call: &Call) -> Result<(AccountId, CredentialId), Refusal> {
    Ok((accounts::id(call)?, call.param("credential", "credential")?))
}

/// `GET …/accounts/{id}/credentials`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let id = accounts::id(&call)?; //                            404
    let page = wishes::page_by::<CredentialId>(call.uri())?; //  400
    let held = call.operations.read(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let account = work.account(&id).await?; //           404
            work.credentials_of(&account, page).await
        })
    });
    Ok(Reply::ok(&wire::list(&held.await?, people::credential))?.into_response())
}

/// `POST …/accounts/{id}/credentials`.
pub async fn create(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, once) = (accounts::id(&call)?, call.once()?); //    404, 400
    let wish = wishes::people::new_credential(call.json()?)?; // 400, 413, 415
    let path = call.uri().path().to_owned();
    let reply = call.operations.write(&call.ctx, &realm, move |work| Box::pin(make(work, once, id, wish, path)));
    Ok(reply.await?.into_response())
}

/// Makes it once: the answer, with what proves it, is kept sealed in the transaction that makes it.
async fn make(mut work: UnitOfWork<'_>, once: Once, id: AccountId, wish: CredentialWish, path: String) -> Result<Reply, Refusal> {
    if let Some(reply) = once.find(&mut work).await? {
        return Ok(reply); //                                     422
    }
    let account = work.account_to_change(&id).await?; //         404, 409
    let made = work.make_credential(&account, wish).await?; //   400, 409
    let shown = Reply::ok(&people::made_credential(&made.credential, made.secret.expose_secret()))?;
    once.keep(&mut work, shown.created(Some(format!("{path}/{}", made.credential.id)))).await
}

/// `GET …/accounts/{id}/credentials/{credential}`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, credential) = ids(&call)?; //                       404
    call.no_query()?; //                                         400
    let found = call.operations.read(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let account = work.account(&id).await?; //           404
            work.credential_of(&account, credential).await //    404
        })
    });
    Ok(Reply::ok(&people::credential(&found.await?))?.into_response())
}

/// `PATCH …/accounts/{id}/credentials/{credential}`.
pub async fn update(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, credential) = ids(&call)?; //                       404
    let change = wishes::people::credential_change(call.json()?)?; // 400, 413, 415
    let changed = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let account = work.account_to_change(&id).await?; // 404, 409
            work.change_credential(&account, credential, change).await // 404
        })
    });
    Ok(Reply::ok(&people::credential(&changed.await?))?.into_response())
}

/// `DELETE …/accounts/{id}/credentials/{credential}`.
pub async fn delete(call: Call) -> Result<Response, Refusal> {
    let realm = call.allow(Right::AdministerRealm)?; //          404, 403
    let (id, credential) = ids(&call)?; //                       404
    call.no_query()?; //                                         400
    let revoked = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let account = work.account_to_change(&id).await?; // 404, 409
            work.remove_credential(&account, credential).await // 404
        })
    });
    revoked.await?;
    Ok(Reply::nothing().into_response())
}
