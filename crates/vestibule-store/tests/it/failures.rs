//! A database that is not there, or not ours: refusals that say so, and no panic.

use vestibule_core::{id::RealmId, refusal::Refusal};
use vestibule_store::{Sealer, Store, StoreError, chain};

use crate::{
    databases::{Engine, on, on_both},
    harness::{World, calls, fresh_chance},
};

async fn open(url: &str) -> StoreError {
    Store::open(url, Sealer::new(&[7; 32]), &fresh_chance()).await.err().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_reached_is_unavailable() {
    on(Engine::Sqlite, |database| async move {
        let folder = database.folder();
        std::fs::create_dir(folder.join("a-folder")).unwrap();
        for url in [
            format!("sqlite://{}", folder.join("a-folder").display()),
            format!("sqlite://{}", folder.join("absent/vestibule.db").display()),
            "postgres://postgres@127.0.0.1:1/postgres".to_owned(),
            "postgresql://postgres@127.0.0.1:1/postgres".to_owned(),
        ] {
            assert!(matches!(open(&url).await, StoreError::Unavailable(_)), "{url}");
        }
        for url in ["mysql://localhost/x", "vestibule.db", "", "postgres://localhost:no-port/x"] {
            assert!(matches!(open(url).await, StoreError::Url(_)), "{url}");
        }
        std::fs::write(folder.join("text.db"), "this is no database, and long enough to be looked at. ".repeat(100)).unwrap();
        let error = open(&format!("sqlite://{}", folder.join("text.db").display())).await;
        assert!(chain(&error).contains("not a database"), "{}", chain(&error));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_url_is_not_in_the_error() {
    for url in ["postgres://ada:canary-pa55word@127.0.0.1:1/x", "postgres://ada:canary-pa55word@127.0.0.1:1/x?sslmode=canary"] {
        let error = open(url).await;
        assert!(!chain(&error).contains("canary-pa55word") && !format!("{error:?}").contains("canary-pa55word"), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_refuses_and_comes_back() {
    on(Engine::Postgres, |database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let look = || world.read(&acme, |tx| Box::pin(async move { Ok(tx.find_realm().await?.is_some()) }));
        assert_eq!(look().await, Ok(true));
        // As one does that is shut down: every connection is cut, and no new one taken.
        database.administer("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false").await;
        database.administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'").await;
        for _ in 0..3 {
            assert_eq!(look().await, Err(Refusal::Unavailable));
            let now = world.now();
            let spend = world.write(&acme, move |tx| Box::pin(async move { Ok(tx.count_calls("a", &calls(&[now])).await?) }));
            assert_eq!(spend.await, Err(Refusal::Unavailable));
        }
        database.administer("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true").await;
        assert_eq!(look().await, Ok(true));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_only_be_read_refuses_to_be_written() {
    on(Engine::Sqlite, |database| async move {
        let world = World::open(&database).await;
        let (acme, now) = (world.realm("acme").await, world.now());
        // Somebody else holds the file for writing, longer than anybody waits.
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let (begun, has_begun) = std::sync::mpsc::channel();
        let file = database.folder().join("vestibule.db");
        let other = std::thread::spawn(move || {
            let connection = rusqlite::Connection::open(file).unwrap();
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            begun.send(()).unwrap();
            assert!(held.recv().is_err());
        });
        has_begun.recv().unwrap();
        let spend = || world.write(&acme, move |tx| Box::pin(async move { Ok(tx.count_calls("a", &calls(&[now])).await?) }));
        assert_eq!(spend().await, Err(Refusal::Unavailable));
        assert_eq!(world.read(&acme, |tx| Box::pin(async move { Ok(tx.find_realm().await?.is_some()) })).await, Ok(true));
        drop(hold);
        other.join().unwrap();
        assert_eq!(spend().await, Ok(()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_row_is_an_error_and_hurts_nobody_else() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        database.by_hand("UPDATE realm SET organization_id = 'no uuid' WHERE id = 'acme'").await.unwrap();
        database.by_hand("UPDATE audit_log SET frontier = 'short' WHERE realm_id = 'acme'").await.unwrap();
        let find = |realm: RealmId| {
            let world = world.clone();
            async move { world.read(&realm, |tx| Box::pin(async move { Ok(tx.find_realm().await?.is_some()) })).await }
        };
        assert_eq!(find(acme.clone()).await, Err(Refusal::Internal));
        assert_eq!(find(other).await, Ok(true));
        assert_eq!(world.write(&acme, |_| Box::pin(async move { Ok(()) })).await, Err(Refusal::Internal));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_master_key_opens_nothing() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, until) = (world.realm("acme").await, world.now().plus_seconds(60));
        let reply = b"canary-reply".to_vec();
        let save = world.write(&acme, move |tx| Box::pin(async move { Ok(tx.save_reply("ada", "k", &[1; 32], &reply, until).await?) }));
        save.await.unwrap();
        let heap = database.bytes().await;
        assert!(!heap.windows(12).any(|w| w == b"canary-reply"), "it is sealed at rest");
        let stranger = Store::open(&database.url(), Sealer::new(&[8; 32]), &fresh_chance()).await.unwrap();
        let log_key = stranger.read(&acme, world.moment(), |tx| Box::pin(async move { Ok(tx.log_key().await?) })).await;
        assert_eq!(log_key.err(), Some(Refusal::Internal));
        // Not even found: look-ups are keyed too.
        let found = stranger.read(&acme, world.moment(), |tx| Box::pin(async move { Ok(tx.find_reply("ada", "k").await?) })).await;
        assert_eq!(found, Ok(None));
    })
    .await;
}
