//! What the realm has at the end, against what its clients were told: nothing lost, doubled or half done.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    client::Client,
    harness::{ADMIN, run_well},
    load::{Attempt, Outcome},
    world::{SESSIONS, World, list_after},
};

/// How far the books have been looked through, so that many rounds read each entry once.
#[derive(Default)]
pub struct Books {
    events_from: u64,
    known: BTreeSet<String>,
}

impl Books {
    /// Compares what came since the last time with what clients were told, and gives the reasons found.
    #[track_caller]
    pub fn check(&mut self, client: &mut Client, attempts: &[Attempt]) -> BTreeSet<String> {
        let sessions = self.new_sessions(client);
        let mut reasons: BTreeMap<&str, &str> = BTreeMap::new();
        for (id, reason) in &sessions {
            assert!(reasons.insert(reason, id).is_none(), "{reason} is there twice");
        }
        let names: BTreeSet<_> = attempts.iter().map(|attempt| attempt.name.as_str()).collect();
        for reason in reasons.keys() {
            assert!(names.contains(reason), "nobody asked for {reason}");
        }
        for Attempt { name, outcome } in attempts {
            if let Outcome::Kept(id) = outcome {
                assert_eq!(reasons.get(name.as_str()), Some(&id.as_str()), "{name} was acknowledged");
            }
        }
        let mut entered = self.new_entries(client);
        let count = entered.len();
        entered.sort();
        entered.dedup();
        assert_eq!(count, entered.len(), "a session has two events");
        let reasons = reasons.into_keys().map(str::to_owned).collect();
        let mut ids: Vec<_> = sessions.into_iter().map(|(id, _)| id).collect();
        ids.sort();
        assert_eq!(entered, ids, "sessions and their events differ");
        self.known.extend(ids);
        reasons
    }

    /// Sessions with their reasons, newest first, back to those that are known.
    fn new_sessions(&self, client: &mut Client) -> Vec<(String, String)> {
        let (mut new, mut after) = (Vec::new(), String::new());
        loop {
            let page = client.ask("GET", &format!("{SESSIONS}?limit=200{after}"), ADMIN, "").expect(200);
            for session in page["items"].as_array().unwrap() {
                let text = |name: &str| session[name].as_str().unwrap().to_owned();
                if self.known.contains(&text("id")) {
                    return new;
                }
                new.push((text("id"), text("reason")));
            }
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return new,
            }
        }
    }

    /// The sessions of new events that tell of an entry.
    fn new_entries(&mut self, client: &mut Client) -> Vec<String> {
        let path = "/v1/realms/acme/audit/events?action=session.entered&";
        let events = list_after(client, path, 100, Some(self.events_from.to_string()));
        self.events_from = events.last().map_or(self.events_from, |last| last["index"].as_u64().unwrap() + 1);
        events.iter().map(|event| event["event"]["session"]["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// Exports the realm's log by the command line and checks it offline, against a checkpoint that the server gave before.
#[track_caller]
pub fn verify(world: &World, client: &mut Client) {
    let note = checkpoint(client);
    world.run_well(&["audit", "export", "acme", "-o", &world.folder.path("acme.tar")]);
    verify_against(world, note);
}

/// As [`verify`], with what the server itself exports: its files may be out of our reach.
#[track_caller]
pub fn verify_fetched(world: &World, client: &mut Client) {
    let note = checkpoint(client);
    let exported = client.ask("GET", "/v1/realms/acme/audit/export?disclosures=true", ADMIN, "");
    assert_eq!(exported.status, 200, "{exported:?}");
    world.folder.write("acme.tar", exported.body);
    verify_against(world, note);
}

#[track_caller]
fn checkpoint(client: &mut Client) -> Vec<u8> {
    let note = client.ask("GET", "/v1/realms/acme/audit/checkpoint", ADMIN, "");
    assert_eq!(note.status, 200, "{note:?}");
    note.body
}

#[track_caller]
fn verify_against(world: &World, note: Vec<u8>) {
    let note = world.folder.write("note.txt", note);
    assert!(run_well(&["audit", "verify", &world.folder.path("acme.tar"), "--against", &note]).starts_with("VERIFIED: "));
}
