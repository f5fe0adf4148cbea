//! When credentials were last used: noted without a write, saved in batches, never moved back.

use vestibule_core::{id::RealmId, time::Timestamp};

use crate::{
    databases::on_both,
    harness::{START, World, change},
    memory::populated,
};

async fn note(world: &World, secret: &str, at: i64) {
    let proven = world.store.find_proven(world.lookup(secret), &world.moment()).await.unwrap();
    world.store.note_use(&proven.as_ref().unwrap().token, Timestamp::from_millis(at));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_is_noted_now_and_then_and_kept_once_saved() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, ada) = populated(&world, "acme").await;
        for secret in ["first", "second"] {
            let new = world.token(&ada, secret);
            change(&world, &acme, |tx| Box::pin(async move { Ok(assert!(tx.insert_credential(&new).await?)) })).await;
        }
        let kept = || database.number("SELECT COALESCE(MAX(used_at), 0) FROM credential_use");
        for (at, saved, last) in
            [(0, 1, 0), (19_999, 0, 0), (20_000, 1, 20_000), (20_001, 0, 20_000), (10_000, 1, 20_000), (30_000, 1, 30_000)]
        {
            note(&world, "first", START + at).await;
            assert_eq!(world.store.save_uses(&world.moment()).await.unwrap(), saved, "used {at} ms after the start");
            assert_eq!(kept().await, START + last, "used {at} ms after the start");
        }
        note(&world, "second", START + 50_000).await;
        note(&world, "first", START + 50_001).await;
        assert_eq!(world.store.save_uses(&world.moment()).await.unwrap(), 2);
        assert_eq!(database.number("SELECT COUNT(*) FROM credential_use").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_gone_leaves_no_use() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, ada): (RealmId, _) = populated(&world, "acme").await;
        let (new, credentials) = (world.token(&ada, "secret"), 150);
        let gone = new.credential.id;
        change(&world, &acme, |tx| Box::pin(async move { Ok(assert!(tx.insert_credential(&new).await?)) })).await;
        for number in 0..credentials {
            let new = world.token(&ada, &format!("more-{number}"));
            change(&world, &acme, |tx| Box::pin(async move { Ok(assert!(tx.insert_credential(&new).await?)) })).await;
            note(&world, &format!("more-{number}"), START).await;
        }
        note(&world, "secret", START).await;
        change(&world, &acme, move |tx| Box::pin(async move { Ok(tx.delete_credential(gone).await?) })).await;
        world.store.save_uses(&world.moment()).await.unwrap();
        assert_eq!(database.number("SELECT COUNT(*) FROM credential_use").await, credentials, "more than fit into one statement");
    })
    .await;
}
