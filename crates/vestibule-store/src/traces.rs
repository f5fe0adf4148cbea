//! The span of each unit of work, for whoever collects traces. It stands inside the span of whatever asked for the
//! unit; what nobody traces costs one look at a flag.

use tracing::{Instrument, Level, Span, enabled, field::Empty, trace_span};
use vestibule_core::{id::RealmId, refusal::Refusal};

/// The target of every span that is meant to be collected. Their level is `trace`, so that a log which shows less
/// never makes one.
pub const TARGET: &str = "vestibule_traces";

/// What a unit of work does to the database.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Reads one snapshot.
    Read,
    /// Writes; its span lasts until what was written is durable.
    Commit,
}

/// Awaits a unit of work inside its span.
pub async fn unit<T>(
    access: Access,
    system: &'static str,
    realm: &RealmId,
    work: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    // What a worker does each second of its own accord is nobody's trace.
    if !enabled!(target: TARGET, Level::TRACE) || Span::current().is_none() {
        return work.await;
    }
    let name = match access {
        Access::Read => "read",
        Access::Commit => "commit",
    };
    let span = trace_span!(
        target: TARGET,
        "unit",
        otel.name = name,
        otel.kind = "client",
        db.system.name = system,
        realm.id = realm.as_str(),
        otel.status_code = Empty,
    );
    let outcome = work.instrument(span.clone()).await;
    // Any other refusal is an answer, and the database did its part.
    if let Err(Refusal::Unavailable | Refusal::Internal) = outcome {
        span.record("otel.status_code", "ERROR");
    }
    outcome
}
