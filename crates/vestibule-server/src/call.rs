//! What the calls at every door have in common: the parameters of the path, and what a handler comes to.

use std::pin::Pin;

use axum::{extract::RawPathParams, response::Response};
use vestibule_core::refusal::Refusal;

/// What a handler comes to.
pub type Answer = Pin<Box<dyn Future<Output = Result<Response, Refusal>> + Send>>;

/// The path's parameters by name, `%XX` decoded and `+` left alone.
#[derive(Debug, Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// As the router read them; nothing of a path that is not UTF-8.
    pub fn of(read: Option<&RawPathParams>) -> Option<Self> {
        Some(Self(read?.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }

    /// One of them.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
