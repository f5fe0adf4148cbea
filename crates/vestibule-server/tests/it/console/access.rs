//! Each page for everyone: nothing that axe-core finds, no complaint of the browser's, nothing from elsewhere, and light.

use super::{demo_by_name, signed_in};
use crate::{
    harness::{
        OPERATOR, Server,
        browser::{Browser, DESK, Wish},
        databases::Database,
    },
    python::python_of,
};

/// A tenant's pages.
const PAGES: [&str; 30] = [
    "/console/realms/acme",
    "/console/realms/acme/support",
    "/console/realms/acme/support/window?scope=all&hours=8",
    "/console/realms/acme/support/close",
    "/console/realms/acme/decide?kind=user&id=ada@acme.example&action=config:retrieve&resource_kind=config:plan&resource_id=P1",
    "/console/realms/acme/log",
    "/console/realms/acme/log/3",
    "/console/realms/acme/people",
    "/console/realms/acme/people?q=nobody",
    "/console/realms/acme/people/new",
    "/console/realms/acme/people/accounts/ada%40acme.example",
    "/console/realms/acme/people/change?account=ada@acme.example&account=sa::ci&act=delete",
    "/console/realms/acme/people/groups",
    "/console/realms/acme/people/roles",
    "/console/realms/acme/people/roles/new?name=x&statements=%5B%7B%22effect%22:%22allow%22,%22actions%22:%5B%22all%22%5D,%22resources%22:%5B%22*%22%5D%7D%5D",
    "/console/realms/acme/customers",
    "/console/realms/acme/customers/2210",
    "/console/realms/acme/customers/2210/grants/2214/take",
    "/console/realms/acme/customers/new",
    "/console/realms/acme/customers/2210/edit",
    "/console/realms/acme/customers/2210/purge",
    "/console/realms/acme/customers/2210/contacts/technical",
    "/console/realms/acme/customers/2210/contacts/billing",
    "/console/realms/acme/customers/2210/contacts/technical/remove",
    "/console/realms/acme/settings",
    "/console/realms/acme/settings/app",
    "/console/realms/acme/settings/passkey",
    "/console/realms/acme/settings/password",
    "/console/realms/acme/settings/realm",
    "/console/realms/acme/settings/realm/support-off",
];
/// Pages that are none, or not for whoever looks.
const REFUSED: [&str; 2] = ["/console/realms/acme/nope", "/console/realms/other"];
/// The first of these has the page of a thing whose id is made up.
const LISTS: [&str; 2] = ["groups", "roles"];
/// Most bytes of a page with its stylesheet and its script.
const WEIGHT_MAX: usize = 100_000;

/// What axe-core finds on the page that is open, by the rules of WCAG 2.2 AA and its own.
async fn violations(browser: &Browser, axe: &str) -> Vec<String> {
    browser.run(axe).await;
    let found = browser
        .run_to_end(
            "const done = arguments[arguments.length - 1]; axe.run().then((told) => done(told.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' | ')}`)));",
        )
        .await;
    found.as_array().unwrap().iter().map(ToString::to_string).collect()
}

/// The pages on which a group that is inside another goes in and out.
async fn nesting_pages(server: &Server) -> [String; 2] {
    let inner = server.post("/v1/realms/acme/groups", OPERATOR, r#"{"name":"night"}"#).await.expect(201)["id"].take();
    let groups = server.get("/v1/realms/acme/groups", OPERATOR).await.expect(200);
    let outer = groups["items"].as_array().unwrap().iter().find(|group| group["name"] == "operators").unwrap()["id"].clone();
    let (inner, outer) = (inner.as_str().unwrap(), outer.as_str().unwrap());
    let place = format!("/v1/realms/acme/groups/{outer}/groups/{inner}");
    server.request("PUT", &place).bearer(OPERATOR).send().await.expect_status(204);
    let page = format!("/console/realms/acme/people/groups/{outer}/inner");
    [format!("{page}?inner={inner}"), format!("{page}/{inner}/take")]
}

/// All of them, with the pages of a group and a role.
async fn pages(server: &Server) -> Vec<String> {
    let machine = r#"{"kind":"service","id":"sa::ci","name":"CI"}"#;
    server.post("/v1/realms/acme/accounts", OPERATOR, machine).await.expect(201);
    let mut pages: Vec<String> = PAGES.map(str::to_owned).into();
    pages.extend(nesting_pages(server).await);
    for list in LISTS {
        let items = server.get(&format!("/v1/realms/acme/{list}"), OPERATOR).await.expect(200);
        let id = items["items"][0]["id"].as_str().unwrap();
        pages.extend([format!("/console/realms/acme/people/{list}/{id}"), format!("/console/realms/acme/people/{list}/{id}/delete")]);
    }
    pages
}

async fn check(server: &Server, realm: &str, account: &str, pages: &[impl AsRef<str>], wish: Wish) {
    let axe = std::fs::read_to_string(python_of("VESTIBULE_TEST_AXE")).unwrap();
    let browser = signed_in(server, realm, account, wish).await;
    for page in pages.iter().map(AsRef::as_ref) {
        browser.go(page).await;
        let is_dark = browser.run("return matchMedia('(prefers-color-scheme: dark)').matches").await;
        assert_eq!(is_dark, wish.dark, "the browser is as it was wished for");
        assert_eq!(violations(&browser, &axe).await, Vec::<String>::new(), "{page} {wish:?}");
        // Browsers tell of a page that is refused, and of nothing else.
        let complaints = browser.complaints().await;
        assert_eq!(complaints.len(), usize::from(REFUSED.contains(&page)), "{page}: {complaints:?}");
        let loaded = browser.run("return performance.getEntriesByType('resource').map((one) => one.name)").await;
        let all_ours = loaded.as_array().unwrap().iter().all(|name| name.as_str().unwrap().starts_with(&super::origin(server)));
        assert!(all_ours, "{loaded}");
        let is_wider = browser.run("return document.documentElement.scrollWidth > document.documentElement.clientWidth").await;
        assert_eq!(is_wider, false, "{page} at {}", wish.width);
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_any_page_light_or_dark_wide_or_narrow() {
    let server = demo_by_name(Database::sqlite()).await;
    let pages = pages(&server).await;
    for wish in [DESK, Wish { dark: true, width: 360, ..DESK }] {
        check(&server, "acme", "ada@acme.example", &pages, wish).await;
        check(&server, "acme", "ada@acme.example", &REFUSED, wish).await;
        check(&server, "vendor", "mia.falk@here.com", &["/console", "/console/enter/acme", "/console/realms/vendor/settings"], wish).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_light_and_its_policy_lets_nothing_in() {
    let server = demo_by_name(Database::sqlite()).await;
    let weight = async |path: &str| server.request("GET", path).send().await.text().len();
    let files = weight("/console/style.css").await + weight("/console/script.js").await;
    let pages = pages(&server).await;
    let browser = signed_in(&server, "acme", "ada@acme.example", DESK).await;
    for page in &pages {
        browser.go(page).await;
        let bytes = browser.source().await.len() + files;
        assert!(bytes < WEIGHT_MAX, "{page}: {bytes}");
    }
    browser.close().await;
    let policy = server.request("GET", "/console/sign-in").send().await.header("content-security-policy").unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    server.stop().await;
}
