//! What every door does round a handler: the ids that name a request, and where it came from.
//!
//! [`round`] is the layer: it begins an [`Exchange`], hands it to the handler as an extension and
//! puts both ids on whatever answer comes back. `X-Request-ID` and `X-Correlation-ID` follow
//! `spec/here-support.md`, section 2: what was sent returns, what was not is made.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{AUTHORIZATION, COOKIE},
        request::Parts,
    },
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretString;
use vestibule_core::{
    audit::Channel,
    chance::Chance,
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{Ctx, Operations, RequestOrigin};

/// Names the request inside the service.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Names the caller's affair, across requests.
pub const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// Longest id that is taken over from a client, in bytes; instead of a longer one we make our own.
pub const ID_BYTES_MAX: usize = 1024;

/// One request, before anybody is known to have sent it.
#[derive(Clone)]
pub struct Exchange {
    /// Who asks (nobody yet), when, and from where.
    pub ctx: Ctx,
}

impl Exchange {
    /// Reads the clock and the headers; `peer` is the other end of the connection.
    pub fn begin(operations: &Operations, headers: &HeaderMap, peer: Option<IpAddr>) -> Self {
        let mut ctx = operations.ctx(RequestOrigin {
            request_id: String::new(),
            correlation_id: sent(headers, &CORRELATION_ID),
            trace: trace(headers),
            channel: Channel::Api,
            ip: peer,
            idempotency_key: sent(headers, &IDEMPOTENCY_KEY),
        });
        ctx.origin.request_id = sent(headers, &REQUEST_ID).unwrap_or_else(|| random_uuid(&ctx.chance));
        Self { ctx }
    }

    /// The same with a name for the caller's affair, made up where the caller gave none.
    #[must_use]
    pub fn correlated(mut self) -> Self {
        let chance = &self.ctx.chance;
        self.ctx.origin.correlation_id.get_or_insert_with(|| random_uuid(chance));
        self
    }

    /// The ids that go onto the answer.
    pub fn ids(&self) -> Ids {
        let value = |id: &String| HeaderValue::from_bytes(id.as_bytes()).ok();
        Ids { request: value(&self.ctx.origin.request_id), correlation: self.ctx.origin.correlation_id.as_ref().and_then(value) }
    }

    /// The same, its clock read again once the body is there: one that trickles in must not carry its
    /// sender past the end of what the request was begun with. For doors that authenticate afterwards.
    #[must_use]
    pub fn arrived(mut self, operations: &Operations) -> Self {
        self.ctx.now = operations.now();
        self
    }

    /// The caller's id of its affair, or ours.
    pub fn correlation_id(&self) -> &str {
        self.ctx.origin.correlation_id.as_deref().unwrap_or_default()
    }
}

/// The ids of an exchange as headers.
pub struct Ids {
    request: Option<HeaderValue>,
    correlation: Option<HeaderValue>,
}

impl Ids {
    /// Puts them onto the answer.
    pub fn put(self, response: &mut Response) {
        for (name, id) in [(REQUEST_ID, self.request), (CORRELATION_ID, self.correlation)] {
            if let Some(id) = id {
                response.headers_mut().insert(name, id);
            }
        }
    }
}

impl FromRequestParts<Operations> for Exchange {
    type Rejection = std::convert::Infallible;

    /// The exchange that [`round`] began, which is the handler's from here on; where that layer is missing, a new one.
    async fn from_request_parts(parts: &mut Parts, operations: &Operations) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        Ok(parts.extensions.remove::<Self>().unwrap_or_else(|| Self::begin(operations, &parts.headers, peer).correlated()))
    }
}

/// The layer round every door: begins the exchange and puts its ids on the answer.
pub async fn round(State(operations): State<Operations>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let exchange = Exchange::begin(&operations, request.headers(), peer).correlated();
    let ids = exchange.ids();
    request.extensions_mut().insert(exchange);
    let mut response = next.run(request).await;
    ids.put(&mut response);
    response
}

/// A random UUID (RFC 9562, section 5.4).
pub fn random_uuid(chance: &Chance) -> String {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    uuid::Builder::from_random_bytes(chance.bytes::<16>()).as_uuid().hyphenated().encode_lower(&mut text).to_owned()
}

/// The token of `Authorization: Bearer <token>` (RFC 6750, section 2.1). Two such headers, or
/// another scheme, are not a bearer token, and an empty token was never issued. Which characters and
/// how many a token may have is for operations to say, which know what they issue.
pub fn bearer(headers: &HeaderMap) -> Result<&str, Unauthenticated> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let bytes = match (all.next(), all.next()) {
        (None, _) => return Err(Unauthenticated::Missing),
        (Some(_), Some(_)) => return Err(Unauthenticated::NotBearer),
        (Some(one), None) => one.as_bytes(),
    };
    let blank = bytes.iter().position(|b| *b == b' ').unwrap_or(bytes.len());
    let (scheme, token) = bytes.split_at_checked(blank).unwrap_or((bytes, b""));
    match std::str::from_utf8(token.trim_ascii()) {
        _ if !scheme.eq_ignore_ascii_case(b"bearer") => Err(Unauthenticated::NotBearer),
        Ok("") => Err(Unauthenticated::Unknown),
        Ok(token) => Ok(token),
        Err(_) => Err(Unauthenticated::BadCharacters),
    }
}

/// Name and password of `Authorization: Basic` (RFC 7617, section 2), split at the first colon, UTF-8. Another scheme, bad
/// base64, a missing colon and two headers are no credential.
pub fn basic(headers: &HeaderMap) -> Result<(String, SecretString), Unauthenticated> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let header = all.next().ok_or(Unauthenticated::Missing)?;
    let pair = || {
        let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
        let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        let text = String::from_utf8(decoded).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), SecretString::from(password)))
    };
    match all.next() {
        None => pair().ok_or(Unauthenticated::Unknown),
        Some(_) => Err(Unauthenticated::Unknown),
    }
}

/// The value of a cookie that the browser sent (RFC 6265, section 5.4); an empty one is none.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(';'));
    let mut named = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(known, _)| *known == name);
    named.next().map(|(_, value)| value).filter(|value| !value.is_empty())
}

/// [`Exchange::arrived`] for doors that authenticate before they take the body: the caller is judged
/// again by the new instant. Refuses as [`Operations::bearer`] does.
pub async fn arrived(operations: &Operations, ctx: &mut Ctx, headers: &HeaderMap) -> Result<(), Refusal> {
    let now = operations.now();
    if now != ctx.now {
        ctx.now = now;
        ctx.caller = operations.bearer(ctx, bearer(headers)?).await?;
    }
    Ok(())
}

/// A header's text, if there is one that can be taken over: not empty, UTF-8, not too long.
/// HTTP lets no control character but the tab through. Of two headers the first counts.
fn sent(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = std::str::from_utf8(headers.get(name)?.as_bytes()).ok()?.trim();
    (!text.is_empty() && text.len() <= ID_BYTES_MAX).then(|| text.to_owned())
}

/// The trace id of a `traceparent` header (W3C Trace Context, section 3.2); an unreadable one is none.
fn trace(headers: &HeaderMap) -> Option<String> {
    let mut parts = headers.get(TRACE_PARENT)?.to_str().ok()?.split('-');
    let (version, id) = (parts.next()?, parts.next()?);
    let hex = |text: &str, len| text.len() == len && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let rest = hex(parts.next()?, 16) && hex(parts.next()?, 2);
    (rest && hex(version, 2) && version != "ff" && hex(id, 32) && id.bytes().any(|b| b != b'0')).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn headers(pairs: &[(HeaderName, &[u8])]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_bytes(value).unwrap())).collect()
    }

    #[test]
    fn an_id_returns_unless_it_is_empty_unreadable_or_too_long() {
        let (most, over) = ("x".repeat(ID_BYTES_MAX), "x".repeat(ID_BYTES_MAX + 1));
        for (value, expected) in [
            (&b"case 4711/a\"b"[..], Some("case 4711/a\"b")),
            ("größe".as_bytes(), Some("größe")),
            (most.as_bytes(), Some(most.as_str())),
            (over.as_bytes(), None),
            (b"", None),
            (b"  ", None),
            (b"\xff", None),
        ] {
            assert_eq!(sent(&headers(&[(REQUEST_ID, value)]), &REQUEST_ID).as_deref(), expected);
        }
        assert_eq!(sent(&HeaderMap::new(), &REQUEST_ID), None);
    }

    #[test]
    fn a_made_id_is_a_random_uuid() {
        let chance = Chance::new(|bytes| bytes.fill(0xff));
        assert_eq!(random_uuid(&chance), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn a_trace_id_is_read_or_left() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (value, read) in [
            (format!("00-{id}-00f067aa0ba902b7-01"), true),
            (format!("01-{id}-00f067aa0ba902b7-01-more"), true),
            (format!("ff-{id}-00f067aa0ba902b7-01"), false),
            (format!("00-{}-00f067aa0ba902b7-01", id.to_uppercase()), false),
            (format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)), false),
            (format!("00-{id}"), false),
            (String::new(), false),
        ] {
            assert_eq!(trace(&headers(&[(TRACE_PARENT, value.as_bytes())])).is_some(), read, "{value}");
        }
    }

    #[test]
    fn a_bearer_token_is_found_or_its_fault_is() {
        use Unauthenticated::{BadCharacters, Missing, NotBearer, Unknown};
        for (value, expected) in [
            (&b"Bearer abc.DEF-1_~+/=="[..], Ok("abc.DEF-1_~+/==")),
            (b"bearer  x", Ok("x")),
            (b"Bearer", Err(Unknown)),
            (b"Bearer  ", Err(Unknown)),
            (b"Bearer a b", Ok("a b")),
            (b"Bearer \xff", Err(BadCharacters)),
            ("Bearer ü".as_bytes(), Ok("ü")),
            (b"Basic YTpi", Err(NotBearer)),
            (b"Bearerx", Err(NotBearer)),
            (b"\xff", Err(NotBearer)),
            (b"", Err(NotBearer)),
        ] {
            assert_eq!(bearer(&headers(&[(AUTHORIZATION, value)])), expected, "{:?}", String::from_utf8_lossy(value));
        }
        assert_eq!(bearer(&HeaderMap::new()), Err(Missing));
        let mut two = headers(&[(AUTHORIZATION, b"Bearer a")]);
        two.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert_eq!(bearer(&two), Err(NotBearer));
    }

    #[test]
    fn a_pair_is_split_at_its_first_colon_and_anything_else_is_none() {
        let encode = |pair: &[u8]| format!("Basic {}", STANDARD.encode(pair));
        for (header, expected) in [
            // The example of `spec/hostway-sso.md`, section 5.1.
            ("Basic c3NvX2FwcDpzM2NyM3QtYXBw".to_owned(), Some(("sso_app", "s3cr3t-app"))),
            ("bAsIc  c3NvX2FwcDpzM2NyM3QtYXBw".to_owned(), Some(("sso_app", "s3cr3t-app"))),
            (encode(b"a:b:c:"), Some(("a", "b:c:"))),
            (encode("zo\u{eb}:p\u{e4}ss".as_bytes()), Some(("zo\u{eb}", "p\u{e4}ss"))),
            (encode(b":"), Some(("", ""))),
            (encode(b"no colon"), None),
            (encode(b"\xff:x"), None),
            ("Basic c3Nv!".to_owned(), None),
            ("Basic".to_owned(), None),
            ("Bearer c3NvX2FwcDpzM2NyM3QtYXBw".to_owned(), None),
        ] {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(&header).unwrap())]);
            let found = basic(&headers);
            let pair = found.as_ref().ok().map(|(user, password)| (user.as_str(), password.expose_secret()));
            assert_eq!(pair, expected, "{header}");
        }
        assert_eq!(basic(&HeaderMap::new()).err(), Some(Unauthenticated::Missing));
        let mut two = HeaderMap::new();
        for _ in 0..2 {
            two.append(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
        }
        assert_eq!(basic(&two).err(), Some(Unauthenticated::Unknown));
    }
}
