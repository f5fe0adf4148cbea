//! Connecting to either database: what a connection is told before its first statement.

use std::{path::Path, time::Duration};

use rusqlite::config::DbConfig;

use super::{Connection, sqlite_error};
use crate::error::StoreError;

/// What every connection is told that may write.
///
/// WAL checkpoints run on a connection of their own (`writer.rs`), never in a commit's path. A commit of 64 units over as
/// many realms dirties some 3 MB of pages: those must fit into the cache (in KiB, by its minus), which is 2 MB unless told
/// otherwise, or they are written before they are done with and read again. What a savepoint may have to take back goes
/// through a file beyond what SQLite is compiled to keep in memory (`docs/decisions/0017-sqlite.md`).
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0; \
    PRAGMA cache_size = -16384;";

/// What a connection is told besides that only reads. Pages are read where the kernel has them: a look by key into a large
/// database is a few pages far apart, which no cache of ours would have, and copying each costs as much as finding it. Only
/// reading is mapped, as far as SQLite maps a file (2 GiB): a write never goes past its own pages.
const READING: &str = "PRAGMA query_only = ON; PRAGMA mmap_size = 2147418112;";

/// How long a connection waits for a lock that another has.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens an SQLite file, made when absent: WAL, every commit on disk before it is acknowledged.
pub fn open_sqlite(path: &Path) -> Result<rusqlite::Connection, StoreError> {
    let open = || {
        let connection = rusqlite::Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(256);
        // A plan holds for whatever is bound. Otherwise SQLite parses a statement anew when a value that it looked at while
        // planning is bound again, for the sake of a better plan: a fifth of all that a write costs.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch(SETTINGS)?;
        Ok(connection)
    };
    open().map_err(|e| sqlite_error("PRAGMA journal_mode = WAL", e))
}

/// Opens an SQLite file that is there, and changes nothing about it.
pub fn open_existing_sqlite(path: &Path) -> Result<rusqlite::Connection, StoreError> {
    let open = || {
        let connection = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(connection)
    };
    open().map_err(|e| sqlite_error("open", e))
}

/// Opens an SQLite file for reading alone.
pub fn open_sqlite_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = open_sqlite(path)?;
    connection.execute_batch(READING).map_err(|e| sqlite_error(READING, e))?;
    Ok(Connection::Sqlite(connection))
}

/// Most connections that one process holds to PostgreSQL.
const POSTGRES_CONNECTIONS_MAX: usize = 16;
/// How long a unit of work waits for one of them.
const CONNECTION_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is idle at most before the kernel asks whether the other end is there.
const KEEPALIVE_IDLE_MAX: Duration = Duration::from_secs(15);
/// How long it waits between two such questions, unless the URL says otherwise.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
/// How many of them may stay unanswered, unless the URL says otherwise.
const KEEPALIVE_RETRIES: u32 = 3;

/// A pool of connections to PostgreSQL; TLS by rustls when the URL asks for it.
pub fn open_postgres(url: &str) -> Result<deadpool_postgres::Pool, StoreError> {
    let mut config: tokio_postgres::Config = url.parse().map_err(|e: tokio_postgres::Error| StoreError::Url(e.to_string()))?;
    config.keepalives_idle(config.get_keepalives_idle().min(KEEPALIVE_IDLE_MAX));
    config.keepalives_interval(config.get_keepalives_interval().unwrap_or(KEEPALIVE_INTERVAL));
    config.keepalives_retries(config.get_keepalives_retries().unwrap_or(KEEPALIVE_RETRIES));
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| StoreError::Url(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let manager = deadpool_postgres::Manager::from_config(
        config,
        tokio_postgres_rustls::MakeRustlsConnect::new(tls),
        deadpool_postgres::ManagerConfig { recycling_method: deadpool_postgres::RecyclingMethod::Fast },
    );
    deadpool_postgres::Pool::builder(manager)
        .max_size(POSTGRES_CONNECTIONS_MAX)
        .wait_timeout(Some(CONNECTION_WAIT_MAX))
        .create_timeout(Some(CONNECT_TIMEOUT))
        .runtime(deadpool_postgres::Runtime::Tokio1)
        .build()
        .map_err(|e| StoreError::Url(e.to_string()))
}
