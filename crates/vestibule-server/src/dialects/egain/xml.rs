//! Reads XML bodies (`spec/egain-grants.md`, section 3): well-formed, UTF-8, of eGain's namespaces or of none. What only
//! attackers send is refused as it is met: document types, and with them entities; processing instructions; nesting and
//! numbers without bound. Nothing is ever fetched.

use quick_xml::{
    NsReader, XmlVersion,
    events::{BytesDecl, BytesRef, BytesStart, Event},
    name::{Namespace, PrefixDeclaration, QName, ResolveResult},
};
use vestibule_core::refusal::{Fault, Malformed};

use super::{
    node::is_xml,
    tree::{Tree, unreadable},
    words,
};
use crate::body::DEPTH_MAX;

/// Most elements in a body.
pub const ELEMENTS_MAX: usize = 4_096;
/// Most attributes on an element, declarations of namespaces included.
pub const ATTRIBUTES_MAX: usize = 32;
/// Hints for readers of schemas, which generated clients send along; passed over.
const HINTS: &[u8] = b"http://www.w3.org/2001/XMLSchema-instance";

/// Reads a document whose root has this name into its tree.
pub fn read(bytes: &[u8], root: &str) -> Result<Tree, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::body(Fault::NotUtf8))?;
    // A byte order mark says UTF-8 and nothing else here.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.chars().all(is_xml) {
        return Err(unreadable("XML: it has a character that XML does not have"));
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_comments = true;
    Builder::default().run(reader, root)
}

/// An element that is not closed yet.
#[derive(Default)]
struct Open {
    name: String,
    members: Vec<(String, Tree)>,
    text: String,
}

/// What has been read so far.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    elements: usize,
    events: usize,
    whole: Option<(String, Tree)>,
}

impl Builder {
    fn run(mut self, mut reader: NsReader<&[u8]>, root: &str) -> Result<Tree, Malformed> {
        loop {
            let event = reader.read_event().map_err(|_| unreadable("well-formed XML"))?;
            self.events += 1;
            match event {
                Event::Start(start) => {
                    let element = element(&reader, &start)?;
                    self.begin(element)?;
                }
                Event::Empty(start) => {
                    let element = element(&reader, &start)?;
                    self.begin(element)?;
                    self.end()?;
                }
                Event::End(_) => self.end()?,
                Event::Text(text) => self.text(&text.xml10_content().map_err(|_| Malformed::body(Fault::NotUtf8))?)?,
                Event::CData(text) => {
                    let text = text.xml10_content().map_err(|_| Malformed::body(Fault::NotUtf8))?;
                    self.innermost()?.text.push_str(&text);
                }
                Event::GeneralRef(named) => {
                    let c = character(&named)?;
                    self.innermost()?.text.push(c);
                }
                Event::Comment(_) => {}
                Event::Decl(declaration) if self.events == 1 => check_declaration(&declaration)?,
                Event::Decl(_) => return Err(unreadable("well-formed XML")),
                Event::PI(_) => return Err(unreadable("XML without processing instructions")),
                Event::DocType(_) => return Err(unreadable("XML without a document type")),
                Event::Eof => break,
            }
        }
        match self.whole {
            Some((name, tree)) if self.open.is_empty() && name == root => Ok(tree),
            Some(_) if self.open.is_empty() => Err(unreadable("XML with the root that belongs here")),
            _ => Err(unreadable("well-formed XML")),
        }
    }

    fn begin(&mut self, element: Open) -> Result<(), Malformed> {
        self.elements += 1;
        match () {
            () if self.open.len() == DEPTH_MAX => Err(Malformed::body(Fault::TooDeep { limit: DEPTH_MAX })),
            () if self.elements > ELEMENTS_MAX => Err(unreadable("XML of at most 4,096 elements")),
            () if self.whole.is_some() => Err(unreadable("well-formed XML")),
            () => Ok(self.open.push(element)),
        }
    }

    /// Closes the innermost element; the reader has checked its name.
    fn end(&mut self) -> Result<(), Malformed> {
        let Open { name, members, text } = self.open.pop().ok_or_else(|| unreadable("well-formed XML"))?;
        let tree = match members.is_empty() {
            true => Tree::Text(text),
            false if text.trim_ascii().is_empty() => Tree::Members(members),
            false => return Err(unreadable("XML without text between elements")),
        };
        match self.open.last_mut() {
            Some(outer) => add(&mut outer.members, name, tree),
            None => self.whole = Some((name, tree)),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Malformed> {
        match self.open.last_mut() {
            Some(inner) => Ok(inner.text.push_str(text)),
            None if text.trim_ascii().is_empty() => Ok(()),
            None => Err(unreadable("well-formed XML")),
        }
    }

    fn innermost(&mut self) -> Result<&mut Open, Malformed> {
        self.open.last_mut().ok_or_else(|| unreadable("well-formed XML"))
    }
}

/// Adds a member; a second of its name makes a list.
fn add(members: &mut Vec<(String, Tree)>, name: String, tree: Tree) {
    match members.iter_mut().find(|(known, _)| *known == name) {
        None => members.push((name, tree)),
        Some((_, Tree::List(items))) => items.push(tree),
        Some((_, single)) => *single = Tree::List(vec![std::mem::replace(single, Tree::Null), tree]),
    }
}

/// An element with its attributes.
fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Open, Malformed> {
    let (namespace, local) = reader.resolver().resolve_element(start.name());
    check_namespace(&namespace)?;
    let mut open = Open { name: name_of(local.into_inner())?, ..Open::default() };
    // Counted and compared here: the library compares each with each.
    for (count, attribute) in start.attributes().with_checks(false).enumerate() {
        let attribute = attribute.map_err(|_| unreadable("well-formed XML"))?;
        if count == ATTRIBUTES_MAX {
            return Err(unreadable("XML of at most 32 attributes on an element"));
        }
        if attribute.value.contains(&b'<') {
            return Err(unreadable("well-formed XML"));
        }
        let Some(name) = attribute_name(reader, attribute.key)? else { continue };
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| unreadable("XML without entities of its own"))?;
        if !value.chars().all(is_xml) {
            return Err(unreadable("XML: it has a character that XML does not have"));
        }
        if open.members.iter().any(|(known, _)| *known == name) {
            return Err(unreadable("well-formed XML"));
        }
        open.members.push((name, Tree::Text(value.into_owned())));
    }
    Ok(open)
}

/// The name of an attribute; nothing for one that says something about the XML itself.
fn attribute_name(reader: &NsReader<&[u8]>, key: QName<'_>) -> Result<Option<String>, Malformed> {
    if let Some(PrefixDeclaration::Default | PrefixDeclaration::Named(_)) = key.as_namespace_binding() {
        return Ok(None);
    }
    let (namespace, local) = reader.resolver().resolve_attribute(key);
    match namespace {
        ResolveResult::Bound(Namespace(HINTS)) => Ok(None),
        other => {
            check_namespace(&other)?;
            name_of(local.into_inner()).map(Some)
        }
    }
}

/// None, or one of eGain's.
fn check_namespace(namespace: &ResolveResult<'_>) -> Result<(), Malformed> {
    match namespace {
        ResolveResult::Unbound => Ok(()),
        ResolveResult::Bound(Namespace(uri)) if uri.starts_with(words::NAMESPACES.as_bytes()) => Ok(()),
        ResolveResult::Bound(_) => Err(unreadable("XML of a namespace that is known here")),
        ResolveResult::Unknown(_) => Err(unreadable("well-formed XML")),
    }
}

fn name_of(bytes: &[u8]) -> Result<String, Malformed> {
    let name = std::str::from_utf8(bytes).ok().filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or_else(|| unreadable("well-formed XML"))
}

/// What a reference stands for: a character by its number, or one of the five that every reader knows.
fn character(named: &BytesRef<'_>) -> Result<char, Malformed> {
    let undeclared = || unreadable("XML without entities of its own");
    let c = match named.resolve_char_ref().map_err(|_| undeclared())? {
        Some(c) => c,
        None => match &**named {
            b"lt" => '<',
            b"gt" => '>',
            b"amp" => '&',
            b"apos" => '\'',
            b"quot" => '"',
            _ => return Err(undeclared()),
        },
    };
    Some(c).filter(|c| is_xml(*c)).ok_or_else(undeclared)
}

/// What the document says of itself: another encoding than the one it has is not ours to guess at.
fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), Malformed> {
    let is_utf8 = match declaration.encoding() {
        None => true,
        Some(said) => said.is_ok_and(|said| said.eq_ignore_ascii_case(b"utf-8")),
    };
    match is_utf8 && declaration.version().is_ok_and(|version| *version == *b"1.0") {
        true => Ok(()),
        false => Err(unreadable("XML 1.0 in UTF-8")),
    }
}

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
