//! Hand-offs that a form carries over (`spec/hostway-sso.md`, section 5.2): the code's page, which burns nothing, and the
//! page that it leads to, whose form posts a token signed that moment. Tokens stand in no address.

use askama::Template;
use axum::{
    body::Body,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::chance::Chance;
use vestibule_operations::Operations;

use super::page::refused;
use crate::{body, exchange::Exchange, pages::page};

/// Where a code is used; its address is made by operations.
pub const PATH: &str = "/sso/handoff/{code}";

/// Asks whether to go on; its script does at once. Mail scanners and link previews do not run it.
#[derive(Template)]
#[template(path = "hostway_handoff.html")]
struct AskPage<'a> {
    realm_name: &'a str,
    nonce: &'a str,
}

/// Carries the token over.
#[derive(Template)]
#[template(path = "hostway_carry.html")]
struct CarryPage<'a> {
    action: &'a str,
    token: &'a str,
    return_to: Option<&'a str>,
    nonce: &'a str,
}

/// What both pages may do: run their one script, and post here or to the help desk.
fn policy(nonce: &str, origin: &str) -> String {
    format!("default-src 'none'; script-src 'nonce-{nonce}'; form-action 'self' {origin}; frame-ancestors 'none'")
}

fn fresh_nonce(chance: &Chance) -> String {
    URL_SAFE_NO_PAD.encode(chance.bytes::<16>())
}

/// The code of the path; one that is not UTF-8 is none.
type Code = Result<Path<String>, axum::extract::rejection::PathRejection>;

fn code(path: Code) -> SecretString {
    SecretString::from(path.map(|Path(code)| code).unwrap_or_default())
}

/// `GET`.
pub async fn show(State(operations): State<Operations>, exchange: Exchange, path: Code) -> Response {
    match operations.open_handoff(&exchange.ctx, &code(path)).await {
        Ok(handoff) => {
            let nonce = &fresh_nonce(&exchange.ctx.chance);
            page(StatusCode::OK, &policy(nonce, &handoff.origin), &AskPage { realm_name: &handoff.realm_name, nonce })
        }
        Err(refusal) => refused(&refusal),
    }
}

/// `POST`: the code is used up, and everything is checked again.
pub async fn redeem(State(operations): State<Operations>, exchange: Exchange, path: Code, body: Body) -> Response {
    let sent = body::read(body).await;
    let ctx = exchange.arrived(&operations).ctx;
    if let Err(malformed) = sent {
        return refused(&malformed.into());
    }
    match operations.redeem_handoff(&ctx, &code(path)).await {
        Ok(handoff) => {
            let nonce = &fresh_nonce(&ctx.chance);
            let token = handoff.token.expose_secret();
            let carry = CarryPage { action: &handoff.action, token, return_to: handoff.return_to.as_deref(), nonce };
            page(StatusCode::OK, &policy(nonce, &handoff.origin), &carry)
        }
        Err(refusal) => refused(&refusal),
    }
}
