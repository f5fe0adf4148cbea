//! What the store measures of itself. The handles are made once, at the first use, and go to
//! whatever recorder the binary has installed by then; without one they do nothing.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use metrics::{Counter, Histogram, Unit, counter, describe_counter, describe_histogram, histogram};

/// The store's measures.
pub static MEASURES: LazyLock<Measures> = LazyLock::new(Measures::register);

/// One handle each; recording through them looks nothing up and formats nothing.
pub struct Measures {
    /// Look-ups that memory answered. Counted here and told on demand: every request is one.
    pub memory_hits: AtomicU64,
    /// Look-ups that went on to the database.
    pub memory_misses: AtomicU64,
    memory_hits_told: Counter,
    memory_misses_told: Counter,
    /// How long SQLite took for one commit, fsync included.
    pub commit: Histogram,
    /// How many units of work a commit held.
    pub commit_units: Histogram,
    /// How long units that were committed together held their connection to PostgreSQL, from `BEGIN` to the answer to `COMMIT`.
    pub transaction: Histogram,
}

impl Measures {
    fn register() -> Self {
        describe_counter!("vestibule_memory_hits_total", "Look-ups of tokens, names and rights that memory answered.");
        describe_counter!("vestibule_memory_misses_total", "Look-ups of tokens, names and rights that went on to the database.");
        describe_histogram!("vestibule_commit_seconds", Unit::Seconds, "One commit of the embedded database, fsync included.");
        describe_histogram!("vestibule_commit_units", "Units of work in one commit.");
        describe_histogram!("vestibule_transaction_seconds", Unit::Seconds, "One writing transaction on PostgreSQL, from begin to commit.");
        Self {
            memory_hits: AtomicU64::new(0),
            memory_misses: AtomicU64::new(0),
            memory_hits_told: counter!("vestibule_memory_hits_total"),
            memory_misses_told: counter!("vestibule_memory_misses_total"),
            commit: histogram!("vestibule_commit_seconds"),
            commit_units: histogram!("vestibule_commit_units"),
            transaction: histogram!("vestibule_transaction_seconds"),
        }
    }

    /// Tells the recorder what was counted; to be called when somebody asks for the measures.
    pub fn tell(&self) {
        self.memory_hits_told.absolute(self.memory_hits.load(Ordering::Relaxed));
        self.memory_misses_told.absolute(self.memory_misses.load(Ordering::Relaxed));
    }
}
