//! Rules that the order of checks does not show (sections 2 and 6): ids of paths, details, departments, who may.

use serde_json::json;
use vestibule_server::dialects::egain::negotiate::Media::{Json, Xml};

use super::{GRANT, OLD_GRANT, grant, grants, refused, sent, server};
use crate::harness::{
    ADA, BEN, EVE, Server, Start,
    egain::{self, BARRED, CRM, CROWD, GUS, SAL, inside, told},
    on_both,
};

const BASE: &str = "/core/customermgr/v3/customer";

/// The ids of the crowd, from one on.
fn crowd(from: u32, count: u32) -> Vec<String> {
    (from..from + count).map(|n| (CROWD + n).to_string()).collect()
}

async fn open(server: &Server, token: &str, on: &str, to: &[String]) -> crate::harness::http::Reply {
    grant(server, token, on, &to.iter().map(String::as_str).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn ids_of_a_path_that_name_nothing_are_told_of() {
    let server = server(false).await;
    let (most, over) = ("9".repeat(255), "9".repeat(256));
    for (id, code) in [
        ("9", "404-100"),
        ("abc", "404-100"),
        ("%00", "404-100"),
        ("-1", "404-100"),
        ("02210", "404-100"),
        (&*most, "404-100"),
        (&*over, "400-108"),
    ] {
        for token in [ADA, CRM] {
            refused(&server.get(&format!("{BASE}/{id}/grants"), token).await, code, "");
            refused(&server.delete(&format!("{BASE}/2210/grantedcustomer/{id}"), token).await, code, "");
            refused(&server.delete(&format!("{BASE}/{id}/grantedcustomer/2210"), token).await, code, "");
        }
        // Whoever may nothing is told that before anything is looked up.
        refused(&server.get(&format!("{BASE}/{id}/grants"), BEN).await, "403-178", "View Agent Console");
        refused(&server.delete(&format!("{BASE}/2210/grantedcustomer/{id}"), BEN).await, "403-178", "Edit Customer");
        // On the older surface unknown ids of the body come first.
        for (to, code) in [("9", "400-194"), ("2214", code)] {
            let request = server.request("DELETE", &format!("/ws/v12/interaction/customer/{id}/grant")).bearer(GUS);
            refused(&sent(request, Xml, &grants(&[], &[to], Xml)).send().await, code, "");
        }
    }
    refused(&server.delete(&format!("{BASE}/9/grantedcustomer/8"), GUS).await, "404-100", "'9, 8'");
    server.stop().await;
}

#[tokio::test]
async fn a_refusal_of_a_grant_says_who_and_why_in_both_forms() {
    let server = server(true).await;
    open(&server, CRM, "2210", &crowd(0, 75)).await.expect_status(201);
    for (on, to, code, path, details) in [
        ("2210", "2300", "400-152", "grantsTo.customer.id", &[("customer.id", "2300"), ("reason", "not_individual")]),
        ("2301", "2210", "400-152", "grantsOn.customer.id", &[("customer.id", "2301"), ("reason", "not_individual")]),
        ("2210", "2210", "400-152", "grantsTo.customer.id", &[("customer.id", "2210"), ("reason", "same_customer")]),
        ("2210", "2240", "400-152", "grantsTo.customer.id", &[("customer.id", "2240"), ("reason", "department_mismatch")]),
        ("2210", "3075", "400-10424", "grantsOn.customer", &[("customer.id", "2210"), ("limit", "75")]),
    ] {
        let ask = |media| sent(server.request("POST", GRANT).bearer(CRM), media, &grants(&[on], &[to], media));
        let reply = ask(Json).send().await;
        refused(&reply, code, &format!("'{path}'"));
        let listed: Vec<_> = details.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
        assert_eq!(reply.json()["details"], json!(listed));
        let reply = ask(Xml).send().await;
        refused(&reply, code, &format!("'{path}'"));
        let listed: String =
            details.iter().map(|(key, value)| format!("<details><key>{key}</key><value>{value}</value></details>")).collect();
        assert!(reply.text().contains(&listed), "{}", reply.text());
        assert_eq!(inside(&reply.text(), "userMessage"), None, "nobody asked for it");
    }
    server.stop().await;
}

#[tokio::test]
async fn both_limits_hold_and_what_is_there_does_not_count() {
    on_both(|start| async {
        let server = egain::run(start, false).await;
        // One more than the rest leaves room for, and nothing is written.
        open(&server, GUS, "2210", &crowd(0, 74)).await.expect_status(201);
        refused(&open(&server, GUS, "2210", &crowd(74, 2)).await, "400-10424", "'grantsOn.customer'");
        open(&server, GUS, "2210", &crowd(73, 2)).await.expect_status(201);
        refused(&open(&server, GUS, "2210", &crowd(75, 1)).await, "400-10424", "'grantsOn.customer'");
        open(&server, GUS, "2210", &crowd(0, 75)).await.expect_status(201);
        for n in 0..75 {
            open(&server, GUS, &(CROWD + n).to_string(), &["2214".to_owned()]).await.expect_status(201);
        }
        let reply = open(&server, GUS, "3075", &["2231".to_owned(), "2214".to_owned()]).await;
        refused(&reply, "400-10424", "'grantsTo.customer'");
        assert_eq!(reply.json()["details"][0], json!({ "key": "customer.id", "value": "2214" }));
        server.get(&format!("{BASE}/2231/grants"), GUS).await.expect_status(204);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn departments_bind_people_and_not_programs() {
    let server = server(true).await;
    // Ada may everything and sits nowhere.
    refused(&grant(&server, ADA, "2210", &["2214"]).await, "403-178", "Edit Customer");
    grant(&server, GUS, "2210", &["2214"]).await.expect_status(201);
    for (token, id, code) in [
        (GUS, "2210", None),
        (GUS, "2240", Some("403-178")),
        (SAL, "2210", None),
        (SAL, "2240", None),
        (CRM, "2240", None),
        (ADA, "2210", Some("403-178")),
    ] {
        let reply = server.get(&format!("{BASE}/{id}/grants"), token).await;
        match code {
            Some(code) => refused(&reply, code, "View Agent Console"),
            None => assert!([200, 204].contains(&reply.status), "{}", reply.text()),
        }
    }
    refused(&server.delete(&format!("{BASE}/2210/grantedcustomer/2240"), GUS).await, "403-178", "");
    refused(&server.delete(&format!("{BASE}/2210/grantedcustomer/2240"), SAL).await, "400-127", "");
    server.delete(&format!("{BASE}/2210/grantedcustomer/2214"), SAL).await.expect_status(204);
    // Each refusal of access is told of in the log.
    let page = server.get("/v1/realms/acme/audit/events?outcome=denied&limit=100", ADA).await.expect(200);
    let reasons: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| item["event"]["reason"]["code"].clone()).collect();
    assert_eq!(reasons, vec![json!("outside_department"); 4]);
    server.stop().await;
}

#[tokio::test]
async fn programs_need_no_right_and_keep_to_what_is_denied_them() {
    let server = server(false).await;
    grant(&server, BARRED, "2210", &["2231"]).await.expect_status(201);
    refused(&grant(&server, BARRED, "2210", &["2231", "2214"]).await, "403-178", "Edit Customer");
    refused(&grant(&server, BARRED, "2214", &["2231"]).await, "403-178", "Edit Customer");
    server.get(&format!("{BASE}/2214/grants"), BARRED).await.expect_status(204);
    refused(&grant(&server, BEN, "2210", &["2231"]).await, "403-178", "Edit Customer");
    server.stop().await;
}

#[tokio::test]
async fn a_strangers_realm_is_not_there() {
    let server = server(false).await;
    refused(&server.get("/realms/acme/core/customermgr/v3/customer/2210/grants", EVE).await, "404-100", "realm");
    refused(&server.get("/realms/nobodys/core/customermgr/v3/customer/2210/grants", EVE).await, "404-100", "realm");
    refused(&server.get(&format!("{BASE}/2210/grants"), EVE).await, "404-100", "'2210'");
    refused(&grant(&server, EVE, "2210", &["2214"]).await, "400-194", "'2210, 2214'");
    server.stop().await;
}

#[tokio::test]
async fn users_and_programs_have_no_grants_of_their_own() {
    let server = server(false).await;
    refused(&server.get(&format!("{BASE}/grants"), GUS).await, "403-112", "User may not call this URL");
    refused(&server.get(&format!("{BASE}/grants"), CRM).await, "403-112", "Client application may not call this URL");
    server.stop().await;
}

#[tokio::test]
async fn a_credential_that_is_not_good_is_named_by_its_header() {
    let server = server(false).await;
    for (path, header, value, named) in [
        (GRANT, "x-request-id", "1", "'Authorization'"),
        (GRANT, "authorization", "Bearer nobody", "'Authorization'"),
        (GRANT, "authorization", "Basic YTpi", "'Authorization'"),
        (OLD_GRANT, "x-request-id", "1", "'X-egain-session'"),
        (OLD_GRANT, "x-egain-session", "nobody", "'X-egain-session'"),
        (OLD_GRANT, "authorization", "Bearer nobody", "'Authorization'"),
    ] {
        let reply = server.request("POST", path).header(header, value).send().await;
        refused(&reply, "401-101", named);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    server.stop().await;
}

#[tokio::test]
async fn queries_are_refused_by_all_their_names() {
    let server = server(false).await;
    for path in [GRANT, OLD_GRANT, "/core/customermgr/v3/customer/2210/grants", "/core/customermgr/v3/customer/2210/grantedcustomer/2214"] {
        let method = if path.ends_with("grants") {
            "GET"
        } else if path.ends_with("2214") {
            "DELETE"
        } else {
            "POST"
        };
        let reply = server.request(method, &format!("{path}?b=1&%24a&b=2&zz=%ff")).bearer(GUS).send().await;
        refused(&reply, "400-101", "'b, $a, zz'");
        let long = format!("{path}?{}=1", "x".repeat(4_000));
        let reply = server.request(method, &long).bearer(GUS).send().await;
        assert_eq!(told(&reply).1.chars().count(), 255);
    }
    server.stop().await;
}

#[tokio::test]
async fn suspended_customers_keep_their_grants_and_purged_ones_do_not() {
    let server = egain::run(Start::on(crate::harness::databases::Database::sqlite()), false).await;
    grant(&server, GUS, "2210", &["2214", "2231"]).await.expect_status(201);
    server.delete("/v1/realms/acme/customers/2231", ADA).await.expect_status(204);
    let shown = server.get(&format!("{BASE}/2210/grants"), GUS).await.expect(200);
    assert_eq!(shown["grantsTo"]["customer"].as_array().unwrap().len(), 1);
    refused(&server.get(&format!("{BASE}/2231/grants"), GUS).await, "404-100", "'2231'");
    refused(&grant(&server, GUS, "2210", &["2231"]).await, "400-194", "'2231'");
    let suspended = server.request("PATCH", "/v1/realms/acme/customers/2214").bearer(ADA).json(r#"{"status":"suspended"}"#).send().await;
    suspended.expect(200);
    let shown = server.get(&format!("{BASE}/2210/grants"), GUS).await.expect(200);
    assert_eq!(shown["grantsTo"]["customer"][0]["id"], "2214", "what is not in force is shown");
    server.stop().await;
}
