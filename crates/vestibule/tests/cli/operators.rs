//! The operator's token: which one is good, and who is told of it.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::harness::{Folder, Server, curl, log, run};

const FIRST: &str = "first-token-0123";
const SECOND: &str = "second-token-of-the-operator";
const STILL_GOOD: &str = "the operator's token of an earlier start is still good";

fn token_file(folder: &Folder, token: &str, mode: u32) -> String {
    let path = folder.write("operator-token", format!("{token}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn serve(folder: &Folder, more: &[&str]) -> Server {
    let data = folder.path("data");
    Server::start(folder, &[&["serve", "--listen", "127.0.0.1:0", "--data-dir", &data], more].concat(), "listening on http://")
}

/// Whether a token lists all realms.
fn is_operator(server: &Server, token: &str) -> bool {
    let url = format!("http://{}/v1/realms", server.address());
    curl(&["-f", "-o", "/dev/null", "-H", &format!("Authorization: Bearer {token}"), &url]).code == 0
}

/// One character was enough.
#[test]
fn a_token_that_can_be_guessed_is_refused() {
    let folder = Folder::new();
    for token in ["", "x", &FIRST[..15], "two words of a token"] {
        let file = token_file(&folder, token, 0o600);
        let ended = run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", &folder.path("data"), "--operator-token-file", &file]);
        assert!(ended.code == 1 && ended.err.contains(&format!("`{file}` holds ")) && ended.err.contains("\nhint: "), "{ended:?}");
        let found = run(&["doctor", "--data-dir", &folder.path("data"), "--operator-token-file", &file]);
        assert!(found.out.contains(&format!("fail operator's token: `{file}` holds ")), "{found:?}");
    }
}

#[test]
fn a_token_that_others_may_read_is_told_of() {
    for (mode, is_told) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        let folder = Folder::new();
        let file = token_file(&folder, FIRST, mode);
        let server = serve(&folder, &["--operator-token-file", &file]);
        assert!(is_operator(&server, FIRST));
        assert_eq!(log(&server).contains("others may read the operator's token"), is_told, "{mode:o}");
        let found = run(&["doctor", "--data-dir", &folder.path("data"), "--operator-token-file", &file]);
        assert_eq!(found.out.contains("warn operator's token: others may read"), is_told, "{mode:o}: {found:?}");
    }
}

#[test]
fn the_token_of_the_last_start_that_named_one_is_good_and_no_other() {
    let folder = Folder::new();
    let without = serve(&folder, &[]);
    assert!(!is_operator(&without, FIRST) && !log(&without).contains(STILL_GOOD));
    drop(without);
    let first = serve(&folder, &["--operator-token-file", &token_file(&folder, FIRST, 0o600)]);
    assert!(is_operator(&first, FIRST) && !log(&first).contains(STILL_GOOD));
    drop(first);
    // Nothing is taken from other servers by one that is not told of it, but it says so.
    let without = serve(&folder, &[]);
    assert!(is_operator(&without, FIRST) && log(&without).contains(STILL_GOOD));
    drop(without);
    let second = serve(&folder, &["--operator-token-file", &token_file(&folder, SECOND, 0o600)]);
    assert_eq!((is_operator(&second, FIRST), is_operator(&second, SECOND)), (false, true));
}
