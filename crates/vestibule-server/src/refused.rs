//! What the router itself refuses: an address nobody serves, and a method that an address does
//! not know. Dialects bring their own answers for theirs.

use axum::{
    extract::{Request, State},
    response::Response,
};
use vestibule_operations::Operations;

use crate::{
    exchange::Exchange,
    problem::{Kind, Problem},
};

/// 404: nobody serves this address.
pub async fn address(State(operations): State<Operations>, request: Request) -> Response {
    refuse(&operations, &request, &Problem::new(Kind::NotFound, "nothing is served at this address"))
}

/// 405: the router adds `Allow`.
pub async fn method(State(operations): State<Operations>, request: Request) -> Response {
    refuse(&operations, &request, &Problem::new(Kind::MethodNotAllowed, "the methods of this address are in `Allow`"))
}

fn refuse(operations: &Operations, request: &Request, problem: &Problem) -> Response {
    let exchange = Exchange::of(operations, request);
    exchange.close(problem.response(exchange.request_id()))
}
