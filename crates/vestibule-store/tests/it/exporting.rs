//! A log handed out page by page: nothing twice, nothing left out, whatever the size of a page.

use vestibule_core::{
    audit::{Hash, Record, bundle::Disclosed, tree::leaf_hash},
    id::RealmId,
};
use vestibule_store::{EventFilter, LogPage, Steps, StoredEvent, Tx};

use crate::{
    databases::{Database, on_both},
    harness::{World, told},
};

/// Events of two people in turns, each with two sealed members of one and one of the other; and some with none.
async fn fill(world: &World, realm: &RealmId, events: usize) {
    let draft = |n: usize| match n % 3 {
        0 => told(),
        _ => {
            let (one, other) = (format!("person-{}", n % 2), format!("person-{}", (n + 1) % 2));
            let sealed = told().with_sealed("actor.name", one.clone(), format!("{realm} name {n}"));
            sealed.with_sealed("actor.email", one, format!("{n}@{realm}.example")).with_sealed("target.name", other, format!("thing {n}"))
        }
    };
    let drafts: Vec<_> = (0..events).map(draft).collect();
    let filed = world.write(realm, |tx| Box::pin(async move { Ok(drafts.into_iter().for_each(|draft| tx.record(draft))) }));
    filed.await.unwrap();
}

/// How a page is read: from an index, before another, at most so many.
type List<T> = for<'t> fn(&'t mut Tx, (u64, u64, usize)) -> Steps<'t, LogPage<T>>;

/// A list of all that comes before an index, put together from its pages.
async fn all<T: Send + 'static>(world: &World, realm: &RealmId, before: u64, limit: usize, list: List<T>) -> Vec<T> {
    let (mut next, mut items) = (Some(0), Vec::new());
    while let Some(from) = next {
        let page = world.read(realm, move |tx| list(tx, (from, before, limit))).await.unwrap();
        assert!(page.next.is_none_or(|next| next > from), "a page leads on");
        next = page.next;
        items.extend(page.items);
    }
    items
}

async fn leaves(world: &World, realm: &RealmId, before: u64, limit: usize) -> Vec<Hash> {
    let list: List<_> = |tx, (from, before, limit)| Box::pin(async move { Ok(tx.list_leaves(from..before, limit).await?) });
    all(world, realm, before, limit, list).await
}

async fn records(world: &World, realm: &RealmId, before: u64, limit: usize) -> Vec<Record> {
    let list: List<_> = |tx, (from, before, limit)| Box::pin(async move { Ok(tx.list_records(from..before, limit).await?) });
    all(world, realm, before, limit, list).await
}

async fn disclosures(world: &World, realm: &RealmId, before: u64, limit: usize) -> Vec<Disclosed> {
    let list: List<_> = |tx, (from, before, limit)| Box::pin(async move { Ok(tx.list_disclosures(from..before, limit).await?) });
    all(world, realm, before, limit, list).await
}

/// What keeps the rows as they are, taken away.
async fn unlock(database: &Database) {
    let sqlite = "DROP TRIGGER audit_event_is_kept; DROP TRIGGER audit_leaf_is_kept";
    let postgres = "ALTER TABLE audit_event DISABLE TRIGGER USER; ALTER TABLE audit_leaf DISABLE TRIGGER USER";
    database.by_hand_either(sqlite, postgres).await.unwrap();
}

/// Two events begin each log: 32 in all.
const EVENTS: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_any_size_hold_a_log_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        fill(&world, &acme, EVENTS).await;
        fill(&world, &other, EVENTS + 7).await;
        let stored = world.read(&acme, |tx| Box::pin(async move { Ok(tx.list_events(&EventFilter::default(), 0, 100).await?) })).await;
        let stored = stored.unwrap();
        for (before, size) in [(0, 0), (1, 1), (16, 16), (31, 31), (32, 32), (1_000, 32)] {
            let own = &stored[..size];
            let expected: Vec<_> = own.iter().map(|event| event.leaf_hash.unwrap()).collect();
            let lines: Vec<_> = own.iter().map(|event| Record::Event(event.bytes.clone().unwrap())).collect();
            let opened = |event: &StoredEvent| {
                let index = event.index;
                event.disclosures.clone().into_iter().map(move |one| Disclosed { index, name: one.name, d: one.text })
            };
            let opened: Vec<_> = own.iter().flat_map(opened).collect();
            for limit in [1, 2, 3, 5, 16, 31, 32, 33, 60, 100] {
                assert_eq!(leaves(&world, &acme, before, limit).await, expected, "before {before}, {limit} a page");
                assert_eq!(records(&world, &acme, before, limit).await, lines, "before {before}, {limit} a page");
                assert_eq!(disclosures(&world, &acme, before, limit).await, opened, "before {before}, {limit} a page");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_redacted_forgotten_or_gone_is_missing_from_its_page_alone() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        fill(&world, &acme, EVENTS).await;
        let whole = disclosures(&world, &acme, 32, 100).await;
        unlock(&database).await;
        for sql in [
            "DELETE FROM audit_subject_key WHERE subject = 'person-1'",
            "UPDATE audit_event SET bytes = NULL WHERE idx IN (4, 5, 6, 20, 31)",
            // Hands that should not have been there.
            "DELETE FROM audit_event WHERE idx IN (9, 10, 11, 12)",
            "DELETE FROM audit_leaf WHERE idx IN (5, 14)",
        ] {
            database.by_hand(sql).await.unwrap();
        }
        let stored = world.read(&acme, |tx| Box::pin(async move { Ok(tx.list_events(&EventFilter::default(), 0, 100).await?) })).await;
        let bytes: Vec<_> = stored.unwrap().into_iter().filter_map(|event| event.bytes).collect();
        for limit in [1, 2, 3, 4, 5, 100] {
            assert_eq!(leaves(&world, &acme, 32, limit).await.len(), 30, "{limit} a page");
            let records = records(&world, &acme, 32, limit).await;
            let redacted = records.iter().filter_map(|record| match record {
                Record::Redacted(redacted) => Some(redacted.index),
                Record::Event(_) => None,
            });
            assert_eq!(redacted.collect::<Vec<_>>(), [4, 6, 20, 31], "{limit} a page");
            let kept = records.iter().filter_map(|record| match record {
                Record::Event(bytes) => Some(bytes.clone()),
                Record::Redacted(_) => None,
            });
            assert_eq!(kept.collect::<Vec<_>>(), bytes, "{limit} a page");
            let left = disclosures(&world, &acme, 32, limit).await;
            assert!(!left.is_empty() && left.len() < whole.len(), "{limit} a page");
            assert!(left.iter().all(|one| whole.contains(one)), "{limit} a page");
            assert_eq!(left, disclosures(&world, &acme, 32, 1_000).await, "{limit} a page");
        }
        let leaves = leaves(&world, &acme, 32, 7).await;
        assert!(bytes.iter().filter(|bytes| leaves.contains(&leaf_hash(bytes))).count() == bytes.len() - 1, "one has lost its leaf");
    })
    .await;
}
