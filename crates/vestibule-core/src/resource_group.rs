//! Resource groups: sets of things of one type, which statements speak of as `service:type/group/{id}`
//! (`spec/m3ter-support.md`, section 7). A group of type `user` is a [`Group`](crate::group::Group) of
//! accounts; those of all other types gather whatever the tenant calls by that type.

use std::{fmt, str::FromStr};

use crate::{
    authorship::Authorship,
    group::Group,
    id::{AccountKey, GroupId, MembershipId, derived},
    policy::{action::is_service, pattern::is_id},
    refusal::{Fault, Malformed},
    time::Timestamp,
};

/// What a group gathers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GroupType {
    /// Accounts of people.
    Users,
    /// Things of the tenant's, by the name of their type.
    Things(Box<str>),
}

impl GroupType {
    /// The name of the type whose groups gather people.
    pub const USERS: &'static str = "user";
    /// Longest type, in bytes.
    pub const BYTES_MAX: usize = 64;

    /// The type's name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Users => Self::USERS,
            Self::Things(kind) => kind,
        }
    }
}

/// Any type that a pattern can spell.
impl FromStr for GroupType {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw {
            Self::USERS => Ok(Self::Users),
            long if long.len() > Self::BYTES_MAX => Err(Malformed::new("type", Fault::TooLong { limit: Self::BYTES_MAX })),
            kind if is_service(kind) => Ok(Self::Things(kind.into())),
            _ => Err(Malformed::new("type", Fault::Format("a type of `a-z`, `0-9`, `_`, `-`"))),
        }
    }
}

impl fmt::Display for GroupType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What stands in a group: one thing, or a group of the same type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Member {
    /// One thing, by its id; in a group of people the account's key.
    Item(ItemId),
    /// Another group of the same type, and so whatever is in it.
    Group(GroupId),
}

impl Member {
    /// The word in rows.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Item(_) => "item",
            Self::Group(_) => "group",
        }
    }

    /// The id, whichever it is.
    pub fn id(&self) -> String {
        match self {
            Self::Item(item) => item.as_str().to_owned(),
            Self::Group(group) => group.to_string(),
        }
    }

    /// The account that an item of a group of people is.
    pub fn account(&self) -> Option<AccountKey> {
        match self {
            Self::Item(item) => item.as_str().parse().ok(),
            Self::Group(_) => None,
        }
    }
}

/// The id of a thing in a group: one that a pattern can spell, 1 to [`ItemId::BYTES_MAX`] bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(Box<str>);

impl ItemId {
    /// Longest id, in bytes.
    pub const BYTES_MAX: usize = 255;

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<AccountKey> for ItemId {
    fn from(key: AccountKey) -> Self {
        Self(key.to_string().into())
    }
}

impl FromStr for ItemId {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw {
            "" => Err(Malformed::new("id", Fault::Empty)),
            long if long.len() > Self::BYTES_MAX => Err(Malformed::new("id", Fault::TooLong { limit: Self::BYTES_MAX })),
            id if is_id(id) => Ok(Self(id.into())),
            _ => Err(Malformed::new("id", Fault::Format("one segment of a resource's name"))),
        }
    }
}

/// A member of a group, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group: GroupId,
    /// Who or what is in it.
    pub member: Member,
    /// Since when; 1970 for what was put in before this was kept.
    pub created_at: Timestamp,
    /// Who put it in.
    pub authorship: Authorship,
}

impl Membership {
    /// Its id. Nothing is kept under it: there is at most one membership of the two.
    pub fn id(&self) -> MembershipId {
        MembershipId::from_uuid(derived(&format!("membership/{}/{}/{}", self.group, self.member.kind(), self.member.id())))
    }
}

impl Group {
    /// Most groups that one thing, or one group, lies in directly.
    pub const PLACES_MAX: usize = 100;

    /// Refuses one more place for something that lies in `places` groups directly.
    pub fn check_places(places: usize) -> Result<(), Malformed> {
        match places < Self::PLACES_MAX {
            true => Ok(()),
            false => Err(Malformed::new("group", Fault::TooMany { limit: Self::PLACES_MAX })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_a_word_that_a_pattern_can_spell() {
        for (raw, good) in [
            ("plan", true),
            ("user", true),
            ("plan-template_2", true),
            ("", false),
            ("Plan", false),
            ("plan/x", false),
            ("*", false),
            ("config:plan", false),
            (&*"x".repeat(64), true),
            (&*"x".repeat(65), false),
        ] {
            assert_eq!(raw.parse::<GroupType>().ok().as_ref().map(GroupType::as_str), good.then_some(raw), "{raw:?}");
        }
        assert_eq!("user".parse(), Ok(GroupType::Users));
    }

    #[test]
    fn an_item_is_one_segment() {
        for (raw, good) in [
            ("P1", true),
            ("a:b@c.example", true),
            ("", false),
            ("a/b", false),
            ("*", false),
            ("a b", false),
            ("a\n", false),
            (&*"x".repeat(255), true),
            (&*"x".repeat(256), false),
        ] {
            assert_eq!(raw.parse::<ItemId>().is_ok(), good, "{raw:?}");
        }
    }

    #[test]
    fn a_thing_lies_in_at_most_100_groups() {
        assert!(Group::check_places(99).is_ok());
        assert!(Group::check_places(100).is_err());
    }
}
