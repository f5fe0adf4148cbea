//! What invitations are held against: their own statements, without a server round them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Bench, machine::LOAD_CORE, server::cannot};
use crate::steps::Failure;

/// What shows that a line is of a worker's transaction, of a reader's, or of the making of a realm, and not of an invitation's.
const OTHERS: [&str; 7] = ["FROM changes", "due_at <=", "FROM outbox", "UPDATE outbox", "audit_checkpoint", "ROLLBACK", "INTO realm ("];

/// Writes the statements of one invitation, found in a server's log, to a file beside it.
///
/// # Errors
/// The log holds no invitation that nobody came between.
pub fn record(data: &Path) -> Result<PathBuf, Failure> {
    let log = fs::read_to_string(data.join("server.log")).map_err(cannot)?;
    let statements: Vec<String> = log.lines().filter_map(statement).collect();
    let unit = find(&statements)
        .ok_or_else(|| Failure::Measure { what: "an invitation's statements", met: "the log tells of none that stood alone".to_owned() })?;
    let file = data.join("statements.sql");
    fs::write(&file, unit.join("\n")).map_err(cannot)?;
    Ok(file)
}

/// The statement of a line of the log; the server writes its log as JSON when nobody looks.
fn statement(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("\"sql\":\"")?;
    let (mut sql, mut escaped) = (String::new(), false);
    for c in rest.chars() {
        match c {
            '"' if !escaped => return Some(sql),
            '\\' if !escaped => escaped = true,
            _ => {
                escaped = false;
                sql.push(c);
            }
        }
    }
    None
}

/// The last whole unit that writes an invitation and a mail, and that nobody came between.
fn find(statements: &[String]) -> Option<&[String]> {
    let begins = |sql: &String| sql.starts_with("SAVEPOINT unit") || sql.starts_with("BEGIN ISOLATION LEVEL READ COMMITTED");
    let ends = |sql: &String| sql == "RELEASE unit" || sql.ends_with("COMMIT");
    let mut end = statements.len();
    while let Some(last) = statements.get(..end)?.iter().rposition(ends) {
        let whole = statements.get(..=last)?;
        // Units may begin with a savepoint in a transaction.
        let mut first = whole.iter().rposition(begins)?;
        if first > 0 && whole.get(first - 1).is_some_and(begins) {
            first -= 1;
        }
        let unit = whole.get(first..)?;
        let has = |text: &str| unit.iter().any(|sql| sql.contains(text));
        let distinct: BTreeSet<&String> = unit.iter().filter(|sql| sql.starts_with("INSERT INTO audit_event")).collect();
        if has("INSERT INTO invitation") && has("INSERT INTO outbox") && distinct.len() == 1 && !OTHERS.iter().any(|other| has(other)) {
            return Some(unit);
        }
        end = last;
    }
    None
}

/// Replays on SQLite, on the server's core; units a second.
///
/// # Errors
/// A statement cannot be replayed.
pub fn sqlite(bench: &Bench<'_>, statements: &Path, database: &Path, realms: u32, group: u32) -> Result<f64, Failure> {
    let mut replay = bench.programs.example("replay");
    replay
        .arg(statements)
        .arg("run")
        .arg(database)
        .args([super::writes::FIRST_REALM, realms, group, bench.wish.seconds].map(|n| n.to_string()));
    let said = said_by(&mut replay)?;
    let mut numbers = said.strip_prefix("counted ").unwrap_or_default().split_whitespace().filter_map(|number| number.parse::<f64>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(units), Some(micros)) => Ok(units / micros * 1e6),
        _ => Err(Failure::Measure { what: "a replay", met: said }),
    }
}

/// Replays with pgbench, on the core that load is made on; units a second.
///
/// # Errors
/// A statement cannot be replayed.
pub fn pgbench(bench: &Bench<'_>, programs: &Path, statements: &Path, url: &str, realms: u32, clients: u32) -> Result<f64, Failure> {
    let mut replay = bench.programs.example("replay");
    let script = said_by(replay.arg(statements).arg("pgbench").args([super::writes::FIRST_REALM, realms].map(|n| n.to_string())))?;
    let file = statements.with_extension(format!("{realms}.pgbench"));
    fs::write(&file, script).map_err(cannot)?;
    let mut pgbench = Command::new("taskset");
    pgbench.args(["-c", LOAD_CORE]).arg(programs.join("pgbench")).args(["-n", "-M", "prepared", "-j", "1"]);
    pgbench.args(["-c", &clients.to_string(), "-T", &bench.wish.seconds.to_string(), "-f"]).arg(file).arg(url);
    let said = said_by(&mut pgbench)?;
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok());
    rate.ok_or(Failure::Measure { what: "with pgbench", met: said })
}

fn said_by(command: &mut Command) -> Result<String, Failure> {
    let output = command.output().map_err(cannot)?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(Failure::Measure { what: "a replay", met: String::from_utf8_lossy(&output.stderr).trim().to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_found_between_others() {
        let log = r#"{"sql":"SAVEPOINT unit"}
{"sql":"INSERT INTO invitation (\"a\") VALUES ($1)"}
{"sql":"INSERT INTO outbox"}
{"sql":"INSERT INTO audit_event"}
{"sql":"RELEASE unit"}
{"sql":"SAVEPOINT unit"}
{"sql":"UPDATE outbox"}
{"sql":"RELEASE unit"}"#;
        let statements: Vec<String> = log.lines().filter_map(statement).collect();
        let unit = find(&statements).unwrap();
        assert_eq!((unit.len(), unit[1].as_str()), (5, "INSERT INTO invitation (\"a\") VALUES ($1)"));
        assert!(find(&statements[1..]).is_none());
    }
}
