//! The console in a real browser: what people click, and what comes of it.

mod access;
mod customers;
mod own;
mod people;
mod pictures;
mod settings;
mod sign_in;
mod story;

use secrecy::ExposeSecret;
use vestibule_core::{audit::Channel, id::RealmId};

use crate::harness::{
    Server, Start,
    browser::{Browser, Wish},
    databases::Database,
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

/// A browser in which somebody is signed in, by a link.
async fn signed_in(server: &Server, realm: &str, account: &str, wish: Wish) -> Browser {
    let ctx = server.operations.own_ctx(Channel::Cli);
    let realm = if realm == "vendor" { RealmId::vendor() } else { realm.parse().unwrap() };
    let link = server.operations.console_link(&ctx, &realm, &account.parse().unwrap()).await.unwrap();
    let browser = Browser::open(&origin(server), wish).await;
    browser.go(&format!("/console/link/{}", link.expose_secret())).await;
    browser.click("button").await;
    // The cookie comes with the next page: without it every other page is the one to sign in on.
    browser.says("Sign out").await;
    browser
}
