//! Contacts (section 4.1): read and written, all and one.

use serde_json::{Value, json};

use super::{ADMIN, APP, BEN, LINK, faults, forbidden, get, not_found, put, refused, request, server};
use crate::harness::{
    hostway::{self, person},
    on_both,
};

const ALL: &str = "/accounts/acct-515393/contacts";
const TYPES: [&str; 4] = ["regular", "billing", "administrator", "technical"];

#[tokio::test]
async fn contacts_are_shown_all_and_one() {
    let server = server().await;
    let all = get(&server, ALL, APP).await.expect(200);
    let dana = json!({
        "name": { "salutation": "", "firstName": "Dana", "middleName": "", "lastName": "Reyes", "company": "" },
        "address": { "street1": "", "street2": "", "city": "", "stateOrProvince": "", "postalCode": "", "countryCode": "" },
        "contactMedia": {
            "phone1": "", "phone2": "", "fax": "", "email1": "dana.reyes@example.net", "email2": "", "emailVerified": 1,
        },
    });
    assert_eq!(all["contactInfo"]["technical"], dana);
    // The primary contact has no name here.
    let mut names: Vec<_> = all["contactInfo"].as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["administrator", "billing", "regular", "technical"]);
    assert_eq!(all["contactInfo"]["billing"]["contactMedia"]["emailVerified"], 0);
    assert_eq!(all["links"], json!([{ "href": format!("http://{}{ALL}", server.address), "rel": "self" }]));
    for kind in TYPES {
        for slash in ["", "/"] {
            let one = get(&server, &format!("{ALL}/{kind}{slash}"), APP).await.expect(200);
            let link = json!([{ "href": format!("http://{}{ALL}/{kind}/", server.address), "rel": "self" }]);
            assert_eq!(one, json!({ "contactInfo": all["contactInfo"][kind], "links": link }));
        }
    }
    for kind in ["primary", "Technical", "technical%20", "owner", ""] {
        not_found(&get(&server, &format!("{ALL}/{kind}"), APP).await);
    }
    assert_eq!(get(&server, "/accounts/acct-2/contacts", ADMIN).await.expect(200)["contactInfo"], json!({}));
    not_found(&get(&server, "/accounts/acct-2/contacts/technical", ADMIN).await);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_written_whole_and_its_flag_is_not_the_clients_to_set() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        let path = format!("{ALL}/technical");
        for (email, verified) in [("dana.reyes@example.net", 1), ("dana.reyes@EXAMPLE.net", 1), ("dana@example.net", 0)] {
            let mut sent = person(email);
            sent["contactMedia"]["emailVerified"] = json!(1);
            sent["more"] = json!({ "is": "passed over" });
            let reply = put(&server, &path, APP, &sent).await;
            assert_eq!((reply.status, reply.body.len()), (204, 0), "{}", reply.text());
            let mut shown = person(email);
            shown["contactMedia"]["emailVerified"] = json!(verified);
            assert_eq!(get(&server, &path, APP).await.expect(200)["contactInfo"], shown);
            assert_eq!(get(&server, LINK, APP).await.status, if verified == 1 { 200 } else { 403 }, "{email}");
        }
        // One that was not there is made.
        let made = "/accounts/acct-2/contacts/regular";
        assert_eq!(put(&server, made, ADMIN, &person("new@example.net")).await.status, 204);
        assert_eq!(get(&server, made, ADMIN).await.expect(200)["contactInfo"]["contactMedia"]["emailVerified"], 0);
        // All four, and none of them if one is at fault.
        let four: Value = TYPES.iter().map(|kind| ((*kind).to_owned(), person(&format!("{kind}@example.org")))).collect();
        assert_eq!(put(&server, ALL, APP, &four).await.status, 204);
        let stored = get(&server, ALL, APP).await.expect(200);
        for kind in TYPES {
            assert_eq!(stored["contactInfo"][kind]["contactMedia"]["email1"], format!("{kind}@example.org"));
        }
        let mut bad: Value = TYPES.iter().map(|kind| ((*kind).to_owned(), person("x@example.org"))).collect();
        bad["billing"]["name"]["firstName"] = json!("<b>");
        bad["regular"] = Value::Null;
        bad["technical"]["contactMedia"]["email1"] = json!("");
        assert_eq!(
            faults(&put(&server, ALL, APP, &bad).await),
            json!({
                "regular": "Required", "billing.name.firstName": "is not letters, digits, white space and `-.'`",
                "technical.contactMedia.email1": "Required",
            })
        );
        assert_eq!(get(&server, ALL, APP).await.expect(200), stored);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn each_limit_of_a_contact_is_told_by_its_field() {
    let server = server().await;
    let path = format!("{ALL}/regular");
    let long = |n: usize| "é".repeat(n);
    for (group, member, good, bad) in [
        ("name", "salutation", long(50), long(51)),
        ("name", "firstName", long(50), long(51)),
        ("name", "lastName", "O'Brien-Smith Jr.".to_owned(), String::new()),
        ("name", "company", long(200), long(201)),
        ("address", "street1", "1 Main St. #4".to_owned(), String::new()),
        ("address", "city", "Łódź".to_owned(), "a/b".to_owned()),
        ("address", "postalCode", "60601".to_owned(), String::new()),
        ("address", "countryCode", "PL".to_owned(), "XX".to_owned()),
        ("contactMedia", "phone1", "x".repeat(20), "x".repeat(21)),
        ("contactMedia", "fax", "+13125550142".to_owned(), "312 555".to_owned()),
        ("contactMedia", "email1", format!("{}@b.example", "x".repeat(90)), format!("{}@b.example", "x".repeat(91))),
        ("contactMedia", "email2", String::new(), "nobody".to_owned()),
    ] {
        let mut sent = person("rae@example.net");
        sent[group][member] = json!(good);
        assert_eq!(put(&server, &path, APP, &sent).await.status, 204, "{member}");
        sent[group][member] = json!(bad);
        let told = faults(&put(&server, &path, APP, &sent).await);
        assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), [&format!("{group}.{member}")], "{told}");
        sent[group][member] = json!(7);
        assert_eq!(faults(&put(&server, &path, APP, &sent).await), json!({ format!("{group}.{member}"): "is not a string" }));
    }
    // The flat shape of earlier years is not read.
    let flat = faults(&put(&server, &path, APP, &json!({ "firstName": "Dana", "email1": "a@b.example" })).await);
    assert_eq!(flat["name.firstName"], "Required");
    let reply = request(&server, "PUT", &path, APP).body(person("rae@example.net").to_string()).send().await;
    refused(&reply, 415, "badMediaType", "POST data error");
    server.stop().await;
}

#[tokio::test]
async fn contacts_are_seen_and_written_by_whoever_may() {
    let server = server().await;
    let body = person("rae@example.net");
    for (path, who, status) in [
        (ALL, BEN, 403),
        ("/accounts/acct-515393/contacts/regular", BEN, 403),
        ("/accounts/acct-2/contacts", APP, 403),
        ("/accounts/acct-3/contacts", APP, 403),
        ("/accounts/acct-3/contacts", ADMIN, 200),
        ("/accounts/nobodys/contacts", BEN, 404),
    ] {
        let reply = get(&server, path, who).await;
        assert_eq!(reply.status, status, "{path} {who:?}: {}", reply.text());
        if status == 403 {
            forbidden(&reply);
            forbidden(&put(&server, path, who, &body).await);
        }
    }
    // A word that is no type comes after the account and the permission, and before the body.
    not_found(&put(&server, &format!("{ALL}/owner"), APP, &json!({})).await);
    forbidden(&put(&server, &format!("{ALL}/owner"), BEN, &json!({})).await);
    server.stop().await;
}
