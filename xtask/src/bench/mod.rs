//! The benches: figures beside their limits, taken on one machine in one run and written down.
//!
//! Each row is a median of rounds that are taken in turns (A, B, A, B, …), servers on one core and
//! load on the other. What can be a ratio is one: the machine changes, the ratio tells of us.

mod console;
mod decide;
mod figures;
mod grants;
mod links;
mod load;
mod machine;
mod people;
mod replay;
mod server;
mod start;
mod versus;
mod writes;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use self::{machine::Quiet, server::Programs};
use crate::{
    steps::{self, Failure},
    tools,
};

/// The benches, in the order in which they run.
const NAMES: [Name; 8] = [Name::Decide, Name::Versus, Name::Writes, Name::Start, Name::People, Name::Links, Name::Grants, Name::Console];

/// A bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Decide,
    Versus,
    Writes,
    Start,
    People,
    Links,
    Grants,
    Console,
}

impl Name {
    /// The examples that it runs beside the server.
    fn examples(self) -> &'static [&'static str] {
        match self {
            Self::Decide | Self::Versus => &["seed", "echo"],
            Self::Writes => &["replay"],
            Self::Start => &["fill"],
            Self::People | Self::Console => &["seed"],
            Self::Links => &["echo"],
            Self::Grants => &["seed", "grants", "echo"],
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::Versus => "versus",
            Self::Writes => "writes",
            Self::Start => "start",
            Self::People => "people",
            Self::Links => "links",
            Self::Grants => "grants",
            Self::Console => "console",
        }
    }
}

/// What is to be measured, and for how long.
#[derive(Debug, PartialEq, Eq)]
pub struct Wish {
    names: Vec<Name>,
    rounds: u32,
    seconds: u32,
}

impl Wish {
    /// Reads `[NAME] [--rounds N] [--seconds N]`.
    ///
    /// # Errors
    /// What cannot be read, in words.
    pub fn parse(arguments: &[&str]) -> Result<Self, String> {
        let mut wish = Self { names: Vec::new(), rounds: 5, seconds: 4 };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut number = || match rest.next().and_then(|number| number.parse().ok()) {
                Some(0) | None => Err(format!("`{argument}` wants a number from 1")),
                Some(number) => Ok(number),
            };
            match *argument {
                "--rounds" => wish.rounds = number()?,
                "--seconds" => wish.seconds = number()?,
                name => wish.names.push(*NAMES.iter().find(|known| known.as_str() == name).ok_or(format!("there is no bench `{name}`"))?),
            }
        }
        if wish.names.is_empty() {
            wish.names = NAMES.to_vec();
        }
        Ok(wish)
    }
}

/// What every bench works with.
struct Bench<'a> {
    wish: &'a Wish,
    root: &'a Path,
    target: &'a Path,
    programs: Programs,
    quiet: Quiet,
}

impl Bench<'_> {
    /// A script for wrk.
    fn script(&self, name: &str) -> PathBuf {
        self.root.join("xtask/src/bench").join(name)
    }

    /// An empty directory below the target directory.
    fn scratch(&self, name: &str) -> Result<PathBuf, Failure> {
        let dir = self.target.join("bench").join(name);
        if dir.exists() {
            fs::remove_dir_all(&dir).map_err(server::cannot)?;
        }
        fs::create_dir_all(&dir).map_err(server::cannot)?;
        Ok(dir)
    }
}

/// Runs the benches that are wished for and writes each one's part of `docs/performance.md`. A limit
/// that is missed is told there and is no failure of the bench.
///
/// # Errors
/// Something is missing, or could not be built, started or measured.
pub fn run(wish: &Wish, root: &Path, target: &Path) -> Result<(), Failure> {
    tools::wrk()?;
    let programs = Programs::build(root, target, &wish.names.iter().flat_map(|name| name.examples()).copied().collect())?;
    let mut bench = Bench { wish, root, target, programs, quiet: Quiet::default() };
    for name in &wish.names {
        bench.quiet = Quiet::default();
        let table = match name {
            Name::Decide => decide::run(&mut bench)?,
            Name::Versus => decide::beside_others(&mut bench)?,
            Name::Writes => writes::run(&mut bench)?,
            Name::Start => start::run(&mut bench)?,
            Name::People => people::run(&mut bench)?,
            Name::Links => links::run(&mut bench)?,
            Name::Grants => grants::run(&mut bench)?,
            Name::Console => console::run(&mut bench)?,
        };
        let text = format!("{}\n{table}", preface(*name, wish, &bench.quiet));
        steps::say(&text);
        figures::publish(&root.join("docs/performance.md"), name.as_str(), &text)?;
    }
    Ok(())
}

/// When, where and how the figures were taken, and what disturbed them.
fn preface(name: Name, wish: &Wish, quiet: &Quiet) -> String {
    let date =
        Command::new("date").args(["-u", "+%Y-%m-%d"]).output().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let command = format!("cargo xtask bench {} --rounds {} --seconds {}", name.as_str(), wish.rounds, wish.seconds);
    let disturbed = match quiet.disturbed {
        0 => String::new(),
        some => format!(" {some} rounds count although others were at work in each of their tries, so hold their figures loosely."),
    };
    format!(
        "Taken on {} by `{command}`, on {}. Rounds thrown away because others were at work: {}. In a round that counts \
         others had at most {:.1} % of the machine.{disturbed}\n",
        date.unwrap_or_default(),
        machine::name(),
        quiet.thrown_away,
        quiet.foreign_max * 100.0,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_read_or_its_fault_is_named() {
        let wish = |names: &[Name], rounds, seconds| Ok(Wish { names: names.to_vec(), rounds, seconds });
        for (arguments, expected) in [
            (&[][..], wish(&NAMES, 5, 4)),
            (&["decide"], wish(&[Name::Decide], 5, 4)),
            (&["start", "--rounds", "3", "--seconds", "1"], wish(&[Name::Start], 3, 1)),
            (&["reads"], Err("there is no bench `reads`".to_owned())),
            (&["--rounds"], Err("`--rounds` wants a number from 1".to_owned())),
            (&["--rounds", "0"], Err("`--rounds` wants a number from 1".to_owned())),
            (&["--seconds", "x"], Err("`--seconds` wants a number from 1".to_owned())),
        ] {
            assert_eq!(Wish::parse(arguments), expected);
        }
    }
}
