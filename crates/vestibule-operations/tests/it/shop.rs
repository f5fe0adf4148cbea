//! Clients and those who sign in through them: what the tests of both begin with.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::refusal::Refusal;
use vestibule_operations::{Caller, ClientToken, Ctx, KeyHolder, SentBack, SignInWish, apply::Mode};

use crate::{databases::Database, harness::World};

/// A client with two addresses, and one that may act for others.
pub const SHOP: (&str, &str) = ("shopKey000000001", "shop-secret-0123456789");
pub const PROXY: (&str, &str) = ("proxyKey00000001", "proxy-secret-0123456789");
pub const BACK: &str = "https://shop.example/back";
pub const PIA: &str = "pia@acme.example";
pub const PASSWORD: &str = "a long password of Pia's";
pub const AMARA: &str = "amara@example.net";
/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub const MANIFEST: &str = r#"
[[realms]]
id = "acme"
name = "Acme Widgets"
[realms.support]
enabled = true
[[realms.accounts]]
id = "sa::shop"
kind = "service"
credentials = [{ type = "access-key", id = "shopKey000000001", secret = "shop-secret-0123456789", name = "The shop",
  redirect_uris = ["https://shop.example/back", "http://127.0.0.1:4711/back"] }]
[[realms.accounts]]
id = "sa::proxy"
kind = "service"
permissions = ["account:actAs", "customer:actAs"]
credentials = [{ type = "access-key", id = "proxyKey00000001", secret = "proxy-secret-0123456789" }]
[[realms.accounts]]
id = "pia@acme.example"
kind = "user"
name = "Pia"
credentials = [{ type = "password", secret = "a long password of Pia's" }]
[[realms.customers.list]]
id = "2210"
kind = "individual"
contacts = [{ type = "primary", first_name = "Amara", last_name = "Osei", email = "amara@example.net", email_verified = true }]
[[realms.customers.list]]
id = "2214"
kind = "individual"
contacts = [{ type = "primary", first_name = "Ilse", last_name = "Brandt", email = "ilse@example.net", email_verified = false }]
[[realms.customers.list]]
id = "2231"
kind = "individual"
status = "suspended"
contacts = [{ type = "primary", first_name = "Sue", last_name = "Pended", email = "sue@example.net", email_verified = true }]
[[realms.customers.list]]
id = "2240"
kind = "individual"
contacts = [{ type = "primary", first_name = "Bo", last_name = "Th", email = "both@example.net", email_verified = true }]
[[realms.customers.list]]
id = "2241"
kind = "individual"
contacts = [{ type = "primary", first_name = "Bo", last_name = "Th", email = "both@example.net", email_verified = true }]
"#;

/// Who calls with a token, at a door that serves everybody.
pub async fn anyone(world: &World, token: &SecretString) -> Result<Caller, Refusal> {
    world.ops.bearer_of_anyone(&world.nobody(), token.expose_secret()).await
}

/// A wish for this address.
pub fn wish(back: &str, scopes: &str) -> SignInWish {
    SignInWish {
        redirect_uri: back.parse().unwrap(),
        scopes: scopes.parse().unwrap(),
        challenge: CHALLENGE.parse().unwrap(),
        state: Some("a state".to_owned()),
    }
}

impl World {
    /// The clients, Pia and the customers.
    pub async fn with_shop(database: &Database) -> Self {
        let world = Self::open(database).await;
        world.apply(MANIFEST, Mode::Act).await.unwrap();
        world
    }

    /// The manifest with a part of it written otherwise.
    pub async fn reapply(&self, part: &str, otherwise: &str) {
        assert!(MANIFEST.contains(part), "{part}");
        self.apply(&MANIFEST.replacen(part, otherwise, 1), Mode::Act).await.unwrap();
    }

    pub async fn holder(&self, (id, secret): (&str, &str)) -> KeyHolder {
        self.ops.key_holder(&self.nobody(), id, &SecretString::from(secret)).await.unwrap().unwrap()
    }

    /// Signs Pia in through the shop.
    pub async fn sign_in(&self, user: &str, password: &str) -> Result<SentBack, Refusal> {
        let client = self.ops.client(&self.nobody(), SHOP.0).await.unwrap().unwrap();
        self.ops.sign_in_person(&self.nobody(), &client, wish(BACK, "read"), user, &SecretString::from(password)).await
    }

    /// What the shop gets for a code.
    pub async fn redeem(&self, back: &SentBack) -> Result<ClientToken, Refusal> {
        let (ctx, holder): (Ctx, _) = (self.nobody(), self.holder(SHOP).await);
        self.ops.redeem_code(&ctx, &holder, SHOP.0, back.code.expose_secret(), (BACK, VERIFIER)).await
    }
}
