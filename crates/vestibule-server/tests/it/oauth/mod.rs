//! The standard door: who gets which token for what, and who may sign in on its pages.

mod browser;
mod customers;
mod token;

use serde_json::{Value, json};
use vestibule_operations::{apply::Mode, manifest::Manifest};

use crate::harness::{Server, Start, http::Reply};

/// A client with two addresses.
const SHOP: (&str, &str) = ("shopKey000000001", "canary-secret-of-the-shop-1");
/// A client that may act for others.
const PROXY: (&str, &str) = ("proxyKey00000001", "canary-secret-of-the-proxy-2");
const BACK: &str = "https://shop.example/back";
const PIA: &str = "pia@mall.example";
const PASSWORD: &str = "canary password of Pia's";
const AMARA: &str = "amara@example.net";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A realm beside those of the other tests.
const MALL: &str = r#"
[[realms]]
id = "mall"
name = "The <Mall>"
[[realms.accounts]]
id = "sa::shop"
kind = "service"
credentials = [{ type = "access-key", id = "shopKey000000001", secret = "canary-secret-of-the-shop-1", name = "The shop",
  redirect_uris = ["https://shop.example/back", "http://127.0.0.1:4711/back"] }]
[[realms.accounts]]
id = "sa::other"
kind = "service"
credentials = [{ type = "access-key", id = "otherKey00000001", secret = "canary-secret-of-the-other-3",
  redirect_uris = ["https://other.example/back"] }]
[[realms.accounts]]
id = "sa::proxy"
kind = "service"
permissions = ["account:actAs", "customer:actAs"]
credentials = [{ type = "access-key", id = "proxyKey00000001", secret = "canary-secret-of-the-proxy-2" }]
[[realms.accounts]]
id = "pia@mall.example"
kind = "user"
name = "Pia"
credentials = [
  { type = "password", secret = "canary password of Pia's" },
  { type = "access-key", id = "piasKey000000001", secret = "canary-secret-of-pias-key-4", redirect_uris = ["https://pia.example/"] },
]
[[realms.customers.list]]
id = "2210"
kind = "individual"
contacts = [{ type = "primary", first_name = "Amara", last_name = "Osei", email = "amara@example.net", email_verified = true }]
[[realms.customers.list]]
id = "2214"
kind = "individual"
contacts = [{ type = "primary", first_name = "Ilse", last_name = "Brandt", email = "ilse@example.net", email_verified = false }]
"#;

/// A server with that realm.
async fn run(start: Start) -> Server {
    let server = start.run().await;
    let mall = Manifest::parse(MALL, "mall.toml", &|_| Err("these tests keep secrets nowhere else".to_owned())).unwrap();
    server.operations.apply(&mall, Mode::Act).await.unwrap();
    server
}

async fn post_token(server: &Server, form: &str) -> Reply {
    server.request("POST", "/oauth/token").form(form).send().await
}

/// What a client gets for a code.
async fn redeem(server: &Server, code: &str) -> Reply {
    let (id, secret) = SHOP;
    let back = BACK.replace(':', "%3A").replace('/', "%2F");
    let form = format!("grant_type=authorization_code&client_id={id}&client_secret={secret}&code={code}");
    post_token(server, &format!("{form}&redirect_uri={back}&code_verifier={VERIFIER}")).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

/// The query with which the shop sends browsers, and more.
fn asked(more: &str) -> String {
    let ask = format!("response_type=code&client_id={}&redirect_uri=https%3A%2F%2Fshop.example%2Fback", SHOP.0);
    format!("{ask}&code_challenge={CHALLENGE}&code_challenge_method=S256&state=x%20%26y&scope=core.customermgr.read{more}")
}

/// What a browser that is sent back carries along.
#[track_caller]
fn carried(server: &Server, reply: &Reply) -> Vec<(String, String)> {
    assert_eq!(reply.status, 303, "{}", reply.text());
    assert_eq!((reply.header("cache-control"), reply.header("referrer-policy")), (Some("no-store"), Some("no-referrer")));
    let location = reply.header("location").unwrap();
    let query = location.strip_prefix(BACK).and_then(|rest| rest.strip_prefix('?')).unwrap_or_else(|| panic!("{location}"));
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pairs: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect();
    let issuer = ("iss".to_owned(), format!("http://{}/oauth", server.address));
    assert!(pairs.contains(&issuer) && pairs.contains(&("state".to_owned(), "x &y".to_owned())), "{location}");
    pairs
}

#[track_caller]
fn member(carried: &[(String, String)], name: &str) -> String {
    carried.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{carried:?}")).1.clone()
}

/// Holds a page to what each of them has round it; `form_to` is where its form may lead.
#[track_caller]
fn page(reply: &Reply, status: u16, form_to: &str) -> String {
    assert_eq!(reply.status, status, "{}", reply.text());
    let policy = format!("default-src 'none'; style-src 'self'; base-uri 'none'; form-action {form_to}; frame-ancestors 'none'");
    for (header, value) in [
        ("content-security-policy", policy.as_str()),
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(reply.header(header), Some(value), "{header}");
    }
    assert!(reply.header("location").is_none());
    let text = reply.text();
    assert!(!text.contains("<script") && !text.contains("<Mall>"), "{text}");
    text
}

/// A form as a browser was shown it: its hidden member, and the cookie that came with it.
#[track_caller]
fn shown(reply: &Reply) -> (String, String) {
    let text = page(reply, 200, "'self' https://shop.example");
    let form = text.split_once(r#"name="form" value=""#).unwrap().1.split('"').next().unwrap().to_owned();
    let set = reply.header("set-cookie").unwrap();
    let (cookie, rest) = set.split_once(';').unwrap();
    assert!(cookie.starts_with("__Host-vestibule-sign-in="), "{set}");
    assert_eq!(rest, " Path=/; Secure; HttpOnly; SameSite=Lax");
    (form, cookie.to_owned())
}

/// The whole way of a person through the page.
async fn sign_in(server: &Server) -> Reply {
    let path = format!("/oauth/authorize?{}", asked(""));
    let (form, cookie) = shown(&server.request("GET", &path).send().await);
    let sent = format!("form={form}&user={PIA}&password={}", PASSWORD.replace(' ', "+"));
    server.request("POST", &path).header("cookie", cookie).form(sent).send().await
}

/// What is asked of a token's bearer elsewhere: a customer is nobody there.
async fn me(server: &Server, token: &str) -> u16 {
    server.post("/access/v1/evaluation", token, &question().to_string()).await.status
}

fn question() -> Value {
    json!({ "subject": { "type": "user", "id": PIA }, "action": { "name": "retrieve" }, "resource": { "type": "config:plan", "id": "x" } })
}
