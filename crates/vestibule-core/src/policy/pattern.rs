//! Patterns: which resources a statement speaks of (`spec/m3ter-support.md`, section 8.3).

use std::{fmt, str::FromStr};

use crate::{
    policy::{Item, Resource, action::is_service},
    refusal::{Fault, Malformed},
};

/// A pattern over resources, kept as it was spelt. The whole grammar:
///
/// | written | covers |
/// | --- | --- |
/// | `*` | everything |
/// | `svc:*` | all of a service |
/// | `svc:type/*`, `svc:type/item/*` | all of a type, and the type as a whole |
/// | `svc:type/item/{id}` | that item |
/// | `svc:type/group/{id}` | that group, and the items in it or in groups inside it |
/// | `svc:type/group/*` | every group of the type, and the items in any |
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern(Scope);

/// What a [`Pattern`] covers, widest first. Parsing is the only way from text to a pattern, so
/// that each part here is well formed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everything.
    Everything,
    /// All of a service.
    Service(Box<str>),
    /// Something within a type.
    Kind {
        /// The service.
        service: Box<str>,
        /// The type.
        kind: Box<str>,
        /// What of it.
        part: Part,
    },
}

/// What of a type a pattern covers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// All of it, written `/*`.
    Whole,
    /// All of it, written `/item/*`; means the same as [`Part::Whole`].
    Items,
    /// One item.
    Item(Box<str>),
    /// Every group, and what is in any.
    Grouped,
    /// One group, and what is in it.
    Group(Box<str>),
}

impl Pattern {
    /// Longest pattern, in bytes.
    pub const BYTES_MAX: usize = 512;

    /// The pattern `*`.
    pub const fn everything() -> Self {
        Self(Scope::Everything)
    }

    /// What it covers.
    pub fn scope(&self) -> &Scope {
        &self.0
    }

    /// Whether what it covers depends on the groups that a thing lies in.
    pub fn asks_for_groups(&self) -> bool {
        matches!(&self.0, Scope::Kind { part: Part::Grouped | Part::Group(_), .. })
    }

    /// Whether it covers `resource`. The type as a whole (to create in it, to list it) is covered
    /// only by what covers all of the type; a single item or a group does not.
    pub fn covers(&self, resource: &Resource<'_>) -> bool {
        match &self.0 {
            Scope::Everything => true,
            Scope::Service(service) => **service == *resource.service,
            Scope::Kind { service, kind, part } => {
                **service == *resource.service && **kind == *resource.kind && part.covers(&resource.item, resource.groups)
            }
        }
    }
}

impl Part {
    fn covers(&self, item: &Item<'_>, groups: &[&str]) -> bool {
        match (self, item) {
            (Self::Whole | Self::Items, _) => true,
            (Self::Item(id), Item::One(asked)) => **id == **asked,
            (Self::Grouped, Item::One(_)) => !groups.is_empty(),
            (Self::Grouped, Item::Group(_)) => true,
            (Self::Group(id), Item::One(_)) => groups.contains(&&**id),
            (Self::Group(id), Item::Group(asked)) => **id == **asked || groups.contains(&&**id),
            (Self::Item(_), Item::Group(_) | Item::Whole) | (Self::Grouped | Self::Group(_), Item::Whole) => false,
        }
    }
}

impl FromStr for Pattern {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let refuse = |fault| Err(Malformed::new("resource", fault));
        match raw {
            "" => return refuse(Fault::Empty),
            "*" => return Ok(Self::everything()),
            long if long.len() > Self::BYTES_MAX => return refuse(Fault::TooLong { limit: Self::BYTES_MAX }),
            _ => {}
        }
        let Some((service, rest)) = raw.split_once(':') else {
            return refuse(Fault::Format("`*` or `service:…`"));
        };
        if !is_service(service) {
            return refuse(Fault::Format("a pattern whose service is of `a-z`, `0-9`, `_`, `-`"));
        }
        if rest == "*" {
            return Ok(Self(Scope::Service(service.into())));
        }
        let Some((kind, rest)) = rest.split_once('/') else {
            return refuse(Fault::Format("`service:*` or `service:type/…`"));
        };
        if !is_service(kind) {
            return refuse(Fault::Format("a pattern whose type is of `a-z`, `0-9`, `_`, `-`"));
        }
        let part = match rest.split_once('/') {
            None if rest == "*" => Part::Whole,
            Some(("item", "*")) => Part::Items,
            Some(("item", id)) if is_id(id) => Part::Item(id.into()),
            Some(("group", "*")) => Part::Grouped,
            Some(("group", id)) if is_id(id) => Part::Group(id.into()),
            Some(("item" | "group", _)) => return refuse(Fault::Format("a pattern whose id is one segment, or `*` alone")),
            _ => return refuse(Fault::Format("`service:type/*`, `service:type/item/…` or `service:type/group/…`")),
        };
        Ok(Self(Scope::Kind { service: service.into(), kind: kind.into(), part }))
    }
}

/// An id that can be written in a pattern: one segment, no `*` within, nothing unprintable.
pub(crate) fn is_id(id: &str) -> bool {
    !id.is_empty() && !id.chars().any(|c| c == '/' || c == '*' || c.is_control() || c.is_whitespace())
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Scope::Everything => f.write_str("*"),
            Scope::Service(service) => write!(f, "{service}:*"),
            Scope::Kind { service, kind, part } => match part {
                Part::Whole => write!(f, "{service}:{kind}/*"),
                Part::Items => write!(f, "{service}:{kind}/item/*"),
                Part::Item(id) => write!(f, "{service}:{kind}/item/{id}"),
                Part::Grouped => write!(f, "{service}:{kind}/group/*"),
                Part::Group(id) => write!(f, "{service}:{kind}/group/{id}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_read_and_written_and_all_else_refused() {
        for good in [
            "*",
            "config:*",
            "config:plan/*",
            "config:plan/item/*",
            "config:plan/item/P1",
            "config:plan/item/a:b@c.example",
            "config:plan/item/new",
            "config:plan/group/*",
            "config:plan/group/G-1_x",
            "a-1_b:c-2_d/*",
        ] {
            assert_eq!(good.parse::<Pattern>().map(|pattern| pattern.to_string()).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "**",
            "* ",
            " *",
            ":",
            "config",
            "config:",
            ":plan/*",
            ":*",
            "*:*",
            "*:plan/*",
            "config:plan",
            "config:plan/",
            "config:pl*n/*",
            "config:*/item/P1",
            "config:plan/item",
            "config:plan/item/",
            "config:plan/group/",
            "config:plan//P1",
            "config:plan/item//P1",
            "config:plan/item/P*",
            "config:plan/item/P1/",
            "config:plan/item/P1/x",
            "config:plan/item/*/x",
            "config:plan/*/P1",
            "config:plan/thing/P1",
            "config:plan/P1",
            "Config:plan/*",
            "config:Plan/*",
            "config:plan/Item/P1",
            "config:pl an/*",
            "config:plan/item/P 1",
            "config:plan/item/P\n",
            "config:plan:x/*",
        ] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_pattern_has_at_most_512_bytes() {
        let long = |bytes: usize| format!("config:plan/item/{}", "x".repeat(bytes - "config:plan/item/".len()));
        assert!(long(512).parse::<Pattern>().is_ok());
        assert_eq!(long(513).parse::<Pattern>(), Err(Malformed::new("resource", Fault::TooLong { limit: 512 })));
    }
}
