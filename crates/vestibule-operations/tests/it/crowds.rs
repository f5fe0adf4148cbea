//! Accounts by the thousand: made by hand, changed and removed in one unit.

use std::time::{Duration, Instant};

use vestibule_core::{
    account::AccountKind,
    audit::{Options, verify},
    id::AccountKey,
};

use crate::{
    databases::{Database, on_both},
    harness::{World, acme},
    managing::{action, bare, make, step},
};

/// Makes so many users by hand, and says their keys.
pub async fn crowd(database: &Database, count: usize) -> Vec<AccountKey> {
    let keys: Vec<AccountKey> =
        (0..count).map(|n| AccountKey::from_uuid(uuid::Uuid::from_u128(0x7000_8000_0000_0000_0000 + n as u128))).collect();
    for (at, some) in keys.chunks(1_000).enumerate() {
        let row = |(n, key): (usize, &AccountKey)| {
            let n = at * 1_000 + n;
            format!("('acme', '{key}', 'user{n}@acme.example', 'user{n}@acme.example', 'user', 'User {n}', 1, '[]', '{{}}', 1, {n})")
        };
        let rows: Vec<String> = some.iter().enumerate().map(row).collect();
        let sql =
            "INSERT INTO account (realm_id, key, id, id_folded, kind, name, active, statements, attributes, version, created_at) VALUES";
        database.by_hand(&format!("{sql} {}", rows.join(", "))).await.unwrap();
    }
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_filed_together_verify_like_any_others() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let key = world.events(0).await[0]["data"]["keys"][0].as_str().unwrap().parse().unwrap();
        // Blocks of a hundred, of ten, and single ones; and one event alone after them.
        for count in [16, 123] {
            let keys = crowd(&database, count).await;
            let (all, gone) = (keys.clone(), keys);
            step!(world, work, work.change_permissions(&all, Some(&action("wavefront:ingestion")), None)).unwrap();
            step!(world, work, work.remove_accounts(&gone)).unwrap();
        }
        make(&world, bare("sa::ci", AccountKind::Service)).await.unwrap();
        let told = world.events(world.size().await - 2).await;
        assert_eq!(told[0]["action"], "account.deleted");
        let held = world.ops.checkpoint(&world.own(), &acme()).await.unwrap();
        let bundle = world.bundle(true).await;
        let report = verify(&bundle, &[key], Some(&held), &Options::default());
        let said: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert_eq!((report.exit_code(), said), (0, Vec::new()));
    })
    .await;
}

/// `cargo xtask bench people` has what it takes optimised; without, sealing what is personal in ten thousand events takes most of this.
const TEN_THOUSAND_MAX: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_accounts_are_changed_and_removed_in_one_unit() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let keys = crowd(&database, 10_000).await;
        let (size, all) = (world.size().await, keys.clone());
        let began = Instant::now();
        let changed = step!(world, work, work.change_permissions(&all, Some(&action("wavefront:ingestion")), None)).unwrap();
        let took = began.elapsed();
        println!("{:?}: 10,000 granted in {took:?}", database.engine);
        assert!(took < TEN_THOUSAND_MAX, "{took:?}");
        assert_eq!(changed.iter().map(|account| account.key).collect::<Vec<_>>(), keys);
        assert_eq!(world.size().await, size + 10_000, "each is an event");
        let stored = "SELECT COUNT(*) FROM account WHERE version = 2 AND statements LIKE '%\"wavefront:ingestion\"%'";
        assert_eq!(database.number(stored).await, 10_000);
        let (all, again) = (keys.clone(), keys.clone());
        step!(world, work, work.change_permissions(&all, Some(&action("wavefront:ingestion")), None)).unwrap();
        assert_eq!(world.size().await, size + 10_000, "who has it already is not changed");
        let began = Instant::now();
        step!(world, work, work.remove_accounts(&again)).unwrap();
        let took = began.elapsed();
        println!("{:?}: 10,000 removed in {took:?}", database.engine);
        assert!(took < TEN_THOUSAND_MAX, "{took:?}");
        assert_eq!(world.size().await, size + 20_000);
        assert_eq!(database.number("SELECT COUNT(*) FROM account WHERE realm_id = 'acme'").await, 3);
    })
    .await;
}
