//! Inviting and uninviting: the rules of `spec/here-support.md`, section 5, that lie below the wire.

use vestibule_core::{
    rate_limit::RateLimit,
    refusal::{Fault, Malformed, Refusal},
};

use crate::{
    databases::on_both,
    harness::{MIA, World},
};

const INVITES: RateLimit = RateLimit { name: "invites", allowed: 6, period_s: 60 };

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_changes_nothing_but_is_mailed_and_told_again() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        let first = world.invite("Mia@here.com", None).await.unwrap();
        assert!(first.created);
        world.advance_ms(1);
        let again = world.invite("mia@HERE.com", None).await.unwrap();
        assert!(!again.created);
        assert_eq!(again.invitation, first.invitation, "id, spelling and age stay");
        assert_eq!(world.outbox().await.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["Mia@here.com"; 2]);
        let end = Some(world.now().plus_seconds(60));
        let amended = world.invite("mia@here.com", end).await.unwrap();
        assert_eq!((amended.created, amended.invitation.id, amended.invitation.expires_at), (false, first.invitation.id, end));
        let cleared = world.invite("mia@here.com", None).await.unwrap();
        assert_eq!(cleared.invitation.expires_at, None, "a repeat without an end clears it");
        assert_eq!(world.outbox().await.len(), 4);
        let told = ["invitation.created", "invitation.repeated", "invitation.amended", "invitation.amended"];
        let actions = world.actions(size).await;
        assert_eq!(actions.iter().filter(|action| action.starts_with("invitation")).collect::<Vec<_>>(), told.iter().collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_holds_five_people_and_anyone_in_the_order_they_came() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        for address in ["e@here.com", "d@here.com", "*", "c@here.com", "b@here.com", "a@here.com"] {
            world.invite(address, None).await.unwrap();
        }
        let mails = world.outbox().await.len();
        assert_eq!(mails, 5, "nobody is told of `*`");
        let size = world.size().await;
        assert_eq!(world.invite("f@here.com", None).await.err(), Some(Refusal::InvitationsFull { cap: 5 }));
        assert_eq!((world.size().await, world.outbox().await.len()), (size, mails), "a refused one leaves nothing");
        world.invite("D@here.com", Some(world.now().plus_millis(1))).await.unwrap();
        world.advance_ms(-3_600_000);
        world.invite("*", None).await.unwrap();
        world.advance_ms(3_600_000);
        assert_eq!(world.listed().await, ["e@here.com", "d@here.com", "*", "c@here.com", "b@here.com", "a@here.com"]);
        // A lapsed entry makes room at the instant of its end.
        assert_eq!(world.invite("f@here.com", None).await.err(), Some(Refusal::InvitationsFull { cap: 5 }));
        world.advance_ms(1);
        assert_eq!(world.listed().await.len(), 5);
        let other = world.invite("f@here.com", None).await.unwrap();
        assert!(other.created);
        assert_eq!(world.listed().await, ["e@here.com", "*", "c@here.com", "b@here.com", "a@here.com", "f@here.com"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_sixths_at_once_none_is_let_in() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let invite = |n: usize| {
            let world = world.clone();
            tokio::spawn(async move { world.invite(&format!("p{n}@here.com"), None).await.is_ok() })
        };
        let mut invited = 0;
        for one in (0..12).map(invite).collect::<Vec<_>>() {
            invited += usize::from(one.await.unwrap());
        }
        assert_eq!((invited, world.listed().await.len(), world.outbox().await.len()), (5, 5, 5));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_must_lie_ahead() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        for (millis, good) in [(-1, false), (0, false), (1, true)] {
            let invited = world.invite("mia@here.com", Some(world.now().plus_millis(millis))).await;
            let refused = Refusal::Malformed(Malformed::new("expires_at", Fault::NotInFuture));
            assert_eq!(invited.err(), (!good).then_some(refused), "{millis} ms");
        }
        assert_eq!(world.size().await, size + 1);
        // Once lapsed, the same address is a new entry.
        world.advance_ms(1);
        assert!(world.invite("mia@here.com", None).await.unwrap().created);
    })
    .await;
}

/// Spends a call, then ends as told.
async fn spend(world: &World, end: Result<(), Refusal>) -> Result<(), Refusal> {
    let unit = world.work(|mut work| {
        Box::pin(async move {
            work.spend(INVITES).await?;
            end
        })
    });
    unit.await
}

#[tokio::test(flavor = "multi_thread")]
async fn six_calls_a_minute_slide_and_count_even_when_refused_later() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let refused = |retry_after_s| Err(Refusal::TooMany { allowed: 6, period_s: 60, retry_after_s });
        for n in 0..6 {
            let end = if n % 2 == 0 { Ok(()) } else { Err(Refusal::Scoped) };
            assert_eq!(spend(&world, end.clone()).await, end, "{n}");
            world.advance_ms(1_000);
        }
        assert_eq!(spend(&world, Ok(())).await, refused(54));
        assert_eq!(spend(&world, Ok(())).await, refused(54), "a refused call does not count");
        world.advance_ms(53_001);
        assert_eq!(spend(&world, Ok(())).await, refused(1), "rounded up");
        world.advance_ms(998);
        assert_eq!(spend(&world, Ok(())).await, refused(1), "a millisecond before the oldest is a minute old");
        world.advance_ms(1);
        assert_eq!(spend(&world, Ok(())).await, Ok(()));
        assert_eq!(spend(&world, Ok(())).await, refused(1), "one has slid out, and one came in");
    })
    .await;
}

/// A clock that fell back an hour shut a realm out for that hour.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_falls_back_neither_frees_the_limit_nor_shuts_anybody_out() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        for _ in 0..6 {
            spend(&world, Ok(())).await.unwrap();
        }
        world.advance_ms(-3_600_000);
        let refused = |retry_after_s| Err(Refusal::TooMany { allowed: 6, period_s: 60, retry_after_s });
        assert_eq!(spend(&world, Ok(())).await, refused(60));
        world.advance_ms(59_999);
        assert_eq!(spend(&world, Ok(())).await, refused(1));
        world.advance_ms(1);
        assert_eq!(spend(&world, Ok(())).await, Ok(()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_calls_at_once_six_are_let_through() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let call = |_| {
            let world = world.clone();
            tokio::spawn(async move { spend(&world, Ok(())).await.is_ok() })
        };
        let mut through = 0;
        for one in (0..20).map(call).collect::<Vec<_>>() {
            through += i32::from(one.await.unwrap());
        }
        assert_eq!(through, 6);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_takes_the_entry_its_sessions_and_its_account() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.invite("mia@here.com", None).await.unwrap();
        let entered = world.enter(MIA).await.unwrap();
        world.is_inside(&entered).await.unwrap();
        let (size, mails) = (world.size().await, world.outbox().await.len());
        assert!(!world.uninvite("nobody@here.com").await);
        assert_eq!(world.size().await, size, "there was nothing to tell");
        assert!(world.uninvite("mia@here.com").await);
        assert!(world.is_inside(&entered).await.is_err());
        assert_eq!(world.actions(size).await, ["invitation.revoked", "session.ended", "account.deleted"]);
        assert_eq!(world.outbox().await.len(), mails, "nobody is mailed of a removal");
        assert_eq!(database.number("SELECT COUNT(*) FROM account WHERE realm_id = 'acme' AND kind = 'support'").await, 0);
        assert!(!world.uninvite("mia@here.com").await, "again");
        assert_eq!(world.enter(MIA).await.err(), Some(Refusal::NotAdmitted));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_all_removes_the_list_until_somebody_is_invited() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let access = || world.work(|mut work| Box::pin(async move { work.support_access().await }));
        let fresh = access().await.unwrap();
        assert!(!fresh.listed);
        for address in ["mia@here.com", "*", "max@here.com"] {
            world.invite(address, None).await.unwrap();
        }
        let entered = world.enter(MIA).await.unwrap();
        world.uninvite("max@here.com").await;
        assert!(access().await.unwrap().listed);
        world.work(|mut work| Box::pin(async move { work.uninvite_all().await })).await.unwrap();
        let gone = access().await.unwrap();
        assert_eq!((gone.listed, gone.invitations.len(), gone.list_id), (false, 0, fresh.list_id));
        assert!(world.is_inside(&entered).await.is_err());
        assert_eq!(database.number("SELECT COUNT(*) FROM account WHERE realm_id = 'acme' AND kind = 'support'").await, 0);
        world.invite("mia@here.com", None).await.unwrap();
        assert!(access().await.unwrap().listed);
        world.uninvite("mia@here.com").await;
        assert!(access().await.unwrap().listed, "an empty list is a list");
    })
    .await;
}

/// What is done, and what is seen, in the rows below.
enum Step {
    Invite(&'static str),
    Enter,
    Uninvite(&'static str),
    /// Whether Mia has an account in the realm.
    Account(bool),
    /// Whether the session entered last is alive.
    Inside(bool),
}

use Step::{Account, Enter, Inside, Invite, Uninvite};

const MINE: &str = "mia@here.com";

const CLEAN_UP: [(&str, &[Step]); 6] = [
    ("by anyone's entry, which goes", &[Invite("*"), Enter, Account(true), Uninvite("*"), Account(false), Inside(false)]),
    ("by anyone's entry, with an own one", &[Invite("*"), Enter, Invite(MINE), Uninvite("*"), Account(true), Inside(false)]),
    ("then the own one goes too", &[Invite("*"), Enter, Invite(MINE), Uninvite("*"), Account(true), Uninvite(MINE), Account(false)]),
    (
        "an own entry goes, anyone's stays",
        &[Invite("*"), Invite(MINE), Enter, Uninvite(MINE), Account(false), Inside(false), Enter, Inside(true)],
    ),
    ("somebody else's entry goes", &[Invite(MINE), Invite("max@here.com"), Enter, Uninvite("max@here.com"), Account(true), Inside(true)]),
    ("inside by anyone's, the own one goes", &[Invite("*"), Enter, Invite(MINE), Uninvite(MINE), Inside(true), Account(true)]),
];

#[tokio::test(flavor = "multi_thread")]
async fn accounts_go_with_what_they_came_through() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        for (name, steps) in CLEAN_UP {
            let mut entered = None;
            for step in steps {
                match step {
                    Invite(address) => drop(world.invite(address, None).await.unwrap()),
                    Enter => entered = Some(world.enter(MIA).await.unwrap_or_else(|refusal| panic!("{name}: {refusal}"))),
                    Uninvite(address) => assert!(world.uninvite(address).await, "{name}"),
                    Account(expected) => {
                        let sql = "SELECT COUNT(*) FROM account WHERE realm_id = 'acme' AND kind = 'support'";
                        assert_eq!(database.number(sql).await, i64::from(*expected), "{name}");
                    }
                    Inside(expected) => assert_eq!(world.is_inside(entered.as_ref().unwrap()).await.is_ok(), *expected, "{name}"),
                }
            }
            world.work(|mut work| Box::pin(async move { work.uninvite_all().await })).await.unwrap();
        }
    })
    .await;
}
