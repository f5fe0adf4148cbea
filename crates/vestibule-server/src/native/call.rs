//! The door round every handler of the native API: who calls, what with; refusals are filed and
//! become problems here, so that no `?` in a handler can skip it.

use std::str::FromStr;

use axum::{
    body::Bytes,
    extract::Request,
    http::{HeaderMap, Uri, request::Parts},
    response::Response,
};
use serde_json::Value;
use vestibule_core::{
    id::{RealmId, SessionId},
    refusal::{Malformed, Refusal, Unauthenticated},
};
use vestibule_operations::{AccountCaller, Caller, Ctx, Operations, Right};

use super::{
    Route,
    conditional::IfMatch,
    fields::Fields,
    idempotency::{self, Once},
    refusal,
    reply::Reply,
};
use crate::{
    body::{self, MediaType},
    call::Params,
    exchange::{self, Exchange},
    traces,
};

/// A call by an account that proved itself.
pub struct Call {
    /// What can be done.
    pub operations: Operations,
    /// Who calls, and when.
    pub ctx: Ctx,
    account: std::sync::Arc<AccountCaller>,
    params: Params,
    parts: Parts,
    body: Result<Bytes, Malformed>,
}

/// Answers one request to a route.
pub async fn answer(route: &'static Route, operations: Operations, exchange: Exchange, params: Params, request: Request) -> Response {
    let mut ctx = exchange.ctx;
    let refusal = match caller(&operations, &ctx, request.headers()).await {
        Err(refusal) => refusal, // 401
        Ok(caller) => {
            ctx = ctx.as_caller(caller);
            match Call::open(operations.clone(), &mut ctx, params.clone(), request).await {
                Err(refusal) => refusal,
                Ok(call) => match (route.steps)(call).await {
                    Ok(response) => return response,
                    Err(refusal) => refusal,
                },
            }
        }
    };
    operations.file_refusal(&ctx, reached(&ctx, &params, &refusal).as_ref(), route.operation, &refusal).await;
    refusal::problem(&refusal).response(&ctx.origin.request_id)
}

/// Who calls, from memory.
async fn caller(operations: &Operations, ctx: &Ctx, headers: &HeaderMap) -> Result<Caller, Refusal> {
    operations.bearer(ctx, exchange::bearer(headers)?).await
}

/// The realm that a refused call reached: the one it named, when an agent knocked there and was not
/// admitted, else the caller's own. A stranger leaves no trace in somebody else's log.
fn reached(ctx: &Ctx, params: &Params, refusal: &Refusal) -> Option<RealmId> {
    let home = ctx.realm().ok()?;
    let named = params.find("realm").and_then(|value| value.parse().ok());
    match (named, refusal) {
        (Some(named), Refusal::NotAdmitted) if home.is_vendor() => Some(named),
        _ => Some(home.clone()),
    }
}

impl Call {
    async fn open(operations: Operations, ctx: &mut Ctx, params: Params, request: Request) -> Result<Self, Refusal> {
        let (parts, stream) = request.into_parts();
        let body = body::read(stream).await;
        exchange::arrived(&operations, ctx, &parts.headers).await?; // 401
        let Caller::Account(account) = &ctx.caller else { return Err(Unauthenticated::Missing.into()) };
        let account = std::sync::Arc::clone(account);
        Ok(Self { operations, ctx: ctx.clone(), account, params, parts, body })
    }

    /// The realm of the path, where the caller must have `right`. Refuses with 403 or 404.
    pub fn allow(&self, right: Right) -> Result<RealmId, Refusal> {
        self.ctx.unscoped()?;
        let realm = self.named_realm()?;
        self.ctx.allow(right, &realm)?;
        traces::realm(&realm);
        Ok(realm)
    }

    /// The realm of the path, unchecked; what is no slug names no realm.
    pub fn named_realm(&self) -> Result<RealmId, Refusal> {
        self.param("realm", "realm")
    }

    /// The id of the path: what cannot be one names nothing.
    pub fn id<T: FromStr>(&self, what: &'static str) -> Result<T, Refusal> {
        let name = if what == "event" { "index" } else { "id" };
        self.param(name, what)
    }

    /// A parameter of the path by its name: what cannot be one names nothing.
    pub fn param<T: FromStr>(&self, name: &str, what: &'static str) -> Result<T, Refusal> {
        self.params.find(name).and_then(|written| written.parse().ok()).ok_or(Refusal::Absent(what))
    }

    /// The support session that calls, and its realm.
    pub fn own_session(&self) -> Option<(&RealmId, SessionId)> {
        let session = self.account.session()?;
        Some((&self.account.principal.realm, session.id))
    }

    /// The address asked for.
    pub fn uri(&self) -> &Uri {
        &self.parts.uri
    }

    /// Refuses every query parameter.
    pub fn no_query(&self) -> Result<(), Refusal> {
        Fields::query(self.uri())?.finish(Some(()))
    }

    /// What the caller has seen.
    pub fn if_match(&self) -> Result<IfMatch, Refusal> {
        Ok(IfMatch::read(&self.parts.headers)?)
    }

    /// Whether the request is to be done once.
    pub fn once(&self) -> Result<Once, Refusal> {
        let key = idempotency::key(&self.parts.headers)?;
        let bytes = self.body.as_ref().map_or(&[][..], |bytes| bytes);
        Ok(Once::new(key, &self.parts.method, &self.parts.uri, bytes))
    }

    /// The body, as strict JSON. Whoever sends one has said all in it: query parameters are refused.
    pub fn json(&self) -> Result<Value, Refusal> {
        self.no_query()?;
        let bytes = self.body.as_ref().map_err(Clone::clone)?;
        MediaType::of(&self.parts.headers, &[MediaType::Json])?;
        Ok(body::value(bytes)?)
    }

    /// The answer that a repeated request got before, for operations whose transaction is their own.
    pub async fn kept(&self, realm: &RealmId, once: &Once) -> Result<Option<Reply>, Refusal> {
        if !once.is_keyed() {
            return Ok(None);
        }
        let once = once.clone();
        self.operations.read(&self.ctx, realm, move |mut work| Box::pin(async move { once.find(&mut work).await })).await
    }

    /// Keeps such an answer.
    pub async fn keep(&self, realm: &RealmId, once: Once, reply: Reply) -> Result<Reply, Refusal> {
        if !once.is_keyed() {
            return Ok(reply);
        }
        self.operations.write(&self.ctx, realm, move |mut work| Box::pin(async move { once.keep(&mut work, reply).await })).await
    }
}
