//! Searches as AuthZEN writes them (`spec/authzen-decisions.md`, section A4). What is searched for is given
//! by its type; an id that stands there is ignored.

use std::{borrow::Cow, collections::BTreeMap};

use serde::de::MapAccess;
use serde_json::Value;
use vestibule_core::refusal::Malformed;
use vestibule_operations::{Entity, PageWish, Search, Wanted};

use super::{Acting, Partial, RESOURCE, SUBJECT, missing};
use crate::body::{
    Strict,
    fields::{self, Attributes, Count, Fields, Object, Text},
};

/// A search, and whether its page was asked for.
pub struct Asked<'q> {
    /// The search.
    pub search: Search<'q>,
    /// Whether the answer must speak of its page.
    pub paged: bool,
}

/// Reads a search for subjects.
pub fn subjects(body: &[u8]) -> Result<Asked<'_>, Malformed> {
    let mut body: Body<'_, true> = fields::read(body)?;
    let kind = searched(body.subject.take(), "subject", "subject.type")?;
    let (action, resource) = (body.action.take(), body.resource.take());
    let action = action.ok_or_else(|| missing("action"))?.whole()?;
    Ok(body.search(Wanted::Subjects { kind, action, resource: whole(resource, "resource", RESOURCE)? }))
}

/// Reads a search for resources.
pub fn resources(body: &[u8]) -> Result<Asked<'_>, Malformed> {
    let mut body: Body<'_, true> = fields::read(body)?;
    let subject = whole(body.subject.take(), "subject", SUBJECT)?;
    let action = body.action.take().ok_or_else(|| missing("action"))?.whole()?;
    let kind = searched(body.resource.take(), "resource", "resource.type")?;
    Ok(body.search(Wanted::Resources { subject, action, kind }))
}

/// Reads a search for actions. It has no member `action`: one that stands there is ignored.
pub fn actions(body: &[u8]) -> Result<Asked<'_>, Malformed> {
    let mut body: Body<'_, false> = fields::read(body)?;
    let subject = whole(body.subject.take(), "subject", SUBJECT)?;
    let resource = whole(body.resource.take(), "resource", RESOURCE)?;
    Ok(body.search(Wanted::Actions { subject, resource }))
}

fn whole<'q>(partial: Option<Partial<'q>>, name: &'static str, members: [&'static str; 2]) -> Result<Entity<'q>, Malformed> {
    partial.ok_or_else(|| missing(name))?.whole(members)
}

/// The type of what is searched for.
fn searched<'q>(partial: Option<Partial<'q>>, name: &'static str, kind: &'static str) -> Result<Cow<'q, str>, Malformed> {
    partial.ok_or_else(|| missing(name))?.kind.ok_or_else(|| missing(kind))
}

/// A body as far as it was written, with or without an action.
#[derive(Default)]
struct Body<'q, const WITH_ACTION: bool> {
    subject: Option<Partial<'q>>,
    action: Option<Acting<'q>>,
    resource: Option<Partial<'q>>,
    context: Option<BTreeMap<String, Value>>,
    page: Option<Page<'q>>,
}

impl<'q, const WITH_ACTION: bool> Body<'q, WITH_ACTION> {
    fn search(self, wanted: Wanted<'q>) -> Asked<'q> {
        let paged = self.page.is_some();
        let Page { token, limit } = self.page.unwrap_or_default();
        Asked { search: Search { wanted, context: self.context.unwrap_or_default(), page: PageWish { token, limit } }, paged }
    }
}

impl<'q, const WITH_ACTION: bool> Fields<'q> for Body<'q, WITH_ACTION> {
    const NAMES: &'static [&'static str] = match WITH_ACTION {
        true => &["subject", "resource", "context", "page", "action"],
        false => &["subject", "resource", "context", "page"],
    };

    fn read<A: MapAccess<'q>>(&mut self, number: usize, members: &mut A, at: Strict<'_>) -> Result<(), A::Error> {
        match number {
            0 => self.subject = members.next_value_seed(Object::at(at))?,
            1 => self.resource = members.next_value_seed(Object::at(at))?,
            2 => self.context = members.next_value_seed(Attributes(at))?,
            3 => self.page = members.next_value_seed(Object::at(at))?,
            _ => self.action = members.next_value_seed(Object::at(at))?,
        }
        Ok(())
    }
}

#[derive(Default)]
struct Page<'q> {
    token: Option<Cow<'q, str>>,
    limit: Option<u64>,
}

impl<'q> Fields<'q> for Page<'q> {
    const NAMES: &'static [&'static str] = &["token", "limit", "properties"];

    fn read<A: MapAccess<'q>>(&mut self, number: usize, members: &mut A, at: Strict<'_>) -> Result<(), A::Error> {
        match number {
            0 => self.token = members.next_value_seed(Text(at))?,
            1 => self.limit = members.next_value_seed(Count(at))?,
            // None of ours; they must be an object all the same.
            _ => drop(members.next_value_seed(Attributes(at))?),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECTS: &str =
        r#"{"subject":{"type":"user","id":"ignored-stray-id"},"action":{"name":"read"},"resource":{"type":"record","id":"1"}"#;

    #[test]
    fn what_is_searched_for_needs_its_type_alone() {
        let body = format!("{SUBJECTS}}}");
        let Asked { search, paged } = subjects(body.as_bytes()).map_err(|fault| fault.to_string()).unwrap();
        let Wanted::Subjects { kind, action, resource } = search.wanted else { panic!("no search for subjects") };
        assert_eq!((&*kind, &*action.name, &*resource.id, search.page.limit, paged), ("user", "read", "1", None, false));
        type Read = for<'a> fn(&'a [u8]) -> Result<Asked<'a>, Malformed>;
        let rows: [(Read, &str, &str); 7] = [
            (subjects, r#"{"subject":{"type":"user"},"resource":{"type":"r","id":"1"}}"#, "action"),
            (subjects, r#"{"subject":{"id":"a"},"action":{"name":"read"},"resource":{"type":"r","id":"1"}}"#, "subject.type"),
            (subjects, r#"{"subject":{"type":"user"},"action":{"name":"read"},"resource":{"type":"r"}}"#, "resource.id"),
            (resources, r#"{"action":{"name":"read"},"resource":{"type":"r"}}"#, "subject"),
            (resources, r#"{"subject":{"type":"user"},"action":{"name":"read"},"resource":{"type":"r"}}"#, "subject.id"),
            (actions, r#"{"subject":{"type":"user","id":"a"}}"#, "resource"),
            (actions, r#"{"subject":{"type":"user"},"resource":{"type":"r","id":"1"}}"#, "subject.id"),
        ];
        for (read, body, field) in rows {
            assert_eq!(read(body.as_bytes()).err().unwrap().field, field, "{body}");
        }
        let stray = r#"{"action":"none of it","subject":{"type":"user","id":"a"},"resource":{"type":"r","id":"1"}}"#;
        assert!(actions(stray.as_bytes()).is_ok(), "a stray action is ignored");
    }

    #[test]
    fn a_page_is_a_token_and_a_limit() {
        for (page, read) in [
            (r#"{}"#, Ok((None, None))),
            (r#"{"limit":1,"foo":1}"#, Ok((None, Some(1)))),
            (r#"{"limit":0,"token":"x","properties":{"a":1}}"#, Ok((Some("x"), Some(0)))),
            (r#"{"limit":null,"token":null}"#, Ok((None, None))),
            (r#"{"limit":-1}"#, Err("page.limit")),
            (r#"{"limit":1.5}"#, Err("page.limit")),
            (r#"{"limit":"1"}"#, Err("page.limit")),
            (r#"{"token":1}"#, Err("page.token")),
            (r#"{"token":""}"#, Err("page.token")),
            (r#"{"properties":[]}"#, Err("page.properties")),
            (r#"[]"#, Err("page")),
        ] {
            let body = format!(r#"{SUBJECTS},"page":{page}}}"#);
            let asked = subjects(body.as_bytes()).map(|asked| (asked.search.page.token.map(Cow::into_owned), asked.search.page.limit));
            let read = read.map(|(token, limit)| (token.map(str::to_owned), limit));
            assert_eq!(asked.map_err(|fault| fault.field.into_owned()), read.map_err(str::to_owned), "{page}");
        }
    }
}
