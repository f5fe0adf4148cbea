//! May a customer act for another? Asked like any other question, with a subject and a resource of type `customer`;
//! answered by the grants as they are stored at that moment, and for the few deeds that a grant is about
//! (`spec/egain-grants.md`, section 1).

use vestibule_core::{
    customer::{Customer, CustomerId},
    grant::{Deed, GrantState},
    id::RealmId,
    policy::{ActionName, Because, GateReason, Item, Resource, ResourceId, Ruling},
    refusal::Refusal,
};
use vestibule_store::GrantSide;

use super::{Act, Answer, Asking, Entity, Explained, Heard, Question, Wanted, resource_of, subject::not_itself};
use crate::{context::Ctx, customer_pass::CustomerRef, operations::Operations, unit_of_work::UnitOfWork};

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
        self.explain_customer(asking, ctx, question).await.map(|(answer, _)| answer)
    }

    /// The same with what explains it.
    pub(super) async fn explain_customer(
        &self,
        asking: &Asking<'_>,
        ctx: &Ctx,
        question: Question<'_>,
    ) -> Result<(Answer, Explained), Refusal> {
        let realm = &asking.caller.principal.realm;
        let heard = match Heard::of(question.action, question.resource) {
            Ok(heard) => heard,
            Err(because) => return Ok((Answer::of(&Ruling::Deny(because)), Explained::default())),
        };
        let (subject, resource) = (question.subject.id.to_string(), question.resource.id.to_string());
        let deed = customer_of(&heard.resource).and_then(|_| deed_of(question.action));
        let asked = (heard.action.to_string(), ResourceId::from(heard.resource).to_string());
        let known = self.between(ctx, realm, subject, resource).await?;
        let state = if deed.is_some() { known.state.as_str() } else { NOT_COVERED };
        let gate = (!known.is_subject).then_some(GateReason::SubjectUnknown);
        let answer = match gate {
            Some(why) => Answer::nobody(why),
            None if deed.is_some() && known.state.allows() => Answer::plain(true, "allowed"),
            None => Answer::of(&Ruling::Deny(Because::NothingAllows)),
        };
        let grant = Some(GrantGrounds { on: known.granter, to: known.holder, state });
        Ok((answer, Explained { gate, grant, asked: Some(asked), ..Explained::default() }))
    }

    async fn between(&self, ctx: &Ctx, realm: &RealmId, holder: String, granter: String) -> Result<Between, Refusal> {
        self.read(ctx, realm, move |mut work| Box::pin(async move { work.between(holder, granter).await })).await
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
        if asking.caller.session().is_some() {
            return Err(not_itself());
        }
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
                    let known = self.between(ctx, realm, subject.id.to_string(), granter.to_owned()).await?;
                    let deeds = Deed::ALL.into_iter().filter(|_| known.is_subject && known.state.allows());
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

/// What a realm knows of two customers that a question names.
struct Between {
    granter: String,
    holder: String,
    is_subject: bool,
    state: GrantState,
}

impl UnitOfWork<'_> {
    /// How two customers stand, each by its id or its number. By ids it is one statement.
    async fn between(&mut self, holder: String, granter: String) -> Result<Between, Refusal> {
        if let (Ok(by), Ok(on)) = (holder.parse::<CustomerId>(), granter.parse::<CustomerId>())
            && let (state, Some(parties)) = self.grant_state(by, on).await?
            && [&parties.granter, &parties.holder].iter().all(|customer| customer.purged_at.is_none())
        {
            return Ok(Between { granter, holder, is_subject: true, state });
        }
        let served = |found: Option<Customer>| found.filter(|customer| customer.purged_at.is_none());
        let by = served(self.find_customer(&CustomerRef::ByName(holder.clone())).await?);
        let on = served(self.find_customer(&CustomerRef::ByName(granter.clone())).await?);
        let state = match (&by, &on) {
            (Some(by), Some(on)) => self.grant_state(by.id, on.id).await?.0,
            _ => GrantState::Absent,
        };
        let name = |found: Option<&Customer>, asked: String| found.map_or(asked, |customer| customer.id.to_string());
        Ok(Between { granter: name(on.as_ref(), granter), holder: name(by.as_ref(), holder), is_subject: by.is_some(), state })
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
