//! What a customer is: made with its first contact, changed over what was read, and purged after a page that names what ends.

use std::str::FromStr;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use vestibule_core::{
    contact::ContactKind,
    contact_details::{Completeness, ContactDetails},
    customer::{Currency, Customer, CustomerKind, CustomerStatus},
    department::Department,
    id::RealmId,
    realm::Realm,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{CaseSearch, CustomerChange, CustomerPass, NewCustomer, Right, UnitOfWork};

use super::{HERE, called, contacts, place, reach};
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

#[derive(Template)]
#[template(path = "console/write_customer.html")]
struct WritePage {
    f: Frame,
    title: String,
    /// The customer that is changed; absent where one is made.
    before: Option<Customer>,
    /// What was sent; absent where it is shown as it stands.
    sent: Option<Form>,
    departments: Vec<Department>,
    kinds: [CustomerKind; 3],
    statuses: [CustomerStatus; 4],
    contact: Vec<contacts::Field>,
    back: String,
}

/// A customer that is changed, with what it is called.
type Known = (Customer, String);

/// The page on which one is made or changed.
fn drawn(visit: &Visit, (home, departments): (Realm, Vec<Department>), known: Option<Known>, refused: Option<&Refusal>) -> WritePage {
    let fault = refused.and_then(|refusal| faults::said(visit.speech, refusal));
    // Over what somebody else has changed nothing is kept that was sent.
    let is_kept = refused.is_some_and(|refusal| !matches!(refusal, Refusal::Stale { .. }));
    let f = Frame::of(visit, Some(home), HERE).with_fault(fault);
    let sent = is_kept.then(|| visit.form.clone());
    WritePage {
        title: known.as_ref().map_or_else(|| f.t("customer-new"), |(_, name)| f.tv("customer-edit", "name", name)),
        back: f.at(&known.as_ref().map_or_else(|| HERE.to_owned(), |(before, _)| place(before.id))),
        before: known.map(|(before, _)| before),
        departments,
        kinds: CustomerKind::ALL,
        statuses: CustomerStatus::ALL,
        contact: contacts::first_fields(&f, sent.as_ref()),
        sent,
        f,
    }
}

fn status_of(refused: Option<&Refusal>) -> StatusCode {
    if refused.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK }
}

async fn asked(visit: &Visit, realm: &RealmId, refused: Option<&Refusal>) -> Result<Response, Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    let found =
        visit.operations.read(&visit.ctx, realm, |mut work| Box::pin(async move { Ok((work.realm().clone(), work.departments().await?)) }));
    Ok(page(status_of(refused), &drawn(visit, found.await?, None, refused)))
}

/// The page to make one on.
pub fn ask(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { asked(&visit, &named(&params, 0)?, None).await })
}

fn label(form: &Form, field: &'static str) -> Result<Option<String>, Malformed> {
    form.find(field).map(|raw| Customer::check_label(field, raw)).transpose()
}

fn parsed<T: FromStr<Err = Malformed>>(form: &Form, field: &'static str) -> Result<Option<T>, Malformed> {
    form.find(field).map(|raw| raw.parse().map_err(|malformed: Malformed| malformed.of(field))).transpose()
}

fn wish(form: &Form) -> Result<NewCustomer, Malformed> {
    Ok(NewCustomer {
        id: None,
        number: parsed(form, "number")?,
        name: label(form, "name")?,
        kind: parsed(form, "kind")?.ok_or(Malformed::new("kind", Fault::Missing))?,
        status: parsed(form, "status")?.unwrap_or_default(),
        department: label(form, "department")?,
        currency: Currency::default(),
        partner_account_id: None,
    })
}

/// What a form would change.
fn change_of(form: &Form) -> Result<CustomerChange, Malformed> {
    Ok(CustomerChange {
        number: Some(parsed(form, "number")?),
        name: Some(label(form, "name")?),
        kind: parsed(form, "kind")?,
        status: parsed(form, "status")?,
        department: Some(label(form, "department")?),
        ..CustomerChange::default()
    })
}

async fn made(work: &mut UnitOfWork<'_>, wish: NewCustomer, contact: ContactDetails) -> Result<Customer, Refusal> {
    // Whoever administers the realm reaches all of its departments.
    work.check_department_of_new(None, wish.department.as_deref()).await?;
    let customer = work.create_customer(wish).await?;
    if contact != ContactDetails::default() {
        work.write_contact(&customer, ContactKind::Regular, contact, Completeness::Partial, None).await?;
    }
    Ok(customer)
}

/// Makes a customer, and its first contact if anything is known of one.
pub fn make(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let done = async {
            let (wish, contact) = (wish(&visit.form)?, contacts::read(&visit.form));
            let write =
                visit.operations.write(&visit.ctx, &realm, move |mut work| Box::pin(async move { made(&mut work, wish, contact).await }));
            write.await
        };
        match done.await {
            Ok(customer) => Ok(see_other(&format!("{REALMS}/{realm}{}?done=made", place(customer.id)))),
            Err(refusal) if faults::said(visit.speech, &refusal).is_some() => asked(&visit, &realm, Some(&refusal)).await,
            Err(refusal) => Err(refusal),
        }
    })
}

async fn edited(visit: &Visit, realm: &RealmId, id: &str, refused: Option<&Refusal>) -> Result<Response, Refusal> {
    let pass = reach(visit, realm, id).await?;
    let found = visit.operations.read(&visit.ctx, realm, move |mut work| {
        Box::pin(async move {
            let (customer, name, home) = called(&mut work, &pass).await?;
            Ok(((home, work.departments().await?), (customer, name)))
        })
    });
    let (place, known) = found.await?;
    Ok(page(status_of(refused), &drawn(visit, place, Some(known), refused)))
}

/// The page to change one on.
pub fn edit(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { edited(&visit, &named(&params, 0)?, &named::<String>(&params, 1)?, None).await })
}

/// Changes a customer over what its page has shown.
pub fn change(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, String) = (named(&params, 0)?, named(&params, 1)?);
        let pass = reach(&visit, &realm, &id).await?;
        let changed = async {
            let (seen, change) = (contacts::version(&visit.form)?, change_of(&visit.form)?);
            let write = visit.operations.write(&visit.ctx, &realm, move |mut work| {
                Box::pin(async move {
                    let before = work.customer(&pass).await?;
                    work.change_customer(before, change, Some(seen)).await
                })
            });
            write.await
        };
        match changed.await {
            Ok(customer) => Ok(see_other(&format!("{REALMS}/{realm}{}?done=amended", place(customer.id)))),
            Err(refusal) if faults::said(visit.speech, &refusal).is_some() => edited(&visit, &realm, &id, Some(&refusal)).await,
            Err(refusal) => Err(refusal),
        }
    })
}

/// What goes with a customer.
struct Ends {
    name: String,
    contacts: usize,
    grants: usize,
    cases: u64,
    realm: Realm,
}

async fn ends(work: &mut UnitOfWork<'_>, pass: &CustomerPass) -> Result<Ends, Refusal> {
    let (customer, name, realm) = called(work, pass).await?;
    let whose = CaseSearch { customer: Some(customer.id), ..CaseSearch::default() };
    Ok(Ends {
        contacts: work.contacts(&customer).await?.len(),
        grants: work.customer_grants(&customer).await?.len() + work.customer_grants_held(&customer).await?.len(),
        cases: work.case_slice(&whose, 0, 1).await?.1,
        name,
        realm,
    })
}

/// Names what goes with a customer.
pub fn ask_purging(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, String) = (named(&params, 0)?, named(&params, 1)?);
        let pass = reach(&visit, &realm, &id).await?;
        let found = visit.operations.read(&visit.ctx, &realm, move |mut work| Box::pin(async move { ends(&mut work, &pass).await }));
        let Ends { name, contacts, grants, cases, realm: home } = found.await?;
        let f = Frame::of(&visit, Some(home), HERE);
        let count = |text: &str, count: u64| f.tn(text, &i64::try_from(count).unwrap_or(i64::MAX));
        let words = [
            f.tv("purge-words", "name", &name),
            count("purge-contacts", contacts as u64),
            count("purge-grants", grants as u64),
            count("purge-cases", cases),
            f.t("purge-links"),
        ];
        let (title, act, back) = (f.t("purge-title"), f.t("purge"), f.at(&place(&id)));
        Ok(page(StatusCode::OK, &ConfirmPage { f, title, words: words.join(" "), act, back }))
    })
}

/// Purges a customer.
pub fn purge(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, String) = (named(&params, 0)?, named(&params, 1)?);
        let pass = reach(&visit, &realm, &id).await?;
        let purged = visit.operations.write(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move {
                let customer = work.customer(&pass).await?;
                work.purge_customer(customer).await
            })
        });
        match purged.await {
            // Somebody else was faster: it is gone, as was wished.
            Ok(_) | Err(Refusal::Absent("customer")) => Ok(see_other(&format!("{REALMS}/{realm}{HERE}?done=removed"))),
            Err(refusal) => Err(refusal),
        }
    })
}

impl WritePage {
    /// What a field says: what was sent, or else how it stands.
    fn said(&self, field: &str) -> String {
        let stored = |before: &Customer| match field {
            "number" => before.number.as_ref().map(ToString::to_string),
            "name" => before.name.clone(),
            "kind" => Some(before.kind.to_string()),
            "status" => Some(before.status.to_string()),
            "department" => before.department.clone(),
            _ => None,
        };
        match (&self.sent, &self.before) {
            (Some(sent), _) => sent.find(field).unwrap_or_default().to_owned(),
            (None, Some(before)) => stored(before).unwrap_or_default(),
            (None, None) if field == "status" => CustomerStatus::default().to_string(),
            (None, None) => String::new(),
        }
    }

    fn is_said(&self, field: &str, value: impl ToString) -> bool {
        self.said(field) == value.to_string()
    }

    fn kind(&self, kind: &CustomerKind) -> String {
        self.f.t(&format!("customer-{kind}"))
    }

    fn status(&self, status: &CustomerStatus) -> String {
        self.f.t(&format!("status-{status}"))
    }

    /// Whether it must have a number: one that has one keeps one.
    fn wants_number(&self) -> bool {
        self.before.as_ref().is_some_and(|before| before.number.is_some())
    }

    /// Whether it must be in a department: where they are kept apart, but for one that never was in any.
    fn wants_department(&self) -> bool {
        let is_apart = self.f.realm.as_ref().is_some_and(|realm| realm.departmentalization);
        is_apart && self.before.as_ref().is_none_or(|before| before.department.is_some())
    }

    fn version(&self) -> i64 {
        self.before.as_ref().map_or(0, |before| before.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Form {
        Form::read(text).unwrap()
    }

    #[test]
    fn a_customer_has_a_kind_and_what_else_is_known() {
        let new = wish(&form("kind=corporate&name=+Brien+&department=Sales")).unwrap();
        assert_eq!((new.kind, new.name.as_deref(), new.status), (CustomerKind::Corporate, Some("Brien"), CustomerStatus::Open));
        assert_eq!((new.number, new.department.as_deref()), (None, Some("Sales")));
        for (text, field) in [("", "kind"), ("kind=boss", "kind"), ("kind=group&number=a+b", "number"), ("kind=group&status=x", "status")] {
            assert_eq!(wish(&form(text)).unwrap_err().field, field, "{text}");
        }
    }

    #[test]
    fn a_form_says_all_that_can_be_changed() {
        let change = change_of(&form("kind=group&number=A-2")).unwrap();
        assert_eq!((change.number.flatten().map(|number| number.to_string()).as_deref(), change.name), (Some("A-2"), Some(None)));
        assert_eq!(change_of(&form("kind=group")).unwrap().number, Some(None), "an empty field takes away what may be");
    }
}
