//! `GET /sso/result`: where the help desk sends a browser that it did not sign in, or that signed out
//! (`spec/hostway-sso.md`, section 4.4, "remote logout URL").

use axum::{
    extract::Query,
    http::{StatusCode, Uri},
    response::Response,
};

use super::page::notice;

/// The address.
pub const PATH: &str = "/sso/result";

/// Most characters of what the help desk says that are logged.
const LOGGED_CHARS_MAX: usize = 200;

/// Logs what went wrong, and shows the same page always. Who it was is not logged.
pub async fn show(uri: Uri) -> Response {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&uri).map(|Query(pairs)| pairs).unwrap_or_default();
    let said = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| loggable(value));
    if let (Some(kind), message) = (said("kind"), said("message").unwrap_or_default()) {
        tracing::info!(kind, message, "the help desk sent somebody back: {kind}: {message}");
    }
    notice(
        StatusCode::OK,
        "You are not signed in to the help desk",
        "You have signed out, or you could not be signed in. Go back to where you came from to try again.",
    )
}

/// A stranger's text as it may stand in a log: one line, not long, and without the token that an address may have had.
fn loggable(raw: &str) -> String {
    let before = raw.split("jwt=").next().unwrap_or_default();
    before.chars().take(LOGGED_CHARS_MAX).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_says_is_one_short_line_without_tokens() {
        let long = |n: usize| "x".repeat(n);
        for (raw, logged) in [
            ("error", "error"),
            ("a\nb\u{1b}[31m\"", "a\\nb\\u{1b}[31m\\\""),
            ("at /access/jwt?jwt=eyJ0.eyJp.sig", "at /access/jwt?"),
            (&long(200), &long(200)),
            (&long(201), &long(200)),
        ] {
            assert_eq!(loggable(raw), logged, "{raw:?}");
        }
    }
}
