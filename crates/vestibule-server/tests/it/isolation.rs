//! Strangers: whoever is of another realm, or of the vendor and not let in, is told what somebody is
//! told who asks for a realm that does not exist, byte for byte, and leaves nothing behind there.

use serde_json::{Value, json};

use crate::harness::{
    ADA, BEN, EVE, MIA, OPERATOR, Server, Start,
    databases::Database,
    doors::{self, Door, Family, NOWHERE},
    hostway,
    http::Reply,
    on_both, organization, wavefront,
};

/// A token of Ada's that carries a project scope.
const SCOPED: &str = "ada-scoped-token-31337";
/// An agent of the vendor whom nobody invited.
const TOM: &str = "tom-token-of-the-vendor-11";
/// A realm that nobody made.
const NOBODYS: &str = "nobodys";
/// Between two questions: few enough denials a minute that each is told of, and a visit outlasts them.
const STEP_MS: i64 = 7_000;
/// How many doors a visit is tried at: it lasts an hour.
const VISITED_DOORS: usize = 40;

/// A server on which Mia has been let into `acme`; the ids of an invitation and a session, and the session's token.
struct Scene {
    server: Server,
    invitation: String,
    session: String,
    group: String,
    role: String,
    visit: String,
    /// How many events the logs held when they were last looked at.
    seen: [u64; 3],
}

impl Scene {
    async fn set(start: Start) -> Self {
        let server = hostway::run(start).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let invited = server.post("/v1/realms/acme/support-access/invitations", ADA, r#"{"email":"mia.falk@here.com"}"#).await.expect(201);
        let entered = server.post("/v1/realms/acme/support-sessions", MIA, r#"{"reason":"asked to"}"#).await.expect(201);
        let window = json!({ "ends_at": "2027-01-15T08:00:01Z", "statements": [] });
        let window = server.request("PUT", "/v1/realms/acme/support-access/window").bearer(ADA).json(window.to_string()).send().await;
        window.expect(201);
        let newest =
            async |list: &str| text(&server.get(&format!("/v1/realms/acme/{list}?limit=1"), ADA).await.expect(200)["items"][0]["id"]);
        let (group, role) = (newest("groups").await, newest("roles").await);
        let (invitation, session, visit) = (text(&invited["id"]), text(&entered["id"]), text(&entered["token"]));
        let mut scene = Self { server, invitation, session, group, role, visit, seen: [0; 3] };
        scene.seen = scene.sizes().await;
        scene
    }

    /// What the door is asked at a realm: with ids of things that are there, in `acme`.
    async fn ask(&self, door: &Door, realm: &str, token: &str) -> Reply {
        let id = match door.path.strip_prefix("/v1/realms/{realm}/").unwrap_or_default() {
            path if path.starts_with("accounts") => "ada@acme.example",
            path if path.starts_with("groups") => &self.group,
            path if path.starts_with("roles") => &self.role,
            _ if door.path.contains("invitations") => &self.invitation,
            _ => &self.session,
        };
        let request = self.server.request(&door.method(), &door.at(realm, id).replace(NOWHERE, &self.role));
        let request = match hostway::basic_of(token).filter(|_| door.family == Family::Hosting) {
            Some(password) => request.header("authorization", password),
            None => request.bearer(token),
        };
        let request = request.header("x-request-id", "stranger").header("x-correlation-id", "stranger");
        match door.good_body() {
            Some(body) => request.json(body.to_string()).send().await,
            None => request.send().await,
        }
    }

    /// How many events the logs hold: of `acme`, of `other`, of the vendor.
    async fn sizes(&self) -> [u64; 3] {
        let mut sizes = [0; 3];
        for (size, (realm, token)) in sizes.iter_mut().zip([("acme", ADA), ("other", EVE), ("vendor", OPERATOR)]) {
            let page = self.server.get(&format!("/v1/realms/{realm}/audit/events?limit=1"), token).await.expect(200);
            *size = page["size"].as_u64().unwrap();
        }
        sizes
    }

    /// Lets the agent enter `acme` anew: a visit lasts an hour.
    async fn enter_anew(&mut self) -> String {
        let entered = self.server.post("/v1/realms/acme/support-sessions", MIA, r#"{"reason":"asked to"}"#).await.expect(201);
        self.visit = entered["token"].as_str().unwrap().to_owned();
        self.seen = self.sizes().await;
        self.visit.clone()
    }

    /// Asks and gives, beside the answer, by how much each log grew.
    async fn traced(&mut self, door: &Door, realm: &str, token: &str) -> (Reply, [u64; 3]) {
        self.server.clock.advance_ms(STEP_MS);
        let reply = self.ask(door, realm, token).await;
        let (before, after) = (self.seen, self.sizes().await);
        self.seen = after;
        (reply, [0, 1, 2].map(|log| after[log] - before[log]))
    }
}

/// Every address that names a realm and does not answer everybody alike.
fn doors_of_realms() -> impl Iterator<Item = Door> {
    // Two spellings of an address are one door, and each try of a password takes its time.
    let is_respelt = |door: &Door| door.family == Family::Hosting && door.path.ends_with('/');
    doors::all().into_iter().filter(move |door| door.path.contains("{realm}") && door.family != Family::Open && !is_respelt(door))
}

/// Everything of an answer that can tell two of them apart.
fn told(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let headers = reply.headers.iter().filter(|(name, _)| *name != "date").map(|(name, value)| (name.clone(), value.clone()));
    // What names a single refusal differs even for one who asks twice.
    let text = reply.text();
    let text = match text.split_once(r#""guid":""#) {
        Some((before, after)) => format!("{before}{}", &after[36..]),
        None => text,
    };
    (reply.status, headers.collect(), text)
}

/// Asks at every door as every kind of stranger.
async fn ask_as_strangers(start: Start) {
    let mut scene = Scene::set(start).await;
    let visit = scene.visit.clone();
    for (who, token, realms) in [
        ("a visit to acme", visit.as_str(), &["other", "vendor"][..]),
        ("Eve", EVE, &["acme", "shut", "vendor"]),
        ("Ada", ADA, &["other", "vendor"]),
        ("a scoped token", SCOPED, &["other"]),
        ("Ben", BEN, &["other"]),
        ("Tom", TOM, &["acme", "shut"]),
        ("a scoped token of Tom's", "tom-scoped-token-12", &["acme", "shut"]),
        ("Mia", MIA, &["other"]),
    ] {
        let mut token = token.to_owned();
        for (number, door) in doors_of_realms().enumerate() {
            if token == scene.visit && number % VISITED_DOORS == 0 {
                token = scene.enter_anew().await;
            }
            let token = token.as_str();
            let (nobody, at_nobody) = scene.traced(&door, NOBODYS, token).await;
            for realm in realms {
                let (reply, at_realm) = scene.traced(&door, realm, token).await;
                let place = format!("{who} at {realm}: {} {}", door.verb, door.path);
                let expected: &[u16] = if door.family == Family::Hosting { &[401] } else { &[403, 404] };
                assert!(expected.contains(&reply.status), "{place}: {}", reply.status);
                assert_eq!(told(&reply), told(&nobody), "{place}");
                let is_agent_entering = [TOM, MIA].contains(&token) && door.token() == MIA;
                // An agent who knocks is told of to the tenant; nobody else is, and no log of the caller's own tells more.
                match (is_agent_entering, *realm) {
                    (true, "acme") => assert_eq!((at_nobody, at_realm), ([0, 0, 0], [1, 0, 0]), "{place}"),
                    (true, "other") => assert_eq!((at_nobody, at_realm), ([0, 0, 0], [0, 1, 0]), "{place}"),
                    _ => assert_eq!(at_realm, at_nobody, "{place}"),
                }
            }
        }
    }
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_told_what_nobody_is_told_and_leaves_nothing() {
    ask_as_strangers(Start::on(Database::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_told_what_nobody_is_told_and_leaves_nothing_on_postgresql() {
    ask_as_strangers(Start::on(Database::postgres().await)).await;
}

#[tokio::test]
async fn whoever_has_no_right_at_home_is_refused_and_told_of_once() {
    let mut scene = Scene::set(Start::on(Database::sqlite())).await;
    let visit = scene.visit.clone();
    for (who, token) in [("a visit", visit.as_str()), ("Ben", BEN), ("a scoped token", SCOPED)] {
        let asked = doors::all().into_iter().filter(|door| {
            matches!(door.family, Family::Native | Family::Support)
                || organization::asks_for_a_right(door)
                || wavefront::asks_for_a_right(door)
        });
        for door in asked {
            if token == visit && door.path.ends_with("/support-sessions/{id}") {
                // Its own session a visit may see and end.
                continue;
            }
            let (reply, [grown, others, vendors]) = scene.traced(&door, "acme", token).await;
            let place = format!("{who}: {} {}", door.verb, door.path);
            // A person of the realm cannot be its visitor: that is not a matter of rights.
            let is_entering = door.token() == MIA && token != SCOPED;
            assert_eq!(
                reply.status,
                match is_entering {
                    true => 404,
                    // A scope is refused before any right is asked for.
                    false if token == SCOPED => 403,
                    false => organization::denied_with(&door),
                },
                "{place}"
            );
            assert_eq!((grown, others, vendors), (1, 0, 0), "{place}");
            let size = scene.sizes().await[0];
            let event = scene.server.get(&format!("/v1/realms/acme/audit/events/{}", size - 1), ADA).await.expect(200)["event"].take();
            assert_eq!((&event["outcome"], &event["request"]["id"]), (&json!("denied"), &json!("stranger")), "{place}");
        }
    }
    scene.server.stop().await;
}

/// The things of a list, by what names them.
fn names(list: &Value) -> Vec<Value> {
    let name = |item: &Value| item.get("key").or(item.get("id")).or(item.get("leaf_hash")).unwrap().clone();
    list["items"].as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn a_cursor_of_one_realm_opens_nothing_in_another() {
    on_both(|start| async {
        let server = start.run().await;
        for (realm, admin) in [("acme", ADA), ("other", EVE)] {
            for email in ["mia.falk@here.com", "tom.berg@here.com", "*"] {
                server.clock.advance_ms(1);
                let body = json!({ "email": email }).to_string();
                server.post(&format!("/v1/realms/{realm}/support-access/invitations"), admin, &body).await.expect(201);
                server.post(&format!("/v1/realms/{realm}/support-sessions"), MIA, r#"{"reason":"asked to"}"#).await.expect(201);
            }
        }
        let lists = doors_of_realms().filter(|door| door.verb == "get" && !door.path.contains("{id}") && !door.path.contains("{index}"));
        let mut tried = 0;
        for door in lists {
            let first = server.get(&(door.at("acme", "") + "?limit=1"), ADA).await;
            let Some(next) = serde_json::from_slice::<Value>(&first.body).unwrap_or_default()["next"].as_str().map(str::to_owned) else {
                continue;
            };
            tried += 1;
            let (mine, theirs) = (server.get(&door.at("other", ""), EVE).await.expect(200), server.get(&door.at("acme", ""), ADA).await);
            let reply = server.get(&(door.at("other", "") + "?after=" + &next), EVE).await;
            match reply.status {
                400 => {}
                _ => {
                    let found = names(&reply.expect(200));
                    assert!(found.iter().all(|name| names(&mine).contains(name)), "{}", door.path);
                    assert!(!found.iter().any(|name| names(&theirs.json()).contains(name)), "{}", door.path);
                }
            }
        }
        assert_eq!(tried, 7, "invitations, sessions, events, outbox, accounts, groups, roles");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_same_names_in_two_realms_do_not_meet() {
    on_both(|start| async move {
        let twin = r#"{ id = "ada@acme.example", kind = "user", credentials = [{ type = "token", secret = "ada-of-other-55" }] }"#;
        let other = "\n[[realms]]\nid = \"twin\"\nname = \"Twin\"\nsupport = { enabled = true }\n";
        let server = Start { manifest: format!("{}{other}accounts = [{twin}]\n", start.manifest), ..start }.run().await;
        let once = |path: &str, token: &str, body: &str| {
            server.request("POST", path).bearer(token).header("idempotency-key", "the-same-key").json(body).send()
        };
        let (acme, other) = ("/v1/realms/acme/support-access/invitations", "/v1/realms/other/support-access/invitations");
        let here = once(acme, ADA, r#"{"email":"mia.falk@here.com"}"#).await.expect(201);
        let there = once(other, EVE, r#"{"email":"mia.falk@here.com","expires_at":"2031-04-30T18:00:00Z"}"#).await.expect(201);
        assert_ne!(here["id"], there["id"]);

        let (acme, other) = ("/v1/realms/acme/support-sessions", "/v1/realms/other/support-sessions");
        let here = once(acme, MIA, r#"{"reason":"asked to"}"#).await.expect(201);
        let there = once(other, MIA, r#"{"reason":"asked to, there"}"#).await.expect(201);
        assert_ne!((&here["id"], &here["account"]), (&there["id"], &there["account"]));
        assert_eq!(server.delete("/support?emailAddress=mia.falk%40here.com", ADA).await.status, 204);
        let live = |realm: &str| format!("/v1/realms/{realm}/support-sessions?state=live");
        assert_eq!(names(&server.get(&live("acme"), ADA).await.expect(200)).len(), 0);
        assert_eq!(names(&server.get(&live("other"), EVE).await.expect(200)), [there["id"].clone()], "the other list stands");

        // The account of the same id elsewhere has none of the rights, and its token none of the ways.
        let twin = "ada-of-other-55";
        for path in ["/v1/realms/acme", "/v1/realms/twin"] {
            assert!([403, 404].contains(&server.get(path, twin).await.status), "{path}");
        }
        let question = |id: &str| json!({ "subject": { "type": "user", "id": id }, "action": { "name": "realm:administer" }, "resource": { "type": "realm", "id": "acme" } }).to_string();
        let ask = |token: &'static str, id: &str| {
            let body = question(id);
            let server = &server;
            async move { server.post("/access/v1/evaluation", token, &body).await.text() }
        };
        assert_eq!(ask(twin, "ada@acme.example").await, r#"{"decision":false}"#);
        assert_eq!(ask(EVE, "ada@acme.example").await, ask(EVE, "nobody@acme.example").await, "of somebody else's account nothing is said");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_vendors_realm_is_in_no_list_of_a_tenant() {
    let server = Start::on(Database::sqlite()).run().await;
    for (token, realm) in [(ADA, "acme"), (EVE, "other")] {
        for query in ["", "?limit=200", "?after=acme", "?after=a"] {
            let list = server.get(&format!("/v1/realms{query}"), token).await.expect(200);
            assert_eq!(names(&list), [json!(realm)], "{query}");
        }
    }
    let all = server.get("/v1/realms", OPERATOR).await.expect(200);
    assert_eq!(names(&all), ["acme", "other", "shut"].map(|id| json!(id)));
    let made = server.post("/v1/realms", OPERATOR, r#"{"id":"vendor","name":"Mine"}"#).await;
    assert!([400, 409].contains(&made.status), "{}", made.text());
    assert_eq!(server.get(&format!("/v1/realms/vendor/support-sessions/{NOWHERE}"), EVE).await.status, 404);
    server.stop().await;
}
