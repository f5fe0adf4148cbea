//! Refusals that reached a realm: each is an event, in a transaction of its own, so that no early
//! return can skip it. A caller that is refused all the time fills no log: so many a minute are
//! filed, the rest is counted in the next one.

use vestibule_core::{
    audit::{Action, Draft, Outcome, Reason, Thing},
    id::RealmId,
    refusal::Refusal,
};

use crate::{
    context::{Caller, Ctx},
    operations::Operations,
};

/// Denials of one caller that are filed in a minute.
const DENIALS_PER_MINUTE: i64 = 10;

impl Operations {
    /// Files a refusal of an authenticated caller. Only refusals of access are events: a request that
    /// could not be read was not refused anything. Never fails; a failure is logged.
    pub async fn file_refusal(&self, ctx: &Ctx, realm: Option<&RealmId>, attempted: &'static str, refusal: &Refusal) {
        let (action, code) = match refusal {
            Refusal::Forbidden { because, .. } => (Action::RequestDenied, because.as_str()),
            Refusal::Scoped => (Action::RequestDenied, "scoped_token"),
            Refusal::EmailNotVerified => (Action::RequestDenied, "email_not_verified"),
            Refusal::OutsideDepartment { .. } => (Action::RequestDenied, "outside_department"),
            Refusal::ActorBarred { .. } => (Action::RequestDenied, "actor_barred"),
            Refusal::ScopeMissing { .. } => (Action::RequestDenied, "scope_missing"),
            Refusal::AddressBarred => (Action::RequestDenied, "address_barred"),
            Refusal::NotAdmitted => (Action::SessionRefused, "no_live_grant"),
            _ => return,
        };
        let own = match &ctx.caller {
            Caller::Account(account) => &account.principal.realm,
            Caller::Customer(customer) => &customer.realm,
            Caller::Nobody | Caller::System => return,
        };
        let realm = realm.unwrap_or(own).clone();
        let draft = ctx
            .draft(action, Thing::new("realm", realm.to_string()), None)
            .with_outcome(Outcome::Denied)
            .with_reason(Reason { code: code.into(), ticket: None, statement: None, policy_version: None })
            .with_data("attempted", attempted);
        let draft = match refusal {
            Refusal::Forbidden { action, .. } | Refusal::OutsideDepartment { action } => draft.with_data("action", action.as_str()),
            _ => draft,
        };
        self.file_bounded(ctx, &realm, draft).await;
    }

    /// Files one event unless its actor's minute is full.
    pub(crate) async fn file_bounded(&self, ctx: &Ctx, realm: &RealmId, draft: Draft) {
        let minute = ctx.now.seconds().div_euclid(60);
        let caller = draft.actor.id.clone();
        let filed = self.write(ctx, realm, move |work| {
            Box::pin(async move {
                let (last, filed, left_out) = work.tx.counted_denials(&caller).await?.unwrap_or((minute, 0, 0));
                let filed = if last == minute { filed } else { 0 };
                if filed >= DENIALS_PER_MINUTE {
                    return Ok(work.tx.count_denials(&caller, minute, filed, left_out + 1).await?);
                }
                let draft = if left_out > 0 { draft.with_data("left_out", left_out) } else { draft };
                work.tx.count_denials(&caller, minute, filed + 1, 0).await?;
                work.tx.record(draft);
                Ok(())
            })
        });
        // A stranger who names a realm that is not there leaves no trace in it.
        match filed.await {
            Ok(()) | Err(Refusal::Absent(_)) => {}
            Err(refusal) => tracing::error!(%refusal, "a refusal could not be filed"),
        }
    }
}
