//! Questions and answers, what of them is told, and how many refusals fill a log.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use vestibule_core::{policy::Because, refusal::Refusal};
use vestibule_operations::{Act, Answer, Ctx, Entity, PageWish, Question, Search, Wanted, apply::Mode};

use crate::{
    databases::on_both,
    harness::{ADA, BEN, EVE, MANIFEST, MIA, World, acme},
};

async fn ask(world: &World, ctx: &Ctx, kind: &str, id: &str, resource: &str) -> Result<Answer, Refusal> {
    let entity = |kind: &str, id: &str| Entity { kind: kind.to_owned().into(), id: id.to_owned().into(), ..Entity::default() };
    let (subject, resource, context) = (entity(kind, id), entity("config:plan", resource), BTreeMap::new());
    let action = Act { name: "config:retrieve".into(), ..Act::default() };
    world.ops.evaluate(ctx, Question { subject: &subject, action: &action, resource: &resource, context: &context }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_the_realms_own_and_say_why() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let ada = world.bearer(ADA).await.unwrap();
        let size = world.size().await;
        for (kind, id, decision, reason) in [
            ("user", "ada@acme.example", true, "allowed"),
            ("user", "ADA@acme.example", true, "allowed"),
            ("user", "ben@acme.example", false, "default_deny"),
            ("user", "eve@other.example", false, "subject_unknown"),
            ("user", "nobody", false, "subject_unknown"),
            ("user", "n\u{0}body", false, "subject_unknown"),
            ("service", "ada@acme.example", false, "subject_unknown"),
            ("robot", "ada@acme.example", false, "subject_unknown"),
            ("support", "mia@here.com", false, "no_live_grant"),
        ] {
            assert_eq!(ask(&world, &ada, kind, id, "p1").await, Ok(Answer::plain(decision, reason)), "{kind} {id:?}");
        }
        assert_eq!(world.size().await, size, "questions about the realm's own people are no events");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_may_ask_about_itself_alone_and_each_answer_is_told() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        world.invite("mia@here.com", None).await.unwrap();
        let entered = world.enter(MIA).await.unwrap();
        let inside = world.bearer(entered.token.expose_secret()).await.unwrap();
        let ada = world.bearer(ADA).await.unwrap();
        let size = world.size().await;
        for ctx in [&inside, &ada] {
            assert!(ask(&world, ctx, "support", "MIA@here.com", "p1").await.unwrap().decision);
            assert!(!ask(&world, ctx, "support", "mia@here.com", "secret").await.unwrap().decision);
        }
        let odd = ask(&world, &inside, "support", "mia@here.com", "p\u{0}1").await.unwrap();
        assert_eq!((odd.decision, odd.reason), (true, "allowed"), "all plans are all plans");
        for (kind, id) in [("user", "ada@acme.example"), ("support", "tom@partner.example"), ("user", "mia@here.com")] {
            let refused = Refusal::Forbidden { action: "authzen:evaluate".to_owned(), because: Because::NothingAllows };
            assert_eq!(ask(&world, &inside, kind, id, "p1").await.err(), Some(refused), "{kind} {id}");
        }
        let events = world.events(size).await;
        let told: Vec<_> =
            events.iter().take(4).map(|event| (event["action"].as_str().unwrap(), event["actor"]["kind"].as_str().unwrap())).collect();
        let (yes, no) = ("decision.allowed", "decision.denied");
        assert_eq!(told, [(yes, "support"), (no, "support"), (yes, "user"), (no, "user")]);
        for event in &events {
            assert_eq!(event["session"]["id"], entered.session.id.to_string());
        }
        // Over is over, for whoever asks.
        world.uninvite("mia@here.com").await;
        assert_eq!(ask(&world, &ada, "support", "mia@here.com", "p1").await, Ok(Answer::plain(false, "grant_revoked")));
        assert!(world.bearer(entered.token.expose_secret()).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_denied_the_asking_may_ask_about_itself_alone() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let blind = "name = \"blind\"\nstatements = [{ effect = \"deny\", actions = [\"authzen:evaluate\"], resources = [\"*\"] }]";
        let manifest = MANIFEST.replacen("[[realms.roles]]", &format!("[[realms.roles]]\n{blind}\n\n[[realms.roles]]"), 1).replacen(
            "name = \"Ben\"",
            "name = \"Ben\"\nroles = [\"blind\"]",
            1,
        );
        let ben = world.bearer(BEN).await.unwrap();
        assert!(ask(&world, &ben, "user", "ada@acme.example", "p1").await.unwrap().decision);
        world.apply(&manifest, Mode::Act).await.unwrap();
        let ben = world.bearer(BEN).await.unwrap();
        for (kind, id) in [("user", "ada@acme.example"), ("user", "nobody"), ("support", "mia@here.com"), ("customer", "1000")] {
            let refused = ask(&world, &ben, kind, id, "p1").await.unwrap_err();
            assert!(matches!(&refused, Refusal::Forbidden { action, .. } if action == "authzen:evaluate"), "{kind} {id}: {refused}");
        }
        assert_eq!(ask(&world, &ben, "user", "ben@acme.example", "p1").await, Ok(Answer::plain(false, "default_deny")));
        let plan = || Entity { kind: "config:plan".into(), id: "p1".into(), ..Entity::default() };
        let action = || Act { name: "config:retrieve".into(), ..Act::default() };
        let wanted = |kind: &'static str| Wanted::Subjects { kind: kind.into(), action: action(), resource: plan() };
        for kind in ["user", "customer"] {
            let search = Search { wanted: wanted(kind), context: BTreeMap::new(), page: PageWish::default() };
            assert!(matches!(world.ops.search(&ben, &search).await, Err(Refusal::Forbidden { .. })), "{kind}");
        }
        let own = Entity { kind: "user".into(), id: "ben@acme.example".into(), ..Entity::default() };
        let wanted = Wanted::Resources { subject: own, action: action(), kind: "config:plan".into() };
        assert!(world.ops.search(&ben, &Search { wanted, context: BTreeMap::new(), page: PageWish::default() }).await.is_ok());
    })
    .await;
}

async fn deny(world: &World, token: &str) {
    let ctx = world.bearer(token).await.unwrap();
    let refusal = Refusal::Forbidden { action: "realm:administer".to_owned(), because: Because::NothingAllows };
    world.ops.file_refusal(&ctx, Some(&acme()), "GET /v1/realms/{realm}", &refusal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_denials_a_minute_are_told_and_the_rest_is_counted() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        for _ in 0..13 {
            deny(&world, BEN).await;
        }
        assert_eq!(world.size().await, size + 10);
        deny(&world, EVE).await;
        assert_eq!(world.size().await, size + 11, "each caller has a minute of its own");
        world.advance_ms(60_000);
        deny(&world, BEN).await;
        deny(&world, BEN).await;
        let events = world.events(size + 11).await;
        assert_eq!(events.len(), 2);
        assert_eq!((&events[0]["data"]["left_out"], &events[0]["outcome"]), (&3.into(), &"denied".into()));
        assert!(events[1]["data"].get("left_out").is_none());
        // What was no refusal of access is no event, and a realm that is not there keeps none.
        let ben = world.bearer(BEN).await.unwrap();
        world.ops.file_refusal(&ben, None, "x", &Refusal::Absent("session")).await;
        world.ops.file_refusal(&ben, Some(&"nowhere".parse().unwrap()), "x", &Refusal::NotAdmitted).await;
        assert_eq!(world.size().await, size + 13);
    })
    .await;
}
