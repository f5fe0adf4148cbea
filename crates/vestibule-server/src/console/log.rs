//! The log: read backwards from now, filtered, followed live, and one event whole.

use askama::Template;
use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response, Sse, sse},
};
use futures_util::{Stream, stream};
use serde_json::Value;
use vestibule_core::{
    audit::{Action, Disclosure},
    id::RealmId,
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};
use vestibule_operations::{Event, EventFilter, Operations, Presence, Right};

use super::{
    Named, Page,
    frame::{Frame, page},
    named,
    visit::{Form, Visit},
};
use crate::{call::Answer, download, exchange::Exchange};

/// The pages of this file.
pub const PAGES: &[Page] = &[
    Page { path: "/console/realms/{realm}/log", attempted: "audit.list", show: Some(show), act: None },
    Page { path: "/console/realms/{realm}/log/{index}", attempted: "audit.read", show: Some(one), act: None },
    Page { path: "/console/realms/{realm}/log/export", attempted: "audit.export", show: None, act: Some(export) },
];
/// Where events are followed.
pub const TAIL: &str = "/console/realms/{realm}/log/tail";

/// Events of a page.
const EVENTS: usize = 50;
/// How often the log is looked at for whoever follows it.
const FOLLOWED_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// An event as a row.
struct Row {
    index: u64,
    at: Option<Timestamp>,
    action: String,
    outcome: String,
    actor: String,
    target: String,
    session: Option<String>,
    ticket: Option<String>,
}

#[derive(Template)]
#[template(path = "console/log.html")]
struct LogPage {
    f: Frame,
    rows: Vec<Row>,
    older: Option<String>,
    size: u64,
    filter: EventFilter,
    actions: Vec<&'static str>,
    outcomes: [&'static str; 3],
    is_filtered: bool,
}

#[derive(Template)]
#[template(path = "console/event.html")]
struct EventPage {
    f: Frame,
    row: Row,
    text: Option<String>,
    hash: Option<String>,
    sealed: Vec<(String, String)>,
}

/// What is asked for of the log.
fn filter(query: &Form) -> Result<EventFilter, Malformed> {
    let text = |name| query.find(name).map(str::to_owned);
    let instant = |name: &'static str| query.find(name).map(|raw| read_instant(name, raw)).transpose();
    Ok(EventFilter {
        action: text("action"),
        outcome: text("outcome"),
        actor: text("actor"),
        session: text("session"),
        target: text("target"),
        from: instant("from")?,
        to: instant("to")?,
    })
}

/// An instant of RFC 3339, or a day, which begins at midnight UTC.
fn read_instant(name: &'static str, raw: &str) -> Result<Timestamp, Malformed> {
    let whole = format!("{raw}T00:00:00Z");
    raw.parse().or_else(|_| whole.parse()).map_err(|_| Malformed::new(name, Fault::Format("a day, or an instant of RFC 3339")))
}

/// What a sealed member says, for people.
fn words(sealed: &Disclosure) -> String {
    match sealed.value() {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

impl Row {
    fn of(event: &Event) -> Self {
        let text: Value = event.text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let at = |pointer: &str| text.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let opened = |name: &str| event.disclosures.iter().find(|one| one.name == name).map(words);
        let target = [at("/target/kind"), opened("target.name").or_else(|| at("/target/id"))];
        Self {
            index: event.index,
            at: at("/time").and_then(|time| time.parse().ok()),
            action: at("/action").unwrap_or_default(),
            outcome: at("/outcome").unwrap_or_default(),
            actor: opened("actor.name").or_else(|| at("/actor/id")).or_else(|| at("/actor/kind")).unwrap_or_default(),
            target: target.into_iter().flatten().collect::<Vec<_>>().join(" "),
            session: at("/session/id"),
            ticket: at("/reason/ticket").or_else(|| at("/data/ticket")),
        }
    }
}

fn show(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::RetrieveAudit, &realm)?;
        let query = visit.query();
        let wanted = filter(&query)?;
        let before =
            query.find("before").map(|raw| raw.parse().map_err(|_| Malformed::new("before", Fault::NotA("a number")))).transpose()?;
        let asked = wanted.clone();
        let (found, home) = visit
            .operations
            .read(&visit.ctx, &realm, move |mut work| {
                Box::pin(async move { Ok((work.events_before(asked, before, EVENTS).await?, work.realm().clone())) })
            })
            .await?;
        let shown = LogPage {
            f: Frame::of(&visit, Some(home), "/log"),
            rows: found.events.iter().map(Row::of).collect(),
            older: found.next.map(|before| older(&query, &before)),
            size: found.size,
            is_filtered: wanted != EventFilter::default(),
            filter: wanted,
            actions: Action::TABLE.iter().map(|(_, word)| *word).collect(),
            outcomes: ["success", "denied", "failed"],
        };
        Ok(page(StatusCode::OK, &shown))
    })
}

/// The same question about what came before.
fn older(query: &Form, before: &str) -> String {
    let kept = ["action", "outcome", "actor", "session", "target", "from", "to"];
    let pairs = kept.iter().filter_map(|name| Some((*name, query.find(name)?))).chain([("before", before)]);
    let encode = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    pairs.map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

fn one(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, index): (RealmId, u64) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::RetrieveAudit, &realm)?;
        let (event, home) = visit
            .operations
            .read(&visit.ctx, &realm, move |mut work| Box::pin(async move { Ok((work.event(index).await?, work.realm().clone())) }))
            .await?;
        let pretty = |text: &String| {
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            serde_json::to_string_pretty(&value).unwrap_or_else(|_| text.clone())
        };
        let shown = EventPage {
            f: Frame::of(&visit, Some(home), "/log"),
            row: Row::of(&event),
            text: event.text.as_ref().map(pretty),
            hash: event.leaf_hash.map(|hash| hash.to_string()),
            sealed: event.disclosures.iter().map(|one| (one.name.clone(), words(one))).collect(),
        };
        Ok(page(StatusCode::OK, &shown))
    })
}

/// The bundle that anyone can check who holds it.
fn export(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::RetrieveAudit, &realm)?;
        let exported = visit.operations.export(&visit.ctx, &realm, true).await?;
        Ok(download::bundle(exported, &format!("{realm}-log.tar")))
    })
}

/// Tells whoever follows the log of each new event, as it comes. Each look at it asks again whether they may: who is signed
/// out follows no longer.
pub async fn tail(
    State(operations): State<Operations>,
    exchange: Exchange,
    Path(realm): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let visit = Visit::open(operations, exchange, request).await?;
    let refused = |refusal: Refusal| super::refused(visit.speech, &refusal);
    let realm: RealmId = realm.parse().map_err(|_| refused(Refusal::Absent("page")))?;
    visit.ctx.allow(Right::RetrieveAudit, &realm).map_err(refused)?;
    let size = visit
        .operations
        .read(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move { Ok(work.events_before(EventFilter::default(), None, 1).await?.size) })
        })
        .await
        .map_err(refused)?;
    Ok(Sse::new(follow(visit, realm, size)).keep_alive(sse::KeepAlive::default()).into_response())
}

fn follow(visit: Visit, realm: RealmId, size: u64) -> impl Stream<Item = Result<sse::Event, std::convert::Infallible>> {
    stream::unfold((visit, realm, size), |(mut visit, realm, size)| async move {
        loop {
            tokio::select! {
                () = tokio::time::sleep(FOLLOWED_EVERY) => {}
                () = visit.operations.closing() => return None,
            }
            visit.ctx.now = visit.operations.now();
            let who = visit.operations.console_caller(&visit.ctx, &visit.cookie, Presence::Watching).await.ok()?;
            visit.ctx.caller = who.own();
            visit.ctx.allow(Right::RetrieveAudit, &realm).ok()?;
            let from = size.to_string();
            let found = visit
                .operations
                .read(&visit.ctx, &realm, move |mut work| {
                    Box::pin(async move {
                        work.events(EventFilter::default(), vestibule_operations::PageRequest { after: Some(from), limit: EVENTS }).await
                    })
                })
                .await
                .ok()?;
            let Some(last) = found.events.last().map(|event| event.index + 1) else { continue };
            let rows: Vec<Value> = found.events.iter().map(Row::of).map(|row| row.told()).collect();
            let told = sse::Event::default().id(last.to_string()).data(Value::from(rows).to_string());
            return Some((Ok(told), (visit, realm, last)));
        }
    })
}

impl LogPage {
    /// The day of an instant, as a field for days takes it.
    fn day(&self, at: &Option<Timestamp>) -> String {
        at.map(|at| at.to_string().chars().take(10).collect()).unwrap_or_default()
    }
}

impl Row {
    fn told(&self) -> Value {
        serde_json::json!({
            "index": self.index, "at": self.at, "action": self.action, "outcome": self.outcome, "actor": self.actor, "target": self.target,
        })
    }
}
