//! Exports of logs that are longer than a page, and of those that cannot be written.

use std::{collections::BTreeSet, fs::File};

use vestibule_core::audit::{Bundle, Options, Record, VKey, verify};
use vestibule_operations::{Event, EventFilter, ExportError, PageRequest};

use crate::{
    crowds::crowd,
    databases::{Database, on_both},
    harness::{World, acme},
    managing::{action, step},
};

/// More than two pages, each with an event and what opens its sealed members.
const CROWD: usize = 2_400;

async fn crowded(database: &Database) -> World {
    let world = World::open(database).await;
    for some in crowd(database, CROWD).await.chunks(400) {
        let keys = some.to_vec();
        step!(world, work, work.change_permissions(&keys, Some(&action("wavefront:ingestion")), None)).unwrap();
    }
    world
}

async fn stored(world: &World) -> Vec<Event> {
    let (all, ctx, realm) = (PageRequest { after: None, limit: 10_000 }, world.own(), acme());
    let read = world.ops.read(&ctx, &realm, |mut work| Box::pin(async move { work.events(EventFilter::default(), all).await }));
    read.await.unwrap().events
}

fn key(events: &[Event]) -> VKey {
    let first: serde_json::Value = serde_json::from_str(events[0].text.as_ref().unwrap()).unwrap();
    first["data"]["keys"][0].as_str().unwrap().parse().unwrap()
}

/// What opens sealed members of the events of a log, in its order.
fn opened(events: &[Event]) -> Vec<(u64, String, String)> {
    let of = |event: &Event| event.disclosures.clone().into_iter().map(|one| (event.index, one.name, one.text)).collect::<Vec<_>>();
    events.iter().flat_map(of).collect()
}

fn disclosed(bundle: &Bundle) -> Vec<(u64, String, String)> {
    bundle.disclosures.iter().map(|one| (one.index, one.name.clone(), one.d.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_many_pages_is_exported_whole() {
    on_both(|database| async move {
        let world = crowded(&database).await;
        let (events, held) = (stored(&world).await, world.ops.checkpoint(&world.own(), &acme()).await.unwrap());
        assert!(events.len() > CROWD);
        let archive = world.bundle(true).await;
        let report = verify(&archive, &[key(&events)], Some(&held), &Options::default());
        assert_eq!((report.exit_code(), &report.findings[..], report.size), (0, &[][..], events.len() as u64));
        let first = Bundle::read(&archive).unwrap();
        let lines: Vec<_> = events.iter().map(|event| Record::Event(event.text.clone().unwrap().into_bytes())).collect();
        assert_eq!(first.records, lines);
        assert_eq!(first.leaves, events.iter().map(|event| event.leaf_hash.unwrap()).collect::<Vec<_>>());
        assert_eq!(disclosed(&first), opened(&events));
        assert_eq!(first.about.redactions, 0);

        // The next one begins with the same, to the byte: that the first was exported is all that there is more.
        let second = Bundle::read(&world.bundle(true).await).unwrap();
        assert_eq!((&second.leaves[..events.len()], &second.records[..events.len()]), (&first.leaves[..], &first.records[..]));
        assert_eq!((second.leaves.len(), second.records.len()), (events.len() + 1, events.len() + 1));
        assert_eq!(disclosed(&second), disclosed(&first));
        assert_eq!((second.policy, second.range), (first.policy, first.range));
        // Without what opens them, nothing else is another.
        let third = Bundle::read(&world.bundle(false).await).unwrap();
        assert_eq!((&third.records[..second.records.len()], third.disclosures.len()), (&second.records[..], 0));
    })
    .await;
}

/// One server exports while another has just done so at the same head: nothing tells one bundle from the other.
#[tokio::test(flavor = "multi_thread")]
async fn two_exports_of_one_head_are_the_same_bytes() {
    on_both(|database| async move {
        let world = crowded(&database).await;
        world.ops.checkpoint(&world.own(), &acme()).await.unwrap();
        let export = async |name: &str| {
            let file = File::options().read(true).write(true).create_new(true).open(database.folder().join(name)).unwrap();
            world.ops.export_into(&world.own(), &acme(), true, file).await.unwrap();
            std::fs::read(database.folder().join(name)).unwrap()
        };
        // Both ask for the head before either goes on.
        let (first, second) = tokio::join!(export("first.tar"), export("second.tar"));
        assert!(first == second);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redactions_and_forgotten_people_are_missing_from_their_pages_alone() {
    on_both(|database| async move {
        let world = crowded(&database).await;
        let events = stored(&world).await;
        let last = events.len() as u64 - 1;
        // Either side of where a page ends.
        let redacted = [7, 998, 999, 1_000, 1_001, 1_999, 2_000, last];
        let listed = redacted.map(|index| index.to_string()).join(", ");
        for redact in ["UPDATE audit_event SET bytes = NULL", "DELETE FROM audit_seal"] {
            database.by_hand(&format!("{redact} WHERE realm_id = 'acme' AND idx IN ({listed})")).await.unwrap();
        }
        let of_some = "SELECT subject FROM audit_seal WHERE realm_id = 'acme' AND idx IN (500, 997, 1002, 1500, 2399)";
        let forgotten: BTreeSet<String> = [500, 997, 1_002, 1_500, 2_399]
            .iter()
            .flat_map(|at: &usize| events[*at].disclosures.iter().map(|one| one.subject.clone()))
            .collect();
        database.by_hand(&format!("DELETE FROM audit_subject_key WHERE realm_id = 'acme' AND subject IN ({of_some})")).await.unwrap();

        let archive = world.bundle(true).await;
        let bundle = Bundle::read(&archive).unwrap();
        assert_eq!(bundle.about.redactions, redacted.len() as u64);
        assert_eq!((bundle.records.len(), bundle.leaves.len()), (events.len(), events.len()));
        for (event, record) in events.iter().zip(&bundle.records) {
            match record {
                Record::Event(bytes) => assert_eq!(bytes, event.text.as_ref().unwrap().as_bytes()),
                Record::Redacted(left) => {
                    assert_eq!((left.index, Some(left.leaf_hash)), (event.index, event.leaf_hash));
                    assert!(redacted.contains(&left.index));
                }
            }
        }
        let mut kept = events.clone();
        kept.retain(|event| !redacted.contains(&event.index));
        kept.iter_mut().for_each(|event| event.disclosures.retain(|one| !forgotten.contains(&one.subject)));
        assert!(disclosed(&bundle).len() < opened(&events).len());
        assert_eq!(disclosed(&bundle), opened(&kept));
        // No event tells of the redactions, and that is all that is wrong.
        let report = verify(&archive, &[key(&events)], None, &Options::default());
        let said: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        let unaccounted = redacted.map(|index| format!("RULE broken by event {index}: no later event covers its redaction"));
        assert_eq!((report.exit_code(), said), (19, unaccounted.to_vec()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_cannot_be_written_is_refused_and_not_told_of() {
    on_both(|database| async move {
        let data_dir = database.folder().join("data");
        std::fs::create_dir(&data_dir).unwrap();
        let world = World::open_apart(&database, data_dir.clone()).await;
        let size = world.size().await;
        let full = File::options().read(true).write(true).open("/dev/full").unwrap();
        let refused = world.ops.export_into(&world.own(), &acme(), true, full).await.unwrap_err();
        let ExportError::Write(source) = &refused else { panic!("{refused:?}") };
        assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
        assert_eq!(vestibule_core::refusal::Refusal::from(refused), vestibule_core::refusal::Refusal::Unavailable);

        std::fs::remove_dir_all(&data_dir).unwrap();
        let refused = world.ops.export(&world.own(), &acme(), true).await.unwrap_err();
        assert!(refused.to_string().starts_with("could not make a file in `"), "{refused}");
        assert_eq!(world.size().await, size, "no event tells of an export");

        std::fs::create_dir(&data_dir).unwrap();
        world.bundle(true).await;
        assert_eq!(world.actions(size).await, ["audit.exported"]);
        assert_eq!(std::fs::read_dir(&data_dir).unwrap().count(), 0, "no file has a name");
    })
    .await;
}
