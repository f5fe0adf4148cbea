//! Data directories that are nobody's to keep: of a demo, wiped when the next one begins, and temporary ones.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use vestibule_core::chance::Chance;

use crate::exit::Failure;

/// The file by which a data directory is known to be ours to wipe.
const MARK: &str = "made-by-quickstart";

/// A data directory. A temporary one goes with this value.
pub struct DataDir {
    /// Where it is, without links.
    pub path: PathBuf,
    is_temporary: bool,
}

impl DataDir {
    /// One of no name, for this run alone.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn temporary(chance: &Chance) -> Result<Self, Failure> {
        let name = format!("vestibule-{:016x}", u64::from_be_bytes(chance.bytes()));
        Self::make(std::env::temp_dir().join(name), true)
    }

    /// The one that was named, empty.
    ///
    /// # Errors
    /// It cannot be made, or holds what we did not make.
    pub fn named(path: PathBuf) -> Result<Self, Failure> {
        if holds_something(&path).map_err(|error| cannot_make(&path, &error))? {
            if !path.join(MARK).is_file() {
                return Err(Failure::new(format!("`{}` holds something that quickstart did not make", path.display()))
                    .hint("name another --data-dir, or serve what is there with `vestibule serve --data-dir`"));
            }
            fs::remove_dir_all(&path).map_err(|error| cannot_make(&path, &error))?;
        }
        Self::make(path, false)
    }

    fn make(path: PathBuf, is_temporary: bool) -> Result<Self, Failure> {
        let make = || {
            fs::create_dir_all(&path)?;
            // Others on this machine have no business with the master key in it.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
            fs::write(path.join(MARK), "Wiped at every start of `vestibule quickstart`.\n")?;
            path.canonicalize()
        };
        let path = make().map_err(|error| cannot_make(&path, &error))?;
        Ok(Self { path, is_temporary })
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        if self.is_temporary
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(error = %error, "could not remove a temporary directory");
        }
    }
}

fn cannot_make(path: &Path, error: &io::Error) -> Failure {
    Failure::because(format!("could not make the data directory `{}`", path.display()), error)
}

fn holds_something(path: &Path) -> io::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("vestibule-datadir-{name}-{}", std::process::id()))
    }

    #[test]
    fn what_quickstart_did_not_make_is_left_alone() {
        let dir = scratch("foreign");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("vestibule.db"), "precious").unwrap();
        assert!(DataDir::named(dir.clone()).is_err());
        assert_eq!(fs::read_to_string(dir.join("vestibule.db")).unwrap(), "precious");
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_second_demo_begins_afresh_and_a_named_directory_stays() {
        let dir = scratch("own");
        let first = DataDir::named(dir.clone()).unwrap();
        fs::write(first.path.join("vestibule.db"), "old").unwrap();
        drop(first);
        drop(DataDir::named(dir.clone()).unwrap());
        assert!(dir.join(MARK).is_file() && !dir.join("vestibule.db").exists());
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_temporary_directory_goes_with_its_run() {
        let demo = DataDir::temporary(&Chance::new(|bytes| bytes.fill(7))).unwrap();
        let path = demo.path.clone();
        assert!(path.is_dir());
        drop(demo);
        assert!(!path.exists());
    }
}
