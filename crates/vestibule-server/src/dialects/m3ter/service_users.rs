//! Service users and their credentials (`spec/m3ter-support.md`, sections 2 and 7: V1). All of it is our decision:
//! m3ter's index names these operations and nothing else is published.

use axum::response::Response;
use secrecy::ExposeSecret;
use serde::Serialize;
use vestibule_core::{
    account::Account,
    credential::Credential,
    id::{AccountKey, CredentialId},
    refusal::Refusal,
};
use vestibule_operations::{KeyState, PageRequest, PrincipalRef};

use super::{
    Asks, Of, Route,
    call::{Call, ok},
    pages, policies,
    wire::{self, Audit},
    words::{PAGE_OF_SERVICE_USERS_MAX, kind::SERVICE_USER},
};

/// V1. What is done to a credential changes its service user.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/serviceusers", "service_user.list", Asks::retrieve(SERVICE_USER, Of::Whole), |call| Box::pin(list(call))),
    Route::new("post", "/serviceusers", "service_user.create", Asks::create(SERVICE_USER), |call| Box::pin(create(call))),
    Route::new("get", "/serviceusers/{id}", "service_user.read", Asks::retrieve(SERVICE_USER, Of::Named), |call| Box::pin(show(call))),
    Route::new("put", "/serviceusers/{id}", "service_user.update", Asks::update(SERVICE_USER, Of::Named), |call| Box::pin(update(call))),
    Route::new("delete", "/serviceusers/{id}", "service_user.delete", Asks::delete(SERVICE_USER, Of::Named), |call| Box::pin(delete(call))),
    Route::new("get", "/serviceusers/{id}/permissions", "service_user.list_policies", Asks::retrieve(SERVICE_USER, Of::Named), |call| {
        Box::pin(policies(call))
    }),
    Route::new("get", "/serviceusers/{id}/credentials", "credential.list", Asks::retrieve(SERVICE_USER, Of::Named), |call| {
        Box::pin(list_keys(call))
    }),
    Route::new("post", "/serviceusers/{id}/credentials", "credential.create", Asks::update(SERVICE_USER, Of::Named), |call| {
        Box::pin(create_key(call))
    }),
    Route::new("get", "/serviceusers/{id}/credentials/{keyId}", "credential.read", Asks::retrieve(SERVICE_USER, Of::Named), |call| {
        Box::pin(show_key(call))
    }),
    Route::new("delete", "/serviceusers/{id}/credentials/{keyId}", "credential.delete", Asks::update(SERVICE_USER, Of::Named), |call| {
        Box::pin(delete_key(call))
    }),
    switches("/serviceusers/{id}/credentials/{keyId}/activate", |call| Box::pin(switch(call, KeyState::Active))),
    switches("/serviceusers/{id}/credentials/{keyId}/deactivate", |call| Box::pin(switch(call, KeyState::Inactive))),
];

const fn switches(path: &'static str, steps: super::StepsOf) -> Route {
    Route::new("put", path, "credential.update", Asks::update(SERVICE_USER, Of::Named), steps)
}

const NAME: &str = "name";
const KEY_ID: &str = "keyId";

/// `GET /serviceusers`.
async fn list(call: Call) -> Result<Response, Refusal> {
    let wish = pages::Wish::read(&call, PAGE_OF_SERVICE_USERS_MAX)?; //           400
    let fetch = |page: PageRequest| {
        call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.service_users(page).await }))
    };
    let of = pages::Of { kind: SERVICE_USER, id: |user: &Account| user.key.to_string() };
    pages::answer(&call, wish, of, fetch, ServiceUserBody::of).await //           200
}

/// `POST /serviceusers`.
async fn create(call: Call) -> Result<Response, Refusal> {
    let body = call.object()?; //                                                 400
    let name = Account::check_name(body.text(NAME)?)?; //                         400
    wire::no_version(&body)?; //                                                  400
    let made =
        call.operations.write(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.create_service_user(&name).await }));
    Ok(ok(&ServiceUserBody::of(&made.await?))) //                                 200
}

/// `GET /serviceusers/{id}`.
async fn show(call: Call) -> Result<Response, Refusal> {
    let key: AccountKey = call.id("service user")?; //                            404
    let found = call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.service_user(key).await })).await?; // 404
    Ok(ok(&ServiceUserBody::of(&found))) //                                       200
}

/// `PUT /serviceusers/{id}`.
async fn update(call: Call) -> Result<Response, Refusal> {
    let body = call.object()?; //                                                 400
    let (name, version) = (Account::check_name(body.text(NAME)?)?, wire::version(&body)?); // 400
    let key: AccountKey = call.id("service user")?; //                            404
    let written = call.operations.write(&call.ctx, &call.realm, move |mut work| {
        Box::pin(async move {
            let stored = work.service_user(key).await?; //                        404
            let seen = wire::seen(version, Some(stored.version))?; //             400
            work.rename_service_user(key, &name, seen).await
        })
    });
    Ok(ok(&ServiceUserBody::of(&written.await?))) //                              200
}

/// `DELETE /serviceusers/{id}`: the service user as it was. Its tokens are dead at once.
async fn delete(call: Call) -> Result<Response, Refusal> {
    let key: AccountKey = call.id("service user")?; //                            404
    let gone = call.operations.write(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.delete_service_user(key).await }));
    Ok(ok(&ServiceUserBody::of(&gone.await?))) //                                 200, 404
}

/// `GET /serviceusers/{id}/permissions`.
async fn policies(call: Call) -> Result<Response, Refusal> {
    let wish = pages::Wish::read(&call, PAGE_OF_SERVICE_USERS_MAX)?; //           400
    let key: AccountKey = call.id("service user")?; //                            404
    let fetch = |page: PageRequest| {
        call.operations.read(&call.ctx, &call.realm, move |mut work| {
            Box::pin(async move { work.roles_of(PrincipalRef::ServiceUser(key), page).await })
        })
    };
    policies::page(&call, wish, fetch).await //                                   200, 404
}

/// `GET …/credentials`.
async fn list_keys(call: Call) -> Result<Response, Refusal> {
    let wish = pages::Wish::read(&call, PAGE_OF_SERVICE_USERS_MAX)?; //           400
    let key: AccountKey = call.id("service user")?; //                            404
    let fetch = |page: PageRequest| {
        call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.page_key_pairs(key, page).await }))
    };
    // Whoever may see the service user may see what it signs in with.
    let of = pages::Of { kind: SERVICE_USER, id: |credential: &Credential| credential.account.to_string() };
    pages::answer(&call, wish, of, fetch, |credential| KeyBody::of(credential, None)).await // 200, 404
}

/// `POST …/credentials`: the one answer that shows the secret.
async fn create_key(call: Call) -> Result<Response, Refusal> {
    let body = call.object_or_empty()?; //                                        400
    let name = match body.text_or_none(NAME)? {
        None | Some("") => String::new(),
        Some(name) => Account::check_name(name)?, //                              400
    };
    let key: AccountKey = call.id("service user")?; //                            404
    let made =
        call.operations.write(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.create_key_pair(key, &name).await }));
    let made = made.await?; //                                                    404, 400 when there are too many
    let mut response = ok(&KeyBody::of(&made.credential, Some(made.secret.expose_secret().to_owned())));
    response.headers_mut().insert(axum::http::header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    Ok(response) //                                                               200
}

/// `GET …/credentials/{keyId}`.
async fn show_key(call: Call) -> Result<Response, Refusal> {
    let (key, id) = named(&call)?; //                                             404
    let found = call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.key_pair(key, id).await })).await?; // 404
    Ok(ok(&KeyBody::of(&found, None))) //                                         200
}

/// `DELETE …/credentials/{keyId}`: the key pair as it was; an active one is refused.
async fn delete_key(call: Call) -> Result<Response, Refusal> {
    let (key, id) = named(&call)?; //                                             404
    let gone = call.operations.write(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.delete_key_pair(key, id).await }));
    Ok(ok(&KeyBody::of(&gone.await?, None))) //                                   200, 404, 400
}

/// `PUT …/activate` and `…/deactivate`; either twice changes nothing.
async fn switch(call: Call, state: KeyState) -> Result<Response, Refusal> {
    let (key, id) = named(&call)?; //                                             404
    let written =
        call.operations.write(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.set_key_pair(key, id, state).await }));
    Ok(ok(&KeyBody::of(&written.await?, None))) //                                200, 404
}

/// The service user and the key pair that the path names.
fn named(call: &Call) -> Result<(AccountKey, CredentialId), Refusal> {
    Ok((call.id("service user")?, call.id_at(KEY_ID, "key pair")?))
}

/// A service user.
#[derive(Serialize)]
pub struct ServiceUserBody {
    id: AccountKey,
    version: i64,
    name: String,
    #[serde(flatten)]
    audit: Audit,
}

impl ServiceUserBody {
    /// A service user as it is shown.
    pub fn of(account: &Account) -> Self {
        Self {
            id: account.key,
            version: account.version,
            name: account.name.clone(),
            audit: Audit::of(account.created_at, &account.authorship),
        }
    }
}

/// A key pair. Key and secret are what the token endpoint takes as user and password.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyBody {
    id: CredentialId,
    name: String,
    api_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_secret: Option<String>,
    active: bool,
    dt_created: String,
}

impl KeyBody {
    fn of(credential: &Credential, secret: Option<String>) -> Self {
        Self {
            id: credential.id,
            name: credential.name.clone(),
            api_key: credential.public_id.clone().unwrap_or_default(),
            api_secret: secret,
            active: credential.enabled,
            dt_created: credential.created_at.millis_text(),
        }
    }
}
