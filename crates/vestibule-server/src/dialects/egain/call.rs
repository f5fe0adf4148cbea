//! The door round every handler: the checks that precede a route's own, in the order of `spec/egain-grants.md`, section 6.
//! Refusals are filed and rendered here, so that no `?` in a handler can skip it. And what a handler can ask of a call.

use axum::{body::Bytes, extract::Request, http::request::Parts, response::Response};
use vestibule_core::{
    customer::CustomerId,
    id::{AccountKey, RealmId},
    refusal::{Malformed, Refusal},
};
use vestibule_operations::{Caller, Ctx, CustomerRight, Operations, Steps, UnitOfWork};

use super::{
    Route, Surface, Takes,
    caller::{self, Actor},
    errors::{self, Failure},
    negotiate::{Language, Media, Voice},
    people::Ids,
    query::Query,
    tree::Incoming,
    words,
};
use crate::{body, call::Params, exchange::Exchange, traces};

/// A call by somebody who proved who they are, in their own realm, and whose request can be read.
pub struct Call {
    /// What can be done.
    pub operations: Operations,
    /// Who calls, and when.
    pub ctx: Ctx,
    /// The caller's realm.
    pub realm: RealmId,
    /// What kind of caller this is.
    pub actor: Actor,
    /// What the query says.
    pub query: Query,
    /// Which of the surfaces is called.
    pub surface: Surface,
    voice: Voice,
    params: Params,
    body: Option<Incoming>,
}

/// Answers one request to a route.
pub async fn answer(
    route: &'static Route,
    surface: Surface,
    operations: Operations,
    exchange: Exchange,
    params: Option<Params>,
    request: Request,
) -> Response {
    let (parts, stream) = request.into_parts();
    let body = body::read(stream).await;
    let mut ctx = exchange.arrived(&operations).ctx;
    let voice = Voice::as_far_as_known(&parts.headers, surface);
    let mut response = match Call::open(route, surface, &operations, &mut ctx, params, &parts, body).await {
        Err(failure) => refused(route, &operations, &ctx, voice, &failure).await,
        Ok(call) => match (route.steps)(call).await {
            Ok(reply) => reply.response(voice),
            Err(failure) => refused(route, &operations, &ctx, voice, &failure).await,
        },
    };
    // Whoever is inside a session is told so with each answer (section 2).
    if let Some(session) = parts.headers.get(words::SESSION_HEADER).filter(|_| surface == Surface::Legacy && is_known(&ctx)) {
        response.headers_mut().insert(words::SESSION_HEADER, session.clone());
    }
    response
}

fn is_known(ctx: &Ctx) -> bool {
    !matches!(ctx.caller, Caller::Nobody)
}

async fn refused(route: &Route, operations: &Operations, ctx: &Ctx, voice: Voice, failure: &Failure) -> Response {
    if let Some(refusal) = failure.refusal() {
        operations.file_refusal(ctx, None, route.attempted, refusal).await;
    }
    failure.response(voice)
}

impl Call {
    /// Steps 2 to 6. The caller is judged when the body is there: one that trickles in must not carry its sender past the
    /// end of a credential.
    async fn open(
        route: &'static Route,
        surface: Surface,
        operations: &Operations,
        ctx: &mut Ctx,
        params: Option<Params>,
        parts: &Parts,
        body: Result<Bytes, Malformed>,
    ) -> Result<Self, Failure> {
        *ctx = caller::authenticate(operations, ctx.clone(), &parts.headers, surface).await?; // 401
        let params = params.ok_or(Refusal::Absent("path"))?; //                  404
        let realm = caller::realm(ctx, params.find("realm"))?; //                404
        traces::realm(&realm);
        let actor = caller::admitted(ctx, route.admits, route.scope)?; //        403
        let voice = Voice::wanted(&parts.headers, surface)?; //                  406, 400
        let query = Query::read(&parts.uri, route.query)?; //                    400
        let body = taken(route.takes, surface, parts, body)?; //                 400, 415
        Ok(Self { operations: operations.clone(), ctx: ctx.clone(), realm, actor, query, surface, voice, params, body })
    }

    /// The body, on routes that take one.
    pub fn body(&self) -> Result<&Incoming, Failure> {
        self.body.as_ref().ok_or_else(|| Failure::of(&errors::BODY_MISSING, [""; 0]))
    }

    /// The language in which values are shown.
    pub const fn language(&self) -> Language {
        self.voice.language
    }

    /// A parameter of the path; what no router would let through is empty.
    pub fn param(&self, name: &str) -> &str {
        self.params.find(name).unwrap_or_default()
    }

    /// The customers that the path names, by these parameters.
    pub fn path_ids(&self, names: &[&str]) -> Ids {
        Ids::of_path(names.iter().map(|name| self.param(name).to_owned()))
    }

    /// Step 8: asks the decision engine for a right on each of these customers. Client applications need none (section 2);
    /// what a statement denies them outright stays denied (ours), and customers are held by the rules of their routes.
    pub async fn allow(&self, right: CustomerRight, ids: &[CustomerId]) -> Result<(), Refusal> {
        let (operations, ctx, realm) = (&self.operations, &self.ctx, &self.realm);
        match self.actor {
            Actor::Customer => Ok(()),
            Actor::User => operations.customer_actions(ctx, realm, ids, right).await,
            Actor::Client => operations.undenied_customer_actions(ctx, realm, ids, right).await,
        }
    }

    /// The account whose departments count for step 10; nobody's for client applications.
    pub fn seated(&self) -> Option<AccountKey> {
        caller::seated(&self.ctx, self.actor)
    }

    /// Reads on one snapshot of the realm.
    pub async fn read<T, F>(&self, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(UnitOfWork<'t>) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        self.operations.read(&self.ctx, &self.realm, steps).await
    }

    /// Runs steps as one unit of work.
    pub async fn write<T, F>(&self, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(UnitOfWork<'t>) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        self.operations.write(&self.ctx, &self.realm, steps).await
    }

    /// The address of something on the surface that is called, relative to the server; a call below a realm gets links
    /// below it.
    pub fn href(&self, path: &str) -> String {
        self.href_at(self.surface.base(), path)
    }

    /// The same of something below another base.
    pub fn href_at(&self, base: &str, path: &str) -> String {
        let below = self.params.find("realm").map(|realm| format!("/realms/{realm}")).unwrap_or_default();
        format!("{below}{base}{path}")
    }
}

/// Step 6.
fn taken(takes: Takes, surface: Surface, parts: &Parts, body: Result<Bytes, Malformed>) -> Result<Option<Incoming>, Failure> {
    let is_blank = body.as_ref().is_ok_and(|bytes| bytes.trim_ascii().is_empty());
    match takes {
        Takes::Anything => Ok(None),
        Takes::Nothing if is_blank => Ok(None),
        Takes::Nothing => Err(Failure::of(&errors::BODY_FORBIDDEN, [""; 0])),
        Takes::Document(_) if is_blank => Err(Failure::of(&errors::BODY_MISSING, [""; 0])),
        Takes::Document(root) => {
            let media = Media::of_body(&parts.headers, surface)?;
            Ok(Some(Incoming::read(&body?, media, root)?))
        }
    }
}
