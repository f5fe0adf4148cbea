//! Cursors as doors hand them out where the place in a list must not be readable nor made up: sealed, and good
//! only for whom and where they were made.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use vestibule_core::refusal::Refusal;

use crate::{context::Ctx, operations::Operations};

impl Operations {
    /// A cursor as text that only this caller can use, in this list. `place` names the list with whatever else must
    /// stay the same from page to page.
    pub fn seal_cursor(&self, ctx: &Ctx, place: &str, cursor: &str) -> Result<String, Refusal> {
        let sealed = self.0.store.sealer().seal(&context(ctx, place), cursor.as_bytes(), &ctx.chance)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The cursor again; `None`: it was made for somebody else, for another list, or not by us.
    pub fn open_cursor(&self, ctx: &Ctx, place: &str, text: &str) -> Option<String> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let cursor = self.0.store.sealer().open(&context(ctx, place), &sealed).ok()?;
        String::from_utf8(cursor).ok()
    }
}

/// The caller's name leads with its realm, and neither holds a line end.
fn context(ctx: &Ctx, place: &str) -> String {
    format!("cursor/{}\n{place}", ctx.caller_name())
}
