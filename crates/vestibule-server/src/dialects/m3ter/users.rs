//! The organization's users, the caller among them (`spec/m3ter-support.md`, sections 2 and 7: U1 to U5).

use std::collections::BTreeSet;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use vestibule_core::{
    account::{Account, AccountKind},
    group::Group,
    id::AccountKey,
    realm::Realm,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{PageRequest, PrincipalRef, Reach, UserWish, VISITOR_PREFIX};

use super::{
    Asks, EnumCase, Of, Route,
    call::{Call, ok},
    pages, policies, resource_groups,
    service_users::ServiceUserBody,
    statements::{self, Shown},
    wire::{self, Audit},
    words::{
        IDS_MAX, PAGE_OF_USERS_MAX,
        kind::{RESOURCE_GROUP, USER},
    },
};
use crate::body::Object;

/// U1 to U5.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/users", "user.list", Asks::retrieve(USER, Of::Whole), |call| Box::pin(list(call))),
    // Whoever has a token may ask who that is.
    Route::new("get", "/users/me", "user.read_self", None, |call| Box::pin(me(call))),
    Route::new("get", "/users/{id}", "user.read", Asks::retrieve(USER, Of::Named), |call| Box::pin(show(call))),
    Route::new("put", "/users/{id}", "user.update", Asks::update(USER, Of::Named), |call| Box::pin(update(call))),
    Route::new("get", "/users/{id}/permissions", "user.list_policies", Asks::retrieve(USER, Of::Named), |call| Box::pin(policies(call))),
    Route::new("get", "/users/{id}/usergroups", "user.list_groups", Asks::retrieve(USER, Of::Named), |call| Box::pin(groups(call))),
    // The one place where the published file names 401: for whoever may not.
    Route::new("put", "/users/{id}/password/resend", "user.resend", Asks::update(USER, Of::Named), |call| Box::pin(resend(call)))
        .denied_with(StatusCode::UNAUTHORIZED),
];

const IDS: &str = "ids";
const INHERITED: &str = "inherited";
const ENDS_AT: &str = "dtEndAccess";
const STATEMENTS: &str = "permissionPolicy";

/// U1.
async fn list(call: Call) -> Result<Response, Refusal> {
    let (wish, ids) = (pages::Wish::read(&call, PAGE_OF_USERS_MAX)?, ids(&call)?); // 400
    let fetch = |page: PageRequest| {
        let ids = ids.clone();
        call.operations.read(&call.ctx, &call.realm, move |mut work| {
            Box::pin(async move {
                match ids {
                    Some(ids) => work.users_among(&ids, page).await,
                    None => work.users(page).await,
                }
            })
        })
    };
    let of = pages::Of { kind: USER, id: |user: &Account| user.key.to_string() };
    pages::answer(&call, wish, of, fetch, |user| UserBody::of(user, &call)).await // 200
}

/// The users that `ids` names, as one comma-joined value; what is no id is nobody.
fn ids(call: &Call) -> Result<Option<BTreeSet<AccountKey>>, Malformed> {
    let Some(joined) = pages::parameter(call, IDS)? else { return Ok(None) };
    match joined.split(',').count() {
        few if few <= IDS_MAX => Ok(Some(joined.split(',').filter_map(|id| id.trim().parse().ok()).collect())),
        _ => Err(Malformed::new(IDS, Fault::TooMany { limit: IDS_MAX })),
    }
}

/// U2, `GET`.
async fn show(call: Call) -> Result<Response, Refusal> {
    let key: AccountKey = call.id("user")?; //                                    404
    let found = call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.user(key).await })).await?; // 404
    Ok(ok(&UserBody::of(&found, &call))) //                                       200
}

/// U2, `PUT`: what is left out is cleared (section 7, inferred).
async fn update(call: Call) -> Result<Response, Refusal> {
    let body = call.object()?; //                                                 400
    let (wish, version) = (read(&body, call.door.enums)?, wire::version(&body)?); // 400
    let key: AccountKey = call.id("user")?; //                                    404
    let written = call.operations.write(&call.ctx, &call.realm, move |mut work| {
        Box::pin(async move {
            let stored = work.user(key).await?; //                                404
            let seen = wire::seen(version, Some(stored.version))?; //             400
            work.update_user(key, wish, seen).await //                            400 for a visiting agent
        })
    });
    Ok(ok(&UserBody::of(&written.await?, &call))) //                              200
}

/// `OrgUserRequest`, but for its version.
fn read(body: &Object, case: EnumCase) -> Result<UserWish, Malformed> {
    let statements = statements::read(body, STATEMENTS, case)?.unwrap_or_default();
    Ok(UserWish { ends_at: wire::date_time_or_none(body, ENDS_AT)?, statements })
}

/// U3: the policies attached to the user, not those of groups (section 7, inferred).
async fn policies(call: Call) -> Result<Response, Refusal> {
    let wish = pages::Wish::read(&call, PAGE_OF_USERS_MAX)?; //                   400
    let key: AccountKey = call.id("user")?; //                                    404
    let fetch = |page: PageRequest| {
        call.operations.read(&call.ctx, &call.realm, move |mut work| {
            Box::pin(async move {
                match work.user(key).await?.kind {
                    // Agents hold policies only together.
                    AccountKind::Support => work.roles_of(PrincipalRef::SupportStaff, page).await,
                    AccountKind::User | AccountKind::Service => work.roles_of(PrincipalRef::User(key), page).await,
                }
            })
        })
    };
    policies::page(&call, wish, fetch).await //                                   200, 404
}

/// U3: the user groups, those around them too with `inherited=true`.
async fn groups(call: Call) -> Result<Response, Refusal> {
    let wish = pages::Wish::read(&call, PAGE_OF_USERS_MAX)?; //                   400
    let reach = match pages::parameter(&call, INHERITED)?.as_deref() {
        None | Some("false") => Reach::Direct,
        Some("true") => Reach::Inherited,
        Some(_) => return Err(Malformed::new(INHERITED, Fault::NotA("`true` or `false`")).into()), // 400
    };
    let key: AccountKey = call.id("user")?; //                                    404
    let fetch = |page: PageRequest| {
        call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.groups_of_user(key, reach, page).await }))
    };
    let of = pages::Of { kind: RESOURCE_GROUP, id: |group: &Group| group.id.to_string() };
    pages::answer(&call, wish, of, fetch, resource_groups::GroupBody::of).await // 200, 404
}

/// U4.
async fn me(call: Call) -> Result<Response, Refusal> {
    let key = call.ctx.account()?.principal.key;
    let found = call.operations.read(&call.ctx, &call.realm, move |mut work| {
        Box::pin(async move {
            let account = match work.user(key).await {
                Err(Refusal::Absent(_)) => work.service_user(key).await?,
                user => user?,
            };
            Ok((account, work.realm().clone()))
        })
    });
    let (account, realm) = found.await?;
    let organization = OrganizationBody::of(&realm);
    let (user, service_user) = match account.kind {
        AccountKind::Service => (None, Some(ServiceUserBody::of(&account))),
        AccountKind::User | AccountKind::Support => (Some(UserBody::of(&account, &call)), None),
    };
    Ok(ok(&MeBody { user, service_user, organization })) //                       200
}

/// U5: the link to choose a password. A user who has chosen one is in the wrong state.
async fn resend(call: Call) -> Result<Response, Refusal> {
    let key: AccountKey = call.id("user")?; //                                    404
    call.operations.write(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.ask_for_password(key).await })).await?; // 404, 400
    Ok(StatusCode::OK.into_response()) //                                         200
}

/// `OrgUser`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserBody {
    id: AccountKey,
    version: i64,
    first_name: String,
    last_name: String,
    contact_number: String,
    email: String,
    organizations: [String; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    first_accepted_terms_and_conditions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_accepted_terms_and_conditions: Option<String>,
    support_user: bool,
    permission_policy: Shown,
    #[serde(skip_serializing_if = "Option::is_none")]
    dt_end_access: Option<String>,
    #[serde(flatten)]
    audit: Audit,
}

impl UserBody {
    fn of(account: &Account, call: &Call) -> Self {
        let (first_name, last_name) = names(account);
        let profile = &account.profile;
        Self {
            id: account.key,
            version: account.version,
            first_name,
            last_name,
            contact_number: profile.contact_number.clone(),
            email: account.id.as_str().trim_start_matches(VISITOR_PREFIX).to_owned(),
            organizations: [call.organization.to_string()],
            first_accepted_terms_and_conditions: profile.terms_first_at.map(|at| at.millis_text()),
            last_accepted_terms_and_conditions: profile.terms_last_at.map(|at| at.millis_text()),
            support_user: account.kind == AccountKind::Support,
            permission_policy: Shown::new(&account.statements, call.door.enums),
            dt_end_access: account.ends_at.map(|at| at.millis_text()),
            audit: Audit::of(account.created_at, &account.authorship),
        }
    }
}

/// A person's two names. Whoever was not invited has one name only: its last word stands for the second.
fn names(account: &Account) -> (String, String) {
    let profile = &account.profile;
    match (profile.first_name.as_str(), profile.last_name.as_str()) {
        ("", "") => {
            let (first, last) = account.name.rsplit_once(' ').unwrap_or((&account.name, ""));
            (first.to_owned(), last.to_owned())
        }
        (first, last) => (first.to_owned(), last.to_owned()),
    }
}

/// `Me`: only the caller's kind is there beside the organization (section 7, inferred).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MeBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_user: Option<ServiceUserBody>,
    organization: OrganizationBody,
}

/// The organization, as far as we know of it: no addresses, no tax id, no billing contacts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrganizationBody {
    id: String,
    version: i64,
    org_id: String,
    customer_id: String,
    organization_name: String,
    short_name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    dt_created: String,
}

impl OrganizationBody {
    fn of(realm: &Realm) -> Self {
        let id = realm.organization_id.to_string();
        Self {
            org_id: id.clone(),
            customer_id: id.clone(),
            id,
            version: realm.version,
            organization_name: realm.name.clone(),
            short_name: realm.id.to_string(),
            kind: "PRODUCTION",
            status: "ACTIVE",
            dt_created: realm.created_at.millis_text(),
        }
    }
}
