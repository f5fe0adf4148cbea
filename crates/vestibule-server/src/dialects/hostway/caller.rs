//! Who calls (`spec/hostway-sso.md`, section 4.3): a client application, by HTTP Basic. Its user name is an account's id.

use axum::http::HeaderMap;
use vestibule_core::{
    id::RealmId,
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{Ctx, Operations};

use crate::exchange;

/// The same request, with its caller known; of the realm that the path names, if it names one. Whatever is wrong with a
/// credential, its bearer is told the same.
pub async fn authenticate(operations: &Operations, ctx: Ctx, headers: &HeaderMap, realm: Option<&str>) -> Result<Ctx, Refusal> {
    let (user, password) = exchange::basic(headers)?;
    let realm = realm.map(tenant).transpose()?;
    let caller = operations.basic(&ctx, realm.as_ref(), &user, &password).await?;
    Ok(ctx.as_caller(caller))
}

/// A tenant that may be there; the vendor serves no accounts.
fn tenant(raw: &str) -> Result<RealmId, Unauthenticated> {
    raw.parse().ok().filter(|realm: &RealmId| !realm.is_vendor()).ok_or(Unauthenticated::Unknown)
}
