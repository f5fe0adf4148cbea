//! What the tests share: a folder of their own, runs of the binary, and a server that ends with its test.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// The tenant's admin in the demo's manifest.
pub const ADMIN: &str = "a411c16b-3cf7-4f03-bf11-8ca05aab898d";
/// The vendor's agent in the demo's manifest.
pub const AGENT: &str = "mia-7Yc2vQ9sLw4RkX1tBn8ZpE5hJd3GfUa6";

/// A folder that goes with its test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let path = std::env::temp_dir().join(format!("vestibule-cli-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A run that has ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The binary, with nothing of this environment that would steer it.
pub fn vestibule(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("VESTIBULE_") || name.starts_with("OTEL_")) {
        command.env_remove(name);
    }
    command.args(args).stdin(Stdio::null());
    command
}

/// Runs the binary to its end.
pub fn run(args: &[&str]) -> Ended {
    vestibule(args).output().unwrap().into()
}

/// Runs the binary to its end, which must be 0, and gives what it printed.
#[track_caller]
pub fn run_well(args: &[&str]) -> String {
    let ended = run(args);
    assert_eq!(ended.code, 0, "{args:?}: {ended:?}");
    ended.out
}

/// A server, killed if its test ends before it.
pub struct Server {
    child: Child,
    /// Its lines so far, and those to come.
    pub lines: Vec<String>,
    out: BufReader<ChildStdout>,
    /// Where its log goes.
    pub log: PathBuf,
}

impl Server {
    /// Starts the binary and reads its lines until one begins with `until`. Its log goes to a file in `folder`.
    pub fn start(folder: &Folder, args: &[&str], until: &str) -> Self {
        Self::launch(folder, vestibule(args), until)
    }

    /// As [`Server::start`], by a command that becomes the binary.
    pub fn launch(folder: &Folder, mut command: Command, until: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let log = folder.0.join(format!("log-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        let mut child = command.stdout(Stdio::piped()).stderr(fs::File::create(&log).unwrap()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut lines: Vec<String> = Vec::new();
        while !lines.last().is_some_and(|line| line.starts_with(until)) {
            let mut line = String::new();
            let read = out.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended early: {lines:?}\n{}", fs::read_to_string(&log).unwrap());
            lines.push(line.trim_end().to_owned());
        }
        Self { child, lines, out, log }
    }

    /// What stands behind `begin` in the line that begins so.
    #[track_caller]
    pub fn told(&self, begin: &str) -> String {
        self.lines.iter().find_map(|line| line.strip_prefix(begin)).unwrap_or_else(|| panic!("{begin}: {:?}", self.lines)).to_owned()
    }

    /// `address:port` in the clear.
    pub fn address(&self) -> String {
        self.told("listening on http://")
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status().unwrap().success());
    }

    /// Waits for its end, and gives its exit code.
    pub fn wait(mut self) -> Option<i32> {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How often something is asked until it pleases.
const POLL: std::time::Duration = std::time::Duration::from_millis(5);

/// Asks until an answer pleases; a server that never pleases fails the test.
#[track_caller]
pub fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = std::time::Instant::now();
    loop {
        match ask() {
            Some(answer) => return answer,
            None => assert!(begun.elapsed().as_secs() < 20, "it did not happen"),
        }
        std::thread::sleep(POLL);
    }
}
