//! Applying a manifest: it is so afterwards, a second time does nothing, and a rehearsal says the same.

use vestibule_core::refusal::Refusal;
use vestibule_operations::{
    apply::{Difference, Mode},
    manifest::Manifest,
};

use crate::{
    databases::on_both,
    harness::{ADA, BEN, MANIFEST, World, acme},
};

fn lines(difference: &Difference) -> Vec<String> {
    difference.lines.iter().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_says_what_acting_does_and_a_second_time_nothing_is_left() {
    on_both(|database| async move {
        let world = World::open_bare(&database, None).await;
        let rehearsed = world.apply(MANIFEST, Mode::Rehearse).await.unwrap();
        assert_eq!(database.number("SELECT COUNT(*) FROM realm").await, 1, "the vendor's alone");
        assert_eq!(database.number("SELECT COUNT(*) FROM account").await, 0);
        let acted = world.apply(MANIFEST, Mode::Act).await.unwrap();
        assert_eq!(acted, rehearsed);
        assert!(lines(&acted).contains(&"+ realm acme".to_owned()), "{acted}");
        assert!(lines(&acted).contains(&"+ account acme/sa::app: access-key dK7pQ2sVx9LmT4wZ".to_owned()), "{acted}");
        let size = world.size().await;
        for mode in [Mode::Act, Mode::Rehearse] {
            assert_eq!(lines(&world.apply(MANIFEST, mode).await.unwrap()), [""; 0]);
        }
        assert_eq!(world.size().await, size, "nothing done, nothing told");
        for secret in [ADA, "v8Rk-2nQ_xW5tYhB3jLcMz7pSdFg1aEo", "correct horse battery staple"] {
            assert!(!acted.to_string().contains(secret));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_one_line_and_what_is_not_mentioned_stays() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let token = "+ account acme/ada@acme.example: token main";
        for (from, to, expected) in [
            ("name = \"Acme Widgets\"", "name = \"Acme\"", &["~ realm acme: name"][..]),
            (
                "v8Rk-2nQ",
                "w8Rk-2nQ",
                &["- account acme/sa::app: access-key dK7pQ2sVx9LmT4wZ", "+ account acme/sa::app: access-key dK7pQ2sVx9LmT4wZ"],
            ),
            ("correct horse", "wrong horse", &["- account acme/sa::app: password", "+ account acme/sa::app: password"]),
            ("ada-token", "ava-token", &["- account acme/ada@acme.example: token main", token]),
            ("credentials = [{ type = \"token\", secret = \"ben-token-0123456789\" }]", "", &["- account acme/ben@acme.example: token"]),
            (
                "groups = [\"operators\"]",
                "roles = [\"org-admin\"]",
                &["+ account acme/ada@acme.example: role org-admin", "- account acme/ada@acme.example: group operators"],
            ),
            ("name = \"operators\"\nroles = [\"org-admin\"]", "name = \"operators\"", &["- group acme/operators: role org-admin"]),
            ("actions = [\"all\"]", "actions = [\"config:retrieve\"]", &["~ role acme/org-admin: statements"]),
        ] {
            let changed = MANIFEST.replacen(from, to, 1);
            assert_ne!(changed, MANIFEST, "{from}");
            let rehearsed = world.apply(&changed, Mode::Rehearse).await.unwrap();
            let acted = world.apply(&changed, Mode::Act).await.unwrap();
            assert_eq!(rehearsed, acted, "{from}");
            assert_eq!(lines(&acted), expected, "{from}");
            assert!(world.apply(&changed, Mode::Act).await.unwrap().is_empty(), "{from}: a second time");
            assert!(!world.apply(MANIFEST, Mode::Act).await.unwrap().is_empty(), "{from}: and back");
            assert!(world.apply(MANIFEST, Mode::Act).await.unwrap().is_empty(), "{from}: and back, a second time");
        }
        world.invite("mia@here.com", None).await.unwrap();
        assert!(world.apply(MANIFEST, Mode::Act).await.unwrap().is_empty());
        assert_eq!(world.listed().await, ["mia@here.com"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn support_access_is_as_described() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let support = "[realms.support]\nenabled = true\n\
            window = { ends_at = \"2031-03-01T00:00:00Z\", statements = [{ effect = \"allow\", actions = [\"config:retrieve\"], resources = [\"*\"] }] }\n\
            invitations = [{ email = \"d@here.com\" }, { email = \"c@here.com\", expires_at = \"2031-03-01T00:00:00Z\" }, { email = \"*\" }, { email = \"a@here.com\", expires_at = \"2026-03-01T00:00:00Z\" }]\n";
        let manifest = MANIFEST.replacen("[realms.support]\nenabled = true\n", support, 1);
        let acted = world.apply(&manifest, Mode::Act).await.unwrap();
        let expected = ["+ window acme: until 2031-03-01T00:00:00Z, 1 statements", "+ invitation acme/d@here.com", "+ invitation acme/c@here.com", "+ invitation acme/*"];
        assert_eq!(lines(&acted), expected);
        assert_eq!(world.listed().await, ["d@here.com", "c@here.com", "*"], "in the manifest's order, the lapsed one left out");
        assert_eq!(world.outbox().await.len(), 2);
        assert!(world.apply(&manifest, Mode::Act).await.unwrap().is_empty());
        assert_eq!(world.outbox().await.len(), 2, "nobody is mailed again");
        let later = manifest.replace("2031-03-01", "2031-04-01");
        let acted = world.apply(&later, Mode::Act).await.unwrap();
        assert_eq!(lines(&acted), ["~ window acme: until 2031-04-01T00:00:00Z, 1 statements", "~ invitation acme/c@here.com"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_realm_is_left_as_it_was() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        let (renamed, taken) = ("name = \"Acme Widgets\"", "name = \"Acme\"");
        // The name is changed before the rest is refused; it must not stay.
        for (from, to, refusal) in [
            (
                "7d0c1a52-58f5-4a1b-9a63-0d7d3b8f0a11",
                "7d0c1a52-58f5-4a1b-9a63-0d7d3b8f0a12",
                Refusal::Conflict { what: "organization id", state: "cannot be changed" },
            ),
            (ADA, "eve-token-0123456789", Refusal::Exists("credential")),
        ] {
            let changed = MANIFEST.replacen(renamed, taken, 1).replacen(from, to, 1);
            for mode in [Mode::Rehearse, Mode::Act] {
                // Two credentials with one secret are refused on reading; those of two realms only here.
                let changed = changed.split("[[realms]]\nid = \"other\"").next().unwrap();
                assert_eq!(world.apply(changed, mode).await.err(), Some(refusal.clone()), "{from}");
            }
            assert_eq!(world.size().await, size, "{from}");
            let name = world.work(|work| Box::pin(async move { Ok(work.realm().name.clone()) })).await.unwrap();
            assert_eq!(name, "Acme Widgets", "{from}");
        }
        assert!(world.bearer(BEN).await.is_ok());
    })
    .await;
}

/// What was done before a refusal was not told.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_before_a_refusal_is_told() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let manifest = "[[realms]]\nid = \"r5\"\nname = \"R5\"\n\n[[realms]]\nid = \"acme\"\nname = \"Acme\"\norganization_id = \"7d0c1a52-58f5-4a1b-9a63-0d7d3b8f0a12\"\n";
        let manifest = Manifest::parse(manifest, "test.toml", &|_| panic!("it names no outside secret")).unwrap();
        for mode in [Mode::Rehearse, Mode::Act] {
            let error = world.ops.apply(&manifest, mode).await.unwrap_err();
            assert_eq!((lines(&error.done), error.realm), (vec!["+ realm r5".to_owned()], acme()), "{mode:?}");
        }
    })
    .await;
}
