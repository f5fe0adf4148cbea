//! A contact on the wire: `name`, `address` and `contactMedia` (`spec/hostway-sso.md`, section 4.1).

use serde::Serialize;
use serde_json::Value;
use vestibule_core::{
    contact::Contact,
    contact_details::{Completeness, ContactDetails},
    refusal::{Fault, Malformed},
};

use crate::body::Object;

/// A contact. What is not known is empty text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Person<'a> {
    name: Name<'a>,
    address: Address<'a>,
    contact_media: Media<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Name<'a> {
    salutation: &'a str,
    first_name: &'a str,
    middle_name: &'a str,
    last_name: &'a str,
    company: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Address<'a> {
    street1: &'a str,
    street2: &'a str,
    city: &'a str,
    state_or_province: &'a str,
    postal_code: &'a str,
    country_code: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Media<'a> {
    phone1: &'a str,
    phone2: &'a str,
    fax: &'a str,
    email1: &'a str,
    email2: &'a str,
    /// A number in the one example that is published: `1` or `0` (section 4.1, inferred).
    email_verified: u8,
}

impl<'a> From<&'a Contact> for Person<'a> {
    fn from(contact: &'a Contact) -> Self {
        let ContactDetails { name, address, media } = &contact.details;
        Self {
            name: Name {
                salutation: &name.salutation,
                first_name: &name.first,
                middle_name: &name.middle,
                last_name: &name.last,
                company: &name.company,
            },
            address: Address {
                street1: &address.street1,
                street2: &address.street2,
                city: &address.city,
                state_or_province: &address.state_or_province,
                postal_code: &address.postal_code,
                country_code: &address.country_code,
            },
            contact_media: Media {
                phone1: &media.phone1,
                phone2: &media.phone2,
                fax: &media.fax,
                email1: &media.email1,
                email2: &media.email2,
                email_verified: u8::from(contact.email_verified),
            },
        }
    }
}

/// Where the core keeps a field.
type Slot = for<'d> fn(&'d mut ContactDetails) -> &'d mut String;

/// Each field: the core's name of it, its group and member here, and where the core keeps it.
const FIELDS: [(&str, &str, &str, Slot); 16] = [
    ("salutation", "name", "salutation", |details| &mut details.name.salutation),
    ("first_name", "name", "firstName", |details| &mut details.name.first),
    ("middle_name", "name", "middleName", |details| &mut details.name.middle),
    ("last_name", "name", "lastName", |details| &mut details.name.last),
    ("company", "name", "company", |details| &mut details.name.company),
    ("street1", "address", "street1", |details| &mut details.address.street1),
    ("street2", "address", "street2", |details| &mut details.address.street2),
    ("city", "address", "city", |details| &mut details.address.city),
    ("state_or_province", "address", "stateOrProvince", |details| &mut details.address.state_or_province),
    ("postal_code", "address", "postalCode", |details| &mut details.address.postal_code),
    ("country_code", "address", "countryCode", |details| &mut details.address.country_code),
    ("phone1", "contactMedia", "phone1", |details| &mut details.media.phone1),
    ("phone2", "contactMedia", "phone2", |details| &mut details.media.phone2),
    ("fax", "contactMedia", "fax", |details| &mut details.media.fax),
    ("email1", "contactMedia", "email1", |details| &mut details.media.email1),
    ("email2", "contactMedia", "email2", |details| &mut details.media.email2),
];

/// Reads a contact, all of whose required fields must be there. `emailVerified` is not the client's to say and is passed
/// over, as is what is not known here (inferred). Each fault is named by group and member, `name.firstName`; `of` goes
/// before it where there are several contacts.
pub fn read(sent: &Object, of: Option<&str>) -> Result<ContactDetails, Vec<Malformed>> {
    let mut details = ContactDetails::default();
    let mut faults = Vec::new();
    for (_, group, member, slot) in FIELDS {
        match text(sent, group, member) {
            Ok(text) => text.clone_into(slot(&mut details)),
            Err(malformed) if !faults.contains(&malformed) => faults.push(malformed),
            Err(_) => {}
        }
    }
    if faults.is_empty() {
        match details.check(Completeness::Whole) {
            Ok(details) => return Ok(details),
            Err(found) => faults = found.into_iter().map(named).collect(),
        }
    }
    let placed = |malformed: Malformed| match of {
        Some(of) => {
            let field = format!("{of}.{}", malformed.field);
            malformed.of(field)
        }
        None => malformed,
    };
    Err(faults.into_iter().map(placed).collect())
}

/// The text of a member of a group; empty where either is absent or null.
fn text<'o>(sent: &'o Object, group: &'static str, member: &str) -> Result<&'o str, Malformed> {
    let members = sent.object_or_none(group)?;
    match members.and_then(|members| members.get(member)) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Malformed::new(format!("{group}.{member}"), Fault::NotA("a string"))),
    }
}

fn named(malformed: Malformed) -> Malformed {
    match FIELDS.iter().find(|(field, ..)| *field == malformed.field) {
        Some((_, group, member, _)) => malformed.of(format!("{group}.{member}")),
        None => malformed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vestibule_core::{contact::ContactKind, customer::CustomerId, time::Timestamp};

    use super::*;

    fn object(value: &Value) -> Object {
        Object::new(value.as_object().unwrap().clone())
    }

    fn whole() -> Value {
        json!({
            "name": { "salutation": "Ms.", "firstName": "Dana", "middleName": "M.", "lastName": "Reyes", "company": "Brien" },
            "address": {
                "street1": "1 Main St.", "street2": "Floor 2", "city": "Chicago", "stateOrProvince": "IL", "postalCode": "60601",
                "countryCode": "US",
            },
            "contactMedia": {
                "phone1": "+13125550142", "phone2": "2", "fax": "+13125550143", "email1": "dana@example.net", "email2": "d@example.net",
            },
        })
    }

    #[test]
    fn a_contact_is_written_as_it_is_read() {
        let details = read(&object(&whole()), None).unwrap();
        let contact = Contact::new(CustomerId::FIRST, ContactKind::Technical, details, None, Timestamp::EPOCH);
        for verified in [false, true] {
            let mut expected = whole();
            expected["contactMedia"]["emailVerified"] = json!(u8::from(verified));
            let contact = Contact { email_verified: verified, ..contact.clone() };
            assert_eq!(json!(Person::from(&contact)), expected);
            // What was answered can be sent back: the flag is passed over.
            assert_eq!(read(&object(&expected), None).unwrap(), contact.details);
        }
    }

    #[test]
    fn each_fault_is_named_as_the_client_spells_it() {
        let faults = |edit: fn(&mut Value), of| {
            let mut sent = whole();
            edit(&mut sent);
            let faults = read(&object(&sent), of).err().unwrap_or_default();
            faults.iter().map(|fault| fault.field.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(faults(|sent| sent["name"]["firstName"] = json!(" "), None), ["name.firstName"]);
        assert_eq!(faults(|sent| sent["name"]["firstName"] = json!(7), Some("billing")), ["billing.name.firstName"]);
        assert_eq!(faults(|sent| sent["address"] = json!([]), None), ["address"]);
        assert_eq!(
            faults(|sent| sent["contactMedia"] = Value::Null, Some("regular")),
            ["regular.contactMedia.phone1", "regular.contactMedia.email1"]
        );
        assert_eq!(faults(|sent| sent["address"]["countryCode"] = json!("XX"), None), ["address.countryCode"]);
        assert_eq!(faults(|sent| sent["more"] = json!({}), None), [] as [&str; 0]);
    }
}
