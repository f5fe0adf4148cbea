//! Following what other processes commit, so that memory is never trusted longer than it may be.
//!
//! Each commit leaves one row that names what it touched. A follower reads the new rows several times
//! a second and stamps their facets. Memory is trusted for [`TRUST`] after the last look: a process that
//! is cut off from its database asks it, and answers that it is not available if it cannot.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    backend::{Begin, Connection, Value},
    error::{StoreError, chain},
    memory::Stamps,
    tx::Tx,
};

/// How long memory is trusted after the last look at the table (`design.md`, section 3).
pub const TRUST: Duration = Duration::from_millis(500);
/// How long nothing may have come from the database before what is waited for there is given up: more than
/// [`TRUST`], and less than the second within which a revocation holds. What was read before a cut must not
/// become a yes when the cut heals.
const CUT_OFF: Duration = Duration::from_millis(850);
/// How often the table is looked at: well within [`TRUST`], so that one slow look costs nothing.
const PERIOD: Duration = Duration::from_millis(100);
/// How long rows are kept, in milliseconds. Who was away longer trusts nothing it held before.
const KEPT_MS: i64 = 600_000;
/// How often old rows are removed, in looks.
const LOOKS_PER_SWEEP: u32 = 600;
/// How long a removal may take.
const SWEEP_MAX: Duration = Duration::from_secs(10);

/// Whether the database is within reach, as the follower finds: a cut is seen by silence alone.
pub(crate) struct Contact {
    started: Instant,
    /// Milliseconds after `started` at which a look was last answered.
    heard_ms: AtomicU64,
    /// A look since then was not answered in time.
    is_missed: AtomicBool,
}

impl Default for Contact {
    fn default() -> Self {
        Self { started: Instant::now(), heard_ms: AtomicU64::new(0), is_missed: AtomicBool::new(false) }
    }
}

impl Contact {
    fn heard(&self) {
        let millis = self.started.elapsed().as_millis();
        self.heard_ms.store(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::SeqCst);
        self.is_missed.store(false, Ordering::SeqCst);
    }

    /// A look that began at `began` was not answered. Found later than it should, it says that we were not
    /// run, and nothing of the database.
    fn missed(&self, began: Instant) {
        if began.elapsed() < TRUST + PERIOD {
            self.is_missed.store(true, Ordering::SeqCst);
        }
    }

    fn cut_off_at(&self) -> Instant {
        self.started + Duration::from_millis(self.heard_ms.load(Ordering::SeqCst)) + CUT_OFF
    }

    /// Waits until nothing has come from the database for [`CUT_OFF`]. Who begins to wait later than that
    /// has as long again.
    pub(crate) async fn lost(&self) {
        let now = Instant::now();
        let mut due = match self.cut_off_at() {
            passed if passed <= now => now + CUT_OFF,
            due => due,
        };
        loop {
            tokio::time::sleep_until(due.into()).await;
            let now = Instant::now();
            due = match self.cut_off_at() {
                passed if passed <= now && self.is_missed.load(Ordering::SeqCst) => return,
                // The follower has not been run either: its turn comes first.
                passed if passed <= now => now + PERIOD,
                due => due,
            };
        }
    }
}

/// Where a follower has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position(i64);

impl Tx {
    /// Leaves a row that tells other processes what this unit touched; nothing touched, no row.
    pub(crate) async fn tell_changes(&mut self, origin: &str) -> Result<(), StoreError> {
        let facets: Vec<String> = self.told_facets().collect();
        if facets.is_empty() {
            return Ok(());
        }
        // On PostgreSQL a position is the transaction's, which several units may share.
        let sql = "INSERT INTO changes (origin, facets, at) VALUES ($1, $2, $3) \
                   ON CONFLICT (position) DO UPDATE SET facets = changes.facets || $4 || excluded.facets";
        let params = [origin.into(), facets.join("\n").into(), self.now().millis().into(), "\n".into()];
        self.note(sql, &params).await?;
        Ok(())
    }
}

/// Where a follower begins: everything before is older than anything it will hold.
async fn begin(connection: &mut Connection) -> Result<Position, StoreError> {
    let sql =
        connection.pick("SELECT COALESCE(MAX(position), 0) FROM changes", "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint");
    let sql = sql.to_owned();
    let rows = connection.query(&sql, &[]).await?;
    Ok(Position(rows.first().map_or(Ok(0), |row| row.int(0))?))
}

/// Reads on from `position` and stamps what others touched.
async fn look(connection: &mut Connection, position: Position, origin: &str, stamps: &Stamps) -> Result<Position, StoreError> {
    connection.begin(Begin::Reading).await?;
    let looked = look_once(connection, position, origin, stamps).await;
    connection.batch("ROLLBACK").await.and(looked)
}

async fn look_once(connection: &mut Connection, position: Position, origin: &str, stamps: &Stamps) -> Result<Position, StoreError> {
    // On PostgreSQL some rows are read again: stamping twice costs a needless reading, missing one a lie.
    let sql = connection.pick(
        "SELECT position, origin, facets FROM changes WHERE position > $1 ORDER BY position",
        "SELECT position, origin, facets FROM changes WHERE position >= $1 ORDER BY position",
    );
    let sql = sql.to_owned();
    let rows = connection.query(&sql, &[Value::Int(position.0)]).await?;
    let mut last = position;
    for row in &rows {
        last = Position(row.int(0)?);
        if row.text(1)? != origin {
            stamps.touch_told(row.text(2)?.lines());
        }
    }
    match connection {
        Connection::Sqlite(_) => Ok(last),
        // Of the same snapshot: whatever commits later has an id that is not below this one.
        Connection::Postgres(_) => begin(connection).await,
    }
}

/// What a follower keeps up to date.
pub(crate) struct Following {
    pub(crate) stamps: Weak<Stamps>,
    pub(crate) contact: Arc<Contact>,
    /// The name of this process among those that share the database.
    pub(crate) origin: String,
}

/// Follows until the stamps are dropped. `connect` gives a connection of the follower's own.
async fn follow<F, C>(following: Following, mut position: Position, connect: F)
where
    F: Fn() -> C + Send + Sync,
    C: Future<Output = Result<Connection, StoreError>> + Send + 'static,
{
    let mut connection: Option<Connection> = None;
    let mut looks = 0;
    loop {
        tokio::time::sleep(PERIOD).await;
        let Some(stamps) = following.stamps.upgrade() else { return };
        let began = Instant::now();
        looks += 1;
        let looked = async {
            if connection.is_none() {
                connection = Some(connect().await?);
            }
            let Some(open) = &mut connection else { return Ok(position) };
            look(open, position, &following.origin, &stamps).await
        };
        match tokio::time::timeout(TRUST, looked).await {
            Ok(Ok(reached)) => {
                stamps.reached(began);
                following.contact.heard();
                position = reached;
                if looks % LOOKS_PER_SWEEP == 0 {
                    // Beside the looks: it may take longer than memory is trusted.
                    tokio::spawn(sweep(connect()));
                }
                continue;
            }
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "what other processes changed could not be read"),
            Err(_) => {
                following.contact.missed(began);
                tracing::warn!("what other processes changed could not be read in time");
            }
        }
        // Back among the others it would lend them the look's open transaction, and answers of long ago.
        connection.take().into_iter().for_each(Connection::discard);
    }
}

/// Removes rows that everybody has read long ago, by the newest row's clock.
async fn sweep(connecting: impl Future<Output = Result<Connection, StoreError>>) {
    let sql = "DELETE FROM changes WHERE at < (SELECT MAX(at) FROM changes) - $1";
    let swept = async { connecting.await?.execute(sql, &[Value::Int(KEPT_MS)]).await };
    match tokio::time::timeout(SWEEP_MAX, swept).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(error = chain(&error), "old changes could not be removed"),
        Err(_) => tracing::warn!("old changes could not be removed in time"),
    }
}

/// Begins to follow, and goes on as long as the stamps live.
pub(crate) async fn start<F, C>(following: Following, connect: F) -> Result<(), StoreError>
where
    F: Fn() -> C + Send + Sync + 'static,
    C: Future<Output = Result<Connection, StoreError>> + Send + 'static,
{
    let Some(stamps) = following.stamps.upgrade() else { return Ok(()) };
    let position = begin(&mut connect().await?).await?;
    stamps.reached(Instant::now());
    following.contact.heard();
    tokio::spawn(follow(following, position, connect));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database that was last heard so long ago that it will count as lost within moments.
    fn nearly_lost() -> Contact {
        let ago = CUT_OFF - Duration::from_millis(20);
        Contact { started: Instant::now() - ago, ..Contact::default() }
    }

    async fn is_lost(contact: &Contact) -> bool {
        tokio::time::timeout(3 * PERIOD, contact.lost()).await.is_ok()
    }

    #[tokio::test]
    async fn a_database_is_lost_when_a_look_was_missed_and_nothing_heard_since() {
        let contact = nearly_lost();
        contact.missed(Instant::now() - TRUST);
        assert!(is_lost(&contact).await);
        contact.heard();
        assert!(!is_lost(&contact).await, "it answered");
        contact.missed(Instant::now() - TRUST);
        assert!(!is_lost(&contact).await, "it has not been silent for long");
    }

    #[tokio::test]
    async fn a_process_that_was_not_run_says_nothing_of_the_database() {
        let contact = nearly_lost();
        contact.missed(Instant::now() - TRUST - PERIOD);
        assert!(!is_lost(&contact).await);
    }
}
