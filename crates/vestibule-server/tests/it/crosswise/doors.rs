//! How each door makes, reads and revokes each kind of thing.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::harness::{ADA, Server, http::Reply};

/// A way in through which things are managed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Wavefront,
    M3ter,
    Native,
}

impl Door {
    pub const ALL: [Self; 3] = [Self::Wavefront, Self::M3ter, Self::Native];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Wavefront => "Wavefront",
            Self::M3ter => "m3ter",
            Self::Native => "native",
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Wavefront => "/api/v2",
            Self::M3ter => "/organizations/7d0c1a52-58f5-4a1b-9a63-0d7d3b8f0a11",
            Self::Native => "/v1/realms/acme",
        }
    }

    async fn ask(self, server: &Server, method: &str, path: &str, body: Value) -> Reply {
        // What is made in one millisecond has no order.
        server.clock.advance_ms(1);
        let request = server.request(method, &format!("{}{path}", self.prefix())).bearer(ADA);
        let request = if body.is_null() { request } else { request.json(body.to_string()) };
        request.send().await
    }

    async fn get(self, server: &Server, path: &str) -> Reply {
        self.ask(server, "GET", path, Value::Null).await
    }

    #[track_caller]
    fn done(reply: &Reply) -> Value {
        assert!((200..300).contains(&reply.status), "{} {}", reply.status, reply.text());
        if reply.body.is_empty() { Value::Null } else { reply.json() }
    }
}

/// A kind of thing that several doors know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    User,
    Robot,
    Group,
    Role,
    Token,
}

impl Thing {
    pub const ALL: [Self; 5] = [Self::User, Self::Robot, Self::Group, Self::Role, Self::Token];

    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Robot => "service account",
            Self::Group => "group",
            Self::Role => "role",
            Self::Token => "token",
        }
    }
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Made {
    pub thing: Thing,
    /// What the account signs in with; of a token, its owner's.
    account: String,
    /// The account's key, where m3ter knows it by that.
    key: String,
    /// A group's or a role's id, or a credential's.
    id: String,
    /// A token's text.
    text: String,
    /// The action that it allows, and the type of thing that it allows it on.
    allows: [&'static str; 2],
}

/// What every thing here comes to give, and what it is asked on.
const ACTION: [&str; 2] = ["wavefront:ingestion", "wavefront:account"];
/// The same of a role that m3ter makes: it knows no other actions than its own.
const ACTION_OF_M3TER: [&str; 2] = ["config:retrieve", "config:plan"];

fn fresh(what: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{what}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Makes one; nothing where the door does not make such things.
pub async fn make(server: &Server, thing: Thing, door: Door) -> Option<Made> {
    let made =
        |account: String, key: String, id: String, text: String| Some(Made { thing, account, key, id, text, allows: allowed(thing, door) });
    match thing {
        Thing::User | Thing::Robot => {
            let account = account(server, thing, door).await?;
            let key = key_of(server, &account).await;
            let granted = Door::Wavefront.ask(server, "POST", &format!("/account/{account}/grant/ingestion"), json!({})).await;
            Door::done(&granted);
            made(account, key, String::new(), String::new())
        }
        Thing::Group => {
            let (account, role) = (robot(server).await, role(server, Door::Wavefront).await);
            let name = fresh("group");
            let body = json!({ "name": name });
            let id = match door {
                Door::Wavefront => id_of(&door.ask(server, "POST", "/usergroup", body).await, "/response/id"),
                Door::M3ter => id_of(&door.ask(server, "POST", "/resourcegroups/user", body).await, "/id"),
                Door::Native => id_of(&door.ask(server, "POST", "/groups", body).await, "/id"),
            };
            Door::done(&Door::Native.ask(server, "PUT", &format!("/groups/{id}/roles/{role}"), Value::Null).await);
            Door::done(&Door::Wavefront.ask(server, "POST", &format!("/usergroup/{id}/addUsers"), json!([account])).await);
            made(account, String::new(), id, String::new())
        }
        Thing::Role => {
            let account = robot(server).await;
            let id = role(server, door).await;
            Door::done(&Door::Wavefront.ask(server, "POST", &format!("/account/{account}/addRoles"), json!([id])).await);
            made(account, String::new(), id, String::new())
        }
        Thing::Token => {
            let account = robot(server).await;
            match door {
                Door::Wavefront => {
                    let reply = door.ask(server, "POST", &format!("/apitoken/serviceaccount/{account}"), json!({ "tokenName": "x" })).await;
                    let text = Door::done(&reply)["response"].as_array()?.last()?["tokenID"].as_str()?.to_owned();
                    let id = credential_of(server, &account).await;
                    made(account, String::new(), id, text)
                }
                Door::Native => {
                    let reply = door.ask(server, "POST", &format!("/accounts/{account}/credentials"), json!({ "kind": "token" })).await;
                    let shown = Door::done(&reply);
                    made(account, String::new(), shown["id"].as_str()?.to_owned(), shown["token"].as_str()?.to_owned())
                }
                // Its key pairs are no tokens, and what they are exchanged for ends by itself.
                Door::M3ter => None,
            }
        }
    }
}

fn allowed(thing: Thing, door: Door) -> [&'static str; 2] {
    if (thing, door) == (Thing::Role, Door::M3ter) { ACTION_OF_M3TER } else { ACTION }
}

async fn account(server: &Server, thing: Thing, door: Door) -> Option<String> {
    let (email, robot) = (format!("{}@acme.example", fresh("user")), format!("sa::{}", fresh("bot")));
    match (door, thing) {
        (Door::Wavefront, Thing::User) => {
            let body = json!({ "emailAddress": email, "groups": [], "userGroups": [] });
            Door::done(&door.ask(server, "POST", "/account/user", body).await);
            Some(email)
        }
        (Door::Wavefront, _) => {
            Door::done(&door.ask(server, "POST", "/account/serviceaccount", json!({ "identifier": robot })).await);
            Some(robot)
        }
        (Door::Native, Thing::User) => {
            Door::done(&door.ask(server, "POST", "/accounts", json!({ "id": email, "kind": "user" })).await);
            Some(email)
        }
        (Door::Native, _) => {
            Door::done(&door.ask(server, "POST", "/accounts", json!({ "id": robot, "kind": "service" })).await);
            Some(robot)
        }
        // m3ter invites users; they are made by whoever accepts.
        (Door::M3ter, Thing::User) => None,
        (Door::M3ter, _) => {
            let id = id_of(&door.ask(server, "POST", "/serviceusers", json!({ "name": robot })).await, "/id");
            Some(format!("sa::{id}"))
        }
    }
}

async fn robot(server: &Server) -> String {
    account(server, Thing::Robot, Door::Native).await.unwrap()
}

async fn role(server: &Server, door: Door) -> String {
    let name = fresh("role");
    let [action, _] = allowed(Thing::Role, door);
    match door {
        Door::Wavefront => {
            id_of(&door.ask(server, "POST", "/role", json!({ "name": name, "permissions": ["ingestion"] })).await, "/response/id")
        }
        Door::M3ter => {
            let body = json!({ "name": name, "permissionPolicy": [{ "effect": "allow", "action": [action], "resource": ["*"] }] });
            id_of(&door.ask(server, "POST", "/permissionpolicies", body).await, "/id")
        }
        Door::Native => {
            let statements = json!([{ "effect": "allow", "actions": [action], "resources": ["*"] }]);
            id_of(&door.ask(server, "POST", "/roles", json!({ "name": name, "statements": statements })).await, "/id")
        }
    }
}

#[track_caller]
fn id_of(reply: &Reply, pointer: &str) -> String {
    Door::done(reply).pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{}", reply.text())).to_owned()
}

async fn key_of(server: &Server, account: &str) -> String {
    id_of(&Door::Native.get(server, &format!("/accounts/{account}")).await, "/key")
}

async fn credential_of(server: &Server, account: &str) -> String {
    id_of(&Door::Native.get(server, &format!("/accounts/{account}/credentials")).await, "/items/0/id")
}

/// Whether a door shows the thing; nothing where it shows no such things.
pub async fn reads(server: &Server, door: Door, made: &Made) -> Option<bool> {
    let Made { account, key, id, .. } = made;
    let is_there = |reply: Reply| Some(reply.status == 200);
    match (door, made.thing) {
        (Door::Wavefront, Thing::User | Thing::Robot) => is_there(door.get(server, &format!("/account/{account}")).await),
        (Door::Native, Thing::User | Thing::Robot) => is_there(door.get(server, &format!("/accounts/{account}")).await),
        (Door::M3ter, Thing::User) => is_there(door.get(server, &format!("/users/{key}")).await),
        (Door::M3ter, Thing::Robot) => is_there(door.get(server, &format!("/serviceusers/{key}")).await),
        (Door::Wavefront, Thing::Group) => is_there(door.get(server, &format!("/usergroup/{id}")).await),
        (Door::M3ter, Thing::Group) => is_there(door.get(server, &format!("/resourcegroups/user/{id}")).await),
        (Door::Native, Thing::Group) => is_there(door.get(server, &format!("/groups/{id}")).await),
        (Door::Wavefront, Thing::Role) => {
            let reply = door.get(server, &format!("/role/{id}")).await;
            // Whoever wrote it, it is a permission of this dialect; what it has no permission for, it lists none for.
            let listed = if made.allows == ACTION { json!(["ingestion"]) } else { json!([]) };
            Some(reply.status == 200 && reply.json()["response"]["permissions"] == listed)
        }
        (Door::M3ter, Thing::Role) => is_there(door.get(server, &format!("/permissionpolicies/{id}")).await),
        (Door::Native, Thing::Role) => is_there(door.get(server, &format!("/roles/{id}")).await),
        (Door::Wavefront, Thing::Token) => {
            let listed = Door::done(&door.get(server, &format!("/apitoken/serviceaccount/{account}")).await);
            let shown = |token: &Value| token["tokenID"] == made.text.as_str() || token["tokenID"] == id.as_str();
            Some(listed["response"].as_array()?.iter().any(shown))
        }
        (Door::Native, Thing::Token) => {
            let listed = Door::done(&door.get(server, &format!("/accounts/{account}/credentials")).await);
            Some(listed["items"].as_array()?.iter().any(|credential| credential["id"] == id.as_str()))
        }
        (Door::M3ter, Thing::Token) => None,
    }
}

/// Whether it has the effect that it was made for, asked on the very next request.
pub async fn works(server: &Server, made: &Made) -> bool {
    if made.thing == Thing::Token {
        return server.get("/api/v2/apitoken", &made.text).await.status == 200;
    }
    let kind = if made.account.starts_with("sa::") { "service" } else { "user" };
    let [action, on] = made.allows;
    let question = json!({
        "subject": { "type": kind, "id": made.account }, "action": { "name": action }, "resource": { "type": on, "id": "x" },
    });
    server.post("/access/v1/evaluation", ADA, &question.to_string()).await.expect(200)["decision"] == json!(true)
}

/// Revokes the thing through a door; nothing where the door does not revoke such things.
pub async fn revoke(server: &Server, door: Door, made: &Made) -> Option<()> {
    let Made { account, key, id, text, .. } = made;
    let path = match (door, made.thing) {
        (Door::Wavefront, Thing::User | Thing::Robot) => format!("/account/{account}"),
        (Door::Native, Thing::User | Thing::Robot) => format!("/accounts/{account}"),
        (Door::M3ter, Thing::Robot) => format!("/serviceusers/{key}"),
        (Door::Wavefront, Thing::Group) => format!("/usergroup/{id}"),
        (Door::M3ter, Thing::Group) => format!("/resourcegroups/user/{id}"),
        (Door::Native, Thing::Group) => format!("/groups/{id}"),
        (Door::Wavefront, Thing::Role) => format!("/role/{id}"),
        (Door::M3ter, Thing::Role) => format!("/permissionpolicies/{id}"),
        (Door::Native, Thing::Role) => format!("/roles/{id}"),
        (Door::Native, Thing::Token) => format!("/accounts/{account}/credentials/{id}"),
        // A token of another door is known here by an id that proves nothing; one of this door by itself.
        (Door::Wavefront, Thing::Token) if text.len() == 36 => format!("/apitoken/serviceaccount/{account}/{text}"),
        (Door::Wavefront, Thing::Token) => format!("/apitoken/serviceaccount/{account}/{id}"),
        (Door::M3ter, Thing::User | Thing::Token) => return None,
    };
    Door::done(&door.ask(server, "DELETE", &path, Value::Null).await);
    Some(())
}

/// A role with a deny in it: enforced everywhere, listed without permissions by Wavefront, which refuses to edit it.
pub async fn a_role_that_says_more(server: &Server) {
    let (account, name) = (robot(server).await, fresh("role"));
    let statements = json!([
        { "effect": "allow", "actions": ["wavefront:ingestion", "config:retrieve"], "resources": ["*"] },
        { "effect": "deny", "actions": ["wavefront:alerts_management"], "resources": ["*"] },
    ]);
    let id = id_of(&Door::Native.ask(server, "POST", "/roles", json!({ "name": name, "statements": statements })).await, "/id");
    for permission in ["alerts_management", "events_management"] {
        Door::done(&Door::Wavefront.ask(server, "POST", &format!("/account/{account}/grant/{permission}"), json!({})).await);
    }
    Door::done(&Door::Wavefront.ask(server, "POST", &format!("/account/{account}/addRoles"), json!([id])).await);
    let shown = Door::done(&Door::Wavefront.get(server, &format!("/role/{id}")).await);
    assert_eq!(shown["response"]["permissions"], json!([]));
    assert_eq!(shown["response"]["properties"]["permsEditable"], false);
    let united = Door::done(&Door::Wavefront.get(server, &format!("/account/{account}")).await);
    assert_eq!(united["response"]["unitedPermissions"], json!(["events_management", "ingestion"]), "what the decision engine says");
    let edit = Door::Wavefront.ask(server, "POST", "/role/grant/agent_management", json!([id])).await;
    assert_eq!(edit.status, 400);
    assert!(edit.text().contains("says more than permissions"), "{}", edit.text());
    assert_eq!(Door::done(&Door::Native.get(server, &format!("/roles/{id}")).await)["statements"], statements);
}
