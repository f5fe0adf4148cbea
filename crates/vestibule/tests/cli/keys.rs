//! The master key and the database, one without the other.

use std::{fs, path::Path};

use crate::{
    databases::{Database, Engine},
    harness::{Ended, Folder, MANIFEST, run, run_well},
};

/// Every verb that opens the database for work, with what it needs besides.
const VERBS: [&[&str]; 5] = [
    &["serve", "--listen", "127.0.0.1:0"],
    &["apply", MANIFEST],
    &["apply", MANIFEST, "--dry-run"],
    &["sign-in-link", "ada@acme.example", "--realm", "acme"],
    &["audit", "export", "acme", "-o", "/dev/null"],
];

/// Runs a verb on a database, which it is to refuse, and checks that nothing was done.
#[track_caller]
fn check_refusal(verb: &[&str], database: &Database, data: &str, told: &str) {
    let before = (database.rows("realm", "id"), database.rows("audit_log", "realm_id, size"));
    let ended = run(&[verb, &["--database", &database.url, "--data-dir", data]].concat());
    let Ended { code, err, .. } = &ended;
    assert!(
        *code == 1 && err.contains(told) && err.contains("\nhint: put the key that the database was made under"),
        "{verb:?}: {ended:?}"
    );
    assert!(!err.contains("ERROR") && !err.contains("\"level\":\"error\""), "{verb:?}: {ended:?}");
    assert_eq!((database.rows("realm", "id"), database.rows("audit_log", "realm_id, size")), before, "{verb:?}");
}

/// A key that was lost was replaced in silence, and everything sealed with it.
#[test]
fn a_lost_key_is_not_made_anew() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let folder = Folder::new();
        let (database, data) = (Database::fresh(engine, &folder), folder.path("data"));
        run_well(&["apply", MANIFEST, "--database", &database.url, "--data-dir", &data]);
        let key = folder.path("data/master.key");
        fs::rename(&key, folder.path("kept")).unwrap();
        for verb in VERBS {
            check_refusal(verb, &database, &data, &format!("there is no master key at `{key}`, and the database holds what was sealed"));
            assert!(!Path::new(&key).exists(), "{verb:?}");
        }
        fs::rename(folder.path("kept"), &key).unwrap();
        assert_eq!(run_well(&["apply", MANIFEST, "--database", &database.url, "--data-dir", &data]), "", "all is as it was");
    }
}

/// Servers said that they were ready, and refused every token.
#[test]
fn nothing_is_done_under_another_key() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let folder = Folder::new();
        let (database, other) = (Database::fresh(engine, &folder), folder.path("other"));
        run_well(&["apply", MANIFEST, "--database", &database.url, "--data-dir", &folder.path("data")]);
        run_well(&["apply", MANIFEST, "--data-dir", &other]);
        let key = folder.path("other/master.key");
        // What was not migrated would be, by a server that got as far.
        database.execute("CREATE TABLE kept AS SELECT * FROM schema_version; DELETE FROM schema_version WHERE version > 13");
        for verb in VERBS {
            check_refusal(verb, &database, &other, &format!("the master key `{key}` does not open what the database holds"));
        }
        assert_eq!(database.rows("schema_version", "version").len(), 13);
        database.execute("DELETE FROM schema_version; INSERT INTO schema_version SELECT * FROM kept; DROP TABLE kept");
        run_well(&["apply", MANIFEST, "--database", &database.url, "--data-dir", &folder.path("data")]);
    }
}

/// One row that cannot be read any more is a matter of its realm, and of `doctor`.
#[test]
fn a_tenants_damaged_key_keeps_nobody_else_out() {
    let folder = Folder::new();
    let (database, data) = (Database::fresh(Engine::Sqlite, &folder), folder.path("data"));
    let args = ["--database", &database.url, "--data-dir", &data];
    run_well(&[&["apply", MANIFEST], &args[..]].concat());
    database.execute("UPDATE audit_key SET wrapped_seed = zeroblob(72) WHERE realm_id = 'acme'");
    run_well(&[&["sign-in-link", "mia.falk@here.com", "--staff"], &args[..]].concat());
    let found = run(&[&["doctor"], &args[..]].concat());
    assert!(found.code == 1 && found.out.contains("fail sealed secrets: "), "{found:?}");
}

/// A data directory that was mistyped came to hold a database and a master key of its own.
#[test]
fn verbs_that_need_a_database_make_none() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let folder = Folder::new();
        let (database, data) = (Database::fresh(engine, &folder), folder.path("mistyped"));
        let told = match engine {
            Engine::Sqlite => format!("there is no database at `{}`", folder.path("by-hand.db")),
            Engine::Postgres => "there is no database where --database says".to_owned(),
        };
        for verb in [VERBS[3], VERBS[4]] {
            let ended = run(&[verb, &["--database", &database.url, "--data-dir", &data]].concat());
            assert!(ended.code == 1 && ended.err.contains(&told) && ended.err.contains("\nhint: check --data-dir"), "{verb:?}: {ended:?}");
        }
        let rehearsed = run_well(&["apply", MANIFEST, "--dry-run", "--database", &database.url, "--data-dir", &data]);
        assert!(rehearsed.contains("+ realm acme\n"), "{rehearsed}");
        assert!(!Path::new(&data).exists() && !Path::new(&folder.path("by-hand.db")).exists());
        if engine == Engine::Postgres {
            assert_eq!(database.tables(), [""; 0]);
        }
    }
}
