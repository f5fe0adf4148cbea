//! An account's contacts, and the letter that verifies an address (`spec/hostway-sso.md`, sections 4.1 and 4.2).

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Map, json};
use vestibule_core::{
    contact::{Contact, ContactKind},
    contact_details::{Completeness, ContactDetails},
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::CustomerRight;

use super::{
    Route,
    Served::{Plainly, Slashed},
    accounts::number,
    call::{Call, contact_type},
    person::{self, Person},
    wire::{self, Link},
    words,
};
use crate::body::Object;

/// Contacts, all and one, and the action on them.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/accounts/{accountId}/contacts", "contact.list", Plainly, |call| Box::pin(list(call))),
    Route::new("put", "/accounts/{accountId}/contacts", "contact.update", Plainly, |call| Box::pin(put_all(call))),
    Route::new("get", "/accounts/{accountId}/contacts/{contactType}", "contact.read", Slashed, |call| Box::pin(show(call))),
    Route::new("put", "/accounts/{accountId}/contacts/{contactType}", "contact.update", Slashed, |call| Box::pin(put(call))),
    Route::new("post", "/accounts/{accountId}/contacts/action", "contact.verify", Plainly, |call| Box::pin(act(call))),
];

/// All four; who is not known is left out (inferred).
async fn list(call: Call) -> Result<Response, Refusal> {
    let pass = call.pass(CustomerRight::View).await?;
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //                       404, 403
            let contacts = work.contacts(&customer).await?;
            Ok((number(&customer)?.clone(), contacts)) //                        404
        })
    });
    let (number, contacts) = found.await?;
    let of = |kind: &ContactKind| contacts.iter().find(|contact| contact.kind == *kind);
    let known = words::CONTACT_TYPES.iter().filter_map(|kind| Some((kind.as_str().to_owned(), json!(Person::from(of(kind)?)))));
    let links = [Link::to_self(call.href(&format!("/accounts/{number}/contacts")))];
    Ok(wire::json(StatusCode::OK, &json!({ "contactInfo": known.collect::<Map<_, _>>(), "links": links }))) // 200
}

/// All four at once, each whole.
async fn put_all(call: Call) -> Result<Response, Refusal> {
    let pass = call.pass(CustomerRight::Edit).await?;
    let wanted = call.object().map_err(Refusal::from).and_then(|body| four(&body));
    let written = call.write(move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //                       404, 403
            number(&customer)?; //                                               404
            for (kind, details) in wanted? {
                work.write_contact(&customer, kind, details, Completeness::Whole, None).await?; // 400
            }
            Ok(())
        })
    });
    written.await?;
    Ok(StatusCode::NO_CONTENT.into_response()) //                                204
}

/// The four contacts of a body; every fault of each is told.
fn four(body: &Object) -> Result<Vec<(ContactKind, ContactDetails)>, Refusal> {
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for kind in words::CONTACT_TYPES {
        let name = kind.as_str();
        let contact = match body.object_or_none(name) {
            Ok(Some(members)) => person::read(&Object::new(members.clone()), Some(name)),
            Ok(None) => Err(vec![Malformed::new(name, Fault::Missing)]),
            Err(malformed) => Err(vec![malformed]),
        };
        match contact {
            Ok(details) => read.push((kind, details)),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(Refusal::ManyMalformed(faults)) }
}

async fn show(call: Call) -> Result<Response, Refusal> {
    let (pass, kind) = (call.pass(CustomerRight::View).await?, call.contact_type());
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //                       404, 403
            let contact = work.contact(&customer, kind?).await?; //              404
            Ok((number(&customer)?.clone(), contact)) //                         404
        })
    });
    let (number, contact): (_, Contact) = found.await?;
    let links = [Link::to_self(call.href(&format!("/accounts/{number}/contacts/{}/", contact.kind)))];
    Ok(wire::json(StatusCode::OK, &json!({ "contactInfo": Person::from(&contact), "links": links }))) // 200
}

/// One contact, whole. One that was not there is made.
async fn put(call: Call) -> Result<Response, Refusal> {
    let (pass, kind) = (call.pass(CustomerRight::Edit).await?, call.contact_type());
    let wanted = call.object().map_err(Refusal::from);
    let wanted = wanted.and_then(|body| person::read(&body, None).map_err(Refusal::ManyMalformed));
    let written = call.write(move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //                       404, 403
            number(&customer)?; //                                               404
            let kind = kind?; //                                                 404
            work.write_contact(&customer, kind, wanted?, Completeness::Whole, None).await // 400
        })
    });
    written.await?;
    Ok(StatusCode::NO_CONTENT.into_response()) //                                204
}

/// `verifyEmail`: a letter goes out with a link.
async fn act(call: Call) -> Result<Response, Refusal> {
    let pass = call.pass(CustomerRight::Edit).await?;
    let wanted = call.object().and_then(|body| action(&body));
    let sent = call.write(move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //                       404, 403
            number(&customer)?; //                                               404
            let kind = wanted?; //                                               400
            work.request_verification(&customer, kind).await //                  404, 409
        })
    });
    sent.await?;
    Ok(StatusCode::ACCEPTED.into_response()) //                                  202
}

/// Whose address is to be verified.
fn action(body: &Object) -> Result<ContactKind, Malformed> {
    let known = words::CONTACT_TYPES.map(ContactKind::as_str).join(", ");
    match body.text("action")? {
        words::VERIFY_EMAIL => {
            let kind = contact_type(body.text("actionData")?);
            kind.map_err(|_| Malformed::new("actionData", Fault::UnknownValue(known)))
        }
        _ => Err(Malformed::new("action", Fault::UnknownValue(words::VERIFY_EMAIL.to_owned()))),
    }
}
