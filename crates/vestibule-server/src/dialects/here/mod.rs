//! HERE.
