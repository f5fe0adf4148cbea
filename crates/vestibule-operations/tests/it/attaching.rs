//! Roles written by people, and whom they are attached to.

use std::collections::BTreeSet;

use vestibule_core::{
    account::Account,
    id::{AccountKey, RoleId},
    policy::Statement,
    refusal::Refusal,
    resource_group::{GroupType, Member},
    role::{Attachment, Role},
};
use vestibule_operations::{Page, PageRequest, PrincipalRef, Reach, RoleWish, UserWish};

use crate::{
    databases::on_both,
    harness::{ADA, BEN, MIA, World, page, statement},
};

pub fn wish(name: &str, statements: &[Statement]) -> RoleWish {
    RoleWish { name: name.to_owned(), statements: statements.to_vec() }
}

fn retrieve(pattern: &str) -> Statement {
    statement("allow", &["config:retrieve"], &[pattern])
}

/// A step on `acme`, by Ada.
macro_rules! step {
    ($world:expr, $work:ident, $step:expr) => {
        $world.work(move |mut $work| Box::pin(async move { $step.await })).await
    };
}

async fn named(world: &World, name: &str) -> Role {
    let roles = step!(world, work, work.roles(page(100))).unwrap();
    roles.items.into_iter().find(|role| role.name == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_made_changed_and_removed_with_its_version() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (ada, size) = (world.bearer(ADA).await.unwrap().account().unwrap().principal.key, world.size().await);
        let made = step!(world, work, work.create_role(wish(" Meter editors ", &[retrieve("config:meter/*")]))).unwrap();
        assert_eq!((made.version, made.name.as_str(), made.authorship.created_by), (1, "Meter editors", Some(ada)));
        let id = made.id;
        assert_eq!(step!(world, work, work.role(id)).unwrap(), made);
        world.advance_ms(5);
        let other = || wish("Meters", &[retrieve("*"), retrieve("config:*")]);
        for stale in [0, 2] {
            let refused = step!(world, work, work.update_role(id, other(), Some(stale)));
            assert_eq!(refused, Err(Refusal::Stale { current: 1 }));
        }
        let changed = step!(world, work, work.update_role(id, other(), Some(1))).unwrap();
        assert_eq!((changed.version, changed.created_at, changed.authorship.modified_at), (2, made.created_at, Some(world.now())));
        assert_eq!(step!(world, work, work.role(id)).unwrap(), changed);
        assert_eq!(step!(world, work, work.delete_role(id)).unwrap(), changed);
        for gone in [step!(world, work, work.role(id)), step!(world, work, work.delete_role(id))] {
            assert_eq!(gone, Err(Refusal::Absent("role")));
        }
        assert_eq!(step!(world, work, work.update_role(id, other(), Some(2))), Err(Refusal::Absent("role")));
        assert_eq!(world.actions(size).await, ["role.created", "role.updated", "role.deleted"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_roles_stay_as_they_are() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        for name in ["Administrator", "ReadOnly"] {
            let role = named(&world, name).await;
            let refused = step!(world, work, work.update_role(role.id, wish("Mine", &[]), Some(role.version)));
            assert!(matches!(refused, Err(Refusal::Conflict { what: "role", .. })), "{name}: {refused:?}");
            assert!(matches!(step!(world, work, work.delete_role(role.id)), Err(Refusal::Conflict { .. })), "{name}");
        }
        // The role that invited agents bring may say something else, but keeps its name; one that is only
        // called the same is like any other.
        let theirs = named(&world, "AccountExecutive").await;
        let (id, seen) = (theirs.id, Some(theirs.version));
        assert!(matches!(step!(world, work, work.update_role(id, wish("Agents", &[]), seen)), Err(Refusal::Conflict { .. })));
        assert!(matches!(step!(world, work, work.delete_role(id)), Err(Refusal::Conflict { .. })));
        assert_eq!(world.size().await, size);
        assert!(step!(world, work, work.update_role(id, wish("AccountExecutive", &[]), seen)).is_ok());
        let namesake = step!(world, work, work.create_role(wish("AccountExecutive", &[]))).unwrap();
        assert!(step!(world, work, work.delete_role(namesake.id)).is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_told_newest_first_and_page_by_page() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let mut ids = BTreeSet::new();
        for n in 0..5 {
            // Two in each millisecond.
            world.advance_ms((n + 1) % 2);
            ids.insert(step!(world, work, work.create_role(wish(&format!("role {n}"), &[]))).unwrap().id);
        }
        let all = step!(world, work, work.roles(page(100))).unwrap();
        let told: Vec<RoleId> = all.items.iter().map(|role| role.id).collect();
        assert_eq!((&told[..5], all.next), (&ids.iter().rev().copied().collect::<Vec<_>>()[..], None));
        for limit in [1, 2, told.len() - 1, told.len()] {
            let (mut pages, mut after) = (Vec::new(), None);
            loop {
                let asked = PageRequest { after, limit };
                let page: Page<Role> = step!(world, work, work.roles(asked)).unwrap();
                assert!(!page.items.is_empty() && page.items.len() <= limit);
                pages.extend(page.items.iter().map(|role| role.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(pages, told, "by {limit}");
        }
        let bad = PageRequest { after: Some("nonsense".to_owned()), limit: 1 };
        assert!(matches!(step!(world, work, work.roles(bad)), Err(Refusal::Malformed(_))));
    })
    .await;
}

async fn attach(world: &World, role: RoleId, whom: PrincipalRef) -> Result<Attachment, Refusal> {
    step!(world, work, work.attach_role(role, whom))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_attached_once_and_bites_at_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (ben, app) = (world.key_of("ben@acme.example").await, world.key_of("sa::app").await);
        let group = step!(world, work, work.create_group(&GroupType::Users, "readers")).unwrap().id;
        let role = step!(world, work, work.create_role(wish("reader", &[retrieve("config:plan/*")]))).unwrap();
        let size = world.size().await;
        let holders = [PrincipalRef::User(ben), PrincipalRef::ServiceUser(app), PrincipalRef::UserGroup(group), PrincipalRef::SupportStaff];
        for whom in holders {
            let first = attach(&world, role.id, whom).await.unwrap();
            world.advance_ms(1);
            assert_eq!(attach(&world, role.id, whom).await, Ok(first.clone()), "{whom:?} again");
            assert_eq!((first.version, first.role), (1, role.id));
            let held = step!(world, work, work.roles_of(whom, page(9))).unwrap();
            assert_eq!(held.items, std::slice::from_ref(&role), "{whom:?}");
        }
        assert!(world.may("user", "ben@acme.example", "config:plan", "p1").await);
        for whom in holders {
            let refused = step!(world, work, work.detach_role(role.id, whom, Some(2)));
            assert_eq!(refused, Err(Refusal::Stale { current: 1 }), "{whom:?}");
            assert!(step!(world, work, work.detach_role(role.id, whom, Some(1))).is_ok(), "{whom:?}");
            assert_eq!(step!(world, work, work.detach_role(role.id, whom, None)), Err(Refusal::Absent("attachment")), "{whom:?}");
        }
        assert!(!world.may("user", "ben@acme.example", "config:plan", "p1").await);
        assert_eq!(world.actions(size).await, [["privilege.assigned"; 4], ["privilege.revoked"; 4]].concat());
        // A role that goes is taken from everybody, and what memory held of it goes too.
        attach(&world, role.id, PrincipalRef::User(ben)).await.unwrap();
        assert!(world.may("user", "ben@acme.example", "config:plan", "p1").await);
        step!(world, work, work.delete_role(role.id)).unwrap();
        assert!(!world.may("user", "ben@acme.example", "config:plan", "p1").await);
        assert_eq!(step!(world, work, work.roles_of(PrincipalRef::User(ben), page(9))).unwrap().items, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_of_another_kind_or_of_another_realm_is_nobody() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (ben, app) = (world.key_of("ben@acme.example").await, world.key_of("sa::app").await);
        let eve = world.key_in("other", "eve@other.example").await;
        let plans = step!(world, work, work.create_group(&"plan".parse().unwrap(), "plans")).unwrap().id;
        let role = step!(world, work, work.create_role(wish("reader", &[]))).unwrap().id;
        let size = world.size().await;
        world.invite("mia@here.com", None).await.unwrap();
        let mia = world.enter(MIA).await.unwrap().session.account;
        let nobody = AccountKey::from_uuid(uuid::Uuid::nil());
        for (whom, what) in [
            (PrincipalRef::User(app), "user"),
            (PrincipalRef::User(eve), "user"),
            (PrincipalRef::User(mia), "user"),
            (PrincipalRef::User(nobody), "user"),
            (PrincipalRef::ServiceUser(ben), "service user"),
            (PrincipalRef::UserGroup(plans), "group"),
        ] {
            assert_eq!(attach(&world, role, whom).await, Err(Refusal::Absent(what)), "{whom:?}");
            assert_eq!(step!(world, work, work.detach_role(role, whom, None)), Err(Refusal::Absent(what)), "{whom:?}");
            assert_eq!(step!(world, work, work.roles_of(whom, page(9))).err(), Some(Refusal::Absent(what)), "{whom:?}");
        }
        let no_role = RoleId::from_uuid(uuid::Uuid::nil());
        assert_eq!(attach(&world, no_role, PrincipalRef::SupportStaff).await, Err(Refusal::Absent("role")));
        assert!(!world.actions(size).await.iter().any(|action| action.starts_with("privilege")));
    })
    .await;
}

async fn update(world: &World, key: AccountKey, wish: UserWish, seen: i64) -> Result<Account, Refusal> {
    step!(world, work, work.update_user(key, wish, Some(seen)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_own_statements_and_end_are_replaced_together() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let ben = world.key_of("ben@acme.example").await;
        let before = step!(world, work, work.user(ben)).unwrap();
        let reads = || UserWish { ends_at: None, statements: vec![retrieve("config:plan/*")] };
        let after = update(&world, ben, reads(), before.version).await.unwrap();
        assert_eq!((after.version, after.name.as_str(), after.id.as_str()), (before.version + 1, "Ben", "ben@acme.example"));
        assert!(world.may("user", "ben@acme.example", "config:plan", "p1").await);
        assert_eq!(update(&world, ben, reads(), before.version).await, Err(Refusal::Stale { current: after.version }));
        // Access ends at its end, and absent means cleared.
        let end = world.now().plus_millis(10);
        let ending = UserWish { ends_at: Some(end), ..reads() };
        let version = update(&world, ben, ending, after.version).await.unwrap().version;
        world.advance_ms(9);
        assert!(world.bearer(BEN).await.is_ok());
        world.advance_ms(1);
        assert!(world.bearer(BEN).await.is_err());
        let cleared = update(&world, ben, UserWish { ends_at: None, statements: Vec::new() }, version).await.unwrap();
        assert_eq!((cleared.ends_at, cleared.statements.len()), (None, 0));
        assert!(world.bearer(BEN).await.is_ok());
        assert!(!world.may("user", "ben@acme.example", "config:plan", "p1").await);
        // Robots are no users, and of visiting agents nothing is said this way.
        let app = world.key_of("sa::app").await;
        assert_eq!(update(&world, app, reads(), 1).await, Err(Refusal::Absent("user")));
        world.invite("mia@here.com", None).await.unwrap();
        let mia = world.enter(MIA).await.unwrap().session.account;
        assert_eq!(step!(world, work, work.user(mia)).unwrap().key, mia);
        assert!(matches!(update(&world, mia, reads(), 1).await, Err(Refusal::Conflict { .. })));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_told_with_the_groups_that_they_are_in() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (ada, ben, app) =
            (world.key_of("ada@acme.example").await, world.key_of("ben@acme.example").await, world.key_of("sa::app").await);
        let users = step!(world, work, work.users(page(9))).unwrap();
        let told: BTreeSet<AccountKey> = users.items.iter().map(|user| user.key).collect();
        assert_eq!(told, BTreeSet::from([ada, ben]));
        let among = step!(world, work, work.users_among(&BTreeSet::from([ben, app, AccountKey::from_uuid(uuid::Uuid::nil())]), page(9)));
        assert_eq!(among.unwrap().items.iter().map(|user| user.key).collect::<Vec<_>>(), [ben]);
        let both = BTreeSet::from([ada, ben]);
        let asked = both.clone();
        let first = step!(world, work, work.users_among(&asked, page(1))).unwrap();
        let rest = PageRequest { after: first.next.clone(), limit: 1 };
        let second = step!(world, work, work.users_among(&both, rest)).unwrap();
        assert!(first.items[0].key > second.items[0].key && second.next.is_none());

        let users = GroupType::Users;
        let (of, kind) = (users.clone(), users.clone());
        let inner = step!(world, work, work.create_group(&of, "inner")).unwrap().id;
        let outer = step!(world, work, work.create_group(&kind, "outer")).unwrap().id;
        let (of, kind) = (users.clone(), users);
        step!(world, work, work.add_to_group(&of, inner, Member::Item(ben.into()), Some(1))).unwrap();
        step!(world, work, work.add_to_group(&kind, outer, Member::Group(inner), Some(1))).unwrap();
        let everyone = step!(world, work, work.all_groups()).unwrap()[0].id;
        for (reach, expected) in [(Reach::Direct, vec![everyone, inner]), (Reach::Inherited, vec![everyone, outer, inner])] {
            let all = step!(world, work, work.groups_of_user(ben, reach, page(9))).unwrap();
            let mut told: Vec<_> = all.items.iter().map(|group| group.id).collect();
            assert!(told.is_sorted_by(|newer, older| newer > older), "newest first");
            told.sort();
            let mut sorted = expected.clone();
            sorted.sort();
            assert_eq!(told, sorted, "{reach:?}");
            let first = step!(world, work, work.groups_of_user(ben, reach, page(1))).unwrap();
            assert_eq!((first.items.len(), first.next.is_some()), (1, expected.len() > 1), "{reach:?}");
        }
    })
    .await;
}
