//! What is done to a database from outside a server: it is looked at, and put back from a backup.
//! Neither makes anything that is absent.

use std::path::Path;

use vestibule_store::{BackupError, Examination, IfThere, OwnFiles, Sealer, StoreError};

use crate::{master_key, operations::OpenError};

/// Why a database could not be put back.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is no master key, and without the one it was made under a backup is of no use.
    #[error("there is no master key at `{0}`")]
    NoKey(std::path::PathBuf),
    /// The master key cannot be read.
    #[error(transparent)]
    Key(OpenError),
    /// The backup cannot be put in place.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

/// Whether there is a master key in a file; it is read, and not shown.
///
/// # Errors
/// The file is there and holds no key.
pub fn has_master_key(file: &Path) -> Result<bool, OpenError> {
    Ok(master_key::find(file)?.is_some())
}

/// Examines the database at a URL, with the master key in a file if there is one.
///
/// # Errors
/// The database cannot be reached, or an embedded one is absent. A key that cannot be read is not tried.
pub async fn examine(url: &str, master_key_file: &Path) -> Result<Examination, StoreError> {
    let key = master_key::find(master_key_file).ok().flatten();
    vestibule_store::examine(url, key.as_ref().map(Sealer::new).as_ref()).await
}

/// Puts a backup in the place of an embedded database, with the master key that is to open it.
///
/// # Errors
/// [`RestoreError`]; then nothing has changed.
pub async fn restore(
    backup: &Path,
    target: &Path,
    master_key_file: &Path,
    if_there: IfThere,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<u64, RestoreError> {
    vestibule_store::spare(&OwnFiles::default().and_file(master_key_file), target)?;
    let key = master_key::find(master_key_file).map_err(RestoreError::Key)?;
    let sealer = Sealer::new(&key.ok_or_else(|| RestoreError::NoKey(master_key_file.to_owned()))?);
    Ok(vestibule_store::restore(backup, target, &sealer, if_there, progress).await?)
}
