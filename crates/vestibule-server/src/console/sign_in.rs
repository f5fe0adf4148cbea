//! Signing in and out: by a password and, for whoever has factors, one of those; by a passkey alone; by a link.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
    routing::get,
};
use secrecy::SecretString;
use vestibule_core::{
    id::RealmId,
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{Ctx, Operations, PasskeyAsk, PasskeyProof, SignedIn};

use super::{
    frame::{page, refused},
    landing,
    texts::Speech,
    visit::{self, Form, Visit, is_same_origin, see_other, sent, way_back, with_cookie, without_cookie},
};
use crate::exchange::Exchange;

/// Where people sign in.
pub const PATH: &str = "/console/sign-in";
/// Where a code is sent, after a password.
const CODE: &str = "/console/sign-in/code";
/// Where a passkey's signature is sent.
const PASSKEY: &str = "/console/sign-in/passkey";
/// Where a link that signs in leads.
const LINK: &str = "/console/link/{secret}";
/// Where the vendor's people sign in.
const STAFF: &str = "staff";

/// The routes, as a router.
pub fn routes() -> Router<Operations> {
    Router::new()
        .route("/", get(|| async { see_other(super::PATH) }))
        .route(PATH, get(show).post(sign_in))
        .route(CODE, get(|| async { see_other(PATH) }).post(sign_in_by_code))
        .route(PASSKEY, get(|| async { see_other(PATH) }).post(sign_in_by_passkey))
        .route(LINK, get(show_link).post(sign_in_by_link))
        .route("/console/sign-out", get(|| async { see_other(super::PATH) }).post(sign_out))
}

#[derive(Template)]
#[template(path = "console/sign_in.html")]
struct SignInPage<'a> {
    speech: Speech,
    to: &'a str,
    user: &'a str,
    is_staff: bool,
    passkey: Option<PasskeyAsk>,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "console/code.html")]
struct CodePage<'a> {
    speech: Speech,
    to: &'a str,
    ticket: &'a str,
    is_staff: bool,
    passkey: Option<PasskeyAsk>,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "console/link.html")]
struct LinkPage {
    speech: Speech,
}

/// A request to sign in: what can be done, when it came, in which language it is answered, and what was sent.
struct Asked {
    operations: Operations,
    ctx: Ctx,
    speech: Speech,
    form: Form,
}

impl Asked {
    /// What a page of ours sent. Nobody signs a browser in from elsewhere: its user would be at work in another's name.
    async fn read(operations: Operations, exchange: Exchange, request: Request) -> Result<Self, Response> {
        let (parts, stream) = request.into_parts();
        if !is_same_origin(&parts.headers, &operations.settings().public_url) {
            return Err(see_other(PATH));
        }
        let (speech, form) = (visit::speech(&parts.headers), sent(stream).await);
        let ctx = visit::at_console(exchange.arrived(&operations));
        Ok(Self { operations, ctx, speech, form })
    }

    /// What a passkey is to sign, where there can be any.
    fn passkey(&self) -> Option<PasskeyAsk> {
        self.operations.passkey_site()?;
        self.operations.ask_for_passkey(&self.ctx, None).ok()
    }

    fn again(&self, status: StatusCode, fault: Option<String>) -> Response {
        let (speech, form, is_staff) = (self.speech, &self.form, self.form.find(STAFF).is_some());
        let user = form.find("user").unwrap_or_default();
        page(status, &SignInPage { speech, to: way_back(form), user, is_staff, passkey: self.passkey(), fault })
    }

    /// The page of the second step.
    fn code_page(&self, status: StatusCode, ticket: &str, fault: Option<String>) -> Response {
        let is_staff = self.form.find(STAFF).is_some();
        let (speech, to) = (self.speech, way_back(&self.form));
        page(status, &CodePage { speech, to, ticket, is_staff, passkey: self.passkey(), fault })
    }

    fn said(&self, id: &str) -> Option<String> {
        Some(self.speech.say(id))
    }

    fn too_many(&self, retry_after_s: u32) -> Option<String> {
        Some(self.speech.with("sign-in-too-many", "seconds", &retry_after_s.to_string()))
    }
}

async fn show(State(operations): State<Operations>, exchange: Exchange, headers: HeaderMap, uri: Uri) -> Response {
    let (ctx, speech) = (visit::at_console(exchange), visit::speech(&headers));
    Asked { operations, ctx, speech, form: Form::of(&uri) }.again(StatusCode::OK, None)
}

async fn sign_in(State(operations): State<Operations>, exchange: Exchange, request: Request) -> Result<Response, Response> {
    let asked = Asked::read(operations, exchange, request).await?;
    let realm = asked.form.find(STAFF).map(|_| RealmId::vendor());
    let password = SecretString::from(asked.form.exact("password"));
    let user = asked.form.find("user").unwrap_or_default();
    Ok(match asked.operations.console_sign_in(&asked.ctx, realm.as_ref(), user, &password).await {
        Ok(SignedIn::Whole(secret)) => with_cookie(see_other(way_back(&asked.form)), &secret),
        Ok(SignedIn::Half(ticket)) => asked.code_page(StatusCode::OK, &ticket, None),
        Err(Refusal::Unauthenticated(_)) => asked.again(StatusCode::UNAUTHORIZED, asked.said("sign-in-wrong")),
        Err(Refusal::TooMany { retry_after_s, .. }) => asked.again(StatusCode::TOO_MANY_REQUESTS, asked.too_many(retry_after_s)),
        Err(refusal) => refused(asked.speech, &refusal),
    })
}

/// The second step. Whoever took too long begins anew.
async fn sign_in_by_code(State(operations): State<Operations>, exchange: Exchange, request: Request) -> Result<Response, Response> {
    let asked = Asked::read(operations, exchange, request).await?;
    let ticket = asked.form.exact("ticket");
    Ok(match asked.operations.console_sign_in_by_code(&asked.ctx, ticket, asked.form.exact("code")).await {
        Ok(secret) => with_cookie(see_other(way_back(&asked.form)), &secret),
        Err(Refusal::Unauthenticated(Unauthenticated::Revoked)) => {
            asked.code_page(StatusCode::UNAUTHORIZED, ticket, asked.said("sign-in-code-wrong"))
        }
        Err(Refusal::Unauthenticated(_)) => asked.again(StatusCode::UNAUTHORIZED, asked.said("sign-in-too-late")),
        Err(Refusal::TooMany { retry_after_s, .. }) => {
            asked.code_page(StatusCode::TOO_MANY_REQUESTS, ticket, asked.too_many(retry_after_s))
        }
        Err(refusal) => refused(asked.speech, &refusal),
    })
}

async fn sign_in_by_passkey(State(operations): State<Operations>, exchange: Exchange, request: Request) -> Result<Response, Response> {
    let asked = Asked::read(operations, exchange, request).await?;
    let sent = |name| asked.form.exact(name);
    let proof = PasskeyProof {
        id: sent("id"),
        ticket: sent("ticket"),
        client_data: sent("client_data"),
        device_data: sent("device_data"),
        signature: sent("signature"),
    };
    Ok(match asked.operations.console_sign_in_by_passkey(&asked.ctx, proof).await {
        Ok(secret) => with_cookie(see_other(way_back(&asked.form)), &secret),
        Err(Refusal::Unauthenticated(_)) => asked.again(StatusCode::UNAUTHORIZED, asked.said("sign-in-passkey-wrong")),
        Err(refusal) => refused(asked.speech, &refusal),
    })
}

/// Looking at a link uses nothing up: mail servers and messengers look at links, too.
async fn show_link(headers: HeaderMap) -> Response {
    page(StatusCode::OK, &LinkPage { speech: visit::speech(&headers) })
}

async fn sign_in_by_link(
    State(operations): State<Operations>,
    exchange: Exchange,
    Path(secret): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let asked = Asked::read(operations, exchange, request).await?;
    Ok(match asked.operations.console_sign_in_by_link(&asked.ctx, &SecretString::from(secret)).await {
        Ok(secret) => with_cookie(see_other(super::PATH), &secret),
        Err(Refusal::Unauthenticated(_)) => asked.again(StatusCode::UNAUTHORIZED, asked.said("sign-in-link-spent")),
        Err(refusal) => refused(asked.speech, &refusal),
    })
}

/// Leaves no session behind, whatever came of it: a browser without its cookie is signed out.
async fn sign_out(State(operations): State<Operations>, exchange: Exchange, request: Request) -> Response {
    let (parts, stream) = request.into_parts();
    let signed_out = async {
        let visit = Visit::find(operations, exchange, &parts, stream).await?;
        if !visit.is_sent_by_us(&parts.headers) {
            return Ok(see_other(&landing::after_nothing(&parts.uri)));
        }
        let everywhere = visit.form.find("everywhere").is_some();
        visit.operations.console_sign_out(&visit.ctx, &visit.cookie, everywhere).await?;
        Ok(without_cookie(see_other(PATH)))
    };
    match signed_out.await {
        Ok(response) => response,
        Err(Refusal::Unauthenticated(_)) => without_cookie(see_other(PATH)),
        Err(refusal) => refused(visit::speech(&parts.headers), &refusal),
    }
}
