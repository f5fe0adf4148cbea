//! Cases: what a customer brought up, what was said about it, and what came with that.

use std::{fmt, marker::PhantomData, str::FromStr};

use crate::{
    customer::{CustomerId, word},
    group::check_name,
    refusal::{Fault, Malformed},
    time::Timestamp,
};

/// A decimal id of one kind of thing: from 1, with one spelling, like a customer's. Cases, activities and attachments of
/// a realm are counted together, and no number is given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Counted<Of>(CustomerId, PhantomData<Of>);

impl<Of> Counted<Of> {
    /// The number.
    pub const fn get(&self) -> i64 {
        self.0.get()
    }
}

impl<Of> TryFrom<i64> for Counted<Of> {
    type Error = Malformed;
    fn try_from(raw: i64) -> Result<Self, Malformed> {
        CustomerId::try_from(raw).map(|id| Self(id, PhantomData))
    }
}

impl<Of> FromStr for Counted<Of> {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        raw.parse().map(|id| Self(id, PhantomData))
    }
}

impl<Of> fmt::Display for Counted<Of> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Marks ids of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OfCase {}
/// Marks ids of activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OfActivity {}
/// Marks ids of attachments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OfAttachment {}

/// A case's id.
pub type CaseId = Counted<OfCase>;
/// An activity's id.
pub type ActivityId = Counted<OfActivity>;
/// An attachment's id.
pub type AttachmentId = Counted<OfAttachment>;

/// Something that a customer brought up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Whose case.
    pub customer: CustomerId,
    /// What it is about; see [`Case::check_subject`].
    pub subject: String,
    /// How it stands.
    pub status: CaseStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Case {
    /// Longest subject, in bytes.
    pub const SUBJECT_BYTES_MAX: usize = 500;

    /// Checks a subject: trimmed, 1 to [`Case::SUBJECT_BYTES_MAX`] bytes, no control characters.
    pub fn check_subject(raw: &str) -> Result<String, Malformed> {
        check_name(raw, Self::SUBJECT_BYTES_MAX).map_err(|malformed| malformed.of("subject"))
    }
}

/// How a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum CaseStatus {
    /// Somebody is to look at it.
    #[default]
    Open,
    /// It is done.
    Closed,
}

impl CaseStatus {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Open, Self::Closed];

    /// The word in rows and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

impl FromStr for CaseStatus {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        word("status", &Self::ALL, Self::as_str, raw)
    }
}

/// Something that was said, in a case or by itself: an e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// The case that it belongs to, if to one; the customer is the same.
    pub case: Option<CaseId>,
    /// With which customer.
    pub customer: CustomerId,
    /// Who said it.
    pub direction: Direction,
    /// What it is about; see [`Case::check_subject`].
    pub subject: String,
    /// What was said; see [`Activity::check_body`].
    pub body: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Activity {
    /// Longest text, in bytes.
    pub const BODY_BYTES_MAX: usize = 32 * 1024;
    /// Most attachments of one.
    pub const ATTACHMENTS_MAX: usize = 10;

    /// Checks a text: at most [`Activity::BODY_BYTES_MAX`] bytes, no NUL; it may be empty.
    pub fn check_body(raw: &str) -> Result<String, Malformed> {
        match raw {
            long if long.len() > Self::BODY_BYTES_MAX => Err(Malformed::new("body", Fault::TooLong { limit: Self::BODY_BYTES_MAX })),
            text if text.contains('\0') => Err(Malformed::new("body", Fault::Format("text without NUL"))),
            text => Ok(text.to_owned()),
        }
    }

    /// The subject of an answer: `Re: ` before it, once, and cut where it grows too long.
    pub fn subject_of_answer(&self) -> String {
        let whole = if self.subject.starts_with("Re: ") { self.subject.clone() } else { format!("Re: {}", self.subject) };
        let fits = |end: &usize| whole.is_char_boundary(*end);
        let end = (0..=whole.len().min(Case::SUBJECT_BYTES_MAX)).rev().find(fits).unwrap_or_default();
        whole.get(..end).unwrap_or_default().trim_end().to_owned()
    }
}

/// Who said something to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// The customer, to the realm.
    Inbound,
    /// The realm, to the customer.
    Outbound,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Inbound, Self::Outbound];

    /// The word in rows and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

impl FromStr for Direction {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        word("direction", &Self::ALL, Self::as_str, raw)
    }
}

/// What is known of a file that came with an activity; its bytes are read apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// What it came with.
    pub activity: ActivityId,
    /// Its name, its type and its size.
    pub file: FileLabel,
}

/// What is said of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLabel {
    /// Its name: trimmed, 1 to [`FileLabel::NAME_BYTES_MAX`] bytes, no control characters.
    pub name: String,
    /// Its media type, such as `text/plain`.
    pub content_type: String,
    /// How many bytes it has, at most [`FileLabel::BYTES_MAX`].
    pub size: usize,
}

impl FileLabel {
    /// Most bytes of a file.
    pub const BYTES_MAX: usize = 64 * 1024;
    /// Longest name, in bytes.
    pub const NAME_BYTES_MAX: usize = 255;
    /// Longest media type, in bytes.
    pub const TYPE_BYTES_MAX: usize = 127;

    /// Checks what is said of a file.
    pub fn check(name: &str, content_type: &str, size: usize) -> Result<Self, Malformed> {
        let name = check_name(name, Self::NAME_BYTES_MAX).map_err(|malformed| malformed.of("name"))?;
        let is_token = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b));
        let is_type = content_type.split_once('/').is_some_and(|(first, second)| is_token(first) && is_token(second));
        if content_type.len() > Self::TYPE_BYTES_MAX || !is_type {
            return Err(Malformed::new("content_type", Fault::Format("a media type, such as `text/plain`")));
        }
        if size > Self::BYTES_MAX {
            return Err(Malformed::new("content", Fault::TooLong { limit: Self::BYTES_MAX }));
        }
        Ok(Self { name, content_type: content_type.to_owned(), size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_files_have_their_limits() {
        let long = |n: usize| "x".repeat(n);
        for (raw, good) in [("a", true), ("", false), ("a\nb", false), (&*long(500), true), (&*long(501), false)] {
            assert_eq!(Case::check_subject(raw).is_ok(), good, "{raw}");
        }
        for (raw, good) in [("", true), ("a\n\tb", true), ("a\0", false), (&*long(32_768), true), (&*long(32_769), false)] {
            assert_eq!(Activity::check_body(raw).is_ok(), good, "{}", raw.len());
        }
        for (name, kind, size, field) in [
            ("a.txt", "text/plain", 65_536, None),
            ("a.txt", "text/plain", 65_537, Some("content")),
            ("", "text/plain", 1, Some("name")),
            ("a", "text", 1, Some("content_type")),
            ("a", "text/", 1, Some("content_type")),
            ("a", "a/b c", 1, Some("content_type")),
            ("a", &*format!("a/{}", long(125)), 1, None),
            ("a", &*format!("a/{}", long(126)), 1, Some("content_type")),
        ] {
            assert_eq!(FileLabel::check(name, kind, size).err().map(|fault| fault.field.into_owned()).as_deref(), field, "{kind}");
        }
    }

    #[test]
    fn an_answer_is_about_the_same() {
        let activity = |subject: String| Activity {
            id: "1".parse().unwrap(),
            case: None,
            customer: CustomerId::FIRST,
            direction: Direction::Inbound,
            subject,
            body: String::new(),
            created_at: Timestamp::EPOCH,
        };
        for (subject, answer) in [("Bill".to_owned(), "Re: Bill".to_owned()), ("Re: Bill".to_owned(), "Re: Bill".to_owned())] {
            assert_eq!(activity(subject).subject_of_answer(), answer);
        }
        let long = activity("é".repeat(250)).subject_of_answer();
        assert!(long.len() == 500 && Case::check_subject(&long).is_ok(), "{}", long.len());
    }

    #[test]
    fn an_id_has_one_spelling() {
        for (raw, good) in [("1", true), ("1000", true), ("0", false), ("01", false), ("-1", false), ("x", false)] {
            assert_eq!(raw.parse::<CaseId>().is_ok(), good, "{raw}");
        }
        assert_eq!("7".parse::<ActivityId>().unwrap().to_string(), "7");
    }
}
