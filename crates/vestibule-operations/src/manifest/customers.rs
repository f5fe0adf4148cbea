//! The help desk, departments and customers.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    contact::ContactKind,
    contact_details::{Completeness, ContactDetails},
    customer::{Customer, CustomerId, CustomerKind, CustomerNumber, CustomerStatus},
    help_desk::{Delivery, DeskSecret, DeskSettings},
    realm::Realm,
    refusal::Fault,
};

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
    /// How the browser carries the token over; absent: unchanged, or the query for a new help desk.
    pub delivery: Option<Delivery>,
}

/// `[realms.customers]`.
#[derive(Debug, Clone, Default)]
pub struct CustomersEntry {
    /// Whether customers and staff are kept apart by department; absent: unchanged. The operator's word is force enough.
    pub departmentalization: Option<bool>,
    /// Names of departments; unique. Those not mentioned stay.
    pub departments: Vec<String>,
    /// The customers; ids and numbers are unique.
    pub list: Vec<CustomerEntry>,
}

/// One customer.
#[derive(Debug, Clone)]
pub struct CustomerEntry {
    /// Decimal.
    pub id: CustomerId,
    /// The account number that people know.
    pub number: Option<CustomerNumber>,
    /// What it is called, where that is not the name of its one person; absent: unchanged.
    pub name: Option<String>,
    /// What kind of customer.
    pub kind: CustomerKind,
    /// How it stands; absent: unchanged, or open for a new one.
    pub status: Option<CustomerStatus>,
    /// One of the departments listed.
    pub department: Option<String>,
    /// Its people; an individual has at least one. Several may be primary, of each other kind one.
    pub contacts: Vec<ContactEntry>,
    /// Ids of the customers that may act for it; those not mentioned are the tenant's and stay.
    pub grants_to: Vec<CustomerId>,
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
    /// Whether the address is known to be theirs; absent: as it is.
    pub email_verified: Option<bool>,
}

/// Longest name of a department, in bytes.
const NAME_BYTES_MAX: usize = Customer::LABEL_BYTES_MAX;

pub(super) fn help_desk(node: Node<'_>) -> Option<HelpDeskEntry> {
    let desk = node.section(&["subdomain", "secret", "secret_file", "secret_env", "delivery"])?;
    let subdomain = desk.require("subdomain").and_then(|node| {
        let label = node.text()?;
        node.check(DeskSettings::check_subdomain(label)).map(|()| label.to_owned())
    });
    let delivery = desk.find("delivery").and_then(|node| node.word(&Delivery::ALL.map(|one| (one.as_str(), one))));
    let (node, secret) = secrets::secret(&desk)?;
    node.check(DeskSecret::check_value(secret.expose_secret()))?;
    Some(HelpDeskEntry { subdomain: subdomain?, secret, delivery })
}

/// The departments that the realm declares, and its customers.
pub(super) fn customers<'a>(realm: &Section<'a>) -> (Names<'a>, Option<CustomersEntry>) {
    let none = || Names::of("department", []);
    let Some(node) = realm.find("customers") else { return (none(), None) };
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

const CUSTOMER_KEYS: &[&str] = &["id", "number", "name", "kind", "status", "department", "contacts", "grants_to"];

fn customer(node: Node<'_>, seen: &mut Seen, numbers: &mut Seen, departments: &Names<'_>, ids: &Names<'_>) -> Option<CustomerEntry> {
    let customer = node.section(CUSTOMER_KEYS)?;
    let id = customer.require("id").and_then(|node| {
        let id: CustomerId = node.parsed()?;
        seen.check(&node, &id.to_string()).map(|()| id)
    });
    let number = customer.find("number").and_then(|node| {
        let number: CustomerNumber = node.parsed()?;
        numbers.check(&node, number.as_str()).map(|()| number)
    });
    let name = customer.find("name").and_then(|node| node.check(Customer::check_label("name", node.text()?)));
    let kind = customer.require("kind").and_then(|node| node.word(&CustomerKind::ALL.map(|one| (one.as_str(), one))));
    let status = customer.find("status").and_then(|node| node.word(&CustomerStatus::ALL.map(|one| (one.as_str(), one))));
    let department = customer.find("department").and_then(|node| departments.check(&node, node.text()?));
    let contacts = each(&customer, "contacts", contact);
    if kind == Some(CustomerKind::Individual) && customer.peek_list("contacts").is_empty() {
        customer.require("contacts")?.refuse::<()>(Problem::Breaks(Fault::Empty));
    }
    let grants_to = each(&customer, "grants_to", |node, seen| {
        let holder: CustomerId = node.parsed()?;
        seen.check(&node, node.text()?)?;
        match id == Some(holder) {
            true => node.refuse(Problem::Breaks(Fault::Cycle)),
            false => ids.check(&node, node.text()?).map(|_| holder),
        }
    });
    Some(CustomerEntry { id: id?, number, name, kind: kind?, status, department, contacts, grants_to })
}

fn contact(node: Node<'_>, seen: &mut Seen) -> Option<ContactEntry> {
    let contact = node.section(&["type", "first_name", "last_name", "email", "email_verified"])?;
    let text = |key| contact.find(key).and_then(|node| node.short_text(Realm::NAME_BYTES_MAX)).unwrap_or_default().to_owned();
    let (first_name, last_name) = (text("first_name"), text("last_name"));
    let email = contact.find("email").and_then(|node| node.check(check_address(node.text()?)).map(str::to_owned));
    let email_verified = contact.find("email_verified").and_then(|node| node.flag());
    let node = contact.require("type")?;
    let kind = node.word(&ContactKind::ALL.map(|one| (one.as_str(), one)))?;
    if kind != ContactKind::Primary {
        seen.check(&node, kind.as_str())?;
    }
    let entry = ContactEntry { kind, first_name, last_name, email, email_verified };
    match entry.amend(ContactDetails::default()).check(Completeness::Partial) {
        Ok(_) => Some(entry),
        Err(faults) => faults.into_iter().find_map(|fault| contact.node.refuse_member(fault)),
    }
}

impl ContactEntry {
    /// The details with what is said here; what is not said stays.
    pub(crate) fn amend(&self, mut details: ContactDetails) -> ContactDetails {
        let said = [
            (&mut details.name.first, Some(&self.first_name)),
            (&mut details.name.last, Some(&self.last_name)),
            (&mut details.media.email1, self.email.as_ref()),
        ];
        for (field, text) in said {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                text.clone_into(field);
            }
        }
        details
    }
}
