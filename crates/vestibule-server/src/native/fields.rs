//! Reading named values, from a JSON object or a query string, strictly: each fault is kept with
//! its field's name, so that one answer names them all, and what nobody asked for is a fault too.

use std::{collections::BTreeMap, str::FromStr};

use axum::{extract::Query, http::Uri};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use vestibule_core::{
    policy::{RawStatement, Statement},
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::PageRequest;

/// Most ids in one list.
const IDS_MAX: usize = 1_000;

/// Named values, taken one by one; [`Fields::finish`] tells what was wrong.
pub struct Fields {
    values: Map<String, Value>,
    faults: Vec<Malformed>,
}

impl Fields {
    /// The members of a body, which must be an object.
    pub fn of(body: Value) -> Result<Self, Malformed> {
        match body {
            Value::Object(values) => Ok(Self { values, faults: Vec::new() }),
            _ => Err(Malformed::body(Fault::NotA("an object"))),
        }
    }

    /// The parameters of a query string. One given twice is a fault.
    pub fn query(uri: &Uri) -> Result<Self, Malformed> {
        // What follows would put a mark in place of bytes that are no text, and go on.
        if percent_decode_str(uri.query().unwrap_or_default()).decode_utf8().is_err() {
            return Err(Malformed::new("query", Fault::NotUtf8));
        }
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Malformed::new("query", Fault::Format("`name=value` pairs joined by `&`")))?;
        let mut fields = Self { values: Map::new(), faults: Vec::new() };
        for (name, value) in pairs {
            if fields.values.insert(name.clone(), Value::String(value)).is_some() {
                fields.faults.push(Malformed::new(name, Fault::Repeated));
            }
        }
        Ok(fields)
    }

    /// Text that may be absent; null is as good as absent.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        match self.values.remove(name) {
            None | Some(Value::Null) => None,
            // No database of ours could even be asked for it.
            Some(Value::String(text)) if text.contains('\0') => self.fault(name, Fault::Format("text without NUL")),
            Some(Value::String(text)) => Some(text),
            Some(_) => self.fault(name, Fault::NotA("a string")),
        }
    }

    /// Text that must be there.
    pub fn required(&mut self, name: &'static str) -> Option<String> {
        match self.values.get(name) {
            None | Some(Value::Null) => {
                self.values.remove(name);
                self.fault(name, Fault::Missing)
            }
            Some(_) => self.text(name),
        }
    }

    /// A value written as text, that may be absent.
    pub fn parsed<T: FromStr<Err = Malformed>>(&mut self, name: &'static str) -> Option<T> {
        let text = self.text(name)?;
        self.check(name, text.parse())
    }

    /// A value written as text, that must be there.
    pub fn required_parsed<T: FromStr<Err = Malformed>>(&mut self, name: &'static str) -> Option<T> {
        let text = self.required(name)?;
        self.check(name, text.parse())
    }

    /// A value written as text that null takes away: the outer none is absent, and the value stays.
    pub fn clearable<T: FromStr<Err = Malformed>>(&mut self, name: &'static str) -> Option<Option<T>> {
        match self.values.get(name) {
            Some(Value::Null) => self.values.remove(name).map(|_| None),
            _ => self.parsed(name).map(Some),
        }
    }

    /// A list of ids, that may be absent; each that is none is named by its place.
    pub fn ids<T: FromStr<Err = Malformed>>(&mut self, name: &'static str) -> Option<Vec<T>> {
        let items = match self.values.remove(name) {
            None | Some(Value::Null) => return None,
            Some(Value::Array(items)) if items.len() > IDS_MAX => return self.fault(name, Fault::TooMany { limit: IDS_MAX }),
            Some(Value::Array(items)) => items,
            Some(_) => return self.fault(name, Fault::NotA("an array")),
        };
        let count = items.len();
        let mut ids = Vec::with_capacity(count);
        for (at, item) in items.into_iter().enumerate() {
            match item {
                Value::String(text) => match text.parse() {
                    Ok(id) => ids.push(id),
                    Err(malformed) => self.faults.push(Malformed::of(malformed, format!("{name}[{at}]"))),
                },
                _ => self.faults.push(Malformed::new(format!("{name}[{at}]"), Fault::NotA("a string"))),
            }
        }
        (ids.len() == count).then_some(ids)
    }

    /// A list of objects, that may be absent, at most so many; a fault in one is named by its place.
    pub fn each<T>(&mut self, name: &'static str, most: usize, read: impl Fn(Self) -> Result<T, Refusal>) -> Option<Vec<T>> {
        let items = match self.values.remove(name) {
            None | Some(Value::Null) => return None,
            Some(Value::Array(items)) if items.len() > most => return self.fault(name, Fault::TooMany { limit: most }),
            Some(Value::Array(items)) => items,
            Some(_) => return self.fault(name, Fault::NotA("an array")),
        };
        let (count, mut all) = (items.len(), Vec::with_capacity(items.len()));
        for (at, item) in items.into_iter().enumerate() {
            let placed = |fault: Malformed| match fault.field.as_ref() {
                "body" => fault.of(format!("{name}[{at}]")),
                field => {
                    let field = format!("{name}[{at}].{field}");
                    fault.of(field)
                }
            };
            match Self::of(item).map_err(Refusal::from).and_then(&read) {
                Ok(one) => all.push(one),
                Err(Refusal::Malformed(fault)) => self.faults.push(placed(fault)),
                Err(Refusal::ManyMalformed(faults)) => self.faults.extend(faults.into_iter().map(placed)),
                Err(_) => self.faults.push(Malformed::new(format!("{name}[{at}]"), Fault::NotA("an object"))),
            }
        }
        (all.len() == count).then_some(all)
    }

    /// Facts by name, that may be absent.
    pub fn facts(&mut self, name: &'static str) -> Option<BTreeMap<String, Value>> {
        match self.values.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::Object(facts)) => Some(facts.into_iter().collect()),
            Some(_) => self.fault(name, Fault::NotA("an object")),
        }
    }

    /// `true` or `false`, that may be absent.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.values.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::Bool(flag)) => Some(flag),
            Some(_) => self.fault(name, Fault::NotA("a boolean")),
        }
    }

    /// One of a closed list of words, that may be absent.
    pub fn word<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Some(*value),
            None => {
                let known = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
                self.fault(name, Fault::UnknownValue(known))
            }
        }
    }

    /// A list of statements, that must be there.
    pub fn statements(&mut self, name: &'static str) -> Option<Vec<Statement>> {
        match self.values.get(name) {
            None | Some(Value::Null) => {
                self.values.remove(name);
                self.fault(name, Fault::Missing)
            }
            Some(_) => self.some_statements(name),
        }
    }

    /// A list of statements, that may be absent.
    pub fn some_statements(&mut self, name: &'static str) -> Option<Vec<Statement>> {
        let raw = match self.values.remove(name) {
            None | Some(Value::Null) => return None,
            Some(Value::Array(items)) => items,
            Some(_) => return self.fault(name, Fault::NotA("an array")),
        };
        let raw = raw.into_iter().enumerate().map(|(at, item)| raw_statement(&format!("{name}[{at}]"), item)).collect::<Result<_, _>>();
        match raw.and_then(|raw| Statement::parse_list(name, raw)) {
            Ok(statements) => Some(statements),
            Err(malformed) => {
                self.faults.push(malformed);
                None
            }
        }
    }

    /// `limit` and `after` of a list that shows `default` items unless asked, and at most `max`.
    pub fn page(&mut self, default: usize, max: usize) -> PageRequest {
        let limit = self.text("limit").map_or(Some(default), |text| match digits(&text) {
            Some(limit) if (1..=max).contains(&limit) => Some(limit),
            _ => self.fault("limit", Fault::OutOfRange { min: 1, max: i64::try_from(max).unwrap_or(i64::MAX) }),
        });
        PageRequest { after: self.text("after"), limit: limit.unwrap_or(default) }
    }

    /// Keeps a fault that the caller found, under the field's name here.
    pub fn check<T>(&mut self, name: &'static str, read: Result<T, Malformed>) -> Option<T> {
        read.map_err(|malformed| self.faults.push(malformed.of(name))).ok()
    }

    /// What was read, if nothing was wrong and nothing is left over.
    pub fn finish<T>(mut self, read: Option<T>) -> Result<T, Refusal> {
        let left = std::mem::take(&mut self.values);
        self.faults.extend(left.into_iter().map(|(name, _)| Malformed::new(name, Fault::UnknownMember)));
        match (self.faults.len(), self.faults.pop(), read) {
            (1, Some(fault), _) => Err(fault.into()),
            (_, Some(fault), _) => {
                self.faults.push(fault);
                Err(Refusal::ManyMalformed(self.faults))
            }
            (_, None, Some(read)) => Ok(read),
            // Whoever leaves a value unread has kept a fault for it.
            (_, None, None) => Err(Refusal::Internal),
        }
    }

    fn fault<T>(&mut self, name: &'static str, fault: Fault) -> Option<T> {
        self.faults.push(Malformed::new(name, fault));
        None
    }
}

/// A whole number in decimal digits and nothing else; the standard parser takes a sign, too.
pub fn digits<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The members of a statement, each named by its place. What stands in them is not repeated.
fn raw_statement(field: &str, item: Value) -> Result<RawStatement, Malformed> {
    let Value::Object(mut members) = item else { return Err(Malformed::new(field.to_owned(), Fault::NotA("an object"))) };
    let refuse = |name: &str, fault| Malformed::new(format!("{field}.{name}"), fault);
    let mut take = |name: &str| members.remove(name).filter(|value| !value.is_null());
    let effect = match take("effect") {
        None => return Err(refuse("effect", Fault::Missing)),
        Some(Value::String(effect)) => effect,
        Some(_) => return Err(refuse("effect", Fault::NotA("a string"))),
    };
    let mut texts = |name: &str| match take(name) {
        None => Err(refuse(name, Fault::Missing)),
        Some(Value::Array(items)) => items
            .into_iter()
            .enumerate()
            .map(|(at, item)| match item {
                Value::String(text) => Ok(text),
                _ => Err(refuse(&format!("{name}[{at}]"), Fault::NotA("a string"))),
            })
            .collect(),
        Some(_) => Err(refuse(name, Fault::NotA("an array"))),
    };
    let (actions, resources) = (texts("actions")?, texts("resources")?);
    let condition = take("condition");
    match members.keys().next() {
        Some(unknown) => Err(refuse(unknown, Fault::UnknownMember)),
        None => Ok(RawStatement { effect, actions, resources, condition }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vestibule_core::{id::RoleId, time::Timestamp};

    use super::*;

    /// The fields that a refusal names, with what is said of them.
    fn named<T>(result: Result<T, Refusal>) -> Vec<String> {
        match result {
            Ok(_) => vec![],
            Err(Refusal::Malformed(one)) => vec![one.to_string()],
            Err(Refusal::ManyMalformed(many)) => many.iter().map(ToString::to_string).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_fault_of_a_body_is_named_at_once() {
        let read = |body| {
            let mut fields = Fields::of(body)?;
            let email = fields.required("email");
            let end = fields.parsed::<Timestamp>("expires_at");
            fields.flag("on");
            fields.finish(email.map(|email| (email, end)))
        };
        for (body, faults) in [
            (json!({ "email": "*" }), &[][..]),
            (json!({ "email": "*", "expires_at": null }), &[]),
            (json!([]), &["`body` is not an object"]),
            (json!({}), &["`email` is missing"]),
            (json!({ "email": null }), &["`email` is missing"]),
            (json!({ "email": 7 }), &["`email` is not a string"]),
            (json!({ "email": "*", "on": "yes" }), &["`on` is not a boolean"]),
            (json!({ "email": "*", "mail": "x" }), &["`mail` is not known here"]),
            (
                json!({ "expires_at": "soon", "x": 1 }),
                &["`email` is missing", "`expires_at` is not an RFC 3339 instant", "`x` is not known here"],
            ),
        ] {
            assert_eq!(named(read(body.clone())), faults, "{body}");
        }
    }

    #[test]
    fn ids_are_named_by_their_place_and_null_clears() {
        let read = |body: Value| {
            let mut fields = Fields::of(body)?;
            let ids = fields.ids::<RoleId>("roles");
            let end = fields.clearable::<Timestamp>("ends_at");
            let facts = fields.facts("attributes");
            fields.finish(Some((ids.map(|ids| ids.len()), end, facts.map(|facts| facts.len()))))
        };
        let id = "019a2004-5dc0-7000-8000-000000000001";
        let noon = "2031-04-30T12:00:00Z";
        assert_eq!(read(json!({})).unwrap(), (None, None, None));
        assert_eq!(read(json!({ "roles": null, "ends_at": null, "attributes": null })).unwrap(), (None, Some(None), None));
        let all = json!({ "roles": [id, id], "ends_at": noon, "attributes": { "team": "north", "n": [1] } });
        assert_eq!(read(all).unwrap(), (Some(2), Some(noon.parse().ok()), Some(2)));
        assert!(read(json!({ "roles": vec![id; IDS_MAX] })).is_ok());
        for (body, faults) in [
            (json!({ "roles": "x" }), &["`roles` is not an array"][..]),
            (json!({ "roles": [id, 7, "x"] }), &["`roles[1]` is not a string", "`roles[2]` is not a UUID"]),
            (json!({ "roles": vec![id; IDS_MAX + 1] }), &["`roles` has more than 1000 items"]),
            (json!({ "ends_at": 7, "attributes": [] }), &["`ends_at` is not a string", "`attributes` is not an object"]),
        ] {
            assert_eq!(named(read(body)), faults);
        }
    }

    #[test]
    fn a_query_is_read_as_strictly() {
        let read = |query: &str| {
            let mut fields = Fields::query(&format!("/x?{query}").parse().unwrap())?;
            let page = fields.page(50, 200);
            let state = fields.word("state", &[("live", true), ("past", false)]);
            fields.finish(Some((page.limit, page.after, state)))
        };
        assert_eq!(read("").unwrap(), (50, None, None));
        assert_eq!(read("limit=200&after=x%2By&state=past").unwrap(), (200, Some("x+y".to_owned()), Some(false)));
        for (query, fault) in [
            ("limit=0", "`limit` is outside 1 to 200"),
            ("limit=201", "`limit` is outside 1 to 200"),
            ("limit=+1", "`limit` is outside 1 to 200"),
            ("limit=ten", "`limit` is outside 1 to 200"),
            ("limit=", "`limit` is outside 1 to 200"),
            ("after=a&after=b", "`after` is given more than once"),
            ("state=dead", "`state` is not one of the values known here: live, past"),
            ("stat=live", "`stat` is not known here"),
        ] {
            assert_eq!(named(read(query)), [fault], "{query}");
        }
    }

    #[test]
    fn a_statement_is_named_by_its_place() {
        let read = |statements| {
            let mut fields = Fields::of(json!({ "statements": statements })).unwrap();
            let read = fields.statements("statements");
            fields.finish(read)
        };
        let good = json!({ "effect": "allow", "actions": ["config:retrieve"], "resources": ["*"] });
        assert_eq!(read(json!([good])).unwrap().len(), 1);
        for (statements, fault) in [
            (json!("all"), "`statements` is not an array"),
            (json!(null), "`statements` is missing"),
            (json!([good, 7]), "`statements[1]` is not an object"),
            (json!([{ "effect": "allow", "actions": [] }]), "`statements[0].resources` is missing"),
            (json!([{ "effect": 7, "actions": [], "resources": [] }]), "`statements[0].effect` is not a string"),
            (json!([{ "effect": "allow", "actions": "all", "resources": [] }]), "`statements[0].actions` is not an array"),
            (json!([{ "effect": "allow", "actions": [["all"]], "resources": [] }]), "`statements[0].actions[0]` is not a string"),
            (json!([{ "effect": "allow", "actions": [], "resources": ["*"], "if": 1 }]), "`statements[0].if` is not known here"),
            (
                json!([good, { "effect": "let", "actions": [], "resources": ["*"] }]),
                "`statements[1].effect` is not one of the values known here: allow, deny",
            ),
        ] {
            assert_eq!(named(read(statements)), [fault]);
        }
    }
}
