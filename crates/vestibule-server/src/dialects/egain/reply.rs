//! Answers: a status, perhaps a place and a body, in the form and language that the caller wants.

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
};

use super::{negotiate::Voice, node::Document};

/// What a handler comes to.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    location: Option<String>,
    document: Option<Document>,
}

impl Reply {
    /// 200 with a body.
    pub const fn ok(document: Document) -> Self {
        Self { status: StatusCode::OK, location: None, document: Some(document) }
    }

    /// 201 without a body, and where the thing is.
    pub const fn created(location: String) -> Self {
        Self { status: StatusCode::CREATED, location: Some(location), document: None }
    }

    /// 204.
    pub const fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, location: None, document: None }
    }

    /// The whole answer.
    pub fn response(&self, voice: Voice) -> Response {
        let mut response = response(self.status, voice, self.document.as_ref());
        // A path of ours: its parameters are ids that were read.
        if let Some(location) = self.location.as_deref().and_then(|location| HeaderValue::from_str(location).ok()) {
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }
}

/// An answer. One without a body has its form said, too: clients look (section 3). None may be kept: they are about people.
pub fn response(status: StatusCode, voice: Voice, document: Option<&Document>) -> Response {
    let body = document.map_or_else(Body::empty, |document| Body::from(document.write(voice.media)));
    let mut response = (status, body).into_response();
    let said = [(CONTENT_TYPE, voice.media.as_str()), (CONTENT_LANGUAGE, voice.language.tag()), (CACHE_CONTROL, "no-store")];
    response.headers_mut().extend(said.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}
