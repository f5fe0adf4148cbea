//! Invitations of people to the organization (`spec/m3ter-support.md`, section 7: I1). Where the link in the letter
//! leads is no matter of this dialect: [`crate::join`].

use axum::response::Response;
use serde::Serialize;
use vestibule_core::{
    account::Profile,
    account_invitation::AccountInvitation,
    id::{AccountInvitationId, RoleId},
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{PageRequest, PersonWish};

use super::{
    Asks, Of, Route,
    call::{Call, ok},
    pages,
    wire::{self, Audit},
    words::{PAGE_OF_INVITATIONS_MAX, kind::INVITATION},
};
use crate::body::Object;

/// I1.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/invitations", "user_invitation.list", Asks::retrieve(INVITATION, Of::Whole), |call| Box::pin(list(call))),
    Route::new("post", "/invitations", "user_invitation.create", Asks::create(INVITATION), |call| Box::pin(create(call))),
    Route::new("get", "/invitations/{id}", "user_invitation.read", Asks::retrieve(INVITATION, Of::Named), |call| Box::pin(show(call))),
];

const EMAIL: &str = "email";
const FIRST_NAME: &str = "firstName";
const LAST_NAME: &str = "lastName";
const CONTACT_NUMBER: &str = "contactNumber";
const M3TER_USER: &str = "m3terUser";
const POLICIES: &str = "permissionPolicyIds";
const ENDS_AT: &str = "dtEndAccess";
const EXPIRES_AT: &str = "dtExpiry";

/// `GET /invitations`.
async fn list(call: Call) -> Result<Response, Refusal> {
    let wish = pages::Wish::read(&call, PAGE_OF_INVITATIONS_MAX)?; //             400
    let fetch = |page: PageRequest| {
        call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.person_invitations(page).await }))
    };
    let of = pages::Of { kind: INVITATION, id: |invitation: &AccountInvitation| invitation.id.to_string() };
    pages::answer(&call, wish, of, fetch, InvitationBody::of).await //            200
}

/// `POST /invitations`: the person is mailed a link.
async fn create(call: Call) -> Result<Response, Refusal> {
    let body = call.object()?; //                                                 400
    let wish = read(&body)?; //                                                   400
    wire::no_version(&body)?; //                                                  400
    let policies = policies(&body)?; //                                           400, 404
    let made = call.operations.write(&call.ctx, &call.realm, move |mut work| {
        Box::pin(async move { work.invite_person(PersonWish { roles: policies, ..wish }).await }) // 404, 400
    });
    Ok(ok(&InvitationBody::of(&made.await.map_err(named)?))) //                   200
}

/// `GET /invitations/{id}`.
async fn show(call: Call) -> Result<Response, Refusal> {
    let id: AccountInvitationId = call.id("invitation")?; //                      404
    let found = call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.person_invitation(id).await }));
    Ok(ok(&InvitationBody::of(&found.await?))) //                                 200, 404
}

/// `InvitationRequest`, but for its version and its policies. `m3terUser` says nothing here: who is of the vendor is
/// known otherwise.
fn read(body: &Object) -> Result<PersonWish, Malformed> {
    body.boolean_or_none(M3TER_USER)?;
    let email = AccountInvitation::check_email(body.text(EMAIL)?)?;
    let (first, last) = (body.text(FIRST_NAME)?, body.text(LAST_NAME)?);
    let number = body.text_or_none(CONTACT_NUMBER)?.unwrap_or_default();
    let profile = Profile::new(first, last, number).map_err(spelt)?;
    let (ends_at, expires_at) = (wire::date_time_or_none(body, ENDS_AT)?, wire::date_time_or_none(body, EXPIRES_AT)?);
    Ok(PersonWish { email, profile, roles: Vec::new(), ends_at, expires_at })
}

/// The policies that the account will have; an id that cannot be one names no policy.
fn policies(body: &Object) -> Result<Vec<RoleId>, Refusal> {
    let list = body.list_or_none(POLICIES)?.unwrap_or_default();
    let mut found = Vec::new();
    for (at, value) in list.iter().enumerate() {
        let named = |malformed: Malformed| malformed.of(format!("{POLICIES}[{at}]"));
        let text = value.as_str().ok_or_else(|| named(Malformed::new(POLICIES, Fault::NotA("a string"))))?;
        found.push(wire::id(POLICIES, text).map_err(named)?.to_owned());
    }
    if found.len() > AccountInvitation::ROLES_MAX {
        return Err(Malformed::new(POLICIES, Fault::TooMany { limit: AccountInvitation::ROLES_MAX }).into());
    }
    let mut roles = Vec::new();
    for text in found {
        let role = text.parse().map_err(|_: Malformed| Refusal::Absent("policy"))?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Ok(roles)
}

/// A fault under the member's name here.
fn spelt(malformed: Malformed) -> Malformed {
    let name = match malformed.field.as_ref() {
        "first_name" => FIRST_NAME,
        "last_name" => LAST_NAME,
        "contact_number" => CONTACT_NUMBER,
        "ends_at" => ENDS_AT,
        "expires_at" => EXPIRES_AT,
        "roles" => POLICIES,
        _ => return malformed,
    };
    malformed.of(name)
}

fn named(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Malformed(malformed) => Refusal::Malformed(spelt(malformed)),
        other => other,
    }
}

/// `Invitation`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InvitationBody {
    id: AccountInvitationId,
    version: i64,
    email: String,
    first_name: String,
    last_name: String,
    permission_policy_ids: Vec<RoleId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dt_end_access: Option<String>,
    dt_expiry: String,
    inviting_principal_id: String,
    accepted: bool,
    #[serde(flatten)]
    audit: Audit,
}

impl InvitationBody {
    fn of(invitation: &AccountInvitation) -> Self {
        Self {
            id: invitation.id,
            version: invitation.version,
            email: invitation.email.to_string(),
            first_name: invitation.profile.first_name.clone(),
            last_name: invitation.profile.last_name.clone(),
            permission_policy_ids: invitation.roles.clone(),
            dt_end_access: invitation.ends_at.map(|at| at.millis_text()),
            dt_expiry: invitation.expires_at.millis_text(),
            inviting_principal_id: invitation.authorship.created_by.map(|key| key.to_string()).unwrap_or_default(),
            accepted: invitation.accepted_at.is_some(),
            audit: Audit::of(invitation.created_at, &invitation.authorship),
        }
    }
}
