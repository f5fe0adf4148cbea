//! Databases of the tests: a file, or a database of its own on the PostgreSQL that `cargo xtask test` starts.

use std::{
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::harness::Ended;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// What this run's environment says; its absence is an error, never a reason to skip.
fn told(wanted: &str) -> String {
    let found = std::env::vars().find(|(name, _)| name == wanted).map(|(_, value)| value);
    found.unwrap_or_else(|| panic!("{wanted} is not set: run the tests with `cargo xtask test`, which starts PostgreSQL"))
}

/// The directory of PostgreSQL's programs.
pub fn programs() -> PathBuf {
    PathBuf::from(told("VESTIBULE_TEST_POSTGRES_PROGRAMS"))
}

/// Runs SQL, and gives what it prints.
#[track_caller]
pub fn psql(url: &str, sql: &str) -> String {
    let mut psql = Command::new(programs().join("psql"));
    psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1", url, "--command", sql]);
    let ended = Ended::from(psql.output().expect("psql is among PostgreSQL's programs"));
    assert_eq!(ended.code, 0, "{sql}: {}", ended.err);
    ended.out
}

/// A database on the shared PostgreSQL, and a role that owns it: what is done to them touches nobody else.
pub struct Database {
    base: String,
    /// The database's name, and the role's.
    pub name: String,
}

impl Database {
    /// On the PostgreSQL that all tests share.
    pub fn new() -> Self {
        Self::on(&told("VESTIBULE_TEST_POSTGRES"))
    }

    /// On the PostgreSQL at a URL, which names an administrator.
    pub fn on(base: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("vestibule_faults_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        psql(base, &format!("CREATE ROLE {name} LOGIN"));
        psql(base, &format!("CREATE DATABASE {name} OWNER {name}"));
        Self { base: base.to_owned(), name }
    }

    /// `host:port` of the PostgreSQL it is on.
    pub fn host(&self) -> &str {
        self.base.rsplit_once('@').and_then(|(_, rest)| rest.split('/').next()).expect("a user and a host in VESTIBULE_TEST_POSTGRES")
    }

    /// Its URL as its owner, by way of `host`.
    pub fn url_by(&self, host: &str) -> String {
        format!("postgres://{0}@{host}/{0}", self.name)
    }

    pub fn url(&self) -> String {
        self.url_by(self.host())
    }

    /// Runs SQL as an administrator.
    #[track_caller]
    pub fn administer(&self, sql: &str) {
        psql(&self.base, sql);
    }

    /// Ends every connection to it.
    pub fn disconnect_all(&self) {
        self.administer(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
            self.administer(&format!("DROP ROLE {}", self.name));
        }
    }
}
