//! The standard door's half of `POST /oauth/token` (RFC 6749, section 3.2): a form that names its client, or asks for
//! one of the grants that are given here alone. Any other request there is the door's who served the address first.

use axum::{
    Json,
    body::Bytes,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_core::{account::AccountKind, refusal::Refusal, scope::Scopes};
use vestibule_operations::{ClientToken, Ctx, ForWhom, KeyHolder, Operations};

use super::form::{Form, Repeated};
use crate::{body::MediaType, exchange};

/// What a client may ask for.
pub const GRANTS: [&str; 3] = ["authorization_code", "client_credentials", "password"];
/// The members that say for whom a client asks (`spec/egain-grants.md`, section 2).
const SUBJECTS: [&str; 3] = ["subject_username", "subject_userid", "subject_email"];

/// Why there is no token (RFC 6749, section 5.2).
#[derive(Debug)]
enum TokenRefusal {
    /// `invalid_request`, and what is wrong with it.
    Request(&'static str),
    /// `invalid_client`: not an access key that is good now, or not its secret. All alike.
    Client,
    /// `unauthorized_client`: it may not ask for this, or not for them.
    Unauthorized(&'static str),
    /// `invalid_grant`: a code that is good for nothing, or nobody who could be acted for.
    Grant(&'static str),
    /// `unsupported_grant_type`.
    Unsupported,
    /// `invalid_scope`.
    Scope(String),
    /// Whatever else stands in the way.
    Other(Refusal),
}

impl From<Repeated> for TokenRefusal {
    fn from(_: Repeated) -> Self {
        Self::Request("a parameter is there more than once")
    }
}

impl From<Refusal> for TokenRefusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Absent("code") => Self::Grant("the code is not good for this client, address and verifier, or not any more"),
            Refusal::Absent(_) => Self::Grant("nobody, or more than one, could be acted for by that name"),
            Refusal::Forbidden { .. } => Self::Unauthorized("the client may not act for them"),
            Refusal::Unauthenticated(_) => Self::Client,
            other => Self::Other(other),
        }
    }
}

/// The form, if the request is one for this door.
pub fn read(headers: &HeaderMap, bytes: &Bytes) -> Option<Form> {
    MediaType::of(headers, &[MediaType::Form]).ok()?;
    let form = Form::read(bytes)?;
    let only_here = |grant: &str| grant != "client_credentials" && GRANTS.contains(&grant);
    let is_ours = form.has("client_id") || form.has("client_secret") || form.one("grant_type").ok().flatten().is_some_and(only_here);
    is_ours.then_some(form)
}

/// Answers a request of this door, step by step.
pub async fn answer(operations: &Operations, ctx: &Ctx, headers: &HeaderMap, form: &Form) -> Response {
    let steps = async {
        if form.has_repeated() {
            return Err(Repeated.into()); //                                                        400 invalid_request
        }
        let (id, holder) = client(operations, ctx, headers, form).await?; //                       401 invalid_client
        let grant = form.one("grant_type")?.ok_or(TokenRefusal::Request("`grant_type` is missing"))?; // 400 invalid_request
        if !GRANTS.contains(&grant) {
            return Err(TokenRefusal::Unsupported); //                                              400 unsupported_grant_type
        }
        if holder.owner.kind != AccountKind::Service {
            return Err(TokenRefusal::Unauthorized("only a service account is a client")); //       400 unauthorized_client
        }
        give(operations, ctx, form, grant, (&id, &holder)).await
    };
    let mut response = match steps.await {
        Ok(token) => granted(&token),
        Err(refusal) => refused(&refusal, headers),
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// The client, by its id and secret in the form or by HTTP Basic, but not by both (RFC 6749, section 2.3).
async fn client(operations: &Operations, ctx: &Ctx, headers: &HeaderMap, form: &Form) -> Result<(String, KeyHolder), TokenRefusal> {
    let (in_form, secret) = (form.one("client_id")?, form.one("client_secret")?);
    let (id, secret) = match (headers.contains_key(AUTHORIZATION), in_form, secret) {
        (true, _, Some(_)) => return Err(TokenRefusal::Request("the client proves itself in two ways")),
        (true, in_form, None) => {
            let (id, secret) = exchange::basic(headers).map_err(|_| TokenRefusal::Client)?;
            if in_form.is_some_and(|other| other != id) {
                return Err(TokenRefusal::Request("two clients are named"));
            }
            (id, secret)
        }
        (false, Some(id), Some(secret)) => (id.to_owned(), SecretString::from(secret)),
        (false, ..) => return Err(TokenRefusal::Client),
    };
    let holder = operations.key_holder(ctx, &id, &secret).await?;
    let may_sign_in = |holder: &KeyHolder| holder.owner.enabled && holder.owner.check_standing().is_ok();
    Ok((id, holder.filter(may_sign_in).ok_or(TokenRefusal::Client)?))
}

async fn give(
    operations: &Operations,
    ctx: &Ctx,
    form: &Form,
    grant: &str,
    (id, holder): (&str, &KeyHolder),
) -> Result<ClientToken, TokenRefusal> {
    let scopes = || -> Result<Scopes, TokenRefusal> {
        form.one("scope")?.unwrap_or_default().parse().map_err(|malformed| TokenRefusal::Scope(format!("{malformed}")))
    };
    let subject = subject(form)?; //                                                               400 invalid_request
    match (grant, subject) {
        ("authorization_code", None) => {
            let required = |name, lack| form.one(name)?.ok_or(TokenRefusal::Request(lack));
            let code = required("code", "`code` is missing")?;
            let uri = required("redirect_uri", "`redirect_uri` is missing")?;
            let verifier = required("code_verifier", "`code_verifier` is missing")?;
            Ok(operations.redeem_code(ctx, holder, id, code, (uri, verifier)).await?) //            400 invalid_grant
        }
        ("client_credentials", None) => Ok(operations.token_for_client(ctx, holder, id, scopes()?)?),
        ("password", Some(whom)) => Ok(operations.token_for_somebody(ctx, holder, id, whom, scopes()?).await?), // 400
        ("password", None) => Err(TokenRefusal::Request("one of `subject_username`, `subject_userid` and `subject_email` is needed")),
        (_, _) => Err(TokenRefusal::Request("this grant names no subject")),
    }
}

/// For whom a client asks, if it says so.
fn subject(form: &Form) -> Result<Option<ForWhom>, TokenRefusal> {
    let mut named = Vec::new();
    for name in SUBJECTS {
        named.extend(form.one(name)?.map(|value| (name, value)));
    }
    match named.as_slice() {
        [] => Ok(None),
        [("subject_username", name)] => Ok(Some(ForWhom::UserNamed((*name).to_owned()))),
        [("subject_userid", id)] => match id.parse() {
            Ok(key) => Ok(Some(ForWhom::User(key))),
            Err(_) => Err(TokenRefusal::Request("`subject_userid` is not an id")),
        },
        [(_, address)] => Ok(Some(ForWhom::CustomerAt((*address).to_owned()))),
        _ => Err(TokenRefusal::Request("more than one subject is named")),
    }
}

fn granted(token: &ClientToken) -> Response {
    let text = token.token.expose_secret();
    let scope = token.scopes.to_string();
    Json(json!({ "access_token": text, "token_type": "Bearer", "expires_in": token.expires_in_s, "scope": scope })).into_response()
}

fn refused(refusal: &TokenRefusal, headers: &HeaderMap) -> Response {
    let (status, error, said) = match refusal {
        TokenRefusal::Request(said) => (StatusCode::BAD_REQUEST, "invalid_request", (*said).to_owned()),
        TokenRefusal::Client => {
            (StatusCode::UNAUTHORIZED, "invalid_client", "the id and secret of an active access key are needed".to_owned())
        }
        TokenRefusal::Unauthorized(said) => (StatusCode::BAD_REQUEST, "unauthorized_client", (*said).to_owned()),
        TokenRefusal::Grant(said) => (StatusCode::BAD_REQUEST, "invalid_grant", (*said).to_owned()),
        TokenRefusal::Unsupported => (StatusCode::BAD_REQUEST, "unsupported_grant_type", format!("granted are {}", GRANTS.join(", "))),
        TokenRefusal::Scope(said) => (StatusCode::BAD_REQUEST, "invalid_scope", said.clone()),
        TokenRefusal::Other(Refusal::TooMany { .. }) => {
            (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", "too many requests".to_owned())
        }
        TokenRefusal::Other(Refusal::Unavailable) => {
            (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", Refusal::Unavailable.to_string())
        }
        TokenRefusal::Other(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", Refusal::Internal.to_string()),
    };
    // A description has neither quotation marks nor anything but ASCII (section 5.2).
    let said: String = said.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')).collect();
    let mut response = (status, Json(json!({ "error": error, "error_description": said }))).into_response();
    if matches!(refusal, TokenRefusal::Client) && headers.contains_key(AUTHORIZATION) {
        let challenge = HeaderValue::from_static(r#"Basic realm="vestibule", charset="UTF-8""#);
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    if let TokenRefusal::Other(Refusal::TooMany { retry_after_s, .. }) = refusal {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
    }
    response
}
