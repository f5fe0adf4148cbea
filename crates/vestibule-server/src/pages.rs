//! Pages for browsers: what guards each of them, whatever it shows.

use askama::Template;
use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, PRAGMA, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};

/// A page with what it may load and where its forms may go (`policy`, a content security policy). No copy of it is kept, it may
/// not be framed unless its policy says so, and nobody is told where its reader came from.
pub fn page(status: StatusCode, policy: &str, template: &impl Template) -> Response {
    let (text, policy) = match (template.render(), HeaderValue::from_str(policy)) {
        (Ok(text), Ok(policy)) => (text, policy),
        (text, _) => {
            tracing::error!(error = ?text.err(), "a page could not be written");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let guards: [(HeaderName, &str); 6] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (PRAGMA, "no-cache"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    for (name, value) in guards {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Template)]
    #[template(source = "<p>", ext = "html")]
    struct Plain;

    #[test]
    fn each_guard_stands_once() {
        let response = page(StatusCode::OK, "default-src 'none'", &Plain);
        for name in [CONTENT_TYPE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS] {
            assert_eq!(response.headers().get_all(&name).iter().count(), 1, "{name}");
        }
        assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    }
}
