//! `supportSSOLink`: a link that signs a contact in to the help desk (`spec/hostway-sso.md`, sections 2 and 3).

use axum::{http::StatusCode, response::Response};
use secrecy::ExposeSecret;
use serde::Serialize;
use vestibule_core::refusal::Refusal;
use vestibule_operations::{CustomerRef, CustomerRight, HandoffWish};

use super::{
    Route,
    Served::SlashedAlone,
    call::Call,
    wire::{self, Link},
    words,
};

/// The endpoint.
pub const ROUTES: &[Route] =
    &[Route::new("get", "/accounts/{accountId}/contacts/{contactType}/supportSSOLink", "handoff.issue", SlashedAlone, |call| {
        Box::pin(hand_off(call))
    })];

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(rename = "ssoLink")]
    sso_link: &'a str,
    links: [Link; 1],
}

/// Steps 3 to 8 of section 3. What the path and the query have wrong is told at its place in that order.
async fn hand_off(call: Call) -> Result<Response, Refusal> {
    let (customer, kind, return_to) = (call.account()?, call.contact_type(), call.query(words::query::RETURN_TO));
    let (contact, return_to) = match (kind, return_to) {
        (Ok(contact), Ok(return_to)) => (contact, return_to),
        (Err(refusal), _) => return refused(&call, refusal).await,
        (_, Err(malformed)) => return refused(&call, malformed.into()).await,
    };
    let CustomerRef::ByNumber(number) = &customer else { return Err(Refusal::Absent("account")) };
    let path = format!("/accounts/{}/contacts/{contact}/supportSSOLink/", wire::segment(number));
    let wish = HandoffWish { customer, contact, on_behalf_of: None, return_to };
    let link = call.operations.hand_off(&call.ctx, &call.realm, wish).await?; // 404, 403, 429, 409, 400
    let links = [Link::to_self(call.href(&path))];
    Ok(wire::json(StatusCode::OK, &Answer { sso_link: link.url.expose_secret(), links })) // 200
}

/// A refusal that comes after the account and the permission.
async fn refused(call: &Call, refusal: Refusal) -> Result<Response, Refusal> {
    let pass = call.pass(CustomerRight::HandOff).await?;
    call.read(move |mut work| Box::pin(async move { work.customer(&pass).await })).await?; // 404, 403
    Err(refusal)
}
