//! One of two processes is cut off from PostgreSQL while it is asked, and nothing is closed.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{
    books::verify,
    client::{Answer, Client},
    database::Engine,
    harness::{ADMIN, Server, until},
    proxy::Proxy,
    world::{SESSIONS, World, ask_about_ada, ask_about_visitor, check_log, enter, is_yes},
};

/// How soon a revocation must be in force everywhere, or the answer is not yes (`design.md`, section 3).
const BOUND: Duration = Duration::from_secs(1);
/// How long a cut lasts: well past the bound.
const CUT: Duration = Duration::from_millis(2_500);
/// How long each client waits before it asks again: every answer about a visitor makes the log longer.
const PACE: Duration = Duration::from_millis(10);
const ROUNDS: usize = 3;

/// An answer, and when it was asked for and given.
struct Heard {
    asked: Instant,
    answered: Instant,
    answer: Answer,
}

/// Asks again and again until told to stop.
fn ask_until(stop: &AtomicBool, mut ask: impl FnMut() -> Answer) -> Vec<Heard> {
    let mut heard = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let answer = ask();
        if answer.status == 503 {
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
        }
        heard.push(Heard { asked, answered: Instant::now(), answer });
        thread::sleep(PACE);
    }
    heard
}

/// Two processes on one database, the second by way of a proxy.
fn one_behind_a_proxy() -> (World, Server, Proxy, Server) {
    let world = World::new(Engine::Postgres);
    let first = world.serve(&[]);
    let database = world.database.as_ref().unwrap();
    let proxy = Proxy::to(database.host());
    let url = database.url_by(&proxy.address);
    let second = world.serve(&["--database", &url]);
    (world, first, proxy, second)
}

#[test]
fn a_process_that_is_cut_off_says_no_yes_after_a_second_and_recovers() {
    let (world, first, proxy, second) = one_behind_a_proxy();
    let (mut direct, mut client) = (Client::new(&first.address()), Client::new(&second.address()));
    for round in 0..ROUNDS {
        let (session, revoked) = enter(&mut client, "to be revoked");
        let (_, stays) = enter(&mut client, "to stay");
        let stop = AtomicBool::new(false);
        let asker = |ask: &dyn Fn(&mut Client) -> Answer| {
            let mut client = Client::new(&second.address());
            ask_until(&stop, || ask(&mut client))
        };
        let (about_ada, about_revoked, about_stays, cut, revocation, healed) = thread::scope(|scope| {
            let ada: Vec<_> = (0..2).map(|_| scope.spawn(|| asker(&ask_about_ada))).collect();
            let gone: Vec<_> = (0..3).map(|_| scope.spawn(|| asker(&|client| ask_about_visitor(client, &revoked)))).collect();
            let stays: Vec<_> = (0..2).map(|_| scope.spawn(|| asker(&|client| ask_about_visitor(client, &stays)))).collect();
            until(|| is_yes(&ask_about_visitor(&mut client, &revoked)).then_some(()));
            let cut = Instant::now();
            proxy.cut();
            assert_eq!(direct.ask("DELETE", &format!("{SESSIONS}/{session}"), ADMIN, "").status, 204);
            let revocation = Instant::now();
            until(|| (cut.elapsed() > CUT).then_some(()));
            let healed = Instant::now();
            proxy.heal();
            until(|| is_yes(&ask_about_ada(&mut client)).then_some(()));
            until(|| (ask_about_visitor(&mut client, &revoked).status == 401).then_some(()));
            stop.store(true, Ordering::Relaxed);
            let all = |threads: Vec<thread::ScopedJoinHandle<'_, Vec<Heard>>>| -> Vec<Heard> {
                threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
            };
            (all(ada), all(gone), all(stays), cut, revocation, healed)
        });
        for heard in about_ada.iter().chain(&about_revoked).chain(&about_stays) {
            let during = heard.asked > cut + BOUND && heard.answered < healed;
            assert!(!during || heard.answer.status == 503, "round {round}: {:?} after the cut: {:?}", heard.asked - cut, heard.answer);
            let late = heard.answered > cut + BOUND && heard.answered < healed;
            assert!(!late || !is_yes(&heard.answer), "round {round}: a yes {:?} after the cut", heard.answered - cut);
            let took = heard.answered - heard.asked;
            assert!(took < 3 * BOUND, "round {round}: an answer took {took:?}: {:?}", heard.answer);
        }
        for heard in &about_revoked {
            let late = heard.answered > revocation + BOUND;
            assert!(!late || !is_yes(&heard.answer), "round {round}: a yes {:?} after the revocation", heard.answered - revocation);
        }
        assert!(about_stays.iter().all(|heard| [200, 503].contains(&heard.answer.status)), "a session that was not revoked");
        assert!(about_ada.iter().any(|heard| heard.answered > healed && is_yes(&heard.answer)), "it recovered");
    }
    verify(&world, &mut client);
    check_log(&second);
}
