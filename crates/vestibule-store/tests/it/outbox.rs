//! The outbox: a mail is one worker's at a time, and is not lost when that worker is.

use vestibule_core::{id::MailId, id::RealmId, time::Timestamp};
use vestibule_store::{MailState, OutboxEntry, PageRequest};

use crate::{databases::on_both, harness::World};

fn mail(world: &World) -> OutboxEntry {
    OutboxEntry {
        id: MailId::from_uuid(world.uuid()),
        to: "mia@here.com".to_owned(),
        subject: "You are invited".to_owned(),
        text: "text".to_owned(),
        html: "<p>html</p>".to_owned(),
        state: MailState::Pending,
        attempts: 0,
        next_attempt_at: Some(world.now()),
        sent_at: None,
        last_error: None,
        created_at: world.now(),
    }
}

async fn enqueue(world: &World, realm: &RealmId) -> OutboxEntry {
    let (entry, stored) = (mail(world), mail(world));
    let stored = OutboxEntry { id: entry.id, ..stored };
    world.write(realm, move |tx| Box::pin(async move { Ok(tx.enqueue_mail(&stored).await?) })).await.unwrap();
    entry
}

async fn lease(world: &World, realm: &RealmId, id: MailId, until: Timestamp) -> Option<OutboxEntry> {
    world.write(realm, move |tx| Box::pin(async move { Ok(tx.lease_mail(id, until).await?) })).await.unwrap()
}

async fn settle(world: &World, realm: &RealmId, mail: OutboxEntry) -> bool {
    world.write(realm, move |tx| Box::pin(async move { Ok(tx.settle_mail(&mail).await?) })).await.unwrap()
}

async fn due(world: &World) -> Vec<(RealmId, MailId)> {
    world.store.list_due_mail(&world.moment(), 10).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_workers_one_has_the_mail() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        let entry = enqueue(&world, &acme).await;
        assert_eq!(due(&world).await, [(acme.clone(), entry.id)]);
        let until = world.now().plus_seconds(180);
        assert_eq!(lease(&world, &other, entry.id, until).await, None, "a stranger's");
        let worker = |_| {
            let (world, acme) = (world.clone(), acme.clone());
            tokio::spawn(async move { lease(&world, &acme, entry.id, until).await })
        };
        let mut leased = Vec::new();
        for worker in (0..8).map(worker).collect::<Vec<_>>() {
            leased.extend(worker.await.unwrap());
        }
        assert_eq!(leased, [OutboxEntry { attempts: 1, next_attempt_at: Some(until), ..entry }]);
        assert_eq!(due(&world).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_worker_died_is_due_again_when_its_lease_ends() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let entry = enqueue(&world, &acme).await;
        let until = world.now().plus_millis(10);
        let dead = lease(&world, &acme, entry.id, until).await.unwrap();
        world.advance_ms(9);
        assert_eq!(due(&world).await, []);
        world.advance_ms(1);
        assert_eq!(due(&world).await.len(), 1);
        let until = until.plus_millis(10);
        let mine = lease(&world, &acme, entry.id, until).await.unwrap();
        assert_eq!(mine.attempts, 2);
        // The one believed dead comes back and says that it failed: that is no longer for it to say.
        let late = OutboxEntry { last_error: Some("late".to_owned()), next_attempt_at: Some(world.now()), ..dead };
        assert!(!settle(&world, &acme, late).await);
        let sent = OutboxEntry { state: MailState::Sent, sent_at: Some(world.now()), next_attempt_at: None, ..mine };
        assert!(settle(&world, &acme, sent.clone()).await);
        assert_eq!(due(&world).await, []);
        let page = PageRequest { after: None, limit: 10 };
        let listed = world.read(&acme, |tx| Box::pin(async move { Ok(tx.list_mail(page).await?) })).await.unwrap();
        assert_eq!(listed.items, [sent]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_unit_leaves_no_mail() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let entry = mail(&world);
        let unit = world.write(&acme, |tx| {
            Box::pin(async move {
                tx.enqueue_mail(&entry).await?;
                Err::<(), _>(vestibule_core::refusal::Refusal::Scoped)
            })
        });
        assert!(unit.await.is_err());
        assert_eq!(due(&world).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_cover_the_outbox_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(enqueue(&world, &acme).await.id);
            world.advance_ms(1);
        }
        all.reverse();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after: after.take(), limit: 2 };
            let page = world.read(&acme, |tx| Box::pin(async move { Ok(tx.list_mail(page).await?) })).await.unwrap();
            seen.extend(page.items.iter().map(|mail| mail.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_letter_leaves_out_is_sealed_and_goes_when_the_mail_has_left() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        let secret = |realm: &RealmId, id| {
            let (world, realm) = (world.clone(), realm.clone());
            async move { world.read(&realm, move |tx| Box::pin(async move { Ok(tx.find_mail_secret(id).await?) })).await.unwrap() }
        };
        for (state, is_kept) in [(MailState::Pending, true), (MailState::Sent, false), (MailState::Failed, false)] {
            let entry = enqueue(&world, &acme).await;
            assert_eq!(secret(&acme, entry.id).await, None);
            let keep = world.write(&acme, move |tx| Box::pin(async move { Ok(tx.keep_mail_secret(entry.id, "s-3_cr3t").await?) }));
            keep.await.unwrap();
            assert_eq!(secret(&acme, entry.id).await.as_deref(), Some("s-3_cr3t"));
            assert_eq!(secret(&other, entry.id).await, None, "a stranger's");
            assert!(!database.bytes().await.windows(8).any(|bytes| bytes == b"s-3_cr3t"));
            let leased = lease(&world, &acme, entry.id, world.now().plus_seconds(180)).await.unwrap();
            assert!(settle(&world, &acme, OutboxEntry { state, ..leased }).await);
            assert_eq!(secret(&acme, entry.id).await.is_some(), is_kept, "{state}");
        }
    })
    .await;
}
