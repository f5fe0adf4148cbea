//! Following what other processes commit, so that memory is never trusted longer than it may be.
//!
//! Each commit leaves one row that names what it touched. A follower reads the new rows several times
//! a second and stamps their facets. Memory is trusted for [`TRUST`] after the last look: a process that
//! is cut off from its database asks it, and answers that it is not available if it cannot.

use std::{
    sync::{Arc, Weak},
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
/// How often the table is looked at: well within [`TRUST`], so that one slow look costs nothing.
const PERIOD: Duration = Duration::from_millis(100);
/// How long rows are kept, in milliseconds. Who was away longer trusts nothing it held before.
const KEPT_MS: i64 = 600_000;
/// How often old rows are removed, in looks.
const LOOKS_PER_SWEEP: u32 = 600;

/// Where a follower has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position(i64);

impl Tx {
    /// Leaves the row that tells other processes what this unit touched; nothing touched, no row.
    pub(crate) async fn tell_changes(&mut self, origin: &str) -> Result<(), StoreError> {
        let facets: Vec<String> = self.told_facets().collect();
        if facets.is_empty() {
            return Ok(());
        }
        let params = [origin.into(), facets.join("\n").into(), self.now().millis().into()];
        self.note("INSERT INTO changes (origin, facets, at) VALUES ($1, $2, $3)", &params).await?;
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

/// Follows until the stamps are dropped. `connect` gives a connection of the follower's own.
async fn follow<F, C>(stamps: Weak<Stamps>, origin: String, mut position: Position, connect: F)
where
    F: Fn() -> C + Send + Sync,
    C: Future<Output = Result<Connection, StoreError>> + Send,
{
    let mut connection = None;
    let mut looks = 0;
    loop {
        tokio::time::sleep(PERIOD).await;
        let Some(stamps) = stamps.upgrade() else { return };
        let began = Instant::now();
        let looked = async {
            let open = match connection.take() {
                Some(open) => open,
                None => connect().await?,
            };
            let mut open: Connection = open;
            let reached = look(&mut open, position, &origin, &stamps).await?;
            Ok::<_, StoreError>((open, reached))
        };
        match tokio::time::timeout(TRUST, looked).await {
            Ok(Ok((open, reached))) => {
                stamps.reached(began);
                position = reached;
                connection = Some(open);
            }
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "what other processes changed could not be read"),
            Err(_) => tracing::warn!("what other processes changed could not be read in time"),
        }
        looks += 1;
        if looks % LOOKS_PER_SWEEP == 0
            && let Some(open) = &mut connection
        {
            sweep(open).await;
        }
    }
}

/// Removes rows that everybody has read long ago, by the newest row's clock.
async fn sweep(connection: &mut Connection) {
    let sql = "DELETE FROM changes WHERE at < (SELECT MAX(at) FROM changes) - $1";
    if let Err(error) = connection.execute(sql, &[Value::Int(KEPT_MS)]).await {
        tracing::warn!(error = chain(&error), "old changes could not be removed");
    }
}

/// Begins to follow, and goes on as long as the stamps live.
pub(crate) async fn start<F, C>(stamps: &Arc<Stamps>, origin: String, connect: F) -> Result<(), StoreError>
where
    F: Fn() -> C + Send + Sync + 'static,
    C: Future<Output = Result<Connection, StoreError>> + Send + 'static,
{
    let position = begin(&mut connect().await?).await?;
    stamps.reached(Instant::now());
    tokio::spawn(follow(Arc::downgrade(stamps), origin, position, connect));
    Ok(())
}
