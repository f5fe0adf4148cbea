//! What is asked of customers, their contacts, the help desk and hand-offs.

use std::str::FromStr;

use axum::http::Uri;
use secrecy::SecretString;
use serde_json::Value;
use vestibule_core::{
    contact::ContactKind,
    contact_details::{ContactDetails, ContactMedia, PersonName, PostalAddress},
    customer::{Customer, CustomerId, CustomerStatus},
    department::Department,
    help_desk::{ClaimSwitches, Delivery, DeskSettings},
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{CustomerChange, CustomerRef, HandoffWish, NewCustomer, PageRequest};

use super::{Fields, ordered_page};

/// Which customers to list.
pub fn customers(uri: &Uri) -> Result<(Option<CustomerStatus>, PageRequest), Refusal> {
    let mut fields = Fields::query(uri)?;
    let status = fields.parsed("status");
    let page = ordered_page::<CustomerId>(&mut fields);
    fields.finish(Some((status, page)))
}

fn label(fields: &mut Fields, name: &'static str) -> Option<String> {
    let raw = fields.text(name)?;
    fields.check(name, Customer::check_label(name, &raw))
}

/// A customer to make.
pub fn new_customer(body: Value) -> Result<NewCustomer, Refusal> {
    let mut fields = Fields::of(body)?;
    let wish = (
        fields.parsed("id"),
        fields.parsed("number"),
        label(&mut fields, "name"),
        fields.required_parsed("kind"),
        fields.parsed("status").unwrap_or_default(),
        label(&mut fields, "department"),
        fields.parsed("currency").unwrap_or_default(),
        label(&mut fields, "partner_account_id"),
    );
    let (id, number, name, kind, status, department, currency, partner_account_id) = wish;
    fields.finish(kind.map(|kind| NewCustomer { id, number, name, kind, status, department, currency, partner_account_id }))
}

/// What to change of a customer: at least one member.
pub fn customer_change(body: Value) -> Result<CustomerChange, Refusal> {
    if body.as_object().is_some_and(serde_json::Map::is_empty) {
        return Err(Malformed::body(Fault::Empty).into());
    }
    let mut fields = Fields::of(body)?;
    let change = CustomerChange {
        number: fields.parsed("number").map(Some),
        name: label(&mut fields, "name").map(Some),
        kind: fields.parsed("kind"),
        status: fields.parsed("status"),
        department: label(&mut fields, "department").map(Some),
        currency: fields.parsed("currency"),
        partner_account_id: label(&mut fields, "partner_account_id").map(Some),
    };
    fields.finish(Some(change))
}

/// The name of a department to make.
pub fn department(body: Value) -> Result<String, Refusal> {
    let mut fields = Fields::of(body)?;
    let name = fields.required("name").and_then(|raw| fields.check("name", Department::check_name(&raw)));
    fields.finish(name)
}

/// Whether departments are to be kept apart, and whether that takes force.
pub fn customer_settings(body: Value) -> Result<(bool, bool), Refusal> {
    let mut fields = Fields::of(body)?;
    let on = fields.flag("departmentalization");
    if on.is_none() {
        fields.check::<()>("departmentalization", Err(Malformed::new("departmentalization", Fault::Missing)));
    }
    let forced = fields.flag("force").unwrap_or(false);
    fields.finish(on.map(|on| (on, forced)))
}

/// Which grants of a customer to list: those on it, or those that it holds.
pub fn grants(uri: &Uri) -> Result<Side, Refusal> {
    let mut fields = Fields::query(uri)?;
    let side = fields.word("side", &[("to", Side::To), ("on", Side::On)]);
    fields.finish(Some(side.unwrap_or_default()))
}

/// One side of a customer's grants.
#[derive(Debug, Clone, Copy, Default)]
pub enum Side {
    /// Who may act for it.
    #[default]
    To,
    /// Whom it may act for.
    On,
}

/// Whoever is to act for a customer.
pub fn grant(body: Value) -> Result<CustomerRef, Refusal> {
    let mut fields = Fields::of(body)?;
    let holder = fields.required("holder");
    fields.finish(holder.map(CustomerRef::ByName))
}

/// What is known of a contact, all of it: what is left out is not known any more. The rules of the fields are
/// checked where it is written.
pub fn contact(body: Value) -> Result<ContactDetails, Refusal> {
    let mut fields = Fields::of(body)?;
    let mut text = |name| fields.text(name).unwrap_or_default();
    let details = ContactDetails {
        name: PersonName {
            salutation: text("salutation"),
            first: text("first_name"),
            middle: text("middle_name"),
            last: text("last_name"),
            company: text("company"),
        },
        address: PostalAddress {
            street1: text("street1"),
            street2: text("street2"),
            city: text("city"),
            state_or_province: text("state_or_province"),
            postal_code: text("postal_code"),
            country_code: text("country_code"),
        },
        media: ContactMedia {
            phone1: text("phone1"),
            phone2: text("phone2"),
            fax: text("fax"),
            email1: text("email1"),
            email2: text("email2"),
        },
    };
    fields.finish(Some(details))
}

/// Who is to be handed over.
pub fn handoff(body: Value) -> Result<HandoffWish, Refusal> {
    let mut fields = Fields::of(body)?;
    let customer = fields.required("customer").map(CustomerRef::ByName);
    let contact: Option<ContactKind> = fields.required_parsed("contact");
    let on_behalf_of = fields.text("on_behalf_of").map(CustomerRef::ByName);
    let return_to = fields.text("return_to");
    fields.finish(customer.zip(contact).map(|(customer, contact)| HandoffWish { customer, contact, on_behalf_of, return_to }))
}

/// An item of a list of texts; what is wrong with it is seen where it is meant.
struct Word(String);

impl FromStr for Word {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw.chars().any(char::is_control) {
            true => Err(Malformed::body(Fault::Format("text without control characters"))),
            false => Ok(Self(raw.to_owned())),
        }
    }
}

/// The help desk as it shall be: what is left out is as it is in a new one.
pub fn help_desk(body: Value) -> Result<DeskSettings, Refusal> {
    let mut fields = Fields::of(body)?;
    let subdomain = fields.required("subdomain");
    let enabled = fields.flag("enabled").unwrap_or(true);
    let delivery = fields.parsed::<Delivery>("delivery").unwrap_or_default();
    let mut words = |name| fields.ids::<Word>(name).unwrap_or_default().into_iter().map(|word| word.0).collect::<Vec<_>>();
    let (return_to_hosts, barred) = (words("return_to_hosts"), words("barred"));
    let claims = fields.facts("claims").map(|claims| serde_json::from_value::<ClaimSwitches>(claims.into_iter().collect()));
    let known = Fault::Format("an object of `external_id`, `organization` and `phone`, each true or false");
    let claims = claims.and_then(|claims| fields.check("claims", claims.map_err(|_| Malformed::new("claims", known))));
    let settings = subdomain.map(|subdomain| DeskSettings {
        subdomain,
        enabled,
        delivery,
        return_to_hosts,
        claims: claims.unwrap_or_default(),
        barred,
    });
    Ok(fields.finish(settings)?.check()?)
}

/// A secret to bring in.
pub fn secret(body: Value) -> Result<SecretString, Refusal> {
    let mut fields = Fields::of(body)?;
    let secret = fields.required("secret").map(SecretString::from);
    fields.finish(secret)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        let field = |refused: Refusal| match refused {
            Refusal::Malformed(one) => one.field.into_owned(),
            other => panic!("{other:?}"),
        };
        for (refused, name) in [
            (new_customer(json!({})).map(drop), "kind"),
            (new_customer(json!({ "kind": "group", "id": "01" })).map(drop), "id"),
            (customer_change(json!({})).map(drop), "body"),
            (customer_change(json!({ "status": "Open" })).map(drop), "status"),
            (contact(json!({ "email_verified": true })).map(drop), "email_verified"),
            (handoff(json!({ "customer": "1", "contact": "boss" })).map(drop), "contact"),
            (help_desk(json!({ "subdomain": "acme", "claims": { "role": true } })).map(drop), "claims"),
            (help_desk(json!({ "subdomain": "acme", "claims": { "phone": 1 } })).map(drop), "claims"),
            (help_desk(json!({ "subdomain": "acme", "return_to_hosts": ["a b"] })).map(drop), "return_to_hosts"),
            (help_desk(json!({ "subdomain": "Acme" })).map(drop), "subdomain"),
            (grant(json!({ "holder": null })).map(drop), "holder"),
            (secret(json!({ "secret": 7 })).map(drop), "secret"),
        ] {
            assert_eq!(field(refused.unwrap_err()), name);
        }
        let desk = help_desk(json!({ "subdomain": "acme" })).unwrap();
        assert_eq!(desk, DeskSettings::at("acme"));
        let told = help_desk(json!({ "subdomain": "acme", "claims": { "phone": true } })).unwrap().claims;
        assert_eq!(told, ClaimSwitches { phone: true, ..ClaimSwitches::default() });
    }
}
