//! What the tests of the command line have beside what all tests of the binary share.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

#[path = "../harness/mod.rs"]
mod binary;

pub use binary::*;

/// The demo's manifest.
pub const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/acme.toml");

/// A file beside these tests.
pub fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli").join(name)
}

/// Serves the demo's realm from a fresh database in `folder`, with further flags.
pub fn demo(folder: &Folder, more: &[&str], until: &str) -> Server {
    let data = folder.path("data");
    let args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", &data, "--manifest", MANIFEST];
    Server::start(folder, &[&args[..], more].concat(), until)
}

/// What the server has logged so far.
pub fn log(server: &Server) -> String {
    std::fs::read_to_string(&server.log).unwrap()
}

/// Runs `curl`; it gives the body on `out`, and ends with another code than 0 when nobody answers.
pub fn curl(args: &[&str]) -> Ended {
    Command::new("curl").args(["-sS", "--max-time", "20"]).args(args).output().expect("curl is installed").into()
}
