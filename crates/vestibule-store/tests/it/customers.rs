//! Customers, contacts, help desks and hand-offs of one realm are nobody else's.

use vestibule_core::{
    authorship::Authorship,
    contact::{Contact, ContactKind},
    customer::{Customer, CustomerId, CustomerKind, CustomerStatus},
    department::{Department, DepartmentId},
    grant::CustomerGrant,
    help_desk::{DeskSecret, DeskSettings, HelpDesk},
    id::{DeskSecretId, RealmId},
    refusal::Refusal,
    time::Timestamp,
    verification::EmailVerification,
};
use vestibule_store::{CustomerOrder, CustomerSearch, GrantSide, HandoffCode, Order, PageRequest, Tx};

use crate::{
    databases::on_both,
    harness::{World, change},
};

const VALUE: &str = "Kq7mZ2vX9tB4nW8rLc5yHd3sPf6gJa1eUoTiQwExRzYbNkMv";

pub fn customer(id: i64, now: Timestamp) -> Customer {
    Customer {
        id: CustomerId::try_from(id).unwrap(),
        number: Some(format!("acct-{id}").parse().unwrap()),
        name: Some(format!("Customer {id}")),
        kind: CustomerKind::Corporate,
        status: CustomerStatus::Open,
        purged_at: None,
        department: Some("Service".to_owned()),
        currency: "EUR".parse().unwrap(),
        partner_account_id: Some(format!("partner-{id}")),
        version: 1,
        created_at: now,
        authorship: Authorship::default(),
    }
}

/// A realm's own, of which `mark` is in every name that must be unique in all realms.
async fn fill(world: &World, realm: &RealmId, mark: u8) {
    let (now, secret) = (world.now(), DeskSecretId::from_uuid(world.uuid()));
    change(world, realm, move |tx| {
        Box::pin(async move {
            for id in [7, 8] {
                tx.save_customer(&customer(id, now)).await?;
            }
            let id = CustomerId::try_from(7)?;
            let mut contact = Contact::new(id, ContactKind::Billing, Default::default(), None, now);
            contact.details.media.email1 = format!("mark{mark}@b.example");
            tx.save_contact(&contact).await?;
            let sent = EmailVerification::of(&contact, now)?;
            tx.save_verification(&sent, &format!("selector-{mark}"), [mark; 32]).await?;
            tx.insert_grant(&CustomerGrant { granter: id, holder: id.next(), created_at: now, created_by: None }).await?;
            let service = Department { id: DepartmentId::FIRST, name: "Service".to_owned(), created_at: now };
            assert!(tx.insert_department(&service).await?);
            assert!(!tx.insert_department(&Department { id: service.id.next(), ..service }).await?, "its name is taken");
            let authorship = Authorship::default();
            tx.save_help_desk(&HelpDesk { settings: DeskSettings::at("acme"), version: 1, created_at: now, authorship }).await?;
            let staged = DeskSecret::pending(secret, VALUE, now)?;
            tx.insert_desk_secret(&staged, VALUE).await?;
            tx.update_desk_secret(&staged.activate(now)?).await?;
            assert!(tx.insert_handoff([mark; 32]).await?);
            tx.insert_handoff_code(&code(id, now.plus_seconds(60)), [mark; 32]).await?;
            Ok(())
        })
    })
    .await;
}

fn code(customer: CustomerId, expires_at: Timestamp) -> HandoffCode {
    HandoffCode { customer, holder: None, kind: ContactKind::Billing, return_to: None, account: None, session: None, expires_at }
}

/// By the address of the one contact there is.
fn search(mark: u8) -> CustomerSearch {
    CustomerSearch { email: Some(format!("MARK{mark}@b.example")), ..CustomerSearch::default() }
}

/// How much a realm sees of what [`fill`] gave to the realm of `mark`.
async fn look(tx: &mut Tx, mark: u8) -> Result<Vec<(&'static str, usize)>, Refusal> {
    let id = CustomerId::try_from(7)?;
    let page = PageRequest { after: None, limit: 9 };
    Ok(vec![
        ("customer", usize::from(tx.find_customer(id).await?.is_some())),
        ("by number", usize::from(tx.find_customer_numbered(&"acct-7".parse()?).await?.is_some())),
        ("by partner", usize::from(tx.find_customer_of_partner("partner-7").await?.is_some())),
        ("page", tx.page_customers(None, page).await?.items.len() / 2),
        ("slice", tx.slice_customers(Some(CustomerStatus::Open), 1, 9).await?.len()),
        ("count", usize::try_from(tx.count_customers(None).await?).unwrap() / 2),
        ("last id", usize::from(tx.last_customer_id().await?.is_some())),
        ("contact", usize::from(tx.find_contact(id, ContactKind::Billing).await?.is_some())),
        ("contacts", tx.list_contacts(id).await?.len()),
        ("verification", usize::from(tx.find_verification(&format!("selector-{mark}"), &[mark; 32]).await?.is_some())),
        ("grants", tx.list_grants_of(id).await?.len()),
        ("parties", usize::from(tx.find_parties(id, id.next()).await?.is_some_and(|both| both.is_granted))),
        ("grants held", tx.list_grants(id.next(), GrantSide::Granters).await?.len()),
        ("customers granted to", tx.list_granted(id, GrantSide::Holders).await?.len()),
        ("grants by name", tx.list_named_grants(id.next()).await?[0].len()),
        ("count of grants held", tx.count_grants_held(&[id, id.next()].into()).await?.len()),
        ("customers by id", tx.list_customers(&[id]).await?.len()),
        ("any customers", usize::from(tx.has_customers().await?)),
        ("customers found", tx.search_customers(&search(mark), (CustomerOrder::Name, Order::Ascending), 0, 9).await?.len()),
        ("count of customers found", usize::try_from(tx.count_found_customers(&search(mark)).await?).unwrap()),
        ("departments", tx.list_departments().await?.len()),
        ("desk", usize::from(tx.find_help_desk().await?.is_some())),
        ("secrets", tx.list_desk_secrets().await?.len()),
        ("active", usize::from(tx.find_active_secret().await?.is_some())),
        ("code", usize::from(tx.find_handoff_code(&[mark; 32]).await?.is_some())),
    ])
}

/// What is asked for by what only one realm has.
const STRANGE: [&str; 4] = ["verification", "customers found", "count of customers found", "code"];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_one_realms_is_no_other_realms() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        fill(&world, &acme, 1).await;
        let seen = |realm: &RealmId, mark| {
            let (world, realm) = (world.clone(), realm.clone());
            async move { world.read(&realm, move |tx| Box::pin(async move { look(tx, mark).await })).await.unwrap() }
        };
        assert!(seen(&other, 1).await.iter().all(|(_, count)| *count == 0), "{:?}", seen(&other, 1).await);
        fill(&world, &other, 2).await;
        for (realm, mark) in [(&acme, 1), (&other, 2)] {
            assert!(seen(realm, mark).await.iter().all(|(_, count)| *count == 1), "{:?}", seen(realm, mark).await);
        }
        let strangers: Vec<_> = seen(&other, 1).await.into_iter().filter(|(name, _)| STRANGE.contains(name)).collect();
        assert_eq!(strangers, STRANGE.map(|name| (name, 0)));
        // Whoever comes with a link or a code is led to its realm.
        let moment = world.moment();
        assert_eq!(world.store.locate_verification("selector-1", &moment).await, Ok(Some(acme.clone())));
        assert_eq!(world.store.locate_verification("selector-3", &moment).await, Ok(None));
        assert_eq!(world.store.locate_handoff([2; 32], &moment).await, Ok(Some(other.clone())));
        assert_eq!(world.store.locate_handoff([3; 32], &moment).await, Ok(None));
        // What one realm removes, the other keeps.
        change(&world, &other, |tx| {
            Box::pin(async move {
                let id = CustomerId::try_from(7)?;
                tx.strip_customer(id).await?;
                assert!(tx.take_handoff_code(&[1; 32]).await?.is_none());
                assert!(!tx.delete_grant(id, id.next()).await?, "it went with the customer's own");
                assert!(!tx.delete_verification(id, ContactKind::Billing).await?);
                Ok(())
            })
        })
        .await;
        assert!(seen(&acme, 1).await.iter().all(|(_, count)| *count == 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_read_as_they_were_written() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let now = world.now();
        change(&world, &acme, move |tx| {
            Box::pin(async move {
                let mut wanted = customer(9_007_199_254_740_993, now);
                tx.save_customer(&wanted).await?;
                assert_eq!(tx.find_customer(wanted.id).await?.as_ref(), Some(&wanted));
                wanted = Customer { number: None, partner_account_id: None, purged_at: Some(now), version: 2, ..wanted };
                tx.save_customer(&wanted).await?;
                assert_eq!(tx.find_customer(wanted.id).await?.as_ref(), Some(&wanted));
                assert_eq!(tx.count_customers(None).await?, 0, "purged");
                let mut contact = Contact::new(wanted.id, ContactKind::Primary, Default::default(), None, now);
                contact.details.name.last = "Ünal".to_owned();
                let second = Contact { position: 1, ..contact.clone() };
                for contact in [&second, &contact] {
                    tx.save_contact(contact).await?;
                }
                assert_eq!(tx.list_contacts(wanted.id).await?, [contact.clone(), second.clone()]);
                assert_eq!(tx.find_contact(wanted.id, ContactKind::Primary).await?.as_ref(), Some(&contact));
                tx.delete_contact(&contact).await?;
                assert_eq!(tx.list_contacts(wanted.id).await?, [second]);
                let kept = HandoffCode { return_to: Some("/hc".to_owned()), ..code(wanted.id, now.plus_seconds(1)) };
                tx.insert_handoff_code(&kept, [5; 32]).await?;
                assert_eq!(tx.find_handoff_code(&[5; 32]).await?.as_ref(), Some(&kept));
                assert_eq!(tx.take_handoff_code(&[5; 32]).await?, Some(kept));
                assert_eq!(tx.take_handoff_code(&[5; 32]).await?, None);
                assert!(tx.insert_handoff([6; 32]).await? && !tx.insert_handoff([6; 32]).await?, "a jti twice");
                Ok(())
            })
        })
        .await;
    })
    .await;
}
