//! The help desk and the customers of a manifest: so afterwards, nothing left a second time, and what it does not
//! mention stays.

use vestibule_core::{contact::ContactKind, refusal::Refusal};
use vestibule_operations::{CustomerRef, CustomerRight, apply::Mode};

use crate::{
    databases::on_both,
    desk::{DANA, SECRET, step, technical},
    harness::{ADA, World, page},
};

fn manifest(contact: &str, secret: &str) -> String {
    format!(
        r#"
[[realms]]
id = "acme"
[realms.help_desk]
subdomain = "acme"
secret = "{secret}"
[[realms.customers.list]]
id = "2210"
number = "acct-70421"
kind = "individual"
contacts = [{contact}]
grants_to = ["2214"]
[[realms.customers.list]]
id = "2214"
kind = "individual"
contacts = [{{ type = "regular", first_name = "Ilse" }}]
"#
    )
}

const VERIFIED: &str =
    r#"{ type = "technical", first_name = "Dana", last_name = "Reyes", email = "dana.reyes@example.net", email_verified = true }"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_sets_up_what_can_be_handed_over_at_once() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let text = manifest(VERIFIED, SECRET);
        let lines = |text: String, mode| {
            let world = world.clone();
            async move { world.apply(&text, mode).await.map(|difference| difference.to_string()) }
        };
        let rehearsed = lines(text.clone(), Mode::Rehearse).await.unwrap();
        let done = lines(text.clone(), Mode::Act).await.unwrap();
        assert_eq!(rehearsed, done);
        let expected = ["+ help desk acme", "+ help desk acme: secret", "+ customer acme/2210", "+ customer acme/2210: contact technical"];
        let rest = ["+ customer acme/2214", "+ customer acme/2214: contact regular", "+ customer acme/2210: grant to 2214"];
        let told: Vec<_> = done
            .lines()
            .map(|line| line.split(": secret").next().map_or(line, |head| if head == line { line } else { "+ help desk acme: secret" }))
            .collect();
        assert_eq!(told, expected.into_iter().chain(rest).collect::<Vec<_>>());
        assert!(!done.contains(SECRET));
        let size = world.size().await;
        assert_eq!(lines(text, Mode::Act).await.unwrap(), "", "a second time nothing is left");
        assert_eq!(world.size().await, size);
        assert!(world.hand_off(ADA, technical("acct-70421")).await.is_ok());
        assert_eq!(world.apply("[[realms]]\nid = \"acme\"\n", Mode::Act).await.unwrap().to_string(), "", "what is not mentioned stays");
        assert!(world.hand_off(ADA, technical("acct-70421")).await.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_in_a_manifest_changes_and_what_it_leaves_open_stays() {
    on_both(|database| async move {
        let world = World::open(&database).await;
        let plain = r#"{ type = "technical", first_name = "Dana", email = "dana.reyes@example.net" }"#;
        world.apply(&manifest(plain, SECRET), Mode::Act).await.unwrap();
        assert_eq!(world.hand_off(ADA, technical("acct-70421")).await.unwrap_err(), Refusal::EmailNotVerified);
        let customer = step!(world, work, work.customers(None, page(9))).unwrap().items.remove(0);
        world.verify(&database, &customer, ContactKind::Technical).await;
        let apply = |text: String| {
            let world = world.clone();
            async move { world.apply(&text, Mode::Act).await.unwrap().to_string() }
        };
        assert_eq!(apply(manifest(plain, SECRET)).await, "", "it says nothing of the flag");
        assert!(world.hand_off(ADA, technical("acct-70421")).await.is_ok());
        let contact = "~ customer acme/2210: contact technical\n";
        assert_eq!(apply(manifest(&plain.replace("dana.reyes", "d.reyes"), SECRET)).await, contact);
        assert_eq!(world.hand_off(ADA, technical("acct-70421")).await.unwrap_err(), Refusal::EmailNotVerified);
        assert_eq!(apply(manifest(&VERIFIED.replace("true", "false"), SECRET)).await, contact);
        assert_eq!(apply(manifest(VERIFIED, SECRET)).await, contact);
        let told = customer.clone();
        let contact = step!(world, work, work.contact(&told, ContactKind::Technical)).unwrap();
        assert_eq!((contact.email(), contact.display_name().as_str()), (Some(DANA), "Dana Reyes"));
        let next = SECRET.replace('K', "k");
        let changed = apply(manifest(VERIFIED, &next)).await;
        assert!(changed.starts_with("+ help desk acme: secret ") && !changed.contains(&next), "{changed}");
        assert_eq!(database.number("SELECT COUNT(*) FROM help_desk_secret WHERE state = 'active'").await, 1);
        // The tenant suspends it; a manifest without a status leaves it so.
        world.set_status(customer.id, vestibule_core::customer::CustomerStatus::Suspended).await;
        assert_eq!(apply(manifest(VERIFIED, &next)).await, "");
        let pass = world.pass(ADA, CustomerRef::ById(customer.id), CustomerRight::Administer).await.unwrap();
        let purging = world.work(move |mut work| {
            Box::pin(async move {
                let customer = work.customer(&pass).await?;
                work.purge_customer(customer).await
            })
        });
        purging.await.unwrap();
        let refused = world.apply(&manifest(VERIFIED, &next), Mode::Act).await;
        assert_eq!(refused.err(), Some(Refusal::Conflict { what: "customer", state: "was purged" }));
    })
    .await;
}
