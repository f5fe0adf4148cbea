//! `backup` and `restore`: copies of a database that is being written to, and what is refused.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use crate::harness::{ADMIN, AGENT, Ended, Folder, MANIFEST, curl, demo, run, run_well, until, vestibule};

/// Asks what a visiting agent may do until told to stop: each answer is an event in the log.
fn ask(address: &str, token: &str, stop: &AtomicBool, answered: &AtomicU64) {
    use std::io::{Read, Write};
    let body = r#"{"subject": {"type": "support", "id": "mia.falk@here.com"}, "action": {"name": "config:retrieve"}, "resource": {"type": "config:plan", "id": "P1"}}"#;
    let request = format!(
        "POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    while !stop.load(Ordering::Relaxed) {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_backup_under_load_restores_to_a_log_that_verifies() {
    let folder = Folder::new();
    let server = demo(&folder, &["--public-url", "http://in.vendor.example"], "listening on http://");
    let (address, data) = (server.address(), folder.path("data"));
    let realm = format!("http://{address}/v1/realms/acme");
    let note = folder.path("note.txt");
    let bearer = |token: &str| format!("Authorization: Bearer {token}");
    assert_eq!(curl(&["-f", "-H", &bearer(ADMIN), "-o", &note, &format!("{realm}/audit/checkpoint")]).code, 0);
    let json = "Content-Type: application/json";
    let entered = curl(&["-f", "-H", &bearer(AGENT), "-H", json, "-d", r#"{"reason": "load"}"#, &format!("{realm}/support-sessions")]);
    let entered: serde_json::Value = serde_json::from_str(&entered.out).unwrap();
    let token = entered["token"].as_str().unwrap();

    let (stop, answered) = (AtomicBool::new(false), AtomicU64::new(0));
    let backups: Vec<_> = (0..3).map(|n| folder.path(&format!("{n}.db"))).collect();
    let counts = thread::scope(|scope| {
        (0..4).for_each(|_| drop(scope.spawn(|| ask(&address, token, &stop, &answered))));
        let mut counts = Vec::new();
        for backup in &backups {
            let before = answered.load(Ordering::Relaxed);
            until(|| (answered.load(Ordering::Relaxed) > before + 20).then_some(()));
            counts.push(answered.load(Ordering::Relaxed));
            run_well(&["backup", backup, "--data-dir", &data]);
        }
        stop.store(true, Ordering::Relaxed);
        counts
    });
    for (backup, acknowledged) in backups.iter().zip(counts) {
        let other = folder.path("other");
        fs::create_dir_all(&other).unwrap();
        fs::copy(folder.path("data/master.key"), folder.path("other/master.key")).unwrap();
        run_well(&["restore", backup, "--data-dir", &other, "--force"]);
        let bundle = folder.path("acme.tar");
        run_well(&["audit", "export", "acme", "-o", &bundle, "--data-dir", &other, "--public-url", "http://in.vendor.example"]);
        let verified = run_well(&["audit", "verify", &bundle, "--against", &note]);
        let events: u64 = verified.strip_prefix("VERIFIED: ").and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap();
        assert!(events > acknowledged, "{events} events, and {acknowledged} were acknowledged before the backup");
    }
}

#[test]
fn nothing_is_replaced_that_should_not_be() {
    let folder = Folder::new();
    let (data, other, backup) = (folder.path("data"), folder.path("other"), folder.path("b.db"));
    let refuse = |args: &[&str], told: &str| {
        let ended = run(args);
        assert_eq!(ended.code, 1, "{args:?}: {ended:?}");
        assert!(ended.err.contains(told) && ended.err.contains("\nhint: "), "{args:?}: {ended:?}");
    };
    refuse(&["backup", &backup, "--data-dir", &data], "there is no database at");
    run_well(&["apply", MANIFEST, "--data-dir", &data]);
    run_well(&["backup", &backup, "--data-dir", &data]);
    let before = fs::read(folder.path("data/vestibule.db")).unwrap();

    refuse(&["restore", &backup, "--data-dir", &data], "there is a database at");
    refuse(&["restore", &backup, "--data-dir", &other], "there is no master key at");
    folder.write("other/master.key", "A".repeat(43));
    refuse(&["restore", &backup, "--data-dir", &other], "the master key does not open");
    let text = folder.write("text.db", "not a database, but long enough to be taken for one".repeat(20));
    refuse(&["restore", &text, "--data-dir", &data, "--force"], "is not a database of Vestibule");
    let mut bytes = fs::read(&backup).unwrap();
    // Behind the pages of the schema, without which it would not look like a database of ours.
    let (page, far) = (4096, bytes.len() * 3 / 4);
    bytes[far..far + 4 * page].fill(0xa5);
    let damaged = folder.write("damaged.db", bytes);
    refuse(&["restore", &damaged, "--data-dir", &data, "--force"], "is damaged: ");
    assert_eq!(fs::read(folder.path("data/vestibule.db")).unwrap(), before, "nothing was touched");

    let server = demo(&folder, &[], "listening on http://");
    refuse(&["restore", &backup, "--data-dir", &data, "--force"], "has `");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    run_well(&["restore", &backup, "--data-dir", &data, "--force"]);
    assert!(Path::new(&folder.path("data/vestibule.db.replaced")).is_file());
    assert!(fs::read_dir(&data).unwrap().flatten().all(|entry| !entry.file_name().to_string_lossy().contains("unfinished")));
}

/// A backup that named the database took its place under the server, and what was acknowledged afterwards was lost.
#[test]
fn nothing_is_written_over_the_database_or_its_key() {
    let folder = Folder::new();
    let server = demo(&folder, &[], "listening on http://");
    let (data, other) = (folder.path("data"), folder.path("other"));
    let (database, key) = (folder.path("data/vestibule.db"), folder.path("data/master.key"));
    for (original, name) in [(&database, "symbolic.db"), (&key, "symbolic.key"), (&data, "folder")] {
        std::os::unix::fs::symlink(original, folder.path(name)).unwrap();
    }
    fs::hard_link(&database, folder.path("hard.db")).unwrap();
    fs::create_dir_all(&other).unwrap();
    let before = (fs::metadata(&database).unwrap().ino(), fs::read(&key).unwrap());
    let refuse = |args: &[&str]| {
        let ended = vestibule(args).current_dir(&data).output().unwrap().into();
        let Ended { code, err, .. } = &ended;
        assert!(*code == 2 && err.contains(" would go over `") && err.contains("\nhint: name another file"), "{args:?}: {ended:?}");
    };
    let owned = [
        "data/vestibule.db-wal",
        "data/vestibule.db-shm",
        "data/vestibule.db-journal",
        "data/../data/vestibule.db",
        "other/../data/master.key",
    ];
    let linked = ["symbolic.db", "symbolic.key", "hard.db", "folder/vestibule.db", "folder/vestibule.db-wal"];
    for target in
        owned.iter().chain(&linked).map(|name| folder.path(name)).chain([database.clone(), key.clone(), "vestibule.db".to_owned()])
    {
        refuse(&["backup", &target, "--data-dir", &data]);
    }
    // By the link to its folder, and with a key that is kept elsewhere.
    refuse(&["backup", &database, "--data-dir", &folder.path("folder")]);
    refuse(&["backup", &folder.path("elsewhere.key"), "--data-dir", &data, "--master-key-file", &folder.path("elsewhere.key")]);

    let backup = folder.path("b.db");
    run_well(&["backup", &backup, "--data-dir", &data]);
    // An older backup of that name is no file of ours.
    run_well(&["backup", &backup, "--data-dir", &data]);
    refuse(&["restore", &database, "--data-dir", &data, "--force"]);
    refuse(&["restore", &backup, "--data-dir", &data, "--database", &format!("sqlite://{key}"), "--force"]);
    let unfinished = folder.write("data/vestibule.db.unfinished", fs::read(&backup).unwrap());
    refuse(&["restore", &unfinished, "--data-dir", &data, "--force"]);
    assert_eq!(fs::read(&unfinished).unwrap(), fs::read(&backup).unwrap());
    assert_eq!((fs::metadata(&database).unwrap().ino(), fs::read(&key).unwrap()), before, "nothing was touched");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn postgresql_has_tools_of_its_own() {
    for (verb, tool) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
        let ended = run(&[verb, "x.db", "--database", "postgres://nobody@nowhere.invalid/none"]);
        assert_eq!(ended.code, 1, "{ended:?}");
        assert!(ended.err.contains(&format!("hint: use {tool} ")), "{ended:?}");
    }
}
