//! A mail server that hangs: what is decided goes on, the mail waits, and nobody waits for it.

use std::time::{Duration, Instant};

use crate::{
    books::{Books, verify},
    client::Client,
    database::Engine,
    harness::{ADMIN, until},
    load::Load,
    peer::Peer,
    world::{World, list},
};

/// How long a stop may take while a mail hangs.
const STOP_MAX: Duration = Duration::from_secs(6);
const OUTBOX: &str = "/v1/realms/acme/outbox?";

fn url(peer: &Peer) -> String {
    format!("smtp://127.0.0.1:{}?security=none", peer.port)
}

fn invite(client: &mut Client, name: &str) {
    let body = format!(r#"{{"email": "{name}@here.com"}}"#);
    client.ask("POST", "/v1/realms/acme/support-access/invitations", ADMIN, &body).expect(201);
}

fn mail_hangs_and_writes_go_on(engine: Engine) {
    let (world, peer) = (World::new(engine), Peer::hanging());
    let server = world.serve(&["--smtp-url", &url(&peer)]);
    let mut client = Client::new(&server.address());
    let names = ["ann", "bob", "cem", "dee", "eve"];
    invite(&mut client, names[0]);
    until(|| (peer.hung() == 1).then_some(()));
    let load = Load::start(&[server.address()], "load", 6);
    names[1..].iter().for_each(|name| invite(&mut client, name));
    load.wait_for_kept(200);
    assert_eq!(peer.hung(), 1, "the first mail hangs still");
    assert_eq!(peer.recipients(), Vec::<String>::new());

    peer.replace_by_a_good_one();
    until(|| (peer.recipients() == names.map(|name| format!("{name}@here.com"))).then_some(()));
    until(|| list(&mut client, OUTBOX, 200).iter().all(|mail| mail["state"] == "sent").then_some(()));
    Books::default().check(&mut client, &load.end());
    verify(&world, &mut client);
}

#[test]
fn sqlite_writes_go_on_while_mail_hangs_and_it_arrives_once_the_peer_is_replaced() {
    mail_hangs_and_writes_go_on(Engine::Sqlite);
}

#[test]
fn postgresql_writes_go_on_while_mail_hangs_and_it_arrives_once_the_peer_is_replaced() {
    mail_hangs_and_writes_go_on(Engine::Postgres);
}

fn a_stop_waits_for_no_mail(engine: Engine) {
    let (world, peer) = (World::new(engine), Peer::hanging());
    let server = world.serve(&["--smtp-url", &url(&peer)]);
    let mut client = Client::new(&server.address());
    invite(&mut client, "ann");
    invite(&mut client, "bob");
    until(|| (peer.hung() == 1).then_some(()));
    let told = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    assert!(told.elapsed() < STOP_MAX, "{:?}", told.elapsed());

    peer.replace_by_a_good_one();
    let server = world.serve(&["--smtp-url", &url(&peer)]);
    until(|| (peer.recipients() == ["ann@here.com", "bob@here.com"]).then_some(()));
    let mut client = Client::new(&server.address());
    until(|| list(&mut client, OUTBOX, 200).iter().all(|mail| mail["state"] == "sent").then_some(()));
}

#[test]
fn sqlite_servers_stop_within_seconds_while_mail_hangs_and_the_next_one_sends_it() {
    a_stop_waits_for_no_mail(Engine::Sqlite);
}

#[test]
fn postgresql_servers_stop_within_seconds_while_mail_hangs_and_the_next_one_sends_it() {
    a_stop_waits_for_no_mail(Engine::Postgres);
}
