//! The tenant's settings: its name, whom support access is for, its help desk and the secrets shared with it, whether mail
//! arrives, and the keys by which its log is checked.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use secrecy::SecretString;
use vestibule_core::{
    help_desk::{Delivery, DeskSecret, DeskSettings, HelpDesk, SecretState},
    id::{DeskSecretId, RealmId},
    realm::{Realm, SupportSettings},
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{OutboxEntry, PageRequest, RealmChange, RealmKeys, Right, SessionFilter, UnitOfWork};

use super::{
    Named, Page, REALMS,
    confirm::ConfirmPage,
    faults,
    frame::{Frame, page},
    named,
    visit::{Visit, see_other},
};
use crate::call::Answer;

/// The pages of this file.
pub const PAGES: &[Page] = &[
    Page { path: "/console/realms/{realm}/settings/realm", attempted: "realm.update", show: Some(show), act: Some(change) },
    Page { path: "/console/realms/{realm}/settings/realm/support-on", attempted: "realm.update", show: None, act: Some(switch_on) },
    Page {
        path: "/console/realms/{realm}/settings/realm/support-off",
        attempted: "realm.update",
        show: Some(confirm_off),
        act: Some(switch_off),
    },
    Page { path: "/console/realms/{realm}/settings/realm/help-desk", attempted: "help-desk.put", show: None, act: Some(change_desk) },
    Page { path: "/console/realms/{realm}/settings/realm/secrets", attempted: "help-desk.add_secret", show: None, act: Some(add_secret) },
    Page {
        path: "/console/realms/{realm}/settings/realm/secrets/{id}/activate",
        attempted: "help-desk.activate",
        show: Some(confirm_activate),
        act: Some(activate),
    },
    Page {
        path: "/console/realms/{realm}/settings/realm/secrets/{id}/remove",
        attempted: "help-desk.remove_secret",
        show: Some(confirm_remove),
        act: Some(remove),
    },
    Page { path: "/console/realms/{realm}/settings/realm/mail", attempted: "mail.try", show: None, act: Some(try_mail) },
];

/// Letters that are listed, and agents that are counted.
const LETTERS: usize = 5;
const AGENTS: usize = 200;

/// What the page shows of a realm.
struct Gathered {
    realm: Realm,
    desk: Option<HelpDesk>,
    secrets: Vec<DeskSecret>,
    letters: Vec<OutboxEntry>,
    keys: RealmKeys,
}

#[derive(Template)]
#[template(path = "console/realm.html")]
struct RealmPage {
    f: Frame,
    realm: Realm,
    desk: Option<HelpDesk>,
    subdomain: String,
    secrets: Vec<DeskSecret>,
    letters: Vec<OutboxEntry>,
    keys: RealmKeys,
    deliveries: [Delivery; 2],
}

impl RealmPage {
    fn state(&self, secret: &DeskSecret) -> String {
        self.f.t(match secret.state {
            SecretState::Pending => "desk-state-pending",
            SecretState::Active => "desk-state-active",
            SecretState::Retired => "desk-state-retired",
        })
    }

    fn can_sign(&self, secret: &DeskSecret) -> bool {
        secret.state == SecretState::Pending
    }

    fn mail_state(&self, letter: &OutboxEntry) -> String {
        self.f.t(&format!("mail-state-{}", letter.state.as_str()))
    }

    fn is_chosen(&self, delivery: &Delivery) -> bool {
        self.desk.as_ref().is_some_and(|desk| desk.settings.delivery == *delivery)
    }

    fn hands_over(&self) -> bool {
        self.desk.as_ref().is_none_or(|desk| desk.settings.enabled)
    }

    fn delivery_name(&self, delivery: &Delivery) -> String {
        self.f.t(&format!("desk-delivery-{delivery}"))
    }

    fn desk_version(&self) -> i64 {
        self.desk.as_ref().map_or(0, |desk| desk.version)
    }
}

async fn find_desk(work: &mut UnitOfWork<'_>) -> Result<Option<HelpDesk>, Refusal> {
    match work.help_desk().await {
        Ok(desk) => Ok(Some(desk)),
        Err(Refusal::Absent(_)) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// The unit's steps behind the page.
async fn gather(work: &mut UnitOfWork<'_>) -> Result<Gathered, Refusal> {
    Ok(Gathered {
        realm: work.realm().clone(),
        desk: find_desk(work).await?,
        secrets: work.desk_secrets().await?,
        letters: work.outbox(PageRequest { after: None, limit: LETTERS }).await?.items,
        keys: work.realm_keys().await?,
    })
}

async fn shown(visit: &Visit, realm: &RealmId, fault: Option<String>) -> Result<Response, Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    let read = visit.operations.read(&visit.ctx, realm, |mut work| Box::pin(async move { gather(&mut work).await }));
    let Gathered { realm, desk, secrets, letters, keys } = read.await?;
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let sent = visit.form.find("subdomain").map(str::to_owned);
    let subdomain = sent.or_else(|| desk.as_ref().map(|desk| desk.settings.subdomain.clone())).unwrap_or_default();
    let f = Frame::of(visit, Some(realm.clone()), "/settings").with_fault(fault);
    Ok(page(status, &RealmPage { f, realm, desk, subdomain, secrets, letters, keys, deliveries: Delivery::ALL }))
}

fn show(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { shown(&visit, &named(&params, 0)?, None).await })
}

/// What can be put right is said on the page; everything else is refused as it is.
async fn done<T>(visit: &Visit, realm: &RealmId, outcome: Result<T, Refusal>, word: &str) -> Result<Response, Refusal> {
    let refusal = match outcome {
        Ok(_) => return Ok(see_other(&format!("{REALMS}/{realm}/settings/realm?done={word}"))),
        Err(refusal) => refusal,
    };
    match faults::said(visit.speech, &refusal) {
        Some(fault) => shown(visit, realm, Some(fault)).await,
        None => Err(refusal),
    }
}

/// The version that the form was shown with.
fn version(visit: &Visit) -> Result<i64, Malformed> {
    visit.form.require("version")?.parse().map_err(|_| Malformed::new("version", Fault::Format("a number")))
}

fn change(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let (apart, forced) = (visit.form.find("departments").is_some(), visit.form.find("force").is_some());
        let changed = async {
            let seen = version(&visit)?;
            let name = Some(Realm::check_name(visit.form.require("name")?)?);
            let staff_domain = Some(SupportSettings::check_staff_domain(visit.form.require("domain")?)?);
            let change = RealmChange { name, staff_domain, support_enabled: None };
            let write = visit.operations.write(&visit.ctx, &realm, move |mut work| {
                Box::pin(async move {
                    let changed = work.update_realm(change, Some(seen)).await?;
                    work.set_departmentalization(apart, forced, Some(changed.version)).await
                })
            });
            write.await
        };
        let outcome = changed.await;
        done(&visit, &realm, outcome, "realm-changed").await
    })
}

async fn switch(visit: &Visit, realm: &RealmId, on: bool) -> Result<Realm, Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    let change = RealmChange { support_enabled: Some(on), ..RealmChange::default() };
    visit.operations.write(&visit.ctx, realm, move |mut work| Box::pin(async move { work.update_realm(change, None).await })).await
}

fn switch_on(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        let outcome = switch(&visit, &realm, true).await;
        done(&visit, &realm, outcome, "realm-changed").await
    })
}

fn confirm_off(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let read = visit.operations.read(&visit.ctx, &realm, |mut work| {
            Box::pin(async move {
                let live = SessionFilter { live: Some(true), agent: None };
                let inside = work.sessions(live, PageRequest { after: None, limit: AGENTS }).await?.items.len();
                Ok((inside, work.realm().clone()))
            })
        });
        let (inside, home) = read.await?;
        let f = Frame::of(&visit, Some(home), "/settings/realm");
        let words = f.tn("realm-switch-off-words", &i64::try_from(inside).unwrap_or(i64::MAX));
        Ok(page(StatusCode::OK, &ConfirmPage::here(f, "realm-switch-off", words)))
    })
}

fn switch_off(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        let outcome = switch(&visit, &realm, false).await;
        done(&visit, &realm, outcome, "support-off").await
    })
}

fn change_desk(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let changed = async {
            let seen = version(&visit)?;
            let (subdomain, enabled) = (visit.form.require("subdomain")?.to_owned(), visit.form.find("enabled").is_some());
            let delivery: Delivery = visit.form.require("delivery")?.parse()?;
            let write = visit.operations.write(&visit.ctx, &realm, move |mut work| {
                Box::pin(async move {
                    // What the page does not show of it stays.
                    let before = find_desk(&mut work).await?.map_or_else(|| DeskSettings::at(&subdomain), |desk| desk.settings);
                    work.put_help_desk(DeskSettings { subdomain, enabled, delivery, ..before }, Some(seen)).await
                })
            });
            write.await
        };
        let outcome = changed.await;
        done(&visit, &realm, outcome, "desk-changed").await
    })
}

fn add_secret(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let value = SecretString::from(visit.form.exact("secret"));
        let write = visit.operations.write(&visit.ctx, &realm, |mut work| Box::pin(async move { work.add_desk_secret(&value).await }));
        let outcome = write.await;
        done(&visit, &realm, outcome, "secret-added").await
    })
}

/// The page before a secret is activated or removed, which names it by its fingerprint.
async fn confirm_secret(visit: &Visit, params: &Named, (words, act): (&str, &'static str)) -> Result<Response, Refusal> {
    let (realm, id): (RealmId, DeskSecretId) = (named(params, 0)?, named(params, 1)?);
    visit.ctx.allow(Right::AdministerRealm, &realm)?;
    let read = visit
        .operations
        .read(&visit.ctx, &realm, |mut work| Box::pin(async move { Ok((work.desk_secrets().await?, work.realm().clone())) }));
    let (secrets, home) = read.await?;
    let secret = secrets.into_iter().find(|secret| secret.id == id).ok_or(Refusal::Absent("secret"))?;
    let f = Frame::of(visit, Some(home), "/settings/realm");
    let words = f.tv(words, "name", secret.fingerprint);
    Ok(page(StatusCode::OK, &ConfirmPage::here(f, act, words)))
}

fn confirm_activate(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { confirm_secret(&visit, &params, ("desk-secret-activate-words", "desk-secret-activate")).await })
}

fn activate(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, DeskSecretId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let write =
            visit.operations.write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.activate_desk_secret(id).await }));
        let outcome = write.await;
        done(&visit, &realm, outcome, "secret-activated").await
    })
}

fn confirm_remove(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { confirm_secret(&visit, &params, ("desk-secret-remove-words", "remove")).await })
}

fn remove(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, DeskSecretId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let write = visit.operations.write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.remove_desk_secret(id).await }));
        let outcome = write.await;
        done(&visit, &realm, outcome, "secret-removed").await
    })
}

fn try_mail(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let outcome = visit.operations.write(&visit.ctx, &realm, |mut work| Box::pin(async move { work.try_mail().await })).await;
        done(&visit, &realm, outcome, "mail-tried").await
    })
}
