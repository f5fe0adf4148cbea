//! Groups (`spec/wavefront-accounts.md`, sections 6 and 9.6).

use axum::response::Response;
use vestibule_core::{
    account::Account,
    group::Group,
    refusal::{Fault, Malformed, Refusal},
    role::Holder,
};
use vestibule_operations::{GroupChange, UnitOfWork};

use super::{
    Route,
    accounts::{Edit, KEPT},
    call::Call,
    envelope::{self, Warning},
    named::{self, Place, Whom},
    people::scene,
    roles::check_path,
    wire::{
        groups::{GroupBody, GroupWrite},
        pages::{Cut, PageBody, Window},
    },
    words::USER_MANAGEMENT,
};

/// Those operations.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/usergroup", "group.list", |call| Box::pin(list(call))),
    Route::new("post", "/usergroup", "group.create", |call| Box::pin(create(call))).listing(),
    Route::new("get", "/usergroup/{id}", "group.read", |call| Box::pin(show(call))),
    Route::new("put", "/usergroup/{id}", "group.update", |call| Box::pin(update(call))).listing(),
    Route::new("delete", "/usergroup/{id}", "group.delete", |call| Box::pin(delete(call))),
    Route::new("post", "/usergroup/{id}/addUsers", "group.add", |call| Box::pin(edit_users(call, Edit::Add))).listing(),
    Route::new("post", "/usergroup/{id}/removeUsers", "group.remove", |call| Box::pin(edit_users(call, Edit::Remove))).listing(),
    Route::new("post", "/usergroup/{id}/addRoles", "role.attach", |call| Box::pin(edit_roles(call, Edit::Add))).listing(),
    Route::new("post", "/usergroup/{id}/removeRoles", "role.detach", |call| Box::pin(edit_roles(call, Edit::Remove))).listing(),
];

/// `GET /usergroup`: those that the realm keeps first, then the oldest.
async fn list(call: Call) -> Result<Response, Refusal> {
    let window = Window::of_query(&call)?; //                                    400
    let page = call.read(move |mut work| {
        Box::pin(async move {
            let cut = window.cut(work.all_groups().await?);
            let (more, total) = (cut.more, cut.total);
            Ok(Cut { items: shown(&mut work, cut.items).await?, more, total })
        })
    });
    Ok(envelope::ok(&PageBody::new(window, page.await?))) //                     200
}

/// These groups whole.
pub async fn shown(work: &mut UnitOfWork<'_>, groups: Vec<Group>) -> Result<Vec<GroupBody>, Refusal> {
    let views = work.group_views(groups).await?;
    let scene = scene(work, views.iter().flat_map(|view| &view.roles)).await?;
    Ok(views.iter().map(|view| GroupBody::whole(view, &scene)).collect())
}

/// One group whole.
async fn shown_one(work: &mut UnitOfWork<'_>, group: Group) -> Result<GroupBody, Refusal> {
    shown(work, vec![group]).await?.pop().ok_or(Refusal::Internal)
}

/// `POST /usergroup`.
async fn create(call: Call) -> Result<Response, Refusal> {
    let wish = GroupWrite::read(&call.object()?)?; //                            400
    let name = wish.name.ok_or_else(|| Malformed::new("name", Fault::Missing))?; // 400
    let made = call.write(move |mut work| {
        Box::pin(async move {
            let mut warning = Warning::default();
            let roles = named::roles(&mut work, &wish.roles.unwrap_or_default()).await?.some("role")?; // 400
            roles.warn(&mut warning, named::ROLES);
            let roles: Vec<_> = roles.items.iter().map(|role| role.id).collect();
            let (group, _) = work.new_group(&name, &wish.description.unwrap_or_default(), &roles).await?; // 400, 409
            Ok((shown_one(&mut work, group).await?, warning))
        })
    });
    let (group, warning) = made.await?;
    Ok(envelope::warned(&warning, &group)) //                                    200
}

/// `GET /usergroup/{id}`.
async fn show(call: Call) -> Result<Response, Refusal> {
    let id = call.param("id", "group")?; //                                      404
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let group = named::group(&mut work, &id).await?; //                  404
            shown_one(&mut work, group).await
        })
    });
    Ok(envelope::ok(&found.await?)) //                                           200
}

/// `PUT /usergroup/{id}`: member by member (section 9.3, inferred).
async fn update(call: Call) -> Result<Response, Refusal> {
    let wish = GroupWrite::read(&call.object()?)?; //                            400
    let id = call.param("id", "group")?; //                                      404
    let changed = call.write(move |mut work| {
        Box::pin(async move {
            let group = named::group(&mut work, &id).await?; //                  404
            check_path(wish.id.as_deref(), &id)?; //                             400
            let mut warning = Warning::default();
            let roles = match &wish.roles {
                Some(ids) => {
                    let found = named::roles(&mut work, ids).await?.some("role")?; // 400
                    found.warn(&mut warning, named::ROLES);
                    Some(found.items.iter().map(|role| role.id).collect())
                }
                None => None,
            };
            let change = GroupChange { name: wish.name, description: wish.description, roles };
            let (group, _) = work.change_group(group.id, change, None).await?; // 400, 409
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            Ok((shown_one(&mut work, group).await?, warning))
        })
    });
    let (group, warning) = changed.await?;
    Ok(envelope::warned(&warning, &group)) //                                    200
}

/// `DELETE /usergroup/{id}`: the group as it was.
async fn delete(call: Call) -> Result<Response, Refusal> {
    let id = call.param("id", "group")?; //                                      404
    let gone = call.write(move |mut work| {
        Box::pin(async move {
            let group = named::group(&mut work, &id).await?; //                  404
            let id = group.id;
            let shown = shown_one(&mut work, group).await?;
            work.remove_group(id).await?; //                                     400 for one that the realm keeps
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            Ok(shown)
        })
    });
    Ok(envelope::ok(&gone.await?)) //                                            200
}

/// `POST /usergroup/{id}/addUsers` and `/removeUsers`: robots can be in groups, too.
async fn edit_users(call: Call, edit: Edit) -> Result<Response, Refusal> {
    let (ids, id) = (call.ids()?, call.param("id", "group")?); //                400, 404
    let changed = call.write(move |mut work| {
        Box::pin(async move {
            let group = named::group(&mut work, &id).await?; //                  404
            let found = named::accounts(&mut work, &ids).await?.only_those(Whom::Anybody).some("account")?; // 400
            let mut warning = Warning::default();
            found.warn(&mut warning, named::ACCOUNTS);
            let group = edit_members(&mut work, group, &found.items, edit, &mut warning).await?; // 400
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            Ok((shown_one(&mut work, group).await?, warning))
        })
    });
    let (group, warning) = changed.await?;
    Ok(envelope::warned(&warning, &group)) //                                    200
}

/// Who is in a group that the realm keeps cannot be taken out, and who is not can never be in: that is passed over
/// (section 9.6, inferred).
async fn edit_members(
    work: &mut UnitOfWork<'_>,
    group: Group,
    accounts: &[Account],
    edit: Edit,
    warning: &mut Warning,
) -> Result<Group, Refusal> {
    let of = &group;
    let at = |place| accounts.iter().filter(move |account| named::place(account.kind, of) == place);
    let foreign: Vec<_> = at(Place::Foreign).map(|account| account.id.clone()).collect();
    let free: Vec<_> = at(Place::Free).map(|account| account.key).collect();
    if edit == Edit::Remove && at(Place::Kept).next().is_some() {
        return Err(KEPT);
    }
    warning.ignored(named::ACCOUNTS, &foreign);
    match edit {
        _ if free.is_empty() => Ok(group),
        Edit::Add => work.add_members(group.id, &free).await,
        Edit::Remove => work.remove_members(group.id, &free).await,
    }
}

/// `POST /usergroup/{id}/addRoles` and `/removeRoles`; of groups that the realm keeps, too.
async fn edit_roles(call: Call, edit: Edit) -> Result<Response, Refusal> {
    let (ids, id) = (call.ids()?, call.param("id", "group")?); //                400, 404
    let changed = call.write(move |mut work| {
        Box::pin(async move {
            let group = named::group(&mut work, &id).await?; //                  404
            let found = named::roles(&mut work, &ids).await?.some("role")?; //   400
            let mut warning = Warning::default();
            found.warn(&mut warning, named::ROLES);
            let roles: Vec<_> = found.items.iter().map(|role| role.id).collect();
            let holders = [Holder::Group(group.id)];
            match edit {
                Edit::Add => work.assign_roles(&holders, &roles).await?,
                Edit::Remove => work.unassign_roles(&holders, &roles).await?,
            };
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            Ok((shown_one(&mut work, group).await?, warning))
        })
    });
    let (group, warning) = changed.await?;
    Ok(envelope::warned(&warning, &group)) //                                    200
}
