//! Query strings: each route says which names it takes, and any other is refused (`spec/egain-grants.md`, section 6, step 5).

use axum::{extract::Query as Pairs, http::Uri};

use super::errors::{self, Failure};

/// What a query says, in its order.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query. Names that are not offered are refused, all of them at once.
    pub fn read(uri: &Uri, offered: &[&str]) -> Result<Self, Failure> {
        // Whatever the bytes, there is a reading of a query as pairs.
        let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(uri).map_or_else(|_| Vec::new(), |Pairs(pairs)| pairs);
        let mut unknown: Vec<&str> = Vec::new();
        for (name, _) in &pairs {
            if !offered.contains(&name.as_str()) && !unknown.contains(&name.as_str()) {
                unknown.push(name);
            }
        }
        match unknown.is_empty() {
            true => Ok(Self(pairs)),
            false => Err(Failure::of(&errors::QUERY_UNKNOWN, [unknown.join(", ")])),
        }
    }

    /// A value; given twice it is refused (ours), and so is one that no database could be asked for.
    pub fn find(&self, name: &str) -> Result<Option<&str>, Failure> {
        let mut named = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(refused(name)),
            (Some(value), None) if value.contains('\0') => Err(refused(name)),
            (value, None) => Ok(value),
        }
    }

    /// A value that must be there.
    pub fn require(&self, name: &str) -> Result<&str, Failure> {
        self.find(name)?.ok_or_else(|| Failure::of(&errors::QUERY_MISSING, [name]))
    }

    /// One of a list of words.
    pub fn one_of<'w>(&self, name: &str, words: &[&'w str]) -> Result<Option<&'w str>, Failure> {
        let Some(raw) = self.find(name)? else { return Ok(None) };
        let found = words.iter().find(|word| **word == raw).copied();
        found.map(Some).ok_or_else(|| Failure::of(&errors::QUERY_ENUM, [name, &words.join(", ")]))
    }

    /// A whole number of a range.
    pub fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Failure> {
        let Some(raw) = self.find(name)? else { return Ok(None) };
        let digits = Some(raw).filter(|raw| raw.bytes().all(|b| b.is_ascii_digit()));
        let number = digits.and_then(|raw| raw.parse().ok()).filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| refused(name))
    }

    /// Every pair but those with these names: for links to other pages of the same list.
    pub fn others(&self, left_out: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().filter(|(name, _)| !left_out.contains(&name.as_str()));
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A value that is refused.
pub fn refused(name: &str) -> Failure {
    Failure::of(&errors::QUERY_VALUE, [name])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str, offered: &[&str]) -> Result<Query, Failure> {
        Query::read(&format!("/x?{query}").parse().unwrap(), offered)
    }

    #[test]
    fn names_that_are_not_offered_are_refused_together() {
        for (query, is_taken) in
            [("", true), ("a=1", true), ("&", true), ("b", false), ("=", false), ("a=1&b=2&c=3&b=4", false), ("A=1", false)]
        {
            assert_eq!(read(query, &["a"]).is_ok(), is_taken, "{query}");
        }
        let failure = read("a=1&b=2&c=3&b=4", &["a"]).unwrap_err();
        assert_eq!(failure.code(), "400-101");
        assert!(format!("{failure:?}").contains("'b, c'"), "{failure:?}");
    }

    #[test]
    fn values_are_read_or_refused_by_name() {
        let query = read("a=1&b=x&b=y&c=%00&d=75&e=76&f=-1&g=up&h=sideways", &["a", "b", "c", "d", "e", "f", "g", "h"]).unwrap();
        assert_eq!(query.find("a").unwrap(), Some("1"));
        assert_eq!(query.find("z").unwrap(), None);
        assert_eq!(query.number("d", 1, 75).unwrap(), Some(75));
        assert_eq!(query.one_of("g", &["up", "down"]).unwrap(), Some("up"));
        for (failure, code) in [
            (query.find("b").unwrap_err(), "400-244"),
            (query.find("c").unwrap_err(), "400-244"),
            (query.number("e", 1, 75).unwrap_err(), "400-244"),
            (query.number("f", 1, 75).unwrap_err(), "400-244"),
            (query.one_of("h", &["up", "down"]).unwrap_err(), "400-102"),
            (query.require("z").unwrap_err(), "400-112"),
        ] {
            assert_eq!(failure.code(), code);
        }
    }
}
