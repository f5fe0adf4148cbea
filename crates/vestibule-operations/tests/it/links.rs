//! Customers who sign in by a letter: to whom one goes, and what its link is good for.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{customer::CustomerStatus, refusal::Refusal};
use vestibule_operations::{Caller, Client, SentBack};

use crate::{
    databases::{Database, on_both},
    harness::World,
    shop::{AMARA, BACK, SHOP, anyone, wish},
};

const NO_LINK: Refusal = Refusal::Absent("link");

/// Asks for a link, and waits until a letter was written if one is.
async fn ask(world: &World, client: &Client, address: &str) -> Result<(), Refusal> {
    // Letters are told apart by when they were written.
    world.advance_ms(1);
    let asked = world.ops.ask_for_sign_in_link(&world.nobody(), client, wish(BACK, "core.customermgr.read"), address)?;
    asked.await.unwrap();
    Ok(())
}

/// The secret of the newest link, as it is delivered.
async fn secret(world: &World, database: &Database) -> SecretString {
    let kept = world.outbox().await.pop().unwrap();
    assert_eq!(kept.to, AMARA);
    assert!(kept.text.contains("?secret=[kept-back]") && kept.html.contains("?secret=[kept-back]"));
    world.ops.deliver_due_mail().await.unwrap();
    let letter = std::fs::read_to_string(database.folder().join("mail").join(format!("{}.eml", kept.id))).unwrap();
    let letter = letter.replace("=\r\n", "").replace("=3D", "=");
    let link = letter.lines().map(str::trim).find_map(|line| line.strip_prefix("https://vestibule.example/sign-in/link/acme?secret="));
    SecretString::from(link.unwrap())
}

async fn take(world: &World, realm: &str, secret: &SecretString) -> Result<SentBack, Refusal> {
    world.ops.take_sign_in_link(&world.nobody(), realm, secret).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_signs_its_customer_in_once() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let client = world.ops.client(&world.nobody(), SHOP.0).await.unwrap().unwrap();
        assert_eq!((client.name.as_str(), client.realm_name.as_str(), client.redirect_uris.len()), ("The shop", "Acme Widgets", 2));
        let size = world.size().await;
        ask(&world, &client, "amara@Example.NET").await.unwrap();
        let secret = secret(&world, &database).await;
        let heap = database.bytes().await;
        assert!(!heap.windows(43).any(|bytes| bytes == secret.expose_secret().as_bytes()), "rows keep a hash");
        for (realm, wrong) in [("acme", "x"), ("acme", ""), ("acme", &*"x".repeat(200)), ("nowhere", "x"), ("", "x"), ("A b", "x")] {
            assert_eq!(take(&world, realm, &SecretString::from(wrong)).await.unwrap_err(), NO_LINK, "{realm} {wrong}");
        }
        assert_eq!(take(&world, "other", &secret).await.unwrap_err(), NO_LINK);
        let page = world.ops.open_sign_in_link(&world.nobody(), "acme", &secret).await.unwrap();
        assert_eq!((page.realm_name.as_str(), page.redirect_uri.as_str()), ("Acme Widgets", BACK));
        let tries = tokio::join!(take(&world, "acme", &secret), take(&world, "acme", &secret), take(&world, "acme", &secret));
        let (mut good, bad): (Vec<_>, Vec<_>) = [tries.0, tries.1, tries.2].into_iter().partition(Result::is_ok);
        assert_eq!((good.len(), bad.len()), (1, 2));
        assert_eq!(world.ops.open_sign_in_link(&world.nobody(), "acme", &secret).await.unwrap_err(), NO_LINK);
        let back = good.remove(0).unwrap();
        assert_eq!((back.redirect_uri.as_str(), back.state.as_deref()), (BACK, Some("a state")));
        let token = world.redeem(&back).await.unwrap();
        let Caller::Customer(customer) = anyone(&world, &token.token).await.unwrap() else { panic!("no customer") };
        assert_eq!(customer.customer.to_string(), "2210");
        assert!(customer.scopes.allows("core.customermgr.read") && !customer.scopes.allows("core.customermgr.manage"));
        assert_eq!(world.actions(size).await, ["signin.requested", "signin.succeeded", "token.exchanged"]);
        let told = world.events(size).await;
        assert_eq!((&told[1]["actor"]["kind"], &told[1]["actor"]["id"]), (&"customer".into(), &"customer-2210".into()));
        assert!(!told.iter().any(|event| event.to_string().contains(AMARA)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_known_address_of_one_open_customer_is_written_to() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let client = world.ops.client(&world.nobody(), SHOP.0).await.unwrap().unwrap();
        for address in
            ["ilse@example.net", "sue@example.net", "both@example.net", "nobody@example.net", "", "AMARA@example.net", "a\r\nb@example.net"]
        {
            assert_eq!(ask(&world, &client, address).await, Ok(()), "{address:?}");
        }
        let count = || async { world.outbox().await.iter().filter(|mail| mail.to == AMARA).count() };
        assert!(world.outbox().await.is_empty());
        ask(&world, &client, AMARA).await.unwrap();
        assert_eq!((count().await, world.outbox().await.len()), (1, 1));
        // An address may be asked for ten times a minute, whoever's it is.
        for address in ["nobody@example.net", AMARA] {
            for _ in 0..9 {
                ask(&world, &client, address).await.unwrap();
            }
            assert!(matches!(ask(&world, &client, address).await, Err(Refusal::TooMany { allowed: 10, .. })), "{address}");
        }
        assert_eq!(count().await, 10);
        // And ten letters an hour is what a customer gets.
        world.advance_ms(60_000);
        assert_eq!((ask(&world, &client, AMARA).await, count().await), (Ok(()), 10));
        world.advance_ms(3_600_000);
        assert_eq!((ask(&world, &client, AMARA).await, count().await), (Ok(()), 11));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_for_a_quarter_of_an_hour_and_while_nothing_changes() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let client = world.ops.client(&world.nobody(), SHOP.0).await.unwrap().unwrap();
        ask(&world, &client, AMARA).await.unwrap();
        let link = secret(&world, &database).await;
        let open = || async { world.ops.open_sign_in_link(&world.nobody(), "acme", &link).await.is_ok() };
        world.advance_ms(15 * 60_000 - 1);
        assert!(open().await);
        world.advance_ms(1);
        assert!(!open().await);
        assert_eq!(take(&world, "acme", &link).await.unwrap_err(), NO_LINK);
        ask(&world, &client, AMARA).await.unwrap();
        let link = secret(&world, &database).await;
        let open = || async { world.ops.open_sign_in_link(&world.nobody(), "acme", &link).await.is_ok() };
        let customer = "2210".parse().unwrap();
        world.set_status(customer, CustomerStatus::Suspended).await;
        assert!(!open().await);
        world.set_status(customer, CustomerStatus::Open).await;
        assert!(open().await);
        world.reapply("email = \"amara@example.net\"", "email = \"osei@example.net\"").await;
        assert!(!open().await, "another address");
        world.reapply("", "").await;
        world.reapply("\"https://shop.example/back\", ", "").await;
        assert!(!open().await, "another way back");
        assert_eq!(take(&world, "acme", &link).await.unwrap_err(), NO_LINK);
        world.reapply("", "").await;
        assert!(take(&world, "acme", &link).await.is_ok());
    })
    .await;
}
