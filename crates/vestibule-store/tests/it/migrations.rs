//! The schema's history, as a server meets it when it starts.

use std::collections::BTreeSet;

use vestibule_core::{
    account::Profile,
    authorship::Authorship,
    customer::CustomerId,
    group::SystemGroup,
    resource_group::GroupType,
    role::{Attachment, Holder},
    time::Timestamp,
};
use vestibule_store::{CustomerOrder, CustomerSearch, GrantSide, Order, PageRequest, Sealer, Store, StoreError};

use crate::{
    databases::{Database, Engine, on, on_both},
    harness::{World, fresh_chance},
};

/// The newest schema version: as many as there are numbers in the folder of migrations.
fn known() -> i64 {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let versions: BTreeSet<String> = names.map(|name| name.split('_').next().unwrap().to_owned()).collect();
    versions.len().try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_finds_everything_done_and_everything_there() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        assert_eq!(database.number("SELECT COUNT(*) FROM schema_version").await, known());
        drop(world);
        let again = World::open_seeded(&database, 2).await;
        assert_eq!(database.number("SELECT COUNT(*) FROM schema_version").await, known());
        let realm = again.read(&acme, |tx| Box::pin(async move { Ok(tx.find_realm().await?) })).await.unwrap();
        assert_eq!(realm.map(|realm| realm.id), Some(acme));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_the_future_is_refused_and_left_as_it_is() {
    on_both(|database| async move {
        drop(World::open(&database).await);
        database.by_hand("INSERT INTO schema_version (version) VALUES (1000)").await.unwrap();
        let opened = Store::open(&database.url(), Sealer::new(&[7; 32]), &fresh_chance()).await;
        assert!(matches!(opened.err(), Some(StoreError::FromTheFuture { found: 1000, known: newest }) if newest == known()));
        assert_eq!(database.number("SELECT MAX(version) FROM schema_version").await, 1000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_together_migrate_once() {
    on(Engine::Postgres, |database| async move {
        let start = |seed| {
            let database = database.clone();
            tokio::spawn(async move { World::open_seeded(&database, seed).await })
        };
        let starts: Vec<_> = (1..=4).map(start).collect();
        for world in starts {
            world.await.unwrap();
        }
        assert_eq!(database.number("SELECT COUNT(*) FROM schema_version").await, known());
    })
    .await;
}

/// The migrations from the third to the eighth: what both databases run, and what each runs besides.
const LATER: [[&str; 3]; 6] = [
    [include_str!("../../migrations/0003_principals.sql"), "", ""],
    [include_str!("../../migrations/0004_objects.sql"), "", ""],
    [include_str!("../../migrations/0005_uses.sql"), "", ""],
    [
        include_str!("../../migrations/0006_groups.sql"),
        include_str!("../../migrations/0006_groups.sqlite.sql"),
        include_str!("../../migrations/0006_groups.postgres.sql"),
    ],
    [include_str!("../../migrations/0007_accounts.sql"), "", ""],
    [include_str!("../../migrations/0008_customers.sql"), "", ""],
];

/// Customers as a server wrote them to whom a department was a text, and who may act for whom.
const OLD_CUSTOMERS: &str = "
INSERT INTO customer (realm_id, id, kind, status, department, currency, version, created_at)
  VALUES ('acme', 1, 'individual', 'open', 'Service', 'USD', 1, 7), ('acme', 2, 'individual', 'open', 'Sales', 'USD', 1, 6),
    ('acme', 3, 'individual', 'open', 'Service', 'USD', 1, 5), ('acme', 4, 'corporate', 'open', NULL, 'USD', 1, 5);
INSERT INTO contact (realm_id, customer_id, kind, position, details, email_verified, version, created_at)
  VALUES ('acme', 1, 'regular', 0, '{\"name\":{\"first\":\"Dana\",\"last\":\"Reyes\"},\"media\":{\"email1\":\"Dana@b.example\"}}', 0, 1, 5),
    ('acme', 2, 'regular', 0, '{}', 0, 1, 5);
INSERT INTO customer_grant (realm_id, granter_id, holder_id, created_at) VALUES ('acme', 1, 3, 5), ('acme', 1, 2, 5);
";

#[tokio::test(flavor = "multi_thread")]
async fn departments_that_were_texts_become_departments_and_grants_stay() {
    on_both(|database| async move {
        version_2(&database).await;
        let (text, blob) = types(database.engine);
        for (version, [shared, sqlite, postgres]) in (3..).zip(LATER) {
            let own = if database.engine == Engine::Sqlite { sqlite } else { postgres };
            database.by_hand(&shared.replace("{text}", text).replace("{blob}", blob)).await.unwrap();
            database.by_hand(own).await.unwrap();
            database.by_hand(&format!("INSERT INTO schema_version (version) VALUES ({version})")).await.unwrap();
        }
        database.by_hand(OLD_CUSTOMERS).await.unwrap();
        let world = World::open(&database).await;
        let acme = "acme".parse().unwrap();
        let found = world.read(&acme, |tx| {
            Box::pin(async move {
                let id = |raw| CustomerId::try_from(raw).unwrap();
                let search = CustomerSearch { name: Some("dana r".to_owned()), ..CustomerSearch::default() };
                let by_name = tx.search_customers(&search, (CustomerOrder::Id, Order::Ascending), 0, 9).await?;
                let held = tx.list_grants(id(2), GrantSide::Granters).await?;
                let realm = tx.find_realm().await?;
                Ok((tx.list_departments().await?, tx.list_grants_of(id(1)).await?.len(), held.len(), by_name, realm))
            })
        });
        let (departments, grants, held, by_name, realm) = found.await.unwrap();
        let departments: Vec<_> = departments.into_iter().map(|one| (one.id.get(), one.name, one.created_at.millis())).collect();
        assert_eq!(departments, [(1_000, "Sales".to_owned(), 6), (1_001, "Service".to_owned(), 5)]);
        assert_eq!((grants, held, by_name.len(), realm.unwrap().departmentalization), (2, 1, 1, false));
        // A server of before still runs: what it writes is found as well.
        let other = OLD_CUSTOMERS.replace("'acme', 1, 'regular'", "'acme', 4, 'regular'").replace("Dana", "Ilse");
        let contact = other.split("INSERT INTO").nth(2).unwrap().split("),").next().unwrap();
        database.by_hand(&format!("INSERT INTO{contact})")).await.unwrap();
        let search = CustomerSearch { email: Some("ilse@b.example".to_owned()), ..CustomerSearch::default() };
        let found = world.read(&acme, |tx| Box::pin(async move { Ok(tx.count_found_customers(&search).await?) }));
        assert_eq!(found.await, Ok(1));
    })
    .await;
}

/// The types that stand for `{text}` and `{blob}`.
fn types(engine: Engine) -> (&'static str, &'static str) {
    match engine {
        Engine::Sqlite => ("TEXT", "BLOB"),
        Engine::Postgres => ("TEXT COLLATE \"C\"", "BYTEA"),
    }
}

/// The schema of release 0.1, with a role that support staff hold, and a group with somebody in it.
async fn version_2(database: &Database) {
    let (text, blob) = types(database.engine);
    let own = match database.engine {
        Engine::Sqlite => {
            [include_str!("../../migrations/0001_house.sqlite.sql"), include_str!("../../migrations/0002_changes.sqlite.sql")]
        }
        Engine::Postgres => {
            [include_str!("../../migrations/0001_house.postgres.sql"), include_str!("../../migrations/0002_changes.postgres.sql")]
        }
    };
    let house = include_str!("../../migrations/0001_house.sql").replace("{text}", text).replace("{blob}", blob);
    for sql in [house.as_str(), own[0], own[1], "CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY)", OLD_SERVER] {
        database.by_hand(sql).await.unwrap();
    }
    database.by_hand("INSERT INTO schema_version (version) VALUES (1), (2)").await.unwrap();
}

/// What a server of before writes.
const OLD_SERVER: &str = "
INSERT INTO realm (id, name, organization_id, list_id, support_enabled, staff_domain, listed, version, created_at)
  VALUES ('acme', 'Acme', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 1, 'here.com', 0, 1, 5);
INSERT INTO account (realm_id, key, id, id_folded, kind, name, active, ends_at, statements, attributes, version, created_at)
  VALUES ('acme', '00000000-0000-0000-0000-00000000000a', 'ada', 'ada', 'user', 'Ada', 1, NULL, '[]', '{}', 3, 5);
INSERT INTO role (realm_id, id, name, statements, managed, version, created_at)
  VALUES ('acme', '00000000-0000-0000-0000-00000000000b', 'reader', '[]', 0, 2, 5);
INSERT INTO account_group (realm_id, id, name, version, created_at) VALUES ('acme', '00000000-0000-0000-0000-00000000000c', 'operators', 1, 5);
INSERT INTO group_member (realm_id, account_key, group_id)
  VALUES ('acme', '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000c');
INSERT INTO role_assignment (realm_id, holder_kind, holder_id, role_id, created_at)
  VALUES ('acme', 'support_staff', '', '00000000-0000-0000-0000-00000000000b', 5);
";

async fn check_old_rows(world: &World, kept: &[SystemGroup]) {
    let acme = "acme".parse().unwrap();
    let read = world.read(&acme, |tx| {
        Box::pin(async move {
            let account = tx.find_account_named("ada").await?.unwrap();
            let role = tx.find_role_named("reader").await?.unwrap();
            let group = tx.list_groups_of(account.key).await?.remove(0);
            let groups = tx.list_groups().await?;
            let attachment = tx.find_attachment(Holder::SupportStaff, role.id).await?.unwrap();
            let page = PageRequest { after: None, limit: 9 };
            let members = tx.page_members(&GroupType::Users, group.id, page).await?.items;
            Ok((account, role, group, attachment, members, groups))
        })
    });
    let (account, role, group, attachment, members, groups) = read.await.unwrap();
    assert_eq!((account.version, account.authorship, account.profile), (3, Authorship::default(), Profile::default()));
    assert_eq!((role.version, role.authorship, group.authorship), (2, Authorship::default(), Authorship::default()));
    assert_eq!((attachment.version, attachment.id), (1, Attachment::derived_id(role.id, Holder::SupportStaff)));
    assert_eq!(attachment.created_at.millis(), 5);
    assert_eq!((role.description, &*group.description, group.system), (String::new(), "", None));
    let (kept, ordinary): (Vec<_>, Vec<_>) = (kept.to_vec(), groups.iter().filter(|group| group.system.is_none()).collect());
    assert_eq!((groups.iter().filter_map(|group| group.system).collect::<Vec<_>>(), ordinary), (kept, vec![&group]));
    for (system, group) in groups.iter().filter_map(|group| Some((group.system?, group))) {
        let made = system.group(Timestamp::from_millis(5), &fresh_chance());
        assert_eq!((&made.name, &made.description, made.created_at), (&group.name, &group.description, group.created_at));
        assert_eq!((group.version, group.authorship), (made.version, made.authorship));
        let (id, pattern) = (group.id.to_string(), made.id.to_string());
        assert_eq!((&id[..24], id.len(), id == pattern), (&pattern[..24], 36, false));
    }
    assert_eq!((members.len(), members[0].member.account(), members[0].created_at), (1, Some(account.key), Timestamp::EPOCH));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_older_servers_wrote_and_still_write_is_read_as_it_was_meant() {
    on_both(|database| async move {
        version_2(&database).await;
        let world = World::open(&database).await;
        assert_eq!(database.number("SELECT COUNT(*) FROM schema_version").await, known());
        check_old_rows(&world, &SystemGroup::ALL).await;
        let ids = "SELECT COUNT(DISTINCT id) FROM account_group WHERE system IS NOT NULL";
        assert_eq!(database.number(ids).await, 2);
        // The same rows again, by a server of before that still runs beside the new schema. It makes realms without
        // groups of their keeping.
        for table in ["role_assignment", "group_member", "account_group", "role", "account", "realm"] {
            database.by_hand(&format!("DELETE FROM {table}")).await.unwrap();
        }
        database.by_hand(OLD_SERVER).await.unwrap();
        check_old_rows(&world, &[]).await;
    })
    .await;
}
