//! No secret that is given to the server or made by it is found where it has no business: not in a log
//! line, an event, an error, a mail, the stored bytes, or the `Debug` output of what holds it.

pub mod cage;

use axum::http::HeaderMap;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use vestibule_core::support::Entry;
use vestibule_operations::{
    SignIn,
    manifest::Manifest,
    notify::{Security, SmtpSettings, Transport},
};
use vestibule_server::{
    dialects::here::token::{assertion::Assertion, oauth1, request::Sent},
    exchange::Exchange,
};

use self::cage::{Canaries, Gathered, Lines};
use crate::harness::{
    ADA, BEN, EVE, MIA, OPERATOR, Server, Start,
    databases::Database,
    doors::{self, Family, KEY, SECRET},
    hostway,
    oauth1::Signed,
    smtp::Peer,
};

const SMTP_PASSWORD: &str = "canary-smtp-password-4c1f";
const WRONG_TOKEN: &str = "canary-token-never-issued-77";
const WRONG_SECRET: &str = "canary-secret-that-is-wrong-31";
const IN_A_BODY: &str = "canary-in-a-body-90210";
const NONCES: [&str; 3] = ["canary-nonce-a-1", "canary-nonce-b-2", "canary-nonce-c-3"];
const IDEMPOTENCY_KEY: &str = "canary-idempotency-key-5";
const IN_A_MANIFEST: &str = "canary-in-a-manifest-616";

fn smtp(peer: &Peer) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port: peer.start(),
        security: Security::None,
        sign_in: Some(("mailer".to_owned(), SMTP_PASSWORD.to_owned().into())),
        ca_pem: None,
        from: "Vestibule <vestibule@localhost>".to_owned(),
        hello_name: "localhost".to_owned(),
    }
}

fn given() -> Canaries {
    let mut canaries = Canaries::default();
    for (what, secret) in [
        ("Ada's token", ADA),
        ("Mia's token", MIA),
        ("Ben's token", BEN),
        ("Eve's token", EVE),
        ("the operator's token", OPERATOR),
        ("an access key's secret", SECRET),
        ("a scoped key's secret", "scoped-secret-CANARY-1"),
        ("a password", hostway::PASSWORD),
        ("an application's password", hostway::APP.1),
        ("a help desk's secret", hostway::DESK_SECRET),
        ("the mail server's password", SMTP_PASSWORD),
        ("a wrong token", WRONG_TOKEN),
        ("a wrong secret", WRONG_SECRET),
        ("a body that was refused", IN_A_BODY),
        ("a manifest that was refused", IN_A_MANIFEST),
        ("a nonce", NONCES[0]),
        ("a nonce", NONCES[1]),
        ("a nonce", NONCES[2]),
        ("an idempotency key", IDEMPOTENCY_KEY),
    ] {
        canaries.add(what, secret);
    }
    canaries
}

fn signed(server: &Server, secret: &str, nonce: &str) -> String {
    let (url, timestamp) = (format!("http://{}/oauth2/token", server.address), server.clock.now().seconds());
    Signed { key: KEY, secret, url: &url, nonce, timestamp, parameters: &[("grant_type", "client_credentials")] }.header()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The story, once, with whatever goes wrong on the way.
async fn story(server: &Server, peer: &Peer, canaries: &mut Canaries, gathered: &mut Gathered) {
    let token =
        |header: String| server.request("POST", "/oauth2/token").header("authorization", header).form("grant_type=client_credentials");
    let header = signed(server, SECRET, NONCES[0]);
    canaries.add("a signature", header.rsplit_once("oauth_signature=\"").unwrap().1.trim_end_matches('"'));
    let access = text(&token(header.clone()).send().await.expect(200)["access_token"]);
    canaries.add("an access token", &access);
    gathered.refused(&token(header).send().await, &[401]);
    gathered.refused(&token(signed(server, WRONG_SECRET, NONCES[1])).send().await, &[401]);

    let basic = |secret: &str| server.request("POST", "/oauth/token").header("authorization", doors::basic(KEY, secret));
    canaries.add("a secret in Basic", &doors::basic(KEY, SECRET)[6..]);
    let granted = basic(SECRET).form("grant_type=client_credentials").send().await.expect(200);
    canaries.add("a token by client credentials", &text(&granted["access_token"]));
    gathered.refused(&basic(WRONG_SECRET).form("grant_type=client_credentials").send().await, &[401]);
    for (kind, name) in [("token", "token"), ("access-key", "secret")] {
        let request = server.request("POST", "/v1/realms/acme/accounts/ben@acme.example/credentials").bearer(ADA);
        let request = request.header("idempotency-key", kind).json(json!({ "kind": kind }).to_string());
        let made = request.clone().send().await.expect(201);
        assert_eq!(request.send().await.expect(201), made, "kept, with what proves it");
        canaries.add("what proves a credential that was made", &text(&made[name]));
    }
    server.post("/support", &access, r#"{"emailAddress":"mia.falk@here.com"}"#).await.expect(201);
    peer.is_down.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(server.operations.deliver_due_mail().await.unwrap(), 1);
    server.clock.advance_ms(10_000);
    peer.is_down.store(false, std::sync::atomic::Ordering::SeqCst);
    // The peer knows no way of signing in, which is one more failure.
    assert_eq!(server.operations.deliver_due_mail().await.unwrap(), 1);

    let enter = |reason: &str| {
        let request = server.request("POST", "/v1/realms/acme/support-sessions").bearer(MIA).header("idempotency-key", IDEMPOTENCY_KEY);
        request.json(json!({ "reason": reason }).to_string()).send()
    };
    let entered = enter("Ada asked for help").await.expect(201);
    assert_eq!(enter("Ada asked for help").await.expect(201), entered, "kept, with its token");
    gathered.refused(&enter("another request").await, &[422]);
    let session = text(&entered["token"]);
    canaries.add("a session's token", &session);
    canaries.add("the signature of a session's token", session.rsplit_once('.').unwrap().1);
    for (resource, decision) in [("gold", true), ("secret", false)] {
        let ask = json!({ "subject": { "type": "support", "id": "mia.falk@here.com" }, "action": { "name": "retrieve" }, "resource": { "type": "config:plan", "id": resource } });
        assert_eq!(server.post("/access/v1/evaluation", &session, &ask.to_string()).await.expect(200)["decision"], decision);
    }
    gathered.refused(&server.get("/v1/realms/acme", &session).await, &[403]);
    assert_eq!(server.delete(&format!("/v1/realms/acme/support-sessions/{}", text(&entered["id"])), ADA).await.status, 204);
    gathered.refused(&server.get("/v1/realms/acme", &session).await, &[401]);
    assert_eq!(server.delete("/support", &access).await.status, 204);
    gathered.refused(&server.post("/v1/realms/acme/support-sessions", MIA, r#"{"reason":"again"}"#).await, &[404]);
    standard(server, canaries, gathered).await;
    show(server, &access, &session, gathered).await;
}

/// Signing in through a client, and on the older surface of grants.
async fn standard(server: &Server, canaries: &mut Canaries, gathered: &mut Gathered) {
    let at = "/v1/realms/acme/accounts/sa::app/credentials";
    let held = server.get(at, ADA).await.expect(200);
    let key = held["items"].as_array().unwrap().iter().find(|one| one["public_id"] == KEY).unwrap();
    let body = json!({ "redirect_uris": ["https://app.example/back"] }).to_string();
    server.request("PATCH", &format!("{at}/{}", text(&key["id"]))).bearer(ADA).json(body).send().await.expect(200);
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let back = "https%3A%2F%2Fapp.example%2Fback";
    let path = format!("/oauth/authorize?response_type=code&client_id={KEY}&redirect_uri={back}&code_challenge={challenge}");
    let page = server.request("GET", &path).send().await;
    let form = page.text().split_once(r#"name="form" value=""#).unwrap().1.split('"').next().unwrap().to_owned();
    let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    canaries.add("a form's token", &form);
    canaries.add("a page's cookie", cookie.split_once('=').unwrap().1);
    let send = |password: &str| {
        let sent = format!("form={form}&user=ada%40acme.example&password={}", password.replace(' ', "+"));
        server.request("POST", &path).header("cookie", cookie.clone()).form(sent).send()
    };
    assert_eq!(send(WRONG_SECRET).await.status, 403);
    let sent_back = send(hostway::PASSWORD).await;
    let code = sent_back.header("location").unwrap().split_once("?code=").unwrap().1.split('&').next().unwrap().to_owned();
    canaries.add("a code", &code);
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    canaries.add("what proves a client with a code", verifier);
    let redeem = |secret: &str| {
        let client = format!("client_id={KEY}&client_secret={secret}&grant_type=authorization_code");
        let form = format!("{client}&code={code}&redirect_uri={back}&code_verifier={verifier}");
        server.request("POST", "/oauth/token").form(form).send()
    };
    gathered.refused(&redeem(WRONG_SECRET).await, &[401]);
    canaries.add("a token for a code", &text(&redeem(SECRET).await.expect(200)["access_token"]));
    gathered.refused(&redeem(SECRET).await, &[400]);
    let log_in = |password: &str| {
        let body = json!({ "userName": "ada@acme.example", "password": password }).to_string();
        server.request("POST", "/ws/v12/authentication/user/login").header("accept", "application/json").json(body).send()
    };
    gathered.refused(&log_in(WRONG_SECRET).await, &[401]);
    let session = log_in(hostway::PASSWORD).await.header("x-egain-session").unwrap().to_owned();
    canaries.add("a session's id", &session);
}

/// Refused credentials and refused bodies, at every door.
async fn failures(server: &Server, canaries: &mut Canaries, gathered: &mut Gathered) {
    let basic = STANDARD.encode(format!("ada@acme.example:{}", hostway::PASSWORD));
    canaries.add("a password in Basic", &basic);
    for door in doors::all().into_iter().filter(|door| door.family != Family::Open) {
        for header in [format!("Bearer {WRONG_TOKEN}"), format!("Basic {basic}"), format!("Bearer {ADA}\" {ADA}"), format!("OAuth {ADA}")] {
            if door.family == Family::Hosting && header.starts_with("Basic") {
                // There it is a credential, and would be let in.
                continue;
            }
            let request = server.request(&door.method(), &door.at("acme", doors::NOWHERE)).header("authorization", header);
            let body = door.good_body().unwrap_or_default().to_string();
            gathered.refused(&request.json(body).send().await, &[401, 403]);
        }
        let path = format!("{}?access_token={ADA}&token={WRONG_TOKEN}", door.at("acme", doors::NOWHERE));
        if door.family == Family::Native {
            gathered.refused(&door.request_to(server, &path).json("{}").send().await, &[400, 404]);
        }
        gathered.refused(&server.request(&door.method(), &path).send().await, &[400, 401, 403]);
        let Some(good) = door.good_body() else { continue };
        for body in spoilt(&good) {
            server.clock.advance_ms(60_000);
            let reply = door.request(server).json(&body).send().await;
            // A decision point ignores members that it does not know, and answers about nobody.
            // And where a path's thing is looked for before the body's words are, it is not there.
            let expected: &[u16] = match door.family {
                Family::Access => &[400, 200],
                Family::Customer => &[400, 404],
                _ => &[400],
            };
            gathered.refused(&reply, expected);
        }
    }
    gathered.refused(&server.get(&format!("/{ADA}?x={ADA}"), WRONG_TOKEN).await, &[404]);
    gathered.refused(&server.request("TRACE", "/support").bearer(ADA).send().await, &[405]);
}

/// Bodies that no door takes, a canary as every text in them.
fn spoilt(good: &Value) -> Vec<String> {
    fn with_canaries(value: &Value) -> Value {
        match value {
            Value::Object(members) => members.iter().map(|(name, inner)| (name.clone(), with_canaries(inner))).collect(),
            Value::Array(items) => items.iter().map(with_canaries).collect(),
            _ => json!(IN_A_BODY),
        }
    }
    let planted = with_canaries(good);
    let text = planted.to_string();
    let mut all =
        vec![text[..text.len() - 1].to_owned(), format!("{text}{IN_A_BODY}"), format!("{IN_A_BODY}{text}"), json!(IN_A_BODY).to_string()];
    for (name, value) in planted.as_object().unwrap() {
        all.push(format!("{{{}:{value},{}", json!(name), &text[1..]));
        for wrong in [json!([IN_A_BODY]), json!({ "a": IN_A_BODY }), json!([{ "effect": "allow", "actions": IN_A_BODY, "resources": [] }])]
        {
            let mut body = planted.clone();
            body[name] = wrong;
            all.push(body.to_string());
        }
    }
    all
}

/// `Debug` of whatever holds a secret.
async fn show(server: &Server, access: &str, session: &str, gathered: &mut Gathered) {
    let exchange = Exchange::begin(&server.operations, &HeaderMap::new(), None);
    let ctx = exchange.ctx;
    for token in [ADA, MIA, OPERATOR, access] {
        gathered.shows(&server.operations.bearer(&ctx, token).await.unwrap());
        gathered.shows(&ctx.clone().as_caller(server.operations.bearer(&ctx, token).await.unwrap()));
    }
    gathered.shows(&server.operations.bearer(&ctx, session).await.unwrap_err());
    let key = server.operations.access_key(&ctx, KEY).await.unwrap().unwrap();
    gathered.shows(&key);
    let once_until = ctx.now.plus_seconds(60);
    let by = SignIn { owner: key.owner, once: NONCES[2].to_owned(), once_until, scope: None, lifetime_s: 60 };
    gathered.shows(&by);
    gathered.shows(&server.operations.sign_in(&ctx, by).await.unwrap());
    let header = signed(server, WRONG_SECRET, NONCES[1]);
    gathered.shows(&oauth1::Signed::read(header.as_bytes(), ctx.now).unwrap());
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let assertion = format!("{}.{}.{IN_A_BODY}", part(json!({ "alg": "RS256", "kid": "k" })), part(json!({ "jti": NONCES[2] })));
    gathered.shows(&Assertion::read(&assertion).unwrap());
    for (media, body) in [
        ("application/json", json!({ "clientAssertion": IN_A_BODY }).to_string()),
        ("application/x-www-form-urlencoded", format!("client_assertion={IN_A_BODY}")),
    ] {
        let headers = HeaderMap::from_iter([(axum::http::header::CONTENT_TYPE, media.parse().unwrap())]);
        gathered.shows(&Sent::read(&headers, body.as_bytes()).unwrap());
    }
    gathered.shows(&smtp(&Peer::default()));
    gathered.shows(&Transport::smtp(smtp(&Peer::default())).unwrap());
    gathered.shows(&SecretString::from(IN_A_BODY));
    gathered.shows(&Entry::new("a reason", None).unwrap());
}

/// Manifests that cannot be read say where, and not what stood there.
fn manifests(whole: &str, gathered: &mut Gathered) {
    let read = |text: &str| Manifest::parse(text, "test.toml", &|_| Err("nowhere".to_owned()));
    gathered.shows(&read(whole).unwrap());
    let account = |credential: &str| {
        format!("[[realms]]\nid = \"acme\"\n[[realms.accounts]]\nid = \"ada\"\nkind = \"user\"\ncredentials = [{{ {credential} }}]\n")
    };
    for credential in [
        format!("type = \"token\", secret = \"{IN_A_MANIFEST}"),
        format!("type = \"token\", secret = \"{IN_A_MANIFEST} with blanks\""),
        format!("type = \"token\", secret = [\"{IN_A_MANIFEST}\"]"),
        format!("type = \"token\", secret = {{ is = \"{IN_A_MANIFEST}\" }}"),
        format!("type = \"token\", secret = {IN_A_MANIFEST}"),
        format!("type = \"password\", secret = \"{}\"", IN_A_MANIFEST.repeat(1_000)),
        format!("type = \"password\", secret = \"{IN_A_MANIFEST}\", secret = \"{IN_A_MANIFEST}\""),
        format!("type = \"password\", sekret = \"{IN_A_MANIFEST}\""),
        format!("type = \"access-key\", id = \"k\", secret = \"{IN_A_MANIFEST}\\u0007\""),
        format!("type = \"public-key\", id = \"k\", pem = \"{IN_A_MANIFEST}\""),
        format!("type = \"{IN_A_MANIFEST}\", secret = \"x\""),
        format!("type = \"token\", secret = \"{IN_A_MANIFEST}\" }}, {{ type = \"token\", secret = \"{IN_A_MANIFEST}\""),
    ] {
        let faults = read(&account(&credential)).expect_err(&credential);
        gathered.shows(&faults);
        faults.iter().for_each(|fault| gathered.shown.extend(fault.to_string().into_bytes()));
    }
}

/// Everything that can be read back: events with what they seal, mail, and the bytes as stored.
async fn search(server: &Server, canaries: &Canaries) {
    let mut mails = 0;
    for (realm, token) in [("acme", ADA), ("other", EVE), ("vendor", OPERATOR)] {
        let events = server.get(&format!("/v1/realms/{realm}/audit/events?limit=1000"), token).await;
        assert!(events.text().contains("realm.created"));
        canaries.check("the log", &events.body);
        for item in events.json()["items"].as_array().unwrap() {
            for disclosure in item["disclosures"].as_array().unwrap() {
                canaries.check("a sealed value", &URL_SAFE_NO_PAD.decode(disclosure["d"].as_str().unwrap()).unwrap());
            }
        }
        canaries.check("the export", &server.get(&format!("/v1/realms/{realm}/audit/export?disclosures=true"), token).await.body);
        let outbox = server.get(&format!("/v1/realms/{realm}/outbox"), token).await;
        mails += outbox.json()["items"].as_array().unwrap().iter().filter(|mail| mail["last_error"].is_string()).count();
        canaries.check("the outbox", &outbox.body);
    }
    assert_eq!(mails, 1, "the mail that failed says so");
    let stored = server.database.bytes().await;
    assert!(stored.windows(17).any(|window| window == b"mia.falk@here.com"), "what is stored was looked at");
    canaries.check("the database", &stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_found_where_it_has_no_business() {
    let lines = Lines::listen();
    for database in [Database::sqlite(), Database::postgres().await] {
        let (peer, mut canaries, mut gathered) = (Peer::default(), given(), Gathered::default());
        let start = Start::on(database);
        let start = Start { manifest: hostway::furnish(&start.manifest), transport: Some(Transport::smtp(smtp(&peer)).unwrap()), ..start };
        manifests(&start.manifest, &mut gathered);
        let server = hostway::with_partner(start.run().await).await;
        let master = std::fs::read_to_string(server.folder.join("master.key")).unwrap();
        canaries.add("the master key", master.trim());
        canaries.add_key("the master key", &URL_SAFE_NO_PAD.decode(master.trim()).unwrap());

        story(&server, &peer, &mut canaries, &mut gathered).await;
        failures(&server, &mut canaries, &mut gathered).await;
        canaries.prove();
        assert!(gathered.counts.0 > 100 && gathered.counts.1 > 20, "{:?}", gathered.counts);
        canaries.check("a refusal", &gathered.refusals);
        canaries.check("`Debug`", &gathered.shown);
        search(&server, &canaries).await;

        let logged = lines.bytes();
        let logged_text = String::from_utf8_lossy(&logged);
        assert!(
            logged_text.contains("POST /support answered 201") && logged_text.contains("a mail could not be delivered"),
            "the log was heard"
        );
        canaries.check("a log line", &logged);
        tracing::trace!("a slip: {ADA}");
        assert_eq!(canaries.in_heap(&lines.bytes()), ["Ada's token"], "a slip would be found");
        lines.clear();
        server.stop().await;
    }
}
