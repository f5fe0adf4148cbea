//! Logging in on the older surface (`spec/egain-grants.md`, section 2): a name and a password for a session, which each call
//! brings along in [`words::SESSION_HEADER`]. Whoever logs in is nobody yet, so the door round the other routes is not
//! round these. Customers have no passwords and cannot log in here.

use axum::{
    Router,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    http::{HeaderValue, Uri, request::Parts},
    response::Response,
    routing::{delete, post},
};
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    id::RealmId,
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{Ctx, LoggedIn, Operations, WhenFull};

use super::{
    Surface,
    caller::session,
    errors::{self, Failure},
    negotiate::{Media, Voice},
    query::Query,
    reply::Reply,
    shape::Shape,
    tree::Incoming,
    words,
};
use crate::{body, call::Params, exchange::Exchange};

/// Ends the oldest of five sessions instead of refusing the sixth, when it says `yes`.
const FORCE: &str = "forceLogin";
const NAME: &str = "userName";
const PASSWORD: &str = "password";
/// The element that XML begins with (inferred: the page names its members alone).
const ROOT: &str = "user";

/// The addresses, added to those of the dialect.
pub fn add(router: Router<Operations>) -> Router<Operations> {
    let router = spelt(words::LOGIN).fold(router, |router, path| router.route(&path, post(log_in)));
    spelt(words::LOGOUT).fold(router, |router, path| router.route(&path, delete(log_out)))
}

/// Verb and path of each, in all spellings.
pub fn addresses() -> impl Iterator<Item = (&'static str, String)> {
    spelt(words::LOGIN).map(|path| ("post", path)).chain(spelt(words::LOGOUT).map(|path| ("delete", path)))
}

/// A path in all its spellings.
fn spelt(path: &str) -> impl Iterator<Item = String> {
    ["", "/system"].into_iter().flat_map(move |lead| ["", words::REALM].map(|realm| format!("{realm}{lead}{path}")))
}

type Named = Result<RawPathParams, RawPathParamsRejection>;

/// `POST …/user/login`: 204, and the session.
async fn log_in(State(operations): State<Operations>, exchange: Exchange, params: Named, request: Request) -> Response {
    let (parts, stream) = request.into_parts();
    let body = body::read(stream).await;
    let ctx = exchange.arrived(&operations).ctx;
    let steps = async {
        let voice = Voice::wanted(&parts.headers, Surface::Legacy)?; //          406, 400
        let when_full = when_full(&parts.uri)?; //                               400
        let (name, password) = wanted(&parts, body.map_err(Failure::from)?.as_ref())?; // 400, 415
        let realm = realm(params)?; //                                           404
        let found = operations.log_in(&ctx, realm.as_ref(), &name, &password, when_full).await;
        let begun = found.map_err(|refusal| unproven(refusal, NAME))?; //        401, 429, 400
        Ok(within(Reply::nothing().response(voice), &begun)) //                  204
    };
    steps.await.unwrap_or_else(|failure: Failure| failure.response(Voice::as_far_as_known(&parts.headers, Surface::Legacy)))
}

/// `DELETE …/user/logout`: 204, and the session is over (ours: the page names no way to end one).
async fn log_out(State(operations): State<Operations>, exchange: Exchange, request: Request) -> Response {
    let (parts, ctx) = (request.into_parts().0, exchange.ctx);
    let steps = async {
        let raw = session(&parts.headers).ok_or(Refusal::from(Unauthenticated::Missing));
        end(&operations, &ctx, raw).await.map_err(|refusal| unproven(refusal, "X-egain-session"))?; // 401
        let voice = Voice::wanted(&parts.headers, Surface::Legacy)?; //          406, 400
        Ok(Reply::nothing().response(voice)) //                                  204
    };
    steps.await.unwrap_or_else(|failure: Failure| failure.response(Voice::as_far_as_known(&parts.headers, Surface::Legacy)))
}

async fn end(operations: &Operations, ctx: &Ctx, raw: Result<&str, Refusal>) -> Result<(), Refusal> {
    operations.log_out(ctx, raw?).await
}

/// A refusal, where whoever did not prove themselves is told by what they tried to.
fn unproven(refusal: Refusal, by: &str) -> Failure {
    match refusal {
        Refusal::Unauthenticated(_) => Failure::of(&errors::CREDENTIAL, [by]).because(refusal),
        other => other.into(),
    }
}

fn when_full(uri: &Uri) -> Result<WhenFull, Failure> {
    match Query::read(uri, &[FORCE])?.one_of(FORCE, &["yes", "no"])? {
        Some("yes") => Ok(WhenFull::EndOldest),
        _ => Ok(WhenFull::Refuse),
    }
}

/// The name and the password that a body brings.
fn wanted(parts: &Parts, bytes: &[u8]) -> Result<(String, SecretString), Failure> {
    if bytes.trim_ascii().is_empty() {
        return Err(Failure::of(&errors::BODY_MISSING, [""; 0]));
    }
    let media = Media::of_body(&parts.headers, Surface::Legacy)?;
    let body = Incoming::read(bytes, media, ROOT)?;
    let shape = Shape::new(&body);
    let read = shape.root().members(&[NAME, PASSWORD]).and_then(|root| {
        let (name, password) = (root.required(NAME), root.required(PASSWORD));
        let (name, password) = (name.and_then(|name| name.text()), password.and_then(|password| password.text()));
        Some((name?.to_owned(), SecretString::from(password?)))
    });
    shape.finish(read)
}

/// The realm that the path names, if it names one.
fn realm(params: Named) -> Result<Option<RealmId>, Failure> {
    let params = Params::of(params.as_ref().ok()).ok_or(Refusal::Absent("path"))?;
    Ok(params.find("realm").map(|realm| realm.parse().map_err(|_| Refusal::Absent("realm"))).transpose()?)
}

/// The answer with the session that has begun. It is marked, so that nothing shows it that shows headers.
fn within(mut response: Response, begun: &LoggedIn) -> Response {
    if let Ok(mut session) = HeaderValue::from_str(begun.session.expose_secret()) {
        session.set_sensitive(true);
        response.headers_mut().insert(words::SESSION_HEADER, session);
    }
    response
}
