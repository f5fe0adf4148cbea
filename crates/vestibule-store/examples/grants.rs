//! Fills a database for `cargo xtask bench grants`: as many customers as asked in the realm `bench`, each of whom ten
//! others may act for. It writes rows and no events.
//!
//! Usage: `grants DATABASE CUSTOMERS`, on a database that has the realm. Prints how many bytes a grant takes on disk,
//! with its index.

use std::{
    error::Error,
    fs,
    io::{self, Write},
};

use rusqlite::Connection;

/// The first customer's id, so that all have as many digits.
const FIRST: i64 = 1_000_000;
/// Holders of grants on each customer: the next ones, in a ring.
const HOLDERS: i64 = 10;

const CUSTOMERS: &str = "INSERT INTO customer (realm_id, id, kind, status, currency, version, created_at)
  SELECT 'bench', ?2 + n, 'individual', 'open', 'USD', 1, 0 FROM counted WHERE n < ?1";
const GRANTS: &str = "INSERT INTO customer_grant (realm_id, granter_id, holder_id, created_at)
  SELECT 'bench', ?2 + n, ?2 + (n + step.value) % ?1, 1800000000000 FROM counted, json_each('[1,2,3,4,5,6,7,8,9,10]') step WHERE n < ?1
  ORDER BY n, (n + step.value) % ?1";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, customers] = arguments.as_slice() else { return Err("usage: grants DATABASE CUSTOMERS".into()) };
    let customers: i64 = customers.parse()?;
    let connection = Connection::open(database)?;
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; CREATE TEMP TABLE counted (n INTEGER PRIMARY KEY);")?;
    let count = "WITH RECURSIVE up(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up WHERE n + 1 < ?1) INSERT INTO counted SELECT n FROM up";
    connection.execute(count, [customers])?;
    let mut sizes = [0; 2];
    for (statement, size) in [CUSTOMERS, GRANTS].into_iter().zip(&mut sizes) {
        connection.execute(statement, [customers, FIRST])?;
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")?;
        *size = fs::metadata(database)?.len();
    }
    let [before, after] = sizes;
    let per_grant = after.saturating_sub(before) as f64 / (customers * HOLDERS) as f64;
    writeln!(io::stdout(), "{per_grant:.1}")?;
    Ok(())
}
