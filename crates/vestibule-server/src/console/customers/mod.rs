//! Customers: whom the realm serves, found by name, number, address or telephone; their contacts, who may act for whom, and the
//! way into the help desk. What is given and sent stands in `acts.rs`, what makes, changes and purges one in `write.rs`, and what
//! is kept of its contacts in `contacts.rs`.

mod acts;
mod contacts;
mod picture;
mod write;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use vestibule_core::{
    contact::{Contact, ContactKind},
    customer::{Customer, CustomerId},
    grant::CustomerGrant,
    id::RealmId,
    realm::Realm,
    refusal::Refusal,
    time::Timestamp,
};
use vestibule_operations::{
    CustomerOrder, CustomerPass, CustomerRef, CustomerRight, CustomerSearch, Named as Called, Order, PageRequest, Right, UnitOfWork,
};

use self::picture::{Other, Picture};
use super::{
    Named, Page,
    frame::{Frame, page},
    named,
    people::segment,
    visit::Visit,
};
use crate::call::Answer;

/// The pages of this room.
pub const PAGES: &[Page] = &[
    Page { path: "/console/realms/{realm}/customers", attempted: "customers.list", show: Some(list), act: None },
    Page { path: "/console/realms/{realm}/customers/new", attempted: "customers.create", show: Some(write::ask), act: Some(write::make) },
    Page { path: "/console/realms/{realm}/customers/{id}", attempted: "customers.read", show: Some(show), act: None },
    Page {
        path: "/console/realms/{realm}/customers/{id}/edit",
        attempted: "customers.update",
        show: Some(write::edit),
        act: Some(write::change),
    },
    Page {
        path: "/console/realms/{realm}/customers/{id}/purge",
        attempted: "customers.purge",
        show: Some(write::ask_purging),
        act: Some(write::purge),
    },
    Page {
        path: "/console/realms/{realm}/customers/{id}/contacts/{contact}",
        attempted: "contacts.write",
        show: Some(contacts::show),
        act: Some(contacts::keep),
    },
    Page {
        path: "/console/realms/{realm}/customers/{id}/contacts/{contact}/remove",
        attempted: "contacts.remove",
        show: Some(contacts::ask),
        act: Some(contacts::remove),
    },
    Page {
        path: "/console/realms/{realm}/customers/{id}/contacts/{contact}/verify",
        attempted: "contacts.verify",
        show: None,
        act: Some(acts::verify),
    },
    Page { path: "/console/realms/{realm}/customers/{id}/grants", attempted: "grants.create", show: None, act: Some(acts::grant) },
    Page {
        path: "/console/realms/{realm}/customers/{id}/grants/{holder}/take",
        attempted: "grants.revoke",
        show: Some(acts::ask),
        act: Some(acts::take),
    },
    Page { path: "/console/realms/{realm}/customers/{id}/handoff", attempted: "handoffs.create", show: None, act: Some(acts::hand_off) },
];

/// Where all this is, below the realm.
const HERE: &str = "/customers";
/// Rows of a page.
const ROWS: usize = 50;

/// A customer as a row.
struct Row {
    customer: Customer,
    name: String,
}

/// A grant, from the customer whose page it stands on.
struct Tie {
    id: CustomerId,
    name: String,
    since: Timestamp,
    is_in_force: bool,
    /// The page that asks before it is taken back.
    take: String,
}

#[derive(Template)]
#[template(path = "console/customers.html")]
struct CustomersPage {
    f: Frame,
    rows: Vec<Row>,
    q: String,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "console/customer.html")]
struct CustomerPage {
    f: Frame,
    customer: Customer,
    name: String,
    contacts: Vec<Contact>,
    holders: Vec<Tie>,
    granters: Vec<Tie>,
    picture: Picture,
    kinds: [ContactKind; 5],
    has_desk: bool,
    holder: String,
}

/// Where a customer has its page, below the realm.
fn place(id: impl ToString) -> String {
    format!("{HERE}/{}", segment(&id.to_string()))
}

/// A customer for whoever administers the realm.
async fn reach(visit: &Visit, realm: &RealmId, name: &str) -> Result<CustomerPass, Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    visit.operations.customer_pass(&visit.ctx, realm, CustomerRef::ByName(name.to_owned()), CustomerRight::Administer).await
}

/// What a text is looked for as: an address, a telephone number, or else a part of a name.
fn search(q: &str) -> CustomerSearch {
    let text = Some(q.to_owned());
    match q {
        address if address.contains('@') => CustomerSearch { email: text, ..CustomerSearch::default() },
        phone if phone.starts_with('+') => CustomerSearch { phone: text, ..CustomerSearch::default() },
        _ => CustomerSearch { name: text, ..CustomerSearch::default() },
    }
}

/// What is asked for of the customers.
enum Asked {
    All(PageRequest),
    Like { q: String, pass: CustomerPass, skip: usize },
}

async fn found(work: &mut UnitOfWork<'_>, asked: Asked) -> Result<(Vec<Row>, Option<String>, Realm), Refusal> {
    let (customers, next) = match asked {
        Asked::All(wanted) => {
            let page = work.customers(None, wanted).await?;
            (page.items, page.next.map(|next| format!("after={next}")))
        }
        Asked::Like { q, pass, skip } => {
            let offset = u64::try_from(skip).unwrap_or(u64::MAX);
            let slice = work.customer_search(&search(&q), (CustomerOrder::Id, Order::Ascending), offset, ROWS).await?;
            let next = (offset.saturating_add(ROWS as u64) < slice.total).then(|| format!("q={}&skip={}", segment(&q), skip + ROWS));
            let mut items = slice.items;
            // Who goes by exactly that, by its id or its number, comes first.
            if skip == 0
                && let Ok(exact) = work.customer(&pass).await
            {
                items.retain(|customer| customer.id != exact.id);
                items.insert(0, exact);
            }
            (items, next)
        }
    };
    let mut rows = Vec::with_capacity(customers.len());
    for customer in customers {
        rows.push(Row { name: work.customer_name(&customer).await?, customer });
    }
    Ok((rows, next, work.realm().clone()))
}

fn list(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let query = visit.query();
        let q = query.find("q").unwrap_or_default().to_owned();
        let asked = match q.is_empty() {
            true => Asked::All(PageRequest { after: query.find("after").map(str::to_owned), limit: ROWS }),
            false => {
                let skip = query.find("skip").and_then(|skip| skip.parse().ok()).unwrap_or_default();
                Asked::Like { q: q.clone(), pass: reach(&visit, &realm, &q).await?, skip }
            }
        };
        let found = visit.operations.read(&visit.ctx, &realm, move |mut work| Box::pin(async move { found(&mut work, asked).await }));
        let (rows, next, home) = found.await?;
        Ok(page(StatusCode::OK, &CustomersPage { f: Frame::of(&visit, Some(home), HERE), rows, q, next }))
    })
}

/// A customer with what its page shows.
struct Gathered {
    customer: Customer,
    name: String,
    contacts: Vec<Contact>,
    given: Vec<(Called, CustomerGrant, bool)>,
    held: Vec<(Called, CustomerGrant, bool)>,
    has_desk: bool,
    realm: Realm,
}

async fn gather(work: &mut UnitOfWork<'_>, pass: &CustomerPass) -> Result<Gathered, Refusal> {
    let customer = work.customer(pass).await?;
    let contacts = work.contacts(&customer).await?;
    let names = work.grants_of(customer.id).await?;
    let (given, held) = (work.customer_grants(&customer).await?, work.customer_grants_held(&customer).await?);
    let ids: Vec<CustomerId> = names.on.iter().chain(&names.to).map(|named| named.id).collect();
    let others = work.served_customers(&ids).await?;
    let departmentalization = work.departmentalization();
    let joined = |named: Vec<Called>, grants: Vec<CustomerGrant>, is_given: bool| {
        let tie = |called: Called| {
            let grant = *grants.iter().find(|grant| called.id == if is_given { grant.holder } else { grant.granter })?;
            let other = others.iter().find(|other| other.id == called.id)?;
            let (granter, holder) = if is_given { (&customer, other) } else { (other, &customer) };
            Some((called, grant, CustomerGrant::in_force(granter, holder, departmentalization)))
        };
        named.into_iter().filter_map(tie).collect::<Vec<_>>()
    };
    let (given, held) = (joined(names.to, given, true), joined(names.on, held, false));
    let has_desk = match work.help_desk().await {
        Ok(desk) => desk.settings.enabled,
        Err(Refusal::Absent(_)) => false,
        Err(refusal) => return Err(refusal),
    };
    Ok(Gathered { name: work.customer_name(&customer).await?, contacts, given, held, has_desk, realm: work.realm().clone(), customer })
}

fn show(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { shown(&visit, &named(&params, 0)?, &named::<String>(&params, 1)?, None).await })
}

async fn shown(visit: &Visit, realm: &RealmId, name: &str, fault: Option<String>) -> Result<Response, Refusal> {
    let pass = reach(visit, realm, name).await?;
    let found = visit.operations.read(&visit.ctx, realm, move |mut work| Box::pin(async move { gather(&mut work, &pass).await })).await?;
    let Gathered { customer, name, contacts, given, held, has_desk, realm } = found;
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let f = Frame::of(visit, Some(realm), HERE).with_fault(fault);
    let tie = |(called, grant, is_in_force): (Called, CustomerGrant, bool)| Tie {
        id: called.id,
        name: words_for(&called.name, called.id),
        since: grant.created_at,
        is_in_force,
        take: f.at(&format!("{}/grants/{}/take", place(grant.granter), grant.holder)),
    };
    let [holders, granters] = [given, held].map(|side| side.into_iter().map(tie).collect::<Vec<_>>());
    let others = |side: &[Tie]| {
        let other = |tie: &Tie| Other { name: tie.name.clone(), href: f.at(&place(tie.id)), is_in_force: tie.is_in_force };
        side.iter().map(other).collect::<Vec<_>>()
    };
    let name = words_for(&name, customer.id);
    let picture = Picture::of(&name, others(&holders), others(&granters));
    let (kinds, holder) = (ContactKind::ALL, visit.form.find("holder").unwrap_or_default().to_owned());
    Ok(page(status, &CustomerPage { f, customer, name, contacts, holders, granters, picture, kinds, has_desk, holder }))
}

/// A customer with what it is called on a page, and its realm.
async fn called(work: &mut UnitOfWork<'_>, pass: &CustomerPass) -> Result<(Customer, String, Realm), Refusal> {
    let customer = work.customer(pass).await?;
    let name = words_for(&work.customer_name(&customer).await?, customer.id);
    Ok((customer, name, work.realm().clone()))
}

/// What a customer is called on a page: by its name, or by its id while it has none.
fn words_for(name: &str, id: CustomerId) -> String {
    if name.is_empty() { id.to_string() } else { format!("{name} ({id})") }
}

impl CustomersPage {
    fn place(&self, row: &Row) -> String {
        self.f.at(&place(row.customer.id))
    }

    fn kind(&self, row: &Row) -> String {
        self.f.t(&format!("customer-{}", row.customer.kind))
    }

    fn status(&self, row: &Row) -> String {
        self.f.t(&format!("status-{}", row.customer.status))
    }

    fn number(&self, row: &Row) -> String {
        row.customer.number.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

impl CustomerPage {
    /// An address below this customer's page.
    fn at(&self, below: &str) -> String {
        self.f.at(&format!("{}{below}", place(self.customer.id)))
    }

    fn other(&self, tie: &Tie) -> String {
        self.f.at(&place(tie.id))
    }

    fn kind(&self) -> String {
        self.f.t(&format!("customer-{}", self.customer.kind))
    }

    fn status(&self) -> String {
        self.f.t(&format!("status-{}", self.customer.status))
    }

    /// Whether the acts on a contact of its kind are about this one.
    fn is_first(&self, contact: &Contact) -> bool {
        self.contacts.iter().find(|other| other.kind == contact.kind) == Some(contact)
    }

    /// The parts that nobody has yet.
    fn parts_left(&self) -> Vec<ContactKind> {
        self.kinds.into_iter().filter(|kind| self.contacts.iter().all(|contact| contact.kind != *kind)).collect()
    }

    /// The page of the contact of a kind.
    fn contact_place(&self, kind: &ContactKind) -> String {
        self.at(&format!("/contacts/{kind}"))
    }

    fn part(&self, kind: &ContactKind) -> String {
        self.f.t(&format!("contact-{kind}"))
    }

    /// Whether a letter can be sent to verify an address.
    fn is_verifiable(&self, contact: &Contact) -> bool {
        contact.check_unverified().is_ok()
    }

    /// Whether a contact can be handed over.
    fn is_assertable(&self, contact: &Contact) -> bool {
        self.has_desk && contact.assertable_email().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_looked_for_as_what_it_looks_like() {
        assert_eq!(search("dana@x.example").email.as_deref(), Some("dana@x.example"));
        assert_eq!(search("+4989123").phone.as_deref(), Some("+4989123"));
        let named = search("Brien");
        assert_eq!((named.name.as_deref(), named.email, named.phone), (Some("Brien"), None, None));
    }
}
