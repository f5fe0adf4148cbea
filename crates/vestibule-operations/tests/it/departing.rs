//! Departments: made, sat in, kept apart; and what that does to grants and to whom people reach.

use vestibule_core::{
    customer::CustomerKind,
    department::Seat,
    grant::GrantRefusal,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{CustomerChange, CustomerOrder, CustomerSearch, Order, apply::Mode};

use crate::{
    databases::on_both,
    desk::step,
    granting::{id, ids},
    harness::World,
};

const DIVIDED: &str = r#"
[[realms]]
id = "acme"
[realms.customers]
departmentalization = true
departments = ["Service", "Sales", "Press"]
[[realms.customers.list]]
id = "11"
kind = "individual"
department = "Service"
contacts = [{ type = "primary", first_name = "Dana", last_name = "Reyes", email = "Dana@example.net" }, { type = "technical", first_name = "Tim" }]
grants_to = ["12"]
[[realms.customers.list]]
id = "12"
kind = "individual"
department = "Service"
contacts = [{ type = "billing", first_name = "Ilse", last_name = "Brandt" }]
[[realms.customers.list]]
id = "13"
kind = "individual"
department = "Sales"
contacts = [{ type = "technical", last_name = "Zed" }]
[[realms.customers.list]]
id = "14"
name = "100%_ed Widgets"
kind = "corporate"
department = "Press"
[[realms.accounts]]
id = "ada@acme.example"
kind = "user"
name = "Ada Lind"
roles = ["Administrator"]
home_department = "Service"
foreign_departments = ["Sales"]
credentials = [{ type = "token", secret = "ada-token-0123456789", name = "main" }]
[[realms.accounts]]
id = "sa::app"
kind = "service"
name = "The app"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_makes_departments_and_seats_people_and_a_second_run_does_nothing() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let done = world.apply(DIVIDED, Mode::Act).await.unwrap().to_string();
        for line in ["+ department acme/Press", "~ realm acme: customers.departmentalization", "+ customer acme/11: grant to 12"] {
            assert!(done.lines().any(|told| told == line), "{line} in {done}");
        }
        assert!(world.apply(DIVIDED, Mode::Act).await.unwrap().is_empty());
        let names: Vec<_> = step!(world, work, work.departments()).unwrap().into_iter().map(|one| (one.id.get(), one.name)).collect();
        assert_eq!(names, [(1_002, "Press".to_owned()), (1_001, "Sales".to_owned()), (1_000, "Service".to_owned())]);
        let ada = world.key_of("ada@acme.example").await;
        assert_eq!(step!(world, work, work.seat(ada)).unwrap(), Seat::new(Some("Service".to_owned()), vec!["Sales".to_owned()]));
        let mismatched = DIVIDED.replace("grants_to = [\"12\"]", "grants_to = [\"12\", \"13\"]");
        let refused = world.apply(&mismatched, Mode::Act).await.unwrap_err();
        assert_eq!(refused, GrantRefusal::DepartmentMismatch { customer: id(13) }.into());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_is_made_once_and_named_only_where_it_is() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        assert_eq!(step!(world, work, work.create_department(" Service ")).unwrap().name, "Service");
        assert_eq!(step!(world, work, work.create_department("Service")), Err(Refusal::Exists("department")));
        assert_eq!(world.actions(size).await, ["department.created"]);
        let unknown = |field: &'static str, result: Result<(), Refusal>| match result {
            Err(Refusal::Malformed(malformed)) => {
                assert_eq!((malformed.field.as_ref(), malformed.fault), (field, Fault::UnknownValue("Service".to_owned())));
            }
            other => panic!("{other:?}"),
        };
        let ada = world.key_of("ada@acme.example").await;
        let seat = |home: &str, foreign: &[&str]| Seat::new(Some(home.to_owned()), foreign.iter().map(|name| (*name).to_owned()).collect());
        let (nowhere, abroad, good) = (seat("Sales", &[]), seat("Service", &["Sales"]), seat("Service", &[]));
        unknown("home_department", step!(world, work, work.set_seat(ada, nowhere)));
        unknown("foreign_departments", step!(world, work, work.set_seat(ada, abroad)));
        let before = world.size().await;
        step!(world, work, work.set_seat(ada, good)).unwrap();
        let told = world.events(before).await;
        assert_eq!((told.len(), &told[0]["action"]), (1, &"account.updated".into()));
        world.one(21, CustomerKind::Individual, Some("Service")).await;
        let customer = world.stored(21).await;
        let change = CustomerChange { department: Some(Some("Sales".to_owned())), ..CustomerChange::default() };
        unknown("department", step!(world, work, work.change_customer(customer, change, None)).map(drop));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn departments_are_switched_by_force_once_there_are_customers() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        assert!(step!(world, work, work.set_departmentalization(true, false, None)).unwrap().departmentalization);
        assert!(!step!(world, work, work.set_departmentalization(false, false, None)).unwrap().departmentalization);
        world.individuals(1, 3).await;
        world.grant(1, &[2]).await.unwrap();
        assert!(matches!(step!(world, work, work.set_departmentalization(true, false, None)), Err(Refusal::Conflict { .. })));
        let version = step!(world, work, work.set_departmentalization(false, false, None)).unwrap().version;
        assert_eq!(
            step!(world, work, work.set_departmentalization(true, true, Some(version - 1))),
            Err(Refusal::Stale { current: version })
        );
        assert!(world.acts(2, 1).await);
        step!(world, work, work.set_departmentalization(true, true, Some(version))).unwrap();
        assert!(!world.acts(2, 1).await, "they are in no department in common");
        assert_eq!(world.edges(1).await.1, [2], "the grant stays");
        let stop = world.grant(1, &[3]).await.unwrap_err();
        assert_eq!(stop, GrantRefusal::DepartmentMismatch { customer: id(1) }.into());
        step!(world, work, work.create_department("Service")).unwrap();
        for raw in [1, 2] {
            let (customer, department) = (world.stored(raw).await, Some(Some("Service".to_owned())));
            let change = CustomerChange { department, ..CustomerChange::default() };
            step!(world, work, work.change_customer(customer, change, None)).unwrap();
        }
        assert!(world.acts(2, 1).await, "and counts again when departments match");
        let taking = |field| match field {
            "number" => CustomerChange { number: Some(None), ..CustomerChange::default() },
            _ => CustomerChange { department: Some(None), ..CustomerChange::default() },
        };
        let numbered = CustomerChange { number: Some(Some("A-2".parse().unwrap())), ..CustomerChange::default() };
        let customer = world.stored(1).await;
        step!(world, work, work.change_customer(customer, numbered, None)).unwrap();
        for field in ["number", "department"] {
            let (customer, change) = (world.stored(1).await, taking(field));
            let refused = step!(world, work, work.change_customer(customer, change, None)).map(drop);
            assert_eq!(refused, Err(Malformed::new(field, Fault::Missing).into()), "a number is changed and never taken away");
            let (unnumbered, change) = (world.stored(3).await, taking(field));
            step!(world, work, work.change_customer(unnumbered, change, None)).unwrap();
        }
        step!(world, work, work.set_departmentalization(false, true, None)).unwrap();
        let (customer, change) = (world.stored(1).await, taking("department"));
        step!(world, work, work.change_customer(customer, change, None)).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_reach_the_customers_of_their_departments_and_robots_all() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.apply(DIVIDED, Mode::Act).await.unwrap();
        let (ada, app) = (world.key_of("ada@acme.example").await, world.key_of("sa::app").await);
        let stranger = world.key_in("other", "eve@other.example").await;
        for (account, customers, reached) in [
            (ada, &[11, 12, 13][..], true),
            (ada, &[11, 14], false),
            (ada, &[], true),
            (app, &[11, 13, 14], true),
            (stranger, &[11], false),
        ] {
            let wanted = ids(customers);
            let checked = world.work(move |mut work| {
                Box::pin(async move {
                    let found = work.served_customers(&wanted).await?;
                    work.check_reach(account, &found, "customer:edit").await
                })
            });
            let expected = if reached { Ok(()) } else { Err(Refusal::OutsideDepartment { action: "customer:edit".to_owned() }) };
            assert_eq!(checked.await, expected, "{customers:?}");
        }
        let (one, other) = (world.stored(13).await, world.stored(11).await);
        let merged = step!(world, work, work.merge_customers(one, &other));
        assert_eq!(merged, Err(GrantRefusal::DepartmentMismatch { customer: id(13) }.into()));
        step!(world, work, work.set_departmentalization(false, true, None)).unwrap();
        let far = world.stored(14).await;
        assert_eq!(step!(world, work, work.check_reach(ada, &[far], "customer:edit")), Ok(()), "nobody is kept apart now");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_called_by_their_people_and_found_by_what_is_known_of_them() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.apply(DIVIDED, Mode::Act).await.unwrap();
        let found = step!(world, work, work.grants_of(id(12))).unwrap();
        assert_eq!(found.on.iter().map(|named| named.name.as_str()).collect::<Vec<_>>(), ["Dana Reyes"], "the first contact counts");
        let found = step!(world, work, work.grants_of(id(11))).unwrap();
        assert_eq!(found.to.iter().map(|named| named.name.as_str()).collect::<Vec<_>>(), ["Ilse Brandt"]);
        let company = world.stored(14).await;
        assert_eq!(step!(world, work, work.customer_name(&company)).unwrap(), "100%_ed Widgets");
        let by = CustomerSearch::default;
        let some = |text: &str| Some(text.to_owned());
        for (search, expected) in [
            (CustomerSearch { email: some("dana@EXAMPLE.net"), ..by() }, &[11][..]),
            (CustomerSearch { email: some("dana"), ..by() }, &[]),
            (CustomerSearch { name: some("bran"), ..by() }, &[12]),
            (CustomerSearch { name: some("WIDGET"), ..by() }, &[14]),
            (CustomerSearch { name: some("100%_"), ..by() }, &[14]),
            (CustomerSearch { name: some("_"), ..by() }, &[14]),
            (CustomerSearch { department: some("Service"), ..by() }, &[11, 12]),
            (CustomerSearch { department: some("Service"), name: some("reyes"), ..by() }, &[11]),
            (CustomerSearch { kind: Some(CustomerKind::Corporate), ..by() }, &[14]),
            (CustomerSearch { created_from: Some(world.now()), created_to: Some(world.now()), ..by() }, &[11, 12, 13, 14]),
            (CustomerSearch { created_to: Some(world.now().plus_seconds(-1)), ..by() }, &[]),
            (CustomerSearch { phone: some("+49"), ..by() }, &[]),
        ] {
            let label = format!("{search:?}");
            let slice = step!(world, work, work.customer_search(&search, (CustomerOrder::Id, Order::Ascending), 0, 10)).unwrap();
            assert_eq!(slice.items.iter().map(|one| one.id).collect::<Vec<_>>(), ids(expected), "{label}");
            assert_eq!(slice.total, expected.len() as u64, "{label}");
        }
        for (order, expected) in [
            ((CustomerOrder::Id, Order::Descending), [14, 13, 12, 11]),
            ((CustomerOrder::Kind, Order::Ascending), [14, 11, 12, 13]),
            ((CustomerOrder::Name, Order::Ascending), [14, 11, 12, 13]),
        ] {
            let slice = step!(world, work, work.customer_search(&CustomerSearch::default(), order, 1, 2)).unwrap();
            assert_eq!(slice.items.iter().map(|one| one.id).collect::<Vec<_>>(), ids(&expected[1..3]), "{order:?}");
            assert_eq!(slice.total, 4);
        }
    })
    .await;
}
