//! Passkeys at the console: one is added by whoever is signed in, and signs its owner in, by itself: the device knows its user.
//! A challenge stands in a ticket and is answered once. What must hold is the core's (`passkey.rs`); signatures are checked
//! with ring, as those of tokens are.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vestibule_core::{
    console_session::ConsoleSession,
    factor::{Factor, FactorKind},
    id::{AccountKey, FactorId},
    passkey::{Ceremony, DeviceData, PublicKey, Site, decoded, fixed_signature, is_ours},
    refusal::{Fault, Malformed, Refusal, Unauthenticated},
};

use crate::{console::ConsoleCaller, context::Ctx, factors::Added, operations::Operations, second_factor::Proof};

/// What ids of passkeys and answered challenges are hashed as.
const PASSKEY: &str = "passkey";
const CHALLENGE: &str = "passkey-challenge";

/// What a browser's script is asked to do.
#[derive(Debug, Clone)]
pub struct PasskeyAsk {
    /// What is to be signed, as base64url.
    pub challenge: String,
    /// What the form brings back.
    pub ticket: String,
    /// The account, as its devices know it: 32 bytes that say nothing of it, as base64url. Empty when somebody signs in.
    pub user: String,
}

/// What a browser's script made: a passkey, as base64url each.
#[derive(Debug, Clone, Copy)]
pub struct MadePasskey<'f> {
    /// What its owner calls it.
    pub name: &'f str,
    /// The ticket of [`PasskeyAsk`].
    pub ticket: &'f str,
    /// What the browser did.
    pub client_data: &'f str,
    /// What the device says of itself.
    pub device_data: &'f str,
    /// The public half.
    pub key: &'f str,
}

/// What a browser's script had signed by a passkey, as base64url each.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyProof<'f> {
    /// Which passkey.
    pub id: &'f str,
    /// The ticket of [`PasskeyAsk`].
    pub ticket: &'f str,
    /// What the browser did.
    pub client_data: &'f str,
    /// What the device says of itself.
    pub device_data: &'f str,
    /// The signature over both.
    pub signature: &'f str,
}

#[derive(Serialize, Deserialize)]
struct Asked {
    challenge: String,
    account: Option<AccountKey>,
}

fn unfit() -> Malformed {
    Malformed::new("passkey", Fault::Format("one made here and now, by a device that knows its user"))
}

impl Operations {
    /// The site that passkeys are bound to; where there is none, nobody has any.
    pub fn passkey_site(&self) -> Option<Site> {
        Site::of(&self.settings().public_url)
    }

    /// Asks for a passkey to be made, or, of nobody who is known yet, for one to sign.
    pub fn ask_for_passkey(&self, ctx: &Ctx, who: Option<&ConsoleCaller>) -> Result<PasskeyAsk, Refusal> {
        let account = who.map(|who| who.principal.key);
        let challenge = URL_SAFE_NO_PAD.encode(ctx.chance.bytes::<32>());
        let user = account.map(|key| URL_SAFE_NO_PAD.encode(self.0.store.sealer().lookup("passkey-user", &key.to_string())));
        let ticket = self.ticket(ctx, PASSKEY, &Asked { challenge: challenge.clone(), account })?;
        Ok(PasskeyAsk { challenge, ticket, user: user.unwrap_or_default() })
    }

    /// Adds a passkey that was made for the caller.
    pub async fn add_passkey(
        &self,
        ctx: &Ctx,
        who: &ConsoleCaller,
        cookie: &SecretString,
        made: MadePasskey<'_>,
    ) -> Result<Added, Refusal> {
        who.check_fresh(ctx)?;
        let site = self.passkey_site().ok_or(Refusal::Absent("passkey"))?;
        let (asked, _): (Asked, _) = self.open_ticket(ctx, PASSKEY, made.ticket)?;
        let client_data = decoded("client_data", made.client_data)?;
        let is_answer = asked.account == Some(who.principal.key) && is_ours(&client_data, Ceremony::Create, &asked.challenge, &site);
        let device = DeviceData::read(&decoded("device_data", made.device_data)?, &site).filter(|_| is_answer).ok_or_else(unfit)?;
        let id = device.made.ok_or_else(unfit)?;
        let key = decoded("key", made.key)?;
        PublicKey::read(&key)?;
        let factor = Factor {
            id: FactorId::fresh(ctx.now, &ctx.chance),
            account: who.principal.key,
            kind: FactorKind::Passkey,
            name: made.name.trim().to_owned(),
            step: i64::from(device.count),
            created_at: ctx.now,
            last_used_at: None,
        };
        self.add_factor(ctx, who, cookie, (factor, key, Some(self.passkey_lookup(&id)))).await
    }

    fn passkey_lookup(&self, id: &[u8]) -> [u8; 32] {
        self.0.store.sealer().lookup(PASSKEY, &URL_SAFE_NO_PAD.encode(id))
    }

    /// Signs somebody in by a passkey; the secret is for a cookie.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`], whatever is wrong; a known passkey that does not prove itself is told to the log.
    pub async fn console_sign_in_by_passkey(&self, ctx: &Ctx, proof: PasskeyProof<'_>) -> Result<SecretString, Refusal> {
        let site = self.passkey_site().ok_or(Unauthenticated::Unknown)?;
        let (asked, until): (Asked, _) = self.open_ticket(ctx, PASSKEY, proof.ticket)?;
        let id = decoded("id", proof.id).map_err(|_| Unauthenticated::Unknown)?;
        let found = self.0.store.find_passkey(self.passkey_lookup(&id), &ctx.moment()).await?.ok_or(Unauthenticated::Unknown)?;
        let principal = self.principal(ctx, &found.realm, found.factor.account).await?;
        let signed = signed(proof, &asked, &site, &found.key);
        let Some(device) = signed.filter(|_| asked.account.is_none()) else {
            self.factor_failed(ctx, &principal, "wrong_signature").await;
            return Err(Unauthenticated::Unknown.into());
        };
        let challenge = self.0.store.sealer().lookup(CHALLENGE, &asked.challenge);
        let proof = Proof::Passkey { factor: found.factor.id, count: device.count.into(), challenge, until };
        self.begin_console_session(ctx, &principal, ConsoleSession::new(principal.key, None, ctx.now), proof).await
    }
}

/// What a device says under a signature that is right (Web Authentication, level 2, section 7.2).
fn signed(proof: PasskeyProof<'_>, asked: &Asked, site: &Site, key: &[u8]) -> Option<DeviceData> {
    let client_data = decoded("client_data", proof.client_data).ok()?;
    let device_data = decoded("device_data", proof.device_data).ok()?;
    let signature = decoded("signature", proof.signature).ok()?;
    let device = DeviceData::read(&device_data, site).filter(|_| is_ours(&client_data, Ceremony::Get, &asked.challenge, site))?;
    let message = [&device_data[..], &Sha256::digest(&client_data)].concat();
    let (algorithm, key, signature) = match PublicKey::read(key).ok()? {
        PublicKey::Es256(point) => (Algorithm::ES256, DecodingKey::from_ec_der(&point), fixed_signature(&signature)?.to_vec()),
        PublicKey::EdDsa(bytes) => (Algorithm::EdDSA, DecodingKey::from_ed_der(&bytes), signature),
        PublicKey::Rs256(pkcs1) => (Algorithm::RS256, DecodingKey::from_rsa_der(&pkcs1), signature),
    };
    let is_right = crypto::verify(&URL_SAFE_NO_PAD.encode(signature), &message, &key, algorithm).unwrap_or(false);
    is_right.then_some(device)
}
