//! Of two who write with the same version at once, exactly one does: in one process and across two.

use vestibule_core::{refusal::Refusal, support::Window};
use vestibule_operations::{Operations, RoleWish};

use crate::{
    attaching::wish,
    databases::{Database, on_both},
    harness::{ADA, World, acme, statement},
};

/// Races of each kind.
const RACES: i64 = 1_000;

/// Two servers, as two processes would open them.
async fn two(database: &Database) -> (World, World) {
    let world = World::open(database).await;
    (world.clone(), World::open_beside(database, &world).await)
}

fn outcome(one: Result<i64, Refusal>, other: Result<i64, Refusal>, round: i64) {
    match (one, other) {
        (Ok(won), Err(Refusal::Stale { current })) | (Err(Refusal::Stale { current }), Ok(won)) => {
            assert_eq!((won, current), (round + 1, round + 1), "race {round}");
        }
        both => panic!("race {round}: {both:?}"),
    }
}

async fn window_races(first: &World, second: &World) {
    let (ctx, ends_at) = (first.bearer(ADA).await.unwrap(), first.now().plus_seconds(60));
    first.work(move |mut work| Box::pin(async move { work.put_window(ends_at, Vec::new(), None).await })).await.unwrap();
    let (realm, reads) = (acme(), statement("allow", &["config:retrieve"], &["*"]));
    for round in 1..=RACES {
        let write = |ops: Operations, second: i64| {
            let (ctx, realm, reads) = (ctx.clone(), realm.clone(), reads.clone());
            tokio::spawn(async move {
                let written = ops.write(&ctx, &realm, move |mut work| {
                    Box::pin(async move { work.put_window(ends_at.plus_seconds(second), vec![reads], Some(round)).await })
                });
                written.await.map(|(window, _): (Window, bool)| window.version)
            })
        };
        let (one, other) = tokio::join!(write(first.ops.clone(), round), write(second.ops.clone(), round + 1));
        outcome(one.unwrap(), other.unwrap(), round);
    }
    let window = first.work(|mut work| Box::pin(async move { work.window().await })).await.unwrap();
    assert_eq!(window.version, RACES + 1);
}

async fn role_races(first: &World, second: &World) {
    let (ctx, realm) = (first.bearer(ADA).await.unwrap(), acme());
    let role = first.work(|mut work| Box::pin(async move { work.create_role(wish("raced", &[])).await })).await.unwrap().id;
    for round in 1..=RACES {
        let write = |ops: Operations, name: &str| {
            let (ctx, realm, name) = (ctx.clone(), realm.clone(), format!("{name} {round}"));
            tokio::spawn(async move {
                let wish = RoleWish { name, statements: Vec::new() };
                let written =
                    ops.write(&ctx, &realm, move |mut work| Box::pin(async move { work.update_role(role, wish, Some(round)).await }));
                written.await.map(|role| role.version)
            })
        };
        let (one, other) = tokio::join!(write(first.ops.clone(), "one"), write(second.ops.clone(), "other"));
        outcome(one.unwrap(), other.unwrap(), round);
    }
    let stored = first.work(move |mut work| Box::pin(async move { work.role(role).await })).await.unwrap();
    assert_eq!(stored.version, RACES + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_write_a_window_at_once_exactly_one_does_1000_times_of_1000() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        window_races(&world, &world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_write_a_role_at_once_exactly_one_does_1000_times_of_1000() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        role_races(&world, &world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_exactly_one_writes_a_window_1000_times_of_1000() {
    on_both(|database| async move {
        let (first, second) = two(&database).await;
        window_races(&first, &second).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_exactly_one_writes_a_role_1000_times_of_1000() {
    on_both(|database| async move {
        let (first, second) = two(&database).await;
        role_races(&first, &second).await;
    })
    .await;
}
