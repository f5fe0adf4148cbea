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

async fn races(first: &World, second: &World) {
    let (ctx, ends_at) = (first.bearer(ADA).await.unwrap(), first.now().plus_seconds(60));
    let role = first.work(|mut work| Box::pin(async move { work.create_role(wish("raced", &[])).await })).await.unwrap().id;
    first.work(move |mut work| Box::pin(async move { work.put_window(ends_at, Vec::new(), None).await })).await.unwrap();
    let (realm, reads) = (acme(), statement("allow", &["config:retrieve"], &["*"]));
    for round in 1..=RACES {
        let window = |ops: Operations, second: i64| {
            let (ctx, realm, reads) = (ctx.clone(), realm.clone(), reads.clone());
            async move {
                let written = ops.write(&ctx, &realm, move |mut work| {
                    Box::pin(async move { work.put_window(ends_at.plus_seconds(second), vec![reads], Some(round)).await })
                });
                written.await.map(|(window, _): (Window, bool)| window.version)
            }
        };
        let (one, other) =
            tokio::join!(tokio::spawn(window(first.ops.clone(), round)), tokio::spawn(window(second.ops.clone(), round + 1)));
        outcome(one.unwrap(), other.unwrap(), round);
        let rename = |ops: Operations, name: String| {
            let (ctx, realm) = (ctx.clone(), realm.clone());
            async move {
                let wish = RoleWish { name, statements: Vec::new() };
                let written =
                    ops.write(&ctx, &realm, move |mut work| Box::pin(async move { work.update_role(role, wish, Some(round)).await }));
                written.await.map(|role| role.version)
            }
        };
        let (one, other) = (format!("one {round}"), format!("other {round}"));
        let (one, other) = tokio::join!(tokio::spawn(rename(first.ops.clone(), one)), tokio::spawn(rename(second.ops.clone(), other)));
        outcome(one.unwrap(), other.unwrap(), round);
    }
    let window = first.work(|mut work| Box::pin(async move { work.window().await })).await.unwrap();
    let stored = first.work(move |mut work| Box::pin(async move { work.role(role).await })).await.unwrap();
    assert_eq!((window.version, stored.version), (RACES + 1, RACES + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_exactly_one_writes_1000_times_of_1000() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        races(&world, &world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_exactly_one_writes_1000_times_of_1000() {
    on_both(|database| async move {
        let (first, second) = two(&database).await;
        races(&first, &second).await;
    })
    .await;
}
