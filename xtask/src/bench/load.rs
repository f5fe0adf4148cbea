//! Load: wrk on the core beside the server's, and what it counted.

use std::{path::Path, process::Command};

use super::{machine::LOAD_CORE, server::cannot};
use crate::steps::Failure;

/// What one run of wrk counted.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// Requests that were answered.
    pub requests: f64,
    /// Answers a second.
    pub rate: f64,
    /// Half of the answers took at most this long, in microseconds.
    pub p50_us: f64,
    /// 99 of 100 answers took at most this long, in microseconds.
    pub p99_us: f64,
}

/// A server is warm when a run is as fast as the one before it, within this share.
const STEADY: f64 = 0.05;
/// Most runs that are made to warm one.
const WARM_RUNS_MAX: u32 = 12;

/// Runs what gives a rate until the rate stands: what is asked for the first time is read from the database.
///
/// # Errors
/// A run's own.
pub fn until_steady(mut run: impl FnMut() -> Result<f64, Failure>) -> Result<(), Failure> {
    let mut before = 0.0;
    for _ in 0..WARM_RUNS_MAX {
        let rate = run()?;
        if (rate - before).abs() < STEADY * rate {
            break;
        }
        before = rate;
    }
    Ok(())
}

/// A run of wrk.
pub struct Load<'a> {
    /// Its Lua script: makes requests, and prints what [`parse`] reads.
    pub script: &'a Path,
    /// Where to.
    pub url: &'a str,
    /// Connections, each of which waits for its answer before it asks again.
    pub clients: u32,
    /// For how long.
    pub seconds: u32,
    /// The script's own arguments.
    pub arguments: &'a [String],
}

impl Load<'_> {
    /// Runs it to its end.
    ///
    /// # Errors
    /// wrk failed, or an answer was an error.
    pub fn run(&self) -> Result<Counted, Failure> {
        let mut wrk = Command::new("taskset");
        wrk.args([
            "-c",
            LOAD_CORE,
            "wrk",
            "-t",
            "1",
            "-c",
            &self.clients.to_string(),
            "-d",
            &format!("{}s", self.seconds),
            "--timeout",
            "10s",
            "-s",
        ]);
        wrk.arg(self.script).arg(self.url).arg("--").args(self.arguments);
        let output = wrk.output().map_err(cannot)?;
        let said = String::from_utf8_lossy(&output.stdout);
        parse(&said).ok_or_else(|| Failure::Measure {
            what: "with wrk",
            met: format!("{}{}", said.trim(), String::from_utf8_lossy(&output.stderr).trim()),
        })
    }
}

/// Reads the script's last line: `counted REQUESTS MICROSECONDS P50 P99 ERRORS`, of which none may be an error.
fn parse(said: &str) -> Option<Counted> {
    let line = said.lines().find_map(|line| line.strip_prefix("counted "))?;
    let numbers: Vec<f64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    match numbers.as_slice() {
        [requests, micros, p50_us, p99_us, errors] if *errors == 0.0 && *requests > 0.0 => {
            Some(Counted { requests: *requests, rate: requests / micros * 1e6, p50_us: *p50_us, p99_us: *p99_us })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_with_errors_counts_for_nothing() {
        let counted = parse("Running\ncounted 1000 2000000 90 400 0\n").unwrap();
        assert!((counted.rate - 500.0).abs() < 1e-9 && (counted.p99_us - 400.0).abs() < 1e-9);
        assert!(parse("counted 1000 2000000 90 400 1\n").is_none());
        assert!(parse("counted 0 2000000 0 0 0\n").is_none());
        assert!(parse("unable to connect").is_none());
    }
}
