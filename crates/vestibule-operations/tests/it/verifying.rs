//! Verifying addresses: a link that is good once, for 48 hours, for the address that it went to; and the secrets that
//! are shared with the help desk.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    contact::ContactKind,
    customer::Customer,
    help_desk::{DeskSecret, DeskSettings, SecretState},
    refusal::{Fault, Malformed, Refusal},
};

use crate::{
    databases::{Database, on_both},
    desk::{DANA, SECRET, step, technical},
    harness::{ADA, World},
};

/// Both members of the link in the newest letter, as it is delivered.
async fn link(world: &World, database: &Database) -> (String, SecretString) {
    let kept = world.outbox().await.pop().unwrap();
    assert_eq!(kept.to, DANA);
    assert!(kept.text.contains("authString=[kept-back]") && kept.html.contains("authString=[kept-back]"));
    world.ops.deliver_due_mail().await.unwrap();
    let letter = std::fs::read_to_string(database.folder().join("mail").join(format!("{}.eml", kept.id))).unwrap();
    // Quoted-printable breaks long lines, and spells `=`.
    let letter = letter.replace("=\r\n", "").replace("=3D", "=");
    let link = letter.lines().map(str::trim).find_map(|line| line.strip_prefix("https://vestibule.example/validations/email?v="));
    let (selector, secret) = link.unwrap().split_once("&authString=").unwrap();
    assert_eq!((selector.len(), secret.len()), (22, 43));
    (selector.to_owned(), SecretString::from(secret))
}

async fn ask(world: &World, customer: &Customer) -> Result<(), Refusal> {
    let customer = customer.clone();
    // Letters are told apart by when they were written.
    world.advance_ms(1);
    step!(world, work, work.request_verification(&customer, ContactKind::Technical))
}

fn is_spent(outcome: Result<(), Refusal>) -> bool {
    matches!(outcome, Err(Refusal::Conflict { what: "link", .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_verifies_an_address_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let customer = world.customer("acct-1").await;
        assert_eq!(ask(&world, &customer).await, Err(Refusal::Absent("contact")));
        world.write_contact(&customer, ContactKind::Technical, "").await.unwrap();
        assert_eq!(ask(&world, &customer).await, Err(Refusal::Absent("contact")), "without an address");
        world.write_contact(&customer, ContactKind::Technical, DANA).await.unwrap();
        let size = world.size().await;
        ask(&world, &customer).await.unwrap();
        let (selector, secret) = link(&world, &database).await;
        let heap = database.bytes().await;
        assert!(!heap.windows(43).any(|bytes| bytes == secret.expose_secret().as_bytes()), "rows keep a hash");
        let confirm = |selector: &str, secret: &SecretString| {
            let (world, selector, secret) = (world.clone(), selector.to_owned(), secret.clone());
            async move { world.ops.confirm_email(&world.nobody(), &selector, &secret).await }
        };
        for (selector, secret) in [("", "x"), (&*selector, ""), (&*selector, "x"), ("x", secret.expose_secret()), (&*"x".repeat(200), "x")]
        {
            assert!(is_spent(confirm(selector, &SecretString::from(secret)).await), "{selector}");
        }
        let tries = tokio::join!(confirm(&selector, &secret), confirm(&selector, &secret), confirm(&selector, &secret));
        let good = [&tries.0, &tries.1, &tries.2].into_iter().filter(|one| one.is_ok()).count();
        assert_eq!(good, 1, "{tries:?}");
        let told = customer.clone();
        assert!(step!(world, work, work.contact(&told, ContactKind::Technical)).unwrap().email_verified);
        assert!(matches!(ask(&world, &customer).await, Err(Refusal::Conflict { what: "e-mail address", .. })));
        assert_eq!(world.actions(size).await, ["contact.verification_requested", "contact.verified"]);
        assert!(!world.events(size).await.iter().any(|event| event.to_string().contains(DANA)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_for_48_hours_and_until_the_next_one_or_another_address() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let customer = world.customer("acct-1").await;
        world.write_contact(&customer, ContactKind::Technical, DANA).await.unwrap();
        let fresh = || async {
            ask(&world, &customer).await.unwrap();
            link(&world, &database).await
        };
        let confirm = |(selector, secret): (String, SecretString)| {
            let world = world.clone();
            async move { world.ops.confirm_email(&world.nobody(), &selector, &secret).await }
        };
        let old = fresh().await;
        let new = fresh().await;
        assert!(is_spent(confirm(old).await), "a new one voids the old");
        world.advance_ms(172_800_000);
        assert!(is_spent(confirm(new).await), "48 hours");
        let astray = fresh().await;
        world.write_contact(&customer, ContactKind::Technical, "dana@example.org").await.unwrap();
        world.write_contact(&customer, ContactKind::Technical, DANA).await.unwrap();
        assert!(is_spent(confirm(astray).await), "another address voids it for good");
        let good = fresh().await;
        world.advance_ms(172_799_999);
        assert_eq!(confirm(good).await, Ok(()));
        // The flag goes with the address, and stays while it is only spelt otherwise.
        let same = world.write_contact(&customer, ContactKind::Technical, "dana.reyes@EXAMPLE.net").await.unwrap();
        assert!(same.email_verified);
        assert!(!world.write_contact(&customer, ContactKind::Technical, "dana@example.org").await.unwrap().email_verified);
        // A purged customer's link is no better than any other.
        world.write_contact(&customer, ContactKind::Technical, DANA).await.unwrap();
        let last = fresh().await;
        let gone = customer.clone();
        step!(world, work, work.purge_customer(gone)).unwrap();
        assert!(is_spent(confirm(last).await));
        assert_eq!(database.number("SELECT COUNT(*) FROM contact").await, 0, "its people are forgotten");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_sent_10_letters_an_hour() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let customer = world.customer("acct-1").await;
        world.write_contact(&customer, ContactKind::Technical, DANA).await.unwrap();
        for _ in 0..10 {
            ask(&world, &customer).await.unwrap();
        }
        assert!(matches!(ask(&world, &customer).await, Err(Refusal::TooMany { allowed: 10, .. })));
        world.advance_ms(3_600_000);
        assert_eq!(ask(&world, &customer).await, Ok(()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_breaks_a_rule_is_refused_with_every_fault_and_not_stored() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let customer = world.customer("acct-1").await;
        let size = world.size().await;
        let refused = world.write_contact(&customer, ContactKind::Billing, "nobody").await;
        assert_eq!(refused, Err(Refusal::ManyMalformed(vec![Malformed::new("email1", Fault::Format("an e-mail address"))])));
        assert_eq!(world.size().await, size);
        let (told, first) = (customer.clone(), world.write_contact(&customer, ContactKind::Billing, DANA).await.unwrap());
        assert_eq!(world.write_contact(&customer, ContactKind::Billing, DANA).await.as_ref(), Ok(&first), "no change");
        assert_eq!(world.size().await, size + 1);
        assert_eq!(step!(world, work, work.contacts(&told)), Ok(vec![first]));
        let gone = customer.clone();
        step!(world, work, work.remove_contact(&gone, ContactKind::Billing)).unwrap();
        let gone = customer.clone();
        assert_eq!(step!(world, work, work.remove_contact(&gone, ContactKind::Billing)), Err(Refusal::Absent("contact")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_waits_then_signs_then_is_forgotten() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.ready(&database, "acct-1").await;
        let next = "Zz7mZ2vX9tB4nW8rLc5yHd3sPf6gJa1eUoTiQwExRzYbNkMv";
        let short = SecretString::from("x".repeat(31));
        assert!(matches!(step!(world, work, work.add_desk_secret(&short)), Err(Refusal::Malformed(_))));
        let first = world.with_desk().await;
        let value = SecretString::from(next);
        let staged = step!(world, work, work.add_desk_secret(&value)).unwrap();
        let key = || async {
            let size = world.size().await;
            world.hand_off(ADA, technical("acct-1")).await.unwrap();
            world.events(size).await.pop().unwrap()["data"]["key"].as_str().unwrap().to_owned()
        };
        assert_eq!((staged.state, key().await), (SecretState::Pending, first.fingerprint.clone()), "it waits");
        let heap = database.bytes().await;
        for hidden in [SECRET, next] {
            assert!(!heap.windows(hidden.len()).any(|bytes| bytes == hidden.as_bytes()), "it is sealed");
        }
        let id = staged.id;
        step!(world, work, work.activate_desk_secret(id)).unwrap();
        assert_eq!(key().await, staged.fingerprint);
        let states = || async {
            let secrets = step!(world, work, work.desk_secrets()).unwrap();
            secrets.into_iter().map(|secret| (secret.id, secret.state)).collect::<std::collections::BTreeMap<_, _>>()
        };
        assert_eq!(states().await, [(first.id, SecretState::Retired), (id, SecretState::Active)].into());
        assert_eq!(database.number("SELECT COUNT(*) FROM help_desk_secret WHERE secret IS NULL").await, 1, "its value is forgotten");
        for done in [first.id, id] {
            assert!(matches!(step!(world, work, work.activate_desk_secret(done)), Err(Refusal::Conflict { .. })));
        }
        step!(world, work, work.remove_desk_secret(id)).unwrap();
        assert_eq!(world.hand_off(ADA, technical("acct-1")).await.unwrap_err(), Refusal::NoHelpDesk);
        assert_eq!(step!(world, work, work.remove_desk_secret(id)), Err(Refusal::Absent("secret")));
        let add = || {
            let value = SecretString::from(next);
            let world = world.clone();
            async move { step!(world, work, work.add_desk_secret(&value)) }
        };
        for _ in 1..DeskSecret::COUNT_MAX {
            add().await.unwrap();
        }
        assert!(matches!(add().await, Err(Refusal::Malformed(_))), "at most 20, retired ones counted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_help_desk_that_is_as_wanted_is_not_changed() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        assert_eq!(step!(world, work, work.help_desk()), Err(Refusal::Absent("help desk")));
        let put = |settings: DeskSettings, seen| {
            let world = world.clone();
            async move { step!(world, work, work.put_help_desk(settings, seen)) }
        };
        let (desk, is_new) = put(DeskSettings::at("acme"), None).await.unwrap();
        assert_eq!((desk.version, is_new), (1, true));
        let size = world.size().await;
        assert_eq!(put(DeskSettings::at("acme"), Some(1)).await, Ok((desk, false)));
        assert_eq!(put(DeskSettings::at("acme-2"), Some(9)).await, Err(Refusal::Stale { current: 1 }));
        assert!(matches!(put(DeskSettings::at("Not One"), None).await, Err(Refusal::Malformed(_))));
        assert_eq!(world.size().await, size);
        let (desk, _) = put(DeskSettings::at("acme-2"), Some(1)).await.unwrap();
        assert_eq!((desk.version, desk.settings.subdomain.as_str()), (2, "acme-2"));
        let event = world.events(size).await.pop().unwrap();
        assert_eq!((&event["action"], &event["change"]["fields"][0]), (&"help_desk.updated".into(), &"subdomain".into()));
        assert_eq!(step!(world, work, work.help_desk()), Ok(desk));
    })
    .await;
}
