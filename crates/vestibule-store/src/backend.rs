//! The one place in which SQLite and PostgreSQL differ: running one SQL text here, connecting in `opening`, what goes in and
//! comes out in `values`.
//!
//! SQL is written once, with `$1` parameters, TEXT, BIGINT and {blob}. On SQLite nothing here ever
//! waits: every future is ready when first polled, so that a unit of work runs on the writer's thread.
//! Copies of the embedded database, which PostgreSQL does not need us for, are in `backup.rs`.

use std::borrow::Cow;

use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;

use crate::error::StoreError;

mod opening;
mod values;

use values::{postgres_row, sqlite_value};

pub use opening::{BUSY_TIMEOUT, open_existing_sqlite, open_postgres, open_sqlite, open_sqlite_reader};
pub use values::{Row, Value};

/// A statement that writes, with what it binds.
#[derive(Debug)]
pub struct Write {
    /// Its text.
    pub sql: Cow<'static, str>,
    /// Its parameters.
    pub params: Vec<Value>,
}

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// One consistent snapshot, nothing written.
    Reading,
    /// May write.
    Writing,
}

/// How PostgreSQL writes several units in one transaction. Each unit stands within a savepoint of one name, and undoes
/// itself by going back to it. To release it shows, too, that the unit left the transaction sound: PostgreSQL would
/// answer a commit of one that failed with a rollback, and no error.
pub struct Within {
    /// Before the first unit. A process that is cut off holds the head row of the realm it is writing in: the
    /// transaction ends after so long without a word from us, and the other processes can write there again.
    pub begin: &'static str,
    /// Between two units.
    pub between: &'static str,
    /// After the last unit.
    pub commit: &'static str,
}

/// See [`Within`].
pub const WITHIN: Within = Within {
    begin: "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = '1s'; SAVEPOINT unit",
    between: "RELEASE unit; SAVEPOINT unit",
    commit: "RELEASE unit; COMMIT",
};

/// A connection to either database.
pub enum Connection {
    /// An embedded database file.
    Sqlite(rusqlite::Connection),
    /// A pooled connection to PostgreSQL.
    Postgres(deadpool_postgres::Object),
}

/// Runs one statement without parameters or rows, parsed when it first runs.
pub fn control(connection: &rusqlite::Connection, sql: &'static str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.raw_execute().map(drop)
}

impl Connection {
    /// Opens a transaction.
    pub async fn begin(&mut self, how: Begin) -> Result<(), StoreError> {
        let text = match (&self, how) {
            // SQLite must take the write lock first: a reader that turns writer is thrown out, not queued.
            (Self::Sqlite(_), Begin::Writing) => "BEGIN IMMEDIATE",
            (Self::Sqlite(_), Begin::Reading) => "BEGIN",
            (Self::Postgres(_), Begin::Writing) => "BEGIN ISOLATION LEVEL READ COMMITTED",
            (Self::Postgres(_), Begin::Reading) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.control(text).await
    }

    /// The clause that locks a selected row until the transaction ends; SQLite's only writer needs none.
    pub fn lock_clause(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "",
            Self::Postgres(_) => " FOR UPDATE",
        }
    }

    /// The type that holds bytes.
    pub fn blob_type(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "BLOB",
            Self::Postgres(_) => "BYTEA",
        }
    }

    /// The type that holds text; it sorts by bytes, as cursors need.
    pub fn text_type(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "TEXT",
            Self::Postgres(_) => "TEXT COLLATE \"C\"",
        }
    }

    /// Closes a connection whose transaction was left half-way: nobody may go on in it.
    pub fn discard(self) {
        if let Self::Postgres(client) = self {
            drop(deadpool_postgres::Object::take(client));
        }
    }

    /// Picks the text for this database where one text cannot serve both.
    pub fn pick<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    /// A table with one column, `text`, of a parameter that is a [`Value::list`].
    pub fn list(&self, parameter: usize) -> String {
        match self {
            Self::Sqlite(_) => format!("(SELECT value AS text FROM json_each(${parameter}))"),
            Self::Postgres(_) => format!("(SELECT jsonb_array_elements_text(${parameter}::text::jsonb) AS text)"),
        }
    }

    /// A table with two columns, `one` and `two`, of a parameter that is [`Value::pairs`].
    pub fn pairs(&self, parameter: usize) -> String {
        let rows = match self {
            Self::Sqlite(_) => format!("json_each(${parameter})"),
            Self::Postgres(_) => format!("jsonb_array_elements(${parameter}::text::jsonb) AS pair (value)"),
        };
        format!("(SELECT value ->> 0 AS one, value ->> 1 AS two FROM {rows})")
    }

    /// Runs statements without parameters.
    pub async fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        tracing::trace!(sql, "runs");
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql).map_err(|e| sqlite_error(sql, e)),
            Self::Postgres(client) => client.batch_execute(sql).await.map_err(|e| postgres_error(sql, e)),
        }
    }

    /// Runs one of the statements that begin, keep or undo what a unit does: each unit runs them, so they are parsed once.
    pub async fn control(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) if !sql.contains(';') => {
                tracing::trace!(sql, "runs");
                control(connection, sql).map_err(|e| sqlite_error(sql, e))
            }
            Self::Sqlite(_) | Self::Postgres(_) => self.batch(sql).await,
        }
    }

    /// Runs a statement and counts the rows it changed.
    pub async fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        tracing::trace!(sql, "runs");
        match self {
            Self::Sqlite(connection) => {
                let run = || {
                    let mut statement = connection.prepare_cached(&numbered(sql))?;
                    bind(&mut statement, params)?;
                    statement.raw_execute()
                };
                run().map(|rows| rows as u64).map_err(|e| sqlite_error(sql, e))
            }
            Self::Postgres(client) => execute_on(client, sql, params).await,
        }
    }

    /// Runs statements of which none waits for what another finds, and counts the rows that each changed. PostgreSQL is
    /// told all of them before it answers the first.
    pub async fn execute_all(&mut self, writes: &[Write]) -> Result<Vec<u64>, StoreError> {
        let Self::Postgres(client) = self else {
            let mut changed = Vec::with_capacity(writes.len());
            for write in writes {
                changed.push(self.execute(&write.sql, &write.params).await?);
            }
            return Ok(changed);
        };
        let client = &*client;
        writes.iter().for_each(|write| tracing::trace!(sql = %write.sql, "runs"));
        try_join_all(writes.iter().map(|write| execute_on(client, &write.sql, &write.params))).await
    }

    /// Runs a statement and reads its rows.
    pub async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        tracing::trace!(sql, "runs");
        match self {
            Self::Sqlite(connection) => {
                let run = || {
                    let mut statement = connection.prepare_cached(&numbered(sql))?;
                    bind(&mut statement, params)?;
                    let width = statement.column_count();
                    let mut found = statement.raw_query();
                    let mut rows = Vec::new();
                    while let Some(row) = found.next()? {
                        rows.push(Row((0..width).map(|column| row.get_ref(column).map(sqlite_value)).collect::<Result<_, _>>()?));
                    }
                    Ok(rows)
                };
                run().map_err(|e| sqlite_error(sql, e))
            }
            Self::Postgres(client) => {
                let run = async {
                    let statement = client.prepare_cached(sql).await?;
                    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as _).collect();
                    client.query(&statement, &params).await?.iter().map(postgres_row).collect::<Result<Vec<_>, _>>()
                };
                run.await.map_err(|e| postgres_error(sql, e))
            }
        }
    }
}

async fn execute_on(client: &deadpool_postgres::Object, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
    let run = async {
        let statement = client.prepare_cached(sql).await?;
        client.execute_raw(&statement, params).await
    };
    run.await.map_err(|e| postgres_error(sql, e))
}

/// SQLite numbers parameters with `?`; a `$1` would be a name, bound in order of appearance.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    use rusqlite::types::{Null, ValueRef};
    for (index, param) in (1..).zip(params) {
        match param {
            Value::Null => statement.raw_bind_parameter(index, Null)?,
            Value::Int(int) => statement.raw_bind_parameter(index, int)?,
            Value::Text(text) => statement.raw_bind_parameter(index, text)?,
            Value::Blob(blob) => statement.raw_bind_parameter(index, rusqlite::types::ToSqlOutput::Borrowed(ValueRef::Blob(blob)))?,
        }
    }
    Ok(())
}

/// What a failure of SQLite is to us.
pub fn sqlite_error(sql: &str, error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, ReadOnly, SystemIoFailure};
    match error.sqlite_error_code() {
        Some(DatabaseBusy | DatabaseLocked | DiskFull | ReadOnly | SystemIoFailure | CannotOpen) => StoreError::Unavailable(error.into()),
        _ => StoreError::Statement { statement: sql.to_owned(), source: error.into() },
    }
}

fn postgres_error(sql: &str, error: tokio_postgres::Error) -> StoreError {
    let passing = match error.code() {
        // 08 connection, 25006 read-only, 25P03 a transaction that we left idle, 40 rolled back, 53 resources,
        // 57 operator intervention (restart).
        Some(code) => ["08", "25006", "25P03", "40", "53", "57"].iter().any(|class| code.code().starts_with(class)),
        // The driver's own: the network's are passing, a parameter of the wrong type is a defect of ours.
        None => std::error::Error::source(&error).is_some_and(|source| source.is::<std::io::Error>()),
    };
    match passing || error.is_closed() {
        true => StoreError::Unavailable(error.into()),
        false => StoreError::Statement { statement: sql.to_owned(), source: error.into() },
    }
}
