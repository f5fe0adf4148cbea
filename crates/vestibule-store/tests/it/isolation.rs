//! Isolation: to a stranger, another realm's things are not there, by whatever they are asked for.

mod things;

use vestibule_core::{
    account::{Account, AccountKind},
    account_invitation::AccountInvitation,
    credential::CredentialKind,
    id::RealmId,
    resource_group::{GroupType, Member},
    role::Holder,
};
use vestibule_store::{
    AccountDefaults, AccountField, AccountMatch, AccountQuery, EventFilter, MailState, Matching, Order, OutboxEntry, PageRequest, Place,
    SessionFilter, Tx,
};

use self::things::{Things, fill, plan};
use crate::{
    databases::on_both,
    harness::{World, allow, told},
};

/// How many of a realm's things somebody sees who asks from inside `tx`'s realm, question by question.
async fn look(tx: &mut Tx, things: &Things) -> Result<Vec<(&'static str, usize)>, vestibule_core::refusal::Refusal> {
    let page = || PageRequest { after: None, limit: 100 };
    let (account, inner) = (things.account.key, things.inner.id);
    let mine = |ids: Vec<String>, id: String| ids.into_iter().filter(|one| *one == id).count();
    macro_rules! ids {
        ($list:expr, $of:ident) => {
            $list.iter().map(|one| one.$of.to_string()).collect::<Vec<_>>()
        };
    }
    let mut seen = vec![
        ("account", usize::from(tx.find_account(account).await?.is_some())),
        ("account by name", mine(ids!(tx.find_account_named("ada").await?, key), account.to_string())),
        ("accounts", mine(ids!(tx.list_own_accounts().await?, key), account.to_string())),
        ("visitors", mine(ids!(tx.list_visitors().await?, key), things.visitor.key.to_string())),
        ("credential", usize::from(tx.find_credential(things.credential).await?.is_some())),
        ("credentials", tx.list_credentials(account).await?.len()),
        ("credential by hash", usize::from(tx.has_credential(account, &things.token).await?.is_some())),
        ("password", usize::from(tx.find_password(account).await?.is_some())),
        ("roles", mine(ids!(tx.list_roles().await?, id), things.role.id.to_string())),
        ("role by name", mine(ids!(tx.find_role_named("reader").await?, id), things.role.id.to_string())),
        ("roles of account", tx.list_roles_of(Holder::Account(account)).await?.len()),
        ("roles of group", tx.list_roles_of(Holder::Group(inner)).await?.len()),
        ("roles of staff", mine(ids!(tx.list_roles_of(Holder::SupportStaff).await?, id), things.role.id.to_string())),
        ("groups", mine(ids!(tx.list_groups().await?, id), inner.to_string())),
        ("groups of account", tx.list_groups_of(account).await?.len()),
        ("parents", tx.list_parents_of(inner).await?.len()),
        ("accounts within", usize::try_from(tx.count_accounts_in(&[inner]).await?).unwrap()),
    ];
    let nestings = tx.list_nestings().await?.into_iter().map(|(inner, _)| inner.to_string()).collect();
    seen.push(("nestings", mine(nestings, inner.to_string())));
    seen.extend([
        ("invitations", mine(ids!(tx.list_invitations().await?, id), things.invitation.id.to_string())),
        ("session", usize::from(tx.find_session(things.session.id).await?.is_some())),
        ("live sessions", mine(ids!(tx.list_live_sessions(None).await?, id), things.session.id.to_string())),
    ]);
    let (of, item) = plan();
    let in_plans = tx.page_members(&of, things.plans.id, page()).await?.items;
    seen.extend([
        ("accounts by page", mine(ids!(tx.page_accounts(&[AccountKind::User], page()).await?.items, key), account.to_string())),
        ("role by id", usize::from(tx.find_role(things.role.id).await?.is_some())),
        ("roles by page", mine(ids!(tx.page_roles(page()).await?.items, id), things.role.id.to_string())),
        ("roles of account by page", tx.page_roles_of(Holder::Account(account), page()).await?.items.len()),
        ("attachment", usize::from(tx.find_attachment(Holder::SupportStaff, things.role.id).await?.is_some())),
        ("group of people", usize::from(tx.find_group(&GroupType::Users, inner).await?.is_some())),
        ("group of things", usize::from(tx.find_group(&of, things.plans.id).await?.is_some())),
        ("groups of people by page", mine(ids!(tx.page_groups(&GroupType::Users, page()).await?.items, id), inner.to_string())),
        ("groups of things by page", mine(ids!(tx.page_groups(&of, page()).await?.items, id), things.plans.id.to_string())),
        ("nestings of people", tx.list_nestings_of(&GroupType::Users).await?.into_iter().filter(|(child, _)| *child == inner).count()),
        ("places of an account", tx.list_places(&GroupType::Users, &Member::Item(account.into())).await?.len()),
        ("places of a thing", tx.list_places(&of, &item).await?.into_iter().filter(|group| *group == things.plans.id).count()),
        ("members", in_plans.len()),
        ("invitation of a person", usize::from(tx.find_account_invitation(things.asked.id).await?.is_some())),
        ("link", usize::from(tx.find_account_invitation_by_link(things.asked.id, &[9; 32]).await?.is_some())),
        ("invitations by page", mine(ids!(tx.page_account_invitations(page()).await?.items, id), things.asked.id.to_string())),
    ]);
    for live in [None, Some(true)] {
        let filter = SessionFilter { live, agent: Some("MIA@here.com".to_owned()) };
        seen.push(("sessions", mine(ids!(tx.list_sessions(&filter, page()).await?.items, id), things.session.id.to_string())));
    }
    let everybody = AccountQuery {
        kinds: vec![AccountKind::User, AccountKind::Service, AccountKind::Support],
        matches: Vec::new(),
        order: Order::Ascending,
        offset: 0,
        limit: 100,
    };
    let readers = AccountMatch { field: AccountField::UnitedRole, values: vec!["reader".to_owned()], how: Matching::Exact, negated: false };
    let facts = tx.account_facts(vec![things.account.clone()]).await?.remove(0);
    seen.extend([
        ("accounts by key", tx.list_accounts(&[account]).await?.len()),
        ("accounts by names", mine(ids!(tx.list_accounts_named(&["ada".to_owned()]).await?, key), account.to_string())),
        ("accounts searched", mine(ids!(tx.search_accounts(&everybody).await?, key), account.to_string())),
        ("holders of a role", {
            let query = AccountQuery { matches: vec![readers], ..everybody };
            mine(ids!(tx.search_accounts(&query).await?, key), account.to_string())
        }),
        ("roles shown", mine(ids!(facts.roles, id), things.role.id.to_string())),
        ("groups shown", mine(ids!(facts.groups, id), inner.to_string())),
        ("last use", usize::from(facts.last_used_at.is_some())),
        (
            "tokens",
            mine(
                tx.list_tokens(0, 100).await?.into_iter().map(|held| held.found.credential.id.to_string()).collect(),
                things.credential.to_string(),
            ),
        ),
        ("tokens of account", tx.list_tokens_of(account).await?.len()),
        ("token by id", usize::from(tx.find_token(things.credential).await?.is_some())),
        ("token by hash", usize::from(tx.find_token_by_hash(&things.token).await?.is_some())),
        ("defaults", mine(tx.find_account_defaults().await?.groups.iter().map(ToString::to_string).collect(), inner.to_string())),
    ]);
    let sign_in = things.sign_in.id.to_string();
    seen.extend([
        ("sign-in", usize::from(tx.find_sign_in(things.sign_in.id).await?.is_some_and(|found| found == things.sign_ins().0))),
        ("sign-in by code", mine(ids!(tx.find_sign_in_by_code(&[8; 32]).await?, id), sign_in)),
        ("factors", tx.list_factors(account).await?.len()),
        ("app", usize::from(tx.find_app(account).await?.is_some_and(|(found, secret)| found == things.factor && secret == b"shared"))),
        ("recovery codes", usize::try_from(tx.count_recovery_codes(account).await?).unwrap_or_default()),
        ("login sessions", tx.list_login_sessions(account).await?.len()),
        ("login session by hash", mine(ids!(tx.find_login_session(&[7; 32]).await?, id), things.login.id.to_string())),
    ]);
    seen.push(("mail", mine(ids!(tx.list_mail(page()).await?.items, id), things.mail.id.to_string())));
    Ok(seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_finder_finds_its_own_realms_things_and_no_strangers() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        let (theirs, own) = (Things::of(&world, "theirs"), Things::of(&world, "own"));
        fill(&world, &acme, &theirs).await;
        // First a realm that has nothing, then one that has the same names.
        for with_own in [false, true] {
            if with_own {
                fill(&world, &other, &own).await;
            }
            let asked = theirs.clone();
            let seen = world.read(&other, move |tx| Box::pin(async move { look(tx, &asked).await })).await.unwrap();
            for (name, count) in seen {
                assert_eq!(count, 0, "{name}, with own: {with_own}");
            }
        }
        for (realm, things) in [(&acme, &theirs), (&other, &own)] {
            let asked = things.clone();
            let seen = world.read(realm, move |tx| Box::pin(async move { look(tx, &asked).await })).await.unwrap();
            for (name, count) in seen {
                assert_eq!(count, if name == "credentials" { 2 } else { 1 }, "{name} of {realm}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_keeps_realms_apart() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        let (theirs, own) = (Things::of(&world, "theirs"), Things::of(&world, "own"));
        fill(&world, &acme, &theirs).await;
        fill(&world, &other, &own).await;
        let moment = world.moment();
        for _ in 0..2 {
            for (realm, things, stranger) in [(&acme, &theirs, &own), (&other, &own, &theirs)] {
                let store = &world.store;
                assert_eq!(store.find_account_key(realm, "ada".to_owned(), &moment).await, Ok(Some(things.account.key)));
                assert!(store.find_principal(realm, things.account.key, &moment).await.unwrap().is_some());
                assert!(store.find_principal(realm, stranger.account.key, &moment).await.unwrap().is_none());
                assert!(store.find_visitor(realm, things.session.id, &moment).await.unwrap().is_some());
                assert!(store.find_visitor(realm, stranger.session.id, &moment).await.unwrap().is_none());
                assert!(store.find_credential_token(realm, things.credential, &moment).await.unwrap().is_some());
                assert!(store.find_credential_token(realm, stranger.credential, &moment).await.unwrap().is_none());
                assert!(store.find_sign_in(realm, things.sign_in.id, &moment).await.unwrap().is_some());
                assert!(store.find_sign_in(realm, stranger.sign_in.id, &moment).await.unwrap().is_none());
                let proven = store.find_proven(things.token, &moment).await.unwrap();
                let proven = proven.as_ref().unwrap();
                assert_eq!((&proven.token.realm, proven.principal.as_ref().unwrap().key), (realm, things.account.key));
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_changes_nothing_of_another_realm() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        let theirs = Things::of(&world, "theirs");
        fill(&world, &acme, &theirs).await;
        let things = theirs.clone();
        let unit = world.write(&other, move |tx| {
            Box::pin(async move {
                let mut credential = things.credential(CredentialKind::Token).credential;
                credential.enabled = false;
                tx.update_credential(&credential).await?;
                tx.delete_credential(things.credential).await?;
                tx.delete_account(&things.account).await?;
                tx.delete_accounts(&[things.account.clone(), things.visitor.clone()]).await?;
                let renamed = Account { statements: vec![allow("config:delete")], ..things.account.clone() };
                tx.save_statements(&[renamed]).await?;
                tx.save_account_defaults(&AccountDefaults::default()).await?;
                tx.delete_invitation(things.invitation.id).await?;
                tx.drop_lapsed_invitations().await?;
                tx.unassign_role(Holder::Account(things.account.key), things.role.id).await?;
                tx.unassign_role(Holder::SupportStaff, things.role.id).await?;
                tx.set_member(things.account.key, things.inner.id, Place::Out).await?;
                tx.set_nested(things.inner.id, things.outer.id, Place::Out).await?;
                let (of, item) = plan();
                tx.set_place(&of, &item, things.plans.id, Place::Out).await?;
                tx.delete_group_of(&of, things.plans.id).await?;
                tx.delete_group(things.inner.id).await?;
                tx.delete_role(things.role.id).await?;
                tx.update_account_invitation(&AccountInvitation { accepted_at: Some(tx.now()), ..things.asked.clone() }).await?;
                assert!(!tx.settle_mail(&OutboxEntry { state: MailState::Failed, ..things.mail.clone() }).await?);
                tx.record(told());
                Ok(())
            })
        });
        unit.await.unwrap();
        // What points across realms cannot even be written.
        let things = theirs.clone();
        let join = world.write(&other, move |tx| {
            Box::pin(async move {
                tx.set_member(things.account.key, things.inner.id, Place::In(None)).await?;
                tx.record(told());
                Ok(())
            })
        });
        assert!(join.await.is_err());
        let things = theirs.clone();
        let assign = world.write(&other, move |tx| {
            Box::pin(async move {
                tx.assign_role(Holder::SupportStaff, things.role.id).await?;
                tx.record(told());
                Ok(())
            })
        });
        assert!(assign.await.is_err());
        let asked = theirs.clone();
        let seen = world.read(&acme, move |tx| Box::pin(async move { look(tx, &asked).await })).await.unwrap();
        assert!(seen.iter().all(|(_, count)| *count >= 1), "{seen:?}");
        let key = theirs.account.key;
        let kept = world.read(&acme, move |tx| Box::pin(async move { Ok(tx.find_account(key).await?) })).await.unwrap();
        assert_eq!(kept, Some(theirs.account.clone()));
        let proven = world.store.find_proven(theirs.token, &world.moment()).await.unwrap();
        assert!(proven.as_ref().is_some_and(|proven| proven.token.enabled));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_its_realms_own() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        fill(&world, &acme, &Things::of(&world, "theirs")).await;
        let look = |realm| {
            let world = world.clone();
            async move {
                let unit = world.read(realm, |tx| {
                    Box::pin(async move {
                        let head = tx.head().await?.unwrap();
                        let events = tx.list_events(&EventFilter::default(), 0, 100).await?.len();
                        let (records, leaves) = (tx.list_records(0..100, 100).await?.items, tx.list_leaves(0..100, 100).await?.items);
                        let key = tx.log_key().await?.vkey().clone();
                        assert_eq!(tx.list_log_keys().await?, std::slice::from_ref(&key));
                        let checkpoint = tx.newest_checkpoint().await?.is_some();
                        Ok((head.origin, events, records.len(), leaves.len(), key.to_string(), checkpoint))
                    })
                });
                unit.await.unwrap()
            }
        };
        let (mine, theirs) = (look(&other).await, look(&acme).await);
        assert_eq!((mine.0.as_str(), mine.1, mine.2, mine.3, mine.5), ("test.example/audit/other", 2, 2, 2, false));
        assert_eq!((theirs.0.as_str(), theirs.1, theirs.2, theirs.3, theirs.5), ("test.example/audit/acme", 3, 3, 3, true));
        assert_ne!(mine.4, theirs.4, "each log has a key of its own");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_that_is_not_there_has_nothing_and_keeps_nothing() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.realm("acme").await;
        let nowhere: RealmId = "nowhere".parse().unwrap();
        let found = world.read(&nowhere, |tx| Box::pin(async move { Ok((tx.find_realm().await?.is_some(), tx.head().await?.is_some())) }));
        assert_eq!(found.await, Ok((false, false)));
        let account = world.account("ada", AccountKind::User);
        let unit = world.write(&nowhere, |tx| {
            Box::pin(async move {
                tx.save_account(&account).await?;
                tx.record(told());
                Ok(())
            })
        });
        assert!(unit.await.is_err());
        assert_eq!(database.number("SELECT COUNT(*) FROM account").await, 0);
    })
    .await;
}
