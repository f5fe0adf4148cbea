//! The edge: the one place that reads the machine's clock, its randomness and its environment.

use std::{cell::RefCell, sync::Arc};

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

/// Randomness that a thread asks for at once: a request needs a dozen times a few bytes, and each
/// question to the operating system is a system call.
const AHEAD_BYTES: usize = 1024;

/// The operating system's randomness, read ahead. What was handed out is wiped.
struct Ahead {
    bytes: [u8; AHEAD_BYTES],
    used: usize,
}

thread_local! {
    static AHEAD: RefCell<Ahead> = const { RefCell::new(Ahead { bytes: [0; AHEAD_BYTES], used: AHEAD_BYTES }) };
}

impl Ahead {
    fn fill(&mut self, wanted: &mut [u8]) -> Result<(), getrandom::Error> {
        if AHEAD_BYTES - self.used < wanted.len() {
            ask(&mut self.bytes)?;
            self.used = 0;
        }
        match self.bytes.get_mut(self.used..self.used + wanted.len()) {
            Some(ready) => {
                wanted.copy_from_slice(ready);
                ready.fill(0);
                self.used += wanted.len();
                Ok(())
            }
            // More than is ever read ahead.
            None => ask(wanted),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the edge: randomness is read here and handed on as a value")]
fn ask(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    getrandom::fill(bytes)
}

fn fill(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    // A thread that is ending has no store of its own any more.
    let ahead = AHEAD.try_with(|ahead| ahead.try_borrow_mut().map(|mut ahead| ahead.fill(bytes)));
    match ahead {
        Ok(Ok(filled)) => filled,
        _ => ask(bytes),
    }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_bytes_are_handed_out_twice() {
        let mut seen = BTreeSet::new();
        for _ in 0..1_000 {
            let mut bytes = [0; 16];
            fill(&mut bytes).unwrap();
            assert!(seen.insert(bytes));
        }
        let mut long = vec![0; 4 * AHEAD_BYTES];
        fill(&mut long).unwrap();
        for chunk in long.chunks_exact(16) {
            assert!(seen.insert(chunk.try_into().unwrap()));
        }
    }

    #[test]
    fn what_was_handed_out_is_wiped() {
        let mut ahead = Ahead { bytes: [7; AHEAD_BYTES], used: 8 };
        ahead.fill(&mut [0; 4]).unwrap();
        assert_eq!((&ahead.bytes[8..12], ahead.bytes[12], ahead.used), (&[0; 4][..], 7, 12));
    }
}
