//! Pages of lists (`spec/m3ter-support.md`, section 3.2): newest first, led on by opaque tokens.

use std::future::Future;

use axum::{
    Json,
    extract::Query,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use vestibule_core::refusal::{Fault, Malformed, Refusal};
use vestibule_operations::{Page, PageRequest};

use super::{
    call::Call,
    words::{NEXT_TOKEN, PAGE_SIZE},
};

/// Which page a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    size: usize,
    token: Option<String>,
}

/// Longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 1_024;

impl Wish {
    /// Reads `pageSize` (1 to `most`, which is also the default) and `nextToken`. Other parameters do not matter.
    pub fn read(call: &Call, most: usize) -> Result<Self, Malformed> {
        let size = match parameter(call, PAGE_SIZE)? {
            None => most,
            Some(text) => {
                let is_plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
                let size = text.parse().ok().filter(|size| is_plain && (1..=most).contains(size));
                size.ok_or_else(|| Malformed::new(PAGE_SIZE, Fault::OutOfRange { min: 1, max: i64::try_from(most).unwrap_or(i64::MAX) }))?
            }
        };
        Ok(Self { size, token: parameter(call, NEXT_TOKEN)? })
    }
}

/// A query parameter's value; given twice it is refused.
pub fn parameter(call: &Call, name: &'static str) -> Result<Option<String>, Malformed> {
    let unreadable = |_| Malformed::new("query", Fault::Format("a query"));
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(call.uri()).map_err(unreadable)?;
    let mut named = pairs.into_iter().filter(|(known, _)| known == name).map(|(_, value)| value);
    match (named.next(), named.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(Malformed::new(name, Fault::Repeated)),
    }
}

/// The form of a page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageBody<T> {
    data: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// What a list holds, for the permission to see each.
pub struct Of<T> {
    /// The type.
    pub kind: &'static str,
    /// The id.
    pub id: fn(&T) -> String,
}

/// The page that a request asks for, of those things that the caller may see. `fetch` reads a page of all of them,
/// newest first; `show` is the form on the wire. A page with a token is full, so it is never empty.
pub async fn answer<T, S, F>(
    call: &Call,
    wish: Wish,
    of: Of<T>,
    fetch: impl Fn(PageRequest) -> F,
    show: impl Fn(&T) -> S,
) -> Result<Response, Refusal>
where
    F: Future<Output = Result<Page<T>, Refusal>>,
    S: Serialize,
{
    let mut after = open(call, &wish)?; //                                       400
    let mut data = Vec::new();
    let is_last = loop {
        let page = fetch(PageRequest { after: after.clone(), limit: wish.size - data.len() }).await?;
        for item in &page.items {
            if call.may_see(of.kind, &(of.id)(item)).await? {
                data.push(show(item));
            }
        }
        after = page.next;
        if data.len() == wish.size || after.is_none() {
            break after.is_none();
        }
    };
    let more = !is_last && has_more(call, &of, after.clone(), &fetch).await?;
    let next_token = match after.filter(|_| more) {
        Some(after) => Some(call.operations.seal_cursor(&call.ctx, &place(call, wish.size), &after)?),
        None => None,
    };
    Ok(Json(PageBody { data, next_token }).into_response())
}

/// Whether something that the caller may see stands behind a cursor.
async fn has_more<T, F>(call: &Call, of: &Of<T>, mut after: Option<String>, fetch: &impl Fn(PageRequest) -> F) -> Result<bool, Refusal>
where
    F: Future<Output = Result<Page<T>, Refusal>>,
{
    let mut limit = 1;
    while after.is_some() {
        let page = fetch(PageRequest { after, limit }).await?;
        for item in &page.items {
            if call.may_see(of.kind, &(of.id)(item)).await? {
                return Ok(true);
            }
        }
        (after, limit) = (page.next, LOOKED_AHEAD);
    }
    Ok(false)
}

/// How many things are read at a time in search of one that may be seen.
const LOOKED_AHEAD: usize = 200;

/// What a token is good for: this list at this size; the caller and the realm are bound in with it.
fn place(call: &Call, size: usize) -> String {
    format!("m3ter {} {} {size}", call.route.attempted, call.uri().path())
}

/// The cursor in the token that a request brings.
fn open(call: &Call, wish: &Wish) -> Result<Option<String>, Refusal> {
    let Some(token) = &wish.token else { return Ok(None) };
    let foreign = || Malformed::new(NEXT_TOKEN, Fault::Format("a token of this list at this page size"));
    let known = Some(token)
        .filter(|token| token.len() <= TOKEN_BYTES_MAX)
        .and_then(|token| call.operations.open_cursor(&call.ctx, &place(call, wish.size), token));
    Ok(Some(known.ok_or_else(foreign)?))
}
