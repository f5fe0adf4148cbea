//! Reading the log back: whatever is asked for, the events are those that a look at every one of them finds.

use vestibule_core::{
    audit::{Action, Actor, Draft, Outcome, SessionRef, Thing},
    id::{RealmId, SessionId},
    time::Timestamp,
};
use vestibule_store::{EventFilter, StoredEvent};

use crate::{databases::on_both, harness::World};

const ACTIONS: [Action; 3] = [Action::RealmUpdated, Action::InvitationCreated, Action::WindowClosed];
const OUTCOMES: [Outcome; 3] = [Outcome::Success, Outcome::Denied, Outcome::Failed];

fn session(number: u128) -> SessionId {
    uuid::Uuid::from_u128(number).to_string().parse().unwrap()
}

/// Forty events, of which several pass any filter and several do not, an instant to each two.
async fn fill(world: &World, realm: &RealmId) {
    for n in 0..40_usize {
        let actor = Actor { id: format!("actor-{}", n % 4), ..Actor::system() };
        let draft = Draft::new(ACTIONS[n % 3], actor, Thing::new("realm", format!("thing-{}", n % 5)));
        let draft = draft.with_outcome(OUTCOMES[n % 7 % 3]).with_sealed("target.name", format!("s{}", n % 2), format!("name {n}"));
        let visit = SessionRef { id: session((n % 2) as u128), grant: String::new(), consent: String::new() };
        let draft = if n % 3 == 0 { draft.with_session(visit) } else { draft };
        world.write(realm, move |tx| Box::pin(async move { Ok(tx.record(draft)) })).await.unwrap();
        world.advance_ms(i64::from(n % 2 == 1) * 10);
    }
}

async fn list(world: &World, realm: &RealmId, filter: &EventFilter, from: u64, limit: usize) -> Vec<StoredEvent> {
    let filter = filter.clone();
    world.read(realm, move |tx| Box::pin(async move { Ok(tx.list_events(&filter, from, limit).await?) })).await.unwrap()
}

/// What the record itself says.
fn passes(filter: &EventFilter, event: &StoredEvent) -> bool {
    let text: serde_json::Value = serde_json::from_slice(event.bytes.as_ref().unwrap()).unwrap();
    let is =
        |wanted: &Option<String>, pointer: &str| wanted.as_ref().is_none_or(|wanted| text.pointer(pointer).is_some_and(|it| it == wanted));
    let time: Timestamp = text["time"].as_str().unwrap().parse().unwrap();
    is(&filter.action, "/action")
        && is(&filter.outcome, "/outcome")
        && is(&filter.actor, "/actor/id")
        && is(&filter.session, "/session/id")
        && is(&filter.target, "/target/id")
        && filter.from.is_none_or(|from| time >= from)
        && filter.to.is_none_or(|to| time < to)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_finds_what_a_look_at_all_finds() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (acme, other) = (world.realm("acme").await, world.realm("other").await);
        let begun = world.now();
        fill(&world, &acme).await;
        fill(&world, &other).await;
        let all = list(&world, &acme, &EventFilter::default(), 0, 100).await;
        assert_eq!(all.len(), 42);
        assert!(all.iter().skip(2).all(|event| event.disclosures.len() == 1), "each with its own sealed member");
        let some = |text: &str| Some(text.to_owned());
        let at = |millis: i64| Some(Timestamp::from_millis(begun.millis() + millis));
        let mut found_some = 0;
        for mask in 0..128_u32 {
            let wish = |bit: u32, text: &str| some(text).filter(|_| mask & 1 << bit != 0);
            for (action, outcome) in [("realm.updated", "success"), ("window.closed", "denied")] {
                let filter = EventFilter {
                    action: wish(0, action),
                    outcome: wish(1, outcome),
                    actor: wish(2, "actor-2"),
                    session: wish(3, &session(0).to_string()),
                    target: wish(4, "thing-1"),
                    from: at(30).filter(|_| mask & 32 != 0),
                    to: at(171).filter(|_| mask & 64 != 0),
                };
                let expected: Vec<_> = all.iter().filter(|event| passes(&filter, event)).cloned().collect();
                found_some += usize::from(!expected.is_empty());
                assert_eq!(list(&world, &acme, &filter, 0, 100).await, expected, "{filter:?}");
                let second: Vec<_> = expected.iter().filter(|event| event.index >= 12).take(3).cloned().collect();
                assert_eq!(list(&world, &acme, &filter, 12, 3).await, second, "{filter:?}");
                let mut before: Vec<_> = expected.into_iter().filter(|event| event.index < 30).collect();
                before.reverse();
                let asked = filter.clone();
                let read = world.read(&acme, move |tx| Box::pin(async move { Ok(tx.list_events_before(&asked, 30, 100).await?) }));
                assert_eq!(read.await.unwrap(), before, "{filter:?}");
            }
        }
        let empty = EventFilter { actor: some(""), action: some(""), ..EventFilter::default() };
        assert_eq!(list(&world, &acme, &empty, 0, 100).await, all, "an empty text asks for nothing");
        assert!(found_some > 60, "{found_some} filters found something");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_opened_and_shut_a_way_in_is_read_newest_first() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let acme = world.realm("acme").await;
        fill(&world, &acme).await;
        let newest =
            async |limit| world.read(&acme, move |tx| Box::pin(async move { Ok(tx.list_access_events(limit).await?) })).await.unwrap();
        let all = list(&world, &acme, &EventFilter::default(), 0, 100).await;
        let is_access = |event: &&StoredEvent| {
            let text = std::str::from_utf8(event.bytes.as_ref().unwrap()).unwrap();
            ["invitation.created", "window.closed"].iter().any(|action| text.contains(&format!("\"action\":\"{action}\"")))
        };
        let expected: Vec<_> = all.iter().rev().filter(is_access).map(|event| (event.index, event.disclosures.clone())).collect();
        for limit in [7, 100] {
            let read: Vec<_> = newest(limit).await.into_iter().map(|event| (event.index, event.disclosures)).collect();
            assert_eq!(read, expected[..limit.min(expected.len())]);
        }
    })
    .await;
}
