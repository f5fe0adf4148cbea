//! The native API, `/v1`: realms, people and their rights, customers and hand-offs, support access, sessions, the log, the outbox.
//!
//! Here live routes, handlers, shapes and the table from refusals to problems. There are no rules
//! and no SQL. Begin with [`ROUTES`]; a handler is the list of its observable steps, each with
//! the status it can give. The door round every handler ([`call`]) answers 401 and files refusals.

mod accounts;
mod audit;
mod call;
mod cases;
mod conditional;
mod contacts;
mod credentials;
mod customers;
mod departments;
mod fields;
mod groups;
mod handoffs;
mod help_desk;
mod idempotency;
mod invitations;
mod outbox;
mod realms;
mod refusal;
mod reply;
mod roles;
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

use call::Call;

use crate::{
    call::{Answer, Params},
    exchange::Exchange,
};

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
    get("/v1/realms/{realm}/accounts", "listAccounts", |call| Box::pin(accounts::list(call))),
    post("/v1/realms/{realm}/accounts", "createAccount", |call| Box::pin(accounts::create(call))),
    get("/v1/realms/{realm}/accounts/{id}", "getAccount", |call| Box::pin(accounts::show(call))),
    patch("/v1/realms/{realm}/accounts/{id}", "updateAccount", |call| Box::pin(accounts::update(call))),
    delete("/v1/realms/{realm}/accounts/{id}", "deleteAccount", |call| Box::pin(accounts::delete(call))),
    get("/v1/realms/{realm}/accounts/{id}/rights", "getRights", |call| Box::pin(accounts::rights(call))),
    put("/v1/realms/{realm}/accounts/{id}/roles/{role}", "giveRoleToAccount", |call| Box::pin(roles::give_account(call))),
    delete("/v1/realms/{realm}/accounts/{id}/roles/{role}", "takeRoleFromAccount", |call| Box::pin(roles::take_from_account(call))),
    get("/v1/realms/{realm}/accounts/{id}/credentials", "listCredentials", |call| Box::pin(credentials::list(call))),
    post("/v1/realms/{realm}/accounts/{id}/credentials", "createCredential", |call| Box::pin(credentials::create(call))),
    get("/v1/realms/{realm}/accounts/{id}/credentials/{credential}", "getCredential", |call| Box::pin(credentials::show(call))),
    patch("/v1/realms/{realm}/accounts/{id}/credentials/{credential}", "updateCredential", |call| Box::pin(credentials::update(call))),
    delete("/v1/realms/{realm}/accounts/{id}/credentials/{credential}", "deleteCredential", |call| Box::pin(credentials::delete(call))),
    get("/v1/realms/{realm}/groups", "listGroups", |call| Box::pin(groups::list(call))),
    post("/v1/realms/{realm}/groups", "createGroup", |call| Box::pin(groups::create(call))),
    get("/v1/realms/{realm}/groups/{id}", "getGroup", |call| Box::pin(groups::show(call))),
    patch("/v1/realms/{realm}/groups/{id}", "updateGroup", |call| Box::pin(groups::update(call))),
    delete("/v1/realms/{realm}/groups/{id}", "deleteGroup", |call| Box::pin(groups::delete(call))),
    get("/v1/realms/{realm}/groups/{id}/members", "listMembers", |call| Box::pin(groups::members(call))),
    put("/v1/realms/{realm}/groups/{id}/members/{account}", "addMember", |call| Box::pin(groups::admit(call))),
    delete("/v1/realms/{realm}/groups/{id}/members/{account}", "removeMember", |call| Box::pin(groups::expel(call))),
    put("/v1/realms/{realm}/groups/{id}/groups/{inner}", "nestGroup", |call| Box::pin(groups::nest(call))),
    delete("/v1/realms/{realm}/groups/{id}/groups/{inner}", "unnestGroup", |call| Box::pin(groups::unnest(call))),
    put("/v1/realms/{realm}/groups/{id}/roles/{role}", "giveRoleToGroup", |call| Box::pin(roles::give_group(call))),
    delete("/v1/realms/{realm}/groups/{id}/roles/{role}", "takeRoleFromGroup", |call| Box::pin(roles::take_from_group(call))),
    get("/v1/realms/{realm}/roles", "listRoles", |call| Box::pin(roles::list(call))),
    post("/v1/realms/{realm}/roles", "createRole", |call| Box::pin(roles::create(call))),
    get("/v1/realms/{realm}/roles/{id}", "getRole", |call| Box::pin(roles::show(call))),
    patch("/v1/realms/{realm}/roles/{id}", "updateRole", |call| Box::pin(roles::update(call))),
    delete("/v1/realms/{realm}/roles/{id}", "deleteRole", |call| Box::pin(roles::delete(call))),
    get("/v1/realms/{realm}/support-access/roles", "listRolesOfSupportStaff", |call| Box::pin(roles::of_support_staff(call))),
    put("/v1/realms/{realm}/support-access/roles/{role}", "giveRoleToSupportStaff", |call| Box::pin(roles::give_support_staff(call))),
    delete("/v1/realms/{realm}/support-access/roles/{role}", "takeRoleFromSupportStaff", |call| {
        Box::pin(roles::take_from_support_staff(call))
    }),
    get("/v1/realms/{realm}/departments", "listDepartments", |call| Box::pin(departments::list(call))),
    post("/v1/realms/{realm}/departments", "createDepartment", |call| Box::pin(departments::create(call))),
    get("/v1/realms/{realm}/customer-settings", "getCustomerSettings", |call| Box::pin(departments::settings(call))),
    put("/v1/realms/{realm}/customer-settings", "putCustomerSettings", |call| Box::pin(departments::put_settings(call))),
    get("/v1/realms/{realm}/customers", "listCustomers", |call| Box::pin(customers::list(call))),
    post("/v1/realms/{realm}/customers", "createCustomer", |call| Box::pin(customers::create(call))),
    get("/v1/realms/{realm}/customers/{id}", "getCustomer", |call| Box::pin(customers::show(call))),
    patch("/v1/realms/{realm}/customers/{id}", "updateCustomer", |call| Box::pin(customers::update(call))),
    delete("/v1/realms/{realm}/customers/{id}", "purgeCustomer", |call| Box::pin(customers::purge(call))),
    get("/v1/realms/{realm}/customers/{id}/grants", "listCustomerGrants", |call| Box::pin(customers::grants(call))),
    post("/v1/realms/{realm}/customers/{id}/grants", "createCustomerGrant", |call| Box::pin(customers::grant(call))),
    delete("/v1/realms/{realm}/customers/{id}/grants/{holder}", "deleteCustomerGrant", |call| Box::pin(customers::revoke(call))),
    get("/v1/realms/{realm}/customers/{id}/contacts", "listContacts", |call| Box::pin(contacts::list(call))),
    get("/v1/realms/{realm}/customers/{id}/contacts/{contact}", "getContact", |call| Box::pin(contacts::show(call))),
    put("/v1/realms/{realm}/customers/{id}/contacts/{contact}", "putContact", |call| Box::pin(contacts::put(call))),
    delete("/v1/realms/{realm}/customers/{id}/contacts/{contact}", "deleteContact", |call| Box::pin(contacts::remove(call))),
    post("/v1/realms/{realm}/customers/{id}/contacts/{contact}/verification", "verifyContact", |call| Box::pin(contacts::verify(call))),
    get("/v1/realms/{realm}/cases", "listCases", |call| Box::pin(cases::list(call))),
    post("/v1/realms/{realm}/cases", "createCase", |call| Box::pin(cases::create(call))),
    get("/v1/realms/{realm}/activities", "listActivities", |call| Box::pin(cases::activities(call))),
    post("/v1/realms/{realm}/activities", "createActivity", |call| Box::pin(cases::create_activity(call))),
    post("/v1/realms/{realm}/handoffs", "createHandoff", |call| Box::pin(handoffs::create(call))),
    get("/v1/realms/{realm}/help-desk", "getHelpDesk", |call| Box::pin(help_desk::show(call))),
    put("/v1/realms/{realm}/help-desk", "putHelpDesk", |call| Box::pin(help_desk::put(call))),
    get("/v1/realms/{realm}/help-desk/secrets", "listHelpDeskSecrets", |call| Box::pin(help_desk::secrets(call))),
    post("/v1/realms/{realm}/help-desk/secrets", "addHelpDeskSecret", |call| Box::pin(help_desk::add_secret(call))),
    post("/v1/realms/{realm}/help-desk/secrets/{id}/activate", "activateHelpDeskSecret", |call| Box::pin(help_desk::activate(call))),
    delete("/v1/realms/{realm}/help-desk/secrets/{id}", "deleteHelpDeskSecret", |call| Box::pin(help_desk::remove_secret(call))),
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
                call::answer(route, operations, exchange, Params::of(params.as_ref().ok()).unwrap_or_default(), request)
            };
            router.route(route.path, on(route.method, door))
        })
        .method_not_allowed_fallback(crate::refused::method)
}
