//! The store on both of its databases, in one binary: each module is one matter.

// Marked as tests, so that clippy lets their helpers unwrap.
#[cfg(test)]
mod appending;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod consoles;
#[cfg(test)]
mod crowds;
#[cfg(test)]
mod customers;
#[cfg(test)]
mod databases;
#[cfg(test)]
mod exporting;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod gathering;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod together;
#[cfg(test)]
mod units;
#[cfg(test)]
mod uses;
