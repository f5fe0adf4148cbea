//! Where browsers may be sent with the code of a sign-in (RFC 6749, section 3.1.2; RFC 9700, section 4.1): to
//! addresses that a client has registered, compared character by character, and nowhere else.

use std::{fmt, str::FromStr};

use crate::refusal::{Fault, Malformed};

/// An address to which a client has its users sent back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Longest address, in bytes.
    pub const BYTES_MAX: usize = 1_024;
    /// Most addresses of one client.
    pub const COUNT_MAX: usize = 10;

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a content security policy calls the place: the origin; or the scheme, where it is an app's own, or the host
    /// is an address in brackets, for which policies have no spelling.
    pub fn source(&self) -> &str {
        let scheme = self.0.find(':').unwrap_or_default();
        let end = match self.0.get(scheme..).and_then(|rest| rest.strip_prefix("://")) {
            Some(rest) if self.0.starts_with("http") && !rest.starts_with('[') => scheme + 3 + rest.find(['/', '?']).unwrap_or(rest.len()),
            _ => scheme + 1,
        };
        self.0.get(..end).unwrap_or_default()
    }

    /// The address with these members in its query.
    pub fn with(&self, members: &[(&str, &str)]) -> String {
        let mut whole = self.0.clone();
        for (name, value) in members {
            let lead = match whole.split_once('?') {
                None => "?",
                Some((_, "")) => "",
                Some(_) => "&",
            };
            whole.extend([lead, name, "="]);
            whole.extend(value.bytes().map(escaped));
        }
        whole
    }

    /// Several addresses as a client has them: each once, in the order given.
    pub fn list<'r>(raw: impl IntoIterator<Item = &'r str>) -> Result<Vec<Self>, Malformed> {
        let mut list: Vec<Self> = Vec::new();
        for raw in raw {
            let uri: Self = raw.parse()?;
            if !list.contains(&uri) {
                list.push(uri);
            }
        }
        match list.len() <= Self::COUNT_MAX {
            true => Ok(list),
            false => Err(Malformed::new("redirect_uris", Fault::TooMany { limit: Self::COUNT_MAX })),
        }
    }
}

/// A byte as it stands in a query (RFC 3986, section 2.3).
fn escaped(byte: u8) -> String {
    match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    }
}

impl FromStr for RedirectUri {
    type Err = Malformed;

    /// `https`, or `http` on the machine itself, or an app's own scheme, which has a dot in it (RFC 8252, section 7.1);
    /// without user, fragment and characters that no address has.
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let refuse =
            || Malformed::new("redirect_uris", Fault::Format("an https address, one of this machine, or one of an app's own scheme"));
        if raw.len() > Self::BYTES_MAX {
            return Err(Malformed::new("redirect_uris", Fault::TooLong { limit: Self::BYTES_MAX }));
        }
        let plain = |b: u8| b.is_ascii_graphic() && !b"\"#<>\\^`{|};,'".contains(&b);
        let (scheme, rest) = raw.split_once(':').filter(|_| raw.bytes().all(plain)).ok_or_else(refuse)?;
        let is_good = match (scheme, rest.strip_prefix("//")) {
            ("https", Some(rest)) => is_authority(rest, |_| true),
            ("http", Some(rest)) => is_authority(rest, |host| matches!(host, "127.0.0.1" | "[::1]" | "localhost")),
            (own, _) => {
                let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
                own.contains('.') && own.starts_with(|c: char| c.is_ascii_lowercase()) && own.bytes().all(inner) && !rest.is_empty()
            }
        };
        if is_good { Ok(Self(raw.to_owned())) } else { Err(refuse()) }
    }
}

/// Whether an address goes on, after its scheme, with a host, in lower case, and perhaps a port.
fn is_authority(rest: &str, host_is: impl Fn(&str) -> bool) -> bool {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.[]:".contains(&b);
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port);
    !host.is_empty() && host.bytes().all(inner) && host_is(host) && port.is_none_or(is_port)
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_to_https_to_this_machine_or_to_an_app() {
        for (raw, source) in [
            ("https://app.example/back", Some("https://app.example")),
            ("https://app.example", Some("https://app.example")),
            ("https://app.example:8443?x=1", Some("https://app.example:8443")),
            ("http://127.0.0.1:4711/back", Some("http://127.0.0.1:4711")),
            ("http://[::1]:4711/back", Some("http:")),
            ("http://localhost/back", Some("http://localhost")),
            ("com.example.app:/back", Some("com.example.app:")),
            ("http://app.example/back", None),
            ("http://localhost.example/back", None),
            ("http://127.0.0.1@evil.example/", None),
            ("https://user@app.example/", None),
            ("https://app.example/#here", None),
            ("https://App.example/", None),
            ("https:///back", None),
            ("https://app.example:0/", None),
            ("https://app.example:65536/", None),
            ("https://app.example:/", None),
            ("https:app.example", None),
            ("https://app.example/a b", None),
            ("https://app.example/\r\nset-cookie: x", None),
            ("https://app.example/;script-src *", None),
            ("https://*/", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("com.example.app:", None),
            ("//app.example", None),
            ("/back", None),
            ("", None),
        ] {
            let parsed = raw.parse::<RedirectUri>().ok();
            assert_eq!(parsed.as_ref().map(RedirectUri::source), source, "{raw:?}");
        }
        assert!(format!("https://a.example/{}", "x".repeat(1_006)).parse::<RedirectUri>().is_ok());
        assert!(format!("https://a.example/{}", "x".repeat(1_007)).parse::<RedirectUri>().is_err());
    }

    #[test]
    fn what_is_told_stands_in_the_query_beside_what_was_there() {
        for (raw, whole) in [
            ("https://a.example/b", "https://a.example/b?code=a-1&state=x%20%26%3D%C3%A9"),
            ("https://a.example/b?", "https://a.example/b?code=a-1&state=x%20%26%3D%C3%A9"),
            ("https://a.example/b?c=d", "https://a.example/b?c=d&code=a-1&state=x%20%26%3D%C3%A9"),
        ] {
            assert_eq!(raw.parse::<RedirectUri>().unwrap().with(&[("code", "a-1"), ("state", "x &=é")]), whole);
        }
    }

    #[test]
    fn a_client_has_ten_addresses_at_most() {
        let some = |n: usize| (0..n).map(|at| format!("https://a.example/{at}")).collect::<Vec<_>>();
        let list = |n: usize| RedirectUri::list(some(n).iter().map(String::as_str)).map(|list| list.len());
        assert_eq!((list(0).ok(), list(10).ok(), list(11).is_err()), (Some(0), Some(10), true));
        assert_eq!(RedirectUri::list(["https://a.example/", "https://a.example/"]).unwrap().len(), 1);
    }
}
