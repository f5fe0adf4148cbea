//! In the making.

pub mod manifest;
