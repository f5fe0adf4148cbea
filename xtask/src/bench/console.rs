//! `bench console`: how soon each page's HTML is there, in a realm of a hundred thousand accounts whose log has a million
//! events. The log is made by the server itself, by calls that change ten thousand accounts each, and by visits.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    Bench,
    figures::{Limit, Row, Series, table},
    load::Load,
    people,
    server::{OPERATOR_TOKEN, Server, cannot},
};
use crate::steps::{self, Failure};

/// Events of the log, at least.
const EVENTS: u64 = 1_000_000;
/// Visits that agents made, of which the last two last.
const VISITS: u32 = 300;
/// People who are invited, and no longer.
const INVITED: u32 = 100;
/// A page takes at most this long, in milliseconds.
const MS_MAX: f64 = 50.0;
/// Who looks, and whose page is looked at.
const READER: &str = "admin@bench.example";
const AGENT_TOKEN: &str = "bench-agent";
/// What the realm has besides its accounts.
const MANIFEST: &str = r#"
[[realms]]
id = "bench"
[realms.support]
enabled = true
staff_domain = "here.com"
[[realms.accounts]]
id = "admin@bench.example"
kind = "user"
permissions = ["all"]
credentials = [{ type = "token", secret = "bench-admin" }]
[[realms.customers.list]]
id = "2210"
number = "acct-70421"
kind = "individual"
contacts = [{ type = "technical", first_name = "Dana", last_name = "Reyes", email = "dana.reyes@example.net", email_verified = true }]
grants_to = ["2214"]
[[realms.customers.list]]
id = "2214"
kind = "individual"
contacts = [{ type = "regular", first_name = "Ilse", last_name = "Brandt", email = "ilse.brandt@example.net" }]
[[support_staff]]
email = "mia.falk@here.com"
name = "Mia Falk"
credentials = [{ type = "token", secret = "bench-agent" }]
"#;

/// The pages: what each is called, and its address below the realm's. `GROUP` stands for the group that everybody is in.
const PAGES: [(&str, &str); 24] = [
    ("now", ""),
    ("now, a year of it", "?days=365"),
    ("support access", "/support"),
    ("a window's preview", "/support/window?scope=all&hours=8"),
    ("people", "/people"),
    ("people with a 7 in them", "/people?q=7"),
    ("people with a 7 in them, the 100th page", "/people?q=7&skip=5000"),
    ("an account", "/people/accounts/user-0077777%40bench.example"),
    ("groups", "/people/groups"),
    ("the group that everybody is in", "/people/groups/GROUP"),
    ("roles", "/people/roles"),
    ("customers", "/customers"),
    ("a customer", "/customers/2210"),
    ("decide", "/decide?kind=user&id=user-0077777%40bench.example&action=read&resource_kind=record&resource_id=record-1"),
    ("log", "/log"),
    ("log, from the middle", "/log?before=500000"),
    ("log of a century", "/log?from=2000-01-01&to=2099-12-31"),
    ("log of one action", "/log?action=invitation.created"),
    ("log of an action that never was", "/log?action=realm.deleted"),
    ("log of what was refused", "/log?outcome=denied"),
    ("log of one action that failed", "/log?action=account.changed&outcome=failed"),
    ("an event", "/log/500000"),
    ("one's own settings", "/settings"),
    ("the tenant's settings", "/settings/realm"),
];

/// Runs it and gives its table.
///
/// # Errors
/// Something could not be built, started or measured.
pub fn run(bench: &mut Bench<'_>) -> Result<String, Failure> {
    let data = filled(bench)?;
    let server = started(bench, &data)?;
    let cookie = server.console_cookie(&bench.programs, &data, "bench", READER)?;
    let groups = server.get("/v1/realms/bench/groups?limit=100").unwrap_or_default();
    let everybody = group_named(&groups, "Everyone").ok_or_else(|| unmet(&groups))?;
    let mut pages = PAGES.map(|(name, path)| (name, path.replace("GROUP", &everybody), Series::default(), Series::default()));
    for round in 1..=bench.wish.rounds {
        steps::say(format_args!("==> console: round {round} of {}", bench.wish.rounds));
        let (script, seconds, arguments) = (bench.script("get.lua"), bench.wish.seconds, [cookie.clone()]);
        let taken = bench.quiet.round(|| {
            let look = |path: &str| {
                let url = server.url(&format!("/console/realms/bench{path}"));
                Load { script: &script, url: &url, clients: 1, seconds, arguments: &arguments }.run()
            };
            pages.iter().map(|(_, path, ..)| look(path)).collect::<Result<Vec<_>, _>>()
        })?;
        for ((.., half, nearly_all), counted) in pages.iter_mut().zip(taken) {
            half.push(counted.p50_us / 1e3);
            nearly_all.push(counted.p99_us / 1e3);
        }
    }
    let mut rows = Vec::new();
    for (name, _, half, nearly_all) in pages {
        rows.push(Row::held(format!("{name}, 99th percentile"), "ms", nearly_all, Limit::Most(MS_MAX)));
        rows.push(Row::stated(format!("{name}, median"), "ms", half));
    }
    Ok(table(&rows))
}

fn unmet(met: &str) -> Failure {
    Failure::Measure { what: "the console's realm", met: met.chars().take(500).collect() }
}

/// The id of a group of a list.
fn group_named(list: &str, name: &str) -> Option<String> {
    let (before, _) = list.split_once(&format!("\"name\":\"{name}\""))?;
    let (_, id) = before.rsplit_once("\"id\":\"")?;
    Some(id.split_once('"')?.0.to_owned())
}

fn started(bench: &Bench<'_>, data: &Path) -> Result<Server, Failure> {
    let manifest = data.join("console.toml");
    fs::write(&manifest, MANIFEST).map_err(cannot)?;
    Server::vestibule(&bench.programs, data, &["--manifest", &manifest.display().to_string()])
}

/// The data directory with the realm and its past, made once and kept.
fn filled(bench: &Bench<'_>) -> Result<PathBuf, Failure> {
    let dir = bench.target.join("bench/console");
    if dir.join("vestibule.db").exists() {
        return Ok(dir);
    }
    let unfinished = people::copied(bench, "console.unfinished")?;
    let server = started(bench, &unfinished)?;
    let ask = |method: &str, path: &str, token: &str, body: &str| {
        let answer = server.ask(method, path, &format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"), body);
        answer.filter(|answer| answer.starts_with("HTTP/1.1 2")).ok_or_else(|| unmet(&format!("{method} {path} is refused")))
    };
    let window = r#"{"ends_at":"2100-01-01T00:00:00Z","statements":[{"effect":"allow","actions":["all"],"resources":["*"]}]}"#;
    ask("PUT", "/v1/realms/bench/support-access/window", OPERATOR_TOKEN, window)?;
    for number in 0..INVITED {
        let whom = format!(r#"{{"email":"agent-{number}@here.com"}}"#);
        let answer = ask("POST", "/v1/realms/bench/support-access/invitations", OPERATOR_TOKEN, &whom)?;
        let id = answer.split_once("\"id\":\"").and_then(|(_, rest)| rest.split_once('"')).ok_or_else(|| unmet(&answer))?.0.to_owned();
        ask("DELETE", &format!("/v1/realms/bench/support-access/invitations/{id}"), OPERATOR_TOKEN, "")?;
    }
    for visit in 0..VISITS {
        ask("POST", "/v1/realms/bench/support-sessions", AGENT_TOKEN, r#"{"reason":"plan P1 bills twice","ticket":"CASE-4711"}"#)?;
        if visit + 2 < VISITS {
            ask("DELETE", "/v1/realms/bench/support-sessions", OPERATOR_TOKEN, "")?;
        }
    }
    let ids = people::ids_of_bulk();
    for turn in 0..EVENTS.div_ceil(people::BULK) {
        steps::say(format_args!("==> events of the console's realm: {} of {EVENTS}", turn * people::BULK));
        let deed = if turn % 2 == 0 { "grant" } else { "revoke" };
        ask("POST", &format!("/api/v2/account/{deed}/alerts_management"), "bench-admin", &ids)?;
    }
    drop(server);
    fs::rename(&unfinished, &dir).map_err(cannot)?;
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_its_name() {
        let list = r#"{"items":[{"id":"g-1","name":"operators"},{"id":"g-2","name":"Everyone"}]}"#;
        assert_eq!(group_named(list, "Everyone").as_deref(), Some("g-2"));
        assert_eq!(group_named(list, "nobody"), None);
    }
}
