//! The members of a form or a query, where each may stand once (RFC 6749, sections 3.1 and 3.2).

use axum::{extract::Query, http::Uri};

/// Members by name, `%XX` decoded.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, String)>);

/// A member that stands there more than once.
#[derive(Debug, PartialEq, Eq)]
pub struct Repeated;

impl Form {
    /// Reads a body of `application/x-www-form-urlencoded`; absent: it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Self::of_query(std::str::from_utf8(bytes).ok()?)
    }

    /// Reads a query.
    pub fn of_query(query: &str) -> Option<Self> {
        let uri: Uri = format!("/?{query}").parse().ok()?;
        Query::try_from_uri(&uri).ok().map(|Query(pairs)| Self(pairs))
    }

    /// Whether a member stands there at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// A member; one without a value is as good as none (RFC 6749, section 3.1).
    pub fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut named = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        match (named.next(), named.next()) {
            (found, None) => Ok(found.filter(|value| !value.is_empty())),
            (_, Some(_)) => Err(Repeated),
        }
    }

    /// Whether some member stands there twice.
    pub fn has_repeated(&self) -> bool {
        self.0.iter().enumerate().any(|(at, (name, _))| self.0.iter().skip(at + 1).any(|(other, _)| other == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_stands_once_or_not_at_all() {
        let form = Form::read(b"a=1&b=&c=x%20y+z&d=1&d=2").unwrap();
        assert_eq!((form.one("a"), form.one("b"), form.one("c")), (Ok(Some("1")), Ok(None), Ok(Some("x y z"))));
        assert_eq!((form.one("d"), form.one("e")), (Err(Repeated), Ok(None)));
        assert!(form.has("b") && !form.has("e") && form.has_repeated());
        assert!(!Form::read(b"a=1&b=1").unwrap().has_repeated());
        assert!(Form::read(b"\xff").is_none() && Form::read(b"").is_some());
    }
}
