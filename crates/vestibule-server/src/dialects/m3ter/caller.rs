//! Who calls, and for which organization (`spec/m3ter-support.md`, section 3): the bearer of a token, whose
//! realm must be the one that the path names.

use axum::http::HeaderMap;
use uuid::Uuid;
use vestibule_core::{id::RealmId, refusal::Refusal};
use vestibule_operations::{Ctx, Operations};

use super::words;
use crate::{call::Params, exchange};

/// The same request, with its caller known. Refuses with [`Refusal::Unauthenticated`].
pub async fn authenticate(operations: &Operations, ctx: Ctx, headers: &HeaderMap) -> Result<Ctx, Refusal> {
    let token = exchange::bearer(headers)?;
    let caller = operations.bearer(&ctx, token).await?;
    Ok(ctx.as_caller(caller))
}

/// The caller's organization, if it is the one that the path names; anybody else's and nobody's are refused
/// alike, as an absent realm.
pub async fn organization(operations: &Operations, ctx: &Ctx, params: &Params) -> Result<(RealmId, Uuid), Refusal> {
    let realm = ctx.realm()?.clone();
    let own = operations.organization(ctx, &realm).await?;
    let is_own_organization = params.find(words::ORG_ID).is_some_and(|text| Uuid::try_parse(text).is_ok_and(|asked| Some(asked) == own));
    let is_own_realm = params.find("realm").is_none_or(|text| text == realm.as_str());
    match own.filter(|_| is_own_organization && is_own_realm) {
        Some(own) => Ok((realm, own)),
        None => Err(Refusal::Absent("realm")),
    }
}
