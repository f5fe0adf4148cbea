//! Tokens that we sign: access tokens for keys, session tokens for agents. Each realm has a key of
//! its own, derived from the master key. A token only names who and until when; rights are read live.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use quick_cache::sync::Cache;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use vestibule_core::{
    account::Account,
    credential::ProjectScope,
    customer::CustomerId,
    id::{AccountKey, CredentialId, RealmId, SessionId, SignInId},
    refusal::{Refusal, Unauthenticated},
    scope::Scopes,
    support::SupportSession,
    time::Timestamp,
};
use vestibule_store::Sealer;

use crate::{
    authenticate::KeyOwner,
    context::{Ctx, grant_name},
    operations::Settings,
};

/// A token that was issued for a key.
#[derive(Debug)]
pub struct IssuedToken {
    /// The token.
    pub token: SecretString,
    /// How long it is good, in seconds.
    pub expires_in_s: i64,
    /// The project scope it carries.
    pub scope: Option<ProjectScope>,
}

/// What a token that we signed says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its realm.
    pub realm: RealmId,
    /// Whom it is for.
    pub bearer: Bearer,
    /// It proves nothing from this instant on.
    pub expires_at: Timestamp,
}

/// Whom a token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// An account that signed in with a key.
    Account {
        /// The account.
        account: AccountKey,
        /// The key it signed in with: when that goes, so does the token.
        credential: CredentialId,
        /// The project scope it carries.
        scope: Option<ProjectScope>,
        /// What it may be used for.
        scopes: Scopes,
        /// What it rests on beside the key, if it does.
        sign_in: Option<SignInId>,
    },
    /// An agent inside a session.
    Session(SessionId),
    /// A customer, by way of a client.
    Customer {
        /// The customer.
        customer: CustomerId,
        /// The client's key: when that goes, so does the token.
        client: CredentialId,
        /// What it may be used for.
        scopes: Scopes,
        /// What it rests on beside the key, if it does.
        sign_in: Option<SignInId>,
    },
}

/// Whom a client obtains a token for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenSubject {
    /// Itself, or a person.
    Account(AccountKey),
    /// A customer.
    Customer(CustomerId),
}

/// A token that a client obtains (RFC 9068): for whom, through which key, for what.
pub(crate) struct ClientGrant<'a> {
    pub(crate) key: &'a KeyOwner,
    /// The key as the client names it.
    pub(crate) client_id: &'a str,
    pub(crate) subject: TokenSubject,
    pub(crate) scopes: &'a Scopes,
    pub(crate) sign_in: Option<SignInId>,
}

/// The actor of RFC 8693, section 4.1.
#[derive(Serialize, Deserialize)]
struct Act {
    iss: String,
    sub: String,
    sub_profile: String,
}

/// What a session rests on (`spec/authzen-decisions.md`, section C2).
#[derive(Serialize, Deserialize)]
struct Grant {
    id: String,
    until: i64,
}

/// The claims of both kinds of token (`spec/here-support.md`, section 6; `spec/authzen-decisions.md`, section C2).
#[derive(Serialize, Deserialize, Default)]
struct Claims {
    iss: String,
    sub: String,
    iat: i64,
    exp: i64,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rlm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Act>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    realm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<Grant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in: Option<SignInId>,
}

/// Claims that a door adds to those by which we know our tokens.
#[derive(Serialize)]
struct Extended<'a> {
    #[serde(flatten)]
    claims: &'a Claims,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

/// Where an unchecked token says that it belongs: by that its key is found.
#[derive(Deserialize)]
struct Home {
    rlm: Option<String>,
    realm: Option<String>,
}

struct RealmKeys {
    sign: EncodingKey,
    check: DecodingKey,
    public: PublicJwk,
}

/// A public key as others check our tokens with it (RFC 8037, section 2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicJwk {
    /// Names the key: its thumbprint (RFC 7638).
    pub kid: String,
    /// The key, in base64url.
    pub x: String,
}

impl PublicJwk {
    fn new(public: &[u8; 32]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public);
        // The members that count, in their order, without blanks (RFC 7638, section 3.2).
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)));
        Self { kid, x }
    }
}

/// Signs and checks tokens.
pub struct Tokens {
    sealer: Sealer,
    issuer: String,
    keys: Cache<RealmId, Arc<RealmKeys>>,
    checked: Cache<[u8; 32], Arc<Verified>>,
}

/// What the standard door's issuer is called, after the server's own address: the one beside it describes another door
/// (RFC 8414, section 2).
pub const STANDARD_ISSUER: &str = "/oauth";
/// Realms whose keys are held in memory.
const KEYS_HELD_MAX: usize = 10_000;
/// Tokens whose signatures are held to have been checked.
const CHECKED_HELD_MAX: usize = 100_000;
/// What a PKCS#8 document of an Ed25519 seed begins with (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

impl Tokens {
    pub(crate) fn new(sealer: Sealer, settings: &Settings) -> Self {
        let issuer = settings.public_url.clone();
        Self { sealer, issuer, keys: Cache::new(KEYS_HELD_MAX), checked: Cache::new(CHECKED_HELD_MAX) }
    }

    fn keys(&self, realm: &RealmId) -> Arc<RealmKeys> {
        if let Some(keys) = self.keys.get(realm) {
            return keys;
        }
        let seed = self.sealer.token_seed(realm);
        let public = SigningKey::from_bytes(&seed).verifying_key();
        let sign = EncodingKey::from_ed_der(&[PKCS8_PREFIX.as_slice(), &seed].concat());
        let check = DecodingKey::from_ed_der(public.as_bytes());
        let keys = Arc::new(RealmKeys { sign, check, public: PublicJwk::new(public.as_bytes()) });
        self.keys.insert(realm.clone(), keys.clone());
        keys
    }

    /// The public half of a realm's key.
    pub(crate) fn public_jwk(&self, realm: &RealmId) -> PublicJwk {
        self.keys(realm).public.clone()
    }

    fn sign(&self, realm: &RealmId, kind: &str, claims: &impl Serialize) -> Result<SecretString, Refusal> {
        let keys = self.keys(realm);
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(kind.to_owned());
        header.kid = Some(keys.public.kid.clone());
        let token = jsonwebtoken::encode(&header, claims, &keys.sign);
        token.map(SecretString::from).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            Refusal::Internal
        })
    }

    /// A token for an account that signed in with a key. `more` are claims that a door wants in it; those by
    /// which we know our tokens are not for it to set.
    pub(crate) fn issue_access(
        &self,
        key: &KeyOwner,
        scope: Option<&ProjectScope>,
        lifetime_s: i64,
        more: &Map<String, Value>,
        ctx: &Ctx,
    ) -> Result<SecretString, Refusal> {
        let (realm, account) = (&key.realm, key.account);
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: account.to_string(),
            iat: ctx.now.seconds(),
            exp: ctx.now.seconds() + lifetime_s,
            jti: ctx.chance.uuid(ctx.now).to_string(),
            rlm: Some(realm.to_string()),
            aid: Some(account.to_string()),
            cid: Some(key.credential.to_string()),
            scp: scope.map(ToString::to_string),
            ..Claims::default()
        };
        self.sign(realm, "JWT", &Extended { claims: &claims, more })
    }

    /// A token for whoever obtains one by the standard door: itself, a person or a customer (RFC 9068, section 2).
    pub(crate) fn issue_to_client(&self, grant: &ClientGrant<'_>, lifetime_s: i64, ctx: &Ctx) -> Result<SecretString, Refusal> {
        let realm = &grant.key.realm;
        let (sub, aid, customer) = match grant.subject {
            TokenSubject::Account(key) => (key.to_string(), Some(key.to_string()), None),
            TokenSubject::Customer(id) => (format!("customer-{id}"), None, Some(id.to_string())),
        };
        let claims = Claims {
            iss: format!("{}{STANDARD_ISSUER}", self.issuer),
            sub,
            iat: ctx.now.seconds(),
            exp: ctx.now.seconds() + lifetime_s,
            jti: ctx.chance.uuid(ctx.now).to_string(),
            rlm: Some(realm.to_string()),
            aid,
            cid: Some(grant.key.credential.to_string()),
            aud: Some(self.issuer.clone()),
            client_id: Some(grant.client_id.to_owned()),
            customer,
            scope: Some(grant.scopes.to_string()),
            sign_in: grant.sign_in,
            ..Claims::default()
        };
        self.sign(realm, "at+jwt", &claims)
    }

    /// A token for an agent inside a session: the account used in `sub`, the agent in `act` (RFC 8693, section 4.1).
    pub(crate) fn issue_session(
        &self,
        session: &SupportSession,
        realm: &RealmId,
        account: &Account,
        ctx: &Ctx,
    ) -> Result<SecretString, Refusal> {
        let until = session.ends_at.seconds();
        let claims = Claims {
            iss: format!("{}/realms/{realm}", self.issuer),
            sub: account.id.to_string(),
            iat: session.started_at.seconds(),
            exp: until + i64::from(session.ends_at.millis() % 1000 > 0),
            jti: ctx.chance.uuid(ctx.now).to_string(),
            aud: Some(format!("{}/realms/{realm}", self.issuer)),
            client_id: Some("vestibule".to_owned()),
            act: Some(Act {
                iss: format!("{}/realms/{}", self.issuer, RealmId::VENDOR),
                sub: session.agent_email.clone(),
                sub_profile: "user".to_owned(),
            }),
            sid: Some(session.id.to_string()),
            realm: Some(realm.to_string()),
            grant: Some(Grant { id: grant_name(session.admitted_by), until }),
            ticket: session.entry.ticket().map(str::to_owned),
            ..Claims::default()
        };
        self.sign(realm, "at+jwt", &claims)
    }

    /// What a token says, if we signed it. The signature is checked once; the end at every call.
    pub(crate) fn verify(&self, raw: &str, now: Timestamp) -> Result<Arc<Verified>, Unauthenticated> {
        let digest: [u8; 32] = Sha256::digest(raw.as_bytes()).into();
        let verified = match self.checked.get(&digest) {
            Some(verified) => verified,
            None => {
                let verified = Arc::new(self.check(raw).ok_or(Unauthenticated::Unknown)?);
                self.checked.insert(digest, verified.clone());
                verified
            }
        };
        match now < verified.expires_at {
            true => Ok(verified),
            false => Err(Unauthenticated::Expired),
        }
    }

    fn check(&self, raw: &str) -> Option<Verified> {
        // Believed for nothing but finding the key: only that realm's own key signs what names it.
        let home: Home = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(raw.split('.').nth(1)?).ok()?).ok()?;
        let realm: RealmId = home.rlm.or(home.realm)?.parse().ok()?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        // The end is judged against the request's own instant, and the audience is ours by the key.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let claims = jsonwebtoken::decode::<Claims>(raw, &self.keys(&realm).check, &validation).ok()?.claims;
        let (scopes, sign_in) = (claims.scope.map_or(Ok(Scopes::All), |scopes| scopes.parse()).ok()?, claims.sign_in);
        let bearer = match (claims.sid, claims.aid, claims.customer, claims.cid) {
            (Some(session), ..) => Bearer::Session(session.parse().ok()?),
            (None, Some(account), None, Some(credential)) => Bearer::Account {
                account: account.parse().ok()?,
                credential: credential.parse().ok()?,
                scope: claims.scp.map(|scope| scope.parse()).transpose().ok()?,
                scopes,
                sign_in,
            },
            (None, None, Some(customer), Some(client)) => {
                Bearer::Customer { customer: customer.parse().ok()?, client: client.parse().ok()?, scopes, sign_in }
            }
            _ => return None,
        };
        Some(Verified { realm, bearer, expires_at: Timestamp::from_seconds(claims.exp) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_its_thumbprint() {
        // RFC 8037, appendices A.2 and A.3.
        let public = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let jwk = PublicJwk::new(&public.try_into().unwrap());
        assert_eq!(jwk.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
