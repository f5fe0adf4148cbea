//! Support access: whom the realm lets in. Inviting, and the window in three steps: what it opens and for how long, what
//! exactly that is, and only then the act. Another end than said before is an act of its own.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use vestibule_core::{
    account::AccountKind,
    id::{InvitationId, RealmId},
    policy::{Pattern, RawStatement, Statement},
    refusal::{Fault, Malformed, Refusal},
    support::{Invitation, Invitee, Window},
    time::Timestamp,
};
use vestibule_operations::{Everything, Right, UnitOfWork};

use super::{
    Named, Page, REALMS,
    confirm::ConfirmPage,
    faults,
    frame::{Frame, page},
    named,
    now::invitee,
    preview::{Line, everything, lines, opened},
    texts::Speech,
    visit::{Visit, see_other},
};
use crate::call::Answer;

/// The pages of this file.
pub const PAGES: &[Page] = &[
    Page { path: "/console/realms/{realm}/support", attempted: "support-access.read", show: Some(show), act: None },
    Page { path: "/console/realms/{realm}/support/invite", attempted: "support-access.invite", show: None, act: Some(invite) },
    Page {
        path: "/console/realms/{realm}/support/uninvite/{id}",
        attempted: "support-access.uninvite",
        show: Some(confirm),
        act: Some(uninvite),
    },
    Page { path: "/console/realms/{realm}/support/window", attempted: "window.put", show: Some(choose), act: Some(open) },
    Page { path: "/console/realms/{realm}/support/end", attempted: "window.put", show: None, act: Some(change_end) },
    Page { path: "/console/realms/{realm}/support/close", attempted: "window.close", show: Some(confirm_close), act: Some(close) },
];

/// How long a window or an invitation can be made to stand, in hours.
const HOURS: [i64; 6] = [1, 4, 8, 24, 72, 168];
/// What a window can open without anybody writing statements.
const SCOPES: [(&str, &[&str]); 3] =
    [("read", &["config:retrieve"]), ("configure", &["config:retrieve", "config:update"]), ("all", &["all"])];

/// Ends that a window can be given, by what they come to.
struct Ends {
    /// What giving it one of them is called.
    text: &'static str,
    hours: Vec<i64>,
}

/// The ends that change something about a window, those that let it stand for longer first, and of each kind the one that
/// changes least. None ends a visit at once that rests on it, however soon: closing does, which asks first.
fn ends(window: &Window, now: Timestamp) -> Vec<Ends> {
    let end = |hours: &i64| now.plus_seconds(hours * 3_600);
    let later = HOURS.into_iter().filter(|hours| window.ends_at < end(hours)).collect();
    let sooner = HOURS.into_iter().rev().filter(|hours| end(hours) < window.ends_at).collect();
    let both = [Ends { text: "end-later", hours: later }, Ends { text: "end-sooner", hours: sooner }];
    both.into_iter().filter(|ends| !ends.hours.is_empty()).collect()
}

struct Gathered {
    invitations: Vec<Invitation>,
    window: Option<Window>,
    realm: vestibule_core::realm::Realm,
}

#[derive(Template)]
#[template(path = "console/support.html")]
struct SupportPage {
    f: Frame,
    invitations: Vec<Invitation>,
    window: Option<Window>,
    is_live: bool,
    said: Vec<Line>,
    email: String,
    hours: [i64; 6],
    ends: Vec<Ends>,
    staff_domain: String,
    enabled: bool,
}

#[derive(Template)]
#[template(path = "console/window.html")]
struct WindowPage {
    f: Frame,
    hours: [i64; 6],
    chosen: i64,
    scope: String,
    own: String,
    /// What it will open, destructive first; absent before the choice is made.
    preview: Option<Vec<Line>>,
    /// What `*` stands for now, if that is said of anything.
    things: Vec<String>,
    until: Timestamp,
    version: i64,
}

async fn gather(work: &mut UnitOfWork<'_>) -> Result<Gathered, Refusal> {
    let window = match work.window().await {
        Ok(window) => Some(window),
        Err(Refusal::Absent(_)) => None,
        Err(refusal) => return Err(refusal),
    };
    Ok(Gathered { invitations: work.support_access().await?.invitations, window, realm: work.realm().clone() })
}

async fn gathered(visit: &Visit, realm: &RealmId) -> Result<Gathered, Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    visit.operations.read(&visit.ctx, realm, |mut work| Box::pin(async move { gather(&mut work).await })).await
}

fn show(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { shown(&visit, &named(&params, 0)?, None).await })
}

async fn shown(visit: &Visit, realm: &RealmId, fault: Option<String>) -> Result<Response, Refusal> {
    let Gathered { invitations, window, realm } = gathered(visit, realm).await?;
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let is_live = window.as_ref().is_some_and(|window| window.is_live(visit.ctx.now));
    let said = window.as_ref().map(|window| lines(&window.statements)).unwrap_or_default();
    let ends = window.as_ref().map(|window| ends(window, visit.ctx.now)).unwrap_or_default();
    let (staff_domain, enabled) = (realm.support.staff_domain.clone(), realm.support.enabled);
    let email = visit.form.find("email").unwrap_or_default().to_owned();
    let f = Frame::of(visit, Some(realm), "/support").with_fault(fault);
    Ok(page(status, &SupportPage { f, invitations, window, is_live, said, email, hours: HOURS, ends, staff_domain, enabled }))
}

/// What people can put right themselves is said on the page that they sent; the rest is refused.
async fn or_said(visit: &Visit, realm: &RealmId, refusal: Refusal) -> Result<Response, Refusal> {
    match faults::said(visit.speech, &refusal) {
        Some(fault) => shown(visit, realm, Some(fault)).await,
        None => Err(refusal),
    }
}

/// So many hours from now, as chosen; none stands for no end.
fn chosen_end(visit: &Visit) -> Result<Option<Timestamp>, Malformed> {
    match visit.form.find("hours") {
        None => Ok(None),
        Some(hours) => {
            let hours = hours.parse().ok().filter(|hours| HOURS.contains(hours));
            let hours = hours.ok_or(Malformed::new("hours", Fault::Format("one of the lengths offered")))?;
            Ok(Some(visit.ctx.now.plus_seconds(hours * 3_600)))
        }
    }
}

fn invite(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        let domain = gathered(&visit, &realm).await?.realm.support.staff_domain;
        let invited = async {
            let invitee = match visit.form.find("anyone") {
                Some(_) => Invitee::Anyone,
                None => Invitee::parse(visit.form.require("email")?, &domain)?,
            };
            let until = chosen_end(&visit)?;
            visit.operations.write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.invite(invitee, until).await })).await
        };
        match invited.await {
            Ok(_) => Ok(see_other(&format!("{REALMS}/{realm}/support?done=invited"))),
            Err(refusal) => or_said(&visit, &realm, refusal).await,
        }
    })
}

fn confirm(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, InvitationId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let (invitation, home) = visit
            .operations
            .read(&visit.ctx, &realm, move |mut work| Box::pin(async move { Ok((work.invitation(id).await?, work.realm().clone())) }))
            .await?;
        let f = Frame::of(&visit, Some(home), "/support");
        let title = invitee(&f, &invitation.invitee);
        let (words, act, back) = (f.tv("uninvite-words", "who", &title), f.t("take-back"), f.at("/support"));
        Ok(page(StatusCode::OK, &ConfirmPage { f, title, words, act, back }))
    })
}

fn uninvite(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, InvitationId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let gone = visit.operations.write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.uninvite_id(id).await })).await;
        match gone {
            Ok(()) | Err(Refusal::Absent("invitation")) => Ok(see_other(&format!("{REALMS}/{realm}/support?done=uninvited"))),
            Err(refusal) => Err(refusal),
        }
    })
}

/// What a window opens, by the name of a usual one or in the tenant's own words.
fn chosen_statements(scope: &str, own: &str) -> Result<Vec<Statement>, Malformed> {
    let usual = SCOPES.iter().find(|(name, _)| *name == scope);
    let raw = match usual {
        Some((_, actions)) => {
            let actions = actions.iter().map(|action| (*action).to_owned()).collect();
            vec![RawStatement { effect: "allow".to_owned(), actions, resources: vec!["*".to_owned()], condition: None }]
        }
        None => serde_json::from_str(own).map_err(|error| Malformed::new("statements", Fault::NotJson(error.to_string())))?,
    };
    Statement::parse_list("statements", raw)
}

/// Steps one and two: the choice, and what it comes to.
fn choose(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { chosen(&visit, &named(&params, 0)?, None).await })
}

async fn chosen(visit: &Visit, realm: &RealmId, fault: Option<String>) -> Result<Response, Refusal> {
    let Gathered { window, realm, .. } = gathered(visit, realm).await?;
    let (query, form) = (visit.query(), &visit.form);
    let said = |name| form.find(name).or_else(|| query.find(name)).map(str::to_owned);
    let hours = said("hours").and_then(|hours| hours.parse().ok()).filter(|hours| HOURS.contains(hours));
    let (scope, own) = (said("scope"), said("statements").unwrap_or_default());
    let read = scope.as_deref().map(|scope| chosen_statements(scope, &own));
    let (mut preview, mut things, mut fault) = (None, Vec::new(), fault);
    match read {
        Some(Ok(statements)) => {
            let everything = everything(visit, &realm.id).await?;
            let is_of_all = statements.iter().any(|statement| statement.resources().contains(&Pattern::everything()));
            things = if is_of_all { things_of(visit.speech, &everything) } else { Vec::new() };
            preview = Some(opened(&statements, &everything.actions));
        }
        Some(Err(malformed)) => fault = Some(faults::of(visit.speech, &malformed)),
        None => {}
    }
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let chosen = hours.unwrap_or(HOURS[1]);
    let page_of = WindowPage {
        f: Frame::of(visit, Some(realm), "/support").with_fault(fault),
        hours: HOURS,
        chosen,
        scope: scope.unwrap_or_else(|| "read".to_owned()),
        own,
        preview,
        things,
        until: visit.ctx.now.plus_seconds(chosen * 3_600),
        version: window.map_or(0, |window| window.version),
    };
    Ok(page(status, &page_of))
}

/// What a tenant has, in words; its own things go by their types.
fn things_of(speech: Speech, everything: &Everything) -> Vec<String> {
    let of = |kind| everything.accounts.get(&kind).copied().unwrap_or_default();
    let ours =
        [("thing-user", of(AccountKind::User)), ("thing-service", of(AccountKind::Service)), ("thing-customer", everything.customers)];
    let there = ours.into_iter().filter(|(_, count)| *count > 0);
    let ours = there.map(|(text, count)| speech.count(text, i64::try_from(count).unwrap_or(i64::MAX)));
    ours.chain(everything.objects.iter().map(|(kind, count)| format!("{kind} × {count}"))).collect()
}

/// Step three. A window that somebody else has changed meanwhile is shown again first.
fn open(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let put = async {
            let until = chosen_end(&visit)?.ok_or(Malformed::new("hours", Fault::Missing))?;
            let statements = chosen_statements(visit.form.find("scope").unwrap_or_default(), visit.form.exact("statements"))?;
            let seen = visit.form.find("version").and_then(|version| version.parse().ok()).filter(|version| *version > 0);
            visit
                .operations
                .write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.put_window(until, statements, seen).await }))
                .await
        };
        match put.await {
            Ok(_) => Ok(see_other(&format!("{REALMS}/{realm}/support?done=opened"))),
            Err(Refusal::Malformed(malformed)) => chosen(&visit, &realm, Some(faults::of(visit.speech, &malformed))).await,
            Err(refusal) => or_said(&visit, &realm, refusal).await,
        }
    })
}

/// The same statements, until later or sooner.
fn change_end(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let put = async {
            let until = chosen_end(&visit)?.ok_or(Malformed::new("hours", Fault::Missing))?;
            let seen = visit.form.find("version").and_then(|version| version.parse().ok());
            visit
                .operations
                .write(&visit.ctx, &realm, move |mut work| {
                    Box::pin(async move {
                        let window = work.window().await?;
                        work.put_window(until, window.statements, seen).await
                    })
                })
                .await
        };
        match put.await {
            Ok(_) => Ok(see_other(&format!("{REALMS}/{realm}/support?done=extended"))),
            Err(refusal) => or_said(&visit, &realm, refusal).await,
        }
    })
}

fn confirm_close(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        let home = gathered(&visit, &realm).await?.realm;
        let f = Frame::of(&visit, Some(home), "/support");
        let (title, words, act, back) = (f.t("lane-window"), f.t("close-words"), f.t("take-back"), f.at("/support"));
        Ok(page(StatusCode::OK, &ConfirmPage { f, title, words, act, back }))
    })
}

fn close(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        visit
            .operations
            .write(&visit.ctx, &realm, move |mut work| {
                Box::pin(async move {
                    let window = work.window().await?;
                    work.put_window(work.now(), window.statements, None).await
                })
            })
            .await?;
        Ok(see_other(&format!("{REALMS}/{realm}/support?done=closed")))
    })
}

impl WindowPage {
    /// The name of what can be opened.
    fn scope_name(&self, scope: &str) -> String {
        self.f.t(&format!("scope-{scope}"))
    }
}

impl SupportPage {
    fn who(&self, invitation: &Invitation) -> String {
        invitee(&self.f, &invitation.invitee)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_window_or_the_tenants_own_words() {
        for (scope, _) in SCOPES {
            assert_eq!(chosen_statements(scope, "").unwrap().len(), 1, "{scope}");
        }
        assert!(chosen_statements("own", "[{}]").is_err() && chosen_statements("own", "").is_err());
        assert_eq!(chosen_statements("own", "[]").unwrap().len(), 0);
    }

    #[test]
    fn a_window_is_offered_ends_that_change_something() {
        let now = Timestamp::EPOCH;
        let offered = |seconds: i64| {
            let window = Window { ends_at: now.plus_seconds(seconds), statements: Vec::new(), version: 1 };
            ends(&window, now).into_iter().map(|ends| (ends.text, ends.hours)).collect::<Vec<_>>()
        };
        let (hour, week) = (3_600, 168 * 3_600);
        let (later, sooner) = ("end-later", "end-sooner");
        assert_eq!(offered(hour - 1), [(later, HOURS.to_vec())]);
        assert_eq!(offered(hour), [(later, HOURS[1..].to_vec())], "the end that it has is none");
        assert_eq!(offered(hour + 1), [(later, HOURS[1..].to_vec()), (sooner, vec![1])]);
        assert_eq!(offered(week - 1), [(later, vec![168]), (sooner, vec![72, 24, 8, 4, 1])]);
        assert_eq!(offered(week), [(sooner, vec![72, 24, 8, 4, 1])]);
        assert_eq!(offered(week + 1), [(sooner, vec![168, 72, 24, 8, 4, 1])]);
    }
}
