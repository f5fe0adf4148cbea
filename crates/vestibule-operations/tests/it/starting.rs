//! Several servers that start at once on one database.

use std::sync::{Arc, atomic::AtomicI64};

use tokio::task::JoinSet;
use vestibule_operations::{OpenError, Operations, apply::Mode};

use crate::{
    databases::{Engine, on, on_both},
    harness::{MANIFEST, START, World, open_settings},
};

/// Servers that start together.
const SERVERS: usize = 4;
/// How often they meet.
const ROUNDS: usize = 25;

/// Of two servers with one manifest on a new database, one gave up: a realm of that name existed.
#[tokio::test(flavor = "multi_thread")]
async fn of_servers_that_apply_one_manifest_at_once_one_acts_and_none_is_refused() {
    on_both(|database| async move {
        let mut worlds = vec![World::open_bare(&database, None).await];
        for _ in 1..SERVERS {
            worlds.push(World::open_beside(&database, &worlds[0]).await);
        }
        for round in 0..ROUNDS {
            let realm = format!("[[realms]]\nid = \"r{round}\"\nname = \"R\"\n");
            let manifest = format!("{realm}[[realms.groups]]\nname = \"operators\"\n");
            let mut applied = JoinSet::new();
            for world in &worlds {
                let (world, manifest) = (world.clone(), manifest.clone());
                applied.spawn(async move { world.apply(&manifest, Mode::Act).await.unwrap() });
            }
            let done = applied.join_all().await;
            let acted: Vec<_> = done.iter().filter(|difference| !difference.is_empty()).collect();
            assert!(matches!(acted[..], [only] if only.to_string().starts_with(&format!("+ realm r{round}\n"))), "{done:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_together_on_a_new_database_share_one_key_and_all_come_up() {
    on(Engine::Postgres, |database| async move {
        let mut started = JoinSet::new();
        for _ in 0..SERVERS {
            let database = database.clone();
            started.spawn(async move { World::open_bare(&database, None).await.apply(MANIFEST, Mode::Act).await.unwrap() });
        }
        let done = started.join_all().await;
        assert_eq!(done.iter().filter(|difference| !difference.is_empty()).count(), 1, "{done:?}");
    })
    .await;
}

/// Each made a key of its own, served with it, and refused what the others had sealed.
#[tokio::test(flavor = "multi_thread")]
async fn of_servers_that_bring_a_key_each_to_a_new_database_one_comes_up() {
    on(Engine::Postgres, |database| async move {
        let mut started = JoinSet::new();
        for server in 0..SERVERS {
            let clock = Arc::new(AtomicI64::new(START));
            started.spawn(Operations::open(open_settings(&database, database.folder().join(server.to_string()), clock)));
        }
        let opened = started.join_all().await;
        let refused = |opened: &Result<Operations, OpenError>| matches!(opened, Err(OpenError::ForeignKey(_)));
        let count = (opened.iter().filter(|one| one.is_ok()).count(), opened.iter().filter(|one| refused(one)).count());
        assert_eq!(count, (1, SERVERS - 1));
        assert_eq!(database.number("SELECT COUNT(*) FROM realm").await, 1);
    })
    .await;
}
