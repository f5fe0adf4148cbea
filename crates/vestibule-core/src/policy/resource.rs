//! Resource identifiers: what is asked about, owned, from text or from a question's type and id.

use std::{fmt, str::FromStr};

use crate::{
    policy::{Item, Resource, action::is_service, pattern::is_id},
    refusal::{Fault, Malformed},
};

/// One resource: an item, a group, or a type as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId {
    service: Box<str>,
    kind: Box<str>,
    item: ResourceItem,
}

/// What of its type a [`ResourceId`] is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceItem {
    /// One item.
    One(Box<str>),
    /// A group of the type.
    Group(Box<str>),
    /// The type as a whole: to create in it, to list it.
    Whole,
}

impl ResourceId {
    /// Longest identifier in text, in bytes.
    pub const BYTES_MAX: usize = 512;
    /// The resource that a question means, owned; see [`Resource::from_entity`].
    pub fn from_entity(entity_type: &str, id: &str, is_group: bool) -> Result<Self, Malformed> {
        Resource::from_entity(entity_type, id, is_group).map(Self::from)
    }

    /// A type as a whole, for our own doors.
    pub fn whole(service: &str, kind: &str) -> Self {
        Self { service: service.into(), kind: kind.into(), item: ResourceItem::Whole }
    }

    /// One item, for our own doors.
    pub fn item(service: &str, kind: &str, id: &str) -> Self {
        Self { service: service.into(), kind: kind.into(), item: ResourceItem::One(id.into()) }
    }

    /// The service, which a bare verb takes.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What of the type it is.
    pub fn part(&self) -> &ResourceItem {
        &self.item
    }

    /// The borrowed form that a question holds, in no group.
    pub fn as_resource(&self) -> Resource<'_> {
        self.within(&[])
    }

    /// The borrowed form, in `groups` (flattened: a group inside a group counts as both).
    pub fn within<'a>(&'a self, groups: &'a [&'a str]) -> Resource<'a> {
        let item = match &self.item {
            ResourceItem::One(id) => Item::One(id),
            ResourceItem::Group(id) => Item::Group(id),
            ResourceItem::Whole => Item::Whole,
        };
        Resource { service: &self.service, kind: &self.kind, item, groups }
    }
}

/// In no group.
impl From<Resource<'_>> for ResourceId {
    fn from(resource: Resource<'_>) -> Self {
        let item = match resource.item {
            Item::One(id) => ResourceItem::One(id.into()),
            Item::Group(id) => ResourceItem::Group(id.into()),
            Item::Whole => ResourceItem::Whole,
        };
        Self { service: resource.service.into(), kind: resource.kind.into(), item }
    }
}

/// Reads `svc:type/item/{id}`, `svc:type/group/{id}`, and for the type as a whole `svc:type/item`
/// or `svc:type`. An item may be called `new`; asking to create is asking for the whole type.
impl FromStr for ResourceId {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let refuse = |fault| Err(Malformed::new("resource", fault));
        match raw {
            "" => return refuse(Fault::Empty),
            long if long.len() > Self::BYTES_MAX => return refuse(Fault::TooLong { limit: Self::BYTES_MAX }),
            _ => {}
        }
        let (head, rest) = raw.split_once('/').unwrap_or((raw, "item"));
        let item = match rest.split_once('/') {
            None if rest == "item" => ResourceItem::Whole,
            Some(("item", id)) if is_id(id) => ResourceItem::One(id.into()),
            Some(("group", id)) if is_id(id) => ResourceItem::Group(id.into()),
            _ => return refuse(Fault::Format("`service:type/item/id` or `service:type/group/id`")),
        };
        match head.split_once(':') {
            Some((service, kind)) if is_service(service) && is_service(kind) => {
                Ok(Self { service: service.into(), kind: kind.into(), item })
            }
            _ => refuse(Fault::Format("`service:type/item/id` or `service:type/group/id`")),
        }
    }
}

/// As it is parsed; an id from a question that no pattern can spell is printed as it came.
impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, kind, item } = self;
        match item {
            ResourceItem::One(id) => write!(f, "{service}:{kind}/item/{id}"),
            ResourceItem::Group(id) => write!(f, "{service}:{kind}/group/{id}"),
            ResourceItem::Whole => write!(f, "{service}:{kind}/item"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_an_item_a_group_or_a_type() {
        for (raw, written) in [
            ("config:plan/item/P1", Some("config:plan/item/P1")),
            ("config:plan/item/new", Some("config:plan/item/new")),
            ("config:plan/group/G", Some("config:plan/group/G")),
            ("config:plan/item", Some("config:plan/item")),
            ("config:plan", Some("config:plan/item")),
            ("config:plan/group", None),
            ("config:plan/*", None),
            ("config:plan/item/*", None),
            ("config:plan/item/", None),
            ("config:plan/item/a/b", None),
            ("config:", None),
            ("plan", None),
            ("*", None),
            ("", None),
            (&format!("a:b/item/{}", "x".repeat(503)), Some(&*format!("a:b/item/{}", "x".repeat(503)))),
            (&format!("a:b/item/{}", "x".repeat(504)), None),
        ] {
            assert_eq!(raw.parse::<ResourceId>().ok().map(|id| id.to_string()).as_deref(), written, "{raw:?}");
        }
    }

    #[test]
    fn a_question_means_one_resource() {
        for (entity_type, id, is_group, meant) in [
            ("config:plan", "P1", false, Some("config:plan/item/P1")),
            ("config:plan", "G", true, Some("config:plan/group/G")),
            ("record", "record-1", false, Some("record:record/item/record-1")),
            ("record", "*", false, Some("record:record/item")),
            ("record", "*", true, Some("record:record/item")),
            ("record", "new", false, Some("record:record/item/new")),
            ("route", "/todos/{id}", false, Some("route:route/item//todos/{id}")),
            ("Photo Album", "a*b", false, Some("Photo Album:Photo Album/item/a*b")),
            ("a:b:c", "1", false, Some("a:b:c/item/1")),
            ("", "1", false, None),
            ("record", "", false, None),
            ("record", &"x".repeat(1_024), false, Some(&*format!("record:record/item/{}", "x".repeat(1_024)))),
            ("record", &"x".repeat(1_025), false, None),
        ] {
            let resource = ResourceId::from_entity(entity_type, id, is_group).ok();
            assert_eq!(resource.map(|id| id.to_string()).as_deref(), meant, "{entity_type:?} {id:?}");
        }
    }

    #[test]
    fn what_no_pattern_can_spell_is_reached_only_by_wider_ones() {
        let odd = ResourceId::from_entity("record", "a/b", false).unwrap();
        for (pattern, covers) in [("*", true), ("record:*", true), ("record:record/*", true), ("record:record/item/a", false)] {
            assert_eq!(pattern.parse::<crate::policy::Pattern>().unwrap().covers(&odd.as_resource()), covers, "{pattern}");
        }
    }
}
