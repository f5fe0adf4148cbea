//! Who calls `/support`: the bearer of a token, user's or app's (`spec/here-support.md`, section 2).

use axum::http::HeaderMap;
use vestibule_core::refusal::Refusal;
use vestibule_operations::{Ctx, Operations};

use crate::exchange;

/// The same request, with its caller known. Refuses with [`Refusal::Unauthenticated`], each way of
/// failing as its own variant.
pub async fn authenticate(operations: &Operations, ctx: Ctx, headers: &HeaderMap) -> Result<Ctx, Refusal> {
    let token = exchange::bearer(headers)?;
    let caller = operations.bearer(&ctx, token).await?;
    Ok(ctx.as_caller(caller))
}
