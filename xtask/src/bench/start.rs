//! `bench start`: how soon a server with a large database is ready, and what it holds when idle;
//! and whether a page of sessions costs the same at any depth.

use std::{fs, path::PathBuf, thread, time::Duration};

use super::{
    Bench,
    figures::{Limit, Row, Series, table},
    load::Load,
    machine::resident_bytes,
    server::{Server, cannot},
};
use crate::steps::{self, Failure};

/// Invitations, sessions, and events of each kind that the database holds.
const ROWS: u64 = 1_000_000;
/// How long a server is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(3);

/// From its start to its first `/readyz` that is 200, in seconds.
const READY_S_MAX: f64 = 1.0;
/// Idle memory, in MiB.
const IDLE_MIB_MAX: f64 = 64.0;
/// The last page's median time over the first page's.
const DEPTH_MAX: f64 = 1.25;

/// Runs it and gives its table.
///
/// # Errors
/// Something could not be built, started or measured.
pub fn run(bench: &mut Bench<'_>) -> Result<String, Failure> {
    let data = filled(bench)?;
    let (mut ready_s, mut idle_mib) = (Series::default(), Series::default());
    for round in 1..=bench.wish.rounds {
        steps::say(format_args!("==> start: round {round} of {}", bench.wish.rounds));
        let (ready, idle) = bench.quiet.round(|| {
            let server = Server::vestibule(&bench.programs, &data, &[])?;
            thread::sleep(IDLE);
            Ok((server.started_in.as_secs_f64(), resident_bytes(server.pid()).unwrap_or_default() as f64 / f64::from(1 << 20)))
        })?;
        ready_s.push(ready);
        idle_mib.push(idle);
    }

    let server = Server::vestibule(&bench.programs, &data, &[])?;
    let mut pages =
        [("first page", ROWS), ("page in the middle", ROWS / 2), ("last page", 51)].map(|(name, after)| (name, after, Series::default()));
    for round in 1..=bench.wish.rounds {
        steps::say(format_args!("==> pages: round {round} of {}", bench.wish.rounds));
        let (script, seconds) = (bench.script("get.lua"), bench.wish.seconds);
        let taken = bench.quiet.round(|| {
            let page = |after: u64| {
                let url = server.url(&format!("/v1/realms/bench/support-sessions?limit=50&after={}", session(after)));
                Load { script: &script, url: &url, clients: 1, seconds, arguments: &[] }.run()
            };
            pages.iter().map(|(_, after, _)| page(*after)).collect::<Result<Vec<_>, _>>()
        })?;
        for ((_, _, series), counted) in pages.iter_mut().zip(taken) {
            series.push(counted.p50_us);
        }
    }
    let mut rows = vec![
        Row::held(format!("from start to ready, {ROWS} invitations, sessions and their events"), "s", ready_s, Limit::Most(READY_S_MAX)),
        Row::held("idle memory", "MiB", idle_mib, Limit::Most(IDLE_MIB_MAX)),
    ];
    let [(_, _, first), _, (_, _, last)] = &pages;
    rows.push(Row::held("last page of 50 sessions over the first", "", last.over(first), Limit::Most(DEPTH_MAX)));
    rows.extend(pages.into_iter().map(|(name, _, series)| Row::stated(format!("{name} of 50 sessions"), "µs", series)));
    Ok(table(&rows))
}

/// The id that `fill` gave to a session, counted from the oldest.
fn session(number: u64) -> String {
    format!("00000000-0000-7000-8000-{number:012x}")
}

/// The data directory with a large database, made once and kept.
fn filled(bench: &Bench<'_>) -> Result<PathBuf, Failure> {
    let dir = bench.target.join("bench/large");
    if !dir.join("vestibule.db").exists() {
        let unfinished = bench.scratch("large.unfinished")?;
        let manifest = unfinished.join("realm.toml");
        fs::write(&manifest, "[[realms]]\nid = \"bench\"\n[realms.support]\nenabled = true\n").map_err(cannot)?;
        let manifest = manifest.display().to_string();
        drop(Server::vestibule(&bench.programs, &unfinished, &["--manifest", &manifest])?);
        let mut fill = bench.programs.example("fill");
        steps::run(
            &format!("fill a database with {ROWS} invitations and sessions"),
            fill.arg(unfinished.join("vestibule.db")).arg(ROWS.to_string()),
        )?;
        fs::rename(&unfinished, &dir).map_err(cannot)?;
    }
    Ok(dir)
}
