//! What a grant is good for (section 1): whoever holds one reads the cases, activities and attachments of another customer
//! and sends e-mails as it, for as long as the grant is in force; without one the parameter is refused.

use serde_json::{Value, json};
use vestibule_operations::{apply::Mode, manifest::Manifest};
use vestibule_server::dialects::egain::{document, negotiate::Media};

use super::{grant, refused, sent};
use crate::{
    harness::{
        ADA, BEN, EVE, Server, Start,
        databases::Database,
        egain::{self, CRM, GUS, SAL},
        http::Reply,
        on_both,
    },
    openapi::document::Document,
};

const BASE: &str = "/core/casemgr/v3";

/// A client that may act for customers, and addresses for two of them.
const ACTORS: &str = r#"
[[realms]]
id = "acme"
name = "Acme Widgets"
[[realms.accounts]]
id = "sa::proxy"
kind = "service"
permissions = ["customer:actAs"]
credentials = [{ type = "access-key", id = "proxyKey00000001", secret = "proxy-secret-0123456789" }]
[[realms.customers.list]]
id = "2210"
kind = "individual"
contacts = [{ type = "primary", first_name = "Dana", last_name = "Reyes", email = "dana@example.net", email_verified = true }]
[[realms.customers.list]]
id = "2214"
kind = "individual"
contacts = [{ type = "primary", first_name = "Ilse", last_name = "Brandt", email = "ilse@example.net", email_verified = true }]
"#;

/// A server on which 2210 has a case with an e-mail and a file, and 2240 of *Sales* a case; and Ilse (2214) is signed in.
struct Scene {
    server: Server,
    document: Document,
    case: String,
    activity: String,
    file: String,
    of_sales: String,
    ilse: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

pub async fn token(server: &Server, name: &str, scope: &str) -> String {
    let form = format!(
        "client_id=proxyKey00000001&client_secret=proxy-secret-0123456789&grant_type=password&subject_email={name}%40example.net&scope={scope}"
    );
    text(&server.request("POST", "/oauth/token").form(form).send().await.expect(200)["access_token"])
}

impl Scene {
    async fn set(start: Start, departments: bool) -> Self {
        let server = egain::run(start, departments).await;
        let actors = Manifest::parse(ACTORS, "actors.toml", &|_| Err("these tests keep secrets nowhere else".to_owned())).unwrap();
        server.operations.apply(&actors, Mode::Act).await.unwrap();
        let make =
            async |path: &str, body: Value| server.post(&format!("/v1/realms/acme/{path}"), ADA, &body.to_string()).await.expect(201);
        let case = text(&make("cases", json!({ "customer": "2210", "subject": "A <bill>" })).await["id"]);
        let of_sales = text(&make("cases", json!({ "customer": "2240", "subject": "An offer", "status": "closed" })).await["id"]);
        let file = json!({ "name": "bill.txt", "content_type": "text/plain", "content": "aGVsbG8=" });
        let said = json!({
            "customer": "2210", "case": case, "direction": "inbound", "subject": "A bill", "body": "See\nthis.", "attachments": [file],
        });
        let said = make("activities", said).await;
        let document = Document::of(document::document(&format!("http://{}", server.address)));
        let ilse = token(&server, "ilse", "core.casemgr.read+core.casemgr.manage").await;
        Self { case, of_sales, activity: text(&said["id"]), file: text(&said["attachments"][0]["id"]), document, ilse, server }
    }

    /// Each read of what is 2210's: its place in the document, its address, the parameter.
    fn reads(&self) -> [(&'static str, String, &'static str); 6] {
        let activity = &self.activity;
        [
            ("/case", String::new(), "customer"),
            ("/case/{ids}", format!("/case/{}", self.case), "customer"),
            ("/activity", String::new(), "customerID"),
            ("/activity/{ids}", format!("/activity/{activity}"), "customer"),
            ("/activity/{ids}/attachment", format!("/activity/{activity}/attachment"), "customer"),
            ("/activity/{ids}/attachment/{attachmentID}", format!("/activity/{activity}/attachment/{}", self.file), "customer"),
        ]
        .map(|(place, path, param)| (place, format!("{BASE}{}", if path.is_empty() { place } else { &path }), param))
    }

    async fn get(&self, place: &str, path: &str, token: &str) -> Reply {
        let reply = self.server.get(path, token).await;
        self.document.check("get", &format!("{BASE}{place}"), &reply);
        let xml = self.server.request("GET", path).bearer(token).header("accept", "application/xml").send().await;
        assert_eq!((xml.status, xml.header("content-type")), (reply.status, Some("application/xml")), "{path}");
        if reply.status == 200 {
            assert!(xml.text().contains(" xmlns=\"http://bindings.egain.com/ws/model/v12/gen/interaction/case\""), "{}", xml.text());
        }
        reply
    }

    /// Ilse may, or may not, read everything of 2210's and send e-mails as it.
    async fn check_ilse(&self, may: bool) {
        for (place, path, param) in self.reads() {
            let reply = self.get(place, &format!("{path}?{param}=2210"), &self.ilse).await;
            match may {
                true => reply.expect_status(200),
                false => refused(&reply, "400-244", &format!("'{param}'")),
            }
            // Without the parameter it sees its own: nothing of 2210's.
            let own = self.get(place, &path, &self.ilse).await;
            match place {
                "/case" | "/activity" => own.expect_status(204),
                _ => refused(&own, "404-100", &if place.starts_with("/case") { self.case.clone() } else { self.activity.clone() }),
            }
        }
        for path in ["/activity/email/general".to_owned(), format!("/activity/{}/email/general", self.activity)] {
            let body =
                if path.starts_with("/activity/email") { json!({ "subject": "Why?", "content": "x" }) } else { json!({ "content": "x" }) };
            let sent = self.server.post(&format!("{BASE}{path}?customer=2210"), &self.ilse, &body.to_string()).await;
            match may {
                true => sent.expect_status(201),
                false => refused(&sent, "400-244", "'customer'"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_opens_another_customers_cases_for_as_long_as_it_is_in_force() {
    on_both(|start| async {
        let scene = Scene::set(start, false).await;
        let status = async |id: &str, status: &str| {
            let body = json!({ "status": status }).to_string();
            scene.server.request("PATCH", &format!("/v1/realms/acme/customers/{id}")).bearer(ADA).json(body).send().await.expect(200)
        };
        scene.check_ilse(false).await;
        // The other way round opens nothing.
        grant(&scene.server, GUS, "2214", &["2210"]).await.expect_status(201);
        scene.check_ilse(false).await;
        grant(&scene.server, GUS, "2210", &["2214"]).await.expect_status(201);
        scene.check_ilse(true).await;
        status("2210", "suspended").await;
        scene.check_ilse(false).await;
        status("2210", "open").await;
        scene.check_ilse(true).await;
        status("2214", "suspended").await;
        let reply = scene.server.get(&format!("{BASE}/case?customer=2210"), &scene.ilse).await;
        refused(&reply, "401-101", "Authorization");
        status("2214", "open").await;
        scene.check_ilse(true).await;
        let path = "/core/customermgr/v3/customer/2210/grantedcustomer/2214";
        scene.server.delete(path, GUS).await.expect_status(204);
        scene.check_ilse(false).await;
        scene.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_between_departments_opens_nothing_once_they_are_kept_apart() {
    let scene = Scene::set(Start::on(Database::sqlite()), false).await;
    grant(&scene.server, CRM, "2210", &["2214"]).await.expect_status(201);
    let patch = async |path: &str, body: Value| {
        scene.server.request("PATCH", &format!("/v1/realms/acme/{path}")).bearer(ADA).json(body.to_string()).send().await.expect(200)
    };
    patch("customers/2214", json!({ "department": "Sales" })).await;
    scene.check_ilse(true).await;
    let settings = "/v1/realms/acme/customer-settings";
    let on = json!({ "departmentalization": true, "force": true }).to_string();
    scene.server.request("PUT", settings).bearer(ADA).json(on).send().await.expect(200);
    scene.check_ilse(false).await;
    patch("customers/2214", json!({ "department": "Service" })).await;
    scene.check_ilse(true).await;
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_for_another_links_to_what_is_read_for_it() {
    let scene = Scene::set(Start::on(Database::sqlite()), false).await;
    grant(&scene.server, GUS, "2210", &["2214"]).await.expect_status(201);
    let (case, activity, file) = (&scene.case, &scene.activity, &scene.file);
    let reply = scene.get("/case", &format!("{BASE}/case?customer=2210"), &scene.ilse).await.expect(200);
    let expected = json!({
        "case": [{
            "link": [
                { "rel": "self", "href": format!("{BASE}/case/{case}?customer=2210") },
                { "rel": "activities", "href": format!("{BASE}/activity?case={case}&customerID=2210") },
            ],
            "subject": "A <bill>", "status": { "value": "open" }, "customer": { "id": "2210" },
            "created": reply["case"][0]["created"], "id": case,
        }],
        "paginationInfo": { "count": 1, "pagenum": 1, "pagesize": 25 },
    });
    assert_eq!(reply, expected);
    for link in reply["case"][0]["link"].as_array().unwrap() {
        scene.server.get(link["href"].as_str().unwrap(), &scene.ilse).await.expect_status(200);
    }
    let path = format!("/realms/acme{BASE}/activity/{activity}/attachment/{file}?customer=2210");
    let read = scene.server.get(&path, &scene.ilse).await.expect(200);
    assert_eq!(
        read,
        json!({ "link": [{ "rel": "self", "href": path }], "name": "bill.txt", "contentType": "text/plain", "size": 5,
        "content": "aGVsbG8=", "id": file })
    );
    let body = json!({ "case": { "id": case }, "subject": "Why?", "content": "x" }).to_string();
    let made = scene.server.post(&format!("{BASE}/activity/email/general?customer=2210"), &scene.ilse, &body).await;
    let place = made.header("location").unwrap().to_owned();
    assert!(made.status == 201 && place.ends_with("?customer=2210"), "{place}");
    let kept = scene.server.get(&place, &scene.ilse).await.expect(200);
    let kept = &kept["activity"][0];
    assert_eq!((&kept["mode"]["value"], &kept["case"]["id"], &kept["customer"]["id"]), (&json!("inbound"), &json!(case), &json!("2210")));
    let events = scene.server.get("/v1/realms/acme/audit/events?limit=1", ADA).await.expect(200);
    let size = events["size"].as_u64().unwrap();
    let event = scene.server.get(&format!("/v1/realms/acme/audit/events/{}", size - 1), ADA).await.expect(200)["event"].take();
    assert_eq!((&event["action"], &event["actor"]["kind"]), (&json!("activity.created"), &json!("customer")), "{event}");
    assert!(event.to_string().contains("customer-2214") && event["acting_for"]["id"] == "2210", "{event}");
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_and_clients_filter_searches_and_may_not_name_a_customer_elsewhere() {
    let scene = Scene::set(Start::on(Database::sqlite()), true).await;
    let count = async |path: &str, token: &str| {
        let reply = scene.get(path.split('?').next().unwrap(), &format!("{BASE}{path}"), token).await;
        if reply.status == 204 { 0 } else { reply.expect(200)["paginationInfo"]["count"].as_u64().unwrap() }
    };
    for (path, gus, sal, crm) in [
        ("/case", 1, 2, 2),
        ("/case?customer=2210", 1, 1, 1),
        ("/case?customer=2240", 0, 1, 1),
        ("/case?status=closed", 0, 1, 1),
        ("/activity?customerID=2210", 1, 1, 1),
        ("/activity?customerID=2214", 0, 0, 0),
        ("/case?$pagenum=9", 0, 0, 0),
    ] {
        assert_eq!((count(path, GUS).await, count(path, SAL).await, count(path, CRM).await), (gus, sal, crm), "{path}");
    }
    for (place, path, param) in scene.reads() {
        for token in [GUS, CRM] {
            let reply = scene.get(place, &format!("{path}?{param}=2210"), token).await;
            match place {
                "/case" | "/activity" => reply.expect_status(200),
                _ => refused(&reply, "400-101", "'customer'"),
            }
            scene.get(place, &path, token).await.expect_status(200);
        }
        refused(&scene.get(place, &path, BEN).await, "403-178", "View Agent Console");
        refused(&scene.get(place, &format!("{path}?x=1"), GUS).await, "400-101", "'x'");
        assert!([204, 404].contains(&scene.get(place, &path, EVE).await.status), "another realm's customers are nobody's here");
    }
    refused(&scene.get("/case/{ids}", &format!("{BASE}/case/{}", scene.of_sales), GUS).await, "403-178", "");
    refused(&scene.get("/case/{ids}", &format!("{BASE}/case/{},9,x", scene.case), GUS).await, "404-100", "9, x");
    let ranged = scene.get("/case", &format!("{BASE}/case?$rangestart=2&$rangesize=1"), SAL).await.expect(200);
    assert_eq!((&ranged["case"][0]["id"], ranged.get("paginationInfo")), (&json!(scene.of_sales), None));
    for (query, code) in
        [("$pagenum=1&$rangesize=1", "400-120"), ("status=shut", "400-102"), ("customer=x", "400-244"), ("$pagesize=76", "400-244")]
    {
        refused(&scene.get("/case", &format!("{BASE}/case?{query}"), GUS).await, code, "");
    }
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_is_kept_in_either_form_or_refused_by_rule() {
    let scene = Scene::set(Start::on(Database::sqlite()), true).await;
    let path = format!("{BASE}/activity/email/general");
    let post = async |token: &str, media: Media, body: &str| {
        let reply = sent(scene.server.request("POST", &path).bearer(token), media, body).send().await;
        scene.document.check("post", &path, &reply);
        reply
    };
    let namespace = "http://bindings.egain.com/ws/model/v12/gen/interaction/case";
    let xml =
        format!("<activity xmlns=\"{namespace}\"><content>Hi &amp; bye</content><customer id=\"2210\"/><subject>Bill</subject></activity>");
    for (token, media, body) in
        [(GUS, Media::Json, r#"{"customer":{"id":2210},"subject":"Bill","content":"Hi & bye"}"#), (CRM, Media::Xml, xml.as_str())]
    {
        let made = post(token, media, body).await;
        assert_eq!((made.status, made.header("content-type")), (201, Some(media.as_str())), "{}", made.text());
        let kept = scene.get("/activity/{ids}", made.header("location").unwrap(), GUS).await.expect(200);
        assert_eq!((&kept["activity"][0]["mode"]["value"], &kept["activity"][0]["content"]), (&json!("outbound"), &json!("Hi & bye")));
    }
    let own = json!({ "subject": "x", "content": "" }).to_string();
    let made = post(&scene.ilse, Media::Json, &own).await;
    assert_eq!(scene.get("/activity", &format!("{BASE}/activity"), &scene.ilse).await.expect(200)["paginationInfo"]["count"], 1);
    assert!(!made.header("location").unwrap().contains('?'));
    for (token, body, code, told) in [
        (GUS, json!({ "subject": "x", "content": "" }), "400-146", "'customer'"),
        (GUS, json!({ "customer": {}, "subject": "x", "content": "" }), "400-146", "'customer.id'"),
        (GUS, json!({ "customer": { "id": "9" }, "subject": "x", "content": "" }), "400-194", "'9'"),
        (GUS, json!({ "customer": { "id": "2240" }, "subject": "x", "content": "" }), "403-178", "Edit Customer"),
        (BEN, json!({ "customer": { "id": "2210" }, "subject": "x", "content": "" }), "403-178", "Edit Customer"),
        (GUS, json!({ "customer": { "id": "2210" }, "subject": "", "content": "" }), "400-387", "'subject'"),
        (GUS, json!({ "customer": { "id": "2210" }, "subject": "a\nb", "content": "" }), "400-152", "'subject'"),
        (GUS, json!({ "customer": { "id": "2210" }, "subject": "x", "content": "y".repeat(32_769) }), "400-152", "'content'"),
        (GUS, json!({ "customer": { "id": "2210" }, "case": { "id": scene.of_sales }, "subject": "x", "content": "" }), "400-194", ""),
        (&*scene.ilse, json!({ "customer": { "id": "2214" }, "subject": "x", "content": "" }), "400-147", "'customer'"),
    ] {
        refused(&post(token, Media::Json, &body.to_string()).await, code, told);
    }
    refused(&post(GUS, Media::Json, "").await, "400-264", "");
    let answer = format!("{BASE}/activity/{}/email/general", scene.activity);
    let made = scene.server.post(&answer, GUS, r#"{"content":"We looked into it."}"#).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let kept = scene.get("/activity/{ids}", made.header("location").unwrap(), GUS).await.expect(200)["activity"][0].take();
    assert_eq!((&kept["subject"], &kept["case"]["id"]), (&json!("Re: A bill"), &json!(scene.case)));
    let two = format!("{BASE}/activity/{},{}/email/general", scene.activity, text(&kept["id"]));
    refused(&scene.server.post(&two, GUS, r#"{"content":""}"#).await, "400-108", "");
    refused(&scene.server.post(&format!("{BASE}/activity/9/email/general"), GUS, r#"{"content":""}"#).await, "404-100", "9");
    scene.server.stop().await;
}
