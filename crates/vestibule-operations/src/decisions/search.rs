//! Who may, what may be acted on, and what may be done: searches over the realm
//! (`spec/authzen-decisions.md`, section A4).
//!
//! A search goes through candidates in the order of their ids and asks of each what an evaluation would
//! ask; so a result is true when asked again, by whatever groups it comes. One page looks at a bounded
//! number of candidates and may therefore be short, or empty, and yet lead on.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use vestibule_core::{
    account::AccountKind,
    object::Object,
    policy::{ActionName, Item, Resource},
    principal::Principal,
    refusal::Refusal,
};

use super::{
    Act, Around, Asking, Entity, Heard, PageWish, Question, Subject, at,
    occasion::Occasion,
    page::{self, Place},
    resource_of,
    subject::{account_kind, may_ask_about_others},
};
use crate::{context::Ctx, operations::Operations};

/// Most candidates that one page looks at.
const EXAMINED_MAX: usize = 1_000;
/// Most candidates that are read at once.
const CHUNK_MAX: usize = 250;
/// Fewest: the first may not be the one.
const CHUNK_MIN: usize = 16;

/// A search.
#[derive(Debug, Clone)]
pub struct Search<'q> {
    /// What is looked for, and by what.
    pub wanted: Wanted<'q>,
    /// What the asker says of the occasion.
    pub context: BTreeMap<String, Value>,
    /// Which page.
    pub page: PageWish<'q>,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub enum Wanted<'q> {
    /// Subjects of a type that may do this to that.
    Subjects {
        /// Their type.
        kind: Cow<'q, str>,
        /// What they would do.
        action: Act<'q>,
        /// To what.
        resource: Entity<'q>,
    },
    /// Resources of a type to which somebody may do this.
    Resources {
        /// Who would act.
        subject: Entity<'q>,
        /// What would be done.
        action: Act<'q>,
        /// Their type.
        kind: Cow<'q, str>,
    },
    /// Actions that somebody may do to that.
    Actions {
        /// Who would act.
        subject: Entity<'q>,
        /// On what.
        resource: Entity<'q>,
    },
}

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Ids of subjects or resources, or names of actions, in the order of their bytes.
    pub names: Vec<String>,
    /// Leads to the next page; absent: this was the last.
    pub next: Option<String>,
    /// Whether the clock was the asker's.
    pub simulated: bool,
    /// Whether the asker wants to be told more.
    pub explained: bool,
}

/// Somebody or something that may be found.
enum Candidate {
    Subject { id: String, principal: Arc<Principal> },
    Resource(Object),
    Action { name: String },
}

impl Candidate {
    fn name(&self) -> &str {
        match self {
            Self::Subject { id: name, .. } | Self::Resource(Object { id: name, .. }) | Self::Action { name } => name,
        }
    }
}

/// Candidates in the order of their names.
struct Chunk {
    candidates: Vec<Candidate>,
    /// The last name that was looked at: one that turned out to be nobody is no candidate.
    up_to: Option<String>,
    /// Whether there are none after it.
    is_last: bool,
}

impl Chunk {
    /// The first of candidates that are all at hand.
    fn cut(mut candidates: Vec<Candidate>, size: usize) -> Self {
        let is_last = candidates.len() <= size;
        candidates.truncate(size);
        let up_to = candidates.last().map(|last| last.name().to_owned());
        Self { candidates, up_to, is_last }
    }
}

/// What of a search does not change from candidate to candidate.
enum Given {
    Subjects { object: Option<Arc<Object>> },
    Resources { subject: Arc<Principal> },
    Actions { subject: Arc<Principal>, object: Option<Arc<Object>> },
}

impl Operations {
    /// One page of a search in the caller's realm. Whom or what the realm does not know, nothing is found for.
    pub async fn search(&self, ctx: &Ctx, search: &Search<'_>) -> Result<Found, Refusal> {
        let asking = Asking::of(ctx)?;
        if matches!(search.wanted, Wanted::Subjects { .. }) {
            may_ask_about_others(asking.caller, ctx.now)?;
        }
        let occasion = Occasion::of(&asking, &search.context)?;
        let request = page::request_digest(&search.told());
        let place = self.place(ctx, &search.page, request)?;
        let blank = Found { simulated: occasion.simulated, explained: occasion.explain, ..Found::default() };
        let moved = at(ctx, occasion.now);
        if let Some(found) = self.customers_found(&asking, &moved, &search.wanted).await? {
            let mut rest: Vec<_> = found.into_iter().filter(|name| *name > place.after).collect();
            let is_last = rest.len() <= place.limit;
            rest.truncate(place.limit);
            let leads_on_from = rest.last().filter(|_| !is_last);
            let next = leads_on_from.map(|after| self.leading_on(ctx, after, place.limit, request)).transpose()?;
            return Ok(Found { names: rest, next, ..blank });
        }
        match self.given(&asking, &moved, &search.wanted).await? {
            None => Ok(blank),
            Some(given) => {
                let (names, leads_on_from) = self.page(&asking, &moved, &search.wanted, &given, &place, &occasion.context).await?;
                let next = leads_on_from.map(|after| self.leading_on(ctx, &after, place.limit, request)).transpose()?;
                Ok(Found { names, next, ..blank })
            }
        }
    }

    /// What the realm knows of what the search names; absent: it does not know all of it. Asked before any
    /// pattern is: a pattern speaks of things that are not there, too.
    async fn given(&self, asking: &Asking<'_>, ctx: &Ctx, wanted: &Wanted<'_>) -> Result<Option<Given>, Refusal> {
        let subject = match wanted {
            Wanted::Subjects { .. } => None,
            Wanted::Resources { subject, .. } | Wanted::Actions { subject, .. } => match self.subject(ctx, asking.caller, subject).await? {
                Subject::Somebody(subject) => Some(subject),
                Subject::Nobody(_) | Subject::Customer => return Ok(None),
            },
        };
        let object = match wanted {
            Wanted::Resources { .. } => None,
            Wanted::Subjects { resource, .. } | Wanted::Actions { resource, .. } => match self.thing(asking, ctx, resource).await? {
                Some(object) => object,
                None => return Ok(None),
            },
        };
        Ok(match (wanted, subject) {
            (Wanted::Subjects { .. }, _) => Some(Given::Subjects { object }),
            (Wanted::Resources { .. }, subject) => subject.map(|subject| Given::Resources { subject }),
            (Wanted::Actions { .. }, subject) => subject.map(|subject| Given::Actions { subject, object }),
        })
    }

    /// What the realm keeps of a thing that is there; a type as a whole is there once one of it is.
    async fn thing(&self, asking: &Asking<'_>, ctx: &Ctx, asked: &Entity<'_>) -> Result<Option<Option<Arc<Object>>>, Refusal> {
        let Ok(resource) = resource_of(asked) else { return Ok(None) };
        let realm = &asking.caller.principal.realm;
        match resource.item {
            Item::Whole => {
                let kind = resource.entity_type();
                let any = self
                    .0
                    .store
                    .read(realm, ctx.moment(), move |tx| Box::pin(async move { Ok(!tx.list_objects(&kind, "", 1).await?.is_empty()) }));
                Ok(any.await?.then_some(None))
            }
            Item::One(_) | Item::Group(_) => Ok(self.existing_object(ctx, realm, &resource).await?.map(Some)),
        }
    }

    /// What is found from a place on, and from where the next page leads on, if there may be one.
    async fn page(
        &self,
        asking: &Asking<'_>,
        ctx: &Ctx,
        wanted: &Wanted<'_>,
        given: &Given,
        place: &Place,
        context: &BTreeMap<String, Value>,
    ) -> Result<(Vec<String>, Option<String>), Refusal> {
        let (mut names, mut seen, mut examined) = (Vec::new(), place.after.clone(), 0);
        loop {
            let size = (place.limit + 1).clamp(CHUNK_MIN, CHUNK_MAX);
            let chunk = self.chunk(asking, ctx, wanted, &seen, size).await?;
            for candidate in chunk.candidates {
                if examined == EXAMINED_MAX {
                    return Ok((names, Some(seen)));
                }
                examined += 1;
                if self.may(asking, ctx, (wanted, given), &candidate, context).await? {
                    if names.len() == place.limit {
                        // One more than the page takes: the next one begins with it.
                        return Ok((names, Some(seen)));
                    }
                    names.push(candidate.name().to_owned());
                }
                seen = candidate.name().to_owned();
            }
            match chunk.up_to {
                Some(up_to) if !chunk.is_last => seen = up_to,
                _ => return Ok((names, None)),
            }
        }
    }

    /// The candidates whose names come after `after`.
    async fn chunk(&self, asking: &Asking<'_>, ctx: &Ctx, wanted: &Wanted<'_>, after: &str, size: usize) -> Result<Chunk, Refusal> {
        let (realm, from) = (&asking.caller.principal.realm, after.to_owned());
        match wanted {
            Wanted::Subjects { kind, .. } => match account_kind(kind) {
                Some(kind) => self.accounts(asking, ctx, kind, from, size).await,
                None if kind == "support" => self.agents(asking, ctx, after, size).await,
                None => Ok(Chunk::cut(Vec::new(), size)),
            },
            Wanted::Resources { kind, .. } => {
                let kind = Resource::from_entity(kind, "*", false).map_or_else(|_| String::new(), |whole| whole.entity_type());
                let objects = self
                    .0
                    .store
                    .read(realm, ctx.moment(), move |tx| Box::pin(async move { Ok(tx.list_objects(&kind, &from, size + 1).await?) }));
                Ok(Chunk::cut(objects.await?.into_iter().map(Candidate::Resource).collect(), size))
            }
            Wanted::Actions { resource, .. } => {
                let named = self.0.store.named_actions(realm, &ctx.moment()).await?;
                let names = named.iter().filter_map(|action| spoken(action, &resource.kind)).filter(|name| *name > after);
                Ok(Chunk::cut(names.map(|name| Candidate::Action { name: name.to_owned() }).collect(), size))
            }
        }
    }

    async fn accounts(&self, asking: &Asking<'_>, ctx: &Ctx, kind: AccountKind, after: String, size: usize) -> Result<Chunk, Refusal> {
        let realm = &asking.caller.principal.realm;
        let ids = self
            .0
            .store
            .read(realm, ctx.moment(), move |tx| Box::pin(async move { Ok(tx.list_account_ids(kind, &after, size + 1).await?) }));
        let ids = ids.await?;
        let keys: Vec<_> = ids.iter().take(size).map(|(_, key)| *key).collect();
        let found = self.0.store.find_principals(realm, &keys, &ctx.moment()).await?;
        let subject = |principal: Arc<Principal>| Candidate::Subject { id: principal.id.to_string(), principal };
        let up_to = ids.iter().take(size).next_back().map(|(id, _)| id.to_string());
        Ok(Chunk { candidates: found.into_iter().map(subject).collect(), up_to, is_last: ids.len() <= size })
    }

    /// The agents who are inside, each by the newest visit.
    async fn agents(&self, asking: &Asking<'_>, ctx: &Ctx, after: &str, size: usize) -> Result<Chunk, Refusal> {
        let realm = &asking.caller.principal.realm;
        let live = self.0.store.read(realm, ctx.moment(), |tx| Box::pin(async move { Ok(tx.list_live_sessions(None).await?) })).await?;
        let newest: BTreeMap<_, _> = live
            .into_iter()
            .filter(|session| session.started_at <= ctx.now)
            .map(|session| (session.agent_email.to_ascii_lowercase(), session.id))
            .collect();
        let later: Vec<_> = newest.into_iter().filter(|(email, _)| **email > *after).collect();
        let (is_last, up_to) = (later.len() <= size, later.iter().take(size).next_back().map(|(email, _)| email.clone()));
        let mut candidates = Vec::new();
        for (id, visit) in later.into_iter().take(size) {
            let visitor = self.visitor_in(ctx, realm, visit).await?;
            candidates.extend(visitor.map(|principal| Candidate::Subject { id, principal }));
        }
        Ok(Chunk { candidates, up_to, is_last })
    }

    /// Whether an evaluation about this candidate would be true.
    async fn may(
        &self,
        asking: &Asking<'_>,
        ctx: &Ctx,
        (wanted, given): (&Wanted<'_>, &Given),
        candidate: &Candidate,
        context: &BTreeMap<String, Value>,
    ) -> Result<bool, Refusal> {
        let named = |kind: &str| Entity { kind: kind.to_owned().into(), id: candidate.name().to_owned().into(), ..Entity::default() };
        let (found, act);
        let (principal, object, question) = match (wanted, given, candidate) {
            (Wanted::Subjects { kind, action, resource }, Given::Subjects { object }, Candidate::Subject { principal, .. }) => {
                found = named(kind);
                (principal, object.as_deref(), Question { subject: &found, action, resource, context })
            }
            (Wanted::Resources { subject, action, kind }, Given::Resources { subject: principal }, Candidate::Resource(object)) => {
                found = named(kind);
                (principal, Some(object), Question { subject, action, resource: &found, context })
            }
            (Wanted::Actions { subject, resource }, Given::Actions { subject: principal, object }, Candidate::Action { name }) => {
                act = Act { name: name.into(), ..Act::default() };
                (principal, object.as_deref(), Question { subject, action: &act, resource, context })
            }
            _ => return Ok(false),
        };
        let Ok(heard) = Heard::of(question.action, question.resource) else { return Ok(false) };
        let places = self.places(ctx, principal, &heard.resource).await?;
        let groups: Vec<&str> = places.iter().map(|group| &**group).collect();
        let ask = heard.ask(asking, question, principal, Around { object, groups: &groups });
        Ok(principal.decide(&ask, ctx.now).is_allow())
    }
}

/// How an action of a resource's service is told to whoever asks about that resource: the bare verb where
/// the type is bare, else in full. Actions of other services are none of its.
fn spoken<'a>(action: &'a ActionName, entity_type: &str) -> Option<&'a str> {
    let (service, is_bare) = entity_type.split_once(':').map_or((entity_type, true), |(service, _)| (service, false));
    let verb = action.as_str().strip_prefix(service)?.strip_prefix(':')?;
    Some(if is_bare { verb } else { action.as_str() })
}

impl Search<'_> {
    /// All that makes this search another than the next, but for the page.
    fn told(&self) -> Value {
        let entity = |entity: &Entity<'_>| json!([entity.kind, entity.id, entity.properties]);
        let act = |act: &Act<'_>| json!([act.name, act.properties]);
        let wanted = match &self.wanted {
            Wanted::Subjects { kind, action, resource } => json!(["subjects", kind, act(action), entity(resource)]),
            Wanted::Resources { subject, action, kind } => json!(["resources", entity(subject), act(action), kind]),
            Wanted::Actions { subject, resource } => json!(["actions", entity(subject), entity(resource)]),
        };
        json!([wanted, self.context])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_spoken_of_as_its_resource_is() {
        for (action, entity_type, name) in [
            ("record:read", "record", Some("read")),
            ("record:read", "record:record", Some("record:read")),
            ("config:retrieve", "config:plan", Some("config:retrieve")),
            ("config:retrieve", "record", None),
            ("records:read", "record", None),
        ] {
            assert_eq!(spoken(&action.parse().unwrap(), entity_type), name, "{action} of {entity_type}");
        }
    }
}
