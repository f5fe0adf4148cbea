//! The pictures of the README: the demo is served, and a browser looks at its console.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    steps::{self, Failure},
    tools,
};

/// Where the README looks for them, below the root.
const FOLDER: &str = "docs/screenshots";
const PICTURES: &str = "console::pictures::the_pictures_of_the_readme_are_taken";
/// What the demo says when it can be looked at.
const SERVES: &str = "listening on ";

/// The running demo, which goes with this value.
struct Demo {
    process: Child,
    origin: String,
}

impl Demo {
    fn start(program: &Path) -> Result<Self, Failure> {
        let mut command = Command::new(program);
        command.args(["quickstart", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(|source| steps::cannot_start(&command, source))?;
        let lines = process.stdout.take().map(|told| BufReader::new(told).lines());
        let origin = lines.and_then(|lines| lines.map_while(Result::ok).find_map(|line| Some(line.strip_prefix(SERVES)?.to_owned())));
        match origin {
            Some(origin) => Ok(Self { process, origin }),
            None => {
                let _ = process.kill();
                Err(Failure::Measure { what: "the demo", met: "it did not say where it serves".to_owned() })
            }
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Takes the pictures.
///
/// # Errors
/// A tool is missing, the demo does not start, or a page cannot be looked at.
pub fn take(root: &Path, target: &Path, mut cargo: impl FnMut() -> Command) -> Result<(), Failure> {
    let (chromium, chromedriver) = (tools::chromium()?, tools::chromedriver()?);
    steps::run("build the demo", cargo().args(["build", "--locked", "--quiet", "-p", "vestibule"]))?;
    let demo = Demo::start(&target.join("debug/vestibule"))?;
    let mut look = cargo();
    look.args(["test", "--locked", "--quiet", "-p", "vestibule-server", "--test", "it", "--", "--ignored", "--exact", PICTURES]);
    look.env("VESTIBULE_TEST_CHROMIUM", chromium).env("VESTIBULE_TEST_CHROMEDRIVER", chromedriver);
    look.env("VESTIBULE_PICTURES_OF", &demo.origin).env("VESTIBULE_PICTURES_TO", root.join(FOLDER));
    steps::run("look at the console", &mut look)
}
