//! Who calls (`spec/wavefront-accounts.md`, section 2): the bearer of a token, in either of two headers. The realm is the
//! token's; a path that names one must name that.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use vestibule_core::{
    id::RealmId,
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{Ctx, Operations};

use super::words;
use crate::exchange;

/// The same request, with its caller known. Refuses with [`Refusal::Unauthenticated`].
pub async fn authenticate(operations: &Operations, ctx: Ctx, headers: &HeaderMap) -> Result<Ctx, Refusal> {
    let caller = operations.bearer(&ctx, token(headers)?).await?;
    Ok(ctx.as_caller(caller))
}

/// The same once the body is there: one that trickles in must not carry its sender past the end of a token.
pub async fn arrived(operations: &Operations, ctx: &mut Ctx, headers: &HeaderMap) -> Result<(), Refusal> {
    let now = operations.now();
    if now != ctx.now {
        ctx.now = now;
        ctx.caller = operations.bearer(ctx, token(headers)?).await?;
    }
    Ok(())
}

/// The caller's realm. Any other that the path names is as absent as one that is not there.
pub fn realm(ctx: &Ctx, named: Option<&str>) -> Result<RealmId, Refusal> {
    let realm = ctx.realm()?;
    match named.is_none_or(|named| named == realm.as_str()) {
        true => Ok(realm.clone()),
        false => Err(Refusal::Absent("realm")),
    }
}

/// The token: of `Authorization: Bearer`, which counts where both headers are there, else of `X-AUTH-TOKEN`, with or
/// without `Bearer` before it.
fn token(headers: &HeaderMap) -> Result<&str, Unauthenticated> {
    let mut all = headers.get_all(words::TOKEN_HEADER).iter();
    let (first, more) = (all.next(), all.next());
    match first.filter(|_| !headers.contains_key(AUTHORIZATION)) {
        None => exchange::bearer(headers),
        Some(_) if more.is_some() => Err(Unauthenticated::NotBearer),
        Some(value) => {
            let text = std::str::from_utf8(value.as_bytes()).map_err(|_| Unauthenticated::BadCharacters)?.trim();
            let prefixed = text.split_at_checked(BEARER.len()).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(BEARER));
            match prefixed.map_or(text, |(_, token)| token.trim_start()) {
                "" => Err(Unauthenticated::Unknown),
                token => Ok(token),
            }
        }
    }
}

const BEARER: &str = "Bearer ";

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_token_is_found_in_either_header() {
        use Unauthenticated::{BadCharacters, Missing, NotBearer, Unknown};
        let (own, standard) = ("x-auth-token", "authorization");
        for (sent, expected) in [
            (&[][..], Err(Missing)),
            (&[(standard, &b"Bearer a-1"[..])], Ok("a-1")),
            (&[(own, b"a-1")], Ok("a-1")),
            (&[(own, b"Bearer a-1")], Ok("a-1")),
            (&[(own, b"bearer  a-1 ")], Ok("a-1")),
            (&[(own, b"Bearer")], Ok("Bearer")),
            (&[(own, b"")], Err(Unknown)),
            (&[(own, b"Bearer ")], Ok("Bearer")),
            (&[(own, b"\xff")], Err(BadCharacters)),
            (&[(own, b"a"), (own, b"a")], Err(NotBearer)),
            (&[(own, b"a"), (standard, b"Bearer b")], Ok("b")),
            (&[(own, b"a"), (standard, b"Basic b")], Err(NotBearer)),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in sent {
                headers.append(*name, HeaderValue::from_bytes(value).unwrap());
            }
            assert_eq!(token(&headers), expected, "{sent:?}");
        }
    }
}
