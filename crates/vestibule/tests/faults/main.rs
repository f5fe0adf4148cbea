//! The built binary under faults: crashes, stops, cuts, full disks. Each module is one matter.

// Marked as tests, so that clippy lets their helpers unwrap.
#[cfg(test)]
mod books;
#[cfg(test)]
mod client;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod cut;
#[cfg(test)]
mod database;
#[cfg(test)]
mod disk;
#[cfg(test)]
#[path = "../harness/mod.rs"]
mod harness;
#[cfg(test)]
mod load;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod world;
