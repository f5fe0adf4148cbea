//! Tokens that clients obtain: for themselves, for whom they may act as, and for whoever signed in.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    customer::CustomerStatus,
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{Caller, ClientToken, ForWhom};

use crate::{
    databases::on_both,
    harness::World,
    shop::{AMARA, BACK, PASSWORD, PIA, PROXY, SHOP, VERIFIER, anyone},
};

const REVOKED: Refusal = Refusal::Unauthenticated(Unauthenticated::Revoked);
const UNKNOWN: Refusal = Refusal::Unauthenticated(Unauthenticated::Unknown);
const NO_CODE: Refusal = Refusal::Absent("code");

async fn acting(world: &World, client: (&str, &str), whom: ForWhom) -> Result<ClientToken, Refusal> {
    let holder = world.holder(client).await;
    world.ops.token_for_somebody(&world.nobody(), &holder, client.0, whom, "core.customermgr.read".parse().unwrap()).await
}

/// Who calls, and whether the token may be used to read and to write.
async fn caller(world: &World, token: &SecretString) -> (String, bool, bool) {
    let (name, scopes) = match anyone(world, token).await.unwrap() {
        Caller::Account(account) => (account.principal.id.to_string(), account.scopes.clone()),
        Caller::Customer(customer) => (format!("{}/{}", customer.realm, customer.customer), customer.scopes.clone()),
        other => panic!("{other:?}"),
    };
    (name, scopes.allows("core.customermgr.read"), scopes.allows("core.customermgr.manage"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_tokens_for_itself_that_go_with_its_key() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let (holder, size) = (world.holder(SHOP).await, world.size().await);
        let token = |scopes: &str| world.ops.token_for_client(&world.nobody(), &holder, SHOP.0, scopes.parse().unwrap()).unwrap();
        assert_eq!(caller(&world, &token("").token).await, ("sa::shop".to_owned(), true, true));
        assert_eq!(caller(&world, &token("core.customermgr.read").token).await, ("sa::shop".to_owned(), true, false));
        assert_eq!(world.size().await, size, "nothing is written");
        let last = token(".default");
        assert_eq!((last.expires_in_s, last.scopes.to_string().as_str()), (3_600, ".default"));
        world.advance_ms(3_599_999);
        assert!(world.ops.bearer(&world.nobody(), last.token.expose_secret()).await.is_ok());
        world.advance_ms(1);
        assert_eq!(anyone(&world, &last.token).await.unwrap_err(), Refusal::Unauthenticated(Unauthenticated::Expired));
        let last = token("");
        world.reapply("shop-secret-0123456789", "another-secret-of-the-shop").await;
        assert_eq!(anyone(&world, &last.token).await.unwrap_err(), REVOKED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_acts_for_whom_it_has_the_right_to() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let pia = world.key_of(PIA).await;
        let named = |id: &str| ForWhom::UserNamed(id.to_owned());
        let at = |address: &str| ForWhom::CustomerAt(address.to_owned());
        for (whom, expected) in [
            (named(PIA), Some(PIA)),
            (named("PIA@acme.example"), Some(PIA)),
            (ForWhom::User(pia), Some(PIA)),
            (at(AMARA), Some("acme/2210")),
            (at("amara@EXAMPLE.net"), Some("acme/2210")),
            (named("nobody@acme.example"), None),
            (named("sa::shop"), None),
            (named("eve@other.example"), None),
            (ForWhom::User(world.key_in("other", "eve@other.example").await), None),
            (ForWhom::User(world.key_of("sa::app").await), None),
            (at("Amara@example.net"), None),
            (at("nobody@example.net"), None),
            (at("ilse@example.net"), None),
            (at("sue@example.net"), None),
            (at("both@example.net"), None),
            (at(""), None),
        ] {
            match (acting(&world, PROXY, whom.clone()).await, expected) {
                (Ok(token), Some(name)) => assert_eq!(caller(&world, &token.token).await, (name.to_owned(), true, false), "{whom:?}"),
                (Err(refusal), None) => assert_eq!(refusal, Refusal::Absent("subject"), "{whom:?}"),
                other => panic!("{whom:?}: {other:?}"),
            }
            // Without the right it learns of nobody.
            let refused = acting(&world, SHOP, whom.clone()).await.unwrap_err();
            assert!(matches!(refused, Refusal::Forbidden { .. }), "{whom:?}: {refused}");
        }
        let told = world.events(0).await;
        let exchanged: Vec<_> = told.iter().filter(|event| event["action"] == "token.exchanged").collect();
        assert_eq!(exchanged.len(), 5);
        assert_eq!((&exchanged[3]["acting_for"]["kind"], &exchanged[3]["acting_for"]["id"]), (&"customer".into(), &"2210".into()));
        assert!(told.iter().any(|event| event["action"] == "request.denied"));
        assert!(!told.iter().any(|event| event.to_string().contains(AMARA)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_token_is_nobodys_elsewhere_and_goes_with_the_customer() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let beside = World::open_beside(&database, &world).await;
        let token = acting(&world, PROXY, ForWhom::CustomerAt(AMARA.to_owned())).await.unwrap().token;
        assert_eq!(world.bearer(token.expose_secret()).await.unwrap_err(), UNKNOWN);
        let customer = "2210".parse().unwrap();
        for status in [CustomerStatus::Suspended, CustomerStatus::Pending, CustomerStatus::Closed] {
            world.set_status(customer, status).await;
            for server in [&world, &beside] {
                assert_eq!(anyone(server, &token).await.unwrap_err(), Refusal::Unauthenticated(Unauthenticated::AccountDisabled));
            }
            world.set_status(customer, CustomerStatus::Open).await;
            assert!(anyone(&beside, &token).await.is_ok());
        }
        world.reapply("\"account:actAs\", \"customer:actAs\"", "").await;
        assert!(anyone(&world, &token).await.is_ok(), "what was given stays for its hour");
        world.reapply("proxy-secret-0123456789", "another-secret-of-the-proxy").await;
        assert_eq!(anyone(&world, &token).await.unwrap_err(), REVOKED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_redeemed_once_by_whoever_asked_and_twice_by_nobody() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let beside = World::open_beside(&database, &world).await;
        for (user, password) in [(PIA, "a wrong password"), ("nobody@acme.example", PASSWORD), ("sa::app", "correct horse battery staple")]
        {
            assert_eq!(world.sign_in(user, password).await.unwrap_err(), UNKNOWN, "{user}");
        }
        let size = world.size().await;
        let back = world.sign_in(PIA, PASSWORD).await.unwrap();
        assert_eq!((back.redirect_uri.as_str(), back.state.as_deref()), (BACK, Some("a state")));
        let heap = database.bytes().await;
        assert!(!heap.windows(43).any(|bytes| bytes == back.code.expose_secret().as_bytes()), "rows keep a hash");
        let (shop, proxy, code) = (world.holder(SHOP).await, world.holder(PROXY).await, back.code.expose_secret());
        for (holder, code, at, verifier) in [
            (&proxy, code, BACK, VERIFIER),
            (&shop, "x", BACK, VERIFIER),
            (&shop, "", BACK, VERIFIER),
            (&shop, &*"x".repeat(200), BACK, VERIFIER),
            (&shop, code, "http://127.0.0.1:4711/back", VERIFIER),
            (&shop, code, BACK, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX"),
        ] {
            let refused = world.ops.redeem_code(&world.nobody(), holder, SHOP.0, code, (at, verifier)).await;
            assert_eq!(refused.unwrap_err(), NO_CODE, "{code} {at} {verifier}");
        }
        let token = world.redeem(&back).await.unwrap();
        assert_eq!(token.scopes.to_string(), "read");
        for server in [&world, &beside] {
            assert!(server.bearer(token.token.expose_secret()).await.is_ok());
        }
        // Whoever else has had the code takes the token away from whoever redeemed it.
        assert_eq!(beside.redeem(&back).await.unwrap_err(), NO_CODE);
        assert_eq!(anyone(&beside, &token.token).await.unwrap_err(), REVOKED);
        let begun = std::time::Instant::now();
        while anyone(&world, &token.token).await.is_ok() {
            assert!(begun.elapsed() < std::time::Duration::from_secs(1), "in force everywhere within a second");
            tokio::task::yield_now().await;
        }
        assert_eq!(world.redeem(&back).await.unwrap_err(), NO_CODE);
        let told = world.actions(size).await;
        let told: Vec<_> = told.iter().filter(|action| *action != "signin.failed").collect();
        assert_eq!(told, ["signin.succeeded", "token.exchanged", "signin.ended"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_a_minute_and_of_many_who_redeem_it_at_once_one_does() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let beside = World::open_beside(&database, &world).await;
        let (late, back) = (world.sign_in(PIA, PASSWORD).await.unwrap(), world.sign_in(PIA, PASSWORD).await.unwrap());
        world.advance_ms(59_999);
        let tries = tokio::join!(world.redeem(&back), beside.redeem(&back), world.redeem(&back), beside.redeem(&back));
        let tries = [tries.0, tries.1, tries.2, tries.3];
        assert_eq!(tries.iter().filter(|one| one.is_ok()).count(), 1, "{tries:?}");
        world.advance_ms(1);
        assert_eq!(world.redeem(&late).await.unwrap_err(), NO_CODE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_a_password_goes_with_it() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let token = world.redeem(&world.sign_in(PIA, PASSWORD).await.unwrap()).await.unwrap().token;
        let waiting = world.sign_in(PIA, PASSWORD).await.unwrap();
        assert!(anyone(&world, &token).await.is_ok());
        world.reapply(PASSWORD, "another password of Pia's").await;
        assert_eq!(anyone(&world, &token).await.unwrap_err(), REVOKED);
        assert_eq!(world.redeem(&waiting).await.unwrap_err(), NO_CODE);
        let token = world.redeem(&world.sign_in(PIA, "another password of Pia's").await.unwrap()).await.unwrap().token;
        // A client that is switched off is out, whoever it acts for.
        let shop = world.key_of("sa::shop").await;
        let off = world.work(move |mut work| Box::pin(async move { work.delete_service_user(shop).await.map(drop) }));
        off.await.unwrap();
        assert!(matches!(anyone(&world, &token).await.unwrap_err(), Refusal::Unauthenticated(_)));
    })
    .await;
}
