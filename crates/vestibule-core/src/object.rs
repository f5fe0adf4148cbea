//! Objects: what a realm says of its own things, for conditions and searches.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::policy::ActionName;

/// One thing of a realm's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its type as questions write it, a bare one where service and type bear one name; see
    /// [`crate::policy::Resource::entity_type`].
    pub kind: String,
    /// Its id within the type.
    pub id: String,
    /// Facts about it, as conditions see them at `resource.<name>`.
    pub attributes: BTreeMap<String, Value>,
    /// Actions that there are on it, beside those that statements name.
    pub actions: Vec<ActionName>,
}

impl Object {
    /// Longest type or id, in bytes.
    pub const NAME_BYTES_MAX: usize = 200;
}
