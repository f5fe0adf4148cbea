//! Tokens: how many there may be, which are shown again, what names and revokes them.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    account::AccountKind,
    credential::TOKENS_MAX,
    id::AccountKey,
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{AccountChange, NewAccount, Operations, ShownToken, apply::Mode};

use crate::{
    databases::on_both,
    harness::{ADA, World, acme},
    managing::{bare, make, step},
};

const CHOSEN: &str = "a411c16b-3cf7-4f03-bf11-8ca05aab898d";
const FULL: Refusal = Refusal::Conflict { what: "account", state: "holds 20 tokens already: revoke one first" };

async fn token(world: &World, key: AccountKey, name: &'static str) -> Result<ShownToken, Refusal> {
    step!(world, work, work.new_token(key, name))
}

async fn find(world: &World, of: Option<AccountKey>, raw: &str) -> Option<ShownToken> {
    let raw = raw.to_owned();
    step!(world, work, work.find_token(of, &raw)).unwrap()
}

fn text(token: &ShownToken) -> Option<&str> {
    token.text.as_ref().map(ExposeSecret::expose_secret)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_again_named_and_revoked() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let (app, ben) = (world.key_of("sa::app").await, world.key_of("ben@acme.example").await);
        let size = world.size().await;
        let mut made = Vec::new();
        for name in ["main", " spare ", ""] {
            made.push(token(&world, app, name).await.unwrap());
        }
        let secret = text(&made[1]).unwrap().to_owned();
        assert_eq!(uuid::Uuid::parse_str(&secret).unwrap().get_version_num(), 4);
        assert!(!format!("{:?}", made[1]).contains(&secret));
        let told = step!(world, work, work.tokens_of(app)).unwrap();
        let texts = |tokens: &[ShownToken]| tokens.iter().map(|token| text(token).unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(texts(&told), texts(&made), "oldest first, even of three in one millisecond");
        assert_eq!((told[1].credential.name.as_str(), told[1].account.as_str(), told[1].kind), ("spare", "sa::app", AccountKind::Service));
        let kept = database.bytes().await;
        assert!(!kept.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "rows keep it sealed");

        let id = told[1].credential.id.to_string();
        for (of, raw, is_found) in [
            (None, secret.as_str(), true),
            (Some(app), &secret.to_uppercase(), true),
            (Some(app), &id, true),
            (Some(ben), &secret, false),
            (Some(ben), &id, false),
            (None, "eve-token-0123456789", false),
            (None, "nothing", false),
            (None, &"x".repeat(5_000), false),
        ] {
            assert_eq!(find(&world, of, raw).await.is_some(), is_found, "{raw}");
        }
        // One whose form is another is told by its credential alone, and that proves nothing.
        let bens = find(&world, Some(ben), "ben-token-0123456789").await.unwrap();
        assert_eq!(text(&bens), None);
        assert!(world.bearer(&bens.credential.id.to_string()).await.is_err());

        let of_it = told[1].clone();
        let renamed = step!(world, work, work.rename_token(&of_it, "other")).unwrap();
        assert_eq!((renamed.credential.name.as_str(), text(&renamed)), ("other", Some(secret.as_str())));
        assert!(world.bearer(&secret).await.is_ok());
        let of_it = renamed.clone();
        assert!(matches!(step!(world, work, work.rename_token(&of_it, "a\nb")), Err(Refusal::Malformed(_))));
        step!(world, work, work.revoke_token(&renamed)).unwrap();
        assert_eq!(world.bearer(&secret).await.err(), Some(Refusal::Unauthenticated(Unauthenticated::Unknown)));
        assert!(find(&world, None, &secret).await.is_none());
        let told = world.actions(size).await;
        let expected = ["credential.created", "credential.created", "credential.created", "credential.updated", "credential.revoked"];
        assert_eq!(told, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_choose_tokens_that_nobody_has() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let with = |tokens: &[&str]| AccountChange { add_tokens: tokens.iter().map(|one| (*one).into()).collect(), ..Default::default() };
        let add =
            |world: World, key, change: AccountChange| async move { step!(world, work, work.change_account(key, change, None)).map(drop) };
        let ben = world.key_of("ben@acme.example").await;
        let new = NewAccount { tokens: vec![CHOSEN.into()], ..bare("sa::ci", AccountKind::Service) };
        let robot = make(&world, new).await.unwrap().account.key;
        let size = world.size().await;
        assert_eq!(add(world.clone(), robot, with(&[CHOSEN, &CHOSEN.to_uppercase()])).await, Ok(()));
        assert_eq!(add(world.clone(), robot, with(&[])).await, Ok(()));
        assert_eq!(world.size().await, size, "it has that one already, and none is taken away");
        let taken = Err(Refusal::Conflict { what: "token", state: "is in use already" });
        assert_eq!(add(world.clone(), ben, with(&[CHOSEN])).await, taken);
        for odd in ["", "ben", "a411c16b3cf74f03bf118ca05aab898d"] {
            assert!(
                matches!(add(world.clone(), robot, with(&[odd])).await, Err(Refusal::Malformed(malformed)) if malformed.field == "tokens")
            );
        }
        let tokens = step!(world, work, work.tokens_of(robot)).unwrap();
        assert_eq!((tokens.len(), text(&tokens[0])), (1, Some(CHOSEN)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifests_tokens_are_shown_if_they_have_the_form() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let more = format!(
            "[[realms]]\nid = \"acme\"\n[[realms.accounts]]\nid = \"sa::tf\"\nkind = \"service\"\n\
             credentials = [{{ type = \"token\", secret = \"{CHOSEN}\", name = \"uuid\" }}, {{ type = \"token\", secret = \"plain-0123456789\" }}]\n"
        );
        world.advance_ms(1);
        world.apply(&more, Mode::Act).await.unwrap();
        assert!(world.apply(&more, Mode::Act).await.unwrap().is_empty());
        let robot = world.key_of("sa::tf").await;
        let tokens = step!(world, work, work.tokens_of(robot)).unwrap();
        let mut told: Vec<_> = tokens.iter().map(|token| (token.credential.name.as_str(), text(token))).collect();
        told.sort_unstable();
        assert_eq!(told, [("", None), ("uuid", Some(CHOSEN))]);
        // All of the realm's, page by page; agents' and other realms' are not among them.
        let all = step!(world, work, work.all_tokens()).unwrap();
        let mut owners: Vec<_> = all.iter().map(|token| token.account.as_str()).collect();
        owners[..2].sort_unstable();
        assert_eq!(owners, ["ada@acme.example", "ben@acme.example", "sa::tf", "sa::tf"]);
        let mut paged = Vec::new();
        for (offset, more) in [(0, true), (3, false), (6, false)] {
            let page = step!(world, work, work.tokens_page(offset, 3)).unwrap();
            assert_eq!(page.more, more, "{offset}");
            paged.extend(page.items.into_iter().map(|token| token.credential.id));
        }
        assert_eq!(paged, all.iter().map(|token| token.credential.id).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_make_the_twentieth_token_at_once_one_does() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let beside = World::open_beside(&database, &world).await;
        let ctx = world.bearer(ADA).await.unwrap();
        let make_one = |ops: Operations, key: AccountKey| {
            let ctx = ctx.clone();
            tokio::spawn(
                async move { ops.write(&ctx, &acme(), move |mut work| Box::pin(async move { work.new_token(key, "").await })).await },
            )
        };
        for round in 0..20 {
            let new = bare(&format!("sa::raced-{round}"), AccountKind::Service);
            let key = make(&world, new).await.unwrap().account.key;
            for _ in 1..TOKENS_MAX {
                token(&world, key, "").await.unwrap();
            }
            let (one, other) = tokio::join!(make_one(world.ops.clone(), key), make_one(beside.ops.clone(), key));
            let both = [one.unwrap().map(drop), other.unwrap().map(drop)];
            assert!(both == [Ok(()), Err(FULL)] || both == [Err(FULL), Ok(())], "race {round}: {both:?}");
            // One revoked, one more may be made.
            let first = step!(world, work, work.tokens_of(key)).unwrap();
            assert_eq!(first.len(), TOKENS_MAX);
            let gone = first[0].clone();
            step!(world, work, work.revoke_token(&gone)).unwrap();
            assert!(token(&world, key, "").await.is_ok());
            let chosen = AccountChange { add_tokens: vec![SecretString::from(CHOSEN)], ..Default::default() };
            assert_eq!(step!(world, work, work.change_account(key, chosen, None)).err(), Some(FULL));
        }
    })
    .await;
}
