//! Several servers that start at once on one database.

use std::sync::{Arc, atomic::AtomicI64};

use tokio::task::JoinSet;
use vestibule_operations::{OpenError, Operations};

use crate::{
    databases::{Engine, on},
    harness::{START, open_settings},
};

/// Servers that start together.
const SERVERS: usize = 4;
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
