//! The verbs that do their work and end.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::harness::{ADMIN, Folder, MANIFEST, curl, demo, run, run_well, vestibule};

#[test]
fn help_of_every_verb_has_an_example() {
    for verb in [
        "quickstart",
        "serve",
        "healthcheck",
        "doctor",
        "backup",
        "restore",
        "apply",
        "sign-in-link",
        "audit",
        "audit export",
        "audit verify",
    ] {
        let help = run_well(&[&verb.split(' ').collect::<Vec<_>>()[..], &["--help"]].concat());
        assert!(help.contains(&format!("Examples:\n  vestibule {verb}")), "{verb}: {help}");
    }
}

#[test]
fn applying_twice_changes_nothing_and_a_dry_run_nothing_at_all() {
    let folder = Folder::new();
    let data = folder.path("data");
    let apply = |more: &[&str]| run(&[&["apply", MANIFEST, "--data-dir", &data], more].concat());
    let rehearsed = apply(&["--dry-run"]);
    assert!(rehearsed.out.contains("+ realm acme\n"), "{rehearsed:?}");
    assert!(rehearsed.err.contains("nothing was changed"), "{rehearsed:?}");
    let first = apply(&[]);
    assert_eq!((first.code, first.out), (0, rehearsed.out), "the dry run told what would happen, and did not do it");
    let second = apply(&[]);
    assert_eq!((second.code, second.out.as_str()), (0, ""));
    assert!(second.err.contains("nothing to change"), "{}", second.err);
}

#[test]
fn a_manifests_fault_is_told_with_file_and_line() {
    let folder = Folder::new();
    let data = folder.path("data");
    for (text, fault) in [
        ("[[realms]]\nid = \"acme\"\nname = \"Acme\"\ncolour = 1\n", ":4: unknown key `realms.colour`"),
        ("[[realms]]\nid = \"Acme!\"\nname = \"Acme\"\n", ":2: "),
        ("[[realms]\n", ":1: "),
    ] {
        let path = folder.write("bad.toml", text);
        for verb in ["apply", "serve"] {
            let flag = if verb == "apply" { vec![path.as_str()] } else { vec!["--listen", "127.0.0.1:0", "--manifest", &path] };
            let ended = run(&[&[verb, "--data-dir", &data], &flag[..]].concat());
            assert_eq!(ended.code, 1, "{ended:?}");
            assert!(ended.err.contains(&format!("{path}{fault}")), "{ended:?}");
        }
    }
    assert!(!std::path::Path::new(&data).join("vestibule.db").exists(), "a fault is found before the database is touched");
}

#[test]
fn audit_verify_ends_with_what_it_found() {
    let folder = Folder::new();
    let server = demo(&folder, &[], "listening on http://");
    let url = format!("http://{}/v1/realms/acme/audit", server.address());
    let (bundle, note) = (folder.path("acme.tar"), folder.path("note.txt"));
    for (what, file) in [("checkpoint", &note), ("export", &bundle)] {
        let fetched = curl(&["-f", "-H", &format!("Authorization: Bearer {ADMIN}"), "-o", file, &format!("{url}/{what}")]);
        assert_eq!(fetched.code, 0, "{fetched:?}");
    }
    for (args, code) in [
        (vec![bundle.as_str(), "--against", &note], 0),
        (vec![bundle.as_str()], 4),
        (vec!["/nowhere/acme.tar"], 3),
        (vec![bundle.as_str(), "--against", "/nowhere/note.txt"], 3),
        (vec![], 2),
        (vec![bundle.as_str(), "--no-such-flag"], 2),
    ] {
        let ended = run(&[&["audit", "verify"], &args[..]].concat());
        assert_eq!(ended.code, code, "{args:?}: {ended:?}");
    }
}

#[test]
fn an_export_is_where_it_was_asked_for_whole_or_not_at_all() {
    let folder = Folder::new();
    let (data, wanted) = (folder.path("data"), folder.path("out/acme.tar"));
    run_well(&["apply", MANIFEST, "--data-dir", &data]);
    let export = |more: &[&str]| run(&[&["audit", "export", "acme", "--data-dir", &data], more].concat());
    let names = || {
        let mut names: Vec<_> = fs::read_dir(folder.path("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let refused = |output: &str, why: &str| {
        let ended = export(&["-o", output]);
        assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{ended:?}");
        assert!(ended.err.contains(why), "{ended:?}");
    };
    refused(&wanted, &format!("could not write `{wanted}`: No such file or directory"));
    fs::create_dir(folder.path("out")).unwrap();
    refused(&folder.path("out"), "is a directory");
    refused("/dev/full", "could not write `/dev/full`: No space left on device");

    assert_eq!(export(&["-o", &wanted]).code, 0);
    assert_eq!(fs::metadata(&wanted).unwrap().permissions().mode() & 0o777, 0o600, "it names people");
    for own in ["vestibule.db", "vestibule.db-wal", "master.key"] {
        let ended = export(&["-o", &format!("{data}/../data/{own}")]);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.err.contains("would go over"), "{ended:?}");
    }
    assert_eq!(run(&["audit", "verify", &wanted]).code, 4);
    assert_eq!(export(&["-o", "/dev/null"]).code, 0);
    // What stood there is replaced, and is still seen by those alone who saw it, and by the name of a link to it.
    let (kept, link) = (fs::read(&wanted).unwrap(), folder.path("out/link.tar"));
    fs::set_permissions(&wanted, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&wanted, &link).unwrap();
    assert_eq!(export(&["-o", &link]).code, 0);
    assert_ne!(fs::read(&wanted).unwrap(), kept, "the next one tells of the one before");
    assert_eq!(fs::metadata(&wanted).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(names(), ["acme.tar", "link.tar"], "nothing unfinished");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

    let shown = vestibule(&["audit", "export", "acme", "--data-dir", &data]).output().unwrap();
    let shown_at = folder.write("shown.tar", &shown.stdout);
    assert_eq!((shown.status.code(), run(&["audit", "verify", &shown_at]).code), (Some(0), 4));
}

#[test]
fn doctor_finds_what_a_server_would_stumble_over() {
    let folder = Folder::new();
    let data = folder.path("data");
    let doctor = |more: &[&str]| run(&[&["doctor", "--data-dir", &data, "--public-url", "https://in.vendor.example"], more].concat());
    let absent = doctor(&[]);
    assert_eq!(absent.code, 1, "{absent:?}");
    for line in ["fail data directory: ", "fail master key: there is none", "fail database: "] {
        assert!(absent.out.contains(line), "{absent:?}");
    }
    assert!(!std::path::Path::new(&data).exists(), "it makes nothing");

    run_well(&["apply", MANIFEST, "--data-dir", &data]);
    let well = doctor(&[]);
    assert_eq!(well.code, 0, "{well:?}");
    for line in
        ["ok   public URL: https://in.vendor.example", "ok   schema: ", "ok   clock: ", "ok   sealed secrets: the master key opens them"]
    {
        assert!(well.out.contains(line), "{well:?}");
    }
    let foreign = folder.write("foreign.key", "A".repeat(43));
    let wrong_key = doctor(&["--master-key-file", &foreign]);
    assert!(wrong_key.out.contains("fail sealed secrets: "), "{wrong_key:?}");
    assert!(wrong_key.out.contains("fail master key: others may read"), "{wrong_key:?}");
    let no_mail = doctor(&["--smtp-url", "smtp://127.0.0.1:1"]);
    assert!(no_mail.code == 1 && no_mail.out.contains("fail mail: "), "{no_mail:?}");
}

#[test]
fn doctor_compares_the_clock_with_postgresqls() {
    let url = std::env::vars().find(|(name, _)| name == "VESTIBULE_TEST_POSTGRES").map(|(_, url)| url);
    let url = url.expect("run the tests with `cargo xtask test`, which starts PostgreSQL");
    let folder = Folder::new();
    let ended = run(&["doctor", "--database", &url, "--data-dir", &folder.path("data")]);
    assert!(ended.out.contains("\nok   database: answers"), "{ended:?}");
    assert!(ended.out.contains("\nok   clock: ") && ended.out.contains(" ms from the database's\n"), "{ended:?}");
    assert!(ended.out.contains("\nwarn schema: none yet"), "nothing was made in it: {ended:?}");
}

#[test]
fn a_link_signs_somebody_in_once_beside_a_server_that_runs() {
    let folder = Folder::new();
    let server = demo(&folder, &[], "listening on http://");
    let (data, url) = (folder.path("data"), format!("http://{}", server.address()));
    let make = |more: &[&str]| run(&[&["sign-in-link", "--data-dir", &data, "--public-url", &url], more].concat());
    for whom in [&["ada@acme.example", "--realm", "acme"][..], &["mia.falk@here.com", "--staff"]] {
        let made = make(whom);
        let link = made.out.trim();
        assert!(made.code == 0 && link.starts_with(&format!("{url}/console/link/")), "{made:?}");
        let take = || curl(&["-s", "-i", "-X", "POST", link]).out.contains("set-cookie: __Host-vestibule=");
        assert_eq!((take(), take()), (true, false));
    }
    let absent = make(&["nobody@acme.example", "--realm", "acme"]);
    assert!(absent.code == 1 && absent.err.contains("nobody@acme.example"), "{absent:?}");
    assert_eq!(make(&["ada@acme.example"]).code, 2);
    assert_eq!(make(&["ada@acme.example", "--realm", "acme", "--staff"]).code, 2);
}
