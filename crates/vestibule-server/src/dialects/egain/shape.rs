//! Hands out what is in a body, and collects what is wrong with its shape (`spec/egain-grants.md`, section 6, step 7). All of
//! a body is looked at before anything is said: an unknown member anywhere is told of before a missing one, and so on, in
//! the order of that step.

use std::cell::RefCell;

use super::{
    errors::{self, Failure, Kind},
    negotiate::Media,
    tree::{Incoming, Tree},
};

/// The order in which faults of the shape are told of.
static ORDER: [&Kind; 5] = [&errors::UNKNOWN_MEMBER, &errors::MISSING, &errors::EMPTY, &errors::BAD_VALUE, &errors::LIMIT];

/// Reads one body.
pub struct Shape<'b> {
    body: &'b Incoming,
    faults: RefCell<Vec<Failure>>,
}

/// A part of the body, and where it stands.
#[derive(Clone)]
pub struct Part<'s> {
    shape: &'s Shape<'s>,
    tree: &'s Tree,
    path: String,
}

impl<'b> Shape<'b> {
    /// Nothing is known of it yet.
    pub const fn new(body: &'b Incoming) -> Self {
        Self { body, faults: RefCell::new(Vec::new()) }
    }

    /// The whole body.
    pub fn root<'s>(&'s self) -> Part<'s>
    where
        'b: 's,
    {
        Part { shape: self, tree: &self.body.tree, path: String::new() }
    }

    /// Notes a fault.
    pub fn note(&self, failure: Failure) {
        self.faults.borrow_mut().push(failure);
    }

    /// What was read, unless something was wrong: then the fault that comes first by its kind, and of its kind in the body.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, Failure> {
        let rank = |failure: &Failure| ORDER.iter().position(|kind| *kind == failure.kind()).unwrap_or(ORDER.len());
        let first = self.faults.into_inner().into_iter().min_by_key(rank);
        match (first, read) {
            (Some(failure), _) => Err(failure),
            (None, Some(read)) => Ok(read),
            (None, None) => Err(Failure::of(&errors::BAD_VALUE, ["body"])),
        }
    }
}

impl<'s> Part<'s> {
    /// Where it stands, dotted; the whole is `body`.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "body" } else { &self.path }
    }

    /// Notes that its value is not acceptable.
    pub fn bad(&self, reason: &'static str) {
        self.shape.note(Failure::of(&errors::BAD_VALUE, [self.path()]).with("reason", reason));
    }

    /// Notes that a rule of the core does not like one of its fields.
    pub fn shape_bad(&self, field: &str) {
        self.shape.note(Failure::of(&errors::BAD_VALUE, [self.path()]).with("reason", field));
    }

    /// Its members, which must be among `known`; nothing if it has none to have.
    pub fn members(&self, known: &[&str]) -> Option<Members<'s>> {
        let members = match (self.tree, self.shape.body.media) {
            (Tree::Members(members), _) => members.as_slice(),
            // An element with nothing in it.
            (Tree::Text(blank), Media::Xml) if blank.trim_ascii().is_empty() => &[],
            _ => {
                self.bad("not_an_object");
                return None;
            }
        };
        for (name, _) in members.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            self.shape.note(Failure::of(&errors::UNKNOWN_MEMBER, [self.below(name)]));
        }
        Some(Members { of: self.clone(), members })
    }

    /// The items of a list; in XML one element is a list, too. Which are too many is counted before anything is read.
    pub fn items(&self, most: usize) -> Vec<Part<'s>> {
        let items = match (self.tree, self.shape.body.media) {
            (Tree::List(items), _) => items.as_slice(),
            (_, Media::Xml) => std::slice::from_ref(self.tree),
            _ => {
                self.bad("not_a_list");
                return Vec::new();
            }
        };
        if items.len() > most {
            let most = most.to_string();
            self.shape.note(Failure::of(&errors::LIMIT, [most.as_str(), self.path()]).with("limit", most.clone()));
        }
        items.iter().map(|tree| Part { shape: self.shape, tree, path: self.path.clone() }).collect()
    }

    /// Text. Empty text is refused.
    pub fn text(&self) -> Option<&'s str> {
        match self.text_or_empty()? {
            "" => {
                self.shape.note(Failure::of(&errors::EMPTY, [self.path()]));
                None
            }
            text => Some(text),
        }
    }

    /// Text, which may be empty.
    pub fn text_or_empty(&self) -> Option<&'s str> {
        match self.tree {
            Tree::Text(text) if !text.contains('\0') => Some(text),
            _ => {
                self.bad("not_a_string");
                None
            }
        }
    }

    /// An id: decimal digits. A whole number is as good in JSON (section 3, inferred).
    pub fn id(&self) -> Option<String> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        match self.tree {
            Tree::Number(number) if digits(number) => Some(number.clone()),
            Tree::Text(text) if digits(text) => self.text().map(str::to_owned),
            _ => {
                self.bad("not_an_id");
                None
            }
        }
    }

    /// True or false; XML has that as text.
    pub fn flag(&self) -> Option<bool> {
        match self.tree {
            Tree::Flag(flag) => return Some(*flag),
            Tree::Text(text) if self.shape.body.media == Media::Xml && text == "true" => return Some(true),
            Tree::Text(text) if self.shape.body.media == Media::Xml && text == "false" => return Some(false),
            _ => self.bad("not_a_boolean"),
        }
        None
    }

    fn below(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// The members of a part.
pub struct Members<'s> {
    of: Part<'s>,
    members: &'s [(String, Tree)],
}

impl<'s> Members<'s> {
    /// A member that may be there; null is absent.
    pub fn optional(&self, name: &str) -> Option<Part<'s>> {
        let (_, tree) = self.members.iter().find(|(known, tree)| known == name && *tree != Tree::Null)?;
        Some(Part { shape: self.of.shape, tree, path: self.of.below(name) })
    }

    /// A member that must be there.
    pub fn required(&self, name: &str) -> Option<Part<'s>> {
        let found = self.optional(name);
        if found.is_none() {
            self.of.shape.note(Failure::of(&errors::MISSING, [self.of.below(name)]));
        }
        found
    }

    /// The items of a list that must be there and hold something.
    pub fn required_items(&self, name: &str, most: usize) -> Option<Vec<Part<'s>>> {
        let list = self.required(name)?;
        if *list.tree == Tree::List(Vec::new()) {
            self.of.shape.note(Failure::of(&errors::MISSING, [list.path()]));
            return None;
        }
        Some(list.items(most))
    }
}
