//! PostgreSQL that is away, full or read-only for a while.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

use crate::{
    books::{Books, verify},
    client::Client,
    database::{Database, Engine, programs},
    harness::{ADMIN, until},
    load::{Attempt, Load},
    world::{MANIFEST, World, ask_about_ada, ask_about_visitor, check_log, check_written_is_refused, enter, invite, is_yes},
};

/// How PostgreSQL runs for the chores, whose clusters go when this end of a pipe does.
const KEEPER: &str = include_str!("../../../../xtask/src/postgres.sh");

/// A PostgreSQL of the test's own, which can be restarted.
struct Cluster {
    keeper: Child,
    port: u16,
    data: String,
}

/// A command as the user that PostgreSQL runs as: it refuses to run as root.
fn as_service_user(program: &str) -> Command {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = Command::new(if is_root { "runuser" } else { program });
    if is_root {
        command.args(["-u", "postgres", "--", program]);
    }
    command
}

impl Cluster {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut keeper = as_service_user("sh");
        keeper.args(["-c", KEEPER, "keep-postgres"]).arg(programs()).arg(std::env::temp_dir()).args([&port.to_string(), "off"]);
        let mut keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let pid = ready.strip_prefix("ready ").expect("PostgreSQL starts").trim();
        // A PostgreSQL works in the directory of its data.
        let data = std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap().to_str().unwrap().to_owned();
        Self { keeper, port, data }
    }

    fn control(&self, args: &[&str]) {
        let mut control = as_service_user(programs().join("pg_ctl").to_str().unwrap());
        control.args(args).args(["--silent", "--wait", "--pgdata", &self.data, "--log", &format!("{}/log", self.data)]).current_dir("/");
        assert!(control.status().unwrap().success(), "{args:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

#[test]
fn a_restart_of_postgresql_under_load_is_recovered_from_without_a_restart_of_ours() {
    let cluster = Cluster::start();
    let database = Database::on(&format!("postgres://postgres@127.0.0.1:{}/postgres", cluster.port));
    // Declared after its cluster, and so dropped before it.
    let world = World::on(Some(database), MANIFEST);
    let server = world.serve(&[]);
    let mut client = Client::new(&server.address());
    let (visit, visitor) = enter(&mut client, "a visit");
    let load = Load::start(&[server.address()], "load", 6);
    for how in ["fast", "immediate", "fast"] {
        load.wait_for_kept(50);
        cluster.control(&["stop", "--mode", how]);
        load.wait_for_unavailable(20);
        check_written_is_refused(&mut client, &visitor);
        // Memory is trusted for half a second more.
        until(|| (ask_about_ada(&mut client).status == 503).then_some(()));
        assert_eq!(client.ask("GET", "/readyz", "-", "").status, 503);
        assert_eq!(client.ask("GET", "/livez", "-", "").status, 200);
        cluster.control(&["start"]);
        load.wait_for_recovery();
        until(|| is_yes(&ask_about_ada(&mut client)).then_some(()));
        until(|| is_yes(&ask_about_visitor(&mut client, &visitor)).then_some(()));
    }
    let mut attempts = load.end();
    attempts.push(Attempt::kept("a visit", &visit));
    Books::default().check(&mut client, &attempts);
    verify(&world, &mut client);
    check_log(&server);
}

#[test]
fn a_read_only_postgresql_refuses_writes_alone_and_is_recovered_from_without_a_restart() {
    let world = World::new(Engine::Postgres);
    let database = world.database.as_ref().unwrap();
    let server = world.serve(&[]);
    let mut client = Client::new(&server.address());
    let (visit, visitor) = enter(&mut client, "a visit");
    let load = Load::start(&[server.address()], "load", 6);
    load.wait_for_kept(50);
    database.administer(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name));
    // Sessions stay as they began.
    database.disconnect_all();
    load.wait_for_unavailable(50);
    check_written_is_refused(&mut client, &visitor);
    until(|| is_yes(&ask_about_ada(&mut client)).then_some(()));
    assert_eq!(client.ask("GET", "/v1/realms/acme/support-access", ADMIN, "").status, 200, "the database can be read");
    assert_eq!(client.ask("GET", "/readyz", "-", "").status, 200);

    // No session is ended for us this time: those that began read-only must not be lent again.
    database.administer(&format!("ALTER DATABASE {} RESET default_transaction_read_only", database.name));
    load.wait_for_recovery();
    until(|| is_yes(&ask_about_visitor(&mut client, &visitor)).then_some(()));
    until(|| (invite(&mut client).status == 201).then_some(()));
    let mut attempts = load.end();
    attempts.push(Attempt::kept("a visit", &visit));
    Books::default().check(&mut client, &attempts);
    verify(&world, &mut client);
    check_log(&server);
}

#[test]
fn a_connection_limit_that_is_reached_refuses_and_is_recovered_from_without_a_restart() {
    let world = World::new(Engine::Postgres);
    let database = world.database.as_ref().unwrap();
    let server = world.serve(&[]);
    let mut client = Client::new(&server.address());
    let (visit, visitor) = enter(&mut client, "a visit");
    let load = Load::start(&[server.address()], "load", 6);
    load.wait_for_kept(50);
    database.administer(&format!("ALTER ROLE {} CONNECTION LIMIT 0", database.name));
    database.disconnect_all();
    load.wait_for_unavailable(50);
    check_written_is_refused(&mut client, &visitor);
    until(|| (ask_about_ada(&mut client).status == 503).then_some(()));
    assert_eq!(client.ask("GET", "/readyz", "-", "").status, 503);

    // Fewer than there are clients: some are refused, and whoever gets through is served.
    database.administer(&format!("ALTER ROLE {} CONNECTION LIMIT 2", database.name));
    load.wait_for_kept(50);
    database.administer(&format!("ALTER ROLE {} CONNECTION LIMIT -1", database.name));
    load.wait_for_recovery();
    until(|| is_yes(&ask_about_ada(&mut client)).then_some(()));
    until(|| is_yes(&ask_about_visitor(&mut client, &visitor)).then_some(()));
    let mut attempts = load.end();
    attempts.push(Attempt::kept("a visit", &visit));
    Books::default().check(&mut client, &attempts);
    verify(&world, &mut client);
    check_log(&server);
}
