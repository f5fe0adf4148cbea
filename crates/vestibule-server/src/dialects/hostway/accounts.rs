//! Accounts: listed, shown, changed, purged (`spec/hostway-sso.md`, section 4.1). An account is a customer with a number.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use vestibule_core::{
    customer::{Customer, CustomerNumber, CustomerStatus},
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{CustomerChange, CustomerRef, CustomerRight};

use super::{
    Route,
    Served::Plainly,
    call::Call,
    wire::{self, Link},
    words::{self, query},
};
use crate::body::Object;

/// Accounts by number, and by what a partner calls them.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/accounts", "customer.list", Plainly, |call| Box::pin(list(call))),
    Route::new("get", "/accounts/{accountId}", "customer.read", Plainly, |call| Box::pin(show(call))),
    Route::new("put", "/accounts/{accountId}", "customer.update", Plainly, |call| Box::pin(put(call))),
    Route::new("delete", "/accounts/{accountId}", "customer.purge", Plainly, |call| Box::pin(purge(call))),
    Route::new("get", "/partnerAccounts/{partnerId}", "customer.read", Plainly, |call| Box::pin(show(call))),
    Route::new("put", "/partnerAccounts/{partnerId}", "customer.update", Plainly, |call| Box::pin(put(call))),
    Route::new("delete", "/partnerAccounts/{partnerId}", "customer.purge", Plainly, |call| Box::pin(purge(call))),
];

/// An account in a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    status: &'static str,
    links: [Link; 1],
    account_number: String,
    created_date: String,
    currency: String,
}

/// An account. What hangs on it follows as one-element lists of links.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    account_number: String,
    created_date: String,
    currency: String,
    status: &'static str,
    links: [Link; 1],
    #[serde(flatten)]
    related: Map<String, Value>,
}

/// The number of an account; a customer without one is none.
pub fn number(customer: &Customer) -> Result<&CustomerNumber, Refusal> {
    customer.number.as_ref().ok_or(Refusal::Absent("account"))
}

/// `Y-m-d`, by UTC.
fn date(customer: &Customer) -> String {
    customer.created_at.to_string().chars().take(10).collect()
}

async fn list(call: Call) -> Result<Response, Refusal> {
    call.operations.allow_customers(&call.ctx, &call.realm).await?; //           403
    call.json_if_typed()?; //                                                    415
    let wish = Wish::read(&call)?; //                                            400
    let (status, offset, limit) = (wish.status, wish.offset()?, wish.size);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let slice = call.read(move |mut work| Box::pin(async move { work.customer_slice(status, offset, limit).await })).await?;
    let listed = |customer: &Customer| {
        let number = number(customer)?.as_str();
        Ok(Listed {
            status: customer.status.as_str(),
            links: [Link::to_self(call.href(&format!("/accounts/{number}")))],
            account_number: number.to_owned(),
            created_date: date(customer),
            currency: customer.currency.as_str().to_owned(),
        })
    };
    let accounts = slice.items.iter().map(listed).collect::<Result<Vec<_>, Refusal>>()?;
    Ok(wire::json(StatusCode::OK, &json!({ "list": accounts, "links": wish.links(&call, slice.total) }))) // 200
}

/// Which accounts are wanted.
struct Wish {
    status: Option<CustomerStatus>,
    page: u64,
    size: u64,
    /// Whether the client said which page.
    is_paged: bool,
}

impl Wish {
    /// `page` and `pageSize` come together or not at all (section 4.1). The first page is 1 (inferred).
    fn read(call: &Call) -> Result<Self, Malformed> {
        let status = call.query(query::STATUS)?.map(|raw| raw.parse().map_err(|malformed: Malformed| malformed.of(query::STATUS)));
        let status = status.transpose()?;
        let number = |name: &'static str, most: u64| match call.query(name)? {
            None => Ok(None),
            Some(raw) => {
                let digits = Some(&raw).filter(|raw| raw.bytes().all(|b| b.is_ascii_digit()));
                let number = digits.and_then(|raw| raw.parse().ok()).filter(|number| (1..=most).contains(number));
                let max = i64::try_from(most).unwrap_or(i64::MAX);
                number.map(Some).ok_or_else(|| Malformed::new(name, Fault::OutOfRange { min: 1, max }))
            }
        };
        match (number(query::PAGE, i64::MAX.unsigned_abs())?, number(query::PAGE_SIZE, words::PAGE_SIZE_MAX)?) {
            (Some(page), Some(size)) => Ok(Self { status, page, size, is_paged: true }),
            (None, None) => Ok(Self { status, page: 1, size: words::PAGE_SIZE_DEFAULT, is_paged: false }),
            (None, Some(_)) => Err(Malformed::new(query::PAGE, Fault::Missing)),
            (Some(_), None) => Err(Malformed::new(query::PAGE_SIZE, Fault::Missing)),
        }
    }

    fn offset(&self) -> Result<u64, Malformed> {
        let offset = (self.page - 1).checked_mul(self.size);
        // A page beyond every database is a page without accounts.
        Ok(offset.unwrap_or(u64::MAX).min(i64::MAX.unsigned_abs()))
    }

    /// The list itself, the next page if there is one, and the last.
    fn links(&self, call: &Call, total: u64) -> Vec<Link> {
        let last = total.div_ceil(self.size).max(1);
        let at = |page: Option<u64>| {
            let status = self.status.map(|status| format!("{}={status}", query::STATUS));
            let page = page.map(|page| format!("{}={page}&{}={}", query::PAGE, query::PAGE_SIZE, self.size));
            let query: Vec<_> = status.into_iter().chain(page).collect();
            let mark = if query.is_empty() { "" } else { "?" };
            call.href(&format!("/accounts{mark}{}", query.join("&")))
        };
        let mut links = vec![Link::to_self(at(self.is_paged.then_some(self.page)))];
        if self.page < last {
            links.push(Link::page("next", at(Some(self.page + 1))));
        }
        links.push(Link::page("last", at(Some(last))));
        links
    }
}

async fn show(call: Call) -> Result<Response, Refusal> {
    let pass = call.pass(CustomerRight::View).await?;
    let customer = call.read(move |mut work| Box::pin(async move { work.customer(&pass).await })).await?; // 404, 403
    let number = number(&customer)?.as_str(); //                                 404
    let own = match call.account()? {
        CustomerRef::ByPartner(partner) => format!("/partnerAccounts/{}", wire::segment(&partner)),
        CustomerRef::ByNumber(_) | CustomerRef::ById(_) | CustomerRef::ByName(_) => format!("/accounts/{number}"),
    };
    let link = |name: &&str| ((*name).to_owned(), json!([Link::related(call.href(&format!("/accounts/{number}/{name}")))]));
    Ok(wire::json(
        StatusCode::OK, //                                                       200
        &Shown {
            account_number: number.to_owned(),
            created_date: date(&customer),
            currency: customer.currency.as_str().to_owned(),
            status: customer.status.as_str(),
            links: [Link::to_self(call.href(&own))],
            related: words::RELATED.iter().map(link).collect(),
        },
    ))
}

async fn put(call: Call) -> Result<Response, Refusal> {
    let pass = call.pass(CustomerRight::Administer).await?;
    let wanted = call.object().and_then(|body| wanted_status(&body));
    let written = call.write(move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //                       404, 403
            number(&customer)?; //                                               404
            let change = CustomerChange { status: Some(wanted?), ..CustomerChange::default() }; // 400
            work.change_customer(customer, change, None).await
        })
    });
    written.await?;
    Ok(StatusCode::NO_CONTENT.into_response()) //                                204
}

/// An account is opened, suspended or closed; it does not become pending again.
fn wanted_status(body: &Object) -> Result<CustomerStatus, Malformed> {
    let known = [CustomerStatus::Open, CustomerStatus::Closed, CustomerStatus::Suspended];
    let raw = body.text("status")?;
    let unknown = || Malformed::new("status", Fault::UnknownValue(known.map(CustomerStatus::as_str).join(", ")));
    known.into_iter().find(|status| status.as_str() == raw).ok_or_else(unknown)
}

async fn purge(call: Call) -> Result<Response, Refusal> {
    let pass = call.pass(CustomerRight::Administer).await?;
    let purged = call.write(move |mut work| {
        Box::pin(async move {
            let customer = work.customer(&pass).await?; //                       404, 403
            number(&customer)?; //                                               404
            work.purge_customer(customer).await
        })
    });
    purged.await?;
    Ok(StatusCode::NO_CONTENT.into_response()) //                                204
}
