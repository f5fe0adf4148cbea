//! Roles and groups as their people keep them: listed with who holds them, changed in bulk, and the groups that
//! every realm has from the start.

use std::collections::BTreeSet;

use vestibule_core::{
    group::{Group, SystemGroup},
    id::{AccountKey, GroupId, RoleId},
    policy::ActionName,
    refusal::{Fault, Malformed, Refusal},
    resource_group::{GroupType, Member},
    role::{Holder, Role},
};
use vestibule_operations::{GroupChange, GroupView, Reach, RoleChange, apply::Mode};

use crate::{
    databases::on_both,
    harness::{MANIFEST, World, page, statement},
};

macro_rules! step {
    ($world:expr, $work:ident, $step:expr) => {
        $world.work(move |mut $work| Box::pin(async move { $step.await })).await
    };
}

fn names(list: &[&str]) -> BTreeSet<ActionName> {
    list.iter().map(|name| name.parse().unwrap()).collect()
}

fn nowhere() -> RoleId {
    RoleId::from_uuid(uuid::Uuid::from_u128(7))
}

const USERS: &str = "wavefront:user_management";
const ALERTS: &str = "wavefront:alerts_management";

async fn role(world: &World, name: &'static str, permissions: &[&str]) -> Role {
    let permissions = names(permissions);
    step!(world, work, work.new_role(name, "", &permissions)).unwrap()
}

async fn change(world: &World, role: RoleId, change: RoleChange) -> Result<Role, Refusal> {
    step!(world, work, work.change_role(role, change, None))
}

fn permitting(list: &[&str]) -> RoleChange {
    RoleChange { permissions: Some(names(list)), ..RoleChange::default() }
}

async fn kept(world: &World, system: SystemGroup) -> Group {
    let groups = step!(world, work, work.all_groups()).unwrap();
    groups.into_iter().find(|group| group.system == Some(system)).unwrap()
}

async fn views(world: &World) -> Vec<GroupView> {
    step!(world, work, async {
        let groups = work.all_groups().await?;
        work.group_views(groups).await
    })
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_gives_the_permissions_that_it_was_last_given() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        let made = role(&world, " Ops ", &[USERS, ALERTS]).await;
        assert_eq!((made.name.as_str(), made.version, made.statements.len()), ("Ops", 1, 2));
        for taken in ["Ops", "Administrator", "org-admin"] {
            assert_eq!(step!(world, work, work.new_role(taken, "", &BTreeSet::new())).err(), Some(Refusal::Exists("role")));
        }
        let long = "x".repeat(1_001);
        let refused = step!(world, work, work.new_role("long", &long, &BTreeSet::new()));
        assert_eq!(refused.err(), Some(Malformed::new("description", Fault::TooLong { limit: 1_000 }).into()));

        world.advance_ms(5);
        let wish = RoleChange { description: Some("of the night".to_owned()), ..permitting(&[ALERTS]) };
        let id = made.id;
        let stale = wish.clone();
        assert_eq!(step!(world, work, work.change_role(id, stale, Some(2))).err(), Some(Refusal::Stale { current: 1 }));
        let changed = change(&world, id, wish.clone()).await.unwrap();
        assert_eq!((changed.version, changed.description.as_str(), changed.statements.len()), (2, "of the night", 1));
        assert_eq!(changed.authorship.modified_at, Some(world.now()));
        assert_eq!(step!(world, work, work.role(id)).unwrap(), changed);
        assert_eq!(change(&world, id, wish).await.unwrap(), changed, "a second time changes nothing");
        let named = |name: &str| RoleChange { name: Some(name.to_owned()), ..RoleChange::default() };
        assert_eq!(change(&world, id, named("org-admin")).await.err(), Some(Refusal::Exists("role")));
        assert_eq!(change(&world, id, named("Night")).await.unwrap().version, 3);
        assert_eq!(change(&world, nowhere(), named("x")).await.err(), Some(Refusal::Absent("role")));
        assert_eq!(world.actions(size).await, ["role.created", "role.updated", "role.updated"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_says_more_than_permissions_keeps_what_it_says() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let more = role(&world, "more", &[USERS]).await;
        let said = vec![statement("allow", &[USERS], &["*"]), statement("deny", &[ALERTS], &["*"])];
        let told = RoleChange { statements: Some(said.clone()), ..RoleChange::default() };
        let more = change(&world, more.id, told).await.unwrap();
        let plain = role(&world, "plain", &[]).await;
        let size = world.size().await;
        for wanted in [&[][..], &[ALERTS], &[USERS, ALERTS]] {
            let refused = change(&world, more.id, permitting(wanted)).await;
            assert!(matches!(refused, Err(Refusal::Conflict { what: "role", state }) if state.contains("more than")), "{wanted:?}");
        }
        // An edit that would change nothing is none; a name may change.
        let renamed = RoleChange { name: Some("most".to_owned()), ..permitting(&[USERS]) };
        assert_eq!(change(&world, more.id, renamed).await.unwrap().statements, said);

        let all = step!(world, work, work.all_roles()).unwrap();
        let ours = all.iter().find(|role| role.name == "Administrator").unwrap().clone();
        assert!(matches!(change(&world, ours.id, permitting(&[USERS])).await, Err(Refusal::Conflict { .. })));
        let theirs = all.iter().find(|role| role.name == "AccountExecutive").unwrap().id;
        let renamed = RoleChange { name: Some("Agents".to_owned()), ..RoleChange::default() };
        assert!(matches!(change(&world, theirs, renamed).await, Err(Refusal::Conflict { .. })), "it is found by its name");

        // In bulk, one that refuses keeps all as they were.
        for other in [ours.id, more.id] {
            let (roles, action) = ([plain.id, other], ALERTS.parse().unwrap());
            let refused = step!(world, work, work.change_role_permissions(&roles, Some(&action), None));
            assert!(matches!(refused, Err(Refusal::Conflict { .. })), "{refused:?}");
        }
        assert_eq!(step!(world, work, work.role(plain.id)).unwrap(), plain);
        assert_eq!(world.actions(size).await, ["role.updated"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_given_to_roles_and_taken_in_bulk() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (first, second) = (role(&world, "first", &[USERS]).await.id, role(&world, "second", &[]).await.id);
        let size = world.size().await;
        let edit = |roles: &[RoleId], grant: Option<&str>, revoke: Option<&str>| {
            let (world, roles) = (world.clone(), roles.to_vec());
            let action = |name: Option<&str>| name.map(|name| name.parse::<ActionName>().unwrap());
            let (grant, revoke) = (action(grant), action(revoke));
            async move { step!(world, work, work.change_role_permissions(&roles, grant.as_ref(), revoke.as_ref())) }
        };
        // Unknown ids are passed over, and no id counts twice.
        let done = edit(&[second, nowhere(), first, second], Some(USERS), None).await.unwrap();
        assert_eq!(done.iter().map(|role| (role.id, role.version)).collect::<Vec<_>>(), [(second, 2), (first, 1)]);
        let done = edit(&[first, second], Some(ALERTS), Some(USERS)).await.unwrap();
        assert!(done.iter().all(|role| role.statements == [statement("allow", &[ALERTS], &["*"])]));
        assert_eq!(edit(&[nowhere()], Some(USERS), None).await.err(), Some(Refusal::NoneValid("role")));
        assert_eq!(edit(&[], Some(USERS), None).await, Ok(vec![]));
        assert_eq!(world.actions(size).await, ["role.updated"; 3]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_shown_with_who_holds_them() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (ben, app) = (world.key_of("ben@acme.example").await, world.key_of("sa::app").await);
        let (held, idle) = (role(&world, "held", &[USERS]).await, role(&world, "idle", &[]).await);
        let everyone = kept(&world, SystemGroup::Everyone).await;
        let (holders, roles) = ([Holder::Account(app), Holder::Account(ben), Holder::Group(everyone.id)], [held.id]);
        let size = world.size().await;
        assert_eq!(step!(world, work, work.assign_roles(&holders, &roles)), Ok(3));
        assert_eq!(step!(world, work, work.assign_roles(&holders, &roles)), Ok(0));
        let (wanted, expected) = (vec![idle.clone(), held.clone()], (idle, held));
        let shown = step!(world, work, work.role_views(wanted)).unwrap();
        assert_eq!((&shown[0].role, shown[0].accounts, shown[0].groups), (&expected.0, 0, 0));
        assert!(shown[0].sample_accounts.is_empty() && shown[0].sample_groups.is_empty());
        assert_eq!((&shown[1].role, shown[1].accounts, shown[1].groups), (&expected.1, 2, 1));
        let ids: BTreeSet<_> = shown[1].sample_accounts.iter().map(|id| id.as_str()).collect();
        assert_eq!((ids, &shown[1].sample_groups), (["ben@acme.example", "sa::app"].into(), &vec![everyone]));
        assert_eq!(step!(world, work, work.unassign_roles(&holders[1..], &roles)), Ok(2));
        assert_eq!(step!(world, work, work.unassign_roles(&holders[1..], &roles)), Ok(0));
        assert_eq!(world.actions(size).await, [["privilege.assigned"; 3].as_slice(), &["privilege.revoked"; 2]].concat());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_and_changed_with_the_roles_that_are_there() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (ops, idle) = (role(&world, "ops", &[USERS]).await.id, role(&world, "idle", &[]).await.id);
        let size = world.size().await;
        let new = |name: &'static str, roles: Vec<RoleId>| {
            let world = world.clone();
            async move { step!(world, work, work.new_group(name, "of the night", &roles)) }
        };
        for taken in ["operators", "Everyone", "Service Accounts"] {
            assert_eq!(new(taken, vec![]).await.err(), Some(Refusal::Exists("group")));
        }
        assert_eq!(new("lost", vec![nowhere()]).await.err(), Some(Refusal::NoneValid("role")));
        let (group, ignored) = new(" shift ", vec![ops, nowhere(), ops]).await.unwrap();
        assert_eq!((group.name.as_str(), group.description.as_str(), ignored), ("shift", "of the night", vec![nowhere()]));
        assert_eq!(world.actions(size).await, ["group.created", "privilege.assigned"]);

        let id = group.id;
        let change = |change: GroupChange, seen| {
            let world = world.clone();
            async move { step!(world, work, work.change_group(id, change, seen)) }
        };
        let wish = GroupChange { name: Some("shift".to_owned()), description: None, roles: Some(vec![idle]) };
        assert_eq!(change(wish.clone(), Some(2)).await.err(), Some(Refusal::Stale { current: 1 }));
        assert_eq!(change(wish.clone(), Some(1)).await, Ok((group.clone(), vec![])));
        assert_eq!(change(wish.clone(), None).await, Ok((group.clone(), vec![])), "a second time changes nothing");
        let none = GroupChange { roles: Some(vec![nowhere()]), ..GroupChange::default() };
        assert_eq!(change(none, None).await.err(), Some(Refusal::NoneValid("role")));
        let taken = GroupChange { name: Some("operators".to_owned()), ..GroupChange::default() };
        assert_eq!(change(taken, None).await.err(), Some(Refusal::Exists("group")));
        let wish = GroupChange { description: Some(String::new()), roles: Some(vec![]), ..GroupChange::default() };
        let (changed, _) = change(wish, None).await.unwrap();
        assert_eq!((changed.version, changed.description.as_str()), (2, ""));
        assert_eq!(step!(world, work, work.remove_group(id)), Ok(changed));
        assert_eq!(step!(world, work, work.remove_group(id)).err(), Some(Refusal::Absent("group")));
        let told = ["privilege.revoked", "privilege.assigned", "group.updated", "privilege.revoked", "group.deleted"];
        assert_eq!(world.actions(size + 2).await, told);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_put_in_and_taken_out_in_bulk() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let keys = [world.key_of("ben@acme.example").await, world.key_of("sa::app").await];
        let id = step!(world, work, work.new_group("shift", "", &[])).unwrap().0.id;
        let size = world.size().await;
        let add = |keys: [AccountKey; 2]| {
            let world = world.clone();
            async move { step!(world, work, work.add_members(id, &keys)).unwrap() }
        };
        assert_eq!((add(keys).await.version, add(keys).await.version), (2, 2));
        let shown = views(&world).await.into_iter().find(|view| view.group.id == id).unwrap();
        let members: BTreeSet<_> = shown.sample_users.iter().map(|id| id.as_str()).collect();
        assert_eq!((shown.users, members, shown.roles.len()), (2, ["ben@acme.example", "sa::app"].into(), 0));
        let gone = [keys[0]];
        for _ in 0..2 {
            assert_eq!(step!(world, work, work.remove_members(id, &gone)).unwrap().version, 3);
        }
        assert_eq!(world.actions(size).await, ["group.member_added", "group.member_added", "group.member_removed"]);
        let robot = [keys[1]];
        // One of them is the group above.
        for n in 1..Group::PLACES_MAX {
            let name = format!("G{n}");
            step!(world, work, async {
                let (group, _) = work.new_group(&name, "", &[]).await?;
                work.add_members(group.id, &robot).await
            })
            .unwrap();
        }
        let full = step!(world, work, work.new_group("one more", "", &[])).unwrap().0.id;
        let refused = step!(world, work, work.add_members(full, &keys));
        assert_eq!(refused.err(), Some(Malformed::new("group", Fault::TooMany { limit: 100 }).into()));
        assert!(step!(world, work, work.add_members(full, &gone)).is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_groups_of_all_accounts_of_a_kind_hold_roles_and_are_otherwise_left_alone() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let [everyone, robots] = [kept(&world, SystemGroup::Everyone).await, kept(&world, SystemGroup::ServiceAccounts).await];
        let (ada, app) = (world.key_of("ada@acme.example").await, world.key_of("sa::app").await);
        let operators = views(&world).await.into_iter().find(|view| view.group.system.is_none()).unwrap().group.id;
        let shown: Vec<_> = views(&world).await.into_iter().map(|view| (view.group.name, view.users, view.sample_users.len())).collect();
        assert_eq!(shown, [("Everyone".to_owned(), 2, 2), ("Service Accounts".to_owned(), 1, 1), ("operators".to_owned(), 1, 1)]);

        let size = world.size().await;
        let users = || GroupType::Users;
        for group in [everyone.id, robots.id] {
            let other = GroupChange { description: Some("mine".to_owned()), ..GroupChange::default() };
            let inner = operators;
            let person = Member::Item(ada.into());
            let again = person.clone();
            let refused = [
                step!(world, work, work.change_group(group, other, None)).map(|(group, _)| group),
                step!(world, work, work.update_group(&users(), group, "mine", None)),
                step!(world, work, work.remove_group(group)),
                step!(world, work, work.delete_group(&users(), group)),
                step!(world, work, work.add_members(group, &[ada])),
                step!(world, work, work.remove_members(group, &[app])),
                step!(world, work, work.add_to_group(&users(), group, person, None)),
                step!(world, work, work.remove_from_group(&users(), group, again, None)),
                step!(world, work, work.add_to_group(&users(), group, Member::Group(inner), None)),
                step!(world, work, work.add_to_group(&users(), inner, Member::Group(group), None)),
            ];
            for (at, refused) in refused.into_iter().enumerate() {
                assert!(matches!(refused, Err(Refusal::Conflict { what: "group", .. })), "{at}: {refused:?}");
            }
        }
        assert_eq!(world.size().await, size);

        // Its own name is no change; its roles are its people's business, and felt by its members at once.
        let may = |kind, id| world.may(kind, id, "config:plan", "p1");
        assert!(!may("user", "ben@acme.example").await && !may("service", "sa::app").await);
        let admin = step!(world, work, work.all_roles()).unwrap().into_iter().find(|role| role.name == "org-admin").unwrap().id;
        for (group, user, robot) in [(everyone.id, true, false), (robots.id, true, true)] {
            let name = if group == everyone.id { "Everyone" } else { "Service Accounts" };
            let wish = GroupChange { name: Some(name.to_owned()), roles: Some(vec![admin]), ..GroupChange::default() };
            step!(world, work, work.change_group(group, wish, None)).unwrap();
            assert_eq!((may("user", "ben@acme.example").await, may("service", "sa::app").await), (user, robot), "{name}");
        }
        check_elsewhere(&world, everyone.id, robots.id, ada, app).await;
    })
    .await;
}

/// The same groups, as they look where groups of accounts are one type of many.
async fn check_elsewhere(world: &World, everyone: GroupId, robots: GroupId, ada: AccountKey, app: AccountKey) {
    let groups = step!(world, work, work.groups_of_user(ada, Reach::Direct, page(9))).unwrap();
    assert_eq!(groups.items.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["operators", "Everyone"]);
    let of = GroupType::Users;
    let members = step!(world, work, work.members(&of, robots, page(9))).unwrap();
    assert_eq!((members.items.len(), members.items[0].member.account(), members.next), (1, Some(app), None));
    // A statement about the group speaks of who is in it.
    let denied = format!("config:user/group/{everyone}");
    let told = vec![statement("allow", &["config:retrieve"], &["*"]), statement("deny", &["config:retrieve"], &[&denied])];
    let ben = world.key_of("ben@acme.example").await;
    step!(world, work, work.update_user(ben, vestibule_operations::UserWish { ends_at: None, statements: told }, None)).unwrap();
    for (resource, allowed) in [(ada.to_string(), false), (app.to_string(), true)] {
        assert_eq!(world.may("user", "ben@acme.example", "config:user", &resource).await, allowed, "{resource}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_may_speak_of_the_groups_that_the_realm_keeps() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let speaking = MANIFEST
            .replace(
                "name = \"operators\"\n",
                "name = \"Everyone\"\nroles = [\"AccountExecutive\"]\n\n[[realms.groups]]\nname = \"operators\"\n",
            )
            .replace("groups = [\"operators\"]", "groups = [\"operators\", \"Everyone\"]");
        let done = world.apply(&speaking, Mode::Act).await.unwrap();
        assert_eq!(done.to_string(), "+ group acme/Everyone: role AccountExecutive\n");
        assert!(world.apply(&speaking, Mode::Act).await.unwrap().is_empty());
        let robot = speaking.replace("name = \"The app\"\n", "name = \"The app\"\ngroups = [\"Everyone\"]\n");
        assert!(matches!(world.apply(&robot, Mode::Act).await, Err(Refusal::Conflict { what: "group", .. })));
        // As a server of before would have made the realm.
        database.by_hand("DELETE FROM account_group WHERE system IS NOT NULL AND realm_id = 'acme'").await.unwrap();
        let done = world.apply(&speaking, Mode::Act).await.unwrap();
        let made = "+ group acme/Everyone\n+ group acme/Service Accounts\n+ group acme/Everyone: role AccountExecutive\n";
        assert_eq!(done.to_string(), made);
        assert!(world.apply(&speaking, Mode::Act).await.unwrap().is_empty());
        let beside = World::open_beside(&database, &world).await;
        assert!(beside.may("user", "ben@acme.example", "config:plan", "p1").await);
        // Whoever had an ordinary group of that name goes on with it.
        let own = step!(world, work, work.create_group(&GroupType::Users, "Everyone")).unwrap().id;
        assert!(world.apply(&speaking, Mode::Act).await.unwrap().to_string().contains("+ group acme/Everyone: role AccountExecutive"));
        let shown = views(&world).await.into_iter().find(|view| view.group.id == own).unwrap();
        assert_eq!((shown.users, shown.roles.len()), (1, 1));
    })
    .await;
}
