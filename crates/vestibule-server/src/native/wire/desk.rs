//! Shapes of customers, contacts, the help desk and hand-offs.

use secrecy::ExposeSecret;
use serde::Serialize;
use vestibule_core::{
    contact::Contact,
    customer::{Customer, CustomerNumber},
    department::Department,
    grant::CustomerGrant,
    help_desk::{ClaimSwitches, DeskSecret, HelpDesk},
    id::DeskSecretId,
    realm::Realm,
    time::Timestamp,
};
use vestibule_operations::HandedOff;

/// A customer.
#[derive(Serialize)]
pub struct ShownCustomer<'a> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    kind: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<&'a str>,
    currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_account_id: Option<&'a str>,
    version: i64,
    created_at: Timestamp,
}

/// Shows a customer.
pub fn customer(customer: &Customer) -> ShownCustomer<'_> {
    ShownCustomer {
        id: customer.id.to_string(),
        number: customer.number.as_ref().map(CustomerNumber::as_str),
        name: customer.name.as_deref(),
        kind: customer.kind.as_str(),
        status: customer.status.as_str(),
        department: customer.department.as_deref(),
        currency: customer.currency.as_str(),
        partner_account_id: customer.partner_account_id.as_deref(),
        version: customer.version,
        created_at: customer.created_at,
    }
}

/// Who may act for a customer.
#[derive(Serialize)]
pub struct ShownGrant {
    holder: String,
    created_at: Timestamp,
}

/// Shows a grant.
pub fn grant(grant: &CustomerGrant) -> ShownGrant {
    ShownGrant { holder: grant.holder.to_string(), created_at: grant.created_at }
}

/// Whom a customer may act for.
#[derive(Serialize)]
pub struct ShownGranter {
    granter: String,
    created_at: Timestamp,
}

/// Shows a grant to its holder.
pub fn held_grant(grant: &CustomerGrant) -> ShownGranter {
    ShownGranter { granter: grant.granter.to_string(), created_at: grant.created_at }
}

/// A department.
#[derive(Serialize)]
pub struct ShownDepartment<'a> {
    id: String,
    name: &'a str,
    created_at: Timestamp,
}

/// Shows a department.
pub fn department(department: &Department) -> ShownDepartment<'_> {
    ShownDepartment { id: department.id.to_string(), name: &department.name, created_at: department.created_at }
}

/// What holds for all of a realm's customers.
#[derive(Serialize)]
pub struct ShownCustomerSettings {
    departmentalization: bool,
    version: i64,
}

/// Shows what holds for all of a realm's customers.
pub fn customer_settings(realm: &Realm) -> ShownCustomerSettings {
    ShownCustomerSettings { departmentalization: realm.departmentalization, version: realm.version }
}

/// A contact; what is not known is left out.
#[derive(Serialize)]
pub struct ShownContact<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    known: std::collections::BTreeMap<&'static str, &'a str>,
    email_verified: bool,
    version: i64,
    created_at: Timestamp,
}

/// Shows a contact.
pub fn contact(contact: &Contact) -> ShownContact<'_> {
    let (name, address, media) = (&contact.details.name, &contact.details.address, &contact.details.media);
    let fields = [
        ("salutation", &name.salutation),
        ("first_name", &name.first),
        ("middle_name", &name.middle),
        ("last_name", &name.last),
        ("company", &name.company),
        ("street1", &address.street1),
        ("street2", &address.street2),
        ("city", &address.city),
        ("state_or_province", &address.state_or_province),
        ("postal_code", &address.postal_code),
        ("country_code", &address.country_code),
        ("phone1", &media.phone1),
        ("phone2", &media.phone2),
        ("fax", &media.fax),
        ("email1", &media.email1),
        ("email2", &media.email2),
    ];
    ShownContact {
        r#type: contact.kind.as_str(),
        known: fields.into_iter().filter(|(_, text)| !text.is_empty()).map(|(field, text)| (field, text.as_str())).collect(),
        email_verified: contact.email_verified,
        version: contact.version,
        created_at: contact.created_at,
    }
}

/// The help desk.
#[derive(Serialize)]
pub struct ShownDesk<'a> {
    subdomain: &'a str,
    enabled: bool,
    delivery: &'static str,
    return_to_hosts: &'a [String],
    claims: ClaimSwitches,
    barred: &'a [String],
    version: i64,
}

/// Shows the help desk.
pub fn help_desk(desk: &HelpDesk) -> ShownDesk<'_> {
    let settings = &desk.settings;
    ShownDesk {
        subdomain: &settings.subdomain,
        enabled: settings.enabled,
        delivery: settings.delivery.as_str(),
        return_to_hosts: &settings.return_to_hosts,
        claims: settings.claims,
        barred: &settings.barred,
        version: desk.version,
    }
}

/// A secret, without its value.
#[derive(Serialize)]
pub struct ShownSecret<'a> {
    id: DeskSecretId,
    state: &'static str,
    fingerprint: &'a str,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    activated_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_at: Option<Timestamp>,
}

/// Shows a secret.
pub fn secret(secret: &DeskSecret) -> ShownSecret<'_> {
    ShownSecret {
        id: secret.id,
        state: secret.state.as_str(),
        fingerprint: &secret.fingerprint,
        created_at: secret.created_at,
        activated_at: secret.activated_at,
        retired_at: secret.retired_at,
    }
}

/// A link into the help desk.
#[derive(Serialize)]
pub struct ShownHandoff<'a> {
    url: &'a str,
    delivery: &'static str,
    fingerprint: &'a str,
}

/// Shows a hand-off: the one time that its link is shown.
pub fn handoff(done: &HandedOff) -> ShownHandoff<'_> {
    ShownHandoff { url: done.url.expose_secret(), delivery: done.delivery.as_str(), fingerprint: &done.jti_fingerprint }
}
