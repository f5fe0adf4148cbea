//! Reading a realm's log: events, checkpoints and the bundle that proves them.

use vestibule_core::{
    audit::{Action, Bundle, Checkpoint, Disclosure, Hash, Record, Thing, bundle},
    id::RealmId,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_store::{EventFilter, Export, PageRequest, StoredEvent};

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
        let size = self.tx.head().await?.map_or(0, |head| head.size);
        let mut events: Vec<Event> = self.tx.list_events(&filter, from, page.limit + 1).await?.into_iter().map(Event::from).collect();
        let more = events.get(page.limit).map(|event| event.index.to_string());
        events.truncate(page.limit);
        Ok(EventPage { events, next: more, size })
    }

    /// One event by its place.
    pub async fn event(&mut self, index: u64) -> Result<Event, Refusal> {
        let found = self.tx.list_events(&EventFilter::default(), index, 1).await?.into_iter().next();
        found.filter(|event| event.index == index).map(Event::from).ok_or(Refusal::Absent("event"))
    }
}

impl Operations {
    /// The newest signed checkpoint. Signs one if the log has grown and the last is a second old.
    pub async fn checkpoint(&self, ctx: &Ctx, realm: &RealmId) -> Result<String, Refusal> {
        self.write(ctx, realm, |work| {
            Box::pin(async move {
                let head = work.tx.head().await?.ok_or(Refusal::Internal)?;
                let newest = work.tx.newest_checkpoint().await?;
                let is_due = |(size, _, signed_at): &(u64, String, _)| {
                    *size < head.size && work.ctx.now >= vestibule_core::time::Timestamp::plus_millis(*signed_at, CHECKPOINT_PERIOD_MS)
                };
                match newest {
                    Some(newest) if !is_due(&newest) => return Ok(newest.1),
                    _ => {}
                }
                // Only what is durable is signed: this unit reads a committed head and appends nothing.
                let checkpoint = Checkpoint { origin: head.origin, size: head.size, root: head.frontier.root() };
                let note = checkpoint.sign(&work.tx.log_key().await?);
                work.tx.save_checkpoint(checkpoint.size, &note).await?;
                Ok(note)
            })
        })
        .await
    }

    /// The whole log with what proves it, as a bundle (`spec/audit-log.md`, section 4.3). That it was
    /// exported is an event, and the first that the bundle does not hold.
    pub async fn export(&self, ctx: &Ctx, realm: &RealmId, with_disclosures: bool) -> Result<Vec<u8>, Refusal> {
        let taken = self.read(ctx, realm, move |work| {
            Box::pin(async move {
                let export = work.tx.export_log(with_disclosures).await?;
                let checkpoint = Checkpoint { origin: export.head.origin.clone(), size: export.head.size, root: export.head.frontier.root() };
                let note = checkpoint.sign(&work.tx.log_key().await?);
                Ok((export, note))
            })
        });
        let (export, note) = taken.await?;
        let size = export.head.size;
        let stored = note.clone();
        self.write(ctx, realm, move |work| {
            Box::pin(async move {
                work.tx.save_checkpoint(size, &stored).await?;
                let draft = work.draft(Action::AuditExported, Thing::new("log", "1"));
                work.tx.record(draft.with_data("size", size).with_data("disclosures", with_disclosures));
                Ok(())
            })
        })
        .await?;
        Ok(bundle_of(export, note).write())
    }
}

fn bundle_of(export: Export, note: String) -> Bundle {
    let log = export.keys.iter().map(|key| format!("log {key}\n")).collect();
    let record = |(index, bytes): (u64, Option<Vec<u8>>), leaves: &[(u64, Hash)]| match bytes {
        Some(bytes) => Record::Whole(bytes),
        None => Record::Redacted {
            index,
            leaf_hash: leaves.iter().find(|(leaf, _)| *leaf == index).map_or(Hash::from_bytes([0; 32]), |(_, hash)| *hash),
        },
    };
    let records = export.records.into_iter().map(|row| record(row, &export.leaves)).collect();
    let disclosed = |(index, disclosure): (u64, Disclosure)| bundle::Disclosed { index, name: disclosure.name, d: disclosure.text };
    Bundle {
        about: bundle::About { origin: export.head.origin, from: 0, to: export.head.size, ..bundle::About::default() },
        policy: log,
        checkpoint: note,
        checkpoints: Vec::new(),
        range: Default::default(),
        leaves: export.leaves.into_iter().map(|(_, hash)| hash).collect(),
        records,
        disclosures: export.disclosures.into_iter().map(disclosed).collect(),
    }
}
