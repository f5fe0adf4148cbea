//! `bench people`: what an administrator of a large realm waits for. A page of a search at any offset, a page of the
//! native list at any depth, and one call that changes ten thousand accounts.

use std::{fs, path::PathBuf, process::Command};

use super::{
    Bench,
    decide::seeded,
    figures::{Limit, Row, Series, table},
    load::{Counted, Load},
    server::{Server, cannot},
};
use crate::steps::{self, Failure};

/// Accounts of the realm.
const ACCOUNTS: u64 = 100_000;
/// Accounts that one call names.
pub const BULK: u64 = 10_000;
/// Who asks, and may.
const MANIFEST: &str = "[[realms]]\nid = \"bench\"\n[[realms.accounts]]\nid = \"admin@bench.example\"\nkind = \"user\"\n\
    permissions = [\"wavefront:user_management\"]\ncredentials = [{ type = \"token\", secret = \"bench-admin\" }]\n";
const ADMIN_TOKEN: &str = "bench-admin";

/// Searches: what each is called, and its body.
const SEARCHES: [(&str, &str); 4] = [
    ("first page", r#"{"limit":100,"offset":0}"#),
    ("page at offset 10,000", r#"{"limit":100,"offset":10000}"#),
    (
        "page at offset 5,000 of those with a 7 in them",
        r#"{"limit":100,"offset":5000,"query":[{"key":"identifier","value":"7","matchingMethod":"CONTAINS"}]}"#,
    ),
    (
        "one by its id",
        r#"{"limit":100,"offset":0,"query":[{"key":"identifier","value":"user-0077777@bench.example","matchingMethod":"EXACT"}]}"#,
    ),
];
/// A page of a search takes at most this long, in milliseconds.
const SEARCH_MS_MAX: f64 = 50.0;
/// A call that names [`BULK`] accounts takes at most this long, in milliseconds.
const BULK_MS_MAX: f64 = 2_000.0;
/// The last page's median time over the first page's.
const DEPTH_MAX: f64 = 1.25;
/// Accounts on a page of the native list.
const PAGE: u64 = 100;

/// Runs it and gives its table.
///
/// # Errors
/// Something could not be built, started or measured.
pub fn run(bench: &mut Bench<'_>) -> Result<String, Failure> {
    let data = copied(bench, "people")?;
    let (manifest, ids) = (data.join("people.toml"), data.join("ids.json"));
    fs::write(&manifest, MANIFEST).map_err(cannot)?;
    fs::write(&ids, ids_of_bulk()).map_err(cannot)?;
    let server = Server::vestibule(&bench.programs, &data, &["--manifest", &manifest.display().to_string()])?;
    let mut searches = SEARCHES.map(|(name, body)| (name, body.to_owned(), Series::default()));
    let mut pages = [("first page", first()), ("last page", last(&server)?)].map(|(name, path)| (name, path, Series::default()));
    let mut bulk = Series::default();
    for round in 1..=bench.wish.rounds {
        steps::say(format_args!("==> people: round {round} of {}", bench.wish.rounds));
        let (get, post, seconds) = (bench.script("get.lua"), bench.script("people.lua"), bench.wish.seconds);
        let ask = |path: &str, body: &str, more: Option<&str>| {
            let arguments: Vec<String> = [ADMIN_TOKEN, body].into_iter().chain(more).map(ToOwned::to_owned).collect();
            Load { script: &post, url: &server.url(path), clients: 1, seconds, arguments: &arguments }.run()
        };
        let list = |path: &str| Load { script: &get, url: &server.url(path), clients: 1, seconds, arguments: &[] }.run();
        let taken = bench.quiet.round(|| {
            let searched: Vec<Counted> =
                searches.iter().map(|(_, body, _)| ask("/api/v2/search/account", body, None)).collect::<Result<_, _>>()?;
            let listed: Vec<Counted> = pages.iter().map(|(_, path, _)| list(path)).collect::<Result<_, _>>()?;
            let permission = "alerts_management";
            let changed = ask(
                &format!("/api/v2/account/grant/{permission}"),
                &ids.display().to_string(),
                Some(&format!("/api/v2/account/revoke/{permission}")),
            )?;
            Ok((searched, listed, changed))
        });
        let (searched, listed, changed) = taken?;
        searches.iter_mut().zip(searched).for_each(|((.., series), counted)| series.push(counted.p99_us / 1e3));
        pages.iter_mut().zip(listed).for_each(|((.., series), counted)| series.push(counted.p50_us));
        bulk.push(changed.p99_us / 1e3);
    }
    let mut rows: Vec<Row> = searches
        .into_iter()
        .map(|(name, _, series)| {
            Row::held(format!("search of {ACCOUNTS} accounts, 99th percentile: {name}"), "ms", series, Limit::Most(SEARCH_MS_MAX))
        })
        .collect();
    let [(.., first), (.., last)] = &pages;
    rows.push(Row::held(format!("native list: last page of {PAGE} over the first"), "", last.over(first), Limit::Most(DEPTH_MAX)));
    rows.extend(pages.into_iter().map(|(name, _, series)| Row::stated(format!("native list: {name} of {PAGE} accounts"), "µs", series)));
    rows.push(Row::held(
        format!("a permission given to or taken from {BULK} accounts, 99th percentile"),
        "ms",
        bulk,
        Limit::Most(BULK_MS_MAX),
    ));
    Ok(table(&rows))
}

/// The accounts that one call names, as a list in JSON.
pub fn ids_of_bulk() -> String {
    let named: Vec<String> = (1..=BULK).map(|number| format!("\"user-{number:07}@bench.example\"")).collect();
    format!("[{}]", named.join(","))
}

/// A copy of the seeded realm by a name of its own, for a bench that changes it.
pub fn copied(bench: &Bench<'_>, name: &str) -> Result<PathBuf, Failure> {
    let seeded = seeded(&bench.programs, bench.target, ACCOUNTS)?;
    let copy = bench.scratch(name)?;
    let mut cp = Command::new("cp");
    steps::run("copy the realm", cp.arg("-a").arg(seeded.join(".")).arg(&copy))?;
    Ok(copy)
}

fn first() -> String {
    format!("/v1/realms/bench/accounts?limit={PAGE}")
}

/// The address of the last whole page, found by going there page by page.
fn last(server: &Server) -> Result<String, Failure> {
    let (mut path, mut seen) = (first(), 0);
    loop {
        let answer = server.get(&path).unwrap_or_default();
        let next = answer.rsplit_once("\"next\":\"").and_then(|(_, rest)| rest.split_once('"')).map(|(next, _)| next.to_owned());
        seen += PAGE;
        match next {
            Some(next) if seen + PAGE < ACCOUNTS => path = format!("{}&after={next}", first()),
            Some(_) => return Ok(path),
            None => return Err(Failure::Measure { what: "the native list", met: format!("it ends after {seen} accounts") }),
        }
    }
}
