//! The OpenAPI document as a page for people: one section for each group, one block for each
//! operation, and the shapes at the end. It works without scripts.

use std::fmt::Write;

use askama::Template;
use serde_json::Value;

/// The page.
#[derive(Template)]
#[template(path = "docs.html")]
struct Page {
    title: String,
    summary: String,
    paragraphs: Vec<Prose>,
    groups: Vec<Group>,
    schemas: Vec<Schema>,
}

/// Text, in runs that are code or not.
type Prose = Vec<(bool, String)>;

struct Group {
    name: String,
    anchor: String,
    description: Prose,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    verb: String,
    path: String,
    summary: String,
    description: Prose,
    parameters: Vec<Row>,
    body: Option<Content>,
    answers: Vec<Answer>,
}

/// A parameter, a header or a member.
struct Row {
    name: String,
    kind: Kind,
    note: &'static str,
    description: Prose,
}

/// A type: a link to a shape, or words.
struct Kind {
    words: String,
    link: Option<String>,
}

struct Content {
    media: String,
    kind: Kind,
    example: String,
}

struct Answer {
    status: String,
    description: Prose,
    content: Option<Content>,
    headers: Vec<String>,
}

struct Schema {
    name: String,
    description: Prose,
    members: Vec<Row>,
}

/// The page of a document.
pub fn render(document: &Value) -> String {
    let reader = Reader(document);
    let page = Page {
        title: text(at(document, "info"), "title"),
        summary: text(at(document, "info"), "summary"),
        paragraphs: text(at(document, "info"), "description").split("\n\n").map(prose).collect(),
        groups: items(at(document, "tags")).iter().map(|tag| reader.group(tag)).collect(),
        schemas: members(at(at(document, "components"), "schemas")).map(|(name, schema)| reader.schema(name, schema)).collect(),
    };
    page.render().unwrap_or_else(|error| {
        tracing::error!(%error, "the page of the OpenAPI document could not be made");
        String::new()
    })
}

/// Looks things up in the document, following references.
struct Reader<'d>(&'d Value);

impl<'d> Reader<'d> {
    fn resolve(&self, value: &'d Value) -> &'d Value {
        let target = value.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        target.and_then(|pointer| self.0.pointer(pointer)).unwrap_or(value)
    }

    fn group(&self, tag: &'d Value) -> Group {
        let name = text(tag, "name");
        let operations = members(at(self.0, "paths"))
            .flat_map(|(path, verbs)| members(verbs).map(move |(verb, operation)| (path, verb, operation)))
            .filter(|(_, _, operation)| items(at(operation, "tags")).iter().any(|tag| *tag == name))
            .map(|(path, verb, operation)| self.operation(path, verb, operation))
            .collect();
        Group { anchor: name.to_lowercase().replace(' ', "-"), description: prose(text(tag, "description")), operations, name }
    }

    fn operation(&self, path: &str, verb: &str, operation: &'d Value) -> Operation {
        let body = operation.get("requestBody").and_then(|body| self.content(at(body, "content")));
        Operation {
            id: text(operation, "operationId"),
            verb: verb.to_uppercase(),
            path: path.to_owned(),
            summary: text(operation, "summary"),
            description: prose(text(operation, "description")),
            parameters: items(at(operation, "parameters")).iter().map(|parameter| self.parameter(parameter)).collect(),
            body,
            answers: members(at(operation, "responses")).map(|(status, answer)| self.answer(status, answer)).collect(),
        }
    }

    fn parameter(&self, parameter: &'d Value) -> Row {
        let parameter = self.resolve(parameter);
        Row {
            name: text(parameter, "name"),
            kind: self.kind(at(parameter, "schema")),
            note: match (at(parameter, "in").as_str(), at(parameter, "required").as_bool()) {
                (Some("path"), _) => "path",
                (Some("header"), Some(true)) => "header, required",
                (Some("header"), _) => "header",
                (_, Some(true)) => "query, required",
                _ => "query",
            },
            description: prose(text(parameter, "description")),
        }
    }

    fn answer(&self, status: &str, answer: &'d Value) -> Answer {
        let answer = self.resolve(answer);
        Answer {
            status: status.to_owned(),
            description: prose(text(answer, "description")),
            content: self.content(at(answer, "content")),
            headers: members(at(answer, "headers")).map(|(name, _)| name.to_owned()).collect(),
        }
    }

    /// The first media type of a body or an answer, with its first example.
    fn content(&self, content: &'d Value) -> Option<Content> {
        let (media, content) = members(content).next()?;
        let example = content.get("example").or_else(|| members(at(content, "examples")).next().map(|(_, example)| at(example, "value")));
        let example = match example {
            Some(Value::String(text)) => text.clone(),
            Some(value) => format!("{value:#}"),
            None => String::new(),
        };
        Some(Content { media: media.to_owned(), kind: self.kind(at(content, "schema")), example })
    }

    fn schema(&self, name: &str, schema: &'d Value) -> Schema {
        let required = items(at(schema, "required"));
        let member = |(name, member): (&str, &'d Value)| Row {
            name: name.to_owned(),
            kind: self.kind(member),
            note: if required.iter().any(|known| known == name) { "required" } else { "optional" },
            description: prose(text(self.resolve(member), "description")),
        };
        Schema {
            name: name.to_owned(),
            description: prose(text(schema, "description")),
            members: members(at(schema, "properties")).map(member).collect(),
        }
    }

    /// A schema's type in a few words, or a link to the shape.
    fn kind(&self, schema: &'d Value) -> Kind {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next()) {
            return Kind { words: name.to_owned(), link: Some(format!("schema-{name}")) };
        }
        if at(schema, "type") == "array" {
            let Kind { words, link } = self.kind(at(schema, "items"));
            return Kind { words: format!("list of {words}"), link };
        }
        let mut words = match at(schema, "type") {
            Value::String(one) => one.clone(),
            several => items(several).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        };
        for detail in ["format", "default", "minimum", "maximum", "minLength", "maxLength"] {
            if let Some(value) = schema.get(detail) {
                let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                // Writing to a string cannot fail.
                let _ = write!(words, ", {detail} {plain}");
            }
        }
        let choices = items(at(schema, "enum")).iter().filter_map(Value::as_str).collect::<Vec<_>>();
        if !choices.is_empty() {
            words = choices.join(" | ");
        }
        Kind { words, link: None }
    }
}

/// A member, or null.
fn at<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn text(value: &Value, name: &str) -> String {
    at(value, name).as_str().unwrap_or_default().to_owned()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// Splits text at backticks: every second run is code.
fn prose(text: impl AsRef<str>) -> Prose {
    text.as_ref().split('`').enumerate().map(|(at, run)| (at % 2 == 1, run.to_owned())).filter(|(_, run)| !run.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_operation_and_asks_nobody_for_anything() {
        let document = super::super::document("https://support.example");
        let page = render(&document);
        for (path, verbs) in members(&document["paths"]) {
            for (_, operation) in members(verbs) {
                assert!(page.contains(&format!("id=\"{}\"", text(operation, "operationId"))), "{path}");
            }
        }
        for (name, _) in members(&document["components"]["schemas"]) {
            assert!(page.contains(&format!("id=\"schema-{name}\"")), "{name}");
        }
        for foreign in ["<script", "src=", "style=", "@import", "url("] {
            assert!(!page.contains(foreign), "{foreign}");
            assert!(!super::super::STYLE.contains(foreign), "{foreign}");
        }
        assert_eq!(page.matches("<link ").count(), 1);
    }

    #[test]
    fn what_the_document_says_is_text_and_never_markup() {
        let document = serde_json::json!({ "info": { "title": "<b>", "summary": "a & b", "description": "`x<y`" } });
        let page = render(&document);
        assert!(!page.contains("<b>"));
        assert!(page.contains("<code>x&#60;y</code>"));
    }
}
