//! The story of the main job by clicking alone: invited, mailed, inside, seen, shown out, proven.

use super::{demo, signed_in};
use crate::harness::{
    browser::{DESK, Wish},
    databases::Database,
    on_both,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_story_can_be_clicked() {
    on_both(|start| async move { click_through(start.database, DESK).await }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_can_be_clicked_without_script() {
    click_through(Database::sqlite(), Wish { script: false, ..DESK }).await;
}

async fn click_through(database: Database, wish: Wish) {
    let server = demo(database).await;
    let admin = signed_in(&server, "acme", "ada@acme.example", wish).await;
    assert_eq!(admin.place().await, "/console/realms/acme");
    admin.says("Nobody of the vendor is in.").await;

    // The demo's window is open: it is closed, so that only the invitation lets anybody in.
    admin.press("Support access").await;
    admin.press("Close").await;
    admin.press("Do it").await;
    admin.says("The window is closed").await;
    let agent = signed_in(&server, "vendor", "mia.falk@here.com", wish).await;
    agent.says("No tenant stands open to you.").await;

    admin.fill("#email", "mia.falk@here.com").await;
    admin.click("fieldset button").await;
    admin.says("Invited. A person gets a mail.").await;
    admin.says("mia.falk@here.com").await;
    let mail = server.folder.join("mail");
    let mut letters = 0;
    for _ in 0..100 {
        letters = std::fs::read_dir(&mail).map_or(0, Iterator::count);
        if letters > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(letters, 1);

    agent.go("/console").await;
    agent.press("Enter").await;
    agent.fill("#reason", "plan P1 bills twice").await;
    agent.fill("#ticket", "CASE-4711").await;
    agent.press("Enter").await;
    agent.says("You are inside acme.").await;
    agent.says("config:retrieve").await;

    admin.press("Now").await;
    admin.says("plan P1 bills twice").await;
    admin.says("CASE-4711").await;
    admin.press("End").await;
    admin.says("The agent's token is refused from then on.").await;
    admin.press("End").await;
    admin.says("The visit is over.").await;

    agent.go("/console").await;
    let text = agent.text().await;
    assert!(!text.contains("You are inside"), "{text}");

    admin.press("Log").await;
    for told in ["session.ended", "session.entered", "invitation.created", "window.closed"] {
        admin.says(told).await;
    }
    admin.click("tbody a").await;
    admin.says("As it was logged").await;
    admin.close().await;
    agent.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_and_goes_is_seen_without_looking_again() {
    let server = demo(Database::sqlite()).await;
    let admin = signed_in(&server, "acme", "ada@acme.example", DESK).await;
    admin.says("Nobody of the vendor is in.").await;
    admin.run("document.body.dataset.kept = '1'").await;
    let agent = signed_in(&server, "vendor", "mia.falk@here.com", DESK).await;
    agent.press("Enter").await;
    agent.fill("#reason", "plan P1 bills twice").await;
    agent.press("Enter").await;
    agent.says("You are inside acme.").await;
    admin.says("plan P1 bills twice").await;
    admin.says("1 agent is inside").await;
    agent.press("Leave").await;
    admin.says("Nobody of the vendor is in.").await;
    // It is the page that was opened: what is said anew was told to it.
    assert_eq!(admin.run("return document.body.dataset.kept").await, serde_json::json!("1"));
    assert_eq!(admin.complaints().await, Vec::<String>::new());
    admin.close().await;
    agent.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_told_before_it_is_opened() {
    let server = demo(Database::sqlite()).await;
    let admin = signed_in(&server, "acme", "ada@acme.example", DESK).await;
    admin.go("/console/realms/acme/support/window?scope=all&hours=8").await;
    for told in ["config:delete", "realm:administer", "wavefront:user_management", "all (and any other that the product asks about)"] {
        admin.says(told).await;
    }
    admin.says("Now that is: 1 person, 3 customers, record × 1.").await;
    admin.close().await;
    server.stop().await;
}
