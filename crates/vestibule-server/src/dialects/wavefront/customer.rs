//! Settings of the customer (`spec/wavefront-accounts.md`, section 6, "Settings"): what permissions there are, and what new
//! users get unless a request says otherwise (section 9.6).

use axum::response::Response;
use serde::Serialize;
use vestibule_core::refusal::Refusal;
use vestibule_operations::{AccountDefaults, UnitOfWork};

use super::{
    Route,
    call::Call,
    envelope, named,
    people::scene,
    wire::{self, groups::GroupBody},
    words::PERMISSIONS,
};

/// Those operations.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/customer/permissions", "permission.list", |call| Box::pin(permissions(call))),
    Route::new("get", "/customer/preferences", "defaults.read", |call| Box::pin(show(call))),
    Route::new("post", "/customer/preferences", "defaults.update", |call| Box::pin(update(call))),
];

const INVITE_PERMISSIONS: &str = "invitePermissions";
const DEFAULT_USER_GROUPS: &str = "defaultUserGroups";

/// One permission, for people.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PermissionBody {
    group_name: &'static str,
    display_name: &'static str,
    description: &'static str,
    required_default: bool,
}

/// `GET /customer/permissions`: a list without an envelope. Nobody must have any.
async fn permissions(_: Call) -> Result<Response, Refusal> {
    let shown = PERMISSIONS.map(|permission| PermissionBody {
        group_name: permission.name,
        display_name: permission.display,
        description: permission.allows,
        required_default: false,
    });
    Ok(envelope::bare(&shown)) //                                                200
}

/// What new users get: of the published preferences these two are kept.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PreferencesBody {
    customer_id: String,
    invite_permissions: Vec<&'static str>,
    default_user_groups: Vec<GroupBody>,
}

/// `GET /customer/preferences`: without an envelope.
async fn show(call: Call) -> Result<Response, Refusal> {
    let shown = call.read(move |mut work| Box::pin(async move { shown(&mut work).await }));
    Ok(envelope::bare(&shown.await?)) //                                         200
}

async fn shown(work: &mut UnitOfWork<'_>) -> Result<PreferencesBody, Refusal> {
    let defaults = work.account_defaults().await?;
    let ids: Vec<_> = defaults.groups.iter().map(ToString::to_string).collect();
    let groups = named::groups(work, &ids).await?.items;
    let scene = scene(work, []).await?;
    Ok(PreferencesBody {
        customer_id: scene.customer.clone(),
        invite_permissions: wire::permission_names(&defaults.permissions),
        default_user_groups: groups.iter().map(|group| GroupBody::sample(group, &scene)).collect(),
    })
}

/// `POST /customer/preferences`: member by member.
async fn update(call: Call) -> Result<Response, Refusal> {
    let body = call.object()?; //                                                400
    let names = wire::texts(&body, INVITE_PERMISSIONS)?; //                      400
    let ids = wire::ids_or_none(&body, DEFAULT_USER_GROUPS)?; //                 400
    let permissions = names.map(|names| wire::actions(&names, INVITE_PERMISSIONS)).transpose()?; // 400
    let changed = call.write(move |mut work| {
        Box::pin(async move {
            let stored = work.account_defaults().await?;
            let groups = match ids {
                Some(ids) => {
                    let found = named::groups(&mut work, &ids).await?.some("user group")?; // 400
                    found.items.iter().map(|group| group.id).collect()
                }
                None => stored.groups,
            };
            let wish = AccountDefaults { permissions: permissions.unwrap_or(stored.permissions), groups };
            work.set_account_defaults(wish).await?;
            shown(&mut work).await
        })
    });
    Ok(envelope::bare(&changed.await?)) //                                       200
}
