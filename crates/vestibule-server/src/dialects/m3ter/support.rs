//! Support access: the realm's window, and the policies attached to support staff (section 5 of the page).

use axum::response::Response;
use serde::Serialize;
use uuid::Uuid;
use vestibule_core::{
    policy::Statement,
    refusal::{Malformed, Refusal},
    support::Window,
    time::Timestamp,
};
use vestibule_operations::UnitOfWork;

use super::{
    Asks, EnumCase, Of, Route,
    call::{Call, ok},
    statements::{self, Shown},
    wire,
    words::kind::SUPPORT,
};
use crate::body::Object;

/// S1 and S2.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/support", "support.read", Asks::retrieve(SUPPORT, Of::Organization), |call| Box::pin(show(call))),
    Route::new("put", "/support", "support.update", Asks::update(SUPPORT, Of::Organization), |call| Box::pin(put(call))),
];

const ENDS_AT: &str = "dtEndSupportUsersAccess";
const STATEMENTS: &str = "supportUsersPermissionPolicy";

/// S1. Before the first PUT: 404 (section 5, inferred).
async fn show(call: Call) -> Result<Response, Refusal> {
    let window = call.operations.read(&call.ctx, &call.realm, |mut work| Box::pin(async move { work.window().await })).await?; // 404
    Ok(shown(&call, &window))
}

/// S2.
async fn put(call: Call) -> Result<Response, Refusal> {
    let wish = Wish::read(&call.object()?, call.door.enums)?; //                  400
    let written = call.operations.write(&call.ctx, &call.realm, move |mut work| {
        Box::pin(async move {
            let stored = find(&mut work).await?.map(|window| window.version);
            let seen = wire::seen(wish.version, stored)?; //                     400
            work.put_window(wish.ends_at, wish.statements, seen).await
        })
    });
    let (window, _) = written.await?;
    Ok(shown(&call, &window)) //                                                 200
}

/// The realm's window, if it ever had one.
async fn find(work: &mut UnitOfWork<'_>) -> Result<Option<Window>, Refusal> {
    match work.window().await {
        Ok(window) => Ok(Some(window)),
        Err(Refusal::Absent(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// `SupportRequest`.
struct Wish {
    ends_at: Timestamp,
    statements: Vec<Statement>,
    version: Option<i64>,
}

impl Wish {
    /// A past end ends access at once; an absent list clears the stored one (section 5, inferred).
    fn read(body: &Object, case: EnumCase) -> Result<Self, Malformed> {
        Ok(Self {
            ends_at: wire::date_time(body, ENDS_AT)?,
            statements: statements::read(body, STATEMENTS, case)?.unwrap_or_default(),
            version: wire::version(body)?,
        })
    }
}

/// `Support`. Its id is the organization's (section 5, inferred).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SupportBody {
    id: Uuid,
    version: i64,
    dt_end_support_users_access: String,
    support_users_permission_policy: Shown,
}

fn shown(call: &Call, window: &Window) -> Response {
    ok(&SupportBody {
        id: call.organization,
        version: window.version,
        dt_end_support_users_access: window.ends_at.millis_text(),
        support_users_permission_policy: Shown::new(&window.statements, call.door.enums),
    })
}
