//! Running a unit's steps on each database: within its bounds, and whatever they do to the connection.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::PoisonError,
};

use futures_util::FutureExt;
use tokio::sync::oneshot;
use vestibule_core::{id::RealmId, refusal::Refusal};

use crate::{
    backend::{Begin, Connection, open_sqlite_reader},
    error::StoreError,
    lanes::Ran,
    store::{Backend, Steps, Store},
    tx::{Moment, Tx},
    writer::Answer,
};

impl Store {
    /// On SQLite's writer: one savepoint in the commit that is being gathered. Answers after the commit.
    pub(crate) fn on_writer<T, F>(
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
            return (None, unserved(answer));
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

    pub(crate) fn on_reader<T, F>(&self, realm: RealmId, moment: Moment, steps: F) -> Result<T, Refusal>
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

    /// On PostgreSQL: inside a savepoint of the commit that is being gathered for the realm. Answers after the commit.
    pub(crate) async fn on_lane<T, F>(
        self,
        connection: Option<Connection>,
        realm: RealmId,
        moment: Moment,
        steps: F,
        answer: oneshot::Sender<Result<T, Refusal>>,
    ) -> Ran
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T>,
        T: Send + 'static,
    {
        let Some(connection) = connection else { return Ran { connection: None, is_suspect: false, answer: unserved(answer) } };
        let mut tx = Tx::new(connection, realm, moment, self.sealer().clone());
        let run = AssertUnwindSafe(unit(&mut tx, &self.0.origin, ON_LANE, steps)).catch_unwind();
        let outcome = tokio::select! {
            outcome = run => outcome,
            () = self.0.contact.lost() => Ok(Err(StoreError::Silent.into())),
        };
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(_panic) => {
                tx.forget();
                // Its neighbours in the commit keep what they did, unless even undoing fails.
                let undone = tx.finish(UNDO_ON_LANE).await;
                Err(undone.err().map_or(Refusal::Internal, Refusal::from))
            }
        };
        let (is_open, is_suspect) = (tx.is_open(), outcome.as_ref().err() == Some(&Refusal::Unavailable));
        let (connection, touched) = tx.into_parts();
        // Left half-way, it would take what comes after for its own, and tell it that it was committed.
        let connection = match is_open {
            true => {
                connection.discard();
                None
            }
            false => Some(connection),
        };
        let finish = move |committed: Result<(), StoreError>| {
            self.after_commit(&touched);
            drop(answer.send(committed.map_err(Refusal::from).and(outcome)));
        };
        Ran { connection, is_suspect, answer: Box::new(finish) }
    }

    pub(crate) async fn on_pool<T, F>(&self, pool: &deadpool_postgres::Pool, realm: RealmId, moment: Moment, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T>,
    {
        let mut cut_off = pin!(self.0.contact.lost());
        let client = tokio::select! {
            client = pool.get() => client.map_err(|e| StoreError::Unavailable(e.into()))?,
            () = &mut cut_off => return Err(StoreError::Silent.into()),
        };
        let mut tx = Tx::new(Connection::Postgres(client), realm, moment, self.sealer().clone());
        let outcome = tokio::select! {
            outcome = AssertUnwindSafe(snapshot(&mut tx, steps)).catch_unwind() => outcome.unwrap_or(Err(Refusal::Internal)),
            () = cut_off => Err(StoreError::Silent.into()),
        };
        if tx.is_open() || outcome.as_ref().err() == Some(&Refusal::Unavailable) {
            // Back in the pool, it would lend its open transaction to the next unit.
            tx.into_parts().0.discard();
        }
        outcome
    }
}

/// Answers whoever waits for a unit that never ran.
fn unserved<T: Send + 'static>(answer: oneshot::Sender<Result<T, Refusal>>) -> Answer {
    Box::new(|committed| drop(answer.send(Err(committed.err().map_or(Refusal::Unavailable, Refusal::from)))))
}

/// Undoes a unit and leaves the commit it was part of.
const UNDO_UNIT: &str = "ROLLBACK TO SAVEPOINT unit; RELEASE unit";
/// How a unit begins, is kept and is undone within a commit that is gathered for many.
const ON_WRITER: [&str; 3] = ["SAVEPOINT unit", "RELEASE unit", UNDO_UNIT];
/// Undoes a unit on PostgreSQL, and stays within the savepoint of whoever gathers.
const UNDO_ON_LANE: &str = "ROLLBACK TO SAVEPOINT unit";
/// How a unit is undone there; its savepoint is made and released between the units.
const ON_LANE: [&str; 3] = ["", "", UNDO_ON_LANE];

/// Runs a unit's steps, files what they recorded and finishes: all of it, what was kept, or nothing.
async fn unit<T, F>(tx: &mut Tx, origin: &str, [begin, keep, undo]: [&'static str; 3], steps: F) -> Result<T, Refusal>
where
    F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T>,
{
    tx.enter(begin).await?;
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
