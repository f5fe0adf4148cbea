//! Whom permission policies are attached to: users, user groups, service users, all support users
//! (`spec/m3ter-support.md`, section 6, P6 to P9).

use axum::response::Response;
use serde::Serialize;
use uuid::Uuid;
use vestibule_core::{
    id::{AttachmentId, RoleId},
    refusal::{Malformed, Refusal},
    role::{Attachment, Holder},
};
use vestibule_operations::PrincipalRef;

use super::{
    Asks, Of, Route,
    call::{Call, ok},
    wire::{self, Audit},
    words::kind::POLICY,
};
use crate::body::Object;

/// P6 to P9.
pub const ROUTES: &[Route] = &[
    adds("/permissionpolicies/{id}/addtouser", |call| Box::pin(add(call, Kind::User))),
    adds("/permissionpolicies/{id}/addtousergroup", |call| Box::pin(add(call, Kind::UserGroup))),
    adds("/permissionpolicies/{id}/addtoserviceuser", |call| Box::pin(add(call, Kind::ServiceUser))),
    adds("/permissionpolicies/{id}/addtosupportusers", |call| Box::pin(add(call, Kind::SupportUsers))),
    removes("/permissionpolicies/{id}/removefromuser", |call| Box::pin(remove(call, Kind::User))),
    removes("/permissionpolicies/{id}/removefromusergroup", |call| Box::pin(remove(call, Kind::UserGroup))),
    removes("/permissionpolicies/{id}/removefromserviceuser", |call| Box::pin(remove(call, Kind::ServiceUser))),
    removes("/permissionpolicies/{id}/removefromsupportusers", |call| Box::pin(remove(call, Kind::SupportUsers))),
];

/// Attaching is changing the policy (section 8.3, inferred).
const fn adds(path: &'static str, steps: super::StepsOf) -> Route {
    Route::new("post", path, "role.attach", Asks::update(POLICY, Of::Named), steps)
}

const fn removes(path: &'static str, steps: super::StepsOf) -> Route {
    Route::new("post", path, "role.detach", Asks::update(POLICY, Of::Named), steps)
}

const PRINCIPAL: &str = "principalId";

/// The kind of principal that a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    User,
    UserGroup,
    ServiceUser,
    SupportUsers,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::UserGroup => "USERGROUP",
            Self::ServiceUser => "SERVICEUSER",
            Self::SupportUsers => "SUPPORTUSERS",
        }
    }

    /// What a refusal calls one that is not there.
    const fn what(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::UserGroup => "group",
            Self::ServiceUser => "service user",
            Self::SupportUsers => "support users",
        }
    }

    /// The principal that a body names. An id that cannot be one names nothing.
    fn principal(self, id: Option<&str>) -> Result<PrincipalRef, Refusal> {
        let absent = |_: Malformed| Refusal::Absent(self.what());
        let id = id.unwrap_or_default();
        Ok(match self {
            Self::User => PrincipalRef::User(id.parse().map_err(absent)?),
            Self::UserGroup => PrincipalRef::UserGroup(id.parse().map_err(absent)?),
            Self::ServiceUser => PrincipalRef::ServiceUser(id.parse().map_err(absent)?),
            Self::SupportUsers => PrincipalRef::SupportStaff,
        })
    }
}

/// `PrincipalRequest`: whom, and the version of the attachment that the caller has seen. For all support users
/// there is nobody to name.
fn read(body: &Object, kind: Kind) -> Result<(Option<String>, Option<i64>), Malformed> {
    let principal = match kind {
        Kind::SupportUsers => None,
        Kind::User | Kind::UserGroup | Kind::ServiceUser => Some(wire::id(PRINCIPAL, body.text(PRINCIPAL)?)?.to_owned()),
    };
    Ok((principal, wire::version(body)?))
}

/// P6 and P8: attaching twice is answered with what stands. A version that is named must be that of what stands
/// (inferred: sections 3.1 and 6).
async fn add(call: Call, kind: Kind) -> Result<Response, Refusal> {
    let (principal, version) = read(&call.object_or_empty()?, kind)?; //           400
    let role: RoleId = call.id("policy")?; //                                     404
    let whom = kind.principal(principal.as_deref())?; //                          404
    let attached = call.operations.write(&call.ctx, &call.realm, move |mut work| {
        Box::pin(async move {
            let stored = work.find_attachment(role, whom).await?; //              404
            if version.is_some() {
                wire::seen(version, stored.as_ref().map(|stored| stored.version))?; // 400
            }
            match stored {
                Some(stored) => Ok(stored),
                None => work.attach_role(role, whom).await,
            }
        })
    });
    Ok(ok(&AttachmentBody::of(&attached.await?, kind, call.organization))) //     200
}

/// P7 and P9: what stood.
async fn remove(call: Call, kind: Kind) -> Result<Response, Refusal> {
    let (principal, version) = read(&call.object_or_empty()?, kind)?; //           400
    let role: RoleId = call.id("policy")?; //                                     404
    let whom = kind.principal(principal.as_deref())?; //                          404
    let gone =
        call.operations.write(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.detach_role(role, whom, version).await })); // 404, 400
    Ok(ok(&AttachmentBody::of(&gone.await?, kind, call.organization))) //         200
}

/// `PrincipalPermission`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttachmentBody {
    id: AttachmentId,
    version: i64,
    permission_policy_id: RoleId,
    principal_id: String,
    principal_type: &'static str,
    #[serde(flatten)]
    audit: Audit,
}

impl AttachmentBody {
    /// All support users go by the organization's id (section 6, inferred).
    fn of(attachment: &Attachment, kind: Kind, organization: Uuid) -> Self {
        Self {
            id: attachment.id,
            version: attachment.version,
            permission_policy_id: attachment.role,
            principal_id: match attachment.holder {
                Holder::SupportStaff => organization.to_string(),
                holder => holder.id(),
            },
            principal_type: kind.as_str(),
            audit: Audit::of(attachment.created_at, &attachment.authorship),
        }
    }
}
