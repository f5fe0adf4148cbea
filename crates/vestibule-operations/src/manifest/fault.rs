//! What can be wrong with a manifest, and where.

use std::fmt;

use vestibule_core::refusal::Fault;

/// One fault: `acme.toml:12: unknown key `realms.suport` (did you mean `support`?)`. Never shows a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The dotted key, without positions in arrays; empty for faults of the text as a whole.
    pub key: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a key of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The text is not TOML; a key given twice is such a fault too.
    Syntax(String),
    /// The text is longer than this many bytes.
    TooLong(usize),
    /// No such key; perhaps this one was meant.
    UnknownKey(Option<String>),
    /// Required and absent.
    Missing,
    /// Another type than this.
    NotA(&'static str),
    /// Breaks a rule.
    Breaks(Fault),
    /// Must be unique, and was given on this line before.
    Repeated(usize),
    /// Names a thing that the manifest does not have.
    UnknownName {
        /// The kind of thing.
        what: &'static str,
        /// The name given.
        name: String,
        /// Perhaps this one was meant.
        near: Option<String>,
    },
    /// Needs exactly one of these keys.
    NotOneOf(&'static [&'static str]),
    /// A secret that stands elsewhere cannot be had; why.
    NoSecret(String),
    /// A managed role, whose statements are ours.
    ManagedRole,
}

impl std::error::Error for ManifestError {}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        let key = &self.key;
        match &self.problem {
            Problem::Syntax(message) => write!(f, "not TOML: {message}"),
            Problem::TooLong(limit) => write!(f, "longer than {limit} bytes"),
            Problem::UnknownKey(near) => write!(f, "unknown key `{key}`{}", DidYouMean(near)),
            Problem::Missing => write!(f, "`{key}` is missing"),
            Problem::NotA(wanted) => write!(f, "`{key}` is not {wanted}"),
            Problem::Breaks(fault) => write!(f, "`{key}` {fault}"),
            Problem::Repeated(line) => write!(f, "`{key}` was given before, on line {line}"),
            Problem::UnknownName { what, name, near } => write!(f, "`{key}` names an unknown {what} `{name}`{}", DidYouMean(near)),
            Problem::NotOneOf(keys) => write!(f, "`{key}` needs exactly one of `{}`", keys.join("`, `")),
            Problem::NoSecret(why) => write!(f, "`{key}`: {why}"),
            Problem::ManagedRole => write!(f, "`{key}` is a built-in role, which cannot be changed"),
        }
    }
}

struct DidYouMean<'a>(&'a Option<String>);

impl fmt::Display for DidYouMean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |near| write!(f, " (did you mean `{near}`?)"))
    }
}

/// The known name that `given` was probably meant to be: the nearest, if it is near enough.
pub(super) fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // One slip in three letters, three at most; two letters resemble anything.
    let near_enough = (given.chars().count() / 3).min(3);
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(given, name), name))
        .filter(|(distance, _)| *distance <= near_enough)
        .min()
        .map(|(_, name)| name.to_owned())
}
