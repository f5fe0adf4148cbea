//! Pages of a search, and the tokens that lead from one to the next: sealed, so that nobody can read how
//! far a search has come or alter one, and good only for the same search by the same caller in the same
//! realm, for a while (`spec/authzen-decisions.md`, section A4).

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vestibule_core::{
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};

use crate::{context::Ctx, operations::Operations};

/// Results of a page unless fewer or more are wished.
const LIMIT_DEFAULT: usize = 100;
/// Most results of a page.
const LIMIT_MAX: usize = 1_000;
/// How long a token leads on, in seconds.
const TOKEN_S: i64 = 600;

/// Which page of a search is wished.
#[derive(Debug, Clone, Default)]
pub struct PageWish<'q> {
    /// The token that the page before ended with; absent: the first page.
    pub token: Option<Cow<'q, str>>,
    /// Most results; absent or 0: as before, or the default. More than the maximum is the maximum.
    pub limit: Option<u64>,
}

/// Where a page begins, and how long it is at most.
pub(super) struct Place {
    /// The last name that the page before has seen; empty: none.
    pub after: String,
    /// Most results.
    pub limit: usize,
}

/// What a token holds.
#[derive(Serialize, Deserialize)]
struct Held {
    caller: String,
    request: [u8; 32],
    after: String,
    limit: usize,
    until: i64,
}

/// What names a search: anything else asked with its token is another one.
pub(super) fn request_digest(search: &serde_json::Value) -> [u8; 32] {
    Sha256::digest(search.to_string()).into()
}

fn refuse(member: &'static str, form: &'static str) -> Refusal {
    Malformed::new(member, Fault::Format(form)).into()
}

impl Operations {
    /// Where the wished page begins. A token that is foreign, altered, too old or of another search is refused.
    pub(super) fn place(&self, ctx: &Ctx, wish: &PageWish<'_>, request: [u8; 32]) -> Result<Place, Refusal> {
        let wished = wish.limit.filter(|limit| *limit > 0).map(|limit| usize::try_from(limit).unwrap_or(LIMIT_MAX).min(LIMIT_MAX));
        let Some(token) = &wish.token else {
            return Ok(Place { after: String::new(), limit: wished.unwrap_or(LIMIT_DEFAULT) });
        };
        let stranger = || refuse("page.token", "the token of this search's last page, ten minutes old at most");
        let sealed = URL_SAFE_NO_PAD.decode(token.as_bytes()).map_err(|_| stranger())?;
        let plain = self.0.store.sealer().open(&place_of(ctx)?, &sealed).map_err(|_| stranger())?;
        let held: Held = serde_json::from_slice(&plain).map_err(|_| stranger())?;
        let is_ours = held.caller == ctx.caller_name() && held.request == request && ctx.now < Timestamp::from_millis(held.until);
        match wished {
            _ if !is_ours => Err(stranger()),
            Some(limit) if limit != held.limit => Err(refuse("page.limit", "the limit of the first page, or absent")),
            _ => Ok(Place { after: held.after, limit: held.limit }),
        }
    }

    /// The token that leads on from `after`.
    pub(super) fn leading_on(&self, ctx: &Ctx, after: &str, limit: usize, request: [u8; 32]) -> Result<String, Refusal> {
        let until = ctx.now.plus_seconds(TOKEN_S).millis();
        let held = Held { caller: ctx.caller_name(), request, after: after.to_owned(), limit, until };
        let plain = serde_json::to_vec(&held).map_err(|_| Refusal::Internal)?;
        let sealed = self.0.store.sealer().seal(&place_of(ctx)?, &plain, &ctx.chance)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }
}

/// What tokens are sealed for: those of one realm open in no other.
fn place_of(ctx: &Ctx) -> Result<String, Refusal> {
    Ok(format!("search/{}", ctx.realm()?))
}
