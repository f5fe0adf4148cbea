//! The 21 rows of section 8.4, their statements written over m3ter's wire. What the wire itself can be asked is asked there;
//! plans and meters are m3ter's own and not served, so about them the same engine is asked by AuthZEN.

use serde_json::{Value, json};

use super::{below, get, post, put, refused};
use crate::harness::{ADA, BEN, MIA, Server, on_both};

/// A statement as the table writes it: `A` or `D`, an action (or nothing), a resource.
fn statement(row: &str) -> Value {
    let mut words = row.split(' ');
    let effect = if words.next() == Some("A") { "allow" } else { "deny" };
    let action: Vec<_> = words.next().into_iter().filter(|action| *action != "-").collect();
    json!({ "effect": effect, "action": action, "resource": [words.next().unwrap()] })
}

/// Says nothing: a policy must have a statement.
const SILENT: &str = "A - *";

/// A policy whose statements a row replaces.
struct Policy {
    id: String,
    version: i64,
}

impl Policy {
    async fn make(server: &Server) -> Self {
        let body = json!({ "name": "row", "permissionPolicy": [statement(SILENT)] });
        let made = post(server, "/permissionpolicies", ADA, &body).await.expect(200);
        Self { id: made["id"].as_str().unwrap().to_owned(), version: 1 }
    }

    async fn say(&mut self, server: &Server, statements: &[String]) {
        let statements: Vec<_> = statements.iter().map(|row| statement(row)).collect();
        let body = json!({ "name": "row", "permissionPolicy": statements, "version": self.version });
        self.version = put(server, &format!("/permissionpolicies/{}", self.id), ADA, &body).await.expect(200)["version"].as_i64().unwrap();
    }

    async fn attach(&self, server: &Server, how: &str, principal: &str) {
        let body = json!({ "principalId": principal });
        post(server, &format!("/permissionpolicies/{}/{how}", self.id), ADA, &body).await.expect(200);
    }
}

/// Makes a resource group with one thing in it; says its id.
async fn group(server: &Server, kind: &str, target: &str, target_type: &str) -> String {
    let made = post(server, &format!("/resourcegroups/{kind}"), ADA, &json!({ "name": "a group" })).await.expect(200);
    let id = made["id"].as_str().unwrap().to_owned();
    let body = json!({ "targetId": target, "targetType": target_type, "version": made["version"] });
    post(server, &format!("/resourcegroups/{kind}/{id}/addresource"), ADA, &body).await.expect(200);
    id
}

/// Asks the engine about somebody: `retrieve M1`, `create plan`, or an action and a resource written out.
async fn may(server: &Server, kind: &str, who: &str, request: &str) -> bool {
    let (verb, what) = request.split_once(' ').unwrap();
    let (action, service, id) = match what {
        "x" => (verb.to_owned(), "measurements:measurement", "x"),
        "plan" => (format!("config:{verb}"), "config:plan", "*"),
        plan if plan.starts_with('P') => (format!("config:{verb}"), "config:plan", plan),
        meter => (format!("config:{verb}"), "config:meter", meter),
    };
    let ask = json!({ "subject": { "type": kind, "id": who }, "action": { "name": action }, "resource": { "type": service, "id": id } });
    server.post("/access/v1/evaluation", ADA, &ask.to_string()).await.expect(200)["decision"].as_bool().unwrap()
}

/// Ben's id, found as m3ter's clients find it.
async fn ben(server: &Server) -> String {
    let users = get(server, "/users", ADA).await.expect(200);
    let ben = users["data"].as_array().unwrap().iter().find(|user| user["email"] == "ben@acme.example").unwrap();
    ben["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_1_to_17_are_decided_as_the_page_has_them() {
    on_both(|start| async move {
        let server = start.run().await;
        let ben = ben(&server).await;
        assert!(!may(&server, "user", "ben@acme.example", "retrieve M1").await, "row 1");
        let g1 = group(&server, "plan", "P1", "ITEM").await;
        let g0 = group(&server, "plan", &g1, "GROUP").await;
        let (mut own, mut groups) = (Policy::make(&server).await, Policy::make(&server).await);
        own.attach(&server, "addtouser", &ben).await;
        let users = group(&server, "user", &ben, "ITEM").await;
        groups.attach(&server, "addtousergroup", &users).await;
        const METERS: &str = "A config:retrieve config:meter/*";
        const NO_METERS: &str = "D config:retrieve config:meter/*";
        for (row, own_rows, group_rows, request, expected) in [
            (2, &[METERS][..], SILENT, "retrieve M1", true),
            (3, &[METERS], SILENT, "update M1", false),
            (4, &[METERS], SILENT, "retrieve P1", false),
            (5, &["A all *"], NO_METERS, "retrieve M1", false),
            (6, &["A all *"], NO_METERS, "update M1", true),
            (7, &["A config:retrieve config:plan/group/G1"], SILENT, "retrieve P1", true),
            (8, &["A config:retrieve config:plan/group/G1"], SILENT, "retrieve P2", false),
            (9, &["A config:retrieve config:plan/group/G0"], SILENT, "retrieve P1", true),
            (10, &["A config:retrieve config:plan/*", "D config:retrieve config:plan/group/G0"], SILENT, "retrieve P1", false),
            (11, &["A config:retrieve config:plan/*", "D config:retrieve config:plan/group/G0"], SILENT, "retrieve P2", true),
            (12, &["A config:create config:plan/item/P1"], SILENT, "create plan", false),
            (13, &["A config:create config:plan/*", "D config:create config:plan/item/P1"], SILENT, "create plan", true),
            (14, &["A all config:*"], SILENT, "measurements:upload x", false),
            (15, &["D config:delete *", "A all *"], SILENT, "delete M1", false),
            (15, &["A all *", "D config:delete *"], SILENT, "delete M1", false),
            (16, &["A - *"], SILENT, "retrieve M1", false),
        ] {
            let named = |row: &str| row.replace("group/G1", &format!("group/{g1}")).replace("group/G0", &format!("group/{g0}"));
            own.say(&server, &own_rows.iter().map(|row| named(row)).collect::<Vec<_>>()).await;
            groups.say(&server, &[named(group_rows)]).await;
            assert_eq!(may(&server, "user", "ben@acme.example", request).await, expected, "row {row}");
        }
        own.say(&server, &[SILENT.to_owned()]).await;
        let all = get(&server, "/permissionpolicies", ADA).await.expect(200);
        let read_only = all["data"].as_array().unwrap().iter().find(|policy| policy["name"] == "ReadOnly").unwrap();
        Policy { id: read_only["id"].as_str().unwrap().to_owned(), version: 1 }.attach(&server, "addtouser", &ben).await;
        refused(&get(&server, "/support", BEN).await, 404);
        let grant = json!({ "dtEndSupportUsersAccess": "2031-03-01T00:00:00Z" });
        assert_eq!(refused(&put(&server, "/support", BEN, &grant).await, 403), "`config:update` is not allowed", "row 17");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_18_to_21_are_decided_as_the_page_has_them() {
    on_both(|start| async move {
        let server = start.run().await;
        let mia = "mia.falk@here.com";
        let mut version = None;
        let mut grant = async |rows: &[&str], ends_at: &str| {
            let statements: Vec<_> = rows.iter().map(|row| statement(row)).collect();
            let body = json!({ "dtEndSupportUsersAccess": ends_at, "supportUsersPermissionPolicy": statements, "version": version });
            version = put(&server, "/support", ADA, &body).await.expect(200)["version"].as_i64();
        };
        let enter = async || server.post("/v1/realms/acme/support-sessions", MIA, r#"{"reason":"asked to"}"#).await.expect(201);
        let mut attached = Policy::make(&server).await;
        // The clock of the tests begins at 08:00.
        grant(&["A config:retrieve config:*"], "2027-01-15T08:10:00Z").await;
        let visit = enter().await["token"].as_str().unwrap().to_owned();
        server.clock.advance_ms(600_000 - 1);
        assert!(may(&server, "support", mia, "retrieve P1").await, "row 18");
        let at = format!("/permissionpolicies/{}", attached.id);
        get(&server, &at, &visit).await.expect(200);
        server.clock.advance_ms(1);
        assert!(!may(&server, "support", mia, "retrieve P1").await, "row 19");
        refused(&get(&server, &at, &visit).await, 403);

        attached.say(&server, &["D config:delete config:plan/*".to_owned()]).await;
        post(&server, &format!("{at}/addtosupportusers"), ADA, &json!({})).await.expect(200);
        grant(&["A all *"], "2027-01-15T09:00:00Z").await;
        enter().await;
        assert!(!may(&server, "support", mia, "delete P2").await, "row 20");
        assert!(may(&server, "support", mia, "delete M1").await);

        attached.say(&server, &["A config:retrieve config:meter/*".to_owned()]).await;
        grant(&[], "2027-01-15T09:00:00Z").await;
        assert!(may(&server, "support", mia, "retrieve M2").await, "row 21");
        let listed = get(&server, "/support-permissions", ADA).await.expect(200);
        assert_eq!(listed["data"][0]["id"], attached.id.as_str());
        below(&server, "POST", &format!("{at}/removefromsupportusers"), ADA)
            .header("content-type", "application/json")
            .send()
            .await
            .expect(200);
        assert!(!may(&server, "support", mia, "retrieve M2").await);
        assert_eq!(get(&server, "/support-permissions", ADA).await.expect(200), json!({ "data": [] }));
        server.stop().await;
    })
    .await;
}
