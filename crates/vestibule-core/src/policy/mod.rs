//! Policy: may this be done to that, now, and which statement says so?
//!
//! A [`Statement`] allows or denies actions on resources, perhaps under a [`Condition`].
//! Statements reach a principal through [`Source`]s (its account, roles, the window). Each list of them
//! is indexed once, and [`Compiled::decide`] then answers each [`Ask`] from memory.
//! The rule (`spec/m3ter-support.md`, section 8.4): anything denies, deny; else anything
//! allows, allow; else deny. A stored statement that cannot be read denies.
//!
//! Which actions exist is no business of this room: any well-formed `service:verb` is one.
//! Begin with [`decide`], then [`compiled`].

pub mod action;
pub mod compiled;
pub mod condition;
pub mod decide;
pub mod explain;
mod index;
pub mod pattern;
pub mod permission;
pub mod resource;
pub mod statement;
pub mod statements;

pub use action::{ActionName, ActionPattern};
pub use compiled::{Compiled, Origin, Source};
pub use condition::Condition;
pub use decide::{Ask, Attributes, Because, DecidedBy, Fact, Facts, GateReason, Item, Named, Resource, Ruling};
pub use explain::{Explanation, Missed, NearMiss};
pub use pattern::{Part, Pattern, Scope};
pub use resource::{ResourceId, ResourceItem};
pub use statement::{Effect, RawStatement, Statement};
pub use statements::Statements;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod table;
