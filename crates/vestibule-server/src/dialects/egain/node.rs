//! What answers are made of, and how it is written: as JSON, or as XML with a root of its own (`spec/egain-grants.md`,
//! sections 3 and 5).

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};

use super::negotiate::Media;

/// A part of an answer. Members keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Text that is an attribute in XML.
    Attribute(String),
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Flag(bool),
    /// A list; in XML its items stand one after the other under its name.
    List(Vec<Node>),
    /// Members by name.
    Object(Vec<(&'static str, Node)>),
}

impl Node {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Text that is an attribute in XML.
    pub fn attribute(text: impl Into<String>) -> Self {
        Self::Attribute(text.into())
    }

    /// A link, which is server-relative.
    pub fn link(rel: &'static str, href: String) -> Self {
        Self::Object(vec![("rel", Self::attribute(rel)), ("href", Self::Attribute(href))])
    }
}

/// A whole body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its root in XML; JSON has none.
    pub root: &'static str,
    /// The namespace in XML.
    pub namespace: &'static str,
    /// What is in it.
    pub node: Node,
}

impl Document {
    /// The bytes.
    pub fn write(&self, media: Media) -> Vec<u8> {
        match media {
            Media::Json => serde_json::to_vec(&self.node).unwrap_or_default(),
            Media::Xml => {
                let mut out = String::new();
                element(&mut out, self.root, Some(self.namespace), &self.node);
                out.into_bytes()
            }
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Attribute(text) | Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Object(members) => {
                let mut object = serializer.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(name, value)| object.serialize_entry(name, value))?;
                object.end()
            }
        }
    }
}

/// One element; the names are ours and need no escaping.
fn element(out: &mut String, name: &str, namespace: Option<&str>, node: &Node) {
    if let Node::List(items) = node {
        return items.iter().for_each(|item| element(out, name, namespace, item));
    }
    out.push('<');
    out.push_str(name);
    if let Some(namespace) = namespace {
        attribute(out, "xmlns", namespace);
    }
    let mut inside = String::new();
    match node {
        Node::Attribute(text) | Node::Text(text) => escaped(&mut inside, text),
        Node::Number(number) => inside.push_str(&number.to_string()),
        Node::Flag(flag) => inside.push_str(if *flag { "true" } else { "false" }),
        Node::List(_) => {}
        Node::Object(members) => {
            for (name, member) in members {
                match member {
                    Node::Attribute(text) => attribute(out, name, text),
                    other => element(&mut inside, name, None, other),
                }
            }
        }
    }
    match inside.is_empty() {
        true => out.push_str("/>"),
        false => {
            out.push('>');
            out.push_str(&inside);
            out.push_str("</");
            out.push_str(name);
            out.push('>');
        }
    }
}

fn attribute(out: &mut String, name: &str, text: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    escaped(out, text);
    out.push('"');
}

/// Text as XML can carry it. Characters that XML has no way to write (XML 1.0, section 2.2) become U+FFFD.
fn escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // Readers would turn them into blanks.
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c if is_xml(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
}

/// Whether XML 1.0 has this character.
pub const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_has_two_forms() {
        let link = Node::link("customer", "/core/customermgr/v3/customer/2190".to_owned());
        let customer = |name: &str| {
            let members =
                vec![("link", Node::List(vec![link.clone()])), ("customerName", Node::text(name)), ("id", Node::attribute("2190"))];
            Node::Object(vec![("customer", Node::List(vec![Node::Object(members)]))])
        };
        let document = |name: &str| Document { root: "grants", namespace: "urn:x", node: Node::Object(vec![("grantsOn", customer(name))]) };
        for (name, json, xml) in [
            ("Amara Osei", "Amara Osei", "Amara Osei"),
            ("<a href=\"&\">", r#"<a href=\"&\">"#, "&lt;a href=&quot;&amp;&quot;&gt;"),
            ("a\u{1}\nb", r"a\u0001\nb", "a\u{fffd}&#10;b"),
        ] {
            let document = document(name);
            let written = |media| String::from_utf8(document.write(media)).unwrap();
            let link = r#"{"rel":"customer","href":"/core/customermgr/v3/customer/2190"}"#;
            assert_eq!(
                written(Media::Json),
                format!(r#"{{"grantsOn":{{"customer":[{{"link":[{link}],"customerName":"{json}","id":"2190"}}]}}}}"#)
            );
            let link = r#"<link rel="customer" href="/core/customermgr/v3/customer/2190"/>"#;
            let customer = format!(r#"<customer id="2190">{link}<customerName>{xml}</customerName></customer>"#);
            assert_eq!(written(Media::Xml), format!(r#"<grants xmlns="urn:x"><grantsOn>{customer}</grantsOn></grants>"#));
        }
        let plain = Node::Object(vec![("count", Node::Number(2)), ("systemCreated", Node::Flag(true)), ("note", Node::text(""))]);
        let plain = Document { root: "info", namespace: "urn:x", node: plain };
        assert_eq!(plain.write(Media::Json), br#"{"count":2,"systemCreated":true,"note":""}"#);
        assert_eq!(plain.write(Media::Xml), br#"<info xmlns="urn:x"><count>2</count><systemCreated>true</systemCreated><note/></info>"#);
    }
}
