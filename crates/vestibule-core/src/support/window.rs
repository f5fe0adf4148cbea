//! The window: a realm's grant to all support staff until an instant (`spec/m3ter-support.md`, section 5).

use crate::{policy::Statement, time::Timestamp};

/// A realm's window. There is at most one; it stays readable after its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Nobody is admitted by it, and its statements say nothing, from this instant on.
    pub ends_at: Timestamp,
    /// What support staff may do while it lives.
    pub statements: Vec<Statement>,
    /// Counts the writes, from 1.
    pub version: i64,
}

impl Window {
    /// Most statements a window may hold.
    pub const STATEMENTS_MAX: usize = 1_000;

    /// Whether the window admits at `now`: until its end, not at it.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends_at
    }
}
