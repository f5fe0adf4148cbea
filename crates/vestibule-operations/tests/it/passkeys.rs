//! Passkeys, by a device that the test plays: what it signs counts once, here, and for whoever it was made.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use vestibule_core::refusal::{Refusal, Unauthenticated};
use vestibule_operations::{MadePasskey, PasskeyAsk, PasskeyProof, Presence, SignedIn};

use crate::{
    databases::on_both,
    harness::{World, acme},
    shop::{PASSWORD, PIA},
};

const UNKNOWN: Refusal = Refusal::Unauthenticated(Unauthenticated::Unknown);
const ORIGIN: &str = "https://vestibule.example";

/// A device with one passkey.
struct Device {
    key: SigningKey,
    count: u32,
}

impl Device {
    fn new() -> Self {
        Self { key: SigningKey::from_bytes(&[7; 32]), count: 0 }
    }

    /// What it says of itself: `made` when it has just made its passkey.
    fn data(&self, made: bool) -> Vec<u8> {
        let flags = if made { 0x45 } else { 0x05 };
        let mut bytes = [&Sha256::digest("vestibule.example")[..], &[flags], &self.count.to_be_bytes()].concat();
        if made {
            bytes.extend([&[0; 16][..], &[0, 4], b"dev1"].concat());
        }
        bytes
    }

    fn info(&self) -> String {
        let head = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        encode(&[&head[..], self.key.verifying_key().as_bytes()].concat())
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn client_data(kind: &str, challenge: &str, origin: &str) -> Vec<u8> {
    format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#).into_bytes()
}

async fn whole(world: &World) -> SecretString {
    match world.ops.console_sign_in(&world.nobody(), Some(&acme()), PIA, &SecretString::from(PASSWORD)).await.unwrap() {
        SignedIn::Whole(cookie) => cookie,
        SignedIn::Half(_) => panic!("a second factor is wanted"),
    }
}

/// Adds the device's passkey for whoever has the cookie, by an answer to `ask` from `origin`.
async fn add(world: &World, cookie: &SecretString, device: &Device, ask: &PasskeyAsk, origin: &str) -> Result<usize, Refusal> {
    let who = world.ops.console_caller(&world.nobody(), cookie, Presence::Acting).await.unwrap();
    let ctx = world.nobody().as_caller(who.own());
    let (told, data) = (encode(&client_data("webauthn.create", &ask.challenge, origin)), encode(&device.data(true)));
    let made = MadePasskey { name: "phone", ticket: &ask.ticket, client_data: &told, device_data: &data, key: &device.info() };
    world.ops.add_passkey(&ctx, &who, cookie, made).await.map(|added| added.codes.len())
}

/// Signs in by the device, which answers `ask` from `origin`.
async fn sign_in(world: &World, device: &Device, ask: &PasskeyAsk, origin: &str) -> Result<(), Refusal> {
    let (told, data) = (client_data("webauthn.get", &ask.challenge, origin), device.data(false));
    let signature = device.key.sign(&[&data[..], &Sha256::digest(&told)].concat()).to_bytes();
    let (told, data, signature) = (encode(&told), encode(&data), encode(&signature));
    let id = encode(b"dev1");
    let proof = PasskeyProof { id: &id, ticket: &ask.ticket, client_data: &told, device_data: &data, signature: &signature };
    world.ops.console_sign_in_by_passkey(&world.nobody(), proof).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_added_by_an_answer_to_the_page_that_asked_and_once() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let device = Device::new();
        let cookie = whole(&world).await;
        let who = world.ops.console_caller(&world.nobody(), &cookie, Presence::Acting).await.unwrap();
        let ask = world.ops.ask_for_passkey(&world.nobody(), Some(&who)).unwrap();
        let other = PasskeyAsk { challenge: encode(&[9; 32]), ..ask.clone() };
        let of_nobody = world.ops.ask_for_passkey(&world.nobody(), None).unwrap();
        for (ask, origin) in [(&ask, "https://evil.example"), (&other, ORIGIN), (&of_nobody, ORIGIN)] {
            let refused = add(&world, &cookie, &device, ask, origin).await.unwrap_err();
            assert!(matches!(refused, Refusal::Malformed(_)), "{refused}");
        }
        assert_eq!(add(&world, &cookie, &device, &ask, ORIGIN).await, Ok(10));
        let SignedIn::Half(_) = world.ops.console_sign_in(&world.nobody(), Some(&acme()), PIA, &PASSWORD.into()).await.unwrap() else {
            panic!("a password alone signed in");
        };
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_signs_counts_once_and_here() {
    on_both(|database| async move {
        let world = World::with_shop(&database).await;
        let beside = World::open_beside(&database, &world).await;
        let mut device = Device::new();
        let cookie = whole(&world).await;
        let who = world.ops.console_caller(&world.nobody(), &cookie, Presence::Acting).await.unwrap();
        let ask = world.ops.ask_for_passkey(&world.nobody(), Some(&who)).unwrap();
        add(&world, &cookie, &device, &ask, ORIGIN).await.unwrap();

        let ask = || world.ops.ask_for_passkey(&world.nobody(), None).unwrap();
        let first = ask();
        assert_eq!(sign_in(&world, &device, &first, "https://evil.example").await, Err(UNKNOWN));
        assert_eq!(sign_in(&world, &device, &PasskeyAsk { challenge: encode(&[9; 32]), ..first.clone() }, ORIGIN).await, Err(UNKNOWN));
        let stranger = Device { key: SigningKey::from_bytes(&[8; 32]), count: 0 };
        assert_eq!(sign_in(&world, &stranger, &first, ORIGIN).await, Err(UNKNOWN));
        // One that never counts may answer any number of challenges, each once, whoever asked.
        assert_eq!(sign_in(&beside, &device, &first, ORIGIN).await, Ok(()));
        let again = sign_in(&world, &device, &first, ORIGIN).await;
        assert_eq!(again, Err(Unauthenticated::Revoked.into()));
        assert_eq!(sign_in(&world, &device, &ask(), ORIGIN).await, Ok(()));
        // One that counts counts up; a copy of it is found out by that.
        device.count = 5;
        assert_eq!(sign_in(&world, &device, &ask(), ORIGIN).await, Ok(()));
        for (count, good) in [(5, false), (4, false), (0, false), (6, true)] {
            device.count = count;
            assert_eq!(sign_in(&world, &device, &ask(), ORIGIN).await.is_ok(), good, "{count}");
        }
        device.count = 7;
        let late = ask();
        world.advance_ms(600_000);
        assert_eq!(sign_in(&world, &device, &late, ORIGIN).await, Err(Unauthenticated::Expired.into()));
    })
    .await;
}
