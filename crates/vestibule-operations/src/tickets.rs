//! Tickets: what a page must remember from one request to the next, sealed. Any process can go on with one, nobody can read
//! or change it, and nothing is kept for whoever begins something and never comes back.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use vestibule_core::{
    refusal::{Refusal, Unauthenticated},
    time::Timestamp,
};

use crate::{context::Ctx, operations::Operations};

/// How long somebody may take, in seconds.
pub(crate) const TICKET_LIFETIME_S: i64 = 600;
/// Longest ticket that is looked at, in bytes.
const BYTES_MAX: usize = 2_048;

#[derive(serde::Deserialize, Serialize)]
struct Ticket<T> {
    until: i64,
    told: T,
}

impl Operations {
    /// Seals a ticket of this kind, good for [`TICKET_LIFETIME_S`] from now.
    pub(crate) fn ticket<T: Serialize>(&self, ctx: &Ctx, kind: &str, told: &T) -> Result<String, Refusal> {
        let until = ctx.now.plus_seconds(TICKET_LIFETIME_S).millis();
        let plain = serde_json::to_vec(&Ticket { until, told }).map_err(|_| Refusal::Internal)?;
        Ok(URL_SAFE_NO_PAD.encode(self.0.store.sealer().seal(&context(kind), &plain, &ctx.chance)?))
    }

    /// Opens a ticket of this kind, and says until when it is good. One that is too old or not of ours stands for nobody.
    pub(crate) fn open_ticket<T: DeserializeOwned>(&self, ctx: &Ctx, kind: &str, text: &str) -> Result<(T, Timestamp), Refusal> {
        let open = || {
            let sealed = URL_SAFE_NO_PAD.decode(text).ok().filter(|_| text.len() <= BYTES_MAX)?;
            let plain = self.0.store.sealer().open(&context(kind), &sealed).ok()?;
            serde_json::from_slice::<Ticket<T>>(&plain).ok()
        };
        let ticket = open().ok_or(Unauthenticated::Unknown)?;
        let until = Timestamp::from_millis(ticket.until);
        if ctx.now < until { Ok((ticket.told, until)) } else { Err(Unauthenticated::Expired.into()) }
    }
}

fn context(kind: &str) -> String {
    format!("ticket/{kind}")
}
