//! Customers: made, changed, shown, searched, merged (`spec/egain-grants.md`, section 9).

use vestibule_core::{
    contact::ContactKind,
    contact_details::Completeness,
    customer::{Customer, CustomerId, CustomerKind, CustomerStatus},
    id::AccountKey,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{CustomerChange, CustomerOrder, CustomerRight, CustomerSearch, NewCustomer, Order, UnitOfWork};

use super::{
    Mount, Route,
    call::Call,
    caller::{self, Actor},
    customer_wire::{self as wire, ATTRIBUTES, CUSTOMER, Change, ContactWish, Shown, Wanted},
    errors::{self, Failure},
    pages::{self, ATTRIBUTE, ORDER, PAGE_NUM, PAGE_SIZE, RANGE_SIZE, RANGE_START, SORT, Wish},
    people::{self, Ids},
    query,
    reply::Reply,
    words::{IDS_MAX, param, scope},
};

const V3: &[Mount] = &[Mount::V3];
const EVERYBODY: &[Actor] = &[Actor::User, Actor::Client, Actor::Customer];
const CREATE: CustomerRight = CustomerRight::Create;
const EDIT: CustomerRight = CustomerRight::Edit;
const VIEW: CustomerRight = CustomerRight::View;
const CHANGE: CustomerRight = CustomerRight::Change;
const SHOWN: &[&str] = &[ATTRIBUTE, SORT, ORDER];
const FILTERS: [&str; 6] = ["phone", "email", "customerName", "type", "created", "department"];

/// The kinds by the words of their paths, and the rest.
pub const ROUTES: &[Route] = &[
    making("/individual/customer", |call| Box::pin(create(call, CustomerKind::Individual))),
    making("/corp/customer", |call| Box::pin(create(call, CustomerKind::Corporate))),
    making("/group/customer", |call| Box::pin(create(call, CustomerKind::Group))),
    changing("/individual/customer", |call| Box::pin(change(call, CustomerKind::Individual))),
    changing("/corp/customer", |call| Box::pin(change(call, CustomerKind::Corporate))),
    changing("/group/customer", |call| Box::pin(change(call, CustomerKind::Group))),
    Route::new("get", "/customers/{ids}", V3, "customer.read", |call| Box::pin(show(call, param::IDS))).asking(SHOWN),
    Route::new("get", "/customer/{id}", V3, "customer.read", |call| Box::pin(show(call, param::ID))).asking(SHOWN),
    Route::new("get", "/customer", V3, "customer.search", |call| Box::pin(search(call))).admitting(EVERYBODY).asking(&[
        "phone",
        "email",
        "customerName",
        "type",
        "created",
        "department",
        ATTRIBUTE,
        SORT,
        ORDER,
        PAGE_NUM,
        PAGE_SIZE,
        RANGE_START,
        RANGE_SIZE,
    ]),
    Route::new("put", "/customer/merge", V3, "customer.merge", |call| Box::pin(merge(call))).taking("merge"),
];

const fn making(path: &'static str, steps: fn(Call) -> super::Answer) -> Route {
    Route::new("post", path, V3, "customer.create", steps).taking(CUSTOMER)
}

const fn changing(path: &'static str, steps: fn(Call) -> super::Answer) -> Route {
    Route::new("patch", path, V3, "customer.change", steps).taking(CUSTOMER).admitting(EVERYBODY).within(scope::MANAGE)
}

/// What [`UnitOfWork::check_address_free`] says is taken.
const ADDRESS: &str = vestibule_operations::TAKEN_ADDRESS;

/// A refusal of a write to a customer.
fn refused(refusal: Refusal, id: &str) -> Failure {
    match refusal {
        Refusal::Exists(ADDRESS) => wire::address_taken().because(refusal),
        Refusal::Stale { .. } => Failure::of(&errors::STALE, [CUSTOMER, id]).because(refusal),
        other => other.into(),
    }
}

async fn create(call: Call, kind: CustomerKind) -> Result<Reply, Failure> {
    let wanted = wire::wanted(call.body()?, kind)?; //                           400
    call.allow(CREATE, &[]).await?; //                                           403
    let seated = call.seated();
    let made = call.write(move |mut work| Box::pin(async move { made(&mut work, kind, wanted, seated).await }));
    let made = made.await.map_err(|refusal| refused(refusal, ""))?; //           400, 403
    Ok(Reply::created(call.href(&format!("/customer/{made}")))) //               201
}

/// A fault of the department, as this surface calls it.
fn about_department(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Malformed(fault) => Refusal::Malformed(fault.of("department.name")),
        other => other,
    }
}

async fn made(work: &mut UnitOfWork<'_>, kind: CustomerKind, wanted: Wanted, seated: Option<AccountKey>) -> Result<CustomerId, Refusal> {
    work.check_department_of_new(seated, wanted.department.as_deref()).await.map_err(about_department)?;
    let new = NewCustomer {
        id: None,
        number: None,
        name: wanted.name,
        kind,
        status: CustomerStatus::default(),
        department: wanted.department,
        currency: Default::default(),
        partner_account_id: None,
    };
    let made = work.create_customer(new).await.map_err(about_department)?;
    if let Some(contact) = wanted.contact {
        write_contact(work, &made, &contact).await?;
    }
    Ok(made.id)
}

/// Writes the customer's first contact, or makes one.
async fn write_contact(work: &mut UnitOfWork<'_>, customer: &Customer, wish: &ContactWish) -> Result<(), Refusal> {
    let first = work.contacts(customer).await?.into_iter().next();
    let kind = first.as_ref().map_or(ContactKind::Primary, |contact| contact.kind);
    let before = first.map(|contact| contact.details).unwrap_or_default();
    let details = wish.applied(before.clone());
    if details.media.email1 != before.media.email1 {
        work.check_address_free(customer, details.media.email1.trim()).await?;
    }
    work.write_contact(customer, kind, details, Completeness::Partial, None).await.map(drop)
}

async fn change(call: Call, kind: CustomerKind) -> Result<Reply, Failure> {
    let own = caller::customer(&call.ctx).ok();
    let Change { seen, name, contact } = wire::change(call.body()?, own.is_some())?; // 400
    let told = seen.as_ref().map(|(id, _)| id.clone()).unwrap_or_default();
    let ids = Ids::of_body(own.map(|id| id.to_string()).or_else(|| seen.as_ref().map(|(id, _)| id.clone())));
    call.allow(EDIT, &ids.known).await?; //                                      403
    let (seated, at) = (call.seated(), seen.map(|(_, at)| at));
    let changed = call.write(move |mut work| {
        Box::pin(async move {
            let customer = people::first(ids.served(&mut work).await?)?; //      400
            people::reach(&mut work, seated, std::slice::from_ref(&customer), EDIT).await?; // 403
            if customer.kind != kind {
                return Err(Malformed::new("id", Fault::Format("a customer of the path's type")).into()); // 400
            }
            let contacts = work.contacts(&customer).await?;
            if at.is_some_and(|at| at != wire::last_modified(&customer, &contacts)) {
                return Err(Refusal::Stale { current: customer.version }); //     409
            }
            if let Some(contact) = &contact {
                write_contact(&mut work, &customer, contact).await?; //          400
            }
            let name = name.map(|name| Some(name).filter(|name| !name.is_empty()));
            work.change_customer(customer, CustomerChange { name, ..CustomerChange::default() }, None).await.map(drop)
        })
    });
    changed.await.map_err(|refusal| refused(refusal, &told))?;
    Ok(Reply::nothing()) //                                                      204
}

/// Customers with all that is shown of them.
async fn shown(work: &mut UnitOfWork<'_>, customers: Vec<Customer>) -> Result<Vec<Shown>, Refusal> {
    let departments = if work.departmentalization() { work.departments().await? } else { Vec::new() };
    let mut all = Vec::with_capacity(customers.len());
    for customer in customers {
        let contacts = work.contacts(&customer).await?;
        let found = departments.iter().find(|department| customer.department.as_ref() == Some(&department.name));
        let department = found.map(|department| (department.name.clone(), department.id.to_string()));
        all.push(Shown { customer, contacts, department });
    }
    Ok(all)
}

fn order(call: &Call) -> Result<(CustomerOrder, Order), Failure> {
    let sorted = pages::sorted(&call.query, |by| ["id", "type", "customerName"].contains(&by))?;
    let way = if sorted.as_ref().is_some_and(|sorted| sorted.descending) { Order::Descending } else { Order::Ascending };
    Ok((
        match sorted.as_ref().map(|sorted| sorted.by.as_str()) {
            Some("type") => CustomerOrder::Kind,
            Some("customerName") => CustomerOrder::Name,
            _ => CustomerOrder::Id,
        },
        way,
    ))
}

async fn show(call: Call, param: &'static str) -> Result<Reply, Failure> {
    let attributes = pages::attributes(&call.query, &ATTRIBUTES)?; //            400
    let (by, way) = order(&call)?; //                                            400
    let is_sorted = call.query.find(SORT)?.is_some();
    let raw: Vec<String> = match param {
        param::IDS => call.param(param).split(',').map(str::to_owned).collect(),
        _ => vec![call.param(param).to_owned()],
    };
    if raw.len() > IDS_MAX {
        return Err(Failure::of(&errors::LIMIT, [IDS_MAX.to_string().as_str(), "ids"])); // 400
    }
    let ids = Ids::of_path(raw);
    call.allow(VIEW, &ids.known).await?; //                                      403
    let seated = call.seated();
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let served = ids.served(&mut work).await?; //                        400, 404
            people::reach(&mut work, seated, &served, VIEW).await?; //           403
            shown(&mut work, served).await
        })
    });
    let mut found = found.await?;
    if is_sorted {
        match by {
            CustomerOrder::Id => found.sort_by_key(|one| one.customer.id),
            CustomerOrder::Kind => found.sort_by_key(|one| (one.customer.kind.as_str(), one.customer.id)),
            CustomerOrder::Name => found.sort_by_key(|one| (one.name().to_lowercase(), one.customer.id)),
        }
        if way == Order::Descending {
            found.reverse();
        }
    }
    let nodes = found.iter().map(|one| one.node(&call, attributes.as_deref())).collect();
    Ok(Reply::ok(wire::customers(nodes, None))) //                               200
}

/// What a search asks for (section 9): exact but for the name, at least one filter, and `type` not alone.
fn filters(call: &Call) -> Result<CustomerSearch, Failure> {
    let text = |name| call.query.find(name).map(|found| found.filter(|text| !text.is_empty()).map(str::to_owned));
    let kind = call.query.one_of("type", &["individual", "group", "corporate"])?;
    let (mut created_from, mut created_to) = (None, None);
    if let Some(range) = call.query.find("created")? {
        let (from, to) = range.split_once(',').ok_or_else(|| query::refused("created"))?;
        let end = |raw: &str| match raw {
            "" => Ok(None),
            raw => raw.parse().map(Some).map_err(|_| query::refused("created")),
        };
        (created_from, created_to) = (end(from)?, end(to)?);
    }
    let search = CustomerSearch {
        phone: text("phone")?,
        email: text("email")?,
        name: text("customerName")?,
        department: text("department")?,
        kind: kind.and_then(|kind| kind.parse().ok()),
        created_from,
        created_to,
        ..CustomerSearch::default()
    };
    let alone = CustomerSearch { kind: None, department: None, ..search.clone() } == CustomerSearch::default();
    match (call.actor, alone, kind) {
        // A customer finds itself or nobody.
        (Actor::Customer, ..) | (_, false, _) => Ok(search),
        (_, true, Some(_)) => Err(Failure::of(&errors::QUERY_ALONE, ["type"])),
        (_, true, None) => Err(Failure::of(&errors::QUERY_NONE, [FILTERS.join(", ")])),
    }
}

async fn search(call: Call) -> Result<Reply, Failure> {
    if call.actor != Actor::Client && call.query.find("department")?.is_some() {
        return Err(Failure::of(&errors::QUERY_UNKNOWN, ["department"])); //      400
    }
    let divided = call.read(|work| Box::pin(async move { Ok(work.departmentalization()) })).await?;
    if call.actor == Actor::Client && divided {
        call.query.require("department")?; //                                    400
    }
    let search = filters(&call)?; //                                             400
    let attributes = pages::attributes(&call.query, &ATTRIBUTES)?; //            400
    let order = order(&call)?; //                                                400
    let wish = Wish::read(&call.query)?; //                                      400
    call.allow(VIEW, &[]).await?; //                                             403
    let (seated, only) = (call.seated(), caller::customer(&call.ctx).ok());
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let seat = match seated {
                Some(account) => work.reach_of(account).await?,
                None => None,
            };
            let departments = seat.map(|seat| seat.departments().map(str::to_owned).collect());
            let search = CustomerSearch { departments, only, ..search };
            let size = usize::try_from(wish.size).unwrap_or(usize::MAX);
            let slice = work.customer_search(&search, order, wish.offset, size).await?;
            Ok((shown(&mut work, slice.items).await?, slice.total))
        })
    });
    let (found, total) = found.await?;
    if found.is_empty() {
        return Ok(Reply::nothing()); //                                          204
    }
    let info = wish.info(total, &call.href("/customer"), &call.query);
    let nodes = found.iter().map(|one| one.node(&call, attributes.as_deref())).collect();
    Ok(Reply::ok(wire::customers(nodes, info))) //                               200
}

async fn merge(call: Call) -> Result<Reply, Failure> {
    let (source, target) = wire::merge(call.body()?)?; //                        400
    let (source, target) = (Ids::of_body([source]), Ids::of_body([target]));
    let all = source.and(&target);
    call.allow(CHANGE, &all.known).await?; //                                    403
    let seated = call.seated();
    let merged = call.write(move |mut work| {
        Box::pin(async move {
            let served = all.served(&mut work).await?; //                        400
            people::reach(&mut work, seated, &served, CHANGE).await?; //         403
            let gone = people::first(source.among(&served))?;
            work.merge_customers(gone, &people::first(target.among(&served))?).await // 400
        })
    });
    merged.await?;
    Ok(Reply::nothing()) //                                                      204
}
