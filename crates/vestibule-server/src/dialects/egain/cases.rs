//! The case manager, as far as it shows what a grant is good for (`spec/egain-grants.md`, section 1): cases, activities and
//! what came with them are read, and e-mails are kept, by customers for themselves and for those who let them. Nothing is
//! mailed. Users and client applications see what they see of the customer.

use vestibule_core::{
    case::{CaseId, Direction, OfActivity, OfCase},
    customer::CustomerId,
    grant::Deed,
    id::AccountKey,
    refusal::Refusal,
};
use vestibule_operations::{ActivityView, CaseSearch, CustomerRight, NewActivity, UnitOfWork};

use super::{
    Mount, Route,
    call::Call,
    caller::Actor,
    case_wire::{self, Places, list},
    errors::{self, Failure},
    node::{Document, Node},
    numbers::Numbers,
    pages::{PAGE_NUM, PAGE_SIZE, RANGE_SIZE, RANGE_START, Wish},
    people::{self, Ids},
    query,
    reply::Reply,
    stead::{Stead, ToOthers},
    words::{self, param, scope},
};

const CASES: &[Mount] = &[Mount::Cases];
const EVERYBODY: &[Actor] = &[Actor::User, Actor::Client, Actor::Customer];
const VIEW: CustomerRight = CustomerRight::View;
const EDIT: CustomerRight = CustomerRight::Edit;
const BY_ID: &[&str] = &[param::CUSTOMER];

/// The reads and writes that take `customer`, or `customerID`.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/case", CASES, "case.search", |call| Box::pin(search_cases(call)))
        .admitting(EVERYBODY)
        .within(scope::CASE_READ)
        .asking(&[param::CUSTOMER, "status", PAGE_NUM, PAGE_SIZE, RANGE_START, RANGE_SIZE]),
    Route::new("get", "/case/{ids}", CASES, "case.read", |call| Box::pin(cases(call)))
        .admitting(EVERYBODY)
        .within(scope::CASE_READ)
        .asking(BY_ID),
    Route::new("get", "/activity", CASES, "activity.search", |call| Box::pin(search_activities(call)))
        .admitting(EVERYBODY)
        .within(scope::CASE_READ)
        .asking(&[param::CUSTOMER_ID, "case", PAGE_NUM, PAGE_SIZE, RANGE_START, RANGE_SIZE]),
    Route::new("get", "/activity/{ids}", CASES, "activity.read", |call| Box::pin(activities(call)))
        .admitting(EVERYBODY)
        .within(scope::CASE_READ)
        .asking(BY_ID),
    Route::new("get", "/activity/{ids}/attachment", CASES, "attachment.list", |call| Box::pin(attachments(call)))
        .admitting(EVERYBODY)
        .within(scope::CASE_READ)
        .asking(BY_ID),
    Route::new("get", "/activity/{ids}/attachment/{attachmentID}", CASES, "attachment.read", |call| Box::pin(attachment(call)))
        .admitting(EVERYBODY)
        .within(scope::CASE_READ)
        .asking(BY_ID),
    Route::new("post", "/activity/email/general", CASES, "email.send", |call| Box::pin(send(call)))
        .taking(case_wire::ACTIVITY)
        .admitting(EVERYBODY)
        .within(scope::CASE_MANAGE)
        .asking(BY_ID),
    Route::new("post", "/activity/{ids}/email/general", CASES, "email.answer", |call| Box::pin(answer(call)))
        .taking(case_wire::ACTIVITY)
        .admitting(EVERYBODY)
        .within(scope::CASE_MANAGE)
        .asking(BY_ID),
];

/// What a search finds, as far as it is shown: those in departments that the caller reaches.
async fn within_reach(call: &Call, stead: Stead, search: CaseSearch) -> Result<CaseSearch, Failure> {
    let named: Vec<CustomerId> = stead.named().into_iter().collect();
    call.allow(VIEW, &named).await?; //                                          403
    let seated = call.seated();
    let narrowed = call.read(move |mut work| {
        Box::pin(async move {
            let customer = stead.settle(&mut work).await?; //                    400
            let seat = match seated {
                Some(account) => work.reach_of(account).await?,
                None => None,
            };
            let departments = seat.map(|seat| seat.departments().map(str::to_owned).collect());
            Ok(CaseSearch { customer, departments, ..search })
        })
    });
    narrowed.await.map_err(|refusal| stead.refused(refusal))
}

fn size(wish: Wish) -> usize {
    usize::try_from(wish.size).unwrap_or(usize::MAX)
}

async fn search_cases(call: Call) -> Result<Reply, Failure> {
    let stead = Stead::read(&call, param::CUSTOMER, Deed::ViewCase, ToOthers::Filter)?; // 400
    let status = call.query.one_of("status", &["open", "closed"])?; //           400
    let wish = Wish::read(&call.query)?; //                                      400
    let status = status.and_then(|word| word.parse().ok());
    let search = within_reach(&call, stead, CaseSearch { status, ..CaseSearch::default() }).await?; // 403, 400
    let found = call.read(move |mut work| Box::pin(async move { work.case_slice(&search, wish.offset, size(wish)).await }));
    let (found, total) = found.await?;
    let places = Places { call: &call, stead };
    if found.is_empty() {
        return Ok(Reply::nothing()); //                                          204
    }
    let info = wish.info(total, &call.href_at(words::CASES, "/case"), &call.query);
    Ok(Reply::ok(list("cases", "case", found.iter().map(|case| places.case(case)).collect(), info))) // 200
}

async fn search_activities(call: Call) -> Result<Reply, Failure> {
    let stead = Stead::read(&call, param::CUSTOMER_ID, Deed::ViewActivity, ToOthers::Filter)?; // 400
    let case: Option<CaseId> = match call.query.find("case")? {
        None => None,
        Some(raw) => Some(raw.parse().map_err(|_| query::refused("case"))?), //  400
    };
    let wish = Wish::read(&call.query)?; //                                      400
    let search = within_reach(&call, stead, CaseSearch { case, ..CaseSearch::default() }).await?; // 403, 400
    let found = call.read(move |mut work| Box::pin(async move { work.activity_slice(&search, wish.offset, size(wish)).await }));
    let (found, total) = found.await?;
    if found.is_empty() {
        return Ok(Reply::nothing()); //                                          204
    }
    let info = wish.info(total, &call.href_at(words::CASES, "/activity"), &call.query);
    Ok(Reply::ok(shown(&call, stead, &found, info))) //                          200
}

fn shown(call: &Call, stead: Stead, found: &[ActivityView], info: Option<Node>) -> Document {
    let places = Places { call, stead };
    list("activities", "activity", found.iter().map(|view| places.activity(view)).collect(), info)
}

/// Step 10 for things that were found: their customers are within the caller's reach.
async fn reached(
    work: &mut UnitOfWork<'_>,
    seated: Option<AccountKey>,
    of: impl Iterator<Item = CustomerId>,
    right: CustomerRight,
) -> Result<(), Refusal> {
    let customers = work.served_customers(&of.collect::<Vec<_>>()).await?;
    people::reach(work, seated, &customers, right).await
}

async fn cases(call: Call) -> Result<Reply, Failure> {
    let stead = Stead::read(&call, param::CUSTOMER, Deed::ViewCase, ToOthers::Nothing)?; // 400
    let ids = Numbers::<OfCase>::of_path(call.param(param::IDS))?; //            400
    let sought = ids.known.clone();
    let found = call.read(move |mut work| Box::pin(async move { work.find_cases(&sought).await })).await?;
    let owners: Vec<CustomerId> = found.iter().map(|case| case.customer).collect();
    call.allow(VIEW, &owners).await?; //                                         403
    let seated = call.seated();
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let only = stead.settle(&mut work).await?; //                        400
            let mut found = work.find_cases(&ids.known).await?;
            // What has become another customer's since was not asked for.
            found.retain(|case| owners.contains(&case.customer) && only.is_none_or(|only| only == case.customer));
            let found = ids.all(found, |case| case.id)?; //                      404
            reached(&mut work, seated, found.iter().map(|case| case.customer), VIEW).await?; // 403
            Ok(found)
        })
    });
    let found = found.await.map_err(|refusal| stead.refused(refusal))?;
    let places = Places { call: &call, stead };
    Ok(Reply::ok(list("cases", "case", found.iter().map(|case| places.case(case)).collect(), None))) // 200
}

/// The activities of the path, for whoever may do this with them.
async fn found(call: &Call, stead: Stead, right: CustomerRight) -> Result<Vec<ActivityView>, Failure> {
    let ids = Numbers::<OfActivity>::of_path(call.param(param::IDS))?; //        400
    let sought = ids.known.clone();
    let found = call.read(move |mut work| Box::pin(async move { work.find_activities(&sought).await })).await?;
    let owners: Vec<CustomerId> = found.iter().map(|view| view.activity.customer).collect();
    call.allow(right, &owners).await?; //                                        403
    let seated = call.seated();
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let only = stead.settle(&mut work).await?; //                        400
            let mut found = work.find_activities(&ids.known).await?;
            found.retain(|view| owners.contains(&view.activity.customer) && only.is_none_or(|only| only == view.activity.customer));
            let found = ids.all(found, |view| view.activity.id)?; //             404
            reached(&mut work, seated, found.iter().map(|view| view.activity.customer), right).await?; // 403
            Ok(found)
        })
    });
    found.await.map_err(|refusal| stead.refused(refusal))
}

async fn activities(call: Call) -> Result<Reply, Failure> {
    let stead = Stead::read(&call, param::CUSTOMER, Deed::ViewActivity, ToOthers::Nothing)?; // 400
    let found = found(&call, stead, VIEW).await?; //                             400, 403, 404
    Ok(Reply::ok(shown(&call, stead, &found, None))) //                          200
}

async fn attachments(call: Call) -> Result<Reply, Failure> {
    let stead = Stead::read(&call, param::CUSTOMER, Deed::ViewAttachment, ToOthers::Nothing)?; // 400
    let found = found(&call, stead, VIEW).await?; //                             400, 403, 404
    let places = Places { call: &call, stead };
    let files: Vec<_> = found.iter().flat_map(|view| &view.attachments).map(|file| places.attachment(file, None)).collect();
    if files.is_empty() {
        return Ok(Reply::nothing()); //                                          204
    }
    Ok(Reply::ok(list("attachments", "attachment", files, None))) //             200
}

async fn attachment(call: Call) -> Result<Reply, Failure> {
    let stead = Stead::read(&call, param::CUSTOMER, Deed::ViewAttachment, ToOthers::Nothing)?; // 400
    let wanted = Numbers::of_path(call.param(param::ATTACHMENT))?; //            400
    let view = one(found(&call, stead, VIEW).await?)?; //                        400, 403, 404
    let file = wanted.all(view.attachments, |file| file.id)?; //                 404
    let file = file.into_iter().next().ok_or(Refusal::Internal)?;
    let (activity, id) = (file.activity, file.id);
    let (file, bytes) = call.read(move |mut work| Box::pin(async move { work.attachment(activity, id).await })).await?;
    let node = Places { call: &call, stead }.attachment(&file, Some(&bytes));
    Ok(Reply::ok(Document { root: "attachment", namespace: words::CASE_NAMESPACE, node })) // 200
}

/// The one activity of a path that may not name several.
fn one(found: Vec<ActivityView>) -> Result<ActivityView, Failure> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (_, several) => {
            let several = several.map(|view| view.activity.id.to_string()).unwrap_or_default();
            Err(Failure::of(&errors::PATH_ID_LONG, [several]))
        }
    }
}

/// Who says what a caller sends.
const fn direction(actor: Actor) -> Direction {
    match actor {
        Actor::Customer => Direction::Inbound,
        Actor::User | Actor::Client => Direction::Outbound,
    }
}

async fn send(call: Call) -> Result<Reply, Failure> {
    let stead = Stead::read(&call, param::CUSTOMER, Deed::SendEmail, ToOthers::Nothing)?; // 400
    let mail = case_wire::mail(call.body()?, call.actor)?; //                    400
    let case = match mail.case {
        None => None,
        Some(raw) => Some(raw.parse::<CaseId>().map_err(|_| Refusal::UnknownIds { what: "case", ids: vec![raw] })?), // 400
    };
    let new = NewActivity { case, direction: direction(call.actor), subject: mail.subject, body: mail.content, files: Vec::new() };
    let whom = Ids::of_body(mail.customer);
    call.allow(EDIT, &whom.known).await?; //                                     403
    kept(&call, stead, whom, new).await
}

async fn answer(call: Call) -> Result<Reply, Failure> {
    let stead = Stead::read(&call, param::CUSTOMER, Deed::SendEmail, ToOthers::Nothing)?; // 400
    let (subject, body) = case_wire::answer(call.body()?)?; //                   400
    let activity = one(found(&call, stead, EDIT).await?)?.activity; //           400, 403, 404
    let subject = subject.unwrap_or_else(|| activity.subject_of_answer());
    let new = NewActivity { case: activity.case, direction: direction(call.actor), subject, body, files: Vec::new() };
    kept(&call, stead, Ids::of_body([activity.customer.to_string()]), new).await
}

/// Keeps an e-mail with the customer in whose stead it is sent, or with the one whom the caller names.
async fn kept(call: &Call, stead: Stead, whom: Ids, new: NewActivity) -> Result<Reply, Failure> {
    let seated = call.seated();
    let made = call.write(move |mut work| {
        Box::pin(async move {
            let with = match stead.settle(&mut work).await? {
                Some(customer) => work.served_customers(&[customer]).await?, //  400
                None => whom.served(&mut work).await?,                       //  400
            };
            people::reach(&mut work, seated, &with, EDIT).await?; //             403
            work.create_activity(&people::first(with)?, new).await //            400
        })
    });
    let made = made.await.map_err(|refusal| stead.refused(refusal))?;
    Ok(Reply::created(Places { call, stead }.at(&format!("/activity/{}", made.activity.id)))) // 201
}
