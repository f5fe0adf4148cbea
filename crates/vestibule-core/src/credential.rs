//! Credentials: the ways in which an account proves itself. Secrets never stand here in
//! the clear for longer than a request; rows hold hashes and sealed bytes.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::{
    id::{AccountKey, CredentialId},
    redirect::RedirectUri,
    refusal::{Fault, Malformed},
    time::Timestamp,
};

/// What kind of proof a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CredentialKind {
    /// A bearer token.
    Token,
    /// An id and a shared secret that signs requests (HERE access key, m3ter API key).
    AccessKey,
    /// A password, kept as an Argon2id hash.
    Password,
    /// A public key whose owner signs assertions (`private_key_jwt`).
    PublicKey,
}

impl CredentialKind {
    /// The word in rows, manifests and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::AccessKey => "access-key",
            Self::Password => "password",
            Self::PublicKey => "public-key",
        }
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CredentialKind {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw {
            "token" => Ok(Self::Token),
            "access-key" => Ok(Self::AccessKey),
            "password" => Ok(Self::Password),
            "public-key" => Ok(Self::PublicKey),
            _ => Err(Malformed::new("type", Fault::UnknownValue("token, access-key, password, public-key".to_owned()))),
        }
    }
}

/// Most tokens of one account (`spec/wavefront-accounts.md`, section 9.4).
pub const TOKENS_MAX: usize = 20;

/// The rule for tokens that are shown again: their text is a UUID, in lower case and with hyphens
/// (`spec/wavefront-accounts.md`, section 2). Of any other token nothing is kept but a hash.
pub struct ShowableToken;

impl ShowableToken {
    /// Whether a token with this text may be shown again.
    pub fn is(text: &str) -> bool {
        Self::parse(text).is_ok_and(|token| token == text)
    }

    /// Reads a token that a client chose, and folds it to lower case.
    pub fn parse(raw: &str) -> Result<String, Malformed> {
        let hyphens = raw.bytes().enumerate().filter(|(_, byte)| *byte == b'-').map(|(at, _)| at);
        let is_hyphenated = raw.len() == 36 && hyphens.eq([8, 13, 18, 23]);
        match Uuid::try_parse(raw) {
            Ok(uuid) if is_hyphenated => Ok(uuid.to_string()),
            _ => Err(Malformed::new("token", Fault::Format("a UUID"))),
        }
    }
}

/// The rule for passwords that people choose.
pub struct Password;

impl Password {
    /// Shortest password, in characters.
    pub const CHARS_MIN: usize = 12;
    /// Longest password, in bytes.
    pub const BYTES_MAX: usize = 1_024;

    /// The most common ones of those that were leaked elsewhere and are long enough, in lower case and in order.
    const LEAKED: &str = include_str!("leaked_passwords.txt");

    /// Checks a password: its length, that it is none that is tried first, and nothing about its characters (NIST SP
    /// 800-63B, section 5.1.1.2).
    pub fn check(raw: &str) -> Result<(), Malformed> {
        match raw {
            "" => Err(Malformed::new("password", Fault::Empty)),
            long if long.len() > Self::BYTES_MAX => Err(Malformed::new("password", Fault::TooLong { limit: Self::BYTES_MAX })),
            short if short.chars().count() < Self::CHARS_MIN => Err(Malformed::new("password", Fault::Format("12 characters or more"))),
            known if Self::LEAKED.lines().any(|leaked| known.eq_ignore_ascii_case(leaked)) => {
                Err(Malformed::new("password", Fault::Format("one that is not known from leaks, where guessing begins")))
            }
            _ => Ok(()),
        }
    }
}

/// What may be shown of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its public id.
    pub id: CredentialId,
    /// Whose proof it is.
    pub account: AccountKey,
    /// What kind of proof.
    pub kind: CredentialKind,
    /// The id that a client presents, where the kind has one (access key id, key id).
    pub public_id: Option<String>,
    /// Given by its owner; may be empty.
    pub name: String,
    /// The project scope that tokens of it carry (`spec/here-support.md`, section 6).
    pub scope: Option<ProjectScope>,
    /// A disabled credential proves nothing.
    pub enabled: bool,
    /// It proves nothing from this instant on, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last proved its account, as far as that was written down; absent: never.
    pub last_used_at: Option<Timestamp>,
    /// Where people who sign in through it may be sent back to: for access keys, which are a client's id and secret.
    pub redirect_uris: Vec<RedirectUri>,
}

impl Credential {
    /// Longest name, in bytes.
    pub const NAME_BYTES_MAX: usize = 255;

    /// Checks the name that somebody gives a credential: it may be empty, and has no control characters.
    pub fn check_name(raw: &str) -> Result<String, Malformed> {
        match raw.trim() {
            long if long.len() > Self::NAME_BYTES_MAX => Err(Malformed::new("name", Fault::TooLong { limit: Self::NAME_BYTES_MAX })),
            odd if odd.chars().any(char::is_control) => Err(Malformed::new("name", Fault::Format("text without control characters"))),
            name => Ok(name.to_owned()),
        }
    }
}

/// A project scope: `hrn:here:authorization::<realm>:project/<id>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ProjectScope(String);

impl ProjectScope {
    /// Longest scope, in bytes.
    pub const BYTES_MAX: usize = 512;
    const PREFIX: &'static str = "hrn:here:authorization::";

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The realm that the project belongs to, as written.
    pub fn realm(&self) -> &str {
        self.0.strip_prefix(Self::PREFIX).and_then(|rest| rest.split_once(':')).map_or("", |(realm, _)| realm)
    }
}

impl FromStr for ProjectScope {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let refuse = || Malformed::new("scope", Fault::Format("`hrn:here:authorization::<realm>:project/<id>`"));
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b));
        let (realm, rest) = raw.strip_prefix(Self::PREFIX).and_then(|rest| rest.split_once(':')).ok_or_else(refuse)?;
        let project = rest.strip_prefix("project/").ok_or_else(refuse)?;
        match raw.len() <= Self::BYTES_MAX && plain(realm) && plain(project) {
            true => Ok(Self(raw.to_owned())),
            false => Err(refuse()),
        }
    }
}

impl fmt::Display for ProjectScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_12_characters_to_1024_bytes() {
        for (raw, good) in
            [("", false), (&*"ü".repeat(11), false), (&*"ü".repeat(12), true), (&*"x".repeat(1_024), true), (&*"x".repeat(1_025), false)]
        {
            assert_eq!(Password::check(raw).is_ok(), good, "{raw:?}");
        }
    }

    #[test]
    fn a_password_that_was_leaked_is_none() {
        for (raw, good) in [
            ("password1234", false),
            ("PassWord1234", false),
            ("password1234x", true),
            ("zzzzzzzzzzzz", false),
            ("correct horse battery staple", true),
        ] {
            assert_eq!(Password::check(raw).is_ok(), good, "{raw}");
        }
        let lines: Vec<_> = Password::LEAKED.lines().collect();
        assert!(lines.is_sorted() && lines.iter().all(|line| line.len() >= Password::CHARS_MIN && line.to_lowercase() == **line));
    }

    #[test]
    fn a_token_is_shown_again_if_it_is_a_uuid_in_lower_case() {
        let upper = "A411C16B-3CF7-4F03-BF11-8CA05AAB898D";
        for (raw, parsed, is) in [
            ("a411c16b-3cf7-4f03-bf11-8ca05aab898d", true, true),
            (upper, true, false),
            ("a411c16b3cf74f03bf118ca05aab898d", false, false),
            ("{a411c16b-3cf7-4f03-bf11-8ca05aab898d}", false, false),
            ("a411c16b-3cf7-4f03-bf11-8ca05aab898", false, false),
            ("a411c16b-3cf7-4f03-bf11-8ca05aab898g", false, false),
            ("", false, false),
        ] {
            assert_eq!((ShowableToken::parse(raw).is_ok(), ShowableToken::is(raw)), (parsed, is), "{raw}");
        }
        assert_eq!(ShowableToken::parse(upper).unwrap(), upper.to_lowercase());
    }

    #[test]
    fn a_name_has_at_most_255_bytes() {
        for (raw, name) in
            [("", Some("")), (" main ", Some("main")), (&*"x".repeat(255), Some(&*"x".repeat(255))), (&*"x".repeat(256), None)]
        {
            assert_eq!(Credential::check_name(raw).ok().as_deref(), name, "{raw:?}");
        }
        assert!(Credential::check_name("a\nb").is_err());
    }

    #[test]
    fn a_project_scope_names_its_realm() {
        for (raw, realm) in [
            ("hrn:here:authorization::rlmdemo01:project/atlas", Some("rlmdemo01")),
            ("hrn:here:authorization::rlmdemo01:project/", None),
            ("hrn:here:authorization:::project/atlas", None),
            ("hrn:here:account::rlmdemo01:project/atlas", None),
            ("hrn:here:authorization::a:project/x y", None),
        ] {
            assert_eq!(raw.parse::<ProjectScope>().ok().as_ref().map(ProjectScope::realm), realm, "{raw}");
        }
    }
}
