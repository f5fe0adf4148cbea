//! Fills a database for `cargo xtask bench start`: as many invitations and support sessions as asked,
//! each with its event. It writes rows and no log: the hashes are no hashes, and nothing verifies.
//!
//! Usage: `fill DATABASE ROWS`, on a database that has the realm `bench`.

use std::error::Error;

use rusqlite::Connection;

/// Invitations of a realm: the most that one may have.
const PER_REALM: i64 = 5;

/// Each statement takes `?1` rows and `?2`, the invitations of a realm. Realms beside `bench` are `r-0` and so on; 5 invitations each.
const STATEMENTS: &[&str] = &[
    "INSERT INTO realm SELECT 'r-' || n, 'Realm ' || n, printf('00000000-0000-7000-8001-%012x', n), printf('00000000-0000-7000-8002-%012x', n),
       1, 'here.com', 1, 1, 0, 0 FROM counted WHERE n < ?1 / ?2",
    "INSERT INTO audit_log SELECT 'r-' || n, 'bench/audit/r-' || n, ?2 + 1, zeroblob(64), 0 FROM counted WHERE n < ?1 / ?2",
    "INSERT INTO audit_checkpoint SELECT 'r-' || n, ?2 + 1, 'note', 0 FROM counted WHERE n < ?1 / ?2",
    "INSERT INTO invitation SELECT 'r-' || (n / ?2), printf('00000000-0000-7000-8000-%012x', n), 'agent-' || (n % ?2) || '@here.com',
       'agent-' || (n % ?2) || '@here.com', NULL, n, n % ?2 FROM counted WHERE n < ?1",
    "INSERT INTO audit_event SELECT 'r-' || (n / ?2), n % ?2 + 1, printf('00000000-0000-7000-8003-%012x', n), n, 'invitation.created', 'success',
       'actor', NULL, 'target', zeroblob(600) FROM counted WHERE n < ?1",
    "INSERT INTO audit_leaf SELECT 'r-' || (n / ?2), n % ?2 + 1, zeroblob(32) FROM counted WHERE n < ?1",
    "INSERT INTO support_session SELECT 'bench', printf('00000000-0000-7000-8000-%012x', n), '00000000-0000-7000-8004-000000000001',
       'mia.falk@here.com', '00000000-0000-7000-8004-000000000002', 'a reason', NULL, 'window:1', n, n + 1000, n + 500, 'left'
       FROM counted WHERE n < ?1 AND ?2 > 0",
    "INSERT INTO audit_event SELECT 'bench', n + 1000, printf('00000000-0000-7000-8005-%012x', n), n, 'session.entered', 'success', 'actor',
       printf('00000000-0000-7000-8000-%012x', n), 'target', zeroblob(600) FROM counted WHERE n < ?1 AND ?2 > 0",
    "INSERT INTO audit_leaf SELECT 'bench', n + 1000, zeroblob(32) FROM counted WHERE n < ?1 AND ?2 > 0",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, rows] = arguments.as_slice() else { return Err("usage: fill DATABASE ROWS".into()) };
    let rows: i64 = rows.parse()?;
    let connection = Connection::open(database)?;
    connection
        .execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN; CREATE TEMP TABLE counted (n INTEGER PRIMARY KEY);")?;
    let count = "WITH RECURSIVE up(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up WHERE n + 1 < ?1) INSERT INTO counted SELECT n FROM up";
    connection.execute(count, [rows])?;
    for statement in STATEMENTS {
        connection.execute(statement, [rows, PER_REALM])?;
    }
    connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE);")?;
    Ok(())
}
