//! Accounts of either kind: operations 2, 3, 7 to 11, 17, 18, 20 to 23 and 26 (section 3 of the page).

use serde_json::json;

use super::{bare, delete, each, get, group, ok, post, refused, robot, role, server, user, warned};
use crate::harness::{ADA, BEN, MIA, on_both};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_shown_with_what_it_has_and_what_comes_of_it() {
    on_both(|start| async move {
        let server = start.run().await;
        let (direct, of_group) =
            (role(&server, "direct", &["log_management"]).await, role(&server, "inner", &["ingestion", "embedded_charts"]).await);
        let crew = group(&server, "crew", &[&of_group]).await;
        let body =
            json!({ "identifier": "sa::bot", "groups": ["ingestion", "alerts_management"], "roles": [direct], "userGroups": [crew] });
        ok(&post(&server, "/account/serviceaccount", &body).await);
        let groups = ok(&get(&server, "/usergroup").await);
        let robots = groups["items"][1]["id"].as_str().unwrap();
        let mut united = vec![direct.clone(), of_group.clone()];
        united.sort();
        assert_eq!(
            ok(&get(&server, "/account/sa::bot").await),
            json!({
                "identifier": "sa::bot", "groups": ["alerts_management", "ingestion"], "roles": [direct], "userGroups": [robots, crew],
                "unitedRoles": united, "unitedPermissions": ["alerts_management", "embedded_charts", "ingestion", "log_management"],
            })
        );
        // Edits of roles and groups show at once.
        bare(&post(&server, "/account/sa::bot/removeUserGroups", &json!([crew])).await);
        assert_eq!(
            ok(&get(&server, "/account/sa::bot").await)["unitedPermissions"],
            json!(["alerts_management", "ingestion", "log_management"])
        );
        ok(&delete(&server, &format!("/role/{direct}")).await);
        let shown = ok(&get(&server, "/account/sa::bot").await);
        assert_eq!((&shown["roles"], &shown["unitedRoles"]), (&json!([]), &json!([])));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_listed_page_by_page() {
    on_both(|start| async move {
        let server = start.run().await;
        for id in ["sa::b", "sa::a", "sa::c"] {
            robot(&server, id, &[]).await;
        }
        let whole = ok(&get(&server, "/account").await);
        let all = ["ada@acme.example", "ben@acme.example", "reader@acme.example", "sa::a", "sa::app", "sa::b", "sa::c"];
        assert_eq!(each(&whole["items"], "identifier"), all);
        for (offset, limit, items, more, total) in [
            (0, 3, &all[..3], true, 4),
            (3, 3, &all[3..6], true, 7),
            (6, 3, &all[6..], false, 7),
            (7, 3, &[], false, 7),
            (900, 1, &[], false, 900),
        ] {
            let page = ok(&get(&server, &format!("/account?offset={offset}&limit={limit}")).await);
            assert_eq!(each(&page["items"], "identifier"), items, "{offset}");
            let told = (&page["offset"], &page["limit"], &page["moreItems"], &page["totalItems"]);
            assert_eq!(told, (&json!(offset), &json!(limit), &json!(more), &json!(total)), "{offset}");
            assert!(page.get("cursor").is_none() && page.get("sort").is_none());
        }
        assert_eq!(each(&ok(&get(&server, "/account/user").await), "identifier"), all[..3]);
        assert_eq!(each(&ok(&get(&server, "/account/serviceaccount").await), "identifier"), all[3..]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visiting_agent_is_neither_shown_nor_touched() {
    let server = server().await;
    server.post("/support", ADA, r#"{"emailAddress":"mia.falk@here.com"}"#).await.expect_status(201);
    let entered = server.post("/v1/realms/acme/support-sessions", MIA, r#"{"reason":"to see"}"#).await.expect(201);
    let visit = entered["token"].as_str().unwrap();
    for id in ["mia.falk@here.com", "support:mia.falk@here.com"] {
        refused(&get(&server, &format!("/account/{id}")).await, 404);
        refused(&delete(&server, &format!("/account/{id}")).await, 404);
        refused(&post(&server, "/account/deleteAccounts", &json!([id])).await, 400);
    }
    assert!(!ok(&get(&server, "/account").await).to_string().contains("mia.falk"));
    let as_agent = |method: &str, path: &str| server.request(method, &format!("/api/v2{path}")).bearer(visit).send();
    refused(&as_agent("GET", "/account").await, 403);
    refused(&as_agent("GET", "/apitoken").await, 404);
    refused(&as_agent("POST", "/apitoken").await, 403);
    assert_eq!(ok(&as_agent("GET", "/account/user/admin").await), json!(["ada@acme.example"]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_read_oneself_and_ask_who_administers() {
    let server = server().await;
    let bot = robot(&server, "sa::bot", &[]).await;
    for (id, token, path) in [
        ("ben@acme.example", BEN, "/account/ben@acme.example"),
        ("ben@acme.example", BEN, "/account/user/ben@acme.example"),
        ("sa::bot", &bot, "/account/sa::bot"),
        ("sa::bot", &bot, "/account/SA%3A%3ABOT"),
    ] {
        let shown = server.get(&format!("/api/v2{path}"), token).await.expect(200);
        assert_eq!(shown.get("response").unwrap_or(&shown)["identifier"], id, "{path}");
    }
    for (token, path) in [
        (BEN, "/account/Ben@acme.example"),
        (BEN, "/account/ada@acme.example"),
        (BEN, "/account/nobody"),
        (&bot, "/account/serviceaccount/sa::bot"),
        (&bot, "/account/sa::app"),
    ] {
        refused(&server.get(&format!("/api/v2{path}"), token).await, 403);
    }
    assert_eq!(ok(&server.get("/api/v2/account/user/admin", BEN).await), json!(["ada@acme.example"]));
    user(&server, "zoe@acme.example", &["user_management"]).await;
    user(&server, "cy@acme.example", &["user_management"]).await;
    robot(&server, "sa::admin", &["user_management"]).await;
    assert_eq!(
        ok(&server.get("/api/v2/account/user/admin", BEN).await),
        json!(["ada@acme.example", "cy@acme.example", "zoe@acme.example"])
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_goes_takes_all_that_is_its_own() {
    on_both(|start| async move {
        let server = start.run().await;
        let (held, crew) = (role(&server, "held", &[]).await, group(&server, "crew", &[]).await);
        let token = robot(&server, "sa::bot", &["user_management"]).await;
        bare(&post(&server, "/account/sa::bot/addRoles", &json!([held])).await);
        bare(&post(&server, "/account/sa::bot/addUserGroups", &json!([crew])).await);
        let before = ok(&get(&server, "/account/sa::bot").await);
        ok(&server.get("/api/v2/account", &token).await);
        assert_eq!(ok(&delete(&server, "/account/sa::bot").await), before, "the account as it was");
        refused(&server.get("/api/v2/account", &token).await, 401);
        refused(&delete(&server, "/account/sa::bot").await, 404);
        assert_eq!(ok(&get(&server, &format!("/role/{held}")).await)["linkedAccountsCount"], 0);
        assert_eq!(ok(&get(&server, &format!("/usergroup/{crew}")).await)["userCount"], 0);
        for id in ["sa::one", "sa::two"] {
            robot(&server, id, &[]).await;
        }
        user(&server, "cy@acme.example", &[]).await;
        let (gone, told) =
            warned(&post(&server, "/account/deleteAccounts", &json!(["SA::two", "nobody", "cy@acme.example", "sa::two"])).await);
        assert_eq!(gone, json!(["sa::two", "cy@acme.example"]));
        assert_eq!(told, "Invalid accounts found and ignored [nobody]");
        assert_eq!(ok(&post(&server, "/account/deleteAccounts", &json!(["sa::one"])).await), json!(["sa::one"]));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_groups_are_given_and_taken_twice_as_once() {
    on_both(|start| async move {
        let server = start.run().await;
        let (one, two) = (role(&server, "one", &["ingestion"]).await, role(&server, "two", &[]).await);
        let (crew, watch) = (group(&server, "crew", &[]).await, group(&server, "watch", &[]).await);
        let groups = ok(&get(&server, "/usergroup").await);
        let (everyone, robots) = (groups["items"][0]["id"].clone(), groups["items"][1]["id"].clone());
        robot(&server, "sa::bot", &[]).await;
        for _ in 0..2 {
            let shown = bare(&post(&server, "/account/sa::bot/addRoles", &json!([one, NOWHERE, two, one, "x"])).await);
            assert_eq!((&shown["identifier"], each(&shown["roles"], "name")), (&json!("sa::bot"), vec!["one", "two"]));
        }
        for _ in 0..2 {
            assert_eq!(each(&bare(&post(&server, "/account/sa::bot/removeRoles", &json!([one])).await)["roles"], "name"), ["two"]);
        }
        for _ in 0..2 {
            // Its own system group it is in already, and the other it cannot be in.
            let shown = bare(&post(&server, "/account/sa::bot/addUserGroups", &json!([crew, robots, everyone, watch])).await);
            assert_eq!(each(&shown["userGroups"], "name"), ["Service Accounts", "crew", "watch"]);
        }
        for _ in 0..2 {
            let shown = bare(&post(&server, "/account/sa::bot/removeUserGroups", &json!([watch, everyone])).await);
            assert_eq!(each(&shown["userGroups"], "name"), ["Service Accounts", "crew"]);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_given_and_taken_of_one_and_of_many() {
    on_both(|start| async move {
        let server = start.run().await;
        let of_role = role(&server, "of role", &["log_management"]).await;
        user(&server, "cy@acme.example", &["ingestion"]).await;
        robot(&server, "sa::bot", &[]).await;
        bare(&post(&server, "/account/cy@acme.example/addRoles", &json!([of_role])).await);
        let grant = |name: &str| format!("/account/cy@acme.example/grant/{name}");
        for _ in 0..2 {
            assert_eq!(bare(&post(&server, &grant("log_management"), &json!({})).await)["groups"], json!(["ingestion", "log_management"]));
        }
        for _ in 0..2 {
            let shown = bare(&post(&server, "/account/cy@acme.example/revoke/log_management", &json!({})).await);
            assert_eq!(shown["groups"], json!(["ingestion"]));
        }
        // What comes by a role stays.
        let shown = ok(&get(&server, "/account/cy@acme.example").await);
        assert_eq!((&shown["groups"], &shown["unitedPermissions"]), (&json!(["ingestion"]), &json!(["ingestion", "log_management"])));

        let many = json!(["nobody", "sa::bot", "cy@acme.example", "sa::bot"]);
        let first = bare(&post(&server, "/account/grant/events_management", &many).await);
        assert_eq!((&first["identifier"], &first["groups"]), (&json!("sa::bot"), &json!(["events_management"])));
        assert_eq!(ok(&get(&server, "/account/cy@acme.example").await)["groups"], json!(["events_management", "ingestion"]));
        let first = bare(&post(&server, "/account/revoke/events_management", &json!(["cy@acme.example", "sa::bot"])).await);
        assert_eq!((&first["identifier"], &first["groups"]), (&json!("cy@acme.example"), &json!(["ingestion"])));
        assert_eq!(ok(&get(&server, "/account/sa::bot").await)["groups"], json!([]));
        // Making tokens is for people.
        bare(&post(&server, "/account/grant/token_management", &json!(["cy@acme.example"])).await);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_validated_in_the_order_asked() {
    on_both(|start| async move {
        let server = start.run().await;
        robot(&server, "sa::bot", &[]).await;
        let asked = json!(["nobody", "sa::BOT", "ben@acme.example", "BEN@acme.example", "", "x y"]);
        let checked = ok(&post(&server, "/account/validateAccounts", &asked).await);
        assert_eq!(each(&checked["validUsers"], "identifier"), ["sa::bot", "ben@acme.example"]);
        assert_eq!(checked["invalidIdentifiers"], json!(["nobody", "BEN@acme.example", "", "x y"]));
        let none = ok(&post(&server, "/account/validateAccounts", &json!([])).await);
        assert_eq!(none, json!({ "validUsers": [], "invalidIdentifiers": [] }));
        let all = ok(&post(&server, "/account/validateAccounts", &json!(["nobody"])).await);
        assert_eq!(all, json!({ "validUsers": [], "invalidIdentifiers": ["nobody"] }));
        server.stop().await;
    })
    .await;
}
