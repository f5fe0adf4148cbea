//! `If-Match`: writing only over what was read (RFC 9110, section 13.1.1). Tags are strong, `"3"`.

use axum::http::{HeaderMap, HeaderValue, header::IF_MATCH};
use vestibule_core::refusal::{Fault, Malformed, Refusal};

/// What the caller has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// No condition.
    Absent,
    /// `*`: something must be there.
    Anything,
    /// One of these versions; none, when no tag is one of ours.
    OneOf(Vec<i64>),
}

impl IfMatch {
    const NAME: &'static str = "If-Match";

    /// Reads the header. Weak tags and foreign ones are well-formed and match nothing.
    pub fn read(headers: &HeaderMap) -> Result<Self, Malformed> {
        let refuse = || Malformed::new(Self::NAME, Fault::Format("`*` or a list of entity tags"));
        let lines = headers.get_all(IF_MATCH).iter().map(HeaderValue::to_str).collect::<Result<Vec<_>, _>>().map_err(|_| refuse())?;
        let written = lines.join(",");
        match (lines.is_empty(), written.trim()) {
            (true, _) => Ok(Self::Absent),
            (false, "*") => Ok(Self::Anything),
            (false, list) => {
                let tags = list.split(',').map(|tag| version(tag.trim())).collect::<Option<Vec<_>>>().ok_or_else(refuse)?;
                Ok(Self::OneOf(tags.into_iter().flatten().collect()))
            }
        }
    }

    /// The version that a write must still find, given what is stored; `current` is none when nothing is.
    /// Refuses with [`Refusal::Stale`].
    pub fn seen(&self, current: Option<i64>) -> Result<Option<i64>, Refusal> {
        match (self, current) {
            (Self::Absent, _) => Ok(None),
            (Self::Anything, Some(current)) => Ok(Some(current)),
            (Self::OneOf(versions), Some(current)) if versions.contains(&current) => Ok(Some(current)),
            (Self::Anything | Self::OneOf(_), current) => Err(Refusal::Stale { current: current.unwrap_or_default() }),
        }
    }
}

/// An entity tag's version; the inner none is a tag that is not ours, the outer one no tag at all.
/// Opaque tags may hold commas, ours never do: a foreign tag with one is refused.
fn version(tag: &str) -> Option<Option<i64>> {
    let (weak, opaque) = tag.strip_prefix("W/").map_or((false, tag), |rest| (true, rest));
    let inner = opaque.strip_prefix('"')?.strip_suffix('"').filter(|inner| !inner.contains('"'))?;
    let ours = inner.parse::<i64>().ok().filter(|version| !weak && version.to_string() == inner);
    Some(ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_a_star_or_tags() {
        for (written, expected) in [
            (None, Some(IfMatch::Absent)),
            (Some("*"), Some(IfMatch::Anything)),
            (Some("\"3\""), Some(IfMatch::OneOf(vec![3]))),
            (Some("\"3\", \"4\""), Some(IfMatch::OneOf(vec![3, 4]))),
            (Some("W/\"3\""), Some(IfMatch::OneOf(vec![]))),
            (Some("\"03\""), Some(IfMatch::OneOf(vec![]))),
            (Some("\"abc\""), Some(IfMatch::OneOf(vec![]))),
            (Some("3"), None),
            (Some("\"3"), None),
            (Some("\""), None),
            (Some(""), None),
            (Some("\"3\","), None),
            (Some("*, \"3\""), None),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(written.map(|written| (IF_MATCH, written.parse().unwrap())));
            assert_eq!(IfMatch::read(&headers).ok(), expected, "{written:?}");
        }
    }

    #[test]
    fn only_what_was_read_is_written_over() {
        let tags = IfMatch::OneOf(vec![3]);
        for (condition, current, expected) in [
            (&IfMatch::Absent, Some(4), Ok(None)),
            (&IfMatch::Absent, None, Ok(None)),
            (&IfMatch::Anything, Some(4), Ok(Some(4))),
            (&IfMatch::Anything, None, Err(Refusal::Stale { current: 0 })),
            (&tags, Some(3), Ok(Some(3))),
            (&tags, Some(4), Err(Refusal::Stale { current: 4 })),
            (&tags, Some(2), Err(Refusal::Stale { current: 2 })),
            (&tags, None, Err(Refusal::Stale { current: 0 })),
        ] {
            assert_eq!(condition.seen(current), expected);
        }
    }
}
