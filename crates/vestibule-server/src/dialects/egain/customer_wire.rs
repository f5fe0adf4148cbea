//! Shapes of customers on the wire (`spec/egain-grants.md`, section 9). A customer's first contact is the one that is shown
//! and written; what nobody has a place for here (websites, social ids, levels, custom attributes) is refused by name.

use vestibule_core::{
    contact::Contact,
    contact_details::{Completeness, ContactDetails},
    customer::{Customer, CustomerKind},
    time::Timestamp,
};

use super::{
    call::Call,
    case_wire::date,
    errors::{self, Failure},
    node::{Document, Node},
    shape::{Members, Part, Shape},
    texts::Text,
    tree::Incoming,
    words,
};

/// The root of a customer in XML.
pub const CUSTOMER: &str = "customer";
/// What `$attribute` selects from; links and id are always there.
pub const ATTRIBUTES: [&str; 6] = ["type", "customerName", "department", "contacts", "created", "lastModified"];

/// The value of `type` for a kind.
const fn kind_value(kind: CustomerKind) -> &'static str {
    kind.as_str()
}

/// What is to become of a contact: fields by the names that the core knows them by; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactWish(Vec<(Field, String)>);

/// A field of a contact.
type Field = fn(&mut ContactDetails) -> &mut String;

impl ContactWish {
    /// The contact with what was said of it.
    pub fn applied(&self, mut details: ContactDetails) -> ContactDetails {
        for (field, value) in &self.0 {
            field(&mut details).clone_from(value);
        }
        details
    }
}

/// A customer to be made.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its own name.
    pub name: Option<String>,
    /// The department that is to serve it.
    pub department: Option<String>,
    /// Its contact.
    pub contact: Option<ContactWish>,
}

/// Reads a customer to be made of a kind.
pub fn wanted(body: &Incoming, kind: CustomerKind) -> Result<Wanted, Failure> {
    let shape = Shape::new(body);
    let read = shape.root().members(&["type", "department", "customerName", "contacts"]).and_then(|root| {
        let kind_said = root.required("type").and_then(|part| kind_named(&part, kind));
        let department = match root.optional("department") {
            None => Some(None),
            Some(part) => {
                part.members(&["name"]).and_then(|part| part.required("name")).and_then(|name| name.text().map(str::to_owned)).map(Some)
            }
        };
        let name = match (kind, root.optional("customerName")) {
            (CustomerKind::Individual, None) => Some(None),
            (_, found) => found.or_else(|| root.required("customerName")).and_then(|part| label(&part)).map(Some),
        };
        let contact = match (kind, root.optional("contacts")) {
            (CustomerKind::Group | CustomerKind::Corporate, None) => Some(None),
            (_, found) => {
                found.or_else(|| root.required("contacts")).and_then(|part| contact(&part, kind == CustomerKind::Individual)).map(Some)
            }
        };
        kind_said?;
        Some(Wanted { name: name?, department: department?, contact: contact? })
    });
    shape.finish(read)
}

/// Holds `type` to the kind of the path; a group says of which type it is, which is not kept.
fn kind_named(part: &Part<'_>, kind: CustomerKind) -> Option<()> {
    let known: &[&str] = if kind == CustomerKind::Group { &["value", "displayValue", "group"] } else { &["value", "displayValue"] };
    let members = part.members(known)?;
    let value = members.required("value")?;
    if kind == CustomerKind::Group {
        let inner = members.required("group")?.members(&["type"])?.required("type")?.members(&["value"])?;
        inner.required("value")?.text()?;
    }
    if value.text()? != kind_value(kind) {
        value.bad("type_mismatch");
        return None;
    }
    Some(())
}

fn label(part: &Part<'_>) -> Option<String> {
    let checked = Customer::check_label("customerName", part.text()?);
    if checked.is_err() {
        part.bad("not_a_name");
    }
    checked.ok()
}

/// What is to change of a customer.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// Which customer, as it was sent, and when it was written last, as the caller knows it; absent where a customer calls.
    pub seen: Option<(String, Timestamp)>,
    /// Its own name; empty: none.
    pub name: Option<String>,
    /// Its contact.
    pub contact: Option<ContactWish>,
}

/// Reads what is to change; customers change their contact alone.
pub fn change(body: &Incoming, is_self: bool) -> Result<Change, Failure> {
    let known: &[&str] = if is_self { &["contacts"] } else { &["id", "lastModified", "customerName", "contacts"] };
    let shape = Shape::new(body);
    let read = shape.root().members(known).and_then(|root| {
        let contact = match root.optional("contacts") {
            None if is_self => root.required("contacts").map(|_| None),
            None => Some(None),
            Some(part) => contact(&part, false).map(Some),
        };
        if is_self {
            return Some(Change { seen: None, name: None, contact: contact? });
        }
        let id = root.required("id").and_then(|part| part.id());
        let at = root.required("lastModified").and_then(|part| instant(&part));
        let name = match root.optional("customerName") {
            None => Some(None),
            Some(part) if part.text_or_empty() == Some("") => Some(Some(String::new())),
            Some(part) => label(&part).map(Some),
        };
        Some(Change { seen: Some((id?, at?)), name: name?, contact: contact? })
    });
    shape.finish(read)
}

fn instant(part: &Part<'_>) -> Option<Timestamp> {
    let date = part.members(&["date"])?.required("date")?;
    let at = date.text()?.parse().ok();
    if at.is_none() {
        date.bad("not_a_date");
    }
    at
}

/// The one contact.
fn contact(part: &Part<'_>, is_new_person: bool) -> Option<ContactWish> {
    let items = part.members(&["contact"])?.required_items("contact", usize::MAX)?;
    if let [_, second, ..] = items.as_slice() {
        second.bad("more_than_one");
    }
    let contact = items.first()?;
    let members = contact.members(&["title", "firstName", "middleName", "lastName", "email", "phone", "postal"])?;
    let mut wish = ContactWish::default();
    if is_new_person {
        members.required("firstName")?.text()?;
    }
    texts(
        &members,
        &mut wish,
        &[
            ("title", |details| &mut details.name.salutation),
            ("firstName", |details| &mut details.name.first),
            ("middleName", |details| &mut details.name.middle),
            ("lastName", |details| &mut details.name.last),
        ],
    )?;
    points(&members, &mut wish, "email", "emailAddress", [|details| &mut details.media.email1, |details| &mut details.media.email2])?;
    points(&members, &mut wish, "phone", "phoneNumber", [|details| &mut details.media.phone1, |details| &mut details.media.phone2])?;
    if let Some(postal) = members.optional("postal") {
        let items = postal.items(1);
        let fields: [(&str, Field); 6] = [
            ("addressLine1", |details| &mut details.address.street1),
            ("addressLine2", |details| &mut details.address.street2),
            ("city", |details| &mut details.address.city),
            ("state", |details| &mut details.address.state_or_province),
            ("zipcode", |details| &mut details.address.postal_code),
            ("country", |details| &mut details.address.country_code),
        ];
        match items.first() {
            Some(item) => texts(&item.members(&fields.map(|(name, _)| name))?, &mut wish, &fields)?,
            None => wish.0.extend(fields.map(|(_, field)| (field, String::new()))),
        }
    }
    // Their rules are those of the core.
    if let Err(faults) = wish.applied(ContactDetails::default()).check(Completeness::Partial) {
        let field = faults.first().map(|fault| fault.field.to_string()).unwrap_or_default();
        contact.shape_bad(&field);
        return None;
    }
    Some(wish)
}

/// Texts that are there.
fn texts(members: &Members<'_>, wish: &mut ContactWish, fields: &[(&str, Field)]) -> Option<()> {
    let mut good = true;
    for (name, field) in fields {
        if let Some(part) = members.optional(name) {
            match part.text_or_empty() {
                Some(text) => wish.0.push((*field, text.to_owned())),
                None => good = false,
            }
        }
    }
    good.then_some(())
}

/// Contact points of one kind: a list stands for all of them.
fn points(members: &Members<'_>, wish: &mut ContactWish, list: &str, name: &str, fields: [Field; 2]) -> Option<()> {
    let Some(part) = members.optional(list) else { return Some(()) };
    let mut values = Vec::new();
    for item in part.items(fields.len()) {
        values.push(item.members(&[name])?.required(name)?.text()?.to_owned());
    }
    let mut values = values.into_iter();
    wish.0.extend(fields.map(|field| (field, values.next().unwrap_or_default())));
    Some(())
}

/// The two customers of a merge: who goes, and who stays.
pub fn merge(body: &Incoming) -> Result<(String, String), Failure> {
    let shape = Shape::new(body);
    let id = |part: Option<Part<'_>>| part?.members(&["id"])?.required("id")?.id();
    let read = shape.root().members(&["sourceCustomer", "targetCustomer"]).and_then(|root| {
        let (source, target) = (id(root.required("sourceCustomer")), id(root.required("targetCustomer")));
        Some((source?, target?))
    });
    shape.finish(read)
}

/// A customer with its contacts and its department's id, if it is to be shown in one.
pub struct Shown {
    /// The customer.
    pub customer: Customer,
    /// Its contacts.
    pub contacts: Vec<Contact>,
    /// Its department, where departments are kept apart.
    pub department: Option<(String, String)>,
}

/// When a customer or one of its contacts was written last.
pub fn last_modified(customer: &Customer, contacts: &[Contact]) -> Timestamp {
    let own = customer.authorship.last_written(customer.created_at);
    contacts.iter().map(|contact| contact.authorship.last_written(contact.created_at)).fold(own, Timestamp::max)
}

impl Shown {
    /// What it is called.
    pub fn name(&self) -> String {
        self.customer.called(self.contacts.first().map(|contact| &contact.details))
    }

    /// What of it is wanted, in the reader's language.
    pub fn node(&self, call: &Call, wanted: Option<&[&str]>) -> Node {
        let (customer, language) = (&self.customer, call.language());
        let is_wanted = |name: &str| wanted.is_none_or(|wanted| wanted.contains(&name));
        let kind = Node::Object(vec![
            ("value", Node::text(kind_value(customer.kind))),
            ("displayValue", Node::text(Text::Kind(customer.kind).say(language, ""))),
        ]);
        let mut members = vec![("link", Node::List(vec![Node::link("self", call.href(&format!("/customer/{}", customer.id)))]))];
        members.push(("type", kind));
        members.push(("customerName", Node::text(self.name())));
        if let Some((name, id)) = &self.department {
            members.push(("department", Node::Object(vec![("name", Node::text(&**name)), ("id", Node::attribute(&**id))])));
        }
        if !self.contacts.is_empty() {
            let contacts = self.contacts.iter().map(contact_node).collect();
            members.push(("contacts", Node::Object(vec![("contact", Node::List(contacts))])));
        }
        members.push(("created", date(customer.created_at)));
        members.push(("lastModified", date(last_modified(customer, &self.contacts))));
        members.retain(|(name, _)| *name == "link" || is_wanted(name));
        members.push(("id", Node::attribute(customer.id.to_string())));
        Node::Object(members)
    }
}

fn contact_node(contact: &Contact) -> Node {
    let ContactDetails { name, address, media } = &contact.details;
    let some = |fields: &[(&'static str, &String)]| -> Vec<(&'static str, Node)> {
        fields.iter().filter(|(_, text)| !text.is_empty()).map(|(field, text)| (*field, Node::text(text.as_str()))).collect()
    };
    let mut members =
        some(&[("title", &name.salutation), ("firstName", &name.first), ("middleName", &name.middle), ("lastName", &name.last)]);
    for (list, field, all) in
        [("email", "emailAddress", [&media.email1, &media.email2]), ("phone", "phoneNumber", [&media.phone1, &media.phone2])]
    {
        let points: Vec<_> =
            all.into_iter().filter(|text| !text.is_empty()).map(|text| Node::Object(vec![(field, Node::text(text.as_str()))])).collect();
        if !points.is_empty() {
            members.push((list, Node::List(points)));
        }
    }
    let postal = some(&[
        ("addressLine1", &address.street1),
        ("addressLine2", &address.street2),
        ("city", &address.city),
        ("state", &address.state_or_province),
        ("zipcode", &address.postal_code),
        ("country", &address.country_code),
    ]);
    if !postal.is_empty() {
        members.push(("postal", Node::List(vec![Node::Object(postal)])));
    }
    Node::Object(members)
}

/// A list of customers, with its page where pages are counted.
pub fn customers(items: Vec<Node>, info: Option<Node>) -> Document {
    let mut members = vec![("customer", Node::List(items))];
    members.extend(info.map(|info| ("paginationInfo", info)));
    Document { root: "customers", namespace: words::CUSTOMER_NAMESPACE, node: Node::Object(members) }
}

/// The failure of an e-mail address that another customer has.
pub fn address_taken() -> Failure {
    Failure::of(&errors::BAD_VALUE, ["contacts.contact.email.emailAddress"]).with("reason", "not_unique")
}
