//! Scopes: what a token's bearer may ask for at most, whatever it is allowed beside (RFC 6749, section 3.3). Which
//! names there are is for each door to say.

use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::refusal::{Fault, Malformed};

/// The scopes of a token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scopes {
    /// No bound: stored tokens, passwords, sessions, and tokens of the doors that know no scopes.
    #[default]
    All,
    /// These, and what [`Scopes::DEFAULT`] stands for if it is among them.
    Named(BTreeSet<String>),
}

impl Scopes {
    /// Stands for every scope (`spec/egain-grants.md`, section 2).
    pub const DEFAULT: &'static str = ".default";
    /// Most scopes of one token.
    pub const COUNT_MAX: usize = 20;
    /// Longest text of all of them, in bytes.
    pub const BYTES_MAX: usize = 1_024;
    /// What a deployment's prefix ends with; a name with one is taken as the rest of it (`spec/egain-grants.md`,
    /// section 2).
    const PREFIX_END: &'static str = "/auth/";

    /// Whether the scope is among them.
    pub fn allows(&self, scope: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(scope) || names.contains(Self::DEFAULT),
        }
    }

    /// What stands for every scope, by its name.
    pub fn by_default() -> Self {
        Self::Named(BTreeSet::from([Self::DEFAULT.to_owned()]))
    }
}

impl FromStr for Scopes {
    type Err = Malformed;

    /// Names apart by single spaces, each of the characters of RFC 6749, section 3.3. Without a name there is
    /// [`Scopes::by_default`].
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let refuse = |fault| Err(Malformed::new("scope", fault));
        if raw.is_empty() {
            return Ok(Self::by_default());
        }
        if raw.len() > Self::BYTES_MAX {
            return refuse(Fault::TooLong { limit: Self::BYTES_MAX });
        }
        let plain = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let mut names = BTreeSet::new();
        for name in raw.split(' ') {
            let name = name.rsplit_once(Self::PREFIX_END).map_or(name, |(_, name)| name);
            if name.is_empty() || !name.bytes().all(plain) {
                return refuse(Fault::Format("names of printable ASCII, apart by single spaces"));
            }
            names.insert(name.to_owned());
        }
        match names.len() <= Self::COUNT_MAX {
            true => Ok(Self::Named(names)),
            false => refuse(Fault::TooMany { limit: Self::COUNT_MAX }),
        }
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str(Self::DEFAULT),
            Self::Named(names) => f.write_str(&names.iter().map(String::as_str).collect::<Vec<_>>().join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_may_what_its_scopes_name() {
        for (raw, reads, writes) in [
            ("core.customermgr.read", true, false),
            ("core.customermgr.manage", false, true),
            ("core.customermgr.read core.customermgr.manage", true, true),
            ("https://api.egain.example/auth/core.customermgr.read", true, false),
            ("core.customermgr.rea", false, false),
            ("other", false, false),
            (".default", true, true),
            ("https://api.egain.example/auth/.default", true, true),
            ("", true, true),
        ] {
            let scopes: Scopes = raw.parse().unwrap();
            let may = (scopes.allows("core.customermgr.read"), scopes.allows("core.customermgr.manage"));
            assert_eq!(may, (reads, writes), "{raw:?}");
            assert_eq!(scopes.to_string().parse(), Ok(scopes), "{raw:?}");
        }
        assert!(Scopes::All.allows("anything"));
    }

    #[test]
    fn scopes_are_few_and_plain() {
        let many = |n: usize| (0..n).map(|at| format!("s{at}")).collect::<Vec<_>>().join(" ");
        for (raw, good) in [
            (&*many(20), true),
            (&*many(21), false),
            (&*"x".repeat(1_024), true),
            (&*"x".repeat(1_025), false),
            ("a  b", false),
            (" a", false),
            ("a ", false),
            ("a\tb", false),
            ("a\"b", false),
            ("a\\b", false),
            ("é", false),
            ("https://api.example/auth/", false),
        ] {
            assert_eq!(raw.parse::<Scopes>().is_ok(), good, "{raw:?}");
        }
    }
}
