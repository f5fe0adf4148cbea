//! The help desk, customers and objects: read and checked, applied by later versions.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::Value;

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

/// A thing of the tenant's own, for conditions and searches.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectEntry {
    /// `service` or `service:type`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Facts about it.
    pub attributes: BTreeMap<String, Value>,
}
