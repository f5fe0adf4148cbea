//! Tokens: what they prove, until when, and what takes that away.

use secrecy::ExposeSecret;
use vestibule_core::refusal::{Refusal, Unauthenticated};
use vestibule_operations::{IssuedToken, SignIn, apply::Mode};

use crate::{
    databases::on_both,
    harness::{ADA, MANIFEST, World},
};

const KEY: &str = "dK7pQ2sVx9LmT4wZ";

async fn sign_in(world: &World, once: &str, lifetime_s: i64) -> Result<IssuedToken, Refusal> {
    let ctx = world.own();
    let key = world.ops.access_key(&ctx, KEY).await?.unwrap();
    assert_eq!(key.secret.expose_secret(), "v8Rk-2nQ_xW5tYhB3jLcMz7pSdFg1aEo");
    let sign_in = SignIn { owner: key.owner, once: once.to_owned(), once_until: world.now().plus_seconds(600), scope: None, lifetime_s };
    world.ops.sign_in(&ctx, sign_in).await
}

async fn refused(world: &World, token: &str) -> Option<Unauthenticated> {
    match world.bearer(token).await {
        Ok(_) => None,
        Err(Refusal::Unauthenticated(how)) => Some(how),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_until_its_end() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        let issued = sign_in(&world, "n1", 10).await.unwrap();
        let token = issued.token.expose_secret();
        assert_eq!(world.actions(size).await, ["signin.succeeded"]);
        let ctx = world.bearer(token).await.unwrap();
        assert_eq!(ctx.account().unwrap().principal.id.as_str(), "sa::app");
        world.advance_ms(9_999);
        assert_eq!(refused(&world, token).await, None);
        world.advance_ms(1);
        assert_eq!(refused(&world, token).await, Some(Unauthenticated::Expired));
        assert_eq!(sign_in(&world, "n1", 10).await.err(), Some(Refusal::NonceReused));
        assert_eq!(world.size().await, size + 1, "a proof that was used before leaves nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_of_ours_proves_nothing() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let issued = sign_in(&world, "n1", 3_600).await.unwrap();
        let token = issued.token.expose_secret();
        let [head, claims, mark] = token.split('.').collect::<Vec<_>>()[..] else { panic!("a JWT has three parts") };
        let other = if mark.starts_with('A') { "B" } else { "A" };
        for (raw, how) in [
            ("", Unauthenticated::BadCharacters),
            ("a b", Unauthenticated::BadCharacters),
            ("ada\0", Unauthenticated::BadCharacters),
            (&"x".repeat(4_097), Unauthenticated::BadCharacters),
            ("x", Unauthenticated::Unknown),
            (&ADA[1..], Unauthenticated::Unknown),
            ("a.b.c", Unauthenticated::Unknown),
            (&format!("{head}.{claims}.{other}{}", &mark[1..]), Unauthenticated::Unknown),
            (&format!("{head}.{claims}."), Unauthenticated::Unknown),
            // `{"alg":"none"}`, and a realm that signs with another key.
            (&format!("eyJhbGciOiJub25lIn0.{claims}."), Unauthenticated::Unknown),
        ] {
            assert_eq!(refused(&world, raw).await, Some(how), "{raw}");
        }
        assert_eq!(refused(&world, token).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_goes_with_its_key_and_its_account() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let issued = sign_in(&world, "n1", 3_600).await.unwrap();
        let token = issued.token.expose_secret();
        assert_eq!(refused(&world, token).await, None);
        // The key's secret changes: whoever had the old one is out.
        let changed = MANIFEST.replace("v8Rk-2nQ_xW5tYhB3jLcMz7pSdFg1aEo", "another-secret-of-the-same-key-1");
        world.apply(&changed, Mode::Act).await.unwrap();
        assert_eq!(refused(&world, token).await, Some(Unauthenticated::Revoked));
        // A stored token that the manifest no longer has.
        assert_eq!(refused(&world, ADA).await, None);
        world.apply(&changed.replace(ADA, "ada-has-another-token-now"), Mode::Act).await.unwrap();
        assert_eq!(refused(&world, ADA).await, Some(Unauthenticated::Unknown));
        assert_eq!(refused(&world, "ada-has-another-token-now").await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_key_and_its_account_stand_is_read_at_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let issued = sign_in(&world, "n1", 3_600).await.unwrap();
        for (sql, how) in [
            ("UPDATE credential SET enabled = 0 WHERE kind = 'access-key'", Unauthenticated::Revoked),
            ("UPDATE credential SET enabled = 1, expires_at = 1800000000000 WHERE kind = 'access-key'", Unauthenticated::Expired),
            ("UPDATE account SET active = 0 WHERE id = 'sa::app'", Unauthenticated::AppInactive),
            ("DELETE FROM account WHERE id = 'sa::app'", Unauthenticated::AccountGone),
        ] {
            database.by_hand(sql).await.unwrap();
            // A server that has nothing in memory yet.
            let fresh = World::open_bare(&database, None).await;
            assert_eq!(refused(&fresh, issued.token.expose_secret()).await, Some(how), "{sql}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_proof_is_told_and_bounded() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        let key = world.ops.access_key(&world.own(), KEY).await.unwrap().unwrap();
        for _ in 0..12 {
            world.ops.sign_in_failed(&world.own(), &key.owner, "bad_signature").await;
        }
        assert_eq!(world.actions(size).await, ["signin.failed"; 10]);
        assert!(world.ops.access_key(&world.own(), "unknown").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_stored_in_the_clear() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let heap = database.bytes().await;
        assert!(heap.windows(KEY.len()).any(|w| w == KEY.as_bytes()), "the heap is what is stored");
        for secret in [ADA, "v8Rk-2nQ_xW5tYhB3jLcMz7pSdFg1aEo", "correct horse battery staple"] {
            assert!(!heap.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret}");
        }
        drop(world);
    })
    .await;
}
