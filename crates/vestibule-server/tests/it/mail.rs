//! Mail: decided with its event, delivered once, and never lost, whatever the mail server does meanwhile.

use std::{sync::atomic::Ordering, time::Duration};

use serde_json::{Value, json};

use crate::harness::{ADA, Server, Start, databases::Database, on_both, smtp::Peer};

const INVITATIONS: &str = "/v1/realms/acme/support-access/invitations";

async fn invite(server: &Server, email: &str) {
    let reply = server.post(INVITATIONS, ADA, &json!({ "email": email }).to_string()).await;
    assert!([200, 201].contains(&reply.status), "{}", reply.text());
}

/// The mails of the outbox, newest first.
async fn outbox(server: &Server) -> Vec<Value> {
    server.get("/v1/realms/acme/outbox", ADA).await.expect(200)["items"].as_array().unwrap().clone()
}

/// Waits, within a bound, until the newest mail of the outbox is so.
async fn until(server: &Server, is_so: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..400 {
        match outbox(server).await.first() {
            Some(mail) if is_so(mail) => return mail.clone(),
            _ => tokio::time::sleep(Duration::from_millis(25)).await,
        }
    }
    panic!("{:?}", outbox(server).await);
}

fn count(peer: &Peer) -> usize {
    peer.mails.lock().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_waits_for_a_server_that_is_down_and_arrives_once() {
    on_both(|start| async move {
        let peer = Peer::default();
        let server = Start { transport: Some(peer.transport()), ..start }.run().await;
        let round = || async { server.operations.deliver_due_mail().await.unwrap() };
        peer.is_down.store(true, Ordering::SeqCst);
        invite(&server, "mia.falk@here.com").await;
        assert_eq!((round().await, round().await), (1, 0), "tried, and not again at once");
        // Each wait is longer than the one before; tried at its end and not a millisecond sooner.
        for (attempts, wait_ms) in [(1, 1_000), (2, 5_000), (3, 30_000)] {
            let mail = outbox(&server).await.remove(0);
            assert_eq!((&mail["state"], &mail["attempts"]), (&json!("pending"), &json!(attempts)));
            assert!(mail["last_error"].as_str().is_some_and(|error| !error.is_empty()) && mail.get("sent_at").is_none(), "{mail}");
            server.clock.advance_ms(wait_ms - 1);
            assert_eq!(round().await, 0, "a millisecond before {wait_ms}");
            server.clock.advance_ms(1);
            peer.is_down.store(attempts < 3, Ordering::SeqCst);
            assert_eq!(round().await, 1);
        }
        let mail = outbox(&server).await.remove(0);
        assert_eq!((&mail["state"], &mail["attempts"], mail.get("last_error")), (&json!("sent"), &json!(4), None));
        assert_eq!(mail["sent_at"], "2027-01-15T08:00:36Z");
        server.clock.advance_ms(86_400_000);
        assert_eq!((round().await, count(&peer)), (0, 1), "once");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_outlives_the_process_that_decided_it() {
    on_both(|start| async move {
        let (peer, database) = (Peer::default(), start.database.clone());
        peer.is_down.store(true, Ordering::SeqCst);
        let first = Start { transport: Some(peer.transport()), with_workers: true, ..start }.run().await;
        invite(&first, "mia.falk@here.com").await;
        until(&first, |mail| mail["last_error"].is_string()).await;
        let (folder, now) = (first.folder.clone(), first.clock.now());
        first.stop_sharing().await;

        peer.is_down.store(false, Ordering::SeqCst);
        let again = Start { transport: Some(peer.transport()), with_workers: true, data_dir: Some(folder), ..Start::on(database) };
        let second = again.run().await;
        second.clock.set(now.plus_seconds(600));
        let mail = until(&second, |mail| mail["state"] == "sent").await;
        assert!(mail.get("last_error").is_none() && mail["attempts"].as_u64().unwrap() > 1, "{mail}");
        assert_eq!((outbox(&second).await.len(), count(&peer)), (1, 1));
        second.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_sends_its_own_mail_once_however_many_deliver() {
    on_both(|start| async move {
        let peer = Peer::default();
        let server = Start { transport: Some(peer.transport()), ..start }.run().await;
        for email in ["mia.falk@here.com", "*", "mia.falk@here.com", "tom.berg@here.com"] {
            server.clock.advance_ms(1);
            invite(&server, email).await;
        }
        let rounds = (0..8).map(|_| {
            let operations = server.operations.clone();
            tokio::spawn(async move { operations.deliver_due_mail().await.unwrap() })
        });
        for round in rounds.collect::<Vec<_>>() {
            round.await.unwrap();
        }
        let mut to: Vec<_> = outbox(&server).await.iter().map(|mail| mail["to"].as_str().unwrap().to_owned()).collect();
        to.sort();
        assert_eq!(to, ["mia.falk@here.com", "mia.falk@here.com", "tom.berg@here.com"], "none for anyone, two for the repeat");
        assert_eq!(count(&peer), 3);
        let mails = peer.mails.lock().unwrap().clone();
        let ids: std::collections::BTreeSet<_> =
            mails.iter().map(|mail| mail.lines().find(|line| line.starts_with("Message-ID")).unwrap()).collect();
        assert_eq!(ids.len(), 3, "each its own");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_mail_server_mail_is_written_to_files() {
    let server = Start::on(Database::sqlite()).run().await;
    for email in ["mia.falk@here.com", "*"] {
        server.clock.advance_ms(1);
        invite(&server, email).await;
    }
    assert_eq!(server.operations.deliver_due_mail().await.unwrap(), 1);
    assert_eq!(server.operations.deliver_due_mail().await.unwrap(), 0);
    let mail = outbox(&server).await.remove(0);
    let files: Vec<_> = std::fs::read_dir(server.folder.join("mail")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files, [server.folder.join("mail").join(format!("{}.eml", mail["id"].as_str().unwrap()))]);
    let text = std::fs::read_to_string(&files[0]).unwrap();
    for part in ["To: mia.falk@here.com", "Acme Widgets", "text/plain", "text/html"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(mail["state"], "sent");
    server.stop().await;
}
