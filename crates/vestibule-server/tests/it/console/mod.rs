//! The console in a real browser: what people click, and what comes of it.

mod access;
mod customers;
mod faults;
mod lost;
mod own;
mod people;
mod pictures;
mod settings;
mod sign_in;
mod story;
mod window;

use secrecy::ExposeSecret;
use vestibule_core::{audit::Channel, id::RealmId};

use crate::harness::{
    OPERATOR, Server, Start,
    browser::{Browser, Wish},
    databases::Database,
    http::{Reply, Request},
};

/// The demo realm: what `quickstart` shows.
const DEMO: &str = include_str!("../../../../../examples/acme.toml");

/// A server with the demo realm.
async fn demo(database: Database) -> Server {
    Start { manifest: DEMO.to_owned(), with_workers: true, ..Start::on(database) }.run().await
}

/// The same, reached by a name, as passkeys want it.
async fn demo_by_name(database: Database) -> Server {
    Start { manifest: DEMO.to_owned(), with_workers: true, host: Some("localhost"), ..Start::on(database) }.run().await
}

fn origin(server: &Server) -> String {
    server.operations.settings().public_url.clone()
}

/// The path of a link that signs somebody in.
async fn link(server: &Server, realm: &str, account: &str) -> String {
    let ctx = server.operations.own_ctx(Channel::Cli);
    let realm = if realm == "vendor" { RealmId::vendor() } else { realm.parse().unwrap() };
    let link = server.operations.console_link(&ctx, &realm, &account.parse().unwrap()).await.unwrap();
    format!("/console/link/{}", link.expose_secret())
}

/// Makes a person of acme who holds a role that says this.
async fn person(server: &Server, id: &str, statements: &str) {
    let role = format!(r#"{{"name":"of {id}","statements":{statements}}}"#);
    let role = server.post("/v1/realms/acme/roles", OPERATOR, &role).await.expect(201)["id"].take();
    let person = format!(r#"{{"kind":"user","id":"{id}","name":"","roles":[{role}]}}"#);
    server.post("/v1/realms/acme/accounts", OPERATOR, &person).await.expect(201);
}

/// Somebody who is signed in, where no browser is needed.
struct Person<'s> {
    server: &'s Server,
    cookie: String,
    language: &'static str,
}

impl<'s> Person<'s> {
    async fn sign_in(server: &'s Server, realm: &str, account: &str) -> Self {
        let reply = server.request("POST", &link(server, realm, account).await).send().await;
        let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        Self { server, cookie, language: "en" }
    }

    fn request(&self, method: &str, path: &str) -> Request {
        self.server.request(method, path).header("cookie", &self.cookie).header("accept-language", self.language)
    }

    async fn look(&self, path: &str) -> Reply {
        self.request("GET", path).send().await
    }

    /// What forms of a page must carry.
    async fn form_token(&self, page: &str) -> String {
        let page = self.look(page).await.text();
        page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    /// Sends a form as its page does.
    async fn send(&self, page: &str, path: &str, form: &str) -> Reply {
        let token = self.form_token(page).await;
        self.request("POST", path).form(format!("form_token={token}&{form}")).send().await
    }
}

/// A browser in which somebody is signed in, by a link.
async fn signed_in(server: &Server, realm: &str, account: &str, wish: Wish) -> Browser {
    let browser = Browser::open(&origin(server), wish).await;
    browser.go(&link(server, realm, account).await).await;
    browser.click("button").await;
    // The cookie comes with the next page: without it every other page is the one to sign in on.
    browser.says("Sign out").await;
    browser
}
