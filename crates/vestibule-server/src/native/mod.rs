//! The native API, `/v1`: realms, support access, sessions, the log, the outbox.
//!
//! Here live routes, handlers, shapes and the table from refusals to problems. There are no rules
//! and no SQL. Begin with [`ROUTES`]; a handler is the list of its observable steps, each with
//! the status it can give. The door round every handler ([`call`]) answers 401 and files refusals.

mod audit;
mod call;
mod conditional;
mod fields;
mod idempotency;
mod invitations;
mod outbox;
mod realms;
mod refusal;
mod reply;
mod sessions;
mod support_access;
mod window;
mod wire;
mod wishes;

use axum::{
    Router,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    routing::{MethodFilter, on},
};
use vestibule_operations::Operations;

use call::{Answer, Call};

use crate::exchange::Exchange;

/// One operation of the native API.
pub struct Route {
    /// The method, as OpenAPI writes it.
    pub verb: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The name in the OpenAPI document; also what a filed refusal says was attempted.
    pub operation: &'static str,
    method: MethodFilter,
    steps: fn(Call) -> Answer,
}

type StepsOf = fn(Call) -> Answer;

const fn get(path: &'static str, operation: &'static str, steps: StepsOf) -> Route {
    Route { verb: "get", path, operation, method: MethodFilter::GET, steps }
}

const fn post(path: &'static str, operation: &'static str, steps: StepsOf) -> Route {
    Route { verb: "post", path, operation, method: MethodFilter::POST, steps }
}

const fn put(path: &'static str, operation: &'static str, steps: StepsOf) -> Route {
    Route { verb: "put", path, operation, method: MethodFilter::PUT, steps }
}

const fn patch(path: &'static str, operation: &'static str, steps: StepsOf) -> Route {
    Route { verb: "patch", path, operation, method: MethodFilter::PATCH, steps }
}

const fn delete(path: &'static str, operation: &'static str, steps: StepsOf) -> Route {
    Route { verb: "delete", path, operation, method: MethodFilter::DELETE, steps }
}

/// Every operation of the native API.
pub const ROUTES: &[Route] = &[
    get("/v1/realms", "listRealms", |call| Box::pin(realms::list(call))),
    post("/v1/realms", "createRealm", |call| Box::pin(realms::create(call))),
    get("/v1/realms/{realm}", "getRealm", |call| Box::pin(realms::show(call))),
    patch("/v1/realms/{realm}", "updateRealm", |call| Box::pin(realms::update(call))),
    get("/v1/realms/{realm}/support-access", "getSupportAccess", |call| Box::pin(support_access::show(call))),
    get("/v1/realms/{realm}/support-access/invitations", "listInvitations", |call| Box::pin(invitations::list(call))),
    post("/v1/realms/{realm}/support-access/invitations", "createInvitation", |call| Box::pin(invitations::create(call))),
    delete("/v1/realms/{realm}/support-access/invitations", "deleteInvitations", |call| Box::pin(invitations::delete_all(call))),
    get("/v1/realms/{realm}/support-access/invitations/{id}", "getInvitation", |call| Box::pin(invitations::show(call))),
    delete("/v1/realms/{realm}/support-access/invitations/{id}", "deleteInvitation", |call| Box::pin(invitations::delete(call))),
    get("/v1/realms/{realm}/support-access/window", "getWindow", |call| Box::pin(window::show(call))),
    put("/v1/realms/{realm}/support-access/window", "putWindow", |call| Box::pin(window::put(call))),
    get("/v1/realms/{realm}/support-sessions", "listSupportSessions", |call| Box::pin(sessions::list(call))),
    post("/v1/realms/{realm}/support-sessions", "enterRealm", |call| Box::pin(sessions::enter(call))),
    delete("/v1/realms/{realm}/support-sessions", "endSupportSessions", |call| Box::pin(sessions::end_all(call))),
    get("/v1/realms/{realm}/support-sessions/{id}", "getSupportSession", |call| Box::pin(sessions::show(call))),
    delete("/v1/realms/{realm}/support-sessions/{id}", "endSupportSession", |call| Box::pin(sessions::end(call))),
    get("/v1/realms/{realm}/audit/events", "listAuditEvents", |call| Box::pin(audit::list(call))),
    get("/v1/realms/{realm}/audit/events/{index}", "getAuditEvent", |call| Box::pin(audit::show(call))),
    get("/v1/realms/{realm}/audit/checkpoint", "getAuditCheckpoint", |call| Box::pin(audit::checkpoint(call))),
    get("/v1/realms/{realm}/audit/export", "exportAudit", |call| Box::pin(audit::export(call))),
    get("/v1/realms/{realm}/outbox", "listOutbox", |call| Box::pin(outbox::list(call))),
];

/// The routes, as a router.
pub fn routes() -> Router<Operations> {
    ROUTES
        .iter()
        .fold(Router::new(), |router, route| {
            let door = move |State(operations): State<Operations>,
                             exchange: Exchange,
                             params: Result<RawPathParams, RawPathParamsRejection>,
                             request: Request| {
                call::answer(route, operations, exchange, call::named(params.as_ref().ok()), request)
            };
            router.route(route.path, on(route.method, door))
        })
        .method_not_allowed_fallback(crate::refused::method)
}
