//! Many at once: members and holders named in bulk, counted and sampled, each in its own realm; and the groups
//! whose members follow from the kind of the account.

use std::collections::BTreeSet;

use vestibule_core::{
    account::{Account, AccountKind},
    group::{Group, SystemGroup},
    id::{AccountKey, RealmId},
    refusal::Refusal,
    resource_group::{GroupType, Member},
    role::{Holder, Role},
};
use vestibule_store::{PageRequest, Place, Steps, StoreError, Tx};

use crate::{
    databases::on_both,
    harness::{World, told},
};

async fn change<T, F>(world: &World, realm: &RealmId, steps: F) -> T
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T> + Send + 'static,
{
    let unit = world.write(realm, |tx| {
        Box::pin(async move {
            let done = steps(tx).await?;
            tx.record(told());
            Ok(done)
        })
    });
    unit.await.unwrap()
}

macro_rules! change {
    ($world:expr, $realm:expr, $tx:ident, $step:expr) => {
        change($world, $realm, move |$tx| Box::pin(async move { Ok::<_, Refusal>($step.await?) })).await
    };
}

/// A group of the realm's keeping.
fn system(world: &World, system: SystemGroup) -> Group {
    system.group(world.now(), &world.moment().chance)
}

/// A realm with accounts, groups, roles and the groups that it keeps, all saved.
struct Crowd {
    realm: RealmId,
    accounts: Vec<Account>,
    groups: [Group; 2],
    roles: [Role; 2],
    everyone: Group,
}

impl Crowd {
    async fn gather(world: &World, slug: &str, count: usize) -> Self {
        let realm = world.realm(slug).await;
        // Ids run against keys, so that the order of a sample shows.
        let account = |n: usize| {
            world.advance_ms(1);
            world.account(&format!("user-{:04}", count - n), AccountKind::User)
        };
        let accounts: Vec<_> = (0..count).map(account).collect();
        let groups = ["first", "second"].map(|name| world.group(name));
        let roles = ["reader", "writer"].map(|name| {
            world.advance_ms(1);
            world.role(name, "config:retrieve")
        });
        let everyone = system(world, SystemGroup::Everyone);
        let saved = (accounts.clone(), groups.clone(), roles.clone(), everyone.clone());
        change(world, &realm, |tx| {
            Box::pin(async move {
                for account in &saved.0 {
                    tx.save_account(account).await?;
                }
                for group in saved.1.iter().chain([&saved.3]) {
                    tx.save_group(group).await?;
                }
                for role in &saved.2 {
                    tx.save_role(role).await?;
                }
                Ok(())
            })
        })
        .await;
        Self { realm, accounts, groups, roles, everyone }
    }

    fn keys(&self) -> Vec<AccountKey> {
        self.accounts.iter().map(|account| account.key).collect()
    }

    fn holders(&self) -> Vec<Holder> {
        let accounts = self.accounts.iter().map(|account| Holder::Account(account.key));
        accounts.chain([Holder::Group(self.groups[0].id), Holder::SupportStaff]).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_put_into_a_group_and_taken_out_in_bulk_and_only_changes_are_told() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let crowd = Crowd::gather(&world, "acme", 520).await;
        let (keys, group, all) = (crowd.keys(), crowd.groups[0].id, crowd.keys().into_iter().collect::<BTreeSet<_>>());
        let first = keys[..9].to_vec();
        let set = |keys: Vec<AccountKey>, place| {
            let (world, realm) = (world.clone(), crowd.realm.clone());
            async move { change!(&world, &realm, tx, tx.set_members(&keys, group, place)) }
        };
        assert_eq!(set(first.clone(), Place::In(None)).await.len(), 9);
        assert_eq!(set(keys.clone(), Place::In(None)).await, all.iter().copied().filter(|key| !first.contains(key)).collect());
        assert!(set(keys.clone(), Place::In(None)).await.is_empty());
        let (twice, other) = (vec![keys[3], keys[3]], crowd.groups[1].id);
        assert_eq!(change!(&world, &crowd.realm, tx, tx.set_members(&twice, other, Place::In(None))).len(), 1);
        let asked = keys.clone();
        assert_eq!(change!(&world, &crowd.realm, tx, tx.most_places(&asked)), 2);
        assert_eq!(change!(&world, &crowd.realm, tx, tx.most_places(&[])), 0);

        let (ids, groups) = ([group, other, crowd.everyone.id], crowd.groups.clone());
        let (counts, members) = change!(&world, &crowd.realm, tx, async {
            Ok::<_, StoreError>((tx.count_members(&ids).await?, tx.sample_members(&ids, 100).await?))
        });
        assert_eq!(counts, [(groups[0].id, 520), (groups[1].id, 1)].into());
        let oldest: Vec<_> = crowd.accounts[..100].iter().map(|account| account.id.clone()).collect();
        assert_eq!(members, [(groups[0].id, oldest), (groups[1].id, vec![crowd.accounts[3].id.clone()])].into());
        for (most, shown) in [(519, 519), (520, 520), (521, 520)] {
            let told = change!(&world, &crowd.realm, tx, tx.sample_members(&[group], most));
            assert_eq!(told[&group].len(), shown);
        }
        assert_eq!(set(keys.clone(), Place::Out).await, all);
        assert!(set(keys, Place::Out).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_given_and_taken_in_bulk_and_only_changes_are_told() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let crowd = Crowd::gather(&world, "acme", 300).await;
        let (holders, roles) = (crowd.holders(), [crowd.roles[0].id, crowd.roles[1].id]);
        let author = Some(crowd.accounts[7].key);
        let given = |holders: Vec<Holder>| {
            let (world, realm) = (world.clone(), crowd.realm.clone());
            async move { change!(&world, &realm, tx, tx.assign_roles(&holders, &roles, author)) }
        };
        assert_eq!(given(holders[..2].to_vec()).await.len(), 4);
        assert_eq!(given(holders.clone()).await.len(), (302 - 2) * 2);
        assert!(given(holders.clone()).await.is_empty());
        let held = change!(&world, &crowd.realm, tx, tx.find_attachment(Holder::SupportStaff, roles[0])).unwrap();
        assert_eq!((held.version, held.authorship.created_by), (1, author));

        let (counts, accounts, groups) = change!(&world, &crowd.realm, tx, async {
            let counts = tx.count_holders(&roles).await?;
            Ok::<_, StoreError>((counts, tx.sample_accounts_with(&roles, 100).await?, tx.sample_groups_with(&roles, 100).await?))
        });
        let oldest: Vec<_> = crowd.accounts[..100].iter().map(|account| account.id.clone()).collect();
        for role in roles {
            assert_eq!((counts[&role], &accounts[&role], &groups[&role]), ((300, 1), &oldest, &vec![crowd.groups[0].id]));
        }
        let groups = [crowd.groups[0].id, crowd.groups[1].id];
        let each = change!(&world, &crowd.realm, tx, tx.list_roles_of_groups(&groups));
        assert_eq!(each, [(groups[0], crowd.roles.to_vec())].into());

        // One of two roles goes, from all but one.
        let (most, gone) = (holders[1..].to_vec(), [roles[0]]);
        assert_eq!(change!(&world, &crowd.realm, tx, tx.unassign_roles(&most, &gone)).len(), 301);
        let again = holders.clone();
        assert_eq!(change!(&world, &crowd.realm, tx, tx.unassign_roles(&again, &gone)), [(holders[0], roles[0])].into());
        assert_eq!(change!(&world, &crowd.realm, tx, tx.count_holders(&roles)), [(roles[1], (300, 1))].into());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_is_its_realms_own() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (Crowd::gather(&world, "acme", 3).await, Crowd::gather(&world, "other", 2).await);
        for crowd in [&acme, &other] {
            let (keys, holders, group, roles) = (crowd.keys(), crowd.holders(), crowd.groups[0].id, [crowd.roles[0].id]);
            change!(&world, &crowd.realm, tx, async {
                tx.set_members(&keys, group, Place::In(None)).await?;
                tx.assign_roles(&holders, &roles, None).await
            });
        }
        for (asking, of, own) in [(&acme, &acme, 3), (&other, &other, 2), (&acme, &other, 0), (&other, &acme, 0)] {
            let (groups, roles, keys) = (of.groups.clone().map(|group| group.id), [of.roles[0].id], of.keys());
            let seen = change!(&world, &asking.realm, tx, async {
                Ok::<_, StoreError>([
                    ("groups", tx.find_groups(&groups).await?.len() / 2 * own),
                    ("roles", tx.find_roles(&roles).await?.len() * own),
                    ("members", tx.count_members(&groups).await?.values().sum::<u64>() as usize),
                    ("sampled members", tx.sample_members(&groups, 9).await?.values().flatten().count()),
                    ("holders", tx.count_holders(&roles).await?.values().map(|(accounts, _)| accounts).sum::<u64>() as usize),
                    ("sampled holders", tx.sample_accounts_with(&roles, 9).await?.values().flatten().count()),
                    ("sampled groups", tx.sample_groups_with(&roles, 9).await?.values().flatten().count() * own),
                    ("roles of groups", tx.list_roles_of_groups(&groups).await?.len() * own),
                    ("places", tx.most_places(&keys).await? * own),
                    ("groups around", tx.list_groups_around(keys[0], AccountKind::User).await?.len().saturating_sub(1) * own),
                ])
            });
            assert!(seen.iter().all(|(_, count)| *count == own), "{} of {}: {seen:?}", asking.realm, of.realm);
        }
        // What a stranger takes is not taken, and what points across realms cannot be written.
        let (keys, holders, group, role) = (acme.keys(), acme.holders(), acme.groups[0].id, acme.roles[0].id);
        let (theirs, holding) = (keys.clone(), holders.clone());
        let taken = change!(&world, &other.realm, tx, async {
            let members = tx.set_members(&theirs, group, Place::Out).await?.len();
            Ok::<_, StoreError>(members + tx.unassign_roles(&holding, &[role]).await?.len())
        });
        assert_eq!(taken, 0);
        let across = world.write(&other.realm, move |tx| Box::pin(async move { Ok(tx.set_members(&keys, group, Place::In(None)).await?) }));
        assert!(across.await.is_err());
        let across = world.write(&other.realm, move |tx| Box::pin(async move { Ok(tx.assign_roles(&holders, &[role], None).await?) }));
        assert!(across.await.is_err());
        let named = change!(&world, &other.realm, tx, tx.find_group_named("first")).unwrap();
        assert_eq!(named, other.groups[0]);
        assert_eq!(change!(&world, &other.realm, tx, tx.count_accounts()), [(AccountKind::User, 2)].into());
        assert_eq!(change!(&world, &other.realm, tx, tx.sample_accounts(AccountKind::User, 1)), [other.accounts[0].id.clone()]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_in_the_group_of_its_kind_and_that_group_holds_all_of_the_kind() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let crowd = Crowd::gather(&world, "acme", 3).await;
        let (robot, agent) = (world.account("sa::ci", AccountKind::Service), world.account("support::mia@here.com", AccountKind::Support));
        let (saved, everyone, member) = ((robot.clone(), agent.clone()), crowd.everyone.clone(), crowd.accounts[0].key);
        change!(&world, &crowd.realm, tx, async {
            tx.save_account(&saved.0).await?;
            tx.save_account(&saved.1).await
        });
        let around = |account: &Account| {
            let (world, realm, key, kind) = (world.clone(), crowd.realm.clone(), account.key, account.kind);
            async move { change!(&world, &realm, tx, tx.list_groups_around(key, kind)) }
        };
        let (in_group, places) = (crowd.groups[1].id, |key: AccountKey| {
            let (world, realm) = (world.clone(), crowd.realm.clone());
            async move { world.store.find_places(&realm, GroupType::Users, Member::Item(key.into()), &world.moment()).await.unwrap() }
        });
        assert_eq!(places(robot.key).await.len(), 0);
        change!(&world, &crowd.realm, tx, tx.set_members(&[member], in_group, Place::In(None)));
        assert_eq!(around(&crowd.accounts[0]).await, [everyone.clone(), crowd.groups[1].clone()], "its own kind's first");
        assert_eq!((around(&robot).await, around(&agent).await), (vec![], vec![]), "an older server made this realm");
        let robots = system(&world, SystemGroup::ServiceAccounts);
        let saved = robots.clone();
        change!(&world, &crowd.realm, tx, tx.save_group(&saved));
        assert_eq!((around(&robot).await, around(&agent).await), (vec![robots.clone()], vec![]));
        assert_eq!(places(member).await.len(), 2);
        assert_eq!((places(robot.key).await.to_vec(), places(agent.key).await.len()), (vec![robots.id.to_string().into()], 0));

        let listed = change!(&world, &crowd.realm, tx, tx.list_groups());
        let mut expected = vec![everyone.clone(), robots.clone()];
        expected.extend(crowd.groups.clone());
        expected[2..].sort_by_key(|group| group.id);
        assert_eq!(listed, expected, "those that the realm keeps come first");
        let newest = change!(&world, &crowd.realm, tx, tx.page_groups(&GroupType::Users, PageRequest { after: None, limit: 9 })).items;
        assert!(newest[2..].iter().all(|group| group.system.is_some()), "and are the oldest of all: {newest:?}");

        let mut newest_first: Vec<_> = crowd.keys();
        newest_first.reverse();
        for limit in [1, 2, 3, 4] {
            let (mut told, mut after) = (Vec::new(), None);
            loop {
                let (group, page) = (everyone.clone(), PageRequest { after, limit });
                let page = world.read(&crowd.realm, move |tx| {
                    Box::pin(async move { tx.page_members_by_kind(&group, SystemGroup::Everyone, page).await })
                });
                let page = page.await.unwrap();
                assert!(!page.items.is_empty() && page.items.len() <= limit);
                told.extend(page.items.iter().map(|one| one.member.account().unwrap()));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(told, newest_first, "by {limit}");
        }
    })
    .await;
}
