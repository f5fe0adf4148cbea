//! The siblings of section 9: customers made, changed, shown, searched and merged; departments; users.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vestibule_server::dialects::egain::{document, negotiate::Media};

use super::{grant, refused, sent};
use crate::{
    harness::{
        ADA, BEN, Server, Start,
        databases::Database,
        egain::{self, CRM, GUS, SAL, inside},
        http::Reply,
        on_both,
    },
    openapi::document::Document,
};

const BASE: &str = "/core/customermgr/v3";

/// Lets Gus make and merge customers.
const RIGHTS: &str =
    r#"{"name":"maker","statements":[{"effect":"allow","actions":["customer:create","customer:change"],"resources":["*"]}]}"#;

struct Scene {
    server: Server,
    document: Document,
}

impl Scene {
    async fn set(start: Start, departments: bool) -> Self {
        let server = egain::run(start, departments).await;
        let role = server.post("/v1/realms/acme/roles", ADA, RIGHTS).await.expect(201);
        let path = format!("/v1/realms/acme/accounts/gus@acme.example/roles/{}", role["id"].as_str().unwrap());
        let given = server.request("PUT", &path).bearer(ADA).send().await;
        assert!(given.status < 300, "{}", given.text());
        let document = Document::of(document::document(&format!("http://{}", server.address)));
        Self { server, document }
    }

    async fn send(&self, verb: &str, path: &str, place: &str, token: &str, body: &Value) -> Reply {
        let request = self.server.request(&verb.to_uppercase(), path).bearer(token);
        let reply = if body.is_null() { request.send().await } else { sent(request, Media::Json, &body.to_string()).send().await };
        self.document.check(verb, place, &reply);
        reply
    }

    async fn get(&self, path: &str, place: &str, token: &str) -> Reply {
        self.send("get", &format!("{BASE}{path}"), &format!("{BASE}{place}"), token, &Value::Null).await
    }

    async fn write(&self, verb: &str, path: &str, token: &str, body: Value) -> Reply {
        let path = format!("{BASE}{path}");
        self.send(verb, &path, &path, token, &body).await
    }
}

fn dana() -> Value {
    json!({
        "type": { "value": "individual" }, "department": { "name": "Service" },
        "contacts": { "contact": [{
            "firstName": "Dora", "lastName": "Quill", "email": [{ "emailAddress": "dora@example.net" }],
            "phone": [{ "phoneNumber": "312 555 0142" }], "postal": [{ "city": "Chicago", "country": "US" }],
        }] },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_made_shown_changed_and_found() {
    on_both(|start| async {
        let scene = Scene::set(start, true).await;
        let made = scene.write("post", "/individual/customer", GUS, dana()).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let place = made.header("location").unwrap().to_owned();
        let id = place.rsplit('/').next().unwrap().to_owned();
        let shown = scene.send("get", &place, &format!("{BASE}/customer/{{id}}"), GUS, &Value::Null).await.expect(200);
        let customer = shown["customer"][0].clone();
        assert_eq!(customer["type"], json!({ "value": "individual", "displayValue": "Individual" }));
        assert_eq!((&customer["customerName"], &customer["department"]["name"]), (&json!("Dora Quill"), &json!("Service")));
        assert_eq!(customer["contacts"]["contact"], dana()["contacts"]["contact"]);
        let german = scene.server.request("GET", &place).bearer(GUS).header("accept", "application/xml").header("accept-language", "de-DE");
        assert_eq!(inside(&german.send().await.text(), "displayValue"), Some("Einzelperson"));
        // What another changed in between is not written over.
        let at = customer["lastModified"].clone();
        scene.server.clock.advance_ms(5);
        let change = json!({ "id": id, "lastModified": at, "contacts": { "contact": [{ "lastName": "", "email": [] }] } });
        scene.write("patch", "/individual/customer", GUS, change.clone()).await.expect_status(204);
        refused(&scene.write("patch", "/individual/customer", GUS, change).await, "409-100", &format!("customer {id}"));
        let now = scene.get(&format!("/customers/{id}"), "/customers/{ids}", CRM).await.expect(200)["customer"][0].take();
        assert_eq!(
            (&now["customerName"], &now["contacts"]["contact"][0]["phone"][0]["phoneNumber"]),
            (&json!("Dora"), &json!("312 555 0142"))
        );
        assert_eq!(now["contacts"]["contact"][0].get("email"), None);
        for (query, token, found) in [
            ("phone=312%20555%200142", GUS, true),
            ("phone=312", GUS, false),
            ("customerName=DOR&type=individual", GUS, true),
            ("customerName=dor&type=group", GUS, false),
            ("customerName=dor&department=Service", CRM, true),
            ("customerName=dor&department=Sales", CRM, false),
            ("customerName=Sven", GUS, false),
            ("customerName=Sven", SAL, true),
            ("created=2000-01-01T00:00:00.000Z,&customerName=dora", GUS, true),
            ("created=,2000-01-01T00:00:00.000Z", GUS, false),
        ] {
            let reply = scene.get(&format!("/customer?{query}"), "/customer", token).await;
            assert_eq!(reply.status, if found { 200 } else { 204 }, "{query}: {}", reply.text());
        }
        scene.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_may_not_be_is_refused_by_rule() {
    let scene = Scene::set(Start::on(Database::sqlite()), true).await;
    let with = |place: &str, value: Value| {
        let mut body = dana();
        *body.pointer_mut(place).unwrap() = value;
        body
    };
    scene.write("post", "/individual/customer", CRM, dana()).await.expect_status(201);
    let no_department = {
        let mut body = dana();
        body.as_object_mut().unwrap().remove("department");
        body
    };
    let contact = "/contacts/contact/0";
    for (path, token, body, code, told) in [
        ("individual", GUS, dana(), "400-152", "'contacts.contact.email.emailAddress'"),
        ("individual", GUS, no_department, "400-146", "'department.name'"),
        ("individual", GUS, with("/department/name", json!("Nowhere")), "403-178", "Create Customer"),
        ("individual", CRM, with("/department/name", json!("Nowhere")), "400-152", "'department.name'"),
        ("individual", GUS, with("/department/name", json!("Sales")), "403-178", "Create Customer"),
        ("individual", BEN, dana(), "403-178", "Create Customer"),
        ("individual", SAL, dana(), "403-178", "Create Customer"),
        ("corp", GUS, dana(), "400-146", "'customerName'"),
        ("individual", GUS, with("/type/value", json!("group")), "400-152", "'type.value'"),
        ("individual", GUS, with(contact, json!({ "lastName": "x" })), "400-146", "'contacts.contact.firstName'"),
        ("individual", GUS, with(contact, json!({ "firstName": "" })), "400-387", "'contacts.contact.firstName'"),
        ("individual", GUS, with(contact, json!({ "firstName": "<b>" })), "400-152", "'contacts.contact'"),
        ("individual", GUS, with(contact, json!({ "firstName": "x", "website": [] })), "400-147", "'contacts.contact.website'"),
        (
            "individual",
            GUS,
            with("/contacts/contact", json!([{ "firstName": "a" }, { "firstName": "b" }])),
            "400-152",
            "'contacts.contact'",
        ),
        ("group", GUS, json!({ "type": { "value": "group" }, "customerName": "x" }), "400-146", "'type.group'"),
    ] {
        refused(&scene.write("post", &format!("/{path}/customer"), token, body).await, code, told);
    }
    let group = json!({ "type": { "value": "group", "group": { "type": { "value": "household" } } }, "customerName": "The Quills",
        "department": { "name": "Service" } });
    let made = scene.write("post", "/group/customer", GUS, group).await;
    let id = made.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
    let at = scene.get(&format!("/customer/{id}"), "/customer/{id}", GUS).await.expect(200)["customer"][0]["lastModified"].take();
    let rename = |id: &str| json!({ "id": id, "lastModified": at, "customerName": "The Quill family" });
    refused(&scene.write("patch", "/corp/customer", GUS, rename(&id)).await, "400-152", "'id'");
    refused(&scene.write("patch", "/group/customer", GUS, rename("9")).await, "400-194", "'9'");
    refused(&scene.write("patch", "/group/customer", GUS, json!({ "customerName": "x" })).await, "400-146", "'id'");
    refused(
        &scene.write("patch", "/group/customer", GUS, json!({ "id": id, "lastModified": { "date": "x" } })).await,
        "400-152",
        "lastModified",
    );
    scene.write("patch", "/group/customer", CRM, rename(&id)).await.expect_status(204);
    for (query, token, code, told) in [
        ("", GUS, "400-245", "phone"),
        ("type=group", GUS, "400-614", "'type'"),
        ("type=person", GUS, "400-102", "'type'"),
        ("customerName=x&department=Sales", GUS, "400-101", "'department'"),
        ("customerName=x", CRM, "400-112", "'department'"),
        ("created=soon", GUS, "400-244", "'created'"),
        ("customerName=x&$order=asc", GUS, "400-124", ""),
        ("customerName=x&$attribute=pin", GUS, "400-116", "'pin'"),
        ("customerName=x&$sort=custom.1", GUS, "400-244", "'$sort'"),
        ("custom=x", GUS, "400-101", "'custom'"),
        ("customerName=x", BEN, "403-178", "View Agent Console"),
    ] {
        refused(&scene.get(&format!("/customer?{query}"), "/customer", token).await, code, told);
    }
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_shown_in_order_and_in_part_and_merged() {
    let scene = Scene::set(Start::on(Database::sqlite()), false).await;
    let ids =
        |reply: &Value| reply["customer"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    for (query, expected) in [
        ("2240,2190,2210", ["2240", "2190", "2210"]),
        ("2240,2190,2210?$sort=id", ["2190", "2210", "2240"]),
        ("2240,2190,2210?$sort=customerName&$order=desc", ["2240", "2210", "2190"]),
    ] {
        assert_eq!(ids(&scene.get(&format!("/customers/{query}"), "/customers/{ids}", GUS).await.expect(200)), expected, "{query}");
    }
    let part = scene.get("/customers/2210?$attribute=customerName", "/customers/{ids}", GUS).await.expect(200);
    let names: BTreeSet<_> = part["customer"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["customerName", "id", "link"]), "no department while they are not kept apart");
    refused(&scene.get("/customers/2210,9,x", "/customers/{ids}", GUS).await, "404-100", "'9, x'");
    let page = scene.get("/customer?customerName=Nr&$pagesize=75&$pagenum=2", "/customer", GUS).await.expect(200);
    assert_eq!(
        (ids(&page).len(), &page["paginationInfo"]["count"], &page["paginationInfo"]["link"][0]["rel"]),
        (3, &json!(78), &json!("prev"))
    );
    scene.get("/customer?customerName=Nr&$pagenum=9", "/customer", GUS).await.expect_status(204);
    let case = json!({ "customer": "2214", "subject": "A bill" }).to_string();
    let case = scene.server.post("/v1/realms/acme/cases", ADA, &case).await.expect(201)["id"].take();
    grant(&scene.server, GUS, "2214", &["2231"]).await.expect_status(201);
    let merge = |source: &str, target: &str| json!({ "sourceCustomer": { "id": source }, "targetCustomer": { "id": target } });
    for (body, token, code, told) in [
        (merge("2300", "2210"), GUS, "400-152", "customer.id"),
        (merge("2214", "2214"), GUS, "400-152", "body"),
        (merge("2214", "9"), GUS, "400-194", "'9'"),
        (merge("2214", "2210"), SAL, "403-178", "Change Customer"),
    ] {
        refused(&scene.write("put", "/customer/merge", token, body).await, code, told);
    }
    scene.write("put", "/customer/merge", GUS, merge("2214", "2210")).await.expect_status(204);
    refused(&scene.get("/customer/2214", "/customer/{id}", GUS).await, "404-100", "2214");
    scene.server.get(&format!("{BASE}/customer/2231/grants"), GUS).await.expect_status(204);
    let moved = scene.server.get(&format!("/core/casemgr/v3/case/{}", case.as_str().unwrap()), GUS).await.expect(200);
    assert_eq!(moved["case"][0]["customer"]["id"], "2210", "its cases went to the target");
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn departments_are_listed_and_users_sit_in_them() {
    let scene = Scene::set(Start::on(Database::sqlite()), true).await;
    let (departments, users) = ("/core/departmentmgr/v3/department", "/core/usermgr/v3");
    let list = async |query: &str| scene.send("get", &format!("{departments}{query}"), departments, GUS, &Value::Null).await;
    let all = list("").await.expect(200);
    let names: Vec<_> = all["department"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!((names, &all["paginationInfo"]["count"]), (vec![json!("Sales"), json!("Service")], &json!(2)));
    assert_eq!(list("?filterText=VIC&$rangestart=1").await.expect(200)["department"].as_array().unwrap().len(), 1);
    list("?filterText=nowhere").await.expect_status(204);
    refused(&list(&format!("?filterText={}", "x".repeat(125))).await, "400-244", "'filterText'");
    let sales = all["department"][0]["id"].as_str().unwrap();

    let (path, place) = (format!("{users}/user"), format!("{users}/user"));
    let pia = |departments: Value| {
        json!({ "departments": { "department": departments }, "firstName": "Pia", "lastName": "Lind", "screenName": "Pia L",
            "loginId": "pia@acme.example", "password": "a long password of hers" })
    };
    let good = pia(json!([{ "name": "Service", "home": "yes" }, { "id": sales }]));
    for (token, body, code, told) in [
        (GUS, good.clone(), "403-178", "Administer Partition"),
        (CRM, good.clone(), "403-178", "Administer Partition"),
        (ADA, pia(json!([{ "name": "Nowhere" }])), "400-152", "'departments.department'"),
        (ADA, json!({ "loginId": "x" }), "400-146", "'departments'"),
        (ADA, pia(json!([{ "name": "Service", "home": "maybe" }])), "400-152", "home"),
    ] {
        refused(&scene.send("post", &path, &place, token, &body).await, code, told);
    }
    let made = scene.send("post", &path, &place, ADA, &good).await;
    assert_eq!(made.status, 201, "{}", made.text());
    refused(&scene.send("post", &path, &place, ADA, &good).await, "400-152", "'loginId'");
    let at = made.header("location").unwrap().to_owned();
    let show = async || scene.send("get", &at, &format!("{users}/users/{{ids}}"), ADA, &Value::Null).await.expect(200)["user"][0].take();
    let shown = show().await;
    assert_eq!(
        (&shown["firstName"], &shown["screenName"], &shown["loginId"]),
        (&json!("Pia"), &json!("Pia L"), &json!("pia@acme.example"))
    );
    assert_eq!(shown["departments"]["department"][1]["home"], "yes");
    let unlink = json!([{ "link": [{ "rel": "department", "href": format!("/core/departmentmgr/v3/department/{sales}") }] }]);
    let change = json!({ "id": shown["id"], "lastName": "Falk", "departments": { "unlink": unlink } });
    scene.send("patch", &path, &place, ADA, &change).await.expect_status(204);
    let shown = show().await;
    assert_eq!((&shown["lastName"], shown["departments"]["department"].as_array().unwrap().len()), (&json!("Falk"), 1));
    let native = scene.server.get("/v1/realms/acme/accounts/pia@acme.example", ADA).await.expect(200);
    assert_eq!((&native["home_department"], &native["foreign_departments"]), (&json!("Service"), &json!([])));
    let roles = format!("{users}/user/{}/role", shown["id"].as_str().unwrap());
    scene.send("get", &roles, &format!("{users}/user/{{id}}/role"), ADA, &Value::Null).await.expect_status(204);
    refused(&scene.send("patch", &path, &place, ADA, &json!({ "id": "9" })).await, "400-194", "'9'");
    refused(&scene.send("get", &format!("{users}/users/9"), &format!("{users}/users/{{ids}}"), ADA, &Value::Null).await, "404-100", "9");
    scene.server.stop().await;
}
