//! Databases of the tests: a file, or a database of its own on the PostgreSQL that `cargo xtask test`
//! starts. Each test has its own and leaves none behind.

use std::{
    future::Future,
    hash::{BuildHasher, RandomState},
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Where a test remembers.
#[derive(Debug, Clone)]
pub struct Database {
    pub engine: Engine,
    name: String,
}

/// The PostgreSQL of this run; its absence is an error, never a reason to skip.
fn postgres_url(database: &str) -> String {
    let hint = "VESTIBULE_TEST_POSTGRES is not set: run the tests with `cargo xtask test`, which starts PostgreSQL";
    let base = std::env::var_os("VESTIBULE_TEST_POSTGRES").expect(hint).into_string().unwrap();
    format!("{}/{database}", base.rsplit_once('/').unwrap().0)
}

async fn postgres(database: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(&postgres_url(database), tokio_postgres::NoTls).await.unwrap();
    // It ends when its client is dropped.
    tokio::spawn(connection);
    client
}

impl Database {
    /// A database that nobody has used.
    pub async fn fresh(engine: Engine) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // What a failed test leaves behind must not be met again when a process id is.
        let run = RandomState::new().hash_one(std::process::id());
        let name = format!("vestibule_it_{run:016x}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let database = Self { engine, name };
        std::fs::create_dir_all(database.folder()).unwrap();
        if engine == Engine::Postgres {
            database.administer("DROP DATABASE IF EXISTS {name}").await;
            database.administer("CREATE DATABASE {name} TEMPLATE template0").await;
        }
        database
    }

    /// A folder of this database's own.
    pub fn folder(&self) -> PathBuf {
        std::env::temp_dir().join(&self.name)
    }

    /// What a server is told of it.
    pub fn url(&self) -> String {
        match self.engine {
            Engine::Sqlite => format!("sqlite://{}", self.file().display()),
            Engine::Postgres => postgres_url(&self.name),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder().join("vestibule.db")
    }

    /// Runs statements as somebody does who can write to the database and is not the server.
    pub async fn by_hand(&self, sql: &str) -> Result<(), String> {
        match self.engine {
            Engine::Sqlite => rusqlite::Connection::open(self.file()).unwrap().execute_batch(sql).map_err(|e| e.to_string()),
            Engine::Postgres => {
                let outcome = postgres(&self.name).await.batch_execute(sql).await;
                outcome.map_err(|e| e.as_db_error().map_or(e.to_string(), |e| e.message().to_owned()))
            }
        }
    }

    /// Runs one statement for the database at hand: the first text on SQLite, the second on PostgreSQL.
    pub async fn by_hand_either(&self, sqlite: &str, postgres: &str) -> Result<(), String> {
        self.by_hand(if self.engine == Engine::Sqlite { sqlite } else { postgres }).await
    }

    /// One number by hand.
    pub async fn number(&self, sql: &str) -> i64 {
        match self.engine {
            Engine::Sqlite => rusqlite::Connection::open(self.file()).unwrap().query_row(sql, (), |row| row.get(0)).unwrap(),
            Engine::Postgres => postgres(&self.name).await.query_one(sql, &[]).await.unwrap().get(0),
        }
    }

    /// Everything stored, as one heap of bytes: for looking for what must not be there.
    pub async fn bytes(&self) -> Vec<u8> {
        if self.engine == Engine::Sqlite {
            let files = ["vestibule.db", "vestibule.db-wal"];
            return files.iter().flat_map(|file| std::fs::read(self.folder().join(file)).unwrap_or_default()).collect();
        }
        let client = postgres(&self.name).await;
        let tables = client.query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'", &[]).await.unwrap();
        let mut heap = String::new();
        for table in tables {
            // Bytes show as they are, as far as they can be read.
            let sql = format!("SET bytea_output = 'escape'; SELECT t::text FROM {} t", table.get::<_, String>(0));
            for message in client.simple_query(&sql).await.unwrap() {
                if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
                    heap.push_str(row.get(0).unwrap_or_default());
                }
            }
        }
        heap.into_bytes()
    }

    /// Runs statements about this database from beside it; `{name}` is its name.
    pub async fn administer(&self, sql: &str) {
        postgres("postgres").await.batch_execute(&sql.replace("{name}", &self.name)).await.unwrap();
    }

    async fn remove(&self) {
        if self.engine == Engine::Postgres {
            self.administer("DROP DATABASE {name} WITH (FORCE)").await;
        }
        std::fs::remove_dir_all(self.folder()).unwrap();
    }
}

/// Runs a test on one database, and removes it however the test ends.
pub async fn on<T>(engine: Engine, test: impl FnOnce(Database) -> T)
where
    T: Future<Output = ()> + Send + 'static,
{
    let database = Database::fresh(engine).await;
    let outcome = tokio::spawn(test(database.clone())).await;
    database.remove().await;
    if let Err(error) = outcome {
        eprintln!("it failed on {engine:?}");
        std::panic::resume_unwind(error.into_panic());
    }
}

/// Runs a test on both databases, one after the other.
pub async fn on_both<T>(test: impl Fn(Database) -> T)
where
    T: Future<Output = ()> + Send + 'static,
{
    on(Engine::Sqlite, &test).await;
    on(Engine::Postgres, &test).await;
}
