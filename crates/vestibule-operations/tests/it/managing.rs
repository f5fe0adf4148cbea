//! People and robots, made, changed and removed: what they begin with, what a change leaves alone, who stays.

use std::collections::BTreeSet;

use secrecy::SecretString;
use vestibule_core::{
    account::{Account, AccountKind},
    id::{AccountKey, GroupId, RoleId},
    policy::ActionName,
    refusal::{Refusal, Unauthenticated},
    resource_group::{GroupType, Member},
    role::Holder,
};
use vestibule_operations::{AccountChange, AccountDefaults, AccountView, Changed, NewAccount};

use crate::{
    databases::on_both,
    harness::{ADA, MIA, World, acme, page},
};

macro_rules! step {
    ($world:expr, $work:ident, $step:expr) => {
        $world.work(move |mut $work| Box::pin(async move { $step.await })).await
    };
}
pub(crate) use step;

pub fn action(name: &str) -> ActionName {
    name.parse().unwrap()
}

pub fn actions(names: &[&str]) -> BTreeSet<ActionName> {
    names.iter().map(|name| action(name)).collect()
}

pub fn bare(id: &str, kind: AccountKind) -> NewAccount {
    NewAccount::bare(id.parse().unwrap(), kind)
}

pub async fn make(world: &World, new: NewAccount) -> Result<Changed, Refusal> {
    step!(world, work, work.new_account(new))
}

async fn change(world: &World, key: AccountKey, change: AccountChange) -> Result<Changed, Refusal> {
    step!(world, work, work.change_account(key, change, None))
}

pub async fn find(world: &World, id: &'static str) -> Option<Account> {
    step!(world, work, work.find_account_by_id(id)).unwrap()
}

/// An account as it is shown.
pub async fn view(world: &World, key: AccountKey) -> AccountView {
    let unit = world.work(move |mut work| {
        Box::pin(async move {
            let mut all = work.users(page(100)).await?.items;
            all.extend(work.service_users(page(100)).await?.items);
            all.retain(|account| account.key == key);
            work.account_view(all.remove(0)).await
        })
    });
    unit.await.unwrap()
}

async fn role(world: &World, name: &'static str, permissions: &[&str]) -> RoleId {
    let permissions = actions(permissions);
    step!(world, work, work.new_role(name, "", &permissions)).unwrap().id
}

async fn group(world: &World, name: &'static str, roles: Vec<RoleId>) -> GroupId {
    step!(world, work, work.new_group(name, "", &roles)).unwrap().0.id
}

fn names(view: &AccountView) -> Vec<&str> {
    view.groups.iter().map(|group| group.name.as_str()).collect()
}

const TOKEN: &str = "a411c16b-3cf7-4f03-bf11-8ca05aab898d";
const NOBODY: uuid::Uuid = uuid::Uuid::nil();

#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_has_what_it_was_given_and_the_rights_of_all_its_groups() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (direct, nested) =
            (role(&world, "direct", &["wavefront:ingestion"]).await, role(&world, "nested", &["wavefront:alerts_management"]).await);
        let outer = group(&world, "outer", vec![nested]).await;
        let inner = group(&world, "inner", Vec::new()).await;
        step!(world, work, work.add_to_group(&GroupType::Users, outer, Member::Group(inner), None)).unwrap();
        let (size, gone) = (world.size().await, RoleId::from_uuid(NOBODY));
        let new = NewAccount {
            name: "CI".to_owned(),
            description: "builds\nthings".to_owned(),
            permissions: Some(actions(&["wavefront:dashboard_management"])),
            roles: vec![direct, gone, direct],
            groups: Some(vec![inner]),
            tokens: vec![TOKEN.to_uppercase().into()],
            ..bare("SA::CI-Bot", AccountKind::Service)
        };
        assert!(!format!("{new:?}").to_lowercase().contains(TOKEN));
        let made = make(&world, new).await.unwrap();
        assert_eq!((made.account.id.as_str(), made.ignored_roles, made.ignored_groups.len()), ("sa::ci-bot", vec![gone], 0));
        let told = world.actions(size).await;
        let expected = ["account.created", "credential.created", "privilege.assigned", "group.member_added"];
        assert_eq!(told, expected);

        let view = view(&world, made.account.key).await;
        assert_eq!((view.account.description.as_str(), view.account.active, view.last_used_at), ("builds\nthings", true, None));
        assert_eq!(view.account, made.account);
        assert_eq!(names(&view), ["Service Accounts", "inner"]);
        assert_eq!((view.roles.len(), view.united_roles()), (1, BTreeSet::from([direct, nested])));
        assert_eq!(view.permissions(), actions(&["wavefront:dashboard_management"]));
        for (name, may) in [("dashboard_management", true), ("ingestion", true), ("alerts_management", true), ("user_management", false)] {
            assert_eq!(view.may(&format!("wavefront:{name}"), world.now()), may, "{name}");
        }
        assert!(world.bearer(TOKEN).await.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_one_accounts_whatever_its_case() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        make(&world, bare("Dev+One@acme.example", AccountKind::User)).await.unwrap();
        make(&world, bare("sa::ci", AccountKind::Service)).await.unwrap();
        world.invite("mia@here.com", None).await.unwrap();
        world.enter(MIA).await.unwrap();
        for (id, kind, refused) in [
            ("dev+one@ACME.example", AccountKind::User, Refusal::Exists("account")),
            ("SA::ci", AccountKind::Service, Refusal::Exists("account")),
        ] {
            assert_eq!(make(&world, bare(id, kind)).await.err(), Some(refused), "{id}");
        }
        for (id, kind) in [
            ("ci", AccountKind::Service),
            ("sa::", AccountKind::Service),
            ("sa::x", AccountKind::User),
            ("support::x@here.com", AccountKind::User),
            ("support::x@here.com", AccountKind::Support),
        ] {
            assert!(make(&world, bare(id, kind)).await.is_err(), "{id} {kind}");
        }
        for (id, is_found) in [
            ("Dev+One@acme.example", true),
            ("dev+one@acme.example", false),
            ("sa::ci", true),
            ("sA::CI", true),
            ("sa::app", true),
            ("ada@acme.example", true),
            ("support::mia@here.com", false),
            ("eve@other.example", false),
            ("", false),
        ] {
            assert_eq!(find(&world, id).await.is_some(), is_found, "{id}");
        }
        let asked: Vec<String> =
            ["sa::CI", "nobody", "ada@acme.example", "sa::ci", "ADA@acme.example", "nobody", "\0"].map(str::to_owned).to_vec();
        let (known, unknown) = step!(world, work, work.find_accounts_by_ids(&asked)).unwrap();
        assert_eq!(known.iter().map(|account| account.id.as_str()).collect::<Vec<_>>(), ["sa::ci", "ada@acme.example"]);
        assert_eq!(unknown, ["nobody", "ADA@acme.example", "\0"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_users_begin_with_the_realms_defaults_and_robots_with_nothing() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (kept, gone) = (group(&world, "kept", Vec::new()).await, group(&world, "gone", Vec::new()).await);
        let wanted = AccountDefaults { permissions: actions(&["wavefront:ingestion"]), groups: vec![gone, kept] };
        assert_eq!(step!(world, work, work.account_defaults()), Ok(AccountDefaults::default()));
        let (size, again) = (world.size().await, wanted.clone());
        assert_eq!(step!(world, work, work.set_account_defaults(again)), Ok(wanted.clone()));
        step!(world, work, work.set_account_defaults(wanted)).unwrap();
        assert_eq!(world.actions(size).await, ["realm.updated"], "the second time nothing changes");
        step!(world, work, work.remove_group(gone)).unwrap();
        assert_eq!(step!(world, work, work.account_defaults()).unwrap().groups, [kept]);

        for (new, permissions, groups) in [
            (bare("a@acme.example", AccountKind::User), &["wavefront:ingestion"][..], &["Everyone", "kept"][..]),
            (NewAccount { permissions: Some(actions(&[])), ..bare("b@acme.example", AccountKind::User) }, &[], &["Everyone", "kept"]),
            (NewAccount { groups: Some(Vec::new()), ..bare("c@acme.example", AccountKind::User) }, &["wavefront:ingestion"], &["Everyone"]),
            (bare("sa::d", AccountKind::Service), &[], &["Service Accounts"]),
        ] {
            let id = new.id.clone();
            let view = view(&world, make(&world, new).await.unwrap().account.key).await;
            assert_eq!((view.permissions(), names(&view)), (actions(permissions), groups.to_vec()), "{id}");
        }
        let none = AccountDefaults { permissions: actions(&[]), groups: vec![GroupId::from_uuid(NOBODY)] };
        assert_eq!(step!(world, work, work.set_account_defaults(none)).err(), Some(Refusal::NoneValid("group")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_replaces_what_it_names_and_leaves_the_rest() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let app = world.key_of("sa::app").await;
        let (first, second) = (role(&world, "first", &[]).await, role(&world, "second", &[]).await);
        let (one, two) = (group(&world, "one", Vec::new()).await, group(&world, "two", Vec::new()).await);
        let before = change(&world, app, AccountChange { roles: Some(vec![first]), groups: Some(vec![one]), ..Default::default() }).await;
        let before = before.unwrap().account;
        let everyone = step!(world, work, work.all_groups()).unwrap()[0].id;

        let wanted = || AccountChange {
            description: Some("new".to_owned()),
            permissions: Some(actions(&["wavefront:ingestion"])),
            roles: Some(vec![second, RoleId::from_uuid(NOBODY)]),
            groups: Some(vec![two, everyone]),
            ..Default::default()
        };
        let size = world.size().await;
        let changed = change(&world, app, wanted()).await.unwrap();
        assert_eq!((changed.account.version, changed.account.name.as_str()), (before.version + 1, before.name.as_str()));
        assert_eq!((changed.ignored_roles.len(), changed.ignored_groups), (1, vec![everyone]));
        let after = view(&world, app).await;
        assert_eq!(after.permissions(), actions(&["account:manageAccountExecutives", "wavefront:ingestion"]), "other services' stay");
        assert_eq!((after.roles[0].id, names(&after)), (second, vec!["Service Accounts", "two"]));
        let told = world.actions(size).await;
        let expected = ["account.updated", "privilege.revoked", "privilege.assigned", "group.member_removed", "group.member_added"];
        assert_eq!(told, expected);
        assert_eq!(world.events(size).await[0]["change"]["fields"], serde_json::json!(["description", "statements"]));

        let size = world.size().await;
        assert_eq!(change(&world, app, wanted()).await.unwrap().account.version, changed.account.version);
        assert_eq!(world.size().await, size, "what is so already is no change");
        let stale = step!(world, work, work.change_account(app, AccountChange::default(), Some(1)));
        assert_eq!(stale.err(), Some(Refusal::Stale { current: changed.account.version }));
        for (change_of, what) in [
            (AccountChange { roles: Some(vec![RoleId::from_uuid(NOBODY)]), ..Default::default() }, "role"),
            (AccountChange { groups: Some(vec![GroupId::from_uuid(NOBODY)]), ..Default::default() }, "group"),
        ] {
            assert_eq!(change(&world, app, change_of).await.err(), Some(Refusal::NoneValid(what)));
        }
        change(&world, app, AccountChange { roles: Some(vec![]), groups: Some(vec![]), ..Default::default() }).await.unwrap();
        let emptied = view(&world, app).await;
        assert_eq!((emptied.roles.len(), names(&emptied)), (0, vec!["Service Accounts"]));
        let nobody = AccountKey::from_uuid(NOBODY);
        assert_eq!(change(&world, nobody, AccountChange::default()).await.err(), Some(Refusal::Absent("account")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_switched_off_or_gone_is_refused_by_the_very_next_request() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let role = role(&world, "ingesters", &["wavefront:ingestion"]).await;
        let group = group(&world, "robots", Vec::new()).await;
        let new =
            NewAccount { tokens: vec![TOKEN.into()], roles: vec![role], groups: Some(vec![group]), ..bare("sa::ci", AccountKind::Service) };
        let key = make(&world, new).await.unwrap().account.key;
        let size = world.size().await;
        for (active, refused) in [(false, Some(Refusal::Unauthenticated(Unauthenticated::AppInactive))), (true, None), (true, None)] {
            change(&world, key, AccountChange { active: Some(active), ..Default::default() }).await.unwrap();
            assert_eq!(world.bearer(TOKEN).await.err(), refused);
            assert!(view(&world, key).await.may("wavefront:ingestion", world.now()), "what it will have again is shown");
        }
        assert_eq!(world.actions(size).await, ["account.disabled", "account.enabled"]);

        let user = make(&world, bare("dev@acme.example", AccountKind::User)).await.unwrap().account.key;
        step!(world, work, work.send_activation(user)).unwrap();
        world.ops.hash_password(SecretString::from("short")).await.unwrap_err();
        let password = world.ops.hash_password(SecretString::from("correct horse battery")).await.unwrap();
        assert_eq!(format!("{password:?}"), "HashedPassword");
        for _ in 0..2 {
            let change_of = AccountChange { password: Some(password.clone()), ..Default::default() };
            change(&world, user, change_of).await.unwrap();
        }
        let passwords = "SELECT COUNT(*) FROM credential WHERE kind = 'password'";
        assert_eq!(database.number(passwords).await, 2, "the app's, and one of the user's");
        let size = world.size().await;
        step!(world, work, work.remove_accounts(&[key, user, AccountKey::from_uuid(NOBODY)])).unwrap();
        assert_eq!(world.actions(size).await, ["account.deleted"; 2]);
        assert_eq!(world.bearer(TOKEN).await.err(), Some(Refusal::Unauthenticated(Unauthenticated::Unknown)));
        for (table, column) in [
            ("account", "key"),
            ("credential", "account_key"),
            ("group_member", "account_key"),
            ("role_assignment", "holder_id"),
            ("account_invitation", "account_key"),
        ] {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} IN ('{key}', '{user}')");
            assert_eq!(database.number(&sql).await, 0, "{table}");
        }
        assert_eq!(find(&world, "sa::ci").await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_first_password_is_good_for_a_day() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let user = make(&world, bare("dev@acme.example", AccountKind::User)).await.unwrap().account.key;
        let letters = world.outbox().await.len();
        step!(world, work, work.send_activation(user)).unwrap();
        let letter = world.outbox().await.pop().unwrap();
        assert_eq!(letter.to, "dev@acme.example");
        let end = world.now().plus_seconds(86_400).millis();
        assert_eq!(database.number("SELECT expires_at FROM account_invitation WHERE is_for_account = 1").await, end);
        let password = world.ops.hash_password(SecretString::from("correct horse battery")).await.unwrap();
        change(&world, user, AccountChange { password: Some(password), ..Default::default() }).await.unwrap();
        step!(world, work, work.send_activation(user)).unwrap();
        assert_eq!(world.outbox().await.len(), letters + 1, "who has a password needs no link");
        let app = world.key_of("sa::app").await;
        assert_eq!(step!(world, work, work.send_activation(app)), Err(Refusal::Absent("user")));
    })
    .await;
}

const MANAGE: &str = "wavefront:user_management";

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_always_left_who_may() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (ada, ben) = (world.key_of("ada@acme.example").await, world.key_of("ben@acme.example").await);
        let own = Err(Refusal::Conflict { what: "account", state: "is the caller's own" });
        assert_eq!(step!(world, work, work.remove_accounts(&[ben, ada])), own);
        let off = || AccountChange { active: Some(false), ..Default::default() };
        assert_eq!(change(&world, ada, off()).await.map(drop), own);
        let ending = AccountChange { ends_at: Some(Some(world.now())), ..Default::default() };
        assert_eq!(change(&world, ada, ending).await.map(drop), own);

        // Ada may by a role of her group. Whatever takes it from her is undone while nobody else may.
        let operators = step!(world, work, work.all_groups()).unwrap().into_iter().find(|group| group.name == "operators").unwrap().id;
        let admin = step!(world, work, work.all_roles()).unwrap().into_iter().find(|role| role.name == "org-admin").unwrap().id;
        let take = |world: World| async move {
            let (ctx, realm) = (world.bearer(ADA).await.unwrap(), acme());
            let unit = world.ops.write(&ctx, &realm, move |mut work| {
                Box::pin(async move {
                    work.unassign_roles(&[Holder::Group(operators)], &[admin]).await?;
                    work.keep_somebody_who_may(MANAGE).await
                })
            });
            unit.await
        };
        let last = Err(Refusal::Conflict { what: "account", state: "is the last that may manage accounts" });
        let size = world.size().await;
        assert_eq!(take(world.clone()).await, last);
        assert_eq!(world.size().await, size);
        step!(world, work, work.keep_somebody_who_may(MANAGE)).unwrap();
        // Ben may by name, and counts only while he is switched on and nothing denies it.
        step!(world, work, work.change_permissions(&[ben], Some(&action(MANAGE)), None)).unwrap();
        change(&world, ben, off()).await.unwrap();
        assert_eq!(take(world.clone()).await, last);
        change(&world, ben, AccountChange { active: Some(true), ..Default::default() }).await.unwrap();
        let deny = vec![crate::harness::statement("deny", &[MANAGE], &["*"]), crate::harness::statement("allow", &[MANAGE], &["*"])];
        change(&world, ben, AccountChange { statements: Some(deny), ..Default::default() }).await.unwrap();
        assert_eq!(take(world.clone()).await, last);
        let role = role(&world, "managers", &[MANAGE]).await;
        let robots = step!(world, work, work.all_groups()).unwrap()[1].id;
        step!(world, work, work.assign_roles(&[Holder::Group(robots)], &[role])).unwrap();
        assert_eq!(take(world).await, Ok(()), "the app may by the group of all robots");
    })
    .await;
}
