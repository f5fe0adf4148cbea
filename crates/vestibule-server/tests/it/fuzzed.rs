//! What a document of ours promises is held against the running server by Schemathesis, which makes requests of its own
//! from the document: whatever they are, no answer is a fault of ours, and none is one that the document does not tell of.

use std::process::Command;

use crate::{
    harness::{ADA, OPERATOR, Server, Start, databases::Database, egain},
    python::python_of,
};

/// What the answers are held to.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";
/// The examples of the document, its limits from both sides, and requests made up from a seed.
const PHASES: &str = "examples,coverage,fuzzing";

/// Made-up requests of each kind for each operation.
const EXAMPLES_MAX: &str = "8";

/// Runs Schemathesis over a document of a server, in somebody's name.
async fn fuzz(server: &Server, document: &str, token: &str) {
    let mut run = Command::new(python_of("VESTIBULE_TEST_PYTHON_SCHEMATHESIS"));
    run.args(["-m", "schemathesis.cli", "--config-file", concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/schemathesis.toml"), "run"]);
    run.arg(format!("http://{}{document}", server.address)).args(["--header", &format!("Authorization: Bearer {token}")]);
    run.args(["--checks", CHECKS, "--phases", PHASES, "--max-examples", EXAMPLES_MAX, "--seed", "1", "--generation-database", "none"]);
    run.args(["--continue-on-failure", "--no-color", "--max-redirects", "0"]).env("NO_PROXY", "127.0.0.1");
    // It keeps what it found where it runs.
    run.current_dir(&server.folder);
    let output = tokio::task::spawn_blocking(move || run.output().unwrap()).await.unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
    // A run in which something was not asked is no proof of it.
    let counted = |what: &str| {
        let line = told.lines().find_map(|line| line.trim().strip_prefix(what)).unwrap_or_else(|| panic!("{told}"));
        line.split('/').map(|count| count.trim().parse().unwrap()).collect::<Vec<usize>>()
    };
    let (tested, selected) = (counted("Tested: ")[0], counted("Selected: "));
    assert!(tested > 5 && selected == [tested, tested], "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_native_document_tells_every_answer_that_made_up_requests_get() {
    let server = Start::on(Database::sqlite()).run().await;
    fuzz(&server, "/openapi.json", OPERATOR).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_of_grants_tells_every_answer_that_made_up_requests_get() {
    let server = egain::run(Start::on(Database::sqlite()), false).await;
    fuzz(&server, "/openapi/egain.json", ADA).await;
    server.stop().await;
}
