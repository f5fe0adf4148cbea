//! Two processes on one PostgreSQL: what one does, the other holds to, whatever the load.

use std::{
    fmt::Write,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use crate::{
    books::{Books, verify},
    client::Client,
    database::Engine,
    harness::{ADMIN, Server},
    load::{Attempt, Load},
    world::{SESSIONS, World, ask_about_visitor, enter, is_yes},
};

/// How soon a revocation must be in force everywhere (`design.md`, section 3).
const BOUND: Duration = Duration::from_secs(1);

fn two_on(world: &World) -> [Server; 2] {
    [world.serve(&[]), world.serve(&[])]
}

#[test]
fn two_hundred_of_two_hundred_sessions_ended_through_one_are_refused_by_the_other_within_a_second() {
    const SESSIONS_ENDED: usize = 200;
    const AT_ONCE: usize = 4;
    let world = World::new(Engine::Postgres);
    let servers = two_on(&world);
    let addresses = servers.each_ref().map(Server::address);
    let load = Load::start(&addresses, "load", 2);
    let delays = Mutex::new(Vec::new());
    let entered: Vec<Vec<Attempt>> = thread::scope(|scope| {
        let end_some = |worker: usize| {
            let mut clients = addresses.each_ref().map(|address| Client::new(address));
            let mut attempts = Vec::new();
            for number in 0..SESSIONS_ENDED / AT_ONCE {
                clients.rotate_left(1);
                let [here, there] = &mut clients;
                let name = format!("ended-{worker}-{number}");
                let (session, token) = enter(here, &name);
                assert!(is_yes(&ask_about_visitor(there, &token)), "it is in the other's memory");
                assert_eq!(here.ask("DELETE", &format!("{SESSIONS}/{session}"), ADMIN, "").status, 204);
                let ended = Instant::now();
                while is_yes(&ask_about_visitor(there, &token)) {}
                delays.lock().unwrap().push(ended.elapsed());
                attempts.push(Attempt::kept(&name, &session));
            }
            attempts
        };
        let workers: Vec<_> = (0..AT_ONCE).map(|worker| scope.spawn(move || end_some(worker))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let mut attempts = load.end();
    attempts.extend(entered.into_iter().flatten());
    let delays = delays.into_inner().unwrap();
    assert_eq!(delays.len(), SESSIONS_ENDED);
    let slowest = delays.iter().max().unwrap();
    println!("the slowest of {SESSIONS_ENDED} was refused after {slowest:?}");
    assert!(*slowest < BOUND, "{slowest:?}");
    let mut client = Client::new(&addresses[0]);
    Books::default().check(&mut client, &attempts);
    verify(&world, &mut client);
}

const RACES: usize = 100;
/// Racers of each race, half of them at each process.
const RACERS: usize = 12;

/// As many realms as there are races, each with somebody who may invite.
fn realms() -> String {
    (0..RACES).fold(String::new(), |mut text, race| {
        write!(
            text,
            "[[realms]]\nid = \"race-{race}\"\nsupport = {{ enabled = true, staff_domain = \"here.com\" }}\n\
             [[realms.accounts]]\nid = \"ada@race-{race}.example\"\nkind = \"user\"\n\
             permissions = [\"realm:administer\", \"account:manageAccountExecutives\", \"account:readAccountExecutives\"]\n\
             credentials = [{{ type = \"token\", secret = \"{}\" }}]\n",
            token(race)
        )
        .unwrap();
        text
    })
}

fn token(race: usize) -> String {
    format!("token-of-the-administrator-in-race-{race}")
}

/// Each race: as many invitations at once as there are racers, half through each process. Gives their statuses.
fn race(addresses: &[String; 2], path: impl Fn(usize) -> String + Sync, body: impl Fn(usize) -> String + Sync) -> Vec<Vec<u16>> {
    let start = std::sync::Barrier::new(RACERS);
    thread::scope(|scope| {
        let racer = |number: usize| {
            let mut client = Client::new(&addresses[number % 2]);
            let mut statuses = Vec::new();
            for race in 0..RACES {
                start.wait();
                statuses.push(client.ask("POST", &path(race), &token(race), &body(number)).status);
            }
            statuses
        };
        let racers: Vec<_> = (0..RACERS).map(|number| scope.spawn(move || racer(number))).collect();
        let each: Vec<Vec<u16>> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
        (0..RACES).map(|race| each.iter().map(|statuses| statuses[race]).collect()).collect()
    })
}

fn count(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

#[test]
fn six_calls_a_minute_and_five_people_hold_across_two_processes_in_a_hundred_of_a_hundred_races() {
    let world = World::with(Engine::Postgres, &realms());
    let servers = two_on(&world);
    let addresses = servers.each_ref().map(Server::address);
    // Six calls a minute, and five people: one of the six finds no room.
    let email = |number: usize| format!(r#"{{"emailAddress": "p{number}@here.com"}}"#);
    for (number, statuses) in race(&addresses, |_| "/support".to_owned(), email).iter().enumerate() {
        assert_eq!((count(statuses, 201), count(statuses, 400), count(statuses, 429)), (5, 1, 6), "race {number}: {statuses:?}");
    }
    let mut client = Client::new(&addresses[0]);
    for race in 0..RACES {
        let there = client.ask("GET", &format!("/v1/realms/race-{race}/support-access/invitations"), &token(race), "").expect(200);
        assert_eq!(there["items"].as_array().unwrap().len(), 5, "race {race}: {there}");
    }
}

#[test]
fn five_live_invitations_hold_across_two_processes_in_a_hundred_of_a_hundred_races() {
    let world = World::with(Engine::Postgres, &realms());
    let servers = two_on(&world);
    let addresses = servers.each_ref().map(Server::address);
    let path = |race: usize| format!("/v1/realms/race-{race}/support-access/invitations");
    let email = |number: usize| format!(r#"{{"email": "p{number}@here.com"}}"#);
    for (number, statuses) in race(&addresses, path, email).iter().enumerate() {
        assert_eq!((count(statuses, 201), count(statuses, 409)), (5, RACERS - 5), "race {number}: {statuses:?}");
    }
}
