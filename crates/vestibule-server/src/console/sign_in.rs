//! Signing in and out.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
    routing::{get, post},
};
use secrecy::SecretString;
use vestibule_core::{id::RealmId, refusal::Refusal};
use vestibule_operations::Operations;

use super::{
    frame::{page, refused},
    texts::Speech,
    visit::{self, Form, see_other, sent, way_back, with_cookie, without_cookie},
};
use crate::exchange::Exchange;

/// Where people sign in.
pub const PATH: &str = "/console/sign-in";
/// Where a link that signs in leads.
const LINK: &str = "/console/link/{secret}";
/// Where the vendor's people sign in.
const STAFF: &str = "staff";

/// The routes, as a router.
pub fn routes() -> Router<Operations> {
    Router::new()
        .route("/", get(|| async { see_other(super::PATH) }))
        .route(PATH, get(show).post(sign_in))
        .route(LINK, get(show_link).post(sign_in_by_link))
        .route("/console/sign-out", post(sign_out))
}

#[derive(Template)]
#[template(path = "console/sign_in.html")]
struct SignInPage<'a> {
    speech: Speech,
    to: &'a str,
    user: &'a str,
    is_staff: bool,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "console/link.html")]
struct LinkPage {
    speech: Speech,
}

async fn show(headers: HeaderMap, uri: Uri) -> Response {
    let form = Form::of(&uri);
    form_page(visit::speech(&headers), &form, StatusCode::OK, None)
}

fn form_page(speech: Speech, form: &Form, status: StatusCode, fault: Option<String>) -> Response {
    let is_staff = form.find(STAFF).is_some();
    page(status, &SignInPage { speech, to: way_back(form), user: form.find("user").unwrap_or_default(), is_staff, fault })
}

async fn sign_in(State(operations): State<Operations>, exchange: Exchange, request: Request) -> Response {
    let (parts, stream) = request.into_parts();
    let (speech, form) = (visit::speech(&parts.headers), sent(stream).await);
    let ctx = visit::at_console(exchange.arrived(&operations));
    let realm = form.find(STAFF).map(|_| RealmId::vendor());
    let password = SecretString::from(form.exact("password"));
    let user = form.find("user").unwrap_or_default();
    match operations.console_sign_in(&ctx, realm.as_ref(), user, &password).await {
        Ok(secret) => with_cookie(see_other(way_back(&form)), &secret),
        Err(Refusal::Unauthenticated(_)) => form_page(speech, &form, StatusCode::UNAUTHORIZED, Some(speech.say("sign-in-wrong"))),
        Err(Refusal::TooMany { retry_after_s, .. }) => {
            let fault = speech.with("sign-in-too-many", "seconds", &retry_after_s.to_string());
            form_page(speech, &form, StatusCode::TOO_MANY_REQUESTS, Some(fault))
        }
        Err(refusal) => refused(speech, &refusal),
    }
}

/// Looking at a link uses nothing up: mail servers and messengers look at links, too.
async fn show_link(headers: HeaderMap) -> Response {
    page(StatusCode::OK, &LinkPage { speech: visit::speech(&headers) })
}

async fn sign_in_by_link(
    State(operations): State<Operations>,
    exchange: Exchange,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> Response {
    let speech = visit::speech(&headers);
    match operations.console_sign_in_by_link(&visit::at_console(exchange), &SecretString::from(secret)).await {
        Ok(secret) => with_cookie(see_other(super::PATH), &secret),
        Err(Refusal::Unauthenticated(_)) => {
            form_page(speech, &Form::default(), StatusCode::UNAUTHORIZED, Some(speech.say("sign-in-link-spent")))
        }
        Err(refusal) => refused(speech, &refusal),
    }
}

/// Leaves no session behind, whatever came of it: a browser without its cookie is signed out.
async fn sign_out(State(operations): State<Operations>, exchange: Exchange, request: Request) -> Response {
    let speech = visit::speech(request.headers());
    let visit = match visit::Visit::open(operations, exchange, request).await {
        Ok(visit) => visit,
        Err(elsewhere) => return elsewhere,
    };
    let everywhere = visit.form.find("everywhere").is_some();
    match visit.operations.console_sign_out(&visit.ctx, &visit.cookie, everywhere).await {
        Ok(()) | Err(Refusal::Unauthenticated(_)) => without_cookie(see_other(PATH)),
        Err(refusal) => refused(speech, &refusal),
    }
}
