//! Who calls (`spec/egain-grants.md`, section 2), and whether this kind of caller may call this.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use vestibule_core::{
    account::AccountKind,
    customer::CustomerId,
    id::{AccountKey, RealmId},
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{Caller, Ctx, Operations};

use super::{
    Surface,
    errors::{self, Failure},
};
use crate::exchange;

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person of the realm, or an agent who was let in.
    User,
    /// A program of the realm.
    Client,
    /// Somebody whom the realm serves.
    Customer,
}

impl Actor {
    /// What a refusal calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Client => "Client application",
            Self::Customer => "Customer",
        }
    }

    /// What kind of caller this is.
    pub fn of(ctx: &Ctx) -> Result<Self, Refusal> {
        Ok(match ctx.account()?.principal.kind {
            AccountKind::User | AccountKind::Support => Self::User,
            AccountKind::Service => Self::Client,
        })
    }
}

/// The same request, with its caller known: the bearer of a token, which counts where there is a session, too
/// (section 6, step 2, inferred).
pub async fn authenticate(operations: &Operations, ctx: Ctx, headers: &HeaderMap, surface: Surface) -> Result<Ctx, Failure> {
    let is_session = surface == Surface::Legacy && !headers.contains_key(AUTHORIZATION);
    let found = match is_session {
        // Nobody has one.
        true => Err(Unauthenticated::Unknown.into()),
        false => match exchange::bearer(headers) {
            Ok(token) => operations.bearer(&ctx, token).await,
            Err(unauthenticated) => Err(unauthenticated.into()),
        },
    };
    let header = if is_session { "X-egain-session" } else { "Authorization" };
    match found {
        Ok(caller) => Ok(ctx.as_caller(caller)),
        Err(refusal @ Refusal::Unauthenticated(_)) => Err(Failure::of(&errors::CREDENTIAL, [header]).because(refusal)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// The caller's realm. Any other that the path names is as absent as one that is not there.
pub fn realm(ctx: &Ctx, named: Option<&str>) -> Result<RealmId, Refusal> {
    let realm = ctx.realm()?;
    match named.is_none_or(|named| named == realm.as_str()) {
        true => Ok(realm.clone()),
        false => Err(Refusal::Absent("realm")),
    }
}

/// Refuses callers of other kinds (section 2, inferred).
pub fn admitted(ctx: &Ctx, admits: &[Actor]) -> Result<Actor, Refusal> {
    ctx.unscoped()?;
    let actor = Actor::of(ctx)?;
    match admits.contains(&actor) {
        true => Ok(actor),
        false => Err(Refusal::ActorBarred { actor: actor.as_str() }),
    }
}

/// The account whose departments count; nobody's for client applications, whom no rule about departments binds.
pub fn seated(ctx: &Ctx, actor: Actor) -> Option<AccountKey> {
    match &ctx.caller {
        Caller::Account(account) if actor == Actor::User => Some(account.principal.key),
        _ => None,
    }
}

/// The customer who calls; nobody else has grants of their own.
pub fn customer(ctx: &Ctx) -> Result<CustomerId, Refusal> {
    Err(Refusal::ActorBarred { actor: Actor::of(ctx)?.as_str() })
}
