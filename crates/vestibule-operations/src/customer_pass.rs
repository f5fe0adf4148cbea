//! May the caller do this with that customer? What the decision engine says is taken before a unit begins, since it
//! answers from memory; what the unit then finds decides whether anybody is told (`spec/hostway-sso.md`, section 3,
//! steps 3 and 4).

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{
    customer::{Customer, CustomerId, CustomerNumber},
    id::RealmId,
    policy::{Because, ResourceId},
    refusal::{Refusal, Unauthenticated},
};

use crate::{
    context::{Caller, Ctx, Right},
    operations::Operations,
    unit_of_work::UnitOfWork,
};

/// Which customer is meant. What cannot be a name of one is nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerRef {
    /// By the number that people know.
    ByNumber(String),
    /// By its id.
    ById(CustomerId),
    /// By what a partner calls it.
    ByPartner(String),
    /// By its id, or else by its number: no number is the id of another customer.
    ByName(String),
}

/// What is wanted with a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerRight {
    /// See it and its contacts.
    View,
    /// Make one: asked of all of the realm's customers.
    Create,
    /// Change what it is, or merge it into another.
    Change,
    /// Write its contacts, and have their addresses verified.
    Edit,
    /// Hand its contacts over to the help desk.
    HandOff,
    /// Change how it stands, or purge it: for whoever has the elevated right alone.
    Administer,
}

impl CustomerRight {
    /// Each of them.
    pub(crate) const ALL: [Self; 6] = [Self::View, Self::Create, Self::Change, Self::Edit, Self::HandOff, Self::Administer];

    /// The action that the decision engine is asked for.
    pub const fn action(self) -> &'static str {
        match self {
            Self::View => "customer:view",
            Self::Create => "customer:create",
            Self::Change => "customer:change",
            Self::Edit => "customer:edit",
            Self::HandOff => "helpdesk:handoff",
            Self::Administer => "realm:administer",
        }
    }
}

/// What the decision engine says of a caller and a customer, before anybody has looked whether there is one.
#[derive(Debug, Clone)]
pub struct CustomerPass {
    which: CustomerRef,
    /// What statements call it.
    resource: String,
    right: Result<(), Refusal>,
    /// Whether the caller has the elevated right, too.
    pub(crate) elevated: Result<(), Refusal>,
}

impl Operations {
    /// Asks the decision engine for a right on a customer; from memory where the customer is known by its number.
    /// Whoever administers the realm has every right that no statement denies. A stranger gets the answer that an
    /// absent realm would give.
    pub async fn customer_pass(
        &self,
        ctx: &Ctx,
        realm: &RealmId,
        which: CustomerRef,
        right: CustomerRight,
    ) -> Result<CustomerPass, Refusal> {
        let resource = match &which {
            CustomerRef::ByNumber(number) => number.clone(),
            CustomerRef::ById(_) | CustomerRef::ByPartner(_) | CustomerRef::ByName(_) => {
                let sought = which.clone();
                let found = self.read(ctx, realm, move |mut work| Box::pin(async move { work.find_customer(&sought).await })).await?;
                found.map(|customer| customer.resource_name()).unwrap_or_default()
            }
        };
        let elevated = self.elevated(ctx, realm)?;
        let right = match right {
            CustomerRight::Administer => elevated.clone(),
            _ => self.has_right(ctx, realm, right, &ResourceId::item("customer", "customer", &resource), &elevated).await?,
        };
        Ok(CustomerPass { which, resource, right, elevated })
    }

    /// Asks the decision engine for a right on each of these customers: by what statements call it, or by its id where
    /// there is none. The first that is refused refuses all; with no ids the right is asked of all customers. One read.
    pub async fn customer_actions(&self, ctx: &Ctx, realm: &RealmId, ids: &[CustomerId], right: CustomerRight) -> Result<(), Refusal> {
        let elevated = self.elevated(ctx, realm)?;
        if right == CustomerRight::Administer {
            return elevated;
        }
        for resource in self.customer_resources(ctx, realm, ids).await? {
            self.has_right(ctx, realm, right, &resource, &elevated).await??;
        }
        Ok(())
    }

    /// The same for callers who need no right: only what a statement denies is refused.
    pub async fn undenied_customer_actions(
        &self,
        ctx: &Ctx,
        realm: &RealmId,
        ids: &[CustomerId],
        right: CustomerRight,
    ) -> Result<(), Refusal> {
        for resource in self.customer_resources(ctx, realm, ids).await? {
            match self.allow_on(ctx, realm, right.action(), &resource).await {
                Err(Refusal::Forbidden { because: Because::NothingAllows, .. }) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// What statements call these customers: by name, or by id where there is none; with no ids, all of them. One read.
    async fn customer_resources(&self, ctx: &Ctx, realm: &RealmId, ids: &[CustomerId]) -> Result<Vec<ResourceId>, Refusal> {
        if ids.is_empty() {
            return Ok(vec![ResourceId::whole("customer", "customer")]);
        }
        let sought = ids.to_vec();
        let found = self.read(ctx, realm, move |work| Box::pin(async move { Ok(work.tx.list_customers(&sought).await?) })).await?;
        let names: BTreeMap<CustomerId, String> = found.iter().map(|customer| (customer.id, customer.resource_name())).collect();
        let names: BTreeSet<String> = ids.iter().map(|id| names.get(id).cloned().unwrap_or_else(|| id.to_string())).collect();
        Ok(names.iter().map(|name| ResourceId::item("customer", "customer", name)).collect())
    }

    /// Refuses whoever may not see all of a realm's customers.
    pub async fn allow_customers(&self, ctx: &Ctx, realm: &RealmId) -> Result<(), Refusal> {
        let elevated = self.elevated(ctx, realm)?;
        self.has_right(ctx, realm, CustomerRight::View, &ResourceId::whole("customer", "customer"), &elevated).await?
    }

    /// Whether the caller administers the realm; nobody at all and strangers are refused outright.
    fn elevated(&self, ctx: &Ctx, realm: &RealmId) -> Result<Result<(), Refusal>, Refusal> {
        match (ctx.allow(Right::AdministerRealm, realm), &ctx.caller) {
            (_, Caller::Nobody) => Err(Unauthenticated::Missing.into()),
            (Err(refusal @ Refusal::Absent(_)), _) => Err(refusal),
            (elevated, _) => Ok(elevated),
        }
    }

    async fn has_right(
        &self,
        ctx: &Ctx,
        realm: &RealmId,
        right: CustomerRight,
        resource: &ResourceId,
        elevated: &Result<(), Refusal>,
    ) -> Result<Result<(), Refusal>, Refusal> {
        match self.allow_on(ctx, realm, right.action(), resource).await {
            Ok(()) => Ok(Ok(())),
            // Nothing is said against it, or an operator of the vendor asks, of whom the realm's statements do not speak.
            Err(Refusal::Forbidden { because: Because::NothingAllows, .. } | Refusal::Absent(_)) if elevated.is_ok() => Ok(Ok(())),
            Err(refusal @ Refusal::Forbidden { .. }) => Ok(Err(refusal)),
            Err(refusal) => Err(refusal),
        }
    }
}

impl UnitOfWork<'_> {
    /// A customer by whatever it is called, purged or not.
    pub(crate) async fn find_customer(&mut self, which: &CustomerRef) -> Result<Option<Customer>, Refusal> {
        let found = match which {
            CustomerRef::ByName(name) => {
                let by_id = match name.parse::<CustomerId>() {
                    Ok(id) => self.tx.find_customer(id).await?,
                    Err(_) => None,
                };
                match by_id {
                    Some(customer) => Some(customer),
                    None => self.customer_numbered(name).await?,
                }
            }
            CustomerRef::ByNumber(number) => self.customer_numbered(number).await?,
            CustomerRef::ById(id) => self.tx.find_customer(*id).await?,
            CustomerRef::ByPartner(partner) => self.tx.find_customer_of_partner(partner).await?,
        };
        Ok(found)
    }

    async fn customer_numbered(&mut self, number: &str) -> Result<Option<Customer>, Refusal> {
        match number.parse::<CustomerNumber>() {
            Ok(number) => Ok(self.tx.find_customer_numbered(&number).await?),
            Err(_) => Ok(None),
        }
    }

    /// The customer of a pass: absent before it is forbidden, and one that is suspended or closed for those alone who
    /// have the elevated right.
    pub async fn customer(&mut self, pass: &CustomerPass) -> Result<Customer, Refusal> {
        let found = self.find_customer(&pass.which).await?;
        // One that is called otherwise by now is not the one that the decision engine was asked about.
        let known = found.filter(|customer| customer.purged_at.is_none() && customer.resource_name() == pass.resource);
        let customer = known.ok_or(Refusal::Absent("customer"))?;
        pass.right.clone()?;
        customer.reading(pass.elevated.clone())?;
        Ok(customer)
    }
}
