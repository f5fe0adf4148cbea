//! Contacts: read and written. Verifying their addresses is `verification.rs`.

use vestibule_core::{
    audit::{Action, Draft},
    contact::{Contact, ContactKind},
    contact_details::{Completeness, ContactDetails},
    customer::Customer,
    refusal::Refusal,
};

use crate::{policies::check_version, unit_of_work::UnitOfWork};

impl UnitOfWork<'_> {
    /// A customer's contacts, in the order of their kinds.
    pub async fn contacts(&mut self, customer: &Customer) -> Result<Vec<Contact>, Refusal> {
        Ok(self.tx.list_contacts(customer.id).await?)
    }

    /// The contact of a kind; the first of several.
    pub async fn contact(&mut self, customer: &Customer, kind: ContactKind) -> Result<Contact, Refusal> {
        self.tx.find_contact(customer.id, kind).await?.ok_or(Refusal::Absent("contact"))
    }

    /// Writes what is known of the contact of a kind, and makes it if there is none; what is as wanted already is no
    /// change. Another first address is not verified, and a link that was sent to the one before is no longer good.
    pub async fn write_contact(
        &mut self,
        customer: &Customer,
        kind: ContactKind,
        details: ContactDetails,
        wanted: Completeness,
        seen: Option<i64>,
    ) -> Result<Contact, Refusal> {
        let details = details.check(wanted).map_err(Refusal::ManyMalformed)?;
        let (author, now) = (self.ctx.author(), self.now());
        let before = self.tx.find_contact(customer.id, kind).await?;
        check_version(seen, before.as_ref().map_or(0, |contact| contact.version))?;
        let contact = match before {
            Some(contact) if contact.details == details => return Ok(contact),
            Some(contact) => {
                if contact.details.media.email1 != details.media.email1 {
                    self.tx.delete_verification(customer.id, kind).await?;
                }
                contact.rewritten(details, author, now)
            }
            None => Contact::new(customer.id, kind, details, author, now),
        };
        self.tx.save_contact(&contact).await?;
        let draft = self.contact_draft(Action::ContactUpdated, customer, &contact);
        self.tx.record(draft.with_data("email_verified", contact.email_verified));
        Ok(contact)
    }

    /// Removes the contact of a kind, and the link that was sent to it.
    pub async fn remove_contact(&mut self, customer: &Customer, kind: ContactKind) -> Result<(), Refusal> {
        let contact = self.contact(customer, kind).await?;
        self.tx.delete_contact(&contact).await?;
        self.tx.delete_verification(customer.id, kind).await?;
        let draft = self.contact_draft(Action::ContactRemoved, customer, &contact);
        self.tx.record(draft);
        Ok(())
    }

    /// Begins an event about a contact, whose name and address are sealed as the customer's.
    pub(crate) fn contact_draft(&self, action: Action, customer: &Customer, contact: &Contact) -> Draft {
        let draft = self.customer_draft(action, customer).with_data("contact", contact.kind.as_str());
        let subject = || format!("customer-{}", customer.id);
        match contact.email() {
            Some(email) => {
                draft.with_sealed("contact.name", subject(), contact.display_name()).with_sealed("contact.email", subject(), email)
            }
            None => draft.with_sealed("contact.name", subject(), contact.display_name()),
        }
    }
}
