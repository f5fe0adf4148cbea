//! What a person at the console sees and changes of their own way in: factors, sessions, the password.

use secrecy::SecretString;
use vestibule_core::{console_session::ConsoleSession, factor::Factor, refusal::Refusal};

use crate::{console::ConsoleCaller, context::Ctx, operations::Operations};

/// A person's ways in.
#[derive(Debug)]
pub struct OwnSignIn {
    /// Apps and passkeys, oldest first.
    pub factors: Vec<Factor>,
    /// How many recovery codes are left.
    pub codes_left: i64,
    /// Sessions at the console, newest first.
    pub sessions: Vec<OwnSession>,
    /// Whether there is a password.
    pub has_password: bool,
}

/// One of a person's sessions at the console.
#[derive(Debug)]
pub struct OwnSession {
    /// The session.
    pub session: ConsoleSession,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Operations {
    /// The caller's own ways in.
    pub async fn own_sign_in(&self, ctx: &Ctx, who: &ConsoleCaller, cookie: &SecretString) -> Result<OwnSignIn, Refusal> {
        let (account, this) = (who.principal.key, self.cookie_lookup(cookie));
        self.read(ctx, &who.home, move |work| {
            Box::pin(async move {
                let now = work.now();
                let sessions = work.tx.list_console_sessions(account).await?.into_iter().filter(|(_, session)| session.is_live(now));
                Ok(OwnSignIn {
                    factors: work.tx.list_factors(account).await?,
                    codes_left: work.tx.count_recovery_codes(account).await?,
                    sessions: sessions.map(|(lookup, session)| OwnSession { session, is_this: lookup == this }).collect(),
                    has_password: work.tx.find_password(account).await?.is_some(),
                })
            })
        })
        .await
    }

    /// Gives the caller another password, for the one that they have; whoever has none chooses their first. The account's
    /// other sessions end. The secret is for the cookie.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for a password that keeps no rule of ours; for a wrong one, those of [`Operations::basic`];
    /// [`vestibule_core::refusal::Unauthenticated::Expired`] for whoever signed in too long ago.
    pub async fn change_own_password(
        &self,
        ctx: &Ctx,
        who: &ConsoleCaller,
        cookie: &SecretString,
        (current, wanted): (&SecretString, SecretString),
    ) -> Result<SecretString, Refusal> {
        who.check_fresh(ctx)?;
        let account = who.principal.key;
        let has_one = self.read(ctx, &who.home, move |work| Box::pin(async move { Ok(work.tx.find_password(account).await?.is_some()) }));
        if has_one.await? {
            self.basic(ctx, Some(&who.home), who.principal.id.as_str(), current).await?;
        }
        let hash = self.hash_password(wanted).await?;
        let (cookie, mut rotation) = self.rotation(ctx, who, cookie);
        self.write(ctx, &who.home, move |mut work| {
            Box::pin(async move {
                work.replace_password(account, hash).await?;
                // The session goes on by the password that is there now.
                let chosen = work.tx.find_password(account).await?.map(|found| found.credential.id);
                rotation.session.credential = rotation.session.credential.and(chosen);
                work.rotate(&rotation).await
            })
        })
        .await?;
        Ok(cookie)
    }
}
