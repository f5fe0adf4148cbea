//! The files that an installation lives by, and whether a name that somebody gives for another file is one of theirs.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What SQLite keeps beside a database, by the end of the name.
const PARTS: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Files that nothing else may be written over.
#[derive(Debug, Clone, Default)]
pub struct OwnFiles(Vec<PathBuf>);

impl OwnFiles {
    /// With a file, such as the master key's.
    #[must_use]
    pub fn and_file(mut self, file: &Path) -> Self {
        self.0.push(file.to_owned());
        self
    }

    /// With an embedded database and what SQLite keeps beside it. Where the database is a link, that is beside the
    /// file that it leads to.
    #[must_use]
    pub fn and_database(mut self, database: &Path) -> Self {
        for name in [Some(database.to_owned()), fs::canonicalize(database).ok()].into_iter().flatten() {
            self.0.extend(PARTS.map(|part| suffixed(&name, part)));
        }
        self
    }

    /// Which of them a name leads to: by a link of either kind, or by another way through the folders. One that is
    /// not there yet is known by its place.
    pub fn find(&self, name: &Path) -> Option<&Path> {
        self.0.iter().map(PathBuf::as_path).find(|own| is_same(own, name))
    }
}

/// A path with something at the end of its name.
pub fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn is_same(one: &Path, other: &Path) -> bool {
    let inode = |path: &Path| fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    match (inode(one), inode(other)) {
        (None, None) => place(one).is_some_and(|place_of_one| place(other) == Some(place_of_one)),
        (one, other) => one == other,
    }
}

/// Where a file would be made.
fn place(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    Some(fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?))
}
