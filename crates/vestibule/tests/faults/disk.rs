//! The embedded database's disk: full, and not to be written.

use std::{fs, io::Write, process::Command};

use crate::{
    books::{Books, verify_fetched},
    client::Client,
    database::Engine,
    harness::{ADMIN, Server, vestibule},
    load::{Attempt, Load},
    world::{World, ask_about_ada, ask_about_visitor, check_log, check_written_is_refused, enter, invite, is_yes},
};

/// What sees mounts of its own.
fn unshare() -> &'static [&'static str] {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if is_root { &["--mount"] } else { &["--mount", "--map-root-user"] }
}

/// A server that a shell prepares: in `script`, `$1` is the data directory and the rest the server's command line.
fn behind(world: &World, program: &str, more: &[&str], script: &str) -> Server {
    let server = vestibule(&[]);
    let mut shell = Command::new(program);
    // It takes the environment of the binary: without the variables that would steer it.
    for (name, _) in server.get_envs() {
        shell.env_remove(name);
    }
    shell.args(more).args(["sh", "-euc", script, "prepare", &world.folder.path("data")]).arg(server.get_program()).args(world.serving(&[]));
    Server::launch(&world.folder, shell, "listening on http://")
}

/// Writes are refused, the rest goes on; once `mend` is done writes go on too, in the same process.
fn refuses_writes_alone(world: &World, server: &Server, fail: impl FnOnce(), mend: impl FnOnce()) {
    let mut client = Client::new(&server.address());
    let (visit, visitor) = enter(&mut client, "a visit");
    assert!(is_yes(&ask_about_ada(&mut client)) && is_yes(&ask_about_visitor(&mut client, &visitor)));
    let load = Load::start(&[server.address()], "load", 6);
    load.wait_for_kept(50);
    fail();
    load.wait_for_unavailable(50);
    check_written_is_refused(&mut client, &visitor);
    assert_eq!(client.ask("GET", "/v1/realms/acme/audit/export", ADMIN, "").status, 503);
    assert!(is_yes(&ask_about_ada(&mut client)), "memory answers");
    assert_eq!(client.ask("GET", "/v1/realms/acme/support-access", ADMIN, "").status, 200, "the database can be read");
    assert_eq!(client.ask("GET", "/readyz", "-", "").status, 200);

    mend();
    load.wait_for_recovery();
    assert!(is_yes(&ask_about_visitor(&mut client, &visitor)));
    assert_eq!(invite(&mut client).status, 201);
    let mut attempts = load.end();
    attempts.push(Attempt::kept("a visit", &visit));
    Books::default().check(&mut client, &attempts);
    verify_fetched(world, &mut client);
    check_log(server);
}

#[test]
fn a_full_disk_refuses_writes_alone_and_is_recovered_from_without_a_restart() {
    let world = World::new(Engine::Sqlite);
    let data = world.folder.path("data");
    // The small disk is seen by the server alone, and goes with it.
    let script = r#"cp -a "$1" "$1.kept"; mount -t tmpfs -o size=24m small "$1"; cp -a "$1.kept/." "$1"; shift; exec "$@""#;
    let server = behind(&world, "unshare", unshare(), script);
    let filler = format!("/proc/{}/root{data}/filler", server.id());
    let fill = || {
        let mut file = fs::File::create(&filler).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    };
    refuses_writes_alone(&world, &server, fill, || fs::remove_file(&filler).unwrap());
}

#[test]
fn files_that_cannot_be_written_refuse_writes_alone_and_are_recovered_from_without_a_restart() {
    let world = World::new(Engine::Sqlite);
    // A file system with open files cannot be made read-only; a limit on what the process writes can come and go.
    let server = behind(&world, "env", &[], r#"trap '' XFSZ; shift; exec "$@""#);
    let limit = |bytes: &str| {
        let ended = Command::new("prlimit").args(["--pid", &server.id().to_string(), &format!("--fsize={bytes}:unlimited")]).status();
        assert!(ended.expect("prlimit is installed").success());
    };
    refuses_writes_alone(&world, &server, || limit("1"), || limit("unlimited"));
}

#[test]
fn an_export_that_does_not_fit_leaves_nothing_of_itself_and_is_not_told_of() {
    let world = World::new(Engine::Sqlite);
    // Room for what an earlier export left there, and little more.
    let script = r#"mount -t tmpfs -o size=8k small "$1"; echo earlier > "$1/acme.tar"; code=0; "$2" $3 || code=$?; ls "$1"; cat "$1/acme.tar"; exit $code"#;
    let small = world.folder.path("small");
    fs::create_dir(&small).unwrap();
    let export = world.args(&["audit", "export", "acme", "-o", &format!("{small}/acme.tar")]).join(" ");
    let program = vestibule(&[]).get_program().to_owned();
    let ended =
        Command::new("unshare").args(unshare()).args(["sh", "-uc", script, "export", &small]).arg(program).arg(export).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert_eq!((ended.status.code(), &*out), (Some(1), "acme.tar\nearlier\n"), "{err}");
    assert!(err.contains("could not export the log of `acme`: could not write the bundle: No space left on device"), "{err}");
    // The next one holds whatever was told before it.
    let whole = world.folder.path("acme.tar");
    world.run_well(&["audit", "export", "acme", "-o", &whole]);
    assert!(!String::from_utf8_lossy(&fs::read(&whole).unwrap()).contains("audit.exported"));
}
