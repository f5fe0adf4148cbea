//! The engine room: a store, its settings, and the way in which units of work are run.

use std::{path::PathBuf, sync::Arc};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use vestibule_core::{audit::Channel, chance::Chance, id::RealmId, refusal::Refusal, support::SupportSession, time::Timestamp};
use vestibule_store::{KeyFit, Sealer, Steps, Store, StoreError};

use crate::{
    basic::ProvenPasswords,
    context::{Caller, Ctx, RequestOrigin},
    master_key,
    notify::Transport,
    tokens::Tokens,
    unit_of_work::UnitOfWork,
};

/// The clock and the chance of the machine; read at the edge and nowhere else.
#[derive(Clone)]
pub struct Edge {
    /// Reads the clock.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Where ids and secrets come from.
    pub chance: Chance,
}

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where clients reach it, without a trailing slash; the issuer of its tokens.
    pub public_url: String,
    /// How long a support session lasts at most, in seconds.
    pub session_limit_s: i64,
    /// How long an access token lasts unless less is asked for, in seconds.
    pub token_lifetime_s: i64,
    /// Where every help desk stands instead of its own host, `scheme://host`: for tests that play the help desk.
    pub help_desk_origin: Option<String>,
}

impl Settings {
    /// How long an access token lasts unless configured otherwise, in seconds (`spec/here-support.md`, section 6; inferred there).
    pub const TOKEN_LIFETIME_S_DEFAULT: i64 = 3_600;

    /// Settings with the usual limits.
    pub fn new(public_url: &str) -> Self {
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            session_limit_s: SupportSession::LIMIT_S_DEFAULT,
            token_lifetime_s: Self::TOKEN_LIFETIME_S_DEFAULT,
            help_desk_origin: None,
        }
    }

    /// The origin of a realm's log: the public host, then `/audit/<realm>` (`spec/audit-log.md`, section 3.2).
    pub(crate) fn log_origin(&self, realm: &RealmId) -> String {
        let host = self.public_url.split_once("://").map_or(self.public_url.as_str(), |(_, rest)| rest);
        let host = host.split('/').next().unwrap_or(host);
        format!("{host}/audit/{realm}")
    }
}

/// What opening needs.
pub struct OpenSettings {
    /// `sqlite:///abs/path` or `postgres://…`.
    pub database: String,
    /// Where `master.key` is kept unless a file is named, and what is too large for memory while it is handed out.
    pub data_dir: PathBuf,
    /// The master key's file; made with mode 0600 when it is absent and nothing is sealed in the database.
    pub master_key_file: Option<PathBuf>,
    /// A token that makes its bearer an operator, if there is to be one.
    pub operator_token: Option<SecretString>,
    /// How the server is set up.
    pub settings: Settings,
    /// How mail leaves.
    pub transport: Transport,
    /// The machine's clock and chance.
    pub edge: Edge,
}

/// Why opening failed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The master key cannot be read or made.
    #[error("cannot use the master key `{path}`: {problem}")]
    MasterKey {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The master key is lost: there is none, and the database needs one. Nothing was touched.
    #[error("there is no master key at `{0}`, and the database holds what was sealed under one")]
    NoKey(PathBuf),
    /// The database was made under another master key. Nothing was touched.
    #[error("the master key `{0}` does not open what the database holds")]
    ForeignKey(PathBuf),
    /// The database cannot be opened.
    #[error("cannot open the database")]
    Store(#[from] StoreError),
    /// The vendor's realm cannot be made.
    #[error("cannot set up the vendor's realm: {0}")]
    Vendor(Refusal),
}

/// Everything that a door can ask for. Cheap to clone.
#[derive(Clone)]
pub struct Operations(pub(crate) Arc<Inner>);

/// What every unit of work may need of the server it runs in.
pub(crate) struct House {
    pub(crate) settings: Settings,
    pub(crate) tokens: Tokens,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) house: Arc<House>,
    pub(crate) transport: Transport,
    pub(crate) proven: ProvenPasswords,
    pub(crate) data_dir: PathBuf,
    edge: Edge,
    closing: watch::Sender<bool>,
}

impl Operations {
    /// Opens the database, brings its schema up to date and makes the vendor's realm. A master key is made for a database
    /// in which nothing is sealed, and for no other.
    pub async fn open(open: OpenSettings) -> Result<Self, OpenError> {
        let file = open.master_key_file.unwrap_or_else(|| open.data_dir.join("master.key"));
        let key = match master_key::find(&file)? {
            Some(key) => key,
            None if vestibule_store::is_sealed(&open.database).await? => return Err(OpenError::NoKey(file)),
            None => master_key::make(&file, &open.edge.chance)?,
        };
        let opened = Store::open(&open.database, Sealer::new(&key), &open.edge.chance).await;
        let store = match opened {
            Err(StoreError::ForeignKey) => return Err(OpenError::ForeignKey(file)),
            opened => opened?,
        };
        let tokens = Tokens::new(store.sealer().clone(), &open.settings);
        let operations = Self(Arc::new(Inner {
            store,
            house: Arc::new(House { settings: open.settings, tokens }),
            transport: open.transport,
            proven: ProvenPasswords::default(),
            data_dir: open.data_dir,
            edge: open.edge,
            closing: watch::Sender::new(false),
        }));
        // Of several processes that came to a new database with a key each, one has made the vendor's realm.
        if operations.ensure_vendor().await.map_err(OpenError::Vendor)? == KeyFit::Foreign {
            return Err(OpenError::ForeignKey(file));
        }
        if let Some(token) = open.operator_token {
            operations.ensure_operator(token.expose_secret().to_owned()).await.map_err(OpenError::Vendor)?;
        }
        Ok(operations)
    }

    /// Tells whoever waits for news that the server is about to stop.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
    }

    /// Returns when the server is about to stop: answers that would go on for ever end then.
    pub async fn closing(&self) {
        // The sender lives as long as this value: only the word itself ends the wait.
        let _ = self.0.closing.subscribe().wait_for(|told| *told).await;
    }

    /// How the server is set up.
    pub fn settings(&self) -> &Settings {
        &self.0.house.settings
    }

    /// The context of a request that begins now; its caller is not known yet.
    pub fn ctx(&self, origin: RequestOrigin) -> Ctx {
        Ctx { caller: Caller::Nobody, now: (self.0.edge.clock)(), chance: self.0.edge.chance.clone(), origin }
    }

    /// The clock, read anew: for what comes in long after its request began.
    pub fn now(&self) -> Timestamp {
        (self.0.edge.clock)()
    }

    /// The context of what the server does by itself.
    pub fn own_ctx(&self, channel: Channel) -> Ctx {
        let now = (self.0.edge.clock)();
        let id = self.0.edge.chance.uuid(now).to_string();
        self.ctx(RequestOrigin::own(channel, id)).as_caller(Caller::System)
    }

    /// Runs steps as one unit of work: one realm, one transaction, one instant. An absent realm is
    /// refused before the steps run. What they changed is durable when this returns `Ok`.
    pub async fn write<T, F>(&self, ctx: &Ctx, realm: &RealmId, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(UnitOfWork<'t>) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        let (owned, house) = (ctx.clone(), self.0.house.clone());
        self.0
            .store
            .write(realm, ctx.moment(), move |tx| {
                Box::pin(async move {
                    let realm = tx.find_realm().await?.ok_or(Refusal::Absent("realm"))?;
                    steps(UnitOfWork::new(tx, owned, realm, house)).await
                })
            })
            .await
    }

    /// Runs reading steps on one consistent snapshot of a realm.
    pub async fn read<T, F>(&self, ctx: &Ctx, realm: &RealmId, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(UnitOfWork<'t>) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        let (owned, house) = (ctx.clone(), self.0.house.clone());
        self.0
            .store
            .read(realm, ctx.moment(), move |tx| {
                Box::pin(async move {
                    let realm = tx.find_realm().await?.ok_or(Refusal::Absent("realm"))?;
                    steps(UnitOfWork::new(tx, owned, realm, house)).await
                })
            })
            .await
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> Result<(), Refusal> {
        let ctx = self.own_ctx(Channel::Timer);
        self.0
            .store
            .read(&RealmId::vendor(), ctx.moment(), |tx| Box::pin(async move { Ok(tx.find_realm().await?.map(drop)) }))
            .await
            .map(drop)
    }
}
