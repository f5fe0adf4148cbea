//! The pages themselves, and what stands round each: nothing is loaded, framed or kept, and nobody is told where the
//! reader came from. Forms go to this server, and on from it to the one address that the client was registered with.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::Response,
};
use vestibule_core::refusal::Refusal;
use vestibule_operations::LinkPage;

use super::STYLE_PATH;
use crate::{
    oauth::authorize::{Asked, Who},
    pages::page,
};

/// What was wrong with a form that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It was not shown to this browser, or not for this request.
    NotShown,
    /// It cannot be read.
    Unreadable,
    /// There is no such name with such a password. Which of the two it is, is not told.
    Wrong,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct FormPage<'a> {
    style: &'a str,
    realm: &'a str,
    client: &'a str,
    form: &'a str,
    is_customer: bool,
    signed_in: Option<&'a str>,
    fault: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "sign_in_link.html")]
struct LinkForm<'a> {
    style: &'a str,
    page: &'a LinkPage,
    secret: &'a str,
}

#[derive(Template)]
#[template(path = "join_done.html")]
struct Notice<'a> {
    style: &'a str,
    title: &'a str,
    words: &'a str,
}

/// The form, who can go on without filling it in, and what was wrong with the one before.
pub fn form(asked: &Asked, token: &str, signed_in: Option<&str>, fault: Option<Fault>) -> Response {
    let (status, fault) = match fault {
        None => (StatusCode::OK, None),
        Some(Fault::NotShown) => {
            let words = "This page was open for too long, or your browser takes no cookies from it. Please try again.";
            (StatusCode::BAD_REQUEST, Some(words))
        }
        Some(Fault::Unreadable) => (StatusCode::BAD_REQUEST, Some("What was sent cannot be read. Please try again.")),
        Some(Fault::Wrong) => (StatusCode::FORBIDDEN, Some("There is no such name with such a password.")),
    };
    let page = FormPage {
        style: STYLE_PATH,
        realm: &asked.client.realm_name,
        client: &asked.client.name,
        form: token,
        is_customer: asked.who == Who::Customer,
        signed_in,
        fault,
    };
    page_with(status, &page, Some(asked.wish.redirect_uri.source()))
}

/// The page behind a letter's link.
pub fn link(page: &LinkPage, secret: &str) -> Response {
    page_with(StatusCode::OK, &LinkForm { style: STYLE_PATH, page, secret }, Some(page.redirect_uri.source()))
}

/// What whoever asked for a letter is told, whether one was sent or not.
pub fn letter_sent() -> Response {
    let words = "If the address belongs to a customer, a letter is on its way. Open the link in it in this browser, within 15 minutes.";
    notice(StatusCode::OK, "Look into your mail", words)
}

/// The page for a request that names no client, or no address of the client.
pub fn not_a_client(said: &str) -> Response {
    notice(StatusCode::BAD_REQUEST, "You cannot sign in this way", said)
}

/// The page for who cannot go on. A link that was used, one that lapsed and one that never was look alike.
pub fn refused(refusal: &Refusal) -> Response {
    let (status, words) = match refusal {
        Refusal::Absent(_) => {
            (StatusCode::NOT_FOUND, "This link does not work: it was used, it is too old, or it was not copied whole. Ask for a new one.")
        }
        Refusal::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "That was too often. Try again in a while."),
        Refusal::Malformed(_) => (StatusCode::BAD_REQUEST, "What was sent cannot be read."),
        Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "The service is not available now. Try again in a while."),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here. Try again in a while."),
    };
    let mut response = notice(status, "That did not work", words);
    if let Refusal::TooMany { retry_after_s, .. } = refusal {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
    }
    response
}

fn notice(status: StatusCode, title: &str, words: &str) -> Response {
    page_with(status, &Notice { style: STYLE_PATH, title, words }, None)
}

/// A page; `form_to` is where its form is sent on to once this server has taken it.
fn page_with(status: StatusCode, template: &impl Template, form_to: Option<&str>) -> Response {
    let form_to = form_to.map(|source| format!("'self' {source}")).unwrap_or_else(|| "'none'".to_owned());
    let policy = format!("default-src 'none'; style-src 'self'; base-uri 'none'; form-action {form_to}; frame-ancestors 'none'");
    page(status, &policy, template)
}
