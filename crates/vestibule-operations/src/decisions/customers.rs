//! May a customer act for another? Asked like any other question, with a subject and a resource of type `customer`;
//! answered by the grants as they stand at that moment, from memory, and for the few deeds that a grant is about
//! (`spec/egain-grants.md`, section 1).

use vestibule_core::{
    customer::CustomerId,
    grant::{Deed, GrantState},
    id::RealmId,
    policy::{ActionName, Because, GateReason, Item, Resource, ResourceId, Ruling},
    refusal::Refusal,
};
use vestibule_store::{Found, GrantSide, Ties};

use super::{Act, Answer, Asking, Entity, Explained, Heard, Question, Wanted, resource_of, subject::may_ask_about_others};
use crate::{context::Ctx, customer_pass::CustomerRef, operations::Operations};

/// The type of subjects and resources that are customers.
pub(super) const KIND: &str = "customer";

/// The grant that an answer about a customer rests on, or for want of which it is no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantGrounds {
    /// Who would be acted for, by its id; as it was asked for, if there is no such customer.
    pub on: String,
    /// Who would act, likewise.
    pub to: String,
    /// How the two stand, as a code.
    pub state: &'static str,
}

/// Whether the asker means a customer, rather than anything that a grant does not reach.
fn customer_of<'q>(resource: &Resource<'q>) -> Option<&'q str> {
    match resource.item {
        Item::One(id) if resource.service == KIND && resource.kind == KIND => Some(id),
        Item::One(_) | Item::Group(_) | Item::Whole => None,
    }
}

/// The deed that an action is, asked of a customer.
fn deed_of(action: &Act<'_>) -> Option<Deed> {
    ActionName::for_resource(&action.name, KIND).ok()?.as_str().parse().ok()
}

/// The state that explained answers name where a question is about nothing that a grant gives.
const NOT_COVERED: &str = "not_covered";

impl Operations {
    /// The answer to a question whose subject is a customer.
    pub(super) async fn answer_customer(&self, asking: &Asking<'_>, ctx: &Ctx, question: Question<'_>) -> Result<Answer, Refusal> {
        match Heard::of(question.action, question.resource) {
            Ok(heard) => Ok(self.ruling(asking, ctx, question, &heard).await?.0),
            Err(because) => Ok(Answer::of(&Ruling::Deny(because))),
        }
    }

    /// The same with what explains it.
    pub(super) async fn explain_customer(
        &self,
        asking: &Asking<'_>,
        ctx: &Ctx,
        question: Question<'_>,
    ) -> Result<(Answer, Explained), Refusal> {
        let heard = match Heard::of(question.action, question.resource) {
            Ok(heard) => heard,
            Err(because) => return Ok((Answer::of(&Ruling::Deny(because)), Explained::default())),
        };
        let (answer, between, is_covered) = self.ruling(asking, ctx, question, &heard).await?;
        let grant = Some(GrantGrounds {
            on: between.granter.map_or_else(|| question.resource.id.to_string(), |id| id.to_string()),
            to: between.holder.map_or_else(|| question.subject.id.to_string(), |id| id.to_string()),
            state: if is_covered { between.state.as_str() } else { NOT_COVERED },
        });
        let asked = (heard.action.to_string(), ResourceId::from(heard.resource).to_string());
        Ok((answer, Explained { gate: between.gate(), grant, asked: Some(asked), ..Explained::default() }))
    }

    /// The answer, how the two customers stand, and whether the question is about something that grants give.
    async fn ruling(
        &self,
        asking: &Asking<'_>,
        ctx: &Ctx,
        question: Question<'_>,
        heard: &Heard<'_>,
    ) -> Result<(Answer, Between, bool), Refusal> {
        let is_covered = customer_of(&heard.resource).is_some() && deed_of(question.action).is_some();
        let between = self.between(ctx, &asking.caller.principal.realm, &question.subject.id, &question.resource.id).await?;
        let answer = match between.gate() {
            Some(why) => Answer::nobody(why),
            None if is_covered && between.state.allows() => Answer::plain(true, "allowed"),
            None => Answer::of(&Ruling::Deny(Because::NothingAllows)),
        };
        Ok((answer, between, is_covered))
    }

    /// How two customers stand, each by its id or its number; from memory.
    async fn between(&self, ctx: &Ctx, realm: &RealmId, holder: &str, granter: &str) -> Result<Between, Refusal> {
        let (by, on) = (self.tied(ctx, realm, holder).await?, self.tied(ctx, realm, granter).await?);
        let (by, on) = (by.as_deref().and_then(Option::as_ref), on.as_deref().and_then(Option::as_ref));
        let state = match (by, on) {
            (Some(by), Some(on)) => {
                let is_apart = self.0.store.find_realm(realm, &ctx.moment()).await?.is_some_and(|realm| realm.departmentalization);
                GrantState::of(on.party(), by.party(), on.is_granted_to(by.id), is_apart)
            }
            _ => GrantState::Absent,
        };
        Ok(Between { granter: on.map(|on| on.id), holder: by.map(|by| by.id), state })
    }

    /// A customer by its id or its number; within, absent when it is purged or there never was one.
    async fn tied(&self, ctx: &Ctx, realm: &RealmId, name: &str) -> Result<Option<Found<Option<Ties>>>, Refusal> {
        let (store, moment) = (&self.0.store, ctx.moment());
        if let Ok(id) = name.parse() {
            let by_id = store.find_ties(realm, id, &moment).await?;
            if by_id.is_some() {
                return Ok(Some(by_id));
            }
        }
        let Ok(number) = name.parse() else { return Ok(None) };
        match store.find_customer_id(realm, number, &moment).await? {
            Some(id) => Ok(Some(store.find_ties(realm, id, &moment).await?)),
            None => Ok(None),
        }
    }

    /// What a search that is about customers finds, in the order of bytes; absent where it is about no customer.
    pub(super) async fn customers_found(
        &self,
        asking: &Asking<'_>,
        ctx: &Ctx,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Vec<String>>, Refusal> {
        let is_customer = |entity: &Entity<'_>| entity.kind == KIND;
        let is_theirs = match wanted {
            Wanted::Subjects { kind, .. } => kind == KIND,
            Wanted::Resources { subject, .. } | Wanted::Actions { subject, .. } => is_customer(subject),
        };
        if !is_theirs {
            return Ok(None);
        }
        may_ask_about_others(asking.caller, ctx.now)?;
        let realm = &asking.caller.principal.realm;
        let mut names = match wanted {
            Wanted::Subjects { action, resource, .. } => match resource_of(resource).ok().as_ref().and_then(customer_of) {
                Some(granter) if deed_of(action).is_some() => self.acting(ctx, realm, granter, GrantSide::Holders).await?,
                _ => Vec::new(),
            },
            Wanted::Resources { subject, action, kind } => {
                match Resource::from_entity(kind, "1", false).ok().as_ref().and_then(customer_of) {
                    Some(_) if deed_of(action).is_some() => self.acting(ctx, realm, &subject.id, GrantSide::Granters).await?,
                    _ => Vec::new(),
                }
            }
            Wanted::Actions { subject, resource } => match resource_of(resource).ok().as_ref().and_then(customer_of) {
                Some(granter) => {
                    let between = self.between(ctx, realm, &subject.id, granter).await?;
                    let deeds = Deed::ALL.into_iter().filter(|_| between.state.allows());
                    deeds.map(|deed| spoken(deed, &resource.kind)).collect()
                }
                None => Vec::new(),
            },
        };
        names.sort();
        Ok(Some(names))
    }

    async fn acting(&self, ctx: &Ctx, realm: &RealmId, customer: &str, side: GrantSide) -> Result<Vec<String>, Refusal> {
        let name = CustomerRef::ByName(customer.to_owned());
        let found = self.read(ctx, realm, move |mut work| {
            Box::pin(async move {
                match work.find_customer(&name).await? {
                    Some(customer) => work.acting(customer.id, side).await,
                    None => Ok(Vec::new()),
                }
            })
        });
        Ok(found.await?.iter().map(ToString::to_string).collect())
    }
}

/// How a deed is told to whoever asks about a customer: its own as a bare verb where the type is bare, those of other
/// services in full.
fn spoken(deed: Deed, entity_type: &str) -> String {
    match deed.as_str().split_once(':') {
        Some((KIND, verb)) if !entity_type.contains(':') => verb.to_owned(),
        _ => deed.as_str().to_owned(),
    }
}

/// How two customers that a question names stand; those that a realm has, and has not purged, by their ids.
struct Between {
    granter: Option<CustomerId>,
    holder: Option<CustomerId>,
    state: GrantState,
}

impl Between {
    /// Why nothing is asked of grants at all.
    fn gate(&self) -> Option<GateReason> {
        self.holder.is_none().then_some(GateReason::SubjectUnknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_is_asked_for_as_any_action_is() {
        for (name, deed) in [
            ("view", Some(Deed::ViewCustomer)),
            ("customer:view", Some(Deed::ViewCustomer)),
            ("case:view", Some(Deed::ViewCase)),
            ("helpdesk:handoff", Some(Deed::HandOff)),
            ("edit", None),
            ("customer:edit", None),
            ("", None),
        ] {
            assert_eq!(deed_of(&Act { name: name.into(), ..Act::default() }), deed, "{name:?}");
        }
        assert_eq!((spoken(Deed::ViewCustomer, "customer"), spoken(Deed::ViewCase, "customer")), ("view".into(), "case:view".into()));
        assert_eq!(spoken(Deed::ViewCustomer, "customer:customer"), "customer:view");
    }
}
