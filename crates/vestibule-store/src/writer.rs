//! SQLite's one writer: a thread that owns the write connection, runs whole units of work on
//! itself, commits what is waiting together and answers each unit only after the commit.
//!
//! WAL checkpoints run beside it on a connection of their own. Only when the WAL grows past
//! its bound does the writer wait for one, so that it can begin the WAL anew.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use crate::{
    backend::{BUSY_TIMEOUT, Connection, control, open_sqlite},
    error::{StoreError, chain},
    measures::MEASURES,
};

/// Runs one unit of work inside its savepoint and says how to answer it. Without a connection it only
/// says how; it gives none back when the unit broke it.
pub type Job = Box<dyn FnOnce(Option<Connection>) -> (Option<Connection>, Answer) + Send>;

/// Answers a unit of work once its commit has succeeded, or failed.
pub type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Most units in one commit.
const UNITS_PER_COMMIT_MAX: usize = 256;
/// How often WAL checkpoints are tried.
const CHECKPOINT_PERIOD: Duration = Duration::from_millis(250);
/// The WAL's file size, in bytes, from which a checkpoint is worth its while.
const WAL_BYTES_WORTH: u64 = 4 << 20;
/// How many pages the WAL holds when the writer begins it anew: 64 MiB.
const WAL_PAGES_MAX: i64 = 16_384;
/// How many pages may be left for the writer to wait for: it stands still while they are copied.
const PAGES_LEFT_MAX: i64 = 512;
/// How often the checkpointer goes on at once for the sake of that.
const CHECKPOINTS_IN_A_ROW_MAX: usize = 4;
/// Begins the WAL anew, unless somebody reads what stands in it: then another time. Its file keeps its size: writing over
/// it costs the file system less than making it grow again.
const BEGIN_ANEW: &str = "PRAGMA wal_checkpoint(RESTART)";

/// A handle to the writer's thread. The thread ends when the last handle is dropped.
pub struct Writer {
    jobs: mpsc::Sender<Job>,
    stop: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the writer and its checkpointer on a database file.
    pub fn start(path: &Path) -> Result<Self, StoreError> {
        let (jobs, waiting) = mpsc::channel();
        let (stop, full) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let spawned = |result: std::io::Result<_>| result.map_err(|e| StoreError::Unavailable(e.into()));

        let (connection, file, is_full) = (open_sqlite(path)?, path.to_owned(), full.clone());
        spawned(thread("sqlite-writer").spawn(move || serve(connection, &file, &waiting, &is_full)))?;
        let (connection, file, stopped) = (open_sqlite(path)?, path.to_owned(), stop.clone());
        spawned(thread("sqlite-checkpointer").spawn(move || checkpoint(&connection, &file, &stopped, &full)))?;
        Ok(Self { jobs, stop })
    }

    /// Hands a unit of work to the writer; `false` when the thread is gone.
    pub fn send(&self, job: Job) -> bool {
        self.jobs.send(job).is_ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn serve(connection: rusqlite::Connection, path: &Path, waiting: &mpsc::Receiver<Job>, is_full: &AtomicBool) {
    let mut connection = Some(connection);
    while let Ok(first) = waiting.recv() {
        // A unit that broke the connection took it away: everything else goes on with a new one.
        let open = match connection.take().map_or_else(|| open_sqlite(path), Ok) {
            Ok(open) => open,
            Err(error) => {
                first(None).1(Err(error));
                continue;
            }
        };
        connection = commit_together(open, first, waiting);
        if is_full.swap(false, Ordering::Relaxed)
            && let Some(open) = &connection
            && let Err(error) = begin_anew(open)
        {
            tracing::warn!(error = chain(&error), "the WAL could not be begun anew");
        }
    }
}

/// One commit for what is waiting. Gives the connection back unless a unit broke it.
fn commit_together(connection: rusqlite::Connection, first: Job, waiting: &mpsc::Receiver<Job>) -> Option<rusqlite::Connection> {
    let mut answers = Vec::new();
    let begun = control(&connection, "BEGIN IMMEDIATE");
    let (mut open, kept) = match &begun {
        Ok(()) => (Some(Connection::Sqlite(connection)), None),
        Err(_) => (None, Some(connection)),
    };
    let mut next = Some(first);
    while let Some(job) = next.take() {
        let (connection, answer) = job(open.take());
        open = connection;
        answers.push(answer);
        // A full disk takes the whole transaction, not only a statement: a unit that came after would be
        // committed alone, and be told otherwise with the others.
        let goes_on = matches!(&open, Some(Connection::Sqlite(open)) if !open.is_autocommit());
        if goes_on && answers.len() < UNITS_PER_COMMIT_MAX {
            next = waiting.try_recv().ok();
        }
    }
    let connection = match open {
        Some(Connection::Sqlite(connection)) => Some(connection),
        _ => kept,
    };
    let finishing = Instant::now();
    let committed = match (&begun, &connection) {
        (Ok(()), Some(connection)) => control(connection, "COMMIT").map_err(|e| e.to_string()),
        (Ok(()), None) => Err("a unit of work broke the connection".to_owned()),
        (Err(error), _) => Err(error.to_string()),
    };
    MEASURES.commit.record(finishing.elapsed());
    MEASURES.commit_units.record(answers.len() as f64);
    if let (Err(_), Some(connection)) = (&committed, &connection)
        && !connection.is_autocommit()
        && connection.execute_batch("ROLLBACK").is_err()
    {
        tracing::error!("a failed commit could not be rolled back");
    }
    for answer in answers {
        answer(committed.clone().map_err(|text| StoreError::Unavailable(text.into())));
    }
    connection
}

/// Waits for no reader: one that takes its time must not stop those who write.
fn begin_anew(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::ZERO)?;
    let begun = connection.query_row(BEGIN_ANEW, (), |_| Ok(()));
    connection.busy_timeout(BUSY_TIMEOUT)?;
    begun
}

fn checkpoint(connection: &rusqlite::Connection, path: &Path, stop: &AtomicBool, is_full: &AtomicBool) {
    let wal = PathBuf::from(format!("{}-wal", path.display()));
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(CHECKPOINT_PERIOD);
        if std::fs::metadata(&wal).map_or(0, |meta| meta.len()) < WAL_BYTES_WORTH {
            continue;
        }
        match keep_up(connection) {
            Ok(is_due) => is_full.store(is_due, Ordering::Relaxed),
            Err(error) => tracing::warn!(error = chain(&error), "a WAL checkpoint failed"),
        }
    }
}

/// Copies what stands in the WAL to where it belongs. Whether the writer has to begin the WAL anew: then little is left
/// for it to copy, if that can be reached.
fn keep_up(connection: &rusqlite::Connection) -> rusqlite::Result<bool> {
    let mut before = 0;
    for _ in 0..CHECKPOINTS_IN_A_ROW_MAX {
        let pages = |row: &rusqlite::Row<'_>| Ok((row.get(1)?, row.get(2)?));
        let (held, copied): (i64, i64) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), pages)?;
        // While few were copied, fewer have come.
        if held <= WAL_PAGES_MAX || copied - before <= PAGES_LEFT_MAX {
            return Ok(held > WAL_PAGES_MAX);
        }
        before = copied;
    }
    Ok(true)
}
