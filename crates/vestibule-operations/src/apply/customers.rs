//! Customers of a manifest, their contacts, and who may act for whom.

use vestibule_core::{
    audit::Action,
    contact::{Contact, ContactKind},
    contact_details::Completeness,
    customer::{Currency, Customer},
    refusal::Refusal,
};

use crate::{
    apply::Difference,
    customers::{CustomerChange, NewCustomer},
    manifest::{ContactEntry, CustomerEntry, RealmEntry},
    unit_of_work::UnitOfWork,
};

impl UnitOfWork<'_> {
    /// Keeps the customers described. Contacts and grants that are not mentioned are the tenant's, and stay.
    pub(super) async fn apply_customers(&mut self, entry: &RealmEntry, difference: &mut Difference) -> Result<(), Refusal> {
        let Some(wished) = &entry.customers else { return Ok(()) };
        let mut kept = Vec::with_capacity(wished.list.len());
        for entry in &wished.list {
            let customer = self.apply_customer(entry, difference).await?;
            let mut primaries = 0;
            for contact in &entry.contacts {
                let position = if contact.kind == ContactKind::Primary { primaries } else { 0 };
                primaries += i64::from(contact.kind == ContactKind::Primary);
                self.apply_contact(&customer, contact, position, difference).await?;
            }
            kept.push(customer);
        }
        // Grants need both customers to be there.
        for (granter, entry) in kept.iter().zip(&wished.list).filter(|(_, entry)| !entry.grants_to.is_empty()) {
            let before: Vec<_> = self.customer_grants(granter).await?.into_iter().map(|grant| grant.holder).collect();
            let holders = self.served_customers(&entry.grants_to).await?;
            self.grant_customers(granter, &holders).await?;
            for holder in entry.grants_to.iter().filter(|holder| !before.contains(holder)) {
                difference.added(format!("customer {}/{}: grant to {holder}", self.realm.id, granter.id));
            }
        }
        Ok(())
    }

    /// Keeps the departments described, and whether they keep customers and people apart.
    pub(super) async fn apply_departments(&mut self, entry: &RealmEntry, difference: &mut Difference) -> Result<(), Refusal> {
        let Some(wished) = &entry.customers else { return Ok(()) };
        let there = self.departments().await?;
        for name in wished.departments.iter().filter(|name| there.iter().all(|department| department.name != **name)) {
            self.create_department(name).await?;
            difference.added(format!("department {}/{name}", self.realm.id));
        }
        if let Some(on) = wished.departmentalization.filter(|on| *on != self.departmentalization()) {
            self.set_departmentalization(on, true, None).await?;
            difference.changed(format!("realm {}: customers.departmentalization", self.realm.id));
        }
        Ok(())
    }

    async fn apply_customer(&mut self, wished: &CustomerEntry, difference: &mut Difference) -> Result<Customer, Refusal> {
        let label = format!("customer {}/{}", self.realm.id, wished.id);
        match self.tx.find_customer(wished.id).await? {
            // Who purged it meant it to be gone for good.
            Some(stored) if stored.purged_at.is_some() => Err(Refusal::Conflict { what: "customer", state: "was purged" }),
            Some(stored) => {
                let change = CustomerChange {
                    number: wished.number.clone().map(Some),
                    name: wished.name.clone().map(Some),
                    kind: Some(wished.kind),
                    status: wished.status,
                    department: wished.department.clone().map(Some),
                    ..CustomerChange::default()
                };
                let version = stored.version;
                let customer = self.change_customer(stored, change, None).await?;
                if customer.version != version {
                    difference.changed(label);
                }
                Ok(customer)
            }
            None => {
                difference.added(label);
                let wish = NewCustomer {
                    id: Some(wished.id),
                    number: wished.number.clone(),
                    name: wished.name.clone(),
                    kind: wished.kind,
                    status: wished.status.unwrap_or_default(),
                    department: wished.department.clone(),
                    currency: Currency::default(),
                    partner_account_id: None,
                };
                self.create_customer(wish).await
            }
        }
    }

    /// Keeps a contact. That its address is known to be theirs, the operator vouches for.
    async fn apply_contact(
        &mut self,
        customer: &Customer,
        wished: &ContactEntry,
        position: i64,
        difference: &mut Difference,
    ) -> Result<(), Refusal> {
        let (author, now) = (self.ctx.author(), self.now());
        let label = format!("customer {}/{}: contact {}", self.realm.id, customer.id, wished.kind);
        let contacts = self.tx.list_contacts(customer.id).await?;
        let stored = contacts.into_iter().find(|contact| (contact.kind, contact.position) == (wished.kind, position));
        let was_there = stored.is_some();
        let before =
            stored.unwrap_or_else(|| Contact { position, ..Contact::new(customer.id, wished.kind, Default::default(), author, now) });
        let details = wished.amend(before.details.clone()).check(Completeness::Partial).map_err(Refusal::ManyMalformed)?;
        let is_verified = match (wished.email_verified, details.media.email1.as_str()) {
            (_, "") => false,
            (Some(is_verified), _) => is_verified,
            (None, _) => before.clone().rewritten(details.clone(), author, now).email_verified,
        };
        if was_there && before.details == details && before.email_verified == is_verified {
            return Ok(());
        }
        let written = match was_there {
            true => before.clone().rewritten(details, author, now),
            false => Contact { details, ..before.clone() },
        };
        if written.details.media.email1 != before.details.media.email1 {
            self.tx.delete_verification(customer.id, wished.kind).await?;
        }
        let is_new = is_verified && !before.email_verified;
        let contact = Contact { email_verified: is_verified, ..written };
        self.tx.save_contact(&contact).await?;
        let draft = self.contact_draft(Action::ContactUpdated, customer, &contact);
        self.tx.record(draft.with_data("email_verified", contact.email_verified));
        if is_new {
            let draft = self.contact_draft(Action::ContactVerified, customer, &contact);
            self.tx.record(draft);
        }
        if was_there {
            difference.changed(label)
        } else {
            difference.added(label)
        }
        Ok(())
    }
}
