//! A customer's contacts: written, all that is known of one at once, and removed after a page that names who goes.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use vestibule_core::{
    contact::{Contact, ContactKind},
    contact_details::{Completeness, ContactDetails},
    customer::Customer,
    id::RealmId,
    realm::Realm,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{CustomerPass, UnitOfWork};

use super::{HERE, acts::landed, called, place, reach};
use crate::{
    call::Answer,
    console::{
        Named, REALMS,
        confirm::ConfirmPage,
        faults,
        frame::{Frame, page},
        named,
        visit::{Form, Visit, see_other},
    },
};

/// How many fields a contact has, and at which those of each part of the form begin.
const FIELDS: usize = 16;
const PARTS: [(&str, usize); 3] = [("contact-name", 0), ("contact-media", 5), ("contact-letters", 10)];
/// What is asked of the first contact where a customer is made.
const FIRST: [&str; 4] = ["first_name", "last_name", "email1", "phone1"];

/// A field of the form.
pub struct Field {
    /// As it is sent, and as faults name it.
    pub name: &'static str,
    /// As it is shown.
    pub label: String,
    /// What is said beside that.
    pub hint: Option<String>,
    /// What browsers take it for.
    pub kind: &'static str,
    /// What it says.
    pub value: String,
}

/// Fields that belong together.
struct Part {
    title: String,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "console/contact.html")]
struct ContactPage {
    f: Frame,
    title: String,
    customer: String,
    parts: Vec<Part>,
    contact: Option<Contact>,
    version: i64,
    removal: String,
    back: String,
}

/// The fields by their names, in the form's order.
fn fields(details: &mut ContactDetails) -> [(&'static str, &mut String); FIELDS] {
    let ContactDetails { name, address, media } = details;
    [
        ("salutation", &mut name.salutation),
        ("first_name", &mut name.first),
        ("middle_name", &mut name.middle),
        ("last_name", &mut name.last),
        ("company", &mut name.company),
        ("email1", &mut media.email1),
        ("phone1", &mut media.phone1),
        ("email2", &mut media.email2),
        ("phone2", &mut media.phone2),
        ("fax", &mut media.fax),
        ("street1", &mut address.street1),
        ("street2", &mut address.street2),
        ("postal_code", &mut address.postal_code),
        ("city", &mut address.city),
        ("state_or_province", &mut address.state_or_province),
        ("country_code", &mut address.country_code),
    ]
}

/// What a form says of a contact; what it leaves out is not known.
pub fn read(form: &Form) -> ContactDetails {
    let mut details = ContactDetails::default();
    for (name, value) in fields(&mut details) {
        form.find(name).unwrap_or_default().clone_into(value);
    }
    details
}

/// The version that a form was shown with.
pub fn version(form: &Form) -> Result<i64, Malformed> {
    form.require("version")?.parse().map_err(|_| Malformed::new("version", Fault::Format("a number")))
}

fn drawn_fields(f: &Frame, mut details: ContactDetails) -> Vec<Field> {
    let field = |(name, value): (&'static str, &mut String)| Field {
        name,
        label: f.t(&format!("field-{name}")),
        hint: matches!(name, "email1" | "fax" | "country_code").then(|| f.t(&format!("field-{name}-hint"))),
        kind: match name {
            "email1" | "email2" => "email",
            "phone1" | "phone2" | "fax" => "tel",
            _ => "text",
        },
        value: value.clone(),
    };
    fields(&mut details).into_iter().map(field).collect()
}

/// The few that are asked for where a customer is made, with what was sent.
pub fn first_fields(f: &Frame, sent: Option<&Form>) -> Vec<Field> {
    let mut drawn = drawn_fields(f, sent.map(read).unwrap_or_default());
    drawn.retain(|field| FIRST.contains(&field.name));
    // There is no address before it that another could take the place of.
    drawn.into_iter().map(|field| Field { hint: None, ..field }).collect()
}

async fn find(work: &mut UnitOfWork<'_>, customer: &Customer, kind: ContactKind) -> Result<Option<Contact>, Refusal> {
    match work.contact(customer, kind).await {
        Ok(contact) => Ok(Some(contact)),
        Err(Refusal::Absent(_)) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

async fn gather(
    work: &mut UnitOfWork<'_>,
    pass: &CustomerPass,
    kind: ContactKind,
) -> Result<(Customer, String, Option<Contact>, Realm), Refusal> {
    let (customer, name, realm) = called(work, pass).await?;
    let contact = find(work, &customer, kind).await?;
    Ok((customer, name, contact, realm))
}

/// The path's customer and which of its contacts.
fn meant(params: &Named) -> Result<(RealmId, String, ContactKind), Refusal> {
    Ok((named(params, 0)?, named(params, 1)?, named(params, 2)?))
}

async fn shown(visit: &Visit, params: &Named, refused: Option<&Refusal>) -> Result<Response, Refusal> {
    let (realm, id, kind) = meant(params)?;
    let pass = reach(visit, &realm, &id).await?;
    let found = visit.operations.read(&visit.ctx, &realm, move |mut work| Box::pin(async move { gather(&mut work, &pass, kind).await }));
    let (customer, name, contact, home) = found.await?;
    let fault = refused.and_then(|refusal| faults::said(visit.speech, refusal));
    let f = Frame::of(visit, Some(home), HERE).with_fault(fault);
    let details = match refused {
        // Over what somebody else has changed nothing is kept that was sent.
        Some(refusal) if !matches!(refusal, Refusal::Stale { .. }) => read(&visit.form),
        _ => contact.as_ref().map(|contact| contact.details.clone()).unwrap_or_default(),
    };
    let mut drawn = drawn_fields(&f, details);
    let parts = PARTS.iter().rev().map(|(title, at)| Part { title: f.t(title), fields: drawn.split_off(*at) }).collect::<Vec<_>>();
    let here = place(customer.id);
    let page_of = ContactPage {
        title: f.t(&format!("contact-{kind}")),
        customer: name,
        parts: parts.into_iter().rev().collect(),
        version: contact.as_ref().map_or(0, |contact| contact.version),
        contact,
        removal: f.at(&format!("{here}/contacts/{kind}/remove")),
        back: f.at(&here),
        f,
    };
    Ok(page(if refused.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK }, &page_of))
}

/// The page of one of the contacts, whether there is one or not.
pub fn show(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { shown(&visit, &params, None).await })
}

/// Writes all that is known of a contact over what its page has shown.
pub fn keep(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id, kind) = meant(&params)?;
        let pass = reach(&visit, &realm, &id).await?;
        let kept = async {
            let (seen, details) = (version(&visit.form)?, read(&visit.form));
            if details == ContactDetails::default() {
                return Err(Malformed::new("last_name", Fault::Missing).into());
            }
            let write = visit.operations.write(&visit.ctx, &realm, move |mut work| {
                Box::pin(async move {
                    let customer = work.customer(&pass).await?;
                    work.write_contact(&customer, kind, details, Completeness::Partial, Some(seen)).await
                })
            });
            write.await
        };
        match kept.await {
            Ok(_) => Ok(see_other(&format!("{REALMS}/{realm}{}?done=amended", place(&id)))),
            Err(refusal) if faults::said(visit.speech, &refusal).is_some() => shown(&visit, &params, Some(&refusal)).await,
            Err(refusal) => Err(refusal),
        }
    })
}

/// Names who goes.
pub fn ask(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id, kind) = meant(&params)?;
        let pass = reach(&visit, &realm, &id).await?;
        let found =
            visit.operations.read(&visit.ctx, &realm, move |mut work| Box::pin(async move { gather(&mut work, &pass, kind).await }));
        let (customer, name, contact, home) = found.await?;
        let contact = contact.ok_or(Refusal::Absent("contact"))?;
        let f = Frame::of(&visit, Some(home), HERE);
        let who = format!("{} ({})", contact.display_name(), f.t(&format!("contact-{kind}")));
        let words = format!("{} {}", f.tv("contact-remove-words", "who", who), f.tv("contact-remove-whose", "customer", &name));
        let (title, act, back) = (f.t("contact-remove"), f.t("remove"), f.at(&place(customer.id)));
        Ok(page(StatusCode::OK, &ConfirmPage { f, title, words, act, back }))
    })
}

/// Removes a contact.
pub fn remove(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id, kind) = meant(&params)?;
        let pass = reach(&visit, &realm, &id).await?;
        let removed = visit.operations.write(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move {
                let customer = work.customer(&pass).await?;
                work.remove_contact(&customer, kind).await
            })
        });
        let removed = match removed.await {
            // Somebody else was faster: it is removed, as was wished.
            Err(Refusal::Absent("contact")) => Ok(()),
            other => other,
        };
        landed(&visit, &realm, &id, removed, "removed").await
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_all_that_is_known_and_nothing_else_is_kept() {
        let mut details = ContactDetails::default();
        let names = fields(&mut details).map(|(name, _)| name);
        let all = names.map(|name| format!("{name}={name}%40x")).join("&");
        let mut whole = read(&Form::read(&all).unwrap());
        assert!(fields(&mut whole).iter().all(|(name, value)| **value == format!("{name}@x")), "{whole:?}");
        let few = read(&Form::read("first_name=+Dana+&email1=dana%40x.example").unwrap());
        assert_eq!((few.name.first.as_str(), few.media.email1.as_str()), ("Dana", "dana@x.example"));
        assert_eq!((few.name.last, few.address), (String::new(), ContactDetails::default().address));
        assert!(FIRST.iter().all(|name| names.contains(name)));
    }
}
