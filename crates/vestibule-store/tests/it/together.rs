//! Units of work in one commit with others, and what becomes of each.

use std::sync::mpsc;

use tokio::sync::oneshot;
use vestibule_core::{account::AccountKind, id::RealmId, refusal::Refusal};

use crate::{
    databases::{Engine, on, on_both},
    harness::{World, calls, told},
    units::{names, save, size},
};

/// Holds the writer until many units wait, so that they share one commit; gives each one's answer.
async fn in_one_commit(world: &World, realm: &RealmId, poison: impl Fn(usize) -> Poison) -> Vec<Result<(), Refusal>> {
    let (release, released) = mpsc::channel::<()>();
    let (freed, free) = oneshot::channel::<()>();
    let (world_, realm_) = (world.clone(), realm.clone());
    let first = tokio::spawn(async move {
        let is_sqlite = world_.database.engine == Engine::Sqlite;
        // SQLite's writer is a thread, which is held by blocking it; what writes to PostgreSQL is a task, which waits.
        let hold = world_.write(&realm_, move |_| {
            Box::pin(async move {
                match is_sqlite {
                    true => drop(released.recv()),
                    false => drop(free.await),
                }
                Ok(())
            })
        });
        hold.await
    });
    let unit = |n: usize| {
        let (world, realm, poison) = (world.clone(), realm.clone(), poison(n));
        let account = world.account(&format!("a{n:02}"), AccountKind::User);
        tokio::spawn(async move {
            let unit = world.write(&realm, move |tx| {
                Box::pin(async move {
                    tx.save_account(&account).await?;
                    tx.record(told());
                    match poison {
                        Poison::None => Ok(()),
                        Poison::Refused => Err(Refusal::Scoped),
                        Poison::Panics => panic!("a defect, for the test"),
                        Poison::Boom => Ok(tx.count_calls("boom", &calls(&[tx.now()])).await?),
                    }
                })
            });
            unit.await
        })
    };
    let units: Vec<_> = (0..20).map(unit).collect();
    // Every unit is with the writer once each task has run as far as it can.
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    drop((release, freed));
    // The one that held the writer shares their commit, and their fate.
    first.await.unwrap().ok();
    let mut answers = Vec::new();
    for unit in units {
        answers.push(unit.await.unwrap());
    }
    answers
}

#[derive(Clone, Copy, PartialEq)]
enum Poison {
    None,
    Refused,
    Panics,
    Boom,
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_refused_among_many_is_refused_alone() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let before = database.number("SELECT COUNT(*) FROM changes").await;
        let answers = in_one_commit(&world, &acme, |n| if n == 7 { Poison::Refused } else { Poison::None }).await;
        let refused: Vec<_> = (0..20).filter(|n| answers[*n].is_err()).collect();
        assert_eq!(refused, [7]);
        assert_eq!((names(&world, &acme).await.len(), size(&world, &acme).await), (19, 21));
        // PostgreSQL's transactions leave a row each.
        let rows = database.number("SELECT COUNT(*) FROM changes").await - before;
        assert!(rows < 4 || database.engine == Engine::Sqlite, "{rows} commits");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_realms_do_not_wait_for_each_other() {
    on(Engine::Postgres, |database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        let (freed, free) = oneshot::channel::<()>();
        let hold = world.write(&acme, |_| Box::pin(async move { Ok(drop(free.await)) }));
        let others = async {
            save(&world, &other, "ada", Ok(())).await.unwrap();
            drop(freed);
        };
        tokio::join!(hold, others).0.unwrap();
    })
    .await;
}

/// Neighbours of a defect may be refused, and then they left nothing; who was told yes, has it.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_answered_yes_is_stored_and_whoever_was_not_is_not() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        // As a full disk does: the whole transaction is gone, not only a statement of it.
        let sqlite = "CREATE TRIGGER boom BEFORE INSERT ON rate_window BEGIN SELECT RAISE(ROLLBACK, 'boom'); END";
        let postgres = "CREATE FUNCTION boom() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'boom'; END $$; \
                        CREATE TRIGGER boom BEFORE INSERT ON rate_window FOR EACH ROW EXECUTE FUNCTION boom()";
        database.by_hand_either(sqlite, postgres).await.unwrap();
        for poison in [Poison::Boom, Poison::Panics] {
            let realm = world.realm(if poison == Poison::Boom { "boom" } else { "panic" }).await;
            let answers = in_one_commit(&world, &realm, |n| if n == 7 { poison } else { Poison::None }).await;
            assert!(answers[7].is_err());
            let stored = names(&world, &realm).await;
            for (n, answer) in answers.iter().enumerate() {
                assert_eq!(answer.is_ok(), stored.contains(&format!("a{n:02}")), "{n}: {answer:?}");
            }
            assert_eq!(size(&world, &realm).await, 2 + stored.len() as u64);
            if poison == Poison::Panics {
                assert_eq!(stored.len(), 19, "its neighbours keep what they did");
            }
        }
        save(&world, &acme, "ada", Ok(())).await.unwrap();
    })
    .await;
}
