//! `bench writes`: durable invitations over HTTP beside their own statements replayed bare.
//!
//! Each request moves the end of an invitation that stands: one unit of work with one event and one
//! mail, in which neither the cap of five nor a rate limit can refuse.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    Bench,
    figures::{Limit, Row, Series, table},
    load::{Counted, Load},
    replay,
    server::{Server, cannot},
};
use crate::{
    postgres::{Cluster, Fsync},
    steps::{self, Failure},
    tools,
};

/// Realms have numbers for names, because pgbench's variables are numbers.
pub const FIRST_REALM: u32 = 1_000;
/// Realms that there are.
const REALMS: u32 = 64;
/// Clients, each with a connection; the last is the number that limits speak of.
const CLIENTS: [u32; 3] = [1, 8, MANY];
const MANY: u32 = 64;

/// How often a second's invitations are recorded until one of them stood alone.
const RECORDINGS_MAX: usize = 5;

/// At 64 clients at least this share of the rate of bare statements, 64 units in each commit.
const OF_GROUPED_MIN: f64 = 0.6;
/// And so many times the rate of bare statements with a commit for each unit.
const OF_EACH_MIN: f64 = 6.0;
/// On PostgreSQL at least this share of the rate of pgbench.
const OF_PGBENCH_MIN: f64 = 0.7;
/// 99 of 100 invitations at 64 clients take at most this long, in milliseconds.
const P99_MS_MAX: f64 = 8.0;

/// A database under measurement.
enum Against {
    Sqlite { copy: PathBuf },
    Postgres { programs: PathBuf, copy: String },
}

/// What was taken of one database with the load spread over so many realms.
#[derive(Default)]
struct Taken {
    realms: u32,
    rates: [Series; CLIENTS.len()],
    p99_ms: Series,
    each: Series,
    grouped: Series,
    pgbench: Series,
}

/// Runs it and gives its table.
///
/// # Errors
/// Something could not be built, started or measured.
pub fn run(bench: &mut Bench<'_>) -> Result<String, Failure> {
    let sqlite = on_sqlite(bench)?;
    let postgres = on_postgres(bench)?;
    let rows: Vec<Row> = sqlite.into_iter().flat_map(sqlite_rows).chain(postgres.into_iter().flat_map(postgres_rows)).collect();
    Ok(table(&rows))
}

fn on_sqlite(bench: &mut Bench<'_>) -> Result<Vec<Taken>, Failure> {
    let data = bench.scratch("writes-sqlite")?;
    let statements = prepare(bench, &data, &[])?;
    let copy = data.join("copy.db");
    for (from, to) in [("vestibule.db", "copy.db"), ("vestibule.db-wal", "copy.db-wal")] {
        fs::copy(data.join(from), data.join(to)).map_err(cannot)?;
    }
    let server = Server::vestibule(&bench.programs, &data, &[])?;
    measure(bench, &server, &statements, &Against::Sqlite { copy })
}

fn on_postgres(bench: &mut Bench<'_>) -> Result<Vec<Taken>, Failure> {
    let programs = tools::postgres()?;
    let cluster = Cluster::start(&programs, bench.target, Fsync::On)?;
    let data = bench.scratch("writes-postgres")?;
    let psql = |sql: &str| {
        let mut psql = Command::new(programs.join("psql"));
        steps::run("psql", psql.args(["--quiet", "--dbname", &cluster.url(), "--command", sql]))
    };
    psql("CREATE DATABASE bench")?;
    let url = cluster.url_of("bench");
    let statements = prepare(bench, &data, &["--database", &url])?;
    psql("CREATE DATABASE copy TEMPLATE bench")?;
    let server = Server::vestibule(&bench.programs, &data, &["--database", &url])?;
    bench.quiet.ours.push(cluster.pid());
    measure(bench, &server, &statements, &Against::Postgres { programs: programs.clone(), copy: cluster.url_of("copy") })
}

/// Makes the realms, each with its invitation, and records the statements of one.
fn prepare(bench: &Bench<'_>, data: &Path, arguments: &[&str]) -> Result<PathBuf, Failure> {
    let realm = |number: u32| {
        format!(
            "[[realms]]\nid = \"{}\"\n[realms.support]\nenabled = true\nstaff_domain = \"here.com\"\n\
             invitations = [{{ email = \"mia.falk@here.com\", expires_at = \"2098-01-01T00:00:00Z\" }}]\n",
            FIRST_REALM + number
        )
    };
    let manifest = data.join("realms.toml");
    fs::write(&manifest, (0..REALMS).map(realm).collect::<String>()).map_err(cannot)?;
    let manifest = manifest.display().to_string();
    let server =
        Server::vestibule(&bench.programs, data, &[arguments, &["--log", "vestibule_store=trace", "--manifest", &manifest]].concat())?;
    // The workers of the server come between nearly all, at times.
    let mut recorded = Err(Failure::Measure { what: "an invitation's statements", met: "nothing was recorded".to_owned() });
    for _ in 0..RECORDINGS_MAX {
        invite(bench, &server, REALMS, 1, 1)?;
        recorded = replay::record(data);
        if recorded.is_ok() {
            break;
        }
    }
    recorded
}

fn invite(bench: &Bench<'_>, server: &Server, realms: u32, clients: u32, seconds: u32) -> Result<Counted, Failure> {
    let arguments = [FIRST_REALM, realms].map(|number| number.to_string());
    // No request of wrk's own goes to an address that is not there: the script makes every one.
    Load { script: &bench.script("writes.lua"), url: &server.url("/"), clients, seconds, arguments: &arguments }.run()
}

fn measure(bench: &mut Bench<'_>, server: &Server, statements: &Path, against: &Against) -> Result<Vec<Taken>, Failure> {
    let mut all = Vec::new();
    for realms in [REALMS, 1] {
        let mut taken = Taken { realms, ..Taken::default() };
        for round in 1..=bench.wish.rounds {
            steps::say(format_args!("==> writes over {realms} realms: round {round} of {}", bench.wish.rounds));
            for (clients, rates) in CLIENTS.iter().zip(&mut taken.rates) {
                let counted = quietly(bench, |bench| invite(bench, server, realms, *clients, bench.wish.seconds))?;
                rates.push(counted.rate);
                if *clients == MANY {
                    taken.p99_ms.push(counted.p99_us / 1e3);
                }
            }
            match against {
                Against::Sqlite { copy } => {
                    taken.each.push(quietly(bench, |bench| replay::sqlite(bench, statements, copy, realms, 1))?);
                    taken.grouped.push(quietly(bench, |bench| replay::sqlite(bench, statements, copy, realms, MANY))?);
                }
                Against::Postgres { programs, copy } => {
                    taken.pgbench.push(quietly(bench, |bench| replay::pgbench(bench, programs, statements, copy, realms, MANY))?);
                }
            }
        }
        all.push(taken);
    }
    Ok(all)
}

/// Takes one measurement while others leave the machine alone.
fn quietly<T>(bench: &mut Bench<'_>, take: impl Fn(&Bench<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
    let mut quiet = std::mem::take(&mut bench.quiet);
    let taken = quiet.round(|| take(bench));
    bench.quiet = quiet;
    taken
}

fn over(realms: u32) -> String {
    format!("over {realms} realm{}", if realms == 1 { "" } else { "s" })
}

fn sqlite_rows(taken: Taken) -> Vec<Row> {
    let (over, [_, _, many]) = (over(taken.realms), &taken.rates);
    let mut rows = vec![
        Row::held(
            format!("SQLite {over}: HTTP over bare statements in groups of 64"),
            "",
            many.over(&taken.grouped),
            Limit::Least(OF_GROUPED_MIN),
        ),
        Row::held(
            format!("SQLite {over}: HTTP over bare statements, a commit each"),
            "",
            many.over(&taken.each),
            Limit::Least(OF_EACH_MIN),
        ),
        Row::held(format!("SQLite {over}: 99th percentile at 64 clients"), "ms", taken.p99_ms.clone(), Limit::Most(P99_MS_MAX)),
        Row::stated(format!("SQLite {over}: groups of 64 over a commit each, both bare"), "", taken.grouped.over(&taken.each)),
    ];
    rows.extend(rates(&format!("SQLite {over}"), &taken));
    rows.push(Row::stated(format!("SQLite {over}: bare, groups of 64"), "/s", taken.grouped));
    rows.push(Row::stated(format!("SQLite {over}: bare, a commit each"), "/s", taken.each));
    rows
}

fn postgres_rows(taken: Taken) -> Vec<Row> {
    let (over, [_, _, many]) = (over(taken.realms), &taken.rates);
    let mut rows = vec![
        Row::held(
            format!("PostgreSQL {over}: HTTP over pgbench, 64 clients each"),
            "",
            many.over(&taken.pgbench),
            Limit::Least(OF_PGBENCH_MIN),
        ),
        Row::held(format!("PostgreSQL {over}: 99th percentile at 64 clients"), "ms", taken.p99_ms.clone(), Limit::Most(P99_MS_MAX)),
    ];
    rows.extend(rates(&format!("PostgreSQL {over}"), &taken));
    rows.push(Row::stated(format!("PostgreSQL {over}: pgbench, 64 clients"), "/s", taken.pgbench));
    rows
}

fn rates(of: &str, taken: &Taken) -> Vec<Row> {
    let rates = CLIENTS.iter().zip(&taken.rates);
    rates
        .map(|(clients, series)| {
            Row::stated(format!("{of}: invitations at {clients} client{}", if *clients == 1 { "" } else { "s" }), "/s", series.clone())
        })
        .collect()
}
