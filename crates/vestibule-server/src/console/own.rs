//! One's own way in: the second factor, passkeys, recovery codes, sessions, the password. Everybody at the console has it, in
//! the realm that they belong to. What opens a door for good wants a sign-in that is fresh; whoever has none is sent there.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use qrcode::{QrCode, render::svg};
use secrecy::SecretString;
use vestibule_core::{
    factor::{Factor, FactorKind},
    id::{FactorId, RealmId},
    passkey::PublicKey,
    refusal::{Refusal, Unauthenticated},
};
use vestibule_operations::{Added, MadePasskey, NewApp, OwnSession, OwnSignIn, PasskeyAsk, Right};

use super::{
    Named, Page, REALMS,
    confirm::ConfirmPage,
    faults,
    frame::{Frame, page},
    named,
    visit::{Visit, see_other, sign_in_again, with_cookie},
};
use crate::call::Answer;

/// The pages of this file.
pub const PAGES: &[Page] = &[
    Page { path: "/console/realms/{realm}/settings", attempted: "own.read", show: Some(show), act: None },
    Page { path: "/console/realms/{realm}/settings/app", attempted: "own.add_app", show: Some(show_app), act: Some(add_app) },
    Page {
        path: "/console/realms/{realm}/settings/passkey",
        attempted: "own.add_passkey",
        show: Some(show_passkey),
        act: Some(add_passkey),
    },
    Page {
        path: "/console/realms/{realm}/settings/factors/{id}/remove",
        attempted: "own.remove_factor",
        show: Some(confirm),
        act: Some(remove),
    },
    Page { path: "/console/realms/{realm}/settings/codes", attempted: "own.make_codes", show: Some(confirm_codes), act: Some(make_codes) },
    Page {
        path: "/console/realms/{realm}/settings/password",
        attempted: "own.password",
        show: Some(show_password),
        act: Some(change_password),
    },
];

const PLACE: &str = "/settings";
/// How wide the picture of an address is, in pixels.
const PICTURE: u32 = 220;

#[derive(Template)]
#[template(path = "console/own.html")]
struct OwnPage {
    f: Frame,
    own: OwnSignIn,
    home: RealmId,
    has_passkeys: bool,
    is_admin: bool,
}

#[derive(Template)]
#[template(path = "console/app.html")]
struct AppPage {
    f: Frame,
    app: NewApp,
    picture: String,
}

#[derive(Template)]
#[template(path = "console/passkey.html")]
struct PasskeyPage {
    f: Frame,
    ask: PasskeyAsk,
    account: String,
    kinds: String,
}

#[derive(Template)]
#[template(path = "console/codes.html")]
struct CodesPage {
    f: Frame,
    codes: Vec<String>,
}

#[derive(Template)]
#[template(path = "console/password.html")]
struct PasswordPage {
    f: Frame,
    has_password: bool,
    user: String,
}

impl OwnPage {
    fn name(&self, factor: &Factor) -> String {
        match factor.kind {
            FactorKind::Totp => self.f.t("own-app"),
            FactorKind::Passkey if factor.name.is_empty() => self.f.t("own-passkey"),
            FactorKind::Passkey => format!("{}: {}", self.f.t("own-passkey"), factor.name),
        }
    }

    fn ends(&self, one: &OwnSession) -> String {
        self.f.when(&one.session.ends_at())
    }

    fn has_app(&self) -> bool {
        self.own.factors.iter().any(|factor| factor.kind == FactorKind::Totp)
    }
}

/// The frame of a page about oneself. Nobody has any but in the realm that they belong to.
async fn own_frame(visit: &Visit, params: &Named) -> Result<Frame, Refusal> {
    let realm: RealmId = named(params, 0)?;
    if realm != visit.who.home {
        return Err(Refusal::Absent("page"));
    }
    if realm.is_vendor() {
        return Ok(Frame::of(visit, None, "/vendor/settings"));
    }
    let home = visit.operations.read(&visit.ctx, &realm, |work| Box::pin(async move { Ok(work.realm().clone()) })).await?;
    Ok(Frame::of(visit, Some(home), PLACE))
}

/// Where one's own settings are.
fn settings(visit: &Visit) -> String {
    format!("{REALMS}/{}{PLACE}", visit.who.home)
}

/// A page for whoever has just signed in; others are sent to do that, and come back.
async fn fresh_frame(visit: &Visit, params: &Named) -> Result<Result<Frame, Response>, Refusal> {
    let f = own_frame(visit, params).await?;
    Ok(if visit.who.session.is_fresh(visit.ctx.now) { Ok(f) } else { Err(sign_in_again(visit)) })
}

/// A refusal that the reader can put right is said on the page again; it is shown with it.
fn fault(visit: &Visit, refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::Malformed(malformed) => Some(faults::of(visit.speech, malformed)),
        Refusal::Exists(_) => Some(visit.speech.say("own-exists")),
        Refusal::Unauthenticated(Unauthenticated::Expired) => Some(visit.speech.say("sign-in-too-late")),
        Refusal::Unauthenticated(_) => Some(visit.speech.say("own-password-wrong")),
        Refusal::TooMany { retry_after_s, .. } => Some(visit.speech.with("sign-in-too-many", "seconds", &retry_after_s.to_string())),
        _ => None,
    }
}

fn show(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let f = own_frame(&visit, &params).await?;
        let own = visit.operations.own_sign_in(&visit.ctx, &visit.who, &visit.cookie).await?;
        let home = visit.who.home.clone();
        let is_admin = !home.is_vendor() && visit.ctx.allow(Right::AdministerRealm, &home).is_ok();
        Ok(page(StatusCode::OK, &OwnPage { f, own, home, has_passkeys: visit.operations.passkey_site().is_some(), is_admin }))
    })
}

fn show_app(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { app_page(&visit, &params, None).await })
}

/// Each showing is another secret: one that a wrong code was sent for is left behind.
async fn app_page(visit: &Visit, params: &Named, fault: Option<String>) -> Result<Response, Refusal> {
    let f = match fresh_frame(visit, params).await? {
        Ok(f) => f,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let app = visit.operations.new_app(&visit.ctx, &visit.who)?;
    let code = QrCode::new(app.address.as_bytes()).map_err(|_| Refusal::Internal)?;
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(PICTURE, PICTURE).build();
    let picture = drawn.split_once("?>").map_or(drawn.as_str(), |(_, picture)| picture).to_owned();
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(page(status, &AppPage { f: f.with_fault(fault), app, picture }))
}

fn add_app(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let f = own_frame(&visit, &params).await?;
        let (ticket, code) = (visit.form.exact("ticket"), visit.form.exact("code"));
        match visit.operations.add_app(&visit.ctx, &visit.who, &visit.cookie, ticket, code).await {
            Ok(added) => Ok(shown_added(&visit, f, added)),
            Err(refusal) => match fault(&visit, &refusal) {
                Some(fault) => app_page(&visit, &params, Some(fault)).await,
                None => Err(refusal),
            },
        }
    })
}

/// The recovery codes that came with a first factor, or the settings; under the new cookie.
fn shown_added(visit: &Visit, f: Frame, added: Added) -> Response {
    let response = match added.codes.is_empty() {
        true => see_other(&format!("{}?done=factor-added", settings(visit))),
        false => {
            let form_token = visit.operations.console_form_token(&added.cookie);
            page(StatusCode::OK, &CodesPage { f: Frame { form_token, ..f }, codes: added.codes })
        }
    };
    with_cookie(response, &added.cookie)
}

fn show_passkey(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { passkey_page(&visit, &params, None).await })
}

async fn passkey_page(visit: &Visit, params: &Named, fault: Option<String>) -> Result<Response, Refusal> {
    let f = match fresh_frame(visit, params).await? {
        Ok(f) => f,
        Err(elsewhere) => return Ok(elsewhere),
    };
    visit.operations.passkey_site().ok_or(Refusal::Absent("page"))?;
    let ask = visit.operations.ask_for_passkey(&visit.ctx, Some(&visit.who))?;
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let (account, kinds) = (visit.who.principal.id.to_string(), PublicKey::KINDS.map(|kind| kind.to_string()).join(" "));
    Ok(page(status, &PasskeyPage { f: f.with_fault(fault), ask, account, kinds }))
}

fn add_passkey(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let f = own_frame(&visit, &params).await?;
        let sent = |name| visit.form.exact(name);
        let made = MadePasskey {
            name: sent("name"),
            ticket: sent("ticket"),
            client_data: sent("client_data"),
            device_data: sent("device_data"),
            key: sent("key"),
        };
        match visit.operations.add_passkey(&visit.ctx, &visit.who, &visit.cookie, made).await {
            Ok(added) => Ok(shown_added(&visit, f, added)),
            Err(refusal) => match fault(&visit, &refusal) {
                Some(fault) => passkey_page(&visit, &params, Some(fault)).await,
                None => Err(refusal),
            },
        }
    })
}

fn confirm(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let id: FactorId = named(&params, 1)?;
        let own = visit.operations.own_sign_in(&visit.ctx, &visit.who, &visit.cookie).await?;
        let factor = own.factors.iter().find(|factor| factor.id == id).ok_or(Refusal::Absent("factor"))?;
        let words = match (own.factors.len(), factor.kind) {
            (1, _) => "own-remove-last",
            (_, FactorKind::Totp) => "own-remove-app",
            (_, FactorKind::Passkey) => "own-remove-passkey",
        };
        let name = factor.name.clone();
        Ok(match fresh_frame(&visit, &params).await? {
            Ok(f) => {
                let words = f.tv(words, "name", name);
                page(StatusCode::OK, &ConfirmPage::here(f, "remove", words))
            }
            Err(elsewhere) => elsewhere,
        })
    })
}

fn remove(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        if let Err(elsewhere) = fresh_frame(&visit, &params).await? {
            return Ok(elsewhere);
        }
        let cookie = visit.operations.remove_factor(&visit.ctx, &visit.who, &visit.cookie, named(&params, 1)?).await?;
        Ok(with_cookie(see_other(&format!("{}?done=factor-removed", settings(&visit))), &cookie))
    })
}

fn confirm_codes(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        Ok(match fresh_frame(&visit, &params).await? {
            Ok(f) => {
                let words = f.t("own-codes-words");
                page(StatusCode::OK, &ConfirmPage::here(f, "own-codes-make", words))
            }
            Err(elsewhere) => elsewhere,
        })
    })
}

fn make_codes(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let f = match fresh_frame(&visit, &params).await? {
            Ok(f) => f,
            Err(elsewhere) => return Ok(elsewhere),
        };
        let codes = visit.operations.new_recovery_codes(&visit.ctx, &visit.who).await?;
        Ok(page(StatusCode::OK, &CodesPage { f, codes }))
    })
}

fn show_password(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { password_page(&visit, &params, None).await })
}

async fn password_page(visit: &Visit, params: &Named, fault: Option<String>) -> Result<Response, Refusal> {
    let f = match fresh_frame(visit, params).await? {
        Ok(f) => f,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let has_password = visit.operations.own_sign_in(&visit.ctx, &visit.who, &visit.cookie).await?.has_password;
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let user = visit.who.principal.id.to_string();
    Ok(page(status, &PasswordPage { f: f.with_fault(fault), has_password, user }))
}

fn change_password(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        own_frame(&visit, &params).await?;
        let (current, wanted) = (SecretString::from(visit.form.exact("current")), visit.form.exact("password"));
        if wanted != visit.form.exact("again") {
            return password_page(&visit, &params, Some(visit.speech.say("own-password-differs"))).await;
        }
        let pair = (&current, SecretString::from(wanted));
        match visit.operations.change_own_password(&visit.ctx, &visit.who, &visit.cookie, pair).await {
            Ok(cookie) => Ok(with_cookie(see_other(&format!("{}?done=password-changed", settings(&visit))), &cookie)),
            Err(refusal) => match fault(&visit, &refusal) {
                Some(fault) => password_page(&visit, &params, Some(fault)).await,
                None => Err(refusal),
            },
        }
    })
}
