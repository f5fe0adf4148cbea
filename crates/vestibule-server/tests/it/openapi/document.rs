//! The document, and whether an answer is one of those that it tells of.

use std::collections::BTreeSet;

use serde_json::Value;
use vestibule_core::time::Timestamp;

use crate::harness::http::Reply;

/// Headers of HTTP itself, which no document names; the router adds `allow` to a 405 by itself.
const PLAIN: [&str; 5] = ["content-type", "content-length", "connection", "date", "allow"];

pub struct Document(Value);

impl Document {
    pub fn new() -> Self {
        Self::of(vestibule_server::openapi::document("http://127.0.0.1"))
    }

    /// Another document than that of the native API.
    pub fn of(document: Value) -> Self {
        Self(document)
    }

    /// Verb and path of each documented operation.
    pub fn operations(&self) -> BTreeSet<(String, String)> {
        let paths = self.0["paths"].as_object().unwrap();
        let verbs = |(path, verbs): (&String, &Value)| {
            verbs.as_object().unwrap().keys().map(|verb| (verb.clone(), path.clone())).collect::<Vec<_>>()
        };
        paths.iter().flat_map(verbs).collect()
    }

    pub fn operation(&self, verb: &str, path: &str) -> &Value {
        &self.0["paths"][path][verb]
    }

    fn resolve<'v>(&'v self, value: &'v Value) -> &'v Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.0.pointer(reference.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("{reference}")),
            None => value,
        }
    }

    /// Holds an answer to the document: status, headers, media type, shape.
    #[track_caller]
    pub fn check(&self, verb: &str, path: &str, answer: &Reply) {
        let place = format!("{verb} {path} {}", answer.status);
        let documented = &self.operation(verb, path)["responses"][answer.status.to_string()];
        assert!(documented.is_object(), "{place} is not documented");
        let documented = self.resolve(documented);
        for name in answer.headers.keys().filter(|name| !PLAIN.contains(&name.as_str())) {
            let known = documented["headers"].as_object().into_iter().flatten().any(|(known, _)| known.eq_ignore_ascii_case(name));
            assert!(known, "{place}: the header {name} is not documented");
        }
        let Some(content) = documented.get("content") else { return assert!(answer.body.is_empty(), "{place} has a body") };
        let named = answer.header("content-type").unwrap_or_default();
        let media = content.get(named).unwrap_or_else(|| panic!("{place}: {named}"));
        if named.ends_with("json") && media.get("schema").is_some() {
            let mut faults = Vec::new();
            self.compare(&media["schema"], &answer.json(), "$", &mut faults);
            assert!(faults.is_empty(), "{place}: {faults:#?}\n{}", answer.text());
        }
    }

    /// Compares a value with a schema: as much of JSON Schema as the document uses.
    fn compare(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = self.resolve(schema);
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let allowed = &schema["type"];
        if !(allowed.is_null() || allowed == kind || allowed.as_array().is_some_and(|all| all.iter().any(|one| one == kind))) {
            faults.push(format!("{at} is {kind}, not {allowed}"));
        }
        if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
            faults.push(format!("{at} is {value}"));
        }
        match (schema["format"].as_str(), value.as_str()) {
            (Some("date-time"), Some(text)) if text.parse::<Timestamp>().is_err() => faults.push(format!("{at} is no instant")),
            (Some("uuid"), Some(text)) if uuid::Uuid::try_parse(text).is_err() => faults.push(format!("{at} is no UUID")),
            _ => {}
        }
        for item in value.as_array().into_iter().flatten() {
            self.compare(&schema["items"], item, &format!("{at}[]"), faults);
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.get(name).is_none() {
                faults.push(format!("{at}.{name} is missing"));
            }
        }
        for (name, member) in value.as_object().into_iter().flatten() {
            match schema["properties"].get(name) {
                Some(inner) => self.compare(inner, member, &format!("{at}.{name}"), faults),
                None if schema["additionalProperties"] == false => faults.push(format!("{at}.{name} is not documented")),
                None => {}
            }
        }
    }
}
