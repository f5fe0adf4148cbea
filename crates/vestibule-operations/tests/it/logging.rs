//! The log as operations keep it: its time, its checkpoints, its export.

use vestibule_core::audit::{Checkpoint, Options, VKey, verify};
use vestibule_operations::{EventFilter, PageRequest};

use crate::{
    databases::on_both,
    harness::{ADA, MIA, World, acme, person},
};

/// The log's key, as a tenant pins it.
async fn key(world: &World) -> VKey {
    world.events(0).await[0]["data"]["keys"][0].as_str().unwrap().parse().unwrap()
}

async fn size_of(world: &World, note: &str) -> u64 {
    Checkpoint::open(note, &[key(world).await]).unwrap().checkpoint.size
}

#[tokio::test(flavor = "multi_thread")]
async fn times_never_fall_and_places_count_on() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        for millis in [0, 5, -3_600_000, 10, 7_200_000] {
            world.advance_ms(millis);
            world.invite("mia@here.com", None).await.unwrap();
        }
        let events = world.events(0).await;
        for (index, event) in events.iter().enumerate() {
            assert_eq!(event["index"], index);
        }
        let times: Vec<_> = events.iter().map(|event| event["time"].as_str().unwrap()).collect();
        assert!(times.is_sorted(), "{times:?}");
        assert!(times.last().unwrap().starts_with("2027-01-15T09:00"), "{times:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_covers_what_was_there_and_is_signed_once_a_second() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let checkpoint = || async { world.ops.checkpoint(&world.own(), &acme()).await };
        let first = checkpoint().await.unwrap();
        assert_eq!(size_of(&world, &first).await, world.size().await);
        assert_eq!(checkpoint().await.unwrap(), first, "an idle log is signed once");
        world.invite("mia@here.com", None).await.unwrap();
        world.advance_ms(1_000);
        let second = checkpoint().await.unwrap();
        assert_eq!(size_of(&world, &second).await, world.size().await);
        // Within the same second: it waits that second out and still covers.
        world.invite("mia@here.com", None).await.unwrap();
        let third = checkpoint().await.unwrap();
        assert_eq!(size_of(&world, &third).await, world.size().await);
        assert_eq!(database.number("SELECT COUNT(*) FROM audit_checkpoint WHERE realm_id = 'acme'").await, 3);
        let gaps = "SELECT COUNT(*) FROM audit_checkpoint a JOIN audit_checkpoint b ON a.realm_id = b.realm_id AND a.size < b.size \
                    WHERE b.signed_at - a.signed_at < 1000";
        assert_eq!(database.number(gaps).await, 0);
    })
    .await;
}

/// After the clock fell back an hour, no checkpoint was signed for that hour.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_falls_back_does_not_stop_the_signing() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.ops.checkpoint(&world.own(), &acme()).await.unwrap();
        world.advance_ms(-3_600_000);
        world.invite("mia@here.com", None).await.unwrap();
        let workers = world.ops.start_workers();
        let signed = "SELECT MAX(size) FROM audit_checkpoint WHERE realm_id = 'acme'";
        let mut tries = 0;
        while database.number(signed).await < i64::try_from(world.size().await).unwrap() {
            tries += 1;
            assert!(tries < 100, "it was not signed");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        workers.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_log_verifies_and_its_export_is_told() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.invite("mia@here.com", None).await.unwrap();
        let held = world.ops.checkpoint(&world.own(), &acme()).await.unwrap();
        world.advance_ms(1_000);
        world.invite("max@here.com", None).await.unwrap();
        let size = world.size().await;
        for with_disclosures in [true, false] {
            world.advance_ms(1_000);
            let bundle = world.bundle(with_disclosures).await;
            let key = key(&world).await;
            let report = verify(&bundle, std::slice::from_ref(&key), Some(&held), &Options::default());
            assert_eq!((report.exit_code(), &report.findings[..]), (0, &[][..]));
            assert_eq!(report.disclosures > 0, with_disclosures);
            assert_eq!(verify(&bundle, &[key], None, &Options::default()).exit_code(), 4, "without an anchor");
        }
        assert_eq!(world.actions(size).await, ["audit.exported"; 2]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_cover_the_log_once_and_filters_narrow_it() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after: after.take(), limit: 4 };
            let page = world.work(|mut work| Box::pin(async move { work.events(EventFilter::default(), page).await })).await.unwrap();
            seen.extend(page.events.iter().map(|event| event.index));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..world.size().await).collect::<Vec<_>>());
        let filter = EventFilter { action: Some("log.created".to_owned()), ..EventFilter::default() };
        let page = PageRequest { after: None, limit: 4 };
        let found = world.work(|mut work| Box::pin(async move { work.events(filter, page).await })).await.unwrap();
        assert_eq!((found.events.len(), found.next), (1, None));
        // People are asked for by the names that people know; the log knows them by their keys.
        let ada = world.bearer(ADA).await.unwrap();
        let realm = acme();
        let invite = world.ops.write(&ada, &realm, |mut work| Box::pin(async move { work.invite(person("mia@here.com"), None).await }));
        invite.await.unwrap();
        world.enter(MIA).await.unwrap();
        assert!(world.uninvite("mia@here.com").await);
        let by = |actor: &str| EventFilter { actor: Some(actor.to_owned()), ..EventFilter::default() };
        for (actor, action) in [("ADA@acme.example", "invitation."), ("mia@here.com", "session.entered"), ("server", "log.created")] {
            let (filter, page) = (by(actor), PageRequest { after: None, limit: 100 });
            let found = world.work(|mut work| Box::pin(async move { work.events(filter, page).await })).await.unwrap();
            let texts: Vec<_> = found.events.iter().filter_map(|event| event.text.as_deref()).collect();
            assert!(texts.iter().any(|text| text.contains(action)), "{actor}: {texts:?}");
            let filter = by(actor);
            let back = world.work(|mut work| Box::pin(async move { work.events_before(filter, None, 100).await })).await.unwrap();
            assert_eq!(back.events.len(), found.events.len(), "{actor}");
        }
        for after in ["x", "-1", "1\0"] {
            let page = PageRequest { after: Some(after.to_owned()), limit: 4 };
            let found = world.work(|mut work| Box::pin(async move { work.events(EventFilter::default(), page).await })).await;
            assert!(found.is_err(), "{after}");
        }
    })
    .await;
}
