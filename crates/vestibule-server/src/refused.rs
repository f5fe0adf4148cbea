//! What the router itself refuses: an address nobody serves, and a method that an address does
//! not know. Dialects bring their own answers for theirs.

use axum::response::Response;

use crate::{
    exchange::Exchange,
    problem::{Kind, Problem},
};

/// 404: nobody serves this address.
pub async fn address(exchange: Exchange) -> Response {
    Problem::new(Kind::NotFound, "nothing is served at this address").response(&exchange.ctx.origin.request_id)
}

/// 405: the router adds `Allow`.
pub async fn method(exchange: Exchange) -> Response {
    Problem::new(Kind::MethodNotAllowed, "the methods of this address are in `Allow`").response(&exchange.ctx.origin.request_id)
}
