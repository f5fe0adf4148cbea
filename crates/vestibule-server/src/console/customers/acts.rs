//! What is done about a customer: a letter that verifies an address, grants given and taken back, and a hand-off, whose link is
//! shown once.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    contact::ContactKind,
    customer::CustomerId,
    id::RealmId,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{CustomerRef, CustomerRight, HandoffWish, Right};

use super::{HERE, place, reach, shown, words_for};
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

/// The link of a hand-off.
#[derive(Template)]
#[template(path = "console/handoff.html")]
struct HandoffPage {
    f: Frame,
    url: SecretString,
    back: String,
}

impl HandoffPage {
    fn url(&self) -> &str {
        self.url.expose_secret()
    }
}

/// Back to the customer's page, which says what was done, or what was wrong.
pub async fn landed(visit: &Visit, realm: &RealmId, id: &str, done: Result<(), Refusal>, word: &str) -> Result<Response, Refusal> {
    match done {
        Ok(()) => Ok(see_other(&format!("{REALMS}/{realm}{}?done={word}", place(id)))),
        Err(refusal) => match faults::said(visit.speech, &refusal) {
            Some(fault) => shown(visit, realm, id, Some(fault)).await,
            None => Err(refusal),
        },
    }
}

/// Sends the letter by which a contact's address is verified.
pub fn verify(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id, kind): (RealmId, String, ContactKind) = (named(&params, 0)?, named(&params, 1)?, named(&params, 2)?);
        let pass = reach(&visit, &realm, &id).await?;
        let sent = visit.operations.write(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move {
                let customer = work.customer(&pass).await?;
                work.request_verification(&customer, kind).await
            })
        });
        landed(&visit, &realm, &id, sent.await, "letter-sent").await
    })
}

/// Lets another customer act for this one.
pub fn grant(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, String) = (named(&params, 0)?, named(&params, 1)?);
        let granter = reach(&visit, &realm, &id).await?;
        let given = async {
            let sought = CustomerRef::ByName(visit.form.require("holder")?.to_owned());
            let holder = visit.operations.customer_pass(&visit.ctx, &realm, sought, CustomerRight::Administer).await?;
            let given = visit.operations.write(&visit.ctx, &realm, move |mut work| {
                Box::pin(async move {
                    let granter = work.customer(&granter).await?;
                    let holder = match work.customer(&holder).await {
                        Err(Refusal::Absent(_)) => return Err(Malformed::new("holder", NOBODY).into()),
                        found => found?,
                    };
                    work.grant_customers(&granter, &[holder]).await
                })
            });
            given.await.map(drop)
        };
        let given = given.await;
        landed(&visit, &realm, &id, given, "amended").await
    })
}

/// What is said of a name that no customer goes by.
const NOBODY: Fault = Fault::Format("the id or the number of a customer");

/// Names who may act for whom no longer.
pub fn ask(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id, holder): (RealmId, String, CustomerId) = (named(&params, 0)?, named(&params, 1)?, named(&params, 2)?);
        let pass = reach(&visit, &realm, &id).await?;
        let found = visit.operations.read(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move {
                let granter = work.customer(&pass).await?;
                let to = work.grants_of(granter.id).await?.to;
                let holder = to.into_iter().find(|named| named.id == holder).ok_or(Refusal::Absent("grant"))?;
                let name = work.customer_name(&granter).await?;
                Ok((words_for(&name, granter.id), words_for(&holder.name, holder.id), work.realm().clone()))
            })
        });
        let (granter, holder, home) = found.await?;
        let f = Frame::of(&visit, Some(home), HERE);
        let words = format!("{} {}", f.tv("ungrant-words", "holder", &holder), f.tv("ungrant-for", "granter", &granter));
        let (title, act, back) = (f.t("ungrant-title"), f.t("uninvite"), f.at(&place(&id)));
        Ok(page(StatusCode::OK, &ConfirmPage { f, title, words, act, back }))
    })
}

/// Takes a grant back.
pub fn take(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id, holder): (RealmId, String, CustomerId) = (named(&params, 0)?, named(&params, 1)?, named(&params, 2)?);
        let pass = reach(&visit, &realm, &id).await?;
        let taken = visit.operations.write(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move {
                let granter = work.customer(&pass).await?;
                work.revoke_customer_grants(&granter, &[holder]).await
            })
        });
        let taken = match taken.await {
            // Somebody else was faster: it is taken back, as was wished.
            Err(Refusal::Absent("grant")) => Ok(()),
            other => other,
        };
        landed(&visit, &realm, &id, taken, "amended").await
    })
}

/// Who is to be handed over: a contact of the customer, or of one that it acts for.
fn wish(form: &Form, id: &str) -> Result<HandoffWish, Malformed> {
    let contact = form.require("contact")?.parse().map_err(|malformed: Malformed| malformed.of("contact"))?;
    let on_behalf_of = form.find("on_behalf_of").map(|granter| CustomerRef::ByName(granter.to_owned()));
    Ok(HandoffWish { customer: CustomerRef::ByName(id.to_owned()), contact, on_behalf_of, return_to: None })
}

/// Makes the link into the help desk. It is followed from a page and not by sending the browser on: a form of ours may lead
/// nowhere but to us.
pub fn hand_off(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, String) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let home = visit.operations.read(&visit.ctx, &realm, |work| Box::pin(async move { Ok(work.realm().clone()) })).await?;
        let done = async { visit.operations.hand_off(&visit.ctx, &realm, wish(&visit.form, &id)?).await };
        match done.await {
            Ok(done) => {
                let f = Frame::of(&visit, Some(home), HERE);
                let back = f.at(&place(&id));
                Ok(page(StatusCode::OK, &HandoffPage { f, url: done.url, back }))
            }
            Err(refusal) => landed(&visit, &realm, &id, Err(refusal), "").await,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_off_names_a_contact() {
        let of = |text: &str| wish(&Form::read(text).unwrap(), "2210");
        let own = of("contact=technical").unwrap();
        assert_eq!((own.contact, own.on_behalf_of), (ContactKind::Technical, None));
        assert_eq!(of("contact=regular&on_behalf_of=2214").unwrap().on_behalf_of, Some(CustomerRef::ByName("2214".to_owned())));
        assert!(of("").is_err() && of("contact=boss").is_err());
    }
}
