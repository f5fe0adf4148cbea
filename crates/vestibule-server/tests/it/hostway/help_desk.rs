//! A help desk takes our hand-offs: one in Python that checks as Zendesk does (section 6), reached by links that are
//! followed, and by a browser that runs the pages. Only its scheme and host are not Zendesk's.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

use super::{APP, LINK, by_form, claims, get, link, set_desk, token};
use crate::{
    harness::{
        Server, Start,
        databases::Database,
        hostway::{self, DESK_SECRET},
        http::{Reply, Request},
    },
    python::python_of,
};

/// A running help desk, whose clock stands where the tests' begins.
struct Desk {
    process: Child,
    address: SocketAddr,
}

impl Desk {
    fn open(secrets: &[&str]) -> Self {
        let mut command = Command::new(python_of("VESTIBULE_TEST_PYTHON_HELP_DESK"));
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/hostway_help_desk.py")).arg("1800000000").args(secrets);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port: u16 = line.trim().parse().unwrap_or_else(|_| panic!("the help desk did not open: {line:?}"));
        Self { process, address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A server whose contacts are handed over to this help desk.
    async fn server(&self) -> Server {
        hostway::run(Start { help_desk_origin: Some(self.origin()), ..Start::on(Database::sqlite()) }).await
    }

    /// Follows a link; says where it leads.
    async fn follow(&self, link: &str) -> String {
        let path = link.strip_prefix(&self.origin()).unwrap_or_else(|| panic!("{link}"));
        let reply = Request::new(self.address, "GET", path).send().await;
        assert_eq!(reply.status, 302, "{}", reply.text());
        reply.header("location").unwrap().to_owned()
    }

    async fn post(&self, form: &str) -> Reply {
        Request::new(self.address, "POST", "/access/jwt").form(form).send().await
    }

    /// How it refuses a token, if it does.
    async fn refuses(&self, token: &str) -> Option<String> {
        let led = self.follow(&format!("{}/access/jwt?jwt={token}", self.origin())).await;
        led.strip_prefix("/access/unauthenticated?message=").map(str::to_owned)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A token of our own making.
fn forged(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn hs256(secret: &str) -> impl Fn(&[u8]) -> Vec<u8> {
    move |text| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    }
}

fn hs512(text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha512>::new_from_slice(DESK_SECRET.as_bytes()).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_followed_signs_its_contact_in_once() {
    let desk = Desk::open(&[DESK_SECRET]);
    let server = desk.server().await;
    let first = link(&server, LINK).await;
    assert_eq!(desk.follow(&first).await, "/hc");
    assert_eq!(desk.follow(&first).await, "/access/unauthenticated?message=replay");
    let back = link(&server, &format!("{LINK}?return_to=%2Fhc%2Frequests%3Fpage%3D2%26x%3Dy")).await;
    assert_eq!(desk.follow(&back).await, "/hc/requests?page=2&x=y");
    let posted = desk.post(&format!("jwt={}", token(&link(&server, LINK).await))).await;
    assert!(posted.status == 200 && posted.text().contains("signed in: ") && posted.text().contains(r#"href="/hc""#), "{}", posted.text());
    // Three minutes either way, and not a second more.
    for (advance_s, refused) in [(180, None), (1, Some("iat")), (-362, Some("iat"))] {
        server.clock.advance_ms(advance_s * 1_000);
        let token = token(&link(&server, LINK).await);
        assert_eq!(desk.refuses(&token).await.as_deref(), refused, "{advance_s}");
    }
    server.clock.advance_ms(1_000);
    assert_eq!(desk.refuses(&token(&link(&server, LINK).await)).await, None, "180 s behind");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_help_desk_refuses_whatever_we_would_not_sign() {
    let desk = Desk::open(&[DESK_SECRET]);
    let server = desk.server().await;
    let good = link(&server, LINK).await;
    let (header, told) = (json!({ "typ": "JWT", "alg": "HS256" }), claims(&good));
    let with = |name: &str, value: Value| {
        let mut told = told.clone();
        told["jti"] = json!(format!("forged-{name}-{value}"));
        told[name] = value;
        told
    };
    let kept = URL_SAFE_NO_PAD.decode(token(&good).rsplit_once('.').unwrap().1).unwrap();
    for (token, reason) in [
        (forged(&header, &with("x", json!(1)), hs256("another-secret-0123456789-0123456789-0123456789")), "signature"),
        (forged(&json!({ "typ": "JWT", "alg": "none" }), &with("x", json!(2)), |_| Vec::new()), "header"),
        (forged(&json!({ "typ": "JWT", "alg": "HS512" }), &with("x", json!(3)), hs512), "header"),
        (forged(&json!({ "alg": "HS256" }), &with("x", json!(4)), hs256(DESK_SECRET)), "header"),
        (forged(&header, &with("iat", json!(1_800_000_000_000_i64)), hs256(DESK_SECRET)), "iat"),
        (forged(&header, &with("email", json!("")), hs256(DESK_SECRET)), "email"),
        (forged(&header, &with("name", Value::Null), hs256(DESK_SECRET)), "name"),
        (forged(&header, &with("email", json!("agent@acme.example")), |_| kept.clone()), "signature"),
        ("x".to_owned(), "malformed"),
    ] {
        assert_eq!(desk.refuses(&token).await.as_deref(), Some(reason), "{token}");
    }
    assert_eq!(desk.refuses(&token(&good)).await, None, "the good one was not used up by any of them");
    server.stop().await;
}

/// A path's way through both pages, without a browser: what the second one would post.
async fn carried(server: &Server, path: &str) -> String {
    server.request("GET", path).send().await.expect_status(200);
    let text = server.request("POST", path).form("").send().await.text();
    let value = |name: &str| {
        let (_, rest) = text.split_once(&format!(r#"name="{name}" value=""#))?;
        Some(format!("{name}={}", crate::harness::oauth1::encode(rest.split('"').next()?)))
    };
    [value("jwt"), value("return_to")].into_iter().flatten().collect::<Vec<_>>().join("&")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_carries_a_token_over_that_was_signed_that_moment() {
    let desk = Desk::open(&[DESK_SECRET]);
    let server = desk.server().await;
    set_desk(&server, by_form()).await;
    let link = get(&server, &format!("{LINK}?return_to=%2Fhc%2Frequests"), APP).await.expect(200)["ssoLink"].as_str().unwrap().to_owned();
    let path = link.strip_prefix(&format!("http://{}", server.address)).unwrap().to_owned();
    let form = carried(&server, &path).await;
    let first = desk.post(&form).await.text();
    assert!(first.contains(r#""email": "dana.reyes@example.net""#) && first.contains(r#"href="/hc/requests""#), "{first}");
    let again = desk.post(&form).await.text();
    assert!(again.contains("refused: replay") && again.contains(r#"href="/access/unauthenticated?message=replay""#), "{again}");
    server.stop().await;
}

/// What a browser that opened `link` shows in the end.
async fn browse(link: String, profile: std::path::PathBuf) -> String {
    let browser = std::env::vars().find(|(name, _)| name == "VESTIBULE_TEST_CHROMIUM").map(|(_, path)| path);
    let mut command = Command::new(browser.expect("run the tests with `cargo xtask test`, which finds or installs Chromium"));
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server"]);
    command.args(["--disable-background-networking", "--disable-component-update", "--virtual-time-budget=20000", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", profile.display())).arg(link).stderr(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_opens_the_link_is_signed_in_by_the_forms_script() {
    let desk = Desk::open(&[DESK_SECRET]);
    let server = desk.server().await;
    set_desk(&server, by_form()).await;
    let link = get(&server, LINK, APP).await.expect(200)["ssoLink"].as_str().unwrap().to_owned();
    let shown = browse(link.clone(), server.folder.join("browser")).await;
    assert!(shown.contains("signed in: ") && shown.contains("dana.reyes@example.net"), "{shown}");
    let again = browse(link, server.folder.join("browser-again")).await;
    assert!(again.contains("This link does not work"), "{again}");
    server.stop().await;
}
