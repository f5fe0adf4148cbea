//! Roles (`spec/wavefront-accounts.md`, section 6).

use axum::response::Response;
use serde_json::Value;
use vestibule_core::{
    refusal::{Fault, Malformed, Refusal},
    role::Role,
};
use vestibule_operations::{RoleChange, UnitOfWork};

use super::{
    Route,
    accounts::Edit,
    call::Call,
    envelope::{self, Warning},
    named::{self, ROLES},
    people::scene,
    wire::{
        self,
        pages::{PageBody, Window},
        roles::{ID, PERMISSIONS, RoleBody, RoleWrite},
    },
    words::{Permission, USER_MANAGEMENT},
};

/// Those operations.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/role", "role.list", |call| Box::pin(list(call))),
    Route::new("post", "/role", "role.create", |call| Box::pin(create(call))),
    Route::new("get", "/role/{id}", "role.read", |call| Box::pin(show(call))),
    Route::new("put", "/role/{id}", "role.update", |call| Box::pin(update(call))),
    Route::new("delete", "/role/{id}", "role.delete", |call| Box::pin(delete(call))),
    Route::new("post", "/role/{id}/addAssignees", "role.attach", |call| Box::pin(assign(call, Edit::Add))).listing(),
    Route::new("post", "/role/{id}/removeAssignees", "role.detach", |call| Box::pin(assign(call, Edit::Remove))).listing(),
    Route::new("post", "/role/grant/{permission}", "role.grant", |call| Box::pin(edit_permission(call, Edit::Add))).listing(),
    Route::new("post", "/role/revoke/{permission}", "role.revoke", |call| Box::pin(edit_permission(call, Edit::Remove))).listing(),
];

/// `GET /role`: the oldest first.
async fn list(call: Call) -> Result<Response, Refusal> {
    let window = Window::of_query(&call)?; //                                    400
    let page = call.read(move |mut work| {
        Box::pin(async move {
            let cut = window.cut(work.all_roles().await?);
            let (more, total) = (cut.more, cut.total);
            Ok(wire::pages::Cut { items: shown(&mut work, cut.items).await?, more, total })
        })
    });
    Ok(envelope::ok(&PageBody::new(window, page.await?))) //                     200
}

/// These roles whole.
async fn shown(work: &mut UnitOfWork<'_>, roles: Vec<Role>) -> Result<Vec<RoleBody>, Refusal> {
    let scene = scene(work, &roles).await?;
    Ok(work.role_views(roles).await?.iter().map(|view| RoleBody::whole(view, &scene)).collect())
}

/// One role whole.
async fn shown_one(work: &mut UnitOfWork<'_>, role: Role) -> Result<RoleBody, Refusal> {
    shown(work, vec![role]).await?.pop().ok_or(Refusal::Internal)
}

/// `POST /role`.
async fn create(call: Call) -> Result<Response, Refusal> {
    let wish = RoleWrite::read(&call.object()?)?; //                             400
    let name = wish.name.ok_or_else(|| Malformed::new("name", Fault::Missing))?; // 400
    let permissions = wire::actions(&wish.permissions.unwrap_or_default(), PERMISSIONS)?; // 400
    let made = call.write(move |mut work| {
        Box::pin(async move {
            let role = work.new_role(&name, &wish.description.unwrap_or_default(), &permissions).await?; // 400, 409
            shown_one(&mut work, role).await
        })
    });
    Ok(envelope::ok(&made.await?)) //                                            200
}

/// `GET /role/{id}`.
async fn show(call: Call) -> Result<Response, Refusal> {
    let id = call.param("id", "role")?; //                                       404
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let role = named::role(&mut work, &id).await?; //                    404
            shown_one(&mut work, role).await
        })
    });
    Ok(envelope::ok(&found.await?)) //                                           200
}

/// `PUT /role/{id}`: member by member (section 9.3, inferred).
async fn update(call: Call) -> Result<Response, Refusal> {
    let wish = RoleWrite::read(&call.object()?)?; //                             400
    let id = call.param("id", "role")?; //                                       404
    let changed = call.write(move |mut work| {
        Box::pin(async move {
            let role = named::role(&mut work, &id).await?; //                    404
            check_path(wish.id.as_deref(), &id)?; //                             400
            let permissions = wish.permissions.as_ref().map(|names| wire::actions(names, PERMISSIONS)).transpose()?; // 400
            let change = RoleChange { name: wish.name, description: wish.description, permissions, statements: None };
            let role = work.change_role(role.id, change, None).await?; //        400, 409
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            shown_one(&mut work, role).await
        })
    });
    Ok(envelope::ok(&changed.await?)) //                                         200
}

/// Refuses a body about another role or group than the path's (section 4).
pub fn check_path(id: Option<&str>, path: &str) -> Result<(), Malformed> {
    match id.is_none_or(|id| id.eq_ignore_ascii_case(path)) {
        true => Ok(()),
        false => Err(Malformed::new(ID, Fault::Format("the id that the path names"))),
    }
}

/// `DELETE /role/{id}`: the role as it was.
async fn delete(call: Call) -> Result<Response, Refusal> {
    let id = call.param("id", "role")?; //                                       404
    let gone = call.write(move |mut work| {
        Box::pin(async move {
            let role = named::role(&mut work, &id).await?; //                    404
            let id = role.id;
            let shown = shown_one(&mut work, role).await?;
            work.delete_role(id).await?; //                                      400 for one of ours
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            Ok(shown)
        })
    });
    Ok(envelope::ok(&gone.await?)) //                                            200
}

/// `POST /role/{id}/addAssignees` and `/removeAssignees`: accounts and groups in one list.
async fn assign(call: Call, edit: Edit) -> Result<Response, Refusal> {
    let (ids, id) = (call.ids()?, call.param("id", "role")?); //                 400, 404
    let changed = call.write(move |mut work| {
        Box::pin(async move {
            let role = named::role(&mut work, &id).await?; //                    404
            let found = named::assignees(&mut work, &ids).await?; //             400
            match edit {
                Edit::Add => work.assign_roles(&found.items, &[role.id]).await?,
                Edit::Remove => work.unassign_roles(&found.items, &[role.id]).await?,
            };
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            let mut warning = Warning::default();
            found.warn(&mut warning, named::ACCOUNTS);
            Ok((shown_one(&mut work, role).await?, warning))
        })
    });
    let (role, warning) = changed.await?;
    Ok(envelope::warned(&warning, &role)) //                                     200
}

/// `POST /role/grant/{permission}` and `/revoke/{permission}`: the first of the roles; null for an empty list.
async fn edit_permission(call: Call, edit: Edit) -> Result<Response, Refusal> {
    let action = Permission::action(&call.param("permission", "permission")?, "permission")?; // 400
    let ids = call.ids()?; //                                                    400
    let changed = call.write(move |mut work| {
        Box::pin(async move {
            let found = named::roles(&mut work, &ids).await?.some("role")?; //   400
            let mut warning = Warning::default();
            found.warn(&mut warning, ROLES);
            let ids: Vec<_> = found.items.iter().map(|role| role.id).collect();
            let (grant, revoke) = match edit {
                Edit::Add => (Some(&action), None),
                Edit::Remove => (None, Some(&action)),
            };
            let mut roles = work.change_role_permissions(&ids, grant, revoke).await?; // 400 for one that says more
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            roles.truncate(1);
            Ok((shown(&mut work, roles).await?.pop(), warning))
        })
    });
    let (first, warning) = changed.await?;
    Ok(match &first {
        Some(role) => envelope::warned(&warning, role), //                       200
        None => envelope::warned(&warning, &Value::Null),
    })
}
