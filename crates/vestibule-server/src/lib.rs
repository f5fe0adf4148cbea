//! The doors of Vestibule: dialects, native API and decisions.
//!
//! Here lives whatever knows HTTP. No rule is decided and no table is known here: a door reads a
//! request, names the steps in the order that its page publishes, and renders what comes of them.

pub mod body;
pub mod dialects;
pub mod exchange;
