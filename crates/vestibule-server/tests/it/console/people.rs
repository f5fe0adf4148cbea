//! People and machines, clicked: found, made, given what they need, changed together after a look, and shown what they may do.

use serde_json::{Value, json};

use super::{demo, signed_in};
use crate::harness::{
    OPERATOR, Server,
    browser::{Browser, DESK, Wish},
    databases::Database,
    on_both,
};

const ACCOUNTS: &str = "/v1/realms/acme/accounts";
const GROUPS: &str = "/v1/realms/acme/groups";

async fn machine(server: &Server, name: &str) {
    let body = json!({ "kind": "service", "id": name, "name": name }).to_string();
    server.post(ACCOUNTS, OPERATOR, &body).await.expect(201);
}

async fn rights(server: &Server, id: &str) -> Value {
    server.get(&format!("{ACCOUNTS}/{id}/rights"), OPERATOR).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_gets_a_token_that_works_until_it_is_revoked() {
    on_both(|start| async move { give_and_revoke(start.database, DESK).await }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_gets_its_token_without_script() {
    give_and_revoke(Database::sqlite(), Wish { script: false, ..DESK }).await;
}

async fn give_and_revoke(database: Database, wish: Wish) {
    let server = demo(database).await;
    let admin = signed_in(&server, "acme", "ada@acme.example", wish).await;
    admin.press("People and machines").await;
    admin.press("Add somebody").await;
    admin.fill("#name", "night shift").await;
    admin.press("Make the account").await;
    admin.says("Please look again. “Name”").await;
    admin.fill("#name", "ci").await;
    admin.press("Make the account").await;
    admin.says("Made.").await;
    admin.says("Nothing: nobody can sign in with it.").await;

    admin.fill("#name", "deploy").await;
    admin.press("Make one").await;
    admin.says("It is shown this once and never again.").await;
    let token = admin.source().await.split("id=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    admin.press("I have kept it").await;
    admin.says("deploy").await;
    assert!(!admin.source().await.contains(&token), "it is shown once");
    let known = async || server.get(ACCOUNTS, &token).await.status;
    assert_eq!(known().await, 403, "it proves an account that may do nothing");

    admin.click("a[href$='/revoke']").await;
    admin.says("Token deploy: it proves nothing from the next request on").await;
    assert_eq!(known().await, 403, "asking takes nothing away");
    admin.press("Revoke").await;
    admin.says("Revoked. It proves nothing any more.").await;
    assert_eq!(known().await, 401);
    admin.close().await;
    server.stop().await;
}

/// The page of what was just made, and its id.
async fn made(browser: &Browser) -> (String, String) {
    let page = browser.place().await.split('?').next().unwrap().to_owned();
    let id = page.rsplit('/').next().unwrap().to_owned();
    (page, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_changed_at_once_after_a_look_at_whom() {
    on_both(|start| async move { change_many(start.database, DESK).await }).await;
}

async fn change_many(database: Database, wish: Wish) {
    let server = demo(database).await;
    for name in ["sa::one", "sa::two", "sa::three"] {
        machine(&server, name).await;
    }
    let admin = signed_in(&server, "acme", "ada@acme.example", wish).await;
    admin.go("/console/realms/acme/people/groups").await;
    admin.fill("#name", "night").await;
    admin.press("Make a group").await;
    admin.says("Nobody is in it.").await;
    let (group, group_id) = made(&admin).await;
    admin.go("/console/realms/acme/people/roles/new").await;
    admin.fill("#name", "reader").await;
    admin.press("Show what it says").await;
    admin.says("config:retrieve").await;
    admin.press("Keep it").await;
    admin.says("Made.").await;
    let (_, role_id) = made(&admin).await;

    admin.go(&group).await;
    admin.click(&format!("#role option[value='{role_id}']")).await;
    admin.press("See what changes").await;
    admin.says("Give reader").await;
    admin.says("It changes for everybody in night").await;
    admin.press("Do it").await;
    admin.says("Changed.").await;

    admin.go("/console/realms/acme/people?kind=service").await;
    for id in ["sa::one", "sa::two"] {
        admin.click(&format!("input[value='{id}']")).await;
    }
    admin.click(&format!("#act option[value='join:{group_id}']")).await;
    admin.press("See what changes").await;
    admin.says("2 accounts change, all of them or none.").await;
    admin.says("comes into night").await;
    assert_eq!(rights(&server, "sa::one").await["sources"], json!([]), "looking changes nothing");
    admin.press("Do it").await;
    admin.says("Changed.").await;
    for (id, paths) in [("sa::one", 1), ("sa::two", 1), ("sa::three", 0)] {
        assert_eq!(rights(&server, id).await["sources"].as_array().unwrap().len(), paths, "{id}");
    }
    admin.go("/console/realms/acme/people/accounts/sa%3A%3Aone").await;
    admin.says("group night → role reader").await;

    // Ada would shut herself out, and one name is nobody's: they stay, and the page says why.
    admin.go("/console/realms/acme/people/change?account=sa::one&account=sa::two&account=ada@acme.example&account=nobody&act=delete").await;
    admin.says("goes for good").await;
    admin.says("ada@acme.example: your own account").await;
    admin.says("nobody: no account goes by this").await;
    admin.press("Do it").await;
    admin.says("Gone for good.").await;
    for (id, status) in [("sa::one", 404), ("sa::two", 404), ("sa::three", 200), ("ada@acme.example", 200)] {
        assert_eq!(server.get(&format!("{ACCOUNTS}/{id}"), OPERATOR).await.status, status, "{id}");
    }
    admin.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_goes_into_another_after_a_look_and_out_again() {
    put_in_and_take_out(Database::sqlite(), DESK).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_nested_without_script() {
    put_in_and_take_out(Database::sqlite(), Wish { script: false, ..DESK }).await;
}

async fn put_in_and_take_out(database: Database, wish: Wish) {
    let server = demo(database).await;
    machine(&server, "sa::one").await;
    let made = async |name: &str| {
        let group = server.post(GROUPS, OPERATOR, &json!({ "name": name }).to_string()).await.expect(201);
        group["id"].as_str().unwrap().to_owned()
    };
    let (operators, night, late) = (operators(&server).await, made("night").await, made("late").await);
    for place in [format!("{late}/members/sa::one"), format!("{night}/groups/{late}")] {
        server.request("PUT", &format!("{GROUPS}/{place}")).bearer(OPERATOR).send().await.expect_status(204);
    }
    let ways = async || rights(&server, "sa::one").await["sources"].as_array().unwrap().len();
    let admin = signed_in(&server, "acme", "ada@acme.example", wish).await;
    let page = |id: &str| format!("/console/realms/acme/people/groups/{id}");
    admin.go(&page(&operators)).await;
    admin.click(&format!("#inner option[value='{night}']")).await;
    admin.click("form[action$='/inner'] button").await;
    admin.says("Add to operators").await;
    admin.says("night and the groups inside it: one account is in them.").await;
    admin.says("get what these roles say: org-admin.").await;
    admin.says("What is gained").await;
    assert_eq!(ways().await, 0, "looking changes nothing");
    admin.press("Do it").await;
    admin.says("Changed.").await;
    admin.says("group night").await;
    assert_eq!(ways().await, 1);
    admin.go(&page(&night)).await;
    admin.says("In which groups it is").await;
    admin.says("operators · Take out").await;

    let refused = async |inner: &str, words: &str| {
        admin.go(&format!("{}/inner?inner={inner}", page(&late))).await;
        admin.says(words).await;
    };
    refused("operators", "A group cannot be inside itself, nor inside a group that is inside it.").await;
    refused("Everyone", "The tenant keeps this group by itself").await;
    refused("nobody", "the name or the id of a group").await;

    // More groups than a list offers are named.
    for n in 0..40 {
        made(&format!("g{n}")).await;
    }
    admin.go(&page(&late)).await;
    admin.fill("#inner", "nobody").await;
    admin.click("form[action$='/inner'] button").await;
    admin.says("the name or the id of a group").await;
    assert!(admin.source().await.contains("value=\"nobody\""), "what was sent is kept");
    admin.fill("#inner", "g7").await;
    admin.click("form[action$='/inner'] button").await;
    admin.says("g7 and the groups inside it: nobody is in them now.").await;
    admin.says("get what these roles say: org-admin.").await;
    admin.press("Do it").await;
    admin.says("Changed.").await;
    admin.fill("#inner", "g7").await;
    admin.click("form[action$='/inner'] button").await;
    admin.says("It gives them no role that they do not have by their groups already.").await;

    admin.go(&page(&operators)).await;
    admin.click("a[href$='/take']").await;
    admin.says("Remove from operators").await;
    admin.says("lose these roles by this way: org-admin.").await;
    assert_eq!(ways().await, 1, "asking takes nothing away");
    admin.press("Do it").await;
    admin.says("Changed.").await;
    assert_eq!(ways().await, 0);
    admin.close().await;
    server.stop().await;
}

/// The demo realm's group.
async fn operators(server: &Server) -> String {
    let groups = server.get(GROUPS, OPERATOR).await.expect(200);
    let group = groups["items"].as_array().unwrap().iter().find(|group| group["name"] == "operators").unwrap();
    group["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_invited_and_found_and_nobody_else_looks() {
    let server = demo(Database::sqlite()).await;
    let admin = signed_in(&server, "acme", "ada@acme.example", DESK).await;
    admin.go("/console/realms/acme/people/new").await;
    for (field, text) in [("#email", "grace@acme.example"), ("#first_name", "Grace"), ("#last_name", "Holm")] {
        admin.fill(field, text).await;
    }
    admin.press("Invite").await;
    admin.says("Invited. The person gets a letter with a link.").await;
    admin.says("grace@acme.example").await;
    let outbox = server.get("/v1/realms/acme/outbox", OPERATOR).await.expect(200);
    assert_eq!(outbox["items"].as_array().unwrap().len(), 1);

    for (q, is_found) in [("Lind", true), ("ADA@", true), ("operators", true), ("nobody", false)] {
        admin.go(&format!("/console/realms/acme/people?q={q}")).await;
        let listed = admin.source().await.contains("value=\"ada@acme.example\"");
        assert_eq!(listed, is_found, "{q}");
    }
    admin.says("Nobody is found.").await;

    // Another tenant's people, and the vendor's, meet no page at all.
    let agent = signed_in(&server, "vendor", "mia.falk@here.com", DESK).await;
    for page in [
        "people",
        "people/accounts/ada@acme.example",
        "people/groups",
        "people/roles",
        "customers",
        "customers/new",
        "customers/2210",
        "customers/2210/edit",
        "customers/2210/purge",
        "customers/2210/contacts/technical",
    ] {
        agent.go(&format!("/console/realms/acme/{page}")).await;
        agent.says("That did not work").await;
        let text = agent.text().await;
        assert!(!text.contains("Lind") && !text.contains("Dana"), "{page}: {text}");
    }
    for browser in [admin, agent] {
        browser.close().await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_goes_on_where_it_stopped() {
    let server = demo(Database::sqlite()).await;
    for n in 0..60 {
        machine(&server, &format!("sa::m{n:02}")).await;
    }
    let admin = signed_in(&server, "acme", "ada@acme.example", DESK).await;
    for (start, next) in [("/console/realms/acme/people?kind=service", "&after="), ("/console/realms/acme/people?q=sa::m", "&skip=50")] {
        admin.go(start).await;
        let count = async || admin.source().await.matches("name=\"account\"").count();
        assert_eq!(count().await, 50, "{start}");
        admin.press("Further").await;
        admin.arrives(next).await;
        assert_eq!(count().await, 10, "{start}");
        assert!(!admin.source().await.contains(">Further<"), "{start}");
    }
    admin.close().await;
    server.stop().await;
}
