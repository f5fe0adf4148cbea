//! What a client asks for when it sends a browser to `/oauth/authorize` (RFC 6749, section 4.1.1; RFC 7636, section 4.3),
//! and how the browser goes back.
//!
//! Until the client and the address are known, nobody is sent anywhere: the page itself says what is wrong.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use vestibule_core::{pkce::Challenge, redirect::RedirectUri, refusal::Refusal};
use vestibule_operations::{Client, Ctx, Operations, STANDARD_ISSUER, SentBack, SignInWish};

use super::form::{Form, Repeated};

/// Longest `state`, in bytes.
const STATE_BYTES_MAX: usize = 1_024;
/// By what a client says that customers are to sign in, among the values of `acr_values` (ours).
const CUSTOMERS: &str = "customer";

/// Who is to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// A person of the realm, with a password.
    Person,
    /// A customer of the realm, by a letter.
    Customer,
}

/// A request that can be served.
#[derive(Debug)]
pub struct Asked {
    /// Who asks.
    pub client: Client,
    /// What for.
    pub wish: SignInWish,
    /// Who is to sign in.
    pub who: Who,
}

/// Why a request cannot be served.
#[derive(Debug)]
pub enum Unserved {
    /// Told on the page: nobody knows where the browser might go.
    Shown(&'static str),
    /// Told to the client, by way of the browser (RFC 6749, section 4.1.2.1).
    Told(Box<Told>),
    /// Something of ours stands in the way.
    Refused(Refusal),
}

/// What a client is told that gets no code.
#[derive(Debug)]
pub struct Told {
    redirect_uri: RedirectUri,
    state: Option<String>,
    error: &'static str,
    said: &'static str,
}

impl From<Refusal> for Unserved {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Reads a request: the client first, then where it wants the browser sent, then all else.
pub async fn read(operations: &Operations, ctx: &Ctx, query: &str) -> Result<Asked, Unserved> {
    let form = Form::of_query(query).ok_or(Unserved::Shown("The address cannot be read."))?;
    let shown = |said| move |Repeated| Unserved::Shown(said);
    let id = form.one("client_id").map_err(shown("The address names more than one client."))?;
    let client = match id {
        Some(id) => operations.client(ctx, id).await?,
        None => None,
    };
    let client = client.ok_or(Unserved::Shown("The address names no client that is known here."))?;
    let uri = form.one("redirect_uri").map_err(shown("The address says in more than one way where to go next."))?;
    let registered = client.redirect_uris.iter().find(|known| uri == Some(known.as_str()));
    let redirect_uri = registered.cloned().ok_or(Unserved::Shown("The client may not send anybody where the address says."))?;
    let state = form.one("state").ok().flatten().map(str::to_owned);
    match wish(&form, &redirect_uri, &state) {
        Ok((who, wish)) => Ok(Asked { client, wish, who }),
        Err((error, said)) => {
            Err(Unserved::Told(Box::new(Told { redirect_uri, state: state.filter(|state| is_state(state)), error, said })))
        }
    }
}

fn is_state(state: &str) -> bool {
    state.len() <= STATE_BYTES_MAX && state.bytes().all(|b| matches!(b, b' '..=b'~'))
}

fn wish(form: &Form, redirect_uri: &RedirectUri, state: &Option<String>) -> Result<(Who, SignInWish), (&'static str, &'static str)> {
    let one = |name| form.one(name).map_err(|Repeated| ("invalid_request", "a parameter is there more than once"));
    if form.has_repeated() {
        return Err(("invalid_request", "a parameter is there more than once"));
    }
    if !state.as_deref().is_none_or(is_state) {
        return Err(("invalid_request", "state is too long, or not plain text"));
    }
    match one("response_type")? {
        Some("code") => {}
        None => return Err(("invalid_request", "response_type is missing")),
        Some(_) => return Err(("unsupported_response_type", "response_type is not code")),
    }
    if one("response_mode")?.is_some_and(|mode| mode != "query") {
        return Err(("invalid_request", "response_mode is not query"));
    }
    if one("code_challenge_method")? != Some(Challenge::METHOD) {
        return Err(("invalid_request", "code_challenge_method is not S256"));
    }
    let challenge = one("code_challenge")?.unwrap_or_default().parse();
    let challenge = challenge.map_err(|_| ("invalid_request", "code_challenge is not a SHA-256 in base64url"))?;
    let scopes = one("scope")?.unwrap_or_default().parse().map_err(|_| ("invalid_scope", "scope is not a list of names"))?;
    let is_customer = one("acr_values")?.is_some_and(|values| values.split(' ').any(|value| value == CUSTOMERS));
    let who = if is_customer { Who::Customer } else { Who::Person };
    Ok((who, SignInWish { redirect_uri: redirect_uri.clone(), scopes, challenge, state: state.clone() }))
}

/// Sends the browser back with a code (RFC 6749, section 4.1.2; RFC 9207, section 2).
pub fn send_back(operations: &Operations, back: &SentBack) -> Response {
    go(operations, &back.redirect_uri, &[("code", back.code.expose_secret())], back.state.as_deref())
}

/// Sends the browser back without one.
pub fn tell(operations: &Operations, told: &Told) -> Response {
    go(operations, &told.redirect_uri, &[("error", told.error), ("error_description", told.said)], told.state.as_deref())
}

fn go(operations: &Operations, to: &RedirectUri, members: &[(&str, &str)], state: Option<&str>) -> Response {
    let issuer = format!("{}{STANDARD_ISSUER}", operations.settings().public_url);
    let mut members = members.to_vec();
    members.extend(state.map(|state| ("state", state)));
    members.push(("iss", &issuer));
    let Ok(location) = HeaderValue::from_str(&to.with(&members)) else {
        tracing::error!("the way back to a client could not be written");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let guards = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, guards).into_response()
}
