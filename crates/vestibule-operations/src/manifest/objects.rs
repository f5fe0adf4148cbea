//! Objects: facts about the tenant's own things.

use vestibule_core::{
    object::Object,
    policy::{ActionName, Resource},
    refusal::{Fault, Malformed},
};

use super::{
    Problem,
    read::{Node, Section},
    realms::each,
    references::Seen,
};

pub(super) fn objects(realm: &Section<'_>) -> Vec<Object> {
    each(realm, "objects", object)
}

fn object(node: Node<'_>, seen: &mut Seen) -> Option<Object> {
    let object = node.section(&["type", "id", "attributes", "actions"])?;
    let kind = object.require("type").and_then(|node| {
        let kind = node.short_text(Object::NAME_BYTES_MAX)?;
        let plain =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b));
        match kind.split(':').count() <= 2 && kind.split(':').all(plain) {
            true => Some(kind),
            false => node.check(Err(Malformed::new("type", Fault::Format("`service` or `service:type`")))),
        }
    });
    let attributes = object.find("attributes").map(|node| node.facts()).unwrap_or_default();
    let actions = object.find("actions");
    let node = object.require("id")?;
    let id = node.short_text(Object::NAME_BYTES_MAX)?;
    if id == "*" {
        return node.refuse(Problem::Breaks(Fault::Format("the id of one thing: `*` is the type as a whole")));
    }
    // `record:record` is `record` written out.
    let whole = node.check(Resource::from_entity(kind?, id, false))?;
    seen.check(&node, &format!("{} {id}", whole.entity_type()))?;
    let action = |(node, name): (Node<'_>, &str)| node.check(ActionName::for_resource(name, whole.service));
    let actions = actions.map(|node| node.texts()).unwrap_or_default().into_iter().filter_map(action).collect();
    Some(Object { kind: whole.entity_type(), id: id.to_owned(), attributes, actions })
}
