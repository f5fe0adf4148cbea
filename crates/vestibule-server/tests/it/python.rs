//! HERE's published client against the running server, over plain HTTP (`spec/here-support.md`, section 8).

use std::process::Command;

use vestibule_core::time::Timestamp;

use crate::harness::{
    Server, Start,
    databases::Database,
    doors::{KEY, SECRET},
};

/// The client's script, which is outside cargo's graph.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/here_client.py");

/// The Python that has the clients of HERE and m3ter.
pub fn python() -> String {
    python_of("VESTIBULE_TEST_PYTHON")
}

/// The Python that this variable names; its absence is an error, never a reason to skip.
pub fn python_of(variable: &str) -> String {
    std::env::vars()
        .find(|(name, _)| name == variable)
        .map(|(_, path)| path)
        .expect("run the tests with `cargo xtask test`, which installs the published clients")
}

/// What the client prints: its clock, and what came of its request.
async fn ask(server: &Server, secret: &'static str) -> (i64, String) {
    let mut client = Command::new(python());
    client.arg(SCRIPT).env("HERE_TOKEN_ENDPOINT_URL", format!("http://{}/oauth2/token", server.address));
    client.env("HERE_USER_ID", "HERE-7d9c1f00-1111-4222-8333-444455556666").env("HERE_CLIENT_ID", "AppDemo0123456789");
    client.env("HERE_ACCESS_KEY_ID", KEY).env("HERE_ACCESS_KEY_SECRET", secret).env("NO_PROXY", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || client.output().unwrap()).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.split_once('\n').unwrap_or_else(|| panic!("{text} {}", String::from_utf8_lossy(&output.stderr)));
    (lines.0.parse().unwrap(), lines.1.trim().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn heres_own_client_gets_a_token_that_works_and_none_for_a_bad_secret() {
    let server = Start::on(Database::sqlite()).run().await;
    // The client signs by the wall clock, which is years from the one of the tests.
    let (now, refused) = ask(&server, SECRET).await;
    assert_eq!(refused, "refused AuthenticationException", "its time is outside the window");
    server.clock.set(Timestamp::from_seconds(now));

    let (_, refused) = ask(&server, "a-secret-of-somebody-else").await;
    assert_eq!(refused, "refused AuthenticationException");
    let (_, answer) = ask(&server, SECRET).await;
    let token = answer.strip_prefix("token ").unwrap_or_else(|| panic!("{answer}"));
    assert!(token.split('.').count() == 3, "{token}");

    let invited = server.post("/support", token, r#"{"emailAddress":"mia.falk@here.com"}"#).await.expect(201);
    assert_eq!(invited["authorizedUsers"][0]["emailAddress"], "mia.falk@here.com");
    assert_eq!(server.get("/authentication/v1.1/support", token).await.expect(200), invited);
    assert_eq!(server.delete("/support", token).await.status, 204);
    server.stop().await;
}
