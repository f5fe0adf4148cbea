//! The envelope round nearly every answer: `{"status": {"result", "message", "code"}, "response"}`
//! (`spec/wavefront-accounts.md`, section 4), and what goes without it.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::words::CODE_WARNED;

#[derive(Serialize)]
struct Envelope<'a, T> {
    status: Status<'a>,
    /// Absent on errors (inferred).
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<&'a T>,
}

/// How a request went. `code` is the HTTP status, but for a success that comes with a warning.
#[derive(Serialize)]
struct Status<'a> {
    result: &'static str,
    message: &'a str,
    code: u16,
}

impl<'a> Status<'a> {
    fn ok(warning: &'a str) -> Self {
        let code = if warning.is_empty() { StatusCode::OK.as_u16() } else { CODE_WARNED };
        Self { result: "OK", message: warning, code }
    }
}

/// What an operation left out, to be told beside its answer; nothing, mostly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warning(Vec<String>);

impl Warning {
    /// Names what was ignored, in the words of the recordings (section 4): `what` is in the plural.
    pub fn ignored<T: ToString>(&mut self, what: &str, ids: &[T]) {
        if !ids.is_empty() {
            let ids: Vec<_> = ids.iter().map(T::to_string).collect();
            self.0.push(format!("Invalid {what} found and ignored [{}]", ids.join(", ")));
        }
    }

    fn text(&self) -> String {
        self.0.join("; ")
    }
}

/// A success.
pub fn ok<T: Serialize>(response: &T) -> Response {
    warned(&Warning::default(), response)
}

/// A success, of which something was left out unless the warning is empty.
pub fn warned<T: Serialize>(warning: &Warning, response: &T) -> Response {
    Json(Envelope { status: Status::ok(&warning.text()), response: Some(response) }).into_response()
}

/// A success without the envelope.
pub fn bare<T: Serialize>(body: &T) -> Response {
    Json(body).into_response()
}

/// A success both with and without the envelope, which all clients of the older addresses can read (section 3).
pub fn superset<T: Serialize, R: Serialize>(warning: &Warning, members: &T, response: &R) -> Response {
    #[derive(Serialize)]
    struct Both<'a, T, R> {
        #[serde(flatten)]
        members: &'a T,
        #[serde(flatten)]
        envelope: Envelope<'a, R>,
    }
    let text = warning.text();
    Json(Both { members, envelope: Envelope { status: Status::ok(&text), response: Some(response) } }).into_response()
}

/// An error.
pub fn error(status: StatusCode, message: &str) -> Response {
    let told = Status { result: "ERROR", message, code: status.as_u16() };
    (status, Json(Envelope::<()> { status: told, response: None })).into_response()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    async fn read(response: Response) -> (u16, Value) {
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn the_envelope_says_ok_warned_or_error() {
        let mut warning = Warning::default();
        warning.ignored("roles", &[] as &[String]);
        assert_eq!(warning, Warning::default());
        warning.ignored("user groups", &["a", "b"]);
        for (response, expected) in [
            (ok(&json!([])), (200, json!({ "status": { "result": "OK", "message": "", "code": 200 }, "response": [] }))),
            (ok(&Value::Null), (200, json!({ "status": { "result": "OK", "message": "", "code": 200 }, "response": null }))),
            (
                warned(&warning, &1),
                (
                    200,
                    json!({ "status": { "result": "OK", "message": "Invalid user groups found and ignored [a, b]", "code": 202 }, "response": 1 }),
                ),
            ),
            (
                error(StatusCode::NOT_FOUND, "no such role"),
                (404, json!({ "status": { "result": "ERROR", "message": "no such role", "code": 404 } })),
            ),
            (
                superset(&Warning::default(), &json!({ "a": 1 }), &json!({ "a": 1 })),
                (200, json!({ "a": 1, "status": { "result": "OK", "message": "", "code": 200 }, "response": { "a": 1 } })),
            ),
        ] {
            assert_eq!(read(response).await, expected);
        }
    }
}
