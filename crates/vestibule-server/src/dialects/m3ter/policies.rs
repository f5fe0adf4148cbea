//! Permission policies, which are the realm's roles (section 6 of the page, P1 to P5), and those attached to
//! support staff (S3).

use axum::response::Response;
use serde::Serialize;
use vestibule_core::{
    id::RoleId,
    refusal::{Fault, Malformed, Refusal},
    role::Role,
};
use vestibule_operations::{Page, PageRequest, PrincipalRef, RoleWish};

use super::{
    Asks, EnumCase, Of, Route,
    call::{Call, ok},
    pages,
    statements::{self, Shown},
    wire::{self, Audit},
    words::{
        PAGE_OF_POLICIES_MAX, PAGE_OF_SUPPORT_POLICIES_MAX,
        kind::{POLICY, SUPPORT},
    },
};
use crate::body::Object;

/// S3 and P1 to P5.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/support-permissions", "support.list_policies", Asks::retrieve(SUPPORT, Of::Organization), |call| {
        Box::pin(list_of_support(call))
    }),
    Route::new("get", "/permissionpolicies", "role.list", Asks::retrieve(POLICY, Of::Whole), |call| Box::pin(list(call))),
    Route::new("post", "/permissionpolicies", "role.create", Asks::create(POLICY), |call| Box::pin(create(call))),
    Route::new("get", "/permissionpolicies/{id}", "role.read", Asks::retrieve(POLICY, Of::Named), |call| Box::pin(show(call))),
    Route::new("put", "/permissionpolicies/{id}", "role.update", Asks::update(POLICY, Of::Named), |call| Box::pin(update(call))),
    Route::new("delete", "/permissionpolicies/{id}", "role.delete", Asks::delete(POLICY, Of::Named), |call| Box::pin(delete(call))),
];

const NAME: &str = "name";
const STATEMENTS: &str = "permissionPolicy";

/// S3.
async fn list_of_support(call: Call) -> Result<Response, Refusal> {
    let wish = pages::Wish::read(&call, PAGE_OF_SUPPORT_POLICIES_MAX)?; //       400
    let fetch = |page: PageRequest| {
        call.operations
            .read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.roles_of(PrincipalRef::SupportStaff, page).await }))
    };
    page(&call, wish, fetch).await //                                            200
}

/// P1.
async fn list(call: Call) -> Result<Response, Refusal> {
    let wish = pages::Wish::read(&call, PAGE_OF_POLICIES_MAX)?; //               400
    let fetch =
        |page: PageRequest| call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.roles(page).await }));
    page(&call, wish, fetch).await //                                            200
}

/// A page of policies, of those that the caller may see.
pub async fn page<F>(call: &Call, wish: pages::Wish, fetch: impl Fn(PageRequest) -> F) -> Result<Response, Refusal>
where
    F: Future<Output = Result<Page<Role>, Refusal>>,
{
    let case = call.door.enums;
    let of = pages::Of { kind: POLICY, id: |role: &Role| role.id.to_string() };
    pages::answer(call, wish, of, fetch, |role| shown(role, case)).await
}

/// P2.
async fn create(call: Call) -> Result<Response, Refusal> {
    let body = call.object()?; //                                                400
    let wish = read(&body, call.door.enums)?; //                                 400
    wire::no_version(&body)?; //                                                 400
    let made = call.operations.write(&call.ctx, &call.realm, |mut work| Box::pin(async move { work.create_role(wish).await }));
    Ok(ok(&shown(&made.await?, call.door.enums))) //                             200
}

/// P3.
async fn show(call: Call) -> Result<Response, Refusal> {
    let id: RoleId = call.id("policy")?; //                                      404
    let found = call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.role(id).await })).await?; // 404
    Ok(ok(&shown(&found, call.door.enums))) //                                   200
}

/// P4.
async fn update(call: Call) -> Result<Response, Refusal> {
    let body = call.object()?; //                                                400
    let (wish, version) = (read(&body, call.door.enums)?, wire::version(&body)?); // 400
    let id: RoleId = call.id("policy")?; //                                      404
    let written = call.operations.write(&call.ctx, &call.realm, move |mut work| {
        Box::pin(async move {
            let stored = work.role(id).await?; //                                404
            let seen = wire::seen(version, Some(stored.version))?; //            400
            work.update_role(id, wish, seen).await //                            400 for a managed one
        })
    });
    Ok(ok(&shown(&written.await?, call.door.enums))) //                          200
}

/// P5: the policy as it was.
async fn delete(call: Call) -> Result<Response, Refusal> {
    let id: RoleId = call.id("policy")?; //                                      404
    let gone = call.operations.write(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.delete_role(id).await }));
    Ok(ok(&shown(&gone.await?, call.door.enums))) //                             200, 404, 400 for a managed one
}

/// `PermissionPolicyRequest`, but for its version.
fn read(body: &Object, case: EnumCase) -> Result<RoleWish, Malformed> {
    let name = Role::check_name(body.text(NAME)?)?;
    let statements = statements::read(body, STATEMENTS, case)?.ok_or_else(|| Malformed::new(STATEMENTS, Fault::Missing))?;
    match statements.is_empty() {
        true => Err(Malformed::new(STATEMENTS, Fault::Empty)),
        false => Ok(RoleWish { name, statements }),
    }
}

/// `PermissionPolicy`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyBody {
    id: RoleId,
    version: i64,
    name: String,
    managed_policy: bool,
    permission_policy: Shown,
    #[serde(flatten)]
    audit: Audit,
}

/// A policy as it is shown.
pub fn shown(role: &Role, case: EnumCase) -> PolicyBody {
    PolicyBody {
        id: role.id,
        version: role.version,
        name: role.name.clone(),
        managed_policy: role.managed,
        permission_policy: Shown::new(&role.statements, case),
        audit: Audit::of(role.created_at, &role.authorship),
    }
}
