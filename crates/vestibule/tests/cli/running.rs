//! Starting, stopping, and the story that `quickstart` prints.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    time::{Duration, Instant},
};

use crate::harness::{ADMIN, Ended, Folder, Server, curl, demo, run, until};

#[test]
fn the_printed_story_runs_as_pasted() {
    let folder = Folder::new();
    let server =
        Server::start(&folder, &["quickstart", "--listen", "127.0.0.1:0"], &format!("{} audit verify", env!("CARGO_BIN_EXE_vestibule")));
    let story: Vec<_> = server.lines.iter().skip_while(|line| !line.starts_with("# 1.")).map(String::as_str).collect();
    // What a paste does, with the status of each call on stderr beside.
    let script = format!("set -euo pipefail\ncurl() {{ command curl -w '%{{stderr}}%{{http_code}}\\n' \"$@\"; }}\n{}\n", story.join("\n"));
    let shell = Command::new("bash").arg(folder.write("story.sh", script)).current_dir(folder.path("")).output();
    let ended = Ended::from(shell.expect("bash is installed"));
    assert_eq!(ended.code, 0, "{ended:?}");
    let statuses: Vec<_> = ended.err.lines().filter(|line| line.len() == 3).collect();
    assert_eq!(
        statuses,
        ["200", "201", "201", "200", "200", "200", "200", "200", "200", "200", "200", "204", "204", "401", "200", "200"],
        "{ended:?}"
    );
    for (told, what) in [
        ("To: mia.falk@here.com", "the mail"),
        ("\"decision\":true", "the yes"),
        ("\"decision\":false", "the no"),
        ("\"dtEndSupportUsersAccess\":", "the support grant"),
        ("\"unitedPermissions\":", "the customer's accounts"),
        ("\"ssoLink\":\"https://acme.zendesk.com/access/jwt?jwt=", "the link into the help desk"),
        ("<grantsTo><customer id=\"2214\">", "who may act for the customer"),
        ("VERIFIED: ", "the log"),
    ] {
        assert!(ended.out.contains(told), "{what} is missing: {}", ended.out);
    }
    server.signal("INT");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_request_that_was_accepted_is_finished_before_the_end() {
    let folder = Folder::new();
    let server = demo(&folder, &[], "listening on http://");
    let address = server.address();
    let body = r#"{"subject": {"type": "user", "id": "ada@acme.example"}, "action": {"name": "config:retrieve"}, "resource": {"type": "config:plan", "id": "P1"}}"#;
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 12];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100", "the handler reads the body");

    server.signal("TERM");
    until(|| TcpStream::connect(&address).is_err().then_some(()));
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 200 OK") && answer.contains("\"decision\":true"), "{answer}");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn whoever_follows_the_log_holds_up_no_stop() {
    let folder = Folder::new();
    let server =
        Server::start(&folder, &["quickstart", "--listen", "127.0.0.1:0"], &format!("{} audit verify", env!("CARGO_BIN_EXE_vestibule")));
    let link = server.lines.iter().find_map(|line| Some(line.split_once("once: ")?.1.to_owned())).expect("a link to the console");
    let told = curl(&["-i", "-X", "POST", &link]).out;
    let cookie = told.split("__Host-vestibule=").nth(1).and_then(|rest| rest.split(';').next()).expect("a cookie");
    let mut stream = TcpStream::connect(link.split('/').nth(2).unwrap()).unwrap();
    let head = format!("GET /console/realms/acme/log/tail HTTP/1.1\r\nHost: x\r\nCookie: __Host-vestibule={cookie}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut begun = [0; 15];
    stream.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200 OK");
    let told_at = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    assert!(told_at.elapsed() < Duration::from_secs(10), "{:?}", told_at.elapsed());
}

#[test]
fn an_interrupt_is_a_good_end() {
    let folder = Folder::new();
    let server = demo(&folder, &[], "listening on http://");
    server.signal("INT");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn an_address_in_use_is_told_with_a_hint() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = folder.path("data");
    for flags in [&["--listen", &address][..], &["--listen", "127.0.0.1:0", "--metrics-listen", &address]] {
        let ended = run(&[&["serve", "--data-dir", &data], flags].concat());
        assert_eq!(ended.code, 1, "{ended:?}");
        assert!(ended.err.starts_with(&format!("error: could not listen on {address}: ")), "{ended:?}");
        assert!(ended.err.contains("\nhint: another program listens there"), "{ended:?}");
    }
}
