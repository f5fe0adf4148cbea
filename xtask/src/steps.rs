//! Steps: one command each, announced before and timed after, on standard error.
//!
//! Every way in which a chore can fail is a [`Failure`]; nothing here knows which steps
//! there are. Begin with [`run`].

use std::{
    fmt,
    io::{self, Write},
    process::Command,
    time::Instant,
};

/// Why a chore stopped.
#[derive(Debug)]
pub enum Failure {
    /// A tool is missing and could not be installed.
    Missing {
        /// What was looked for.
        tool: &'static str,
        /// Why installing it did not help, when that is known.
        because: Option<String>,
        /// What the reader may do.
        hint: &'static str,
    },
    /// A command could not be started.
    Start {
        /// The program.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A step ended and was not content.
    Step {
        /// The step's name.
        name: String,
        /// Its exit code; none when a signal ended it.
        code: Option<i32>,
    },
    /// The test database did not come up; its own words stand above.
    Database,
    /// A figure could not be taken.
    Measure {
        /// What was being measured.
        what: &'static str,
        /// What was met instead.
        met: String,
    },
}

impl Failure {
    /// What the reader may do about it, when there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing { hint, .. } => Some(hint),
            Self::Start { .. } | Self::Step { .. } | Self::Database | Self::Measure { .. } => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { tool, because: None, .. } => write!(f, "{tool} is missing"),
            Self::Missing { tool, because: Some(because), .. } => write!(f, "{tool} is missing and could not be installed: {because}"),
            Self::Start { program, source } => write!(f, "could not start `{program}`: {source}"),
            Self::Step { name, code: Some(code) } => write!(f, "`{name}` failed with exit code {code}"),
            Self::Step { name, code: None } => write!(f, "`{name}` was ended by a signal"),
            Self::Measure { what, met } => write!(f, "could not measure {what}: {met}"),
            Self::Database => f.write_str("the test database did not start"),
        }
    }
}

/// One line to standard error. A closed standard error is no reason to stop testing.
pub fn say(line: impl fmt::Display) {
    let _closed = writeln!(io::stderr(), "{line}");
}

/// Runs `command` to its end and gives its exit code; a signal counts as 1.
///
/// # Errors
/// [`Failure::Start`] when there is no such program.
pub fn exit_code(command: &mut Command) -> Result<u8, Failure> {
    let status = command.status().map_err(|source| cannot_start(command, source))?;
    Ok(code_of(status.code()))
}

/// Runs `command` as the step `name`, and says how long it took.
///
/// # Errors
/// [`Failure::Start`] when there is no such program, [`Failure::Step`] when it does not end with 0.
pub fn run(name: &str, command: &mut Command) -> Result<(), Failure> {
    say(format_args!("==> {name}"));
    let begun = Instant::now();
    let status = command.status().map_err(|source| cannot_start(command, source))?;
    if !status.success() {
        return Err(Failure::Step { name: name.to_owned(), code: status.code() });
    }
    say(format_args!("    {name}: {:.1} s", begun.elapsed().as_secs_f64()));
    Ok(())
}

/// Does `command` end with 0? It runs unseen; a program that is not there answers no.
pub fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// The failure of a command that did not even start.
pub fn cannot_start(command: &Command, source: io::Error) -> Failure {
    Failure::Start { program: command.get_program().to_string_lossy().into_owned(), source }
}

fn code_of(code: Option<i32>) -> u8 {
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_code_survives_and_a_signal_is_a_failure() {
        for (code, expected) in [(Some(0), 0), (Some(100), 100), (Some(255), 255), (Some(256), 1), (Some(-1), 1), (None, 1)] {
            assert_eq!(code_of(code), expected, "{code:?}");
        }
    }

    #[test]
    fn a_step_that_fails_is_named_with_its_code() {
        let failure = run("shut the door", Command::new("sh").args(["-c", "exit 7"])).unwrap_err();
        assert_eq!(failure.to_string(), "`shut the door` failed with exit code 7");
        let failure = run("knock", &mut Command::new("/nowhere/to/be/found")).unwrap_err();
        assert!(failure.to_string().starts_with("could not start `/nowhere/to/be/found`: "), "{failure}");
    }

    #[test]
    fn a_missing_tool_comes_with_a_hint() {
        let failure = Failure::Missing { tool: "sundial", because: Some("no sun".to_owned()), hint: "wait for morning" };
        assert_eq!(failure.to_string(), "sundial is missing and could not be installed: no sun");
        assert_eq!(failure.hint(), Some("wait for morning"));
    }
}
