//! Servers under measurement: built in release, started on the server's core, killed when dropped.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::machine::SERVER_CORE;
use crate::{
    steps::{self, Failure},
    tools,
};

/// How long a server may take until it is ready.
const READY_MAX: Duration = Duration::from_secs(120);
/// How often a server that starts is asked.
const ASK_PERIOD: Duration = Duration::from_millis(2);

/// The operator's token of servers that were started with [`Server::vestibule`].
pub const OPERATOR_TOKEN: &str = "operator-of-the-bench";

/// The examples, and the packages that they are of.
const EXAMPLES: [(&str, &str); 5] = [
    ("seed", "vestibule-operations"),
    ("echo", "vestibule-server"),
    ("replay", "vestibule-store"),
    ("fill", "vestibule-store"),
    ("grants", "vestibule-store"),
];

/// The programs, built.
pub struct Programs {
    dir: PathBuf,
}

impl Programs {
    /// Builds the server, and of the examples those that the benches run.
    ///
    /// # Errors
    /// They do not build.
    pub fn build(root: &Path, target: &Path, examples: &BTreeSet<&str>) -> Result<Self, Failure> {
        let cargo = |name: &str, arguments: &[&str]| {
            steps::run(name, tools::cargo(root).args(["build", "--release", "--locked", "--quiet"]).args(arguments))
        };
        cargo("build the server", &["-p", "vestibule"])?;
        for (example, package) in EXAMPLES.iter().filter(|(example, _)| examples.contains(example)) {
            cargo(&format!("build {example}"), &["-p", package, "--example", example])?;
        }
        Ok(Self { dir: target.join("release") })
    }

    /// An example, on the server's core.
    pub fn example(&self, name: &str) -> Command {
        pinned(&self.dir.join("examples").join(name))
    }

    fn vestibule(&self) -> Command {
        pinned(&self.dir.join("vestibule"))
    }
}

fn pinned(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", SERVER_CORE]).arg(program);
    command
}

/// A running server.
pub struct Server {
    child: Child,
    /// Where it listens, on this machine.
    pub port: u16,
    /// From its start until it was ready.
    pub started_in: Duration,
}

impl Server {
    /// Serves `data`, with the database named or the one in there, and `arguments` besides.
    ///
    /// # Errors
    /// It does not start; its log is in `data`.
    pub fn vestibule(programs: &Programs, data: &Path, arguments: &[&str]) -> Result<Self, Failure> {
        let port = free_port()?;
        let token = data.join("operator-token");
        let written = fs::write(&token, OPERATOR_TOKEN).and_then(|()| fs::set_permissions(&token, fs::Permissions::from_mode(0o600)));
        written.map_err(cannot)?;
        let mut command = programs.vestibule();
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"]).arg(data);
        command.arg("--operator-token-file").arg(token).args(arguments);
        command.stdout(Stdio::null()).stderr(log(data)?);
        Self::start(command, port, "/readyz")
    }

    /// Serves the echo.
    ///
    /// # Errors
    /// It does not start.
    pub fn echo(programs: &Programs) -> Result<Self, Failure> {
        let port = free_port()?;
        let mut command = programs.example("echo");
        command.arg(port.to_string());
        Self::start(command, port, "/")
    }

    /// Serves Cerbos with the policies below `dir`, over HTTP on one thread, telling nobody of it.
    ///
    /// # Errors
    /// It does not start; its log is in `dir`.
    pub fn cerbos(program: &Path, dir: &Path) -> Result<Self, Failure> {
        let (port, grpc) = (free_port()?, free_port()?);
        let policies = dir.join("policies");
        let settings = format!(
            "server:\n  httpListenAddr: 127.0.0.1:{port}\n  grpcListenAddr: 127.0.0.1:{grpc}\ntelemetry:\n  disabled: true\n\
             audit:\n  enabled: false\nstorage:\n  driver: disk\n  disk:\n    directory: {}\n",
            policies.display()
        );
        let file = dir.join("cerbos.yaml");
        fs::write(&file, settings).map_err(cannot)?;
        let mut command = pinned(program);
        command.env("GOMAXPROCS", "1").env("CERBOS_NO_TELEMETRY", "1").args(["server", "--log-level=error"]).arg("--config").arg(file);
        command.stdout(Stdio::null()).stderr(log(dir)?);
        Self::start(command, port, "/_cerbos/health")
    }

    fn start(mut command: Command, port: u16, ready: &str) -> Result<Self, Failure> {
        let begun = Instant::now();
        let child = command.stdin(Stdio::null()).spawn().map_err(|source| steps::cannot_start(&command, source))?;
        let mut server = Self { child, port, started_in: Duration::ZERO };
        while begun.elapsed() < READY_MAX {
            // The echo knows no address but its own: any answer shows that it answers.
            if server.get(ready).is_some_and(|answer| answer.starts_with("HTTP/1.1 200") || ready == "/") {
                server.started_in = begun.elapsed();
                return Ok(server);
            }
            if server.child.try_wait().ok().flatten().is_some() {
                break;
            }
            thread::sleep(ASK_PERIOD);
        }
        Err(Failure::Measure { what: "a server", met: format!("`{:?}` did not become ready", command) })
    }

    /// The whole answer to a `GET` by the operator.
    pub fn get(&self, path: &str) -> Option<String> {
        self.ask("GET", path, &format!("Authorization: Bearer {OPERATOR_TOKEN}\r\n"), "")
    }

    /// The whole answer to a request with these headers, each with its end of line.
    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let length = body.len();
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: bench\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// The cookie of somebody who signs in at the console by a link, as a header's value.
    ///
    /// # Errors
    /// No link is made, or it signs nobody in.
    pub fn console_cookie(&self, programs: &Programs, data: &Path, realm: &str, account: &str) -> Result<String, Failure> {
        let mut verb = programs.vestibule();
        let output = verb.args(["sign-in-link", account, "--realm", realm, "--data-dir"]).arg(data).output().map_err(cannot)?;
        let link = String::from_utf8_lossy(&output.stdout).into_owned();
        let path = link.trim().split_once("/console/").map(|(_, rest)| format!("/console/{rest}"));
        let answer = path.and_then(|path| self.ask("POST", &path, "", "")).unwrap_or_default();
        let cookie = answer.split_once("__Host-vestibule=").and_then(|(_, rest)| rest.split_once(';'));
        let met = || format!("{}{answer}", String::from_utf8_lossy(&output.stderr));
        cookie.map(|(value, _)| format!("__Host-vestibule={value}")).ok_or_else(|| Failure::Measure { what: "a sign-in link", met: met() })
    }

    /// An address on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
    }
}

fn log(data: &Path) -> Result<fs::File, Failure> {
    fs::File::create(data.join("server.log")).map_err(cannot)
}

fn free_port() -> Result<u16, Failure> {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map(|address| address.port()).map_err(cannot)
}

/// The failure of something small on this machine's disk or network.
pub fn cannot(error: std::io::Error) -> Failure {
    Failure::Measure { what: "on this machine", met: error.to_string() }
}
