//! The pages on which people and customers sign in for a client: `/oauth/authorize`, and the page behind the link in a
//! customer's letter.
//!
//! They work without scripts, load nothing of anybody else and may not be framed. A form is taken only from a browser
//! that was shown it, which a cookie proves; the link's page needs none, since its secret is the proof. What a client asks
//! for, and how the browser goes back to it, is [`crate::oauth::authorize`].

mod pages;

use axum::{
    Router,
    body::Body,
    extract::{Path, RawQuery, State},
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_TYPE, SET_COOKIE},
    },
    response::Response,
    routing::get,
};
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::refusal::{Refusal, Unauthenticated};
use vestibule_operations::{ConsoleCaller, Ctx, Operations, Presence};

use self::pages::Fault;
use crate::{
    body, console,
    exchange::{self, Exchange},
    oauth::{
        authorize::{self, Asked, Unserved, Who},
        form::Form,
    },
};

/// Where clients send browsers.
pub const AUTHORIZE: &str = "/oauth/authorize";
/// Where the link in a customer's letter leads: [`vestibule_operations::notify::SignInLetter`].
const LINK: &str = "/sign-in/link/{realm}";
const STYLE_PATH: &str = "/sign-in/style.css";
const STYLE: &str = include_str!("../join/style.css");
/// Tells a browser that was shown a form from one that was not. Only this host can set it, and only over TLS (RFC 6265bis,
/// section 4.1.3.2); browsers take this machine's own addresses for as good.
const COOKIE_NAME: &str = "__Host-vestibule-sign-in";
/// Longest cookie that is looked at, in bytes; ours have 43.
const COOKIE_BYTES_MAX: usize = 128;

/// The routes, as a router.
pub fn routes() -> Router<Operations> {
    Router::new()
        .route(AUTHORIZE, get(show).post(take))
        .route(LINK, get(show_link).post(take_link))
        .route(STYLE_PATH, get(|| std::future::ready(([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE))))
        .method_not_allowed_fallback(crate::refused::method)
}

/// `GET /oauth/authorize`.
async fn show(State(operations): State<Operations>, exchange: Exchange, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    match authorize::read(&operations, &exchange.ctx, &query).await {
        Ok(asked) => {
            let who = at_console(&operations, &exchange.ctx, &asked, &headers).await;
            form(&operations, &exchange.ctx, &asked, &query, (&headers, who.as_ref(), None))
        }
        Err(unserved) => not_served(&operations, &unserved),
    }
}

/// `POST /oauth/authorize`: the form, at the address that it was shown at.
async fn take(
    State(operations): State<Operations>,
    exchange: Exchange,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let (bytes, query) = (body::read(body).await, query.unwrap_or_default());
    let ctx = exchange.arrived(&operations).ctx;
    let asked = match authorize::read(&operations, &ctx, &query).await {
        Ok(asked) => asked,
        Err(unserved) => return not_served(&operations, &unserved),
    };
    let who = at_console(&operations, &ctx, &asked, &headers).await;
    let again = |fault| form(&operations, &ctx, &asked, &query, (&headers, who.as_ref(), Some(fault)));
    let sent = match bytes.map(|bytes| Form::read(&bytes)) {
        Ok(Some(sent)) => sent,
        Ok(None) => return again(Fault::Unreadable),
        Err(malformed) => return pages::refused(&malformed.into()),
    };
    let value = |name| sent.one(name).ok().flatten().unwrap_or_default();
    let is_shown = cookie(&headers).is_some_and(|cookie| operations.is_form_token(cookie, &query, value("form")));
    if !is_shown {
        return again(Fault::NotShown);
    }
    match (asked.who, who.as_ref().filter(|_| value("as") == "console")) {
        (Who::Person, Some(who)) => match operations.sign_in_from_console(&ctx, &asked.client, asked.wish.clone(), who).await {
            Ok(back) => authorize::send_back(&operations, &back),
            Err(Refusal::Unauthenticated(_)) => again(Fault::Wrong),
            Err(refusal) => pages::refused(&refusal),
        },
        (Who::Person, None) => {
            let password = SecretString::from(value("password"));
            match operations.sign_in_person(&ctx, &asked.client, asked.wish.clone(), value("user"), &password).await {
                Ok(back) => authorize::send_back(&operations, &back),
                // The console asks for the other half of the proof, and sends the browser back here.
                Err(Refusal::Unauthenticated(Unauthenticated::Missing)) => console::by_console(&format!("{AUTHORIZE}?{query}")),
                Err(Refusal::Unauthenticated(_)) => again(Fault::Wrong),
                Err(refusal) => pages::refused(&refusal),
            }
        }
        (Who::Customer, _) => match operations.ask_for_sign_in_link(&ctx, &asked.client, asked.wish.clone(), value("email")) {
            Ok(_) => pages::letter_sent(),
            Err(refusal) => pages::refused(&refusal),
        },
    }
}

fn not_served(operations: &Operations, unserved: &Unserved) -> Response {
    match unserved {
        Unserved::Shown(said) => pages::not_a_client(said),
        Unserved::Told(told) => authorize::tell(operations, told),
        Unserved::Refused(refusal) => pages::refused(refusal),
    }
}

/// Who is signed in at the console of the client's realm, if it is people that the client asks for.
async fn at_console(operations: &Operations, ctx: &Ctx, asked: &Asked, headers: &HeaderMap) -> Option<ConsoleCaller> {
    let cookie = console::cookie(headers).filter(|_| asked.who == Who::Person)?;
    operations.console_caller(ctx, &cookie, Presence::Acting).await.ok().filter(|who| who.home == asked.client.realm)
}

/// The form, for this browser alone: it gets a cookie unless it has one.
fn form(
    operations: &Operations,
    ctx: &Ctx,
    asked: &Asked,
    query: &str,
    (headers, who, fault): (&HeaderMap, Option<&ConsoleCaller>, Option<Fault>),
) -> Response {
    let known = cookie(headers).map(str::to_owned);
    let is_new = known.is_none();
    let cookie = known.unwrap_or_else(|| ctx.chance.secret().expose_secret().to_owned());
    let name = who.map(|who| who.principal.id.to_string());
    let mut response = pages::form(asked, &operations.form_token(&cookie, query), name.as_deref(), fault);
    if is_new && let Ok(set) = HeaderValue::from_str(&format!("{COOKIE_NAME}={cookie}; Path=/; Secure; HttpOnly; SameSite=Lax")) {
        response.headers_mut().insert(SET_COOKIE, set);
    }
    response
}

/// What our cookie says, if the browser has it.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    exchange::cookie(headers, COOKIE_NAME).filter(|value| value.len() <= COOKIE_BYTES_MAX)
}

/// `GET /sign-in/link/{realm}`: looking at it burns nothing, so that mail servers which follow links do no harm.
async fn show_link(
    State(operations): State<Operations>,
    exchange: Exchange,
    Path(realm): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::of_query(&query.unwrap_or_default()).unwrap_or_default();
    let secret = form.one("secret").ok().flatten().unwrap_or_default();
    match operations.open_sign_in_link(&exchange.ctx, &realm, &SecretString::from(secret)).await {
        Ok(page) => pages::link(&page, secret),
        Err(refusal) => pages::refused(&refusal),
    }
}

/// `POST /sign-in/link/{realm}`: signs the customer in, once.
async fn take_link(State(operations): State<Operations>, exchange: Exchange, Path(realm): Path<String>, body: Body) -> Response {
    let bytes = body::read(body).await;
    let ctx = exchange.arrived(&operations).ctx;
    let sent = match bytes.map(|bytes| Form::read(&bytes)) {
        Ok(sent) => sent.unwrap_or_default(),
        Err(malformed) => return pages::refused(&malformed.into()),
    };
    let secret = SecretString::from(sent.one("secret").ok().flatten().unwrap_or_default());
    match operations.take_sign_in_link(&ctx, &realm, &secret).await {
        Ok(back) => authorize::send_back(&operations, &back),
        Err(refusal) => pages::refused(&refusal),
    }
}
