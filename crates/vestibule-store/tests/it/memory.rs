//! Memory: what is answered from it is true at the very next reading after a change.

use std::sync::Arc;

use vestibule_core::{
    account::{Account, AccountKind},
    group::SystemGroup,
    id::{RealmId, SessionId},
    policy::{Ask, ResourceId},
    principal::Principal,
    role::{BuiltIn, Holder},
    support::{Admitter, SessionEnd, Window},
};
use vestibule_store::Place;

use crate::{
    databases::on_both,
    harness::{World, allow, change, told},
};

/// A realm with one account in it, which has one token.
pub async fn populated(world: &World, slug: &str) -> (RealmId, Account) {
    let realm = world.realm(slug).await;
    let account = world.account("ada", AccountKind::User);
    let (stored, token) = (account.clone(), world.token(&account, slug));
    change(world, &realm, |tx| {
        Box::pin(async move {
            tx.save_account(&stored).await?;
            assert!(tx.insert_credential(&token).await?);
            Ok(())
        })
    })
    .await;
    (realm, account)
}

fn allows(world: &World, principal: &Principal, action: &str) -> bool {
    let resource = ResourceId::item("config", "plan", "p");
    principal.decide(&Ask::new(action, resource.as_resource()), world.now()).is_allow()
}

/// Asked twice, by its key and by its token: the first may be read, the second comes from memory; all agree.
async fn may(world: &World, realm: &RealmId, account: &Account) -> bool {
    let may = |found: Option<Arc<Principal>>| found.is_some_and(|principal| allows(world, &principal, "config:retrieve"));
    let ask = || async {
        let by_token = world.store.find_proven(world.lookup(realm.as_str()), &world.moment()).await.unwrap();
        let by_token = may(by_token.as_ref().and_then(|proven| proven.principal.clone()));
        let by_key = may(world.store.find_principal(realm, account.key, &world.moment()).await.unwrap());
        assert_eq!(by_token, by_key);
        by_key
    };
    let first = ask().await;
    assert_eq!(first, ask().await);
    first
}

async fn visitor_may(world: &World, realm: &RealmId, session: SessionId) -> bool {
    let found = world.store.find_visitor(realm, session, &world.moment()).await.unwrap();
    found.is_some_and(|principal| allows(world, &principal, "config:retrieve"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_known_changed_and_gone_at_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, ada) = populated(&world, "acme").await;
        let hash = world.lookup("secret");
        let find = || async { world.store.find_proven(hash, &world.moment()).await.unwrap() };
        assert!(find().await.is_none());
        assert!(find().await.is_none(), "from memory");
        let new = world.token(&ada, "secret");
        let credential = new.credential.clone();
        change(&world, &acme, |tx| {
            Box::pin(async move {
                assert!(tx.insert_credential(&new).await?);
                Ok(())
            })
        })
        .await;
        let proven = find().await;
        let token = &proven.as_ref().unwrap().token;
        assert_eq!((&token.realm, token.account, token.credential, token.enabled), (&acme, ada.key, credential.id, true));

        let mut disabled = credential.clone();
        disabled.enabled = false;
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.update_credential(&disabled).await?) })).await;
        assert!(!find().await.as_ref().unwrap().token.enabled);
        let by_id = || async { world.store.find_credential_token(&acme, credential.id, &world.moment()).await.unwrap() };
        assert!(!by_id().await.unwrap().enabled);
        change(&world, &acme, move |tx| Box::pin(async move { Ok(tx.delete_credential(credential.id).await?) })).await;
        assert!(find().await.is_none() && by_id().await.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_goes_with_its_account() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, ada) = populated(&world, "acme").await;
        let new = world.token(&ada, "secret");
        let id = new.credential.id;
        change(&world, &acme, |tx| {
            Box::pin(async move {
                assert!(tx.insert_credential(&new).await?);
                Ok(())
            })
        })
        .await;
        let hash = world.lookup("secret");
        assert!(world.store.find_proven(hash, &world.moment()).await.unwrap().is_some());
        assert!(world.store.find_credential_token(&acme, id, &world.moment()).await.unwrap().is_some());
        let gone = ada.clone();
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.delete_account(&gone).await?) })).await;
        assert!(world.store.find_proven(hash, &world.moment()).await.unwrap().is_none());
        assert!(world.store.find_credential_token(&acme, id, &world.moment()).await.unwrap().is_none());
        assert!(world.store.find_principal(&acme, ada.key, &world.moment()).await.unwrap().is_none());
        assert_eq!(database.number("SELECT COUNT(*) FROM credential_lookup").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_that_is_taken_is_refused_in_every_realm() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let ((acme, ada), (other, ben)) = (populated(&world, "acme").await, populated(&world, "other").await);
        let new = world.token(&ada, "secret");
        change(&world, &acme, |tx| {
            Box::pin(async move {
                assert!(tx.insert_credential(&new).await?);
                Ok(())
            })
        })
        .await;
        let same = world.token(&ben, "secret");
        let unit = world.write(&other, |tx| {
            Box::pin(async move {
                let stored = tx.insert_credential(&same).await?;
                assert!(!stored);
                Err::<(), _>(vestibule_core::refusal::Refusal::Exists("credential"))
            })
        });
        assert!(unit.await.is_err());
        let proven = world.store.find_proven(world.lookup("secret"), &world.moment()).await.unwrap();
        assert_eq!(proven.as_ref().map(|proven| proven.token.realm.clone()), Some(acme));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_own_row_counts_at_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, ada) = populated(&world, "acme").await;
        assert!(!may(&world, &acme, &ada).await);
        let save = |account: &Account| {
            let (world, acme, account) = (world.clone(), acme.clone(), account.clone());
            async move { change(&world, &acme, |tx| Box::pin(async move { Ok(tx.save_account(&account).await?) })).await }
        };
        let allowed = Account { statements: vec![allow("config:retrieve")], ..ada.clone() };
        save(&allowed).await;
        assert!(may(&world, &acme, &ada).await);
        save(&Account { active: false, ..allowed.clone() }).await;
        assert!(!may(&world, &acme, &ada).await, "disabled");
        let end = world.now().plus_millis(10);
        save(&Account { ends_at: Some(end), ..allowed.clone() }).await;
        world.advance_ms(9);
        assert!(may(&world, &acme, &ada).await, "a millisecond before its end, from memory");
        world.advance_ms(1);
        assert!(!may(&world, &acme, &ada).await, "at its end, from memory");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_leads_to_its_account_at_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, ada) = populated(&world, "acme").await;
        let find = |name: &'static str| {
            let (world, acme) = (world.clone(), acme.clone());
            async move { world.store.find_account_key(&acme, name.to_owned(), &world.moment()).await.unwrap() }
        };
        assert_eq!((find("ada").await, find("bea").await), (Some(ada.key), None));
        let bea = world.account("Bea", AccountKind::User);
        let stored = bea.clone();
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.save_account(&stored).await?) })).await;
        assert_eq!(find("bea").await, Some(bea.key));
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.delete_account(&bea).await?) })).await;
        assert_eq!((find("ada").await, find("bea").await), (Some(ada.key), None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_count_at_once_by_whatever_way_they_are_held() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, ada) = populated(&world, "acme").await;
        let (role, inner, outer) = (world.role("reader", "config:retrieve"), world.group("inner"), world.group("outer"));
        let (id, in_id, out_id, key) = (role.id, inner.id, outer.id, ada.key);
        let stored = role.clone();
        change(&world, &acme, |tx| {
            Box::pin(async move {
                tx.save_role(&stored).await?;
                tx.save_group(&inner).await?;
                Ok(tx.save_group(&outer).await?)
            })
        })
        .await;
        macro_rules! step {
            ($expected:expr, $name:expr, $tx:ident, $call:expr) => {
                change(&world, &acme, move |$tx| Box::pin(async move { Ok($call.await.map(|_| ())?) })).await;
                assert_eq!(may(&world, &acme, &ada).await, $expected, $name);
            };
        }
        assert!(!may(&world, &acme, &ada).await);
        step!(true, "own role", tx, tx.assign_role(Holder::Account(key), id));
        step!(false, "own role taken", tx, tx.unassign_role(Holder::Account(key), id));
        step!(false, "a member of a group without roles", tx, tx.set_member(key, in_id, Place::In(None)));
        step!(true, "the group's role", tx, tx.assign_role(Holder::Group(in_id), id));
        step!(false, "out of the group", tx, tx.set_member(key, in_id, Place::Out));
        step!(true, "into it again", tx, tx.set_member(key, in_id, Place::In(None)));
        step!(false, "the group's role taken", tx, tx.unassign_role(Holder::Group(in_id), id));
        step!(false, "an outer group without roles", tx, tx.set_nested(in_id, out_id, Place::In(None)));
        step!(true, "the outer group's role", tx, tx.assign_role(Holder::Group(out_id), id));
        let other = vestibule_core::role::Role { statements: vec![allow("config:update")], ..role.clone() };
        step!(false, "the role's statements", tx, tx.save_role(&other));
        let again = role.clone();
        step!(true, "and back", tx, tx.save_role(&again));
        step!(false, "no longer nested", tx, tx.set_nested(in_id, out_id, Place::Out));
        step!(true, "nested again", tx, tx.set_nested(in_id, out_id, Place::In(None)));
        // A circle can only be there by hand; it ends, and hides nothing.
        step!(true, "a circle", tx, tx.set_nested(out_id, in_id, Place::In(None)));
        step!(false, "the outer group's role taken", tx, tx.unassign_role(Holder::Group(out_id), id));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_all_accounts_of_a_kind_counts_at_once_for_those_and_no_others() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, ada) = populated(&world, "acme").await;
        let role = world.role("reader", "config:retrieve");
        let groups = SystemGroup::ALL.map(|system| system.group(world.now(), &world.moment().chance));
        let (id, [everyone, robots], stored) = (role.id, groups.clone().map(|group| group.id), groups.clone());
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.save_role(&role).await?) })).await;
        assert!(!may(&world, &acme, &ada).await, "held, from a realm without such groups");
        macro_rules! step {
            ($expected:expr, $name:expr, $tx:ident, $call:expr) => {
                change(&world, &acme, move |$tx| Box::pin(async move { Ok($call.await.map(|_| ())?) })).await;
                assert_eq!(may(&world, &acme, &ada).await, $expected, $name);
            };
        }
        step!(false, "the realm has come to have them", tx, async {
            for group in &stored {
                tx.save_group(group).await?;
            }
            Ok::<_, vestibule_store::StoreError>(())
        });
        step!(false, "a role of all robots", tx, tx.assign_role(Holder::Group(robots), id));
        step!(true, "a role of everyone", tx, tx.assign_role(Holder::Group(everyone), id));
        let found = world.store.find_principal(&acme, ada.key, &world.moment()).await.unwrap().unwrap();
        assert_eq!(found.rights.sources()[0].path, ["group Everyone", "role reader"]);
        step!(false, "taken", tx, tx.unassign_role(Holder::Group(everyone), id));
        step!(true, "in bulk", tx, tx.assign_roles(&[Holder::Group(everyone)], &[id], None));
        step!(false, "taken in bulk", tx, tx.unassign_roles(&[Holder::Group(everyone)], &[id]));
        let robot = Account { kind: AccountKind::Service, ..ada.clone() };
        step!(true, "a robot by now", tx, tx.save_account(&robot));
        let agent = Account { kind: AccountKind::Support, ..ada.clone() };
        step!(false, "a visiting agent is in none", tx, tx.save_account(&agent));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_its_window_and_the_staffs_roles_count_at_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        let account = world.account("support::mia@here.com", AccountKind::Support);
        let session = world.session(&account);
        let id = session.id;
        assert!(!visitor_may(&world, &acme, id).await, "nobody yet");
        let stored = (account.clone(), session.clone());
        change(&world, &acme, |tx| {
            Box::pin(async move {
                tx.save_account(&stored.0).await?;
                Ok(tx.save_session(&stored.1).await?)
            })
        })
        .await;
        assert!(!visitor_may(&world, &acme, id).await, "no rights");
        let window = |ends_at, version| Window { ends_at, statements: vec![allow("config:retrieve")], version };
        let open = window(world.now().plus_millis(10), 1);
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.save_window(&open).await?) })).await;
        assert!(visitor_may(&world, &acme, id).await, "the window's statements");
        world.advance_ms(10);
        assert!(!visitor_may(&world, &acme, id).await, "they end with the window, from memory");

        let role = world.role("staff", "config:retrieve");
        let role_id = role.id;
        change(&world, &acme, |tx| {
            Box::pin(async move {
                tx.save_role(&role).await?;
                assert!(tx.assign_role(Holder::SupportStaff, role.id).await?);
                Ok(())
            })
        })
        .await;
        assert!(visitor_may(&world, &acme, id).await, "the staff's role");
        change(&world, &acme, move |tx| Box::pin(async move { Ok(tx.unassign_role(Holder::SupportStaff, role_id).await?) })).await;
        assert!(!visitor_may(&world, &acme, id).await, "taken");

        let built_in = world.role(BuiltIn::AccountExecutive.name(), "config:retrieve");
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.save_role(&built_in).await?) })).await;
        assert!(!visitor_may(&world, &acme, id).await, "who came by the window is no account executive");
        let invited = vestibule_core::id::InvitationId::from_uuid(world.uuid());
        let by_list = vestibule_core::support::SupportSession { admitted_by: Admitter::Invitation(invited), ..world.session(&account) };
        let listed = by_list.clone();
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.save_session(&listed).await?) })).await;
        assert!(visitor_may(&world, &acme, by_list.id).await, "who came by the list is");
        let disabled = Account { active: false, ..account.clone() };
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.save_account(&disabled).await?) })).await;
        assert!(!visitor_may(&world, &acme, by_list.id).await, "the account is switched off");
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.save_account(&account).await?) })).await;
        assert!(visitor_may(&world, &acme, by_list.id).await);
        let ended = by_list.clone().end(SessionEnd::Left, world.now()).unwrap();
        change(&world, &acme, |tx| Box::pin(async move { Ok(tx.save_session(&ended).await?) })).await;
        assert!(!visitor_may(&world, &acme, by_list.id).await, "ended");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_refused_or_rehearsed_changes_no_answer() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, ada) = populated(&world, "acme").await;
        for rehearsed in [true, false] {
            let allowed = Account { statements: vec![allow("config:retrieve")], ..ada.clone() };
            let unit = world.write(&acme, move |tx| {
                Box::pin(async move {
                    tx.save_account(&allowed).await?;
                    tx.record(told());
                    if rehearsed {
                        tx.rehearse();
                        return Ok(());
                    }
                    Err(vestibule_core::refusal::Refusal::Scoped)
                })
            });
            assert_eq!(unit.await.is_ok(), rehearsed);
            assert!(!may(&world, &acme, &ada).await);
        }
    })
    .await;
}
