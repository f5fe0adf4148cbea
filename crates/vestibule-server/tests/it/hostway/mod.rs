//! Hostway's page, line by line, on a running server (`spec/hostway-sso.md`).

mod accounts;
mod contacts;
mod forms;
mod help_desk;
mod links;
mod order;
mod pitfalls;
mod verification;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use vestibule_core::help_desk::{Delivery, DeskSettings};

use crate::harness::{
    ADA, Server, Start,
    databases::Database,
    doors::basic,
    hostway::{self, APP, NUMBER, PASSWORD},
    http::{Reply, Request},
};

const ADMIN: (&str, &str) = ("ada@acme.example", PASSWORD);
const BEN: (&str, &str) = ("ben@acme.example", PASSWORD);
const EVE: (&str, &str) = ("eve@other.example", PASSWORD);
/// The path of a hand-off of Dana's.
const LINK: &str = "/accounts/acct-515393/contacts/technical/supportSSOLink";

async fn server() -> Server {
    hostway::run(Start::on(Database::sqlite())).await
}

fn request(server: &Server, method: &str, path: &str, (user, password): (&str, &str)) -> Request {
    server.request(method, path).header("authorization", basic(user, password))
}

async fn get(server: &Server, path: &str, who: (&str, &str)) -> Reply {
    request(server, "GET", path, who).send().await
}

async fn put(server: &Server, path: &str, who: (&str, &str), body: &Value) -> Reply {
    request(server, "PUT", path, who).json(body.to_string()).send().await
}

async fn post(server: &Server, path: &str, who: (&str, &str), body: &Value) -> Reply {
    request(server, "POST", path, who).json(body.to_string()).send().await
}

async fn delete(server: &Server, path: &str, who: (&str, &str)) -> Reply {
    request(server, "DELETE", path, who).send().await
}

/// Checks the status, the fault's name, its words, and what every refusal has.
#[track_caller]
fn refused(reply: &Reply, status: u16, name: &str, message: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    let told = hostway::check_form(reply);
    assert_eq!((told.0.as_str(), told.1.as_str()), (name, message), "{}", reply.text());
}

#[track_caller]
fn not_found(reply: &Reply) {
    refused(reply, 404, "itemNotFound", "Resource not found");
}

#[track_caller]
fn forbidden(reply: &Reply) {
    refused(reply, 403, "forbidden", "Forbidden");
}

/// The fields at fault, with their reasons.
#[track_caller]
fn faults(reply: &Reply) -> Value {
    let told = hostway::check_form(reply);
    assert_eq!((reply.status, told.0.as_str()), (400, "badRequest"), "{}", reply.text());
    reply.json()["badRequest"]["details"].clone()
}

/// The link of an answer.
async fn link(server: &Server, path: &str) -> String {
    get(server, path, APP).await.expect(200)["ssoLink"].as_str().unwrap().to_owned()
}

/// The token of a link.
fn token(link: &str) -> String {
    link.split_once("?jwt=").unwrap().1.split('&').next().unwrap().to_owned()
}

fn claims(link: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token(link).split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// Sets the help desk of `acme` up anew.
async fn set_desk(server: &Server, settings: DeskSettings) {
    let set = hostway::work(server, move |mut work| Box::pin(async move { work.put_help_desk(settings, None).await }));
    set.await.unwrap();
}

fn by_form() -> DeskSettings {
    DeskSettings { delivery: Delivery::Form, ..DeskSettings::at("acme") }
}

/// The events of `acme` with this name, newest last.
async fn events(server: &Server, action: &str) -> Vec<Value> {
    let page = server.get("/v1/realms/acme/audit/events?limit=1000", ADA).await.expect(200);
    let items = page["items"].as_array().unwrap().iter().map(|item| item["event"].clone());
    items.filter(|event| event["action"] == action).collect()
}

/// What was in the newest letter: the link's `v` and `authString`.
async fn letter(server: &Server) -> (String, String) {
    server.operations.deliver_due_mail().await.unwrap();
    let kept = server.get("/v1/realms/acme/outbox", ADA).await.expect(200)["items"][0].clone();
    let file = server.folder.join("mail").join(format!("{}.eml", kept["id"].as_str().unwrap()));
    // Quoted-printable breaks long lines, and spells `=`.
    let text = std::fs::read_to_string(file).unwrap().replace("=\r\n", "").replace("=3D", "=");
    let base = format!("http://{}/validations/email?v=", server.address);
    let line = text.lines().map(str::trim).find(|line| line.starts_with(&base)).unwrap();
    let (selector, secret) = line[base.len()..].split_once("&authString=").unwrap();
    (selector.to_owned(), secret.to_owned())
}

fn billing() -> String {
    format!("/accounts/{NUMBER}/contacts/billing/supportSSOLink")
}
