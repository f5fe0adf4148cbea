//! `kill -9` in the middle of writes.

use crate::{
    books::{Books, verify},
    client::Client,
    database::Engine,
    load::{Attempt, Load, Outcome, write},
    world::{World, enter},
};

const ROUNDS: usize = 50;
const CLIENTS: usize = 6;
/// Every so many rounds the log is exported and checked.
const ROUNDS_PER_VERIFICATION: usize = 10;

/// Each round kills the server after another number of acknowledged writes.
fn writes_before(round: usize) -> usize {
    10 + round * 7 % 40
}

fn kill_again_and_again(engine: Engine) {
    let world = World::new(engine);
    let (mut books, mut server, mut unanswered) = (Books::default(), world.serve(&[]), 0);
    for round in 1..=ROUNDS {
        let load = Load::start(&[server.address()], &format!("round-{round}"), CLIENTS);
        load.wait_for_kept(writes_before(round));
        server.signal("KILL");
        let mut attempts = load.end();
        assert_eq!(server.wait(), None, "it was killed");
        server = world.serve(&[]);
        let mut client = Client::new(&server.address());
        for attempt in &mut attempts {
            if matches!(attempt.outcome, Outcome::Closed) {
                unanswered += 1;
                attempt.outcome = write(&mut client, &attempt.name);
            }
            assert!(matches!(attempt.outcome, Outcome::Kept(_)), "{attempt:?}");
        }
        let Attempt { name, outcome } = &attempts[0];
        assert_eq!(&write(&mut client, name), outcome, "a repeat is given the first answer");
        books.check(&mut client, &attempts);
        if round % ROUNDS_PER_VERIFICATION == 0 {
            verify(&world, &mut client);
        }
    }
    assert!(unanswered >= ROUNDS, "the kills came between the writes and not during them: {unanswered}");
}

#[test]
fn sqlite_keeps_each_acknowledged_write_once_through_fifty_kills() {
    kill_again_and_again(Engine::Sqlite);
}

#[test]
fn postgresql_keeps_each_acknowledged_write_once_through_fifty_kills() {
    kill_again_and_again(Engine::Postgres);
}

#[test]
fn a_write_that_was_not_asked_for_or_came_twice_would_be_found() {
    let world = World::new(Engine::Sqlite);
    let server = world.serve(&[]);
    let mut client = Client::new(&server.address());
    let Outcome::Kept(id) = write(&mut client, "one") else { panic!("no write") };
    let finds = |attempts: &[Attempt]| {
        let mut client = Client::new(&server.address());
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| Books::default().check(&mut client, attempts))).is_err()
    };
    assert!(finds(&[]), "nobody asked");
    assert!(finds(&[Attempt::kept("one", &id), Attempt::kept("two", &id)]), "lost");
    assert!(!finds(&[Attempt::kept("one", &id)]));
    enter(&mut client, "one");
    assert!(finds(&[Attempt::kept("one", &id)]), "twice");
}
