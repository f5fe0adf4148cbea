//! Names with passwords: who they stand for, what a wrong one costs, and when guessing is over.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use vestibule_core::{
    audit::Channel,
    id::RealmId,
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{Caller, Ctx, RequestOrigin, apply::Mode};

use crate::{
    databases::{Engine, on, on_both},
    harness::{World, acme},
};

const PASSWORD: &str = "correct horse battery staple";
const UNKNOWN: Refusal = Refusal::Unauthenticated(Unauthenticated::Unknown);

async fn basic(world: &World, realm: Option<&str>, user: &str, password: &str) -> Result<String, Refusal> {
    let realm: Option<RealmId> = realm.map(|realm| realm.parse().unwrap());
    let caller = world.ops.basic(&world.nobody(), realm.as_ref(), user, &SecretString::from(password)).await?;
    let Caller::Account(account) = caller else { panic!("{caller:?}") };
    Ok(format!("{}/{}", account.principal.realm, account.principal.id))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_its_password_stand_for_one_account() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let good = Ok("acme/sa::app".to_owned());
        for (realm, user, password, expected) in [
            (Some("acme"), "sa::app", PASSWORD, good.clone()),
            (None, "sa::app", PASSWORD, good.clone()),
            (None, "SA::App", PASSWORD, good.clone()),
            (Some("other"), "sa::app", PASSWORD, Err(UNKNOWN)),
            (None, "sa::app", "correct horse battery stapl", Err(UNKNOWN)),
            (None, "sa::app", "", Err(UNKNOWN)),
            (None, "sa::app", &"x".repeat(1_025), Err(UNKNOWN)),
            (None, "ada@acme.example", PASSWORD, Err(UNKNOWN)),
            (None, "nobody", PASSWORD, Err(UNKNOWN)),
            (None, "", PASSWORD, Err(UNKNOWN)),
            (None, "no body", PASSWORD, Err(UNKNOWN)),
        ] {
            assert_eq!(basic(&world, realm, user, password).await, expected, "{realm:?} {user} {password}");
        }
        // Where two realms have it, nobody is let in without saying which.
        let twin = "[[realms]]\nid = \"other\"\n[[realms.accounts]]\nid = \"sa::app\"\nkind = \"service\"\n\
                    credentials = [{ type = \"password\", secret = \"another password\" }]";
        world.apply(twin, Mode::Act).await.unwrap();
        assert_eq!(basic(&world, None, "sa::app", PASSWORD).await, Err(UNKNOWN));
        assert_eq!(basic(&world, Some("acme"), "sa::app", PASSWORD).await, good);
        assert_eq!(basic(&world, Some("other"), "sa::app", "another password").await, Ok("other/sa::app".to_owned()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_proven_goes_with_its_credential() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let beside = World::open_beside(&database, &world).await;
        for server in [&world, &beside] {
            assert!(basic(server, None, "sa::app", PASSWORD).await.is_ok());
            assert!(basic(server, None, "sa::app", PASSWORD).await.is_ok(), "from memory");
        }
        let other = "[[realms]]\nid = \"acme\"\n[[realms.accounts]]\nid = \"sa::app\"\nkind = \"service\"\n\
                     credentials = [{ type = \"password\", secret = \"a new password\" }]";
        world.apply(other, Mode::Act).await.unwrap();
        for server in [&world, &beside] {
            assert_eq!(basic(server, None, "sa::app", PASSWORD).await, Err(UNKNOWN));
            assert!(basic(server, None, "sa::app", "a new password").await.is_ok());
        }
        let none = "[[realms]]\nid = \"acme\"\n[[realms.accounts]]\nid = \"sa::app\"\nkind = \"service\"\n";
        world.apply(none, Mode::Act).await.unwrap();
        for server in [&world, &beside] {
            assert_eq!(basic(server, None, "sa::app", "a new password").await, Err(UNKNOWN));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_name_cost_the_same_and_a_known_one_next_to_nothing() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        basic(&world, None, "sa::app", PASSWORD).await.unwrap();
        basic(&world, None, "nobody", PASSWORD).await.unwrap_err();
        let took = |user: &'static str, password: &'static str| {
            let world = world.clone();
            async move {
                let mut best = Duration::MAX;
                for _ in 0..4 {
                    let begun = Instant::now();
                    let _ = basic(&world, None, user, password).await;
                    best = best.min(begun.elapsed());
                }
                best
            }
        };
        let (known, wrong) = (took("sa::app", PASSWORD).await, took("sa::app", "a wrong password").await);
        let unknown = took("nobody", PASSWORD).await;
        assert!(wrong > known * 2 && unknown > known * 2, "known {known:?}, wrong {wrong:?}, unknown {unknown:?}");
        assert!(unknown * 2 > wrong && wrong * 2 > unknown, "wrong {wrong:?}, unknown {unknown:?}");
    })
    .await;
}

fn from(world: &World, address: &str) -> Ctx {
    let origin = RequestOrigin { ip: Some(address.parse().unwrap()), ..RequestOrigin::own(Channel::Api, "req-2".to_owned()) };
    world.ops.ctx(origin)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_ten_times_waits_for_the_rest_of_the_minute() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let ask = |address: &'static str, password: &'static str| {
            let world = world.clone();
            async move { world.ops.basic(&from(&world, address), Some(&acme()), "sa::app", &SecretString::from(password)).await.map(drop) }
        };
        for _ in 0..10 {
            assert_eq!(ask("192.0.2.1", "a wrong password").await, Err(UNKNOWN));
        }
        world.advance_ms(20_000);
        let waits = Refusal::TooMany { allowed: 10, period_s: 60, retry_after_s: 40 };
        assert_eq!(ask("192.0.2.1", "a wrong password").await, Err(waits.clone()));
        assert_eq!(ask("192.0.2.2", PASSWORD).await, Err(waits), "whoever it is, and from wherever");
        world.advance_ms(39_999);
        assert!(ask("192.0.2.2", PASSWORD).await.is_err());
        world.advance_ms(1);
        assert_eq!(ask("192.0.2.2", PASSWORD).await, Ok(()));
        for _ in 0..10 {
            assert_eq!(ask("192.0.2.1", "a wrong password").await, Err(UNKNOWN));
        }
        assert_eq!(ask("192.0.2.2", PASSWORD).await, Ok(()), "who was proven is not made to wait by who guesses");
        // The realm's log tells of it, so many in a minute.
        let failures = || async { world.actions(0).await.into_iter().filter(|action| action == "signin.failed").count() };
        let begun = Instant::now();
        while failures().await < 20 {
            assert!(begun.elapsed() < Duration::from_secs(10), "{}", failures().await);
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_guesses_at_many_names_waits_too() {
    // Nothing is stored of it: one database does for a hundred hashes.
    on(Engine::Sqlite, |database| async move {
        let world = World::open(&database).await;
        let guess = |at: usize, address: &'static str| {
            let world = world.clone();
            async move { world.ops.basic(&from(&world, address), None, &format!("guess-{at}"), &SecretString::from("x")).await.map(drop) }
        };
        for at in 0..100 {
            assert_eq!(guess(at, "192.0.2.1").await, Err(UNKNOWN), "{at}");
        }
        assert!(matches!(guess(100, "192.0.2.1").await, Err(Refusal::TooMany { allowed: 100, .. })));
        assert_eq!(guess(100, "192.0.2.2").await, Err(UNKNOWN));
    })
    .await;
}
