//! Reading a realm's log: events and checkpoints. The bundle that proves them is `export.rs`.

use std::time::Duration;

use vestibule_core::{
    account::AccountKind,
    audit::{Checkpoint, Disclosure, Hash},
    id::{AccountKey, RealmId},
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};
use vestibule_store::{EventFilter, PageRequest, SessionFilter, StoredEvent};

use crate::{context::Ctx, operations::Operations, unit_of_work::UnitOfWork};

/// A page of events.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// The cursor of the next page; absent: caught up.
    pub next: Option<String>,
    /// How many events the log has.
    pub size: u64,
}

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place in the log, from 0.
    pub index: u64,
    /// Its canonical text; `None` once redacted.
    pub text: Option<String>,
    /// The leaf hash that the log committed.
    pub leaf_hash: Option<Hash>,
    /// Its sealed members, opened.
    pub disclosures: Vec<Disclosure>,
}

impl From<StoredEvent> for Event {
    fn from(stored: StoredEvent) -> Self {
        let text = stored.bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Self { index: stored.index, text, leaf_hash: stored.leaf_hash, disclosures: stored.disclosures }
    }
}

/// How long a checkpoint stands before the next is signed, in milliseconds (`spec/audit-log.md`, section 6).
pub(crate) const CHECKPOINT_PERIOD_MS: i64 = 1_000;

impl UnitOfWork<'_> {
    /// A page of events that pass the filter. The cursor is the index that the next page begins with.
    pub async fn events(&mut self, filter: EventFilter, page: PageRequest) -> Result<EventPage, Refusal> {
        let from = match &page.after {
            None => 0,
            Some(cursor) => cursor.parse().map_err(|_| Malformed::new("after", Fault::Format("a cursor of this list")))?,
        };
        let filter = self.by_actor(filter).await?;
        let size = self.tx.head().await?.map_or(0, |head| head.size);
        let mut events: Vec<Event> = self.tx.list_events(&filter, from, page.limit + 1).await?.into_iter().map(Event::from).collect();
        let more = events.get(page.limit).map(|event| event.index.to_string());
        events.truncate(page.limit);
        Ok(EventPage { events, next: more, size })
    }

    /// A page of events that pass the filter, newest first, before the one of this index. The cursor is the index that the next
    /// page lies before.
    pub async fn events_before(&mut self, filter: EventFilter, before: Option<u64>, limit: usize) -> Result<EventPage, Refusal> {
        let filter = self.by_actor(filter).await?;
        let size = self.tx.head().await?.map_or(0, |head| head.size);
        let found = self.tx.list_events_before(&filter, before.unwrap_or(size), limit + 1).await?;
        let is_cut = found.len() > limit;
        let events: Vec<Event> = found.into_iter().take(limit).map(Event::from).collect();
        let next = events.last().filter(|_| is_cut).map(|event| event.index.to_string());
        Ok(EventPage { events, next, size })
    }

    /// The filter by the actor's id in the log, if it names an account or a visiting agent as people do.
    async fn by_actor(&mut self, filter: EventFilter) -> Result<EventFilter, Refusal> {
        let Some(name) = filter.actor.clone() else { return Ok(filter) };
        let folded = name.to_ascii_lowercase();
        let key = match self.tx.find_account_named(&folded).await? {
            Some(account) if account.kind != AccountKind::Support => Some(account.key),
            Some(_) | None => self.visiting_agent(&folded).await?,
        };
        Ok(EventFilter { actor: Some(key.map_or(name, |key| key.to_string())), ..filter })
    }

    /// Who an agent is at the vendor, by the newest visit: the account for visits may be gone with the last invitation. What is
    /// no address is not looked for, since that means a look at every visit of the realm.
    async fn visiting_agent(&mut self, email: &str) -> Result<Option<AccountKey>, Refusal> {
        if !email.contains('@') {
            return Ok(None);
        }
        let (theirs, newest) = (SessionFilter { live: None, agent: Some(email.to_owned()) }, PageRequest { after: None, limit: 1 });
        Ok(self.tx.list_sessions(&theirs, newest).await?.items.first().map(|visit| visit.agent))
    }

    /// One event by its place.
    pub async fn event(&mut self, index: u64) -> Result<Event, Refusal> {
        let found = self.tx.list_events(&EventFilter::default(), index, 1).await?.into_iter().next();
        found.filter(|event| event.index == index).map(Event::from).ok_or(Refusal::Absent("event"))
    }
}

/// A signed head of a log.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) note: String,
    pub(crate) size: u64,
    /// When the next may be signed, if the log has grown past this one.
    next_due: Option<Timestamp>,
}

impl Signed {
    /// Whether the log has grown past it.
    pub(crate) fn is_behind(&self) -> bool {
        self.next_due.is_some()
    }
}

impl Operations {
    /// A signed checkpoint that covers everything committed before the call. A log is signed once a
    /// second at most, so this may wait that long.
    pub async fn checkpoint(&self, ctx: &Ctx, realm: &RealmId) -> Result<String, Refusal> {
        self.covering(ctx, realm).await.map(|signed| signed.note)
    }

    pub(crate) async fn covering(&self, ctx: &Ctx, realm: &RealmId) -> Result<Signed, Refusal> {
        let signed = self.sign_if_due(ctx, realm).await?;
        let Some(due) = signed.next_due else { return Ok(signed) };
        let wait_ms = u64::try_from(due.millis() - ctx.now.millis()).unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(wait_ms.min(CHECKPOINT_PERIOD_MS.unsigned_abs()))).await;
        let later = Ctx { now: due.max(ctx.now), ..ctx.clone() };
        self.sign_if_due(&later, realm).await
    }

    /// The newest checkpoint, signed now if the log has grown and the last one is a second old.
    pub(crate) async fn sign_if_due(&self, ctx: &Ctx, realm: &RealmId) -> Result<Signed, Refusal> {
        self.write(ctx, realm, |work| {
            Box::pin(async move {
                // Only what is durable is signed: this unit reads a committed head and appends nothing.
                let head = work.tx.head().await?.ok_or(Refusal::Internal)?;
                if let Some((size, note, signed_at)) = work.tx.newest_checkpoint().await? {
                    let due = signed_at.plus_millis(CHECKPOINT_PERIOD_MS);
                    // One signed further ahead than that is from a clock that has since fallen back.
                    let is_ahead = signed_at > work.ctx.now.plus_millis(CHECKPOINT_PERIOD_MS);
                    if size >= head.size || (work.ctx.now < due && !is_ahead) {
                        return Ok(Signed { note, size, next_due: Some(due).filter(|_| size < head.size) });
                    }
                }
                let checkpoint = Checkpoint { origin: head.origin, size: head.size, root: head.frontier.root() };
                let note = checkpoint.sign(&work.tx.log_key().await?);
                work.tx.save_checkpoint(checkpoint.size, &note).await?;
                Ok(Signed { note, size: checkpoint.size, next_due: None })
            })
        })
        .await
    }
}
