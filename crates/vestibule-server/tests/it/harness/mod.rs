//! A server as its users meet it: on a socket, on a database of its own, with a clock that tests move.

pub mod browser;
pub mod databases;
pub mod doors;
pub mod egain;
pub mod hostway;
pub mod http;
pub mod oauth1;
pub mod organization;
pub mod smtp;
pub mod wavefront;

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use axum::ServiceExt;
use sha2::{Digest, Sha256};
use vestibule_core::{chance::Chance, factor::AppSecret, time::Timestamp};
use vestibule_operations::{Edge, OpenSettings, Operations, Settings, Workers, apply::Mode, manifest::Manifest, notify::Transport};

use vestibule_server::{DoorSettings, Doors};

use self::{
    databases::Database,
    http::{Reply, Request},
};

/// The operator's token on every test server.
pub const OPERATOR: &str = "operator-token-of-the-tests-0123456789";
/// Ada's token: an administrator of `acme`.
pub const ADA: &str = "a411c16b-3cf7-4f03-bf11-8ca05aab898d";
/// Mia's token: an agent of the vendor.
pub const MIA: &str = "5b9d2c7e-staff-mia-3f1a";
/// Ben's token: of `acme`, without any right.
pub const BEN: &str = "ben-token-without-rights-42";
/// Eve's token: an administrator of `other`.
pub const EVE: &str = "eve-token-of-another-realm-7";

/// What a test server is made of, unless a test says otherwise.
pub const MANIFEST: &str = include_str!("manifest.toml");

/// A clock that a test moves by hand.
#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// 2027-01-15T08:00:00Z, unless a test begins elsewhere.
    pub const START_MS: i64 = 1_800_000_000_000;

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    pub fn advance_ms(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    pub fn set(&self, instant: Timestamp) {
        self.0.store(instant.millis(), Ordering::SeqCst);
    }
}

/// A running server.
pub struct Server {
    pub operations: Operations,
    pub clock: Clock,
    pub address: SocketAddr,
    pub database: Database,
    pub folder: PathBuf,
    workers: Option<Workers>,
    accepting: tokio::task::JoinHandle<()>,
}

/// How a server is started.
pub struct Start {
    pub database: Database,
    pub manifest: String,
    pub transport: Option<Transport>,
    pub with_workers: bool,
    /// What dialects leave to their operator.
    pub settings: DoorSettings,
    /// Where the master key is; a second process on a database shares the first one's.
    pub data_dir: Option<PathBuf>,
    /// Who plays the help desk, `http://host:port`; absent: it has its own host.
    pub help_desk_origin: Option<String>,
    /// The host that it is reached by; absent: its address. Passkeys want a name.
    pub host: Option<&'static str>,
}

impl Start {
    pub fn on(database: Database) -> Self {
        Self {
            database,
            manifest: MANIFEST.to_owned(),
            transport: None,
            with_workers: false,
            settings: DoorSettings::default(),
            data_dir: None,
            help_desk_origin: None,
            host: None,
        }
    }

    pub async fn run(self) -> Server {
        let folder = self.data_dir.unwrap_or_else(|| self.database.folder());
        let clock = Clock(Arc::new(AtomicI64::new(Clock::START_MS)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let reader = clock.clone();
        let public = self.host.map_or_else(|| address.to_string(), |host| format!("{host}:{}", address.port()));
        let operations = Operations::open(OpenSettings {
            database: self.database.url(),
            data_dir: folder.clone(),
            master_key_file: None,
            operator_token: Some(OPERATOR.to_owned().into()),
            settings: Settings { help_desk_origin: self.help_desk_origin, ..Settings::new(&format!("http://{public}")) },
            transport: self.transport.unwrap_or_else(|| Transport::files(folder.join("mail"), "Vestibule <vestibule@localhost>").unwrap()),
            edge: Edge { clock: Arc::new(move || reader.now()), chance: seeded_chance() },
        })
        .await
        .unwrap();
        let manifest = Manifest::parse(&self.manifest, "test.toml", &|_| Err("these tests keep secrets nowhere else".to_owned())).unwrap();
        operations.apply(&manifest, Mode::Act).await.unwrap();
        let workers = self.with_workers.then(|| operations.start_workers());
        let service = Doors::open_with(operations.clone(), self.settings).into_make_service_with_connect_info::<SocketAddr>();
        let accepting = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Server { operations, clock, address, database: self.database, folder, workers, accepting }
    }
}

impl Server {
    /// A request to this server.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.address, method, path)
    }

    pub async fn get(&self, path: &str, token: &str) -> Reply {
        self.request("GET", path).bearer(token).send().await
    }

    pub async fn delete(&self, path: &str, token: &str) -> Reply {
        self.request("DELETE", path).bearer(token).send().await
    }

    pub async fn post(&self, path: &str, token: &str, body: &str) -> Reply {
        self.request("POST", path).bearer(token).json(body).send().await
    }

    /// Stops the server and leaves the database to the processes that share it.
    pub async fn stop_sharing(mut self) {
        if let Some(workers) = self.workers.take() {
            workers.stop().await;
        }
        self.accepting.abort();
    }

    /// Stops the workers, letting them finish, and the server.
    pub async fn stop(mut self) {
        if let Some(workers) = self.workers.take() {
            workers.stop().await;
        }
        self.accepting.abort();
        self.database.drop_after(&self.operations).await;
    }
}

/// The app that knows a secret by its text (RFC 4648, section 6).
pub fn app_of(text: &str) -> AppSecret {
    let value = |c: u8| u16::from(if c.is_ascii_uppercase() { c - b'A' } else { c - b'2' + 26 });
    let bits: Vec<bool> = text.bytes().flat_map(|c| (0..5).rev().map(move |bit| value(c) >> bit & 1 == 1)).collect();
    let bytes: Vec<u8> = bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect();
    AppSecret::of(&bytes).unwrap()
}

/// Runs a test on both databases, one after the other.
pub async fn on_both<F, T>(test: F)
where
    F: Fn(Start) -> T,
    T: Future<Output = ()>,
{
    test(Start::on(Database::sqlite())).await;
    test(Start::on(Database::postgres().await)).await;
}

/// Randomness that differs between servers and repeats for none: tests compare shapes, not values.
fn seeded_chance() -> Chance {
    static SERVERS: AtomicU64 = AtomicU64::new(0);
    let server = SERVERS.fetch_add(1, Ordering::Relaxed);
    let counter = AtomicU64::new(0);
    Chance::new(move |bytes| {
        for chunk in bytes.chunks_mut(32) {
            let count = counter.fetch_add(1, Ordering::Relaxed);
            let seed = [std::process::id().into(), server, count].map(u64::to_be_bytes).concat();
            chunk.copy_from_slice(&Sha256::digest(seed)[..chunk.len()]);
        }
    })
}
