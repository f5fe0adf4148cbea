//! A customer's contacts: read, write, remove, have their addresses verified.

use axum::response::{IntoResponse, Response};
use vestibule_core::{
    contact::{Contact, ContactKind},
    contact_details::Completeness,
    customer::Customer,
    refusal::Refusal,
};
use vestibule_operations::{Page, UnitOfWork};

use super::{
    call::Call,
    customers::reach,
    reply::Reply,
    wire::{self, desk},
    wishes,
};

/// `GET …/customers/{id}/contacts`.
pub async fn list(call: Call) -> Result<Response, Refusal> {
    let (realm, pass) = reach(&call).await?; //                  404, 403
    call.no_query()?; //                                         400
    let items = call.operations.read(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //       404
            work.contacts(&customer).await
        })
    });
    Ok(Reply::ok(&wire::list(&Page { items: items.await?, next: None }, desk::contact))?.into_response())
}

/// `GET …/customers/{id}/contacts/{contact}`.
pub async fn show(call: Call) -> Result<Response, Refusal> {
    let (realm, pass) = reach(&call).await?; //                  404, 403
    let kind: ContactKind = call.param("contact", "contact")?; // 404
    call.no_query()?; //                                         400
    let found = call.operations.read(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //       404
            work.contact(&customer, kind).await //               404
        })
    });
    let contact = found.await?;
    Ok(Reply::ok(&desk::contact(&contact))?.tagged(contact.version).into_response())
}

/// `PUT …/customers/{id}/contacts/{contact}`.
pub async fn put(call: Call) -> Result<Response, Refusal> {
    let (realm, pass) = reach(&call).await?; //                  404, 403
    let kind: ContactKind = call.param("contact", "contact")?; // 404
    let condition = call.if_match()?; //                         400
    let details = wishes::desk::contact(call.json()?)?; //       400, 413, 415
    let details = details.check(Completeness::Partial).map_err(Refusal::ManyMalformed)?; // 400
    let written = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //       404
            let before = find(&mut work, &customer, kind).await?;
            let seen = condition.seen(before.as_ref().map(|contact| contact.version))?; // 412
            let written = work.write_contact(&customer, kind, details, Completeness::Partial, seen).await?;
            Ok((written, before.is_none()))
        })
    });
    let (contact, is_new) = written.await?;
    let shown = Reply::ok(&desk::contact(&contact))?.tagged(contact.version);
    Ok(match is_new {
        true => shown.created(None).into_response(), //          201
        false => shown.into_response(),              //                       200
    })
}

async fn find(work: &mut UnitOfWork<'_>, customer: &Customer, kind: ContactKind) -> Result<Option<Contact>, Refusal> {
    match work.contact(customer, kind).await {
        Ok(contact) => Ok(Some(contact)),
        Err(Refusal::Absent(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// `DELETE …/customers/{id}/contacts/{contact}`.
pub async fn remove(call: Call) -> Result<Response, Refusal> {
    let (realm, pass) = reach(&call).await?; //                  404, 403
    let kind: ContactKind = call.param("contact", "contact")?; // 404
    let condition = call.if_match()?; //                         400
    call.no_query()?; //                                         400
    let removed = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //       404
            let version = work.contact(&customer, kind).await?.version; // 404
            condition.seen(Some(version))?; //                   412
            work.remove_contact(&customer, kind).await
        })
    });
    removed.await?;
    Ok(Reply::nothing().into_response())
}

/// `POST …/customers/{id}/contacts/{contact}/verification`.
pub async fn verify(call: Call) -> Result<Response, Refusal> {
    let (realm, pass) = reach(&call).await?; //                  404, 403
    let kind: ContactKind = call.param("contact", "contact")?; // 404
    let once = call.once()?; //                                  400
    call.no_query()?; //                                         400
    let reply = call.operations.write(&call.ctx, &realm, move |mut work| {
        Box::pin(async move {
            if let Some(reply) = once.find(&mut work).await? {
                return Ok(reply); //                             422
            }
            let customer = work.customer(&pass).await?; //       404
            work.request_verification(&customer, kind).await?; // 404, 409, 429
            once.keep(&mut work, Reply::nothing()).await
        })
    });
    Ok(reply.await?.into_response())
}
