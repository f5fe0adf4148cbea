//! What operations measure: how long decisions take, and what becomes of mail. The handles are made
//! once and go to whatever recorder the binary has installed by then; without one they do nothing.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use metrics::{Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use vestibule_core::audit::Channel;

use crate::operations::Operations;

/// How long the database may take to be counted before the last counts stand.
const TALLY_TIMEOUT: Duration = Duration::from_secs(2);

/// A decision takes a few hundred nanoseconds: reading the clock twice for each would be a third more.
const DECISIONS_PER_TIMED: u32 = 16;

/// The measures of operations.
pub(crate) static MEASURES: LazyLock<Measures> = LazyLock::new(Measures::register);

pub(crate) struct Measures {
    /// From a question to its ruling, for one in [`DECISIONS_PER_TIMED`].
    pub(crate) decision: Histogram,
    decisions: AtomicU32,
    pub(crate) mail_sent: Counter,
    /// To be tried again.
    pub(crate) mail_delayed: Counter,
    /// Given up.
    pub(crate) mail_failed: Counter,
    database_up: Gauge,
    outbox_pending: Gauge,
    log_events: Counter,
}

impl Measures {
    fn register() -> Self {
        describe_histogram!(
            "vestibule_decision_seconds",
            Unit::Seconds,
            "One decision, from the question to the ruling; one in 16 is timed."
        );
        describe_counter!(
            "vestibule_mail_deliveries_total",
            "Deliveries tried by this process: sent, delayed (tried again later) or failed (given up)."
        );
        describe_gauge!("vestibule_database_up", "1 if the database answered when these lines were made, else 0.");
        describe_gauge!("vestibule_outbox_pending", "Mails that wait in all outboxes; the same on every process.");
        describe_counter!("vestibule_log_events_total", "Events in all logs; the same on every process.");
        let deliveries = |outcome: &'static str| counter!("vestibule_mail_deliveries_total", "outcome" => outcome);
        Self {
            decision: histogram!("vestibule_decision_seconds"),
            decisions: AtomicU32::new(0),
            mail_sent: deliveries("sent"),
            mail_delayed: deliveries("delayed"),
            mail_failed: deliveries("failed"),
            database_up: gauge!("vestibule_database_up"),
            outbox_pending: gauge!("vestibule_outbox_pending"),
            log_events: counter!("vestibule_log_events_total"),
        }
    }
}

impl Measures {
    /// Whether the decision that begins is one of those that are timed.
    pub(crate) fn times_decision(&self) -> bool {
        self.decisions.fetch_add(1, Ordering::Relaxed).is_multiple_of(DECISIONS_PER_TIMED)
    }
}

impl Operations {
    /// Brings the measures that stand in the database up to date; to be called when they are asked for.
    pub async fn measure_database(&self) {
        self.0.store.tell_measures();
        let ctx = self.own_ctx(Channel::Timer);
        let tally = tokio::time::timeout(TALLY_TIMEOUT, self.0.store.tally(&ctx.moment())).await;
        MEASURES.database_up.set(if matches!(tally, Ok(Ok(_))) { 1.0 } else { 0.0 });
        if let Ok(Ok(tally)) = tally {
            MEASURES.outbox_pending.set(tally.mail_pending as f64);
            MEASURES.log_events.absolute(tally.log_events);
        }
    }
}
