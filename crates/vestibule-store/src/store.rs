//! The store: opens a database and runs units of work on it, each one realm, one transaction,
//! one instant. A unit goes on when its caller is gone, and is answered only once it is durable.

use std::{
    collections::BTreeSet,
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Notify, Semaphore, oneshot};
use vestibule_core::{chance::Chance, id::RealmId, refusal::Refusal};

use crate::{
    backend::{Connection, open_postgres, open_sqlite},
    changes::{self, Contact, Following},
    error::StoreError,
    examine::refuse_foreign_key,
    lanes::Lanes,
    memory::{Facet, Stamps},
    migrations,
    principals::Memories,
    sealed::Sealer,
    traces::{self, Access},
    tx::{Moment, Tx},
    uses::Uses,
    writer::Writer,
};

/// The steps of a unit of work on its transaction.
pub type Steps<'t, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 't>>;

/// Connections for reading, on SQLite.
const READERS: usize = 4;

/// A database, the master key's seals, and what is held in memory. Cheap to clone.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) backend: Backend,
    /// Names this process among those that share a database.
    pub(crate) origin: String,
    sealer: Sealer,
    stamps: Arc<Stamps>,
    pub(crate) contact: Arc<Contact>,
    memories: Memories,
    grown: Mutex<BTreeSet<RealmId>>,
    mail_is_due: Notify,
    uses: Uses,
}

pub(crate) enum Backend {
    Sqlite { writer: Writer, readers: Readers },
    Postgres { pool: deadpool_postgres::Pool, lanes: Arc<Lanes> },
}

/// Connections for reading: opened when first needed, and again when a unit broke one.
pub(crate) struct Readers {
    pub(crate) path: PathBuf,
    pub(crate) idle: Mutex<Vec<Connection>>,
    places: Arc<Semaphore>,
}

impl Store {
    /// Opens `sqlite:///abs/path` (made when absent) or `postgres://…`, and brings its schema up to date. One that was made
    /// under another master key is left as it is.
    pub async fn open(url: &str, sealer: Sealer, chance: &Chance) -> Result<Self, StoreError> {
        let contact = Arc::new(Contact::default());
        let backend = match (url.strip_prefix("sqlite://"), url.split_once("://")) {
            (Some(path), _) => Backend::open_sqlite(Path::new(path), &sealer).await?,
            (None, Some(("postgres" | "postgresql", _))) => Backend::open_postgres(url, &sealer, &contact).await?,
            _ => return Err(StoreError::Url("it starts with neither `sqlite://` nor `postgres://`".to_owned())),
        };
        let stamps = Arc::new(Stamps::default());
        let origin = uuid::Uuid::from_bytes(chance.bytes()).to_string();
        backend.follow(Following { stamps: Arc::downgrade(&stamps), contact: contact.clone(), origin: origin.clone() }).await?;
        Ok(Self(Arc::new(Inner {
            backend,
            origin,
            sealer,
            memories: Memories::new(&stamps),
            stamps,
            contact,
            grown: Mutex::default(),
            mail_is_due: Notify::new(),
            uses: Uses::default(),
        })))
    }

    /// The seals of this store's master key.
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    pub(crate) fn memories(&self) -> &Memories {
        &self.0.memories
    }

    pub(crate) fn uses(&self) -> &Uses {
        &self.0.uses
    }

    pub(crate) fn stamps(&self) -> &Stamps {
        &self.0.stamps
    }

    /// The realms whose logs have grown since this was last asked.
    pub fn take_grown_logs(&self) -> BTreeSet<RealmId> {
        std::mem::take(&mut *self.0.grown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until a commit has put mail into an outbox.
    pub async fn mail_is_due(&self) {
        self.0.mail_is_due.notified().await;
    }

    /// After a commit and before its answer: what was compiled from what it touched is no longer true.
    pub(crate) fn after_commit(&self, touched: &[(RealmId, Facet)]) {
        self.stamps().touch(touched);
        let grown = touched.iter().filter(|(_, facet)| *facet == Facet::Log).map(|(realm, _)| realm.clone());
        self.0.grown.lock().unwrap_or_else(PoisonError::into_inner).extend(grown);
        if touched.iter().any(|(_, facet)| *facet == Facet::Outbox) {
            self.0.mail_is_due.notify_one();
        }
    }

    /// Runs `steps` as one transaction on `realm`: what they changed and what they recorded is durable
    /// when this returns `Ok`, and gone (but for what was kept, [`Tx::keep`]) when it returns `Err`.
    pub async fn write<T, F>(&self, realm: &RealmId, moment: Moment, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        traces::unit(Access::Commit, self.0.backend.name(), realm, self.run_writing(realm, moment, steps)).await
    }

    async fn run_writing<T, F>(&self, realm: &RealmId, moment: Moment, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        let (store, realm) = (self.clone(), realm.clone());
        match &self.0.backend {
            Backend::Sqlite { writer, .. } => {
                let (answer, answered) = oneshot::channel();
                writer.send(Box::new(move |connection| store.on_writer(connection, realm, moment, steps, answer)));
                answered.await.unwrap_or(Err(Refusal::Unavailable))
            }
            Backend::Postgres { lanes, .. } => {
                let (answer, answered) = oneshot::channel();
                let own = realm.clone();
                lanes.send(&realm, Box::new(move |connection| Box::pin(store.on_lane(connection, own, moment, steps, answer))));
                answered.await.unwrap_or(Err(Refusal::Unavailable))
            }
        }
    }

    /// Runs `steps` on one consistent snapshot of `realm`; they cannot write.
    pub async fn read<T, F>(&self, realm: &RealmId, moment: Moment, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        traces::unit(Access::Read, self.0.backend.name(), realm, self.run_reading(realm, moment, steps)).await
    }

    async fn run_reading<T, F>(&self, realm: &RealmId, moment: Moment, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        let (store, realm) = (self.clone(), realm.clone());
        match &self.0.backend {
            Backend::Sqlite { readers, .. } => {
                let Ok(place) = readers.places.clone().acquire_owned().await else { return Err(Refusal::Unavailable) };
                // The unit has the place and not its caller, who may go away while it reads.
                let unit = move || {
                    let _place = place;
                    store.on_reader(realm, moment, steps)
                };
                tokio::task::spawn_blocking(unit).await.unwrap_or(Err(Refusal::Internal))
            }
            // A task of its own: a caller that goes away must not leave a transaction half-way.
            Backend::Postgres { pool, .. } => {
                let pool = pool.clone();
                let unit = async move { store.on_pool(&pool, realm, moment, steps).await };
                tokio::spawn(unit).await.unwrap_or(Err(Refusal::Internal))
            }
        }
    }
}

impl Backend {
    /// Its name in the semantic conventions of OpenTelemetry.
    const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres { .. } => "postgresql",
        }
    }

    /// Starts following what other processes commit, on a connection of the follower's own.
    async fn follow(&self, following: Following) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { readers, .. } => {
                let path = readers.path.clone();
                let connect = move || std::future::ready(open_sqlite(&path).map(Connection::Sqlite));
                changes::start(following, connect).await
            }
            Self::Postgres { pool, .. } => {
                let pool = pool.clone();
                let connect = move || {
                    let pool = pool.clone();
                    async move { pool.get().await.map(Connection::Postgres).map_err(|e| StoreError::Unavailable(e.into())) }
                };
                changes::start(following, connect).await
            }
        }
    }

    async fn open_sqlite(path: &Path, sealer: &Sealer) -> Result<Self, StoreError> {
        let mut connection = Connection::Sqlite(open_sqlite(path)?);
        refuse_foreign_key(&mut connection, sealer).await?;
        migrations::bring_up_to_date(&mut connection).await?;
        let readers = Readers { path: path.to_owned(), idle: Mutex::default(), places: Arc::new(Semaphore::new(READERS)) };
        Ok(Self::Sqlite { writer: Writer::start(path)?, readers })
    }

    async fn open_postgres(url: &str, sealer: &Sealer, contact: &Arc<Contact>) -> Result<Self, StoreError> {
        let pool = open_postgres(url)?;
        let client = pool.get().await.map_err(|e| StoreError::Unavailable(e.into()))?;
        let mut connection = Connection::Postgres(client);
        refuse_foreign_key(&mut connection, sealer).await?;
        migrations::bring_up_to_date(&mut connection).await?;
        Ok(Self::Postgres { lanes: Arc::new(Lanes::new(pool.clone(), contact.clone())), pool })
    }
}
