//! Part of `bench versus`: one decision in process beside Cedar's and Casbin's, and over HTTP beside Cerbos's.

use std::{fs, path::PathBuf, process::Command};

use super::{
    Bench,
    figures::{Limit, Row, Series},
    load::{Counted, Load},
    machine::SERVER_CORE,
    server::{Server, cannot},
};
use crate::{
    steps::{self, Failure},
    tools,
};

/// The engines, ours first, and the sizes of the worlds that they are asked about.
const ENGINES: [&str; 3] = ["vestibule", "cedar", "casbin"];
const SIZES: [usize; 3] = [1, 100, 10_000];
/// Ours takes at most this long, in microseconds, for each size that has a limit.
const OURS_US_MAX: [(usize, f64); 2] = [(1, 1.0), (10_000, 2.0)];

/// Decisions in process, taken round by round.
pub struct InProcess {
    program: PathBuf,
    /// By engine and size, in microseconds.
    taken: Vec<(&'static str, usize, Series)>,
}

impl InProcess {
    /// Builds the program, with Cedar and Casbin: minutes, the first time.
    ///
    /// # Errors
    /// It does not build.
    pub fn build(bench: &Bench<'_>) -> Result<Self, Failure> {
        let mut cargo = tools::cargo(bench.root);
        cargo.args(["build", "--release", "--locked", "--quiet", "-p", "vestibule-oracle"]);
        steps::run("build versus", cargo.args(["--features", "versus", "--bench", "versus"]))?;
        let taken = ENGINES.iter().flat_map(|engine| SIZES.map(|size| (*engine, size, Series::default()))).collect();
        Ok(Self { program: newest(&bench.target.join("release/deps"), "versus-")?, taken })
    }

    /// Takes one round: what the program printed.
    ///
    /// # Errors
    /// It failed.
    pub fn take(&self) -> Result<String, Failure> {
        let output = Command::new("taskset").args(["-c", SERVER_CORE]).arg(&self.program).output().map_err(cannot)?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(Failure::Measure { what: "in process", met: String::from_utf8_lossy(&output.stderr).into_owned() }),
        }
    }

    /// Keeps a round.
    pub fn keep(&mut self, said: &str) {
        for (engine, size, nanoseconds) in said.lines().filter_map(parse) {
            if let Some((.., series)) = self.taken.iter_mut().find(|(known, of, _)| *known == engine && *of == size) {
                series.push(nanoseconds / 1e3);
            }
        }
    }

    /// Its rows: ours with their limits, the others beside them.
    pub fn rows(self) -> Vec<Row> {
        let row = |(engine, size, series): (&str, usize, Series)| {
            let what = format!("one decision in process, {size} statements: {engine}");
            match OURS_US_MAX.iter().find(|(limited, _)| engine == "vestibule" && *limited == size) {
                Some((_, most)) => Row::held(what, "µs", series, Limit::Most(*most)),
                None => Row::stated(what, "µs", series),
            }
        };
        self.taken.into_iter().map(row).collect()
    }
}

/// Reads `versus ENGINE STATEMENTS NANOSECONDS`.
fn parse(line: &str) -> Option<(&str, usize, f64)> {
    let mut words = line.strip_prefix("versus ")?.split(' ');
    Some((words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// The newest program in a directory whose name begins so.
fn newest(dir: &std::path::Path, name: &str) -> Result<PathBuf, Failure> {
    let programs = fs::read_dir(dir).map_err(cannot)?.flatten().filter(|file| {
        let own = file.file_name().to_string_lossy().into_owned();
        own.starts_with(name) && !own.contains('.')
    });
    let newest = programs.max_by_key(|file| file.metadata().and_then(|about| about.modified()).ok());
    newest.map(|file| file.path()).ok_or(Failure::Measure { what: "in process", met: format!("there is no `{name}*`") })
}

/// The rule of the bench's realm, as Cerbos is told it: whoever is a user may read records.
const CERBOS_POLICY: &str = "apiVersion: api.cerbos.dev/v1\nresourcePolicy:\n  version: default\n  resource: record\n  rules:\n    \
    - actions: [read]\n      effect: EFFECT_ALLOW\n      roles: [user]\n";

/// A Cerbos server with that rule.
///
/// # Errors
/// It cannot be had or does not start.
pub fn cerbos(bench: &Bench<'_>) -> Result<Server, Failure> {
    let program = tools::cerbos(&bench.target.join("cerbos"))?;
    let dir = bench.scratch("cerbos")?;
    fs::create_dir_all(dir.join("policies")).map_err(cannot)?;
    fs::write(dir.join("policies/record.yaml"), CERBOS_POLICY).map_err(cannot)?;
    Server::cerbos(&program, &dir)
}

/// Puts the bench's question to Cerbos.
///
/// # Errors
/// It could not be measured, or an answer was not the allow that it must be.
pub fn ask_cerbos(bench: &Bench<'_>, server: &Server, clients: u32) -> Result<Counted, Failure> {
    let url = server.url("/api/check/resources");
    Load { script: &bench.script("cerbos.lua"), url: &url, clients, seconds: bench.wish.seconds, arguments: &["1000".to_owned()] }.run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_program_is_read() {
        assert_eq!(parse("versus cedar 10000 13000000.5"), Some(("cedar", 10_000, 13_000_000.5)));
        assert_eq!(parse("warming up"), None);
    }
}
