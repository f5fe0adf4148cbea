//! The edge: the one place that reads the machine's clock, its randomness and its environment.

use std::sync::Arc;

use secrecy::SecretString;
use vestibule_core::{chance::Chance, time::Timestamp};
use vestibule_operations::Edge;

use crate::exit::Failure;

/// The machine's clock and the operating system's randomness.
///
/// # Errors
/// The operating system gives no randomness.
pub fn edge() -> Result<Edge, Failure> {
    // Asked once here, so that a machine without it does not get as far as serving.
    fill(&mut [0; 32]).map_err(|error| Failure::because("the operating system gives no randomness", &error))?;
    Ok(Edge { clock: Arc::new(now), chance: Chance::new(fill_or_end) })
}

/// The machine's clock.
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the edge: the clock is read here and handed on as a value")]
    let now = jiff::Timestamp::now();
    Timestamp::from_millis(now.as_millisecond())
}

#[expect(clippy::disallowed_methods, reason = "this is the edge: randomness is read here and handed on as a value")]
fn fill(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    getrandom::fill(bytes)
}

/// Ids and secrets made of zeros would be worse than no server.
fn fill_or_end(bytes: &mut [u8]) {
    if fill(bytes).is_err() {
        std::process::abort();
    }
}

/// A variable of the environment; `None` when it is not set or not UTF-8.
pub fn variable(name: &str) -> Option<SecretString> {
    #[expect(clippy::disallowed_methods, reason = "a manifest may name any variable, so clap cannot read it for us")]
    std::env::var(name).ok().map(SecretString::from)
}
