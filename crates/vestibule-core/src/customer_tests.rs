//! Customers: the spelling of ids and numbers, who sees which, and what each is called.

use super::*;
use crate::policy::Because;

fn customer(status: CustomerStatus) -> Customer {
    Customer {
        id: CustomerId::FIRST,
        number: None,
        name: None,
        kind: CustomerKind::Individual,
        status,
        purged_at: None,
        department: None,
        currency: Currency::default(),
        partner_account_id: None,
        version: 1,
        created_at: Timestamp::EPOCH,
        authorship: Authorship::default(),
    }
}

#[test]
fn an_id_has_one_spelling() {
    for (raw, id) in [
        ("1", Some(1)),
        ("2210", Some(2_210)),
        ("9223372036854775807", Some(i64::MAX)),
        ("9223372036854775808", None),
        ("0", None),
        ("-1", None),
        ("+1", None),
        ("01", None),
        ("", None),
        ("1x", None),
    ] {
        assert_eq!(raw.parse::<CustomerId>().ok().map(CustomerId::get), id, "{raw}");
    }
    assert_eq!(CustomerId::FIRST.next().to_string(), "1001");
}

#[test]
fn a_number_is_1_to_64_plain_characters() {
    let long = |n: usize| "a".repeat(n);
    for (raw, good) in [
        ("acct-70421", true),
        ("test.account_1", true),
        ("A", true),
        (&*long(64), true),
        (&*long(65), false),
        ("", false),
        ("a/b", false),
        ("a b", false),
        ("é", false),
    ] {
        assert_eq!(raw.parse::<CustomerNumber>().is_ok(), good, "{raw:?}");
    }
    for (raw, good) in [("USD", true), ("usd", false), ("US", false), ("USDX", false), ("US1", false)] {
        assert_eq!(raw.parse::<Currency>().is_ok(), good, "{raw:?}");
    }
}

#[test]
fn words_are_read_as_they_are_written() {
    for kind in CustomerKind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(kind));
    }
    for status in CustomerStatus::ALL {
        assert_eq!(status.to_string().parse(), Ok(status));
    }
    assert!("Open".parse::<CustomerStatus>().is_err() && "".parse::<CustomerKind>().is_err());
}

#[test]
fn what_is_purged_is_absent_and_what_is_shut_needs_more() {
    let refused = || Err(Refusal::Forbidden { action: "realm:administer".to_owned(), because: Because::NothingAllows });
    for (status, plain) in [
        (CustomerStatus::Pending, Ok(())),
        (CustomerStatus::Open, Ok(())),
        (CustomerStatus::Suspended, refused()),
        (CustomerStatus::Closed, refused()),
    ] {
        assert_eq!(customer(status).reading(refused()), plain, "{status}");
        assert_eq!(customer(status).reading(Ok(())), Ok(()), "{status}");
        let purged = customer(status).purge(Timestamp::EPOCH).unwrap();
        assert_eq!(purged.reading(Ok(())), Err(Refusal::Absent("customer")), "{status}");
        assert_eq!(purged.purge(Timestamp::EPOCH), Err(Refusal::Absent("customer")), "{status}");
    }
}

#[test]
fn an_individual_is_called_by_its_person_and_others_by_their_own_names() {
    let mut dana = ContactDetails::default();
    (dana.name.first, dana.name.middle, dana.name.last) = (" Dana".to_owned(), "M.".to_owned(), "Reyes ".to_owned());
    let nameless = ContactDetails::default();
    for (kind, name, contact, called) in [
        (CustomerKind::Individual, None, Some(&dana), "Dana Reyes"),
        (CustomerKind::Individual, Some("Own"), Some(&dana), "Dana Reyes"),
        (CustomerKind::Individual, Some("Own"), Some(&nameless), "Own"),
        (CustomerKind::Individual, None, None, ""),
        (CustomerKind::Corporate, Some("Brien"), Some(&dana), "Brien"),
        (CustomerKind::Group, None, Some(&dana), "Dana Reyes"),
        (CustomerKind::Group, None, None, ""),
    ] {
        let customer = Customer { kind, name: name.map(str::to_owned), ..customer(CustomerStatus::Open) };
        assert_eq!(customer.called(contact), called, "{kind}, {name:?}");
    }
}

#[test]
fn statements_call_a_customer_by_its_number_or_else_by_its_id() {
    let numbered = Customer { number: Some("acct-1".parse().unwrap()), ..customer(CustomerStatus::Open) };
    assert_eq!((numbered.resource_name().as_str(), customer(CustomerStatus::Open).resource_name().as_str()), ("acct-1", "1000"));
}
