//! The part of the tour that is about customers, the help desk and hand-offs.

use serde_json::{Value, json};
use vestibule_operations::{apply::Mode, manifest::Manifest};

use super::tour::{Step, Tour};
use crate::harness::{ADA, BEN, EVE};

const CUSTOMERS: &str = "/v1/realms/{realm}/customers";
const CUSTOMER: &str = "/v1/realms/{realm}/customers/{id}";
const GRANTS: &str = "/v1/realms/{realm}/customers/{id}/grants";
const GRANT: &str = "/v1/realms/{realm}/customers/{id}/grants/{holder}";
const DEPARTMENTS: &str = "/v1/realms/{realm}/departments";
const SETTINGS: &str = "/v1/realms/{realm}/customer-settings";
const CONTACTS: &str = "/v1/realms/{realm}/customers/{id}/contacts";
const CONTACT: &str = "/v1/realms/{realm}/customers/{id}/contacts/{contact}";
const VERIFICATION: &str = "/v1/realms/{realm}/customers/{id}/contacts/{contact}/verification";
const CASES: &str = "/v1/realms/{realm}/cases";
const ACTIVITIES: &str = "/v1/realms/{realm}/activities";
const HANDOFFS: &str = "/v1/realms/{realm}/handoffs";
const DESK: &str = "/v1/realms/{realm}/help-desk";
const SECRETS: &str = "/v1/realms/{realm}/help-desk/secrets";
const SECRET: &str = "/v1/realms/{realm}/help-desk/secrets/{id}";
const ACTIVATE: &str = "/v1/realms/{realm}/help-desk/secrets/{id}/activate";

/// That an address is theirs only a letter can tell, or the operator's manifest.
const VERIFIED: &str = r#"
[[realms]]
id = "acme"
[[realms.customers.list]]
id = "2210"
number = "acct-70421"
kind = "individual"
contacts = [{ type = "technical", first_name = "Dana", last_name = "Reyes", email = "dana@example.net", email_verified = true }]
"#;

/// Everything that is done with customers and the help desk, once.
pub async fn tour(tour: &mut Tour) {
    departments(tour).await;
    customers(tour).await;
    contacts(tour).await;
    grants(tour).await;
    cases(tour).await;
    help_desk(tour).await;
    handoffs(tour).await;
    let purge = Step { verb: "delete", path: CUSTOMER, id: "2210", token: ADA, ..Step::default() };
    tour.take(412, Step { headers: &[("if-match", "\"9\"")], ..purge }).await;
    tour.take(204, purge).await;
    tour.take(404, purge).await;
    let again = json!({ "kind": "group", "id": "2210" });
    tour.take(409, Step { verb: "post", path: CUSTOMERS, token: ADA, body: Some(&again), ..Step::default() }).await;
}

async fn departments(tour: &mut Tour) {
    let wish = json!({ "name": "Service" });
    let key = [("idempotency-key", "department-1")];
    let post = Step { verb: "post", path: DEPARTMENTS, token: ADA, body: Some(&wish), headers: &key, ..Step::default() };
    let made = tour.take(201, post).await;
    assert_eq!((&made["id"], &made["name"]), (&json!("1000"), &json!("Service")));
    assert_eq!(tour.take(201, post).await, made, "the same key gets the same answer");
    tour.take(409, Step { headers: &[], ..post }).await;
    tour.take(422, Step { body: Some(&json!({ "name": "Sales" })), ..post }).await;
    assert_eq!(tour.take(400, Step { body: Some(&json!({ "name": " " })), headers: &[], ..post }).await["errors"][0]["field"], "name");
    tour.take(415, Step { media: "text/plain", headers: &[], ..post }).await;
    for (token, status) in [(BEN, 403), (EVE, 404)] {
        tour.take(status, Step { token, headers: &[], ..post }).await;
    }
    let list = Step { verb: "get", body: None, headers: &[], ..post };
    assert_eq!(tour.take(200, list).await["items"], json!([made]));
    tour.take(400, Step { query: "?limit=1", ..list }).await;

    let show = Step { path: SETTINGS, ..list };
    let found = tour.take(200, show).await;
    assert_eq!(found["departmentalization"], false);
    let (on, off) = (json!({ "departmentalization": true }), json!({ "departmentalization": false }));
    let put = Step { verb: "put", body: Some(&on), ..show };
    tour.take(412, Step { headers: &[("if-match", "\"99\"")], ..put }).await;
    let switched = tour.take(200, put).await;
    assert_eq!((&switched["departmentalization"], switched["version"].as_i64()), (&json!(true), found["version"].as_i64().map(|v| v + 1)));
    assert_eq!(tour.take(200, put).await, switched, "no change");
    tour.take(200, Step { body: Some(&off), ..put }).await;
    assert_eq!(tour.take(400, Step { body: Some(&json!({})), ..put }).await["errors"][0]["field"], "departmentalization");
}

async fn customers(tour: &mut Tour) {
    let wish = json!({ "id": "2210", "number": "acct-70421", "kind": "individual", "department": "Service" });
    let key = [("idempotency-key", "customer-1")];
    let post = Step { verb: "post", path: CUSTOMERS, token: ADA, body: Some(&wish), headers: &key, ..Step::default() };
    let made = tour.take(201, post).await;
    assert_eq!((&made["status"], &made["currency"]), (&json!("open"), &json!("USD")));
    assert_eq!(tour.take(201, post).await, made, "the same key gets the same answer");
    tour.take(409, Step { headers: &[], ..post }).await;
    let other = json!({ "kind": "individual", "name": "The other" });
    tour.take(422, Step { body: Some(&other), ..post }).await;
    let second = tour.take(201, Step { body: Some(&other), headers: &[], ..post }).await;
    assert_eq!(second["id"], "2211", "the realm's next");
    let lost = json!({ "kind": "group", "department": "Nowhere" });
    assert_eq!(tour.take(400, Step { body: Some(&lost), headers: &[], ..post }).await["errors"][0]["field"], "department");
    let refused = json!({ "kind": "company", "number": "a b" });
    assert_eq!(tour.take(400, Step { body: Some(&refused), headers: &[], ..post }).await["errors"].as_array().map(Vec::len), Some(2));
    tour.take(415, Step { media: "text/plain", headers: &[], ..post }).await;
    let long = json!({ "kind": "x".repeat(70_000) });
    tour.take(413, Step { body: Some(&long), headers: &[], ..post }).await;
    for (token, status) in [(BEN, 403), (EVE, 404)] {
        tour.take(status, Step { token, headers: &[], ..post }).await;
    }

    let list = Step { verb: "get", path: CUSTOMERS, token: ADA, query: "?limit=1&status=open", ..Step::default() };
    let first = tour.take(200, list).await;
    assert_eq!((&first["items"][0]["id"], &first["next"]), (&json!("2210"), &json!("2210")));
    let rest = tour.take(200, Step { query: "?after=2210", ..list }).await;
    assert_eq!((&rest["items"][0]["id"], rest.get("next")), (&json!("2211"), None));
    tour.take(400, Step { query: "?after=x", ..list }).await;
    tour.take(400, Step { query: "?status=shut", ..list }).await;

    let show = Step { verb: "get", path: CUSTOMER, id: "2210", token: ADA, ..Step::default() };
    assert_eq!(tour.take(200, show).await, tour.take(200, Step { id: "acct-70421", ..show }).await, "by its number, too");
    tour.take(404, Step { id: "9", ..show }).await;
    let change = json!({ "status": "suspended" });
    let patch = Step { verb: "patch", body: Some(&change), headers: &[("if-match", "\"1\"")], ..show };
    assert_eq!(tour.take(200, patch).await["version"], 2);
    tour.take(412, patch).await;
    let (open, taken) = (json!({ "status": "open" }), json!({ "number": "2211" }));
    tour.take(200, Step { body: Some(&open), headers: &[], ..patch }).await;
    tour.take(409, Step { body: Some(&taken), headers: &[], ..patch }).await;
    tour.take(400, Step { body: Some(&json!({})), headers: &[], ..patch }).await;
}

async fn contacts(tour: &mut Tour) {
    let wish = json!({ "first_name": "Dana", "last_name": "Reyes", "email1": "dana@example.net" });
    let put = Step { verb: "put", path: CONTACT, id: "2210", other: "technical", token: ADA, body: Some(&wish), ..Step::default() };
    tour.take(412, Step { headers: &[("if-match", "*")], ..put }).await;
    let made = tour.take(201, put).await;
    assert_eq!((&made["type"], &made["email_verified"]), (&json!("technical"), &json!(false)));
    assert_eq!(tour.take(200, put).await, made, "no change");
    let faults = json!({ "city": "<b>", "email1": "dana", "fax": "1" });
    let refused = tour.take(400, Step { body: Some(&faults), ..put }).await;
    let fields: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["city", "fax", "email1"]);
    tour.take(404, Step { other: "boss", ..put }).await;
    tour.take(415, Step { media: "text/plain", ..put }).await;
    let get = Step { verb: "get", body: None, ..put };
    assert_eq!(tour.take(200, get).await, made);
    tour.take(404, Step { other: "billing", ..get }).await;
    let list = tour.take(200, Step { path: CONTACTS, ..get }).await;
    assert_eq!(list["items"], json!([made]));
    let verify = Step { verb: "post", path: VERIFICATION, ..get };
    tour.take(204, verify).await;
    tour.take(404, Step { other: "billing", ..verify }).await;
    let mail = tour.take(200, Step { verb: "get", path: "/v1/realms/{realm}/outbox", id: "", other: "", ..get }).await;
    assert_eq!(mail["items"][0]["to"], "dana@example.net");
    let billing = json!({ "email1": "b@example.net" });
    tour.take(201, Step { other: "billing", body: Some(&billing), ..put }).await;
    let delete = Step { verb: "delete", other: "billing", ..get };
    tour.take(412, Step { headers: &[("if-match", "\"7\"")], ..delete }).await;
    tour.take(204, delete).await;
    tour.take(404, delete).await;
}

async fn grants(tour: &mut Tour) {
    let wish = json!({ "holder": "2211" });
    let post = Step { verb: "post", path: GRANTS, id: "2210", token: ADA, body: Some(&wish), ..Step::default() };
    let given = tour.take(201, post).await;
    assert_eq!(tour.take(200, post).await, given);
    let (own, nobody) = (json!({ "holder": "acct-70421" }), json!({ "holder": "9" }));
    tour.take(409, Step { body: Some(&own), ..post }).await;
    tour.take(404, Step { body: Some(&nobody), ..post }).await;
    tour.take(400, Step { body: Some(&json!({})), ..post }).await;
    let company = json!({ "id": "2299", "kind": "corporate" });
    tour.take(201, Step { path: CUSTOMERS, id: "", body: Some(&company), ..post }).await;
    let to_company = json!({ "holder": "2299" });
    assert_eq!(tour.take(409, Step { body: Some(&to_company), ..post }).await["detail"], "customer 2299 is not an individual");
    let list = Step { verb: "get", body: None, ..post };
    assert_eq!(tour.take(200, list).await["items"], json!([given]));
    assert_eq!(tour.take(200, Step { query: "?side=on", ..list }).await["items"], json!([]));
    let held = tour.take(200, Step { id: "2211", query: "?side=on", ..list }).await;
    assert_eq!(held["items"], json!([{ "granter": "2210", "created_at": given["created_at"] }]));
    tour.take(400, Step { query: "?side=both", ..list }).await;
    let settings = json!({ "departmentalization": true });
    let put = Step { verb: "put", path: SETTINGS, id: "", body: Some(&settings), ..list };
    assert_eq!(tour.take(409, put).await["type"], "urn:vestibule:problem:conflict");
    let forced = json!({ "departmentalization": true, "force": true });
    tour.take(200, Step { body: Some(&forced), ..put }).await;
    assert_eq!(tour.take(409, post).await["detail"], "customer 2211 is in another department");
    tour.take(200, Step { body: Some(&json!({ "departmentalization": false, "force": true })), ..put }).await;
    let delete = Step { verb: "delete", path: GRANT, other: "2211", ..list };
    tour.take(204, delete).await;
    tour.take(404, delete).await;
}

async fn cases(tour: &mut Tour) {
    let wish = json!({ "customer": "acct-70421", "subject": " A bill " });
    let key = [("idempotency-key", "case-1")];
    let post = Step { verb: "post", path: CASES, token: ADA, body: Some(&wish), headers: &key, ..Step::default() };
    let case = tour.take(201, post).await;
    assert_eq!((&case["id"], &case["subject"], &case["status"]), (&json!("1000"), &json!("A bill"), &json!("open")));
    assert_eq!(tour.take(201, post).await, case, "the same key gets the same answer");
    let second = tour.take(201, Step { headers: &[], ..post }).await;
    let (nobody, nothing) = (json!({ "customer": "9", "subject": "x" }), json!({ "customer": "2210" }));
    tour.take(422, Step { body: Some(&nobody), ..post }).await;
    tour.take(404, Step { body: Some(&nobody), headers: &[], ..post }).await;
    assert_eq!(tour.take(400, Step { body: Some(&nothing), headers: &[], ..post }).await["errors"][0]["field"], "subject");
    let list = Step { verb: "get", body: None, headers: &[], query: "?customer=2210&status=open&limit=1", ..post };
    assert_eq!(tour.take(200, list).await, json!({ "items": [case], "next": "1000" }));
    assert_eq!(tour.take(200, Step { query: "?after=1000", ..list }).await, json!({ "items": [second] }));
    assert_eq!(tour.take(200, Step { query: "?customer=2211", ..list }).await, json!({ "items": [] }));
    tour.take(400, Step { query: "?after=x", ..list }).await;

    let file = json!({ "name": "bill.txt", "content_type": "text/plain", "content": "aGVsbG8=" });
    let wish = json!({
        "customer": "2210", "case": "1000", "direction": "inbound", "subject": "A bill", "body": "See\nthis.", "attachments": [file],
    });
    let post = Step { path: ACTIVITIES, body: Some(&wish), headers: &[("idempotency-key", "activity-1")], ..post };
    let said = tour.take(201, post).await;
    assert_eq!((&said["kind"], &said["attachments"][0]["size"]), (&json!("email"), &json!(5)));
    assert_eq!(tour.take(201, post).await, said);
    let elsewhere = json!({ "customer": "2211", "case": "1000", "direction": "inbound", "subject": "x", "body": "" });
    tour.take(404, Step { body: Some(&elsewhere), headers: &[], ..post }).await;
    let alone = json!({ "customer": "2211", "direction": "outbound", "subject": "x", "body": "" });
    tour.take(201, Step { body: Some(&alone), headers: &[], ..post }).await;
    let list = Step { path: ACTIVITIES, query: "?case=1000", ..list };
    assert_eq!(tour.take(200, list).await, json!({ "items": [said] }));
    tour.take(400, Step { query: "?case=x", ..list }).await;
}

async fn help_desk(tour: &mut Tour) {
    let wish = json!({ "customer": "2210", "contact": "technical" });
    let hand_over = Step { verb: "post", path: HANDOFFS, token: ADA, body: Some(&wish), ..Step::default() };
    tour.take(403, hand_over).await;
    let verified = Manifest::parse(VERIFIED, "verified.toml", &|_| Err("it names no outside secret".to_owned())).unwrap();
    tour.server.operations.apply(&verified, Mode::Act).await.unwrap();
    assert_eq!(tour.take(409, hand_over).await["type"], "urn:vestibule:problem:no-help-desk");
    let verify = Step { path: VERIFICATION, id: "2210", other: "technical", body: None, ..hand_over };
    assert_eq!(tour.take(409, verify).await["type"], "urn:vestibule:problem:conflict");

    let show = Step { verb: "get", path: DESK, token: ADA, ..Step::default() };
    tour.take(404, show).await;
    let wish = json!({ "subdomain": "acme", "claims": { "organization": true } });
    let put = Step { verb: "put", body: Some(&wish), ..show };
    tour.take(412, Step { headers: &[("if-match", "*")], ..put }).await;
    let made = tour.take(201, put).await;
    assert_eq!((&made["enabled"], &made["claims"]["phone"]), (&json!(true), &json!(false)));
    assert_eq!(tour.take(200, show).await, made);
    let barred = json!({ "subdomain": "acme", "barred": ["example.net"] });
    assert_eq!(tour.take(200, Step { body: Some(&barred), headers: &[("if-match", "\"1\"")], ..put }).await["version"], 2);
    assert_eq!(tour.take(400, Step { body: Some(&json!({ "subdomain": "A B" })), ..put }).await["errors"][0]["field"], "subdomain");

    let value = json!({ "secret": "Kq7mZ2vX9tB4nW8rLc5yHd3sPf6gJa1eUoTiQwExRzYbNkMv" });
    let key = [("idempotency-key", "secret-1")];
    let post = Step { verb: "post", path: SECRETS, token: ADA, body: Some(&value), headers: &key, ..Step::default() };
    let staged = tour.take(201, post).await;
    assert_eq!(tour.take(201, post).await, staged);
    let short = json!({ "secret": "too short" });
    assert_eq!(tour.take(400, Step { body: Some(&short), headers: &[], ..post }).await["errors"][0]["field"], "secret");
    let second = tour.take(201, Step { headers: &[], ..post }).await;
    let id = |secret: &Value| secret["id"].as_str().unwrap().to_owned();
    let (first, second) = (id(&staged), id(&second));
    let activate = Step { verb: "post", path: ACTIVATE, id: &first, token: ADA, ..Step::default() };
    assert_eq!(tour.take(200, activate).await["state"], "active");
    tour.take(409, activate).await;
    tour.take(404, Step { id: "x", ..activate }).await;
    tour.take(204, Step { verb: "delete", path: SECRET, id: &second, ..activate }).await;
    tour.take(404, Step { verb: "delete", path: SECRET, id: &second, ..activate }).await;
    let list = tour.take(200, Step { verb: "get", path: SECRETS, ..activate }).await;
    assert_eq!((&list["items"][0]["state"], list["items"].as_array().map(Vec::len)), (&json!("active"), Some(1)));
    assert!(list["items"][0].get("secret").is_none());

    assert_eq!(tour.take(403, hand_over).await["type"], "urn:vestibule:problem:address-barred");
    let plain = json!({ "subdomain": "acme" });
    tour.take(200, Step { body: Some(&plain), ..put }).await;
}

async fn handoffs(tour: &mut Tour) {
    let wish = json!({ "customer": "acct-70421", "contact": "technical", "return_to": "/hc" });
    let key = [("idempotency-key", "handoff-1")];
    let post = Step { verb: "post", path: HANDOFFS, token: ADA, body: Some(&wish), headers: &key, ..Step::default() };
    let done = tour.take(201, post).await;
    assert!(done["url"].as_str().unwrap().starts_with("https://acme.zendesk.com/access/jwt?jwt="));
    assert_eq!(tour.take(201, post).await, done, "the same key, the same link");
    let other = json!({ "customer": "2210", "contact": "technical" });
    tour.take(422, Step { body: Some(&other), ..post }).await;
    assert_ne!(tour.take(201, Step { body: Some(&other), headers: &[], ..post }).await["url"], done["url"]);
    for (refused, status) in [
        (json!({ "customer": "9", "contact": "technical" }), 404),
        (json!({ "customer": "2210", "contact": "billing" }), 404),
        (json!({ "customer": "2210", "contact": "boss" }), 400),
        (json!({ "customer": "2210", "contact": "technical", "return_to": "https://evil.example/" }), 400),
        (json!({ "customer": "2211", "contact": "technical", "on_behalf_of": "2210" }), 403),
    ] {
        tour.take(status, Step { body: Some(&refused), headers: &[], ..post }).await;
    }
    let wish = json!({ "holder": "2211" });
    tour.take(201, Step { path: GRANTS, id: "2210", body: Some(&wish), headers: &[], ..post }).await;
    let granted = json!({ "customer": "2211", "contact": "technical", "on_behalf_of": "2210" });
    tour.take(201, Step { body: Some(&granted), headers: &[], ..post }).await;
    let form = json!({ "subdomain": "acme", "delivery": "form" });
    tour.take(200, Step { verb: "put", path: DESK, body: Some(&form), headers: &[], ..post }).await;
    let coded = tour.take(201, Step { body: Some(&other), headers: &[], ..post }).await;
    assert!(coded["url"].as_str().unwrap().contains("/sso/handoff/"), "{coded}");
}
