//! The machine under a measurement: whose work its cores did, and what a process holds.
//!
//! A neighbour's compilation halves a rate. So the CPU time that was nobody's of ours is measured
//! round by round, and a round with too much of it is thrown away and taken again.

use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

use crate::steps::{self, Failure};

/// The core that servers and replays run on.
pub const SERVER_CORE: &str = "0";
/// The core that load is made on.
pub const LOAD_CORE: &str = "1";

/// The share of all cores' time that others may have in a round.
const FOREIGN_MAX: f64 = 0.04;
/// How often a round is taken before its least disturbed try counts.
const TRIES_MAX: u32 = 6;
/// How long to wait for a quiet machine before a try.
const QUIET_WAIT_MAX: Duration = Duration::from_secs(20);
/// How long one look takes at whether the machine is quiet.
const LOOK: Duration = Duration::from_millis(300);
/// Ticks of the kernel's accounts in a second (`USER_HZ`, the same on every Linux of today).
const TICKS_PER_S: f64 = 100.0;

/// What disturbed the rounds of a bench.
#[derive(Debug, Default)]
pub struct Quiet {
    /// Processes beside our children whose work is ours, with everything that they start.
    pub ours: Vec<u32>,
    /// Tries that were thrown away.
    pub thrown_away: u32,
    /// Rounds that count although every try was disturbed.
    pub disturbed: u32,
    /// The largest foreign share of a round that counts.
    pub foreign_max: f64,
}

impl Quiet {
    /// Takes a round, again if others worked during it.
    ///
    /// # Errors
    /// The round's own.
    pub fn round<T>(&mut self, mut take: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
        let mut best: Option<(f64, T)> = None;
        for _ in 0..TRIES_MAX {
            self.wait();
            let before = self.foreign();
            let begun = Instant::now();
            let taken = take()?;
            let share = share(before, self.foreign(), begun.elapsed());
            if share <= FOREIGN_MAX {
                self.foreign_max = self.foreign_max.max(share);
                return Ok(taken);
            }
            self.thrown_away += 1;
            steps::say(format_args!("    thrown away: others had {:.0} % of the machine", share * 100.0));
            if best.as_ref().is_none_or(|(least, _)| share < *least) {
                best = Some((share, taken));
            }
        }
        self.disturbed += 1;
        let (share, taken) = best.ok_or(Failure::Measure { what: "a round", met: "no try was taken".to_owned() })?;
        self.foreign_max = self.foreign_max.max(share);
        Ok(taken)
    }

    /// Waits until others leave the machine alone, but not for ever.
    fn wait(&self) {
        let begun = Instant::now();
        while begun.elapsed() < QUIET_WAIT_MAX {
            let (before, looked) = (self.foreign(), Instant::now());
            thread::sleep(LOOK);
            if share(before, self.foreign(), looked.elapsed()) <= FOREIGN_MAX {
                return;
            }
        }
    }

    /// CPU time, in ticks, that was spent by nobody of ours since the machine started.
    fn foreign(&self) -> i64 {
        let processes = processes();
        let is_ours = |pid: u32| {
            let mut at = pid;
            while let Some(process) = processes.get(&at) {
                if at == std::process::id() || self.ours.contains(&at) {
                    return true;
                }
                at = process.parent;
            }
            false
        };
        let ours: i64 = processes.iter().filter(|(pid, _)| is_ours(**pid)).map(|(_, process)| process.ticks).sum();
        busy() - ours
    }
}

fn share(before: i64, after: i64, elapsed: Duration) -> f64 {
    let cores = thread::available_parallelism().map_or(1, usize::from) as f64;
    ((after - before) as f64 / (elapsed.as_secs_f64() * TICKS_PER_S * cores)).max(0.0)
}

/// Ticks that all cores were busy with processes, or that the host took for others (steal). Interrupts
/// are left out: those of our own requests are among them.
fn busy() -> i64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let columns: Vec<i64> = text.lines().next().unwrap_or_default().split_whitespace().skip(1).filter_map(|n| n.parse().ok()).collect();
    [0, 1, 2, 7].iter().filter_map(|column| columns.get(*column)).sum()
}

struct Process {
    parent: u32,
    /// Its own ticks and those of its children that have ended.
    ticks: i64,
}

fn processes() -> BTreeMap<u32, Process> {
    let read = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        Some((pid, parse_stat(&stat)?))
    };
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(read).collect()
}

/// Reads `/proc/PID/stat`: the name stands in parentheses and may hold anything, the rest is numbers.
fn parse_stat(stat: &str) -> Option<Process> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let columns: Vec<&str> = rest.split_whitespace().collect();
    let number = |column: usize| columns.get(column).and_then(|text| text.parse::<i64>().ok());
    // utime, stime, cutime, cstime: columns 14 to 17 of the page, of which two stand before the parenthesis.
    let ticks = (11..=14).map(number).sum::<Option<i64>>()?;
    Some(Process { parent: u32::try_from(number(1)?).ok()?, ticks })
}

/// The memory, in bytes, that a process holds in RAM.
pub fn resident_bytes(pid: u32) -> Option<u64> {
    status_bytes(pid, "VmRSS:")
}

/// The same without what it maps of files, which is the kernel's to take back.
pub fn own_bytes(pid: u32) -> Option<u64> {
    status_bytes(pid, "RssAnon:")
}

fn status_bytes(pid: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// One line that names the machine.
pub fn name() -> String {
    let first = |path: &str, key: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim_start_matches([':', ' ', '\t']).trim().to_owned()
    };
    let kib: u64 = first("/proc/meminfo", "MemTotal:").split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {}, {} GiB, Linux {}", first("/proc/cpuinfo", "model name"), kib >> 20, kernel.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let stat = "42 (a) b) S 7 42 42 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0 9 9 9";
        let process = parse_stat(stat).unwrap();
        assert_eq!((process.parent, process.ticks), (7, 100));
        assert!(parse_stat("42 (a").is_none());
    }

    #[test]
    fn the_work_of_a_child_is_ours() {
        let quiet = Quiet::default();
        let (before, begun) = (quiet.foreign(), Instant::now());
        let all = busy();
        let burn = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
        assert!(steps::succeeds(std::process::Command::new("sh").args(["-c", burn])));
        let (foreign, all) = (quiet.foreign() - before, busy() - all);
        assert!(all >= foreign, "{foreign} of {all} ticks in {:?}", begun.elapsed());
        assert!(all - foreign >= 5, "the child's work was taken for foreign: {foreign} of {all} ticks");
    }
}
