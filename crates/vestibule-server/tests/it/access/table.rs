//! The published table of decisions (`spec/m3ter-support.md`, section 8.4) through this door, row by row, from a
//! manifest. Rows 7 to 11 speak of groups of resources, which no manifest makes: `m3ter/table.rs` has them.

use std::fmt::Write;

use serde_json::json;

use super::{EVALUATION, HARNESS};
use crate::harness::{MIA, Start, databases::Database};

/// Its number, what each role says, the action, and the resource's type and id.
type Row = (u8, &'static [&'static [&'static str]], &'static str, [&'static str; 2], bool);

const METERS: &str = "A config:retrieve config:meter/*";
const ROWS: [Row; 14] = [
    (1, &[], "config:retrieve", ["config:meter", "M1"], false),
    (2, &[&[METERS]], "config:retrieve", ["config:meter", "M1"], true),
    (3, &[&[METERS]], "config:update", ["config:meter", "M1"], false),
    (4, &[&[METERS]], "config:retrieve", ["config:plan", "P1"], false),
    (5, &[&["A all *"], &["D config:retrieve config:meter/*"]], "config:retrieve", ["config:meter", "M1"], false),
    (6, &[&["A all *"], &["D config:retrieve config:meter/*"]], "config:update", ["config:meter", "M1"], true),
    (12, &[&["A config:create config:plan/item/P1"]], "config:create", ["config:plan", "*"], false),
    (13, &[&["A config:create config:plan/*", "D config:create config:plan/item/P1"]], "config:create", ["config:plan", "*"], true),
    (14, &[&["A all config:*"]], "measurements:upload", ["measurements:measurement", "x"], false),
    (15, &[&["D config:delete *", "A all *"]], "config:delete", ["config:meter", "M1"], false),
    (15, &[&["A all *", "D config:delete *"]], "config:delete", ["config:meter", "M1"], false),
    (16, &[&["A  *"]], "config:retrieve", ["config:meter", "M1"], false),
    (20, &[&["A all *"], &["D config:delete config:plan/*"]], "config:delete", ["config:plan", "P2"], false),
    (21, &[&[], &[METERS]], "config:retrieve", ["config:meter", "M2"], true),
];

/// `A config:retrieve config:plan/*` in TOML.
fn statement(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let effect = if words[0] == "A" { "allow" } else { "deny" };
    let actions = if words[1].is_empty() { String::new() } else { format!("\"{}\"", words[1]) };
    format!("{{ effect = \"{effect}\", actions = [{actions}], resources = [\"{}\"] }}", words[2])
}

#[tokio::test]
async fn every_row_of_the_published_table_holds_here_too() {
    let mut manifest = include_str!("cert.toml").split("[[realms.roles]]").next().unwrap().to_owned();
    let window = statement("A config:retrieve config:*");
    manifest += &format!("[realms.support.window]\nends_at = \"2027-01-15T08:30:00Z\"\nstatements = [{window}]\n");
    manifest += &format!(
        "[[realms.accounts]]\nid = \"sa::harness\"\nkind = \"service\"\ncredentials = [{{ type = \"token\", secret = \"{HARNESS}\" }}]\n\
         [[realms.accounts]]\nid = \"row-17\"\nkind = \"user\"\nroles = [\"ReadOnly\"]\n"
    );
    for (at, (_, roles, ..)) in ROWS.iter().enumerate() {
        for (number, statements) in roles.iter().enumerate() {
            let statements: Vec<_> = statements.iter().map(|text| statement(text)).collect();
            writeln!(manifest, "[[realms.roles]]\nname = \"{at}-{number}\"\nstatements = [{}]", statements.join(", ")).unwrap();
        }
        let names: Vec<_> = (0..roles.len()).map(|number| format!("\"{at}-{number}\"")).collect();
        writeln!(manifest, "[[realms.accounts]]\nid = \"row-{at}\"\nkind = \"user\"\nroles = [{}]", names.join(", ")).unwrap();
    }
    manifest += &format!("[[support_staff]]\nemail = \"mia.falk@here.com\"\ncredentials = [{{ type = \"token\", secret = \"{MIA}\" }}]\n");
    let server = Start { manifest, ..Start::on(Database::sqlite()) }.run().await;
    let ask = |kind: &str, id: &str, action: &str, [resource, item]: [&str; 2]| {
        let body =
            json!({ "subject": { "type": kind, "id": id }, "action": { "name": action }, "resource": { "type": resource, "id": item } });
        let server = &server;
        async move { server.asked(EVALUATION, body).await["decision"].as_bool().unwrap() }
    };
    for (at, (row, _, action, resource, expected)) in ROWS.into_iter().enumerate() {
        assert_eq!(ask("user", &format!("row-{at}"), action, resource).await, expected, "row {row}");
    }
    assert!(!ask("user", "row-17", "config:update", ["config:support", "O"]).await, "row 17");
    assert!(ask("user", "row-17", "config:retrieve", ["config:support", "O"]).await, "row 17, S1");
    server.post("/v1/realms/cert/support-sessions", MIA, r#"{"reason":"asked to"}"#).await.expect(201);
    for (wait_ms, expected, row) in [(30 * 60_000 - 1, true, 18), (1, false, 19)] {
        server.clock.advance_ms(wait_ms);
        assert_eq!(ask("support", "mia.falk@here.com", "config:retrieve", ["config:plan", "P1"]).await, expected, "row {row}");
    }
    server.stop().await;
}
