//! The help desk and customers: read and checked, applied by later versions.

use secrecy::SecretString;
use vestibule_core::{realm::Realm, refusal::Fault};

use super::{
    Problem,
    accounts::check_address,
    read::{Node, Section},
    realms::each,
    references::{Names, Seen},
    secrets,
};

/// `[realms.help_desk]`.
#[derive(Debug, Clone)]
pub struct HelpDeskEntry {
    /// The Zendesk subdomain, one label.
    pub subdomain: String,
    /// What hand-off tokens are signed with.
    pub secret: SecretString,
    /// How the browser carries the token over; the query when absent.
    pub delivery: DeliveryEntry,
}

/// How a hand-off token travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeliveryEntry {
    /// In the query of a redirect.
    #[default]
    Query,
    /// In a form that the browser posts.
    Form,
}

/// `[realms.customers]`.
#[derive(Debug, Clone, Default)]
pub struct CustomersEntry {
    /// Whether customers and staff are divided into departments; absent: unchanged.
    pub departmentalization: Option<bool>,
    /// Names of departments; unique.
    pub departments: Vec<String>,
    /// The customers; ids and numbers are unique.
    pub list: Vec<CustomerEntry>,
}

/// One customer.
#[derive(Debug, Clone)]
pub struct CustomerEntry {
    /// Decimal.
    pub id: u64,
    /// The account number that people know.
    pub number: Option<String>,
    /// What kind of customer.
    pub kind: CustomerKind,
    /// How it stands; open when absent.
    pub status: CustomerStatus,
    /// One of the departments listed.
    pub department: Option<String>,
    /// Its people; an individual has at least one.
    pub contacts: Vec<ContactEntry>,
    /// Ids of the customers that may act for it.
    pub grants_to: Vec<u64>,
}

/// What kind of customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerKind {
    /// One person.
    Individual,
    /// Several people.
    Group,
    /// A company.
    Corporate,
}

/// How a customer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CustomerStatus {
    /// Not served yet.
    Pending,
    /// Served.
    #[default]
    Open,
    /// Not served for a while.
    Suspended,
    /// No longer served.
    Closed,
}

/// A customer's person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactEntry {
    /// Their part.
    pub kind: ContactKind,
    /// First name; empty when absent.
    pub first_name: String,
    /// Last name; empty when absent.
    pub last_name: String,
    /// Their address, if any.
    pub email: Option<String>,
    /// Whether the address is known to be theirs; no when absent.
    pub email_verified: bool,
}

/// A contact's part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactKind {
    /// The first to speak to.
    Primary,
    /// No special part.
    Regular,
    /// Pays.
    Billing,
    /// Administers.
    Administrator,
    /// Runs things.
    Technical,
}

/// Longest name, number or id of a thing here, in bytes.
const NAME_BYTES_MAX: usize = Realm::NAME_BYTES_MAX;
const SUBDOMAIN_BYTES_MAX: usize = 63;

pub(super) fn help_desk(node: Node<'_>) -> Option<HelpDeskEntry> {
    node.unapplied();
    let desk = node.section(&["subdomain", "secret", "secret_file", "secret_env", "delivery"])?;
    let subdomain = desk.require("subdomain").and_then(|node| {
        let label = node.short_text(SUBDOMAIN_BYTES_MAX)?;
        match label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            true => Some(label.to_owned()),
            false => node.refuse(Problem::Breaks(Fault::Format("one label of a domain, such as `acme`"))),
        }
    });
    let deliveries = [("query", DeliveryEntry::Query), ("form", DeliveryEntry::Form)];
    let delivery = desk.find("delivery").and_then(|node| node.word(&deliveries)).unwrap_or_default();
    let (_, secret) = secrets::secret(&desk)?;
    Some(HelpDeskEntry { subdomain: subdomain?, secret, delivery })
}

/// The departments that the realm declares, and its customers.
pub(super) fn customers<'a>(realm: &Section<'a>) -> (Names<'a>, Option<CustomersEntry>) {
    let none = || Names::of("department", []);
    let Some(node) = realm.find("customers") else { return (none(), None) };
    node.unapplied();
    let Some(section) = node.section(&["departmentalization", "departments", "list"]) else { return (none(), None) };
    let departments = Names::listed("department", &section, "departments");
    let ids = Names::declared("customer", &section, "list", "id", &[]);
    let mut numbers = Seen::default();
    let entry = CustomersEntry {
        departmentalization: section.find("departmentalization").and_then(|node| node.flag()),
        departments: each(&section, "departments", |node, seen| {
            let name = node.short_text(NAME_BYTES_MAX)?;
            seen.check(&node, name).map(|()| name.to_owned())
        }),
        list: each(&section, "list", |node, seen| customer(node, seen, &mut numbers, &departments, &ids)),
    };
    (departments, Some(entry))
}

const CUSTOMER_KEYS: &[&str] = &["id", "number", "kind", "status", "department", "contacts", "grants_to"];
const KINDS: [(&str, CustomerKind); 3] =
    [("individual", CustomerKind::Individual), ("group", CustomerKind::Group), ("corporate", CustomerKind::Corporate)];
const STATUSES: [(&str, CustomerStatus); 4] = [
    ("pending", CustomerStatus::Pending),
    ("open", CustomerStatus::Open),
    ("suspended", CustomerStatus::Suspended),
    ("closed", CustomerStatus::Closed),
];

fn customer(node: Node<'_>, seen: &mut Seen, numbers: &mut Seen, departments: &Names<'_>, ids: &Names<'_>) -> Option<CustomerEntry> {
    let customer = node.section(CUSTOMER_KEYS)?;
    let id = customer.require("id").and_then(|node| {
        let id = decimal(&node)?;
        seen.check(&node, &id.to_string()).map(|()| id)
    });
    let number = customer.find("number").and_then(|node| {
        let number = node.short_text(NAME_BYTES_MAX)?;
        numbers.check(&node, number).map(|()| number.to_owned())
    });
    let kind = customer.require("kind").and_then(|node| node.word(&KINDS));
    let status = customer.find("status").and_then(|node| node.word(&STATUSES)).unwrap_or_default();
    let department = customer.find("department").and_then(|node| departments.check(&node, node.text()?));
    let contacts: Vec<_> = customer.items("contacts").into_iter().filter_map(contact).collect();
    if kind == Some(CustomerKind::Individual) && customer.peek_list("contacts").is_empty() {
        customer.require("contacts")?.refuse::<()>(Problem::Breaks(Fault::Empty));
    }
    let holder = |node: Node<'_>| ids.check(&node, node.text()?).and_then(|_| decimal(&node));
    let grants_to = customer.items("grants_to").into_iter().filter_map(holder).collect();
    Some(CustomerEntry { id: id?, number, kind: kind?, status, department, contacts, grants_to })
}

/// A customer's id: decimal, without sign and leading zeros, so that each has one spelling.
fn decimal(node: &Node<'_>) -> Option<u64> {
    let text = node.text()?;
    match text.parse::<u64>() {
        Ok(id) if id.to_string() == text => Some(id),
        _ => node.refuse(Problem::Breaks(Fault::Format("a decimal number in a string, such as `\"2210\"`"))),
    }
}

const PARTS: [(&str, ContactKind); 5] = [
    ("primary", ContactKind::Primary),
    ("regular", ContactKind::Regular),
    ("billing", ContactKind::Billing),
    ("administrator", ContactKind::Administrator),
    ("technical", ContactKind::Technical),
];

fn contact(node: Node<'_>) -> Option<ContactEntry> {
    let contact = node.section(&["type", "first_name", "last_name", "email", "email_verified"])?;
    let text = |key| contact.find(key).and_then(|node| node.short_text(NAME_BYTES_MAX)).unwrap_or_default().to_owned();
    let (first_name, last_name) = (text("first_name"), text("last_name"));
    let email = contact.find("email").and_then(|node| node.check(check_address(node.text()?)).map(str::to_owned));
    let email_verified = contact.find("email_verified").and_then(|node| node.flag()).unwrap_or_default();
    let kind = contact.require("type")?.word(&PARTS)?;
    Some(ContactEntry { kind, first_name, last_name, email, email_verified })
}
