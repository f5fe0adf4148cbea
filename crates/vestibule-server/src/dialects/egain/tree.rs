//! What bodies are read into, whatever their form: one tree, so that handlers see one shape (`spec/egain-grants.md`,
//! section 5). [`super::xml`] reads XML, this file JSON; [`super::shape`] hands out what is in it.

use serde_json::Value;
use vestibule_core::refusal::{Fault, Malformed};

use super::{negotiate::Media, xml};
use crate::body;

/// A part of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// JSON's null.
    Null,
    /// True or false; in XML that is text.
    Flag(bool),
    /// A number; in XML that is text. A whole one has digits alone.
    Number(String),
    /// Text: also an attribute, and an element without attributes and elements in it.
    Text(String),
    /// A JSON list, or elements of one name beside each other.
    List(Vec<Tree>),
    /// Members: those of a JSON object, or the attributes of an element and the elements in it.
    Members(Vec<(String, Tree)>),
}

/// A whole body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Its form.
    pub media: Media,
    /// What is in it.
    pub tree: Tree,
}

impl Incoming {
    /// Reads a body; whatever is wrong with it as a whole is refused as the body's fault. `root` is the element that XML
    /// must begin with; JSON has none.
    pub fn read(bytes: &[u8], media: Media, root: &str) -> Result<Self, Malformed> {
        let tree = match media {
            Media::Json => body::value(bytes).map(of_json)?,
            Media::Xml => xml::read(bytes, root)?,
        };
        Ok(Self { media, tree })
    }
}

/// The reader has bounded how deep it goes.
fn of_json(value: Value) -> Tree {
    match value {
        Value::Null => Tree::Null,
        Value::Bool(flag) => Tree::Flag(flag),
        Value::Number(number) => Tree::Number(number.to_string()),
        Value::String(text) => Tree::Text(text),
        Value::Array(items) => Tree::List(items.into_iter().map(of_json).collect()),
        Value::Object(members) => Tree::Members(members.into_iter().map(|(name, value)| (name, of_json(value))).collect()),
    }
}

/// A body that cannot be read, and why.
pub fn unreadable(why: &'static str) -> Malformed {
    Malformed::body(Fault::Format(why))
}
