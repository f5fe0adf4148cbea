//! The schema's history: one numbering for both databases, forward only, never edited once landed.

use crate::{
    backend::{Begin, Connection, Value},
    error::StoreError,
};

struct Migration {
    shared: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Every migration, in order; the first brings a database to version 1.
const MIGRATIONS: &[Migration] = &[
    Migration {
        shared: include_str!("../migrations/0001_house.sql"),
        sqlite: include_str!("../migrations/0001_house.sqlite.sql"),
        postgres: include_str!("../migrations/0001_house.postgres.sql"),
    },
    Migration {
        shared: "",
        sqlite: include_str!("../migrations/0002_changes.sqlite.sql"),
        postgres: include_str!("../migrations/0002_changes.postgres.sql"),
    },
    Migration { shared: include_str!("../migrations/0003_principals.sql"), sqlite: "", postgres: "" },
    Migration { shared: include_str!("../migrations/0004_objects.sql"), sqlite: "", postgres: "" },
    Migration { shared: include_str!("../migrations/0005_uses.sql"), sqlite: "", postgres: "" },
    Migration {
        shared: include_str!("../migrations/0006_groups.sql"),
        sqlite: include_str!("../migrations/0006_groups.sqlite.sql"),
        postgres: include_str!("../migrations/0006_groups.postgres.sql"),
    },
    Migration { shared: include_str!("../migrations/0007_accounts.sql"), sqlite: "", postgres: "" },
    Migration { shared: include_str!("../migrations/0008_customers.sql"), sqlite: "", postgres: "" },
    Migration {
        shared: include_str!("../migrations/0009_departments.sql"),
        sqlite: include_str!("../migrations/0009_departments.sqlite.sql"),
        postgres: include_str!("../migrations/0009_departments.postgres.sql"),
    },
    Migration { shared: include_str!("../migrations/0010_sign_in.sql"), sqlite: "", postgres: "" },
    Migration { shared: include_str!("../migrations/0011_console.sql"), sqlite: "", postgres: "" },
    Migration { shared: include_str!("../migrations/0012_cases.sql"), sqlite: "", postgres: "" },
    Migration { shared: include_str!("../migrations/0013_factors.sql"), sqlite: "", postgres: "" },
    Migration { shared: include_str!("../migrations/0014_reading_the_log.sql"), sqlite: "", postgres: "" },
];

/// Names the lock under which PostgreSQL servers that start together migrate one after another.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7310579411)";

/// The newest schema version of this release.
pub fn known() -> i64 {
    MIGRATIONS.len() as i64
}

/// Runs what is missing, all in one transaction. Refuses a database that a newer release wrote.
pub async fn bring_up_to_date(connection: &mut Connection) -> Result<(), StoreError> {
    connection.begin(Begin::Writing).await?;
    let outcome = run_missing(connection).await;
    let finish = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
    // What went wrong first is told: a failure that takes the transaction with it leaves nothing to undo.
    let finished = connection.batch(finish).await;
    outcome.and(finished)
}

async fn run_missing(connection: &mut Connection) -> Result<(), StoreError> {
    let lock = connection.pick("SELECT 1", LOCK).to_owned();
    connection.batch(&lock).await?;
    connection.batch("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)").await?;
    let rows = connection.query("SELECT COALESCE(MAX(version), 0) FROM schema_version", &[]).await?;
    let found = rows.first().map_or(Ok(0), |row| row.int(0))?;
    let known = known();
    if found > known {
        return Err(StoreError::FromTheFuture { found, known });
    }
    for (version, migration) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        let shared = migration.shared.replace("{blob}", connection.blob_type()).replace("{text}", connection.text_type());
        connection.batch(&shared).await?;
        let own = connection.pick(migration.sqlite, migration.postgres).to_owned();
        connection.batch(&own).await?;
        connection.execute("INSERT INTO schema_version (version) VALUES ($1)", &[Value::Int(version)]).await?;
        tracing::info!(version, "the schema was brought up to date");
    }
    Ok(())
}
