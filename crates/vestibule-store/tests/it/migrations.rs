//! The schema's history, as a server meets it when it starts.

use vestibule_store::{Sealer, Store, StoreError};

use crate::{
    databases::{Engine, on, on_both},
    harness::{World, fresh_chance},
};

/// The newest schema version; each migration counts one.
const KNOWN: i64 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_finds_everything_done_and_everything_there() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        assert_eq!(database.number("SELECT COUNT(*) FROM schema_version").await, KNOWN);
        drop(world);
        let again = World::open_seeded(&database, 2).await;
        assert_eq!(database.number("SELECT COUNT(*) FROM schema_version").await, KNOWN);
        let realm = again.read(&acme, |tx| Box::pin(async move { Ok(tx.find_realm().await?) })).await.unwrap();
        assert_eq!(realm.map(|realm| realm.id), Some(acme));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_the_future_is_refused_and_left_as_it_is() {
    on_both(|database| async move {
        drop(World::open(&database).await);
        database.by_hand("INSERT INTO schema_version (version) VALUES (1000)").await.unwrap();
        let opened = Store::open(&database.url(), Sealer::new(&[7; 32]), &fresh_chance()).await;
        assert!(matches!(opened.err(), Some(StoreError::FromTheFuture { found: 1000, known: KNOWN })));
        assert_eq!(database.number("SELECT MAX(version) FROM schema_version").await, 1000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_together_migrate_once() {
    on(Engine::Postgres, |database| async move {
        let start = |seed| {
            let database = database.clone();
            tokio::spawn(async move { World::open_seeded(&database, seed).await })
        };
        let starts: Vec<_> = (1..=4).map(start).collect();
        for world in starts {
            world.await.unwrap();
        }
        assert_eq!(database.number("SELECT COUNT(*) FROM schema_version").await, KNOWN);
    })
    .await;
}
