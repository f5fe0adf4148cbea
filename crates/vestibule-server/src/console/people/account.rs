//! One account: what it is, what proves it, what it holds, and all that it may do with the way by which each right reaches it.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    account::AccountKind,
    credential::{Credential, CredentialKind},
    id::{AccountId, CredentialId, RealmId},
    policy::{GateReason, Source},
    realm::Realm,
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};
use vestibule_operations::{AccountView, CredentialWish, PageRequest, Proving, Right, UnitOfWork};

use super::{Choices, HERE, kind_text, place, standing_text};
use crate::{
    call::Answer,
    console::{
        Named, Page, REALMS,
        confirm::ConfirmPage,
        faults,
        frame::{Frame, page},
        named,
        preview::{Line, lines},
        visit::{Form, Visit, see_other},
    },
};

/// The pages of this file.
pub const PAGES: &[Page] = &[
    Page { path: "/console/realms/{realm}/people/accounts/{id}", attempted: "accounts.read", show: Some(show), act: None },
    Page { path: "/console/realms/{realm}/people/accounts/{id}/credentials", attempted: "credentials.create", show: None, act: Some(make) },
    Page {
        path: "/console/realms/{realm}/people/accounts/{id}/credentials/{credential}/revoke",
        attempted: "credentials.revoke",
        show: Some(ask),
        act: Some(revoke),
    },
];

/// Most credentials that are shown; an account holds few.
const CREDENTIALS_MAX: usize = 100;
/// How long a credential can be made to last, in days.
const DAYS: [i64; 4] = [1, 30, 90, 365];
const DAY_S: i64 = 86_400;

/// Rights that reach an account by one way.
struct Way {
    path: String,
    until: Option<Timestamp>,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "console/account.html")]
struct AccountPage {
    f: Frame,
    view: AccountView,
    row: Stands,
    credentials: Vec<Credential>,
    ways: Vec<Way>,
    gate: Option<GateReason>,
    choices: Choices,
    days: [i64; 4],
    is_own: bool,
    is_visitor: bool,
}

/// How it stands, for the tag.
struct Stands {
    standing: &'static str,
}

/// What proves an account, shown once.
#[derive(Template)]
#[template(path = "console/made.html")]
struct MadePage {
    f: Frame,
    id: AccountId,
    public_id: Option<String>,
    secret: SecretString,
    until: Option<Timestamp>,
    back: String,
}

struct Gathered {
    view: AccountView,
    credentials: Vec<Credential>,
    choices: Choices,
    realm: Realm,
}

async fn gather(work: &mut UnitOfWork<'_>, id: &AccountId) -> Result<Gathered, Refusal> {
    let account = work.account(id).await?;
    let credentials = work.credentials_of(&account, PageRequest { after: None, limit: CREDENTIALS_MAX }).await?.items;
    let view = work.account_view(account).await?;
    Ok(Gathered { view, credentials, choices: Choices::gather(work).await?, realm: work.realm().clone() })
}

fn show(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { shown(&visit, &named(&params, 0)?, &named(&params, 1)?, None).await })
}

async fn shown(visit: &Visit, realm: &RealmId, id: &AccountId, fault: Option<String>) -> Result<Response, Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    let sought = id.clone();
    let found = visit.operations.read(&visit.ctx, realm, move |mut work| Box::pin(async move { gather(&mut work, &sought).await }));
    let Gathered { view, credentials, choices, realm: home } = found.await?;
    let principal = visit.operations.rights_of(&visit.ctx, realm, id).await?;
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let f = Frame::of(visit, Some(home), HERE).with_fault(fault);
    let speaking = principal.rights.sources().iter().filter(|source| source.speaks(f.now));
    let page_of = AccountPage {
        ways: speaking.map(|source| Way::of(source, &f)).collect(),
        gate: principal.gate(f.now),
        row: Stands { standing: standing_text(&view.account, f.now) },
        is_own: visit.who.principal.key == view.account.key,
        is_visitor: view.account.kind == AccountKind::Support,
        days: DAYS,
        view,
        credentials,
        choices,
        f,
    };
    Ok(page(status, &page_of))
}

impl Way {
    fn of(source: &Source, f: &Frame) -> Self {
        let path = source.path.iter().map(|step| Self::words(step, f)).collect::<Vec<_>>().join(" → ");
        Self { path, until: source.until, lines: lines(&source.statements) }
    }

    /// A step of the way in the reader's language: the engine says `group operators`, `role org-admin`, `own`, `window`.
    fn words(step: &str, f: &Frame) -> String {
        match step.split_once(' ') {
            Some(("group", name)) => f.tv("way-group", "name", name),
            Some(("role", name)) => f.tv("way-role", "name", name),
            None if step == "own" => f.t("way-own"),
            None if step == "window" => f.t("lane-window"),
            Some(_) | None => step.to_owned(),
        }
    }
}

/// What a credential is wished to be.
fn wish(form: &Form, now: Timestamp) -> Result<CredentialWish, Malformed> {
    let proving = match form.require("proving")? {
        "token" => Proving::Token,
        "access-key" => Proving::AccessKey,
        _ => return Err(Malformed::new("proving", Fault::UnknownValue("token, access-key".to_owned()))),
    };
    let days = form.find("days").map(|days| days.parse().ok().filter(|days| DAYS.contains(days)));
    let days = days.map(|days: Option<i64>| days.ok_or(Malformed::new("days", Fault::Format("one of the lengths offered")))).transpose()?;
    let name = Credential::check_name(form.find("name").unwrap_or_default())?;
    let expires_at = days.map(|days| now.plus_seconds(days * DAY_S));
    Ok(CredentialWish { proving, name, scope: None, expires_at, redirect_uris: Vec::new() })
}

/// Makes a credential and shows it: this page is the only one that ever does, so that it is no other page's address.
fn make(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, AccountId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let made = async {
            let (wish, whose) = (wish(&visit.form, visit.ctx.now)?, id.clone());
            visit
                .operations
                .write(&visit.ctx, &realm, move |mut work| {
                    Box::pin(async move {
                        let account = work.account_to_change(&whose).await?;
                        Ok((work.make_credential(&account, wish).await?, account.id, work.realm().clone()))
                    })
                })
                .await
        };
        match made.await {
            Ok((made, id, home)) => {
                let f = Frame::of(&visit, Some(home), HERE);
                let (public_id, until, back) = (made.credential.public_id, made.credential.expires_at, f.at(&place(&id)));
                Ok(page(StatusCode::OK, &MadePage { f, id, public_id, secret: made.secret, until, back }))
            }
            Err(refusal) => match faults::said(visit.speech, &refusal) {
                Some(fault) => shown(&visit, &realm, &id, Some(fault)).await,
                None => Err(refusal),
            },
        }
    })
}

fn ask(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id, credential): (RealmId, AccountId, CredentialId) = (named(&params, 0)?, named(&params, 1)?, named(&params, 2)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let found = visit.operations.read(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move {
                let account = work.account_to_change(&id).await?;
                Ok((work.credential_of(&account, credential).await?, account.id, work.realm().clone()))
            })
        });
        let (credential, id, home) = found.await?;
        let f = Frame::of(&visit, Some(home), HERE);
        let what = format!("{} {}", f.t(proof_text(credential.kind)), called(&credential));
        let words = format!("{} {}", f.tv("revoke-words", "what", what.trim()), f.tv("revoke-whose", "who", &id));
        let (title, act, back) = (f.t("revoke-title"), f.t("revoke"), f.at(&place(&id)));
        Ok(page(StatusCode::OK, &ConfirmPage { f, title, words, act, back }))
    })
}

fn revoke(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id, credential): (RealmId, AccountId, CredentialId) = (named(&params, 0)?, named(&params, 1)?, named(&params, 2)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let whose = id.clone();
        let gone = visit.operations.write(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move {
                let account = work.account_to_change(&whose).await?;
                work.remove_credential(&account, credential).await
            })
        });
        match gone.await {
            // Somebody else was faster: it is revoked, as was wished.
            Ok(()) | Err(Refusal::Absent("credential")) => Ok(see_other(&format!("{REALMS}/{realm}{}?done=revoked", place(&id)))),
            Err(refusal) => Err(refusal),
        }
    })
}

/// The name of a kind of credential, as a text.
fn proof_text(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::Token => "proof-token",
        CredentialKind::AccessKey => "proof-access-key",
        CredentialKind::Password => "proof-password",
        CredentialKind::PublicKey => "proof-public-key",
    }
}

/// A credential as people tell it from others: by its name, or what stands for it.
fn called(credential: &Credential) -> &str {
    match &credential.public_id {
        Some(public_id) if credential.name.is_empty() => public_id,
        _ => &credential.name,
    }
}

impl AccountPage {
    fn kind(&self) -> String {
        self.f.t(kind_text(self.view.account.kind))
    }

    fn proof(&self, credential: &Credential) -> String {
        self.f.t(proof_text(credential.kind))
    }

    fn called<'c>(&self, credential: &'c Credential) -> &'c str {
        called(credential)
    }

    /// Whether a credential proves anything now.
    fn is_good(&self, credential: &Credential) -> bool {
        credential.enabled && credential.expires_at.is_none_or(|end| self.f.now < end)
    }

    /// What keeps the account out, whatever its statements say.
    fn shut_out(&self, gate: &GateReason) -> String {
        match gate {
            GateReason::AccountDisabled => self.f.t("gate-disabled"),
            GateReason::AccountExpired => self.f.t("gate-expired"),
            _ => self.f.t("gate-outside"),
        }
    }

    /// The page that asks about an act on this account alone.
    fn change(&self, act: &str) -> String {
        self.f.at(&format!("{HERE}/change?account={}&act={act}", super::segment(self.view.account.id.as_str())))
    }

    /// Its id in an address.
    fn segment(&self) -> String {
        super::segment(self.view.account.id.as_str())
    }

    /// Where a credential is made.
    fn credentials_place(&self) -> String {
        self.f.at(&format!("{}/credentials", place(&self.view.account.id)))
    }

    /// The page that asks before one is revoked.
    fn revocation(&self, credential: &Credential) -> String {
        format!("{}/{}/revoke", self.credentials_place(), credential.id)
    }

    /// The same about something of it.
    fn change_of(&self, act: &str, of: impl ToString) -> String {
        self.change(&format!("{act}:{}", of.to_string()))
    }
}

impl MadePage {
    fn secret(&self) -> &str {
        self.secret.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_lasts_as_long_as_was_offered() {
        let now = Timestamp::from_millis(0);
        let read = |text: &str| wish(&Form::read(text).unwrap(), now);
        assert_eq!(read("proving=token&name=+ci+").unwrap().expires_at, None);
        assert_eq!(read("proving=access-key&days=30").unwrap().expires_at, Some(now.plus_seconds(30 * DAY_S)));
        for (text, field) in [("", "proving"), ("proving=password", "proving"), ("proving=token&days=31", "days")] {
            assert_eq!(read(text).unwrap_err().field, field, "{text}");
        }
    }
}
