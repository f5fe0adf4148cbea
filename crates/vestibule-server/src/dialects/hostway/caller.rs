//! Who calls (`spec/hostway-sso.md`, section 4.3): a client application, by HTTP Basic. Its user name is an account's id.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretString;
use vestibule_core::{
    id::RealmId,
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{Ctx, Operations};

/// The same request, with its caller known; of the realm that the path names, if it names one. Whatever is wrong with a
/// credential, its bearer is told the same.
pub async fn authenticate(operations: &Operations, ctx: Ctx, headers: &HeaderMap, realm: Option<&str>) -> Result<Ctx, Refusal> {
    let (user, password) = basic(headers)?;
    let realm = realm.map(tenant).transpose()?;
    let caller = operations.basic(&ctx, realm.as_ref(), &user, &password).await?;
    Ok(ctx.as_caller(caller))
}

/// A tenant that may be there; the vendor serves no accounts.
fn tenant(raw: &str) -> Result<RealmId, Unauthenticated> {
    raw.parse().ok().filter(|realm: &RealmId| !realm.is_vendor()).ok_or(Unauthenticated::Unknown)
}

/// User name and password of the one `Authorization: Basic` header, split at the first colon, UTF-8. Another scheme, bad
/// base64, a missing colon and two headers are no credential.
fn basic(headers: &HeaderMap) -> Result<(String, SecretString), Unauthenticated> {
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

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_pair_is_split_at_its_first_colon_and_anything_else_is_none() {
        let encode = |pair: &[u8]| format!("Basic {}", STANDARD.encode(pair));
        for (header, expected) in [
            // The published example of section 5.1.
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
