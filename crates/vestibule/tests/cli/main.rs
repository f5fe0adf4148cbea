//! The built binary from outside, in one test binary: each module is one matter.

// Marked as tests, so that clippy lets their helpers unwrap.
#[cfg(test)]
mod collector;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod databases;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod operators;
#[cfg(test)]
mod running;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod verbs;
