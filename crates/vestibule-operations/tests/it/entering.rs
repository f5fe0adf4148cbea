//! Entering and leaving: who is let in, by what, until when, and what ends it.

use vestibule_core::{
    account::AccountKind,
    id::RealmId,
    policy::{ActionPattern, Statement},
    refusal::{Refusal, Unauthenticated},
    support::{Admitter, Entry, SessionEnd, SessionStanding, Window},
    time::Timestamp,
};
use vestibule_operations::{Entered, PageRequest, Presence, RealmChange, SessionFilter, apply::Mode};

use crate::{
    databases::on_both,
    harness::{ADA, EVE, MIA, TOM, World, acme},
    shop::MANIFEST,
};

fn reads() -> Vec<Statement> {
    vec![Statement::allow_everywhere("config:retrieve".parse::<ActionPattern>().unwrap())]
}

async fn put_window(world: &World, ends_at: Timestamp, seen: Option<i64>) -> Result<(Window, bool), Refusal> {
    world.work(move |mut work| Box::pin(async move { work.put_window(ends_at, reads(), seen).await })).await
}

async fn standing(world: &World, entered: &Entered) -> (SessionStanding, Option<SessionEnd>) {
    let id = entered.session.id;
    let session = world.work(move |mut work| Box::pin(async move { work.session(id).await })).await.unwrap();
    (session.standing(world.now()), session.ended.map(|(_, why)| why))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_admitted_is_refused_and_leaves_nothing() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        assert_eq!(world.enter(MIA).await.err(), Some(Refusal::NotAdmitted));
        assert_eq!(world.enter_realm(MIA, "nowhere").await.err(), Some(Refusal::Absent("realm")));
        world.invite("*", None).await.unwrap();
        assert_eq!(world.enter(TOM).await.err(), Some(Refusal::NotAdmitted), "of another domain");
        for token in [ADA, EVE] {
            assert_eq!(world.enter(token).await.err(), Some(Refusal::NotAdmitted), "no agent");
        }
        assert_eq!(world.size().await, size + 1);
        // Nobody goes from one visit into another.
        let entered = world.enter(MIA).await.unwrap();
        let inside = secrecy::ExposeSecret::expose_secret(&entered.token).to_owned();
        assert_eq!(world.enter_realm(&inside, "other").await.err(), Some(Refusal::NotAdmitted));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_rests_on_the_own_entry_then_on_anyones_then_on_the_window() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let hour = world.now().plus_seconds(3_600);
        put_window(&world, world.now().plus_seconds(60), None).await.unwrap();
        let by_window = world.enter(MIA).await.unwrap().session;
        assert_eq!((by_window.admitted_by, by_window.ends_at), (Admitter::Window { version: 1 }, world.now().plus_seconds(60)));
        let by_window = world.enter(TOM).await.unwrap().session;
        assert_eq!(by_window.agent_email, "tom@partner.example", "the window asks for no domain");
        let anyone = world.invite("*", Some(world.now().plus_seconds(120))).await.unwrap().invitation;
        let session = world.enter(MIA).await.unwrap().session;
        assert_eq!((session.admitted_by, session.ends_at), (Admitter::Invitation(anyone.id), world.now().plus_seconds(120)));
        let own = world.invite("Mia@here.com", None).await.unwrap().invitation;
        let session = world.enter(MIA).await.unwrap().session;
        assert_eq!((session.admitted_by, session.ends_at), (Admitter::Invitation(own.id), hour), "an hour is the most");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_over_at_its_end_and_not_before() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.invite("mia@here.com", Some(world.now().plus_millis(10))).await.unwrap();
        let entered = world.enter(MIA).await.unwrap();
        world.advance_ms(9);
        world.is_inside(&entered).await.unwrap();
        world.advance_ms(1);
        assert_eq!(world.is_inside(&entered).await, Err(Unauthenticated::Expired.into()));
        assert_eq!(standing(&world, &entered).await, (SessionStanding::Lapsed, None));
        assert_eq!(world.enter(MIA).await.err(), Some(Refusal::NotAdmitted));
        world.advance_ms(3_600_000);
        assert_eq!(world.is_inside(&entered).await, Err(Unauthenticated::Expired.into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_end_shortens_and_a_later_one_does_not_lengthen() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let at = |millis| world.now().plus_millis(millis);
        let (soon, later) = (at(10), at(1_000));
        world.invite("mia@here.com", None).await.unwrap();
        let entered = world.enter(MIA).await.unwrap();
        world.invite("mia@here.com", Some(soon)).await.unwrap();
        world.invite("mia@here.com", Some(later)).await.unwrap();
        put_window(&world, later, None).await.unwrap();
        let by_window = world.enter(TOM).await.unwrap();
        put_window(&world, soon, None).await.unwrap();
        put_window(&world, later, None).await.unwrap();
        world.advance_ms(9);
        for entered in [&entered, &by_window] {
            world.is_inside(entered).await.unwrap();
        }
        world.advance_ms(1);
        for entered in [&entered, &by_window] {
            assert_eq!(world.is_inside(entered).await, Err(Unauthenticated::Expired.into()));
        }
        world.enter(MIA).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_once_and_its_token_with_it() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.invite("mia@here.com", None).await.unwrap();
        let (one, two, three) = (world.enter(MIA).await.unwrap(), world.enter(MIA).await.unwrap(), world.enter(MIA).await.unwrap());
        let end = |entered: &Entered| {
            let (world, id) = (world.clone(), entered.session.id);
            async move { world.work(move |mut work| Box::pin(async move { work.end_session(id, SessionEnd::EndedByTenant).await })).await }
        };
        world.is_inside(&one).await.unwrap();
        end(&one).await.unwrap();
        assert_eq!(world.is_inside(&one).await, Err(Unauthenticated::Revoked.into()));
        assert_eq!(end(&one).await.err(), Some(Refusal::Conflict { what: "session", state: "has ended" }));
        assert_eq!(standing(&world, &one).await, (SessionStanding::Ended, Some(SessionEnd::EndedByTenant)));
        world.is_inside(&two).await.unwrap();
        let page = || PageRequest { after: None, limit: 10 };
        for (live, count) in [(Some(true), 2), (Some(false), 1), (None, 3)] {
            let (filter, page) = (SessionFilter { live, agent: None }, page());
            let list = world.work(move |mut work| Box::pin(async move { work.sessions(filter, page).await })).await.unwrap();
            assert_eq!(list.items.len(), count, "{live:?}");
        }
        let ended = world.work(|mut work| Box::pin(async move { work.end_all_sessions().await })).await;
        assert_eq!(ended, Ok(2));
        for entered in [&two, &three] {
            assert_eq!(world.is_inside(entered).await, Err(Unauthenticated::Revoked.into()));
        }
        // A stranger's session is no session.
        let (eve, realm, id) = (world.bearer(EVE).await.unwrap(), "other".parse().unwrap(), one.session.id);
        let other = world.ops.write(&eve, &realm, move |mut work| Box::pin(async move { work.session(id).await }));
        assert_eq!(other.await.err(), Some(Refusal::Absent("session")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_support_off_ends_what_rests_on_the_list() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.invite("mia@here.com", None).await.unwrap();
        put_window(&world, world.now().plus_seconds(600), None).await.unwrap();
        let (listed, by_window) = (world.enter(MIA).await.unwrap(), world.enter(TOM).await.unwrap());
        let switch = |enabled| {
            let world = world.clone();
            let change = RealmChange { support_enabled: Some(enabled), ..RealmChange::default() };
            async move { world.work(move |mut work| Box::pin(async move { work.update_realm(change, None).await })).await.unwrap() }
        };
        let size = world.size().await;
        switch(false).await;
        assert_eq!(world.actions(size).await, ["support.disabled", "session.ended"]);
        assert_eq!(standing(&world, &listed).await, (SessionStanding::Ended, Some(SessionEnd::SupportDisabled)));
        assert_eq!(world.is_inside(&listed).await, Err(Unauthenticated::Revoked.into()));
        world.is_inside(&by_window).await.unwrap();
        let off = world.work(|work| Box::pin(async move { work.support_enabled() })).await;
        assert_eq!(off, Err(Refusal::SupportOff));
        let again = world.enter(MIA).await.unwrap();
        assert_eq!(again.session.admitted_by, Admitter::Window { version: 1 }, "the list says nothing now");
        switch(true).await;
        assert!(matches!(world.enter(MIA).await.unwrap().session.admitted_by, Admitter::Invitation(_)), "and is as it was");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_written_by_whoever_read_it_last() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let end = world.now().plus_seconds(600);
        let absent = world.work(|mut work| Box::pin(async move { work.window().await })).await;
        assert_eq!(absent.err(), Some(Refusal::Absent("window")));
        assert_eq!(put_window(&world, end, Some(1)).await.err(), Some(Refusal::Stale { current: 0 }));
        let (window, created) = put_window(&world, end, Some(0)).await.unwrap();
        assert_eq!((window.version, created), (1, true));
        let put = |_| {
            let world = world.clone();
            tokio::spawn(async move { put_window(&world, end, Some(1)).await })
        };
        let mut stale = 0;
        for one in (0..8).map(put).collect::<Vec<_>>() {
            stale += i32::from(one.await.unwrap() == Err(Refusal::Stale { current: 2 }));
        }
        assert_eq!(stale, 7);
        // An end that has passed closes it, and with it who came by it.
        let entered = world.enter(TOM).await.unwrap();
        let size = world.size().await;
        put_window(&world, world.now(), Some(2)).await.unwrap();
        assert_eq!(world.actions(size).await, ["window.closed", "session.ended"]);
        assert_eq!(standing(&world, &entered).await, (SessionStanding::Ended, Some(SessionEnd::WindowClosed)));
        assert_eq!(world.enter(TOM).await.err(), Some(Refusal::NotAdmitted));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_has_left_the_vendor_is_out_everywhere() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.invite("mia@here.com", None).await.unwrap();
        let entered = world.enter(MIA).await.unwrap();
        world.is_inside(&entered).await.unwrap();
        // Another server does not know yet; this one reads it anew.
        drop(world);
        let again = World::open_bare(&database, None).await;
        again.is_inside(&entered).await.unwrap();
        database.by_hand("UPDATE account SET active = 0 WHERE realm_id = 'vendor'").await.unwrap();
        let fresh = World::open_bare(&database, None).await;
        assert_eq!(fresh.is_inside(&entered).await, Err(Unauthenticated::AccountDisabled.into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_tells_both_names_and_its_reason() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        let invited = world.invite("mia@here.com", None).await.unwrap();
        let entered = world.enter(MIA).await.unwrap();
        let events = world.events(size).await;
        let actions: Vec<_> = events.iter().map(|event| event["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["invitation.created", "account.created", "session.entered"]);
        let told = &events[2];
        assert_eq!(told["actor"]["kind"], "user");
        assert_eq!(told["actor"]["org"], "vendor");
        assert_eq!(told["actor"]["id"], entered.session.agent.to_string());
        assert_eq!(told["acting_for"]["id"], entered.session.account.to_string());
        assert_eq!(told["session"]["id"], entered.session.id.to_string());
        assert_eq!(told["session"]["grant"], invited.invitation.id.to_string());
        assert_eq!(told["reason"]["ticket"], "zendesk:1");
        assert_eq!(told["target"]["id"], acme().to_string());
    })
    .await;
}

/// What the shop has of its own: a type that is named as accounts are, and one of a service.
const OBJECTS: &str = "[[realms.objects]]\ntype = \"user\"\nid = \"u1\"\n[[realms.objects]]\ntype = \"config:plan\"\nid = \"P1\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_each_action_that_is_known_and_what_there_is() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.apply(&format!("{MANIFEST}{OBJECTS}"), Mode::Act).await.unwrap();
        let counted = async || world.ops.everything(&world.own(), &acme()).await.unwrap();
        let everything = counted().await;
        let known = |name: &str| everything.actions.contains(&name.parse().unwrap());
        for (name, is_known) in
            [("account:actAs", true), ("realm:administer", true), ("case:view", true), ("customer:edit", true), ("a:b", false)]
        {
            assert_eq!(known(name), is_known, "{name}");
        }
        assert_eq!((everything.accounts.get(&AccountKind::User), everything.accounts.get(&AccountKind::Service)), (Some(&3), Some(&3)));
        let objects: Vec<_> = everything.objects.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
        assert_eq!((everything.customers, objects), (5, vec![("config:plan", 1), ("user", 1)]));
        let purged = world.work(|mut work| {
            Box::pin(async move {
                let customer = work.served_customers(&["2241".parse()?]).await?.remove(0);
                work.purge_customer(customer).await
            })
        });
        purged.await.unwrap();
        assert_eq!(counted().await.customers, 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_out_while_entering_leaves_no_visit_behind() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        put_window(&world, world.now().plus_seconds(3_600), None).await.unwrap();
        for _ in 0..20 {
            let link = world.ops.console_link(&world.own(), &RealmId::vendor(), &"mia@here.com".parse().unwrap()).await.unwrap();
            let cookie = world.ops.console_sign_in_by_link(&world.nobody(), &link).await.unwrap();
            let who = world.ops.console_caller(&world.nobody(), &cookie, Presence::Acting).await.unwrap();
            let ctx = world.nobody().as_caller(who.own());
            let (home, realm) = (world.nobody(), acme());
            let entry = Entry::new("plan P1 bills twice", None).unwrap();
            let (entered, out) =
                tokio::join!(world.ops.console_enter(&ctx, &cookie, &realm, entry), world.ops.console_sign_out(&home, &cookie, false));
            out.unwrap();
            let live = world.work(|mut work| {
                let live = SessionFilter { live: Some(true), ..SessionFilter::default() };
                Box::pin(async move { Ok(work.sessions(live, PageRequest { after: None, limit: 9 }).await?.items.len()) })
            });
            assert_eq!(live.await.unwrap(), usize::from(entered.is_ok()), "{entered:?}");
            world.work(|mut work| Box::pin(async move { work.end_all_sessions().await })).await.unwrap();
        }
    })
    .await;
}
