//! Sessions at the console: what is used goes on, and what has ended stays ended.

use vestibule_core::{console_session::ConsoleSession, id::SessionId, time::Timestamp};

use crate::{
    databases::on_both,
    harness::{START, World, change},
    memory::populated,
};

const COOKIE: [u8; 32] = [7; 32];

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_is_not_brought_back() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, ada) = populated(&world, "acme").await;
        let session = ConsoleSession::new(ada.key, None, Timestamp::from_millis(START - 1));
        let kept = session.clone();
        change(&world, &acme, move |tx| Box::pin(async move { Ok(tx.insert_console_session(&kept, &COOKIE).await?) })).await;
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.note_console_session(&COOKIE).await?) })).await;
        let (home, found) = world.store.find_console_session(COOKIE, &world.moment()).await.unwrap().unwrap();
        assert_eq!((home, found), (acme.clone(), ConsoleSession { seen_at: Timestamp::from_millis(START), ..session }));

        let visit = SessionId::fresh(Timestamp::from_millis(START), &world.moment().chance);
        for ended in [false, true] {
            let realm = acme.clone();
            change(&world, &acme, move |tx| {
                Box::pin(async move {
                    assert_eq!(tx.visit_from_console(&COOKIE, &realm, visit).await?, !ended);
                    tx.note_console_session(&COOKIE).await?;
                    Ok(assert_eq!(tx.delete_console_session(&COOKIE).await?, !ended))
                })
            })
            .await;
            assert_eq!(world.store.find_console_session(COOKIE, &world.moment()).await.unwrap(), None);
        }
    })
    .await;
}
