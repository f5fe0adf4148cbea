//! Names with passwords, as HTTP Basic presents them with every request (RFC 7617): proven by Argon2id once, known
//! by a keyed hash from then on, and slow for whoever guesses.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use quick_cache::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    credential::Password,
    id::{AccountId, RealmId},
    refusal::{Refusal, Unauthenticated},
    scope::Scopes,
    time::Timestamp,
};
use vestibule_store::{FoundPassword, Sealer};

use crate::{
    authenticate::{KeyOwner, check_credential},
    context::{AccountCaller, Caller, Ctx},
    operations::Operations,
    passwords::{HASHING, hash_password, is_password},
};

/// Most passwords that are known without being hashed again; the least used give way.
const PROVEN_MAX: usize = 10_000;
/// Failures of one name, and of one address, in [`PERIOD_S`]: whoever has more waits.
const FAILURES_PER_NAME: u32 = 10;
const FAILURES_PER_ADDRESS: u32 = 100;
const PERIOD_S: u32 = 60;
/// Most names and addresses whose failures are counted at once.
const COUNTED_MAX: usize = 20_000;

/// Passwords that were proven, and failures. In memory: another process proves anew and counts by itself.
pub(crate) struct ProvenPasswords {
    /// Keyed hashes over a stored hash and the password that it is of. That never becomes untrue; the stored hash is
    /// read anew for each request, so what is proven goes with its credential.
    proven: Cache<[u8; 32], ()>,
    failures: Mutex<HashMap<Failing, Failures>>,
}

/// Who fails.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Failing {
    /// Whoever guesses at a name, by its keyed hash.
    Name([u8; 32]),
    /// Whoever guesses from an address.
    Address(IpAddr),
}

/// Failures since an instant.
#[derive(Debug, Clone, Copy)]
struct Failures {
    since: Timestamp,
    count: u32,
}

impl Default for ProvenPasswords {
    fn default() -> Self {
        Self { proven: Cache::new(PROVEN_MAX), failures: Mutex::default() }
    }
}

impl Failures {
    fn is_over(&self, now: Timestamp) -> bool {
        // A clock that fell back ends a period, too: nobody waits longer than one.
        !(0..i64::from(PERIOD_S) * 1_000).contains(&(now.millis() - self.since.millis()))
    }
}

impl ProvenPasswords {
    fn limits(name: [u8; 32], address: Option<IpAddr>) -> impl Iterator<Item = (Failing, u32)> {
        [(Failing::Name(name), FAILURES_PER_NAME)].into_iter().chain(address.map(|ip| (Failing::Address(ip), FAILURES_PER_ADDRESS)))
    }

    /// Refuses whoever has failed too often in this period.
    pub(crate) fn check(&self, name: [u8; 32], address: Option<IpAddr>, now: Timestamp) -> Result<(), Refusal> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for (who, allowed) in Self::limits(name, address) {
            if let Some(counted) = failures.get(&who).filter(|counted| counted.count >= allowed && !counted.is_over(now)) {
                let passed_s = u32::try_from((now.millis() - counted.since.millis()).div_euclid(1_000)).unwrap_or_default();
                return Err(Refusal::TooMany { allowed, period_s: PERIOD_S, retry_after_s: PERIOD_S.saturating_sub(passed_s).max(1) });
            }
        }
        Ok(())
    }

    /// Counts a failure of a name, and of an address.
    pub(crate) fn count_failure(&self, name: [u8; 32], address: Option<IpAddr>, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= COUNTED_MAX {
            failures.retain(|_, counted| !counted.is_over(now));
        }
        if failures.len() >= COUNTED_MAX {
            // So many at once are no longer told apart; the bound on hashing still holds them.
            failures.clear();
        }
        for (who, _) in Self::limits(name, address) {
            let counted = failures.entry(who).or_insert(Failures { since: now, count: 0 });
            if counted.is_over(now) {
                *counted = Failures { since: now, count: 0 };
            }
            counted.count = counted.count.saturating_add(1);
        }
    }
}

/// What a name that nobody goes by is compared with, so that it takes as long.
fn nobodys_hash() -> Vec<u8> {
    static HASH: OnceLock<Vec<u8>> = OnceLock::new();
    HASH.get_or_init(|| hash_password(&SecretString::from("nobody's password")).unwrap_or_default()).clone()
}

/// The keyed hash that stands for this password and this stored hash.
fn proof(sealer: &Sealer, found: &FoundPassword, password: &SecretString) -> [u8; 32] {
    // The stored text is PHC, without line ends, and comes first: no two pairs read alike.
    let pair = SecretString::from(format!("{}\n{}", String::from_utf8_lossy(&found.hash), password.expose_secret()));
    sealer.lookup("basic", pair.expose_secret())
}

impl Operations {
    /// The caller whom a name and a password stand for. The name is an account's id; its realm is the one given, or
    /// else the only tenant in which an account of that id has a password: where several have, nobody is let in.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`], alike and after equal work for an unknown name and for a wrong password;
    /// [`Refusal::TooMany`] after too many failures of the name or of the address.
    pub async fn basic(&self, ctx: &Ctx, realm: Option<&RealmId>, user: &str, password: &SecretString) -> Result<Caller, Refusal> {
        let sealer = self.0.store.sealer();
        let id = user.parse::<AccountId>().ok();
        let found = match &id {
            Some(id) => self.0.store.find_password_named(realm, &id.folded(), &ctx.moment()).await?,
            None => None,
        };
        let proof = found.as_ref().map(|found| proof(sealer, found, password));
        let is_proven = |proof: &[u8; 32]| self.0.proven.proven.get(proof).is_some();
        if !proof.as_ref().is_some_and(is_proven) {
            let name = sealer.lookup("basic-name", &format!("{}/{}", realm.map_or("", RealmId::as_str), user.to_ascii_lowercase()));
            self.0.proven.check(name, ctx.origin.ip, ctx.now)?;
            let _turn = HASHING.acquire().await.map_err(|_| Refusal::Internal)?;
            // Whoever waited may have been proven by a neighbour meanwhile; or may have failed too often.
            if !proof.as_ref().is_some_and(is_proven) {
                self.0.proven.check(name, ctx.origin.ip, ctx.now)?;
                if !self.is_password(found.as_ref(), password).await? {
                    self.0.proven.count_failure(name, ctx.origin.ip, ctx.now);
                    self.tell_failure(ctx, found);
                    return Err(Unauthenticated::Unknown.into());
                }
                if let Some(proof) = proof {
                    self.0.proven.proven.insert(proof, ());
                }
            }
        }
        self.password_holder(ctx, &found.ok_or(Unauthenticated::Unknown)?).await
    }

    /// Whether a password is the one found; off the request threads, and as long for one that nobody has.
    async fn is_password(&self, found: Option<&FoundPassword>, password: &SecretString) -> Result<bool, Refusal> {
        let is_long = password.expose_secret().len() > Password::BYTES_MAX;
        let stored = found.filter(|_| !is_long).map(|found| found.hash.clone());
        let is_somebodys = found.is_some() && !is_long;
        let presented = if is_long { SecretString::from("") } else { password.clone() };
        let hashing = tokio::task::spawn_blocking(move || is_password(&presented, &stored.unwrap_or_else(nobodys_hash)));
        Ok(hashing.await.map_err(|_| Refusal::Internal)? && is_somebodys)
    }

    async fn password_holder(&self, ctx: &Ctx, found: &FoundPassword) -> Result<Caller, Refusal> {
        let token = self.0.store.find_credential_token(&found.realm, found.credential, &ctx.moment()).await?;
        let token = token.ok_or(Unauthenticated::Unknown)?;
        check_credential(&token, ctx)?;
        let principal = self.principal(ctx, &found.realm, found.account).await?;
        self.0.store.note_use(&token, ctx.now);
        Ok(Caller::Account(Arc::new(AccountCaller {
            principal,
            credential: Some(found.credential),
            scope: token.scope.clone(),
            scopes: Scopes::All,
        })))
    }

    /// Tells the realm's log that somebody guessed at an account. Nobody waits for it: how long an answer takes would
    /// tell whether the account is there.
    fn tell_failure(&self, ctx: &Ctx, found: Option<FoundPassword>) {
        let Some(found) = found else { return };
        let (operations, ctx) = (self.clone(), ctx.clone());
        tokio::spawn(async move {
            let token = operations.0.store.find_credential_token(&found.realm, found.credential, &ctx.moment()).await;
            let principal = operations.0.store.find_principal(&found.realm, found.account, &ctx.moment()).await;
            if let (Ok(Some(token)), Ok(Some(principal))) = (token, principal) {
                let owner = KeyOwner::of(&token, &principal, ctx.now);
                operations.sign_in_failed(&ctx, &owner, "wrong_password").await;
            }
        });
    }
}
