//! Looking at a database without changing it: which schema, whose clock, whose key.

use vestibule_core::time::Timestamp;

use crate::{
    backend::{Connection, open_existing_sqlite, open_postgres},
    backup::embedded_file,
    error::StoreError,
    migrations,
    sealed::Sealer,
};

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examination {
    /// The schema's version; 0 when there is none yet.
    pub schema: i64,
    /// The newest version that this release knows.
    pub known: i64,
    /// The database server's clock; an embedded database has none of its own.
    pub clock: Option<Timestamp>,
    /// Whether a master key is the one.
    pub key: KeyFit,
}

/// Whether a master key opens what a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFit {
    /// It opens the keys of the logs that were tried.
    Opens,
    /// It does not.
    Foreign,
    /// There is nothing to try it on, or no key was given.
    Untried,
}

/// Logs whose keys are tried.
const LOGS_TRIED: i64 = 100;

/// Examines the database at a URL. An embedded one must be there.
pub async fn examine(url: &str, sealer: Option<&Sealer>) -> Result<Examination, StoreError> {
    let mut connection = match embedded_file(url) {
        Some(path) => Connection::Sqlite(open_existing_sqlite(&path)?),
        None => {
            let client = open_postgres(url)?.get().await.map_err(|e| StoreError::Unavailable(e.into()))?;
            Connection::Postgres(client)
        }
    };
    examine_connection(&mut connection, sealer).await
}

pub(crate) async fn examine_connection(connection: &mut Connection, sealer: Option<&Sealer>) -> Result<Examination, StoreError> {
    let clock = match connection {
        Connection::Sqlite(_) => None,
        Connection::Postgres(_) => number(connection, "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
            .await
            .map(Timestamp::from_millis)
            .map(Some)?,
    };
    let find = connection.pick(
        "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'",
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'schema_version' AND table_schema = current_schema()",
    );
    let find = find.to_owned();
    let schema = match number(connection, &find).await? {
        0 => 0,
        _ => number(connection, "SELECT COALESCE(MAX(version), 0) FROM schema_version").await?,
    };
    let known = migrations::known();
    let key = match sealer {
        Some(sealer) if (1..=known).contains(&schema) => try_key(connection, sealer).await?,
        _ => KeyFit::Untried,
    };
    Ok(Examination { schema, known, clock, key })
}

async fn number(connection: &mut Connection, sql: &str) -> Result<i64, StoreError> {
    let rows = connection.query(sql, &[]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Each log's signing key is sealed, from the log's first event on.
async fn try_key(connection: &mut Connection, sealer: &Sealer) -> Result<KeyFit, StoreError> {
    let sql = "SELECT realm_id, wrapped_seed FROM audit_key ORDER BY realm_id LIMIT $1";
    let mut fit = KeyFit::Untried;
    for row in connection.query(sql, &[LOGS_TRIED.into()]).await? {
        match sealer.open(&format!("log-key/{}", row.text(0)?), row.blob(1)?) {
            Ok(_) => fit = KeyFit::Opens,
            Err(_) => return Ok(KeyFit::Foreign),
        }
    }
    Ok(fit)
}
