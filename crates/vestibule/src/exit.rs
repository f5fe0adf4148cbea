//! How a run ends: its exit code, and what is said about a failure.

use std::{error::Error, process::ExitCode};

/// Exit codes. `audit verify` has codes of its own beside these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All was done.
    Done,
    /// Something failed.
    Failed,
    /// The command line or its environment is wrong; clap says so itself.
    Usage,
    /// What `audit verify` found (`spec/audit-log.md`, section 4.4).
    Verdict(u8),
}

/// `audit verify` could not run: a file cannot be read.
pub const COULD_NOT_RUN: Exit = Exit::Verdict(3);

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::from(1),
            Exit::Usage => Self::from(2),
            Exit::Verdict(code) => Self::from(code),
        }
    }
}

/// A failure that ends the run, as it is told: `error: …`, and at most one `hint: …`.
#[derive(Debug)]
pub struct Failure {
    /// What failed, with its causes.
    pub text: String,
    /// What the reader may do.
    pub hint: Option<String>,
    /// The code to end with.
    pub exit: Exit,
}

impl Failure {
    /// A failure without a cause.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), hint: None, exit: Exit::Failed }
    }

    /// A failure and its chain of causes.
    pub fn because(text: impl Into<String>, cause: &(dyn Error + 'static)) -> Self {
        let causes = std::iter::successors(Some(cause), |&cause| cause.source());
        Self::new(causes.fold(text.into(), |text, cause| format!("{text}: {cause}")))
    }

    /// The same, with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, ending with another code.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_failure_tells_its_causes_once_and_in_order() {
        let failure = Failure::because("could not start", &Outer(std::io::Error::other("inner")));
        assert_eq!((failure.text.as_str(), failure.exit), ("could not start: outer: inner", Exit::Failed));
    }
}
