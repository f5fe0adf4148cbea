//! The audit log: one transparency log per realm, which its tenant can check without trusting us.
//!
//! Everything here is arithmetic on values: what an event looks like ([`event`]), how it becomes a
//! leaf ([`append`]), what a tree of leaves proves ([`tree`], [`proof`]), how its head is signed
//! ([`note`], [`checkpoint`]) and how a tenant checks what we handed out ([`bundle`], [`verify`]).
//! No table, no clock, no socket and no key store. Begin with [`event::Draft`] and [`append::Head`];
//! the rules are those of `spec/audit-log.md`.

pub mod action;
pub mod append;
pub mod bundle;
pub mod canonical;
pub mod checkpoint;
pub mod event;

mod limits;
mod members;
pub mod note;
mod place;

pub mod proof;
pub mod report;
pub mod seal;
mod tar;
pub mod tree;
pub mod verify;

#[cfg(test)]
mod tests;

pub use action::Action;
pub use append::{Head, Leaf};
pub use bundle::{Bundle, BundleWriter, Record};
pub use checkpoint::Checkpoint;
pub use event::{Actor, ActorKind, Channel, Draft, Org, Outcome, Reason, RequestRef, Sealed, SessionRef, Thing};
pub use note::{LogKey, Note, NoteError, VKey};
pub use report::{Finding, Report};
pub use seal::Disclosure;
pub use tree::{Frontier, Hash};
pub use verify::{Options, verify};

/// Why an event could not be appended. None of these can come of what a person typed: they are
/// faults of ours, and tests meet them first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// A value that canonical JSON would not keep as it is: a float, an integer beyond ±(2^53−1),
    /// a null, or something nested too deep.
    #[error("the log cannot hold {0}")]
    OutsideSpace(&'static str),
    /// A member's name is not 1 to 64 of `[a-z0-9_.]`.
    #[error("`{0}` is not the name of a member")]
    Name(String),
    /// The event is longer than its limit although everything in it was cut.
    #[error("the event has {bytes} bytes, more than {limit}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The head's size and frontier do not belong together.
    #[error("the head says {size} leaves and its frontier says otherwise")]
    Head {
        /// The size that the head says.
        size: u64,
    },
    /// The origin is not one: empty, over 128 bytes, with a space or `+`, or not its key's name.
    #[error("`{0}` is not the origin of a log with this key")]
    Origin(String),
}
