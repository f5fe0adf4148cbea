//! Mail: once for each event, again after a failure, never lost.

use std::path::PathBuf;

use vestibule_core::refusal::Refusal;
use vestibule_operations::{MailState, apply::Mode, notify::Transport};

use crate::{
    databases::{Database, on_both},
    harness::{MANIFEST, World},
};

fn letters(database: &Database) -> usize {
    std::fs::read_dir(database.folder().join("mail")).map_or(0, Iterator::count)
}

async fn deliver(world: &World) -> usize {
    world.ops.deliver_due_mail().await.unwrap()
}

/// Operations whose mail cannot be written: a file stands where the folder should.
async fn with_broken_mail(database: &Database) -> (World, PathBuf) {
    let at = database.folder().join("mail");
    let transport = Transport::files(at.clone(), "Vestibule <vestibule@localhost>").unwrap();
    let world = World::open_bare(database, Some(transport)).await;
    world.apply(MANIFEST, Mode::Act).await.unwrap();
    let _gone = std::fs::remove_dir_all(&at);
    std::fs::write(&at, "not a folder").unwrap();
    (world, at)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_delivered_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.invite("mia@here.com", None).await.unwrap();
        world.invite("*", None).await.unwrap();
        assert_eq!(letters(&database), 0);
        let many = (0..4).map(|_| {
            let world = world.clone();
            tokio::spawn(async move { deliver(&world).await })
        });
        let mut delivered = 0;
        for one in many.collect::<Vec<_>>() {
            delivered += one.await.unwrap();
        }
        assert_eq!((delivered, letters(&database)), (1, 1));
        let [mail] = &world.outbox().await[..] else { panic!("one mail") };
        assert_eq!((mail.state, mail.attempts, mail.sent_at, mail.next_attempt_at), (MailState::Sent, 1, Some(world.now()), None));
        world.advance_ms(86_400_000);
        assert_eq!((deliver(&world).await, letters(&database)), (0, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_delivery_is_tried_again_when_it_is_due() {
    on_both(|database| async move {
        let (world, at) = with_broken_mail(&database).await;
        world.invite("mia@here.com", None).await.unwrap();
        assert_eq!(deliver(&world).await, 1);
        let mail = world.outbox().await.remove(0);
        assert_eq!((mail.state, mail.attempts, mail.next_attempt_at), (MailState::Pending, 1, Some(world.now().plus_seconds(1))));
        assert!(mail.last_error.is_some());
        world.advance_ms(999);
        assert_eq!(deliver(&world).await, 0);
        world.advance_ms(1);
        assert_eq!(deliver(&world).await, 1);
        assert_eq!(world.outbox().await[0].next_attempt_at, Some(world.now().plus_seconds(5)));
        std::fs::remove_file(&at).unwrap();
        world.advance_ms(5_000);
        assert_eq!((deliver(&world).await, letters(&database)), (1, 1));
        let mail = world.outbox().await.remove(0);
        assert_eq!((mail.state, mail.attempts, mail.last_error), (MailState::Sent, 3, None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_never_leaves_is_given_up_and_kept() {
    on_both(|database| async move {
        let (world, _at) = with_broken_mail(&database).await;
        world.invite("mia@here.com", None).await.unwrap();
        let mut tries = 0;
        while let Some(due) = world.outbox().await[0].next_attempt_at {
            world.advance_ms(due.millis() - world.now().millis());
            tries += deliver(&world).await;
            assert!(tries < 1_000);
        }
        let mail = world.outbox().await.remove(0);
        assert_eq!((mail.state, mail.attempts), (MailState::Failed, i64::try_from(tries).unwrap()));
        assert!(mail.last_error.is_some());
        world.advance_ms(86_400_000);
        assert_eq!(deliver(&world).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_worker_died_is_sent_by_the_next() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.invite("mia@here.com", None).await.unwrap();
        // As a worker leaves it that dies between taking the mail and saying what came of it.
        let leased = world.now().plus_seconds(180).millis();
        database.by_hand(&format!("UPDATE outbox SET due_at = {leased}, attempts = 1")).await.unwrap();
        world.advance_ms(179_999);
        assert_eq!(deliver(&world).await, 0);
        world.advance_ms(1);
        assert_eq!((deliver(&world).await, letters(&database)), (1, 1));
        assert_eq!(world.outbox().await[0].attempts, 2);
    })
    .await;
}

/// One row that could not be read held up everybody's mail, for good.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_mail_holds_up_no_other() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.invite("mia@here.com", None).await.unwrap();
        database.by_hand("UPDATE outbox SET state = 'no state'").await.unwrap();
        world.advance_ms(1);
        world.invite("max@here.com", None).await.unwrap();
        assert_eq!((deliver(&world).await, letters(&database)), (1, 1));
        assert_eq!(deliver(&world).await, 0, "a worker that is told of progress goes on at once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_invitation_is_not_mailed() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let invitee = crate::harness::person("mia@here.com");
        let refused = world.work(|mut work| {
            Box::pin(async move {
                work.invite(invitee, None).await?;
                Err::<(), _>(Refusal::Scoped)
            })
        });
        assert_eq!(refused.await, Err(Refusal::Scoped));
        assert_eq!((world.outbox().await.len(), deliver(&world).await, letters(&database)), (0, 0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_delivers_as_soon_as_mail_is_there() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let workers = world.ops.start_workers();
        world.invite("mia@here.com", None).await.unwrap();
        let mut tries = 0;
        while world.outbox().await[0].state != MailState::Sent {
            tries += 1;
            assert!(tries < 200, "it was not delivered");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        workers.stop().await;
        assert_eq!(letters(&database), 1);
    })
    .await;
}
