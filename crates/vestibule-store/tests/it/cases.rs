//! Cases, activities and files: found by whose they are, by how they stand and by where their customer is, in pages and in
//! slices; numbers that never come again; and nothing of it in another realm, which gives the same numbers.

use vestibule_core::{
    case::{Activity, Attachment, Case, CaseStatus, Counted, Direction, FileLabel},
    customer::CustomerId,
    id::RealmId,
};
use vestibule_store::{CaseSearch, PageRequest, Tx};

use crate::{
    customers::customer,
    databases::on_both,
    harness::{World, change},
};

/// Customers, and the department of each.
const CUSTOMERS: [(i64, &str); 2] = [(7, "Service"), (8, "Sales")];

fn id<Of>(raw: i64) -> Counted<Of> {
    Counted::try_from(raw).unwrap()
}

fn whose(raw: i64) -> CustomerId {
    CustomerId::try_from(raw).unwrap()
}

/// A case of each customer, the second closed; an activity in the first case and one in none, with a file each.
async fn fill(world: &World, realm: &RealmId, mark: &'static str) {
    let now = world.now();
    change(world, realm, move |tx| {
        Box::pin(async move {
            for (raw, department) in CUSTOMERS {
                let found = customer(raw, now);
                tx.save_customer(&vestibule_core::customer::Customer { department: Some(department.to_owned()), ..found }).await?;
                let (case, status) = (tx.count_case().await?, if raw == 7 { CaseStatus::Open } else { CaseStatus::Closed });
                let case = Case { id: id(case), customer: whose(raw), subject: format!("{mark} {raw}"), status, created_at: now };
                tx.insert_case(&case).await?;
                let activity = Activity {
                    id: id(tx.count_case().await?),
                    case: (raw == 7).then_some(case.id),
                    customer: case.customer,
                    direction: Direction::Inbound,
                    subject: case.subject.clone(),
                    body: format!("{mark} said\nso"),
                    created_at: now,
                };
                tx.insert_activity(&activity).await?;
                let file = FileLabel { name: format!("{mark}.txt"), content_type: "text/plain".to_owned(), size: mark.len() };
                let attachment = Attachment { id: id(tx.count_case().await?), activity: activity.id, file };
                tx.insert_attachment(&attachment, mark.as_bytes().to_vec()).await?;
            }
            Ok(())
        })
    })
    .await;
}

/// The numbers of the cases and of the activities that a search finds, by pages of one and by slices of one.
async fn found(tx: &mut Tx, search: &CaseSearch) -> Result<(Vec<i64>, Vec<i64>), vestibule_core::refusal::Refusal> {
    let one = |after: &Option<String>| PageRequest { after: after.clone(), limit: 1 };
    let (mut cases, mut activities) = (Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let page = tx.page_cases(search, one(&after)).await?;
        let (slice, total) = tx.slice_cases(search, cases.len() as u64, 1).await?;
        assert_eq!(slice, page.items);
        cases.extend(page.items.iter().map(|case| case.id.get()));
        after = page.next;
        if after.is_none() {
            assert_eq!(total, cases.len() as u64);
            break;
        }
    }
    // How a case stands is asked of cases alone.
    let search = &CaseSearch { status: None, ..search.clone() };
    loop {
        let page = tx.page_activities(search, one(&after)).await?;
        let (slice, total) = tx.slice_activities(search, activities.len() as u64, 1).await?;
        assert_eq!(slice, page.items);
        activities.extend(page.items.iter().map(|activity| activity.id.get()));
        after = page.next;
        if after.is_none() {
            assert_eq!(total, activities.len() as u64);
            return Ok((cases, activities));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_is_like_it_in_its_own_realm() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        fill(&world, &acme, "ours").await;
        fill(&world, &other, "theirs").await;
        let read = world.read(&acme, |tx| {
            Box::pin(async move {
                let all = CaseSearch::default();
                let departments = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
                for (search, cases, activities) in [
                    (all.clone(), vec![1000, 1003], vec![1001, 1004]),
                    (CaseSearch { customer: Some(whose(7)), ..all.clone() }, vec![1000], vec![1001]),
                    (CaseSearch { customer: Some(whose(9)), ..all.clone() }, vec![], vec![]),
                    (CaseSearch { case: Some(id(1000)), ..all.clone() }, vec![1000], vec![1001]),
                    (CaseSearch { case: Some(id(1003)), ..all.clone() }, vec![1003], vec![]),
                    (CaseSearch { status: Some(CaseStatus::Closed), ..all.clone() }, vec![1003], vec![1001, 1004]),
                    (CaseSearch { departments: departments(&["Sales"]), ..all.clone() }, vec![1003], vec![1004]),
                    (CaseSearch { departments: departments(&["Sales", "Service"]), ..all.clone() }, vec![1000, 1003], vec![1001, 1004]),
                    (CaseSearch { departments: departments(&[]), ..all.clone() }, vec![], vec![]),
                    (CaseSearch { customer: Some(whose(8)), case: Some(id(1000)), ..all }, vec![], vec![]),
                ] {
                    assert_eq!(found(tx, &search).await?, (cases, activities), "{search:?}");
                }
                let cases = tx.list_cases(&[id(1000), id(1001), id(5)]).await?;
                assert_eq!(cases.iter().map(|case| case.subject.as_str()).collect::<Vec<_>>(), ["ours 7"]);
                let activities = tx.list_activities(&[id(1001), id(1004), id(1000)]).await?;
                assert!(activities.iter().all(|activity| activity.body == "ours said\nso") && activities.len() == 2);
                assert_eq!(tx.list_attachments(&[id(1001)]).await?.len(), 1);
                let (file, bytes) = tx.find_attached(id(1001), id(1002)).await?.unwrap();
                assert_eq!((file.file.name.as_str(), bytes.as_slice()), ("ours.txt", b"ours".as_slice()));
                assert_eq!(tx.find_attached(id(1004), id(1002)).await?, None, "it came with another");
                Ok(())
            })
        });
        read.await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_customers_cases_become_the_others_and_no_number_comes_again() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        fill(&world, &acme, "ours").await;
        fill(&world, &other, "theirs").await;
        change(&world, &acme, |tx| {
            Box::pin(async move {
                tx.hand_cases(whose(7), whose(8)).await?;
                assert_eq!(tx.count_case().await?, 1006);
                Ok(())
            })
        })
        .await;
        for (realm, of_seven, of_eight) in
            [(&acme, (vec![], vec![]), (vec![1000, 1003], vec![1001, 1004])), (&other, (vec![1000], vec![1001]), (vec![1003], vec![1004]))]
        {
            let read = world.read(realm, move |tx| {
                Box::pin(async move {
                    for (raw, expected) in [(7, of_seven), (8, of_eight)] {
                        let search = CaseSearch { customer: Some(whose(raw)), ..CaseSearch::default() };
                        assert_eq!(found(tx, &search).await?, expected);
                    }
                    Ok(())
                })
            });
            read.await.unwrap();
        }
    })
    .await;
}
