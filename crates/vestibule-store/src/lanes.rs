//! PostgreSQL's writing. Units of one realm wait for each other whatever we do, for the log's head row; so those that
//! wait together are committed together, each in its savepoint, and each is answered after the commit. Realms do not
//! wait for each other.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use futures_util::{FutureExt, future::BoxFuture};
use vestibule_core::id::RealmId;

use crate::{
    backend::{Connection, WITHIN},
    changes::Contact,
    error::{StoreError, chain},
    measures::MEASURES,
    writer::Answer,
};

/// Runs one unit of work inside a savepoint and says how to answer it. Without a connection it only says how.
pub type Job = Box<dyn FnOnce(Option<Connection>) -> BoxFuture<'static, Ran> + Send>;

/// What a unit leaves behind.
pub struct Ran {
    /// The connection, unless the unit left it half-way.
    pub connection: Option<Connection>,
    /// The database refused to serve: what the connection did is committed, and then nobody uses it again.
    pub is_suspect: bool,
    /// Answers the unit.
    pub answer: Answer,
}

/// Most units in one commit: the first of them waits for the last.
const UNITS_PER_COMMIT_MAX: usize = 32;

/// For each realm in which somebody writes, the units that wait.
pub struct Lanes {
    pool: deadpool_postgres::Pool,
    contact: Arc<Contact>,
    waiting: Mutex<HashMap<RealmId, VecDeque<Job>>>,
}

impl Lanes {
    /// Lanes on a pool, for as long as the database is within reach.
    pub fn new(pool: deadpool_postgres::Pool, contact: Arc<Contact>) -> Self {
        Self { pool, contact, waiting: Mutex::default() }
    }

    /// Hands a unit of work on a realm over.
    pub fn send(self: &Arc<Self>, realm: &RealmId, job: Job) {
        match self.waiting().entry(realm.clone()) {
            Entry::Occupied(mut lane) => lane.get_mut().push_back(job),
            Entry::Vacant(lane) => {
                lane.insert(VecDeque::from([job]));
                tokio::spawn(self.clone().serve(realm.clone()));
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<RealmId, VecDeque<Job>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next unit that waits, if one does.
    fn next(&self, realm: &RealmId) -> Option<Job> {
        self.waiting().get_mut(realm)?.pop_front()
    }

    /// The same; where nobody waits, the lane is given up.
    fn next_or_leave(&self, realm: &RealmId) -> Option<Job> {
        let mut waiting = self.waiting();
        let next = waiting.get_mut(realm)?.pop_front();
        if next.is_none() {
            waiting.remove(realm);
        }
        next
    }

    async fn serve(self: Arc<Self>, realm: RealmId) {
        while let Some(first) = self.next_or_leave(&realm) {
            // A panic is a defect of ours; it must not leave the realm with a lane that nobody serves.
            if AssertUnwindSafe(self.commit_together(&realm, first)).catch_unwind().await.is_err() {
                tracing::error!(realm = realm.as_str(), "a commit was given up half-way");
            }
        }
    }

    /// One commit for what is waiting, and all answers after it.
    async fn commit_together(&self, realm: &RealmId, first: Job) {
        let (begun, mut answers) = (Instant::now(), Vec::new());
        let committed = self.gather(realm, first, &mut answers).await.map_err(|error| chain(&error));
        if committed.is_err() {
            // The database is out of reach: whoever waits is told with those who found out, and not one after the other.
            while let Some(job) = self.next(realm) {
                answers.push(job(None).await.answer);
            }
        }
        MEASURES.transaction.record(begun.elapsed());
        MEASURES.commit_units.record(answers.len() as f64);
        for answer in answers {
            answer(committed.clone().map_err(|text| StoreError::Unavailable(text.into())));
        }
    }

    /// Runs what is waiting, and commits it.
    async fn gather(&self, realm: &RealmId, first: Job, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        let (mut job, mut open) = (first, self.begin().await);
        loop {
            let connection = match open {
                Ok(connection) => connection,
                Err(error) => {
                    answers.push(job(None).await.answer);
                    return Err(error);
                }
            };
            let ran = job(Some(connection)).await;
            answers.push(ran.answer);
            let left = || StoreError::Unavailable("a unit of work in the same commit lost the connection".into());
            let connection = ran.connection.ok_or_else(left)?;
            if ran.is_suspect {
                self.control(connection, WITHIN.commit).await?.discard();
                return Ok(());
            }
            let next = if answers.len() < UNITS_PER_COMMIT_MAX { self.next(realm) } else { None };
            let Some(next) = next else { return self.control(connection, WITHIN.commit).await.map(drop) };
            open = self.control(connection, WITHIN.between).await;
            job = next;
        }
    }

    async fn begin(&self) -> Result<Connection, StoreError> {
        let client = tokio::select! {
            client = self.pool.get() => client.map_err(|e| StoreError::Unavailable(e.into()))?,
            () = self.contact.lost() => return Err(StoreError::Silent),
        };
        self.control(Connection::Postgres(client), WITHIN.begin).await
    }

    /// Runs a statement; a connection on which it failed, or was not answered, is closed. Whether a commit that was
    /// under way was done nobody knows then; the callers may ask again.
    async fn control(&self, mut connection: Connection, sql: &'static str) -> Result<Connection, StoreError> {
        let ran = tokio::select! {
            ran = connection.control(sql) => ran,
            () = self.contact.lost() => Err(StoreError::Silent),
        };
        match ran {
            Ok(()) => Ok(connection),
            Err(error) => {
                connection.discard();
                Err(error)
            }
        }
    }
}
