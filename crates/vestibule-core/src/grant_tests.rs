//! Grants: the order of the rules, their edges, and when one authorises.

use super::*;
use crate::{
    authorship::Authorship,
    customer::{Currency, CustomerStatus},
};

fn id(id: i64) -> CustomerId {
    CustomerId::try_from(id).unwrap()
}

/// An open individual in a department.
fn customer(raw: i64, department: &str) -> Customer {
    Customer {
        id: id(raw),
        number: None,
        name: None,
        kind: CustomerKind::Individual,
        status: CustomerStatus::Open,
        purged_at: None,
        department: Some(department.to_owned()).filter(|name| !name.is_empty()),
        currency: Currency::default(),
        partner_account_id: None,
        version: 1,
        created_at: Timestamp::EPOCH,
        authorship: Authorship::default(),
    }
}

fn company(raw: i64, department: &str) -> Customer {
    Customer { kind: CustomerKind::Corporate, ..customer(raw, department) }
}

#[test]
fn kinds_come_before_oneself_and_that_before_departments() {
    let not_individual = |raw| Err(GrantRefusal::NotIndividual { customer: id(raw) });
    let same = |raw| Err(GrantRefusal::SameCustomer { customer: id(raw) });
    let mismatch = |raw| Err(GrantRefusal::DepartmentMismatch { customer: id(raw) });
    for (granter, holders, off, on) in [
        (customer(1, "A"), vec![customer(2, "A"), customer(3, "A")], Ok(()), Ok(())),
        (customer(1, "A"), vec![customer(2, "B")], Ok(()), mismatch(2)),
        (customer(1, ""), vec![customer(2, "")], Ok(()), mismatch(1)),
        (customer(1, "A"), vec![customer(2, "A"), customer(3, "")], Ok(()), mismatch(3)),
        (company(1, "A"), vec![customer(2, "A")], not_individual(1), not_individual(1)),
        (customer(1, "A"), vec![customer(2, "A"), company(3, "A")], not_individual(3), not_individual(3)),
        (customer(1, "A"), vec![customer(1, "A")], same(1), same(1)),
        // Of two faults the first rule's is told, wherever it stands.
        (customer(1, "A"), vec![customer(1, "A"), company(3, "A")], not_individual(3), not_individual(3)),
        (customer(1, "A"), vec![customer(2, "B"), customer(1, "A")], same(1), same(1)),
        (company(1, "A"), vec![company(1, "A")], not_individual(1), not_individual(1)),
    ] {
        assert_eq!(CustomerGrant::check(&granter, &holders, false), off, "off: {holders:?}");
        assert_eq!(CustomerGrant::check(&granter, &holders, true), on, "on: {holders:?}");
    }
}

#[test]
fn seventy_five_on_either_side_and_not_one_more() {
    let full = |raw| Err(GrantRefusal::Full { customer: id(raw), limit: 75 });
    let on = |count: i64| (100..100 + count).map(id).collect::<BTreeSet<_>>();
    let new = |all: &[i64]| Ok(all.iter().copied().map(id).collect::<BTreeSet<_>>());
    for (on, holders, held, expected) in [
        (on(74), vec![2], 0, new(&[2])),
        (on(75), vec![2], 0, full(1)),
        (on(70), vec![2, 3, 4, 5, 6], 0, new(&[2, 3, 4, 5, 6])),
        (on(70), vec![2, 3, 4, 5, 6, 7], 0, full(1)),
        // Who holds one already takes no room, nor does who is named twice.
        (on(75), vec![100, 174], 75, new(&[])),
        (on(74), vec![2, 2, 100], 0, new(&[2])),
        (on(80), vec![100], 0, new(&[])),
        (on(0), vec![2], 74, new(&[2])),
        (on(0), vec![3, 2], 75, full(2)),
        // The granter's limit is told first.
        (on(75), vec![2], 75, full(1)),
    ] {
        assert_eq!(CustomerGrant::check_room(id(1), &on, holders.iter().copied().map(id), |_| held), expected, "{holders:?}, {held}");
    }
}

#[test]
fn a_grant_is_in_force_while_both_are_open_and_in_one_department() {
    let (granter, holder) = (customer(1, "A"), customer(2, "A"));
    assert!(CustomerGrant::in_force(&granter, &holder, true) && CustomerGrant::in_force(&granter, &holder, false));
    for other in ["B", ""] {
        assert!(!CustomerGrant::in_force(&granter, &customer(2, other), true), "{other:?}");
        assert!(CustomerGrant::in_force(&granter, &customer(2, other), false), "{other:?}");
    }
    assert!(!CustomerGrant::in_force(&customer(1, ""), &customer(2, ""), true), "in no department is in no department in common");
    for status in CustomerStatus::ALL {
        let is_open = status == CustomerStatus::Open;
        assert_eq!(CustomerGrant::in_force(&Customer { status, ..granter.clone() }, &holder, false), is_open, "{status}");
        assert_eq!(CustomerGrant::in_force(&granter, &Customer { status, ..holder.clone() }, false), is_open, "{status}");
    }
    let purged = Customer { purged_at: Some(Timestamp::EPOCH), ..granter.clone() };
    assert!(!CustomerGrant::in_force(&purged, &holder, false) && !CustomerGrant::in_force(&holder, &purged, false));
}

#[test]
fn a_customer_acts_for_itself_and_for_whom_it_was_granted() {
    let (granter, holder) = (customer(1, "A"), customer(2, "B"));
    let closed = Customer { status: CustomerStatus::Closed, ..customer(1, "A") };
    for (who, whom, is_granted, departments, state) in [
        (&holder, &granter, true, false, GrantState::InForce),
        (&holder, &granter, true, true, GrantState::DepartmentMismatch),
        (&holder, &granter, false, false, GrantState::Absent),
        (&granter, &granter, false, true, GrantState::Itself),
        (&closed, &closed, false, false, GrantState::NotOpen),
        (&holder, &closed, true, true, GrantState::NotOpen),
        // Whoever was granted nothing does not learn how the other stands.
        (&holder, &closed, false, false, GrantState::Absent),
    ] {
        assert_eq!(GrantState::of(whom.into(), who.into(), is_granted, departments), state, "{} for {}", who.id, whom.id);
        assert_eq!(state.allows(), matches!(state.as_str(), "itself" | "in_force"));
    }
}

#[test]
fn deeds_are_read_as_they_are_written_and_stand_in_the_order_of_their_names() {
    for deed in Deed::ALL {
        assert_eq!(deed.as_str().parse(), Ok(deed));
    }
    assert!(Deed::ALL.is_sorted_by_key(|deed| deed.as_str()));
    assert!("customer:edit".parse::<Deed>().is_err() && "view".parse::<Deed>().is_err());
}
