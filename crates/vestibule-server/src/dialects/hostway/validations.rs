//! `/validations/email`: a letter's link comes back (`spec/hostway-sso.md`, sections 4.1 and 4.2). Nobody is asked who they
//! are: what the link carries proves it. Programs post JSON; people get a page, whose button posts the same as a form.
//! Looking at the page changes nothing, so that mail servers which follow links do no harm.

use askama::Template;
use axum::{
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use secrecy::SecretString;
use vestibule_core::refusal::{Fault, Malformed, Refusal};
use vestibule_operations::Operations;

use super::{
    page::{POLICY, notice, refused},
    refusal,
};
use crate::{
    body::{self, MediaType},
    exchange::{Exchange, random_uuid},
    pages::page,
};

/// The address, which stands in letters.
pub const PATH: &str = "/validations/email";

const SECRET: &str = "authString";
const SELECTOR: &str = "v";

/// Asks whether the address is the reader's.
#[derive(Template)]
#[template(path = "hostway_validation.html")]
struct AskPage<'a> {
    link: &'a Link,
}

/// What a letter's link carries.
struct Link {
    selector: String,
    secret: String,
}

impl Link {
    fn of_query(uri: &Uri) -> Option<Self> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
        let value = |name: &str| {
            let mut named = pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
            // One that stands twice is none.
            named.next().filter(|value| !value.is_empty() && named.next().is_none())
        };
        Some(Self { selector: value(SELECTOR)?, secret: value(SECRET)? })
    }

    fn of_form(bytes: &[u8]) -> Option<Self> {
        Self::of_query(&format!("/?{}", std::str::from_utf8(bytes).ok()?).parse().ok()?)
    }

    fn of_json(bytes: &[u8]) -> Result<Self, Malformed> {
        let body = body::object(bytes)?;
        let member = |name: &'static str| match body.text(name)? {
            "" => Err(Malformed::new(name, Fault::Missing)),
            nul if nul.contains('\0') => Err(Malformed::new(name, Fault::Format("a member of a link"))),
            text => Ok(text.to_owned()),
        };
        Ok(Self { secret: member(SECRET)?, selector: member(SELECTOR)? })
    }
}

/// The page behind a letter's link.
pub async fn show(uri: Uri) -> Response {
    match Link::of_query(&uri) {
        Some(link) => page(StatusCode::OK, POLICY, &AskPage { link: &link }),
        None => refused(&Malformed::new("query", Fault::Missing).into()),
    }
}

/// `POST`, by programs and by the page.
pub async fn confirm(State(operations): State<Operations>, exchange: Exchange, headers: HeaderMap, body: Body) -> Response {
    let bytes = body::read(body).await;
    let exchange = exchange.arrived(&operations);
    match MediaType::of(&headers, &[MediaType::Json, MediaType::Form]) {
        Ok(MediaType::Form) => {
            let link = bytes.ok().and_then(|bytes| Link::of_form(&bytes));
            let link = link.ok_or_else(|| Refusal::from(Malformed::body(Fault::Format("a form"))));
            match take(&operations, &exchange, link).await {
                Ok(()) => notice(StatusCode::OK, "Thank you", "Your address is confirmed. You may close this page."),
                Err(refusal) => refused(&refusal),
            }
        }
        json => {
            let link = bytes.and_then(|bytes| json.and_then(|_| Link::of_json(&bytes))).map_err(Refusal::from); // 413, 415, 400
            match take(&operations, &exchange, link).await {
                Ok(()) => StatusCode::NO_CONTENT.into_response(), //             204
                Err(refusal) => refusal::response(&refusal, &random_uuid(&exchange.ctx.chance)), // 409
            }
        }
    }
}

async fn take(operations: &Operations, exchange: &Exchange, link: Result<Link, Refusal>) -> Result<(), Refusal> {
    let link = link?;
    operations.confirm_email(&exchange.ctx, &link.selector, &SecretString::from(link.secret)).await
}
