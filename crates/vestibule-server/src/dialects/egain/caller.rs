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
    words,
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
        match &ctx.caller {
            Caller::Customer(_) => Ok(Self::Customer),
            _ => Ok(match ctx.account()?.principal.kind {
                AccountKind::User | AccountKind::Support => Self::User,
                AccountKind::Service => Self::Client,
            }),
        }
    }
}

/// The same request, with its caller known: the bearer of a token, which counts where there is a session, too; on the
/// older surface also whoever logged in (section 6, step 2, inferred).
pub async fn authenticate(operations: &Operations, ctx: Ctx, headers: &HeaderMap, surface: Surface) -> Result<Ctx, Failure> {
    let is_session = surface == Surface::Legacy && !headers.contains_key(AUTHORIZATION);
    let found = match if is_session { session(headers).ok_or(Unauthenticated::Missing) } else { exchange::bearer(headers) } {
        Ok(session) if is_session => operations.login_session(&ctx, session).await,
        Ok(token) => operations.bearer_of_anyone(&ctx, token).await,
        Err(unauthenticated) => Err(unauthenticated.into()),
    };
    let header = if is_session { "X-egain-session" } else { "Authorization" };
    match found {
        Ok(caller) => Ok(ctx.as_caller(caller)),
        Err(refusal @ Refusal::Unauthenticated(_)) => Err(Failure::of(&errors::CREDENTIAL, [header]).because(refusal)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// The session that a request brings; of two there is none.
pub fn session(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(words::SESSION_HEADER).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().ok().map(str::trim),
        _ => None,
    }
}

/// The caller's realm. Any other that the path names is as absent as one that is not there.
pub fn realm(ctx: &Ctx, named: Option<&str>) -> Result<RealmId, Refusal> {
    let realm = match &ctx.caller {
        Caller::Customer(customer) => &customer.realm,
        _ => ctx.realm()?,
    };
    match named.is_none_or(|named| named == realm.as_str()) {
        true => Ok(realm.clone()),
        false => Err(Refusal::Absent("realm")),
    }
}

/// Step 3: refuses callers of other kinds (section 2, inferred), and tokens without the scope.
pub fn admitted(ctx: &Ctx, admits: &[Actor], scope: &'static str) -> Result<Actor, Refusal> {
    let scopes = match &ctx.caller {
        Caller::Customer(customer) => &customer.scopes,
        _ => {
            ctx.unscoped()?;
            &ctx.account()?.scopes
        }
    };
    let actor = Actor::of(ctx)?;
    match (admits.contains(&actor), scopes.allows(scope)) {
        (true, true) => Ok(actor),
        (false, _) => Err(Refusal::ActorBarred { actor: actor.as_str() }),
        (true, false) => Err(Refusal::ScopeMissing { scopes: scope }),
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
    match &ctx.caller {
        Caller::Customer(customer) => Ok(customer.customer),
        _ => Err(Refusal::ActorBarred { actor: Actor::of(ctx)?.as_str() }),
    }
}
