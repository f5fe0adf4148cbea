//! The statements of one invitation, replayed on a bare connection: what `cargo xtask bench writes` holds
//! the server's rate against. The bench records them from a running server, so they are the server's own;
//! here are values for them, of the sizes that real ones have.
//!
//! Usage: `replay STATEMENTS run DATABASE REALM REALMS UNITS_PER_COMMIT SECONDS` (SQLite) or
//! `replay STATEMENTS pgbench REALM REALMS`, which prints a script for pgbench.

use std::{
    error::Error,
    io::{self, Write},
    time::{Duration, Instant},
};

use rusqlite::{Connection, types::Value};

/// Something that a parameter is bound to.
#[derive(Debug, Clone, Copy)]
enum Bound {
    /// The unit's realm.
    Realm,
    /// A text that nothing had before.
    Fresh,
    /// The id of the realm's invitation.
    Invitation,
    /// The log's size, and so many more.
    Size(i64),
    Int(i64),
    Text(&'static str),
    /// A text so many bytes long.
    Long(usize),
    Blob(usize),
    Null,
}

use Bound::{Blob, Fresh, Int, Invitation, Long, Null, Realm, Size, Text};

/// Later than any instant of a run.
const LATER: i64 = 4_102_444_800_000;
const MAIL: &str = "mia.falk@here.com";

/// What each statement binds, by how it begins. Rows of a statement that takes several are repeated.
const VALUES: &[(&str, &[Bound])] = &[
    ("SAVEPOINT", &[]),
    ("RELEASE", &[]),
    ("BEGIN", &[]),
    ("COMMIT", &[]),
    ("SELECT origin, size", &[Realm]),
    ("SELECT id, name, organization_id", &[Realm]),
    ("SELECT id, invitee", &[Realm]),
    ("DELETE FROM invitation", &[Realm, Int(1)]),
    ("INSERT INTO invitation", &[Realm, Invitation, Text(MAIL), Text(MAIL), Int(LATER), Int(1)]),
    ("SELECT id, agent_key", &[Realm, Int(1)]),
    (
        "INSERT INTO outbox",
        &[
            Realm,
            Fresh,
            Text(MAIL),
            Text("Acme has invited you in"),
            Long(573),
            Long(875),
            Text("pending"),
            Int(0),
            Int(LATER),
            Null,
            Null,
            Int(1),
        ],
    ),
    (
        "INSERT INTO audit_event",
        &[Realm, Size(0), Fresh, Int(1), Text("invitation.amended"), Text("success"), Long(36), Null, Long(36), Blob(757)],
    ),
    ("INSERT INTO audit_leaf", &[Realm, Size(0), Blob(32)]),
    ("SELECT subject, wrapped", &[Realm, Text("[\"somebody\"]")]),
    ("INSERT INTO audit_seal", &[Realm, Size(0), Fresh, Long(36), Blob(110)]),
    ("UPDATE audit_log", &[Realm, Size(1), Blob(320), Int(1), Size(0)]),
];

/// A statement and what it binds.
struct Statement {
    sql: String,
    bound: Vec<Bound>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [file, "run", database, realm, realms, group, seconds] => {
            run(&read(file)?, database, realm.parse()?, realms.parse()?, group.parse()?, Duration::from_secs(seconds.parse()?))
        }
        [file, "pgbench", realm, realms] => Ok(write!(io::stdout(), "{}", script(&read(file)?, realm.parse()?, realms.parse()?))?),
        _ => Err("usage: replay STATEMENTS (run DATABASE REALM REALMS UNITS_PER_COMMIT SECONDS | pgbench REALM REALMS)".into()),
    }
}

fn read(file: &str) -> Result<Vec<Statement>, Box<dyn Error>> {
    let statement = |sql: &str| {
        let (_, bound) = VALUES.iter().find(|(begin, _)| sql.starts_with(begin)).ok_or(format!("no values are known for `{sql}`"))?;
        let wanted = (1..).take_while(|n| sql.contains(&format!("${n}"))).count();
        let bound: Vec<Bound> = bound.iter().copied().cycle().take(if bound.is_empty() { 0 } else { wanted }).collect();
        if bound.len() != wanted { Err(format!("`{sql}` binds {wanted} values")) } else { Ok(Statement { sql: sql.to_owned(), bound }) }
    };
    Ok(std::fs::read_to_string(file)?.lines().map(statement).collect::<Result<_, _>>()?)
}

/// Replays units for a while, so many in each commit, and says how many there were in how many microseconds.
fn run(statements: &[Statement], database: &str, first: i64, realms: i64, group: i64, period: Duration) -> Result<(), Box<dyn Error>> {
    let connection = Connection::open(database)?;
    connection.set_prepared_statement_cache_capacity(128);
    // As the server's own is told.
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0; \
             PRAGMA cache_size = -16384;",
    )?;
    let texts: Vec<String> = statements.iter().map(|statement| statement.sql.replace('$', "?")).collect();
    let mut unit = Unit { fresh: i64::from(std::process::id()) << 32, ..Unit::default() };
    let (begun, mut units) = (Instant::now(), 0);
    while begun.elapsed() < period {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..group {
            units += 1;
            unit.realm = (first + units % realms).to_string();
            for (statement, text) in statements.iter().zip(&texts) {
                unit.replay(&connection, statement, text)?;
            }
        }
        connection.execute_batch("COMMIT")?;
    }
    writeln!(io::stdout(), "counted {units} {}", begun.elapsed().as_micros())?;
    Ok(())
}

/// What a unit has read, and what it counts fresh texts by.
#[derive(Default)]
struct Unit {
    realm: String,
    fresh: i64,
    size: i64,
    invitation: String,
}

impl Unit {
    fn replay(&mut self, connection: &Connection, statement: &Statement, text: &str) -> Result<(), Box<dyn Error>> {
        let values: Vec<Value> = statement.bound.iter().map(|bound| self.value(*bound)).collect();
        let mut prepared = connection.prepare_cached(text)?;
        let mut rows = prepared.query(rusqlite::params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if text.starts_with("SELECT origin") {
                self.size = row.get(1)?;
            } else if text.starts_with("SELECT id, invitee") {
                self.invitation = row.get(0)?;
            }
        }
        Ok(())
    }

    fn value(&mut self, bound: Bound) -> Value {
        match bound {
            Realm => Value::Text(self.realm.clone()),
            Fresh => {
                self.fresh += 1;
                Value::Text(format!("{:036x}", self.fresh))
            }
            Invitation => Value::Text(self.invitation.clone()),
            Size(more) => Value::Integer(self.size + more),
            Int(int) => Value::Integer(int),
            Text(text) => Value::Text(text.to_owned()),
            Long(bytes) => Value::Text("x".repeat(bytes)),
            Blob(bytes) => Value::Blob(vec![7; bytes]),
            Null => Value::Null,
        }
    }
}

/// The same for pgbench: what a unit reads goes into variables, what is fresh is random.
fn script(statements: &[Statement], first: i64, realms: i64) -> String {
    let mut lines = vec![format!("\\set realm random({first}, {})", first + realms - 1)];
    let mut fresh = 0;
    for statement in statements {
        let mut sql = statement.sql.clone();
        // From the last on, so that `$1` is not taken for the beginning of `$10`.
        for (index, bound) in statement.bound.iter().enumerate().rev() {
            let literal = match bound {
                Realm => ":realm".to_owned(),
                Fresh => {
                    fresh += 1;
                    lines.push(format!("\\set fresh{fresh} random(1, 9000000000000000000)"));
                    format!(":fresh{fresh}")
                }
                Invitation => ":i_id".to_owned(),
                Size(0) => ":l_size".to_owned(),
                Size(_) => ":l_next".to_owned(),
                Int(int) => int.to_string(),
                Text(text) => format!("'{text}'"),
                Long(bytes) => format!("'{}'", "x".repeat(*bytes)),
                Blob(bytes) => format!("'\\x{}'", "07".repeat(*bytes)),
                Null => "NULL".to_owned(),
            };
            sql = sql.replace(&format!("${}", index + 1), &literal);
        }
        match sql.as_str() {
            head if head.starts_with("SELECT origin") => lines.extend([format!("{sql} \\gset l_"), "\\set l_next :l_size + 1".to_owned()]),
            list if list.starts_with("SELECT id, invitee") => lines.push(format!("{sql} \\gset i_")),
            _ => lines.push(format!("{sql};")),
        }
    }
    lines.join("\n") + "\n"
}
