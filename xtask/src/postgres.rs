//! A throwaway PostgreSQL cluster for the tests, on a free port of this machine.
//!
//! A shell script keeps it and watches a pipe from us: the standard library cannot catch
//! Ctrl-C, but the pipe closes however we end, and then the cluster stops and is removed.

use std::{
    io::{self, BufRead, BufReader},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use crate::{
    steps::{self, Failure},
    tools,
};

const KEEPER: &str = include_str!("postgres.sh");
/// PostgreSQL refuses to run as root; Debian's package makes this user for it.
const SERVICE_USER: &str = "postgres";

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fsync {
    /// It does, as in production.
    On,
    /// It does not: right for tests alone.
    Off,
}

/// A running cluster. Dropping it stops it and removes its files.
pub struct Cluster {
    keeper: Child,
    port: u16,
    pid: u32,
}

impl Cluster {
    /// Makes a cluster and waits until it answers. Its files lie in `target`, or in `/tmp` when
    /// we are root: there the service user can reach them.
    ///
    /// # Errors
    /// [`Failure::Database`] when it does not come up; the reason is on standard error by then.
    pub fn start(programs: &Path, target: &Path, fsync: Fsync) -> Result<Self, Failure> {
        steps::say("==> start PostgreSQL");
        let begun = Instant::now();
        let port = free_port().map_err(|source| Failure::Start { program: "postgres".to_owned(), source })?;
        let (mut command, base) = match tools::is_root() {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", SERVICE_USER, "--", "sh"]);
                (command, Path::new("/tmp"))
            }
            false => (Command::new("sh"), target),
        };
        command.args(["-c", KEEPER, "keep-postgres"]).args([programs, base]).arg(port.to_string());
        command.arg(match fsync {
            Fsync::On => "on",
            Fsync::Off => "off",
        });
        // A process group of its own: Ctrl-C must reach it through the pipe, and in no other way.
        command.current_dir(base).stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let mut keeper = command.spawn().map_err(|source| steps::cannot_start(&command, source))?;
        let said = keeper.stdout.take().map(BufReader::new).and_then(|mut out| {
            let mut line = String::new();
            out.read_line(&mut line).ok().map(|_| line)
        });
        let pid = said.as_deref().and_then(|said| said.strip_prefix("ready ")?.trim().parse().ok());
        let cluster = Self { keeper, port, pid: pid.unwrap_or_default() };
        if pid.is_none() {
            return Err(Failure::Database);
        }
        steps::say(format_args!("    start PostgreSQL: {:.1} s", begun.elapsed().as_secs_f64()));
        Ok(cluster)
    }

    /// Where the tests find it. They make databases of their own in it.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Where one of its databases is found.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The process that all of its processes come from.
    pub fn pid(&self) -> u32 {
        self.pid
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _gone_already = self.keeper.wait();
    }
}

/// A port that was free a moment ago. If somebody takes it in between, the start fails and says so.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use std::{env, fs, net::TcpStream};

    use super::*;

    #[test]
    fn a_cluster_answers_while_it_is_held_and_not_after() {
        let programs = tools::postgres().unwrap();
        let target = env::temp_dir().join(format!("vestibule-xtask-{}", std::process::id()));
        fs::create_dir_all(&target).unwrap();
        let cluster = Cluster::start(&programs, &target, Fsync::Off).unwrap();
        let port = cluster.port;
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        drop(cluster);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        assert_eq!(fs::read_dir(&target).unwrap().count(), 0, "the cluster left files behind");
        fs::remove_dir(&target).unwrap();
    }

    #[test]
    fn a_cluster_that_cannot_start_is_an_error() {
        assert!(matches!(Cluster::start(Path::new("/nowhere"), &env::temp_dir(), Fsync::Off), Err(Failure::Database)));
    }
}
