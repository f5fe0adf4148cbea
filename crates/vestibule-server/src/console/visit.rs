//! Who is at the console: the cookie, what forms must carry, and where somebody without either is sent.

use axum::{
    body::{Body, Bytes},
    extract::{Query, Request},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri,
        header::{ACCEPT, LOCATION, ORIGIN, SET_COOKIE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    audit::Channel,
    refusal::{Fault, Malformed, Refusal, Unauthenticated},
};
use vestibule_operations::{ConsoleCaller, Ctx, Operations, Presence};

use super::{frame, landing, texts::Speech};
use crate::{
    body,
    exchange::{self, Exchange},
};

/// The cookie's name: bound to this host, to all its paths and to TLS, as browsers enforce by the prefix (RFC 6265bis,
/// section 4.1.3.2). They take `localhost` for safe, too.
const NAME: &str = "__Host-vestibule";
/// What our script marks its requests with when it looks whether a page has changed.
const LOOKING: &str = "vestibule-looking";
/// What forms carry.
const FORM_TOKEN: &str = "form_token";

/// A request to the console by somebody who is signed in.
#[derive(Clone)]
pub struct Visit {
    /// What can be done.
    pub operations: Operations,
    /// Who asks, and when: the account itself.
    pub ctx: Ctx,
    /// Who is at the console.
    pub who: ConsoleCaller,
    /// Their language.
    pub speech: Speech,
    /// Their cookie.
    pub cookie: SecretString,
    /// How it was asked.
    pub method: Method,
    /// What was asked for.
    pub uri: Uri,
    /// What a form sent; empty for a page.
    pub form: Form,
}

/// What a form or a query says, in its order.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `name=value&…`.
    pub fn read(text: &str) -> Option<Self> {
        let uri: Uri = format!("/?{text}").parse().ok()?;
        Query::<Vec<(String, String)>>::try_from_uri(&uri).ok().map(|Query(pairs)| Self(pairs))
    }

    /// The query of an address.
    pub fn of(uri: &Uri) -> Self {
        Self::read(uri.query().unwrap_or_default()).unwrap_or_default()
    }

    /// A member, trimmed; an empty one is none, and so is one that stands twice.
    pub fn find(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.trim());
        let first = named.next();
        match named.next() {
            None => first.filter(|text| !text.is_empty()),
            Some(_) => None,
        }
    }

    /// A member that must be there.
    pub fn require(&self, name: &'static str) -> Result<&str, Malformed> {
        self.find(name).ok_or(Malformed::new(name, Fault::Missing))
    }

    /// Every value of a member that may stand more than once, each once, trimmed; empty ones are none.
    pub fn all(&self, name: &str) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for (_, value) in self.0.iter().filter(|(known, value)| known == name && !value.trim().is_empty()) {
            let value = value.trim().to_owned();
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// A member as it was sent, blanks and all: passwords.
    pub fn exact(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }
}

impl Visit {
    /// Knows whoever asks by the cookie; who has none that is good is sent to sign in, and comes back from there. A form that
    /// does not carry what only a page of ours could tell it changes nothing, and its sender is told so.
    pub async fn open(operations: Operations, exchange: Exchange, request: Request) -> Result<Self, Response> {
        let (parts, stream) = request.into_parts();
        match Self::find(operations, exchange, &parts, stream).await {
            Ok(visit) if visit.is_sent_by_us(&parts.headers) => Ok(visit),
            Ok(_) => Err(see_other(&landing::after_nothing(&parts.uri))),
            Err(Refusal::Unauthenticated(Unauthenticated::Missing)) => Err(by_console(&way_on(&parts.method, &parts.uri))),
            Err(Refusal::Unauthenticated(_)) => Err(without_cookie(by_console(&way_on(&parts.method, &parts.uri)))),
            Err(refusal) => Err(frame::refused(speech(&parts.headers), &refusal)),
        }
    }

    /// Knows whoever asks by the cookie.
    pub async fn find(operations: Operations, exchange: Exchange, parts: &Parts, stream: Body) -> Result<Self, Refusal> {
        let form = match parts.method {
            Method::POST => sent(stream).await,
            _ => Form::default(),
        };
        let ctx = at_console(exchange.arrived(&operations));
        let cookie = cookie(&parts.headers).ok_or(Unauthenticated::Missing)?;
        let who = operations.console_caller(&ctx, &cookie, presence(parts)).await?;
        let (ctx, speech, method, uri) = (ctx.as_caller(who.own()), speech(&parts.headers), parts.method.clone(), parts.uri.clone());
        Ok(Self { operations, ctx, who, speech, cookie, method, uri, form })
    }

    /// Whether what was sent, if anything was, came from a page of ours that was made for this session.
    pub fn is_sent_by_us(&self, headers: &HeaderMap) -> bool {
        let is_ours = || self.operations.is_console_form_token(&self.cookie, self.form.exact(FORM_TOKEN));
        self.method != Method::POST || (is_ours() && is_same_origin(headers, &self.operations.settings().public_url))
    }

    /// What the address asks for.
    pub fn query(&self) -> Form {
        Form::of(&self.uri)
    }
}

/// Whether somebody asked, or an open page of theirs: our script says so of what it fetches, and browsers of streams.
fn presence(parts: &Parts) -> Presence {
    let is_stream = parts.headers.get(ACCEPT).is_some_and(|accept| accept == "text/event-stream");
    let is_looking = parts.method == Method::GET && (is_stream || parts.headers.contains_key(LOOKING));
    if is_looking { Presence::Watching } else { Presence::Acting }
}

/// The request's context, which says that it came by a page.
pub fn at_console(exchange: Exchange) -> Ctx {
    let mut ctx = exchange.ctx;
    ctx.origin.channel = Channel::Console;
    ctx
}

/// The reader's language.
pub fn speech(headers: &HeaderMap) -> Speech {
    Speech::preferred(headers.get(axum::http::header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()))
}

/// A body as a form; one that cannot be read is an empty one, and is refused for what it lacks.
pub async fn sent(stream: Body) -> Form {
    let bytes: Bytes = body::read(stream).await.unwrap_or_default();
    std::str::from_utf8(&bytes).ok().and_then(Form::read).unwrap_or_default()
}

/// Whether a form was sent from a page of ours, as far as the browser says: older ones say nothing, or `null`, since our pages
/// tell nobody where their reader came from.
pub fn is_same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    match site {
        Some(site) => site == b"same-origin" || site == b"none",
        None => origin
            .filter(|origin| *origin != "null")
            .is_none_or(|origin| public_url.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))),
    }
}

/// The console's cookie, if the browser sent it.
pub fn cookie(headers: &HeaderMap) -> Option<SecretString> {
    exchange::cookie(headers, NAME).map(SecretString::from)
}

/// The answer with the cookie of whoever has signed in. It ends with the browser, and before that when the session does.
pub fn with_cookie(mut response: Response, secret: &SecretString) -> Response {
    put_cookie(&mut response, &format!("{NAME}={}; Path=/; Secure; HttpOnly; SameSite=Lax", secret.expose_secret()));
    response
}

/// The answer with the cookie taken away.
pub fn without_cookie(mut response: Response) -> Response {
    put_cookie(&mut response, &format!("{NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
    response
}

fn put_cookie(response: &mut Response, line: &str) {
    if let Ok(mut value) = HeaderValue::from_str(line) {
        value.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// Sends the browser on, to a page of ours (RFC 9110, section 15.4.4).
pub fn see_other(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(LOCATION, address);
    }
    response
}

/// Where whoever must sign in first goes on then.
fn way_on(method: &Method, uri: &Uri) -> String {
    match *method {
        Method::POST => landing::after_nothing(uri),
        _ => uri.path_and_query().map_or(super::PATH, |path| path.as_str()).to_owned(),
    }
}

/// Where to sign in, and where to go on then.
fn sign_in_address(back: &str) -> String {
    format!("{}?to={}", super::sign_in::PATH, percent_encoding::utf8_percent_encode(back, percent_encoding::NON_ALPHANUMERIC))
}

/// Sends a browser to sign in at the console, and to this address of ours then.
pub fn by_console(back: &str) -> Response {
    see_other(&sign_in_address(back))
}

/// Sends whoever must prove themselves anew to sign in, and back then.
pub fn sign_in_again(visit: &Visit) -> Response {
    let staff = if visit.who.home.is_vendor() { "&staff=1" } else { "" };
    see_other(&format!("{}{staff}", sign_in_address(&way_on(&visit.method, &visit.uri))))
}

/// Where to go on after signing in: a page of the console, whatever the address says.
pub fn way_back(form: &Form) -> &str {
    let is_ours = |path: &&str| {
        let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        plain
            && (*path == super::PATH
                || path.starts_with("/console/")
                || path.starts_with("/console?")
                || path.starts_with("/oauth/authorize?"))
    };
    form.find("to").filter(is_ours).unwrap_or(super::PATH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_ours() {
        for (to, back) in [
            ("to=%2Fconsole%2Frealms%2Facme%2Flog%3Fpage%3D2", "/console/realms/acme/log?page=2"),
            ("to=/console", "/console"),
            ("to=//evil.example", "/console"),
            ("to=/consoleevil", "/console"),
            ("to=https://evil.example/console/", "/console"),
            ("to=/console/%5c%5cevil", "/console"),
            ("to=/console/a%0d%0aSet-Cookie:x", "/console"),
            ("", "/console"),
            ("to=/console/a&to=/console/b", "/console"),
        ] {
            assert_eq!(way_back(&Form::read(to).unwrap()), back, "{to}");
        }
    }

    #[test]
    fn a_member_that_may_stand_twice_is_read_whole() {
        let form = Form::read("account=a&x=1&account=+b+&account=&account=a").unwrap();
        assert_eq!(form.all("account"), ["a", "b"]);
        assert_eq!(form.find("account"), None, "where one is wanted, two are none");
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let of = |line: &str| cookie(&HeaderMap::from_iter([(axum::http::header::COOKIE, HeaderValue::from_str(line).unwrap())]));
        let text = |line| of(line).map(|secret| secret.expose_secret().to_owned());
        assert_eq!(text("a=b; __Host-vestibule=xyz; c=d").as_deref(), Some("xyz"));
        assert_eq!(text("a=b"), None);
        assert_eq!(text("__Host-vestibule="), None);
        assert_eq!(text("x__Host-vestibule=1"), None);
    }

    #[test]
    fn a_form_from_elsewhere_is_known() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs
                .iter()
                .map(|(name, value)| (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect::<HeaderMap>()
        };
        let ours = |pairs| is_same_origin(&headers(pairs), "https://vestibule.example");
        assert!(ours(&[("sec-fetch-site", "same-origin")]) && ours(&[("origin", "https://vestibule.example")]) && ours(&[]));
        assert!(!ours(&[("sec-fetch-site", "cross-site")]) && !ours(&[("origin", "https://evil.example")]));
        assert!(ours(&[("origin", "null")]) && !ours(&[("sec-fetch-site", "cross-site"), ("origin", "null")]));
        assert!(!ours(&[("origin", "https://vestibule.ex")]));
    }
}
