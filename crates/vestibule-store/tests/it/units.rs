//! Units of work: all or nothing.

use std::sync::mpsc;

use vestibule_core::{account::AccountKind, id::RealmId, rate_limit::Calls, refusal::Refusal};

use crate::{
    databases::{Engine, on, on_both},
    harness::{World, calls, told},
};

pub async fn names(world: &World, realm: &RealmId) -> Vec<String> {
    let read = world.read(realm, |tx| Box::pin(async move { Ok(tx.list_own_accounts().await?) }));
    read.await.unwrap().iter().map(|account| account.id.to_string()).collect()
}

pub async fn size(world: &World, realm: &RealmId) -> u64 {
    world.read(realm, |tx| Box::pin(async move { Ok(tx.head().await?.unwrap().size) })).await.unwrap()
}

/// Saves an account and records it, then ends as told.
pub async fn save(world: &World, realm: &RealmId, id: &str, end: Result<(), Refusal>) -> Result<(), Refusal> {
    let account = world.account(id, AccountKind::User);
    let unit = world.write(realm, |tx| {
        Box::pin(async move {
            tx.save_account(&account).await?;
            tx.record(told());
            end
        })
    });
    unit.await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_does_all_or_nothing() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        assert_eq!(save(&world, &acme, "eve", Err(Refusal::Scoped)).await, Err(Refusal::Scoped));
        assert_eq!((names(&world, &acme).await.len(), size(&world, &acme).await), (0, 2));
        save(&world, &acme, "ada", Ok(())).await.unwrap();
        assert_eq!((names(&world, &acme).await, size(&world, &acme).await), (vec!["ada".to_owned()], 3));
        // A statement that fails refuses the unit, whatever its steps make of it.
        let again = world.account("ada", AccountKind::User);
        let other = world.account("bea", AccountKind::User);
        let unit = world.write(&acme, |tx| {
            Box::pin(async move {
                tx.save_account(&other).await?;
                tx.record(told());
                tx.save_account(&again).await?;
                Ok(())
            })
        });
        assert_eq!(unit.await, Err(Refusal::Internal));
        assert_eq!((names(&world, &acme).await.len(), size(&world, &acme).await), (1, 3));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_changes_rows_and_tells_nobody_is_refused() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let account = world.account("ada", AccountKind::User);
        let unit = world.write(&acme, |tx| Box::pin(async move { Ok(tx.save_account(&account).await?) }));
        assert_eq!(unit.await, Err(Refusal::Internal));
        assert_eq!((names(&world, &acme).await.len(), size(&world, &acme).await), (0, 2));
        // Counting is no change that anybody would miss.
        let now = world.now();
        world.write(&acme, move |tx| Box::pin(async move { Ok(tx.count_calls("a", &calls(&[now])).await?) })).await.unwrap();
        assert_eq!(size(&world, &acme).await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_stays_and_nothing_else_does() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, now) = (world.realm("acme").await, world.now());
        let account = world.account("ada", AccountKind::User);
        let unit = world.write(&acme, move |tx| {
            Box::pin(async move {
                tx.count_calls("spent", &calls(&[now])).await?;
                tx.keep().await?;
                tx.count_calls("after", &calls(&[now])).await?;
                tx.save_account(&account).await?;
                tx.record(told());
                Err::<(), _>(Refusal::Scoped)
            })
        });
        assert_eq!(unit.await, Err(Refusal::Scoped));
        let counted =
            world.read(&acme, |tx| Box::pin(async move { Ok((tx.counted_calls("spent").await?, tx.counted_calls("after").await?)) }));
        assert_eq!(counted.await, Ok((calls(&[now]), Calls::default())));
        assert_eq!((names(&world, &acme).await.len(), size(&world, &acme).await), (0, 2));
        // A unit that keeps and then succeeds is whole.
        let account = world.account("ada", AccountKind::User);
        let unit = world.write(&acme, move |tx| {
            Box::pin(async move {
                tx.keep().await?;
                tx.keep().await?;
                tx.save_account(&account).await?;
                tx.record(told());
                Ok(())
            })
        });
        unit.await.unwrap();
        assert_eq!((names(&world, &acme).await.len(), size(&world, &acme).await), (1, 3));
    })
    .await;
}

/// What is kept outlives the unit's events: a change before it would be one that nobody is told of.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_cannot_be_kept_without_its_event() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let account = world.account("ada", AccountKind::User);
        let unit = world.write(&acme, |tx| {
            Box::pin(async move {
                tx.save_account(&account).await?;
                tx.record(told());
                tx.keep().await?;
                Err::<(), _>(Refusal::Scoped)
            })
        });
        assert_eq!(unit.await, Err(Refusal::Internal));
        assert_eq!((names(&world, &acme).await.len(), size(&world, &acme).await), (0, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_answers_and_leaves_nothing() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, now) = (world.realm("acme").await, world.now());
        for refused in [false, true] {
            let account = world.account("ada", AccountKind::User);
            let unit = world.write(&acme, move |tx| {
                Box::pin(async move {
                    tx.rehearse();
                    tx.count_calls("spent", &calls(&[now])).await?;
                    tx.keep().await?;
                    tx.save_account(&account).await?;
                    tx.record(told());
                    let seen = tx.list_own_accounts().await?.len();
                    if refused { Err(Refusal::Scoped) } else { Ok(seen) }
                })
            });
            assert_eq!(unit.await, if refused { Err(Refusal::Scoped) } else { Ok(1) });
            assert_eq!((names(&world, &acme).await.len(), size(&world, &acme).await), (0, 2));
            let counted = world.read(&acme, |tx| Box::pin(async move { Ok(tx.counted_calls("spent").await?) }));
            assert_eq!(counted.await, Ok(Calls::default()), "refused: {refused}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_panics_takes_nothing_and_nobody_with_it() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        // More often than there are connections.
        for _ in 0..20 {
            let account = world.account("eve", AccountKind::User);
            let unit = world.write(&acme, |tx| {
                Box::pin(async move {
                    tx.save_account(&account).await?;
                    if tx.now().millis() > 0 {
                        panic!("a defect, for the test");
                    }
                    Ok(())
                })
            });
            assert_eq!(unit.await, Err(Refusal::Internal));
        }
        for n in 0..20 {
            save(&world, &acme, &format!("a{n:02}"), Ok(())).await.unwrap();
        }
        assert_eq!((names(&world, &acme).await.len(), size(&world, &acme).await), (20, 22));
        assert!(!names(&world, &acme).await.contains(&"eve".to_owned()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_unit_that_panics_takes_no_connection_with_it() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        for _ in 0..20 {
            let unit = world.read(&acme, |tx| {
                Box::pin(async move {
                    if tx.find_realm().await?.is_some() {
                        panic!("a defect, for the test");
                    }
                    Ok(())
                })
            });
            assert_eq!(unit.await, Err(Refusal::Internal));
        }
        assert_eq!(size(&world, &acme).await, 2);
        save(&world, &acme, "ada", Ok(())).await.unwrap();
        assert_eq!(names(&world, &acme).await, ["ada"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_whose_callers_went_away_give_their_places_back() {
    on(Engine::Sqlite, |database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let (begun, mut has_begun) = tokio::sync::mpsc::unbounded_channel();
        let (hold, held) = mpsc::channel::<()>();
        let held = std::sync::Arc::new(std::sync::Mutex::new(held));
        let reads = (0..4).map(|_| {
            let (world, acme, begun, held) = (world.clone(), acme.clone(), begun.clone(), held.clone());
            tokio::spawn(async move {
                let unit = world.read(&acme, move |tx| {
                    Box::pin(async move {
                        tx.find_realm().await?;
                        begun.send(()).unwrap();
                        assert!(held.lock().unwrap().recv().is_err());
                        Ok(())
                    })
                });
                unit.await
            })
        });
        let reads: Vec<_> = reads.collect();
        for _ in 0..4 {
            has_begun.recv().await.unwrap();
        }
        for read in reads {
            read.abort();
            assert!(read.await.is_err());
        }
        // They read on although nobody waits for them: whoever comes next waits, and is not refused.
        let next = tokio::spawn({
            let (world, acme) = (world.clone(), acme.clone());
            async move { world.read(&acme, |tx| Box::pin(async move { Ok(tx.find_realm().await?.is_some()) })).await }
        });
        tokio::task::yield_now().await;
        drop(hold);
        assert_eq!(next.await.unwrap(), Ok(true));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_waits_for_something_else_is_refused_on_sqlite() {
    on(Engine::Sqlite, |database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        for _ in 0..6 {
            let account = world.account("eve", AccountKind::User);
            let unit = world.write(&acme, |tx| {
                Box::pin(async move {
                    tx.save_account(&account).await?;
                    tx.record(told());
                    tokio::task::yield_now().await;
                    Ok(())
                })
            });
            assert_eq!(unit.await, Err(Refusal::Internal));
            let unit = world.read(&acme, |tx| {
                Box::pin(async move {
                    tx.find_realm().await?;
                    tokio::task::yield_now().await;
                    Ok(())
                })
            });
            assert_eq!(unit.await, Err(Refusal::Internal));
        }
        save(&world, &acme, "ada", Ok(())).await.unwrap();
        assert_eq!((names(&world, &acme).await, size(&world, &acme).await), (vec!["ada".to_owned()], 3));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_unit_cannot_write() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, now) = (world.realm("acme").await, world.now());
        let unit = world.read(&acme, move |tx| Box::pin(async move { Ok(tx.count_calls("a", &calls(&[now])).await?) }));
        assert!(unit.await.is_err());
        save(&world, &acme, "ada", Ok(())).await.unwrap();
        assert_eq!(names(&world, &acme).await, ["ada"]);
    })
    .await;
}
