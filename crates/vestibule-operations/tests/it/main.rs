//! Operations on both databases, in one binary: each module is one matter.

// Marked as tests, so that clippy lets their helpers unwrap.
#[cfg(test)]
mod applying;
#[cfg(test)]
mod attaching;
#[cfg(test)]
mod basic;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod crowds;
#[cfg(test)]
#[path = "../../../vestibule-store/tests/it/databases.rs"]
mod databases;
#[cfg(test)]
mod deciding;
#[cfg(test)]
mod delivering;
#[cfg(test)]
mod departing;
#[cfg(test)]
mod describing;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod entering;
#[cfg(test)]
mod exporting;
#[cfg(test)]
mod factors;
#[cfg(test)]
mod gathering;
#[cfg(test)]
mod granting;
#[cfg(test)]
mod grouping;
#[cfg(test)]
mod handing_over;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod inviting;
#[cfg(test)]
mod joining;
#[cfg(test)]
mod links;
#[cfg(test)]
mod logging;
#[cfg(test)]
mod logging_in;
#[cfg(test)]
mod managing;
#[cfg(test)]
mod passkeys;
#[cfg(test)]
mod racing;
#[cfg(test)]
mod searching;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod signing_in;
#[cfg(test)]
mod starting;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod transport;
#[cfg(test)]
mod verifying;
