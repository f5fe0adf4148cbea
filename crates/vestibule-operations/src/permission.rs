//! May the caller do this to that? The one decision engine, asked by doors whose permissions are about single
//! things of a realm.

use uuid::Uuid;
use vestibule_core::{
    id::RealmId,
    policy::{Ask, Attributes, Facts, Named, ResourceId, ResourceItem, Ruling},
    principal::Principal,
    refusal::{Refusal, Unauthenticated},
};

use crate::{
    context::{Caller, Ctx, NO_CUSTOMER},
    operations::Operations,
    sessions::VISITOR_PREFIX,
};

/// Puts a question about a thing of the principal's own realm, with what is known of both.
pub(crate) fn with_ask<T>(
    principal: &Principal,
    action: &str,
    resource: &ResourceId,
    groups: &[&str],
    put: impl FnOnce(&Ask<'_>) -> T,
) -> T {
    let kind = format!("{}:{}", resource.service(), resource.kind());
    let id = match resource.part() {
        ResourceItem::One(id) | ResourceItem::Group(id) => id,
        ResourceItem::Whole => "*",
    };
    let facts = Facts {
        subject: Attributes {
            named: Some(Named { kind: principal.kind.as_str(), id: principal.id.as_str().trim_start_matches(VISITOR_PREFIX) }),
            said: None,
            kept: Some(&principal.attributes),
        },
        resource: Attributes { named: Some(Named { kind: &kind, id }), ..Attributes::default() },
        ..Facts::default()
    };
    put(&Ask { action, resource: resource.within(groups), facts })
}

impl Operations {
    /// Asks the decision engine for an action on something of the caller's own realm; from memory. A stranger gets
    /// the answer that an absent realm would give.
    pub async fn allow_on(&self, ctx: &Ctx, realm: &RealmId, action: &str, resource: &ResourceId) -> Result<(), Refusal> {
        let principal = match &ctx.caller {
            Caller::System => return Ok(()),
            Caller::Nobody => return Err(Unauthenticated::Missing.into()),
            Caller::Customer(_) => return Err(NO_CUSTOMER),
            Caller::Account(account) => &account.principal,
        };
        if principal.realm != *realm {
            return Err(Refusal::Absent("realm"));
        }
        let places = self.places(ctx, principal, &resource.as_resource()).await?;
        let groups: Vec<&str> = places.iter().map(|group| &**group).collect();
        match with_ask(principal, action, resource, &groups, |ask| principal.decide(ask, ctx.now)) {
            Ruling::Allow { .. } => Ok(()),
            Ruling::Deny(because) => Err(Refusal::Forbidden { action: action.to_owned(), because }),
        }
    }

    /// The id that a realm goes by where realms are called organizations; from memory.
    pub async fn organization(&self, ctx: &Ctx, realm: &RealmId) -> Result<Option<Uuid>, Refusal> {
        Ok(self.0.store.find_realm(realm, &ctx.moment()).await?.map(|realm| realm.organization_id))
    }
}
