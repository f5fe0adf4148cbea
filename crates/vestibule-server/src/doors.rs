//! The way in: each request goes to the door that serves it.
//!
//! Most are found by the router. The question of the hot path, and many in one, are known by their addresses
//! and go straight to their doors: the router's tables, layers and boxes would cost it as much as its answer does.

use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    extract::{ConnectInfo, Request},
    response::Response,
};
use tower::Service;
use vestibule_operations::Operations;

use crate::{
    access::{self, Door},
    dialects::m3ter,
    traces,
};

/// How the doors are set up, where a dialect leaves something to its operator.
#[derive(Debug, Clone, Copy, Default)]
pub struct DoorSettings {
    /// The m3ter dialect.
    pub m3ter: m3ter::Settings,
}

/// Everything that is served on one address.
#[derive(Clone)]
pub struct Doors {
    /// Absent where no decisions are made.
    decisions: Option<Operations>,
    router: Router,
}

/// What is routed, and nothing else.
impl From<Router> for Doors {
    fn from(router: Router) -> Self {
        Self { decisions: None, router }
    }
}

impl Doors {
    /// All the doors of the product, with the usual settings.
    pub fn open(operations: Operations) -> Self {
        Self::open_with(operations, DoorSettings::default())
    }

    /// The same with settings.
    pub fn open_with(operations: Operations, settings: DoorSettings) -> Self {
        Self { router: crate::router(operations.clone(), settings), decisions: Some(operations) }
    }

    /// The same with further routes.
    #[must_use]
    pub fn merge(self, routes: Router) -> Self {
        Self { router: self.router.merge(routes), ..self }
    }

    /// The same with a span round each request. Then all of them are routed: a span names its route.
    #[must_use]
    pub fn traced(self, go_on: traces::Continue) -> Self {
        Self { decisions: None, router: traces::round(self.router, go_on) }
    }

    /// Answers one request that came from `peer`.
    pub async fn answer<B>(&self, mut request: Request<B>, peer: SocketAddr) -> Response
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if let Some(operations) = &self.decisions
            && let Some(door) = Door::straight(&request)
        {
            return access::answer_at(door, operations, request, peer).await;
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        // A router is ready at any time and does not fail.
        let Ok(response) = self.router.clone().call(request.map(Body::new)).await;
        response
    }
}

/// For servers that say in an extension who the peer is.
impl Service<Request> for Doors {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let doors = self.clone();
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
        Box::pin(async move { Ok(doors.answer(request, peer.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)))).await) })
    }
}
