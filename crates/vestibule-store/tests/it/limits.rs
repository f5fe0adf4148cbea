//! Rows that only count: what they remember, for how long, and for whom.

use vestibule_core::id::CredentialId;

use crate::{
    databases::on_both,
    harness::{World, calls},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_used_once_until_it_is_forgotten() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        let (one, two) = (CredentialId::from_uuid(world.uuid()), CredentialId::from_uuid(world.uuid()));
        let until = world.now().plus_millis(10);
        let fresh = |realm, credential, value: &'static str| {
            let world = world.clone();
            async move { world.write(realm, move |tx| Box::pin(async move { Ok(tx.use_once(credential, value, until).await?) })).await.unwrap() }
        };
        assert!(fresh(&acme, one, "n").await);
        assert!(!fresh(&acme, one, "n").await);
        assert!(fresh(&acme, one, "m").await, "another value");
        assert!(fresh(&acme, two, "n").await, "another credential");
        assert!(fresh(&other, one, "n").await, "another realm");
        world.advance_ms(9);
        assert!(!fresh(&acme, one, "n").await, "a millisecond before its end");
        world.advance_ms(1);
        assert!(fresh(&acme, one, "n").await, "at its end");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_use_a_value_at_once_one_is_first() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, until) = (world.realm("acme").await, world.now().plus_seconds(60));
        let credential = CredentialId::from_uuid(world.uuid());
        let use_it = |_| {
            let (world, acme) = (world.clone(), acme.clone());
            let unit =
                async move { world.write(&acme, move |tx| Box::pin(async move { Ok(tx.use_once(credential, "n", until).await?) })).await };
            tokio::spawn(unit)
        };
        let mut first = 0;
        for one in (0..16).map(use_it).collect::<Vec<_>>() {
            first += i32::from(one.await.unwrap().unwrap());
        }
        assert_eq!(first, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_remembered_for_its_caller_and_key_until_its_end() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        let until = world.now().plus_millis(10);
        let save = |reply: &'static str| {
            let (world, acme) = (world.clone(), acme.clone());
            async move {
                let unit = world.write(&acme, move |tx| {
                    Box::pin(async move { Ok(tx.save_reply("ada", "key", &[1; 32], reply.as_bytes(), until).await?) })
                });
                unit.await.unwrap();
            }
        };
        let find = |realm, caller: &'static str, key: &'static str| {
            let world = world.clone();
            async move { world.read(realm, move |tx| Box::pin(async move { Ok(tx.find_reply(caller, key).await?) })).await.unwrap() }
        };
        save("one").await;
        assert_eq!(find(&acme, "ada", "key").await, Some((vec![1; 32], b"one".to_vec())));
        save("two").await;
        assert_eq!(find(&acme, "ada", "key").await, Some((vec![1; 32], b"two".to_vec())));
        assert_eq!(find(&acme, "ada", "kez").await, None);
        assert_eq!(find(&acme, "eve", "key").await, None);
        assert_eq!(find(&other, "ada", "key").await, None);
        world.advance_ms(9);
        assert!(find(&acme, "ada", "key").await.is_some());
        world.advance_ms(1);
        assert_eq!(find(&acme, "ada", "key").await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_denials_are_counted_by_realm_and_name() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other, now) = (world.realm("acme").await, world.realm("other").await, world.now());
        let count = world.write(&acme, move |tx| {
            Box::pin(async move {
                tx.count_calls("invites", &calls(&[now, now.plus_millis(5)])).await?;
                tx.count_calls("none", &calls(&[])).await?;
                Ok(tx.count_denials("ada", 7, 10, 3).await?)
            })
        });
        count.await.unwrap();
        let look = |realm| {
            let world = world.clone();

            async move {
                let unit = world.read(realm, |tx| {
                    Box::pin(async move {
                        let found = [tx.counted_calls("invites").await?, tx.counted_calls("none").await?, tx.counted_calls("x").await?];
                        Ok((found, tx.counted_denials("ada").await?, tx.counted_denials("eve").await?))
                    })
                });
                unit.await.unwrap()
            }
        };
        let none = || calls(&[]);
        assert_eq!(look(&acme).await, ([calls(&[now, now.plus_millis(5)]), none(), none()], Some((7, 10, 3)), None));
        assert_eq!(look(&other).await, ([none(), none(), none()], None, None));
    })
    .await;
}
