//! Handing contacts over: what is checked in which order, what is signed, and that it is signed once.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};
use vestibule_core::{
    contact::ContactKind,
    customer::{CustomerId, CustomerStatus},
    help_desk::{Delivery, DeskSettings},
    refusal::Refusal,
};
use vestibule_operations::{CustomerChange, CustomerRef, HandoffWish, apply::Mode};

use crate::{
    databases::on_both,
    desk::{DANA, PORTAL, SECRET, numbered, step, technical},
    harness::{ADA, BEN, World, acme},
};

/// The claims of a token.
fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// The token in a link.
fn token(url: &SecretString) -> String {
    let query = url.expose_secret().strip_prefix("https://acme.zendesk.com/access/jwt?jwt=").unwrap();
    query.split('&').next().unwrap().to_owned()
}

fn code(url: &SecretString) -> SecretString {
    SecretString::from(url.expose_secret().strip_prefix("https://vestibule.example/sso/handoff/").unwrap())
}

fn is_forbidden(refused: &Refusal) -> bool {
    matches!(refused, Refusal::Forbidden { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_come_in_their_published_order() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.with_portal().await;
        let customer = world.customer("acct-1").await;
        world.customer("acct-2").await;
        let refused = |wish: HandoffWish| {
            let world = world.clone();
            async move { world.hand_off(PORTAL, wish).await.unwrap_err() }
        };
        // Absent before forbidden, and nobody's number is like a stranger's.
        for nobodys in ["acct-9", "", "a b", "1000"] {
            assert_eq!(refused(technical(nobodys)).await, Refusal::Absent("customer"), "{nobodys}");
        }
        assert!(is_forbidden(&refused(technical("acct-2")).await));
        assert!(is_forbidden(&world.hand_off(BEN, technical("acct-1")).await.unwrap_err()));
        world.set_status(customer.id, CustomerStatus::Suspended).await;
        assert!(is_forbidden(&refused(technical("acct-1")).await), "the elevated right is asked for before the contact");
        world.set_status(customer.id, CustomerStatus::Open).await;
        // The contact, its address, the help desk, the barred, the way back.
        assert_eq!(refused(technical("acct-1")).await, Refusal::Absent("contact"));
        world.write_contact(&customer, ContactKind::Technical, "").await.unwrap();
        assert_eq!(refused(technical("acct-1")).await, Refusal::Absent("contact"));
        world.write_contact(&customer, ContactKind::Technical, DANA).await.unwrap();
        assert_eq!(refused(technical("acct-1")).await, Refusal::EmailNotVerified);
        world.verify(&database, &customer, ContactKind::Technical).await;
        assert_eq!(refused(technical("acct-1")).await, Refusal::NoHelpDesk);
        world.set_desk(DeskSettings::at("acme")).await;
        assert_eq!(refused(technical("acct-1")).await, Refusal::NoHelpDesk, "without a secret");
        world.new_secret(SECRET).await;
        world.set_desk(DeskSettings { enabled: false, ..DeskSettings::at("acme") }).await;
        assert_eq!(refused(technical("acct-1")).await, Refusal::NoHelpDesk, "switched off");
        world.set_desk(DeskSettings { barred: vec!["example.net".to_owned()], ..DeskSettings::at("acme") }).await;
        assert_eq!(refused(technical("acct-1")).await, Refusal::AddressBarred);
        world.set_desk(DeskSettings::at("acme")).await;
        let astray = HandoffWish { return_to: Some("https://evil.example/".to_owned()), ..technical("acct-1") };
        assert!(matches!(refused(astray).await, Refusal::Malformed(_)));
        assert!(world.hand_off(PORTAL, technical("acct-1")).await.is_ok());
        // Once it is purged nobody learns that it was there, not even who administers the realm.
        let stored = step!(world, work, work.customers(None, crate::harness::page(9))).unwrap().items.remove(0);
        step!(world, work, work.purge_customer(stored)).unwrap();
        assert_eq!(refused(technical("acct-1")).await, Refusal::Absent("customer"));
        assert_eq!(world.hand_off(ADA, technical("acct-1")).await.unwrap_err(), Refusal::Absent("customer"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_says_what_is_stored_and_the_log_never_says_the_link() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.with_portal().await;
        let secret = world.with_desk().await;
        let customer = world.ready(&database, "acct-1").await;
        let size = world.size().await;
        let wish = HandoffWish { return_to: Some("/hc/requests?x=1".to_owned()), ..technical("acct-1") };
        let done = world.hand_off(PORTAL, wish).await.unwrap();
        assert!(done.url.expose_secret().ends_with("&return_to=%2Fhc%2Frequests%3Fx%3D1"), "{:?}", done.url.expose_secret());
        let told = claims(&token(&done.url));
        let members: std::collections::BTreeSet<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["email", "iat", "jti", "name"].into());
        assert_eq!((&told["email"], &told["name"], &told["iat"]), (&DANA.into(), &"Dana Reyes".into(), &world.now().seconds().into()));
        let jti = told["jti"].as_str().unwrap();
        assert_eq!(uuid::Uuid::parse_str(jti).unwrap().get_version_num(), 4);
        let hash: String = Sha256::digest(jti).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((done.jti_fingerprint.as_str(), done.delivery), (hash.as_str(), Delivery::Query));

        let event = world.events(size).await.pop().unwrap();
        assert_eq!((&event["action"], &event["target"]["id"]), (&"handoff.issued".into(), &customer.id.to_string().into()));
        let data = &event["data"];
        assert_eq!((&data["jti"], &data["contact"], &data["key"]), (&hash.into(), &"technical".into(), &secret.fingerprint.into()));
        let heap = String::from_utf8_lossy(&database.bytes().await).into_owned();
        let log = world.events(0).await.iter().map(ToString::to_string).collect::<String>();
        for hidden in [jti, &token(&done.url), SECRET] {
            assert!(!heap.contains(hidden) && !log.contains(hidden), "{hidden} is kept");
        }
        assert!(!log.contains(DANA), "addresses are sealed");
        // A second link is a second token; each claim that is switched on is told, if it is known.
        let all = vestibule_core::help_desk::ClaimSwitches { external_id: true, organization: true, phone: true };
        world.set_desk(DeskSettings { claims: all, ..DeskSettings::at("acme") }).await;
        let second = claims(&token(&world.hand_off(PORTAL, technical("acct-1")).await.unwrap().url));
        assert!(second["jti"] != told["jti"] && second["external_id"] == "acct-1" && second.get("phone").is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_an_address_has_changed_no_link_is_signed_for_the_old_one() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.with_desk().await;
        let customer = world.ready(&database, "acct-1").await;
        let size = world.size().await;
        let links = || {
            (0..20).map(|_| {
                let world = world.clone();
                tokio::spawn(async move { world.hand_off(ADA, technical("acct-1")).await })
            })
        };
        let before: Vec<_> = links().collect();
        let changing = world.write_contact(&customer, ContactKind::Technical, "someone.else@example.net");
        changing.await.unwrap();
        let after: Vec<_> = links().collect();
        for link in before {
            if let Err(refusal) = link.await.unwrap() {
                assert_eq!(refusal, Refusal::EmailNotVerified);
            }
        }
        for link in after {
            assert_eq!(link.await.unwrap().unwrap_err(), Refusal::EmailNotVerified);
        }
        let told: Vec<_> = world.actions(size).await.into_iter().filter(|action| action != "request.denied").collect();
        let changed = told.iter().position(|action| action == "contact.updated").unwrap();
        assert!(told[changed..].iter().all(|action| action != "handoff.issued"), "{told:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_links_at_once_have_a_thousand_jti() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.with_desk().await;
        let mut wishes = Vec::new();
        for number in ["acct-1", "acct-2"] {
            let customer = world.customer(number).await;
            for contact in ContactKind::ALL {
                world.write_contact(&customer, contact, DANA).await.unwrap();
                world.verify(&database, &customer, contact).await;
                wishes.extend((0..100).map(|_| HandoffWish { contact, ..technical(number) }));
            }
        }
        let ctx = world.bearer(ADA).await.unwrap();
        let links: Vec<_> = wishes
            .into_iter()
            .map(|wish| {
                let (ops, ctx) = (world.ops.clone(), ctx.clone());
                tokio::spawn(async move {
                    loop {
                        match ops.hand_off(&ctx, &acme(), wish.clone()).await {
                            // So many wait for PostgreSQL that some wait too long for a connection; a client asks again.
                            Err(Refusal::Unavailable) => {}
                            outcome => break outcome,
                        }
                    }
                })
            })
            .collect();
        let mut seen = BTreeSet::new();
        for link in links {
            let done = link.await.unwrap().unwrap();
            assert!(seen.insert(claims(&token(&done.url))["jti"].as_str().unwrap().to_owned()), "a jti twice");
        }
        assert_eq!(seen.len(), 1_000);
        assert_eq!(database.number("SELECT COUNT(*) FROM handoff").await, 1_000);
        // What was signed a day ago is forgotten with the next one.
        world.advance_ms(86_400_001);
        world.hand_off(ADA, technical("acct-1")).await.unwrap();
        assert_eq!(database.number("SELECT COUNT(*) FROM handoff").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_handed_over_120_times_a_minute() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.with_desk().await;
        let customer = world.ready(&database, "acct-1").await;
        world.write_contact(&customer, ContactKind::Billing, DANA).await.unwrap();
        world.verify(&database, &customer, ContactKind::Billing).await;
        for _ in 0..120 {
            world.hand_off(ADA, technical("acct-1")).await.unwrap();
        }
        let refused = world.hand_off(ADA, technical("acct-1")).await.unwrap_err();
        assert_eq!(refused, Refusal::TooMany { allowed: 120, period_s: 60, retry_after_s: 60 });
        assert!(world.hand_off(ADA, HandoffWish { contact: ContactKind::Billing, ..technical("acct-1") }).await.is_ok());
        world.advance_ms(60_000);
        assert!(world.hand_off(ADA, technical("acct-1")).await.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_use_a_code_at_once_one_gets_a_token() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.with_portal().await;
        let other = World::open_beside(&database, &world).await;
        world.with_desk().await;
        world.set_desk(DeskSettings { delivery: Delivery::Form, ..DeskSettings::at("acme") }).await;
        world.ready(&database, "acct-1").await;
        for round in 0..20 {
            let size = world.size().await;
            let wish = HandoffWish { return_to: Some("/hc".to_owned()), ..technical("acct-1") };
            let code = code(&world.hand_off(PORTAL, wish).await.unwrap().url);
            let page = other.ops.open_handoff(&other.nobody(), &code).await.unwrap();
            assert_eq!((page.realm_name.as_str(), page.origin.as_str()), ("Acme Widgets", "https://acme.zendesk.com"));
            let redeem = |world: &World| {
                let (world, code) = (world.clone(), code.clone());
                tokio::spawn(async move { world.ops.redeem_handoff(&world.nobody(), &code).await })
            };
            let tries: Vec<_> = (0..8).map(|at| redeem(if at % 2 == 0 { &world } else { &other })).collect();
            let mut won = Vec::new();
            for one in tries {
                match one.await.unwrap() {
                    Ok(redeemed) => won.push(redeemed),
                    Err(refusal) => assert_eq!(refusal, Refusal::Absent("hand-off"), "round {round}"),
                }
            }
            assert_eq!(won.len(), 1, "round {round}");
            let redeemed = won.pop().unwrap();
            assert_eq!((redeemed.action.as_str(), redeemed.return_to.as_deref()), ("https://acme.zendesk.com/access/jwt", Some("/hc")));
            assert_eq!(claims(redeemed.token.expose_secret())["email"], DANA);
            assert_eq!(world.ops.open_handoff(&world.nobody(), &code).await, Err(Refusal::Absent("hand-off")));
            let told = world.events(size).await;
            let actions: Vec<_> = told.iter().map(|event| event["action"].as_str().unwrap()).collect();
            assert_eq!(actions, ["handoff.issued", "handoff.redeemed"]);
            assert_eq!(told[0]["actor"]["id"], told[1]["actor"]["id"], "it is the portal's, whoever brings the code");
            assert!(!told.iter().any(|event| event.to_string().contains(code.expose_secret())));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_60_s_and_only_while_all_is_as_it_was() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.with_portal().await;
        world.with_desk().await;
        world.set_desk(DeskSettings { delivery: Delivery::Form, ..DeskSettings::at("acme") }).await;
        let customer = world.ready(&database, "acct-1").await;
        let fresh = || async { code(&world.hand_off(PORTAL, technical("acct-1")).await.unwrap().url) };
        let redeem = |code: SecretString| {
            let world = world.clone();
            async move { world.ops.redeem_handoff(&world.nobody(), &code).await }
        };
        let (first, second) = (fresh().await, fresh().await);
        world.advance_ms(59_999);
        assert!(redeem(first).await.is_ok());
        world.advance_ms(1);
        assert_eq!(world.ops.open_handoff(&world.nobody(), &second).await, Err(Refusal::Absent("hand-off")));
        assert_eq!(redeem(second).await.unwrap_err(), Refusal::Absent("hand-off"));
        for wrong in ["", "x", &"x".repeat(200)] {
            assert_eq!(redeem(SecretString::from(wrong)).await.unwrap_err(), Refusal::Absent("hand-off"));
        }
        let third = fresh().await;
        world.write_contact(&customer, ContactKind::Technical, "new@example.net").await.unwrap();
        assert_eq!(redeem(third.clone()).await.unwrap_err(), Refusal::EmailNotVerified);
        world.verify(&database, &customer, ContactKind::Technical).await;
        assert!(redeem(third).await.is_ok(), "what was refused used nothing up");
        // Whoever asked for it may no more.
        let fourth = fresh().await;
        let manifest = "[[realms]]\nid = \"acme\"\n[[realms.accounts]]\nid = \"sso_app\"\nkind = \"service\"\n";
        world.apply(manifest, Mode::Act).await.unwrap();
        assert!(is_forbidden(&redeem(fourth).await.unwrap_err()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_takes_a_hand_off_for_whom_it_acts_for_and_for_nobody_else() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.with_portal().await;
        world.with_desk().await;
        let (holder, granter) = (world.customer("acct-1").await, world.ready(&database, "acct-2").await);
        let wish = |on_behalf_of| HandoffWish { on_behalf_of: Some(on_behalf_of), ..technical("acct-1") };
        let by_id = |id: CustomerId| CustomerRef::ById(id);
        assert_eq!(world.hand_off(PORTAL, wish(by_id(granter.id))).await.unwrap_err(), Refusal::Absent("customer"));
        assert!(is_forbidden(&world.hand_off(ADA, wish(numbered("acct-2"))).await.unwrap_err()));
        let (from, to) = (granter.clone(), holder.clone());
        let size = world.size().await;
        assert_eq!(step!(world, work, work.grant_customers(&from, &[to])), Ok(1));
        let (from, to) = (granter.clone(), holder.clone());
        assert_eq!(step!(world, work, work.grant_customers(&from, &[to])), Ok(0), "it is given already");
        let done = world.hand_off(PORTAL, wish(by_id(granter.id))).await.unwrap();
        assert_eq!(claims(&token(&done.url))["email"], DANA);
        let told = world.events(size).await;
        assert_eq!(told[0]["action"], "customer.grant_added");
        assert_eq!((&told[1]["target"]["id"], &told[1]["data"]["holder"]), (&granter.id.to_string().into(), &holder.id.to_string().into()));
        // Not the other way round.
        let back = HandoffWish { on_behalf_of: Some(numbered("acct-1")), ..technical("acct-2") };
        assert!(is_forbidden(&world.hand_off(ADA, back).await.unwrap_err()));
        world.set_status(granter.id, CustomerStatus::Closed).await;
        assert!(is_forbidden(&world.hand_off(PORTAL, wish(by_id(granter.id))).await.unwrap_err()));
        world.set_status(granter.id, CustomerStatus::Open).await;
        let from = granter.clone();
        let to = holder.id;
        step!(world, work, work.revoke_customer_grants(&from, &[to])).unwrap();
        assert_eq!(world.hand_off(PORTAL, wish(by_id(granter.id))).await.unwrap_err(), Refusal::Absent("customer"));
        let from = granter.clone();
        assert_eq!(step!(world, work, work.revoke_customer_grants(&from, &[to])), Err(Refusal::Absent("grant")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_customers_are_never_given_twice() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let first = world.customer("1001").await;
        assert_eq!(first.id, CustomerId::FIRST);
        let second = world.customer("acct-2").await;
        assert_eq!(second.id.get(), 1_002, "1001 is another's number");
        let renumber = |customer: vestibule_core::customer::Customer, number: &'static str| {
            let world = world.clone();
            let change = CustomerChange { number: Some(Some(number.parse().unwrap())), ..Default::default() };
            async move { step!(world, work, work.change_customer(customer, change, None)) }
        };
        for taken in ["1001", "1000"] {
            assert_eq!(renumber(second.clone(), taken).await, Err(Refusal::Exists("customer")), "{taken}");
        }
        let gone = first.clone();
        step!(world, work, work.purge_customer(gone)).unwrap();
        assert_eq!(renumber(second.clone(), "1001").await, Err(Refusal::Exists("customer")), "a purged one keeps its number");
        let changed = renumber(second.clone(), "acct-3").await.unwrap();
        assert_eq!(
            (changed.version, changed.authorship.modified_by),
            (2, world.bearer(ADA).await.unwrap().account().ok().map(|a| a.principal.key))
        );
        let (size, same) = (world.size().await, changed.clone());
        assert_eq!(step!(world, work, work.change_customer(same, CustomerChange::default(), Some(2))).unwrap(), changed);
        let stale = changed.clone();
        assert_eq!(step!(world, work, work.change_customer(stale, CustomerChange::default(), Some(1))), Err(Refusal::Stale { current: 2 }));
        assert_eq!(world.size().await, size, "no change, no event");
        let slice = step!(world, work, work.customer_slice(Some(CustomerStatus::Open), 0, 10)).unwrap();
        assert_eq!((slice.total, slice.items), (1, vec![changed]));
    })
    .await;
}
