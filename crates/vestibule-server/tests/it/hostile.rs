//! Hostile input at every door: each is refused with the door's own words, none is a 500, and nothing
//! is stored, mailed or told as done. The doors come from the servers' tables ([`crate::harness::doors`]).

mod attacks;
mod bodies;
mod heads;
