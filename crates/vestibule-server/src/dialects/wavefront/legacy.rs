//! The older addresses of users, `/user`, which are deprecated and which two clients still use
//! (`spec/wavefront-accounts.md`, section 6). They do what those of `/account` do, for people alone; answers of POST and
//! PUT are both bare and in the envelope (section 3).

use axum::{http::StatusCode, response::IntoResponse, response::Response};
use vestibule_core::refusal::Refusal;

use super::{
    Asks, Route,
    accounts::{self, Edit},
    call::Call,
    envelope::{self, Warning},
    named::Whom,
    people::People,
    users,
    words::Permission,
};

/// Those operations.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/user", "account.list", |call| Box::pin(list(call))),
    Route::new("post", "/user", "account.create", |call| {
        Box::pin(async move {
            let (people, warning) = users::put(&call).await?;
            Ok(both(&people, &warning))
        })
    }),
    Route::new("get", "/user/{id}", "account.read", |call| {
        Box::pin(async move { Ok(envelope::bare(&accounts::one(&call, Whom::Users).await?.user())) })
    })
    .for_all_who(Asks::AccountsOrOneself),
    Route::new("put", "/user/{id}", "account.update", |call| {
        Box::pin(async move {
            let (people, warning) = users::change(&call).await?;
            Ok(both(&people, &warning))
        })
    }),
    Route::new("delete", "/user/{id}", "account.delete", |call| Box::pin(delete(call))),
    Route::new("post", "/user/{id}/addUserGroups", "group.add", |call| {
        Box::pin(async move { Ok(envelope::bare(&accounts::edit_groups(call, Edit::Add, Whom::Users).await?)) })
    })
    .listing(),
    Route::new("post", "/user/{id}/removeUserGroups", "group.remove", |call| {
        Box::pin(async move { Ok(envelope::bare(&accounts::edit_groups(call, Edit::Remove, Whom::Users).await?)) })
    })
    .listing(),
    Route::new("post", "/user/{id}/grant", "account.grant", |call| Box::pin(edit_permission(call, Edit::Add))),
    Route::new("post", "/user/{id}/revoke", "account.revoke", |call| Box::pin(edit_permission(call, Edit::Remove))),
    Route::new("post", "/user/grant/{permission}", "account.grant", |call| {
        Box::pin(accounts::edit_permission_of_many(call, Edit::Add, Whom::Users))
    })
    .listing(),
    Route::new("post", "/user/revoke/{permission}", "account.revoke", |call| {
        Box::pin(accounts::edit_permission_of_many(call, Edit::Remove, Whom::Users))
    })
    .listing(),
    Route::new("post", "/user/invite", "account.invite", |call| {
        Box::pin(async move { Ok(envelope::bare(&users::invite_all(&call).await?.user())) })
    })
    .listing(),
    Route::new("post", "/user/deleteUsers", "account.delete", |call| Box::pin(accounts::delete_many(call, Whom::Users))).listing(),
    Route::new("post", "/user/validateUsers", "account.validate", |call| Box::pin(accounts::validate(call, Whom::Users))).listing(),
    Route::new("get", "/user/{id}/businessFunctions", "account.read", |call| Box::pin(business_functions(call)))
        .for_all_who(Asks::AccountsOrOneself),
];

/// A user both bare and in the envelope.
fn both(people: &People, warning: &Warning) -> Response {
    let user = people.user();
    envelope::superset(warning, &user, &user)
}

/// `GET /user`: a list without an envelope.
async fn list(call: Call) -> Result<Response, Refusal> {
    Ok(envelope::bare(&users::all(&call).await?.users())) //   200
}

/// `DELETE /user/{id}`: no body at all.
async fn delete(call: Call) -> Result<Response, Refusal> {
    accounts::delete_one(&call, Whom::Users).await?; //                          404, 400
    Ok(StatusCode::OK.into_response()) //                                        200
}

/// `POST /user/{id}/grant` and `/revoke`: the permission stands in a form.
async fn edit_permission(call: Call, edit: Edit) -> Result<Response, Refusal> {
    let name = call.form(GROUP)?; //                                             400, 415
    let action = Permission::action(&name, GROUP)?; //                           400
    let id = call.account()?; //                                                 404
    Ok(envelope::bare(&accounts::edit_one(&call, id, action, edit, Whom::Users).await?)) // 200
}

/// The form's field that names a permission.
const GROUP: &str = "group";

/// `GET /user/{id}/businessFunctions`: the contract of old types it as a user, so that it is both.
async fn business_functions(call: Call) -> Result<Response, Refusal> {
    let people = accounts::one(&call, Whom::Users).await?; //                    404
    let functions = accounts::functions_of(&people)?;
    Ok(envelope::superset(&Warning::default(), &people.user(), &functions)) //   200
}
