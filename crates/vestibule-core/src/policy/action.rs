//! Actions: what is asked for, `service:verb`, and what a statement names.

use std::{fmt, str::FromStr, sync::Arc};

use crate::refusal::{Fault, Malformed};

/// An action, `service:verb`: the service of `[a-z0-9_-]`, the verb of `[A-Za-z0-9_-]`
/// (HERE has `account:readAccountExecutives`). Compared byte for byte. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionName(Arc<str>);

impl ActionName {
    /// Longest name, in bytes.
    pub const BYTES_MAX: usize = 128;

    /// The action that a question means (`spec/authzen-decisions.md`, section B1): `service:verb` as
    /// it stands, a bare verb in the service of the resource asked about.
    pub fn for_resource(name: &str, resource_service: &str) -> Result<Self, Malformed> {
        match name.contains(':') {
            true => name.parse(),
            false if name.is_empty() => Err(Malformed::new("action", Fault::Empty)),
            false => [resource_service, ":", name].concat().parse(),
        }
    }

    /// `service:verb`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the colon.
    pub fn service(&self) -> &str {
        self.0.split_once(':').map_or("", |(service, _)| service)
    }
}

impl FromStr for ActionName {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let refuse = |fault| Err(Malformed::new("action", fault));
        match raw {
            "" => refuse(Fault::Empty),
            long if long.len() > Self::BYTES_MAX => refuse(Fault::TooLong { limit: Self::BYTES_MAX }),
            name => match name.split_once(':') {
                Some((service, verb)) if is_service(service) && is_verb(verb) => Ok(Self(Arc::from(name))),
                _ => refuse(Fault::Format("`service:verb`, or `all`")),
            },
        }
    }
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a statement says about actions: one of them, or all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActionPattern {
    /// Every action; written `all`, and `*` is read as that. No other wildcard exists.
    All,
    /// This action.
    Named(ActionName),
}

impl ActionPattern {
    /// Whether it covers `action`.
    pub fn covers(&self, action: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(name) => name.as_str() == action,
        }
    }

    /// Whether it can take something away, as far as its name tells: what is shown first to whoever opens a door.
    pub fn may_take_away(&self) -> bool {
        /// What verbs begin with that take away, or give whoever has them the power to.
        const TAKING: [&str; 8] = ["delete", "purge", "revoke", "remove", "disable", "end", "administer", "manage"];
        match self {
            Self::All => true,
            Self::Named(name) => {
                let verb = name.as_str().split_once(':').map_or("", |(_, verb)| verb).to_ascii_lowercase();
                TAKING.iter().any(|taking| verb.starts_with(taking))
            }
        }
    }

    /// As it is written in a statement.
    pub fn as_str(&self) -> &str {
        match self {
            Self::All => "all",
            Self::Named(name) => name.as_str(),
        }
    }
}

impl From<ActionName> for ActionPattern {
    fn from(name: ActionName) -> Self {
        Self::Named(name)
    }
}

impl FromStr for ActionPattern {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw {
            "all" | "*" => Ok(Self::All),
            name => name.parse().map(Self::Named),
        }
    }
}

impl fmt::Display for ActionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A service or a resource type: `[a-z0-9_-]`, at least one.
pub(crate) fn is_service(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

fn is_verb(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_a_service_and_a_verb() {
        for (raw, good) in [
            ("config:retrieve", true),
            ("account:readAccountExecutives", true),
            ("wavefront:user_management", true),
            ("a-1:b-2", true),
            ("", false),
            ("config", false),
            ("all", false),
            ("*", false),
            ("config:", false),
            (":retrieve", false),
            ("config:*", false),
            ("*:retrieve", false),
            ("Config:retrieve", false),
            ("config:re:trieve", false),
            ("config: retrieve", false),
            (&format!("a:{}", "b".repeat(126)), true),
            (&format!("a:{}", "b".repeat(127)), false),
        ] {
            assert_eq!(raw.parse::<ActionName>().is_ok(), good, "{raw:?}");
        }
    }

    #[test]
    fn a_statement_names_one_action_or_all() {
        for (raw, written) in
            [("all", Some("all")), ("*", Some("all")), ("config:all", Some("config:all")), ("config:*", None), ("ALL", None), ("", None)]
        {
            assert_eq!(raw.parse::<ActionPattern>().ok().map(|a| a.to_string()).as_deref(), written, "{raw:?}");
        }
    }

    #[test]
    fn a_bare_verb_takes_the_service_of_the_resource() {
        for (name, service, meant) in [
            ("read", "record", Some("record:read")),
            ("retrieve", "config", Some("config:retrieve")),
            ("config:retrieve", "record", Some("config:retrieve")),
            ("all", "config", Some("config:all")),
            ("*", "config", None),
            ("", "config", None),
            (":read", "config", None),
            ("read it", "config", None),
        ] {
            assert_eq!(ActionName::for_resource(name, service).ok().map(|a| a.to_string()).as_deref(), meant, "{name:?}");
        }
    }

    #[test]
    fn what_takes_away_is_known_by_its_verb() {
        for (raw, takes) in [
            ("all", true),
            ("*", true),
            ("config:delete", true),
            ("account:manageAccountExecutives", true),
            ("realm:administer", true),
            ("session:end", true),
            ("config:retrieve", false),
            ("calendar:view", false),
            ("wall:paint", false),
            ("account:readAccountExecutives", false),
        ] {
            assert_eq!(raw.parse::<ActionPattern>().unwrap().may_take_away(), takes, "{raw}");
        }
    }
}
