//! Where the operator wants a file: it is there whole, or not at all.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use vestibule_core::chance::Chance;

use crate::exit::Failure;

/// A file beside the one that was asked for, gone again unless it is finished.
pub struct Destination {
    asked: PathBuf,
    unfinished: PathBuf,
}

impl Destination {
    /// Makes the file, and gives it to be written. `None`: what stands there is no file but a
    /// device or a pipe, which can only be written to.
    ///
    /// # Errors
    /// No file can be made there.
    pub fn open(path: &Path, chance: &Chance) -> Result<Option<(Self, File)>, Failure> {
        let refuse = |error| failure(path, &error);
        // A link stays one: what it leads to is replaced.
        let (asked, standing) = match path.canonicalize() {
            Ok(asked) => (asked.clone(), Some(asked.metadata().map_err(refuse)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (path.to_owned(), None),
            Err(error) => return Err(refuse(error)),
        };
        match &standing {
            Some(standing) if standing.is_dir() => return Err(refuse(io::ErrorKind::IsADirectory.into())),
            Some(standing) if !standing.is_file() => return Ok(None),
            _ => {}
        }
        // Two runs to one place must not write into each other's.
        let mut name = asked.clone().into_os_string();
        name.push(format!(".{:08x}.unfinished", u32::from_be_bytes(chance.bytes())));
        let destination = Self { asked, unfinished: name.into() };
        let mut new = File::options();
        // For its owner alone: what is written may name people.
        new.read(true).write(true).create_new(true).mode(0o600);
        let file = new.open(&destination.unfinished).map_err(refuse)?;
        if let Some(standing) = standing {
            // Who could not read the one before shall not read this one.
            file.set_permissions(standing.permissions()).map_err(refuse)?;
        }
        Ok(Some((destination, file)))
    }

    /// Brings it to disk and gives it the name that was asked for.
    ///
    /// # Errors
    /// It cannot be brought there; then it is gone.
    pub fn finish(self, file: &File) -> Result<(), Failure> {
        let finished = file.sync_all().and_then(|()| fs::rename(&self.unfinished, &self.asked));
        finished.map_err(|error| failure(&self.asked, &error))
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        // Once it has its name there is nothing of this one.
        let _ = fs::remove_file(&self.unfinished);
    }
}

/// What is said of a file that cannot be written.
pub fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::because(format!("could not write `{}`", path.display()), error)
}
