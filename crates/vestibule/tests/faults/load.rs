//! Writes from many clients at once, each of which remembers what it was told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    client::{Client, NoAnswer},
    harness::{AGENT, until},
    world::SESSIONS,
};

/// How long a client waits before it tries again after a refusal.
const AFTER_REFUSAL: Duration = Duration::from_millis(10);

/// What came of one write.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Acknowledged, with the session's id.
    Kept(String),
    /// 503: not known to be done.
    Unavailable,
    /// The connection was closed before an answer began.
    Closed,
}

/// One write: an entry into the realm for a reason that is used once.
#[derive(Debug)]
pub struct Attempt {
    /// The reason; also the idempotency key.
    pub name: String,
    pub outcome: Outcome,
}

impl Attempt {
    /// A write that was acknowledged with a session's id.
    pub fn kept(name: &str, id: &str) -> Self {
        Self { name: name.to_owned(), outcome: Outcome::Kept(id.to_owned()) }
    }
}

/// Clients that write until they are told to end.
pub struct Load {
    stop: Arc<AtomicBool>,
    kept: Arc<AtomicUsize>,
    unavailable: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<Vec<Attempt>>>,
}

impl Load {
    /// Starts clients on each of some servers; `label` makes their reasons unlike those of other loads.
    pub fn start(addresses: &[String], label: &str, clients: usize) -> Self {
        let mut load = Self { stop: Arc::default(), kept: Arc::default(), unavailable: Arc::default(), clients: Vec::new() };
        for number in 0..clients {
            let (stop, kept, unavailable) = (load.stop.clone(), load.kept.clone(), load.unavailable.clone());
            let (mut client, label) = (Client::new(&addresses[number % addresses.len()]), format!("{label}-{number}"));
            load.clients.push(thread::spawn(move || {
                let mut attempts = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let name = format!("{label}-{}", attempts.len());
                    let outcome = write(&mut client, &name);
                    match outcome {
                        Outcome::Kept(_) => drop(kept.fetch_add(1, Ordering::Relaxed)),
                        Outcome::Unavailable => {
                            unavailable.fetch_add(1, Ordering::Relaxed);
                            thread::sleep(AFTER_REFUSAL);
                        }
                        Outcome::Closed => thread::sleep(AFTER_REFUSAL),
                    }
                    attempts.push(Attempt { name, outcome });
                }
                attempts
            }));
        }
        load
    }

    /// Waits until this many more writes were acknowledged.
    #[track_caller]
    pub fn wait_for_kept(&self, more: usize) {
        let enough = self.kept.load(Ordering::Relaxed) + more;
        until(|| (self.kept.load(Ordering::Relaxed) >= enough).then_some(()));
    }

    /// Waits until this many more writes were refused as unavailable.
    #[track_caller]
    pub fn wait_for_unavailable(&self, more: usize) {
        let enough = self.unavailable.load(Ordering::Relaxed) + more;
        until(|| (self.unavailable.load(Ordering::Relaxed) >= enough).then_some(()));
    }

    /// Waits until writes are acknowledged and no other is refused meanwhile.
    #[track_caller]
    pub fn wait_for_recovery(&self) {
        until(|| {
            let before = self.unavailable.load(Ordering::Relaxed);
            self.wait_for_kept(50);
            (self.unavailable.load(Ordering::Relaxed) == before).then_some(())
        });
    }

    /// Tells every client to end, and gives what they were told.
    pub fn end(self) -> Vec<Attempt> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.into_iter().flat_map(|client| client.join().expect("a client met what it should not")).collect()
    }
}

/// Writes once. Anything but a whole answer that we publish, or none at all, is a fault.
#[track_caller]
pub fn write(client: &mut Client, name: &str) -> Outcome {
    match client.try_ask("POST", SESSIONS, AGENT, Some(name), &format!(r#"{{"reason": "{name}"}}"#)) {
        Ok(answer) if answer.status == 503 => {
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
            assert_eq!(answer.json()["type"], "urn:vestibule:problem:unavailable");
            Outcome::Unavailable
        }
        Ok(answer) => Outcome::Kept(answer.expect(201)["id"].as_str().unwrap().to_owned()),
        Err(NoAnswer::Closed) => Outcome::Closed,
        Err(NoAnswer::Broken(what)) => panic!("{name}: a broken answer: {what}"),
    }
}
