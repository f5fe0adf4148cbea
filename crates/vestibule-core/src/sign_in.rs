//! Signing in through a client: somebody proves who they are to us, and the client gets a code for it that it
//! redeems once (RFC 6749, section 4.1). And sessions that are begun with a name and a password.

use crate::{
    customer::{Customer, CustomerId, CustomerStatus},
    id::{AccountKey, CredentialId, LoginSessionId, SignInId},
    pkce::Challenge,
    redirect::RedirectUri,
    refusal::Unauthenticated,
    scope::Scopes,
    time::Timestamp,
};

/// What a client asks a sign-in for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInAsk {
    /// The client's access key.
    pub client: CredentialId,
    /// Where the browser goes with the code; one of the client's own addresses.
    pub redirect_uri: RedirectUri,
    /// What the tokens may be used for.
    pub scopes: Scopes,
    /// What proves the client when it redeems the code.
    pub challenge: Challenge,
}

/// Who signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// An account, by its password: when that goes, so does what rests on it.
    Account {
        /// The account.
        account: AccountKey,
        /// The password.
        password: CredentialId,
    },
    /// A customer, by a letter to its contact.
    Customer(CustomerId),
}

/// A sign-in: first a code, then what the tokens rest on that it was redeemed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSignIn {
    /// Its id.
    pub id: SignInId,
    /// What was asked for.
    pub ask: SignInAsk,
    /// Who signed in.
    pub signer: Signer,
    /// The code is good for nothing from this instant on.
    pub code_ends_at: Timestamp,
    /// When the code was redeemed.
    pub redeemed_at: Option<Timestamp>,
    /// When everything that came of it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// What a code is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeStanding {
    /// To be redeemed.
    Good,
    /// For nothing: it is too old, or somebody else's, or was asked for otherwise.
    Spent,
    /// For nothing, and what it was redeemed for before is to be revoked: two have had it (RFC 6749, section 4.1.2).
    Replayed,
}

impl ClientSignIn {
    /// How long a code is good, in seconds.
    pub const CODE_LIFETIME_S: i64 = 60;

    /// Judges a code that a client presents with where it was sent to and what proves the client.
    pub fn judge(&self, client: CredentialId, redirect_uri: &str, verifier: &str, now: Timestamp) -> CodeStanding {
        let is_its = self.ask.client == client;
        match self.redeemed_at {
            Some(_) if is_its => CodeStanding::Replayed,
            None if is_its
                && now < self.code_ends_at
                && self.ask.redirect_uri.as_str() == redirect_uri
                && self.ask.challenge.is_met_by(verifier) =>
            {
                CodeStanding::Good
            }
            Some(_) | None => CodeStanding::Spent,
        }
    }
}

/// Refuses a customer that may not be signed in, or stay so: only one that is open may.
pub fn check_customer(customer: &Customer) -> Result<(), Unauthenticated> {
    match (customer.purged_at, customer.status) {
        (Some(_), _) => Err(Unauthenticated::AccountGone),
        (None, CustomerStatus::Open) => Ok(()),
        (None, CustomerStatus::Pending | CustomerStatus::Suspended | CustomerStatus::Closed) => Err(Unauthenticated::AccountDisabled),
    }
}

/// A session that was begun with a name and a password (`spec/egain-grants.md`, section 2). Its secret is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSession {
    /// Its id.
    pub id: LoginSessionId,
    /// Whose.
    pub account: AccountKey,
    /// The password: when that goes, so does the session.
    pub password: CredentialId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was last used, at most [`LoginSession::SEEN_EVERY_S`] late.
    pub seen_at: Timestamp,
}

impl LoginSession {
    /// Most live sessions of one account (`spec/egain-grants.md`, section 2).
    pub const LIVE_MAX: usize = 5;
    /// How long a session lasts, in seconds: twelve hours (ours).
    pub const LIFETIME_S: i64 = 12 * 3_600;
    /// How long it lasts unused, in seconds: an hour (ours).
    pub const IDLE_S: i64 = 3_600;
    /// How often a use is written down, in seconds.
    pub const SEEN_EVERY_S: i64 = 60;

    /// When it ends if it is not used again.
    pub fn ends_at(&self) -> Timestamp {
        self.started_at.plus_seconds(Self::LIFETIME_S).min(self.seen_at.plus_seconds(Self::IDLE_S))
    }

    /// Refuses one that is over.
    pub fn check(&self, now: Timestamp) -> Result<(), Unauthenticated> {
        match now < self.ends_at() {
            true => Ok(()),
            false => Err(Unauthenticated::Expired),
        }
    }

    /// Whether a use now is to be written down.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        now >= self.seen_at.plus_seconds(Self::SEEN_EVERY_S)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOON: Timestamp = Timestamp::EPOCH;
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const BACK: &str = "https://app.example/back";

    fn sign_in(redeemed_at: Option<Timestamp>) -> ClientSignIn {
        let ask = SignInAsk {
            client: CredentialId::from_uuid(Uuid::nil()),
            redirect_uri: BACK.parse().unwrap(),
            scopes: Scopes::All,
            challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().unwrap(),
        };
        let signer = Signer::Customer(CustomerId::FIRST);
        let code_ends_at = NOON.plus_seconds(ClientSignIn::CODE_LIFETIME_S);
        ClientSignIn { id: SignInId::from_uuid(Uuid::nil()), ask, signer, code_ends_at, redeemed_at, revoked_at: None }
    }

    #[test]
    fn a_code_is_good_once_for_a_minute_for_whoever_asked_for_it() {
        use CodeStanding::{Good, Replayed, Spent};
        let (own, other) = (CredentialId::from_uuid(Uuid::nil()), CredentialId::from_uuid(Uuid::max()));
        let last = NOON.plus_millis(59_999);
        for (redeemed, client, back, verifier, at, expected) in [
            (None, own, BACK, VERIFIER, NOON, Good),
            (None, own, BACK, VERIFIER, last, Good),
            (None, own, BACK, VERIFIER, last.plus_millis(1), Spent),
            (None, other, BACK, VERIFIER, NOON, Spent),
            (None, own, "https://app.example/back/", VERIFIER, NOON, Spent),
            (None, own, "", VERIFIER, NOON, Spent),
            (None, own, BACK, &VERIFIER.to_uppercase(), NOON, Spent),
            (None, own, BACK, "", NOON, Spent),
            (Some(NOON), own, BACK, VERIFIER, NOON, Replayed),
            (Some(NOON), own, BACK, "", last.plus_seconds(9), Replayed),
            // Another client cannot end what it never had.
            (Some(NOON), other, BACK, VERIFIER, NOON, Spent),
        ] {
            assert_eq!(sign_in(redeemed).judge(client, back, verifier, at), expected, "{redeemed:?} {client} {back} {verifier} {at}");
        }
    }

    #[test]
    fn a_session_ends_after_twelve_hours_or_an_hour_unused() {
        let session = |seen_s| LoginSession {
            id: LoginSessionId::from_uuid(Uuid::nil()),
            account: AccountKey::from_uuid(Uuid::nil()),
            password: CredentialId::from_uuid(Uuid::nil()),
            started_at: NOON,
            seen_at: NOON.plus_seconds(seen_s),
        };
        for (seen_s, ends_s) in [(0, 3_600), (60, 3_660), (39_600, 43_200), (43_000, 43_200)] {
            let (session, end) = (session(seen_s), NOON.plus_seconds(ends_s));
            assert_eq!(session.ends_at(), end, "{seen_s}");
            assert_eq!((session.check(end.plus_millis(-1)), session.check(end)), (Ok(()), Err(Unauthenticated::Expired)), "{seen_s}");
        }
        assert!(!session(0).is_stale(NOON.plus_millis(59_999)) && session(0).is_stale(NOON.plus_millis(60_000)));
    }
}
