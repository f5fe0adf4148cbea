//! Accounts (section 4.1): listed, shown, changed, purged.

use serde_json::{Value, json};

use super::{ADMIN, APP, BEN, EVE, delete, faults, forbidden, get, not_found, put, refused, request, server};
use crate::harness::{Server, hostway, on_both};

async fn list(server: &Server, query: &str) -> Value {
    get(server, &format!("/accounts{query}"), ADMIN).await.expect(200)
}

fn numbers(page: &Value) -> Vec<&str> {
    page["list"].as_array().unwrap().iter().map(|one| one["accountNumber"].as_str().unwrap()).collect()
}

fn rels(server: &Server, page: &Value) -> Vec<(String, String)> {
    let base = format!("http://{}", server.address);
    let links = page["links"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    links.map(|link| (text(&link["rel"]), text(&link["href"]).strip_prefix(&base).unwrap().to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_listed_by_status_and_by_page() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        let all = list(&server, "").await;
        let first = json!({
            "status": "open", "accountNumber": "acct-515393", "createdDate": "2027-01-15", "currency": "USD",
            "links": [{ "href": format!("http://{}/accounts/acct-515393", server.address), "rel": "self" }],
        });
        assert_eq!(all["list"][0], first);
        // What has no number is no account.
        assert_eq!(numbers(&all), ["acct-515393", "acct-2", "acct-3"]);
        let links = |page: &Value| rels(&server, page);
        let link = |rel: &str, href: &str| (rel.to_owned(), href.to_owned());
        assert_eq!(links(&all), [link("self", "/accounts"), link("last", "/accounts?page=1&pageSize=100")]);
        for (status, expected) in [("open", &["acct-515393", "acct-2"][..]), ("suspended", &["acct-3"]), ("pending", &[]), ("closed", &[])]
        {
            let page = list(&server, &format!("?filterStatus={status}")).await;
            assert_eq!(numbers(&page), expected, "{status}");
            assert_eq!(links(&page)[0], link("self", &format!("/accounts?filterStatus={status}")));
        }
        let first = list(&server, "?page=1&pageSize=2&filterStatus=open&more=1").await;
        assert_eq!(numbers(&first), ["acct-515393", "acct-2"]);
        let at = |page: u8| format!("/accounts?filterStatus=open&page={page}&pageSize=2");
        assert_eq!(links(&first), [link("self", &at(1)), link("last", &at(1))]);
        let halves = |page: u8| format!("/accounts?page={page}&pageSize=2");
        let first = list(&server, "?page=1&pageSize=2").await;
        assert_eq!(links(&first), [link("self", &halves(1)), link("next", &halves(2)), link("last", &halves(2))]);
        let second = list(&server, "?page=2&pageSize=2").await;
        assert_eq!((numbers(&second), links(&second)), (vec!["acct-3"], vec![link("self", &halves(2)), link("last", &halves(2))]));
        assert_eq!(numbers(&list(&server, "?page=9223372036854775807&pageSize=1000").await), [] as [&str; 0]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_list_that_cannot_be_meant_is_refused_by_its_field() {
    let server = server().await;
    for (query, field, reason) in [
        ("?page=1", "pageSize", "Required"),
        ("?pageSize=1", "page", "Required"),
        ("?page=0&pageSize=1", "page", "is outside 1 to 9223372036854775807"),
        ("?page=1&pageSize=0", "pageSize", "is outside 1 to 1000"),
        ("?page=1&pageSize=1001", "pageSize", "is outside 1 to 1000"),
        ("?page=1&pageSize=%2B1", "pageSize", "is outside 1 to 1000"),
        ("?page=x&pageSize=1", "page", "is outside 1 to 9223372036854775807"),
        ("?filterStatus=Open", "filterStatus", "is not one of the values known here: pending, open, suspended, closed"),
        ("?filterStatus=", "filterStatus", "is not one of the values known here: pending, open, suspended, closed"),
        ("?filterStatus=open&filterStatus=open", "filterStatus", "is given more than once"),
    ] {
        let reply = get(&server, &format!("/accounts{query}"), ADMIN).await;
        assert_eq!(faults(&reply), json!({ field: reason }), "{query}");
    }
    for (media, status) in [("application/json", 200), ("application/json; charset=UTF-8", 200), ("text/xml", 415)] {
        let reply = request(&server, "GET", "/accounts", ADMIN).header("content-type", media).send().await;
        assert_eq!(reply.status, status, "{media}");
    }
    for who in [APP, BEN] {
        // Rights on some accounts are none on all.
        forbidden(&get(&server, "/accounts", who).await);
    }
    assert_eq!(numbers(&get(&server, "/accounts", EVE).await.expect(200)), ["acct-of-other"]);
    server.stop().await;
}

#[tokio::test]
async fn an_account_is_shown_with_what_hangs_on_it() {
    let server = server().await;
    for (path, below) in
        [("/accounts/acct-515393", ""), ("/partnerAccounts/partner-7", ""), ("/realms/acme/accounts/acct-515393", "/realms/acme")]
    {
        let reply = get(&server, path, APP).await;
        let base = format!("http://{}{below}", server.address);
        let related = |name: &str| json!([{ "href": format!("{base}/accounts/acct-515393/{name}"), "rel": "related" }]);
        let mut expected = json!({
            "accountNumber": "acct-515393", "createdDate": "2027-01-15", "currency": "USD", "status": "open",
            "links": [{ "href": format!("http://{}{path}", server.address), "rel": "self" }],
        });
        for name in
            ["paymentInfo", "products", "exchange", "dedicatedServers", "contacts", "email", "domains", "attributes", "flexcloud", "users"]
        {
            expected[name] = related(name);
        }
        assert_eq!(reply.expect(200), expected, "{path}");
        assert_eq!(reply.header("content-type"), Some("application/json; charset=UTF-8"));
        assert!(reply.text().starts_with(r#"{"accountNumber":"acct-515393","createdDate":"#), "{}", reply.text());
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_opened_suspended_closed_and_purged_by_whoever_may() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        for path in ["/accounts/acct-515393", "/partnerAccounts/partner-7"] {
            for status in ["closed", "suspended", "open", "open"] {
                let reply = put(&server, path, ADMIN, &json!({ "status": status })).await;
                assert_eq!((reply.status, reply.body.len()), (204, 0), "{path} {status}");
                assert_eq!(get(&server, path, ADMIN).await.expect(200)["status"], status);
                // Whoever lacks the elevated right no longer sees it while it is shut.
                assert_eq!(get(&server, path, APP).await.status, if status == "open" { 200 } else { 403 }, "{path} {status}");
            }
            for body in [json!({ "status": "pending" }), json!({ "status": "Open" }), json!({ "status": 1 }), json!({})] {
                assert_eq!(faults(&put(&server, path, ADMIN, &body).await).as_object().unwrap().keys().next().unwrap(), "status");
            }
            forbidden(&put(&server, path, APP, &json!({ "status": "closed" })).await);
            forbidden(&delete(&server, path, APP).await);
        }
        not_found(&put(&server, "/accounts/nobodys", ADMIN, &json!({ "status": "open" })).await);
        let reply = delete(&server, "/partnerAccounts/partner-7", ADMIN).await;
        assert_eq!((reply.status, reply.body.len()), (204, 0));
        for path in ["/accounts/acct-515393", "/partnerAccounts/partner-7"] {
            not_found(&delete(&server, path, ADMIN).await);
            not_found(&get(&server, path, ADMIN).await);
            not_found(&put(&server, path, ADMIN, &json!({ "status": "open" })).await);
        }
        for below in ["/contacts", "/contacts/technical", "/contacts/technical/supportSSOLink", "/users"] {
            not_found(&get(&server, &format!("/accounts/acct-515393{below}"), ADMIN).await);
        }
        assert_eq!(numbers(&list(&server, "").await), ["acct-2", "acct-3"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_name_that_cannot_be_one_is_nobodys() {
    let server = server().await;
    let long = "x".repeat(8_000);
    for name in
        ["%ff", "%00", "a%00b", "%zz", "..", "%2e%2e", "%2f", "acct-515393%20", "ACCT-515393", "'", "*", "%C3%BC", "7001", "7004", &long]
    {
        for path in [format!("/accounts/{name}"), format!("/accounts/{name}/contacts"), format!("/partnerAccounts/{name}")] {
            not_found(&get(&server, &path, ADMIN).await);
        }
        not_found(&get(&server, &format!("/accounts/acct-515393/contacts/{name}"), ADMIN).await);
        not_found(&get(&server, &format!("/accounts/acct-515393/contacts/{name}/supportSSOLink"), ADMIN).await);
    }
    // Nothing else is served below an account, and nobody is asked who they are there.
    for path in [
        "/accounts/",
        "/accounts/acct-515393/",
        "/accounts/acct-515393/products",
        "/accounts/a/b/c/d/e",
        "/partnerAccounts",
        "/partnerAccounts/x/y",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            not_found(&server.request(method, path).send().await);
        }
    }
    let reply = server.request("PATCH", "/accounts/acct-515393").send().await;
    refused(&reply, 405, "badMethod", "Method not allowed");
    server.stop().await;
}
