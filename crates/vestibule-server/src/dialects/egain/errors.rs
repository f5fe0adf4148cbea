//! Every code that this dialect can answer with (`spec/egain-grants.md`, section 7), and a refusal under way: a [`Kind`]
//! with its values. Clients key on the code; the words of `developerMessage` are ours.

use std::fmt;

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::Response,
};
use vestibule_core::refusal::Refusal;

use super::{
    negotiate::Voice,
    node::{Document, Node},
    reply,
    texts::Text,
    words,
};

/// A row of the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// `{status}-{number}`, unique as a whole.
    pub code: &'static str,
    /// What developers are told; each `{}` is a value.
    pub pattern: &'static str,
    /// What people are told, unless the reason says otherwise.
    pub user: Text,
}

const fn kind(code: &'static str, pattern: &'static str, user: Text) -> Kind {
    Kind { code, pattern, user }
}

/// A query parameter that is not offered.
pub static QUERY_UNKNOWN: Kind = kind("400-101", "Query parameters not supported here: '{}'.", Text::Generic);
/// A query parameter's value outside its list.
pub static QUERY_ENUM: Kind = kind("400-102", "Value of '{}' must be one of: '{}'.", Text::Generic);
/// `Accept` is there and empty (its number is inferred).
pub static ACCEPT_EMPTY: Kind = kind("400-103", "Media type not supported: '{}'.", Text::Generic);
/// An id in the path that is too long.
pub static PATH_ID_LONG: Kind = kind("400-108", "Path parameter value not usable: '{}'.", Text::Generic);
/// A query parameter that must be there.
pub static QUERY_MISSING: Kind = kind("400-112", "Provide query parameter(s): '{}'.", Text::Generic);
/// An attribute that cannot be selected.
pub static ATTRIBUTE_UNKNOWN: Kind = kind("400-116", "$attribute does not know '{}'; allowed: '{}'.", Text::Generic);
/// Both ways of paging at once.
pub static PAGING_MIXED: Kind = kind("400-120", "Paging and range cannot be combined.", Text::Generic);
/// An order of nothing.
pub static ORDER_ALONE: Kind = kind("400-124", "$order needs $sort.", Text::Generic);
/// A grant that is to go is not there.
pub static NO_GRANT: Kind = kind("400-127", "No such customer grant.", Text::NoGrant);
/// A member of the body that must be there.
pub static MISSING: Kind = kind("400-146", "Body lacks '{}'.", Text::Generic);
/// A member of the body that may not be there.
pub static UNKNOWN_MEMBER: Kind = kind("400-147", "Body must not contain '{}'.", Text::Generic);
/// A value that is not acceptable.
pub static BAD_VALUE: Kind = kind("400-152", "Attribute holds a value that is not acceptable: '{}'.", Text::Generic);
/// Ids of the body that name nothing (inferred).
pub static BODY_IDS_UNKNOWN: Kind = kind("400-194", "Body ids not found: '{}'.", Text::Unknown);
/// A body where none may be.
pub static BODY_FORBIDDEN: Kind = kind("400-203", "No request body allowed.", Text::Generic);
/// A query parameter's value that is refused; also whoever may not act for another.
pub static QUERY_VALUE: Kind = kind("400-244", "Query parameter value refused: '{}'.", Text::Generic);
/// At least one of these query parameters must be there.
pub static QUERY_NONE: Kind = kind("400-245", "Provide query parameter(s): '{}'.", Text::Generic);
/// No body where one must be.
pub static BODY_MISSING: Kind = kind("400-264", "A request body is required.", Text::Generic);
/// An attribute that is there and empty.
pub static EMPTY: Kind = kind("400-387", "'{}' may not be empty.", Text::Generic);
/// A filter that needs another beside it.
pub static QUERY_ALONE: Kind = kind("400-614", "'{}' needs another query parameter beside it.", Text::Generic);
/// More than so many.
pub static LIMIT: Kind = kind("400-10424", "Limit of {} passed for '{}'.", Text::Cap);
/// No credential, or one that is not good.
pub static CREDENTIAL: Kind = kind("401-101", "Header '{}' invalid or expired; log in again.", Text::SignIn);
/// Callers of this kind may not call this.
pub static ACTOR: Kind = kind("403-112", "{} may not call this URL.", Text::Forbidden);
/// The user may not do this, or not in that department.
pub static FORBIDDEN: Kind = kind("403-178", "User lacks permission for: {}.", Text::Forbidden);
/// The token lacks a scope.
pub static SCOPE: Kind = kind("403-197", "Scope required: '{}'.", Text::Forbidden);
/// Ids of the path that name nothing.
pub static PATH_IDS_UNKNOWN: Kind = kind("404-100", "Path ids not found: '{}'.", Text::Unknown);
/// Nothing is served at this address (ours: the page leaves the code open).
pub static NOWHERE: Kind = kind("404-101", "Nothing is offered at this URL.", Text::Generic);
/// A method that is not offered.
pub static METHOD: Kind = kind("405-100", "Method not offered.", Text::Generic);
/// A language that is not known.
pub static ACCEPT_LANGUAGE: Kind = kind("406-100", "Accept-Language value not supported.", Text::Generic);
/// A form that no answer has (its number is inferred).
pub static ACCEPT: Kind = kind("406-101", "Media type not supported: '{}'.", Text::Generic);
/// The thing has changed since.
pub static STALE: Kind = kind("409-100", "lastModified does not match for {} {}.", Text::Generic);
/// A form that no body may have (its number is inferred).
pub static CONTENT_TYPE: Kind = kind("415-100", "Media type not supported: '{}'.", Text::Generic);
/// Too often.
pub static THROTTLED: Kind = kind("429-001", "Too many requests.", Text::Generic);
/// Anything else.
pub static INTERNAL: Kind = kind("500-100", "The system could not process the request.", Text::Generic);

/// The whole catalogue, in the order of its codes.
pub static CATALOGUE: [&Kind; 33] = [
    &QUERY_UNKNOWN,
    &QUERY_ENUM,
    &ACCEPT_EMPTY,
    &PATH_ID_LONG,
    &QUERY_MISSING,
    &ATTRIBUTE_UNKNOWN,
    &PAGING_MIXED,
    &ORDER_ALONE,
    &NO_GRANT,
    &MISSING,
    &UNKNOWN_MEMBER,
    &BAD_VALUE,
    &BODY_IDS_UNKNOWN,
    &BODY_FORBIDDEN,
    &QUERY_VALUE,
    &QUERY_NONE,
    &BODY_MISSING,
    &EMPTY,
    &QUERY_ALONE,
    &LIMIT,
    &CREDENTIAL,
    &ACTOR,
    &FORBIDDEN,
    &SCOPE,
    &PATH_IDS_UNKNOWN,
    &NOWHERE,
    &METHOD,
    &ACCEPT_LANGUAGE,
    &ACCEPT,
    &STALE,
    &CONTENT_TYPE,
    &THROTTLED,
    &INTERNAL,
];

impl Kind {
    /// The status that its code begins with.
    pub fn status(&self) -> StatusCode {
        let number = self.code.split('-').next().and_then(|number| number.parse().ok());
        number.and_then(|number| StatusCode::from_u16(number).ok()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// A refusal of this dialect; boxed, since most calls come to none.
#[derive(Debug)]
pub struct Failure(Box<Inside>);

#[derive(Debug)]
struct Inside {
    kind: &'static Kind,
    developer: String,
    details: Vec<(&'static str, String)>,
    user: Text,
    /// What is put into the text for people.
    value: String,
    retry_after_s: Option<u32>,
    refusal: Option<Refusal>,
}

impl Failure {
    /// A row of the catalogue with its values; the first is put into the text for people, too.
    pub fn of<T: AsRef<str>>(kind: &'static Kind, values: impl IntoIterator<Item = T>) -> Self {
        let mut values = values.into_iter();
        let mut parts = kind.pattern.split("{}");
        let mut developer = parts.next().unwrap_or_default().to_owned();
        let mut first = None;
        for part in parts {
            let value = values.next();
            let value = value.as_ref().map_or("", |value| value.as_ref());
            first.get_or_insert_with(|| value.to_owned());
            developer.push_str(value);
            developer.push_str(part);
        }
        let value = first.unwrap_or_default();
        let (details, user) = (Vec::new(), kind.user);
        Self(Box::new(Inside { kind, developer, details, user, value, retry_after_s: None, refusal: None }))
    }

    /// The same with a detail.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.0.details.push((key, value.into()));
        self
    }

    /// The same with another text for people.
    #[must_use]
    pub fn saying(mut self, user: Text) -> Self {
        self.0.user = user;
        self
    }

    /// The same, with how long to wait.
    #[must_use]
    pub fn later(mut self, retry_after_s: u32) -> Self {
        self.0.retry_after_s = Some(retry_after_s);
        self
    }

    /// The same, with the refusal that it comes from, which the log is told of.
    #[must_use]
    pub fn because(mut self, refusal: Refusal) -> Self {
        self.0.refusal = Some(refusal);
        self
    }

    /// Its row of the catalogue.
    pub fn kind(&self) -> &'static Kind {
        self.0.kind
    }

    /// Its code.
    pub fn code(&self) -> &'static str {
        self.0.kind.code
    }

    /// What the core said, if it was the core that refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.0.refusal.as_ref()
    }

    /// The whole answer (section 5, "Error body").
    pub fn response(&self, voice: Voice) -> Response {
        let status = self.0.kind.status();
        let mut response = reply::response(status, voice, Some(&self.document(voice)));
        if let Some(seconds) = self.0.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(words::CHALLENGE));
        }
        response
    }

    fn document(&self, voice: Voice) -> Document {
        let text = |name, text: &str, most| (name, Node::Text(cut(text, most)));
        let mut members = vec![
            text("code", self.0.kind.code, words::DEVELOPER_CHARS_MAX),
            text("developerMessage", &self.0.developer, words::DEVELOPER_CHARS_MAX),
        ];
        let detail = |(key, value): &(&'static str, String)| {
            Node::Object(vec![text("key", key, words::DEVELOPER_CHARS_MAX), text("value", value, words::DEVELOPER_CHARS_MAX)])
        };
        if !self.0.details.is_empty() {
            members.push(("details", Node::List(self.0.details.iter().take(words::DETAILS_MAX).map(detail).collect())));
        }
        if voice.tells_people {
            members.push(text("userMessage", &self.0.user.say(voice.language, &self.0.value), words::USER_CHARS_MAX));
        }
        Document { root: "error", namespace: words::COMMON_NAMESPACE, node: Node::Object(members) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.kind.code, self.0.developer)
    }
}

/// Not more than so many characters.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_stands_once_and_begins_with_its_status() {
        let mut codes: Vec<_> = CATALOGUE.iter().map(|kind| kind.code).collect();
        assert!(CATALOGUE.iter().all(|kind| kind.code.starts_with(&format!("{}-", kind.status().as_u16()))));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), CATALOGUE.len());
    }

    #[test]
    fn values_take_their_places_and_long_texts_are_cut() {
        let failure = Failure::of(&LIMIT, ["75", "grantsTo.customer"]);
        assert_eq!((failure.0.developer.as_str(), failure.0.value.as_str()), ("Limit of 75 passed for 'grantsTo.customer'.", "75"));
        assert_eq!(Failure::of(&QUERY_ENUM, ["a"]).0.developer, "Value of 'a' must be one of: ''.");
        assert_eq!((cut("äöü", 3).as_str(), cut("äöü", 2).as_str()), ("äöü", "äö"));
    }
}
