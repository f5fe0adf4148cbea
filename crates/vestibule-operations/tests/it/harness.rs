//! Operations on a test's database, with a clock that the test moves and chance that repeats.

use std::{
    collections::BTreeMap,
    io::Read,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use vestibule_core::{
    audit::Channel,
    chance::Chance,
    id::{AccountKey, RealmId},
    policy::{RawStatement, Statement},
    refusal::Refusal,
    support::{Entry, Invitee},
    time::Timestamp,
};
use vestibule_operations::{
    Act, Ctx, Edge, Entered, Entity, EventFilter, Invited, OpenSettings, Operations, OutboxEntry, PageRequest, Question, RequestOrigin,
    Settings, Steps, UnitOfWork,
    apply::{Difference, Mode},
    manifest::Manifest,
    notify::Transport,
};

use crate::databases::Database;

/// When every test begins: 2027-01-15T08:00:00Z.
pub const START: i64 = 1_800_000_000_000;
pub const MANIFEST: &str = include_str!("manifest.toml");
/// Tokens of the manifest.
pub const ADA: &str = "ada-token-0123456789";
pub const BEN: &str = "ben-token-0123456789";
pub const EVE: &str = "eve-token-0123456789";
pub const MIA: &str = "mia-token-0123456789";
pub const TOM: &str = "tom-token-0123456789";

/// Operations, and the clock that they read. Cheap to clone.
#[derive(Clone)]
pub struct World {
    pub ops: Operations,
    clock: Arc<AtomicI64>,
}

pub fn acme() -> RealmId {
    "acme".parse().unwrap()
}

pub fn person(address: &str) -> Invitee {
    Invitee::parse(address, "here.com").unwrap()
}

/// The first page of a list.
pub fn page(limit: usize) -> PageRequest {
    PageRequest { after: None, limit }
}

pub fn statement(effect: &str, actions: &[&str], resources: &[&str]) -> Statement {
    let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    let raw = RawStatement { effect: effect.to_owned(), actions: owned(actions), resources: owned(resources), condition: None };
    Statement::parse(raw).unwrap()
}

fn seeded() -> Chance {
    static SERVERS: AtomicU64 = AtomicU64::new(0);
    let (server, counter) = (SERVERS.fetch_add(1, Ordering::Relaxed), AtomicU64::new(0));
    Chance::new(move |bytes| {
        for chunk in bytes.chunks_mut(32) {
            let count = counter.fetch_add(1, Ordering::Relaxed);
            let block = Sha256::digest([server.to_be_bytes(), count.to_be_bytes()].concat());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    })
}

/// What a server is opened with that keeps its master key in `folder`.
pub fn open_settings(database: &Database, folder: PathBuf, clock: Arc<AtomicI64>) -> OpenSettings {
    OpenSettings {
        database: database.url(),
        transport: Transport::files(folder.join("mail"), "Vestibule <vestibule@localhost>").unwrap(),
        data_dir: folder,
        master_key_file: None,
        operator_token: None,
        settings: Settings::new("https://vestibule.example"),
        edge: Edge { clock: Arc::new(move || Timestamp::from_millis(clock.load(Ordering::SeqCst))), chance: seeded() },
    }
}

impl World {
    /// Operations on a fresh database, with the manifest of the tests applied.
    pub async fn open(database: &Database) -> Self {
        let world = Self::open_bare(database, None).await;
        world.apply(MANIFEST, Mode::Act).await.unwrap();
        world
    }

    pub async fn open_bare(database: &Database, transport: Option<Transport>) -> Self {
        Self::open_at(database, database.folder(), transport, Arc::new(AtomicI64::new(START))).await
    }

    /// As [`World::open`], with a data directory apart from the database.
    pub async fn open_apart(database: &Database, data_dir: PathBuf) -> Self {
        let world = Self::open_at(database, data_dir, None, Arc::new(AtomicI64::new(START))).await;
        world.apply(MANIFEST, Mode::Act).await.unwrap();
        world
    }

    /// Another server on the same database, by the same clock.
    pub async fn open_beside(database: &Database, other: &Self) -> Self {
        Self::open_at(database, database.folder(), None, other.clock.clone()).await
    }

    async fn open_at(database: &Database, data_dir: PathBuf, transport: Option<Transport>, clock: Arc<AtomicI64>) -> Self {
        let mut open = open_settings(database, data_dir, clock.clone());
        open.transport = transport.unwrap_or(open.transport);
        Self { ops: Operations::open(open).await.unwrap(), clock }
    }

    pub async fn apply(&self, manifest: &str, mode: Mode) -> Result<Difference, Refusal> {
        let manifest = Manifest::parse(manifest, "test.toml", &|_| panic!("it names no outside secret")).unwrap();
        self.ops.apply(&manifest, mode).await.map_err(|error| error.refusal)
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.load(Ordering::SeqCst))
    }

    pub fn advance_ms(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    /// The server's own context.
    pub fn own(&self) -> Ctx {
        self.ops.own_ctx(Channel::Cli)
    }

    /// The context of a request by nobody.
    pub fn nobody(&self) -> Ctx {
        self.ops.ctx(RequestOrigin::own(Channel::Api, "req-0".to_owned()))
    }

    /// The key of an account of `acme`.
    pub async fn key_of(&self, id: &str) -> AccountKey {
        self.key_in("acme", id).await
    }

    pub async fn key_in(&self, realm: &str, id: &str) -> AccountKey {
        let (page, ctx, realm) = (page(100), self.own(), realm.parse().unwrap());
        let found = self.ops.read(&ctx, &realm, |mut work| {
            Box::pin(async move {
                let mut all = work.users(page.clone()).await?.items;
                all.extend(work.service_users(page).await?.items);
                Ok(all)
            })
        });
        found.await.unwrap().iter().find(|account| account.id.as_str() == id).unwrap().key
    }

    /// Whether somebody of `acme` may retrieve something, as Ada is told.
    pub async fn may(&self, kind: &str, id: &str, resource_type: &str, resource: &str) -> bool {
        let entity = |kind: &str, id: &str| Entity { kind: kind.to_owned().into(), id: id.to_owned().into(), ..Entity::default() };
        let (subject, resource, context) = (entity(kind, id), entity(resource_type, resource), BTreeMap::new());
        let action = Act { name: "retrieve".into(), ..Act::default() };
        let question = Question { subject: &subject, action: &action, resource: &resource, context: &context };
        self.ops.evaluate(&self.bearer(ADA).await.unwrap(), question).await.unwrap().decision
    }

    /// The context of a request with this token.
    pub async fn bearer(&self, token: &str) -> Result<Ctx, Refusal> {
        let ctx = self.ops.ctx(RequestOrigin::own(Channel::Api, "req-1".to_owned()));
        let caller = self.ops.bearer(&ctx, token).await?;
        Ok(ctx.as_caller(caller))
    }

    /// Steps in `acme`, by Ada.
    pub async fn work<T, F>(&self, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(UnitOfWork<'t>) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        let ctx = self.bearer(ADA).await.unwrap();
        self.ops.write(&ctx, &acme(), steps).await
    }

    pub async fn invite(&self, address: &str, expires_at: Option<Timestamp>) -> Result<Invited, Refusal> {
        let invitee = person(address);
        self.work(move |mut work| Box::pin(async move { work.invite(invitee, expires_at).await })).await
    }

    pub async fn uninvite(&self, folded: &'static str) -> bool {
        self.work(move |mut work| Box::pin(async move { work.uninvite(folded).await })).await.unwrap()
    }

    /// The addresses of the live list, in order.
    pub async fn listed(&self) -> Vec<String> {
        let access = self.work(|mut work| Box::pin(async move { work.support_access().await })).await.unwrap();
        access.invitations.iter().map(|entry| entry.invitee.to_string()).collect()
    }

    pub async fn enter(&self, token: &str) -> Result<Entered, Refusal> {
        self.enter_realm(token, "acme").await
    }

    pub async fn enter_realm(&self, token: &str, realm: &str) -> Result<Entered, Refusal> {
        let ctx = self.bearer(token).await?;
        let entry = Entry::new("a case", Some("zendesk:1")).unwrap();
        self.ops.write(&ctx, &realm.parse().unwrap(), |mut work| Box::pin(async move { work.enter(entry).await })).await
    }

    /// Whether a session's token proves anything.
    pub async fn is_inside(&self, entered: &Entered) -> Result<(), Refusal> {
        self.bearer(entered.token.expose_secret()).await.map(drop)
    }

    /// `acme`'s log as the operator exports it.
    pub async fn bundle(&self, with_disclosures: bool) -> Vec<u8> {
        let mut exported = self.ops.export(&self.own(), &acme(), with_disclosures).await.unwrap();
        let mut bundle = Vec::new();
        exported.file.read_to_end(&mut bundle).unwrap();
        assert_eq!(bundle.len() as u64, exported.bytes);
        bundle
    }

    /// The actions in `acme`'s log from an index on.
    pub async fn actions(&self, from: u64) -> Vec<String> {
        self.events(from).await.iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect()
    }

    /// The events of `acme`'s log from an index on.
    pub async fn events(&self, from: u64) -> Vec<serde_json::Value> {
        let page = PageRequest { after: Some(from.to_string()), limit: 1_000 };
        let page = self.work(|mut work| Box::pin(async move { work.events(EventFilter::default(), page).await })).await.unwrap();
        page.events.iter().map(|event| serde_json::from_str(event.text.as_ref().unwrap()).unwrap()).collect()
    }

    pub async fn size(&self) -> u64 {
        let page = PageRequest { after: None, limit: 1 };
        self.work(|mut work| Box::pin(async move { work.events(EventFilter::default(), page).await })).await.unwrap().size
    }

    /// `acme`'s outbox, oldest first.
    pub async fn outbox(&self) -> Vec<OutboxEntry> {
        let page = PageRequest { after: None, limit: 1_000 };
        let mut items = self.work(|mut work| Box::pin(async move { work.outbox(page).await })).await.unwrap().items;
        items.reverse();
        items
    }
}
