//! Secrets of a manifest: given in it, in a file, or in the environment.

use std::path::PathBuf;

/// Where a secret stands that is not in the manifest itself. The caller of
/// [`Manifest::parse`](super::Manifest::parse) fetches it; nothing here reads anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// `*_file`: the file's text, without one line end at its end.
    File(PathBuf),
    /// `*_env`: a variable of the environment.
    Env(String),
}
