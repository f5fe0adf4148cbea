//! SIGTERM in the middle of writes.

use crate::{
    books::{Books, verify},
    client::Client,
    database::Engine,
    load::{Load, Outcome},
    world::World,
};

const ROUNDS: usize = 5;

fn stop_under_load(engine: Engine) {
    let world = World::new(engine);
    let mut books = Books::default();
    for round in 1..=ROUNDS {
        let server = world.serve(&[]);
        let load = Load::start(&[server.address()], &format!("round-{round}"), 8);
        load.wait_for_kept(60);
        server.signal("TERM");
        assert_eq!(server.wait(), Some(0));
        let attempts = load.end();
        let server = world.serve(&[]);
        let mut client = Client::new(&server.address());
        let there = books.check(&mut client, &attempts);
        for attempt in &attempts {
            let is_there = there.contains(&attempt.name);
            assert_eq!(is_there, matches!(attempt.outcome, Outcome::Kept(_)), "what was not answered was not accepted: {attempt:?}");
        }
        verify(&world, &mut client);
    }
}

#[test]
fn sqlite_loses_no_accepted_request_at_sigterm() {
    stop_under_load(Engine::Sqlite);
}

#[test]
fn postgresql_loses_no_accepted_request_at_sigterm() {
    stop_under_load(Engine::Postgres);
}
