//! Wavefront's own Python client against the running server, in two generations (section 10 of the page).

use std::process::Command;

use crate::{
    harness::{ADA, Server, Start, databases::Database},
    python::python_of,
};

/// The variables that name the Pythons with 2.176.0 and with 2.202.2.
const GENERATIONS: [&str; 2] = ["VESTIBULE_TEST_PYTHON_WAVEFRONT_OLD", "VESTIBULE_TEST_PYTHON_WAVEFRONT_NEW"];
/// How many methods the client has for these resources.
const METHODS: usize = 88;

/// What a script of `tests/` prints; it must end well.
async fn run(server: &Server, generation: &str, script: &str) -> String {
    let mut client = Command::new(python_of(generation));
    client.arg(format!("{}/../../tests/{script}", env!("CARGO_MANIFEST_DIR")));
    client.env("WF_HOST", format!("http://{}", server.address)).env("WF_TOKEN", ADA).env("NO_PROXY", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || client.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{generation}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn wavefronts_own_client_manages_a_robot_and_a_person() {
    for generation in GENERATIONS {
        for database in [Database::sqlite(), Database::postgres().await] {
            let server = Start::on(database).run().await;
            assert_eq!(run(&server, generation, "wavefront_client.py").await, "ok\n");
            // It leaves nothing behind, so that it can be run again.
            assert_eq!(run(&server, generation, "wavefront_client.py").await, "ok\n");
            server.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_of_wavefronts_own_client_does_what_it_says() {
    for generation in GENERATIONS {
        let server = Start::on(Database::sqlite()).run().await;
        let printed = run(&server, generation, "wavefront_tour.py").await;
        assert_eq!(printed.lines().count(), METHODS, "{printed}");
        server.stop().await;
    }
}
