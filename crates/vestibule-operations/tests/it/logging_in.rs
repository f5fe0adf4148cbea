//! Sessions that begin with a name and a password: how many, for how long, and what ends them.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::refusal::{Refusal, Unauthenticated};
use vestibule_operations::{Caller, LoggedIn, WhenFull};

use crate::{
    databases::on_both,
    harness::{World, acme},
    shop::{PASSWORD, PIA},
};

const UNKNOWN: Refusal = Refusal::Unauthenticated(Unauthenticated::Unknown);
const EXPIRED: Refusal = Refusal::Unauthenticated(Unauthenticated::Expired);

async fn log_in(world: &World, when_full: WhenFull) -> Result<LoggedIn, Refusal> {
    world.ops.log_in(&world.nobody(), Some(&acme()), PIA, &SecretString::from(PASSWORD), when_full).await
}

async fn inside(world: &World, session: &SecretString) -> Result<String, Refusal> {
    match world.ops.login_session(&world.nobody(), session.expose_secret()).await? {
        Caller::Account(account) => Ok(account.principal.id.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_the_persons_until_it_is_ended() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        for (realm, user, password) in [
            (Some(acme()), PIA, "a wrong password"),
            (Some("other".parse().unwrap()), PIA, PASSWORD),
            (None, "sa::app", "correct horse battery staple"),
            (None, "", ""),
        ] {
            let password = SecretString::from(password);
            let refused = world.ops.log_in(&world.nobody(), realm.as_ref(), user, &password, WhenFull::Refuse).await;
            assert_eq!(refused.unwrap_err(), UNKNOWN, "{user}");
        }
        let size = world.size().await;
        let session = world.ops.log_in(&world.nobody(), None, PIA, &SecretString::from(PASSWORD), WhenFull::Refuse).await.unwrap().session;
        assert_eq!(inside(&world, &session).await, Ok(PIA.to_owned()));
        let secret = session.expose_secret().strip_prefix("acme.").unwrap();
        let heap = database.bytes().await;
        assert!(!heap.windows(43).any(|bytes| bytes == secret.as_bytes()), "rows keep a hash");
        for wrong in ["", ".", "acme", "acme.", "acme.x", &format!("other.{secret}"), &format!("A b.{secret}"), secret, &"x".repeat(500)] {
            assert_eq!(inside(&world, &SecretString::from(wrong)).await, Err(UNKNOWN), "{wrong}");
            assert_eq!(world.ops.log_out(&world.nobody(), wrong).await, Err(UNKNOWN), "{wrong}");
        }
        world.ops.log_out(&world.nobody(), session.expose_secret()).await.unwrap();
        assert_eq!(inside(&world, &session).await, Err(UNKNOWN));
        assert_eq!(world.ops.log_out(&world.nobody(), session.expose_secret()).await, Err(UNKNOWN));
        let told = world.events(size).await;
        let of_session: Vec<_> = told.iter().filter(|event| event["target"]["kind"] == "login_session").collect();
        assert_eq!(of_session.iter().map(|event| &event["action"]).collect::<Vec<_>>(), ["signin.succeeded", "signin.ended"]);
        assert_eq!(of_session[1]["reason"]["code"], "logged_out");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_session_is_refused_or_ends_the_first() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let beside = World::open_beside(&database, &world).await;
        let mut sessions = Vec::new();
        for _ in 0..5 {
            world.advance_ms(1);
            sessions.push(log_in(&world, WhenFull::Refuse).await.unwrap().session);
        }
        for server in [&world, &beside] {
            assert_eq!(log_in(server, WhenFull::Refuse).await.unwrap_err(), Refusal::SessionsFull { cap: 5 });
        }
        let sixth = log_in(&beside, WhenFull::EndOldest).await.unwrap().session;
        let displaced = sessions.remove(0);
        for server in [&world, &beside] {
            assert_eq!(inside(server, &displaced).await, Err(UNKNOWN));
            for session in sessions.iter().chain([&sixth]) {
                assert_eq!(inside(server, session).await, Ok(PIA.to_owned()));
            }
        }
        // One that is over by the clock leaves room.
        world.advance_ms(3_600_000);
        assert!(log_in(&world, WhenFull::Refuse).await.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_log_in_at_once_five_do() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let beside = World::open_beside(&database, &world).await;
        let tries = (0..20).map(|at| {
            let server = if at % 2 == 0 { world.clone() } else { beside.clone() };
            tokio::spawn(async move { log_in(&server, WhenFull::Refuse).await })
        });
        let mut live = 0;
        for one in tries.collect::<Vec<_>>() {
            match one.await.unwrap() {
                Ok(_) => live += 1,
                Err(refusal) => assert_eq!(refusal, Refusal::SessionsFull { cap: 5 }),
            }
        }
        assert_eq!(live, 5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_the_clock_and_with_its_password() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let begun = log_in(&world, WhenFull::Refuse).await.unwrap();
        assert_eq!(begun.ends_at, world.now().plus_seconds(3_600));
        world.advance_ms(3_599_999);
        assert!(inside(&world, &begun.session).await.is_ok(), "used, it goes on");
        world.advance_ms(3_599_999);
        assert!(inside(&world, &begun.session).await.is_ok());
        world.advance_ms(3_600_000);
        assert_eq!(inside(&world, &begun.session).await, Err(EXPIRED));
        let begun = log_in(&world, WhenFull::Refuse).await.unwrap();
        for _ in 0..13 {
            world.advance_ms(3_300_000);
            assert!(inside(&world, &begun.session).await.is_ok());
        }
        world.advance_ms(300_000 - 1);
        assert!(inside(&world, &begun.session).await.is_ok());
        world.advance_ms(1);
        assert_eq!(inside(&world, &begun.session).await, Err(EXPIRED), "twelve hours, however much it was used");
        let begun = log_in(&world, WhenFull::Refuse).await.unwrap();
        world.reapply(PASSWORD, "another password of Pia's").await;
        assert_eq!(inside(&world, &begun.session).await, Err(UNKNOWN));
    })
    .await;
}
