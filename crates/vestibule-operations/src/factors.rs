//! A person's own factors, at the console: an app or a passkey is added, one is removed, recovery codes are made. Each opens
//! or shuts a door for good, and so wants a sign-in that is fresh; and each gives the browser a new cookie and ends the
//! account's other sessions.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use vestibule_core::{
    audit::{Action, Thing},
    console_session::ConsoleSession,
    credential::Credential,
    factor::{AppSecret, Factor, FactorKind, RecoveryCode},
    id::{AccountKey, FactorId},
    refusal::{Fault, Malformed, Refusal, Unauthenticated},
};

use crate::{console::ConsoleCaller, context::Ctx, operations::Operations, unit_of_work::UnitOfWork};

const APP: &str = "new-app";

/// An app that is to be added once it shows the right code. `Debug` leaves the secret out.
pub struct NewApp {
    /// The secret, for typing.
    pub text: String,
    /// The secret as an address, for a picture (Key URI Format of Google Authenticator, which all apps read).
    pub address: String,
    /// What the form brings back.
    pub ticket: String,
}

#[derive(Serialize, Deserialize)]
struct AppTicket {
    account: AccountKey,
    secret: [u8; AppSecret::BYTES],
}

/// What came of adding a factor.
pub struct Added {
    /// For the cookie, in place of the one before.
    pub cookie: SecretString,
    /// Recovery codes, with the first factor; shown this once.
    pub codes: Vec<String>,
}

impl ConsoleCaller {
    /// Refuses whoever signed in too long ago for what opens doors for good.
    pub(crate) fn check_fresh(&self, ctx: &Ctx) -> Result<(), Refusal> {
        match self.session.is_fresh(ctx.now) {
            true => Ok(()),
            false => Err(Unauthenticated::Expired.into()),
        }
    }
}

/// Text as it may stand in any part of an address (RFC 3986, section 2.1).
fn percent_encoded(raw: &str) -> String {
    raw.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// How a session goes on under a new cookie, as the only one of its account.
pub(crate) struct Rotation {
    pub(crate) session: ConsoleSession,
    old: [u8; 32],
    new: [u8; 32],
}

impl Operations {
    /// A fresh cookie for a session, and what puts it in place.
    pub(crate) fn rotation(&self, ctx: &Ctx, who: &ConsoleCaller, cookie: &SecretString) -> (SecretString, Rotation) {
        let secret = ctx.chance.secret();
        let new = self.cookie_lookup(&secret);
        (secret, Rotation { session: who.session.clone(), old: self.cookie_lookup(cookie), new })
    }

    /// Begins to add an app: nothing is kept until it shows the right code.
    pub fn new_app(&self, ctx: &Ctx, who: &ConsoleCaller) -> Result<NewApp, Refusal> {
        who.check_fresh(ctx)?;
        let told = AppTicket { account: who.principal.key, secret: ctx.chance.bytes() };
        let text = AppSecret::of(&told.secret).ok_or(Refusal::Internal)?.text();
        let account = percent_encoded(who.principal.id.as_str());
        let address = format!("otpauth://totp/Vestibule:{account}?secret={text}&issuer=Vestibule");
        Ok(NewApp { text, address, ticket: self.ticket(ctx, APP, &told)? })
    }

    /// Adds an app that shows the right code. An account has one at most.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for a wrong code; [`Unauthenticated::Expired`] for whoever took too long.
    pub async fn add_app(&self, ctx: &Ctx, who: &ConsoleCaller, cookie: &SecretString, ticket: &str, code: &str) -> Result<Added, Refusal> {
        who.check_fresh(ctx)?;
        let (told, _): (AppTicket, _) = self.open_ticket(ctx, APP, ticket)?;
        let account = who.principal.key;
        if told.account != account {
            return Err(Unauthenticated::Unknown.into());
        }
        let app = AppSecret::of(&told.secret).ok_or(Refusal::Internal)?;
        let step = app.accepted_step(code, 0, ctx.now).ok_or(Malformed::new("code", Fault::Format("the code that the app shows now")))?;
        let factor = Factor {
            id: FactorId::fresh(ctx.now, &ctx.chance),
            account,
            kind: FactorKind::Totp,
            name: String::new(),
            step,
            created_at: ctx.now,
            last_used_at: None,
        };
        self.add_factor(ctx, who, cookie, (factor, told.secret.to_vec(), None)).await
    }

    /// Adds a factor: itself, its secret, and the keyed hash that it is found by.
    pub(crate) async fn add_factor(
        &self,
        ctx: &Ctx,
        who: &ConsoleCaller,
        cookie: &SecretString,
        (factor, secret, lookup): (Factor, Vec<u8>, Option<[u8; 32]>),
    ) -> Result<Added, Refusal> {
        Credential::check_name(&factor.name)?;
        let (cookie, rotation) = self.rotation(ctx, who, cookie);
        let codes = self.write(ctx, &who.home, move |mut work| {
            Box::pin(async move {
                let others = work.tx.list_factors(factor.account).await?;
                if factor.kind == FactorKind::Totp && others.iter().any(|other| other.kind == FactorKind::Totp) {
                    return Err(Refusal::Exists("authenticator app"));
                }
                if others.len() >= Factor::COUNT_MAX {
                    return Err(Malformed::new("factors", Fault::TooMany { limit: Factor::COUNT_MAX }).into());
                }
                if !work.tx.insert_factor(&factor, &secret, lookup).await? {
                    return Err(Refusal::Exists("passkey"));
                }
                work.record_factor(Action::FactorAdded, &factor);
                work.rotate(&rotation).await?;
                if others.is_empty() { work.make_recovery_codes(factor.account).await } else { Ok(Vec::new()) }
            })
        });
        Ok(Added { codes: codes.await?, cookie })
    }

    /// Removes one of the caller's factors; with the last of them the recovery codes go. The secret is for the cookie.
    pub async fn remove_factor(
        &self,
        ctx: &Ctx,
        who: &ConsoleCaller,
        cookie: &SecretString,
        id: FactorId,
    ) -> Result<SecretString, Refusal> {
        who.check_fresh(ctx)?;
        let account = who.principal.key;
        let (cookie, rotation) = self.rotation(ctx, who, cookie);
        self.write(ctx, &who.home, move |mut work| {
            Box::pin(async move {
                let factors = work.tx.list_factors(account).await?;
                let factor = factors.iter().find(|factor| factor.id == id).ok_or(Refusal::Absent("factor"))?;
                work.tx.delete_factor(id).await?;
                if factors.len() == 1 {
                    work.tx.replace_recovery_codes(account, &[]).await?;
                }
                work.record_factor(Action::FactorRemoved, factor);
                work.rotate(&rotation).await
            })
        })
        .await?;
        Ok(cookie)
    }

    /// Makes new recovery codes for the caller, in place of those before; shown this once. For whoever has a factor.
    pub async fn new_recovery_codes(&self, ctx: &Ctx, who: &ConsoleCaller) -> Result<Vec<String>, Refusal> {
        who.check_fresh(ctx)?;
        let account = who.principal.key;
        self.write(ctx, &who.home, move |mut work| {
            Box::pin(async move {
                match work.tx.list_factors(account).await?.is_empty() {
                    true => Err(Refusal::Conflict { what: "account", state: "has no second factor" }),
                    false => work.make_recovery_codes(account).await,
                }
            })
        })
        .await
    }
}

impl UnitOfWork<'_> {
    async fn make_recovery_codes(&mut self, account: AccountKey) -> Result<Vec<String>, Refusal> {
        let codes: Vec<_> = (0..RecoveryCode::COUNT).map(|_| RecoveryCode::fresh(&self.ctx.chance)).collect();
        let read = codes.iter().filter_map(|code| RecoveryCode::read(code));
        let lookups: Vec<_> = read.map(|code| self.recovery_lookup(account, &code)).collect();
        self.tx.replace_recovery_codes(account, &lookups).await?;
        let draft = self.draft(Action::FactorCodesMade, Thing::new("account", account.to_string()));
        self.tx.record(draft);
        Ok(codes)
    }

    fn record_factor(&mut self, action: Action, factor: &Factor) {
        let draft = self.draft(action, Thing::new("factor", factor.id.to_string()));
        self.tx.record(draft.with_data("kind", factor.kind.as_str()).with_data("account", factor.account.to_string()));
    }

    /// Puts a session under its new cookie, and ends the others of its account.
    pub(crate) async fn rotate(&mut self, rotation: &Rotation) -> Result<(), Refusal> {
        if !self.tx.delete_console_session(&rotation.old).await? {
            // Whoever signed out meanwhile stays out.
            return Err(Unauthenticated::Revoked.into());
        }
        self.tx.insert_console_session(&rotation.session, &rotation.new).await?;
        Ok(self.tx.delete_other_console_sessions(rotation.session.account, &rotation.new).await?)
    }
}

impl std::fmt::Debug for NewApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewApp")
    }
}

impl std::fmt::Debug for Added {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Added({} codes, {} bytes)", self.codes.len(), self.cookie.expose_secret().len())
    }
}
