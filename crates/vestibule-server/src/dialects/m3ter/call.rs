//! The door round every handler below an organization: token, organization, permission. Refusals are
//! filed and rendered here, so that no `?` in a handler can skip it.

use std::{str::FromStr, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::Request,
    http::Uri,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Map;
use uuid::Uuid;
use vestibule_core::{
    id::RealmId,
    policy::{Because, ResourceId},
    refusal::{Malformed, Refusal},
};
use vestibule_operations::{Ctx, Operations};

use super::{Asks, Door, Of, Route, caller, refusal, words};
use crate::{
    body::{self, Object},
    call::Params,
    exchange::{self, Exchange},
};

/// A call by somebody who proved who they are, for their own organization, and may make it.
pub struct Call {
    /// What can be done.
    pub operations: Operations,
    /// Who calls, and when.
    pub ctx: Ctx,
    /// The caller's realm.
    pub realm: RealmId,
    /// That realm's organization id, which the path names.
    pub organization: Uuid,
    /// How the dialect is set up.
    pub door: Arc<Door>,
    /// What is called.
    pub route: &'static Route,
    params: Params,
    uri: Uri,
    body: Result<Bytes, Malformed>,
}

/// Answers one request to a route.
pub async fn answer(
    route: &'static Route,
    door: Arc<Door>,
    operations: Operations,
    exchange: Exchange,
    params: Params,
    request: Request,
) -> Response {
    let mut ctx = exchange.ctx;
    let refusal = match Call::open(route, door, &operations, &mut ctx, params, request).await {
        Err(refusal) => refusal,
        Ok(call) => match (route.steps)(call).await {
            Ok(response) => return response,
            Err(refusal) => refusal,
        },
    };
    operations.file_refusal(&ctx, ctx.realm().ok(), route.attempted, &refusal).await;
    let mut response = refusal::response(&refusal);
    if matches!(refusal, Refusal::Forbidden { .. }) {
        *response.status_mut() = route.denied;
    }
    response
}

impl Call {
    /// The steps before a route's own, in the order that callers can observe (section 3).
    async fn open(
        route: &'static Route,
        door: Arc<Door>,
        operations: &Operations,
        ctx: &mut Ctx,
        params: Params,
        request: Request,
    ) -> Result<Self, Refusal> {
        let (parts, stream) = request.into_parts();
        if let (Some(limiter), Some(address)) = (&door.per_address, ctx.origin.ip) {
            limiter.spend(&address.to_string(), ctx.now)?; //                    429
        }
        *ctx = caller::authenticate(operations, ctx.clone(), &parts.headers).await?; // 403
        let body = body::read(stream).await;
        exchange::arrived(operations, ctx, &parts.headers).await?; //            403
        let (realm, organization) = caller::organization(operations, ctx, &params).await?; // 403
        if let Some(limiter) = &door.per_organization {
            limiter.spend(realm.as_str(), ctx.now)?; //                          429
        }
        ctx.unscoped()?; //                                                      403
        let call =
            Self { operations: operations.clone(), ctx: ctx.clone(), realm, organization, door, route, params, uri: parts.uri, body };
        if let Some(asks) = &route.asks {
            call.operations.allow_on(&call.ctx, &call.realm, asks.action, &call.asked(asks)).await?; // 403
        }
        Ok(call)
    }

    /// What a route's permission is asked on.
    fn asked(&self, asks: &Asks) -> ResourceId {
        match asks.of {
            Of::Whole => ResourceId::whole(words::SERVICE, asks.kind),
            Of::Organization => ResourceId::item(words::SERVICE, asks.kind, &self.organization.to_string()),
            Of::Named => ResourceId::item(words::SERVICE, asks.kind, &canonical(self.param("id").unwrap_or_default())),
        }
    }

    /// Whether a list shows the caller one thing (section 8.3: "items denied one by one are left out"). In a list of the
    /// type that the call asks for it must be allowed; in a list of what hangs on something else it must
    /// not be denied.
    pub async fn may_see(&self, kind: &'static str, id: &str) -> Result<bool, Refusal> {
        let item = ResourceId::item(words::SERVICE, kind, id);
        match self.operations.allow_on(&self.ctx, &self.realm, words::RETRIEVE, &item).await {
            Ok(()) => Ok(true),
            Err(Refusal::Forbidden { because: Because::NothingAllows, .. }) => Ok(self.route.asks.is_none_or(|asks| asks.kind != kind)),
            Err(Refusal::Forbidden { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// A parameter of the path.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.find(name)
    }

    /// The id that the path names; what cannot be one names nothing.
    pub fn id<T: FromStr>(&self, what: &'static str) -> Result<T, Refusal> {
        self.id_at("id", what)
    }

    /// The same under another parameter's name.
    pub fn id_at<T: FromStr>(&self, name: &str, what: &'static str) -> Result<T, Refusal> {
        self.param(name).and_then(|text| text.parse().ok()).ok_or(Refusal::Absent(what))
    }

    /// The address asked for.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The body, which must be one JSON object. Its `Content-Type` does not matter: all clients send the same
    /// one, also where there is no body (section 9).
    pub fn object(&self) -> Result<Object, Refusal> {
        Ok(body::object(self.body.as_ref().map_err(Clone::clone)?)?)
    }

    /// The same where no body at all is as good as `{}` (section 6, P8 and P9).
    pub fn object_or_empty(&self) -> Result<Object, Refusal> {
        match &self.body {
            Ok(bytes) if bytes.is_empty() => Ok(Object::new(Map::new())),
            _ => self.object(),
        }
    }
}

/// The spelling in which an id is decided on and found: a UUID in capitals is the same id, and a statement
/// about it must not be got round by writing it so.
fn canonical(id: &str) -> String {
    Uuid::try_parse(id).map_or_else(|_| id.to_owned(), |uuid| uuid.to_string())
}

/// Every success is 200 (section 2).
pub fn ok(body: &impl Serialize) -> Response {
    Json(body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let plain = "7d0c1a52-58f5-4a1b-9a63-0d7d3b8f0a11";
        for spelt in
            [plain, "7D0C1A52-58F5-4A1B-9A63-0D7D3B8F0A11", "7d0c1a5258f54a1b9a630d7d3b8f0a11", "{7d0c1a52-58f5-4a1b-9a63-0d7d3b8f0a11}"]
        {
            assert_eq!(canonical(spelt), plain, "{spelt}");
        }
        assert_eq!(canonical("Not-An-Id"), "Not-An-Id");
    }
}
