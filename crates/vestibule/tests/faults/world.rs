//! One realm, its administrator and the vendor's agent, on either database; and the questions the tests ask there.

use serde_json::Value;

use crate::{
    client::{Answer, Client},
    database::{Database, Engine},
    harness::{ADMIN, AGENT, Folder, Server, run_well},
};

/// Where agents enter.
pub const SESSIONS: &str = "/v1/realms/acme/support-sessions";
/// Where servers of the tests say they are: it names the log, so it stays when the port changes.
const PUBLIC_URL: &str = "http://in.vendor.example";

/// The realm: open to the agent by its window, so that a test can enter as often as it likes.
pub const MANIFEST: &str = r#"
[[realms]]
id = "acme"
[realms.support]
enabled = true
staff_domain = "here.com"
window = { ends_at = "2091-03-01T00:00:00Z", statements = [{ effect = "allow", actions = ["config:retrieve"], resources = ["*"] }] }
[[realms.accounts]]
id = "ada@acme.example"
kind = "user"
permissions = ["realm:administer", "audit:retrieve", "config:retrieve", "account:manageAccountExecutives", "account:readAccountExecutives"]
credentials = [{ type = "token", secret = "a411c16b-3cf7-4f03-bf11-8ca05aab898d" }]
[[support_staff]]
email = "mia.falk@here.com"
name = "Mia Falk"
credentials = [{ type = "token", secret = "mia-7Yc2vQ9sLw4RkX1tBn8ZpE5hJd3GfUa6" }]
"#;

/// A data directory and a database, for one server after another or several at once.
pub struct World {
    pub folder: Folder,
    /// Absent: the embedded one.
    pub database: Option<Database>,
}

impl World {
    /// With a realm that is there already.
    pub fn new(engine: Engine) -> Self {
        Self::with(engine, MANIFEST)
    }

    /// With the realms of a manifest.
    pub fn with(engine: Engine, manifest: &str) -> Self {
        Self::on(Some(engine).filter(|engine| *engine == Engine::Postgres).map(|_| Database::new()), manifest)
    }

    /// On a certain database.
    pub fn on(database: Option<Database>, manifest: &str) -> Self {
        let world = Self { folder: Folder::new(), database };
        let manifest = world.folder.write("realms.toml", manifest);
        world.run_well(&["apply", &manifest]);
        world
    }

    /// The binary's arguments, to which this world's are added; they may name another database themselves.
    pub fn args(&self, args: &[&str]) -> Vec<String> {
        let mut all: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
        all.extend(["--data-dir".to_owned(), self.folder.path("data"), "--public-url".to_owned(), PUBLIC_URL.to_owned()]);
        if let Some(database) = self.database.as_ref().filter(|_| !args.contains(&"--database")) {
            all.extend(["--database".to_owned(), database.url()]);
        }
        all
    }

    /// Runs the binary to its end, which must be 0.
    #[track_caller]
    pub fn run_well(&self, args: &[&str]) {
        run_well(&self.args(args).iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// The arguments of a server on a free port.
    pub fn serving(&self, more: &[&str]) -> Vec<String> {
        self.args(&[&["serve", "--listen", "127.0.0.1:0"], more].concat())
    }

    pub fn serve(&self, more: &[&str]) -> Server {
        let args = self.serving(more);
        Server::start(&self.folder, &args.iter().map(String::as_str).collect::<Vec<_>>(), "listening on http://")
    }
}

/// No server of a test may have met what it did not foresee, however little its clients saw of it.
#[track_caller]
pub fn check_log(server: &Server) {
    let log = std::fs::read_to_string(&server.log).unwrap();
    assert!(!log.contains("panicked"), "{log}");
}

/// Enters the realm; gives the session's id and token.
#[track_caller]
pub fn enter(client: &mut Client, reason: &str) -> (String, String) {
    let entered = client.ask("POST", SESSIONS, AGENT, &format!(r#"{{"reason": "{reason}"}}"#)).expect(201);
    (entered["id"].as_str().unwrap().to_owned(), entered["token"].as_str().unwrap().to_owned())
}

/// The question whether somebody may read a plan.
pub fn question(kind: &str, id: &str) -> String {
    format!(
        r#"{{"subject": {{"type": "{kind}", "id": "{id}"}}, "action": {{"name": "config:retrieve"}}, "resource": {{"type": "config:plan", "id": "P1"}}}}"#
    )
}

/// Asks whether the administrator may: from memory, if that is trusted.
pub fn ask_about_ada(client: &mut Client) -> Answer {
    client.ask("POST", "/access/v1/evaluation", ADMIN, &question("user", "ada@acme.example"))
}

/// Asks whether the agent may, with a session's token: each answer is put into the log first.
pub fn ask_about_visitor(client: &mut Client, token: &str) -> Answer {
    client.ask("POST", "/access/v1/evaluation", token, &question("support", "mia.falk@here.com"))
}

/// Invites the agent by HERE's dialect; no more than six times a minute.
pub fn invite(client: &mut Client) -> Answer {
    client.ask("POST", "/support", ADMIN, r#"{"emailAddress": "mia.falk@here.com"}"#)
}

/// What must be written first is refused at each door by its own words, and leaves nothing behind.
#[track_caller]
pub fn check_written_is_refused(client: &mut Client, visitor: &str) {
    assert_eq!(invite(client).expect(503)["code"], "503000");
    let about_visitor = ask_about_visitor(client, visitor);
    assert_eq!(about_visitor.expect(503)["type"], "urn:vestibule:problem:unavailable", "an answer about a visitor is in the log first");
    assert!(about_visitor.header("retry-after").is_some());
}

/// Whether an answer lets somebody in.
pub fn is_yes(answer: &Answer) -> bool {
    answer.status == 200 && answer.json()["decision"] == true
}

/// Every item of a list, page after page; `path` ends where a parameter can follow.
pub fn list(client: &mut Client, path: &str, limit: usize) -> Vec<Value> {
    list_after(client, path, limit, None)
}

/// As [`list`], from a cursor on.
pub fn list_after(client: &mut Client, path: &str, limit: usize, mut after: Option<String>) -> Vec<Value> {
    let mut items = Vec::new();
    loop {
        let cursor = after.map(|after| format!("&after={after}")).unwrap_or_default();
        let mut page = client.ask("GET", &format!("{path}limit={limit}{cursor}"), ADMIN, "").expect(200);
        items.append(page["items"].as_array_mut().unwrap());
        after = page["next"].as_str().map(str::to_owned);
        if after.is_none() {
            return items;
        }
    }
}
