//! Who may act for whom: given, taken back, listed, and asked. Order and limits are those of `spec/egain-grants.md`,
//! section 6; they hold for every door, since they are checked in the transaction that writes.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{
    audit::Action,
    customer::{Customer, CustomerId, CustomerKind},
    grant::{CustomerGrant, Deed, GrantRefusal, GrantState},
    policy::Because,
    refusal::Refusal,
};
use vestibule_store::{GrantSide, Parties};

use crate::unit_of_work::UnitOfWork;

/// A customer at the other end of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: CustomerId,
    /// What it is called; empty when nobody has said. See [`Customer::called`].
    pub name: String,
}

/// The grants of a customer, by id, in force or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GrantsOf {
    /// Whom the customer may act for.
    pub on: Vec<Named>,
    /// Who may act for it.
    pub to: Vec<Named>,
}

pub(crate) fn forbidden(deed: Deed) -> Refusal {
    Refusal::Forbidden { action: deed.as_str().to_owned(), because: Because::NothingAllows }
}

impl UnitOfWork<'_> {
    /// The customers with these ids, in their order, each once. Ids that name none, or one that was purged, are refused,
    /// all of them by name.
    pub async fn served_customers(&mut self, ids: &[CustomerId]) -> Result<Vec<Customer>, Refusal> {
        let found = self.tx.list_customers(ids).await?;
        let mut found: BTreeMap<CustomerId, Customer> = found.into_iter().map(|customer| (customer.id, customer)).collect();
        let mut seen = BTreeSet::new();
        let (mut served, mut unknown) = (Vec::with_capacity(found.len()), Vec::new());
        for id in ids.iter().filter(|id| seen.insert(**id)) {
            match found.remove(id) {
                Some(customer) => served.push(customer),
                None => unknown.push(id.to_string()),
            }
        }
        match unknown.is_empty() {
            true => Ok(served),
            false => Err(Refusal::UnknownIds { what: "customer", ids: unknown }),
        }
    }

    /// Who may act for a customer.
    pub async fn customer_grants(&mut self, granter: &Customer) -> Result<Vec<CustomerGrant>, Refusal> {
        Ok(self.tx.list_grants_of(granter.id).await?)
    }

    /// For whom a customer may act.
    pub async fn customer_grants_held(&mut self, holder: &Customer) -> Result<Vec<CustomerGrant>, Refusal> {
        Ok(self.tx.list_grants(holder.id, GrantSide::Granters).await?)
    }

    /// Lets customers act for another: all of them, or none when one may not. Whoever may already, may still, and is no
    /// change. Returns how many are new.
    pub async fn grant_customers(&mut self, granter: &Customer, holders: &[Customer]) -> Result<usize, Refusal> {
        CustomerGrant::check(granter, holders, self.departmentalization())?;
        let on: BTreeSet<CustomerId> = self.customer_grants(granter).await?.into_iter().map(|grant| grant.holder).collect();
        let wanted: BTreeSet<CustomerId> = holders.iter().map(|holder| holder.id).collect();
        let held = self.tx.count_grants_held(&wanted).await?;
        let new = CustomerGrant::check_room(granter.id, &on, wanted, |holder| held.get(&holder).copied().unwrap_or_default())?;
        for holder in &new {
            let grant = CustomerGrant { granter: granter.id, holder: *holder, created_at: self.now(), created_by: self.ctx.author() };
            if self.tx.insert_grant(&grant).await? {
                let draft = self.customer_draft(Action::CustomerGrantAdded, granter).with_data("holder", holder.to_string());
                self.tx.record(draft);
            }
        }
        Ok(new.len())
    }

    /// Lets customers act for another no longer: all of them, or none when one of them may not anyway.
    pub async fn revoke_customer_grants(&mut self, granter: &Customer, holders: &[CustomerId]) -> Result<(), Refusal> {
        let on: BTreeSet<CustomerId> = self.customer_grants(granter).await?.into_iter().map(|grant| grant.holder).collect();
        let gone: BTreeSet<CustomerId> = holders.iter().copied().collect();
        if !gone.is_subset(&on) {
            return Err(Refusal::Absent("grant"));
        }
        for holder in gone {
            if self.tx.delete_grant(granter.id, holder).await? {
                let draft = self.customer_draft(Action::CustomerGrantRemoved, granter).with_data("holder", holder.to_string());
                self.tx.record(draft);
            }
        }
        Ok(())
    }

    /// All grants of a customer, with the names of those at the other ends; in force or not.
    pub async fn grants_of(&mut self, customer: CustomerId) -> Result<GrantsOf, Refusal> {
        let named = |(customer, contact): (Customer, Option<_>)| Named { id: customer.id, name: customer.called(contact.as_ref()) };
        let [on, to] = self.tx.list_named_grants(customer).await?.map(|side| side.into_iter().map(named).collect());
        Ok(GrantsOf { on, to })
    }

    /// What a customer is called.
    pub async fn customer_name(&mut self, customer: &Customer) -> Result<String, Refusal> {
        let contact = self.tx.list_contacts(customer.id).await?.into_iter().next();
        Ok(customer.called(contact.map(|contact| contact.details).as_ref()))
    }

    /// The granter, when the holder may do this in its place now: by a grant that is in force, or because it is the
    /// holder itself. Everything else is forbidden, and whether there is such a customer is not said.
    pub async fn acting_for(&mut self, holder: CustomerId, granter: CustomerId, deed: Deed) -> Result<Customer, Refusal> {
        let (state, found) = self.grant_state(holder, granter).await?;
        found.filter(|_| state.allows()).map(|parties| parties.granter).ok_or_else(|| forbidden(deed))
    }

    /// How the two stand, and both, if they ever were. One statement, by key.
    pub(crate) async fn grant_state(&mut self, holder: CustomerId, granter: CustomerId) -> Result<(GrantState, Option<Parties>), Refusal> {
        let parties = self.tx.find_parties(granter, holder).await?;
        let state =
            |found: &Parties| GrantState::of((&found.granter).into(), (&found.holder).into(), found.is_granted, self.departmentalization());
        Ok((parties.as_ref().map_or(GrantState::Absent, state), parties))
    }

    /// All for whom a customer may act now, itself among them; or all who may act for it. By id; empty when there is no
    /// such customer.
    pub(crate) async fn acting(&mut self, customer: CustomerId, side: GrantSide) -> Result<Vec<CustomerId>, Refusal> {
        let departmentalization = self.departmentalization();
        let Some(own) = self.tx.find_customer(customer).await? else { return Ok(Vec::new()) };
        let mut others = self.tx.list_granted(customer, side).await?;
        others.push(own.clone());
        others.sort_by_key(|other| other.id);
        let may = |other: &Customer| match side {
            GrantSide::Granters => CustomerGrant::in_force(other, &own, departmentalization),
            GrantSide::Holders => CustomerGrant::in_force(&own, other, departmentalization),
        };
        Ok(others.into_iter().filter(|other| may(other)).map(|other| other.id).collect())
    }

    /// Merges a customer away into another: it is purged, its grants go on both sides, and its
    /// cases become the target's (`spec/egain-grants.md`,
    /// sections 6 and 9). It must be an individual, another than the target, and with departments on in the target's.
    pub async fn merge_customers(&mut self, source: Customer, target: &Customer) -> Result<Customer, Refusal> {
        if source.kind != CustomerKind::Individual {
            return Err(GrantRefusal::NotIndividual { customer: source.id }.into());
        }
        if source.id == target.id {
            return Err(Refusal::Conflict { what: "customer", state: "cannot be merged into itself" });
        }
        if self.departmentalization() && (source.department.is_none() || source.department != target.department) {
            return Err(GrantRefusal::DepartmentMismatch { customer: source.id }.into());
        }
        self.tx.hand_cases(source.id, target.id).await?;
        self.purge_into(source, Some(target.id)).await
    }
}
