//! Users and who they are: U1 to U5 (sections 2, 7 and 8.4 of the page).

use serde_json::{Value, json};

use super::{below, get, id_of_ben, listed, post, put, refused, server, token_of_the_app};
use crate::harness::{ADA, BEN, MIA, Server, on_both, organization::ORG};

fn rule(effect: &str, action: &str, resource: &str) -> Value {
    json!({ "effect": effect, "action": [action], "resource": [resource] })
}

async fn update(server: &Server, id: &str, mut body: Value) -> Value {
    body["version"] = get(server, &format!("/users/{id}"), ADA).await.expect(200)["version"].clone();
    put(server, &format!("/users/{id}"), ADA, &body).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_shown_whole_and_replaced_by_what_is_sent() {
    on_both(|start| async move {
        let server = start.run().await;
        let (id, ada) = (id_of_ben(&server).await, get(&server, "/users/me", ADA).await.expect(200)["user"]["id"].clone());
        let at = format!("/users/{id}");
        let before = get(&server, &at, ADA).await.expect(200);
        let expected = json!({
            "id": id, "version": 1, "firstName": "Ben", "lastName": "", "contactNumber": "", "email": "ben@acme.example",
            "organizations": [ORG], "supportUser": false, "permissionPolicy": [],
            "dtCreated": "2027-01-15T08:00:00.000Z", "dtLastModified": "2027-01-15T08:00:00.000Z", "createdBy": "", "lastModifiedBy": "",
        });
        assert_eq!(before, expected);
        server.clock.advance_ms(1);
        for version in [Value::Null, json!(0), json!(2)] {
            assert!(refused(&put(&server, &at, ADA, &json!({ "version": version })).await, 400).contains("version"));
        }
        assert_eq!(get(&server, &at, ADA).await.expect(200), before);
        let wish = json!({
            "version": 1, "permissionPolicy": [rule("allow", "config:retrieve", "config:user/*")], "dtEndAccess": "2027-01-15T10:00:00+02:00",
            "firstName": "Benjamin", "email": "other@acme.example",
        });
        let past = put(&server, &at, ADA, &wish).await.expect(200);
        assert_eq!((&past["version"], &past["dtEndAccess"], &past["lastModifiedBy"]), (&json!(2), &json!("2027-01-15T08:00:00.000Z"), &ada));
        assert_eq!((&past["firstName"], &past["email"]), (&json!("Ben"), &json!("ben@acme.example")), "nothing else is taken");
        refused(&get(&server, "/users", BEN).await, 403);
        // Access ends at its end: a millisecond before it is there.
        update(&server, &id, json!({ "permissionPolicy": wish["permissionPolicy"], "dtEndAccess": "2027-01-15T08:00:01Z" })).await;
        server.clock.advance_ms(998);
        get(&server, "/users", BEN).await.expect_status(200);
        server.clock.advance_ms(1);
        refused(&get(&server, "/users", BEN).await, 403);
        let cleared = update(&server, &id, json!({})).await;
        assert_eq!((&cleared["permissionPolicy"], cleared.get("dtEndAccess")), (&json!([]), None));
        refused(&put(&server, "/users/x", ADA, &json!({ "version": 1 })).await, 404);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_listed_page_by_page_and_by_their_ids() {
    on_both(|start| async move {
        let server = start.run().await;
        let all = listed(&server, "GET", "/users", 200, "id").await;
        assert!(all.len() == 3 && all.is_sorted_by(|newer, older| newer > older), "{all:?}");
        for size in 1..=3 {
            assert_eq!(listed(&server, "GET", "/users", size, "id").await, all, "by {size}");
        }
        let by_ids = |ids: String| {
            let server = &server;
            async move {
                let page = get(server, &format!("/users?ids={ids}"), ADA).await.expect(200);
                page["data"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
            }
        };
        assert_eq!(by_ids(format!("{}%2C{}", all[2], all[0])).await, [all[0].clone(), all[2].clone()]);
        assert_eq!(by_ids(format!("{},x,{ORG}", all[1])).await, [all[1].clone()]);
        assert_eq!(by_ids("".to_owned()).await, Vec::<String>::new());
        assert!(refused(&get(&server, &format!("/users?ids={}", ",".repeat(200)), ADA).await, 400).contains("`ids`"));
        for bad in ["pageSize=0", "pageSize=201", "nextToken=x", "pageSize=x"] {
            refused(&get(&server, &format!("/users?{bad}"), ADA).await, 400);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_denied_one_by_one_is_left_out() {
    let server = server().await;
    let ben = id_of_ben(&server).await;
    let ada = get(&server, "/users/me", ADA).await.expect(200)["user"]["id"].as_str().unwrap().to_owned();
    let group = post(&server, "/resourcegroups/user", ADA, &json!({ "name": "hidden" })).await.expect(200)["id"].clone();
    let group = group.as_str().unwrap();
    let (all, one) = ("config:user/*", format!("config:user/group/{group}"));
    update(&server, &ben, json!({ "permissionPolicy": [rule("allow", "config:retrieve", all), rule("deny", "config:retrieve", &one)] }))
        .await;
    let seen = || async { get(&server, "/users?pageSize=1", BEN).await.expect(200) };
    let at = format!("/users/{ada}");
    get(&server, &at, BEN).await.expect_status(200);
    let add = json!({ "targetId": ada, "targetType": "ITEM" });
    post(&server, &format!("/resourcegroups/user/{group}/addresource"), ADA, &add).await.expect_status(200);
    refused(&get(&server, &at, BEN).await, 403);
    let (mut page, mut names) = (seen().await, Vec::new());
    loop {
        names.extend(page["data"].as_array().unwrap().iter().map(|user| user["firstName"].as_str().unwrap().to_owned()));
        let Some(next) = page.get("nextToken").and_then(Value::as_str) else { break };
        page = get(&server, &format!("/users?pageSize=1&nextToken={next}"), BEN).await.expect(200);
    }
    names.sort();
    assert_eq!(names, ["Ben", "Rea"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_token_may_ask_who_that_is() {
    let server = server().await;
    let organization = json!({
        "id": ORG, "version": 1, "orgId": ORG, "customerId": ORG, "organizationName": "Acme Widgets", "shortName": "acme",
        "type": "PRODUCTION", "status": "ACTIVE", "dtCreated": "2027-01-15T08:00:00.000Z",
    });
    let ben = get(&server, "/users/me", BEN).await.expect(200);
    assert_eq!((&ben["organization"], &ben["user"]["email"], ben.get("serviceUser")), (&organization, &json!("ben@acme.example"), None));
    let app = get(&server, "/users/me", &token_of_the_app(&server).await).await.expect(200);
    assert_eq!((&app["organization"], &app["serviceUser"]["name"], app.get("user")), (&organization, &json!("The app"), None));
    server.post("/support", ADA, r#"{"emailAddress":"mia.falk@here.com"}"#).await.expect_status(201);
    let entered = server.post("/v1/realms/acme/support-sessions", MIA, r#"{"reason":"to see"}"#).await.expect(201);
    let mia = get(&server, "/users/me", entered["token"].as_str().unwrap()).await.expect(200);
    assert_eq!((&mia["user"]["supportUser"], &mia["user"]["email"]), (&json!(true), &json!("mia.falk@here.com")));
    // An agent is listed, and is not changed this way.
    let id = mia["user"]["id"].as_str().unwrap();
    refused(&put(&server, &format!("/users/{id}"), ADA, &json!({ "version": mia["user"]["version"] })).await, 400);
    refused(&below(&server, "GET", "/users/me", "nonsense").send().await, 403);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_policies_and_groups_are_listed() {
    let server = server().await;
    let (ben, path) = (id_of_ben(&server).await, "/resourcegroups/user");
    let make = |name: &'static str| {
        let server = &server;
        async move { post(server, path, ADA, &json!({ "name": name })).await.expect(200)["id"].as_str().unwrap().to_owned() }
    };
    let (inner, outer) = (make("inner").await, make("outer").await);
    for (group, target, kind) in [(&inner, &ben, "ITEM"), (&outer, &inner, "GROUP")] {
        let add = json!({ "targetId": target, "targetType": kind });
        post(&server, &format!("{path}/{group}/addresource"), ADA, &add).await.expect_status(200);
    }
    let groups = format!("/users/{ben}/usergroups");
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(listed(&server, "GET", &groups, 1, "name").await, ["inner", "Everyone"]);
    let inherited = get(&server, &format!("{groups}?inherited=true"), ADA).await.expect(200);
    let names = inherited["data"].as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(sorted(names), ["Everyone", "inner", "outer"]);
    refused(&get(&server, &format!("{groups}?inherited=maybe"), ADA).await, 400);

    let administrator = super::id_of(&server, "/permissionpolicies", "name", "Administrator").await;
    let named = |id: &str| json!({ "principalId": id });
    post(&server, &format!("/permissionpolicies/{administrator}/addtousergroup"), ADA, &named(&inner)).await.expect_status(200);
    let policies = format!("/users/{ben}/permissions");
    assert!(listed(&server, "GET", &policies, 1, "name").await.is_empty(), "those of groups are not the user's own");
    assert_eq!(listed(&server, "GET", &format!("{path}/{inner}/permissions"), 1, "name").await, ["Administrator"]);
    post(&server, &format!("/permissionpolicies/{administrator}/addtouser"), ADA, &named(&ben)).await.expect_status(200);
    assert_eq!(listed(&server, "GET", &policies, 1, "name").await, ["Administrator"]);
    for path in ["/users/x/permissions", "/users/x/usergroups"] {
        refused(&get(&server, path, ADA).await, 404);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_asked_for_by_whoever_may_and_only_while_there_is_none() {
    let server = server().await;
    let ben = id_of_ben(&server).await;
    let resend = |id: &str| below(&server, "PUT", &format!("/users/{id}/password/resend"), ADA).json("");
    // The one place where the published file names 401.
    refused(&below(&server, "PUT", &format!("/users/{ben}/password/resend"), BEN).json("").send().await, 401);
    let sent = resend(&ben).send().await;
    assert_eq!((sent.status, sent.body.len()), (200, 0));
    refused(&resend("00000000-0000-0000-0000-000000000000").send().await, 404);
    let app = super::id_of(&server, "/serviceusers", "name", "The app").await;
    refused(&resend(&app).send().await, 404);
    update(&server, &ben, json!({ "dtEndAccess": "2027-01-15T08:00:00Z" })).await;
    refused(&resend(&ben).send().await, 400);
    server.stop().await;
}
