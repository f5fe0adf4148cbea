//! An answer in JSON: what goes out, and what an idempotency key keeps of it.

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION},
    },
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use vestibule_core::refusal::Refusal;

/// An answer. Written down whole when an idempotency key asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

impl Reply {
    /// 200 with a body.
    pub fn ok(body: &impl Serialize) -> Result<Self, Refusal> {
        let body = serde_json::to_string(body).map_err(|error| {
            tracing::error!(%error, "an answer could not be written as JSON");
            Refusal::Internal
        })?;
        Ok(Self { status: 200, version: None, location: None, body: Some(body) })
    }

    /// 204: done, and nothing to show.
    pub fn nothing() -> Self {
        Self { status: 204, version: None, location: None, body: None }
    }

    /// Makes it a 201; `location` is where the new thing is.
    #[must_use]
    pub fn created(mut self, location: Option<String>) -> Self {
        self.status = 201;
        self.location = location;
        self
    }

    /// Adds the `ETag` of a version.
    #[must_use]
    pub fn tagged(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// What a key keeps.
    pub(super) fn to_keep(&self) -> Result<Vec<u8>, Refusal> {
        serde_json::to_vec(self).map_err(|_| Refusal::Internal)
    }

    /// What a key kept.
    pub(super) fn read_kept(kept: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(kept).map_err(|error| {
            tracing::error!(%error, "a kept answer cannot be read");
            Refusal::Internal
        })
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = Response::new(self.body.map_or_else(Body::empty, Body::from));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if status != StatusCode::NO_CONTENT {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        // Tokens and addresses: nobody between us and the caller keeps a copy.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let text = |text: String| HeaderValue::try_from(text).ok();
        headers.extend(self.version.and_then(|version| text(format!("\"{version}\""))).map(|tag| (ETAG, tag)));
        headers.extend(self.location.and_then(text).map(|location| (LOCATION, location)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_answer_comes_back_whole() {
        let reply = Reply::ok(&serde_json::json!({ "id": 1 })).unwrap().created(Some("/v1/realms/acme".to_owned())).tagged(3);
        let again = Reply::read_kept(&reply.to_keep().unwrap()).unwrap();
        assert_eq!(again, reply);
        let response = again.into_response();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()[ETAG], "\"3\"");
        assert_eq!(response.headers()[LOCATION], "/v1/realms/acme");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    }
}
