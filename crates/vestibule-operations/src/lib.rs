//! In the making.

pub mod manifest;
pub mod notify;
