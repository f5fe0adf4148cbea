//! What searches ask (`spec/wavefront-accounts.md`, section 6, "Search").

use serde_json::{Map, Value};
use vestibule_core::refusal::{Fault, Malformed};
use vestibule_operations::Matching;

use crate::{
    body::Object,
    dialects::wavefront::{
        wire::{
            self,
            pages::{SortBody, Window},
        },
        words::{TERMS_MAX, VALUES_MAX},
    },
};

const QUERY: &str = "query";
const KEY: &str = "key";
const SORT: &str = "sort";
const FIELD: &str = "field";
const FACETS: &str = "facets";
/// The key that asks of all the others at once.
pub const FREETEXT: &str = "freetext";
/// What a search without an order says that it was sorted by (recorded).
const DEFAULT_ORDER: &str = "default";

/// One entry of a query: it holds for what has a matching value under its key, or, negated, for what has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Under which name.
    pub key: String,
    /// Any of which will do.
    pub values: Vec<String>,
    /// How they are compared.
    pub how: Matching,
    /// Whether it holds where it would not.
    pub negated: bool,
}

/// An order that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// By which key.
    pub field: String,
    /// Whether the smallest comes first.
    pub ascending: bool,
}

/// A search: all entries must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The entries.
    pub terms: Vec<Term>,
    /// Which page.
    pub window: Window,
    /// In which order; absent: in that of the list.
    pub sort: Option<Sort>,
}

impl Wish {
    /// Reads a search among things that have `keys`.
    pub fn read(body: &Object, keys: &[&str]) -> Result<Self, Malformed> {
        Ok(Self { terms: terms(body, keys)?, window: Window::of_body(body)?, sort: sort(body, keys)? })
    }

    /// The order, as it is told.
    pub fn sort_body(&self) -> SortBody {
        match &self.sort {
            Some(sort) => SortBody { ascending: sort.ascending, field: sort.field.clone(), default: false },
            None => SortBody { ascending: false, field: DEFAULT_ORDER.to_owned(), default: true },
        }
    }
}

/// A question for facets: which values there are under some keys, of all that a search would find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetWish {
    /// The entries of the search.
    pub terms: Vec<Term>,
    /// Which page of the values.
    pub window: Window,
    /// What a value must match to be told, and how.
    pub filter: Option<(String, Matching)>,
}

impl FacetWish {
    /// Reads a question among things that have `keys`.
    pub fn read(body: &Object, keys: &[&str]) -> Result<Self, Malformed> {
        let how = method(body, "facetQueryMatchingMethod")?;
        let filter = wire::text(body, "facetQuery")?.filter(|text| !text.is_empty()).map(|text| (text, how));
        Ok(Self { terms: terms(body, keys)?, window: Window::of_body(body)?, filter })
    }
}

/// The facets that a body names, which must be there.
pub fn facets(body: &Object, keys: &[&str]) -> Result<Vec<String>, Malformed> {
    let facets = wire::texts(body, FACETS)?.ok_or_else(|| Malformed::new(FACETS, Fault::Missing))?;
    facets.iter().try_for_each(|facet| known(facet, keys, FACETS))?;
    Ok(facets)
}

/// Refuses a key that things of this kind have not got.
pub fn known(key: &str, keys: &[&str], field: &'static str) -> Result<(), Malformed> {
    match keys.contains(&key) {
        true => Ok(()),
        false => Err(Malformed::new(field, Fault::UnknownValue(keys.join(", ")))),
    }
}

fn sort(body: &Object, keys: &[&str]) -> Result<Option<Sort>, Malformed> {
    let Some(members) = body.object_or_none(SORT)? else { return Ok(None) };
    let inside = || {
        let sort = Object::new(members.clone());
        let field = wire::required(&sort, FIELD)?;
        let ascending = sort.boolean_or_none("ascending")?.unwrap_or_default();
        // An order that was told to a client may come back.
        if field == DEFAULT_ORDER {
            return Ok(None);
        }
        known(&field, keys, FIELD)?;
        Ok(Some(Sort { field, ascending }))
    };
    inside().map_err(|malformed: Malformed| within(SORT, malformed))
}

/// The same fault, under the path to its member.
fn within(place: &str, malformed: Malformed) -> Malformed {
    let member = format!("{place}.{}", malformed.field);
    malformed.of(member)
}

fn terms(body: &Object, keys: &[&str]) -> Result<Vec<Term>, Malformed> {
    let list = body.list_or_none(QUERY)?.unwrap_or_default();
    if list.len() > TERMS_MAX {
        return Err(Malformed::new(QUERY, Fault::TooMany { limit: TERMS_MAX }));
    }
    let read = |(at, value): (usize, &Value)| {
        let place = format!("{QUERY}[{at}]");
        match value {
            Value::Object(members) => term(members, keys).map_err(|malformed| within(&place, malformed)),
            _ => Err(Malformed::new(place, Fault::NotA("a JSON object"))),
        }
    };
    list.iter().enumerate().map(read).collect()
}

fn term(members: &Map<String, Value>, keys: &[&str]) -> Result<Term, Malformed> {
    let entry = Object::new(members.clone());
    let key = wire::required(&entry, KEY)?;
    if key != FREETEXT {
        known(&key, keys, KEY)?;
    }
    let value = wire::text(&entry, "value")?;
    // Of both, the list counts.
    let values = wire::texts(&entry, "values")?.filter(|values| !values.is_empty());
    let values = values.or(value.map(|value| vec![value])).ok_or_else(|| Malformed::new("value", Fault::Missing))?;
    if values.len() > VALUES_MAX {
        return Err(Malformed::new("values", Fault::TooMany { limit: VALUES_MAX }));
    }
    let negated = entry.boolean_or_none("negated")?.unwrap_or_default();
    Ok(Term { key, values, how: method(&entry, "matchingMethod")?, negated })
}

/// How values are compared. Nothing here is a path of tags, so that a method for those asks for the whole (inferred).
fn method(object: &Object, name: &'static str) -> Result<Matching, Malformed> {
    match wire::text(object, name)?.as_deref() {
        None | Some("CONTAINS") => Ok(Matching::Contains),
        Some("STARTSWITH") => Ok(Matching::StartsWith),
        Some("EXACT" | "TAGPATH") => Ok(Matching::Exact),
        Some(_) => Err(Malformed::new(name, Fault::UnknownValue("CONTAINS, STARTSWITH, EXACT, TAGPATH".to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Result<Wish, String> {
        let body = Object::new(body.as_object().unwrap().clone());
        Wish::read(&body, &["id", "name"]).map_err(|malformed| malformed.field.into_owned())
    }

    #[test]
    fn an_entry_has_a_known_key_and_values() {
        let one = |entry: Value| read(json!({ "query": [entry] })).map(|wish| wish.terms);
        let term = |values: &[&str], how, negated| {
            Ok(vec![Term { key: "name".to_owned(), values: values.iter().map(ToString::to_string).collect(), how, negated }])
        };
        for (entry, expected) in [
            (json!({ "key": "name", "value": "a" }), term(&["a"], Matching::Contains, false)),
            (json!({ "key": "name", "value": "a", "values": ["b", "c"] }), term(&["b", "c"], Matching::Contains, false)),
            (json!({ "key": "name", "value": "a", "values": [] }), term(&["a"], Matching::Contains, false)),
            (json!({ "key": "name", "value": "a", "matchingMethod": "STARTSWITH" }), term(&["a"], Matching::StartsWith, false)),
            (json!({ "key": "name", "value": "a", "matchingMethod": "EXACT", "negated": true }), term(&["a"], Matching::Exact, true)),
            (json!({ "key": "name", "value": "a", "matchingMethod": "TAGPATH", "start": 1 }), term(&["a"], Matching::Exact, false)),
            (json!({ "key": "name" }), Err("query[0].value".to_owned())),
            (json!({ "key": "name", "value": 7 }), Err("query[0].value".to_owned())),
            (json!({ "key": "name", "values": ["a", 7] }), Err("query[0].values[1]".to_owned())),
            (json!({ "key": "colour", "value": "a" }), Err("query[0].key".to_owned())),
            (json!({ "value": "a" }), Err("query[0].key".to_owned())),
            (json!({ "key": "name", "value": "a", "matchingMethod": "exact" }), Err("query[0].matchingMethod".to_owned())),
            (json!("name"), Err("query[0]".to_owned())),
        ] {
            assert_eq!(one(entry.clone()), expected, "{entry}");
        }
        assert!(read(json!({ "query": [{ "key": "freetext", "value": "a" }] })).is_ok());
        for (count, good) in [(TERMS_MAX, true), (TERMS_MAX + 1, false)] {
            let entry = json!({ "key": "name", "value": "a" });
            assert_eq!(read(json!({ "query": vec![entry; count] })).is_ok(), good, "{count} entries");
        }
        for (count, good) in [(VALUES_MAX, true), (VALUES_MAX + 1, false)] {
            assert_eq!(one(json!({ "key": "name", "values": vec!["a"; count] })).is_ok(), good, "{count} values");
        }
    }

    #[test]
    fn an_order_is_told_as_it_was_asked_or_as_none() {
        let none = json!({ "ascending": false, "field": "default", "default": true });
        for (body, told) in [
            (json!({}), Ok(none.clone())),
            (json!({ "query": null, "sort": null }), Ok(none.clone())),
            (json!({ "sort": none }), Ok(none.clone())),
            (json!({ "sort": { "field": "id", "ascending": true } }), Ok(json!({ "ascending": true, "field": "id", "default": false }))),
            (json!({ "sort": { "field": "name" } }), Ok(json!({ "ascending": false, "field": "name", "default": false }))),
            (json!({ "sort": { "ascending": true } }), Err("sort.field")),
            (json!({ "sort": { "field": "colour", "ascending": true } }), Err("sort.field")),
            (json!({ "sort": { "field": "id", "ascending": "yes" } }), Err("sort.ascending")),
            (json!({ "sort": "id" }), Err("sort")),
        ] {
            let read = read(body.clone()).map(|wish| serde_json::to_value(wish.sort_body()).unwrap());
            assert_eq!(read, told.map_err(str::to_owned), "{body}");
        }
    }
}
