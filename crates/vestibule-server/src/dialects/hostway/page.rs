//! Pages that contacts meet in their browsers: they load nothing, may not be framed or kept, and tell nobody where their
//! reader came from (`spec/hostway-sso.md`, sections 5.2 and 7).

use askama::Template;
use axum::{http::StatusCode, response::Response};
use vestibule_core::refusal::Refusal;

use crate::pages::page;

/// What a page without scripts may do.
pub const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A page that says something, and no more.
#[derive(Template)]
#[template(path = "hostway_notice.html")]
struct Notice<'a> {
    title: &'a str,
    words: &'a str,
}

/// A page that says something.
pub fn notice(status: StatusCode, title: &str, words: &str) -> Response {
    page(status, POLICY, &Notice { title, words })
}

/// The page for who cannot go on. A link that was used, one that lapsed and one that never was look alike.
pub fn refused(refusal: &Refusal) -> Response {
    let (status, words) = match refusal {
        Refusal::Absent(_) | Refusal::Unauthenticated(_) => {
            (StatusCode::NOT_FOUND, "This link does not work: it was used, it is too old, or it was not copied whole. Ask for a new one.")
        }
        Refusal::Conflict { .. } => {
            (StatusCode::CONFLICT, "This link does not work: it was used, it is too old, or another was sent since. Ask for a new one.")
        }
        Refusal::EmailNotVerified => (StatusCode::FORBIDDEN, "Your e-mail address is not confirmed. Confirm it, then ask for a new link."),
        Refusal::Forbidden { .. } | Refusal::AddressBarred | Refusal::Scoped | Refusal::OutsideDepartment { .. } => {
            (StatusCode::FORBIDDEN, "You may not be signed in there.")
        }
        Refusal::NoHelpDesk => (StatusCode::CONFLICT, "The help desk cannot be reached from here at the moment."),
        Refusal::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "That was too often. Try again in a while."),
        Refusal::Malformed(_) => (StatusCode::BAD_REQUEST, "What was sent cannot be read. Open the link in the letter again."),
        Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "The service is not available now. Try again in a while."),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here. Try again in a while."),
    };
    notice(status, "That did not work", words)
}
