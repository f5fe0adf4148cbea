//! The server from outside, in one binary: each module is one matter.

// Marked as tests, so that clippy lets their helpers unwrap.
#[cfg(test)]
mod access;
#[cfg(test)]
mod canaries;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod console;
#[cfg(test)]
mod crosswise;
#[cfg(test)]
mod egain;
#[cfg(test)]
mod fuzzed;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod here;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hostway;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod m3ter;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod native;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod python;
#[cfg(test)]
mod story;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod wavefront;
