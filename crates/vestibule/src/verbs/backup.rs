//! `vestibule backup` and `vestibule restore`: the embedded database as one file, and back again.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use vestibule_operations::{BackupError, IfThere, RestoreError};

use crate::{
    cli::{BackupFlags, RestoreFlags, StoreFlags},
    exit::{Exit, Failure},
    print::Printer,
    setup,
};

/// How often a long copy says how far it is.
const PROGRESS_PERIOD: Duration = Duration::from_secs(2);

/// Copies the embedded database, also while it is served.
pub async fn back_up(flags: &BackupFlags, printer: Printer) -> Result<Exit, Failure> {
    let source = embedded(&flags.store, "pg_dump")?;
    let key = setup::master_key_file(&flags.store);
    let copied = vestibule_operations::back_up(&source, &flags.file, &key, &mut progress(printer)).await;
    let bytes = copied.map_err(|error| told("could not back up", &error))?;
    printer.line(&format!("wrote `{}`, {bytes} bytes", flags.file.display()))?;
    printer.note("the master key is not in it: keep a copy of that too, somewhere else");
    Ok(Exit::Done)
}

/// Puts a backup in the place of the embedded database.
pub async fn restore(flags: &RestoreFlags, printer: Printer) -> Result<Exit, Failure> {
    let target = embedded(&flags.store, "pg_restore")?;
    setup::data_dir(&flags.store.data_dir)?;
    let if_there = if flags.force { IfThere::Replace } else { IfThere::Refuse };
    let key = setup::master_key_file(&flags.store);
    let restored = vestibule_operations::restore(&flags.file, &target, &key, if_there, &mut progress(printer)).await;
    let bytes = restored.map_err(|error| match &error {
        RestoreError::Backup(cause) => told("could not restore", cause),
        RestoreError::NoKey(_) => Failure::because("could not restore", &error)
            .hint("put the master key that the backup was made under there, or name it with --master-key-file"),
        RestoreError::Key(_) => Failure::because("could not restore", &error),
    })?;
    printer.line(&format!("restored `{}`, {bytes} bytes", target.display()))?;
    printer.note("what happened since the backup is gone, from the logs too: a checkpoint that was handed out since will not fit");
    Ok(Exit::Done)
}

/// The file of the embedded database; PostgreSQL's own tools do this better.
fn embedded(store: &StoreFlags, instead: &str) -> Result<PathBuf, Failure> {
    match vestibule_operations::embedded_file(&setup::database(store)?) {
        Some(file) => Ok(file),
        None => Err(Failure::new("this verb is for the embedded database only").hint(format!("use {instead} for PostgreSQL"))),
    }
}

fn told(what: &str, error: &BackupError) -> Failure {
    let failure = Failure::because(what, error);
    match error {
        BackupError::Own { .. } => failure.hint("name another file").exit(Exit::Usage),
        BackupError::There(_) => failure.hint("--force replaces it, and keeps it as `….replaced`"),
        BackupError::InUse(_) => failure.hint("stop the server first"),
        BackupError::ForeignKey(_) => failure.hint("name the key that the backup was made under with --master-key-file"),
        BackupError::Absent(_) => failure.hint("check the path, --data-dir and --database"),
        BackupError::Foreign(_) | BackupError::Damaged { .. } => failure.hint("take another backup"),
        BackupError::File { .. } | BackupError::Store(_) => failure,
    }
}

fn progress(printer: Printer) -> impl FnMut(u64, u64) + Send {
    let mut told_at = Instant::now();
    move |remaining, of| {
        if told_at.elapsed() >= PROGRESS_PERIOD {
            told_at = Instant::now();
            printer.note(&format!("{} of {of} pages copied", of.saturating_sub(remaining)));
        }
    }
}
