//! All that a run says: data on stdout, talk on stderr. Nothing else prints.

use std::io::{self, IsTerminal, Read, Write};

use crate::exit::Failure;

/// Where a run speaks. Colour is for terminals only and never the only sign.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    colour: bool,
}

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[1;36m";
const PLAIN: &str = "\x1b[0m";

impl Printer {
    /// `no_colour` is whether `NO_COLOR` is set to anything (<https://no-color.org>).
    pub fn new(no_colour: bool) -> Self {
        Self { colour: !no_colour && io::stderr().is_terminal() }
    }

    /// Data, as it is.
    pub fn data(&self, mut bytes: &[u8]) -> Result<(), Failure> {
        self.data_of(&mut bytes)
    }

    /// Data that is not held, as it is.
    pub fn data_of(&self, source: &mut impl Read) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = io::copy(source, &mut out).and_then(|_| out.flush());
        written.map_err(|error| Failure::because("could not write to standard output", &error))
    }

    /// A line of data.
    pub fn line(&self, line: &str) -> Result<(), Failure> {
        self.data(format!("{line}\n").as_bytes())
    }

    /// A remark.
    pub fn note(&self, text: &str) {
        self.talk("note", CYAN, text);
    }

    /// Something that the reader should look at.
    pub fn warning(&self, text: &str) {
        self.talk("warning", YELLOW, text);
    }

    /// What ended the run.
    pub fn failure(&self, failure: &Failure) {
        self.talk("error", RED, &failure.text);
        if let Some(hint) = &failure.hint {
            self.talk("hint", CYAN, hint);
        }
    }

    fn talk(&self, label: &str, colour: &str, text: &str) {
        let (on, off) = if self.colour { (colour, PLAIN) } else { ("", "") };
        // A closed stderr leaves nobody to tell.
        let _ = writeln!(io::stderr().lock(), "{on}{label}{off}: {text}");
    }
}
