//! Grants under the rules of `spec/egain-grants.md`, section 6: given all or none, never more than 75, in force while
//! both customers are served in one department, and gone with either of them.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use vestibule_core::{
    customer::{Customer, CustomerId, CustomerKind, CustomerStatus},
    grant::{Deed, GRANTS_MAX, GrantRefusal},
    refusal::Refusal,
};
use vestibule_operations::{Act, Ctx, CustomerChange, CustomerRight, Entity, NewCustomer, Question};

use crate::{
    databases::{Database, on_both},
    desk::step,
    harness::{ADA, World, acme},
};

pub fn id(raw: i64) -> CustomerId {
    CustomerId::try_from(raw).unwrap()
}

pub fn ids(raw: &[i64]) -> Vec<CustomerId> {
    raw.iter().copied().map(id).collect()
}

/// A customer to be made with this id, in a department if one is named.
fn wish(raw: i64, kind: CustomerKind, department: Option<&str>) -> NewCustomer {
    NewCustomer {
        id: Some(id(raw)),
        number: None,
        name: None,
        kind,
        status: CustomerStatus::Open,
        department: department.map(str::to_owned),
        currency: Default::default(),
        partner_account_id: None,
    }
}

impl World {
    /// Individuals with these ids, in no department.
    pub async fn individuals(&self, from: i64, to: i64) {
        let made = self.work(move |mut work| {
            Box::pin(async move {
                for raw in from..=to {
                    work.create_customer(wish(raw, CustomerKind::Individual, None)).await?;
                }
                Ok(())
            })
        });
        made.await.unwrap();
    }

    pub async fn one(&self, raw: i64, kind: CustomerKind, department: Option<&'static str>) {
        step!(self, work, work.create_customer(wish(raw, kind, department))).unwrap();
    }

    pub async fn stored(&self, raw: i64) -> Customer {
        step!(self, work, work.served_customers(&[id(raw)])).unwrap().remove(0)
    }

    /// Lets these act for one.
    pub async fn grant(&self, granter: i64, holders: &[i64]) -> Result<usize, Refusal> {
        let holders = ids(holders);
        let ctx = self.bearer(ADA).await.unwrap();
        give(self, &ctx, granter, holders).await
    }

    /// Whom a customer may act for, and who may act for it, by id.
    pub async fn edges(&self, raw: i64) -> (Vec<i64>, Vec<i64>) {
        let found = step!(self, work, work.grants_of(id(raw))).unwrap();
        let of = |side: &[vestibule_operations::Named]| side.iter().map(|named| named.id.get()).collect();
        (of(&found.on), of(&found.to))
    }

    /// Whether one may act for another, by the rows; and what is held in memory says the same.
    pub async fn acts(&self, holder: i64, granter: i64) -> bool {
        let may = match step!(self, work, work.acting_for(id(holder), id(granter), Deed::ViewCase)) {
            Ok(found) => found.id == id(granter),
            Err(Refusal::Forbidden { action, .. }) if action == "case:view" => false,
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(self.is_told(&holder.to_string(), &granter.to_string()).await, may, "{holder} for {granter}");
        may
    }

    /// Whether one may act for another, each by its id or its number, as whoever asks for a decision is told.
    async fn is_told(&self, holder: &str, granter: &str) -> bool {
        let customer = |name: &str| Entity { kind: "customer".into(), id: name.to_owned().into(), ..Entity::default() };
        let (subject, resource, context) = (customer(holder), customer(granter), BTreeMap::new());
        let action = Act { name: "case:view".into(), ..Act::default() };
        let question = Question { subject: &subject, action: &action, resource: &resource, context: &context };
        self.ops.evaluate(&self.bearer(ADA).await.unwrap(), question).await.unwrap().decision
    }

    async fn number(&self, raw: i64, number: &'static str) {
        let customer = self.stored(raw).await;
        let change = CustomerChange { number: Some(Some(number.parse().unwrap())), ..CustomerChange::default() };
        step!(self, work, work.change_customer(customer, change, None)).unwrap();
    }
}

async fn give(world: &World, ctx: &Ctx, granter: i64, holders: Vec<CustomerId>) -> Result<usize, Refusal> {
    let realm = acme();
    let given = world.ops.write(ctx, &realm, move |mut work| {
        Box::pin(async move {
            let granter = work.served_customers(&[id(granter)]).await?.remove(0);
            let holders = work.served_customers(&holders).await?;
            work.grant_customers(&granter, &holders).await
        })
    });
    given.await
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_granted_or_none_and_each_new_one_is_told() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.individuals(1, 4).await;
        world.one(5, CustomerKind::Corporate, None).await;
        let size = world.size().await;
        assert_eq!(world.grant(1, &[2, 3, 2]).await, Ok(2));
        assert_eq!(world.actions(size).await, ["customer.grant_added"; 2]);
        let size = world.size().await;
        assert_eq!(world.grant(1, &[3, 2]).await, Ok(0), "given again is no change");
        for (holders, refusal) in [
            (&[4, 5][..], Refusal::Grant(GrantRefusal::NotIndividual { customer: id(5) })),
            (&[4, 1], Refusal::Grant(GrantRefusal::SameCustomer { customer: id(1) })),
            (&[4, 77, 2, 78], Refusal::UnknownIds { what: "customer", ids: vec!["77".to_owned(), "78".to_owned()] }),
        ] {
            assert_eq!(world.grant(1, holders).await, Err(refusal), "{holders:?}");
        }
        assert_eq!(world.edges(1).await, (vec![], vec![2, 3]));
        assert_eq!(world.edges(2).await, (vec![1], vec![]));
        let (one, absent) = (world.stored(1).await, ids(&[2, 4]));
        let revoke = |holders: Vec<CustomerId>| {
            let (world, one) = (world.clone(), one.clone());
            async move { step!(world, work, work.revoke_customer_grants(&one, &holders)) }
        };
        assert_eq!(revoke(absent).await, Err(Refusal::Absent("grant")));
        assert_eq!((world.edges(1).await.1, world.size().await), (vec![2, 3], size), "nothing came of any of it");
        revoke(ids(&[3, 2])).await.unwrap();
        assert_eq!((world.edges(1).await.1, world.actions(size).await), (vec![], vec!["customer.grant_removed".to_owned(); 2]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_part_in_more_than_75_grants_on_a_side() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let most = i64::try_from(GRANTS_MAX).unwrap();
        world.individuals(1, 2 * most + 10).await;
        let all: Vec<i64> = (2..=most + 1).collect();
        assert_eq!(world.grant(1, &all).await, Ok(GRANTS_MAX));
        let full = |raw| Err(Refusal::Grant(GrantRefusal::Full { customer: id(raw), limit: GRANTS_MAX }));
        assert_eq!(world.grant(1, &[most + 2]).await, full(1));
        assert_eq!(world.grant(1, &[2, 3]).await, Ok(0), "whoever has one already takes no more room");
        // The other side: 150 holds as many as it may.
        for granter in 2..=most + 1 {
            assert_eq!(world.grant(granter, &[150]).await, Ok(1));
        }
        assert_eq!(world.grant(most + 2, &[151, 150]).await, full(150));
        assert_eq!(world.edges(most + 2).await.1, Vec::<i64>::new(), "all or none");
        assert_eq!(world.grant(2, &[150, 151]).await, Ok(1));
    })
    .await;
}

/// 200 callers at once, each with another holder, where there is room for five.
async fn crowd(first: &World, second: &World) {
    first.individuals(1, 300).await;
    let held: Vec<i64> = (2..=71).collect();
    assert_eq!(first.grant(1, &held).await, Ok(70));
    let ctx = Arc::new(first.bearer(ADA).await.unwrap());
    let callers: Vec<_> = (100..300)
        .map(|holder| {
            let (world, ctx) = (if holder % 2 == 0 { first.clone() } else { second.clone() }, ctx.clone());
            tokio::spawn(async move { give(&world, &ctx, 1, ids(&[holder])).await })
        })
        .collect();
    let mut given = 0;
    for caller in callers {
        match caller.await.unwrap() {
            Ok(1) => given += 1,
            Err(Refusal::Grant(GrantRefusal::Full { customer, limit: 75 })) if customer == id(1) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((given, first.edges(1).await.1.len()), (5, 75));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_200_at_once_exactly_as_many_succeed_as_there_is_room_for() {
    on_both(|database: Database| async move {
        let world = World::open(&database).await;
        crowd(&world, &world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_200_at_two_servers_exactly_as_many_succeed_as_there_is_room_for() {
    on_both(|database: Database| async move {
        let world = World::open(&database).await;
        let beside = World::open_beside(&database, &world).await;
        crowd(&world, &beside).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_counts_while_both_are_open_and_goes_with_either() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.individuals(1, 4).await;
        world.grant(1, &[2, 3]).await.unwrap();
        world.grant(2, &[4]).await.unwrap();
        for (holder, granter, may) in [(2, 1, true), (1, 2, false), (4, 1, false), (1, 1, true), (2, 9, false), (9, 9, false)] {
            assert_eq!(world.acts(holder, granter).await, may, "{holder} for {granter}");
        }
        for shut in [1, 2] {
            for status in [CustomerStatus::Suspended, CustomerStatus::Closed, CustomerStatus::Pending] {
                world.set_status(id(shut), status).await;
                assert!(!world.acts(2, 1).await, "{shut} is {status}");
                world.set_status(id(shut), CustomerStatus::Open).await;
                assert!(world.acts(2, 1).await, "{shut} is open again");
            }
        }
        let (source, target) = (world.stored(2).await, world.stored(3).await);
        let (same, size) = (target.clone(), world.size().await);
        assert!(matches!(step!(world, work, work.merge_customers(same.clone(), &same)), Err(Refusal::Conflict { .. })));
        step!(world, work, work.merge_customers(source, &target)).unwrap();
        let told = world.events(size).await;
        assert_eq!((&told[0]["action"], &told[0]["data"]["merged_into"]), (&"customer.purged".into(), &"3".into()));
        assert_eq!((world.edges(1).await, world.edges(4).await), ((vec![], vec![3]), (vec![], vec![])), "its grants went on both sides");
        assert!(!world.acts(2, 1).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_of_grants_follows_every_change() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.individuals(1, 4).await;
        let told = async |pairs: &[(&str, &str)]| {
            let mut told = Vec::new();
            for (holder, granter) in pairs {
                told.push(world.is_told(holder, granter).await);
            }
            told
        };
        let pairs = [("2", "1"), ("B", "A"), ("2", "A"), ("B", "1"), ("B", "B"), ("5", "5"), ("E", "E")];
        assert_eq!(told(&pairs).await, [false; 7]);
        world.grant(1, &[2]).await.unwrap();
        assert_eq!(told(&pairs).await, [true, false, false, false, false, false, false]);
        world.number(1, "A").await;
        world.number(2, "B").await;
        world.one(5, CustomerKind::Individual, None).await;
        assert_eq!(told(&pairs).await, [true, true, true, true, true, true, false]);
        // Numbers change hands.
        world.number(2, "E").await;
        assert_eq!(told(&pairs).await, [true, false, true, false, false, true, true]);
        world.number(3, "B").await;
        assert_eq!(told(&pairs).await, [true, false, true, false, true, true, true]);
        let (one, holder) = (world.stored(1).await, ids(&[2]));
        step!(world, work, work.revoke_customer_grants(&one, &holder)).unwrap();
        assert_eq!(told(&pairs).await, [false, false, false, false, true, true, true]);
        world.grant(1, &[2, 3]).await.unwrap();
        assert_eq!(told(&pairs).await, [true, true, true, true, true, true, true]);
        // One that is gone acts for nobody, and is nobody's to act for.
        let gone = world.stored(3).await;
        step!(world, work, work.purge_customer(gone)).unwrap();
        assert_eq!(told(&pairs).await, [true, false, true, false, false, true, true]);
        step!(world, work, work.set_departmentalization(true, true, None)).unwrap();
        assert_eq!(told(&pairs).await, [false, false, false, false, false, true, true], "in no department in common, and each by itself");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_server_holds_of_a_grant_is_gone_within_a_second() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let beside = World::open_beside(&database, &world).await;
        world.individuals(1, 2).await;
        for _ in 0..5 {
            world.grant(1, &[2]).await.unwrap();
            while !beside.is_told("2", "1").await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let (one, holder) = (world.stored(1).await, ids(&[2]));
            step!(world, work, work.revoke_customer_grants(&one, &holder)).unwrap();
            let revoked = Instant::now();
            while beside.is_told("2", "1").await {
                assert!(revoked.elapsed() < Duration::from_secs(1), "a grant that is gone was still answered by");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_on_customers_is_asked_of_each_by_what_statements_call_it() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.with_portal().await;
        let (first, second) = (world.customer("acct-1").await, world.customer("acct-2").await);
        let ctx = world.bearer(crate::desk::PORTAL).await.unwrap();
        let realm = acme();
        let may = |ids: Vec<CustomerId>, right| {
            let (ops, ctx, realm) = (world.ops.clone(), ctx.clone(), realm.clone());
            async move { ops.customer_actions(&ctx, &realm, &ids, right).await }
        };
        assert_eq!(may(vec![first.id], CustomerRight::View).await, Ok(()));
        for (asked, right, action) in [
            (vec![first.id, second.id], CustomerRight::View, "customer:view"),
            (vec![first.id], CustomerRight::Edit, "customer:edit"),
            (vec![id(99)], CustomerRight::View, "customer:view"),
            (vec![], CustomerRight::Create, "customer:create"),
            (vec![second.id], CustomerRight::Change, "customer:change"),
        ] {
            let refused = may(asked.clone(), right).await;
            assert!(matches!(&refused, Err(Refusal::Forbidden { action: named, .. }) if named == action), "{asked:?}: {refused:?}");
        }
        let ada = world.bearer(ADA).await.unwrap();
        assert_eq!(world.ops.customer_actions(&ada, &realm, &[second.id], CustomerRight::Change).await, Ok(()));
        let stranger = "other".parse().unwrap();
        assert_eq!(world.ops.customer_actions(&ada, &stranger, &[first.id], CustomerRight::View).await, Err(Refusal::Absent("realm")));
    })
    .await;
}
