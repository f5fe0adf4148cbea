//! Looking at a database without changing it: which schema, whose clock, whose key.

use vestibule_core::{id::RealmId, time::Timestamp};

use crate::{
    backend::{Connection, open_existing_sqlite, open_postgres},
    backup::embedded_file,
    error::StoreError,
    migrations,
    sealed::Sealer,
    tx::Tx,
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
    examine_connection(&mut connect(url).await?, sealer).await
}

/// Whether something is sealed in the database at a URL, so that it needs the master key of then. In an embedded one that
/// is absent nothing is, and it is not made.
pub async fn is_sealed(url: &str) -> Result<bool, StoreError> {
    match embedded_file(url) {
        Some(path) if !path.exists() => Ok(false),
        _ => Ok(first_seal(&mut connect(url).await?).await?.is_some()),
    }
}

async fn connect(url: &str) -> Result<Connection, StoreError> {
    match embedded_file(url) {
        Some(path) => Ok(Connection::Sqlite(open_existing_sqlite(&path)?)),
        None => {
            let client = open_postgres(url)?.get().await.map_err(|e| StoreError::Unavailable(e.into()))?;
            Ok(Connection::Postgres(client))
        }
    }
}

pub(crate) async fn examine_connection(connection: &mut Connection, sealer: Option<&Sealer>) -> Result<Examination, StoreError> {
    let clock = match connection {
        Connection::Sqlite(_) => None,
        Connection::Postgres(_) => number(connection, "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
            .await
            .map(Timestamp::from_millis)
            .map(Some)?,
    };
    let schema = schema(connection).await?;
    let known = migrations::known();
    let key = match sealer {
        Some(sealer) if (1..=known).contains(&schema) => try_key(connection, sealer).await?,
        _ => KeyFit::Untried,
    };
    Ok(Examination { schema, known, clock, key })
}

/// The schema's version; 0 when there is none yet.
async fn schema(connection: &mut Connection) -> Result<i64, StoreError> {
    let find = connection.pick(
        "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'",
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'schema_version' AND table_schema = current_schema()",
    );
    let find = find.to_owned();
    match number(connection, &find).await? {
        0 => Ok(0),
        _ => number(connection, "SELECT COALESCE(MAX(version), 0) FROM schema_version").await,
    }
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

/// The signing key of the vendor's log: the first thing that is sealed in any database. `None` in one that is new.
async fn first_seal(connection: &mut Connection) -> Result<Option<Vec<u8>>, StoreError> {
    let (found, known) = (schema(connection).await?, migrations::known());
    match found {
        0 => return Ok(None),
        newer if newer > known => return Err(StoreError::FromTheFuture { found, known }),
        _ => {}
    }
    let sql = "SELECT wrapped_seed FROM audit_key WHERE realm_id = $1 ORDER BY from_size LIMIT 1";
    let rows = connection.query(sql, &[RealmId::VENDOR.into()]).await?;
    rows.first().map(|row| row.blob(0).map(<[u8]>::to_vec)).transpose()
}

/// Refuses a master key that does not open what was sealed first. No other log is tried: a row of one tenant's that is
/// damaged must not keep all the others out.
pub(crate) async fn refuse_foreign_key(connection: &mut Connection, sealer: &Sealer) -> Result<(), StoreError> {
    let sealed = first_seal(connection).await?;
    match sealed.map(|sealed| sealer.open(&format!("log-key/{}", RealmId::VENDOR), &sealed)) {
        Some(Err(_)) => Err(StoreError::ForeignKey),
        Some(Ok(_)) | None => Ok(()),
    }
}

impl Tx {
    /// Whether the master key opens the key of the realm's log.
    pub async fn key_fit(&mut self) -> Result<KeyFit, StoreError> {
        match self.log_key().await {
            Ok(_) => Ok(KeyFit::Opens),
            Err(StoreError::Sealed(_)) => Ok(KeyFit::Foreign),
            Err(error) => Err(error),
        }
    }
}
