//! `bench decide`: a decision over HTTP beside a bare route that parses and echoes the same bytes; and
//! `bench versus`: batches, and what other engines take.

use std::{fs, path::Path};

use super::{
    Bench,
    figures::{Limit, Row, Series, table},
    load::{Counted, Load, until_steady},
    machine::own_bytes,
    server::{Programs, Server, cannot},
    versus::{self, InProcess},
};
use crate::steps::{self, Failure};

/// Accounts of the realms that are asked.
const REALMS: [u64; 3] = [1_000, 100_000, 1_000_000];
/// Most accounts that ask: all of a smaller realm, spread evenly over a larger one.
const ASKING_MAX: u64 = 100_000;
/// Connections while rates are taken.
const CLIENTS: u32 = 64;
/// Connections while latencies are taken.
const FEW_CLIENTS: u32 = 8;
/// Seconds of each run that fills the server's memory.
const WARM_S: u32 = 5;

/// At least this share of the echo's rate.
const OF_ECHO_MIN: f64 = 0.9;
/// The largest realm's rate over the smallest's.
const FLAT_MIN: f64 = 0.95;
/// A batch of 20 takes at most the time of so many single questions.
const BATCH_IN_SINGLES_MAX: f64 = 3.0;
/// At least so many times the rate of Cerbos.
const OF_CERBOS_MIN: f64 = 35.0;
/// Half of the decisions at 8 connections take at most this long, in microseconds.
const P50_US_MAX: f64 = 100.0;

/// A realm's server, and what was taken of it.
struct Subject {
    accounts: u64,
    asking: u64,
    server: Server,
    rate: Series,
    p50_us: Series,
    bytes_per_account: f64,
}

impl Subject {
    fn start(bench: &Bench<'_>, accounts: u64) -> Result<Self, Failure> {
        let server = Server::vestibule(&bench.programs, &seeded(&bench.programs, bench.target, accounts)?, &[])?;
        let asking = accounts.min(ASKING_MAX);
        let mut subject = Self { accounts, asking, server, rate: Series::default(), p50_us: Series::default(), bytes_per_account: 0.0 };
        let before = own_bytes(subject.server.pid()).unwrap_or_default();
        let mut asked = 0.0;
        while asked < asking as f64 {
            let more = subject.ask(bench, &subject.server, CLIENTS, WARM_S, asked as u64)?.requests;
            // What was on its way when a run ended is asked again by the next, or it would be cold in the rounds.
            asked += (more - f64::from(2 * CLIENTS)).max(1.0);
        }
        until_steady(|| Ok(subject.ask(bench, &subject.server, CLIENTS, WARM_S, 0)?.rate))?;
        let after = own_bytes(subject.server.pid()).unwrap_or_default();
        subject.bytes_per_account = after.saturating_sub(before) as f64 / asking as f64;
        Ok(subject)
    }

    /// Puts this realm's questions to a server, its own or the echo.
    fn ask(&self, bench: &Bench<'_>, server: &Server, clients: u32, seconds: u32, begin: u64) -> Result<Counted, Failure> {
        self.load(bench, "decide.lua", &server.url("/access/v1/evaluation"), clients, seconds, begin)
    }

    /// Twenty of them in each request.
    fn ask_many(&self, bench: &Bench<'_>, url: &str) -> Result<Counted, Failure> {
        self.load(bench, "batch.lua", url, CLIENTS, bench.wish.seconds, 0)
    }

    fn load(&self, bench: &Bench<'_>, script: &str, url: &str, clients: u32, seconds: u32, begin: u64) -> Result<Counted, Failure> {
        let arguments = [self.asking, self.accounts / self.asking, begin].map(|number| number.to_string());
        Load { script: &bench.script(script), url, clients, seconds, arguments: &arguments }.run()
    }
}

/// Runs it and gives its table.
///
/// # Errors
/// Something could not be built, started or measured.
pub fn run(bench: &mut Bench<'_>) -> Result<String, Failure> {
    let mut subjects = REALMS.iter().map(|accounts| Subject::start(bench, *accounts)).collect::<Result<Vec<_>, _>>()?;
    let echo = Server::echo(&bench.programs)?;
    let (mut echo_rate, mut echo_p50_us) = (Series::default(), Series::default());
    let seconds = bench.wish.seconds;
    for round in 1..=bench.wish.rounds {
        steps::say(format_args!("==> decide: round {round} of {}", bench.wish.rounds));
        // Everything of a round is one try: a disturbance takes its neighbours with it, and ratios stay whole.
        let mut quiet = std::mem::take(&mut bench.quiet);
        let taken = quiet.round(|| {
            let mut taken = Vec::new();
            for clients in [CLIENTS, FEW_CLIENTS] {
                let Some(any) = subjects.first() else { continue };
                taken.push(any.ask(bench, &echo, clients, seconds, 0)?);
                for subject in &subjects {
                    taken.push(subject.ask(bench, &subject.server, clients, seconds, 0)?);
                }
            }
            Ok(taken)
        });
        bench.quiet = quiet;
        let taken = taken?;
        let (many, few) = taken.split_at(subjects.len() + 1);
        if let ([many, rates @ ..], [few, latencies @ ..]) = (many, few) {
            echo_rate.push(many.rate);
            echo_p50_us.push(few.p50_us);
            for (subject, (many, few)) in subjects.iter_mut().zip(rates.iter().zip(latencies)) {
                subject.rate.push(many.rate);
                subject.p50_us.push(few.p50_us);
            }
        }
    }
    Ok(table(&rows(&subjects, echo_rate, echo_p50_us)))
}

/// `bench versus`: batches, and engines that others wrote, each round of them beside the single question's.
///
/// # Errors
/// Something could not be built, started or measured.
pub fn beside_others(bench: &mut Bench<'_>) -> Result<String, Failure> {
    let [smallest, ..] = REALMS;
    let (mut in_process, cerbos) = (InProcess::build(bench)?, versus::cerbos(bench)?);
    let (subject, echo) = (Subject::start(bench, smallest)?, Server::echo(&bench.programs)?);
    let [mut single, mut batch, mut echoed, mut of_cerbos] = [const { Series::new() }; 4];
    for round in 1..=bench.wish.rounds {
        steps::say(format_args!("==> decide beside others: round {round} of {}", bench.wish.rounds));
        let mut quiet = std::mem::take(&mut bench.quiet);
        let taken = quiet.round(|| {
            let one = subject.ask(bench, &subject.server, CLIENTS, bench.wish.seconds, 0)?;
            let many = subject.ask_many(bench, &subject.server.url("/access/v1/evaluations"))?;
            let echoed = subject.ask_many(bench, &echo.url("/access/v1/evaluation"))?;
            let theirs = versus::ask_cerbos(bench, &cerbos, CLIENTS)?;
            Ok(([one.rate, many.rate, echoed.rate, theirs.rate], in_process.take()?))
        });
        bench.quiet = quiet;
        let ([one, many, echo, theirs], said) = taken?;
        single.push(one);
        batch.push(many);
        echoed.push(echo);
        of_cerbos.push(theirs);
        in_process.keep(&said);
    }
    let mut rows = vec![
        Row::held("time of a batch of 20 over the time of a single question", "", single.over(&batch), Limit::Most(BATCH_IN_SINGLES_MAX)),
        Row::held("single questions over Cerbos, same rule", "", single.over(&of_cerbos), Limit::Least(OF_CERBOS_MIN)),
        Row::stated("batches of 20 over the echo of the same bytes", "", batch.over(&echoed)),
        Row::stated(format!("batches of 20 at {CLIENTS} connections"), "/s", batch),
        Row::stated(format!("Cerbos at {CLIENTS} connections"), "/s", of_cerbos),
    ];
    rows.extend(in_process.rows());
    Ok(table(&rows))
}

fn rows(subjects: &[Subject], echo_rate: Series, echo_p50_us: Series) -> Vec<Row> {
    let mut rows = Vec::new();
    for subject in subjects {
        let over_echo = subject.rate.over(&echo_rate);
        rows.push(Row::held(
            format!("decisions over the echo, {} accounts of which {} ask", subject.accounts, subject.asking),
            "",
            over_echo,
            Limit::Least(OF_ECHO_MIN),
        ));
    }
    if let (Some(smallest), Some(largest)) = (subjects.first(), subjects.last()) {
        let what = format!("rate with {} accounts over rate with {}", largest.accounts, smallest.accounts);
        rows.push(Row::held(what, "", largest.rate.over(&smallest.rate), Limit::Least(FLAT_MIN)));
    }
    for subject in subjects {
        let what = format!("median decision at {FEW_CLIENTS} connections, {} accounts", subject.accounts);
        rows.push(Row::held(what, "µs", subject.p50_us.clone(), Limit::Most(P50_US_MAX)));
    }
    rows.push(Row::stated(format!("median echo at {FEW_CLIENTS} connections"), "µs", echo_p50_us));
    rows.push(Row::stated(format!("echo at {CLIENTS} connections"), "/s", echo_rate));
    for subject in subjects {
        rows.push(Row::stated(format!("decisions at {CLIENTS} connections, {} accounts", subject.accounts), "/s", subject.rate.clone()));
    }
    for subject in subjects {
        let mut memory = Series::default();
        memory.push(subject.bytes_per_account);
        rows.push(Row::stated(format!("memory for an account that asked, of {}", subject.accounts), "bytes", memory));
    }
    rows
}

/// The echo, asked what a realm of the smallest size is.
///
/// # Errors
/// It could not be measured.
pub fn echoed(bench: &Bench<'_>, echo: &Server, clients: u32, seconds: u32) -> Result<Counted, Failure> {
    let [smallest, ..] = REALMS;
    let arguments = [smallest, 1, 0].map(|number| number.to_string());
    let url = echo.url("/access/v1/evaluation");
    Load { script: &bench.script("decide.lua"), url: &url, clients, seconds, arguments: &arguments }.run()
}

/// The data directory with a realm of so many accounts, made once and kept.
pub fn seeded(programs: &Programs, target: &Path, accounts: u64) -> Result<std::path::PathBuf, Failure> {
    let dir = target.join("bench").join(format!("accounts-{accounts}"));
    if !dir.join("vestibule.db").exists() {
        // Under another name until it is whole.
        let unfinished = dir.with_extension("unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(cannot)?;
        }
        let mut seed = programs.example("seed");
        steps::run(&format!("make a realm of {accounts} accounts"), seed.arg(&unfinished).arg(accounts.to_string()))?;
        fs::rename(&unfinished, &dir).map_err(cannot)?;
    }
    Ok(dir)
}
