//! Groups of people and of things: how they are filled and nested, and what statements about them decide.

use vestibule_core::{
    group::Group,
    id::GroupId,
    refusal::{Fault, Malformed, Refusal},
    resource_group::{GroupType, Member},
    role::Holder,
};
use vestibule_operations::UserWish;

use crate::{
    databases::on_both,
    harness::{World, page, statement},
};

macro_rules! step {
    ($world:expr, $work:ident, $step:expr) => {
        $world.work(move |mut $work| Box::pin(async move { $step.await })).await
    };
}

fn plans() -> GroupType {
    "plan".parse().unwrap()
}

fn item(id: &str) -> Member {
    Member::Item(id.parse().unwrap())
}

async fn make(world: &World, of: GroupType, name: &'static str) -> GroupId {
    step!(world, work, work.create_group(&of, name)).unwrap().id
}

async fn add(world: &World, of: GroupType, group: GroupId, member: Member) -> Result<Group, Refusal> {
    step!(world, work, work.add_to_group(&of, group, member, None))
}

async fn remove(world: &World, of: GroupType, group: GroupId, member: Member) -> Result<Group, Refusal> {
    step!(world, work, work.remove_from_group(&of, group, member, None))
}

/// The fixture of section 8.4: group G1 holds plan P1, group G0 holds G1.
async fn fixture(world: &World) -> (GroupId, GroupId) {
    let (g1, g0) = (make(world, plans(), "G1").await, make(world, plans(), "G0").await);
    add(world, plans(), g1, item("P1")).await.unwrap();
    add(world, plans(), g0, Member::Group(g1)).await.unwrap();
    (g1, g0)
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_7_to_11_of_the_page_are_decided_through_groups() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (g1, g0) = fixture(&world).await;
        let ben = world.key_of("ben@acme.example").await;
        let group = |id: GroupId| format!("config:plan/group/{id}");
        let plan = |effect: &'static str, pattern: String| statement(effect, &["config:retrieve"], &[&pattern]);
        let all_but = || vec![plan("allow", "config:plan/*".to_owned()), plan("deny", group(g0))];
        for (row, statements, asked, allowed) in [
            (7, vec![plan("allow", group(g1))], "P1", true),
            (8, vec![plan("allow", group(g1))], "P2", false),
            (9, vec![plan("allow", group(g0))], "P1", true),
            (10, all_but(), "P1", false),
            (11, all_but(), "P2", true),
            (0, vec![plan("allow", "config:plan/group/*".to_owned())], "P1", true),
            (0, vec![plan("allow", "config:plan/group/*".to_owned())], "P2", false),
            // A meter may be called P1 too, and an id may be any text.
            (0, vec![plan("allow", "config:meter/group/*".to_owned())], "P1", false),
            (0, vec![plan("allow", "config:plan/group/*".to_owned())], "a/b c\n", false),
        ] {
            step!(world, work, work.update_user(ben, UserWish { ends_at: None, statements }, None)).unwrap();
            for _ in 0..2 {
                assert_eq!(world.may("user", "ben@acme.example", "config:plan", asked).await, allowed, "row {row}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deny_through_a_group_bites_as_soon_as_the_group_changes() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (g1, g0) = fixture(&world).await;
        let ben = world.key_of("ben@acme.example").await;
        let denied = format!("config:plan/group/{g0}");
        let statements = vec![statement("allow", &["all"], &["*"]), statement("deny", &["all"], &[&denied])];
        step!(world, work, work.update_user(ben, UserWish { ends_at: None, statements }, None)).unwrap();
        let may = |plan| world.may("user", "ben@acme.example", "config:plan", plan);
        assert_eq!((may("P1").await, may("P2").await), (false, true));
        add(&world, plans(), g1, item("P2")).await.unwrap();
        assert_eq!((may("P1").await, may("P2").await), (false, false));
        remove(&world, plans(), g1, item("P1")).await.unwrap();
        assert_eq!((may("P1").await, may("P2").await), (true, false));
        remove(&world, plans(), g0, Member::Group(g1)).await.unwrap();
        assert_eq!((may("P1").await, may("P2").await), (true, true));
        add(&world, plans(), g0, item("P1")).await.unwrap();
        assert!(!may("P1").await);
        step!(world, work, work.delete_group(&plans(), g0)).unwrap();
        assert!(may("P1").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_nest_without_circles_and_not_too_deep() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        for of in [plans(), GroupType::Users] {
            let mut chain = vec![make(&world, of.clone(), "outermost").await];
            for _ in 1..Group::DEPTH_MAX {
                let inner = make(&world, of.clone(), "inner").await;
                add(&world, of.clone(), *chain.last().unwrap(), Member::Group(inner)).await.unwrap();
                chain.push(inner);
            }
            let size = world.size().await;
            let (first, last) = (chain[0], chain[chain.len() - 1]);
            for (group, member) in [(first, first), (last, first), (chain[5], chain[2])] {
                let refused = add(&world, of.clone(), group, Member::Group(member)).await;
                assert_eq!(refused, Err(Malformed::new("group", Fault::Cycle).into()), "{of}");
            }
            assert_eq!(world.size().await, size, "what is refused is not told as done");
            let one_more = make(&world, of.clone(), "one more").await;
            let refused = add(&world, of.clone(), last, Member::Group(one_more)).await;
            assert_eq!(refused, Err(Malformed::new("group", Fault::TooDeep { limit: 32 }).into()), "{of}");
            // A group of another type is not there.
            let other = make(&world, "meter".parse().unwrap(), "meters").await;
            assert_eq!(add(&world, of.clone(), first, Member::Group(other)).await, Err(Refusal::Absent("group")), "{of}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_place_in_another_group_means_is_told_before_it_is_taken() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (of, ben) = (|| GroupType::Users, world.key_of("ben@acme.example").await);
        let made = world.work(|mut work| {
            Box::pin(async move {
                let mut made = Vec::new();
                for name in ["outermost", "outer", "inner", "innermost"] {
                    let group = work.new_group(name, "", &[]).await?.0.id;
                    let role = work.new_role_saying(&format!("role of {name}"), "", Vec::new()).await?.id;
                    work.assign_roles(&[Holder::Group(group)], &[role]).await?;
                    made.push((group, role));
                }
                Ok(made)
            })
        });
        let [(outermost, far), (outer, near), (inner, _), (innermost, _)] = made.await.unwrap().try_into().unwrap();
        for (group, member) in [
            (outermost, Member::Group(outer)),
            (inner, Member::Group(innermost)),
            (inner, Member::Item(ben.into())),
            (innermost, Member::Item(ben.into())),
        ] {
            add(&world, of(), group, member).await.unwrap();
        }
        step!(world, work, work.assign_roles(&[Holder::Group(inner)], &[near])).unwrap();
        let told = async |way: &str| {
            let effect = match way {
                "in" => step!(world, work, work.effect_of_nesting(outer, inner)),
                _ => step!(world, work, work.effect_of_unnesting(outer, inner)),
            };
            effect.map(|effect| (effect.accounts, effect.roles.iter().map(|role| role.id).collect::<Vec<_>>()))
        };
        let around = async || {
            let groups = step!(world, work, work.groups_around(inner)).unwrap();
            groups.into_iter().map(|group| group.id).collect::<Vec<_>>()
        };
        assert_eq!(told("out").await, Err(Refusal::Absent("member")));
        assert_eq!(told("in").await, Ok((1, vec![far])), "Ben is counted once, and what the group holds itself is nothing new");
        assert_eq!(around().await, []);
        step!(world, work, work.nest(outer, inner)).unwrap();
        assert_eq!((told("in").await, told("out").await), (Ok((1, vec![])), Ok((1, vec![far]))));
        assert_eq!(around().await, [outer]);
        step!(world, work, work.nest(outermost, inner)).unwrap();
        assert_eq!(told("out").await, Ok((1, vec![])), "the role comes by another way, too");

        let circle = step!(world, work, work.effect_of_nesting(innermost, outermost));
        assert_eq!(circle.err(), Some(Malformed::new("group", Fault::Cycle).into()));
        let everyone = step!(world, work, work.group_called("Everyone")).unwrap().id;
        for (group, member) in [(outer, everyone), (everyone, inner)] {
            let kept = step!(world, work, work.effect_of_nesting(group, member));
            assert!(matches!(kept, Err(Refusal::Conflict { .. })), "{kept:?}");
        }
        let called = async |word: String| step!(world, work, work.group_called(&word)).map(|group| group.id);
        assert_eq!((called("inner".to_owned()).await, called(inner.to_string()).await), (Ok(inner), Ok(inner)));
        assert_eq!(called("nobody".to_owned()).await, Err(Refusal::Absent("group")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_counts_its_writes_and_tells_of_them() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (size, of) = (world.size().await, plans);
        let id = make(&world, of(), "gold plans").await;
        assert_eq!(add(&world, of(), id, item("P1")).await.unwrap().version, 2);
        assert_eq!(add(&world, of(), id, item("P1")).await.unwrap().version, 2, "it is in already");
        let stale = step!(world, work, work.add_to_group(&of(), id, item("P2"), Some(1)));
        assert_eq!(stale, Err(Refusal::Stale { current: 2 }));
        let renamed = step!(world, work, work.update_group(&of(), id, "silver plans", Some(2))).unwrap();
        assert_eq!((renamed.version, renamed.name.as_str()), (3, "silver plans"));
        assert_eq!(step!(world, work, work.update_group(&of(), id, "x", Some(2))), Err(Refusal::Stale { current: 3 }));
        assert_eq!(remove(&world, of(), id, item("P2")).await, Err(Refusal::Absent("member")));
        assert_eq!(remove(&world, of(), id, item("P1")).await.unwrap().version, 4);
        assert_eq!(step!(world, work, work.delete_group(&of(), id)).unwrap().version, 4);
        assert_eq!(step!(world, work, work.group(&of(), id)), Err(Refusal::Absent("group")));
        assert_eq!(step!(world, work, work.members(&of(), id, page(9))).err(), Some(Refusal::Absent("group")));
        let told = ["group.created", "group.member_added", "group.updated", "group.member_removed", "group.deleted"];
        assert_eq!(world.actions(size).await, told);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_people_takes_people_and_gives_them_its_roles_while_they_are_in_it() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (of, ben) = (|| GroupType::Users, world.key_of("ben@acme.example").await);
        let operators = step!(world, work, work.groups(&GroupType::Users, page(9))).unwrap().items.remove(0).id;
        let may = || world.may("user", "ben@acme.example", "config:plan", "p1");
        assert!(!may().await);
        add(&world, of(), operators, Member::Item(ben.into())).await.unwrap();
        assert!(may().await);
        remove(&world, of(), operators, Member::Item(ben.into())).await.unwrap();
        assert!(!may().await);
        for nobody in [world.key_of("sa::app").await, world.key_in("other", "eve@other.example").await] {
            assert_eq!(add(&world, of(), operators, Member::Item(nobody.into())).await, Err(Refusal::Absent("user")));
        }
        assert_eq!(add(&world, of(), operators, item("P1")).await, Err(Refusal::Absent("user")));
        // The group goes, and with it what Ada had by it: from here on nobody may.
        add(&world, of(), operators, Member::Item(ben.into())).await.unwrap();
        step!(world, work, work.delete_group(&GroupType::Users, operators)).unwrap();
        assert!(!may().await);
        assert_eq!(database.number("SELECT COUNT(*) FROM role_assignment WHERE holder_kind = 'group'").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thing_lies_in_at_most_100_groups() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let filled = world.work(|mut work| {
            Box::pin(async move {
                for n in 0..Group::PLACES_MAX {
                    let group = work.create_group(&plans(), &format!("G{n}")).await?;
                    work.add_to_group(&plans(), group.id, item("P1"), None).await?;
                }
                Ok(())
            })
        });
        filled.await.unwrap();
        let one_more = make(&world, plans(), "one more").await;
        assert!(add(&world, plans(), one_more, item("P1")).await.is_err());
        assert!(add(&world, plans(), one_more, item("P2")).await.is_ok());
    })
    .await;
}
