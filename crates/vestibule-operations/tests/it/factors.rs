//! Second factors: a code is good once, a lost app is made up for once, and a password alone is half of the proof.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    console_session::ConsoleSession,
    factor::{AppSecret, FactorKind},
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{Added, ConsoleCaller, Presence, SignedIn, WhenFull};

use crate::{
    databases::on_both,
    harness::{World, acme},
    shop::{PASSWORD, PIA},
};

const WRONG: Refusal = Refusal::Unauthenticated(Unauthenticated::Revoked);
const UNKNOWN: Refusal = Refusal::Unauthenticated(Unauthenticated::Unknown);
const EXPIRED: Refusal = Refusal::Unauthenticated(Unauthenticated::Expired);

async fn sign_in(world: &World, password: &str) -> Result<SignedIn, Refusal> {
    world.ops.console_sign_in(&world.nobody(), Some(&acme()), PIA, &SecretString::from(password)).await
}

async fn half(world: &World) -> String {
    match sign_in(world, PASSWORD).await.unwrap() {
        SignedIn::Half(ticket) => ticket,
        SignedIn::Whole(_) => panic!("a password alone signed in"),
    }
}

async fn whole(world: &World) -> SecretString {
    match sign_in(world, PASSWORD).await.unwrap() {
        SignedIn::Whole(cookie) => cookie,
        SignedIn::Half(_) => panic!("a second factor is wanted"),
    }
}

async fn caller(world: &World, cookie: &SecretString) -> Result<ConsoleCaller, Refusal> {
    world.ops.console_caller(&world.nobody(), cookie, Presence::Acting).await
}

/// Adds an app for whoever is signed in; the app, and what came of it.
async fn add_app(world: &World, cookie: &SecretString) -> (AppSecret, Added) {
    let who = caller(world, cookie).await.unwrap();
    let ctx = world.nobody().as_caller(who.own());
    let new = world.ops.new_app(&ctx, &who).unwrap();
    let bytes = base32(&new.text);
    let app = AppSecret::of(&bytes).unwrap();
    let added = world.ops.add_app(&ctx, &who, cookie, &new.ticket, &app.code_at(world.now())).await.unwrap();
    (app, added)
}

/// RFC 4648, section 6.
fn base32(text: &str) -> Vec<u8> {
    let value = |c: u8| u16::from(if c.is_ascii_uppercase() { c - b'A' } else { c - b'2' + 26 });
    let bits: Vec<bool> = text.bytes().flat_map(|c| (0..5).rev().map(move |bit| value(c) >> bit & 1 == 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_half_of_the_proof_and_a_code_is_good_once() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let beside = World::open_beside(&database, &world).await;
        let before = world.size().await;
        let (old, other) = (whole(&world).await, whole(&world).await);
        let (app, added) = add_app(&world, &old).await;
        assert_eq!(added.codes.len(), 10);
        // The browser has another cookie; the one before and the other session are over.
        assert_eq!(caller(&world, &old).await.unwrap_err(), UNKNOWN);
        assert_eq!(caller(&world, &other).await.unwrap_err(), UNKNOWN);
        caller(&world, &added.cookie).await.unwrap();

        let (first, second) = (half(&world).await, half(&world).await);
        let try_code = async |world: &World, ticket: &str, code: &str| {
            world.ops.console_sign_in_by_code(&world.nobody(), ticket, code).await.map(drop)
        };
        // The code that added the app was used by that.
        assert_eq!(try_code(&world, &first, &app.code_at(world.now())).await, Err(WRONG));
        world.advance_ms(30_000);
        beside.advance_ms(30_000);
        let code = app.code_at(world.now());
        assert_eq!(try_code(&world, &first, "000000").await, Err(WRONG));
        assert_eq!(try_code(&world, "x", &code).await, Err(UNKNOWN));
        assert_eq!(try_code(&beside, &first, &code).await, Ok(()), "any process goes on with it");
        assert_eq!(try_code(&world, &second, &code).await, Err(WRONG), "used, if by another");
        world.advance_ms(600_000);
        assert_eq!(try_code(&world, &first, &app.code_at(world.now())).await, Err(EXPIRED));

        // Doors that cannot ask for the other half are shut.
        let log_in = world.ops.log_in(&world.nobody(), Some(&acme()), PIA, &SecretString::from(PASSWORD), WhenFull::Refuse).await;
        assert_eq!(log_in.unwrap_err(), UNKNOWN);
        let events = world.events(before).await;
        let told: Vec<_> = events.iter().map(|event| (event["action"].as_str().unwrap(), event["data"]["by"].as_str())).collect();
        for wanted in [
            ("signin.succeeded", Some("password")),
            ("factor.added", None),
            ("factor.codes_made", None),
            ("signin.failed", None),
            ("signin.succeeded", Some("totp")),
        ] {
            assert!(told.contains(&wanted), "{wanted:?} in {told:?}");
        }
        let heap = database.bytes().await;
        let plain: Vec<u8> = added.codes[0].bytes().collect();
        assert!(!heap.windows(plain.len()).any(|bytes| bytes == plain), "rows keep a hash");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_codes_may_be_tried_whoever_serves_and_a_recovery_code_still_helps_once() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let beside = World::open_beside(&database, &world).await;
        let (app, added) = add_app(&world, &whole(&world).await).await;
        let ticket = half(&world).await;
        let mut refusals = Vec::new();
        for at in 0..11 {
            let server = if at % 2 == 0 { &world } else { &beside };
            refusals.push(server.ops.console_sign_in_by_code(&server.nobody(), &ticket, "000000").await.unwrap_err());
        }
        assert_eq!(refusals[..10], vec![WRONG; 10]);
        assert!(matches!(refusals[10], Refusal::TooMany { allowed: 10, period_s: 900, .. }), "{:?}", refusals[10]);
        let code = app.code_at(world.now().plus_seconds(30));
        let late = world.ops.console_sign_in_by_code(&world.nobody(), &ticket, &code).await;
        assert!(matches!(late, Err(Refusal::TooMany { .. })), "{late:?}");

        let recovery = added.codes[3].to_uppercase();
        let cookie = world.ops.console_sign_in_by_code(&world.nobody(), &ticket, &recovery).await.unwrap();
        assert_eq!(world.ops.console_sign_in_by_code(&world.nobody(), &ticket, &recovery).await.unwrap_err(), WRONG);
        let who = caller(&world, &cookie).await.unwrap();
        let ctx = world.nobody().as_caller(who.own());
        assert_eq!(world.ops.own_sign_in(&ctx, &who, &cookie).await.unwrap().codes_left, 9);
        let new = world.ops.new_recovery_codes(&ctx, &who).await.unwrap();
        let stale = world.ops.console_sign_in_by_code(&world.nobody(), &ticket, &added.codes[4]).await;
        assert_eq!(stale.unwrap_err(), WRONG);
        world.ops.console_sign_in_by_code(&world.nobody(), &ticket, &new[0]).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_opens_doors_for_good_wants_a_fresh_sign_in() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let cookie = whole(&world).await;
        let (_, added) = add_app(&world, &cookie).await;
        let who = caller(&world, &added.cookie).await.unwrap();
        let ctx = world.nobody().as_caller(who.own());
        let own = world.ops.own_sign_in(&ctx, &who, &added.cookie).await.unwrap();
        assert_eq!((own.factors.len(), own.factors[0].kind, own.codes_left, own.has_password), (1, FactorKind::Totp, 10, true));
        assert_eq!(own.sessions.iter().map(|one| one.is_this).collect::<Vec<_>>(), [true]);

        world.advance_ms(ConsoleSession::FRESH_S * 1_000);
        let ctx = world.nobody().as_caller(who.own());
        let id = own.factors[0].id;
        assert_eq!(world.ops.new_app(&ctx, &who).unwrap_err(), EXPIRED);
        assert_eq!(world.ops.new_recovery_codes(&ctx, &who).await.unwrap_err(), EXPIRED);
        assert_eq!(world.ops.remove_factor(&ctx, &who, &added.cookie, id).await.unwrap_err(), EXPIRED);
        world.advance_ms(-1);
        let ctx = world.nobody().as_caller(who.own());
        assert!(matches!(world.ops.new_app(&ctx, &who), Ok(new) if new.address.contains(&new.text)));
        let cookie = world.ops.remove_factor(&ctx, &who, &added.cookie, id).await.unwrap();
        assert_eq!(caller(&world, &added.cookie).await.unwrap_err(), UNKNOWN);
        let who = caller(&world, &cookie).await.unwrap();
        let own = world.ops.own_sign_in(&ctx, &who, &cookie).await.unwrap();
        assert_eq!((own.factors.len(), own.codes_left), (0, 0));
        whole(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_by_whoever_knows_it_for_one_that_nobody_guesses() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let (cookie, other) = (whole(&world).await, whole(&world).await);
        let who = caller(&world, &cookie).await.unwrap();
        let ctx = world.nobody().as_caller(who.own());
        let change = async |current: &str, wanted: &str| {
            let pair = (&SecretString::from(current), SecretString::from(wanted));
            world.ops.change_own_password(&ctx, &who, &cookie, pair).await
        };
        assert_eq!(change("wrong", "a password of Pia's own").await.unwrap_err(), UNKNOWN);
        for (wanted, about) in [("elevenchars", "12 characters"), ("Password1234", "leaks")] {
            let refused = change(PASSWORD, wanted).await.unwrap_err();
            assert!(refused.to_string().contains(about), "{refused}");
        }
        let next = change(PASSWORD, "a password of Pia's own").await.unwrap();
        assert_ne!(next.expose_secret(), cookie.expose_secret());
        caller(&world, &next).await.unwrap();
        for over in [&cookie, &other] {
            assert_eq!(caller(&world, over).await.unwrap_err(), UNKNOWN);
        }
        assert_eq!(sign_in(&world, PASSWORD).await.unwrap_err(), UNKNOWN);
        assert!(matches!(sign_in(&world, "a password of Pia's own").await, Ok(SignedIn::Whole(_))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_left_open_keeps_no_session_from_idling() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let cookie = whole(&world).await;
        let look = async |presence| world.ops.console_caller(&world.nobody(), &cookie, presence).await.map(|who| who.session.seen_at);
        let begun = world.now();
        world.advance_ms(ConsoleSession::NOTED_S * 1_000);
        look(Presence::Watching).await.unwrap();
        assert_eq!(look(Presence::Watching).await, Ok(begun));
        look(Presence::Acting).await.unwrap();
        let used = world.now();
        world.advance_ms(ConsoleSession::IDLE_S * 1_000 - 1);
        assert_eq!(look(Presence::Watching).await, Ok(used));
        world.advance_ms(1);
        assert_eq!(look(Presence::Watching).await, Err(EXPIRED));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_made_for_people_alone() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let make = async |account: &str| world.ops.console_link(&world.own(), &acme(), &account.parse().unwrap()).await.map(drop);
        assert_eq!(make(PIA).await, Ok(()));
        for other in ["sa::shop", "nobody@acme.example"] {
            assert_eq!(make(other).await, Err(Refusal::Absent("account")), "{other}");
        }
    })
    .await;
}
