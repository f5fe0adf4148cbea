//! m3ter's official Python client against the running server (section 9 of the page).

use std::process::Command;

use vestibule_server::{
    DoorSettings,
    dialects::m3ter::{EnumCase, Settings},
};

use super::{ORG, get};
use crate::{
    harness::{
        ADA, MANIFEST, Server, Start,
        databases::Database,
        doors::{KEY, SECRET},
    },
    python::python,
};

/// A server whose service user is an administrator, with enums spelt this way.
async fn server(enums: EnumCase) -> Server {
    let robot = "id = \"sa::app\"\nkind = \"service\"\n";
    let manifest = MANIFEST.replace(robot, &format!("{robot}roles = [\"org-admin\"]\n"));
    assert_ne!(manifest, MANIFEST);
    let settings = DoorSettings { m3ter: Settings { enums, ..Settings::default() } };
    Start { manifest, settings, ..Start::on(Database::sqlite()) }.run().await
}

/// What a script of `tests/` prints; it must end well.
async fn run(server: &Server, script: &str, arguments: &[&str]) -> String {
    let mut client = Command::new(python());
    client.arg(format!("{}/../../tests/{script}", env!("CARGO_MANIFEST_DIR"))).args(arguments);
    client.env("M3TER_BASE_URL", format!("http://{}", server.address)).env("M3TER_API_KEY", KEY).env("M3TER_API_SECRET", SECRET);
    client.env("M3TER_ORG_ID", ORG).env("NO_PROXY", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || client.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn m3ters_own_client_grants_support_access_and_attaches_a_policy() {
    let server = server(EnumCase::Lower).await;
    // What is made in the same millisecond has no order that a test could rely on.
    server.clock.advance_ms(1);
    let printed = run(&server, "m3ter_client.py", &[]).await;
    let lines: Vec<_> = printed.lines().collect();
    assert!(lines[0].starts_with("refused: 400 the version is stale"), "{printed}");
    assert!(lines[1].starts_with("['support read-only', ") && lines[1].contains("'Administrator'"), "{printed}");
    assert_eq!(get(&server, "/support", ADA).await.expect(200)["version"], 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_of_m3ters_own_client_does_what_it_says_in_either_mode() {
    for (enums, arguments) in [(EnumCase::Lower, &[][..]), (EnumCase::Upper, &["strict"])] {
        let server = server(enums).await;
        let printed = run(&server, "m3ter_tour.py", arguments).await;
        assert_eq!(printed.lines().count(), METHODS, "{printed}");
        server.stop().await;
    }
}

/// How many methods the client has for these resources.
const METHODS: usize = 32;
