//! The four tamperings, made by hand in the database by somebody who has no key of ours: each is named
//! by who verifies an export, with its own exit code (`spec/audit-log.md`, section 4.4).

use vestibule_core::audit::{Checkpoint, Frontier, Hash, Options, Report, VKey, verify};

use crate::{
    databases::{Database, Engine, on_both},
    harness::{World, acme},
};

/// What keeps the rows as they are, taken away.
async fn unlock(database: &Database) {
    let sqlite = "DROP TRIGGER audit_event_is_kept; DROP TRIGGER audit_event_is_fixed; \
                  DROP TRIGGER audit_leaf_is_kept; DROP TRIGGER audit_leaf_is_fixed";
    let postgres = "ALTER TABLE audit_event DISABLE TRIGGER USER; ALTER TABLE audit_leaf DISABLE TRIGGER USER";
    database.by_hand_either(sqlite, postgres).await.unwrap();
}

/// A log of some events, and a note that its tenant holds.
async fn logged(database: &Database) -> (World, VKey, String) {
    let world = World::open(database).await;
    world.invite("mia@here.com", None).await.unwrap();
    let key = world.events(0).await[0]["data"]["keys"][0].as_str().unwrap().parse().unwrap();
    let held = world.ops.checkpoint(&world.own(), &acme()).await.unwrap();
    unlock(database).await;
    world.advance_ms(1_000);
    (world, key, held)
}

async fn exported(world: &World, key: &VKey, held: Option<&str>) -> (u8, String, Report) {
    let bundle = world.bundle(true).await;
    let report = verify(&bundle, std::slice::from_ref(key), held, &Options::default());
    let said: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    (report.exit_code(), said.join("\n"), report)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_record_is_named() {
    on_both(|database| async move {
        let (world, key, held) = logged(&database).await;
        let sqlite = "UPDATE audit_event SET bytes = CAST(REPLACE(CAST(bytes AS TEXT), '\"success\"', '\"denied\"') AS BLOB) \
                      WHERE realm_id = 'acme' AND idx = 3";
        let postgres = "UPDATE audit_event SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), '\"success\"', '\"denied\"'), 'UTF8') \
                        WHERE realm_id = 'acme' AND idx = 3";
        database.by_hand_either(sqlite, postgres).await.unwrap();
        let (code, said, _) = exported(&world, &key, Some(&held)).await;
        assert!(code == 10 && said.contains("EDITED event 3"), "{code}: {said}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_record_is_named() {
    on_both(|database| async move {
        let (world, key, held) = logged(&database).await;
        database.by_hand("DELETE FROM audit_event WHERE realm_id = 'acme' AND idx = 4").await.unwrap();
        let (code, said, _) = exported(&world, &key, Some(&held)).await;
        assert!(code == 11 && said.contains("DELETED 1 event: index 4"), "{code}: {said}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn swapped_records_are_named() {
    on_both(|database| async move {
        let (world, key, held) = logged(&database).await;
        let sql = "CREATE TEMP TABLE swap AS SELECT idx, bytes FROM audit_event WHERE realm_id = 'acme' AND idx IN (3, 5); \
                   UPDATE audit_event SET bytes = (SELECT swap.bytes FROM swap WHERE swap.idx = 8 - audit_event.idx) \
                   WHERE realm_id = 'acme' AND idx IN (3, 5)";
        database.by_hand(sql).await.unwrap();
        let (code, said, _) = exported(&world, &key, Some(&held)).await;
        assert!(
            code == 12 && said.contains("REORDERED: record") && (said.contains("record 3") && said.contains("record 5")),
            "{code}: {said}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_tail_is_named() {
    on_both(|database| async move {
        let (world, key, held) = logged(&database).await;
        let size = world.size().await;
        database.by_hand(&format!("DELETE FROM audit_event WHERE realm_id = 'acme' AND idx >= {}", size - 2)).await.unwrap();
        let (code, said, _) = exported(&world, &key, Some(&held)).await;
        assert!(code == 13 && said.contains(&format!("missing {}..{}", size - 2, size - 1)), "{code}: {said}");
    })
    .await;
}

/// A head that folds to what is left, as if the rest had never been; the note that the tenant holds tells.
#[tokio::test(flavor = "multi_thread")]
async fn a_tail_cut_with_its_leaves_and_head_is_named_to_who_holds_a_note() {
    on_both(|database| async move {
        let (world, key, held) = logged(&database).await;
        let size = Checkpoint::open(&held, std::slice::from_ref(&key)).unwrap().checkpoint.size;
        let left = size - 2;
        let read = world.work(move |mut work| {
            Box::pin(async move {
                let mut leaves: Vec<Hash> = Vec::new();
                for index in 0..left {
                    leaves.extend(work.event(index).await?.leaf_hash);
                }
                Ok(leaves)
            })
        });
        let mut frontier = Frontier::new();
        read.await.unwrap().into_iter().for_each(|leaf| frontier.push(leaf));
        let hex: String = frontier.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let bytes = if database.engine == Engine::Sqlite { format!("X'{hex}'") } else { format!("'\\x{hex}'") };
        let mut sql = format!("UPDATE audit_log SET size = {left}, frontier = {bytes} WHERE realm_id = 'acme'");
        for (table, column) in [("audit_event", "idx"), ("audit_leaf", "idx"), ("audit_seal", "idx"), ("audit_checkpoint", "size")] {
            sql.push_str(&format!("; DELETE FROM {table} WHERE realm_id = 'acme' AND {column} >= {left}"));
        }
        database.by_hand(&sql).await.unwrap();
        let (code, said, _) = exported(&world, &key, Some(&held)).await;
        assert!(code == 13 && said.contains(&format!("you hold a checkpoint for {size}")), "{code}: {said}");
        assert!(said.contains(&format!("missing {left}..{}", size - 1)), "{said}");
        // Who holds nothing is told that nothing is certain.
        world.advance_ms(1_000);
        let (code, _, report) = exported(&world, &key, None).await;
        assert_eq!((code, report.findings.len()), (4, 0));
    })
    .await;
}
