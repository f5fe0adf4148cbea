//! Databases of the tests: a file, or a database of its own on the PostgreSQL that `cargo xtask test` starts.

use std::{
    hash::{BuildHasher, RandomState},
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use vestibule_operations::Operations;

/// Where a test server remembers.
#[derive(Clone)]
pub struct Database {
    name: String,
    postgres: Option<String>,
}

/// A name that no run before has used: what a failed test leaves behind must not be met again when a process id is.
fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("vestibule_it_{:016x}_{}", RandomState::new().hash_one(std::process::id()), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The PostgreSQL of this run; its absence is an error, never a reason to skip.
fn postgres_url() -> String {
    std::env::vars()
        .find(|(name, _)| name == "VESTIBULE_TEST_POSTGRES")
        .map(|(_, url)| url)
        .expect("run the tests with `cargo xtask test`, which starts PostgreSQL")
}

async fn administer(sql: &str) {
    let (client, connection) = tokio_postgres::connect(&postgres_url(), tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}

impl Database {
    pub fn sqlite() -> Self {
        Self { name: fresh_name(), postgres: None }
    }

    pub async fn postgres() -> Self {
        let (name, base) = (fresh_name(), postgres_url());
        administer(&format!("CREATE DATABASE {name}")).await;
        let url = format!("{}/{name}", base.rsplit_once('/').unwrap().0);
        Self { name, postgres: Some(url) }
    }

    /// A folder of this database's own.
    pub fn folder(&self) -> PathBuf {
        let folder = std::env::temp_dir().join(&self.name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    pub fn url(&self) -> String {
        self.postgres.clone().unwrap_or_else(|| format!("sqlite://{}", self.folder().join("vestibule.db").display()))
    }

    /// Everything stored, as one heap of bytes: for looking for what must not be there.
    pub async fn bytes(&self) -> Vec<u8> {
        match &self.postgres {
            None => ["vestibule.db", "vestibule.db-wal"]
                .iter()
                .flat_map(|file| std::fs::read(self.folder().join(file)).unwrap_or_default())
                .collect(),
            Some(url) => {
                let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                let tables = client.query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'", &[]).await.unwrap();
                let mut heap = String::new();
                for table in tables {
                    // A row as text shows bytes in hexadecimal; `escape` shows them as they are.
                    let sql = format!("SET bytea_output = 'escape'; SELECT t::text FROM {} t", table.get::<_, String>(0));
                    for message in client.simple_query(&sql).await.unwrap() {
                        if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
                            heap.push_str(row.get(0).unwrap_or_default());
                        }
                    }
                }
                drop(client);
                connection.await.unwrap().unwrap();
                heap.into_bytes()
            }
        }
    }

    /// Removes what a test left.
    pub async fn drop_after(&self, _operations: &Operations) {
        if self.postgres.is_some() {
            administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        }
        // Connections that nobody closed may still end, and SQLite then puts files there or takes them away.
        while let Err(error) = std::fs::remove_dir_all(self.folder()) {
            assert_eq!(error.kind(), std::io::ErrorKind::DirectoryNotEmpty, "{error}");
            tokio::task::yield_now().await;
        }
    }
}
