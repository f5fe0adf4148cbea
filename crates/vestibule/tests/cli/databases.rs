//! Databases by hand: as somebody sees and writes them who is not the server.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use rusqlite::types::Value;
use tokio_postgres::SimpleQueryMessage;

use crate::harness::Folder;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A database of one test, removed after it.
pub struct Database {
    pub engine: Engine,
    pub url: String,
}

/// The PostgreSQL of this run; its absence is an error, never a reason to skip.
fn postgres_url(database: &str) -> String {
    let url = std::env::vars().find(|(name, _)| name == "VESTIBULE_TEST_POSTGRES").map(|(_, url)| url);
    let url = url.expect("run the tests with `cargo xtask test`, which starts PostgreSQL");
    format!("{}/{database}", url.rsplit_once('/').unwrap().0)
}

/// Runs statements, and gives the rows of all of them, each as text.
fn on_postgres(url: &str, sql: &str) -> Vec<String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let answers = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{error:?}"));
        let row = |answer| match answer {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        };
        answers.into_iter().filter_map(row).collect()
    })
}

impl Database {
    /// An empty one; on SQLite in `folder`.
    pub fn fresh(engine: Engine, folder: &Folder) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.path("by-hand.db")),
            Engine::Postgres => {
                let name = format!("vestibule_cli_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
                on_postgres(&postgres_url("postgres"), &format!("CREATE DATABASE {name} TEMPLATE template0"));
                postgres_url(&name)
            }
        };
        Self { engine, url }
    }

    fn file(&self) -> &Path {
        Path::new(self.url.strip_prefix("sqlite://").unwrap())
    }

    /// Runs statements.
    pub fn execute(&self, sql: &str) {
        match self.engine {
            Engine::Sqlite => rusqlite::Connection::open(self.file()).unwrap().execute_batch(sql).unwrap(),
            Engine::Postgres => drop(on_postgres(&self.url, sql)),
        }
    }

    /// One column of text.
    fn texts(&self, sql: &str) -> Vec<String> {
        match self.engine {
            Engine::Sqlite => {
                let connection = rusqlite::Connection::open(self.file()).unwrap();
                connection.prepare(sql).unwrap().query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
            Engine::Postgres => on_postgres(&self.url, sql),
        }
    }

    /// What stands in these columns of a table, in one order of rows.
    pub fn rows(&self, table: &str, columns: &str) -> Vec<String> {
        let mut rows = match self.engine {
            Engine::Sqlite => {
                let connection = rusqlite::Connection::open(self.file()).unwrap();
                let mut statement = connection.prepare(&format!("SELECT {columns} FROM {table}")).unwrap();
                let width = statement.column_count();
                let row = |row: &rusqlite::Row<'_>| (0..width).map(|at| row.get::<_, Value>(at)).collect::<Result<Vec<_>, _>>();
                statement.query_map((), row).unwrap().map(|row| format!("{:?}", row.unwrap())).collect()
            }
            Engine::Postgres => self.texts(&format!("SELECT ROW({columns})::text FROM {table}")),
        };
        rows.sort();
        rows
    }

    /// The columns of a table.
    pub fn columns(&self, table: &str) -> String {
        let names = match self.engine {
            Engine::Sqlite => self.texts(&format!("SELECT name FROM pragma_table_info('{table}')")),
            Engine::Postgres => self.texts(&format!(
                "SELECT column_name::text FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
            )),
        };
        names.join(", ")
    }

    /// The names of all tables.
    pub fn tables(&self) -> Vec<String> {
        self.texts(match self.engine {
            Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
            Engine::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.engine == Engine::Postgres {
            let name = self.url.rsplit('/').next().unwrap();
            on_postgres(&postgres_url("postgres"), &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}
