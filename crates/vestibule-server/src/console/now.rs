//! Now: who is in, who may come in, and the picture of the last weeks.

use askama::Template;
use axum::http::StatusCode;
use vestibule_core::{
    id::{RealmId, SessionId},
    refusal::Refusal,
    support::{Invitation, Invitee, SessionEnd, SupportSession, Window},
    time::Timestamp,
};
use vestibule_operations::{Access, PageRequest, Right, SessionFilter, Stood, UnitOfWork};

use super::{
    Named, Page, REALMS,
    confirm::ConfirmPage,
    frame::{Frame, page},
    named,
    timeline::{self, Lane, Span, Timeline},
    visit::{Visit, see_other},
};
use crate::call::Answer;

/// The pages of this file.
pub const PAGES: &[Page] = &[
    Page { path: "/console/realms/{realm}", attempted: "console.now", show: Some(show), act: None },
    Page { path: "/console/realms/{realm}/sessions/{id}/end", attempted: "support-sessions.end", show: Some(confirm), act: Some(end) },
    Page {
        path: "/console/realms/{realm}/sessions/end-all",
        attempted: "support-sessions.end_all",
        show: Some(confirm_all),
        act: Some(end_all),
    },
];

/// Sessions that are live, and sessions that are over, of the picture; and those of the list of past ones.
const SESSIONS_MAX: usize = 200;
const PAST_MAX: usize = 8;
/// Lengths of the picture, in days; the first is the usual one.
const DAYS: [i64; 4] = [30, 7, 1, 365];
const DAY_S: i64 = 86_400;

/// What a realm's page shows.
struct Present {
    live: Vec<SupportSession>,
    past: Vec<SupportSession>,
    invitations: Vec<Invitation>,
    window: Option<Window>,
    stood: Vec<Stood>,
}

#[derive(Template)]
#[template(path = "console/now.html")]
struct NowPage {
    f: Frame,
    live: Vec<SupportSession>,
    past: Vec<SupportSession>,
    invitations: Vec<Invitation>,
    window: Option<Window>,
    picture: Timeline,
    days: i64,
    live_count: i64,
    lengths: [i64; 4],
    /// Whether the reader may follow the log, by which the page keeps itself fresh.
    is_following: bool,
}

fn count(sessions: &[SupportSession]) -> i64 {
    i64::try_from(sessions.len()).unwrap_or(i64::MAX)
}

/// The unit's steps behind the page.
async fn gather(work: &mut UnitOfWork<'_>, days: i64) -> Result<Present, Refusal> {
    let now = work.now();
    let some = |live| (SessionFilter { live: Some(live), ..SessionFilter::default() }, PageRequest { after: None, limit: SESSIONS_MAX });
    let ((of_now, first), (before, newest)) = (some(true), some(false));
    let live = work.sessions(of_now, first).await?.items;
    let past = work.sessions(before, newest).await?.items;
    let window = match work.window().await {
        Ok(window) => Some(window),
        Err(Refusal::Absent(_)) => None,
        Err(refusal) => return Err(refusal),
    };
    let stood = work.access_history(now.plus_seconds(-days * DAY_S)).await?;
    Ok(Present { live, past, invitations: work.support_access().await?.invitations, window, stood })
}

fn show(visit: Visit, named: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = super::named(&named, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let asked = visit.query().find("days").and_then(|days| days.parse().ok());
        let days = asked.filter(|days| DAYS.contains(days)).unwrap_or(DAYS[0]);
        let (present, home) = visit
            .operations
            .read(&visit.ctx, &realm, move |mut work| Box::pin(async move { Ok((gather(&mut work, days).await?, work.realm().clone())) }))
            .await?;
        let f = Frame::of(&visit, Some(home), "");
        let picture = draw(&f, &present, days);
        let Present { live, mut past, invitations, window, .. } = present;
        past.truncate(PAST_MAX);
        let live_count = count(&live);
        let is_following = visit.ctx.allow(Right::RetrieveAudit, &realm).is_ok();
        let shown = NowPage { f, live, past, invitations, window, picture, days, live_count, lengths: DAYS, is_following };
        Ok(page(StatusCode::OK, &shown))
    })
}

/// What stood in the last days, and what will go on standing.
fn draw(f: &Frame, present: &Present, days: i64) -> Timeline {
    let frame = timeline::Frame { from: f.now.plus_seconds(-days * DAY_S), until: f.now.plus_seconds(days * DAY_S / 6) };
    let stood = present.stood.iter().map(|stood| {
        let (lane, row, title, place) = match &stood.access {
            Access::Invitation(who) => {
                let who = who.clone().unwrap_or_else(|| f.t("anyone"));
                (Lane::Invitation, who.clone(), f.tv("title-invitation", "who", who), "/support")
            }
            Access::Window => {
                let until = stood.until.map(|until| until.to_string()).unwrap_or_default();
                (Lane::Window, f.t("lane-window"), f.tv("title-window", "until", until), "/support")
            }
            Access::Grant { granter, holder } => {
                let title = format!("{holder} → {granter}");
                (Lane::Grant, title.clone(), f.tv("title-grant", "who", title), "")
            }
        };
        Span { lane, row, title, from: stood.from, until: stood.until, href: Some(f.at(place)) }
    });
    let sessions = present.live.iter().chain(&present.past).map(|session| Span {
        lane: Lane::Session,
        row: session.agent_email.clone(),
        title: f.tv("title-session", "who", &session.agent_email),
        from: session.started_at,
        until: Some(session.ended.map_or(session.ends_at, |(at, _)| at)),
        href: Some(f.at(&format!("/log?session={}", session.id))),
    });
    Timeline::of(stood.chain(sessions).collect(), frame, f.now)
}

/// Who is invited, for people.
pub fn invitee(f: &Frame, who: &Invitee) -> String {
    match who {
        Invitee::Anyone => f.t("anyone"),
        Invitee::Person(address) => address.clone(),
    }
}

fn confirm(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, SessionId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let (session, home) = visit
            .operations
            .read(&visit.ctx, &realm, move |mut work| Box::pin(async move { Ok((work.session(id).await?, work.realm().clone())) }))
            .await?;
        let f = Frame::of(&visit, Some(home), "");
        let (title, act, back) = (f.t("end-title"), f.t("end"), f.at(""));
        let words = f.tv("end-words", "who", session.agent_email);
        Ok(page(StatusCode::OK, &ConfirmPage { f, title, words, act, back }))
    })
}

fn end(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, SessionId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let ended = visit
            .operations
            .write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.end_session(id, SessionEnd::EndedByTenant).await }))
            .await;
        match ended {
            // Somebody else was faster, or the clock: it is over, as was wished.
            Ok(_) | Err(Refusal::Conflict { .. }) => Ok(see_other(&format!("{REALMS}/{realm}?done=ended"))),
            Err(refusal) => Err(refusal),
        }
    })
}

fn confirm_all(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let (count, home) = visit
            .operations
            .read(&visit.ctx, &realm, move |mut work| {
                Box::pin(async move { Ok((count(&gather(&mut work, 1).await?.live), work.realm().clone())) })
            })
            .await?;
        let f = Frame::of(&visit, Some(home), "");
        let (title, act, back) = (f.t("end-title"), f.t("end-all"), f.at(""));
        let words = f.tn("end-all-words", &count);
        Ok(page(StatusCode::OK, &ConfirmPage { f, title, words, act, back }))
    })
}

fn end_all(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        visit.operations.write(&visit.ctx, &realm, |mut work| Box::pin(async move { work.end_all_sessions().await })).await?;
        Ok(see_other(&format!("{REALMS}/{realm}?done=ended-all")))
    })
}

impl NowPage {
    /// When a session was over.
    fn over_at<'s>(&self, session: &'s SupportSession) -> &'s Timestamp {
        session.ended.as_ref().map_or(&session.ends_at, |(at, _)| at)
    }

    /// Why it was over.
    fn why(&self, session: &SupportSession) -> String {
        self.f.t(session.ended.map_or("end-lapsed", |(_, why)| match why {
            SessionEnd::EndedByTenant => "end-tenant",
            SessionEnd::Left => "end-left",
            SessionEnd::InvitationRevoked => "end-invitation",
            SessionEnd::WindowClosed => "end-window",
            SessionEnd::SupportDisabled => "end-support",
        }))
    }

    /// Where the page's script hears of what happens; nowhere for whoever may not read the log.
    fn follows(&self) -> String {
        if self.is_following { self.f.at("/log/tail") } else { String::new() }
    }

    /// The window, while it is open.
    fn open_window(&self) -> Option<&Window> {
        self.window.as_ref().filter(|window| window.is_live(self.f.now))
    }

    fn who(&self, invitation: &Invitation) -> String {
        invitee(&self.f, &invitation.invitee)
    }
}
