//! A database that an earlier release left is brought up to date with all that it holds.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::{
    databases::{Database, Engine},
    harness::{ADMIN, AGENT, Folder, Server, beside, curl, run, run_well, until},
};

/// Tables that a server writes to by itself: mail leaves, checkpoints are signed, what was touched is told.
const OWN_TABLES: [&str; 4] = ["outbox", "audit_checkpoint", "changes", "schema_version"];

fn fixture(name: &str) -> String {
    fs::read_to_string(beside("fixtures").join(name)).unwrap()
}

/// A database as the server of schema 1 left it, with its master key in `folder`.
fn left_by_schema_1(engine: Engine, folder: &Folder) -> Database {
    fs::create_dir_all(folder.path("data")).unwrap();
    folder.write("data/master.key", fixture("0001_house.key"));
    let database = Database::fresh(engine, folder);
    let rows = fixture("0001_house.data.sql");
    match engine {
        Engine::Sqlite => database.execute(&(fixture("0001_house.sqlite.sql") + &rows)),
        Engine::Postgres => database.execute(&(fixture("0001_house.postgres.sql") + &rows.replace(" X'", r" '\x").replace("(X'", r"('\x"))),
    }
    database
}

/// Each table with its columns, and what stands in them.
type Contents = BTreeMap<String, (String, Vec<String>)>;

fn everything(database: &Database) -> Contents {
    let contents = |table: String| {
        let columns = database.columns(&table);
        let rows = database.rows(&table, &columns);
        (table, (columns, rows))
    };
    database.tables().into_iter().map(contents).collect()
}

/// The same, but for when tokens were last used: our own question above is such a use.
fn all_but_uses(database: &Database) -> Contents {
    let mut contents = everything(database);
    contents.remove("credential_use").unwrap();
    contents
}

fn serve(folder: &Folder, database: &Database) -> Server {
    let data = folder.path("data");
    let args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", &data, "--database", &database.url];
    Server::start(folder, &[&args[..], &["--public-url", "https://in.vendor.example"]].concat(), "listening on http://")
}

/// Asks the native API about the realm; gives the status and the body.
fn ask(server: &Server, token: &str, path: &str, more: &[&str]) -> (String, Value) {
    let (url, bearer) = (format!("http://{}/v1/realms/acme{path}", server.address()), format!("Authorization: Bearer {token}"));
    let answer = curl(&[&["-w", "\n%{http_code}", "-H", &bearer, "-H", "Content-Type: application/json", &url], more].concat());
    let (body, status) = answer.out.rsplit_once('\n').unwrap_or_else(|| panic!("{answer:?}"));
    (status.to_owned(), serde_json::from_str(body).unwrap_or_default())
}

/// The values of one member of each item in a list.
fn each(list: &(String, Value), pointer: &str) -> Vec<String> {
    assert_eq!(list.0, "200", "{list:?}");
    let text = |item: &Value| item.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
    list.1["items"].as_array().unwrap().iter().map(text).collect()
}

fn check_upgrade(engine: Engine) {
    let folder = Folder::new();
    let database = left_by_schema_1(engine, &folder);
    let before = everything(&database);
    assert_eq!(before["schema_version"].1.len(), 1, "{engine:?}");

    let server = serve(&folder, &database);
    // Later releases may add columns; what stood in the old ones stands there still.
    for (table, (columns, rows)) in before.iter().filter(|(table, _)| !OWN_TABLES.contains(&table.as_str())) {
        let mut now = database.rows(table, columns);
        if table == "account_group" {
            // Each realm has got the two groups that are its own.
            let count = now.len();
            now.retain(|row| rows.contains(row));
            assert_eq!(count - now.len(), 2 * before["realm"].1.len(), "{engine:?}");
        }
        assert_eq!(&now, rows, "{engine:?}: {table}");
    }
    assert!(database.rows("schema_version", "version").len() > 1, "{engine:?}: it was brought up to date");
    check_contents(&server, &folder);
    // What the server does by itself is done when the mail has left and the last event is signed.
    until(|| (each(&ask(&server, ADMIN, "/outbox", &[]), "/state") == ["sent"; 3]).then_some(()));
    let is_signed = |row: &String| row.contains("acme") && row.contains("29");
    until(|| database.rows("audit_checkpoint", "realm_id, size").iter().any(is_signed).then_some(()));
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));

    let settled = all_but_uses(&database);
    let again = serve(&folder, &database);
    assert_eq!(ask(&again, ADMIN, "", &[]).0, "200");
    again.signal("TERM");
    assert_eq!(again.wait(), Some(0));
    assert_eq!(all_but_uses(&database), settled, "{engine:?}: a second start changes nothing");
    check_log(&folder, &database);
}

/// Every kind of thing is there, and every token still proves who holds it.
fn check_contents(server: &Server, folder: &Folder) {
    let mail = folder.path("data/mail");
    until(|| {
        fs::read_dir(&mail).ok()?.flatten().find(|file| fs::read_to_string(file.path()).is_ok_and(|text| text.contains("kim.oda@here.com")))
    });
    let realm = ask(server, ADMIN, "", &[]);
    assert_eq!((realm.0.as_str(), &realm.1["name"]), ("200", &Value::from("Acme Widgets")));
    let invitations = each(&ask(server, ADMIN, "/support-access/invitations", &[]), "/email");
    assert_eq!(invitations, ["mia.falk@here.com", "*", "kim.oda@here.com"]);
    let window = ask(server, ADMIN, "/support-access/window", &[]).1;
    assert_eq!((&window["version"], &window["live"]), (&2.into(), &true.into()), "{window}");
    let sessions = ask(server, ADMIN, "/support-sessions", &[]);
    assert_eq!(each(&sessions, "/reason"), ["a second look", "plan P1 bills twice"]);
    let events = each(&ask(server, ADMIN, "/audit/events?limit=100", &[]), "/event/action");
    assert_eq!((events.len(), events[0].as_str(), events[26].as_str()), (27, "log.created", "invitation.created"));

    let wish = r#"{"email": "mia.falk@here.com", "expires_at": "2099-04-30T18:00:00Z"}"#;
    let repeat = |wish: &str| ask(server, ADMIN, "/support-access/invitations", &["-H", "Idempotency-Key: upgrade-1", "-d", wish]);
    let (status, repeated) = repeat(wish);
    assert_eq!((status.as_str(), &repeated["id"]), ("201", &Value::from("01a201a7-6a09-7fbd-97f3-50dd327f1099")), "{repeated}");
    assert_eq!(repeat(&wish.replace("mia", "jo")).0, "422", "the key still stands for what it was used with");
    assert_eq!(each(&ask(server, ADMIN, "/support-access/invitations", &[]), "/email").len(), 3);

    let entered = ask(server, AGENT, "/support-sessions", &["-d", r#"{"reason": "after the upgrade"}"#]);
    assert_eq!(entered.0, "201", "{entered:?}");
    let ended = ask(
        server,
        entered.1["token"].as_str().unwrap(),
        &format!("/support-sessions/{}", entered.1["id"].as_str().unwrap()),
        &["-X", "DELETE"],
    );
    assert_eq!(ended.0, "204", "{ended:?}");
    assert_eq!(ask(server, "a411c16b-3cf7-4f03-bf11-8ca05aab898e", "", &[]).0, "401");
}

/// The log goes on where it was: what the tenant kept before the upgrade is still in it.
fn check_log(folder: &Folder, database: &Database) {
    let (bundle, note) = (folder.path("acme.tar"), beside("fixtures/0001_house.note"));
    let data = folder.path("data");
    let flags = ["--data-dir", &data, "--database", &database.url, "--public-url", "https://in.vendor.example"];
    run_well(&[&["audit", "export", "acme", "-o", &bundle], &flags[..]].concat());
    let verified = run_well(&["audit", "verify", &bundle, "--against", note.to_str().unwrap()]);
    assert!(verified.starts_with("VERIFIED: 29 events"), "{verified}");
}

#[test]
fn a_database_of_schema_1_is_brought_up_to_date_with_all_it_holds() {
    check_upgrade(Engine::Sqlite);
}

#[test]
fn so_is_one_on_postgresql() {
    check_upgrade(Engine::Postgres);
}

#[test]
fn a_schema_from_a_later_release_is_refused_and_left_alone() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let folder = Folder::new();
        let database = left_by_schema_1(engine, &folder);
        database.execute("INSERT INTO schema_version (version) VALUES (1000)");
        let before = everything(&database);
        let data = folder.path("data");
        let flags = ["--data-dir", &data, "--database", &database.url];
        for verb in [&["serve", "--listen", "127.0.0.1:0"][..], &["audit", "export", "acme"]] {
            let ended = run(&[verb, &flags].concat());
            assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{engine:?}: {ended:?}");
            assert!(ended.err.contains("the database has schema 1000, this release knows "), "{engine:?}: {ended:?}");
            assert!(ended.err.contains(": use a newer release\n"), "{engine:?}: {ended:?}");
        }
        let doctor = run(&[&["doctor"], &flags[..]].concat());
        assert!(doctor.code == 1 && doctor.out.contains("fail schema: "), "{doctor:?}");
        assert_eq!(everything(&database), before, "{engine:?}");
    }
}
