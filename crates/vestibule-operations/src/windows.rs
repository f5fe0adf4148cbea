//! Opening, changing and closing a realm's window.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{
    account::AccountKind,
    audit::{Action, Thing},
    grant::Deed,
    id::RealmId,
    policy::{ActionName, Statement},
    refusal::{Fault, Malformed, Refusal},
    support::{Admitter, SessionEnd, Window},
    time::Timestamp,
};
use vestibule_store::CustomerSearch;

use crate::{
    context::{Ctx, Right},
    customer_pass::CustomerRight,
    operations::Operations,
    unit_of_work::UnitOfWork,
};

/// What `all` and `*` come to in a realm now, as far as anything here can tell.
#[derive(Debug, Clone, Default)]
pub struct Everything {
    /// Actions that the realm's statements and things name, and those that are asked for here.
    pub actions: BTreeSet<ActionName>,
    /// How many accounts there are of each kind.
    pub accounts: BTreeMap<AccountKind, u64>,
    /// How many customers.
    pub customers: u64,
    /// How many of the realm's own things, by their types.
    pub objects: BTreeMap<String, u64>,
}

impl Operations {
    /// What whoever is allowed everything may do, and on what. The realm's own actions are from memory.
    pub async fn everything(&self, ctx: &Ctx, realm: &RealmId) -> Result<Everything, Refusal> {
        let own = Right::ALL.iter().map(|right| right.action()).chain(CustomerRight::ALL.iter().map(|right| right.action()));
        let own = own.chain(Deed::ALL.iter().map(|deed| deed.as_str())).filter_map(|name| name.parse().ok());
        let mut actions = (*self.0.store.named_actions(realm, &ctx.moment()).await?).clone();
        actions.extend(own);
        let counted = self.read(ctx, realm, |work| {
            Box::pin(async move {
                let customers = work.tx.count_found_customers(&CustomerSearch::default()).await?;
                Ok((work.tx.count_accounts().await?, customers, work.tx.count_objects().await?))
            })
        });
        let (accounts, customers, objects) = counted.await?;
        Ok(Everything { actions, accounts, customers, objects })
    }
}

impl UnitOfWork<'_> {
    /// The window, live or not; refused while none was ever set.
    pub async fn window(&mut self) -> Result<Window, Refusal> {
        self.tx.find_window().await?.ok_or(Refusal::Absent("window"))
    }

    /// Sets the window. An end that has passed closes it; an earlier end shortens the sessions that rest on
    /// it. `seen` is the version that the caller read: another one is refused. Says whether it is new.
    pub async fn put_window(
        &mut self,
        ends_at: Timestamp,
        statements: Vec<Statement>,
        seen: Option<i64>,
    ) -> Result<(Window, bool), Refusal> {
        if statements.len() > Window::STATEMENTS_MAX {
            return Err(Malformed::new("statements", Fault::TooMany { limit: Window::STATEMENTS_MAX }).into());
        }
        let stored = self.tx.find_window().await?;
        let current = stored.as_ref().map_or(0, |window| window.version);
        if seen.is_some_and(|seen| seen != current) {
            return Err(Refusal::Stale { current });
        }
        let window = Window { ends_at, statements, version: current + 1 };
        self.tx.save_window(&window).await?;

        let was_live = stored.as_ref().is_some_and(|stored| stored.is_live(self.now()));
        let action = match (was_live, window.is_live(self.now())) {
            (_, false) => Action::WindowClosed,
            (true, true) => Action::WindowAmended,
            (false, true) => Action::WindowOpened,
        };
        let target = Thing::new("window", "window");
        let draft = self.draft(action, target).with_change(changed(stored.as_ref(), &window));
        let draft = draft.with_data("ends_at", window.ends_at.to_string()).with_data("version", window.version);
        let draft = draft.with_data("statements", window.statements.len());
        let written = serde_json::to_value(&window.statements).unwrap_or_default();
        let draft = draft.with_sealed("change.after", "window", written);
        self.tx.record(draft);
        let by = Admitter::Window { version: window.version };
        match window.is_live(self.now()) {
            true => self.shorten_sessions(by, Some(window.ends_at)).await?,
            false => self.end_sessions_resting_on(by, SessionEnd::WindowClosed).await?,
        }
        Ok((window, stored.is_none()))
    }
}

fn changed(before: Option<&Window>, after: &Window) -> Vec<&'static str> {
    let mut fields = Vec::new();
    if before.is_none_or(|before| before.ends_at != after.ends_at) {
        fields.push("ends_at");
    }
    if before.is_none_or(|before| before.statements != after.statements) {
        fields.push("statements");
    }
    fields
}
