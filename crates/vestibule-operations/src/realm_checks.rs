//! What a tenant's people look up to be sure of their realm: the keys that its log and its tokens are signed with, and
//! whether mail arrives.

use askama::Template;
use vestibule_core::{account_invitation::AccountInvitation, rate_limit::RateLimit, refusal::Refusal};

use crate::{notify::Letter, unit_of_work::UnitOfWork};

/// Letters to oneself: as many as somebody needs who is setting up a mail server.
const TRIALS: RateLimit = RateLimit { name: "mail-trial", allowed: 5, period_s: 600 };

/// The public halves of a realm's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealmKeys {
    /// What checks the log's checkpoints, `name+id+key` (C2SP signed notes).
    pub log: String,
    /// The name of the key that tokens are signed with: its thumbprint (RFC 7638).
    pub token: String,
}

#[derive(Template)]
#[template(path = "trial.txt")]
struct TrialText<'a> {
    realm_name: &'a str,
}

#[derive(Template)]
#[template(path = "trial.html")]
struct TrialHtml<'a> {
    realm_name: &'a str,
}

impl UnitOfWork<'_> {
    /// The realm's keys, as anybody may know them.
    pub async fn realm_keys(&mut self) -> Result<RealmKeys, Refusal> {
        let log = self.tx.log_key().await?.vkey().to_string();
        Ok(RealmKeys { log, token: self.house.tokens.public_jwk(&self.realm.id).kid })
    }

    /// Sends a letter to the caller, who goes by an address; says which. Refused for whoever does not, and too often.
    pub async fn try_mail(&mut self) -> Result<String, Refusal> {
        let to = AccountInvitation::check_email(self.ctx.account()?.principal.id.as_str())?.to_string();
        self.spend(TRIALS).await?;
        let realm_name = self.realm.name.as_str();
        let written = (TrialText { realm_name }.render(), TrialHtml { realm_name }.render());
        let (Ok(text), Ok(html)) = written else { return Err(Refusal::Internal) };
        let subject = format!("Mail from {realm_name} arrives");
        self.enqueue(Letter { to: to.clone(), subject, text, html, secret: None }).await?;
        Ok(to)
    }
}
