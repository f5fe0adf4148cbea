//! The page behind the link in an invitation's letter: a person chooses a password and has an account.
//!
//! It works without scripts, loads nothing of anybody else and tells nobody where its reader came from. Looking at
//! it changes nothing, so that mail servers which follow links do no harm; sending its form does. The
//! secret of the link is all that proves who one is here; it is good once.

use askama::Template;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::{StatusCode, Uri, header::CONTENT_TYPE},
    response::Response,
    routing::get,
};
use secrecy::SecretString;
use vestibule_core::{
    credential::Password,
    refusal::{Malformed, Refusal},
};
use vestibule_operations::{Ctx, JoinLink, OpenInvitation, Operations, read_link};

use crate::{body, exchange::Exchange, pages};

/// Where the page is served. Its address stands in letters: [`vestibule_operations::notify::JoinLetter`].
const PATH: &str = "/join/{realm}/{invitation}";
const STYLE_PATH: &str = "/join/style.css";
const STYLE: &str = include_str!("style.css");

/// What the page may load and where its form may go.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The routes, as a router.
pub fn routes() -> Router<Operations> {
    Router::new()
        .route(PATH, get(show).post(accept))
        .route(STYLE_PATH, get(|| std::future::ready(([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE))))
        .method_not_allowed_fallback(crate::refused::method)
}

/// The page with its form, and what was wrong with what was sent.
#[derive(Template)]
#[template(path = "join.html")]
struct FormPage<'a> {
    style: &'a str,
    invitation: &'a OpenInvitation,
    until: String,
    secret: &'a str,
    chars_min: usize,
    fault: Option<String>,
}

/// The page that says how it went.
#[derive(Template)]
#[template(path = "join_done.html")]
struct EndPage<'a> {
    style: &'a str,
    title: &'a str,
    words: &'a str,
}

type Named = Path<(String, String)>;

async fn show(State(operations): State<Operations>, exchange: Exchange, Path((realm, id)): Named, uri: Uri) -> Response {
    let secret = pairs(&uri).and_then(|pairs| value(&pairs, "secret"));
    let Some(secret) = secret else { return end(&Refusal::Absent("invitation")) };
    match read_link(&realm, &id, &secret) {
        Ok(link) => form(&operations, &exchange.ctx, &link, &secret, None).await,
        Err(refusal) => end(&refusal),
    }
}

async fn accept(State(operations): State<Operations>, exchange: Exchange, Path((realm, id)): Named, body: Body) -> Response {
    let bytes = body::read(body).await;
    let ctx = exchange.arrived(&operations).ctx;
    let sent = match bytes.map(|bytes| Sent::read(&bytes)) {
        Ok(Some(sent)) => sent,
        Ok(None) => return end(&Refusal::Absent("invitation")),
        Err(malformed) => return end(&malformed.into()),
    };
    let link = match read_link(&realm, &id, &sent.secret) {
        Ok(link) => link,
        Err(refusal) => return end(&refusal),
    };
    if sent.password != sent.again {
        return form(&operations, &ctx, &link, &sent.secret, Some("The two passwords are not the same.".to_owned())).await;
    }
    match operations.accept_invitation(&ctx, link.clone(), SecretString::from(sent.password)).await {
        Ok(_) => done(),
        Err(Refusal::Malformed(malformed)) => form(&operations, &ctx, &link, &sent.secret, Some(in_words(&malformed))).await,
        Err(refusal) => end(&refusal),
    }
}

/// What the form sends.
struct Sent {
    secret: String,
    password: String,
    again: String,
}

impl Sent {
    fn read(bytes: &Bytes) -> Option<Self> {
        let query = format!("/?{}", std::str::from_utf8(bytes).ok()?);
        let pairs = pairs(&query.parse().ok()?)?;
        Some(Self { secret: value(&pairs, "secret")?, password: value(&pairs, "password")?, again: value(&pairs, "password_again")? })
    }
}

fn pairs(uri: &Uri) -> Option<Vec<(String, String)>> {
    Query::<Vec<(String, String)>>::try_from_uri(uri).ok().map(|Query(pairs)| pairs)
}

/// A member of a form; one that stands twice is none.
fn value(pairs: &[(String, String)], name: &str) -> Option<String> {
    let mut named = pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
    named.next().filter(|_| named.next().is_none())
}

async fn form(operations: &Operations, ctx: &Ctx, link: &JoinLink, secret: &str, fault: Option<String>) -> Response {
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    match operations.open_invitation(ctx, link).await {
        Ok(invitation) => {
            let until = invitation.expires_at.to_string().replace('T', " ").replace('Z', " UTC");
            page(status, &FormPage { style: STYLE_PATH, invitation: &invitation, until, secret, chars_min: Password::CHARS_MIN, fault })
        }
        Err(refusal) => end(&refusal),
    }
}

fn done() -> Response {
    let words = "Your account is there, and your password is set. You may close this page.";
    page(StatusCode::OK, &EndPage { style: STYLE_PATH, title: "Welcome", words })
}

/// The page for who cannot go on. A link that was used, one that lapsed and one that never was look alike.
fn end(refusal: &Refusal) -> Response {
    let (status, words) = match refusal {
        Refusal::Absent(_) => {
            (StatusCode::NOT_FOUND, "This link does not work: it was used, it is too old, or it was not copied whole. Ask for a new one.")
        }
        Refusal::Exists(_) | Refusal::Conflict { .. } => (StatusCode::CONFLICT, "There is an account for this address already."),
        Refusal::Malformed(_) => (StatusCode::BAD_REQUEST, "What was sent cannot be read."),
        Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "The service is not available now. Try again in a while."),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here. Try again in a while."),
    };
    page(status, &EndPage { style: STYLE_PATH, title: "That did not work", words })
}

/// What is wrong with a password, for people.
fn in_words(malformed: &Malformed) -> String {
    use vestibule_core::refusal::Fault;
    match malformed.fault {
        Fault::TooLong { limit } => format!("The password is longer than {limit} bytes."),
        Fault::Format(wanted) => format!("Choose another password: {wanted}."),
        _ => format!("The password needs {} characters or more.", Password::CHARS_MIN),
    }
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    pages::page(status, POLICY, template)
}
