//! The store: opens a database and runs units of work on it, each one realm, one transaction,
//! one instant. A unit goes on when its caller is gone, and is answered only once it is durable.

use std::{
    collections::BTreeSet,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use futures_util::FutureExt;
use tokio::sync::{Notify, Semaphore, oneshot};
use vestibule_core::{chance::Chance, id::RealmId, refusal::Refusal};

use crate::{
    backend::{Begin, Connection, open_postgres, open_sqlite, open_sqlite_reader},
    changes::{self, Contact, Following},
    error::StoreError,
    measures::MEASURES,
    memory::{Facet, Stamps},
    migrations,
    principals::Memories,
    sealed::Sealer,
    traces::{self, Access},
    tx::{Moment, Tx},
    uses::Uses,
    writer::{Answer, Writer},
};

/// The steps of a unit of work on its transaction.
pub type Steps<'t, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 't>>;

/// Connections for reading, on SQLite.
const READERS: usize = 4;

/// A database, the master key's seals, and what is held in memory. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    backend: Backend,
    /// Names this process among those that share a database.
    origin: String,
    sealer: Sealer,
    stamps: Arc<Stamps>,
    contact: Arc<Contact>,
    memories: Memories,
    grown: Mutex<BTreeSet<RealmId>>,
    mail_is_due: Notify,
    uses: Uses,
}

enum Backend {
    Sqlite { writer: Writer, readers: Readers },
    Postgres(deadpool_postgres::Pool),
}

/// Connections for reading: opened when first needed, and again when a unit broke one.
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    places: Arc<Semaphore>,
}

impl Store {
    /// Opens `sqlite:///abs/path` (made when absent) or `postgres://…`, and brings its schema up to date.
    pub async fn open(url: &str, sealer: Sealer, chance: &Chance) -> Result<Self, StoreError> {
        let backend = match (url.strip_prefix("sqlite://"), url.split_once("://")) {
            (Some(path), _) => Backend::open_sqlite(Path::new(path)).await?,
            (None, Some(("postgres" | "postgresql", _))) => Backend::open_postgres(url).await?,
            _ => return Err(StoreError::Url("it starts with neither `sqlite://` nor `postgres://`".to_owned())),
        };
        let stamps = Arc::new(Stamps::default());
        let origin = uuid::Uuid::from_bytes(chance.bytes()).to_string();
        let contact = Arc::new(Contact::default());
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
    fn after_commit(&self, touched: &[(RealmId, Facet)]) {
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
            // A task of its own: a caller that goes away must not leave a transaction half-way.
            Backend::Postgres(pool) => {
                let pool = pool.clone();
                let unit = async move { store.on_pool(&pool, realm, moment, Begin::Writing, steps).await };
                tokio::spawn(unit).await.unwrap_or(Err(Refusal::Internal))
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
            Backend::Postgres(pool) => {
                let pool = pool.clone();
                let unit = async move { store.on_pool(&pool, realm, moment, Begin::Reading, steps).await };
                tokio::spawn(unit).await.unwrap_or(Err(Refusal::Internal))
            }
        }
    }

    /// On SQLite's writer: one savepoint in the commit that is being gathered. Answers after the commit.
    fn on_writer<T, F>(
        &self,
        connection: Option<Connection>,
        realm: RealmId,
        moment: Moment,
        steps: F,
        answer: oneshot::Sender<Result<T, Refusal>>,
    ) -> (Option<Connection>, Answer)
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T>,
        T: Send + 'static,
    {
        let Some(connection) = connection else {
            return (None, Box::new(|committed| drop(answer.send(Err(committed.err().map_or(Refusal::Unavailable, Refusal::from))))));
        };
        let mut tx = Tx::new(connection, realm, moment, self.sealer().clone());
        // A panic is a defect of ours; it must not take everybody's writer with it.
        let run = AssertUnwindSafe(|| unit(&mut tx, &self.0.origin, ON_WRITER, steps).now_or_never());
        let outcome = match catch_unwind(run) {
            Ok(Some(outcome)) => outcome,
            half_way => {
                let refusal = half_way.map_or(Refusal::Internal, |_| StoreError::Waited.into());
                tx.forget();
                // Its neighbours in the commit keep what they did, unless even undoing fails.
                if !matches!(tx.control(UNDO_UNIT).now_or_never(), Some(Ok(()))) {
                    return (None, Box::new(|_| drop(answer.send(Err(refusal)))));
                }
                Err(refusal)
            }
        };
        let (connection, touched) = tx.into_parts();
        let store = self.clone();
        let finish = move |committed: Result<(), StoreError>| {
            store.after_commit(&touched);
            drop(answer.send(committed.map_err(Refusal::from).and(outcome)));
        };
        (Some(connection), Box::new(finish))
    }

    fn on_reader<T, F>(&self, realm: RealmId, moment: Moment, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T>,
    {
        let Backend::Sqlite { readers, .. } = &self.0.backend else { return Err(Refusal::Internal) };
        let idle = || readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let held = idle().pop();
        let connection = held.map_or_else(|| open_sqlite_reader(&readers.path), Ok)?;
        let mut tx = Tx::new(connection, realm, moment, self.sealer().clone());
        // A unit that ends half-way takes its connection with it; the next one opens another.
        match catch_unwind(AssertUnwindSafe(|| snapshot(&mut tx, steps).now_or_never())) {
            Ok(Some(outcome)) => {
                idle().push(tx.into_parts().0);
                outcome
            }
            Ok(None) => Err(StoreError::Waited.into()),
            Err(_) => Err(Refusal::Internal),
        }
    }

    async fn on_pool<T, F>(
        &self,
        pool: &deadpool_postgres::Pool,
        realm: RealmId,
        moment: Moment,
        begin: Begin,
        steps: F,
    ) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T>,
    {
        let mut cut_off = pin!(self.0.contact.lost());
        let client = tokio::select! {
            client = pool.get() => client.map_err(|e| StoreError::Unavailable(e.into()))?,
            () = &mut cut_off => return Err(StoreError::Silent.into()),
        };
        let mut tx = Tx::new(Connection::Postgres(client), realm, moment, self.sealer().clone());
        let run = async {
            if begin == Begin::Reading {
                return snapshot(&mut tx, steps).await;
            }
            let begun = Instant::now();
            tx.begin(begin).await?;
            let outcome = unit(&mut tx, &self.0.origin, ON_POOL, steps).await;
            MEASURES.transaction.record(begun.elapsed());
            outcome
        };
        let outcome = tokio::select! {
            outcome = AssertUnwindSafe(run).catch_unwind() => outcome.unwrap_or(Err(Refusal::Internal)),
            // Whether a commit that was under way was done nobody knows; the caller may ask again.
            () = cut_off => Err(StoreError::Silent.into()),
        };
        let is_open = tx.is_open();
        let (connection, touched) = tx.into_parts();
        if is_open || outcome.as_ref().err() == Some(&Refusal::Unavailable) {
            // Back in the pool, it would lend its open transaction to the next unit; or a session that
            // began while the database was read-only, and stays so.
            connection.discard();
        }
        self.after_commit(&touched);
        outcome
    }
}

/// Undoes a unit and leaves the commit it was part of.
const UNDO_UNIT: &str = "ROLLBACK TO SAVEPOINT unit; RELEASE unit";
/// How a unit begins, is kept and is undone within a commit that is gathered for many.
const ON_WRITER: [&str; 3] = ["SAVEPOINT unit", "RELEASE unit", UNDO_UNIT];
/// How a unit is kept and is undone in a transaction of its own, which has begun.
const ON_POOL: [&str; 3] = ["", "COMMIT", "ROLLBACK"];

/// Runs a unit's steps, files what they recorded and finishes: all of it, what was kept, or nothing.
async fn unit<T, F>(tx: &mut Tx, origin: &str, [begin, keep, undo]: [&'static str; 3], steps: F) -> Result<T, Refusal>
where
    F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T>,
{
    if !begin.is_empty() {
        tx.control(begin).await?;
    }
    let outcome = async {
        tx.lock().await?;
        let value = steps(&mut *tx).await?;
        tx.file_events().await?;
        tx.tell_changes(origin).await?;
        Ok(value)
    }
    .await;
    let finished = match &outcome {
        Ok(_) if !tx.is_rehearsal() => tx.finish(keep).await,
        Err(_) if tx.is_kept() && !tx.is_rehearsal() => {
            tx.forget();
            tx.control("ROLLBACK TO SAVEPOINT kept").await?;
            tx.finish(keep).await
        }
        Ok(_) | Err(_) => {
            tx.forget();
            tx.finish(undo).await
        }
    };
    match (finished, outcome) {
        (Ok(()), outcome) => outcome,
        // What the steps refused says more than the failed rollback of what they had not stored.
        (Err(_), Err(refusal)) => Err(refusal),
        (Err(error), Ok(_)) => Err(error.into()),
    }
}

/// Runs reading steps on one snapshot.
async fn snapshot<T, F>(tx: &mut Tx, steps: F) -> Result<T, Refusal>
where
    F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T>,
{
    tx.begin(Begin::Reading).await?;
    let outcome = steps(&mut *tx).await;
    let finished = tx.finish("ROLLBACK").await;
    outcome.and_then(|value| finished.map(|()| value).map_err(Refusal::from))
}

impl Backend {
    /// Its name in the semantic conventions of OpenTelemetry.
    const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres(_) => "postgresql",
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
            Self::Postgres(pool) => {
                let pool = pool.clone();
                let connect = move || {
                    let pool = pool.clone();
                    async move { pool.get().await.map(Connection::Postgres).map_err(|e| StoreError::Unavailable(e.into())) }
                };
                changes::start(following, connect).await
            }
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::Sqlite(open_sqlite(path)?);
        migrations::bring_up_to_date(&mut connection).await?;
        let readers = Readers { path: path.to_owned(), idle: Mutex::default(), places: Arc::new(Semaphore::new(READERS)) };
        Ok(Self::Sqlite { writer: Writer::start(path)?, readers })
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let pool = open_postgres(url)?;
        let client = pool.get().await.map_err(|e| StoreError::Unavailable(e.into()))?;
        migrations::bring_up_to_date(&mut Connection::Postgres(client)).await?;
        Ok(Self::Postgres(pool))
    }
}
