//! Groups of things, attachments, invitations of people: what is kept of them, in what order they are
//! told, and that what was compiled from a thing's places follows every change of them.

use vestibule_core::{
    account::AccountKind,
    authorship::Authorship,
    group::Group,
    id::{AttachmentId, GroupId, RealmId},
    resource_group::{GroupType, Member},
    role::{Attachment, Holder},
};
use vestibule_store::{PageRequest, Place};

use crate::{
    databases::on_both,
    harness::{World, change},
};

fn plans() -> GroupType {
    "plan".parse().unwrap()
}

fn item(id: &str) -> Member {
    Member::Item(id.parse().unwrap())
}

/// Asked twice: the first may be read, the second comes from memory.
async fn places(world: &World, realm: &RealmId, of: &GroupType, member: &Member) -> Vec<String> {
    let ask = || async {
        let found = world.store.find_places(realm, of.clone(), member.clone(), &world.moment()).await.unwrap();
        found.iter().map(|group| group.to_string()).collect::<Vec<_>>()
    };
    let first = ask().await;
    assert_eq!(first, ask().await);
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_thing_lies_in_is_known_at_once_after_every_change() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        let (inner, outer, p1) = (world.group("G1"), world.group("G0"), item("P1"));
        let (inner_id, outer_id) = (inner.id, outer.id);
        let one = vec![inner_id.to_string()];
        let mut both = vec![inner_id.to_string(), outer_id.to_string()];
        both.sort();
        let none = Vec::<String>::new();
        change(&world, &acme, |tx| {
            Box::pin(async move {
                for group in [inner, outer] {
                    tx.save_group_of(&plans(), &group).await?;
                }
                Ok(())
            })
        })
        .await;
        macro_rules! step {
            ($expected:expr, $tx:ident, $step:expr) => {
                change(&world, &acme, move |$tx| Box::pin(async move { Ok($step.await?) })).await;
                assert_eq!(places(&world, &acme, &plans(), &p1).await, $expected);
            };
        }
        assert_eq!(places(&world, &acme, &plans(), &p1).await, none);
        step!(one, tx, tx.set_place(&plans(), &item("P1"), inner_id, Place::In(None)));
        step!(both, tx, tx.set_place(&plans(), &Member::Group(inner_id), outer_id, Place::In(None)));
        assert_eq!(places(&world, &acme, &plans(), &Member::Group(inner_id)).await, [outer_id.to_string()]);
        // A type has things of its own, and so has a realm.
        assert_eq!(places(&world, &acme, &"meter".parse().unwrap(), &p1).await, none);
        assert_eq!(places(&world, &other, &plans(), &p1).await, none);
        step!(one, tx, tx.set_place(&plans(), &Member::Group(inner_id), outer_id, Place::Out));
        step!(both, tx, tx.set_place(&plans(), &Member::Group(inner_id), outer_id, Place::In(None)));
        step!(one, tx, tx.delete_group_of(&plans(), outer_id));
        step!(none, tx, tx.set_place(&plans(), &item("P1"), inner_id, Place::Out));
        step!(one, tx, tx.set_place(&plans(), &item("P1"), inner_id, Place::In(None)));
        step!(none, tx, tx.delete_group_of(&plans(), inner_id));
        assert_eq!(database.number("SELECT COUNT(*) FROM resource_group_item").await, 0);
        assert_eq!(database.number("SELECT COUNT(*) FROM resource_group_nesting").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_lies_in_the_groups_that_it_is_a_member_of() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let (ada, group) = (world.account("ada", AccountKind::User), world.group("operators"));
        let (key, id) = (ada.key, group.id);
        change(&world, &acme, move |tx| {
            Box::pin(async move {
                tx.save_account(&ada).await?;
                Ok(tx.save_group(&group).await?)
            })
        })
        .await;
        let member = Member::Item(key.into());
        assert!(places(&world, &acme, &GroupType::Users, &member).await.is_empty());
        change(&world, &acme, move |tx| Box::pin(async move { Ok(tx.set_member(key, id, Place::In(None)).await?) })).await;
        assert_eq!(places(&world, &acme, &GroupType::Users, &member).await, [id.to_string()]);
        change(&world, &acme, move |tx| Box::pin(async move { Ok(tx.delete_group(id).await?) })).await;
        assert!(places(&world, &acme, &GroupType::Users, &member).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_told_newest_first_and_page_by_page() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        for of in [plans(), GroupType::Users] {
            let group = world.group("all");
            let (id, mut expected) = (group.id, Vec::new());
            let kind = of.clone();
            change(&world, &acme, move |tx| Box::pin(async move { Ok(tx.save_group_of(&kind, &group).await?) })).await;
            for round in 0..3 {
                // Two things and a group in each millisecond.
                let accounts = [0, 1].map(|n| world.account(&format!("{}-{round}-{n}", of.as_str()), AccountKind::User));
                let inner = Group { name: format!("inner {round}"), ..world.group("") };
                expected.extend(accounts.iter().map(|account| (round, "item", account.key.to_string())));
                expected.push((round, "group", inner.id.to_string()));
                let kind = of.clone();
                change(&world, &acme, move |tx| {
                    Box::pin(async move {
                        for account in accounts {
                            tx.save_account(&account).await?;
                            tx.set_place(&kind, &Member::Item(account.key.into()), id, Place::In(Some(account.key))).await?;
                        }
                        tx.save_group_of(&kind, &inner).await?;
                        Ok(tx.set_place(&kind, &Member::Group(inner.id), id, Place::In(None)).await?)
                    })
                })
                .await;
                world.advance_ms(1);
            }
            expected.sort();
            expected.reverse();
            for limit in [1, 2, 4, 9, 10] {
                let (mut told, mut after) = (Vec::new(), None);
                loop {
                    let (kind, page) = (of.clone(), PageRequest { after, limit });
                    let page = world.read(&acme, move |tx| Box::pin(async move { tx.page_members(&kind, id, page).await })).await.unwrap();
                    assert!(!page.items.is_empty() && page.items.len() <= limit);
                    told.extend(page.items.iter().map(|one| (one.member.kind(), one.member.id())));
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                let expected: Vec<_> = expected.iter().map(|(_, kind, id)| (*kind, id.clone())).collect();
                assert_eq!(told, expected, "{of} by {limit}");
            }
            for bad in ["", "1", "x.item.a", "1.thing.a"] {
                let (kind, page) = (of.clone(), PageRequest { after: Some(bad.to_owned()), limit: 1 });
                assert!(world.read(&acme, move |tx| Box::pin(async move { tx.page_members(&kind, id, page).await })).await.is_err());
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_is_made_once_and_keeps_its_author() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let (ada, role) = (world.account("ada", AccountKind::User), world.role("reader", "config:retrieve"));
        let attachment = |by| Attachment {
            id: AttachmentId::from_uuid(world.uuid()),
            role: role.id,
            holder: Holder::SupportStaff,
            version: 1,
            created_at: world.now(),
            authorship: Authorship::made_by(by),
        };
        let (first, second) = (attachment(Some(ada.key)), attachment(None));
        let (stored, wished) = (role.clone(), first.clone());
        change(&world, &acme, move |tx| {
            Box::pin(async move {
                tx.save_account(&ada).await?;
                tx.save_role(&stored).await?;
                assert!(tx.attach_role(&wished).await?);
                assert!(!tx.attach_role(&second).await?);
                Ok(())
            })
        })
        .await;
        let found = world.read(&acme, move |tx| Box::pin(async move { Ok(tx.find_attachment(Holder::SupportStaff, role.id).await?) }));
        assert_eq!(found.await.unwrap(), Some(first));
        let gone = GroupId::from_uuid(world.uuid());
        let none = world.read(&acme, move |tx| Box::pin(async move { Ok(tx.find_attachment(Holder::Group(gone), role.id).await?) }));
        assert_eq!(none.await.unwrap(), None);
    })
    .await;
}
