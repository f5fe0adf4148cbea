//! `bench grants`: may one customer act for another, over HTTP, with ten grants on each of many customers; beside a bare
//! route that parses and echoes the same bytes. The rounds ask about one customer after the other, all of whom were asked
//! about before; the very first questions are a row of their own.

use std::{cell::Cell, fs, path::PathBuf};

use super::{
    Bench,
    decide::seeded,
    figures::{Limit, Row, Series, table},
    load::{Counted, Load, until_steady},
    machine::own_bytes,
    server::{Server, cannot},
};
use crate::steps::{self, Failure};

/// Customers of the realms that are asked about; on each there are [`HOLDERS`] grants.
const REALMS: [u64; 3] = [1_000, 100_000, 1_000_000];
const HOLDERS: u64 = 10;
/// Connections while rates are taken.
const CLIENTS: u32 = 64;
/// Connections while latencies are taken.
const FEW_CLIENTS: u32 = 8;
/// Seconds of the run before the rounds, in which every answer is looked at.
const WARM_S: u32 = 5;
/// The largest realm's rate over the smallest's.
const FLAT_MIN: f64 = 0.95;

/// A realm's server, and what was taken of it.
struct Subject {
    customers: u64,
    server: Server,
    /// How many questions it was asked.
    asked: Cell<u64>,
    rate: Series,
    first_rate: Series,
    p50_us: Series,
    bytes_on_disk: f64,
    bytes_in_memory: f64,
}

impl Subject {
    fn start(bench: &Bench<'_>, customers: u64) -> Result<Self, Failure> {
        let dir = filled(bench, customers)?;
        let told = fs::read_to_string(dir.join("grants.txt")).map_err(cannot)?;
        let bytes_on_disk = told.trim().parse().unwrap_or(f64::NAN);
        let server = Server::vestibule(&bench.programs, &dir, &[])?;
        let before = own_bytes(server.pid()).unwrap_or_default();
        let nothing = Series::default;
        let mut subject = Self {
            customers,
            server,
            asked: Cell::default(),
            rate: nothing(),
            first_rate: nothing(),
            p50_us: nothing(),
            bytes_on_disk,
            bytes_in_memory: 0.0,
        };
        while subject.asked.get() < customers {
            let first = subject.ask(bench, &subject.server, CLIENTS, WARM_S, "look")?.rate;
            subject.first_rate.push(first);
        }
        until_steady(|| Ok(subject.ask(bench, &subject.server, CLIENTS, WARM_S, "look")?.rate))?;
        let grown = own_bytes(subject.server.pid()).unwrap_or_default().saturating_sub(before);
        subject.bytes_in_memory = grown as f64 / (customers * HOLDERS) as f64;
        Ok(subject)
    }

    /// Puts this realm's next questions to a server, its own or the echo.
    fn ask(&self, bench: &Bench<'_>, server: &Server, clients: u32, seconds: u32, how: &str) -> Result<Counted, Failure> {
        let arguments = [self.customers.to_string(), how.to_owned(), self.asked.get().to_string()];
        let url = server.url("/access/v1/evaluation");
        let counted = Load { script: &bench.script("grants.lua"), url: &url, clients, seconds, arguments: &arguments }.run()?;
        // What was on its way when a run ended is asked again by the next.
        self.asked.set(self.asked.get() + (counted.requests as u64).saturating_sub(2 * u64::from(clients)).max(1));
        Ok(counted)
    }
}

/// Runs it and gives its table.
///
/// # Errors
/// Something could not be built, started or measured.
pub fn run(bench: &mut Bench<'_>) -> Result<String, Failure> {
    let mut subjects = REALMS.iter().map(|customers| Subject::start(bench, *customers)).collect::<Result<Vec<_>, _>>()?;
    let echo = Server::echo(&bench.programs)?;
    let mut echo_rate = Series::default();
    let seconds = bench.wish.seconds;
    for round in 1..=bench.wish.rounds {
        steps::say(format_args!("==> grants: round {round} of {}", bench.wish.rounds));
        let mut quiet = std::mem::take(&mut bench.quiet);
        let taken = quiet.round(|| {
            let echoed = match subjects.first() {
                Some(any) => any.ask(bench, &echo, CLIENTS, seconds, "count")?.rate,
                None => f64::NAN,
            };
            let asked = |subject: &Subject| {
                let many = subject.ask(bench, &subject.server, CLIENTS, seconds, "count")?;
                let few = subject.ask(bench, &subject.server, FEW_CLIENTS, seconds, "count")?;
                Ok((many.rate, few.p50_us))
            };
            Ok((echoed, subjects.iter().map(asked).collect::<Result<Vec<_>, Failure>>()?))
        });
        bench.quiet = quiet;
        let (echoed, asked) = taken?;
        echo_rate.push(echoed);
        for (subject, (rate, p50_us)) in subjects.iter_mut().zip(asked) {
            subject.rate.push(rate);
            subject.p50_us.push(p50_us);
        }
    }
    Ok(table(&rows(&subjects, echo_rate)))
}

fn rows(subjects: &[Subject], echo_rate: Series) -> Vec<Row> {
    let one = |figure: f64| {
        let mut series = Series::default();
        series.push(figure);
        series
    };
    let mut rows = Vec::new();
    if let (Some(smallest), Some(largest)) = (subjects.first(), subjects.last()) {
        let what = format!("rate with {} grants over rate with {}", largest.customers * HOLDERS, smallest.customers * HOLDERS);
        rows.push(Row::held(what, "", largest.rate.over(&smallest.rate), Limit::Least(FLAT_MIN)));
        let what = |where_: &str| format!("a grant {where_}, of {}", largest.customers * HOLDERS);
        rows.push(Row::stated(what("on disk, with its index"), "bytes", one(largest.bytes_on_disk)));
        rows.push(Row::stated(what("in memory, once its customers were asked about"), "bytes", one(largest.bytes_in_memory)));
        rows.push(Row::stated(
            format!("first checks of customers, {} grants", largest.customers * HOLDERS),
            "/s",
            largest.first_rate.clone(),
        ));
    }
    for subject in subjects {
        let grants = subject.customers * HOLDERS;
        rows.push(Row::stated(format!("checks over the echo, {grants} grants"), "", subject.rate.over(&echo_rate)));
        rows.push(Row::stated(format!("checks at {CLIENTS} connections, {grants} grants"), "/s", subject.rate.clone()));
        rows.push(Row::stated(format!("median check at {FEW_CLIENTS} connections, {grants} grants"), "µs", subject.p50_us.clone()));
    }
    rows.push(Row::stated(format!("echo at {CLIENTS} connections"), "/s", echo_rate));
    rows
}

/// The data directory with a realm of so many customers, made once and kept: a realm with one account, who asks.
fn filled(bench: &Bench<'_>, customers: u64) -> Result<PathBuf, Failure> {
    let dir = bench.target.join("bench").join(format!("customers-{customers}"));
    if !dir.join("grants.txt").exists() {
        let unfinished = dir.with_extension("unfinished");
        for old in [&dir, &unfinished] {
            if old.exists() {
                fs::remove_dir_all(old).map_err(cannot)?;
            }
        }
        let base = seeded(&bench.programs, bench.target, 1)?;
        let mut cp = std::process::Command::new("cp");
        steps::run("copy a realm of one account", cp.arg("-a").arg(base).arg(&unfinished))?;
        steps::say(format_args!("==> make {customers} customers and {} grants", customers * HOLDERS));
        let output = bench.programs.example("grants").arg(unfinished.join("vestibule.db")).arg(customers.to_string()).output();
        let output = output.map_err(cannot)?;
        if !output.status.success() {
            let met = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Failure::Measure { what: "the making of grants", met });
        }
        fs::write(unfinished.join("grants.txt"), output.stdout).map_err(cannot)?;
        fs::rename(&unfinished, &dir).map_err(cannot)?;
    }
    Ok(dir)
}
