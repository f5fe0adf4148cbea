//! Copies of the embedded database: made while it is served, checked before they are put back.
//!
//! A copy holds one instant, log and all, and nothing of the master key. PostgreSQL has tools of its own.

use std::{
    error::Error,
    fs, io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::backup::{Backup, StepResult};

use crate::{
    backend::{Connection, open_existing_sqlite, sqlite_error},
    error::StoreError,
    examine::{KeyFit, examine_connection},
    own_files::{OwnFiles, suffixed},
    sealed::Sealer,
};

/// What to do when a database stands where a backup is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfThere {
    /// Leave it.
    Refuse,
    /// Keep it under its name with `.replaced` behind, and put the backup in its place.
    Replace,
}

/// Why a database could not be copied or put back. What was there before is there still.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// What is to be written would go over what it is made from, or over the master key.
    #[error("`{path}` would go over `{own}`")]
    Own {
        /// The file that was to be written.
        path: PathBuf,
        /// What it is.
        own: PathBuf,
    },
    /// There is no such file.
    #[error("there is no database at `{0}`")]
    Absent(PathBuf),
    /// It is a database of something else, or an empty one.
    #[error("`{0}` is not a database of Vestibule")]
    Foreign(PathBuf),
    /// Pages are damaged.
    #[error("`{path}` is damaged: {finding}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first finding.
        finding: String,
    },
    /// Sealed with another master key.
    #[error("the master key does not open what `{0}` holds")]
    ForeignKey(PathBuf),
    /// A database is in the place.
    #[error("there is a database at `{0}`")]
    There(PathBuf),
    /// A server, or another program, has the database open.
    #[error("another process has `{0}` open")]
    InUse(PathBuf),
    /// A file cannot be made, renamed or brought to disk.
    #[error("could not write `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The file of an embedded database; `None` for a URL of another kind.
pub fn embedded_file(url: &str) -> Option<PathBuf> {
    url.strip_prefix("sqlite://").map(PathBuf::from)
}

/// Told how many pages remain, of how many.
type Progress<'a> = dyn FnMut(u64, u64) + Send + 'a;

/// Copies the database in `source` to `target`, also while it is served. The copy has its name once it is
/// complete and on disk; a file of that name is replaced, unless it is the database's own or the master key's.
/// Gives its size in bytes.
///
/// # Errors
/// There is no such database, it is not ours, or the copy cannot be written.
pub async fn back_up(source: &Path, target: &Path, master_key_file: &Path, progress: &mut Progress<'_>) -> Result<u64, BackupError> {
    spare(&OwnFiles::default().and_database(source).and_file(master_key_file), target)?;
    let unfinished = Unfinished::beside(target)?;
    copy(source, &unfinished, progress).await?;
    unfinished.become_file(target)
}

/// Puts a backup in the place of the database in `target`, once it is found whole: its pages, its schema, and
/// that `sealer` is of the master key it was made under. Nobody may have the database open.
///
/// # Errors
/// As the variants of [`BackupError`] say; then nothing has changed.
pub async fn restore(
    backup: &Path,
    target: &Path,
    sealer: &Sealer,
    if_there: IfThere,
    progress: &mut Progress<'_>,
) -> Result<u64, BackupError> {
    spare(&OwnFiles::default().and_database(backup), target)?;
    let is_there = target.exists();
    if is_there && if_there == IfThere::Refuse {
        return Err(BackupError::There(target.to_owned()));
    }
    let unfinished = Unfinished::beside(target)?;
    copy(backup, &unfinished, progress).await?;
    check(&unfinished.0, backup, sealer).await?;
    if is_there {
        keep_replaced(target)?;
    }
    unfinished.become_file(target)
}

/// Refuses to write a copy over one of these files. A server that has one open would go on writing into what nobody
/// can find any more, or into the copy.
pub fn spare(own_files: &OwnFiles, target: &Path) -> Result<(), BackupError> {
    for path in [target.to_owned(), Unfinished::name(target)] {
        if let Some(own) = own_files.find(&path) {
            return Err(BackupError::Own { own: own.to_owned(), path });
        }
    }
    Ok(())
}

async fn copy(source: &Path, unfinished: &Unfinished, progress: &mut Progress<'_>) -> Result<(), BackupError> {
    if !source.is_file() {
        return Err(BackupError::Absent(source.to_owned()));
    }
    let not_ours = |error: StoreError| match error {
        StoreError::Statement { .. } => BackupError::Foreign(source.to_owned()),
        error => error.into(),
    };
    let mut connection = Connection::Sqlite(open_existing_sqlite(source)?);
    if examine_connection(&mut connection, None).await.map_err(not_ours)?.schema == 0 {
        return Err(BackupError::Foreign(source.to_owned()));
    }
    Ok(copy_sqlite(source, &unfinished.0, progress)?)
}

/// Checks the copy of a backup; `backup` is the name to tell it by.
async fn check(copy: &Path, backup: &Path, sealer: &Sealer) -> Result<(), BackupError> {
    let mut connection = Connection::Sqlite(open_existing_sqlite(copy)?);
    let finding = match connection.query("PRAGMA integrity_check", &[]).await {
        Ok(findings) => findings.first().map_or(Ok("no answer"), |row| row.text(0))?.to_owned(),
        // Some damage keeps even the check from its end.
        Err(error @ StoreError::Statement { .. }) => error.source().map_or_else(|| error.to_string(), ToString::to_string),
        Err(error) => return Err(error.into()),
    };
    if finding != "ok" {
        return Err(BackupError::Damaged { path: backup.to_owned(), finding });
    }
    let found = examine_connection(&mut connection, Some(sealer)).await?;
    if found.schema > found.known {
        return Err(StoreError::FromTheFuture { found: found.schema, known: found.known }.into());
    }
    match found.key {
        KeyFit::Foreign => Err(BackupError::ForeignKey(backup.to_owned())),
        KeyFit::Opens | KeyFit::Untried => Ok(()),
    }
}

/// Pages that are copied between two reports of progress: 4 MiB.
const COPY_PAGES: std::ffi::c_int = 1024;

/// Copies one instant of an SQLite database into `target`, also while others write. `progress` is told
/// how many pages remain, of how many.
fn copy_sqlite(source: &Path, target: &Path, progress: &mut Progress<'_>) -> Result<(), StoreError> {
    let from = open_existing_sqlite(source)?;
    let mut copy = || {
        let mut to = rusqlite::Connection::open(target)?;
        // The copy is read in this one transaction; without it every write of another process would begin it anew.
        from.execute_batch("BEGIN; SELECT COUNT(*) FROM sqlite_master;")?;
        let backup = Backup::new(&from, &mut to)?;
        while backup.step(COPY_PAGES)? != StepResult::Done {
            let at = backup.progress();
            progress(at.remaining.unsigned_abs().into(), at.pagecount.unsigned_abs().into());
        }
        drop(backup);
        // One file, without a WAL beside it.
        to.query_row("PRAGMA journal_mode = DELETE", (), |_| Ok(()))
    };
    copy().map_err(|e| sqlite_error("backup", e))
}

/// Brings everything into the one file. Fails as unavailable when somebody else has the database open.
fn leave_wal(path: &Path) -> Result<(), StoreError> {
    let connection = open_existing_sqlite(path)?;
    let left = connection.busy_timeout(Duration::ZERO).and_then(|()| connection.query_row("PRAGMA journal_mode = DELETE", (), |_| Ok(())));
    left.map_err(|e| sqlite_error("PRAGMA journal_mode = DELETE", e))
}

/// Links the old database to another name, so that at any instant one of the two is in the place.
fn keep_replaced(target: &Path) -> Result<(), BackupError> {
    let suffixed = |suffix: &str| suffixed(target, suffix);
    let refuse = |source| BackupError::File { path: suffixed(".replaced"), source };
    // Leaving the WAL needs the database for oneself, and leaves one whole file.
    match leave_wal(target) {
        Ok(()) => {}
        Err(StoreError::Unavailable(_)) => return Err(BackupError::InUse(target.to_owned())),
        // Too damaged to be opened is no reason not to replace it. What was not in it yet stays beside it.
        Err(_) => {
            for part in ["-wal", "-shm"].into_iter().filter(|part| suffixed(part).exists()) {
                fs::rename(suffixed(part), suffixed(&format!(".replaced{part}"))).map_err(refuse)?;
            }
        }
    }
    match fs::remove_file(suffixed(".replaced")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refuse(error)),
        _ => fs::hard_link(target, suffixed(".replaced")).map_err(refuse),
    }
}

/// A file on its way, gone again unless it arrives.
struct Unfinished(PathBuf);

impl Unfinished {
    fn name(target: &Path) -> PathBuf {
        suffixed(target, ".unfinished")
    }

    /// Makes it beside `target`, for its owner alone: it will hold hashes and sealed secrets.
    fn beside(target: &Path) -> Result<Self, BackupError> {
        let path = Self::name(target);
        let made = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        match made {
            Ok(_) => Ok(Self(path)),
            Err(source) => Err(BackupError::File { path, source }),
        }
    }

    /// Brings it to disk and gives it its name. Gives its size in bytes.
    fn become_file(self, target: &Path) -> Result<u64, BackupError> {
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let finish = || {
            let file = fs::File::open(&self.0)?;
            file.sync_all()?;
            fs::rename(&self.0, target)?;
            fs::File::open(folder)?.sync_all()?;
            Ok(file.metadata()?.len())
        };
        finish().map_err(|source| BackupError::File { path: target.to_owned(), source })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After it arrived there is nothing of this name.
        for part in ["", "-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(suffixed(&self.0, part));
        }
    }
}
