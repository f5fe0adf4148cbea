//! The caller of the doors that take a bearer token and nothing else (RFC 6750, section 2.1).

use axum::http::{HeaderMap, header::AUTHORIZATION};
use vestibule_core::refusal::{Refusal, Unauthenticated};
use vestibule_operations::{Caller, Ctx, Operations};

/// Who calls, from memory. Refuses with [`Refusal::Unauthenticated`].
pub async fn caller(operations: &Operations, ctx: &Ctx, headers: &HeaderMap) -> Result<Caller, Refusal> {
    operations.bearer(ctx, token(headers)?).await
}

/// The token of the one `Authorization` header.
fn token(headers: &HeaderMap) -> Result<&str, Unauthenticated> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let line = match (lines.next(), lines.next()) {
        (None, _) => return Err(Unauthenticated::Missing),
        (Some(line), None) => line.to_str().map_err(|_| Unauthenticated::BadCharacters)?,
        // Two credentials: whose call would it be?
        (Some(_), Some(_)) => return Err(Unauthenticated::BadCharacters),
    };
    let (scheme, token) = line.split_once(' ').ok_or(Unauthenticated::NotBearer)?;
    match token.trim_matches(' ') {
        _ if !scheme.eq_ignore_ascii_case("bearer") => Err(Unauthenticated::NotBearer),
        "" => Err(Unauthenticated::BadCharacters),
        token if token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b)) => Ok(token),
        _ => Err(Unauthenticated::BadCharacters),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_stands_alone() {
        for (lines, expected) in [
            (&[][..], Err(Unauthenticated::Missing)),
            (&["Bearer abc.DEF-1_~+/="], Ok("abc.DEF-1_~+/=")),
            (&["bearer  abc"], Ok("abc")),
            (&["Bearer"], Err(Unauthenticated::NotBearer)),
            (&["Bearer "], Err(Unauthenticated::BadCharacters)),
            (&["Basic YWRh"], Err(Unauthenticated::NotBearer)),
            (&["Bearer a b"], Err(Unauthenticated::BadCharacters)),
            (&["Bearer a,b"], Err(Unauthenticated::BadCharacters)),
            (&["Bearer a", "Bearer b"], Err(Unauthenticated::BadCharacters)),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(AUTHORIZATION, line.parse().unwrap());
            }
            assert_eq!(token(&headers), expected, "{lines:?}");
        }
    }
}
