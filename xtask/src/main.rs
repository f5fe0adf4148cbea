//! The project's chores: `cargo xtask VERB`. Standard library only, so that it builds in a second.
//!
//! Here are the verbs and what they do in which order; [`steps`] runs commands, [`tools`]
//! finds or installs what they need, [`postgres`] keeps a database, [`bench`] measures.

mod bench;
mod postgres;
mod screenshots;
mod steps;
mod tools;

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use postgres::{Cluster, Fsync};
use steps::Failure;

const HELP: &str = "\
The chores of Vestibule

Usage: cargo xtask VERB

Verbs:
  test [-- ARGUMENTS]  check formatting and lints, then run every test on SQLite and
                       PostgreSQL; ARGUMENTS go to `cargo nextest run`. What is missing
                       (PostgreSQL, cargo-nextest, Python clients) is installed first
  bench [NAME]         measure `decide`, `versus`, `writes`, `start`, `people`, `links`, `grants` or
                       `console` (all when none is named) and write docs/performance.md; --rounds N (5)
                       and --seconds N (4) make it shorter or longer. wrk and PostgreSQL are installed when they are missing
  screenshots          look at the console of the demo with Chromium and write the README's
                       pictures to docs/screenshots
  deny                 check licences, advisories, bans and sources with `cargo deny`

Examples:
  cargo xtask test
  cargo xtask test -- -p vestibule-store
  cargo xtask test -- an_untouched_log_verifies
  cargo xtask bench decide --rounds 3 --seconds 2
  cargo xtask deny

Exit codes: 0 done, 1 failed, 2 usage; `test` ends with nextest's own code when a test failed.
";

/// What the reader asked for.
#[derive(Debug, PartialEq, Eq)]
enum Verb {
    Help,
    Test { nextest_arguments: Vec<String> },
    Bench(bench::Wish),
    Screenshots,
    Deny,
}

fn main() -> ExitCode {
    let verb = match parse(env::args().skip(1)) {
        Ok(verb) => verb,
        Err(usage) => {
            steps::say(format_args!("error: {usage}\nhint: `cargo xtask --help` lists the verbs"));
            return ExitCode::from(2);
        }
    };
    let done = match verb {
        Verb::Help => return io::stdout().write_all(HELP.as_bytes()).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS),
        Verb::Test { nextest_arguments } => test(&nextest_arguments),
        Verb::Bench(wish) => bench::run(&wish, &root(), &target()).map(|()| 0),
        Verb::Screenshots => screenshots::take(&root(), &target(), cargo).map(|()| 0),
        Verb::Deny => tools::deny().and_then(|()| steps::exit_code(cargo().args(["deny", "check"]))),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            steps::say(format_args!("error: {failure}"));
            if let Some(hint) = failure.hint() {
                steps::say(format_args!("hint: {hint}"));
            }
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<Verb, String> {
    let arguments: Vec<String> = arguments.collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["help" | "-h" | "--help"] | [_, "-h" | "--help"] => Ok(Verb::Help),
        ["test"] => Ok(Verb::Test { nextest_arguments: Vec::new() }),
        ["test", "--", rest @ ..] => Ok(Verb::Test { nextest_arguments: rest.iter().map(|argument| (*argument).to_owned()).collect() }),
        ["test", unexpected, ..] => Err(format!("`{unexpected}` is not known here; arguments for nextest come after `--`")),
        ["bench", rest @ ..] => bench::Wish::parse(rest).map(Verb::Bench),
        ["screenshots"] => Ok(Verb::Screenshots),
        ["screenshots", unexpected, ..] => Err(format!("`screenshots` takes no arguments, but got `{unexpected}`")),
        ["deny"] => Ok(Verb::Deny),
        ["deny", unexpected, ..] => Err(format!("`deny` takes no arguments, but got `{unexpected}`")),
        [unknown, ..] => Err(format!("there is no verb `{unknown}`")),
    }
}

/// Everything that must hold before a commit lands. Nextest's summary is the last thing printed.
fn test(nextest_arguments: &[String]) -> Result<u8, Failure> {
    let target = target();
    tools::component("fmt")?;
    tools::component("clippy")?;
    let postgres = tools::postgres()?;
    tools::nextest()?;
    let python = tools::python(&target.join(".venv"))?;
    let [wavefront_old, wavefront_new] = tools::wavefront_pythons(&target.join(".venv-wavefront"))?;
    let help_desk = tools::help_desk_python(&target.join(".venv-help-desk"))?;
    let schemathesis = tools::schemathesis_python(&target.join(".venv-schemathesis"))?;
    let chromium = tools::chromium()?;
    let (chromedriver, axe) = (tools::chromedriver()?, tools::axe(&target.join("axe"))?);
    steps::run("cargo fmt", cargo().args(["fmt", "--all", "--check"]))?;
    steps::run("cargo clippy", cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    let cluster = Cluster::start(&postgres, &target, Fsync::Off)?;
    steps::say("==> cargo nextest");
    let mut nextest = cargo();
    nextest.args(["nextest", "run", "--locked", "--no-fail-fast"]).args(scope(nextest_arguments)).args(nextest_arguments);
    nextest.env("VESTIBULE_TEST_POSTGRES", cluster.url()).env("VESTIBULE_TEST_PYTHON", python);
    nextest.env("VESTIBULE_TEST_PYTHON_WAVEFRONT_OLD", wavefront_old).env("VESTIBULE_TEST_PYTHON_WAVEFRONT_NEW", wavefront_new);
    nextest.env("VESTIBULE_TEST_PYTHON_HELP_DESK", help_desk).env("VESTIBULE_TEST_CHROMIUM", chromium);
    nextest.env("VESTIBULE_TEST_CHROMEDRIVER", chromedriver).env("VESTIBULE_TEST_AXE", axe);
    nextest.env("VESTIBULE_TEST_PYTHON_SCHEMATHESIS", schemathesis).env("VESTIBULE_TEST_POSTGRES_PROGRAMS", postgres);
    steps::exit_code(&mut nextest)
}

/// The whole workspace, unless the reader chose packages.
fn scope(nextest_arguments: &[String]) -> Option<&'static str> {
    let chosen = nextest_arguments.iter().any(|argument| argument.starts_with("-p") || argument.starts_with("--package"));
    (!chosen).then_some("--workspace")
}

/// Cargo, in the workspace's root.
fn cargo() -> Command {
    tools::cargo(&root())
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Cargo's target directory. As cargo does, a relative one is taken from where the reader stands.
fn target() -> PathBuf {
    let chosen = env::var_os("CARGO_TARGET_DIR").filter(|chosen| *chosen != OsString::new()).map(PathBuf::from);
    chosen.and_then(|chosen| std::path::absolute(chosen).ok()).unwrap_or_else(|| root().join("target"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &[&str], expected: Result<Verb, &str>) {
        assert_eq!(parse(arguments.iter().map(|argument| (*argument).to_owned())), expected.map_err(str::to_owned));
    }

    fn test_with(arguments: &[&str]) -> Result<Verb, &'static str> {
        Ok(Verb::Test { nextest_arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect() })
    }

    #[test]
    fn an_unknown_verb_or_argument_is_named() {
        check(&["tset"], Err("there is no verb `tset`"));
        check(&["test", "--fast"], Err("`--fast` is not known here; arguments for nextest come after `--`"));
        check(&["bench", "reads"], Err("there is no bench `reads`"));
        check(&["deny", "bans"], Err("`deny` takes no arguments, but got `bans`"));
    }

    #[test]
    fn every_verb_is_read_and_help_is_never_far() {
        for help in [&[][..], &["help"], &["-h"], &["--help"], &["test", "--help"], &["deny", "-h"]] {
            check(help, Ok(Verb::Help));
        }
        check(&["deny"], Ok(Verb::Deny));
        check(&["test"], test_with(&[]));
        check(&["test", "--"], test_with(&[]));
        check(&["test", "--", "-p", "xtask", "--help"], test_with(&["-p", "xtask", "--help"]));
    }

    #[test]
    fn the_whole_workspace_is_tested_unless_packages_are_chosen() {
        let rows: [(&[&str], Option<&str>); 5] = [
            (&[], Some("--workspace")),
            (&["a_test"], Some("--workspace")),
            (&["-p", "xtask"], None),
            (&["-pxtask"], None),
            (&["--package=xtask"], None),
        ];
        for (arguments, expected) in rows {
            let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
            assert_eq!(scope(&arguments), expected, "{arguments:?}");
        }
    }
}
