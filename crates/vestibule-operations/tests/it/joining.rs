//! People who are invited: the letter, the link, and the account that comes of it; robots and their keys.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{account::Profile, credential::CredentialKind, refusal::Refusal, time::Timestamp};
use vestibule_operations::{JoinLink, KEY_PAIRS_MAX, KeyState, PersonWish, PrincipalRef, read_link};

use crate::{
    attaching::wish,
    databases::{Database, on_both},
    harness::{ADA, World, page, statement},
};

macro_rules! step {
    ($world:expr, $work:ident, $step:expr) => {
        $world.work(move |mut $work| Box::pin(async move { $step.await })).await
    };
}

fn ann(expires_at: Option<Timestamp>) -> PersonWish {
    let profile = Profile::new("Ann", "O'Hara", "+49 89 1").unwrap();
    PersonWish { email: "Ann@acme.example".parse().unwrap(), profile, roles: Vec::new(), ends_at: None, expires_at }
}

/// The link in the newest letter, as it is delivered.
async fn link(world: &World, database: &Database) -> JoinLink {
    let kept = world.outbox().await.pop().unwrap();
    assert!(kept.text.contains("?secret=[kept-back]") && kept.html.contains("?secret=[kept-back]"));
    world.ops.deliver_due_mail().await.unwrap();
    let letter = std::fs::read_to_string(database.folder().join("mail").join(format!("{}.eml", kept.id))).unwrap();
    // Quoted-printable breaks long lines, and spells `=`.
    let letter = letter.replace("=\r\n", "").replace("=3D", "=");
    let address = letter.lines().map(str::trim).find(|line| line.starts_with("https://vestibule.example/join/")).unwrap().to_owned();
    let (path, secret) = address.split_once("?secret=").unwrap();
    let mut parts = path.rsplit('/');
    let (id, realm) = (parts.next().unwrap(), parts.next().unwrap());
    read_link(realm, id, secret).unwrap()
}

async fn accept(world: &World, link: &JoinLink, password: &str) -> Result<vestibule_core::account::Account, Refusal> {
    world.ops.accept_invitation(&world.nobody(), link.clone(), SecretString::from(password)).await
}

const PASSWORD: &str = "correct horse battery";
const GONE: Refusal = Refusal::Absent("invitation");

#[tokio::test(flavor = "multi_thread")]
async fn a_link_makes_an_account_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let role = step!(world, work, work.create_role(wish("reader", &[statement("allow", &["all"], &["*"])]))).unwrap().id;
        let size = world.size().await;
        let ends_at = Some(world.now().plus_seconds(60));
        let invited = step!(world, work, work.invite_person(PersonWish { roles: vec![role], ends_at, ..ann(None) })).unwrap();
        assert_eq!(invited.expires_at, world.now().plus_seconds(30 * 86_400), "30 days, unless it says otherwise");
        assert_eq!(invited.authorship.created_by, Some(world.bearer(ADA).await.unwrap().account().unwrap().principal.key));
        let link = link(&world, &database).await;
        // Rows keep a hash; what the letter needed is gone with it.
        let (heap, secret) = (database.bytes().await, link.secret.expose_secret().as_bytes());
        assert!(!heap.windows(secret.len()).any(|bytes| bytes == secret));
        assert_eq!(database.number("SELECT COUNT(*) FROM outbox WHERE secret IS NOT NULL").await, 0);
        let open = world.ops.open_invitation(&world.nobody(), &link).await.unwrap();
        assert_eq!((open.realm_name.as_str(), open.email.as_str(), open.name.as_str()), ("Acme Widgets", "Ann@acme.example", "Ann O'Hara"));

        for weak in ["", "elevenchars", &"x".repeat(1_025)] {
            assert!(matches!(accept(&world, &link, weak).await, Err(Refusal::Malformed(_))), "{weak}");
        }
        for wrong in [("other", link.id.to_string(), "x"), ("acme", uuid::Uuid::nil().to_string(), "x"), ("acme", link.id.to_string(), "x")]
        {
            let wrong = read_link(wrong.0, &wrong.1, wrong.2).unwrap();
            assert_eq!(accept(&world, &wrong, PASSWORD).await.err(), Some(GONE));
        }
        // Of several who follow the link at once, one gets in.
        let one = || accept(&world, &link, PASSWORD);
        let (first, second, third) = tokio::join!(one(), one(), one());
        let both = [first, second, third];
        let mut won: Vec<_> = both.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
        assert_eq!(won.len(), 1, "{both:?}");
        let account = won.pop().unwrap();
        assert_eq!((account.id.as_str(), account.name.as_str(), account.ends_at), ("Ann@acme.example", "Ann O'Hara", ends_at));
        assert!(both.iter().filter_map(|outcome| outcome.as_ref().err()).all(|refusal| *refusal == GONE));
        assert_eq!(world.ops.open_invitation(&world.nobody(), &link).await.err(), Some(GONE));

        let stored = step!(world, work, work.person_invitation(invited.id)).unwrap();
        assert_eq!((stored.version, stored.accepted_at, stored.account), (2, Some(world.now()), Some(account.key)));
        assert!(world.may("user", "ann@acme.example", "config:plan", "p1").await);
        let key = account.key;
        assert_eq!(step!(world, work, work.roles_of(PrincipalRef::User(key), page(9))).unwrap().items.len(), 1);
        let actions = ["account.invited", "account.joined", "privilege.assigned", "credential.created"];
        let events = world.events(size).await;
        assert_eq!(events.iter().map(|event| event["action"].as_str().unwrap()).collect::<Vec<_>>(), actions);
        assert!(events[1..].iter().all(|event| event["actor"]["id"] == account.key.to_string()), "the person acts");
        assert!(!events.iter().any(|event| event.to_string().contains("Ann")), "names are sealed");
        let heap = database.bytes().await;
        assert!(!heap.windows(PASSWORD.len()).any(|bytes| bytes == PASSWORD.as_bytes()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_until_its_end_and_not_at_it() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let end = world.now().plus_millis(1_000);
        step!(world, work, work.invite_person(ann(Some(end)))).unwrap();
        let link = link(&world, &database).await;
        world.advance_ms(999);
        assert!(world.ops.open_invitation(&world.nobody(), &link).await.is_ok());
        world.advance_ms(1);
        assert_eq!(world.ops.open_invitation(&world.nobody(), &link).await.err(), Some(GONE));
        assert_eq!(accept(&world, &link, PASSWORD).await.err(), Some(GONE));
        // It stays to be read, and what only asks for a password is none of these.
        let ben = world.key_of("ben@acme.example").await;
        step!(world, work, work.ask_for_password(ben)).unwrap();
        let told = step!(world, work, work.person_invitations(page(9))).unwrap().items;
        assert_eq!(told.iter().map(|one| (one.accepted_at, one.email.as_str())).collect::<Vec<_>>(), [(None, "Ann@acme.example")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_there_is_not_invited_and_roles_must_be_there() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (size, letters) = (world.size().await, world.outbox().await.len());
        let there = PersonWish { email: "BEN@acme.example".parse().unwrap(), ..ann(None) };
        assert_eq!(step!(world, work, work.invite_person(there)).err(), Some(Refusal::Exists("user")));
        let roles = vec![vestibule_core::id::RoleId::from_uuid(uuid::Uuid::nil())];
        assert_eq!(step!(world, work, work.invite_person(PersonWish { roles, ..ann(None) })).err(), Some(Refusal::Absent("role")));
        let past = world.now();
        assert!(matches!(step!(world, work, work.invite_person(ann(Some(past)))), Err(Refusal::Malformed(_))));
        assert_eq!((world.size().await, world.outbox().await.len()), (size, letters), "nothing is stored, told or mailed");
        // Two invitations of one person: the second link finds the account there.
        step!(world, work, work.invite_person(ann(None))).unwrap();
        let first = link(&world, &database).await;
        world.advance_ms(1);
        step!(world, work, work.invite_person(ann(None))).unwrap();
        let second = link(&world, &database).await;
        accept(&world, &second, PASSWORD).await.unwrap();
        assert_eq!(accept(&world, &first, PASSWORD).await.err(), Some(Refusal::Exists("user")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_password_may_be_sent_a_link_for_one() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (ben, app) = (world.key_of("ben@acme.example").await, world.key_of("sa::app").await);
        assert_eq!(step!(world, work, work.ask_for_password(app)).err(), Some(Refusal::Absent("user")));
        let before = step!(world, work, work.user(ben)).unwrap();
        step!(world, work, work.ask_for_password(ben)).unwrap();
        let link = link(&world, &database).await;
        assert_eq!(step!(world, work, work.person_invitation(link.id)).err(), Some(GONE), "it is no invitation to the realm");
        assert_eq!(accept(&world, &link, PASSWORD).await.unwrap().key, ben);
        assert_eq!(step!(world, work, work.user(ben)).unwrap(), before, "nothing else about the account changes");
        let refused = step!(world, work, work.ask_for_password(ben));
        assert!(matches!(refused, Err(Refusal::Conflict { .. })), "{refused:?}");
        let sql = format!("SELECT COUNT(*) FROM credential WHERE kind = '{}' AND account_key = '{ben}'", CredentialKind::Password);
        assert_eq!(database.number(&sql).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_has_a_name_and_key_pairs_that_are_switched_on_and_off() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let size = world.size().await;
        let robot = step!(world, work, work.create_service_user("Meter upload")).unwrap();
        let key = robot.key;
        let pair = step!(world, work, work.create_key_pair(key, "main")).unwrap();
        let (id, public_id) = (pair.credential.id, pair.credential.public_id.clone().unwrap());
        assert!(!format!("{pair:?}").contains(pair.secret.expose_secret()));
        let opens = || async {
            let found = world.ops.access_key(&world.nobody(), &public_id).await.unwrap();
            found.filter(|found| found.owner.enabled).map(|found| found.secret.expose_secret().to_owned())
        };
        assert_eq!(opens().await.as_deref(), Some(pair.secret.expose_secret()));
        let active = step!(world, work, work.delete_key_pair(key, id));
        assert!(matches!(active, Err(Refusal::Conflict { .. })), "{active:?}");
        for (state, enabled) in
            [(KeyState::Inactive, false), (KeyState::Inactive, false), (KeyState::Active, true), (KeyState::Inactive, false)]
        {
            assert_eq!(step!(world, work, work.set_key_pair(key, id, state)).unwrap().enabled, enabled);
            assert_eq!(opens().await.is_some(), enabled);
        }
        let app = world.key_of("sa::app").await;
        assert_eq!(step!(world, work, work.key_pair(app, id)).err(), Some(Refusal::Absent("key pair")), "it is another robot's");
        step!(world, work, work.delete_key_pair(key, id)).unwrap();
        assert_eq!(step!(world, work, work.key_pairs(key)).unwrap().len(), 0);
        assert_eq!(step!(world, work, work.key_pairs(app)).unwrap().len(), 1, "its password is no key pair");

        let renamed = step!(world, work, work.rename_service_user(key, "Upload", Some(1))).unwrap();
        assert_eq!((renamed.version, renamed.id), (2, robot.id));
        assert_eq!(step!(world, work, work.rename_service_user(key, "Upload", Some(1))).err(), Some(Refusal::Stale { current: 2 }));
        let again = step!(world, work, work.create_key_pair(key, "again")).unwrap();
        step!(world, work, work.delete_service_user(key)).unwrap();
        assert!(world.ops.access_key(&world.nobody(), &again.credential.public_id.unwrap()).await.unwrap().is_none());
        assert_eq!(step!(world, work, work.service_user(key)).err(), Some(Refusal::Absent("service user")));
        let told = world.actions(size).await;
        let expected = [
            "account.created",
            "credential.created",
            "credential.updated",
            "credential.updated",
            "credential.updated",
            "credential.revoked",
            "account.updated",
            "credential.created",
            "account.deleted",
        ];
        assert_eq!(told, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_has_at_most_20_key_pairs() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let key = step!(world, work, work.create_service_user("many")).unwrap().key;
        for _ in 0..KEY_PAIRS_MAX {
            step!(world, work, work.create_key_pair(key, "")).unwrap();
        }
        assert!(matches!(step!(world, work, work.create_key_pair(key, "")), Err(Refusal::Malformed(_))));
        assert_eq!(step!(world, work, work.key_pairs(key)).unwrap().len(), KEY_PAIRS_MAX);
    })
    .await;
}
