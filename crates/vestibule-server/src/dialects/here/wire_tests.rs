//! The shapes of `/support`: every way of being malformed, and both sides of every edge.

use serde_json::{json, to_value};
use uuid::Uuid;
use vestibule_core::{
    id::{InvitationId, SupportListId},
    realm::SupportSettings,
};

use super::*;

/// 2031-04-30T18:00:00Z.
const EVE: Timestamp = Timestamp::EPOCH;

fn eve() -> Timestamp {
    EVE.plus_seconds(1_935_338_400)
}

fn acme() -> Realm {
    Realm {
        id: "acme".parse().unwrap(),
        name: "Acme".to_owned(),
        organization_id: Uuid::nil(),
        departmentalization: false,
        support: SupportSettings {
            list_id: SupportListId::from_uuid(Uuid::nil()),
            enabled: true,
            staff_domain: "here.com".to_owned(),
            listed: false,
        },
        version: 1,
        created_at: EVE,
    }
}

#[track_caller]
fn check(body: &str, expected: &Result<(&str, Option<Timestamp>), &str>) {
    let read = registration(body.as_bytes(), &acme(), eve());
    let plain = read.as_ref().map(|wish| (wish.invitee.as_str(), wish.expires_at)).map_err(ToString::to_string);
    assert_eq!(plain.as_ref().map_err(String::as_str), expected.as_ref().map_err(|text| *text), "{body}");
}

#[test]
fn a_registration_is_an_address_and_perhaps_an_end() {
    check(r#"{"emailAddress":"Mia.Falk@HERE.com"}"#, &Ok(("Mia.Falk@HERE.com", None)));
    check(r#"{"emailAddress":"*","other":[{}]}"#, &Ok(("*", None)));
    let later = |millis| Some(eve().plus_millis(millis));
    check(r#"{"emailAddress":"*","expiresAt":"2031-04-30T18:00:00.001Z"}"#, &Ok(("*", later(1))));
    check(r#"{"expiresAt":"2031-04-30T18:00:01Z","emailAddress":"*"}"#, &Ok(("*", later(1000))));
}

#[test]
fn a_registration_names_its_first_fault() {
    let foreign = "`emailAddress` is neither an address at `here.com` nor `*`";
    for (body, fault) in [
        ("[]", "`body` is not a JSON object"),
        ("{}", "`emailAddress` is missing"),
        (r#"{"EmailAddress":"*"}"#, "`emailAddress` is missing"),
        (r#"{"emailAddress":null}"#, "`emailAddress` is missing"),
        (r#"{"emailAddress":5,"expiresAt":5}"#, "`emailAddress` is not a string"),
        (r#"{"emailAddress":""}"#, "`emailAddress` is empty"),
        (r#"{"emailAddress":"mia@there.com","expiresAt":null}"#, foreign),
        (r#"{"emailAddress":"mia@evil.here.com"}"#, foreign),
        (r#"{"emailAddress":"mia@here.com.evil"}"#, foreign),
        (r#"{"emailAddress":"@here.com"}"#, foreign),
        (r#"{"emailAddress":"a@b@here.com"}"#, foreign),
        (r#"{"emailAddress":"mia\u0000@here.com"}"#, foreign),
        (r#"{"emailAddress":"*","expiresAt":null}"#, "`expiresAt` is not a string"),
        (r#"{"emailAddress":"*","expiresAt":1935338400}"#, "`expiresAt` is not a string"),
        (r#"{"emailAddress":"*","expiresAt":"2031-04-30T18:00:00Z"}"#, "`expiresAt` is not in the future"),
        (r#"{"emailAddress":"*","expiresAt":"2031-04-30T17:59:59.999Z"}"#, "`expiresAt` is not in the future"),
        (r#"{"emailAddress":"*","expiresAt":"0000-01-01T00:00:00Z"}"#, "`expiresAt` is not in the future"),
        (r#"{"emailAddress":"*","expiresAt":"soon"}"#, "`expiresAt` is not of the form `yyyy-MM-ddTHH:mm:ss(.NNN)Z`"),
    ] {
        check(body, &Err(fault));
    }
    let long = format!(r#"{{"emailAddress":"{}@here.com"}}"#, "x".repeat(246));
    check(&long, &Err("`emailAddress` is longer than 254 bytes"));
}

#[test]
fn an_end_has_the_pages_form_and_is_a_real_instant() {
    for (raw, good) in [
        ("2031-04-30T18:00:01Z", true),
        ("2031-04-30T18:00:01.250Z", true),
        ("2032-02-29T00:00:00Z", true),
        ("9999-12-31T23:59:59.999Z", true),
        ("2033-02-29T00:00:00Z", false),
        ("2031-04-31T18:00:00Z", false),
        ("2031-13-01T18:00:00Z", false),
        ("2031-00-01T18:00:00Z", false),
        ("2031-05-01T24:00:00Z", false),
        ("2031-05-01T23:60:00Z", false),
        ("2031-12-31T23:59:60Z", false),
        ("2031-12-31T23:59:60.000Z", false),
        ("2031-05-01T18:00:00.25Z", false),
        ("2031-05-01T18:00:00.2500Z", false),
        ("2031-05-01T18:00:00,250Z", false),
        ("2031-05-01T18:00:00z", false),
        ("2031-05-01t18:00:00Z", false),
        ("2031-05-01 18:00:00Z", false),
        ("2031-05-01T18:00Z", false),
        ("2031-05-01T18:00:00", false),
        ("2031-05-01T18:00:00+00:00", false),
        ("2031-05-01T20:00+02:00Z", false),
        ("+031-05-01T18:00:00Z", false),
        ("２031-05-01T18:00:0Z", false),
        (" 2031-05-01T18:00:00Z", false),
        ("20310501T180000Z", false),
        ("soon", false),
        ("", false),
    ] {
        assert_eq!(expires_at(raw, eve()).is_ok(), good, "{raw}");
    }
}

#[test]
fn a_removal_is_one_entry_or_everything_but_never_by_accident() {
    let one = |text: &str| Ok(Removal::One(text.to_owned()));
    let refused = |fault| Err(Malformed::new(EMAIL_ADDRESS, fault));
    let encoding = || refused(Fault::Format("percent-encoded UTF-8"));
    let long = format!("emailAddress={}", "x".repeat(255));
    for (query, expected) in [
        (None, Ok(Removal::Everything)),
        (Some(""), Ok(Removal::Everything)),
        (Some("&"), Ok(Removal::Everything)),
        (Some("emailaddress=mia.falk@here.com"), refused(Fault::Missing)),
        (Some("email=mia.falk@here.com&other=1"), refused(Fault::Missing)),
        (Some("emailAddress=mia.falk%40here.com"), one("mia.falk@here.com")),
        (Some("a=b&emailAddress=MIA@here.com&"), one("mia@here.com")),
        (Some("email%41ddress=*"), one("*")),
        (Some("emailAddress=%2A"), one("*")),
        (Some("emailAddress=mia%2Bx@here.com"), one("mia+x@here.com")),
        (Some("emailAddress=mia+x@here.com"), one("mia x@here.com")),
        (Some("emailAddress=a=b"), one("a=b")),
        (Some("emailAddress=not-an-address"), one("not-an-address")),
        (Some("emailAddress=mia%00@here.com"), Ok(Removal::Nobody)),
        (Some(&long), Ok(Removal::Nobody)),
        (Some("emailAddress="), refused(Fault::Empty)),
        (Some("emailAddress"), refused(Fault::Empty)),
        (Some("emailAddress=%"), encoding()),
        (Some("emailAddress=%4"), encoding()),
        (Some("emailAddress=%zz"), encoding()),
        (Some("emailAddress=%+1"), encoding()),
        (Some("emailAddress=%FF"), encoding()),
        (Some("emailAddress=a&emailAddress=a"), refused(Fault::TooMany { limit: 1 })),
        (Some("emailAddress=&emailAddress=%"), refused(Fault::TooMany { limit: 1 })),
    ] {
        assert_eq!(removal(query), expected, "{query:?}");
    }
}

#[test]
fn an_answer_has_a_list_only_when_there_is_one() {
    let invitation = |invitee, expires_at| Invitation { id: InvitationId::from_uuid(Uuid::nil()), invitee, expires_at, created_at: EVE };
    let mut access = SupportAccess {
        realm: "rlmdemo01".parse().unwrap(),
        list_id: SupportListId::from_uuid("6f0c2b1e-93d5-4c7a-8a41-0d5be7c91f22".parse().unwrap()),
        listed: false,
        invitations: vec![],
    };
    let hrn = "hrn:here:account::rlmdemo01:support/SUPPORT-6f0c2b1e-93d5-4c7a-8a41-0d5be7c91f22";
    let body = |access: &SupportAccess| to_value(SupportAccessBody::from(access)).unwrap();
    assert_eq!(body(&access), json!({ "hrn": hrn }));
    access.listed = true;
    assert_eq!(body(&access), json!({ "hrn": hrn, "authorizedUsers": [] }));
    access.invitations = vec![
        invitation(Invitee::Person("mia.falk@here.com".to_owned()), Some(eve())),
        invitation(Invitee::Person("Bo@here.com".to_owned()), Some(eve().plus_millis(7))),
        invitation(Invitee::Anyone, None),
    ];
    assert_eq!(
        body(&access),
        json!({ "hrn": hrn, "authorizedUsers": [
            { "emailAddress": "mia.falk@here.com", "expiresAt": "2031-04-30T18:00:00Z" },
            { "emailAddress": "Bo@here.com", "expiresAt": "2031-04-30T18:00:00.007Z" },
            { "emailAddress": "*" },
        ] })
    );
}
